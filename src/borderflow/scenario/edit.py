"""Pure edits: each gives a new scenario and leaves the old one as it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from borderflow.scenario.checks.parameters import idle_parameters
from borderflow.scenario.checks.registry import policy_kinds
from borderflow.scenario.fields import FILES, Field, fields
from borderflow.scenario.model import (
    Driver,
    Parameter,
    Policy,
    Row,
    Scenario,
    Source,
    attribute,
)
from borderflow.scenario.select import NotFoundError

HINDSIGHT_DAYS = 30
"""Days after which rules that the origin state puts on leaving may be switched."""

WHAT_IF = "what-if"
"""Source of everything that was asked and not found."""

TOO_RECENT = (
    f"a rule on leaving can be switched {HINDSIGHT_DAYS} days after the last day of the scenario"
)
"""What is said to those who ask for it before."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two scenarios.

    Parameters
    ----------
    kind : str
        Kind of the row; `scenario` and `country` for what stands in scenario.toml.
    id : str
        Its id.
    attribute : str or None
        What differs; None where the whole row is only in one of them.
    before, after : object
        The values, or the rows; None where there is none.
    """

    kind: str
    id: str
    attribute: str | None
    before: Any
    after: Any


def with_policies(
    scenario: Scenario, policies: Iterable[Policy], *, replacing: bool = False
) -> Scenario:
    """Add policies to a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario; it stays as it is.
    policies : iterable of Policy
        What to add, at the end.
    replacing : bool
        Whether a policy of the same id is replaced, where it stands.

    Raises
    ------
    ValueError
        If a policy of the same id is there already and is not to be replaced, or is given twice.
    """
    new: dict[str, Policy] = {}
    present = scenario.by_id("policy")
    for policy in policies:
        if policy.id in new or (policy.id in present and not replacing):
            raise ValueError(f"there is a policy {policy.id!r} already")
        new[policy.id] = policy
    kept = [new.pop(policy.id, policy) for policy in scenario.policies]
    return replace(scenario, policies=(*kept, *new.values()))


def with_numbers(scenario: Scenario, parameters: Iterable[Parameter]) -> Scenario:
    """Add parameters to a scenario, and the source of what was asked where one of them names it.

    Parameters
    ----------
    scenario : Scenario
        The scenario; it stays as it is.
    parameters : iterable of Parameter
        What to add, at the end.

    Raises
    ------
    ValueError
        If a parameter of the same id is there already, or is given twice.
    """
    new = tuple(parameters)
    known = set(scenario.by_id("parameter"))
    for row in new:
        if row.id in known:
            raise ValueError(f"there is a parameter {row.id!r} already")
        known.add(row.id)
    asked = any(row.source == WHAT_IF for row in new)
    sources = scenario.sources
    if asked and WHAT_IF not in scenario.by_id("source"):
        sources = (*sources, Source(id=WHAT_IF, title="What if", publisher="whoever asked"))
    return replace(scenario, parameters=(*scenario.parameters, *new), sources=sources)


@dataclass(frozen=True)
class Switched:
    """Policies that one scenario has and another has not; one that differs is in both lists.

    Parameters
    ----------
    before, after : Scenario
        The scenarios.
    """

    before: Scenario
    after: Scenario

    @cached_property
    def removed(self) -> tuple[Policy, ...]:
        """Those of the first that are gone or others."""
        return _others(self.before, self.after)

    @cached_property
    def added(self) -> tuple[Policy, ...]:
        """Those of the second that are new or others."""
        return _others(self.after, self.before)


def _others(one: Scenario, other: Scenario) -> tuple[Policy, ...]:
    known = other.by_id("policy")
    return tuple(row for row in one.policies if known.get(row.id) != row)


def may_not_switch(scenario: Scenario, today: date) -> set[str]:
    """Rules on leaving that the origin state made too recently to be switched in a what-if.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    today : date
        The day of asking.
    """
    if (today - scenario.end).days >= HINDSIGHT_DAYS:
        return set()
    on_leaving = {kind.id for kind in policy_kinds().values() if kind.on_leaving}
    return {row.id for row in scenario.policies if row.kind in on_leaving}


def without(scenario: Scenario, *ids: str) -> Scenario:
    """Take policies away, as if they had never been, with all that only they brought about.

    Drivers that are there because of a policy (`policy` in drivers.csv), what it may become
    (prospects.csv) and parameters that concern it alone go with it.

    Parameters
    ----------
    scenario : Scenario
        The scenario; it stays as it is.
    *ids : str
        Ids of the policies.

    Raises
    ------
    NotFoundError
        (a LookupError) If there is no such policy; it knows the nearest.
    """
    known = scenario.by_id("policy")
    for name in ids:
        if name not in known:
            raise NotFoundError("policy", name, known)
    gone = set(ids)
    less = replace(
        scenario,
        policies=tuple(row for row in scenario.policies if row.id not in gone),
        drivers=tuple(row for row in scenario.drivers if row.policy not in gone),
        prospects=tuple(row for row in scenario.prospects if row.policy not in gone),
    )
    lost = set(idle_parameters(less)) - set(idle_parameters(scenario))
    return replace(less, parameters=tuple(p for p in less.parameters if p.id not in lost))


def until(scenario: Scenario, as_of: date) -> Scenario:
    """The scenario as it was known at the end of a day.

    A row is kept if it was known by then (a blank `known_from` means the scenario's start). An end
    of a policy or driver that was not known by then is open. What rests on a row not yet known
    goes with it.

    Parameters
    ----------
    scenario : Scenario
        The scenario; it stays as it is.
    as_of : date
        The day, in the scenario's time zone; the end of it is meant.

    Raises
    ------
    ValueError
        If the day is before the start of the scenario, when nothing of it was known.
    """
    if as_of < scenario.start:
        raise ValueError(
            f"nothing is known as of {as_of.isoformat()}: "
            f"the scenario begins on {scenario.start.isoformat()}"
        )
    rows: dict[str, Any] = {
        attribute(kind): tuple(
            _as_known(row, as_of)
            for row in scenario.rows(kind)
            if scenario.known_from(row) <= as_of
        )
        for kind in FILES
    }
    known = replace(scenario, **rows)
    while (rest := _without_orphans(scenario, known)) is not known:
        known = rest
    return known


def _as_known(row: Row, as_of: date) -> Row:
    if not isinstance(row, Driver | Policy):
        return row
    changes: dict[str, Any] = {}
    known = row.until_known_from
    if row.valid_until is not None and (known is None or known > as_of):
        changes["valid_until"] = None
    if known is not None and known > as_of:
        changes["until_known_from"] = None
    if row.announced is not None and row.announced > as_of:
        changes["announced"] = None
    return replace(row, **changes) if changes else row


def _without_orphans(scenario: Scenario, known: Scenario) -> Scenario:
    """Drop rows that rest on rows which are gone; the same object where there are none."""
    left: dict[str, Any] = {}
    idle = set(idle_parameters(known))
    for kind in FILES:
        refs = [f for f in fields(kind).values() if f.base == "ref" and f.options[0] in FILES]
        rows = known.rows(kind)
        kept = tuple(
            row
            for row in rows
            if not any(_is_gone(scenario, known, f, getattr(row, f.name)) for f in refs)
            and not (kind == "parameter" and row.id in idle)
        )
        if len(kept) < len(rows):
            left[attribute(kind)] = kept
    return replace(known, **left) if left else known


def _is_gone(scenario: Scenario, known: Scenario, field: Field, name: str | None) -> bool:
    kind = field.options[0]
    if name is None or name in known.by_id(kind):
        return False
    # A driver rests on its policy whether that is unknown as yet or was taken away altogether; any
    # other name that never was is an error, which is not for an edit to hide.
    return name in scenario.by_id(kind) or (field.kind, field.attribute) == ("driver", "policy")


def diff(a: Scenario, b: Scenario) -> tuple[Change, ...]:
    """What differs between two scenarios: header, countries, then rows kind by kind.

    The order of rows and the layout of files make no difference.

    Parameters
    ----------
    a, b : Scenario
        Before and after.
    """
    changes = [
        Change("scenario", a.id, field.attribute, getattr(a, field.name), getattr(b, field.name))
        for field in fields("scenario").values()
        if getattr(a, field.name) != getattr(b, field.name)
    ]
    changes += [
        Change("country", code, None, a.countries.get(code), b.countries.get(code))
        for code in dict.fromkeys((*a.countries, *b.countries))
        if a.countries.get(code) != b.countries.get(code)
    ]
    for kind in FILES:
        before, after = a.by_id(kind), b.by_id(kind)
        for name in dict.fromkeys((*before, *after)):
            old, new = before.get(name), after.get(name)
            if old is None or new is None:
                changes.append(Change(kind, name, None, old, new))
                continue
            changes += [
                Change(kind, name, f.attribute, getattr(old, f.name), getattr(new, f.name))
                for f in fields(kind).values()
                if getattr(old, f.name) != getattr(new, f.name)
            ]
    return tuple(changes)
