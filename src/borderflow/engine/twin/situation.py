"""Where everybody is, and the small things that all stages do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from borderflow.arrays import FLOWS
from borderflow.engine.twin.crowds import Agents, Amount, Cell, Crowd, Expectations
from borderflow.engine.twin.facts import Facts, Ways


def put(crowd: Crowd, cell: Cell, amount: Amount) -> None:
    """Add an amount to a crowd."""
    if amount:
        crowd[cell] = crowd[cell] + amount if cell in crowd else amount


class Situation:
    """Who is where in a run, and what has come of it so far.

    Parameters
    ----------
    facts : Facts
        The world and the member.
    kind : Expectations or Agents
        What an amount of parties is.
    """

    def __init__(self, facts: Facts, kind: Expectations | Agents) -> None:
        self.facts, self.kind = facts, kind
        w = facts.w
        self.size = [int(n) for n in w.size]
        self.resident = self._table(w.resident)
        self.present = self._table(w.visiting)
        self.behind: dict[int, Crowd] = defaultdict(dict)
        self.arrived: dict[int, Crowd] = defaultdict(dict)
        self.deciding: dict[int, Crowd] = defaultdict(dict)
        self.road: dict[int, list[tuple[int, Cell, Amount]]] = defaultdict(list)
        self.queue: dict[Cell, list[tuple[int, Crowd]]] = {at: [] for at in facts.queued}
        self.waiting: list[dict[int, float]] = [
            dict.fromkeys(links, 0.0) for links in facts.links_at
        ]
        self.carry = [0.0 for _ in facts.servers]
        self.called = [0.0 for _ in facts.servers]
        self.booked: dict[int, Crowd] = defaultdict(dict)
        self.seats = list(w.dep_seats)
        self.reserved = list(w.dep_reserved)
        self.measured = dict.fromkeys(facts.queued, 0.0)
        self.believed = dict.fromkeys(facts.queued, 0.0)
        self.seen = [(0, 1.0) for _ in w.sched_link]
        self.told = list(self.seen)
        self.epoch = -1
        self.full: tuple[bool, ...] = ()
        self.pull: tuple[float, ...] = ()
        self.ways: Ways | None = None
        self.before: Ways | None = None
        self.flows: dict[str, dict[tuple[int, ...], float]] = {
            field.name: defaultdict(float) for field in FLOWS
        }

    def _table(self, rows: list[list[float]]) -> dict[Cell, Amount]:
        return {
            (p, c): self.kind.make(n) for p, row in enumerate(rows) for c, n in enumerate(row) if n
        }

    @property
    def now(self) -> Ways:
        """What people perceive now."""
        assert self.ways is not None
        return self.ways

    def persons(self, crowd: Crowd) -> float:
        """People in a crowd."""
        return sum(self.kind.number(a) * self.size[c] for (c, _), a in crowd.items())

    def count(self, flow: str, at: tuple[int, ...], c: int, amount: Amount) -> None:
        """Add people to a result; a day of -1 is not shown."""
        if at[0] >= 0 and amount:
            self.flows[flow][at] += self.kind.number(amount) * self.size[c]

    def travel(self, cell: Cell, place: int, step: int, amount: Amount) -> None:
        """On the road until a step."""
        if amount:
            self.road[step].append((place, cell, amount))

    def go_home(self, place: int, c: int, amount: Amount) -> None:
        """Turn back: at home at once inside the country, otherwise on the way there."""
        w = self.facts.w
        if not w.is_home[place]:
            put(self.deciding[place], (c, self.facts.home), amount)
        elif not w.ordinary[c]:
            put(self.resident, (w.home_of[place], c), amount)

    def spread(self, amount: Amount, options: list[tuple[int, float]]) -> Iterator[tuple[int, Any]]:
        """(destination, amount) of those who draw a destination, in the order of destinations."""
        if amount:
            yield from ((d, part) for d, part in self.kind.split(amount, options).items() if part)
