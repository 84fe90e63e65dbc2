"""Cheap rules for the split over camps: what a forecast has to beat."""

from __future__ import annotations

import heapq

import numpy as np

from borderflow.source.flee.folder import FleeFolder
from borderflow.validate.conflict import Conflict
from borderflow.validate.scores import relative_difference, shares

FROZEN = 30
"""Day at which the second frozen rule takes the shares."""


def road_distances(folder: FleeFolder) -> np.ndarray:
    """Kilometres of the shortest way by road from each zone of conflict to each camp.

    Infinite where there is none; closures are not considered.

    Returns
    -------
    array [zone, camp]
    """
    ways: dict[str, list[tuple[str, float]]] = {}
    for route in folder.routes:
        ways.setdefault(route.one, []).append((route.other, route.km))
        ways.setdefault(route.other, []).append((route.one, route.km))
    table = np.full((len(folder.conflicts), len(folder.camps)), np.inf)
    for i, zone in enumerate(folder.conflicts):
        length = {zone: 0.0}
        heap = [(0.0, zone)]
        while heap:
            far, at = heapq.heappop(heap)
            if far > length[at]:
                continue
            for other, km in ways.get(at, ()):
                if far + km < length.get(other, np.inf):
                    length[other] = far + km
                    heapq.heappush(heap, (far + km, other))
        table[i] = [length.get(camp.name, np.inf) for camp in folder.camps]
    return table


def inverse_distance(folder: FleeFolder) -> np.ndarray:
    """Shares of camps when the people of every zone split by one over the distance by road."""
    if not folder.conflicts:
        return np.full(len(folder.camps), 1.0 / len(folder.camps))
    near = 1.0 / np.maximum(road_distances(folder), 1.0)
    population = {p.name: float(p.population) for p in folder.locations}
    weight = np.array([population[zone] for zone in folder.conflicts])
    weight = shares(weight)
    split: np.ndarray = shares(weight @ shares(near))
    return split


def rules(
    conflict: Conflict, first_day: int = 0, known: np.ndarray | None = None
) -> dict[str, float]:
    """Rescaled ARD of each rule on the days after `first_day` (0: on all days).

    A rule that itself takes shares of a later day is only scored on the days after that one.

    Parameters
    ----------
    conflict : Conflict
        The conflict.
    first_day : int
        Last day whose counts were known.
    known : array [camp], optional
        People in each camp as known on that day, where they are not the counts of it.

    Returns
    -------
    dict of str to float
        ``frozen_day0``, ``frozen_day30``, ``frozen_learned`` (the shares of `first_day`, where it
        is above 0), ``equal``, ``by_capacity`` and ``inverse_distance``. Not a number where a rule
        has no days to be scored on.
    """
    counted = conflict.counted
    after = first_day + 1 if first_day > 0 else 0

    def score(split: np.ndarray, begin: int) -> float:
        begin = max(begin, after)
        people = np.tile(split, (len(counted) - begin, 1)) if begin < len(counted) else counted[:0]
        return relative_difference(people, counted[begin:], rescaled=True)

    limited = conflict.capacity > 0
    typical = conflict.capacity[limited].mean() if limited.any() else 1.0
    capacity = np.where(limited, conflict.capacity, typical)
    found = {
        "frozen_day0": score(shares(counted[0]), 0),
        "frozen_day30": score(shares(counted[min(FROZEN, len(counted) - 1)]), FROZEN + 1),
        "equal": score(np.ones(len(conflict.camps)), 0),
        "by_capacity": score(capacity, 0),
        "inverse_distance": score(inverse_distance(conflict.folder), 0),
    }
    if first_day > 0:
        last = counted[min(first_day, len(counted) - 1)] if known is None else known
        found["frozen_learned"] = score(shares(last), after)
    return found
