"""Learning in rounds: simulate, compare with the reports, move the parameters, simulate anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from borderflow.assimilate import weights
from borderflow.assimilate.lessons import lessons
from borderflow.assimilate.near import near
from borderflow.assimilate.posterior import CollapseError, Numbers, Posterior
from borderflow.assimilate.smoother import believed, gaps, spread, update
from borderflow.compile.priors import Prior, scores_of
from borderflow.compile.shorten import first_days
from borderflow.engine import processes
from borderflow.engine.draws import hash_id, uniforms
from borderflow.ensemble import Progress, Run, Values, part_of, simulate
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.discrepancy import Errors
from borderflow.observe.evidence import Evidence, evidence, independent
from borderflow.results import Results

if TYPE_CHECKING:
    from borderflow.compile import Compiled

Reports = list[Evidence]
Runner = Callable[[int, Values], Run | None]
"""For a round (the last is the number of rounds) and the parameters of its members, a way of its
own to run them, or None."""

ROUNDS = 4
MEMBERS = 150
FAR = 3.0
"""Reports are called out of reach where their mean squared distance, in standard deviations of
what the members and the errors allow, is above this after the last round."""


@dataclass
class _Seen:
    """What the first round settles: the reports that can be used, and how they lie."""

    rows: list[Evidence]
    errors: Errors
    said: Numbers
    side: NDArray[np.int8]
    answers: Numbers
    slopes: Numbers
    near: NDArray[np.bool_]


def learn(
    compiled: Compiled,
    members: int = MEMBERS,
    seed: int = 1,
    rounds: int = ROUNDS,
    threads: int | None = None,
    progress: Progress | None = None,
    localise: bool = True,
    reports: Reports | None = None,
    draws: int | None = None,
    runner: Runner | None = None,
) -> Posterior:
    """Learn the parameters of a scenario from its reports, as known at its `as_of`.

    Members run no further than the last day that a report can speak of.

    Parameters
    ----------
    compiled : Compiled
        A scenario, compiled as of a day; its reports are what is learned from.
    members, seed, rounds, threads : int, optional
        Members of each round, all simulated from the start `rounds` times.
    progress : callable, optional
        Called with members done and members in all.
    localise : bool, optional
        Whether correlations that chance alone explains are left out.
    reports : list of Evidence, optional
        Learn from these instead of the scenario's own.
    draws : int, optional
        Members of the last run, which are weighted and go on; as many as in a round by default.
    runner : callable, optional
        Runs the members of some rounds in a way of its own.

    Raises
    ------
    CollapseError
        If the reports are out of reach of every member after the last round.
    """
    priors = tuple(prior for prior in compiled.parameters if prior.spread)
    count = draws or members
    scores = np.array([scores_of(priors, seed, member) for member in range(members)])
    rows = reports
    if rows is None:
        rows = evidence(independent(compiled.scenario), compiled.as_of)
    world = first_days(compiled, last_day(compiled, rows))
    total = rounds * members + count
    seen: _Seen | None = None
    scales: dict[str, float] = {}
    for number in range(rounds + 1):
        if seen is not None and not seen.rows and number < rounds:
            continue
        if number == rounds:
            scores = _as_many(scores, count, seed)
        results = _simulated(
            world, priors, scores, seed, threads, part_of(progress, number * members, total),
            number, runner,
        )  # fmt: skip
        if seen is None:
            seen = _first(rows, results, scores, priors)
        if not seen.rows:
            continue
        answers = np.column_stack([_answer(row, results) for row in seen.rows])
        away = gaps(answers.mean(axis=0), seen.said, seen.side)
        across = spread(answers)
        scales = seen.errors.fit(away, across)
        error = seen.errors.covariance(scales)
        distance = float(away @ np.linalg.solve(across + error, away) / len(away))
        if number < rounds:
            noise = normals(seen.rows, seed, number, members)
            scores = update(
                scores, answers, seen.said, error, seen.side, noise, rounds, localise, seen.near
            )
    assert seen is not None
    names = tuple(prior.id for prior in priors)
    if not seen.rows:
        every = tuple(range(count))
        return Posterior(names, _values(priors, scores), scores, (), 0.0, None, every, count)
    if not math.isfinite(distance) or distance > FAR:
        raise CollapseError(
            f"after {rounds} rounds the reports still lie {distance:.1f} times further from what "
            "was simulated than their errors allow: something happened that the scenario has no "
            "rule, driver or wide enough prior for"
        )
    away = gaps(answers, seen.said, seen.side)
    axes = weights.directions(seen.slopes, error, len(scores))
    logs = weights.log_weights(scores, away, error, axes)
    shares, power = weights.tempered(logs, weights.LEAST * len(scores))
    chosen = weights.resampled(shares, len(scores), seed)
    return Posterior(
        names,
        _values(priors, scores)[chosen],
        scores[chosen],
        tuple(row.report.id for row in seen.rows),
        distance,
        scores.std(axis=0, ddof=1) if len(scores) > 1 else None,
        tuple(chosen.tolist()),
        weights.effective(shares),
        power,
        scales,
        lessons(names, seen.slopes, seen.answers, seen.rows, error),
        seen.errors,
        away[chosen],
    )


def last_day(compiled: Compiled, rows: Sequence[Evidence]) -> date:
    """The last day that members are run to: `as_of`, or the last of the reports.

    Parameters
    ----------
    compiled : Compiled
        The scenario.
    rows : sequence of Evidence
        Its reports.
    """
    days = compiled.labels.days
    last = compiled.as_of or max((row.report.date_end for row in rows), default=days[0])
    return min(max(last, days[0]), days[-1])


def _first(rows: Reports, results: Results, scores: Numbers, priors: Sequence[Prior]) -> _Seen:
    found = [(row, simulate_report(row.report, results)) for row in rows]
    used = [row for row, said in found if not isinstance(said, Unusable)]
    said = np.array([row.log for row in used])
    side = np.array([row.side for row in used], dtype=np.int8)
    errors = Errors(used, results)
    answers = np.zeros((len(scores), 0))
    if used:
        answers = np.column_stack([_answer(row, results) for row in used])
    own = near(priors, errors, results)
    slopes = np.where(own, believed(scores, answers), 0.0)
    return _Seen(used, errors, said, side, answers, slopes, own)


def _as_many(scores: Numbers, count: int, seed: int) -> Numbers:
    """As many draws as asked for: the first ones, and more with the same mean and covariance."""
    members, more = len(scores), count - len(scores)
    if more <= 0:
        return scores[:count]
    middle = scores.mean(axis=0)
    things = np.arange(1, members + 1, dtype=np.uint64)
    inverse = NormalDist().inv_cdf
    mixes = [
        [inverse(float(u)) for u in uniforms(np.uint64(seed), processes.LEARN, 999, m, things)]
        for m in range(more)
    ]
    drawn = middle + np.array(mixes) @ (scores - middle) / math.sqrt(members - 1)
    return np.concatenate([scores, drawn])


def _simulated(
    compiled: Compiled,
    priors: tuple[Prior, ...],
    scores: Numbers,
    seed: int,
    threads: int | None,
    progress: Progress | None,
    number: int,
    runner: Runner | None,
) -> Results:
    values = _values(priors, scores)
    names = [prior.id for prior in priors]

    def own(member: int) -> dict[str, float]:
        return dict(zip(names, values[member].tolist(), strict=True))

    run = None if runner is None else runner(number, own)
    ensemble = simulate(compiled, len(scores), seed, threads, progress, values=own, run=run)
    if ensemble.failed:
        member, why = next(iter(ensemble.failed.items()))
        raise CollapseError(f"member {member} did not run to the end: {why}")
    return Results(ensemble)


def _values(priors: tuple[Prior, ...], scores: Numbers) -> Numbers:
    normal = NormalDist()
    return np.array(
        [
            [prior.quantile(normal.cdf(z)) for prior, z in zip(priors, row, strict=True)]
            for row in scores.tolist()
        ]
    ).reshape(len(scores), len(priors))


def _answer(row: Evidence, results: Results) -> Numbers:
    found = simulate_report(row.report, results)
    assert not isinstance(found, Unusable)
    return row.simulated(found[0])


def normals(rows: Sequence[Evidence], seed: int, number: int, members: int) -> Numbers:
    """Standard normal numbers [member, report] with an address: seed, round, member, report."""
    things = np.array([hash_id(f"report:{row.report.id}") for row in rows], dtype=np.uint64)
    inverse = NormalDist().inv_cdf
    found = [
        [inverse(float(u)) for u in uniforms(np.uint64(seed), processes.LEARN, number, m, things)]
        for m in range(members)
    ]
    return np.array(found, dtype=np.float64)
