"""Learning from a few dependent reports without collapsing: an ensemble smoother in rounds.

Ensemble smoothing with multiple data assimilation (Emerick & Reynolds 2013,
doi:10.1016/j.cageo.2012.03.011): the same reports are used in several rounds, each time with their
error made larger, and every member is simulated anew from the start in between. For linear models
with Gaussian errors the rounds together are exactly Bayes' rule; otherwise they are an
approximation, which is tested by simulation. With few members and many parameters most sample
correlations are chance, so each is shrunk towards 0 by what chance alone would give.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

CHANCE = 3.0
"""Correlations up to this many standard errors of chance count as none."""


def shrink(correlation: Numbers, members: int) -> Numbers:
    """Share of each sample correlation that is believed: 0 below chance, near 1 far above.

    Parameters
    ----------
    correlation : array
        Sample correlations.
    members : int
        Members they were taken from.

    Examples
    --------
    >>> shrink(np.array([0.1, 0.5, 1.0]), 100).round(2).tolist()
    [0.0, 0.64, 0.91]
    """
    noise = CHANCE**2 / members
    square = np.maximum(correlation**2, 1e-300)
    return np.maximum(0.0, 1.0 - noise / square)


def believed(scores: Numbers, answers: Numbers) -> Numbers:
    """Covariance of parameters and answers, without what chance makes.

    Parameters
    ----------
    scores : array [member, parameter]
        Draws of the parameters.
    answers : array [member, report]
        What each report would have said of them (logs).

    Returns
    -------
    array [parameter, report]
    """
    members = len(scores)
    deviation, answer = scores - scores.mean(axis=0), answers - answers.mean(axis=0)
    across = deviation.T @ answer / (members - 1)
    spreads = np.outer(deviation.std(axis=0, ddof=1), answer.std(axis=0, ddof=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.where(spreads > 0, across / spreads, 0.0)
    return np.asarray(across * shrink(correlation, members))


def gaps(simulated: Numbers, observed: Numbers, side: NDArray[np.int8]) -> Numbers:
    """What reports say less what was simulated; nothing where a one-sided report is met.

    Parameters
    ----------
    simulated : array [..., report]
        What each report would have said (logs).
    observed : array [report] or [..., report]
        What they said.
    side : array [report]
        1 for *at least*, -1 for *at most*, 0 for a number.
    """
    away = observed - simulated
    return np.where(side * away < 0, 0.0, away)


def spread(simulated: Numbers) -> Numbers:
    """Covariance of what members simulate [report, report]; none where there is one member.

    Parameters
    ----------
    simulated : array [member, report]
        What each report would have said (logs).
    """
    if len(simulated) < 2:
        return np.zeros((simulated.shape[1], simulated.shape[1]))
    return np.atleast_2d(np.cov(simulated.T))


def update(
    scores: Numbers,
    simulated: Numbers,
    observed: Numbers,
    error: Numbers,
    side: NDArray[np.int8],
    perturbation: Numbers,
    inflation: float,
    localise: bool = True,
    near: NDArray[np.bool_] | None = None,
) -> Numbers:
    """One round: move every member's parameters towards what the reports say.

    Parameters
    ----------
    scores : array [member, parameter]
        Parameters on the scale on which their prior is standard normal.
    simulated : array [member, report]
        What each report would have said of each member (logs).
    observed : array [report]
        What they said.
    error : array [report, report]
        Covariance of reports around what was simulated.
    side : array [report]
        1 for reports that only say *at least*, from which a member that has more learns nothing;
        -1 for *at most*; 0 for a number.
    perturbation : array [member, report]
        Standard normal numbers, one set for each round.
    inflation : float
        Factor on the covariance in this round; the inverses over all rounds sum to 1.
    localise : bool, optional
        Whether correlations that chance alone explains are left out.
    near : array [parameter, report], optional
        Where a parameter can bear on a report at all.

    Returns
    -------
    array [member, parameter]
    """
    members = len(scores)
    wide = inflation * error
    deviation = scores - scores.mean(axis=0)
    answer = simulated - simulated.mean(axis=0)
    root = np.linalg.cholesky(wide + 1e-12 * np.eye(len(observed)))
    said = observed + perturbation @ root.T
    gap = gaps(simulated, said, side)
    across = deviation.T @ answer / (members - 1)
    if localise:
        across = believed(scores, simulated)
    if near is not None:
        across = np.where(near, across, 0.0)
    within = answer.T @ answer / (members - 1) + wide
    return np.asarray(scores + np.linalg.solve(within, gap.T).T @ across.T, dtype=np.float64)
