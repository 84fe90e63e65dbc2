"""People are conserved, and no door lets through more than it can: in any world, at every step."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest

from borderflow.arrays import NEVER
from borderflow.compile.network import _home_of
from borderflow.engine.record import audit
from borderflow.mode import great_circle_km
from borderflow.scenario.model import Place
from random_worlds import random_world
from small import (
    Run,
    haven,
    nodes,
    officers,
    people,
    rule,
    scenario,
    simplest,
    town,
    travellers,
    usual,
    way,
)

WORLDS = range(40)

COUNTS = ("resident", "behind", "present", "arrived", "deciding", "node_n", "seats_free",
          "reserved_left", "queue_people", "carry")  # fmt: skip


def lists(run: Run) -> dict[str, list[int]]:
    """Every node in use, by what it is for; fails where a node is used twice or lost."""
    s = run.state
    found = {
        "queue": [n for head in s.queue_head.ravel() for n in nodes(s, head)],
        "booked": [n for head in s.booked_head for n in nodes(s, head)],
        "road": [n for head in s.ring_head for n in nodes(s, head)],
        "free": list(nodes(s, s.free[0])),
    }
    used = [n for part in found.values() for n in part]
    assert sorted(used) == list(range(len(s.node_n)))
    return found


def people_in(run: Run, which: list[int]) -> float:
    """People on some nodes, counted without the engine."""
    width = len(run.labels.destinations) + 2
    return float(
        sum(run.state.node_n[n] * run.world.size[run.state.node_cell[n] // width] for n in which)
    )


def people_everywhere(run: Run) -> float:
    """Everybody in the world, counted without the engine."""
    s, size = run.state, run.world.size
    width = len(run.labels.destinations) + 2
    found = lists(run)
    del found["free"]
    return float(
        (s.resident @ size).sum()
        + (s.present @ size).sum()
        + (s.behind.sum(axis=2) @ size).sum()
        + (s.arrived @ np.repeat(size, width)).sum()
        + (s.deciding @ np.repeat(size, width)).sum()
        + sum(people_in(run, part) for part in found.values())
    )


@pytest.mark.parametrize("seed", WORLDS)
def test_nobody_is_lost_or_made(seed: int) -> None:
    run = Run(random_world(seed), seed=seed, pool=1 << 13)
    start = people_everywhere(run)
    for t in run.steps():
        s = run.state
        now, least = audit(run.world, s)
        added, removed = s.balance[1], s.balance[2]
        assert now - (start + added - removed) == 0, f"step {t}"
        assert least == 0
        for name in COUNTS:
            array = getattr(s, name)
            assert array.min() >= 0, f"{name} in step {t}"
            if name != "carry":
                assert (array == np.floor(array)).all(), f"{name} in step {t}"
        if t % 12 == 0 or run.t == run.world.steps:
            assert people_everywhere(run) == now
    assert run.state.balance[3] == 0


@pytest.mark.parametrize("seed", WORLDS)
def test_nobody_is_lost_in_the_deterministic_limit(seed: int) -> None:
    run = Run(random_world(seed), chance=False, pool=1 << 15)
    start = people_everywhere(run)
    run.end()
    s = run.state
    now, least = audit(run.world, s)
    assert now == pytest.approx(start + s.balance[1] - s.balance[2], rel=1e-11)
    assert least >= -1e-9


@pytest.mark.parametrize("seed", WORLDS)
def test_queues_hold_who_joined_and_did_not_pass(seed: int) -> None:
    run = Run(random_world(seed), seed=seed)
    w, s, f = run.world, run.state, run.flows
    for _ in run.steps():
        for link in range(len(w.tail)):
            for side in range(2):
                queue = list(nodes(s, s.queue_head[link, side]))
                assert people_in(run, queue) == s.queue_people[link, side]
                assert all(s.node_at[n] == link for n in queue)
                joined = [int(s.node_step[n]) for n in queue]
                assert joined == sorted(joined)  # first come, first served
                if queue:
                    assert s.queue_tail[link, side] == queue[-1]
    # (who gives up later is in the queue until then, and not among those who joined and stayed)
    stay = np.cumsum(f.joined, axis=0) - np.cumsum(f.passed, axis=0)
    assert (stay <= f.queue_people).all()
    assert (stay[-1] == f.queue_people[-1]).all()
    assert (f.joined >= 0).all()


@pytest.mark.parametrize("seed", WORLDS)
def test_no_checkpoint_works_above_its_rate(seed: int) -> None:
    """Over any stretch of steps: no more than the officers can do, and one party begun before."""
    run = Run(random_world(seed, calm=True), seed=seed).end()
    w, m = run.world, run.member
    epoch = w.epoch
    rate = np.minimum(m.rate * m.rate_factor[epoch], m.rate_cap[epoch])
    hours = w.open_share[:, np.arange(w.steps) % w.spd].T * 24 / w.spd
    above = run.flows.passed - rate * hours
    worst = np.zeros(len(w.rate))
    for t in range(w.steps):
        worst = np.maximum(worst, 0) + above[t]
        assert (worst <= w.size.max() + 1e-6).all(), f"step {t}"


def test_the_rate_is_the_one_that_was_written_down() -> None:
    """10 an hour, 8 hours a day, a rule that halves it on the third day: 80, 80, 40 people."""
    world = scenario(
        days=4,
        numbers={"rate_cut": 0.5},
        places=(town("a", 5000), haven("b")),
        links=(way("ab", "a", "b", exit_checkpoint="x"),),
        checkpoints=(officers("x", "a", rate=10, hours=((480, 960),)),),
        cohorts=(people("p", 2.0),),
        policies=(rule("slow", "service_rate_cut", "a", 2, 3),),
    )
    run = Run(world).end()
    passed = run.flows.passed[:, run.post("x")].reshape(4, 8)
    assert passed.sum(axis=1).tolist() == [80, 80, 40, 80]
    assert not passed[:, [0, 1, 6, 7]].any()
    assert passed[0, 2] == 10  # 06:00 to 09:00, of which one hour is after opening


@pytest.mark.parametrize("seed", WORLDS)
def test_the_neutral_zone_is_never_overfull(seed: int) -> None:
    run = Run(random_world(seed), seed=seed)
    w, s = run.world, run.state
    narrow = [i for i in range(len(w.rate)) if w.room[i] < NEVER and i in w.next_server]
    for t in run.steps():
        for server in narrow:
            behind = w.server_link[w.server_ptr[server] : w.server_ptr[server + 1]]
            inside = s.queue_people[behind, 1].sum()
            assert inside <= w.room[server], f"step {t}"


@pytest.mark.parametrize("seed", WORLDS)
def test_no_departure_sells_more_than_its_seats(seed: int) -> None:
    run = Run(random_world(seed), seed=seed)
    w, s = run.world, run.state
    booked = 0.0
    for t in run.steps():
        for i in range(len(w.sched_link)):
            for q in range(w.dep_ptr[i], w.dep_ptr[i + 1]):
                on_board = people_in(run, list(nodes(s, s.booked_head[q])))
                if q >= s.next_dep[i]:
                    assert on_board + s.seats_free[q] == w.dep_seats[q], f"step {t}"
                    booked = max(booked, on_board)
                else:
                    assert on_board == 0
    assert (run.flows.seats_sold <= run.flows.seats_offered).all()


def reachable(run: Run, k: int, ends: set[int]) -> np.ndarray:
    """Places from which there is a way to one of the ends, by walking the links backwards."""
    w, m, s = run.world, run.member, run.state
    e = w.epoch[run.t - 1]
    into: dict[int, list[int]] = {}
    for link in range(len(w.tail)):
        f = w.sched[link]
        fare = w.fare[link] * (s.told_fare[f] if f >= 0 else 1.0)
        usable = w.open[e, link, k] and fare <= w.budget[k] and m.admit[e, link, :, k].all()
        if f >= 0:
            usable = usable and s.told_step[f] >= 0
        if not w.class_moves[k]:  # ordinary travellers go home through no third country
            usable = usable and (w.crossing[link] < 0 or w.is_home[w.head[link]])
        if usable:
            into.setdefault(int(w.head[link]), []).append(int(w.tail[link]))
    found = np.zeros(len(w.place_hash), dtype=bool)
    line = deque(ends)
    while line:
        place = line.popleft()
        if not found[place]:
            found[place] = True
            line.extend(into.get(place, ()))
    return found


def check_costs(run: Run) -> None:
    """Costs of every class and end are finite where a way leads there, and nowhere else."""
    w, s = run.world, run.state
    n = len(w.dest_place)
    for k in range(len(w.vot)):
        for d in range(n + 1):
            if d < n and not w.class_moves[k]:
                continue
            ends = {int(w.dest_place[d])} if d < n else set(np.flatnonzero(w.is_home).tolist())
            there = reachable(run, k, ends)
            costs = s.cost[k, :, d]
            assert np.isfinite(costs).all()
            assert (costs >= NEVER).tolist() == (~there).tolist()
            assert costs[there].max(initial=0) < 1e6


@pytest.mark.parametrize("seed", WORLDS)
def test_a_cost_is_finite_where_there_is_a_way_and_nowhere_else(seed: int) -> None:
    run = Run(random_world(seed), seed=seed)
    told = -1
    for _ in run.steps():
        if run.state.news_count[0] != told:
            told = int(run.state.news_count[0])
            check_costs(run)


def ring(closed_from: int | None, n: int = 6, **more: Any) -> Any:
    """A ring of towns, every link both ways, and one door at the end of it."""
    names = [f"t{i}" for i in range(n)]
    ways = [way(f"w{i}", names[i], names[(i + 1) % n], two_way=True, hours=0.5) for i in range(n)]
    rules = () if closed_from is None else (rule("shut", "crossing_closed", "BBB", closed_from),)
    return scenario(
        places=(*(town(name, 500) for name in names), haven("b")),
        links=(*ways, way("door", "t0", "b", exit_checkpoint="x")),
        checkpoints=(officers("x", "t0", rate=5),),
        cohorts=(people("p", 0.5),),
        policies=rules,
        **more,
    )


def test_costs_do_not_creep_up_around_a_cycle_when_a_door_shuts_for_good() -> None:
    run = Run(ring(closed_from=3)).to(3)
    assert all(run.cost(f"t{i}", "b") < 1e3 for i in range(6))
    run.step()  # told at once, not at the next news
    assert all(run.cost(f"t{i}", "b") >= NEVER for i in range(6))
    for _ in run.steps():
        check_costs(run)
    left = run.flows.departed.sum(axis=(1, 2))
    assert left[:3].min() > 0
    assert left[3:].max() == 0  # nobody leaves where nowhere can be reached


def test_a_door_that_opens_again_has_its_old_cost() -> None:
    calm = ring(closed_from=None, drivers=(), numbers={"wait_weight": 0.0})
    shut = scenario(
        **{
            **{name: getattr(calm, name) for name in ("places", "links", "checkpoints", "cohorts")},
            "numbers": {"wait_weight": 0.0},
            "policies": (rule("shut", "crossing_closed", "BBB", 2, 4),),
        }
    )
    one, other = Run(calm).to(4.125), Run(shut).to(4.125)
    for i in range(6):
        assert other.cost(f"t{i}", "b") == one.cost(f"t{i}", "b")


def test_a_class_without_a_lane_is_not_served_by_idle_ones() -> None:
    """Flexible lanes help the other classes, but never one whose share is 0."""
    world = simplest(
        population=500,
        leave=0.5,
        links=(way("ab", "a", "b", exit_checkpoint="x"),),
        checkpoints=(officers("x", "a", rate=20, share_car=1.0, share_bus=0.0),),
    )
    run = Run(world).end()
    assert run.state.queue_people.sum() > 0
    assert run.flows.passed.sum() == 0


def test_a_checkpoint_without_limit_serves_everybody_at_once() -> None:
    links = (way("ab", "a", "b", exit_checkpoint="x"), way("walk", "a", "b", mode="foot",
             exit_checkpoint="x"))  # fmt: skip
    world = simplest(
        population=50_000, leave=0.5, links=links,
        checkpoints=(officers("x", "a", rate=None, share_foot=0.0),),
        cohorts=(people("p", 0.5), travellers("o")),
        traffic=(usual("t", "o", "walk", 100),),
    )  # fmt: skip
    run = Run(world, pool=1 << 14)
    start = people_everywhere(run)
    run.end()
    s = run.state
    assert people_everywhere(run) == start + s.balance[1] - s.balance[2]
    assert s.queue_people[run.link("ab")].sum() == 0
    assert s.queue_people[run.link("walk"), 0] > 0  # it has no lane


def test_a_wait_without_end_is_forgotten_when_the_officers_come_back() -> None:
    """A day on which nobody is served must not make the door dear for weeks."""
    world = simplest(
        population=2000,
        leave=0.2,
        days=8,
        numbers={"rate_cut": 0.0},
        links=(way("ab", "a", "b", exit_checkpoint="x"),),
        checkpoints=(officers("x", "a", rate=50),),
        policies=(rule("strike", "service_rate_cut", "a", 2, 3),),
    )
    run = Run(world).to(2)
    before = run.cost("a", "b")
    run.to(3)
    assert run.cost("a", "b") > before
    run.to(6)
    assert run.cost("a", "b") < before + 48


def test_behind_a_queue_that_hardly_moves_a_place_is_out_of_reach() -> None:
    """Seven years are no way; a queue of one year still is one."""
    reached = []
    for rate in (0.1, 1e-4):
        world = simplest(
            population=2000,
            leave=0.2,
            links=(way("ab", "a", "b", exit_checkpoint="x"),),
            checkpoints=(officers("x", "a", rate=rate),),
        )
        reached.append(Run(world).to(3).cost("a", "b") < NEVER)
    assert reached == [True, False]


@pytest.mark.parametrize("seed", range(5))
def test_people_come_from_the_nearest_town_the_first_of_equals(seed: int) -> None:
    chance = np.random.default_rng(seed)
    places = tuple(
        Place(
            id=f"p{i:02d}", name=f"P{i}", country="AAA", type="settlement", source="made-up",
            lat=float(lat), lon=float(lon),
        )
        for i, (lat, lon) in enumerate(chance.integers(0, 5, (40, 2)))
    )  # fmt: skip
    assert len({(p.lat, p.lon) for p in places}) < len(places)
    home = [bool(x) for x in chance.random(40) < 0.7]
    takers = [i for i in range(40) if home[i] and chance.random() < 0.3]

    def km(one: Place, other: Place) -> float:
        return great_circle_km(one.lat, one.lon, other.lat, other.lon)

    expected = [
        min((km(place, places[i]), i) for i in takers)[1] if home[j] else -1
        for j, place in enumerate(places)
    ]
    assert _home_of(places, home, takers).tolist() == expected
    alone = [j if home[j] else -1 for j in range(40)]
    assert _home_of(places, home, []).tolist() == alone


def test_who_returns_to_a_country_where_nobody_lives_stays_at_the_first_place() -> None:
    made = scenario(
        days=6,
        places=(town("a"), haven("b", present=1000)),
        links=(way("ab", "a", "b"), way("ba", "b", "a")),
        cohorts=(people("p", return_per_day=1.0),),
    )
    run = Run(made).end()
    back = run.state.resident[run.place("a")].sum()
    assert back > 900
    assert back + run.state.present[run.place("b")].sum() == 1000
    assert run.state.balance[3] == 0


def test_posts_may_outnumber_links_and_cells() -> None:
    """Every link has a post of its own on both sides: room for what each of them served."""
    links = tuple(
        way(f"ab{i}", "a", "b", hours=1.0 + i, exit_checkpoint=f"x{i}", entry_checkpoint=f"e{i}")
        for i in range(8)
    )
    posts = [officers(f"x{i}", "a") for i in range(8)]
    posts += [officers(f"e{i}", "a", "entry") for i in range(8)]
    made = scenario(
        days=3, places=(town("a", 2000), haven("b")), links=links, checkpoints=tuple(posts),
        cohorts=(people("p", 3.0),), numbers={"way_scale": 4.0},
    )  # fmt: skip
    run = Run(made)
    assert run.state.scratch.shape[1] >= len(run.world.rate) == 16
    run.end()
    assert run.state.balance[3] == 0
