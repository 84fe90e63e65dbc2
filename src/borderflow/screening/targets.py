"""Answers whose sensitivity can be asked for: one number per member, with a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import UnknownNameError
from borderflow.results import TABLES
from borderflow.scenario.finding import nearest

if TYPE_CHECKING:
    from borderflow.results import Results

Numbers = NDArray[np.float64]


class TargetError(ValueError):
    """A target that there is not, with the nearest that there is."""

    def __init__(self, read: str, message: str, near: str | None = None) -> None:
        self.read = read
        self.nearest = near
        super().__init__(message)


@dataclass(frozen=True)
class Kind:
    """One kind of answer.

    Attributes
    ----------
    name : str
        How it is asked for, before the colon.
    of : tuple of str
        Columns of its table that what stands after the colon may be a value of; empty where
        nothing stands there.
    unit, text : str
        Unit, and what it is.
    table : str
        Table whose cells it is read from.
    where : dict
        Values of other columns; ``LAST`` is the last shown day.
    reduce : callable
        Makes one number per member of the cells [member, cell].
    """

    name: str
    of: tuple[str, ...]
    unit: str
    text: str
    table: str
    where: dict[str, object]
    reduce: Callable[[Numbers], Numbers]


LAST = object()


def _sum(values: Numbers) -> Numbers:
    return np.asarray(values.sum(axis=1))


def _max(values: Numbers) -> Numbers:
    return np.asarray(values.max(axis=1))


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "entries",
            ("crossing", "destination"),
            "people",
            "Crossings into a country, or at one crossing, above ordinary travel, over the whole "
            "shown period.",
            "entries",
            {"date": None, "who": "above_ordinary"},
            _sum,
        ),
        Kind(
            "peak_queue",
            ("crossing",),
            "people",
            "Most people who wait at one time before a side of a border crossing point, outward.",
            "queue_peaks",
            {"measure": "people", "direction": "out"},
            _max,
        ),
        Kind(
            "peak_wait",
            ("crossing",),
            "hours",
            "Longest wait before a side of a border crossing point, outward.",
            "queue_peaks",
            {"measure": "wait_hours", "direction": "out"},
            _max,
        ),
        Kind(
            "present",
            ("destination",),
            "people",
            "People staying in a country at the end of the last shown day, above ordinary "
            "travellers.",
            "present",
            {"date": LAST, "group": None},
            _sum,
        ),
        Kind(
            "refusals",
            ("country",),
            "people",
            "People refused by the officers of a country over the whole shown period.",
            "refusals",
            {},
            _sum,
        ),
        Kind(
            "departures",
            (),
            "people",
            "People who leave home because of the shock over the whole shown period.",
            "departures",
            {"country": None, "date": None, "group": None},
            _sum,
        ),
        Kind(
            "left_behind",
            (),
            "people",
            "Family members left behind and not yet followed at the end of the last shown day.",
            "left_behind",
            {"date": LAST, "group": None},
            _sum,
        ),
    )
}
"""Every kind of answer by its name."""


@dataclass(frozen=True)
class Target:
    """One answer of one scenario."""

    text: str
    kind: str
    where: tuple[tuple[str, object], ...]

    @property
    def unit(self) -> str:
        """Unit of the answer."""
        return KINDS[self.kind].unit

    def values(self, results: Results) -> Numbers:
        """The answer of each member.

        Parameters
        ----------
        results : Results
            The members.
        """
        kind = KINDS[self.kind]
        found = []
        for block in TABLES[kind.table].blocks(results):
            mask = np.ones(block.values.shape[1], dtype=bool)
            for column, value in self.where:
                mask &= _equal(block.columns[column], value, len(mask))
            if mask.any():
                found.append(np.asarray(block.values[:, mask], dtype=np.float64))
        if not found:
            raise TargetError(self.text, f"the scenario has no cells of {self.text!r}")
        return kind.reduce(np.concatenate(found, axis=1))


def _equal(column: Any, value: object, cells: int) -> NDArray[np.bool_]:
    if isinstance(column, list):
        return np.fromiter((one == value for one in column), bool, cells)
    return np.full(cells, column == value)


def target(text: str, results: Results) -> Target:
    """An answer from what somebody asked for.

    Parameters
    ----------
    text : str
        ``KIND`` or ``KIND:NAME``, such as ``entries:Georgia``.
    results : Results
        One member or more, to know the names.

    Raises
    ------
    TargetError
        If there is no such kind or name.
    """
    name, _, of = (part.strip() for part in text.partition(":"))
    if name not in KINDS:
        message = f"no such target; there are {', '.join(KINDS)}"
        raise TargetError(text, message, nearest(name, KINDS))
    kind = KINDS[name]
    if bool(kind.of) != bool(of):
        message = "say of what, after a colon" if kind.of else "nothing stands behind it"
        raise TargetError(text, message, f"{name}:NAME" if kind.of else name)
    where = {
        column: results.lookup.days[-1] if value is LAST else value
        for column, value in kind.where.items()
    }
    error: UnknownNameError | None = None
    for column in kind.of:
        try:
            where[column] = results.lookup.name_of(column, of)
            if name == "entries" and column == "destination":
                where["crossing"] = None
            made = Target(text, name, tuple(where.items()))
            made.values(results)
            return made
        except UnknownNameError as wrong:
            error = wrong
            where.pop(column, None)
        except TargetError:
            where.pop(column, None)
    if kind.of:
        near = None if error is None or error.nearest is None else f"{name}:{error.nearest}"
        raise TargetError(text, f"there is nothing of that name to ask for {name}", near)
    made = Target(text, name, tuple(where.items()))
    made.values(results)
    return made
