"""Forecasts from several past days, each from what was known then, scored on what came."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from borderflow import loading
from borderflow.document import BORDERS, COUNTING, STATEMENT
from borderflow.errors import GaveUpError, ScenarioError, arguments, complaint
from borderflow.forecast import Forecast, forecast
from borderflow.forecast.make import in_all, too_many
from borderflow.hindcast.hindsight import HINDSIGHT, hindsight, horizon_end
from borderflow.scenario import Finding, Report, Scenario
from borderflow.verify import main_reading, verify
from borderflow.verify.read import judge, read
from borderflow.verify.summary import public, summaries

Progress = Callable[[int, int], None] | None
Row = dict[str, Any]

KNOWN_OUTCOME = (
    "known outcome: these reports were public when the scenario was written. The table says "
    "whether the machinery works, not how well it forecasts."
)
"""What has to be said of every hindcast."""


@dataclass(frozen=True)
class Origin:
    """What one forecast came to: its scores, without its members.

    Attributes
    ----------
    origin_date, until : date
        Day at whose end it was made, and its last day.
    members, digest, seconds : int, str, float
        Of the forecast, hindsight left out.
    readings : tuple of str
        Ways to read the future, with hindsight.
    rows, nowcast, not_scored : list of dict
        As in a `Verification`.
    """

    origin_date: date
    until: date
    members: int
    digest: str
    seconds: float
    readings: tuple[str, ...]
    rows: list[Row]
    nowcast: list[Row]
    not_scored: list[Row]


@dataclass(frozen=True)
class Hindcast:
    """Forecasts from several days beside what came.

    Attributes
    ----------
    scenario : Scenario
        Everything that is known now.
    horizon, seed : int
        Days ahead, at most; and the seed.
    found : tuple of Origin
        One per forecast, by date; the reading `hindsight` knows the rules that came.
    failed : dict of date to str
        Origins whose forecast gave up, and why.
    findings : list of Finding
        What is odd about the reports.
    """

    scenario: Scenario
    horizon: int
    seed: int
    found: tuple[Origin, ...]
    failed: dict[date, str]
    findings: list[Finding]

    @property
    def readings(self) -> list[str]:
        """All readings, the one with hindsight last."""
        return list(dict.fromkeys(name for one in self.found for name in one.readings))

    @property
    def main(self) -> str | None:
        """The reading that the summaries are of, never hindsight; None where all gave up."""
        names = [name for name in self.readings if name != HINDSIGHT]
        return main_reading(names) if names else None

    @property
    def rows(self) -> list[Row]:
        """All scored rows."""
        return [row for one in self.found for row in one.rows]

    def document(self) -> dict[str, Any]:
        """Everything as plain data, ready for JSON."""
        origins: list[Row] = [
            {
                "origin_date": one.origin_date.isoformat(),
                "until": one.until.isoformat(),
                "members": one.members,
                "digest": one.digest,
                "seconds": round(one.seconds, 3),
                "gave_up": None,
            }
            for one in self.found
        ]
        origins += [
            {"origin_date": day.isoformat(), "gave_up": why} for day, why in self.failed.items()
        ]
        return {
            "scenario": self.scenario.id,
            "scenario_name": self.scenario.name,
            "horizon": self.horizon,
            "seed": self.seed,
            "readings": self.readings,
            "label": KNOWN_OUTCOME,
            "statement": STATEMENT,
            "counting": COUNTING,
            "borders": BORDERS,
            "origins": sorted(origins, key=lambda row: str(row["origin_date"])),
            "rows": [public(row) for row in self.rows],
            **summaries(self.rows, self.readings, self.main),
            "not_scored": [row for one in self.found for row in one.not_scored],
            "nowcast": [public(row) for one in self.found for row in one.nowcast],
            "findings": [finding.to_json() for finding in self.findings],
        }


def hindcast(
    scenario: Scenario | str | Path,
    origins: Sequence[date | str],
    horizon: int = 14,
    members: int = 100,
    seed: int = 1,
    reports: Sequence[str | Path] = (),
    threads: int | None = None,
    progress: Progress = None,
    made: Callable[[Forecast], None] | None = None,
    skip_invalid: bool = False,
) -> Hindcast:
    """Forecast from each of several days what was known then, and score it on what came.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run; the name of a scenario that ships, or a folder. Its reports are scored.
    origins : sequence of date
        Days at whose end a forecast is made.
    horizon : int, optional
        Days ahead; the scenario's end bounds it.
    members, seed, threads : optional
        As for `forecast`. Forecasts run side by side.
    reports : sequence of Path, optional
        Files with more reports. Those known at an origin date go into its forecast, later ones
        are outcomes.
    progress : callable, optional
        Called with members done and members in all, over all origins.
    made : callable, optional
        Called with each forecast (without hindsight) when it is made; from several threads.
    skip_invalid : bool, optional
        Leave broken rows of the files out instead of refusing them.

    Returns
    -------
    Hindcast

    Raises
    ------
    ScenarioError
        If the scenario, a report or an argument cannot be used.

    Examples
    --------
    >>> found = hindcast("russia-2022", ["2022-09-26"], horizon=1, members=2)
    >>> found.main, "damped_trend" in found.document()["relative_wis_log"]
    ('unconditional', True)
    """
    if not isinstance(scenario, Scenario):
        scenario = loading.load(scenario)
    days = _origins(scenario, origins, horizon, members, seed, threads)
    scenario, findings = _with_reports(scenario, reports, skip_invalid)
    cores = threads or os.cpu_count() or 1
    side_by_side = min(cores, len(days))
    each = max(1, cores // side_by_side)
    counts, lock = dict.fromkeys(days, (0, in_all(members))), Lock()

    def counted(origin: date) -> Callable[[int, int], None]:
        def tell(done: int, of: int) -> None:
            with lock:
                counts[origin] = (done, of)
                if progress is not None:
                    progress(*(sum(n) for n in zip(*counts.values(), strict=True)))

        return tell

    def one(origin: date) -> Origin | str:
        until = horizon_end(scenario, origin, horizon)
        try:
            found = forecast(
                scenario, origin, until, members, seed, threads=each, progress=counted(origin)
            )
            if made is not None:
                made(found)
            readings = {**found.readings, HINDSIGHT: hindsight(found, scenario, each)}
        except GaveUpError as error:
            return str(error)
        scored = verify(replace(found, readings=readings), scenario.reports)
        return Origin(
            origin,
            until,
            found.main.members,
            found.digest,
            found.seconds,
            tuple(readings),
            scored.rows,
            scored.nowcast,
            scored.not_scored,
        )

    with ThreadPoolExecutor(side_by_side) as pool:
        # Each thread works in a copy of this context: the same cluster, the same kept members.
        contexts = [copy_context() for _ in days]
        found = pool.map(lambda context, day: context.run(one, day), contexts, days)
        answers = dict(zip(days, found, strict=True))
    return Hindcast(
        scenario,
        horizon,
        seed,
        tuple(x for x in answers.values() if isinstance(x, Origin)),
        {origin: x for origin, x in answers.items() if isinstance(x, str)},
        findings,
    )


def _origins(
    scenario: Scenario,
    origins: Sequence[date | str],
    horizon: int,
    members: int,
    seed: int,
    threads: int | None,
) -> list[date]:
    """The origin dates, in order; everything that is wrong with the arguments at once."""
    wrong = arguments(members, seed, threads) + too_many(members)
    if horizon < 1:
        wrong.append(complaint("--horizon", horizon, "at least one day ahead", "14"))
    found: list[date] = []
    if not origins:
        wrong.append(complaint("--origins", "", "at least one day is needed"))
    for text in origins:
        try:
            day = loading.known_until(scenario, text)
        except ScenarioError as error:
            wrong += [replace(f, column="--origins") for f in error.findings]
            continue
        assert day is not None
        if day >= scenario.end:
            message = f"nothing is left to forecast: the scenario ends on {scenario.end}"
            wrong.append(complaint("--origins", day, message))
        found.append(day)
    if wrong:
        raise ScenarioError(wrong)
    return sorted(set(found))


def _with_reports(
    scenario: Scenario, files: Sequence[str | Path], skip_invalid: bool
) -> tuple[Scenario, list[Finding]]:
    """The scenario with its own reports and the sound ones of more files, and what is odd."""
    findings = [replace(f, level="warning") for f in judge(scenario, scenario.reports)]
    rows = {row.id: row for row in scenario.reports}
    wrong: list[Finding] = []
    for file in files:
        more: list[Report] = []
        try:
            more, found = read(scenario, file, skip_invalid)
            findings += found
        except ScenarioError as error:
            wrong += error.findings
        for row in more:
            if rows.setdefault(row.id, row) != row:
                name, message = Path(file).name, "another report has this id"
                wrong.append(
                    Finding("error", "read", name, row.where.row, "id", row.id, None, message)
                )
    if wrong:
        raise ScenarioError(wrong)
    return replace(scenario, reports=tuple(rows.values())), findings
