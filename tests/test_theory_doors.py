"""Queues, neutral zones, refusals and seats, against what paper and pencil say.

Most tests run in expectations (`chance=False`) and compare to rounding error. Those that draw say
how far off chance may take them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from borderflow.engine.run import wait_hours
from borderflow.scenario import Scenario
from small import (
    SIMPLE,
    Run,
    acting,
    finished,
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
    within,
)

ENDLESS = 1e12
"""Patience of those who wait whatever it takes [h]."""


# Waiting


def before_officers(rate: float, population: int = 0, leave: float = 0.0, **more: Any) -> Scenario:
    rows = {
        "places": (town("a", population), haven("b")),
        "links": (way("ab", "a", "b", exit_checkpoint="x"),),
        "checkpoints": (officers("x", "a", rate=rate),),
        "cohorts": (people("p", leave), travellers("o", patience_hours=ENDLESS)),
    }
    return scenario(**{**rows, **more})


def test_a_crowd_is_worked_off_at_the_rate() -> None:
    """2,400 people come at once to officers who serve 20 an hour: gone after 120 hours."""
    run = finished(before_officers(20.0, 2400, 1000.0))
    queue = run.waiting("x")
    hours = 3.0 * np.arange(1, run.world.steps + 1)
    assert queue.tolist() == np.maximum(0, 2400 - 20 * hours).tolist()
    wait = wait_hours(run.world, run.flows)[:, run.post("x")]
    assert wait[0] == pytest.approx(120 - 3)  # of the last of those who came in the first step


def test_a_rush_of_one_day_follows_the_fluid_limit() -> None:
    """Monday 960 come, then nobody; 24 an hour pass: the queue peaks at 384, gone after 40 h."""
    rush = (usual("t", "o", "ab", 960 / 7, weekday=(7, 0, 0, 0, 0, 0, 0)),)
    run = Run(before_officers(24.0, traffic=rush, days=7), chance=False).end()
    hours = 3.0 * np.arange(1, run.world.steps + 1)
    come, served = np.minimum(40 * hours, 960), 24 * hours
    assert run.waiting("x") == pytest.approx(np.maximum(0, come - served), abs=1e-3)
    wait = wait_hours(run.world, run.flows)[:, run.post("x")]
    ahead = come / 24 - hours
    assert wait[:7] == pytest.approx(ahead[:7], abs=1e-3)
    # the very last pass in a step that the officers do not need to its end: up to a step more
    assert 16 - 1e-3 <= wait[7] <= 16 + 3
    assert wait[int(40 / 3) + 1 :].max() == 0


def told(joined: list[float], passed: list[float], waiting: list[float]) -> list[float]:
    """Waits in steps of three hours, from what a post with one queue wrote down."""
    columns = {"joined": joined, "passed": passed, "queue_people": waiting}
    flows = SimpleNamespace(**{name: np.array([row]).T for name, row in columns.items()})
    found = wait_hours(SimpleNamespace(spd=8, steps=len(joined)), flows)[:, 0] / 3.0
    return [round(float(wait), 6) for wait in found]


def test_the_wait_is_that_of_those_who_stay() -> None:
    """40 of 100 stay and 10 pass in a step: the last passes after four, whoever gave up."""
    assert told([40, 0, 0, 0, 0], [0, 10, 10, 10, 10], [100, 70, 40, 20, 0])[0] == 4.0


def test_nobody_passes_while_the_officers_sleep() -> None:
    """Of 20 who come at once 10 pass in the next step and the others after two of rest."""
    assert told([20, 0, 0, 0, 0], [0, 10, 0, 0, 10], [20, 10, 10, 10, 0]) == [
        4.0,
        3.0,
        2.0,
        1.0,
        0.0,
    ]
    assert told([15, 0, 0, 0, 0], [0, 10, 0, 0, 5], [15, 5, 5, 5, 0])[0] == 4.0


def test_where_all_give_up_one_who_stayed_would_pass_with_the_next() -> None:
    assert told([0, 0, 0, 5, 0], [0, 0, 0, 0, 5], [30, 30, 0, 5, 0]) == [3.0, 2.0, 0.0, 1.0, 0.0]


def test_who_stands_in_front_has_less_to_go() -> None:
    """20 an hour are served: of those in a long queue 480 have a day to go, 480 two, and so on."""
    world = before_officers(
        20.0, 100_000, 0.02, days=4, cohorts=(people("p", 0.02, patience_hours=ENDLESS),)
    )
    run = Run(world, chance=False).end()
    for day in (1, 3):
        waiting = run.waiting("x")[run.world.day_end[day]]
        found = run.flows.in_transit[day, 0]
        full = int(waiting // 480)
        assert full >= 2
        assert found[1 : min(full, 7)] == pytest.approx(480, rel=0.05)
        assert found.sum() >= waiting


def lindley(mean: float, capacity: int, size: int = 400) -> tuple[float, float]:
    """Mean and variance of the stationary queue Q = max(0, Q + Poisson(mean) - capacity)."""
    k = np.arange(size + capacity + 1)
    log = k * math.log(mean) - mean - np.array([math.lgamma(i + 1) for i in k])
    arrivals = np.exp(log)
    law = np.zeros(size)
    law[0] = 1.0
    for _ in range(3000):
        after = np.convolve(law, arrivals)
        new = np.concatenate(([after[: capacity + 1].sum()], after[capacity + 1 :]))[:size]
        if np.abs(new - law).sum() < 1e-13:
            break
        law = new
    q = np.arange(size)
    mean_q = float(law @ q)
    return mean_q, float(law @ q**2 - mean_q**2)


@pytest.mark.parametrize(("come", "capacity"), [(24.0, 30), (3.0, 4), (8.5, 9)])
def test_random_arrivals_and_even_service_queue_as_they_should(come: float, capacity: int) -> None:
    """M/D/c in steps of an hour: the mean queue of Lindley's recursion, solved exactly."""
    traffic = (usual("t", "o", "ab", 24 * come),)
    world = before_officers(float(capacity), traffic=traffic, days=240, step_hours=1.0)
    means, arrivals = [], []
    for member in range(24):
        run = finished(world, member=member)
        means.append(run.waiting("x")[240:].mean())
        arrivals.append(run.flows.joined[:, run.post("x")])
    expected, _ = lindley(come, capacity)
    error = np.std(means, ddof=1) / math.sqrt(len(means))
    assert error < 0.15 * expected + 0.05
    assert within(float(np.mean(means)), expected, error)
    joined = np.concatenate(arrivals)
    n = len(joined)
    assert within(joined.mean(), come, math.sqrt(come / n))
    assert within(joined.var(), come, come * math.sqrt((2 + 1 / come) / n))
    lag = np.corrcoef(joined[1:], joined[:-1])[0, 1]
    assert within(lag, 0.0, 1 / math.sqrt(n))


def test_some_ordinary_travellers_stay_away_from_a_wait_they_believe_in() -> None:
    """Half of them where the wait believed in equals their patience."""
    traffic = (usual("t", "o", "ab", 240),)
    world = before_officers(
        4.0, traffic=traffic, days=60, cohorts=(travellers("o", patience_hours=10.0),)
    )
    run = Run(world, chance=False).end()
    # in the long run as many come as pass: 10 x 10 / (10 + wait) = 4, so they believe in 15 hours
    last = run.waiting("x")[-200:]
    assert last.mean() / 4.0 == pytest.approx(15.0, rel=0.02)


def two_sides(exit_rate: float, entry_rate: float, room: float | None, **more: Any) -> Scenario:
    rows = {
        "links": (way("ab", "a", "b", exit_checkpoint="x", entry_checkpoint="y"),),
        "checkpoints": (
            officers("x", "a", rate=exit_rate), officers("y", "a", "entry", entry_rate, room=room)
        ),
        "traffic": (usual("t", "o", "ab", 24 * 40.0),),
    }  # fmt: skip
    return before_officers(1.0, **{**rows, **more})


@pytest.mark.parametrize("chance", [True, False])
@pytest.mark.parametrize(("exit_rate", "entry_rate"), [(30.0, 12.0), (12.0, 30.0), (20.0, 20.0)])
def test_the_slower_of_two_servers_sets_the_pace(
    chance: bool, exit_rate: float, entry_rate: float
) -> None:
    """40 an hour come; the neutral zone holds 30: the queue stands before the exit side."""
    run = Run(two_sides(exit_rate, entry_rate, 30.0), chance=chance).end()
    pace = min(exit_rate, entry_rate)
    through = run.flows.passed[8:, run.post("y")]  # after a day the zone is as full as it gets
    assert through.mean() == pytest.approx(3 * pace, rel=0.01)
    inside = run.waiting("y")
    assert inside.max() <= 30
    if entry_rate < exit_rate:
        assert inside[8:].min() >= 29
    outside = np.diff(run.waiting("x")[8:])
    assert outside.mean() == pytest.approx(3 * (40 - pace), rel=0.05 if chance else 0.01)


def test_with_endless_room_the_queue_stands_before_the_slow_side() -> None:
    run = Run(two_sides(45.0, 12.0, None), chance=False).end()
    assert run.waiting("x")[-1] == pytest.approx(0)
    assert run.waiting("y")[-1] == pytest.approx(240 * (40 - 12))


def test_lanes_give_each_class_its_share_and_idle_ones_help() -> None:
    """Cars 0.6 and buses 0.3 of 30 an hour: 20 and 10; with no bus all 30 go to the cars."""
    links = (
        way("car", "a", "b", mode="road", exit_checkpoint="x"),
        way("bus", "a", "b", exit_checkpoint="x"),
    )
    cohorts = (travellers("o", car=True, patience_hours=ENDLESS),)
    busy = (usual("t", "o", "car", 2400), usual("u", "o", "bus", 2400))
    post = officers("x", "a", rate=30, share_car=0.6, share_bus=0.3)

    def passing(post: Any, traffic: Any) -> dict[str, float]:
        world = before_officers(
            1.0, links=links, cohorts=cohorts, traffic=traffic, checkpoints=(post,)
        )
        run = Run(world, chance=False).end()
        come = {t.link: t.per_day * 10 for t in traffic}
        waits = {name: float(run.state.queue_people[run.link(name)].sum()) for name in come}
        return {name: (come[name] - waits[name]) / 240 for name in come}

    assert passing(post, busy) == pytest.approx({"car": 20, "bus": 10})
    assert passing(post, busy[:1]) == pytest.approx({"car": 30})
    stiff = replace(post, flexible=False)
    assert passing(stiff, busy) == pytest.approx({"car": 18, "bus": 9})
    assert passing(stiff, busy[:1]) == pytest.approx({"car": 18})


def test_opening_hours_are_local() -> None:
    """09:00 to 15:00 seven hours east of the scenario's zone is 02:00 to 08:00 here."""
    post = officers("x", "e", rate=10, hours=((540, 900),))
    world = before_officers(
        1.0, 5000, 2.0,
        places=(town("a", 5000), town("e", timezone="Asia/Bangkok"), haven("b")),
        links=(way("ae", "a", "e"), way("eb", "e", "b", exit_checkpoint="x")),
        checkpoints=(post,),
    )  # fmt: skip
    passed = finished(world).flows.passed[8:, 0].reshape(-1, 8)
    assert (passed == [10, 30, 20, 0, 0, 0, 0, 0]).all()


@pytest.mark.parametrize(
    ("size", "rate"), [(1, 7.0), (3, 10.0), (3, 0.5), (4, 0.9), (5, 11.0), (20, 3.1)]
)
def test_parties_pass_whole_and_no_service_is_lost_on_them(size: int, rate: float) -> None:
    world = before_officers(rate, 30_000, 2.0, cohorts=(people("p", 2.0, size=size),))
    run = finished(world)
    passed = run.flows.passed[:, 0]
    assert (passed % size == 0).all()
    assert 240 * rate - size < passed.sum() <= 240 * rate + 1e-6


def test_parties_of_all_sizes_together_use_the_whole_rate() -> None:
    sizes = (1, 2, 3, 5)
    cohorts = tuple(people(f"p{n}", 1.0, size=n, share=0.25) for n in sizes)
    run = finished(before_officers(3.7, 20_000, 1.0, cohorts=cohorts))
    total = run.flows.passed[:, 0].sum()
    assert 240 * 3.7 - 5 < total <= 240 * 3.7 + 1e-6
    # nobody is preferred for the size of the party: a quarter of the people each
    entries = run.flows.entries.sum(axis=(0, 1))
    for n, people_in in zip(sizes, entries, strict=True):
        assert within(float(people_in), total / 4, math.sqrt(total * 3 / 16 * n))


def test_waits_are_believed_one_news_interval_late() -> None:
    """At each news the wait measured at the last one moves the belief by its weight."""
    run = Run(before_officers(20.0, 2400, 1000.0, numbers={"news_smoothing": 0.5}), chance=False)
    link = run.link("ab")
    believed = [run.to(d + 0.125).state.believed[link, 0] for d in (0, 0.25, 0.5, 0.75, 1.0)]
    # at 06:00 120 of 2,400 are served, at 12:00 240 ...
    measured = [0.0, (2400 - 120) / 20, (2400 - 240) / 20, (2400 - 360) / 20]
    expected = [0.0, 0.0]
    for wait in measured[1:]:
        expected.append(expected[-1] + 0.5 * (wait - expected[-1]))
    assert believed == pytest.approx(expected)


def test_officers_come_while_a_queue_lasts_and_go_after_it() -> None:
    """Half the rate at first; each news brings 1 - exp(-6 / 12) of those who are missing."""
    numbers = {"ordinary_staff": 0.5, "staffing_hours": 12.0, "baulk_max": 0.0}
    crowd = before_officers(20.0, 2400, 1000.0, numbers=numbers, days=12)
    run = Run(crowd, chance=False)
    expected, called = [], 0.0
    for news in range(6):
        if news > 0:  # at the first nobody waits yet
            called += (1.0 - math.exp(-0.5)) * (1.0 - called)
        expected.append(6.0 * (10.0 + 10.0 * called))
    run.to(1.5)
    assert run.flows.passed[:12, 0].reshape(-1, 2).sum(axis=1) == pytest.approx(expected)
    run.end()
    assert run.state.called[0] < 0.1  # nobody waits any more: they are gone again
    plain = Run(before_officers(20.0, 2400, 1000.0, days=12), chance=False).to(1.5)
    assert plain.flows.passed[:12, 0] == pytest.approx([60.0] * 12)


def test_ordinary_staff_are_enough_for_ordinary_traffic() -> None:
    """A post is staffed for a little more than its ordinary traffic, whatever the prior says."""
    usual_rows = (usual("t", "o", "ab", 240.0),)
    run = Run(before_officers(20.0, traffic=usual_rows, numbers={"ordinary_staff": 0.1}))
    assert run.member.ordinary_staff[0] == pytest.approx(1.15 * 10.0 / 20.0)
    quiet = Run(before_officers(20.0, numbers={"ordinary_staff": 0.1}))
    assert quiet.member.ordinary_staff[0] == pytest.approx(0.1)
    free = Run(before_officers(None, numbers={"ordinary_staff": 0.1}))  # type: ignore[arg-type]
    assert free.member.ordinary_staff[0] == 1.0


def test_nobody_gives_up_within_their_patience_and_some_do_beyond() -> None:
    crowd = {"numbers": {"renege_per_day": 2.0, "baulk_max": 0.0}}
    patient = people("p", 1.0, patience_hours=121.0)
    calm = finished(before_officers(20.0, 2400, 1.0, cohorts=(patient,), **crowd))
    assert calm.waiting("x").max() / 20 > 48
    assert calm.flows.gave_up.sum() == 0
    hasty = replace(patient, patience_hours=24.0)
    run = finished(before_officers(20.0, 2400, 1.0, cohorts=(hasty,), **crowd))
    assert run.flows.gave_up.sum() > 100


def test_the_share_that_does_not_join_grows_with_the_wait_believed_in() -> None:
    """baulk_max x wait / (wait + patience): half of the most at the cohort's patience."""
    world = before_officers(
        10.0, 100_000, 0.02, days=3, cohorts=(people("p", 0.02, patience_hours=30.0),),
        numbers={"baulk_max": 0.8, "give_up_share": 1.0},
    )  # fmt: skip
    run = Run(world, chance=False)
    for _ in range(20):
        before = run.state.queue_people[0, 0]
        home = run.resident("a")
        run.step()
        wait = run.state.believed[0, 0]
        leaving = home * (1 - math.exp(-0.02 / 8))
        away = 0.8 * wait / (wait + 30.0)
        joined = run.flows.joined[run.t - 1, 0]
        assert joined == pytest.approx(leaving * (1 - away))
        assert run.state.queue_people[0, 0] == pytest.approx(max(0, before + joined - 30))
    assert wait > 30


# Posts side by side

PAPERS = {"p": "foreign", "q": "internal"}


def two_posts(population: int, leave: float, **more: Any) -> Scenario:
    """A town at post x; all who leave it come there. Post y is an hour or so beside it."""
    rows = {
        "places": (town("a", population), town("c", lon=30.5, type="post"), haven("b")),
        "links": (
            way("x-b", "a", "b", mode="road", exit_checkpoint="x"),
            way("y-b", "c", "b", mode="road", exit_checkpoint="y"),
        ),
        "checkpoints": (officers("x", "a", rate=10.0), officers("y", "c", rate=10.0)),
        "cohorts": (people("p", leave, car=True), travellers("o", car=True)),
    }
    numbers = {"wait_weight": 1.0, "turn_hours": 2.0, "way_scale": 0.05, **SIMPLE}
    return scenario(numbers={**numbers, **more.pop("numbers", {})}, **{**rows, **more})


def test_a_crowd_at_a_full_post_fills_the_next_one_as_well() -> None:
    """2,400 people come to one of two posts at once: an eighth of them is 30 hours of a queue."""
    run = Run(two_posts(2400, 1000.0), chance=False).step()
    waits = [run.waiting(post)[0] / 10.0 for post in ("x", "y")]
    assert sum(waits) == pytest.approx(240 - 2 * 3)
    (there,) = {float(hours) for hours in run.world.beside_hours}
    assert 0.5 < there < 1.5
    # one portion more than saves an hour, and the eighth of the step in which nobody was at y yet
    assert waits[0] - waits[1] == pytest.approx(30 + there + 2.0 + 3 / 8)
    drawn = Run(two_posts(2400, 1000.0)).step()
    for post in ("x", "y"):
        sure = run.waiting(post)[0]
        assert within(drawn.waiting(post)[0], sure, math.sqrt(2400) / 2)


def test_nobody_turns_where_it_saves_too_little() -> None:
    alone = Run(two_posts(2400, 1000.0, numbers={"turn_hours": 240.0})).step()
    assert alone.waiting("x")[0] == 2400 - 30
    assert alone.waiting("y")[0] == 0


def test_the_share_that_turns_grows_with_the_hours_saved() -> None:
    """1 - exp(-hours saved / way_scale), of a few who come to a queue of many hours."""
    others = (usual("t", "o", "x-b", 2400 / 7, weekday=(7, 0, 0, 0, 0, 0, 0)),)
    made = two_posts(8000, 0.01, traffic=others, numbers={"way_scale": 50.0})
    run = Run(made, chance=False).to(1.0)
    (there,) = {float(hours) for hours in run.world.beside_hours}
    for _ in range(8):
        line, home = run.state.queue_people[run.link("x-b"), 0], run.resident("a")
        run.step()
        leaving = home * (1 - math.exp(-0.01 / 8))
        assert leaving < 30  # officers at y pass them all: nobody waits there
        turned = run.flows.joined[run.t - 1, run.post("y")] / leaving
        assert run.flows.joined[run.t - 1].sum() == pytest.approx(leaving)
        most, least = (1 - math.exp(-(w - there - 2) / 50) for w in (line / 10, line / 10 - 3))
        assert least <= turned <= most
    assert 0.5 < turned < 0.99


@pytest.mark.parametrize(
    "other",
    [
        {"documents": ("schengen",)},
        {"to": "elsewhere"},
        {"mode": "bus"},
        {"exit_checkpoint": "x"},
        {"from_": "far"},
        {},
    ],
    ids=["papers", "end", "mode", "officers", "distance", "shut"],
)
def test_nobody_turns_to_what_is_no_way_for_them(other: dict[str, Any]) -> None:
    """Other papers, another end, another mode, the same officers, too far away, or shut."""
    made = two_posts(2400, 1000.0)
    ways = (made.links[0], replace(made.links[1], **other))
    more = (haven("elsewhere"), town("far", lon=40.0, type="post"))
    rules = () if other else (rule("r", "crossing_closed", "c"),)
    closed = replace(made, links=ways, places=(*made.places, *more), policies=rules)
    run = Run(closed).step()
    assert run.waiting("x")[0] == 2400 - 30
    assert run.waiting("y")[0] == 0


def standing(run: Run, link: str) -> dict[str, float]:
    """People of each cohort who stand in one queue at an exit."""
    found = dict.fromkeys(run.labels.cohorts, 0.0)
    for node in nodes(run.state, run.state.queue_head[run.link(link), 0]):
        cohort = run.state.node_cell[node] // (len(run.world.dest_place) + 2)
        found[run.labels.cohorts[cohort]] += run.state.node_n[node]
    return found


def test_only_those_turn_who_may() -> None:
    """Half of the crowd have the papers for post y: they even out the waits as far as they can."""
    both = tuple(people(n, 1000.0, share=0.5, car=True, document=d) for n, d in PAPERS.items())
    made = two_posts(2400, 1000.0, cohorts=both)
    guarded = replace(made.links[1], documents=("foreign",))
    run = Run(replace(made, links=(made.links[0], guarded)), chance=False).step()
    x, y = standing(run, "x-b"), standing(run, "y-b")
    assert y["q"] == 0.0  # nobody without the papers
    assert x["q"] > 1100
    assert y["p"] > 500


def two_roads_to_one_post(by_the_other: int) -> Scenario:
    """Post x is reached from a second town too, by another road; a tenth may use post y."""
    made = two_posts(
        2400, 1000.0,
        cohorts=(
            people("p", 1000.0, share=0.1, car=True),
            people("q", 1000.0, share=0.9, car=True, document="internal"),
        ),
    )  # fmt: skip
    road = way("road-b", "d", "b", mode="road", exit_checkpoint="x")
    guarded = replace(made.links[1], documents=("foreign",))
    other = town("d", by_the_other, lon=30.2)
    return replace(made, places=(*made.places, other), links=(made.links[0], guarded, road))


def test_all_roads_to_a_post_lead_to_the_same_wait() -> None:
    """Who comes by the road on which nobody stands waits behind the crowd of the other one."""
    run = Run(two_roads_to_one_post(0), chance=False).to(0.5)
    crowd, nobody = run.link("x-b"), run.link("road-b")
    assert run.state.queue_people[nobody, 0] == 0.0
    assert run.state.measured[nobody, 0] == run.state.measured[crowd, 0] > 200.0


def test_those_who_come_by_another_road_see_the_whole_line() -> None:
    """A hundred come by it at once; of the ten who may, only the first portion does not turn."""
    run = Run(two_roads_to_one_post(100), chance=False).step()
    assert standing(run, "road-b")["q"] > 88.0  # officers pass some of them
    assert standing(run, "road-b")["p"] == pytest.approx(10 / 8, rel=0.02)


def test_those_on_their_way_home_turn_as_well() -> None:
    """Visitors set out for home by the post that is told to be empty, and it is not."""
    back = (
        way("b-x", "b", "a", mode="road", exit_checkpoint="x"),
        way("b-y", "b", "c", mode="road", hours=1.5, exit_checkpoint="y"),
    )
    visitors = travellers("v", car=True, return_per_day=1000.0)
    made = two_posts(
        0, 0.0, links=back, cohorts=(people("p"), visitors),
        checkpoints=(
            officers("x", "a", rate=10.0, country="BBB"),
            officers("y", "c", rate=10.0, country="BBB"),
        ),
    )  # fmt: skip
    run = Run(made)
    run.state.present[run.place("b"), run.cohort("v")] = 600.0
    run.step()
    assert run.waiting("x")[0] > run.waiting("y")[0] > 100


# Refusals


def test_the_refused_go_home_or_go_elsewhere_after_a_while() -> None:
    """A quarter is refused on the way to b: 60 % of them go home, the others set out for c."""
    world = before_officers(
        1.0, 100_000, 1000.0,
        places=(town("a", 100_000), haven("b", attraction=50.0), haven("c")),
        links=(
            way("ab", "a", "b", exit_checkpoint="x"),
            way("ac", "a", "c", exit_checkpoint="z"),
        ),
        checkpoints=(officers("x", "a", rate=None), officers("z", "a", rate=None)),
        numbers={"refused_home_share": 0.6, "retry_hours": 9.0, "risk_hours": 0.0},
    )  # fmt: skip
    guards = {"knob": "admit", "where": ("ab",), "value": 0.25, "how": "refused"}
    with acting("guards", guards):
        guarded = replace(world, policies=(rule("g", "guards", "a"),))
        run = Run(guarded, chance=False).step()
        drawn = Run(guarded).step()
    assert run.flows.refused.sum() == pytest.approx(25_000)
    assert run.resident("a") == pytest.approx(15_000)
    refused = float(drawn.flows.refused.sum())
    assert within(refused, 25_000, math.sqrt(25_000 * 0.75))
    assert within(drawn.resident("a"), refused * 0.6, math.sqrt(refused * 0.24))
    run.step(4)
    assert run.flows.joined[:, run.post("z")][:5] == pytest.approx([0, 0, 0, 10_000, 1_500])


def test_of_those_refused_entry_some_ask_for_protection() -> None:
    entry = {"knob": "admit", "where": ("y",), "value": 0.4, "how": "share"}
    world = two_sides(
        100.0, 100.0, None, traffic=(), places=(town("a", 1000), haven("b")),
        cohorts=(people("p", 1000.0),),
        numbers={"protection_share": 0.3, "refused_home_share": 1.0},
    )  # fmt: skip
    with acting("entry", entry):
        run = Run(replace(world, policies=(rule("e", "entry", "a", 0, 1),)), chance=False).step()
    served = run.flows.passed[0, run.post("y")]
    refused = run.flows.refused.sum()
    assert served == pytest.approx(300)
    assert refused == pytest.approx(300 * 0.6)
    assert run.entered("BBB") == pytest.approx(300 * 0.4 + 180 * 0.3)
    country = sorted(run.compiled.scenario.countries).index("BBB")
    assert run.flows.refused[:, country].sum() == refused  # by the officers of the far side


# Seats


def flights(population: int, leave: float, seats: int = 40, **more: Any) -> Scenario:
    fly = {"mode": "air", "seats_day": seats, "departures": (1260,), "hours": 3.0, "fare": 100.0}
    fly |= more.pop("fly", {})
    rows = {"links": (way("ab", "a", "b", **fly),), "booking_days": 30}
    return simplest(population, leave, **{**rows, **more})


def test_seats_are_sold_out_until_demand_and_supply_say() -> None:
    """60 a day want 40 seats: after n days 60 n are sold, and the first free one is that far."""
    run = Run(flights(10**6, 6e-5), chance=False).end()
    w = run.world
    for n in range(10):
        sold = 10**6 * (1 - math.exp(-6e-5 * (n + 1)))
        full = math.floor((sold + 1) / 40)  # a rest of less than one seat is none
        assert run.flows.first_seat[n, 0] == w.dep_step[full] if full < 10 else True
    assert run.flows.seats_sold[:, 0] == pytest.approx([40] * 10)
    assert run.flows.entries.sum(axis=(1, 2))[1:] == pytest.approx([40] * 9)


def test_enough_seats_are_never_sold_out() -> None:
    run = Run(flights(10**6, 3e-5), chance=False).end()
    assert run.flows.seats_sold[1:, 0] == pytest.approx([30] * 9, rel=1e-3)
    assert (run.flows.first_seat[:-1, 0] > 0).all()


@pytest.mark.parametrize("chance", [True, False])
def test_fares_rise_with_the_share_of_the_coming_week_that_is_sold(chance: bool) -> None:
    """From the ordinary fare with nothing sold to eight times that with everything sold."""
    run = Run(flights(10**6, 8e-5, days=20, numbers={"fare_rise": 8.0}), chance=chance)
    w, s = run.world, run.state
    told = []
    while run.t < 12 * 8:
        t = run.t
        week = [q for q, step in enumerate(w.dep_step) if t < step <= t + 56]
        sold = 1 - s.seats_free[week].sum() / w.dep_seats[week].sum()
        run.step()
        if t % w.news_steps == 0:
            told.append((float(sold), float(s.seen_fare[0])))
    told.sort()
    assert told[0] == (0.0, 1.0)
    assert told[-1][0] == pytest.approx(1.0, abs=0.01)
    assert told[-1][1] == pytest.approx(8.0, rel=0.02)
    for (less, cheap), (more, dear) in pairwise(told):
        assert dear >= cheap - 1e-9
        assert dear > cheap or more < less + 1e-9


def test_fares_rise_day_by_day_while_more_is_wanted_than_there_is() -> None:
    run = Run(flights(10**6, 8e-5, days=20, numbers={"fare_rise": 8.0})).end()
    daily = run.flows.fare[:7, 0]
    assert (np.diff(daily) > 0).all()


def test_who_cannot_pay_the_fare_of_today_does_not_fly() -> None:
    cohorts = (
        people("rich", 0.2, share=0.5, budget=None),
        people("poor", 0.2, share=0.5, budget=150.0),
    )
    run = Run(flights(400, 0.0, cohorts=cohorts, numbers={"fare_rise": 8.0}))
    names = [g.name for g in run.labels.groups]
    left = {(name, dear): 0.0 for name in names for dear in (False, True)}
    for _ in range(6 * 8):
        before = run.flows.departed.sum(axis=(0, 1))
        run.step()
        gone = run.flows.departed.sum(axis=(0, 1)) - before
        dear = bool(100.0 * run.state.told_fare[0] > 150.0)
        for name, n in zip(names, gone, strict=True):
            left[name, dear] += n
    assert left["poor", True] == 0
    assert min(left["poor", False], left["rich", True], left["rich", False]) > 0


def test_the_booked_leave_on_their_day_and_not_before() -> None:
    """Who decides on Monday flies on Wednesday at 10:30, and is there in the night."""
    fly = {"weekdays": (3,), "departures": (630,), "hours": 15.0}
    run = Run(flights(25, 1000.0, fly=fly))
    counts = [(run.step().entered("BBB"), run.present("b"))[1] for _ in range(80)]
    assert run.flows.seats_sold.sum(axis=1).tolist() == [0, 0, 25, 0, 0, 0, 0, 0, 0, 0]
    there = int(np.argmax(np.array(counts) == 25))
    assert there == 2 * 8 + 3 + 5  # step of the departure (09:00-12:00) and five steps of flight
    assert sum(counts[:there]) == 0
    days = run.flows.entries.sum(axis=(1, 2)).tolist()
    assert days == [0, 0, 0, 25, 0, 0, 0, 0, 0, 0]  # counted where and when they land


def test_a_family_that_does_not_fit_takes_the_next_departure() -> None:
    run = finished(flights(30, 1000.0, 10, cohorts=(people("p", 1000.0, size=4),)))
    assert run.flows.seats_sold[:, 0].tolist() == [8, 8, 8, 4, 0, 0, 0, 0, 0, 0]


def test_seats_held_for_ordinary_travellers_are_theirs_alone() -> None:
    fly = {"reserved_share": 0.25}
    world = flights(
        10_000, 1.0, fly=fly, cohorts=(people("p", 1.0), travellers("o")),
        traffic=(usual("t", "o", "ab", 100),),
    )  # fmt: skip
    run = finished(world)
    assert run.flows.seats_sold[:, 0].tolist() == [30] * 10
    ordinary = [g.ordinary for g in run.labels.groups]
    assert run.flows.entries[1:, :, ordinary].sum(axis=(1, 2)).tolist() == [10] * 9


def test_a_cancelled_departure_gives_everybody_back() -> None:
    """Closed from the third to the fifth day: those booked then fly later, and nobody is lost."""
    world = flights(120, 1000.0, policies=(rule("shut", "air_ban", "BBB", 2, 5),))
    run = finished(world)
    assert run.flows.seats_sold[:, 0].tolist() == [40, 40, 0, 0, 0, 40, 0, 0, 0, 0]
    assert run.present("b") == 120


def test_a_seat_cannot_be_booked_further_ahead_than_is_sold() -> None:
    run = Run(flights(1000, 1000.0, booking_days=2)).step()
    booked = run.world.dep_seats - run.state.seats_free
    assert booked.tolist() == [40, 40] + [0] * (len(booked) - 2)
    assert run.flows.departed.sum() == 1000
    run.end()
    assert 0 < run.present("b") <= 40 * 9
