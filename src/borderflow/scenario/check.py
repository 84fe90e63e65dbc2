"""Judges a scenario: runs every check on the list and gathers what they find. It never writes."""

from __future__ import annotations

from pathlib import Path

from borderflow.scenario.checks import (
    network,
    parameters,
    people,
    policies,
    reach,
    references,
    reports,
    rules,
    values,
)
from borderflow.scenario.checks.registry import CHECKS, Check
from borderflow.scenario.fields import FILES, fields
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Scenario
from borderflow.scenario.read import read_draft

__all__ = ["CHECKS", "SUBJECTS", "Check", "check", "check_folder"]

SUBJECTS = (references, network, values, people, policies, reports, parameters, rules, reach)
"""The modules that put checks on the list."""


def check(scenario: Scenario) -> list[Finding]:
    """Find all that is wrong or odd with a scenario.

    Parameters
    ----------
    scenario : Scenario
        What to judge; it is not changed.

    Returns
    -------
    list of Finding
        Errors and warnings, check by check; with an error a scenario should not be run.

    Examples
    --------
    >>> sorted(CHECKS)[:3]
    ['announced', 'cohort-shares', 'cohort-texts']
    """
    return [finding for one in CHECKS.values() for finding in one(scenario)]


def check_folder(folder: Path | str) -> tuple[Scenario | None, list[Finding]]:
    """Read a folder and judge what it says, both at once.

    Where cells cannot be read, the rest is judged all the same; rows named already are not named
    again. Where rows cannot be read at all, what refers to such rows is not judged, and warnings
    wait until they can be.

    Parameters
    ----------
    folder : Path or str
        The folder with scenario.toml and the CSV files.

    Returns
    -------
    (Scenario or None, list of Finding)
        None if the files could not be read without an error.
    """
    draft = read_draft(folder)
    if draft.scenario is None:
        return None, draft.findings
    if draft.sound:
        return draft.scenario, [*draft.findings, *check(draft.scenario)]
    broken = {(finding.file, finding.row) for finding in draft.findings}
    # Rows that are missing altogether make others look wrong.
    whole = {file for file, row in broken if row in (None, 1)}
    troubles = [finding for finding in draft.findings if finding.column is None]
    # A file that nobody reads may hold the rows of the one that its name resembles.
    lost = {file for finding in troubles for file in (finding.file, finding.nearest)}
    found = [
        finding
        for finding in check(draft.scenario)
        if (finding.level == "error" or not lost)
        and (finding.file, finding.row) not in broken
        and finding.file not in whole
        and not lost & _spoken_of(finding)
        and not {file for file, _ in broken} & {FILES[k] for k in _BESIDE.get(finding.check, ())}
    ]
    return None, [*draft.findings, *found]


_KINDS = {file: kind for kind, file in FILES.items()}

_ABOUT_OTHERS = {
    "place-texts": ("place",),
    "cohort-texts": ("cohort",),
    "groups": ("place", "cohort"),
    "cohort-shares": ("cohort",),
    "known-order": tuple(FILES),
    "parameter-targets": tuple(FILES),
}
"""Checks that speak of other rows than the one they name, and of which kinds these may be."""


_BESIDE = {"distances": ("place",)}
"""Checks that set a number beside those of other rows, which must have been read."""


def _spoken_of(finding: Finding) -> set[str]:
    """The files of the rows that a finding speaks of, besides the one it names."""
    if finding.check == "references" and finding.file in _KINDS and finding.column:
        field = fields(_KINDS[finding.file]).get(finding.column)
        return {FILES[kind] for kind in (field.options if field else ()) if kind in FILES}
    return {FILES[kind] for kind in _ABOUT_OTHERS.get(finding.check, ())}
