"""How many leave each zone on each day, so that in all as many leave as were counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from borderflow.source.flee.folder import FleeFolder
from borderflow.source.flee.reach import ways_out

T = TypeVar("T")

BASE = 1e-9
"""Hazard of leaving (per day) that the drivers multiply; so low that without them nobody leaves."""

DECAY = (1.0, 1.0, 1.0, 0.5, 0.1)
"""Weight of a zone in its first, second ... thirty days of conflict, the last for ever."""

DECAY_DAYS = 30
LONGEST = 30
"""Days over which one rate of leaving may hold."""


@dataclass(frozen=True, slots=True)
class Departures:
    """Rates of leaving that bring about the daily total.

    Attributes
    ----------
    rates : tuple of (int, int, float)
        First day, day after the last, and hazard per day of people in a zone of full weight.
    factor : float
        What populations are multiplied by so that there are enough people to leave.
    stranded : float
        People counted on days from which on no place has a way to an open camp.
    """

    rates: tuple[tuple[int, int, float], ...]
    factor: float
    stranded: float = 0.0


@dataclass(frozen=True, slots=True)
class Zone:
    """How a place counts among those that people leave, on one day.

    Attributes
    ----------
    intensity : float
        Intensity of the conflict there, above 0 and at most 1.
    decay : float
        What is left of the wish to leave after a time of conflict.
    assumed : bool
        Whether there is no conflict that day, and the place only counts because no zone of conflict
        has a way out.
    """

    intensity: float
    decay: float
    assumed: bool = False


def zones(folder: FleeFolder) -> list[dict[str, Zone]]:
    """Places that people leave on each day.

    On a day on which no zone of conflict has people and a way to an open camp, all zones that
    have a way count, whenever their conflict is (and if there are none, all towns): somebody did
    come.
    """
    people = {p.name: p.population for p in folder.locations}
    out = ways_out(folder)
    found: list[dict[str, Zone]] = []
    began: dict[str, int] = {}
    for day in range(folder.days):
        now: dict[str, Zone] = {}
        for name, series in folder.conflicts.items():
            value = series[day] if day < len(series) else 0.0
            if value <= 0:
                began.pop(name, None)
                continue
            age = min((day - began.setdefault(name, day)) // DECAY_DAYS, len(DECAY) - 1)
            now[name] = Zone(value, DECAY[age])
        if not any(people[z] > 0 and z in out[day] for z in now):
            home = [p.name for p in folder.locations if p.country == folder.home]
            for names in (folder.conflicts, home):
                more = [z for z in names if people[z] > 0 and z in out[day] and z not in now]
                if more:
                    now |= {z: Zone(1.0, 1.0, assumed=True) for z in more}
                    break
        found.append(now)
    return found


def spans(days: Sequence[Mapping[str, T]]) -> Iterator[tuple[str, int, int, T]]:
    """Stretches of days over which what is said of a place stays the same: first, after last."""
    open_: dict[str, tuple[int, T]] = {}
    for day, now in enumerate([*days, {}]):
        for name in [name for name, (_, value) in open_.items() if now.get(name) != value]:
            first, value = open_.pop(name)
            yield name, first, day, value
        for name, value in now.items():
            open_.setdefault(name, (day, value))


def _weights(folder: FleeFolder) -> list[dict[str, float]]:
    """Weight of each place that people can leave on each day."""
    people = {p.name: p.population for p in folder.locations}
    out = ways_out(folder)
    return [
        {
            name: zone.intensity * zone.decay
            for name, zone in now.items()
            if people[name] > 0 and name in out[day]
        }
        for day, now in enumerate(zones(folder))
    ]


def arrivals(folder: FleeFolder, first_day: int) -> list[float]:
    """People who leave on each day: rises of the total above its highest value so far.

    A fall takes nobody away; it is a debt that later rises pay off first, as in Flee.
    """
    total = [folder.everybody(day) for day in range(folder.days)]
    new, top = [0.0] * folder.days, total[first_day]
    for day in range(first_day + 1, folder.days):
        new[day] = max(0.0, total[day] - top)
        top = max(top, total[day])
    return new


def departures(
    folder: FleeFolder, first_day: int = 0, new: Sequence[float] | None = None
) -> Departures:
    """Solve for the rates of leaving that give the daily total in expectation.

    Parameters
    ----------
    folder : FleeFolder
        The conflict.
    first_day : int
        Day on which the run begins.
    new : sequence of float, optional
        People who leave on each day; from the counts by default.

    Notes
    -----
    Over a stretch of days with one rate r, a zone of weight w loses the share 1 - exp(-r w) of
    its people each day. r is found by bisection so that the zones together lose what was counted.
    """
    new = arrivals(folder, first_day) if new is None else new
    weight = _weights(folder)
    left = {zone for now in weight for zone in now}
    people = {p.name: float(p.population) for p in folder.locations if p.name in left}
    cuts = sorted({first_day + 1, folder.days, *_cuts(folder, first_day, weight)})
    factor = 1.0
    for _ in range(60):
        solved = _solve(new, weight, {z: n * factor for z, n in people.items()}, cuts)
        if solved is not None:
            return Departures(tuple(solved[0]), factor, solved[1])
        factor *= 1.25
    return Departures((), factor, sum(new))


def _cuts(folder: FleeFolder, first_day: int, weight: list[dict[str, float]]) -> set[int]:
    found = {
        day + 1
        for counts in (*folder.counts.values(), *folder.elsewhere.values())
        for day in counts.days
        if first_day < day < folder.days
    }
    found |= {d for d in range(first_day + 1, folder.days) if weight[d] != weight[d - 1]}
    cuts = set(found)
    edges = [first_day + 1, *sorted(found), folder.days]
    for a, b in pairwise(edges):
        cuts.update(range(a, b, LONGEST))
    return {cut for cut in cuts if first_day < cut <= folder.days}


def _solve(
    new: Sequence[float],
    weight: list[dict[str, float]],
    people: dict[str, float],
    cuts: list[int],
) -> tuple[list[tuple[int, int, float]], float] | None:
    """A rate for each stretch between two cuts, and who is left; None with too few people."""
    left = dict(people)
    rates = []
    owed = 0.0
    for first, last in pairwise(cuts):
        w = weight[first]
        wanted = owed + sum(new[first:last])
        if wanted <= 0:
            continue
        if not w:  # no way out at all: they leave as soon as there is one
            owed = wanted
            continue
        owed = 0.0
        able = sum(left[zone] for zone, value in w.items() if value > 0)
        if wanted > 0.8 * able:
            return None
        days = last - first

        def lost(rate: float, w: dict[str, float] = w, days: int = days) -> float:
            return sum(left[z] * -math.expm1(-rate * v * days) for z, v in w.items())

        low, high = 0.0, 1.0
        while lost(high) < wanted and high < 1e6:
            high *= 2.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if lost(middle) < wanted else (low, middle)
        for zone, value in w.items():
            left[zone] *= math.exp(-high * value * days)
        rates.append((first, last, high))
    return rates, owed
