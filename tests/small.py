"""Small worlds made in code, and runs of single members on them.

People of AAA leave; steps are three hours, days are UTC, nothing runs before the first shown day
and every prior is a number, unless a world says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from borderflow import policy as policies
from borderflow.arrays import new_flows, new_state
from borderflow.compile import Compiled, compile, realise
from borderflow.engine.run import go_on, run_member
from borderflow.policy import Effect, PolicyKind
from borderflow.scenario import (
    Checkpoint,
    Cohort,
    Driver,
    Link,
    Parameter,
    Place,
    Policy,
    Scenario,
    Source,
    Traffic,
)

START = date(2022, 9, 19)  # a Monday
MADE_UP = "made-up"
SIMPLE = {
    "baulk_max": 0.0,
    "renege_per_day": 0.0,
    "reconsider_share": 0.0,
    "protection_share": 0.0,
}
"""Numbers that leave nothing but the mechanism under test."""


def day(number: int) -> date:
    """The shown day of this number, from 0."""
    return START + timedelta(days=number)


def moment(days: float) -> datetime:
    return datetime(START.year, START.month, START.day) + timedelta(days=days)


def town(name: str, population: int = 0, **more: Any) -> Place:
    row = {"country": "AAA", "type": "settlement", "lat": 50.0, "lon": 30.0, "source": MADE_UP}
    return Place(id=name, name=name, population=population, **{**row, **more})


def haven(name: str, attraction: float | None = 0.0, **more: Any) -> Place:
    row = {"country": "BBB", "type": "destination", "lat": 50.0, "lon": 31.0, "source": MADE_UP}
    return Place(id=name, name=name, attraction=attraction, **{**row, **more})


def way(name: str, start: str, end: str, **more: Any) -> Link:
    row = {"mode": "bus", "hours": 1.0, "fare": 0.0, "source": MADE_UP}
    return Link(id=name, from_=start, to=end, **{**row, **more})


def officers(name: str, post: str, side: str = "exit", rate: float | None = 10.0, **more: Any):
    country = "AAA" if side == "exit" else "BBB"
    row = {"country": country, "share_car": 0.5, "share_bus": 0.5, "source": MADE_UP}
    return Checkpoint(id=name, name=name, post=post, side=side, rate_hour=rate, **{**row, **more})


def people(name: str, leave: float = 0.0, **more: Any) -> Cohort:
    row = {
        "group": name, "nationality": "AAA", "document": "foreign", "share": 1.0,
        "value_of_time": 100.0, "leave_per_day": leave, "source": MADE_UP,
    }  # fmt: skip
    return Cohort(id=name, name=name, **{**row, **more})


def travellers(name: str = "ordinary", **more: Any) -> Cohort:
    return people(name, **{"share": 0.0, "ordinary": True, **more})


def usual(name: str, cohort: str, link: str, per_day: float, **more: Any) -> Traffic:
    return Traffic(id=name, cohort=cohort, link=link, per_day=per_day, source=MADE_UP, **more)


def shock(name: str, start: float, **more: Any) -> Driver:
    row = {"parameter": f"amplitude-{name}", "known_from": START, "source": MADE_UP}
    return Driver(id=name, driver=name, valid_from=moment(start), **{**row, **more})


def rule(name: str, kind: str, place: str, start: int = 0, end: int | None = None, **more: Any):
    """A policy in force from one shown day until before another."""
    known = None if end is None else START
    row = {"known_from": START, "until_known_from": known}
    until = None if end is None else day(end)
    return Policy(
        id=name, kind=kind, place=place, valid_from=day(start), valid_until=until, **{**row, **more}
    )


def number(quantity: str, value: float, of: str = "") -> Parameter:
    name = f"{quantity}-{of}" if of else quantity
    return Parameter(
        id=name.replace("_", "-"), quantity=quantity, applies_to=of, distribution="fixed",
        median=value, reason="a test", source=MADE_UP,
    )  # fmt: skip


def scenario(days: int = 10, numbers: dict[str, float] | None = None, **rows: Any) -> Scenario:
    """A scenario of `days` shown days; `numbers` fixes quantities on top of `SIMPLE`."""
    header = {
        "id": "small", "name": "A small world", "description": "", "start": START,
        "end": day(days - 1), "warmup_days": 0, "timezone": "UTC", "nationality": "AAA",
        "origin_countries": ("AAA",), "currency": "crowns",
        "countries": {"AAA": "Home", "BBB": "Haven", "CCC": "Isle", "DDD": "Far"},
    }  # fmt: skip
    fixed = tuple(number(name, value) for name, value in {**SIMPLE, **(numbers or {})}.items())
    rows["parameters"] = (*fixed, *rows.get("parameters", ()))
    rows.setdefault("sources", (Source(id=MADE_UP, title="", publisher=""),))
    return Scenario(**{**header, **rows})


def simplest(population: int = 1000, leave: float = 0.1, **more: Any) -> Scenario:
    """One town, one haven, one way without officers; `more` replaces rows and header."""
    rows = {
        "places": (town("a", population), haven("b")),
        "links": (way("ab", "a", "b"),),
        "cohorts": (people("p", leave),),
    }
    return scenario(**{**rows, **more})


class Run:
    """One member on its way: its world, state and flows, step by step.

    Parameters
    ----------
    made : Scenario or Compiled
        What to run.
    """

    def __init__(
        self, made: Scenario | Compiled, seed: int = 1, member: int = 0, chance: bool = True,
        pool: int = 4096,
    ) -> None:  # fmt: skip
        self.compiled = made if isinstance(made, Compiled) else compile(made)
        self.world = self.compiled.world
        self.labels = self.compiled.labels
        self.member, _ = realise(self.compiled, seed, member, chance)
        self.state = new_state(self.world, pool)
        self.flows = new_flows(self.world)
        self.t = 0

    def step(self, n: int = 1) -> Run:
        assert go_on(self.world, self.member, self.state, self.flows, self.t, self.t + n)
        self.t += n
        return self

    def steps(self) -> Iterator[int]:
        """Run to the end, pausing after every step."""
        while self.t < self.world.steps:
            self.step()
            yield self.t - 1

    def to(self, days: float) -> Run:
        return self.step(round(days * self.world.spd) - self.t)

    def end(self) -> Run:
        return self.step(self.world.steps - self.t)

    # positions of ids

    def place(self, name: str) -> int:
        return self.labels.places.index(name)

    def link(self, name: str) -> int:
        return self.labels.links.index(name)

    def post(self, name: str) -> int:
        return self.labels.checkpoints.index(name)

    def cohort(self, name: str) -> int:
        return self.labels.cohorts.index(name)

    def dest(self, name: str) -> int:
        return [d.place for d in self.labels.destinations].index(name)

    def cell(self, cohort: str, dest: str | None) -> int:
        n = len(self.labels.destinations)
        return self.cohort(cohort) * (n + 2) + (n if dest is None else self.dest(dest))

    # numbers

    def resident(self, place: str, cohort: str = "p") -> float:
        return float(self.state.resident[self.place(place), self.cohort(cohort)])

    def present(self, place: str, cohort: str = "p") -> float:
        return float(self.state.present[self.place(place), self.cohort(cohort)])

    def waiting(self, post: str) -> np.ndarray:
        return np.asarray(self.flows.queue_people[:, self.post(post)])

    def entered(self, country: str) -> float:
        """Everybody who crossed into a country."""
        into = [i for i, x in enumerate(self.labels.crossings) if x.destination == country]
        return float(self.flows.entries[:, into].sum())

    def cost(self, place: str, dest: str | None, cohort: str = "p") -> float:
        k = self.world.cls[self.cohort(cohort)]
        d = len(self.labels.destinations) if dest is None else self.dest(dest)
        return float(self.state.cost[k, self.place(place), d])


def finished(made: Scenario | Compiled, seed: int = 1, member: int = 0, chance: bool = True) -> Run:
    """A member run to its end."""
    return Run(made, seed, member, chance, pool=1 << 14).end()


def flows(made: Scenario | Compiled, seed: int = 1, member: int = 0) -> dict[str, bytes]:
    """All results of a member, byte for byte."""
    compiled = made if isinstance(made, Compiled) else compile(made)
    drawn, _ = realise(compiled, seed, member)
    _, found = run_member(compiled.world, drawn)
    return {name: array.tobytes() for name, array in found.as_dict().items()}


@contextmanager
def acting(name: str, *effects: dict[str, Any]) -> Iterator[None]:
    """A policy kind that turns knobs directly, for as long as the block lasts.

    A policy of this kind emits one effect for each dict, over its own days.
    """

    def emit(row: Policy, _view: Any, /) -> list[Effect]:
        window = {"policy": row.id, "start": row.valid_from, "end": row.valid_until}
        return [Effect(**{**window, **effect}) for effect in effects]

    policies.register(PolicyKind(name, "Turns knobs for a test.", emit))
    try:
        yield
    finally:
        policies.unregister(name)


def nodes(state: Any, head: int) -> Iterator[int]:
    """The nodes of a list, from its head."""
    while head >= 0:
        yield int(head)
        head = state.node_next[head]


def within(got: float, expected: float, deviation: float) -> bool:
    """Whether a drawn number is within four standard errors: one in 16,000 is not, by chance."""
    return abs(got - expected) <= 4 * deviation
