"""Parameters as the reports known by a day leave them, and the files they are kept in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.assimilate.smoother import update
from borderflow.compile.priors import Prior, scores_of
from borderflow.engine import processes
from borderflow.engine.draws import hash_id, uniforms
from borderflow.ensemble import simulate
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.evidence import Evidence, covariance, evidence
from borderflow.results import Results

if TYPE_CHECKING:
    from borderflow.compile import Compiled

Numbers = NDArray[np.float64]
Reports = list[Evidence]

ROUNDS = 4
MEMBERS = 150
FAR = 3.0
"""Reports are called out of reach where their mean squared distance, in standard deviations of
what the members and the errors allow, is above this after the last round."""


class CollapseError(ArithmeticError):
    """No parameters of the scenario come near what was reported."""


@dataclass(frozen=True)
class Posterior:
    """What was learned: a set of parameters per member, and how far each moved and narrowed.

    Attributes
    ----------
    parameters : tuple of str
        Ids of the parameters, in the order of the columns.
    values : array [member, parameter]
        Values, in the units of the scenario.
    scores : array [member, parameter]
        The same on the scale on which the prior is standard normal.
    reports : tuple of str
        Ids of the reports that were learned from.
    distance : float
        Mean squared distance of the reports from the members after the last round, in standard
        deviations; about 1 where the scenario can explain them.
    """

    parameters: tuple[str, ...]
    values: Numbers
    scores: Numbers
    reports: tuple[str, ...]
    distance: float

    @property
    def learned(self) -> dict[str, float]:
        """How far each parameter is learned: 1 - posterior / prior standard deviation."""
        spread = np.std(self.scores, axis=0, ddof=1)
        return dict(zip(self.parameters, np.clip(1 - spread, 0, 1).tolist(), strict=True))

    def draw(self, member: int) -> dict[str, float]:
        """Parameters of a member; after the last one they begin again."""
        row = self.values[member % len(self.values)]
        return dict(zip(self.parameters, row.tolist(), strict=True))

    def to_xarray(self) -> Any:
        """The draws as ArviZ reads them: one variable per parameter, by chain and draw."""
        import xarray as xr

        data = {
            name: (("chain", "draw"), self.values[None, :, i])
            for i, name in enumerate(self.parameters)
        }
        attributes = {"reports": " ".join(self.reports), "distance": self.distance}
        return xr.Dataset(data, {"draw": np.arange(len(self.values)), "chain": [0]}, attributes)

    def write(self, path: Path) -> None:
        """Write the draws as NetCDF, in the group `posterior`."""
        self.to_xarray().to_netcdf(path, group="posterior", engine="h5netcdf")


def read_draws(path: Path) -> Callable[[int], Mapping[str, float]]:
    """Draws from a NetCDF file with a group `posterior`, by member.

    Parameters
    ----------
    path : Path
        A file as `Posterior.write` makes it, or any other that ArviZ reads with the same names.
    """
    import xarray as xr

    with xr.open_dataset(path, group="posterior", engine="h5netcdf") as data:
        columns = {str(name): data[name].to_numpy().reshape(-1) for name in data.data_vars}
    length = len(next(iter(columns.values())))
    return lambda member: {name: float(v[member % length]) for name, v in columns.items()}


def learn(
    compiled: Compiled,
    members: int = MEMBERS,
    seed: int = 1,
    rounds: int = ROUNDS,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    localise: bool = True,
    reports: Reports | None = None,
) -> Posterior:
    """Learn the parameters of a scenario from its reports, as known at its `as_of`.

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

    Raises
    ------
    CollapseError
        If the reports are out of reach of every member after the last round.
    """
    priors = tuple(prior for prior in compiled.parameters if prior.spread)
    scores = np.array([scores_of(priors, seed, member) for member in range(members)])
    rows = reports
    if rows is None:
        rows = evidence(compiled.scenario.reports, compiled.as_of)
    used: list[Evidence] = []
    for number in range(rounds + 1):
        results = _simulated(
            compiled, priors, scores, seed, threads, _part(progress, number, rounds)
        )
        if number == 0:
            used = [
                row
                for row in rows
                if not isinstance(simulate_report(row.report, results), Unusable)
            ]
            if not used:
                break
        answers = np.column_stack([_answer(row, results) for row in used])
        error = covariance(used)
        said = np.array([row.log for row in used])
        least = np.array([row.at_least for row in used])
        if number < rounds:
            noise = normals(used, seed, number, members)
            scores = update(scores, answers, said, error, least, noise, rounds, localise)
    distance = _distance(answers, said, error, least) if used else 0.0
    if not math.isfinite(distance) or distance > FAR:
        raise CollapseError(
            f"after {rounds} rounds the reports still lie {distance:.1f} times further from what "
            "was simulated than their errors allow: something happened that the scenario has no "
            "rule, driver or wide enough prior for"
        )
    return Posterior(
        tuple(prior.id for prior in priors),
        _values(priors, scores),
        scores,
        tuple(row.report.id for row in used),
        distance,
    )


def _simulated(
    compiled: Compiled,
    priors: tuple[Prior, ...],
    scores: Numbers,
    seed: int,
    threads: int | None,
    progress: Callable[[int, int], None] | None,
) -> Results:
    values = _values(priors, scores)
    names = [prior.id for prior in priors]

    def own(member: int) -> dict[str, float]:
        return dict(zip(names, values[member].tolist(), strict=True))

    ensemble = simulate(compiled, len(scores), seed, threads, progress, values=own)
    if ensemble.failed:
        number, why = next(iter(ensemble.failed.items()))
        raise CollapseError(f"member {number} did not run to the end: {why}")
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


def normals(rows: list[Evidence], seed: int, number: int, members: int) -> Numbers:
    """Standard normal numbers [member, report] with an address: seed, round, member, report."""
    things = np.array([hash_id(f"report:{row.report.id}") for row in rows], dtype=np.uint64)
    inverse = NormalDist().inv_cdf
    found = [
        [inverse(float(u)) for u in uniforms(np.uint64(seed), processes.LEARN, number, m, things)]
        for m in range(members)
    ]
    return np.array(found, dtype=np.float64)


def _distance(answers: Numbers, said: Numbers, error: Numbers, least: NDArray[np.bool_]) -> float:
    middle = answers.mean(axis=0)
    gap = np.where(least & (middle >= said), 0.0, said - middle)
    within = np.atleast_2d(np.cov(answers.T)) + error
    return float(gap @ np.linalg.solve(within, gap) / len(said))


def _part(
    progress: Callable[[int, int], None] | None, number: int, rounds: int
) -> Callable[[int, int], None] | None:
    if progress is None:
        return None
    tell = progress
    return lambda done, all_: tell(number * all_ + done, (rounds + 1) * all_)
