"""How far a number comes from reports, and how far it is assumed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.compile.priors import SCALES
from borderflow.forecast.shares import mark, share, spread

if TYPE_CHECKING:
    from borderflow.results import Results

Numbers = NDArray[Any]

BAND = 2.563
"""Width of an 80 % band in standard deviations."""


class Marks:
    """Marks the numbers of a run.

    Parameters
    ----------
    results : Results
        The run.
    learned : bool
        Whether its parameters were learned from reports.
    before : Results, optional
        The same without what was learned.
    some : bool, optional
        Whether these are only some members of the run, so that its own numbers do not fit them.
    """

    def __init__(
        self, results: Results, learned: bool, before: Results | None = None, some: bool = False
    ) -> None:
        self.results = results
        self.learned = learned
        self.before = before
        self.some = some

    def mark(self, values: Numbers, of: Callable[[Results], Numbers]) -> str:
        """``learned``, ``partly`` or ``assumed``.

        Where the same is there without what was learned, by how much narrower the number is now,
        as in the tables of a forecast.
        Else by how far the parameters on which it depends have narrowed, each by the part of the
        number's variance that goes with it.

        Parameters
        ----------
        values : array [member]
            The number.
        of : callable
            Takes the same number from other results.
        """
        if self.some and self.learned:
            values = of(self.results)
        if self.before is not None:
            found = share(*(float(spread(x)) for x in (values, of(self.before))))
        else:
            found = self._by_parameters(values) if self.learned else None
        return mark(found).removesuffix(" learned")

    def _by_parameters(self, values: Numbers) -> float:
        own = float(np.std(values))
        if own == 0 or not self._narrowed:
            return 0.0
        weighed = total = 0.0
        for narrowed, scores in self._narrowed:
            deviation = float(np.std(scores))
            if deviation == 0:
                continue
            weight = float(np.mean((scores - scores.mean()) * (values - values.mean())))
            weight = (weight / deviation / own) ** 2
            weighed, total = weighed + weight * narrowed, total + weight
        return weighed / total if total > 0 else 0.0

    @cached_property
    def _narrowed(self) -> list[tuple[float, Numbers]]:
        """How far each parameter is narrower than its prior, and its values on that scale."""
        found = []
        for prior in self.results.compiled.parameters:
            row, values = prior.row, self.results.ensemble.draws.get(prior.id)
            if row is None or values is None or not prior.spread:
                continue
            assert row.low is not None
            assert row.high is not None
            there = SCALES.get(row.distribution, (float, float))[0]
            scores = np.array([there(float(value)) for value in values])
            wide = there(row.high) - there(row.low)
            # (a uniform prior's 80 % band is four fifths of it)
            wide = wide / np.sqrt(12) if row.distribution == "uniform" else wide / BAND
            found.append((float(np.clip(1 - scores.std() / wide, 0, 1)), scores))
        return found
