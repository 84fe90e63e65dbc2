"""Makes a forecast: what was known at the end of a day, run forward."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from borderflow import loading
from borderflow.assimilate import CollapseError, learn, summary
from borderflow.assimilate.learning import MEMBERS, ROUNDS
from borderflow.ensemble import Progress, part_of
from borderflow.errors import GaveUpError, ScenarioError, arguments, complaint
from borderflow.forecast.folder import Forecast
from borderflow.forecast.futures import Futures
from borderflow.forecast.kept import keep
from borderflow.forecast.reported import as_reported, wanted
from borderflow.forecast.resume import Hold
from borderflow.observe.discrepancy import paths
from borderflow.results import Results
from borderflow.results.quantiles import ROUGH_BELOW
from borderflow.scenario import Finding, Scenario, read_reports
from borderflow.scenario.edit import until as as_known

if TYPE_CHECKING:
    from borderflow.assimilate import Posterior
    from borderflow.compile import Compiled

CONDITIONAL = "conditional"
"""The reading in which rules stay as they are known at `as_of`."""

UNCONDITIONAL = "unconditional"
"""The reading in which rules that may come are drawn."""

LEAST = 4
"""Members of a round of learning, at least; where a forecast has 100 members or more, 150."""

PRIOR = 60
"""Members that go on without having learned, for comparison, at most."""


def forecast(
    scenario: Scenario | str | Path,
    as_of: date | str,
    until: date | str,
    members: int = 100,
    seed: int = 1,
    reports: Sequence[str | Path] = (),
    threads: int | None = None,
    progress: Progress | None = None,
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
        As for `borderflow.run`; the members are the same as there, 1,000 at most.
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
    >>> found = forecast("russia-2022", "2022-09-16", "2022-09-17", members=2)
    >>> found.as_of.isoformat(), sorted(found.readings)
    ('2022-09-16', ['conditional', 'unconditional'])
    """
    wrong = arguments(members, seed, threads) + too_many(members)
    if wrong:
        raise ScenarioError(wrong)
    if not isinstance(scenario, Scenario):
        scenario = loading.load(scenario)
    origin, last = dates(scenario, as_of, until)
    scenario = with_reports(scenario, reports)
    known = as_known(scenario, origin)
    began = time.perf_counter()
    found = _learned(known, origin, last, members, seed, threads, progress)
    readings = {name: keep(result, last) for name, result in found.readings.items()}
    seconds = time.perf_counter() - began
    return Forecast(
        known,
        origin,
        last,
        readings,
        seconds,
        keep(found.unlearned, last),
        summary(found.learned, found.compiled.parameters),
        found.learned.ancestors,
        found.rules,
        found.reported,
    )


@dataclass(frozen=True)
class _Found:
    """Each way to read the future, the same without what was learned, and what was learned."""

    readings: dict[str, Results]
    unlearned: Results
    learned: Posterior
    reported: Callable[[Results], Results]
    compiled: Compiled
    rules: list[dict[str, date]]


def _learned(
    known: Scenario,
    origin: date,
    last: date,
    members: int,
    seed: int,
    threads: int | None,
    progress: Progress | None,
) -> _Found:
    futures = Futures(known, origin, seed)
    own, prior = _own(members), min(members, PRIOR)
    hold = Hold(futures.base, origin, last, seed, {0: prior, ROUNDS: members})
    total = in_all(members)
    tell = part_of(progress, 0, total)
    try:
        learned = learn(
            futures.base, own, seed, ROUNDS, threads, tell, draws=members, runner=hold.runner
        )
    except CollapseError as error:
        raise GaveUpError(str(error)) from error

    def go_on(number: int, ancestors: Sequence[int], rules: bool, before: int) -> Results:
        tell = part_of(progress, before, total)
        worlds = partial(futures.world, hold, rules=rules)
        return Results(hold.go_on(number, ancestors, threads, tell, worlds))

    before = ROUNDS * own + members
    simulated = go_on(ROUNDS, learned.ancestors, False, before)
    parts, days = wanted(simulated), len(hold.whole.labels.days)
    errors, numbers = learned.errors, simulated.ensemble.members
    path = paths(parts, days, numbers, seed, learned.scales, errors, learned.gaps)
    seen = errors.parts if errors is not None else ()
    reported = partial(as_reported, paths=path, seen=seen)
    drawn = go_on(ROUNDS, learned.ancestors, True, before + members)
    unlearned = go_on(0, range(prior), False, before + 2 * members)
    free = paths(parts, days, unlearned.ensemble.members, seed, {})
    held = hold.held[ROUNDS]
    rules = [
        futures.days(number, held[learned.ancestors[number]].draws)
        for number in drawn.ensemble.members
    ]
    return _Found(
        {CONDITIONAL: reported(simulated), UNCONDITIONAL: reported(drawn)},
        as_reported(unlearned, free, seen),
        learned,
        reported,
        futures.base,
        [{name: day for name, day in one.items() if day <= last} for one in rules],
    )


def _own(members: int) -> int:
    return MEMBERS if members >= ROUGH_BELOW else max(members, LEAST)


def in_all(members: int) -> int:
    """Members that are simulated for a forecast, all rounds and readings together.

    Parameters
    ----------
    members : int
        Members of the forecast.

    Examples
    --------
    >>> in_all(200)
    1260
    """
    return ROUNDS * _own(members) + 3 * members + min(members, PRIOR)


def too_many(members: int) -> list[Finding]:
    """What is wrong with a number of members that is above what is kept one by one.

    Parameters
    ----------
    members : int
        How many are wanted.
    """
    from borderflow.workers import KEPT

    if members <= KEPT:
        return []
    message = (
        f"a forecast has at most {KEPT:,} members: their parameters are learned in {ROUNDS} rounds "
        f"of {MEMBERS}, so that more would make it no surer; another --seed says how far chance "
        "matters"
    )
    return [complaint("--members", members, message, str(KEPT))]


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
    origin = loading.known_until(scenario, as_of)
    assert origin is not None
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            message = "not a date (YYYY-MM-DD)"
            raise ScenarioError([complaint("--until", until, message)]) from None
    first = origin + timedelta(days=1)
    if first > scenario.end:
        message = f"nothing is left to forecast: the scenario ends on {scenario.end}"
        raise ScenarioError([complaint("--as-of", origin, message)])
    if not first <= until <= scenario.end:
        near = (first if until < first else scenario.end).isoformat()
        message = f"possible here: {first} (the day after --as-of) to {scenario.end}"
        raise ScenarioError([complaint("--until", until, message, near)])
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
        findings = [f for f in loading.check(changed) if f.level == "error"]
    if any(finding.level == "error" for finding in findings):
        raise ScenarioError(findings)
    return changed
