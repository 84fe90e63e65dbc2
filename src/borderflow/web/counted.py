"""The page of a run whose members were only counted.

The document is made in every block of members, whose numbers are counted in the order in which the
page is told them; and once more at the end, from the counts. So it must tell the same numbers in
the same order whatever they are, which is checked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from borderflow.results import Results
from borderflow.results.spread import CODES, Counted, Counts, Sorted, Spread, codes_of
from borderflow.tally import counts_of
from borderflow.web import counts
from borderflow.web.marks import Marks
from borderflow.web.numbers import Codes, Values
from borderflow.web.view import View, view

if TYPE_CHECKING:
    from borderflow.pooled import Pooled

PAGE = "page"

MARKED = 100
"""Members from which marks are told where parameters were learned."""


class MixedUpError(RuntimeError):
    """The page tells other numbers than were counted: a defect of the page, never of a run."""


class Recorder:
    """Keeps the bins of all numbers that are told."""

    def __init__(self) -> None:
        self.told: list[Codes] = []

    def __call__(self, values: Values, codes: Codes) -> Spread:
        """As a `Spreader`."""
        self.told.append({"": codes_of(values), **codes})
        return Sorted(values, codes)


class Player:
    """Tells the numbers of all members from their counts, in the order of a `Recorder`.

    Parameters
    ----------
    members : int
        How many there are.
    found : dict of str to Counts
        What `record` counted of them.
    """

    def __init__(self, members: int, found: dict[str, Counts]) -> None:
        self._members = members
        self._found = found
        self._cell = 0
        self._cells = int(found[PAGE][-1, 0]) // CODES + 1

    def __call__(self, values: Values, codes: Codes) -> Spread:
        """As a `Spreader`; of the values only the shape is read."""
        cells = slice(self._cell, self._cell + values.shape[1])
        self._cell = cells.stop
        if self._cell > self._cells:
            self._mixed_up()
        names = {"": PAGE, **{name: f"{PAGE}:{name}" for name in codes}}
        own = {name: self._found[key] for name, key in names.items()}
        return Counted(self._members, cells, own)

    def close(self) -> None:
        """See that everything was told that was counted.

        Raises
        ------
        MixedUpError
            If it was not.
        """
        members = int(self._found[PAGE][:, 1].sum())
        if self._cell != self._cells or members != self._cells * self._members:
            self._mixed_up()

    def _mixed_up(self) -> NoReturn:
        raise MixedUpError(f"{self._cell} numbers are told on it, and {self._cells} were counted")


def record(results: Results) -> dict[str, Counts]:
    """How some members spread in every number of the page.

    Parameters
    ----------
    results : Results
        The members.
    """
    recorder = Recorder()
    view(results, counts=counts.Counts(results, recorder))
    return counts_of((PAGE, found) for found in recorder.told)


def counted_view(
    results: Pooled,
    without: Iterable[str] = (),
    added: Iterable[str] = (),
    learned: Results | None = None,
) -> View:
    """What the page shows of a run whose members were only counted, with `record`.

    Parameters
    ----------
    results : Pooled
        The run.
    without, added : iterable of str, optional
        As for `view`.
    learned : Results, optional
        Some of the members, where their parameters were learned: marks are told from them.

    Raises
    ------
    MixedUpError
        If the page tells other numbers than were counted.
    """
    player = Player(results.members, results.extra)
    one = Results(results.sample.ensemble, results.small_cells)
    found = view(
        results,
        without=without,
        added=added,
        counts=counts.Counts(one, player),
        marks=Marks(learned or one, learned is not None, some=True),
    )
    player.close()
    return found
