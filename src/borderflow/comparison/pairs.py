"""Cells of both arms side by side, and their difference within each member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from borderflow.comparison.cells import Cells, cells

if TYPE_CHECKING:
    from borderflow.ensemble import Ensemble
    from borderflow.results import Results
    from borderflow.results.spread import Spread

BAND = (0.1, 0.5, 0.9)
PARTS = ("base", "other", "difference")


class Pair(NamedTuple):
    """One quantity at one location in both arms; of `cells` all but the values are read."""

    cells: Cells
    base: Spread
    other: Spread
    difference: Spread

    def numbers(self) -> NDArray[np.float64]:
        """Medians of both arms and the band of their paired difference, by date."""
        middles = [arm.quantiles((0.5,)) for arm in (self.base, self.other)]
        return np.concatenate([*middles, self.difference.quantiles(BAND)], axis=1)


def apart(base: Results, other: Results) -> Iterator[tuple[Cells, dict[str, NDArray[Any]]]]:
    """Every quantity, with its values [member, date] in the arms and their difference.

    Parameters
    ----------
    base, other : Results
        The same members under both sets of rules.
    """
    for left, right in zip(cells(base), cells(other), strict=True):
        difference = right.values.astype(np.float64) - left.values.astype(np.float64)
        yield left, dict(zip(PARTS, (left.values, right.values, difference), strict=True))


def only(ensemble: Ensemble, members: set[int]) -> Ensemble:
    """Some members of an ensemble; the same object where these are all.

    Parameters
    ----------
    ensemble : Ensemble
        The members.
    members : set of int
        Numbers of those that are wanted.
    """
    if set(ensemble.members) == members:
        return ensemble
    keep = [i for i, number in enumerate(ensemble.members) if number in members]
    return replace(
        ensemble,
        members=tuple(ensemble.members[i] for i in keep),
        arrays={name: array[keep] for name, array in ensemble.arrays.items()},
        draws={name: array[keep] for name, array in ensemble.draws.items()},
    )
