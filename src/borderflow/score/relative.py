"""Which of two forecasts was better over many series, and how sure that is."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from borderflow.engine import processes
from borderflow.engine.draws import uniforms

FLOOR = 1e-9
"""Least mean score of a series: two perfect forecasts are equal, and no ratio is infinite."""

REPLICATES = 2000
INTERVAL = (0.1, 0.9)
"""The interval that is given holds 80 % of the resamplings."""


@dataclass(frozen=True)
class Relative:
    """Score of one forecast over that of another: below 1 the first is better.

    Attributes
    ----------
    value : float
        Geometric mean over series of the ratio of mean scores.
    low, high : float
        80 % interval by resampling series; equal to the value with a single series.
    n_rows, n_series : int
        How many scores, and how many series, both have.
    """

    value: float
    low: float
    high: float
    n_rows: int
    n_series: int


def relative_wis(
    series: Sequence[Hashable], ours: Sequence[float], theirs: Sequence[float], seed: int = 1
) -> Relative | None:
    """Compare two forecasts on the rows that both have, each series counting once.

    Rows of one series (the same quantity at the same place) are not independent, so series are
    resampled whole: a block bootstrap.

    Parameters
    ----------
    series : sequence
        Series of each row.
    ours, theirs : sequence of float
        Scores of each row; the lower the better.
    seed : int, optional
        Seed of the resampling.

    Returns
    -------
    Relative or None
        None without rows.

    Examples
    --------
    >>> found = relative_wis(["a", "a", "b"], [1, 3, 1], [2, 6, 8])
    >>> found.value, found.n_series
    (0.25, 2)
    """
    names = list(dict.fromkeys(series))
    if not names:
        return None
    place = np.array([names.index(name) for name in series])
    count = np.bincount(place)
    mean_ours = np.bincount(place, np.asarray(ours, dtype=np.float64)) / count
    mean_theirs = np.bincount(place, np.asarray(theirs, dtype=np.float64)) / count
    logs = np.log(np.maximum(mean_ours, FLOOR)) - np.log(np.maximum(mean_theirs, FLOOR))
    low, high = np.quantile(_resampled(logs, seed), INTERVAL)
    return Relative(
        float(np.exp(logs.mean())),
        float(np.exp(low)),
        float(np.exp(high)),
        len(place),
        len(names),
    )


def _resampled(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Means of series drawn with replacement."""
    count = len(values)
    # One address per draw: replicate and position.
    things = np.arange(1, REPLICATES * count + 1, dtype=np.uint64)
    chance = uniforms(np.uint64(seed), processes.RESAMPLE, 0, 0, things)
    chosen = np.minimum((chance * count).astype(np.intp), count - 1).reshape(REPLICATES, count)
    return np.asarray(values[chosen].mean(axis=1))
