"""Quantiles over the members of an ensemble, and the suppression of small cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALL = 10
"""Cells of fewer people than this (and more than none) are suppressed unless asked for."""

WIDE_FROM = 200
"""Members from which a 90 % band is given beside the 80 % band."""

ROUGH_BELOW = 100
"""Members below which bands are called rough."""

CHUNK = 32 << 20
"""Bytes of a block of cells that is sorted at a time: memory stays bounded with many members."""


def levels(members: int) -> tuple[float, ...]:
    """Probabilities at which quantiles are given.

    Parameters
    ----------
    members : int
        Number of members.

    Examples
    --------
    >>> levels(100), levels(200)
    ((0.1, 0.5, 0.9), (0.05, 0.1, 0.5, 0.9, 0.95))
    """
    return (0.05, 0.1, 0.5, 0.9, 0.95) if members >= WIDE_FROM else (0.1, 0.5, 0.9)


def name(level: float) -> str:
    """Name of the column of a quantile.

    Parameters
    ----------
    level : float
        Probability.

    Examples
    --------
    >>> name(0.05), name(0.025)
    ('q05', 'q025')
    """
    per_mille = round(level * 1000)
    return f"q{per_mille:03d}" if per_mille % 10 else f"q{per_mille // 10:02d}"


def quantiles(values: NDArray[Any], probabilities: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles over members, linear between order statistics.

    Parameters
    ----------
    values : array [member, cell]
        One number per member and cell.
    probabilities : sequence of float
        Where to take them.

    Returns
    -------
    array [cell, quantile]

    Examples
    --------
    >>> import numpy as np
    >>> quantiles(np.arange(11.0)[:, None], (0.1, 0.5)).tolist()
    [[1.0, 5.0]]
    """
    members, cells = values.shape
    found = np.empty((cells, len(probabilities)), dtype=np.float64)
    width = max(1, CHUNK // (8 * max(members, 1)))
    for first in range(0, cells, width):
        part = np.sort(values[:, first : first + width], axis=0)
        for column, level in enumerate(probabilities):
            at = level * (members - 1)
            below = int(at)
            above = min(below + 1, members - 1)
            low = part[below].astype(np.float64)
            high = part[above].astype(np.float64)
            found[first : first + width, column] = low + (high - low) * (at - below)
    return found


def small(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which cells are to be suppressed: more than none, fewer than `SMALL`.

    Parameters
    ----------
    values : array
        Numbers of people.

    Examples
    --------
    >>> small(np.array([0.0, 3.0, 10.0])).tolist()
    [False, True, False]
    """
    return np.asarray((values > 0) & (values < SMALL))
