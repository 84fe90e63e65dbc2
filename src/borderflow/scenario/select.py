"""Finds the places, countries and cohorts that a text names, or says which name comes nearest.

Names are compared without regard to case and white space. The name of a group goes before an id
spelled exactly, an id before a country, a country before the name of a place (rules are made by
countries), a name before an alias.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from borderflow.scenario.cells import CellError
from borderflow.scenario.fields import Field, fields
from borderflow.scenario.finding import nearest, shorten
from borderflow.scenario.model import Checkpoint, Cohort, Place, Policy, Scenario

Ids = tuple[str, ...]


class NotFoundError(LookupError):
    """A name that the scenario does not know, or that means several things.

    Parameters
    ----------
    kind : str
        What was looked for.
    text : str
        What was read.
    valid : iterable of str
        What there is.
    message : str, optional
        A sentence of its own.
    """

    def __init__(self, kind: str, text: str, valid: Iterable[str], message: str = "") -> None:
        self.kind = kind
        self.text = text
        self.says = message or f"there is no {kind} {shorten(text)!r}"
        self._valid = tuple(valid)
        super().__init__(self.says)

    @cached_property
    def nearest(self) -> str | None:
        """The valid name that is nearest; found when asked for, as many only ask whether."""
        return nearest(self.text, self._valid)

    def __str__(self) -> str:
        return self.says + (f"; the nearest is {self.nearest!r}" if self.nearest else "")

    def __reduce__(self) -> tuple[type[NotFoundError], tuple[str, str, list[str], str]]:
        return type(self), (self.kind, self.text, [self.nearest] if self.nearest else [], self.says)


def fold(text: str) -> str:
    """Bring a name to the form in which names are compared."""
    return " ".join(text.split()).casefold()


# Places


def select_areas(scenario: Scenario, text: str) -> Ids:
    """Places (by id) and countries (by code) that a text names.

    Parameters
    ----------
    scenario : Scenario
        Where to look.
    text : str
        `all`, or ids, names, aliases, country codes, country names and groups joined by |.

    Raises
    ------
    NotFoundError
        If a part of the text is none of these.
    """
    return tuple(dict.fromkeys(_areas(scenario, text, frozenset())))


def select_places(scenario: Scenario, text: str) -> Ids:
    """Ids of the places that a text names, in file order; a country stands for all under its rule.

    A place under another state's control is named by that state here, since its officers make the
    rules there. The places may be none, where a country has none in the scenario.

    Parameters
    ----------
    scenario : Scenario
        Where to look.
    text : str
        As for `select_areas`.

    Raises
    ------
    NotFoundError
        If a part of the text names nothing.
    """
    wanted = set(select_areas(scenario, text))
    return tuple(
        place.id
        for place in scenario.places
        if place.id in wanted or (place.controlled_by or place.country) in wanted
    )


def pair(scenario: Scenario, text: str) -> tuple[Ids, Ids] | None:
    """Areas on the two sides of a text such as `Georgia-Russia` or `A -> B`, or None.

    A text that is a name as a whole is never a pair, though it may hold a hyphen.
    """
    names = {*_area_names(scenario), *_groups(scenario, "places"), "all"}
    if fold(text) in names or "|" in text:
        return None
    marked = text.replace("\N{EN DASH}", "-")
    for arrow in ("->", "-"):
        at = marked.find(arrow)
        while at >= 0:
            left, right = marked[:at], marked[at + len(arrow) :]
            if fold(left) in names and fold(right) in names:
                return select_areas(scenario, left), select_areas(scenario, right)
            at = marked.find(arrow, at + 1)
    return None


def nearest_pair(scenario: Scenario, text: str) -> str | None:
    """The pair of areas that is nearest to a text such as `Gorgia-Russia`, or None.

    One side at least must be a name spelled as it is, unless an arrow says that there are two.
    """
    names = {*_area_names(scenario), *_groups(scenario, "places")}
    spellings = area_spellings(scenario)
    marked = text.replace("\N{EN DASH}", "-")
    for arrow, needed in (("->", 0), ("-", 1)):
        parts = marked.split(arrow)
        for at in range(1, len(parts)):
            sides = [arrow.join(some).strip() for some in (parts[:at], parts[at:])]
            if sum(fold(side) in names for side in sides) < needed:
                continue
            near = [side if fold(side) in names else nearest(side, spellings) for side in sides]
            if None not in near:
                gap = " " if arrow == "->" else ""
                return f"{gap}{arrow}{gap}".join(filter(None, near))
    return None


def _groups(scenario: Scenario, what: str) -> Mapping[str, str]:
    named = f"groups of {what}"
    if named not in scenario._memo:
        scenario._memo[named] = {
            fold(group.id): group.selector for group in scenario.groups if group.what == what
        }
    kept: Mapping[str, str] = scenario._memo[named]
    return kept


def _area_names(scenario: Scenario) -> Mapping[str, str]:
    """What each name of a place or country stands for; groups are apart."""
    if "area names" not in scenario._memo:
        scenario._memo["area names"] = _folded_names(scenario)
    kept: Mapping[str, str] = scenario._memo["area names"]
    return kept


def _folded_names(scenario: Scenario) -> Mapping[str, str]:
    # What comes later goes before what came earlier.
    named = [
        *((place.id, place.id) for place in scenario.places),
        *((alias, place.id) for place in scenario.places for alias in place.aliases),
        *((place.name, place.id) for place in scenario.places),
        *((name, code) for code, name in scenario.countries.items()),
        *((code, code) for code in scenario.countries),
    ]
    return {fold(name): area for name, area in named}


def _areas(scenario: Scenario, text: str, seen: frozenset[str]) -> Iterator[str]:
    key = fold(text)
    groups, names = _groups(scenario, "places"), _area_names(scenario)
    # A group may bear the name of what it holds (Narva for narva): inside it, it means that.
    if key in groups and key not in seen:
        yield from _areas(scenario, groups[key], seen | {key})
    elif key == "all":
        yield from sorted(scenario.countries)
    elif text.strip() in scenario.by_id("place"):
        # Spelled exactly, an id is the place, though a country may be called so: georgia, Georgia.
        yield text.strip()
    elif key in names:
        yield names[key]
    elif "|" in text:
        for part in text.split("|"):
            yield from _areas(scenario, part, seen)
    else:
        raise NotFoundError("place, country or group", text.strip(), area_spellings(scenario))


def area_spellings(scenario: Scenario) -> list[str]:
    """Every name under which a text may speak of places, as printed."""
    return [
        *(place.id for place in scenario.places),
        *(place.name for place in scenario.places),
        *(alias for place in scenario.places for alias in place.aliases),
        *scenario.countries,
        *scenario.countries.values(),
        *(group.id for group in scenario.groups if group.what == "places"),
        "all",
    ]


# Cohorts


def select_cohorts(scenario: Scenario, text: str) -> Ids:
    """Ids of the cohorts that a selector names, in file order; never none.

    Parameters
    ----------
    scenario : Scenario
        Where to look.
    text : str
        `all`; a group; ids or names joined by |; or terms such as
        `document=schengen|residence;liable=yes`, all of which must hold.

    Raises
    ------
    NotFoundError
        If a part names nothing, a column does not exist, no cohort has such a value, or no cohort
        fits all the terms.
    """
    chosen = set(_cohorts(scenario, text, frozenset()))
    if not chosen:
        message = f"no cohort fits {shorten(text)!r}"
        raise NotFoundError("cohort", text, [], message)
    return tuple(cohort.id for cohort in scenario.cohorts if cohort.id in chosen)


def _cohorts(scenario: Scenario, text: str, seen: frozenset[str]) -> Iterator[str]:
    key = fold(text)
    groups, names = _groups(scenario, "cohorts"), _cohort_names(scenario)
    if key in groups and key not in seen:
        yield from _cohorts(scenario, groups[key], seen | {key})
    elif key == "all":
        yield from (cohort.id for cohort in scenario.cohorts)
    elif key in names:
        yield names[key]
    elif "=" in text:
        fitting = [_fitting(scenario, term) for term in text.split(";")]
        yield from set.intersection(*fitting)
    elif "|" in text:
        for part in text.split("|"):
            yield from _cohorts(scenario, part, seen)
    else:
        grouped = (f"group={cohort.group}" for cohort in scenario.cohorts)
        valid = [*cohort_spellings(scenario), *grouped]
        raise NotFoundError("cohort, group or selector", text.strip(), valid)


def _cohort_names(scenario: Scenario) -> Mapping[str, str]:
    if "cohort names" not in scenario._memo:
        names = {fold(cohort.name): cohort.id for cohort in scenario.cohorts}
        names |= {fold(cohort.id): cohort.id for cohort in scenario.cohorts}
        scenario._memo["cohort names"] = names
    kept: Mapping[str, str] = scenario._memo["cohort names"]
    return kept


def cohort_spellings(scenario: Scenario) -> list[str]:
    """Every name under which a text may speak of cohorts, as printed."""
    return [
        *(cohort.id for cohort in scenario.cohorts),
        *(cohort.name for cohort in scenario.cohorts),
        *(group.id for group in scenario.groups if group.what == "cohorts"),
        "all",
    ]


def _fitting(scenario: Scenario, term: str) -> set[str]:
    """Ids of the cohorts for which one term, `attribute=value|value`, holds."""
    name, equals, values = (part.strip() for part in term.partition("="))
    known = fields("cohort")
    if name not in known:
        raise NotFoundError("column of a cohort", name, known)
    if not equals:
        raise NotFoundError("term", term.strip(), [], f"{term.strip()!r} lacks '=' and a value")
    field = known[name]
    cells = _cells(scenario, field)
    found: set[str] = set()
    for value in values.split("|"):
        wanted = fold(_canonical(field, value))
        fitting = {row for row, cell in cells.items() if cell == wanted}
        # An attribute with few possible values may have one that nobody has just now.
        if not fitting and field.base not in ("bool", "choice"):
            raise NotFoundError(f"cohort whose {name} is", value.strip(), cells.values())
        found |= fitting
    return found


def _cells(scenario: Scenario, field: Field) -> Mapping[str, str]:
    """What stands in one column of the cohorts, as it is compared."""
    column = f"cells of {field.name}"
    if column not in scenario._memo:
        scenario._memo[column] = {
            cohort.id: fold(_cell(field, cohort)) for cohort in scenario.cohorts
        }
    kept: Mapping[str, str] = scenario._memo[column]
    return kept


def _cell(field: Field, cohort: Cohort) -> str:
    value = getattr(cohort, field.name)
    return "" if value is None else field.cell.format(value)


def _canonical(field: Field, value: str) -> str:
    value = value.strip()
    try:
        return field.cell.format(field.parse(value)) if value else ""
    except CellError as error:
        valid = ["yes", "no"] if field.base == "bool" else field.options
        message = f"{value!r} is no value of {field.attribute}: {error}"
        raise NotFoundError(field.attribute, value, valid, message) from None


# Arguments


def resolve(scenario: Scenario, kind: str, text: str) -> str:
    """Id of the one row that somebody means.

    Parameters
    ----------
    scenario : Scenario
        Where to look.
    kind : str
        `place`, `cohort`, `policy`, `link`, `checkpoint` ... or `country`.
    text : str
        Its id, its name (or an alias of a place); for a policy also its kind and place, in either
        order, such as `entry_ban Finland`.

    Raises
    ------
    NotFoundError
        If nothing, or more than one thing, is called so.
    KeyError
        If there is no such kind.
    """
    key = fold(text)
    names: dict[str, list[str]] = {}
    spellings: list[str] = []

    def name(spelling: str, meant: str) -> None:
        spellings.append(spelling)
        found = names.setdefault(fold(spelling), [])
        if meant not in found:
            found.append(meant)

    if kind == "country":
        for code, country in scenario.countries.items():
            name(code, code)
            name(country, code)
    else:
        rows = scenario.rows(kind)
        ids = {fold(row.id): row.id for row in rows}
        if key in ids:
            return ids[key]
        for row in rows:
            spellings.append(row.id)
            if isinstance(row, Place | Cohort | Checkpoint):
                name(row.name, row.id)
            if isinstance(row, Place):
                for alias in row.aliases:
                    name(alias, row.id)
            if isinstance(row, Policy):
                name(f"{row.kind}, {row.place}", row.id)
                for other in (f"{row.kind} {row.place}", f"{row.place} {row.kind}"):
                    names.setdefault(fold(other), []).append(row.id)
    found = names.get(key, [])
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(found)
        raise NotFoundError(kind, text, [], f"{text!r} may be any of these: {listed}; give the id")
    raise NotFoundError(kind, text.strip(), spellings)
