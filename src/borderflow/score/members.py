"""Scores of predictions given as members of an ensemble."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def crps(members: ArrayLike, observed: ArrayLike) -> NDArray[Any]:
    """Continuous ranked probability score of an ensemble, in the unit of what was observed.

    Mean distance of the members from what was observed, less half their mean distance from each
    other (Gneiting and Raftery 2007, JASA 102, equation 21). One member: the absolute error.

    Parameters
    ----------
    members : array [member, ...]
        What each member says.
    observed : array [...]
        What happened.

    Returns
    -------
    array [...]

    Examples
    --------
    >>> float(crps([1.0, 3.0], 2.0))
    0.5
    """
    values = np.sort(np.asarray(members, dtype=np.float64), axis=0)
    truth = np.asarray(observed, dtype=np.float64)
    count = len(values)
    error = np.abs(values - truth).mean(axis=0)
    # Sum over pairs of |x_i - x_j| from order statistics: linear after sorting.
    rank = (2 * np.arange(1, count + 1) - count - 1).reshape(-1, *([1] * (values.ndim - 1)))
    spread = (rank * values).sum(axis=0) / count**2
    return np.asarray(error - spread)


def pit(members: ArrayLike, observed: ArrayLike) -> NDArray[Any]:
    """Probability that the members give to less than what was observed (half of that to as much).

    Uniform over many forecasts if they are calibrated.

    Parameters
    ----------
    members : array [member, ...]
        What each member says.
    observed : array [...]
        What happened.

    Returns
    -------
    array [...]

    Examples
    --------
    >>> float(pit([1, 2, 3, 4], 3))
    0.625
    """
    values = np.asarray(members, dtype=np.float64)
    truth = np.asarray(observed, dtype=np.float64)
    below = (values < truth).mean(axis=0)
    return np.asarray(below + 0.5 * (values == truth).mean(axis=0))


def at_least(members: ArrayLike, bound: float) -> float:
    """Probability of a bound or more; never 0 or 1, since members are finite in number.

    The share of the members with half a member added on each side (Jeffreys).

    Parameters
    ----------
    members : array [member]
        What each member says.
    bound : float
        The bound.

    Examples
    --------
    >>> at_least([1, 2, 3], 2)
    0.625
    """
    values = np.asarray(members, dtype=np.float64)
    return float((np.count_nonzero(values >= bound) + 0.5) / (len(values) + 1))


def at_most(members: ArrayLike, bound: float) -> float:
    """Probability of a bound or less; never 0 or 1.

    Parameters
    ----------
    members : array [member]
        What each member says.
    bound : float
        The bound.

    Examples
    --------
    >>> at_most([1, 2, 3], 2)
    0.625
    """
    values = np.asarray(members, dtype=np.float64)
    return float((np.count_nonzero(values <= bound) + 0.5) / (len(values) + 1))


def log_score(probability: float) -> float:
    """Logarithmic score of the probability given to what happened: 0 is best, more is worse.

    Parameters
    ----------
    probability : float
        Above 0, at most 1.

    Examples
    --------
    >>> round(log_score(0.5), 3)
    0.693
    """
    return float(-np.log(probability))
