"""Whole ways from one place on one day, in one member, from the engine's own chances.

Who leaves and where to is what the engine's stages do with draws switched off; which way is the
product of the chances of each next link, as the engine keeps them: nothing is computed twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.arrays import new_flows, new_state
from borderflow.compile import Compiled, realise
from borderflow.engine.choice import which_way
from borderflow.engine.run import POOL, copy_state, go_on
from borderflow.engine.step import PLAN

LEAST = 3e-5
"""A link that a smaller share of the day's departures takes is not followed: they are counted with
those who go on otherwise from the same place."""

Way = tuple[int, ...]
STAGES = {stage.name: stage.run for stage in PLAN}


class Shares:
    """Shares of one day's departures that take each whole way, in one member.

    Attributes
    ----------
    leaving : float
        People expected to leave on that day.
    doors : array [X]
        People by the first crossing that they make, by the smallest ways too.
    people : dict of (int, tuple of int) to float
        Expected people by destination (axis D) and links of the way, in order.
    waits, fares : dict to array [leg]
        Hours of wait that are believed in, and fares, on each leg, times people.
    """

    def __init__(self, crossings: int) -> None:
        self.leaving = 0.0
        self.doors = np.zeros(crossings)
        self.people: dict[tuple[int, Way], float] = {}
        self.waits: dict[tuple[int, Way], NDArray[np.float64]] = {}
        self.fares: dict[tuple[int, Way], NDArray[np.float64]] = {}

    def add(
        self,
        key: tuple[int, Way],
        people: float,
        waits: NDArray[np.float64],
        fares: NDArray[np.float64],
    ) -> None:
        """Add people to a way."""
        self.people[key] = self.people.get(key, 0.0) + people
        self.waits[key] = self.waits.get(key, 0.0) + people * waits
        self.fares[key] = self.fares.get(key, 0.0) + people * fares


def shares(compiled: Compiled, seed: int, number: int, place: int, steps: Sequence[int]) -> Shares:
    """Run one member up to a day, and follow those expected to leave a place on it.

    Parameters
    ----------
    compiled : Compiled
        A compiled scenario.
    seed, number : int
        Address of the member's draws.
    place : int
        Position of the place on axis P.
    steps : sequence of int
        The steps of the day, in order.
    """
    world = compiled.world
    member, _ = realise(compiled, seed, number)
    pool = POOL
    while True:
        found = Shares(world.n_crossings)
        state, flows = new_state(world, pool), new_flows(world)
        fits = go_on(world, member, state, flows, 0, steps[0])
        leaving: NDArray[np.float64] | None = None
        seen: Any = None
        for t in steps:
            if not fits:
                break
            look, people = leavers(world, member, state, flows, place, t)
            if leaving is not None and look.news_count[0] != seen.news_count[0]:
                _follow(world, member, seen, place, leaving, found)
                leaving = None
            leaving = people if leaving is None else leaving + people
            seen = look
            fits = go_on(world, member, state, flows, t, t + 1)
        if fits:
            if leaving is not None:
                _follow(world, member, seen, place, leaving, found)
            return found
        pool *= 2


def leavers(
    world: Any, member: Any, state: Any, flows: Any, place: int, t: int
) -> tuple[Any, NDArray[np.float64]]:
    """The state as those see it who leave in step `t`, and how many are expected to.

    Returns
    -------
    State, array [K, D]
        A copy of the state after the news of the step, and expected people by choice class and
        destination.
    """
    look = copy_state(state)
    for name in ("news", "arrive", "reconsider"):
        STAGES[name](world, member, look, flows, t)
    look.deciding[place] = 0.0  # those who pass through
    expected = member.replace(chance=False)
    for name in ("leave", "follow"):
        STAGES[name](world, expected, look, flows, t)
    n_dest = len(world.dest_place)
    cells = look.deciding[place].reshape(len(world.cls), n_dest + 2)[:, :n_dest]
    people = np.zeros((len(world.vot), n_dest))
    np.add.at(people, world.cls, cells * world.size[:, None])
    return look, people


Next = tuple[int, int, float]
"""A link, where it ends, and the chance of it."""


class Onward:
    """The links that bring class `k` closer to destination `d`, each with its chance."""

    def __init__(self, world: Any, member: Any, state: Any, k: int, d: int) -> None:
        self.world, self.member, self.state, self.k, self.d = world, member, state, k, d
        self.known: dict[int, list[Next]] = {}

    def at(self, place: int) -> list[Next]:
        """Those that begin at a place; none at the destination."""
        if place == self.world.dest_place[self.d]:
            return []
        if place not in self.known:
            k, d, state = self.k, self.d, self.state
            at, weight = np.empty(len(self.world.tail), np.int64), np.empty(len(self.world.tail))
            n = which_way(self.world, self.member, state, place, k, d, at, weight)
            links = self.world.out_link[at[:n]]
            heads = self.world.head[links]
            chances = weight[:n] / weight[:n].sum()
            self.known[place] = list(
                zip(links.tolist(), heads.tolist(), chances.tolist(), strict=True)
            )
        return self.known[place]

    def places(self, place: int) -> list[int]:
        """Places on the ways from a place, each after all from which it is reached."""
        found: list[int] = []
        seen = {place}
        stack = [(place, iter(self.at(place)))]
        while stack:
            at, links = stack[-1]
            head = next((head for _, head, _ in links if head not in seen), None)
            if head is None:
                found.append(at)
                stack.pop()
            else:
                seen.add(head)
                stack.append((head, iter(self.at(head))))
        return found[::-1]


def _follow(
    world: Any,
    member: Any,
    state: Any,
    place: int,
    leaving: NDArray[np.float64],
    found: Shares,
) -> None:
    """Follow leavers along every way that a share of them takes."""
    day = float(leaving.sum())
    found.leaving += day
    wait = state.link_hours - world.hours
    rise = np.ones(len(world.tail))
    rise[world.sched_link] = state.told_fare
    fare = world.fare * rise
    for k, d in np.argwhere(leaving).tolist():
        onward = Onward(world, member, state, k, d)
        _spread(onward, place, float(leaving[k, d]), found)
        for way, share in ways(onward, place, leaving[k, d] / day):
            links = list(way)
            found.add((d, way), share * day, wait[links], fare[links])


def _spread(onward: Onward, place: int, people: float, found: Shares) -> None:
    """Send people along all ways at once, the smallest included, up to their first crossing.

    Each place is taken after all from which it is reached, so that everybody who comes through is
    there by then.
    """
    there = dict.fromkeys(onward.places(place), 0.0)
    there[place] = people
    for at in there:
        for link, head, chance in onward.at(at):
            crossing = onward.world.crossing[link]
            if crossing >= 0:
                found.doors[crossing] += there[at] * chance
            else:
                there[head] += there[at] * chance


def ways(onward: Onward, place: int, weight: float) -> Iterator[tuple[Way, float]]:
    """Whole ways from a place, each with its part of `weight`; the parts sum to it.

    Every link brings one closer, so there is no way round in circles and each way ends. Where all
    links would be too small to be followed, the likeliest is.
    """
    stack: list[tuple[int, Way, float]] = [(place, (), weight)]
    end = int(onward.world.dest_place[onward.d])
    while stack:
        at, way, share = stack.pop()
        if at == end:
            yield way, share
            continue
        links = onward.at(at)
        followed = [one for one in links if share * one[2] >= LEAST]
        followed = followed or [max(links, key=lambda one: one[2])]
        together = sum(chance for _, _, chance in followed)
        for link, head, chance in followed:
            stack.append((head, (*way, link), share * chance / together))
