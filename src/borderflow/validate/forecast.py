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
from borderflow.source.flee.volume import arrivals
from borderflow.validate.conflict import Conflict
from borderflow.validate.discrepancy import Taught, drawn, drifting, expected

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
    fled : array [day]
        People who have fled by each day of the run, as given or forecast.
    present : array [camp]
        People in each camp on the first day.
    left : tuple of str
        What the folder says that was not carried over.
    """

    conflict: Conflict
    compiled: Compiled
    first_day: int
    columns: np.ndarray
    log_capacity: Mapping[str, float]
    fled: np.ndarray
    present: np.ndarray
    left: tuple[str, ...] = ()


def prepare(
    conflict: Conflict,
    *,
    capacities: bool,
    first_day: int = 0,
    forecast: bool = False,
    present: np.ndarray | None = None,
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
    present : array [camp], optional
        People in each camp on that day, where they are not the counts of it.
    """
    folder = conflict.folder
    new = persistence(folder, first_day) if forecast else arrivals(folder, first_day)
    if present is None:
        present = conflict.counted[first_day]
    made: Imported = to_scenario(
        folder,
        Movement(capacity_power=1.0, spread=1.0, country_spread=0.0),
        capacities=capacities,
        first_day=first_day,
        new=new if forecast else None,
        present=dict(zip(conflict.camps, present.tolist(), strict=True)),
        reports=False,
    )
    compiled = compile(made.scenario)
    at = {d.place: i for i, d in enumerate(compiled.labels.destinations)}
    ids = [made.places[camp] for camp in conflict.camps]
    power = {id_: made.scenario.place(id_).attraction or 0.0 for id_ in ids}
    columns = np.array([at[id_] for id_ in ids], dtype=np.int64)
    fled = folder.everybody(first_day) + np.cumsum(new[first_day:])
    return Ready(conflict, compiled, first_day, columns, power, fled, present, made.left)


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
    taught: Taught | None = None,
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
    taught : Taught, optional
        What counts up to the first day taught of the camps.

    Returns
    -------
    array [day, camp]
        Rows from day `first_day` on.
    """
    draws = _Draws(ready, seed, member)

    def override(prior: Prior) -> float | None:
        if prior.quantity in ("cost_sensitivity", "network_pull"):
            return float(getattr(movement, prior.quantity)) * draws.of(prior) / prior.value
        if prior.quantity == "opening_pull":
            return movement.opening_pull + draws.of(prior) - prior.value
        if prior.quantity in ("nest_scale", "way_scale"):
            return float(getattr(movement, prior.quantity))
        if prior.quantity == "attraction":
            # the compiled world holds the log of the capacity once
            return (movement.capacity_power - 1.0) * ready.log_capacity[_place(prior)]
        return None

    made, _ = realise(ready.compiled, seed, member or 0, member is not None, override)
    beyond = draws.beyond(movement, taught)
    _, flows = run_member(*drifting(ready.compiled.world, made, ready.columns, beyond))
    people: np.ndarray = flows.present.sum(axis=2)[:, ready.columns]
    return people


def _place(prior: Prior) -> str:
    return prior.id.partition("[")[2].rstrip("]")


class _Draws:
    """What a member draws, in units of the scale that the calibration sets."""

    def __init__(self, ready: Ready, seed: int, member: int | None) -> None:
        self._ready, self._seed, self._member = ready, seed, member
        self._values = {} if member is None else realise(ready.compiled, seed, member, True)[1]

    def of(self, prior: Prior) -> float:
        """The value of a prior; its median in the deterministic limit."""
        return self._values.get(prior.id, prior.value)

    def beyond(self, movement: Movement, taught: Taught | None) -> np.ndarray:
        """Log attraction of each camp beyond the model: array [day, camp]."""
        conflict, days = self._ready.conflict, len(self._ready.fled)
        if self._member is None:
            return expected(movement, taught, days, len(conflict.camps))
        labels = self._ready.compiled.labels.destinations
        normal = {
            _place(prior): self._values[prior.id]
            for prior in self._ready.compiled.parameters
            if prior.quantity == "attraction"
        }
        own = np.array([normal[labels[i].place] for i in self._ready.columns])
        countries = [camp.country for camp in conflict.folder.camps]
        return drawn(movement, taught, days, countries, own, self._seed, self._member)


def ensemble(
    ready: Ready, movement: Movement, members: Sequence[int], seed: int = 1,
    taught: Taught | None = None,
) -> np.ndarray:  # fmt: skip
    """People in each camp on each day for each member: array [member, day, camp]."""
    return np.array([run(ready, movement, member=n, seed=seed, taught=taught) for n in members])
