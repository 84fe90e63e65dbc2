"""Checks of names: what a row refers to exists, and a name means one thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from borderflow.scenario.checks.registry import (
    at,
    at_key,
    every_cell,
    modes,
    named,
    nearest,
    policy_kinds,
)
from borderflow.scenario.edit import until
from borderflow.scenario.fields import FILES, quantities
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Cohort, Group, Place, Policy, Row, Scenario
from borderflow.scenario.read import repeated
from borderflow.scenario.select import (
    NotFoundError,
    area_spellings,
    cohort_spellings,
    fold,
    nearest_pair,
    pair,
    select_areas,
    select_cohorts,
)


@named("unique-ids")
def unique_ids(scenario: Scenario) -> Iterator[Finding]:
    """No two rows of a file have the same id."""
    for kind, file in FILES.items():
        yield from repeated(file, scenario.rows(kind))


@named("unique-names")
def unique_names(scenario: Scenario) -> Iterator[Finding]:
    """No two places, and no two cohorts, are called the same; aliases count."""
    groups: tuple[tuple[Row, ...], ...] = (scenario.places, scenario.cohorts)
    for rows in groups:
        owner: dict[str, Row] = {}
        for row in rows:
            assert isinstance(row, Place | Cohort)
            names = [("name", row.name)]
            if isinstance(row, Place):
                names += [("aliases", alias) for alias in row.aliases]
            for column, name in names:
                other = owner.setdefault(fold(name), row)
                if other is not row:
                    yield at(row, column, f"{other.id!r} is called {name!r} too")


@named("references")
def references(scenario: Scenario) -> Iterator[Finding]:
    """Every place, link, checkpoint, cohort, mode, policy kind, source ... referred to exists."""
    valid: dict[str, Collection[str]] = {
        "mode": modes(),
        "kind": policy_kinds(),
        "quantity": quantities(),
        **{kind: scenario.by_id(kind) for kind in FILES},
    }
    called = {"mode": "travel mode", "kind": "policy kind"}
    for row, field in every_cell(scenario, "ref"):
        target = field.options[0]
        value = getattr(row, field.name)
        if value is not None and value not in valid[target]:
            near = _nearest(scenario, target, value, valid[target])
            message = f"there is no {called.get(target, target)} {value!r}"
            yield at(row, field.attribute, message, near=near)


def _nearest(scenario: Scenario, kind: str, value: str, valid: Collection[str]) -> str | None:
    names = {id: id for id in valid}
    if kind == "place":
        names |= {place.name: place.id for place in scenario.places}
    if kind == "cohort":
        names |= {cohort.name: cohort.id for cohort in scenario.cohorts}
    found = nearest(value, names)
    return None if found is None else names[found]


@named("countries")
def countries(scenario: Scenario) -> Iterator[Finding]:
    """Every country code stands in the table [countries] of scenario.toml."""
    known = scenario.countries
    message = "the country is not listed in [countries] of scenario.toml"
    for key in ("nationality", "origin_countries"):
        value = getattr(scenario, key)
        for code in (value,) if isinstance(value, str) else value:
            if code not in known:
                yield at_key(scenario, key, message, nearest(code, known))
    for row, field in every_cell(scenario, "country"):
        code = getattr(row, field.name)
        if code is not None and code not in known:
            yield at(row, field.attribute, message, near=nearest(code, known))


def _text_columns(scenario: Scenario) -> Iterator[tuple[Row, str, str, str]]:
    """Rows with a text that names places or cohorts: row, column, `places` or `cohorts`, text."""
    for row, field in every_cell(scenario, "places", "cohorts"):
        yield row, field.attribute, field.base, getattr(row, field.name)
    for group in scenario.groups:
        yield group, "selector", group.what, group.selector


def _unresolved(scenario: Scenario, row: Row, what: str, text: str) -> NotFoundError | None:
    try:
        if what == "cohorts":
            select_cohorts(scenario, text)
        elif not (isinstance(row, Policy) and pair(scenario, text)):
            select_areas(scenario, text)
    except NotFoundError as error:
        if isinstance(row, Policy) and what == "places" and (near := nearest_pair(scenario, text)):
            says = f"{error.says}, and no pair of them"
            return NotFoundError(error.kind, error.text, [near], says)
        return error
    return None


def _misnamed(scenario: Scenario, what: str, *, groups: bool) -> Iterator[Finding]:
    for row, column, names, text in _text_columns(scenario):
        if names == what and isinstance(row, Group) == groups:
            error = _unresolved(scenario, row, what, text)
            if error is not None:
                yield at(row, column, error.says, near=error.nearest)


@named("place-texts")
def place_texts(scenario: Scenario) -> Iterable[Finding]:
    """Every text of a policy or driver that names places can be understood."""
    return _misnamed(scenario, "places", groups=False)


@named("cohort-texts")
def cohort_texts(scenario: Scenario) -> Iterable[Finding]:
    """Every text of a policy or driver that names cohorts can be understood and names some."""
    return _misnamed(scenario, "cohorts", groups=False)


@named("groups")
def groups(scenario: Scenario) -> Iterator[Finding]:
    """Every group names places or cohorts that exist, and what bears its own name among them."""
    yield from _misnamed(scenario, "places", groups=True)
    yield from _misnamed(scenario, "cohorts", groups=True)
    bearers = {
        "places": Counter(map(fold, area_spellings(scenario))),
        "cohorts": Counter(map(fold, cohort_spellings(scenario))),
    }
    for group in scenario.groups:
        name = fold(group.id)
        if name == "all":
            yield at(group, "id", "'all' means all of them")
        # Most names are borne by one thing only: what else they mean need not be looked up.
        elif group.what in bearers and (bearers[group.what][name] > 1 or {*"|="} & {*name}):
            yield from _usurped(scenario, group)


def _usurped(scenario: Scenario, group: Group) -> Iterator[Finding]:
    """A group that would be meant where something else of its name is."""
    select = select_areas if group.what == "places" else select_cohorts
    others = replace(scenario, groups=tuple(g for g in scenario.groups if g.id != group.id))
    try:
        own, meant = select(scenario, group.selector), select(others, group.id)
    except NotFoundError:  # nothing else has the name, or the selector is for another check
        return
    if not set(meant) <= set(own):
        yield at(group, "id", f"{meant[0]!r} has this name and is not in the group")


@named("documents")
def documents(scenario: Scenario) -> Iterator[Finding]:
    """Somebody holds every document that a link asks for, and links ask for those that are held."""
    held = {cohort.document for cohort in scenario.cohorts}
    asked = {document for link in scenario.links for document in link.documents}
    for link in scenario.links:
        for document in link.documents:
            if document not in held:
                message = f"no cohort holds the document {document!r}"
                near = nearest(document, held)
                yield at(link, "documents", message, level="warning", near=near)
    for cohort in scenario.cohorts:
        near = None if cohort.document in asked else nearest(cohort.document, asked)
        if near is not None:
            message = "no link asks for this document"
            yield at(cohort, "document", message, level="warning", near=near)


@named("known-order")
def known_order(scenario: Scenario) -> Iterator[Finding]:
    """No row was known before what it speaks of."""
    for row, field in every_cell(scenario, "ref"):
        if field.options[0] not in FILES or field.attribute == "policy":
            continue
        other = scenario.by_id(field.options[0]).get(getattr(row, field.name))
        known = max(scenario.known_from(row), scenario.start)
        if other is not None and scenario.known_from(other) > known:
            message = f"{other.id!r} became known later than this row, which refers to it"
            yield at(row, field.attribute, message)
    named_rows = (*scenario.places, *scenario.cohorts, *scenario.groups)
    if all(scenario.known_from(row) <= scenario.start for row in named_rows):
        return
    views: dict[object, Scenario] = {}
    for row, column, what, text in _text_columns(scenario):
        known = max(scenario.known_from(row), scenario.start)
        if known not in views:
            views[known] = until(scenario, known)
        error = _unresolved(views[known], row, what, text)
        if error is not None and _unresolved(scenario, row, what, text) is None:
            yield at(row, column, f"when this row became known (by {known}), {error.says}")
