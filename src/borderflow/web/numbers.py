"""Numbers as the page gets them: bands over members, small cells suppressed, few digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.results import quantiles as q

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
    found = q.quantiles(np.asarray(values, dtype=np.float64)[:, None], levels)[0]
    return rounded(_hidden(found, people))


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


def bands(values: NDArray[Any], people: bool, levels: tuple[float, ...] = LEVELS) -> list[Series]:
    """Quantiles along an axis, one series for each probability.

    Parameters
    ----------
    values : array [member, day]
        The numbers in each member.
    people : bool
        Whether they count people whose small cells are to be suppressed.
    levels : tuple of float, optional
        Probabilities.
    """
    found = q.quantiles(values, levels)
    return [series(found[:, column], people) for column in range(len(levels))]


def band(values: NDArray[Any], people: bool) -> Band:
    """A band along an axis; 0 where it is 0 throughout.

    Parameters
    ----------
    values : array [member, day]
        The numbers in each member.
    people : bool
        Whether they count people whose small cells are to be suppressed.
    """
    found = bands(values, people)
    return 0 if all(part == 0 for part in found) else found


def median(values: NDArray[Any], people: bool) -> Series:
    """The median along an axis.

    Parameters
    ----------
    values : array [member, day]
        The numbers in each member.
    people : bool
        Whether they count people whose small cells are to be suppressed.
    """
    return bands(values, people, (0.5,))[0]
