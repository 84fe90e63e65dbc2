"""Runs a conflict with the movement model and gives people in each camp on each day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from borderflow.compile import Compiled, compile, realise
from borderflow.compile.priors import Prior
from borderflow.engine.run import run_member
from borderflow.source.flee.folder import FleeFolder
from borderflow.source.flee.movement import Movement
from borderflow.source.flee.scenario import Imported, to_scenario
from borderflow.validate.conflict import Conflict

WINDOW = 14
"""Days whose arrivals a forecast of the daily total goes on from."""

HALF_LIFE = 90.0
"""Days in which the arrivals that are forecast halve; assumed."""


@dataclass(frozen=True)
class Ready:
    """A conflict compiled once, to be run with many sets of numbers.

    Attributes
    ----------
    conflict : Conflict
        The conflict.
    compiled : Compiled
        Its arrays.
    first_day : int
        Day on which the run begins.
    columns : array [camp]
        Position of each camp among the destinations.
    log_capacity : mapping of str to float
        Log of each camp's capacity over the mean, by place; 0 where there is none.
    left : tuple of str
        What the folder says that was not carried over.
    """

    conflict: Conflict
    compiled: Compiled
    first_day: int
    columns: np.ndarray
    log_capacity: Mapping[str, float]
    left: tuple[str, ...] = ()


def prepare(
    conflict: Conflict, *, capacities: bool, first_day: int = 0, forecast: bool = False
) -> Ready:
    """Compile a conflict as a scenario that begins on a day of it.

    Parameters
    ----------
    conflict : Conflict
        What was read.
    capacities : bool
        Whether camps have their capacities.
    first_day : int
        Day on which the run begins; the counts of that day are where people are.
    forecast : bool
        Whether the daily total after that day is forecast, and not given.
    """
    made: Imported = to_scenario(
        conflict.folder,
        Movement(capacity_power=1.0, spread=1.0),
        capacities=capacities,
        first_day=first_day,
        new=persistence(conflict.folder, first_day) if forecast else None,
        reports=False,
    )
    compiled = compile(made.scenario)
    at = {d.place: i for i, d in enumerate(compiled.labels.destinations)}
    ids = [made.places[camp] for camp in conflict.camps]
    power = {id_: made.scenario.place(id_).attraction or 0.0 for id_ in ids}
    columns = np.array([at[id_] for id_ in ids], dtype=np.int64)
    return Ready(conflict, compiled, first_day, columns, power, made.left)


def persistence(folder: FleeFolder, last_known: int) -> list[float]:
    """People who leave on each day if it goes on as in the last two weeks, halving slowly.

    Only counts up to the last known day are used.
    """
    back = max(0, last_known - WINDOW)
    rise = max(0.0, folder.everybody(last_known) - folder.everybody(back))
    a_day = rise / max(1, last_known - back)
    return [
        a_day * 0.5 ** ((day - last_known) / HALF_LIFE) if day > last_known else 0.0
        for day in range(folder.days)
    ]


def run(
    ready: Ready,
    movement: Movement,
    *,
    member: int | None = None,
    seed: int = 1,
    attraction: Mapping[str, float] | None = None,
) -> np.ndarray:
    """People in each camp on each day from the first.

    Parameters
    ----------
    ready : Ready
        The conflict.
    movement : Movement
        Numbers of the movement model.
    member : int, optional
        Member of the ensemble; None for the deterministic limit.
    seed : int
        Seed of the ensemble.
    attraction : mapping of str to float, optional
        Log attraction added to camps, by name.

    Returns
    -------
    array [day, camp]
        Rows from day `first_day` on.
    """
    from_name = dict(
        zip(
            (ready.compiled.labels.destinations[i].place for i in ready.columns),
            ready.conflict.camps,
            strict=True,
        )
    )
    drawn = _Draws(ready.compiled, seed, member)

    def override(prior: Prior) -> float | None:
        if prior.quantity == "cost_sensitivity":
            return movement.cost_sensitivity * drawn.cost
        if prior.quantity in ("network_pull", "nest_scale", "way_scale"):
            return float(getattr(movement, prior.quantity))
        if prior.quantity == "attraction":
            place = prior.id.partition("[")[2].rstrip("]")
            own = (attraction or {}).get(from_name[place], 0.0)
            # the compiled world holds the log of the capacity once
            own += (movement.capacity_power - 1.0) * ready.log_capacity[place]
            return own + movement.spread * drawn.normal(prior)
        return None

    made, _ = realise(ready.compiled, seed, member or 0, member is not None, override)
    _, flows = run_member(ready.compiled.world, made)
    people: np.ndarray = flows.present.sum(axis=2)[:, ready.columns]
    return people


class _Draws:
    """What a member draws, in units of the scale that the calibration sets."""

    def __init__(self, compiled: Compiled, seed: int, member: int | None) -> None:
        self._values: dict[str, float] = {}
        self.cost = 1.0
        if member is None:
            return
        _, values = realise(compiled, seed, member, True)
        self._values = values
        median = next(p.value for p in compiled.parameters if p.quantity == "cost_sensitivity")
        self.cost = values["cost_sensitivity"] / median

    def normal(self, prior: Prior) -> float:
        """A standard normal number for a camp; 0 in the deterministic limit."""
        return self._values.get(prior.id, 0.0)


def ensemble(
    ready: Ready, movement: Movement, members: Sequence[int], seed: int = 1,
    attraction: Mapping[str, float] | None = None,
) -> np.ndarray:  # fmt: skip
    """People in each camp on each day for each member: array [member, day, camp]."""
    return np.array(
        [run(ready, movement, member=n, seed=seed, attraction=attraction) for n in members]
    )
