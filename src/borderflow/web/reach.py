"""The first step at which other rules can change anything for a member.

What the engine reads at a step is compared between both sets of rules, for the steps at which it is
read. The engine looks ahead in two places, and a difference reaches back that far: seats are sold
and told of some days ahead, and while the door of a service is shut, those booked on it are told
until when.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.arrays import MEMBER, WORLD

if TYPE_CHECKING:
    from borderflow.compile import Compiled

Array = NDArray[Any]

TERMS = {"term_driver", "term_level", "term_place", "term_cohort", "n_drivers", "amplitude"}
HAZARDS = ("hazard_which", "hazard_step", "hazard_place", "hazard_cohort", "hazard_ratio")
MOVES = ("move_step", "move_from", "move_to", "move_cohort", "move_people")
SEATS = ("dep_seats", "dep_reserved")
BY_ROW = {"cls", *TERMS, *HAZARDS, *MOVES, *SEATS}
"""Fields that are compared in ways of their own."""


class Reach:
    """Compares members under one set of rules with the same under another.

    Parameters
    ----------
    base, other : Compiled
        The rules as they are, and the other rules.

    Attributes
    ----------
    classes : array or None
        For each choice class of `other`, a class of `base` that holds the same cohorts; None where
        the two worlds do not have the same places, links, cohorts and departures.
    """

    def __init__(self, base: Compiled, other: Compiled) -> None:
        self._rows = [sorted(row.id for row in c.scenario.drivers) for c in (base, other)]
        one, two = base.world.as_dict(), other.world.as_dict()
        self.classes: Array | None = None
        self._pairs = np.empty((0, 2), dtype=np.int64)
        self._worlds = 0
        if not np.array_equal(one["cohort_hash"], two["cohort_hash"]):
            return
        self._pairs = np.unique(np.column_stack((one["cls"], two["cls"])), axis=0)
        step = self._fields(WORLD, one, two, int(base.world.steps))
        if step:
            self._worlds = min(step, _seats(one, two), self._doors(one, two))
            self.classes = np.zeros(len(two["vot"]), dtype=np.int64)
            self.classes[self._pairs[:, 1]] = self._pairs[:, 0]

    def of(self, base: Compiled, before: Any, other: Compiled, after: Any) -> int:
        """First step at which a member can differ; the number of steps if it cannot.

        Parameters
        ----------
        base, other : Compiled
            Those compared.
        before, after : Member
            The member under each.
        """
        if self.classes is None or not self._worlds:
            return 0
        one = {**base.world.as_dict(), **before.as_dict()}
        two = {**other.world.as_dict(), **after.as_dict()}
        step = self._fields(MEMBER, one, two, self._worlds)
        step = min(step, self._terms(one, two))
        return min(step, _rows(one, two, HAZARDS), _rows(one, two, MOVES))

    def _fields(self, fields: Any, one: dict[str, Any], two: dict[str, Any], step: int) -> int:
        """First step, before `step`, at which a field that is read step by step differs; else it.

        0 where anything else differs.
        """
        by_epoch = []
        for field in fields:
            if field.name in BY_ROW:
                continue
            a, b = (self._by_pair(field, np.asarray(x[field.name]), i)
                    for i, x in enumerate((one, two)))  # fmt: skip
            if "E" in field.dims:
                if a.shape[1:] != b.shape[1:]:
                    return 0
                by_epoch.append((a, b))
            elif a.shape != b.shape:
                return 0
            elif "T" in field.dims:
                step = min(step, _first(a, b, field.dims.index("T")))
            elif not np.array_equal(a, b):
                return 0
        epoch = np.asarray(one["epoch"])
        for a, b in by_epoch:  # (epochs are numbered alike before the first step that differs)
            alike = int(epoch[:step].max(initial=-1)) + 1
            number = _first(a[:alike], b[:alike], 0)
            if number < alike:
                step = int(np.flatnonzero(epoch == number)[0])
        return step

    def _by_pair(self, field: Any, array: Array, side: int) -> Array:
        """With an entry for each pair of classes in place of the classes of one side."""
        if "K" not in field.dims:
            return array
        return array.take(self._pairs[:, side], axis=field.dims.index("K"))

    def _doors(self, one: dict[str, Any], two: dict[str, Any]) -> int:
        """First step at which those booked can be told of a door that opens at another time.

        They hear of it when it shuts, if they are booked beyond the step that differs; where it
        was shut from the beginning nobody is.
        """
        links = np.asarray(one["sched_link"])
        ahead = int(one["booking_steps"])
        first = len(one["epoch"])
        for name in ("open", "link_open"):
            a, b = (np.asarray(x[name])[:, links] for x in (one, two))
            if name == "open":
                a, b = a[..., self._pairs[:, 0]], b[..., self._pairs[:, 1]]
            a, b = a[np.asarray(one["epoch"])], b[np.asarray(two["epoch"])]
            a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
            for column in np.flatnonzero((a != b).any(axis=0)):
                step = _first(a[:, column], b[:, column], 0)
                before = np.flatnonzero(a[:step, column])
                shut = int(before[-1]) + 1 if len(before) else step
                first = min(first, shut if step - shut <= ahead else step)
        return first

    def _terms(self, one: dict[str, Any], two: dict[str, Any]) -> int:
        """First step at which a driver that differs says anything."""
        first = len(one["epoch"])
        silent = np.zeros(first)
        sides: list[dict[str, tuple[Array, object]]] = []
        for ids, arrays in zip(self._rows, (one, two), strict=True):
            side: dict[str, tuple[Array, object]] = {}
            for i, id_ in enumerate(ids):
                amplitude = float(arrays["amplitude"][arrays["term_driver"][i]])
                where = [arrays[name][i].tobytes() for name in ("term_place", "term_cohort")]
                side[id_] = arrays["term_level"][i], (*where, amplitude)
            sides.append(side)
        for name in sides[0].keys() | sides[1].keys():
            (level, who), (again, same) = (side.get(name, (silent, None)) for side in sides)
            if who == same:
                first = min(first, _first(level, again, 0))
            else:
                first = min(first, _first(level, silent, 0), _first(again, silent, 0))
        return first


def _first(a: Array, b: Array, axis: int) -> int:
    """First position along an axis at which two arrays differ; its length if nowhere."""
    differs = (a != b).any(axis=tuple(i for i in range(a.ndim) if i != axis))
    return int(differs.argmax()) if differs.any() else len(differs)


def _seats(one: dict[str, Any], two: dict[str, Any]) -> int:
    """First step at which a departure with other seats can be booked."""
    differs = np.zeros(len(one["dep_step"]), dtype=np.bool_)
    for name in SEATS:
        differs |= np.asarray(one[name]) != np.asarray(two[name])
    if not differs.any():
        return len(one["epoch"])
    return max(0, int(np.asarray(one["dep_step"])[differs].min()) - int(one["booking_steps"]))


def _rows(one: dict[str, Any], two: dict[str, Any], names: tuple[str, ...]) -> int:
    """First step of the rows that only one side has; 0 where the others stand in another order."""
    sides = []
    for arrays in (one, two):
        columns = [np.asarray(arrays[name]) for name in names]
        sides.append([tuple(c[i].tobytes() for c in columns) for i in range(len(columns[0]))])
    counts = [Counter(side) for side in sides]
    odd = (counts[0] - counts[1]) + (counts[1] - counts[0])
    common = [[row for row in side if row not in odd] for side in sides]
    if common[0] != common[1]:
        return 0
    first = len(one["epoch"])
    dated = next(name for name in names if name.endswith("_step"))
    for arrays, side in zip((one, two), sides, strict=True):
        begins = [int(np.atleast_1d(row)[0]) for row in np.asarray(arrays[dated])]
        first = min([first, *(begins[i] for i, row in enumerate(side) if row in odd)])
    return first
