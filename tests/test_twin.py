"""The engine against its slow twins, on small worlds made up from seeds.

With draws off it must agree with the expectation twin to 1e-9 in every flow and stock; with draws
on, with the agent twin in distribution: 10,000 runs of each, two-sample chi-square tests on many
summaries, family-wise error 1e-3 (Bonferroni). Seeds are fixed, so the verdict never changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from borderflow.arrays import FLOWS
from borderflow.compile import realise
from borderflow.engine.run import run_member
from borderflow.engine.twin import Agents, Expectations, Facts, Twin
from small_worlds import small_world

RUNS = 10_000
ERROR = 1e-3

# fmt: off
BUSY = {"step": 12, "towns": 1, "posts": 1, "news": 1, "room": 8, "seats": 0.15, "leaving": 0.3,
        "ordinary": 0.05, "news_smoothing": 1.0}
LIVELY: dict[str, dict[str, Any]] = {
    "ban": {**BUSY, "rules": 0, "rate": 0.3, "flexible": "yes"},
    "shut": {**BUSY, "rules": 1, "rate": 0.15, "flexible": "no", "posts": 2},
}
# fmt: on
"""Two worlds of 22 parties in which nearly everything happens; one has posts side by side."""


def make(seed: int, *, people: int, days: int, chance: bool, **fixed: Any) -> tuple[Any, Any]:
    """World and member of a small world."""
    with TemporaryDirectory() as folder:
        compiled = small_world(Path(folder), seed, people=people, days=days, **fixed)
    member, _ = realise(compiled, 1, 0, chance)
    second = compiled.world.server[:, 1] >= 0
    member.admit[:, second, 1] *= 0.8  # no kind of policy refuses at the entry side of every post
    return compiled.world, member


# --- draws off: the expectation twin --------------------------------------------------------------


def engine_stocks(world: Any, state: Any) -> dict[str, np.ndarray]:
    """Everybody's whereabouts in the engine's last state, and what is known then."""
    width = len(world.dest_place) + 2
    way = np.zeros((len(world.place_hash), len(world.cls) * width))
    way += state.arrived + state.deciding

    def walk(node: int, where: Callable[[int], int]) -> None:
        while node >= 0:
            way[where(state.node_at[node]), state.node_cell[node]] += state.node_n[node]
            node = state.node_next[node]

    for head in state.ring_head:
        walk(head, lambda place: place)
    for head in (*state.queue_head[:, 0],):
        walk(head, lambda link: int(world.tail[link]))
    for head in (*state.queue_head[:, 1], *state.booked_head):
        walk(head, lambda link: int(world.head[link]))
    known = ("resident", "present", "behind", "seats_free", "reserved_left", "believed")
    return {"way": way, **{name: getattr(state, name) for name in (*known, "carry", "called")}}


def twin_stocks(twin: Twin) -> dict[str, np.ndarray]:
    """The same of a twin."""
    w, number = twin.facts.w, twin.kind.number
    places, cohorts, width = len(w.place_hash), len(w.cls), len(w.dest_place) + 2
    way = np.zeros((places, cohorts * width))
    for place, (c, d), amount, _ in twin.under_way(w.steps - 1):
        way[place, c * width + d] += number(amount)
    made = {name: np.zeros((places, cohorts)) for name in ("resident", "present")}
    for name, table in made.items():
        for at, amount in getattr(twin, name).items():
            table[at] = number(amount)
    behind = np.zeros((places, cohorts, width - 2))
    for place, crowd in twin.behind.items():
        for cell, amount in crowd.items():
            behind[(place, *cell)] = number(amount)
    believed = np.zeros((len(w.tail), 2))
    for queue, wait in twin.believed.items():
        believed[queue] = wait
    return {
        "way": way,
        "behind": behind,
        "believed": believed,
        "seats_free": np.array(twin.seats),
        "reserved_left": np.array(twin.reserved),
        "carry": np.array(twin.carry),
        "called": np.array(twin.called),
        **made,
    }


def disagreements(
    world: Any, member: Any, other: tuple[Any, Any] | None = None
) -> dict[str, float]:
    """Largest difference of engine and expectation twin in each result that differs by 1e-9.

    The twin may be given another world and member, to see that it notices.
    """
    state, flows = run_member(world, member)
    twin = Twin(Facts(*(other or (world, member))), Expectations())
    twin.run()
    ours = {field.name: getattr(flows, field.name) for field in FLOWS}
    ours |= engine_stocks(world, state)
    theirs = twin.arrays() | twin_stocks(twin)
    assert set(ours) == set(theirs)
    found = {}
    for name, array in ours.items():
        gap = np.abs(array - theirs[name]) / np.maximum(1.0, np.abs(array))
        if gap.max(initial=0.0) > 1e-9:
            found[name] = float(gap.max())
    return found


@pytest.mark.parametrize("seed", range(30))
def test_without_draws_the_engine_is_the_expectation_twin(seed: int) -> None:
    world, member = make(seed, people=400, days=5, chance=False)
    assert disagreements(world, member) == {}


def test_the_small_worlds_use_every_mechanism() -> None:
    used: dict[str, float] = {}
    for seed in range(12):
        world, member = make(seed, people=400, days=5, chance=False)
        _, flows = run_member(world, member)
        for field in FLOWS:
            array = getattr(flows, field.name)
            used[field.name] = max(used.get(field.name, 0.0), float(array.max(initial=0.0)))
    assert {name for name, most in used.items() if most <= 0.0} == set()


MUTATIONS: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "retry": lambda w, m: (w, m.replace(retry_steps=m.retry_steps + 1)),
    "lanes": lambda w, m: (w.replace(share=w.share * [0.9, 1.2, 1, 1]), m),
    "patience": lambda w, m: (w.replace(patience=w.patience * 1.01), m),
    "room": lambda w, m: (w.replace(room=np.minimum(w.room, 1e9) - 1), m),
    "smoothing": lambda w, m: (w, m.replace(news_smoothing=m.news_smoothing * 0.99)),
    "nests": lambda w, m: (w, m.replace(nest_scale=m.nest_scale * 1.01)),
    "seats": lambda w, m: (w.replace(dep_seats=w.dep_seats - 1), m),
    "risk": lambda w, m: (w, m.replace(risk_hours=m.risk_hours + 1)),
    "protection": lambda w, m: (w, m.replace(protection_share=0.0)),
    "follow": lambda w, m: (w, m.replace(follow=m.follow * 1.01)),
    "staff": lambda w, m: (w, m.replace(ordinary_staff=m.ordinary_staff * 0.9)),
    "departures": lambda w, m: (w, m.replace(departure_weight=m.departure_weight * 0.8)),
    "calling in": lambda w, m: (w, m.replace(staffing_hours=m.staffing_hours * 1.2)),
    "turning": lambda w, m: (w, m.replace(turn_hours=m.turn_hours + 1)),
    "next posts": lambda w, m: (w.replace(beside_hours=w.beside_hours + 1), m),
    "fares": lambda w, m: (w, m.replace(fare_rise=m.fare_rise * 1.1)),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_comparison_notices_a_changed_rule(name: str) -> None:
    found = []
    for seed in range(8):
        world, member = make(seed, people=400, days=5, chance=False, room=10, behind=0.4)
        found.append(disagreements(world, member, MUTATIONS[name](world, member)))
    assert any(found), f"no world notices that {name} is another"


# --- draws on: the agent twin ---------------------------------------------------------------------


def chi_square_tail(x: float, degrees: int) -> float:
    """Chance that a chi-square variable exceeds `x`: Q(k/2, x/2) by its recurrence in k.

    >>> round(chi_square_tail(3.841, 1), 3), round(chi_square_tail(18.307, 10), 3)
    (0.05, 0.05)
    """
    half, a = x / 2, 0.5 if degrees % 2 else 1.0
    tail = math.erfc(math.sqrt(half)) if degrees % 2 else math.exp(-half)
    while a < degrees / 2 - 0.25 and half > 0.0:
        tail += math.exp(a * math.log(half) - half - math.lgamma(a + 1))
        a += 1
    return min(1.0, tail)


def p_value(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Two-sample chi-square test of equal laws; values are pooled until 10 are expected."""
    values, index = np.unique(np.concatenate((ours, theirs)), return_inverse=True)
    table = np.stack(
        [np.bincount(part, minlength=len(values)) for part in np.split(index, [len(ours)])], axis=1
    )
    share = np.array([len(ours), len(theirs)]) / len(index)
    pooled = [np.zeros(2)]
    for row in table:
        if (pooled[-1].sum() * share).min() >= 10:
            pooled.append(np.zeros(2))
        pooled[-1] += row
    if len(pooled) > 1 and (pooled[-1].sum() * share).min() < 10:
        pooled[-2:] = [pooled[-2] + pooled[-1]]
    seen = np.array(pooled)
    if len(seen) < 2:
        return 1.0
    expected = seen.sum(axis=1, keepdims=True) * share
    return chi_square_tail(float(((seen - expected) ** 2 / expected).sum()), len(seen) - 1)


Runs = dict[str, np.ndarray]


def stack(runs: Runs, i: int, n: int, arrays: dict[str, np.ndarray]) -> None:
    """Put the results of run `i` of `n` beside the others."""
    for name, array in arrays.items():
        if name not in runs:
            runs[name] = np.zeros((n, *array.shape), dtype=np.float32)
        runs[name][i] = array


def engine_runs(world: Any, member: Any, n: int) -> Runs:
    """Results of the engine's first `n` members."""
    runs: Runs = {}
    for i in range(n):
        _, flows = run_member(world, member.replace(number=i))
        stack(runs, i, n, {field.name: getattr(flows, field.name) for field in FLOWS})
    return runs


def agent_runs(world: Any, member: Any, n: int) -> Runs:
    """Results of `n` runs of the agent twin."""
    facts = Facts(world, member)
    runs: Runs = {}
    for i in range(n):
        twin = Twin(facts, Agents(20, i))
        twin.run()
        stack(runs, i, n, twin.arrays())
    return runs


def summaries(runs: Runs) -> dict[str, np.ndarray]:
    """One number of each run by name: totals, stocks at the end, queues on the way, and pairs."""
    made: dict[str, np.ndarray] = {}

    def each(name: str, array: np.ndarray) -> None:
        for i in range(array.shape[1]):
            made[f"{name} {i}"] = array[:, i]

    half = runs["entries"].shape[1] // 2
    third = runs["queue_people"].shape[1] // 3
    each("entries of crossing", runs["entries"].sum(axis=(1, 3)))
    each("entries of group", runs["entries"].sum(axis=(1, 2)))
    each("entries on day", runs["entries"].sum(axis=(2, 3)))
    each("refused by group", runs["refused"].sum(axis=(1, 2)))
    each("present at", runs["present"][:, -1].sum(axis=2))
    each("present of group", runs["present"][:, -1].sum(axis=1))
    each("queued at", runs["queue_people"].sum(axis=1))
    each("queued in a third", runs["queue_people"][:, third :: third + 1].sum(axis=2))
    each("longest queue", runs["queue_people"].max(axis=1))
    each("departed", runs["departed"].sum(axis=(1, 2)))
    each("left behind", runs["left_behind"][:, -1])
    each("gave up", runs["gave_up"].sum(axis=1))
    each("under way to", runs["in_transit"][:, half].sum(axis=2))
    each("sold", runs["seats_sold"].sum(axis=1))
    each("first seat", runs["first_seat"][:, -1])
    each("fare", np.round(runs["fare"][:, half], 3))
    first = runs["entries"][:, :half].sum(axis=(1, 2, 3))
    made["first half and second"] = 1000 * first + runs["entries"][:, half:].sum(axis=(1, 2, 3))
    made["refused and gave up"] = 1000 * runs["refused"].sum(axis=(1, 2, 3)) + runs["gave_up"].sum(
        axis=(1, 2)
    )
    return made


def unlike(ours: Runs, theirs: Runs) -> dict[str, float]:
    """Summaries in which the runs differ, at a family-wise error of 1e-3 over all worlds."""
    mine, other = summaries(ours), summaries(theirs)
    p = {name: p_value(mine[name], other[name]) for name in mine}
    return {name: value for name, value in p.items() if value < ERROR / len(p) / len(LIVELY)}


@cache
def lively(name: str) -> tuple[Any, Any, Runs]:
    """A lively world with its member, and the engine's runs of it."""
    world, member = make(4, people=30, days=3, chance=True, **LIVELY[name])
    return world, member, engine_runs(world, member, RUNS)


@pytest.mark.parametrize("name", LIVELY)
def test_with_draws_the_engine_is_the_agent_twin_in_distribution(name: str) -> None:
    world, member, ours = lively(name)
    assert world.resident.sum() <= 30
    assert world.steps <= 60
    for flow in ("refused", "gave_up", "left_behind", "queue_people", "seats_sold"):
        assert ours[flow].mean() > 0.0, flow
    assert unlike(ours, agent_runs(world, member, RUNS)) == {}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ban", lambda w, m: (w.replace(share=w.share * [0.3, 2.0, 1, 1]), m)),
        ("ban", lambda w, m: (w.replace(behind_share=w.behind_share / 5), m)),
        ("ban", lambda w, m: (w, m.replace(baulk_max=1.0))),
        ("shut", lambda w, m: (w, m.replace(turn_hours=1e9))),
    ],
    ids=["lanes", "families", "baulking", "turning"],
)
def test_the_comparison_in_distribution_notices_a_changed_rule(name: str, change: Any) -> None:
    world, member, ours = lively(name)
    other_world, other_member = change(world, member)
    assert unlike(ours, agent_runs(other_world, other_member, 500)) != {}
