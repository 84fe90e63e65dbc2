"""A scenario before it is run: found by name or folder, read, checked, its rules changed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from borderflow.errors import RuleWarning, ScenarioError, complaint
from borderflow.policy import kinds
from borderflow.scenario import Finding, Parameter, Policy, Scenario
from borderflow.scenario.check import check as find
from borderflow.scenario.check import check_folder
from borderflow.scenario.edit import TOO_RECENT, may_not_switch, with_numbers, with_policies
from borderflow.scenario.edit import without as leave_out
from borderflow.scenario.finding import nearest
from borderflow.scenario.read import HEADER
from borderflow.scenario.select import NotFoundError, resolve
from borderflow.scenario.whatif import read_row, read_rules

Rule = Policy | Parameter | str | Path
"""What can be added to a scenario: a policy, a parameter of one, or a file of them."""

HOME = Path(__file__).with_name("scenarios")
"""Folder of the scenarios that ship."""


def scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship with borderflow.

    Examples
    --------
    >>> "russia-2022" in scenarios()
    True
    """
    return tuple(sorted(path.name for path in HOME.iterdir() if (path / HEADER).is_file()))


def folder(name_or_path: str | Path) -> Path:
    """Folder of a scenario: a shipped one by its name, any other by its path.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped scenario, or a folder.

    Raises
    ------
    ScenarioError
        If there is neither.
    """
    if str(name_or_path) in scenarios():
        return HOME / str(name_or_path)
    path = Path(name_or_path)
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        near = nearest(str(name_or_path), scenarios())
        message = "neither a scenario that ships nor a folder"
        raise ScenarioError([complaint("SCENARIO", name_or_path, message, near)])
    return path


def namesake(name_or_path: str | Path) -> Path | None:
    """A scenario in this folder that is not meant, as one that ships has the same name.

    Parameters
    ----------
    name_or_path : str or Path
        As for `folder`.
    """
    there = Path(name_or_path, HEADER)
    return there.parent if str(name_or_path) in scenarios() and there.is_file() else None


def load(name_or_path: str | Path) -> Scenario:
    """Read a scenario: one that ships by its name, or any folder.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped scenario (see `scenarios`), or a folder.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If anything in it is an error; all of them are in its `findings`.

    Examples
    --------
    >>> load("russia-2022").nationality
    'RUS'
    """
    scenario, findings = examine(name_or_path)
    if scenario is None or any(finding.level == "error" for finding in findings):
        raise ScenarioError(findings)
    return scenario


def examine(name_or_path: str | Path) -> tuple[Scenario | None, list[Finding]]:
    """Read a scenario as far as it can be read, and everything there is to say about it.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped scenario, or a folder.

    Returns
    -------
    (Scenario or None, list of Finding)
        None where it could not be read.
    """
    try:
        path = folder(name_or_path)
    except ScenarioError as error:
        return None, error.findings
    return check_folder(path)


def check(scenario: Scenario | str | Path) -> list[Finding]:
    """Everything that is wrong (errors) or odd (warnings) in a scenario, all at once.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, the name of one that ships, or a folder.

    Examples
    --------
    >>> [finding.message for finding in check("no/such/folder")]
    ['neither a scenario that ships nor a folder']
    """
    if isinstance(scenario, Scenario):
        return list(find(scenario))
    return examine(scenario)[1]


def change(
    scenario: Scenario,
    without: str | Sequence[str] = (),
    with_: Rule | Sequence[Rule] = (),
) -> Scenario:
    """The scenario without some of its policies, and with others.

    Removing a rule removes its announcement too.

    Parameters
    ----------
    scenario : Scenario
        What to change.
    without : sequence of str
        Policies to leave out, by id (or kind and place).
    with_ : sequence of Policy, Parameter, str or Path
        Policies to add and parameters that say how much they do, or TOML files with
        `[[policy]]` and `[[parameter]]` tables.

    Raises
    ------
    ScenarioError
        If a policy is not there, a file cannot be read, or the outcome contradicts itself; if a
        parameter is of no policy that is added; if a rule on leaving is to be left out of a
        scenario that ended less than 30 days ago.

    Warns
    -----
    RuleWarning
        If a rule that is added does nothing, or how much it does is not said.
    """
    changed, findings = examine_change(scenario, without, with_)
    for finding in findings:
        warnings.warn(str(finding), RuleWarning, stacklevel=2)
    return changed


def examine_change(
    scenario: Scenario,
    without: str | Sequence[str] = (),
    with_: Rule | Sequence[Rule] = (),
) -> tuple[Scenario, list[Finding]]:
    """As `change`, with what is worth a warning of that which is added."""
    wrong: list[Finding] = []
    gone = []
    without = (without,) if isinstance(without, str) else without
    with_ = (with_,) if isinstance(with_, str | Path | Policy | Parameter) else with_
    for text in without:
        try:
            gone.append(resolve(scenario, "policy", text))
        except NotFoundError as error:
            wrong.append(complaint("--without", text, error.says, error.nearest))
            continue
        if gone[-1] in may_not_switch(scenario, date.today()):
            wrong.append(complaint("--without", text, TOO_RECENT))
    added: list[Policy | Parameter] = []
    for number, item in enumerate(with_, 1):
        if isinstance(item, Policy | Parameter):
            row, found = read_row(item, number)
            added.append(row)
            wrong.extend(found)
            continue
        rows, found = read_rules(item)
        added.extend(rows)
        wrong.extend(found)
    policies = [row for row in added if isinstance(row, Policy)]
    numbers = [row for row in added if isinstance(row, Parameter)]
    wrong.extend(_taken(policies, {row.id for row in scenario.policies} - set(gone)))
    for rule in policies:
        if rule.id in kinds():
            message = "this is the name of a kind of rule: give the rule an id of its own"
            wrong.append(_of(rule, "id", rule.id, message))
    wrong.extend(_taken(numbers, set(scenario.by_id("parameter"))))
    names = {row.id for row in policies}
    for row in numbers:
        if row.applies_to not in names:
            message = "a parameter that is added says how much a policy does that is added with it"
            near = nearest(row.applies_to, names)
            wrong.append(_of(row, "applies_to", row.applies_to, message, near))
    if any(finding.level == "error" for finding in wrong):
        raise ScenarioError(wrong)
    if not gone and not added:
        return scenario, []
    changed = with_numbers(with_policies(leave_out(scenario, *gone), policies), numbers)
    # What is odd about the rest of the scenario is not for those who change its rules.
    places = {(row.where.file, row.where.row) for row in added}
    found = [
        finding
        for finding in check(changed)
        if finding.level == "error" or (finding.file, finding.row) in places
    ]
    if any(finding.level == "error" for finding in found):
        raise ScenarioError(found)
    return changed, found


def _taken(rows: Sequence[Policy | Parameter], known: set[str]) -> list[Finding]:
    """Say which of the rows that are added have an id that is taken."""
    wrong = []
    added: set[str] = set()
    for row in rows:
        kind = "policy" if isinstance(row, Policy) else "parameter"
        if row.id in added:
            wrong.append(_of(row, "id", row.id, f"another {kind} that is added has this id"))
        elif row.id in known:
            out = " (leave it out to replace it)" if kind == "policy" else ""
            message = f"the scenario has a {kind} of this id already{out}"
            wrong.append(_of(row, "id", row.id, message))
        added.add(row.id)
    return wrong


def _of(
    row: Policy | Parameter, column: str, read: str, message: str, near: str | None = None
) -> Finding:
    return Finding("error", "usage", row.where.file, row.where.row, column, read, near, message)


def known_until(scenario: Scenario, as_of: date | str | None) -> date | None:
    """The day at whose end facts are cut off, from what somebody gave.

    Parameters
    ----------
    scenario : Scenario
        The scenario, which must be running on that day.
    as_of : date, str or None
        The day, or its ISO spelling; None holds nothing back.

    Raises
    ------
    ScenarioError
        If it is no date, or outside the scenario.
    """
    if isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            message = "not a date (YYYY-MM-DD)"
            raise ScenarioError([complaint("--as-of", as_of, message)]) from None
    if as_of is not None and not scenario.start <= as_of <= scenario.end:
        near = (scenario.start if as_of < scenario.start else scenario.end).isoformat()
        message = f"outside the scenario, which runs from {scenario.start} to {scenario.end}"
        raise ScenarioError([complaint("--as-of", as_of, message, near)])
    return as_of
