"""Scores of predictions given as quantiles: the weighted interval score, and coverage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
"""Probabilities of the quantiles that are scored: the median and the 50, 80, 90 and 95 % bands."""

PARTS = ("dispersion", "underprediction", "overprediction")
"""What a weighted interval score is the sum of."""


def _halves(levels: Sequence[float]) -> int:
    """Number of central bands; refuses levels that are not a median with bands around it."""
    found = np.asarray(levels, dtype=np.float64)
    bands = len(found) // 2
    ascending = bool(np.all(np.diff(found) > 0))
    if len(found) % 2 == 0 or not ascending or not np.allclose(found + found[::-1], 1):
        raise ValueError(f"not a median with bands around it: {tuple(levels)}")
    return bands


def wis_parts(
    quantiles: ArrayLike, observed: ArrayLike, levels: Sequence[float] = LEVELS
) -> dict[str, Numbers]:
    """How far a prediction was too wide, too low and too high, in the unit of what was observed.

    The three parts of the weighted interval score of Bracher, Ray, Gneiting and Reich (2021,
    PLOS Computational Biology 17(2): e1008618), equations 1 and 2: the median with weight 1/2 and
    the K central bands with weight alpha/2, divided by K + 1/2.

    Parameters
    ----------
    quantiles : array [..., level]
        Predicted quantiles.
    observed : array [...]
        What happened.
    levels : sequence of float, optional
        Their probabilities, ascending and symmetric about 0.5, which is one of them.

    Returns
    -------
    dict of str to array [...]
        One entry per name in `PARTS`; their sum is the score.

    Raises
    ------
    ValueError
        If the levels are not a median with bands around it.

    Examples
    --------
    >>> parts = wis_parts([80, 100, 120], 130, levels=(0.1, 0.5, 0.9))
    >>> {name: round(float(value), 2) for name, value in parts.items()}
    {'dispersion': 2.67, 'underprediction': 16.67, 'overprediction': 0.0}
    """
    bands = _halves(levels)
    values = np.asarray(quantiles, dtype=np.float64)
    truth = np.asarray(observed, dtype=np.float64)
    median = values[..., bands]
    wide = np.zeros(np.broadcast_shapes(median.shape, truth.shape))
    under = 0.5 * np.maximum(truth - median, 0)
    over = 0.5 * np.maximum(median - truth, 0)
    for k in range(bands):
        alpha = 2 * levels[k]
        low, high = values[..., k], values[..., -1 - k]
        wide = wide + alpha / 2 * (high - low)
        under = under + np.maximum(truth - high, 0)
        over = over + np.maximum(low - truth, 0)
    whole = bands + 0.5
    return dict(zip(PARTS, (wide / whole, under / whole, over / whole), strict=True))


def wis(
    quantiles: ArrayLike, observed: ArrayLike, levels: Sequence[float] = LEVELS
) -> NDArray[Any]:
    """Weighted interval score: how far a prediction was off, in the unit of what was observed.

    With the median alone it is the absolute error; with many quantiles it tends to the CRPS.

    Parameters
    ----------
    quantiles, observed, levels
        As for `wis_parts`.

    Returns
    -------
    array [...]

    Examples
    --------
    >>> round(float(wis([80, 100, 120], 130, levels=(0.1, 0.5, 0.9))), 2)
    19.33
    >>> float(wis([100], 130, levels=(0.5,)))
    30.0
    """
    parts = wis_parts(quantiles, observed, levels)
    return np.asarray(sum(parts.values()))


def coverage(
    quantiles: ArrayLike,
    observed: ArrayLike,
    band: float,
    levels: Sequence[float] = LEVELS,
) -> NDArray[np.bool_]:
    """Whether what was observed lies in a central band, ends included.

    Parameters
    ----------
    quantiles, observed, levels
        As for `wis_parts`.
    band : float
        Probability of the band, such as 0.8.

    Returns
    -------
    array [...] of bool

    Raises
    ------
    ValueError
        If the levels do not hold both ends of the band.

    Examples
    --------
    >>> bool(coverage([80, 100, 120], 120, 0.8, levels=(0.1, 0.5, 0.9)))
    True
    """
    ends = [i for i, level in enumerate(levels) if np.isclose(abs(2 * level - 1), band)]
    if len(ends) != 2:
        raise ValueError(f"no {band} band among the levels {tuple(levels)}")
    values = np.asarray(quantiles, dtype=np.float64)
    truth = np.asarray(observed, dtype=np.float64)
    return np.asarray((values[..., ends[0]] <= truth) & (truth <= values[..., ends[1]]))
