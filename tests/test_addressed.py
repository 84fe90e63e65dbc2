"""Draws have addresses: what cannot be reached by a cause does not move by a single person.

And how a run is cut into pieces (steps, members, threads, stages) changes nothing at all.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from borderflow.arrays import FLOWS, new_flows, new_state
from borderflow.compile import compile, realise
from borderflow.engine import step as engine_step
from borderflow.engine.compiled import entry
from borderflow.engine.draws import mix64
from borderflow.engine.run import copy_state, go_on, run_member
from borderflow.ensemble import simulate
from borderflow.scenario import Parameter, Scenario
from random_worlds import random_world
from small import (
    Run,
    acting,
    finished,
    haven,
    number,
    officers,
    people,
    rule,
    scenario,
    shock,
    town,
    travellers,
    usual,
    way,
)

# Two halves of a world that do not touch

HALF_POSTS = ("exit", "entry", "back")


def half(
    name: str, home: str, abroad: str, lat: float, zone: str | None = None
) -> dict[str, tuple[Any, ...]]:
    """A country people leave and one they go to: a post, a flight, ordinary traffic both ways."""
    n = name
    post = {"exit_checkpoint": f"{n}-exit", "entry_checkpoint": f"{n}-entry"}
    return {
        "places": (
            town(f"{n}-town", 3000, country=home, lat=lat, timezone=zone),
            town(f"{n}-post", country=home, lat=lat, type="post"),
            haven(f"{n}-near", country=abroad),
            haven(f"{n}-far", 0.5, country=abroad, nest=f"{n}-far"),
        ),
        "links": (
            way(f"{n}-1", f"{n}-town", f"{n}-post", mode="road", two_way=True, hours=4.0),
            way(f"{n}-2", f"{n}-town", f"{n}-post", two_way=True, hours=5.0),
            way(f"{n}-3", f"{n}-post", f"{n}-near", mode="road", **post),
            way(f"{n}-4", f"{n}-post", f"{n}-near", **post),
            way(f"{n}-5", f"{n}-near", f"{n}-post", exit_checkpoint=f"{n}-back"),
            way(f"{n}-6", f"{n}-near", f"{n}-far", two_way=True, hours=30.0),
            way(f"{n}-7", f"{n}-town", f"{n}-far", mode="air", seats_day=20, fare=50.0),
            way(f"{n}-8", f"{n}-far", f"{n}-town", mode="air", seats_day=20, fare=50.0),
        ),
        "checkpoints": (
            officers(f"{n}-exit", f"{n}-post", rate=8, country=home),
            officers(f"{n}-entry", f"{n}-post", "entry", 6, room=20, country=abroad),
            officers(f"{n}-back", f"{n}-post", rate=5, country=abroad),
        ),
        "traffic": (usual(f"{n}-t", "ordinary", f"{n}-3", 60),
                    usual(f"{n}-u", "ordinary", f"{n}-7", 5)),
        "drivers": (shock(f"{n}-shock", 2.0, place=f"{n}-town", parameter="fear"),),
    }  # fmt: skip


COHORTS = (
    people("men", 0.03, share=0.5, car=True, liable=True, return_per_day=0.1, onward_per_day=0.1,
           patience_hours=12, left_behind="families", left_behind_share=0.5),
    people("families", 0.02, share=0.5, size=3, follow_per_day=0.2),
    travellers(car=True, return_per_day=0.3),
)  # fmt: skip


def prior(name: str, quantity: str, of: str = "") -> Parameter:
    return replace(number(quantity, 1.0, of), id=name, distribution="lognormal", low=0.7, high=1.5)


def halves(**extra: tuple[Any, ...]) -> Scenario:
    """Both halves; `extra` rows are added to those of their kind."""
    one = half("left", "AAA", "BBB", 50.0, "Europe/Moscow")
    other = half("right", "DDD", "CCC", -50.0)
    rows = {kind: (*one[kind], *other[kind]) for kind in one}
    rows["cohorts"] = COHORTS
    rows["parameters"] = (
        replace(prior("fear", "amplitude"), applies_to="fear"), prior("rates", "rate_factor"),
        prior("wishes", "attraction"), prior("ordinary-days", "traffic_factor"),
    )  # fmt: skip
    for kind, more in extra.items():
        rows[kind] = (*rows.get(kind, ()), *more)
    numbers = {
        "renege_per_day": 1.0, "baulk_max": 0.4, "reconsider_share": 0.3, "protection_share": 0.1
    }  # fmt: skip
    return scenario(origin_countries=("AAA", "DDD"), warmup_days=1, numbers=numbers, **rows)


def of(run: Run, prefix: str) -> dict[str, bytes]:
    """Results of the places, posts, flights and crossings whose id begins so, all cohorts."""
    labels, f = run.labels, run.flows
    groups = [i for i, g in enumerate(labels.groups) if g.name in ("men", "families", "ordinary")]

    def chosen(names: Any) -> list[int]:
        return [i for i, name in enumerate(names) if name.startswith(prefix)]

    posts = chosen(labels.checkpoints)
    ends = chosen(d.place for d in labels.destinations)
    flights = chosen(labels.scheduled)
    across = ("AAA>BBB", "BBB>AAA", "DDD>CCC", "CCC>DDD")
    crossings = [
        i for i in chosen(x.id for x in labels.crossings) if labels.crossings[i].id.endswith(across)
    ]
    parts = {
        "entries": f.entries[:, crossings][:, :, groups],
        "departed": f.departed[:, chosen(labels.origins)][:, :, groups],
        "present": f.present[:, ends][:, :, groups],
        "in_transit": f.in_transit[:, ends],
    }
    for name in ("queue_people", "queue_vehicles", "joined", "passed"):
        parts[name] = getattr(f, name)[:, posts]
    for name in ("seats_sold", "seats_offered", "first_seat", "fare"):
        parts[name] = getattr(f, name)[:, flights]
    assert all(part.size for part in parts.values())
    return {name: np.ascontiguousarray(part).tobytes() for name, part in parts.items()}


LOCAL = [
    ("crossing_closed", "left-post"), ("entry_ban", "left-near"), ("airport_closed", "left-town"),
    ("service_rate_cut", "left-post"), ("exit_control", "left-post"), ("seat_cap", "left-town"),
    ("exit_questioning", "left-post"), ("car_ban", "left-post"), ("extra_seats", "left-town"),
    ("evacuation", "left-town -> left-far"), ("checkpoint_restriction", "left-post"),
]  # fmt: skip
NUMBERS = (number("transfer_people", 200), number("seats_added", 9), number("seats_cap", 5),
           number("refused_share", 0.4))  # fmt: skip


@pytest.mark.parametrize("who", ["all", "liable=yes"])
@pytest.mark.parametrize(("kind", "place"), LOCAL)
def test_a_local_rule_changes_nothing_where_it_cannot_reach(
    kind: str, place: str, who: str
) -> None:
    local = rule("local", kind, place, 3, 7, applies_to=who)
    base = finished(halves(parameters=NUMBERS), seed=4)
    ruled = finished(halves(parameters=NUMBERS, policies=(local,)), seed=4)
    assert of(ruled, "right") == of(base, "right")
    assert of(ruled, "left") != of(base, "left")


def test_a_local_hazard_changes_nothing_elsewhere() -> None:
    stay = {"knob": "hazard", "where": ("left-town",), "value": 0.2, "how": "leave"}
    with acting("stay", stay):
        ruled = finished(halves(policies=(rule("r", "stay", "left-town", 3, 6),)))
    base = finished(halves())
    assert of(ruled, "right") == of(base, "right")
    assert of(ruled, "left") != of(base, "left")


ADDED = {
    "a place": {"places": (town("aaa", 0),)},
    "a town": {"places": (town("aaa", 500, lat=0.0),)},
    "a town with a way": {
        "places": (town("aa-town", 500, lat=0.0), haven("aa-end", country="DDD", lat=0.0)),
        "links": (way("aa-way", "aa-town", "aa-end"),),
    },
    "a destination nobody can reach": {"places": (haven("aaa", 5.0), haven("zzz", 5.0))},
    "a destination in an old nest": {"places": (haven("aa-left", 5.0, nest="left-far"),
                   haven("zz-left", 5.0, nest="left-near"),)},
    "a link nobody can use": {
        "links": (way("aa", "left-town", "right-town", documents=("none",)),)
    },
    "a checkpoint": {"checkpoints": (officers("aa-post", "left-post"),)},
    "a cohort": {"cohorts": (people("aa", 5.0, share=0.0), people("zz", 5.0, share=0.0, size=2))},
    "a driver": {
        "drivers": (shock("aa", 1.0, parameter="none", value=1.0),),
        "parameters": (replace(number("amplitude", 0.0, "aa"), id="none"),),
    },
    "a parameter": {"parameters": (prior("aaa", "seats_added", "nothing"),)},
    "a rule without effect": {"policies": (rule("aa", "law_change", "AAA", 2),)},
    "a rule without anybody": {
        "policies": (rule("aa", "entry_ban", "CCC", 2, applies_to="families"),),
        "links": (way("aa", "right-post", "right-post", documents=("none",)),),
    },
}  # fmt: skip


@pytest.mark.parametrize("extra", ADDED.values(), ids=ADDED)
@pytest.mark.parametrize("member", [0, 3])
def test_adding_something_moves_no_other_draw(extra: dict[str, Any], member: int) -> None:
    base, more = finished(halves(), member=member), finished(halves(**extra), member=member)
    assert of(more, "left") == of(base, "left")
    if "entry_ban" not in str(extra):
        assert of(more, "right") == of(base, "right")


def test_every_member_and_every_seed_is_another_story() -> None:
    """What makes the tests above able to fail."""
    stories = {
        tuple(of(finished(halves(), seed, member), "left").values())
        for seed in range(3)
        for member in range(3)
    }
    assert len(stories) == 9


# Cutting a run into pieces


def bytes_of(structure: Any) -> dict[str, bytes]:
    skipped = ("scratch", "touched")  # work space: what stands there has no meaning
    return {
        name: np.asarray(array).tobytes()
        for name, array in structure.as_dict().items()
        if name not in skipped
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_split_run_is_the_whole_run(seed: int) -> None:
    run = Run(random_world(seed), seed=seed)
    w, m, steps = run.world, run.member, run.world.steps
    whole, results = new_state(w, 4096), new_flows(w)
    assert go_on(w, m, whole, results, 0, steps)
    for cut in (1, steps // 3, steps - 1):
        state, flows = new_state(w, 4096), new_flows(w)
        assert go_on(w, m, state, flows, 0, cut)
        saved, so_far = copy_state(state), copy_state(flows)
        assert go_on(w, m, state, flows, cut, steps)  # leaves what was saved as it is
        assert go_on(w, m, saved, so_far, cut, steps)
        for end, found in ((state, flows), (saved, so_far)):
            assert bytes_of(found) == bytes_of(results)
            assert bytes_of(end) == bytes_of(whole)


@pytest.mark.parametrize("seed", range(12))
def test_where_a_run_ends_changes_nothing_before_it(seed: int) -> None:
    """Flights after the end are on sale before it. Rules here begin and end within both runs."""
    made = random_world(seed)
    rules = [p for p in made.policies if p.valid_from <= made.end]
    within = [p for p in rules if p.valid_until is None or p.valid_until <= made.end]
    short = replace(made, policies=tuple(within))
    whole = replace(short, end=made.end + timedelta(days=5))
    (mine, few), (other, more) = (
        (compiled.world, run_member(compiled.world, realise(compiled, 3, 1)[0])[1])
        for compiled in (compile(short), compile(whole))
    )
    assert more.seats_sold.shape[0] == few.seats_sold.shape[0] + 5
    for field in FLOWS:
        # the last local day is not over everywhere
        n = mine.steps if field.dims[0] == "T" else mine.n_days - 1
        if field.name == "joined":  # (who gives up after the end is not known to before it)
            assert np.all(few.joined[:n] >= more.joined[:n])
            continue
        a, b = (getattr(flows, field.name)[:n] for flows in (few, more))
        assert np.array_equal(a, b), field.name
    assert (other.dep_step < other.steps + other.booking_steps).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_small_pool_is_made_larger_and_changes_nothing(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from borderflow.engine import run as engine

    run = Run(random_world(seed), seed=seed)
    _, results = run_member(run.world, run.member)
    monkeypatch.setattr(engine, "POOL", 4)
    monkeypatch.setattr(engine, "_pools", {})
    state, again = run_member(run.world, run.member)
    assert len(state.node_n) > 4  # the first pool was too small
    assert bytes_of(again) == bytes_of(results)


@pytest.mark.parametrize("seed", [0, 7, 11])
def test_stage_by_stage_is_the_compiled_step(seed: int) -> None:
    run = Run(random_world(seed), seed=seed)
    state, one = run_member(run.world, run.member)
    again, other = new_state(run.world, len(state.node_n)), new_flows(run.world)
    for t in range(run.world.steps):
        for stage in engine_step.PLAN:
            stage.run(run.world, run.member, again, other, t)
    assert bytes_of(other) == bytes_of(one)


def test_the_printed_plan_is_what_runs() -> None:
    printed = engine_step.print_plan().splitlines()
    assert [line.split()[1] for line in printed] == [stage.name for stage in engine_step.PLAN]
    begin = engine_step.addresses()
    assert begin.size == len(engine_step.PLAN) == len(set(begin.tolist()))
    for stage, address in zip(engine_step.PLAN, begin, strict=True):
        assert stage.run.__name__ == stage.name
        assert entry(stage.run, engine_step.HANDED) == address


def test_threads_change_nothing() -> None:
    made = compile(halves())
    one, two = (simulate(made, 8, seed=2, threads=n) for n in (1, 2))
    assert one.members == two.members == tuple(range(8))
    for name, array in one.arrays.items():
        assert array.tobytes() == two.arrays[name].tobytes(), name
    for name, values in one.draws.items():
        assert values.tobytes() == two.draws[name].tobytes(), name
    assert one.balance == two.balance
    assert one.balance["residual"] == 0


def test_members_are_what_they_are_alone() -> None:
    made = compile(halves())
    ten, five = simulate(made, 10, seed=2), simulate(made, range(5, 10), seed=2)
    assert five.members == (5, 6, 7, 8, 9)
    names = {spec.name for spec in FLOWS} | {"wait_hours"}
    assert names == set(ten.arrays)
    for name in names:
        assert five.arrays[name].tobytes() == ten.arrays[name][5:].tobytes(), name
    for name, values in five.draws.items():
        assert values.tobytes() == ten.draws[name][5:].tobytes(), name


def test_what_a_member_draws_is_in_its_results() -> None:
    made = compile(halves())
    drawn = [realise(made, 2, member)[1] for member in range(4)]
    assert len({tuple(values.values()) for values in drawn}) == 4
    assert set(drawn[0]) == {prior.id for prior in made.parameters}


def test_parts_of_the_engine_get_machine_code_of_their_own_only_where_python_calls_them():
    run_member(compile(scenario()).world, realise(compile(scenario()), 1, 0)[0])
    assert "alone" not in vars(engine_step.leave)
    same = mix64(np.uint64(1), np.uint64(2))
    assert "alone" in vars(mix64)
    assert same == mix64.py_func(np.uint64(1), np.uint64(2))
