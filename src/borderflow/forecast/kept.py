"""What is kept of an ensemble: the series that reports speak of, up to a day, by four classes.

Where people left from, and who they were beyond these classes, is not kept. A cell of one to nine
people becomes 0 or 10 by an addressed draw whose mean is the cell: sums stay unbiased, and no small
cell is in the file (random rounding: Cox 1987, JASA 82, 520-524).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.compile import Compiled, Group
from borderflow.engine import processes
from borderflow.engine.draws import uniforms
from borderflow.results import Results
from borderflow.results import quantiles as q

CLASSES = (
    Group("Citizens above ordinary travel", ordinary=False, subject=True),
    Group("Citizens, ordinary travel", ordinary=True, subject=True),
    Group("Other nationalities above ordinary travel", ordinary=False, subject=False),
    Group("Other nationalities, ordinary travel", ordinary=True, subject=False),
)
"""Whose crossings are kept apart."""

DAILY = ("entries", "present", "fare")
"""Arrays kept by local day."""

STEPS = ("queue_people", "queue_vehicles", "wait_hours", "passed")
"""Arrays kept step by step."""

PEOPLE = ("entries", "present", "queue_people", "queue_vehicles", "passed")
"""Arrays in which small cells are rounded."""


def days_of(compiled: Compiled, first: date, last: date) -> tuple[Compiled, slice, int]:
    """A compiled scenario whose shown days are some of its own, for reading results only.

    Parameters
    ----------
    compiled : Compiled
        The compiled scenario.
    first, last : date
        First and last day to show; both must be shown days of it.

    Returns
    -------
    (Compiled, slice, int)
        The scenario with fewer days, where these are on axis Y, and how many steps of axis T
        remain: a day more than shown, for posts whose midnight comes later.
    """
    labels, world = compiled.labels, compiled.world
    days = slice(labels.days.index(first), labels.days.index(last) + 1)
    shown = np.flatnonzero((world.step_day >= days.start) & (world.step_day < days.stop))
    steps = min(int(shown[-1]) + 1 + int(world.spd), len(labels.step_start))
    less = replace(
        labels,
        days=labels.days[days],
        shown=slice(int(shown[0]), int(shown[-1]) + 1),
        step_start=labels.step_start[:steps],
    )
    ends = np.asarray(world.day_end)[days]
    fewer = world.replace(day_end=ends, n_days=len(ends))
    return replace(compiled, labels=less, world=fewer), days, steps


def window(results: Results, first: date, last: date) -> Results:
    """The same members, on some of their days.

    Parameters
    ----------
    results : Results
        The members, as kept.
    first, last : date
        First and last day.
    """
    compiled, days, steps = days_of(results.compiled, first, last)
    arrays = {
        name: array[:, :steps] if name in STEPS else array[:, days]
        for name, array in results.arrays.items()
    }
    return Results(replace(results.ensemble, compiled=compiled, arrays=arrays))


def classed(compiled: Compiled) -> Compiled:
    """A compiled scenario whose groups are the classes that are kept.

    Parameters
    ----------
    compiled : Compiled
        The compiled scenario.
    """
    return replace(compiled, labels=replace(compiled.labels, groups=CLASSES))


def keep(results: Results, until: date) -> Results:
    """What is kept of an ensemble, up to a day.

    Parameters
    ----------
    results : Results
        All members, as simulated.
    until : date
        Last day to keep.
    """
    groups = results.labels.groups
    merge = np.array(
        [[(g.subject, g.ordinary) == (c.subject, c.ordinary) for c in CLASSES] for g in groups],
        dtype=np.float32,
    )
    first = results.labels.days[0]
    compiled, days, steps = days_of(classed(results.compiled), first, until)
    arrays: dict[str, NDArray[Any]] = {}
    for name in (*DAILY, *STEPS):
        array = results.arrays[name]
        array = array[:, :steps] if name in STEPS else array[:, days]
        if name in ("entries", "present"):
            array = np.matmul(array, merge)
        if name in PEOPLE:
            array = _rounded(array, results, PEOPLE.index(name))
        arrays[name] = np.ascontiguousarray(array)
    return Results(replace(results.ensemble, compiled=compiled, arrays=arrays))


def _rounded(array: NDArray[Any], results: Results, field: int) -> NDArray[Any]:
    found = np.array(array)
    for position, number in enumerate(results.ensemble.members):
        cells = found[position].reshape(-1)
        at = np.flatnonzero(q.small(cells))
        things = (at + 1).astype(np.uint64)
        seed = np.uint64(results.seed)
        chance = uniforms(seed, processes.SMALL_CELL, field, int(number), things)
        cells[at] = np.where(chance * q.SMALL < cells[at], q.SMALL, 0)
    return found


def presentable(value: float) -> float:
    """A quantile of people that is no small cell: between one and nine it becomes 0 or 10.

    Parameters
    ----------
    value : float
        The quantile.

    Examples
    --------
    >>> presentable(3.0), presentable(7.5), presentable(12.0)
    (0.0, 10.0, 12.0)
    """
    if 0 < value < q.SMALL:
        return 0.0 if value < q.SMALL / 2 else float(q.SMALL)
    return value
