"""Reads a file of reports that a forecast is to be scored on, and says which rows are broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from borderflow import api
from borderflow.observe.scope import UnusableError, areas
from borderflow.scenario import Finding, Report, Scenario, read_reports
from borderflow.scenario.checks.reports import (
    report_dates,
    report_duplicates,
    report_units,
    report_values,
)

OUTCOMES = re.compile(
    r"entries_\w+|cumulative_entries|exits_from_host_\w+|crossings_both_directions_all"
    r"|queue_vehicles|queue_km|wait_hours"
)
"""Quantities that are scored: entries, exits, queues and waits."""

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
    findings += [replace(f, file=name) for f in _judge(replace(scenario, reports=tuple(sound)))]
    errors = [finding for finding in findings if finding.level == "error"]
    hopeless = any(finding.row is None or finding.row == 1 for finding in errors)
    if errors and (hopeless or not skip_invalid):
        raise api.ScenarioError(findings)
    broken = {finding.row for finding in errors}
    return [row for row in sound if row.where.row not in broken], findings


def _judge(scenario: Scenario) -> Iterable[Finding]:
    for name, check in CHECKS.items():
        for finding in check(scenario):
            # What is only odd in a scenario is broken here: it would be scored before it was known.
            early = name == "report-dates" and finding.column == "known_from"
            yield replace(finding, check=name, level="error" if early else finding.level)
    for row in scenario.reports:
        if OUTCOMES.fullmatch(row.quantity):
            try:
                areas(scenario, row.place)
            except UnusableError as error:
                yield _at(row, "place", row.place, f"{error}", "report-place", "error")
    yield from _contradictions(scenario.reports)


def _contradictions(rows: Sequence[Report]) -> Iterable[Finding]:
    """Reports of one thing by different sources that differ by more than a fifth: both are kept."""
    first: dict[tuple[object, ...], Report] = {}
    for row in rows:
        if not OUTCOMES.fullmatch(row.quantity):
            continue
        where = (row.place.casefold(), row.quantity, row.unit, row.scope)
        key = (row.date_start, row.date_end, *where)
        other = first.setdefault(key, row)
        if abs(other.value - row.value) > 0.2 * max(other.value, row.value):
            message = f"contradicts {other.id!r}, which says {other.value:g}: both are scored"
            value = f"{row.value:g}"
            yield _at(row, "value", value, message, "report-contradiction", "warning")


def _at(row: Report, column: str, read_: str, message: str, check: str, level: str) -> Finding:
    assert level in ("error", "warning")
    return Finding(
        "error" if level == "error" else "warning",
        check,
        row.where.file,
        row.where.row,
        column,
        read_,
        None,
        message,
    )
