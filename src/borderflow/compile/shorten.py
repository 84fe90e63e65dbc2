"""The same world, ended earlier: for runs that need no more than its first days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from borderflow.arrays import WORLD

if TYPE_CHECKING:
    from borderflow.compile import Compiled

DAYS_OF_STEPS = ("crossing_day", "country_day", "step_day")
"""Arrays that say which shown day a step belongs to."""


def first_days(compiled: Compiled, last: date, spare: int | None = None) -> Compiled:
    """A compiled scenario that ends after a shown day.

    Until then everything is as in the whole: departures beyond the end can be booked, and only the
    results are shorter.

    Parameters
    ----------
    compiled : Compiled
        The whole.
    last : date
        Last day that is shown.
    spare : int, optional
        Steps after the scenario's own midnight. By default as many as it takes until the day is
        over at every place of the scenario.

    Returns
    -------
    Compiled
    """
    world, labels = compiled.world, compiled.labels
    days = labels.days.index(last) + 1
    shown = int(np.asarray(world.day_end)[days - 1]) + 1
    if spare is None:
        steps = shown
        for name in DAYS_OF_STEPS:
            index = np.asarray(getattr(world, name)).reshape(-1, world.steps)
            inside = np.flatnonzero(((index >= 0) & (index < days)).any(axis=0))
            steps = max(steps, int(inside[-1]) + 1 if len(inside) else 0)
    else:
        steps = min(shown + spare, world.steps)
    changes = {}
    for field in WORLD:
        if "T" in field.dims:
            array = np.asarray(getattr(world, field.name))[..., :steps]
            if field.name in DAYS_OF_STEPS:
                array = np.where(array < days, array, -1)
            changes[field.name] = array
    # whether a flight that can be booked will fly is known beyond the end
    changes["epoch"] = np.asarray(world.epoch)[: steps + world.booking_steps]
    less = replace(
        labels,
        days=labels.days[:days],
        shown=slice(labels.shown.start, min(labels.shown.stop, shown)),
        step_start=labels.step_start[:steps],
    )
    ends = np.asarray(world.day_end)[:days]
    fewer = world.replace(steps=steps, n_days=days, day_end=ends, **changes)
    return replace(compiled, world=fewer, labels=less)
