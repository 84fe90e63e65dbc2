"""What the engine does, against what paper and pencil say.

Most tests run in expectations (`chance=False`) and compare to rounding error. Those that draw say
how far off chance may take them: four standard errors, one test in 16,000 by accident, and the seed
is fixed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from borderflow.engine.ways import GRAINS
from borderflow.scenario import Scenario
from small import (
    Run,
    finished,
    haven,
    number,
    officers,
    people,
    rule,
    scenario,
    shock,
    simplest,
    town,
    way,
    within,
)

# Leaving, following, coming back


@pytest.mark.parametrize("rate", [0.01, 0.3, 5.0])
@pytest.mark.parametrize("step_hours", [1, 3, 24])
def test_times_of_leaving_are_exponential(rate: float, step_hours: float) -> None:
    n = 100_000
    world = simplest(n, rate, step_hours=step_hours, news_hours=24)
    exact, drawn = Run(world, chance=False), Run(world)
    for d in (1, 2, 5, 10):
        gone = 1 - math.exp(-rate * d)
        assert 1 - exact.to(d).resident("a") / n == pytest.approx(gone, rel=1e-12)
        drawn.to(d)
        assert within(n - drawn.resident("a"), n * gone, math.sqrt(n * gone * (1 - gone)) + 0.01)
        assert drawn.flows.departed.sum() == n - drawn.resident("a")


def test_a_driver_multiplies_the_hazard_by_one_plus_amplitude_times_level() -> None:
    world = simplest(
        10**6, 0.01, days=8,
        cohorts=(people("p", 0.01, share=0.5, liable=True), people("q", 0.01, share=0.5)),
        drivers=(
            shock("fear", 1.0, valid_until=None, value=0.5, applies_to="liable=yes"),
            shock("rush", 2.5, shape="pulse", rise_hours=24, half_life_days=1.0, value=2.0),
            replace(shock("more", 1.0, value=0.25), driver="fear", parameter="amplitude-fear"),
        ),
        parameters=(number("amplitude", 4.0, "fear"), number("amplitude", 3.0, "rush")),
    )  # fmt: skip
    run = Run(world, chance=False)
    hazard: dict[str, list[float]] = {"p": [], "q": []}
    for d in range(8):
        before = {c: run.resident("a", c) for c in "pq"}
        run.to(d + 1)
        for c in "pq":
            hazard[c].append(-math.log(run.resident("a", c) / before[c]) / 0.01)
    # day by day the mean of the pulse: up over a day from noon of day 2, then halved every day
    up, down = 0.125, 1 / math.log(2)  # integral of half a day of rise; and of the fall, from 1
    first = 0.375 + down * (1 - 0.5**0.5)
    pulse = [0, 0, up, first, *(down * 0.5**k * (0.5**0.5 - 0.5**1.5) for k in range(4))]
    fear = [1, *[1 + 4 * 0.5 + 4 * 0.25] * 7]
    quiet = [1, *[1 + 4 * 0.25] * 7]
    assert hazard["p"] == pytest.approx(
        [a * (1 + 6 * b) for a, b in zip(fear, pulse, strict=True)], rel=2e-3
    )
    assert hazard["q"] == pytest.approx(
        [a * (1 + 6 * b) for a, b in zip(quiet, pulse, strict=True)], rel=2e-3
    )


def test_those_left_behind_follow_after_exponential_times() -> None:
    n = 20_000
    world = simplest(
        n, days=12,
        cohorts=(
            people("men", 1000.0, share=0.5, left_behind="families", left_behind_share=0.5),
            people("families", 0.0, share=0.5, size=2, follow_per_day=0.25),
        ),
    )  # fmt: skip
    exact, drawn = Run(world, chance=False).step(), Run(world).step()
    soon = math.exp(-0.25 / 8)  # some follow in the step in which they were left
    # half of 10,000 leave a family behind
    assert exact.state.behind.sum() == pytest.approx(n / 4 * soon)
    at_home = exact.resident("a", "families")
    assert at_home == pytest.approx(0, abs=1e-9)  # 5,000 families of two: all of them
    left = float(drawn.state.behind.sum())
    assert within(left, n / 4 * soon, math.sqrt(n / 8))
    for d in (1, 4, 9):
        assert exact.to(d).state.behind.sum() == pytest.approx(n / 4 * math.exp(-0.25 * d))
        share = math.exp(-0.25 * (d - 0.125))
        spread = math.sqrt(left * share * (1 - share))
        assert within(float(drawn.to(d).state.behind.sum()), left * share, spread)
    shown = drawn.flows.left_behind.sum(axis=1)
    assert shown[8] == 2 * drawn.state.behind.sum()  # people, not families


def test_return_and_moving_on_are_competing_exponentials() -> None:
    world = scenario(
        days=8,
        places=(town("a", 100_000), haven("b"), haven("c")),
        links=(way("ab", "a", "b"), way("ba", "b", "a"), way("bc", "b", "c"), way("ac", "a", "c")),
        cohorts=(people("p", 0.0, return_per_day=0.2, onward_per_day=0.1),),
        parameters=(number("transfer_people", 80_000.0),),
        policies=(rule("brought", "evacuation", "a -> b", 0, 1),),
    )
    # those who came to c move on too: to b, from where they were; count the first day alone
    run = Run(world, chance=False).to(0.125)
    drawn = Run(world).to(0.125)
    assert run.present("b") == pytest.approx(80_000)
    start = drawn.present("b")
    run.step(2), drawn.step(2)
    gone = 1 - math.exp(-0.3 / 8)
    both = 80_000 * (1 - (1 - gone) ** 2)
    assert run.present("b") == pytest.approx(80_000 - both)
    at_home = run.resident("a") - 20_000  # back after one hour of travel: one step later
    assert at_home == pytest.approx(80_000 * gone * 2 / 3)
    spread = math.sqrt(start * gone)
    assert within(drawn.resident("a") - (100_000 - start), start * gone * 2 / 3, spread)
    assert within(drawn.present("c"), start * gone / 3, spread)


# Where to


def shares(world: Scenario, **more: Any) -> dict[str, float]:
    """Share of those who leave in the first step that goes to each haven (in expectations)."""
    run = Run(replace(world, **more), chance=False).step()
    n = len(run.labels.destinations)
    s = run.state
    total = np.zeros(n)
    for head in s.ring_head:
        while head >= 0:
            total[s.node_cell[head] % (n + 2)] += s.node_n[head]
            head = s.node_next[head]
    total /= total.sum()
    return {d.place: float(total[i]) for i, d in enumerate(run.labels.destinations)}


SENSITIVE = {"cost_sensitivity": 0.1, "nest_scale": 0.4}


def spread_out(hours: dict[str, float], **nests: str) -> Scenario:
    """A town and havens at so many hours from it, each its own nest if not said otherwise."""
    havens = tuple(
        haven(name, attraction=0.3 * i, nest=nests.get(name, name)) for i, name in enumerate(hours)
    )
    links = tuple(way(f"to-{name}", "a", name, hours=h) for name, h in hours.items())
    cohorts = (people("p", 0.5, value_of_time=50.0),)
    return scenario(
        places=(town("a", 10_000), *havens), links=links, cohorts=cohorts, numbers=SENSITIVE
    )


def test_destinations_are_chosen_by_a_logit_of_attraction_minus_cost() -> None:
    world = spread_out({"b": 5.0, "c": 17.0, "d": 9.0})
    weight = {
        "b": math.exp(0.0 - 0.5), "c": math.exp(0.3 - 1.7), "d": math.exp(0.6 - 0.9)
    }  # fmt: skip
    total = sum(weight.values())
    assert shares(world) == pytest.approx({k: v / total for k, v in weight.items()})


def test_a_fare_costs_its_hours_and_a_refusal_its_risk() -> None:
    world = spread_out({"b": 5.0, "c": 5.0, "d": 5.0})
    links = tuple(
        replace(link, fare={"to-b": 0.0, "to-c": 400.0, "to-d": 0.0}[link.id])
        for link in world.links
    )
    links = (*links[:2], replace(links[2], exit_checkpoint="x"))
    risky = {
        "links": links,
        "checkpoints": (officers("x", "a", rate=None),),
        "policies": (rule("guards", "exit_control", "a"),),
        "parameters": (
            *world.parameters, number("refused_share", 0.25), number("deterrence_hours", 3.0),
            number("risk_hours", 40.0),
        ),
    }  # fmt: skip
    got = shares(world, **risky)
    assert math.log(got["b"] / got["c"]) == pytest.approx(-0.3 + 0.1 * 400 / 50)
    run = Run(replace(world, **risky), chance=False).step()
    assert run.cost("a", "d") == pytest.approx(5 + 0.25 * 40 + 3)


def nested(values: dict[str, float], nests: dict[str, str], scale: float) -> dict[str, float]:
    """The nested logit as it is written in books (McFadden 1978)."""
    inside: dict[str, float] = {}
    for name, value in values.items():
        inside[nests[name]] = inside.get(nests[name], 0.0) + math.exp(value / scale)
    total = sum(x**scale for x in inside.values())
    return {
        name: inside[nests[name]] ** scale / total
        * math.exp(value / scale) / inside[nests[name]]
        for name, value in values.items()
    }  # fmt: skip


def test_destinations_of_one_nest_compete_with_each_other_first() -> None:
    hours = {"b1": 4.0, "b2": 10.0, "c": 7.0, "d1": 12.0, "d2": 3.0, "d3": 20.0}
    nests = {"b1": "b", "b2": "b", "c": "c", "d1": "d", "d2": "d", "d3": "d"}
    world = spread_out(hours, **nests)
    values = {name: 0.3 * i - 0.1 * h for i, (name, h) in enumerate(hours.items())}
    got = shares(world)
    assert got == pytest.approx(nested(values, nests, 0.4))
    # within a nest the ratio of two knows nothing of the others; across nests it does
    far = spread_out({**hours, "b2": 30.0, "c": 1.0}, **nests)
    after = shares(far)
    assert after["d1"] / after["d3"] == pytest.approx(got["d1"] / got["d3"])
    assert after["d1"] / after["b1"] != pytest.approx(got["d1"] / got["b1"], rel=0.05)


def test_drawn_destinations_have_the_chances_of_the_logit() -> None:
    hours = {"b1": 4.0, "b2": 10.0, "c": 7.0, "d": 12.0}
    nests = {"b1": "b", "b2": "b", "c": "c", "d": "d"}
    world = spread_out(hours, **nests)
    expected = shares(world)
    run = finished(world)
    n = len(run.labels.destinations)
    gone = 10_000 - run.resident("a")
    for i, d in enumerate(run.labels.destinations):
        p = expected[d.place]
        there = float(run.state.present[run.place(d.place)].sum())
        under_way = 0.0
        for head in run.state.ring_head:
            while head >= 0:
                if run.state.node_cell[head] % (n + 2) == i:
                    under_way += run.state.node_n[head]
                head = run.state.node_next[head]
        assert within(there + under_way, gone * p, math.sqrt(gone * p * (1 - p)))


# Which way


def dial(
    links: dict[tuple[str, str], float], start: str, end: str, scale: float
) -> tuple[float, dict[tuple[str, str], float]]:
    """Soft cost, and share of travellers on each link, by listing every path that comes closer."""
    near = {end: 0.0}
    for _ in links:
        for (a, b), g in links.items():
            if b in near:
                near[a] = min(near.get(a, math.inf), g + near[b])
    paths: list[tuple[float, list[tuple[str, str]]]] = []

    def walk(place: str, length: float, used: list[tuple[str, str]]) -> None:
        if place == end:
            paths.append((length, used))
            return
        for (a, b), g in links.items():
            if a == place and near.get(b, math.inf) < near[a]:
                walk(b, length + g, [*used, (a, b)])

    walk(start, 0.0, [])
    total = sum(math.exp(-length / scale) for length, _ in paths)
    use = dict.fromkeys(links, 0.0)
    for length, used in paths:
        for link in used:
            use[link] += math.exp(-length / scale) / total
    return -scale * math.log(total), use


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_ways_are_shared_as_dial_says_on_any_graph(seed: int, scale: float) -> None:
    """Cycles included. Officers without limit stand on every link and count who comes."""
    r = Random(seed)
    names = ["a", "m1", "m2", "m3", "m4", "m5", "b"]
    pairs = {(x, y): round(r.uniform(1.0, 2.5) * GRAINS) / GRAINS for x in names for y in names
             if x != y and x != "b" and r.random() < 0.55}  # fmt: skip
    pairs.setdefault(("a", "m1"), 1.0), pairs.setdefault(("m1", "b"), 1.0)
    links = [
        way(f"{x}-{y}", x, y, hours=h, exit_checkpoint=f"x-{x}-{y}") for (x, y), h in pairs.items()
    ]
    world = scenario(
        days=4,
        numbers={"way_scale": scale},
        places=(town("a", 1000), *(town(n) for n in names[1:-1]), haven("b")),
        links=tuple(links),
        checkpoints=tuple(officers(f"x-{x}-{y}", x, rate=None) for x, y in pairs),
        cohorts=(people("p", 1000.0),),
    )
    run = Run(world, chance=False).step()
    soft, use = dial(pairs, "a", "b", scale)
    assert run.cost("a", "b") == pytest.approx(soft)
    run.end()
    assert run.present("b") == pytest.approx(1000)
    for (x, y), share in use.items():
        came = run.flows.joined[:, run.post(f"x-{x}-{y}")].sum() / 1000
        assert came == pytest.approx(share, abs=1e-5)  # shares below 6e-6 are not considered


@pytest.mark.parametrize("many", [1, 3, 4, 5, 31, 32, 33, 70])
def test_a_hub_has_as_many_ways_on_as_it_has(many: int) -> None:
    """Ways on from a place are looked at in fours, and up to 32 of them by bits."""
    r = Random(many)
    towns = [f"m{i}" for i in range(many)]
    pairs = {("a", "hub"): 1.0}
    for name in towns:
        pairs["hub", name], pairs[name, "b"] = (
            round(r.uniform(1.0, 2.0) * GRAINS) / GRAINS for _ in range(2)
        )
    links = tuple(way(f"{x}-{y}", x, y, hours=h) for (x, y), h in pairs.items())
    world = scenario(
        days=2,
        numbers={"way_scale": 0.7},
        places=(town("a", 1000), *(town(n) for n in ("hub", *towns)), haven("b")),
        links=links,
        cohorts=(people("p", 1000.0),),
    )
    run = Run(world, chance=False).end()
    soft, use = dial(pairs, "a", "b", 0.7)
    assert run.cost("a", "b") == pytest.approx(soft)
    hours = sum(share * pairs[link] for link, share in use.items())
    assert run.state.hours[0, run.place("a"), 0] == pytest.approx(hours)


def test_two_ways_are_shared_by_the_difference_of_their_costs() -> None:
    world = simplest(
        50_000, 1000.0,
        links=(
            way("slow", "a", "b", hours=6.0, exit_checkpoint="s"),
            way("fast", "a", "b", hours=4.0, exit_checkpoint="f"),
        ),
        checkpoints=(officers("s", "a", rate=None), officers("f", "a", rate=None)),
        numbers={"way_scale": 2.0},
    )  # fmt: skip
    run = finished(world)
    share = 1 / (1 + math.exp(2.0 / 2.0))
    came = float(run.flows.joined[:, run.post("s")].sum())
    assert within(came, 50_000 * share, math.sqrt(50_000 * share * (1 - share)))


@pytest.mark.parametrize("country", ["AAA", "BBB"])
def test_from_abroad_nobody_goes_to_stay_where_they_fled_from(country: str) -> None:
    """People brought from a to b move on to d, and to c only if that is abroad."""
    world = scenario(
        places=(town("a", 1000), haven("b"), haven("c", 5.0, country=country), haven("d")),
        links=(way("ab", "a", "b"), way("bc", "b", "c"), way("bd", "b", "d")),
        cohorts=(people("p", onward_per_day=1.0),),
        policies=(rule("bridge", "evacuation", "a -> b"),),
        numbers={"transfer_people": 1000.0},
        days=6,
    )
    run = Run(world, chance=False).end()
    assert run.present("d") > 0
    assert (run.present("c") > 100) == (country != "AAA")
    assert run.present("c") == 0.0 or country != "AAA"
