"""Numbers as the page gets them: bands over members, small cells suppressed, few digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.results import quantiles as q
from borderflow.results.spread import Sorted, Spread

LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Probabilities of the quantiles of a band."""

THREE = (0.1, 0.5, 0.9)
"""Probabilities where three numbers are enough."""

DIGITS = 3
"""Significant digits: more are not known."""

Number = int | float | None
Series = list[Number] | int
Band = list[Series] | int


def rounded(values: NDArray[Any]) -> list[Any]:
    """Numbers with few digits, whole ones as integers, None for what is not a number.

    Parameters
    ----------
    values : array
        Any shape; the lists are nested likewise.

    Examples
    --------
    >>> rounded(np.array([0.0, 1234.0, 0.12345, np.nan]))
    [0, 1230, 0.123, None]
    """
    found = np.asarray(values, dtype=np.float64)
    size = np.where((found == 0) | ~np.isfinite(found), 1.0, np.abs(found))
    power = DIGITS - 1 - np.floor(np.log10(size)).astype(np.int64)
    scale = 10.0 ** np.abs(power)
    short = np.where(power >= 0, np.rint(found * scale) / scale, np.rint(found / scale) * scale)
    return [_plain(value) for value in short.tolist()]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return int(value) if value == int(value) else value


def _hidden(found: NDArray[np.float64], people: bool) -> NDArray[np.float64]:
    return np.where(q.small(found), np.nan, found) if people else found


def series(values: NDArray[Any], people: bool) -> Series:
    """Numbers along an axis; 0 where all of them are.

    Parameters
    ----------
    values : array [day]
        The numbers.
    people : bool
        Whether they count people whose small cells are to be suppressed.
    """
    found = _hidden(np.asarray(values, dtype=np.float64), people)
    return 0 if not np.any(found != 0.0) else rounded(found)


def few(values: NDArray[Any], people: bool, levels: tuple[float, ...] = LEVELS) -> list[Number]:
    """Quantiles of one number over the members.

    Parameters
    ----------
    values : array [member]
        The number in each member.
    people : bool
        Whether it counts people whose small cells are to be suppressed.
    levels : tuple of float, optional
        Probabilities.
    """
    return Teller(people).few(values, levels)


Values = NDArray[Any]
Codes = dict[str, NDArray[np.int64]]
Spreader = Callable[[Values, Codes], Spread]
"""Says how the members spread, from their numbers [member, cell] and whole numbers by name."""


class Teller:
    """Tells the numbers of members as the page gets them.

    Parameters
    ----------
    people : bool
        Whether numbers count people whose small cells are to be suppressed.
    spreader : callable, optional
        How members spread; by default they are there, one by one.
    """

    def __init__(self, people: bool, spreader: Spreader = Sorted) -> None:
        self.people = people
        self._spreader = spreader

    def plain(self) -> Teller:
        """The same for numbers that count no people."""
        return Teller(False, self._spreader)

    def spread(self, values: Values, codes: Codes | None = None) -> Spread:
        """How the members spread in the cells of an array.

        Parameters
        ----------
        values : array [member, cell]
            The numbers in each member.
        codes : dict of arrays, optional
            Whole numbers [member, cell] by name.
        """
        return self._spreader(values, codes or {})

    def few(self, values: Values | Spread, levels: tuple[float, ...] = LEVELS) -> list[Number]:
        """Quantiles of one number over the members.

        Parameters
        ----------
        values : array [member] or Spread
            The number in each member.
        levels : tuple of float, optional
            Probabilities.
        """
        if isinstance(values, np.ndarray):
            values = self.spread(np.asarray(values, dtype=np.float64)[:, None])
        return self.each(values, levels)[0]

    def each(self, spread: Spread, levels: tuple[float, ...] = LEVELS) -> list[list[Number]]:
        """Quantiles of several numbers over the members.

        Parameters
        ----------
        spread : Spread
            The numbers.
        levels : tuple of float, optional
            Probabilities.
        """
        return rounded(_hidden(spread.quantiles(levels), self.people))

    def bands(self, values: Values | Spread, levels: tuple[float, ...] = LEVELS) -> list[Series]:
        """Quantiles along an axis, one series for each probability.

        Parameters
        ----------
        values : array [member, day] or Spread
            The numbers in each member.
        levels : tuple of float, optional
            Probabilities.
        """
        spread = self.spread(values) if isinstance(values, np.ndarray) else values
        found = spread.quantiles(levels)
        return [series(found[:, column], self.people) for column in range(len(levels))]

    def band(self, values: Values | Spread) -> Band:
        """A band along an axis; 0 where it is 0 throughout.

        Parameters
        ----------
        values : array [member, day] or Spread
            The numbers in each member.
        """
        found = self.bands(values)
        return 0 if all(part == 0 for part in found) else found

    def median(self, values: Values | Spread) -> Series:
        """The median along an axis.

        Parameters
        ----------
        values : array [member, day] or Spread
            The numbers in each member.
        """
        return self.bands(values, (0.5,))[0]
