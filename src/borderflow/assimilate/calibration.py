"""Whether what is learned is as sure as it claims: simulation-based calibration.

Talts et al. 2018 (arXiv 1804.06788): draw parameters from the prior, simulate the reports that they
would have led to, learn from these, and see where the true value lies among the draws. Over many
replications the ranks are uniform if, and only if, the spread is right on average.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from borderflow.assimilate.learning import Reports, learn, normals
from borderflow.compile.priors import scores_of
from borderflow.ensemble import simulate
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.discrepancy import Errors
from borderflow.observe.evidence import evidence, independent
from borderflow.results import Results

if TYPE_CHECKING:
    from borderflow.compile import Compiled


def made_up(compiled: Compiled, seed: int) -> Reports:
    """The scenario's reports as one draw of the prior would have led to them, errors included."""
    rows = evidence(independent(compiled.scenario), compiled.as_of)
    results = Results(simulate(compiled, 1, seed, 1))
    found = [(row, simulate_report(row.report, results)) for row in rows]
    kept = [(row, values) for row, values in found if not isinstance(values, Unusable)]
    error = Errors([row for row, _ in kept], results).covariance({})
    noise = np.linalg.cholesky(error) @ normals([row for row, _ in kept], seed, 0, 1)[0]
    return [
        replace(row, log=float(row.simulated(values[0])[0]) + float(more))
        for (row, values), more in zip(kept, noise, strict=True)
    ]


def ranks(
    compiled: Compiled, replications: int, members: int = 40, rounds: int = 4
) -> Iterator[NDArray[np.int64]]:
    """Rank of each true parameter among the draws, replication by replication.

    Parameters
    ----------
    compiled : Compiled
        A world that runs in milliseconds, with reports.
    replications, members, rounds : int
        How often; members and rounds of each learning.

    Yields
    ------
    array [parameter]
        Number of draws below the truth, 0 to `members`.
    """
    priors = tuple(prior for prior in compiled.parameters if prior.spread)
    for number in range(replications):
        truth = np.array(scores_of(priors, 10_000 + number, 0))
        reports = made_up(compiled, 10_000 + number)
        found = learn(compiled, members, number, rounds, threads=1, reports=reports)
        yield np.asarray((found.scores < truth).sum(axis=0), dtype=np.int64)
