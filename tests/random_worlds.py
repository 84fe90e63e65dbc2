"""Small worlds thrown together at random: every mechanism, every kind of rule, awkward numbers."""

from __future__ import annotations

from random import Random
from typing import Any

from borderflow.scenario import Link, Policy, Scenario
from small import (
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

DAYS = 6

SHARES = ("reconsider_share", "baulk_max", "give_up_share", "refused_home_share",
          "protection_share", "news_smoothing")  # fmt: skip


SLOWING = (
    ("exit_control", "AAA"), ("exit_questioning", "post-b"), ("service_rate_cut", "post-b"),
    ("service_rate_rise", "AAA"), ("seat_cap", "field"), ("extra_seats", "field"),
    ("checkpoint_restriction", "post-c"), ("evacuation", "{} -> b2"), ("evacuation", "b1 -> d1"),
    ("camp_opened", "c1"),
)  # fmt: skip
SHUTTING = (
    ("crossing_closed", "post-b"), ("crossing_closed", "BBB"), ("crossing_closed", "post-c"),
    ("entry_ban", "CCC"), ("entry_ban", "d1"), ("visa_required", "BBB"),
    ("airport_closed", "field"), ("air_ban", "DDD"), ("car_ban", "post-b"),
    ("foot_crossing_allowed", "post-b"), ("foot_crossing_closed", "post-c"),
)  # fmt: skip
ALL = SLOWING + SHUTTING
"""Kinds of rules and places for them; {} is a town."""


def random_world(seed: int, *, calm: bool = False) -> Scenario:
    """A world of one to three towns, two border posts, flights, six havens and up to ten rules.

    Parameters
    ----------
    seed : int
        The same world for the same number.
    calm : bool
        Whether all who join a queue stay in it: nobody gives up, and no rule shuts a door.
    """
    r = Random(seed)
    towns = [f"town{i}" for i in range(r.randint(1, 3))]
    zones = [None, "Europe/Moscow", "Asia/Almaty", "America/New_York"]
    places = [
        *(town(name, r.choice([0, 40, 400, 3000]) + 1, timezone=r.choice(zones)) for name in towns),
        town("post-b", type="post", timezone=r.choice(zones)),
        town("post-c", type="post"),
        town("field", type="airport"),
        haven("b1", r.uniform(-1, 1), capacity=r.choice([None, 5, 100]), timezone=r.choice(zones)),
        haven("b2", r.uniform(-1, 1), nest=r.choice(["", "own"])),
        haven("through", None),
        haven("c1", r.uniform(-1, 1), country="CCC"),
        haven("c2", r.uniform(-1, 1), country="CCC", capacity=r.choice([None, 0, 20])),
        haven("nowhere", 3.0, country="DDD"),  # no way leads there
        haven("d1", r.uniform(-1, 1), country="DDD", present=7 * (seed % 3)),
    ]

    def staff(name: str, post: str, side: str, **more: Any) -> Any:
        hours = r.choice([((0, 1440),), ((480, 1200),), ((1320, 300),), ((0, 90), (700, 800))])
        return officers(
            name, post, side, r.choice([None, 0.4, 2, 7.3, 30]), hours=hours,
            room=None if side == "exit" else r.choice([None, 0, 3, 10, 40]),
            share_car=r.choice([0.3, 0.6]), share_bus=0.2, share_foot=0.1,
            share_lorry=r.choice([0.0, 0.1]),
            flexible=r.random() < 0.7, **more,
        )  # fmt: skip

    posts = [
        staff("b-exit", "post-b", "exit"),
        staff("b-entry", "post-b", "entry"),
        staff("b-home", "post-b", "exit", country="BBB"),
        staff("c-entry", "post-c", "entry", country="CCC"),
        staff("field-exit", "field", "exit"),
    ]
    ways: list[Link] = []
    for i, name in enumerate(towns):
        ways += [
            way(f"{name}-b", name, "post-b", mode="road", two_way=True, hours=r.uniform(0.2, 9)),
            way(f"{name}-b-bus", name, "post-b", hours=r.uniform(0.2, 9), fare=5, two_way=True),
            way(f"{name}-c", name, "post-c", hours=r.uniform(0.2, 20), two_way=r.random() < 0.5),
            way(f"{name}-field", name, "field", two_way=True),
        ]
        if i:
            ways.append(way(f"{name}-around", towns[i - 1], name, two_way=True))
    both = {"exit_checkpoint": "b-exit", "entry_checkpoint": "b-entry"}
    flight = {"mode": "air", "fare": 300.0, "exit_checkpoint": "field-exit"}
    ways += [
        way("b-car", "post-b", "b1", mode="road", **both),
        way("b-bus", "post-b", "b1", **both),
        way("b-foot", "post-b", "through", mode="foot", permitted=r.random() < 0.5, **both),
        way("b-lorry", "post-b", "through", mode="lorry", **both),
        way("b-back", "b1", "post-b", exit_checkpoint="b-home"),
        way("c-any", "post-c", "c1", entry_checkpoint="c-entry", documents=("foreign",)),
        way("c-foot", "post-c", "through", mode="foot", entry_checkpoint="c-entry"),
        way("through-b1", "through", "b1", two_way=True),
        way("b1-b2", "b1", "b2", two_way=True, hours=r.uniform(0.5, 5)),
        way("b2-c2", "b2", "c2", two_way=True),
        way("c1-c2", "c1", "c2", two_way=True),
        way("nowhere-c2", "nowhere", "c2"),
        way("fly-d1", "field", "d1", seats_day=r.choice([1, 6, 25]), departures=(450, 1140),
            reserved_share=r.choice([0.0, 0.35]), **flight),
        way("fly-c2", "field", "c2", seats_day=r.choice([0, 3]), weekdays=(2, 3, 5), **flight),
        way("fly-home", "d1", "field", mode="air", fare=300.0, seats_day=7),
    ]  # fmt: skip
    hazards = {"return_per_day": r.choice([0, 0.2]), "onward_per_day": r.choice([0, 0.2])}
    cohorts = [
        people("men", r.choice([0.05, 0.5]), share=0.4, car=True, liable=True, size=1,
               left_behind="families", left_behind_share=r.random(), budget=r.choice([None, 900]),
               patience_hours=r.choice([2, 24]), **hazards),
        people("families", r.choice([0, 0.1]), share=0.4, size=r.randint(2, 5), car=True,
               follow_per_day=r.choice([0, 0.5]), **hazards),
        people("poor", 0.2, share=0.2, size=2, document="internal", value_of_time=10,
               budget=100, patience_hours=6),
        travellers("visitors", car=True, return_per_day=0.3),
        travellers("transit", stays=False, size=2, nationality="BBB"),
        travellers("drivers", stays=False, vehicle="lorry"),
    ]  # fmt: skip
    traffic = [
        usual("t1", "visitors", "b-car", r.choice([1, 40])),
        usual("t2", "transit", "b-bus", r.choice([1, 40]), weekday=(1, 1, 1, 1, 0, 3, 2)),
        usual("t3", "drivers", "b-lorry", 30),
        usual("t4", "visitors", "fly-d1", 9),
        usual("t5", "transit", "b-back", 12),
    ]
    numbers = {name: r.choice([0.0, 0.3, 1.0]) for name in SHARES}
    numbers["news_smoothing"] = r.choice([0.5, 1.0])
    numbers |= {
        "renege_per_day": 0.0 if calm else r.choice([0.3, 5.0]),
        "retry_hours": r.choice([1, 12, 40]),
        "fare_rise": r.choice([1, 8]),
        "way_scale": r.choice([0.05, 1.5]),
        "rate_cut": r.choice([0.1, 0.6]),
        "refused_share": r.choice([0.02, 0.5, 1.0]),
        "seats_added": 4,
        "seats_cap": r.choice([0, 3]),
        "transfer_people": r.choice([1, 60]),
        "network_pull": 0.7 * (seed % 2),
    }
    return scenario(
        days=DAYS,
        numbers=numbers,
        warmup_days=r.randint(0, 2),
        step_hours=r.choice([3, 3, 1, 6]),
        news_hours=6,
        timezone=r.choice(["UTC", "Europe/Moscow"]),
        booking_days=r.choice([2, 14]),
        places=tuple(places),
        links=tuple(ways),
        checkpoints=tuple(posts),
        cohorts=tuple(cohorts),
        traffic=tuple(traffic),
        drivers=(shock("decree", 1.4, applies_to="liable=yes", shape="pulse", half_life_days=2),),
        parameters=(number("amplitude", r.choice([0, 3, 40]), "decree"),),
        policies=random_rules(r, towns, SLOWING if calm else ALL),
    )


def random_rules(
    r: Random, towns: list[str], choices: tuple[tuple[str, str], ...]
) -> tuple[Policy, ...]:
    """Up to ten rules over windows that overlap as they like."""
    rules = []
    for i in range(r.randint(0, 10)):
        kind, place = r.choice(choices)
        start = r.randint(-1, DAYS)
        end = r.choice([None, start + r.randint(1, 4)])
        who = r.choice(["all", "all", "liable=yes", "men", "ordinary=yes"])
        rules.append(rule(f"r{i}", kind, place.format(towns[0]), start, end, applies_to=who))
    return tuple(rules)
