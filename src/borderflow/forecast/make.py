"""Makes a forecast: what was known at the end of a day, run forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from borderflow import api
from borderflow.forecast.folder import Forecast
from borderflow.forecast.kept import keep
from borderflow.results import Results
from borderflow.scenario import Finding, Scenario, read_reports
from borderflow.scenario.edit import until as as_known

if TYPE_CHECKING:
    from borderflow.compile import Compiled

CONDITIONAL = "conditional"
"""The reading in which rules stay as they are known at `as_of`."""

Progress = Callable[[int, int], None] | None


def forecast(
    scenario: Scenario | str | Path,
    as_of: date | str,
    until: date | str,
    members: int = 100,
    seed: int = 1,
    reports: Sequence[str | Path] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> Forecast:
    """Say how things go on after a day, from what was known at its end.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run; the name of a scenario that ships, or a folder.
    as_of : date
        Use only what was known at the end of this day.
    until : date
        Last day of the forecast; no later than the scenario's own end.
    members, seed, threads, progress : optional
        As for `borderflow.run`; the members are the same as there.
    reports : sequence of Path, optional
        Files with more reports, in the columns of reports.csv. Those known at `as_of` are kept
        with the forecast, and the comparators start from them.

    Returns
    -------
    Forecast

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.
    GaveUpError
        If no member ran to the end.

    Examples
    --------
    >>> found = forecast("russia-2022", "2022-09-27", "2022-09-30", members=2)
    >>> found.as_of.isoformat(), sorted(found.readings)
    ('2022-09-27', ['conditional'])
    """
    wrong = api.arguments(members, seed, threads)
    if wrong:
        raise api.ScenarioError(wrong)
    if not isinstance(scenario, Scenario):
        scenario = api.load(scenario)
    origin, last = dates(scenario, as_of, until)
    scenario = with_reports(scenario, reports)
    known = as_known(scenario, origin)
    compiled = api.compile_known(known, origin)
    found = _readings(compiled, members, seed, threads, progress)
    seconds = sum(result.ensemble.seconds for result in found.values())
    readings = {name: keep(result, last) for name, result in found.items()}
    return Forecast(known, origin, last, readings, seconds)


def _readings(
    compiled: Compiled, members: int, seed: int, threads: int | None, progress: Progress
) -> dict[str, Results]:
    """Each way to read the future, with its ensemble: here rules stay and nothing is learned."""
    ensemble = api.simulated(compiled, members, seed, threads, progress)
    return {CONDITIONAL: Results(ensemble)}


def dates(scenario: Scenario, as_of: date | str, until: date | str) -> tuple[date, date]:
    """The day at whose end a forecast is made, and its last day.

    Parameters
    ----------
    scenario : Scenario
        The scenario; both must lie in it.
    as_of, until : date or str
        The days, or their ISO spelling.

    Raises
    ------
    ScenarioError
        If one is no date, or there is no day between them and the scenario's end.
    """
    origin = api.known_until(scenario, as_of)
    assert origin is not None
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            message = "not a date (YYYY-MM-DD)"
            raise api.ScenarioError([api.complaint("--until", until, message)]) from None
    first = origin + timedelta(days=1)
    if first > scenario.end:
        message = f"nothing is left to forecast: the scenario ends on {scenario.end}"
        raise api.ScenarioError([api.complaint("--as-of", origin, message)])
    if not first <= until <= scenario.end:
        near = (first if until < first else scenario.end).isoformat()
        message = f"possible here: {first} (the day after --as-of) to {scenario.end}"
        raise api.ScenarioError([api.complaint("--until", until, message, near)])
    return origin, until


def with_reports(scenario: Scenario, files: Sequence[str | Path]) -> Scenario:
    """A scenario with the reports of more files.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    files : sequence of Path
        Files with the columns of reports.csv.

    Raises
    ------
    ScenarioError
        If a file cannot be read or a report in it is wrong, or bears an id that is taken by a
        report that says something else.
    """
    findings: list[Finding] = []
    rows = {row.id: row for row in scenario.reports}
    for file in files:
        more, found = read_reports(file)
        findings += found
        for row in more:
            if rows.setdefault(row.id, row) != row:
                name, message = Path(file).name, "another report has this id"
                findings.append(
                    Finding("error", "read", name, row.where.row, "id", row.id, None, message)
                )
    changed = replace(scenario, reports=tuple(rows.values()))
    if files and not findings:
        findings = [f for f in api.check(changed) if f.level == "error"]
    if any(finding.level == "error" for finding in findings):
        raise api.ScenarioError(findings)
    return changed
