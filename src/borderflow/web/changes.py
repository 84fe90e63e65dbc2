"""What was asked of a run, as another scenario; what cannot be done is said in findings."""

from __future__ import annotations

from datetime import date

from borderflow import loading
from borderflow.errors import ScenarioError
from borderflow.scenario import Finding, Scenario
from borderflow.scenario.edit import TOO_RECENT
from borderflow.scenario.edit import without as leave_out
from borderflow.scenario.finding import nearest
from borderflow.web import rules
from borderflow.web.ask import WhatIf


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
    recent = rules.too_recent(scenario, asked, date.today())
    wrong.extend(_finding("without", name, TOO_RECENT) for name in recent)
    if not (asked.without or asked.moved or asked.added or asked.reports):
        wrong.append(_finding("without", None, "say what is to be changed"))
    if wrong:
        raise ScenarioError(wrong)
    try:
        other = rules.put(leave_out(scenario, *dict.fromkeys(asked.without)), asked)
    except rules.CannotError as error:
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
