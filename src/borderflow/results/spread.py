"""How the members of an ensemble spread in each cell: sorted, or counted on a fixed log grid.

Up to 1,000 members are kept and sorted. Above that, and for any number of machines, they are only
counted: how many members lie in each bin of one fixed grid, whose bins are 2 % wide. Counts are
whole numbers, so it makes no difference who counts what in which order, and memory does not grow
with the members. A quantile read off them is within 1 % of that of the members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from borderflow.results import quantiles as q

WIDTH = 1.02
"""Upper over lower edge of a bin: its middle is within 1 % of everything in it."""

ERROR = 0.01
"""How far a quantile that is read off the counts is from that of the members at most."""

EDGES = np.array([q.SMALL * WIDTH**k for k in range(-820, 1200)])
"""Lower edges of the bins. One of them is the smallest number of people that is shown, so that a
cell is suppressed where, and only where, it would have been."""

MIDDLES = EDGES * WIDTH**0.5
NOTHING = 1 << 19
"""Code of the number 0; positive bins have higher codes, negative ones lower."""

CODES = 1 << 20
MISSING = CODES - 1
"""Code of a number that is not known: above all others, as in sorting."""

Counts = NDArray[np.int64]
"""Rows of (cell * `CODES` + code, members), by the first, and none with 0 members."""


def codes_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """Code of the bin that each number lies in.

    Parameters
    ----------
    values : array
        Any numbers.

    Examples
    --------
    >>> (codes_of(np.array([0.0, 10.0, 10.1, -10.0])) - NOTHING).tolist()
    [0, 821, 821, -821]
    """
    wide = np.asarray(values, dtype=np.float64)
    size = np.abs(wide)
    found = np.searchsorted(EDGES, size, side="right")
    found = np.where(size > 0, np.maximum(found, 1), 0)
    return np.where(np.isnan(wide), MISSING, NOTHING + np.sign(wide) * found).astype(np.int64)


def values_of(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """The number that stands for each bin: its middle.

    Parameters
    ----------
    codes : array
        Codes of bins.

    Examples
    --------
    >>> values_of(codes_of(np.array([0.0, 500.0]))).round(1).tolist()
    [0.0, 499.5]
    """
    steps = codes - NOTHING
    size = MIDDLES[np.clip(np.abs(steps) - 1, 0, len(MIDDLES) - 1)]
    found = np.where(steps == 0, 0.0, np.sign(steps) * size)
    return np.where(codes == MISSING, np.nan, found)


def count(codes: NDArray[np.int64], first: int = 0) -> Counts:
    """Count the members in each bin of each cell.

    Parameters
    ----------
    codes : array [member, cell]
        Codes below `CODES`.
    first : int, optional
        Number of the first cell.
    """
    cells = np.arange(first, first + codes.shape[1], dtype=np.int64) * CODES
    keys, members = np.unique(np.clip(codes, 0, MISSING) + cells, return_counts=True)
    return np.stack([keys, members.astype(np.int64)], axis=1)


def add(*parts: Counts) -> Counts:
    """Counts of all members together.

    Parameters
    ----------
    *parts : Counts
        Counts of some of them each.
    """
    together = np.concatenate(parts)
    together = together[np.argsort(together[:, 0], kind="stable")]
    starts = np.flatnonzero(np.diff(together[:, 0], prepend=-1))
    return np.stack([together[starts, 0], np.add.reduceat(together[:, 1], starts)], axis=1)


def narrow(counts: Counts) -> NDArray[np.integer[Any]]:
    """Counts as they travel and are kept: steps from key to key, which are short, and members.

    Parameters
    ----------
    counts : Counts
        The counts.

    Returns
    -------
    array [2, row]
        Of half the size, unless more than 2,000 cells are left out between two rows.

    Examples
    --------
    >>> counts = count(codes_of(np.array([[0.0, 20.0], [0.0, 30.0]])))
    >>> np.array_equal(wide(narrow(counts)), counts)
    True
    """
    found = np.stack([np.diff(counts[:, 0], prepend=0), counts[:, 1]])
    short = found.max(initial=0) <= np.iinfo(np.int32).max
    return found.astype(np.int32) if short else found


def wide(found: NDArray[np.integer[Any]]) -> Counts:
    """Counts that were made `narrow`.

    Parameters
    ----------
    found : array [2, row]
        From `narrow`.
    """
    steps, members = found.astype(np.int64)
    return np.stack([np.cumsum(steps), members], axis=1)


class Spread(Protocol):
    """How the members spread in the cells of a block.

    Attributes
    ----------
    members, cells : int
        How many there are.
    """

    members: int
    cells: int

    def quantiles(self, levels: Sequence[float]) -> NDArray[np.float64]:
        """Quantiles [cell, level] of the values."""

    def ranked(self, name: str, rank: NDArray[np.int64]) -> NDArray[np.int64]:
        """The whole number under `name` of the member of a rank (from 0) in each cell."""

    def nothing(self, name: str) -> NDArray[np.int64]:
        """How many members have 0 under `name`, in each cell."""

    def means(self) -> NDArray[np.float64]:
        """Mean of the values of each cell."""


def median(spread: Spread, name: str) -> NDArray[np.float64]:
    """Median of the whole numbers under a name, in each cell.

    Parameters
    ----------
    spread : Spread
        The members.
    name : str
        Under which name.
    """
    low, high = (
        spread.ranked(name, np.full(spread.cells, at))
        for at in ((spread.members - 1) // 2, spread.members // 2)
    )
    return (low + high) / 2


class Sorted:
    """Members that are there, each with its own numbers.

    Parameters
    ----------
    values : array [member, cell]
        The numbers.
    codes : mapping, optional
        Whole numbers [member, cell] by name.
    """

    def __init__(
        self, values: NDArray[Any], codes: Mapping[str, NDArray[np.int64]] | None = None
    ) -> None:
        self.members, self.cells = values.shape
        self._values = values
        self._codes = {name: np.sort(found, axis=0) for name, found in (codes or {}).items()}

    def quantiles(self, levels: Sequence[float]) -> NDArray[np.float64]:
        """As `Spread.quantiles`."""
        return q.quantiles(self._values, levels)

    def ranked(self, name: str, rank: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `Spread.ranked`."""
        return np.asarray(self._codes[name][rank, np.arange(self.cells)], dtype=np.int64)

    def nothing(self, name: str) -> NDArray[np.int64]:
        """As `Spread.nothing`."""
        return np.asarray((self._codes[name] == 0).sum(axis=0), dtype=np.int64)

    def means(self) -> NDArray[np.float64]:
        """As `Spread.means`."""
        return np.array([column.mean() for column in self._values.T], dtype=np.float64)


class Counted:
    """Members that were only counted.

    Parameters
    ----------
    members : int
        How many there are.
    cells : slice
        The cells.
    counts : mapping
        `Counts` by name; the values are under the name ``""``.
    """

    def __init__(self, members: int, cells: slice, counts: Mapping[str, Counts]) -> None:
        self.members = members
        self.cells = cells.stop - cells.start
        self._keys: dict[str, NDArray[np.int64]] = {}
        self._sums: dict[str, NDArray[np.int64]] = {}
        for name, found in counts.items():
            low, high = np.searchsorted(found[:, 0], (cells.start * CODES, cells.stop * CODES))
            self._keys[name] = found[low:high, 0] - cells.start * CODES
            self._sums[name] = np.cumsum(found[low:high, 1])

    def _at(self, name: str, rank: NDArray[np.int64]) -> NDArray[np.int64]:
        # Every cell has all the members, so that ranks in one row of all cells are known at once.
        wanted = np.arange(self.cells) * self.members + rank
        return self._keys[name][np.searchsorted(self._sums[name], wanted, side="right")] % CODES

    def quantiles(self, levels: Sequence[float]) -> NDArray[np.float64]:
        """As `Spread.quantiles`."""
        found = np.empty((self.cells, len(levels)))
        for column, level in enumerate(levels):
            at = level * (self.members - 1)
            below = int(at)
            ranks = (
                np.full(self.cells, below),
                np.full(self.cells, min(below + 1, self.members - 1)),
            )
            low, high = (values_of(self._at("", rank)) for rank in ranks)
            found[:, column] = low + (high - low) * (at - below)
        return found

    def ranked(self, name: str, rank: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `Spread.ranked`."""
        return self._at(name, rank)

    def nothing(self, name: str) -> NDArray[np.int64]:
        """As `Spread.nothing`."""
        cells = np.arange(self.cells)
        first = np.searchsorted(self._keys[name], cells * CODES)
        sums = np.concatenate(([0], self._sums[name]))
        zero = self._keys[name][first] == cells * CODES
        return np.where(zero, sums[first + 1] - sums[first], 0)

    def means(self) -> NDArray[np.float64]:
        """As `Spread.means`; within 1 % like the quantiles."""
        keys, members = self._keys[""], np.diff(self._sums[""], prepend=0)
        weights = values_of(keys % CODES) * members
        sums = np.bincount(keys // CODES, weights=weights, minlength=self.cells)
        return np.asarray(sums / self.members, dtype=np.float64)
