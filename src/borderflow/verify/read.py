"""Reads a file of reports that a forecast is to be scored on, and says which rows are broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from borderflow.errors import ScenarioError
from borderflow.observe.scope import UnusableError, areas
from borderflow.scenario import Finding, Report, Scenario, read_reports
from borderflow.scenario.checks.reports import (
    report_dates,
    report_duplicates,
    report_units,
    report_values,
)
from borderflow.scenario.finding import nearest
from borderflow.scenario.select import area_spellings
from borderflow.verify.outcomes import apart, series_of, target

CHECKS = {
    "report-units": report_units,
    "report-dates": report_dates,
    "report-values": report_values,
    "report-duplicates": report_duplicates,
}


def read(
    scenario: Scenario, file: Path | str, skip_invalid: bool = False
) -> tuple[list[Report], list[Finding]]:
    """The reports of a file, and everything that is wrong or odd about them.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    file : Path or str
        A file with the columns of reports.csv.
    skip_invalid : bool, optional
        Leave broken rows out instead of refusing the file.

    Returns
    -------
    (list of Report, list of Finding)
        The sound rows. The findings hold the warnings, and with `skip_invalid` what was left out.

    Raises
    ------
    ScenarioError
        If the file cannot be read, or a row is broken and not to be skipped.
    """
    rows, findings = read_reports(file)
    unread = {f.row for f in findings if f.level == "error"}
    sound = [row for row in rows if row.where.row not in unread]
    name = Path(file).name
    findings += [replace(found, file=name) for found in judge(scenario, sound)]
    findings.sort(key=lambda finding: finding.row or 0)
    errors = [finding for finding in findings if finding.level == "error"]
    hopeless = any(finding.row is None or finding.row == 1 for finding in errors)
    if errors and (hopeless or not skip_invalid):
        raise ScenarioError(findings)
    broken = {finding.row for finding in errors}
    return [row for row in sound if row.where.row not in broken], findings


def judge(scenario: Scenario, reports: Sequence[Report]) -> list[Finding]:
    """Everything that is wrong or odd about reports that a forecast is to be scored on.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    reports : sequence of Report
        Rows of a file.
    """
    found: list[Finding] = []
    own = replace(scenario, reports=tuple(reports))
    for name, check in CHECKS.items():
        for finding in check(own):
            # What is only odd in a scenario is broken here: it would be scored before it was known.
            early = name == "report-dates" and finding.column == "known_from"
            found.append(replace(finding, check=name, level="error" if early else finding.level))
    for row in reports:
        if target(row.quantity) is not None:
            try:
                areas(scenario, row.place)
            except UnusableError as error:
                near = nearest(row.place, area_spellings(scenario))
                found.append(_at(row, "place", row.place, f"{error}", "report-place", near))
    return [*found, *_contradictions(scenario, reports)]


def _contradictions(scenario: Scenario, rows: Sequence[Report]) -> Iterable[Finding]:
    """Reports of one thing by different sources that differ by more than a fifth: both are kept."""
    first: dict[tuple[object, ...], Report] = {}
    for row in rows:
        try:
            series = series_of(scenario, row)
        except UnusableError:
            continue
        if target(row.quantity) is None or row.date_end < row.date_start:
            continue
        other = first.setdefault((series, row.date_start, row.date_end, row.unit), row)
        if apart(other.value, row.value):
            message = f"contradicts {other.id!r}, which says {other.value:g}: both are kept"
            yield replace(
                _at(row, "value", f"{row.value:g}", message, "report-contradiction"),
                level="warning",
            )


def _at(
    row: Report, column: str, read_: str, message: str, check: str, near: str | None = None
) -> Finding:
    return Finding("error", check, row.where.file, row.where.row, column, read_, near, message)
