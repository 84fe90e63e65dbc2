"""Importance correction: how much each draw counts, beyond what the smoother could do.

The smoother leaves draws that are near the posterior, but only as far as straight lines tell. Each
draw is weighted with prior times likelihood over the density that the draws have. In hundreds of
dimensions no such density can be found from a few hundred draws, so it is taken in the few
directions that the reports bear on, where it is normal with the draws' own mean and covariance;
across them the draws are taken to be as the prior is. Weights of few draws are mostly noise: they
are raised to the largest power up to 1 that leaves enough effective draws (tempering), and cut at
the square root of their number times the mean (Ionides 2008, doi:10.1198/106186008X320456).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from borderflow.engine import processes
from borderflow.engine.draws import uniforms

Numbers = NDArray[np.float64]

LEAST = 0.3
"""Effective draws that must be left, as a share of all."""

DIRECTIONS = 8
"""Directions of parameter space in which the draws' density is worked out, at most."""

PER_DIRECTION = 15
"""Draws that it takes for each of them."""


def directions(response: Numbers, error: Numbers, draws: int) -> Numbers:
    """Directions of parameter space that the reports bear on most.

    Parameters
    ----------
    response : array [parameter, report]
        Covariance of parameters and simulated reports under the prior, without what chance makes.
    error : array [report, report]
        Covariance of the reports around what is simulated.
    draws : int
        Number of draws.

    Returns
    -------
    array [parameter, direction]
        Orthonormal columns; as few as the draws allow.
    """
    root = np.linalg.cholesky(error + 1e-9 * np.eye(len(error)))
    left, size, _ = np.linalg.svd(np.linalg.solve(root, response.T).T, full_matrices=False)
    count = min(DIRECTIONS, draws // PER_DIRECTION, int((size > 1e-6 * size.max(initial=0)).sum()))
    return np.asarray(left[:, :count])


def log_weights(scores: Numbers, gaps: Numbers, error: Numbers, axes: Numbers) -> Numbers:
    """Log of prior times likelihood over the density of the draws, up to a constant.

    Parameters
    ----------
    scores : array [member, parameter]
        Draws, on the scale on which the prior is standard normal.
    gaps : array [member, report]
        What was reported less what each draw simulated.
    error : array [report, report]
        Covariance of the reports.
    axes : array [parameter, direction]
        As `directions` gives them.
    """
    likelihood = -0.5 * np.einsum("mi,mi->m", gaps, np.linalg.solve(error, gaps.T).T)
    if axes.shape[1] == 0:
        return np.asarray(likelihood)
    place = scores @ axes
    away = place - place.mean(axis=0)
    spread = np.atleast_2d(np.cov(place.T))
    density = -0.5 * np.einsum("mi,mi->m", away, np.linalg.solve(spread, away.T).T)
    prior = -0.5 * (place**2).sum(axis=1)
    return np.asarray(likelihood + prior - density)


def effective(weights: Numbers) -> float:
    """Effective number of draws: 1 over the sum of squared shares.

    Examples
    --------
    >>> effective(np.array([0.25, 0.25, 0.25, 0.25]))
    4.0
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def tempered(logs: Numbers, least: float) -> tuple[Numbers, float]:
    """Weights that leave at least so many effective draws, and the power it takes (1: as found).

    Parameters
    ----------
    logs : array [member]
        Log weights.
    least : float
        Effective draws to leave.

    Returns
    -------
    (array [member], float)
        Shares that sum to 1, and the power.
    """
    low, high = 0.0, 1.0
    if effective(_shares(logs, 1.0)) >= least:
        return _shares(logs, 1.0), 1.0
    for _ in range(40):
        middle = (low + high) / 2
        if effective(_shares(logs, middle)) >= least:
            low = middle
        else:
            high = middle
    return _shares(logs, low), low


def _shares(logs: Numbers, power: float) -> Numbers:
    found = np.exp(power * (logs - logs.max()))
    found = np.minimum(found, found.mean() * np.sqrt(len(found)))
    return np.asarray(found / found.sum())


def resampled(shares: Numbers, count: int, seed: int) -> NDArray[np.intp]:
    """Which draws go on, evenly spaced along their shares (systematic resampling).

    Parameters
    ----------
    shares : array [member]
        Weights that sum to 1.
    count : int
        How many go on.
    seed : int
        Seed; one uniform decides.

    Returns
    -------
    array [count]
        Positions of the draws, ascending.
    """
    things = np.array([1], dtype=np.uint64)
    start = float(uniforms(np.uint64(seed), processes.DRAWS_AGAIN, 0, 0, things)[0])
    marks = (start + np.arange(count)) / count
    return np.minimum(np.searchsorted(np.cumsum(shares), marks), len(shares) - 1)
