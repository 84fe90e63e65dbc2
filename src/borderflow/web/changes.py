"""What was asked of a run, as another scenario; what cannot be done is said in findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from borderflow import loading
from borderflow.errors import ScenarioError
from borderflow.scenario import Finding, Policy, Scenario
from borderflow.scenario.edit import TOO_RECENT, may_not_switch, with_policies
from borderflow.scenario.edit import without as leave_out
from borderflow.scenario.finding import nearest
from borderflow.scenario.model import Driver
from borderflow.web.ask import AddedRule, Moved, WhatIf
from borderflow.web.rules import KINDS, CannotError, free

FAR = timedelta(days=366)
"""How far outside the scenario a day may lie."""


def changed(scenario: Scenario, asked: WhatIf) -> tuple[Scenario, dict[str, list[str]]]:
    """A scenario with what was asked.

    Parameters
    ----------
    scenario : Scenario
        As it is.
    asked : WhatIf
        What was asked.

    Returns
    -------
    (Scenario, dict)
        The changed scenario, and ids of the policies that went (`without`) and of those that
        are new or have other days (`with`).

    Raises
    ------
    ScenarioError
        If it cannot be done.
    """
    wrong: list[Finding] = []
    known = scenario.by_id("policy")
    for number, name in enumerate(asked.without):
        if name not in known:
            near = nearest(name, known)
            message = "the scenario has no such policy"
            wrong.append(_finding(f"without.{number}", name, message, near))
    recent = too_recent(scenario, asked, date.today())
    wrong.extend(_finding("without", name, TOO_RECENT) for name in recent)
    if not (asked.without or asked.moved or asked.added or asked.reports):
        wrong.append(_finding("without", None, "say what is to be changed"))
    if wrong:
        raise ScenarioError(wrong)
    try:
        other = put(leave_out(scenario, *dict.fromkeys(asked.without)), asked)
    except CannotError as error:
        raise ScenarioError([_finding(error.field, error.read, str(error), error.near)]) from error
    found = [row for row in loading.check(other) if row.level == "error"]
    if found:
        raise ScenarioError(found)
    after = other.by_id("policy")
    return other, {
        "without": [name for name in known if name not in after],
        "with": [name for name, row in after.items() if known.get(name) != row],
    }


def _finding(column: str, read: object, message: str, near: str | None = None) -> Finding:
    text = None if read is None else str(read)
    return Finding("error", "usage", "request", None, column, text, near, message)


def put(scenario: Scenario, asked: WhatIf) -> Scenario:
    """The scenario with every change that was asked.

    Parameters
    ----------
    scenario : Scenario
        As it is.
    asked : WhatIf
        What was asked; the policies to leave out are not looked at.

    Raises
    ------
    CannotError
        If something of it cannot be done.
    """
    _near(scenario, asked)
    for number, move in enumerate(asked.moved):
        scenario = moved(scenario, move, f"moved.{number}")
    for number, rule in enumerate(asked.added):
        name = free(scenario, "added")
        where = f"added.{number}"
        _in_order(rule, where)
        kind = KINDS[rule.kind]
        for needed, _, _, _ in kind.fields:
            if getattr(rule, needed) is None:
                raise CannotError(f"{where}.{needed}", None, f"a rule of {rule.kind} needs it")
        known = _countries(scenario) if kind.at == "country" else _posts(scenario)
        if kind.id in ("open", "close"):
            known = {*_countries(scenario), *_posts(scenario)}
        if rule.at not in known:
            message = f"no {kind.at} of the scenario"
            raise CannotError(f"{where}.at", rule.at, message, nearest(rule.at, known))
        try:
            scenario = kind.put(scenario, rule, name)
        except CannotError as error:
            column = f"{where}.{error.field}"
            raise CannotError(column, error.read, str(error), error.near) from error
    return scenario


def moved(scenario: Scenario, move: Moved, where: str) -> Scenario:
    """A policy with other days; what drives people because of it moves by as much.

    Parameters
    ----------
    scenario : Scenario
        As it is.
    move : Moved
        The policy and its days.
    where : str
        Where in the question this stands.

    Raises
    ------
    CannotError
        If there is no such policy, or it would end before it begins.
    """
    rows = scenario.by_id("policy")
    old = rows.get(move.id)
    if not isinstance(old, Policy):
        message = "the scenario has no such policy"
        raise CannotError(f"{where}.id", move.id, message, nearest(move.id, rows))
    _in_order(move, where)
    shift = move.valid_from - old.valid_from
    new = replace(
        old,
        valid_from=move.valid_from,
        known_from=min(old.known_from + shift, move.valid_from),
        announced=None if old.announced is None else min(old.announced + shift, move.valid_from),
        valid_until=move.valid_until,
        until_known_from=None if move.valid_until is None else scenario.start,
    )
    drivers = tuple(
        _shifted(row, shift) if row.policy == old.id else row for row in scenario.drivers
    )
    return replace(with_policies(scenario, [new], replacing=True), drivers=drivers)


def _near(scenario: Scenario, asked: WhatIf) -> None:
    """Days that are years away are slips of the pen, and beyond what a calendar can shift."""
    days: list[tuple[str, date | None]] = []
    dated: list[tuple[str, Moved | AddedRule]] = [
        *((f"moved.{number}", move) for number, move in enumerate(asked.moved)),
        *((f"added.{number}", rule) for number, rule in enumerate(asked.added)),
    ]
    for name, row in dated:
        days += [(f"{name}.from", row.valid_from), (f"{name}.until", row.valid_until)]
    for number, report in enumerate(asked.reports):
        days += [(f"reports.{number}.start", report.start), (f"reports.{number}.end", report.end)]
        if report.end is not None and report.end < report.start:
            raise CannotError(f"reports.{number}.end", report.end, "before its first day")
    for column, day in days:
        if day is not None and not scenario.start - FAR <= day <= scenario.end + FAR:
            message = f"far outside the scenario, from {scenario.start} to {scenario.end}"
            raise CannotError(column, day, message)


def _in_order(asked: Moved | AddedRule, where: str) -> None:
    if asked.valid_until is not None and asked.valid_until <= asked.valid_from:
        message = "not after the first day in force"
        raise CannotError(f"{where}.until", asked.valid_until, message)


def _shifted(row: Driver, shift: timedelta) -> Driver:
    return replace(
        row,
        valid_from=row.valid_from + shift,
        valid_until=None if row.valid_until is None else row.valid_until + shift,
    )


def _posts(scenario: Scenario) -> set[str]:
    return {checkpoint.post for checkpoint in scenario.checkpoints}


def _countries(scenario: Scenario) -> set[str]:
    return {code for code in scenario.countries if code not in scenario.origin_countries}


def too_recent(scenario: Scenario, asked: WhatIf, today: date) -> list[str]:
    """Rules on leaving that were asked to be switched or moved and are too recent for it.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    asked : WhatIf
        What was asked.
    today : date
        The day of asking.
    """
    wanted = {*asked.without, *(move.id for move in asked.moved)}
    return sorted(wanted & may_not_switch(scenario, today))
