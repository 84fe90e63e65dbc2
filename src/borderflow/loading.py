"""A scenario before it is run: found by name or folder, read, checked, its rules changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from borderflow.errors import COMMAND_LINE, ScenarioError, complaint
from borderflow.scenario import Finding, Policy, Scenario
from borderflow.scenario.check import check as find
from borderflow.scenario.check import check_folder
from borderflow.scenario.edit import TOO_RECENT, may_not_switch, with_policies
from borderflow.scenario.edit import without as leave_out
from borderflow.scenario.finding import nearest
from borderflow.scenario.read import read_policies_toml
from borderflow.scenario.select import NotFoundError, resolve

HOME = Path(__file__).with_name("scenarios")
"""Folder of the scenarios that ship."""


def scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship with borderflow.

    Examples
    --------
    >>> "russia-2022" in scenarios()
    True
    """
    return tuple(sorted(path.name for path in HOME.iterdir() if (path / "scenario.toml").is_file()))


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
    with_: Policy | str | Path | Sequence[Policy | str | Path] = (),
) -> Scenario:
    """The scenario without some of its policies, and with others.

    Removing a rule removes its announcement too.

    Parameters
    ----------
    scenario : Scenario
        What to change.
    without : sequence of str
        Policies to leave out, by id (or kind and place).
    with_ : sequence of Policy, str or Path
        Policies to add, or TOML files with `[[policy]]` tables.

    Raises
    ------
    ScenarioError
        If a policy is not there, a file cannot be read, or the outcome contradicts itself; if a
        rule on leaving is to be left out of a scenario that ended less than 30 days ago.
    """
    wrong: list[Finding] = []
    gone = []
    without = (without,) if isinstance(without, str) else without
    with_ = (with_,) if isinstance(with_, str | Path | Policy) else with_
    for text in without:
        try:
            gone.append(resolve(scenario, "policy", text))
        except NotFoundError as error:
            wrong.append(complaint("--without", text, error.says, error.nearest))
            continue
        if gone[-1] in may_not_switch(scenario, date.today()):
            wrong.append(complaint("--without", text, TOO_RECENT))
    added: list[Policy] = []
    for item in with_:
        if isinstance(item, Policy):
            added.append(item)
            continue
        policies, found = read_policies_toml(item)
        added.extend(policies)
        wrong.extend(found)
    kept = {row.id for row in scenario.policies} - set(gone)
    for policy in added:
        if policy.id in kept:
            wrong.append(
                Finding(
                    "error",
                    "usage",
                    policy.where.file or COMMAND_LINE,
                    policy.where.row or None,
                    "id",
                    policy.id,
                    None,
                    "the scenario has a policy of this id already (leave it out to replace it)",
                )
            )
        kept.add(policy.id)
    if any(finding.level == "error" for finding in wrong):
        raise ScenarioError(wrong)
    if not gone and not added:
        return scenario
    changed = with_policies(leave_out(scenario, *gone), added)
    found = check(changed)
    if any(finding.level == "error" for finding in found):
        raise ScenarioError(found)
    return changed


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
