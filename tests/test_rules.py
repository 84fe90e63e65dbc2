"""Rules: their order is nothing, they act in their days and nowhere else, and each knob does what
it says."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from borderflow.arrays import NEVER
from borderflow.compile import compile, realise
from borderflow.compile.people import traffic_rows
from borderflow.engine.ways import GRAINS
from borderflow.mode import modes
from borderflow.policy import kinds
from borderflow.scenario import Parameter, Scenario, without
from borderflow.scenario.fields import FILES
from borderflow.scenario.model import attribute
from random_worlds import ALL, random_world
from small import (
    Run,
    acting,
    finished,
    flows,
    haven,
    number,
    officers,
    people,
    rule,
    scenario,
    shock,
    simplest,
    town,
    travellers,
    usual,
    way,
)

# Order, identity, window


@pytest.mark.parametrize("seed", range(12))
def test_rows_may_stand_in_any_order(seed: int) -> None:
    world = random_world(seed)
    r = Random(seed)
    changes = {}
    for kind in FILES:
        rows = list(world.rows(kind))
        r.shuffle(rows)
        changes[attribute(kind)] = tuple(rows)
    assert flows(replace(world, **changes), seed) == flows(world, seed)


def test_without_rules_every_knob_is_at_rest() -> None:
    made = compile(replace(random_world(3), policies=()))
    drawn, _ = realise(made, 1, 0)
    w = made.world
    assert w.open.shape[0] == 1
    assert (drawn.admit == 1).all()
    assert (drawn.delay == 0).all()
    assert (drawn.rate_factor == 1).all()
    assert (drawn.rate_cap == NEVER).all()
    assert len(w.hazard_which) == len(w.move_step) == 0
    permitted = {link.id: link.permitted for link in made.scenario.links}
    for name, expected in permitted.items():
        assert w.link_open[0, made.labels.links.index(name)] == expected


def test_rules_that_do_not_act_are_the_identity() -> None:
    world = replace(random_world(5), policies=())
    idle = [rule(f"i{i}", name, "AAA") for i, name in enumerate(kinds()) if not kinds()[name].acts]
    idle.append(rule("maybe", "crossing_closed", "post-b", status="rumoured"))
    assert len(idle) > 5
    assert flows(replace(world, policies=tuple(idle))) == flows(world)


ACTING = [(kind, place.format("town0")) for kind, place in ALL]


@pytest.mark.parametrize(("kind", "place"), ACTING)
@pytest.mark.parametrize(("start", "end"), [(-30, -3), (7, None), (9, 12)])
def test_a_rule_outside_the_window_changes_nothing(
    kind: str, place: str, start: int, end: int | None
) -> None:
    world = random_world(8)
    late = rule("late", kind, place, start, end, applies_to="men")
    more = replace(world, policies=(*world.policies, late))
    assert flows(more) == flows(world)


@pytest.mark.parametrize(("kind", "place"), ACTING)
def test_the_same_rule_inside_the_window_is_felt(kind: str, place: str) -> None:
    """What makes the test above able to fail."""
    world = replace(random_world(8), policies=())
    more = replace(world, policies=(rule("now", kind, place, 1),))
    one, other = compile(world), compile(more)
    changed = [
        name
        for name in ("open", "link_open", "dep_seats", "move_step")
        if one.world.as_dict()[name].tobytes() != other.world.as_dict()[name].tobytes()
    ]
    a, b = realise(one, 1, 0)[0], realise(other, 1, 0)[0]
    changed += [
        name
        for name in ("admit", "delay", "rate_factor")
        if getattr(a, name).tobytes() != getattr(b, name).tobytes()
    ]
    assert changed


@pytest.mark.parametrize("seed", range(6))
def test_a_rule_taken_away_has_never_been(seed: int) -> None:
    world = random_world(seed)
    for row in world.policies:
        rest = tuple(other for other in world.policies if other is not row)
        assert flows(without(world, row.id)) == flows(replace(world, policies=rest))


def test_what_a_rule_brought_about_goes_with_it() -> None:
    bare = simplest(policies=())
    extra = {
        "drivers": (shock("fear", 2, policy="decree", value=5.0),),
        "parameters": (
            *bare.parameters, number("amplitude", 3.0, "fear"), number("rate_cut", 0.1, "decree")
        ),
        "policies": (rule("decree", "mobilisation_decree", "AAA", 2),),
    }  # fmt: skip
    full = replace(bare, **extra)
    assert flows(full) != flows(bare)
    assert flows(without(full, "decree")) == flows(bare)


# Closed and open

CARRIED = {
    name: {"mode": name, "seats_day": 40} if name == "air" else {"mode": name} for name in modes()
}
SCHEDULED = {
    f"{name} with seats": {"mode": name, "seats_day": 40}
    for name, mode in modes().items()
    if mode.scheduled_allowed and name != "air"
}
GUARDED = {
    f"{name}, officers": {"mode": name, "exit_checkpoint": "x", "entry_checkpoint": "y"}
    for name in modes()
    if name != "air"
}
LINKS = CARRIED | SCHEDULED | GUARDED


def one_way(link: dict[str, Any], **more: Any) -> Scenario:
    """One way abroad of some sort, a crowd that wants to use it, ordinary travellers beside it."""
    vehicle = modes()[link["mode"]].vehicle
    rows = {
        "places": (town("a", 4000), haven("b")),
        "links": (way("ab", "a", "b", **link),),
        "checkpoints": (
            officers("x", "a", rate=15, share_foot=0.2, share_lorry=0.2),
            officers("y", "a", "entry", rate=12, room=30, share_foot=0.2, share_lorry=0.2),
        ),
        "cohorts": (
            people("p", 0.2, car=True, vehicle=vehicle, share=0.5),
            people("q", 0.2, car=True, vehicle=vehicle, share=0.5),
            travellers(car=True, vehicle=vehicle),
        ),
        "traffic": (usual("t", "ordinary", "ab", 80),),
    }
    return scenario(**{**rows, **more})


def crossed(run: Run, group: str | None = None) -> np.ndarray:
    """People who crossed the border on each day (of one group)."""
    names = [g.name for g in run.labels.groups]
    chosen = slice(None) if group is None else [names.index(group)]
    return np.asarray(run.flows.entries[:, :, chosen].sum(axis=(1, 2)))


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_an_open_link_carries_and_a_closed_one_does_not(link: dict[str, Any]) -> None:
    shut = {"knob": "open", "where": ("ab",), "value": 0.0}
    with acting("shut", shut):
        always = finished(one_way(link, policies=(rule("r", "shut", "a"),)))
        some = finished(one_way(link, policies=(rule("r", "shut", "a", 3, 6),)))
    assert crossed(finished(one_way(link))).min() > 0
    assert crossed(always).sum() == 0
    assert always.state.balance[1] == 0  # no ordinary traveller either
    assert crossed(some)[3:6].sum() == 0
    assert crossed(some)[:3].min() > 0
    assert crossed(some)[6:].min() > 0


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_closed_to_some_carries_the_others_only(link: dict[str, Any]) -> None:
    shut = {"knob": "open", "where": ("ab",), "who": ("p",), "value": 0.0}
    with acting("shut", shut):
        run = finished(one_way(link, policies=(rule("r", "shut", "a", 3, 6),)))
    assert crossed(run, "p")[3:6].sum() == 0
    assert crossed(run, "q").min() > 0
    assert crossed(run, "p")[[0, 1, 2, 7, 8, 9]].min() > 0


def test_the_neutral_zone_of_a_closed_crossing_keeps_nobody_for_good() -> None:
    """Those between the two sides when the door shuts are not lost: they are somewhere."""
    link = {"mode": "bus", "exit_checkpoint": "x", "entry_checkpoint": "y"}
    shut = {"knob": "open", "where": ("ab",), "value": 0.0}
    with acting("shut", shut):
        run = finished(one_way(link, policies=(rule("r", "shut", "a", 3),)))
    assert crossed(run)[3:].sum() == 0
    assert run.state.queue_people.sum() == 0


def test_a_permit_opens_what_is_not_permitted_and_a_closure_goes_before_it() -> None:
    foot = one_way({"mode": "foot", "permitted": False})
    allow = {"knob": "permit", "where": ("ab",), "value": 1.0}
    shut = {"knob": "open", "where": ("ab",), "value": 0.0}
    assert crossed(finished(foot)).sum() == 0
    with acting("allow", allow), acting("shut", shut):
        one = finished(replace(foot, policies=(rule("r", "allow", "a", 2, 6),)))
        two = (rule("r", "allow", "a", 2, 6), rule("s", "shut", "a", 4, 9))
        both = finished(replace(foot, policies=two))
        again = (rule("r", "allow", "a", 2, 4), rule("s", "allow", "a", 3, 6))
        overlap = finished(replace(foot, policies=again))
    assert (crossed(one) > 0).tolist() == [2 <= d < 6 for d in range(10)]
    assert (crossed(both) > 0).tolist() == [2 <= d < 4 for d in range(10)]
    assert (crossed(overlap) == crossed(one)).all()


def test_a_permit_for_some_is_for_them_alone() -> None:
    foot = one_way({"mode": "foot", "permitted": False})
    with acting("allow", {"knob": "permit", "where": ("ab",), "who": ("q",), "value": 1.0}):
        run = finished(replace(foot, policies=(rule("r", "allow", "a"),)))
    assert crossed(run, "q").min() > 0
    assert crossed(run, "p").sum() == crossed(run, "ordinary").sum() == 0


# Numbers on the knobs


def guarded(rate: float = 20.0, **more: Any) -> Scenario:
    """A crowd before one checkpoint, in expectations: everything it serves is seen."""
    rows = {
        "places": (town("a", 10**6), haven("b")),
        "links": (way("ab", "a", "b", exit_checkpoint="x"),),
        "checkpoints": (officers("x", "a", rate=rate),),
        "cohorts": (people("p", 0.05),),
    }
    return scenario(**{**rows, **more})


def test_shares_admitted_are_multiplied() -> None:
    half = {"knob": "admit", "where": ("ab",), "value": 0.5, "how": "share"}
    fifth = {"knob": "admit", "where": ("x",), "value": 0.2, "how": "refused"}
    with acting("half", half), acting("fifth", fifth):
        rules = (rule("r", "half", "a", 2, 6), rule("s", "fifth", "a", 4))
        run = finished(guarded(policies=rules), chance=False)
        drawn = finished(guarded(policies=rules))
    share = np.repeat([1.0, 0.5, 0.4, 0.8], (2, 2, 2, 4))
    assert crossed(run) == pytest.approx(480 * share)
    assert run.flows.refused.sum(axis=(1, 2)) == pytest.approx(480 * (1 - share))
    error = np.sqrt(480 * share * (1 - share))
    assert (np.abs(crossed(drawn) - 480 * share) <= 4 * error).all()


def test_rates_are_multiplied_and_then_capped() -> None:
    half = {"knob": "service_rate", "where": ("x",), "value": 0.5, "how": "factor"}
    more = {"knob": "service_rate", "where": ("x",), "value": 1.6, "how": "factor"}
    ten = {"knob": "service_rate", "where": ("x",), "value": 10.0, "how": "cap"}
    nine = {"knob": "service_rate", "where": ("x",), "value": 9.0, "how": "cap"}
    with acting("half", half), acting("more", more), acting("ten", ten), acting("nine", nine):
        rules = (
            rule("h", "half", "a", 1, 5), rule("m", "more", "a", 2, 5), rule("t", "ten", "a", 3, 7),
            rule("n", "nine", "a", 4, 6),
        )  # fmt: skip
        run = finished(guarded(policies=rules))
    rates = [20, 10, 16, 10, 9, 9, 10, 20, 20, 20]
    assert crossed(run).tolist() == [24 * rate for rate in rates]


def test_hazards_are_multiplied_where_and_for_whom_they_are_meant() -> None:
    places = (town("a", 10**6), town("c", 10**6), haven("b"), haven("d"))
    links = (way("ab", "a", "b"), way("cd", "c", "d"), way("bd", "b", "d"), way("ba", "b", "a"))
    cohorts = (
        people("p", 0.1, share=0.5, return_per_day=0.2, onward_per_day=0.1),
        people("q", 0.1, share=0.5),
    )
    world = scenario(days=6, places=places, links=links, cohorts=cohorts)
    twice = {"knob": "hazard", "where": ("a",), "value": 2.0, "how": "leave"}
    third = {"knob": "hazard", "where": ("a", "c"), "who": ("p",), "value": 0.3, "how": "leave"}
    stay = {"knob": "hazard", "where": ("b",), "value": 0.0, "how": "return"}
    with acting("twice", twice), acting("third", third), acting("stay", stay):
        rules = (rule("r", "twice", "a", 2, 4), rule("s", "third", "a", 3), rule("t", "stay", "b"))
        run = Run(replace(world, policies=rules), chance=False)
        left = {}
        for d in range(6):
            before = {(x, c): run.resident(x, c) for x in "ac" for c in "pq"}
            run.to(d + 1)
            for key, n in before.items():
                left.setdefault(key, []).append(-np.log(run.resident(*key) / n))
    assert left["a", "q"] == pytest.approx([0.1, 0.1, 0.2, 0.2, 0.1, 0.1])
    assert left["c", "q"] == pytest.approx([0.1] * 6)
    assert left["c", "p"] == pytest.approx([0.1, 0.1, 0.1, 0.03, 0.03, 0.03])
    # nobody returned (ratio 0), so what is gone from a is what left
    assert left["a", "p"] == pytest.approx([0.1, 0.1, 0.2, 0.06, 0.03, 0.03])


@pytest.mark.parametrize("how", ["return", "onward"])
def test_hazards_of_those_abroad(how: str) -> None:
    """People who have no way to leave sit in a haven at first: ordinary visitors, moved there."""
    world = scenario(
        days=4,
        places=(town("a", 1000), haven("b"), haven("c")),
        links=(way("ba", "b", "a", hours=200.0), way("bc", "b", "c", hours=200.0)),
        cohorts=(people("p", 0.0, **{f"{how}_per_day": 0.3}),),
    )
    brought = {"knob": "transfer", "where": ("a", "b"), "value": 1000.0}
    ratio = {"knob": "hazard", "where": ("b",), "value": 1.5, "how": how}
    with acting("brought", brought), acting("ratio", ratio):
        rules = (rule("r", "brought", "a", 0, 1), rule("s", "ratio", "b", 2, 3))
        run = Run(replace(world, policies=rules), chance=False).to(1)
        left = []
        for d in range(1, 4):
            before = run.present("b")
            run.to(d + 1)
            left.append(-np.log(run.present("b") / before))
    assert left == pytest.approx([0.3, 0.45, 0.3])


def test_an_evacuation_moves_so_many_of_those_concerned_evenly() -> None:
    world = simplest(1000, 0.0, cohorts=(
        people("p", share=0.6, size=1), people("q", share=0.3, size=3), people("r", share=0.1),
    ))  # fmt: skip
    numbers = (*world.parameters, number("transfer_people", 300.0))
    moved = rule("out", "evacuation", "a -> b", 2, 5, applies_to="p|q")
    run = Run(replace(world, parameters=numbers, policies=(moved,)), chance=False)
    there = []
    for d in range(7):
        run.to(d + 1)
        there.append(run.present("b", "p") + 3 * run.present("b", "q"))
    assert there == pytest.approx([0, 0, 100, 200, 300, 300, 300])
    assert run.present("b", "p") == pytest.approx(200)  # in proportion to who is there
    assert run.present("b", "r") == 0
    drawn = finished(replace(world, parameters=numbers, policies=(moved,)))
    got = drawn.present("b", "p") + 3 * drawn.present("b", "q")
    assert abs(got - 300) < 5 * np.sqrt(3 * 300)


def test_an_evacuation_takes_no_more_than_there_are() -> None:
    world = simplest(100, 0.0, parameters=(number("transfer_people", 5000.0),))
    run = finished(replace(world, policies=(rule("out", "evacuation", "a -> b", 2),)))
    assert (run.present("b"), run.resident("a")) == (100, 0)


def test_seats_are_added_up_and_then_capped() -> None:
    fly = {"mode": "air", "seats_day": 30, "departures": (360, 1080), "reserved_share": 0.2}
    world = simplest(100, 0.0, links=(way("ab", "a", "b", **fly),))
    add = {"knob": "seats", "where": ("ab",), "value": 10.0, "how": "add"}
    cap = {"knob": "seats", "where": ("ab",), "value": 20.0, "how": "cap"}
    low = {"knob": "seats", "where": ("ab",), "value": 4.0, "how": "cap"}
    with acting("add", add), acting("cap", cap), acting("low", low):
        rules = (
            rule("a1", "add", "a", 1, 6), rule("a2", "add", "a", 2, 6), rule("c", "cap", "a", 4, 8),
            rule("l", "low", "a", 5, 6),
        )  # fmt: skip
        w = compile(replace(world, policies=rules)).world
    shown = w.dep_step < w.steps
    free = w.dep_seats[shown].reshape(10, 2).sum(axis=1)
    held = w.dep_reserved[shown].reshape(10, 2).sum(axis=1)
    assert held.tolist() == [6, 6, 6, 6, 6, 4, 6, 6, 6, 6]
    assert free.tolist() == [24, 34, 44, 44, 14, 0, 14, 14, 24, 24]


@pytest.mark.parametrize("number", [1, 3, 4, 5, 7, 20])
def test_the_departures_of_a_day_share_what_a_rule_says(number: int) -> None:
    """Not one seat more or less than it says, however many departures there are."""
    times = (0, 180, 360, 540, 720, 900)
    fly = {"mode": "air", "seats_day": 60, "departures": times, "reserved_share": 0.0}
    world = simplest(100, 0.0, links=(way("ab", "a", "b", **fly),))
    world = replace(
        world, places=tuple(replace(p, timezone="Asia/Yekaterinburg") for p in world.places)
    )
    plain = compile(world).world
    for how in ("add", "cap"):
        with acting(how, {"knob": "seats", "where": ("ab",), "value": float(number), "how": how}):
            w = compile(replace(world, policies=(rule("r", how, "a", 2, 6),))).world
        more = (w.dep_seats + w.dep_reserved - plain.dep_seats - plain.dep_reserved).sum()
        assert more == 4 * (number if how == "add" else number - 60)


def test_rules_share_what_they_do_not_change() -> None:
    """Under one set of rules or another the network is the same, and neither can write to it."""
    fly = {"mode": "air", "seats_day": 30, "departures": (360, 1080), "reserved_share": 0.2}
    world = simplest(100, 0.0, links=(way("ab", "a", "b", **fly),))
    plain = compile(world)
    add = {"knob": "seats", "where": ("ab",), "value": 10.0, "how": "add"}
    with acting("add", add):
        ruled = replace(world, policies=(rule("r", "add", "a", 0),))
        shared, alone = compile(ruled, like=plain), compile(ruled)
    assert np.shares_memory(shared.world.dep_step, plain.world.dep_step)
    assert (shared.world.dep_seats > plain.world.dep_seats).any()
    for name, array in shared.world.as_dict().items():
        assert np.array_equal(array, getattr(alone.world, name)), name
    with pytest.raises(ValueError, match="read-only"):
        shared.world.dep_step[0] = 1


def test_what_rules_do_not_change_is_compiled_anew_where_it_differs() -> None:
    world = simplest(100, 0.0)
    plain = compile(world)
    longer = replace(world, links=tuple(replace(link, hours=77.0) for link in world.links))
    assert compile(longer, like=plain).world.hours.tolist() == [77.0] * len(plain.world.hours)


def test_hours_of_cost_are_added_up() -> None:
    world = simplest(100, 0.0)
    fear = {"knob": "utility", "where": ("ab",), "value": 6.0, "how": "cost"}
    lure = {"knob": "utility", "where": ("ab",), "value": 2.5, "how": "saved"}
    with acting("fear", fear), acting("lure", lure):
        rules = (rule("r", "fear", "a", 1, 4), rule("s", "fear", "a", 2, 4),
                 rule("t", "lure", "a", 3))  # fmt: skip
        run = Run(replace(world, policies=rules))
        costs = [run.to(d + 0.5).cost("a", "b") for d in range(5)]
    # never below a thousandth of an hour: a cost of nothing would make a cycle free
    assert costs == pytest.approx([1, 7, 13, 10.5, 1e-3], abs=0.5 / GRAINS)


def test_a_destination_draws_e_times_as_many_for_each_unit_of_attraction() -> None:
    ways = tuple(way(f"a{x}", "a", x) for x in "bcd")
    places = (town("a", 1000), haven("b"), haven("c"), haven("d"))
    world = simplest(1000, 0.1, places=places, links=ways)
    lure = {"knob": "attraction", "where": ("c",), "value": 0.6 * math.log(2.0)}
    with acting("lure", lure):
        rules = (rule("r", "lure", "c", 1, 3), rule("s", "lure", "c", 2))
        run = Run(replace(world, policies=rules), chance=False)
    ratios = []
    for day in range(5):
        chance = run.to(day + 0.5).state.choice[run.place("a"), 0]
        ratios.append(chance[run.dest("c")] / chance[run.dest("b")])
    # within a nest whose dissimilarity is 0.6
    assert ratios == pytest.approx([1, 2, 4, 2, 2])


def test_days_are_those_of_the_place() -> None:
    """A rule at a post ten hours east begins ten hours earlier; at an end west of it, later."""
    east, west = "Asia/Vladivostok", "America/New_York"
    world = simplest(
        100_000, 0.5,
        places=(town("a", 100_000), town("post", type="post", timezone=east),
                haven("b", timezone=west)),
        links=(way("ap", "a", "post"), way("pb", "post", "b", exit_checkpoint="x")),
        checkpoints=(officers("x", "post", rate=100),),
    )  # fmt: skip
    none = {"knob": "service_rate", "where": ("x",), "value": 0.0, "how": "cap"}
    shut = {"knob": "open", "where": ("pb",), "value": 0.0}
    with acting("none", none), acting("shut", shut):
        slow = compile(replace(world, policies=(rule("r", "none", "post", 4),)))
        gone = compile(replace(world, policies=(rule("r", "shut", "post", 4),)))
    assert int(np.argmax(slow.world.epoch == 1)) == 4 * 8 - 3  # 14:00 of the day before: step 12-15
    assert int(np.argmax(gone.world.epoch == 1)) == 4 * 8 + 1  # 04:00: nearest is 03:00


def test_all_traffic_into_a_country_goes_up_and_down_together() -> None:
    """A draw of its own for each row, and one for the country that all its rows share."""

    def wide(quantity: str, of: str) -> Parameter:
        return replace(number(quantity, 1.0, of), distribution="lognormal", low=0.5, high=2.0)

    made = simplest(
        places=(town("a"), haven("b"), haven("c", country="CCC")),
        links=(way("ab", "a", "b"), way("ab2", "a", "b"), way("ac", "a", "c")),
        cohorts=(people("p"), travellers("q"), travellers("r")),
        traffic=(
            usual("t1", "q", "ab", 10), usual("t2", "q", "ab2", 10),
            usual("t3", "r", "ab", 10), usual("t4", "r", "ac", 10),
        ),
        parameters=(wide("traffic_factor", "q"), wide("traffic_level", "BBB")),
    )  # fmt: skip
    compiled = compile(made)
    rows = [made_id for made_id, _, _ in traffic_rows(made)]
    for member in range(5):
        found, drawn = realise(compiled, 1, member)
        of = dict(zip(rows, found.traffic, strict=True))
        level = drawn["traffic-level-BBB"]
        assert level != 1.0
        assert of["t3"] == level
        assert of["t4"] == 1.0
        assert of["t1"] == level * drawn["traffic-factor-q[t1]"]
        assert of["t2"] == level * drawn["traffic-factor-q[t2]"]
        assert of["t1"] != of["t2"]
