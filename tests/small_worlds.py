"""Small worlds made up from a seed, to set the engine beside its slow twins.

One or two towns, a post with a neutral zone, a flight, a way round through a transit
country, two to four cohorts of ones and threes, ordinary visitors in both directions, and rules
that shut, refuse, slow and reopen in mid-run.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from borderflow.compile import Compiled, compile
from borderflow.scenario import read
from borderflow.scenario.fields import FILES
from worlds import render

SCENARIO = """\
[scenario]
id = "small-{seed}"
name = "A small world"
description = "Made up from the seed {seed}."
start = 2022-09-20
end = 2022-09-{end}
step_hours = {step}
warmup_days = 1
news_hours = {news}
booking_days = {booking}
timezone = "UTC"
nationality = "AAA"
origin_countries = ["AAA"]
currency = "crowns"

[countries]
AAA = "Origin"
BBB = "Haven"
CCC = "Isle"
"""

Row = dict[str, Any]


def small_world(folder: Path, seed: int, *, people: int, days: int, **fixed: Any) -> Compiled:
    """A world made up from a seed.

    Parameters
    ----------
    folder : Path
        Where the scenario is written.
    seed : int
        Which world.
    people : int
        People in each of the towns.
    days : int
        Shown days; one more is run before.
    **fixed
        Values that are not to be drawn: `step` (hours), `towns`, `posts`, or any quantity.
    """
    pick = random.Random(seed)

    def choose(name: str, *values: Any) -> Any:
        drawn = pick.choice(values)
        return fixed.get(name, drawn)

    later = random.Random(seed + 1_000_000)  # what came later moves nothing that is chosen above

    def also(name: str, *values: Any) -> Any:
        drawn = later.choice(values)
        return fixed.get(name, drawn)

    step = choose("step", 6, 8, 12)
    news = step * choose("news", 1, 2)
    towns = ["town", "village"][: choose("towns", 1, 2)]
    posts = ["gate", "bridge"][: choose("posts", 1, 2)]
    rows: dict[str, list[Row]] = {kind: [] for kind in FILES}

    def add(kind: str, **row: Any) -> None:
        rows[kind].append({key: str(value) for key, value in row.items()} | {"source": "made-up"})

    def place(id_: str, country: str, kind: str, lon: float, **more: Any) -> None:
        add("place", id=id_, name=id_.title(), country=country, type=kind, lat=50, lon=lon, **more)

    for i, town in enumerate(towns):
        place(town, "AAA", "settlement", 30 - i, population=people)
    for post in posts:
        place(post, "AAA", "post", 31)
    place("field", "AAA", "airport", 30.1)
    room = choose("capacity", "", "", people // 2)
    place("haven", "BBB", "destination", 32, attraction=1, capacity=room)
    place("camp", "BBB", "camp", 31.5, attraction=choose("camp", 0, 1))
    place("isle", "CCC", "destination", 40, attraction=choose("isle", 0, 2), timezone="Asia/Tokyo")

    place("cove", "CCC", "destination", 41, attraction=choose("cove", 0, 1))

    def link(id_: str, a: str, b: str, mode: str, hours: float, fare: float, **more: Any) -> None:
        add("link", id=id_, **{"from": a, "to": b}, mode=mode, hours=hours, fare=fare,
            distance_km=10, **more)  # fmt: skip

    rate = people * choose("rate", 0.15, 0.3, 1.0) / 24
    for i, post in enumerate(posts):
        for j, town in enumerate(towns):
            more = {"two_way": "yes"}
            link(f"{town}-{post}", town, post, "road", 5 + 4 * i + 3 * j, 0, **more)
            link(f"{town}-{post}-bus", town, post, "bus", 7 + 4 * i + 3 * j, 20, **more)
        doors = {"exit_checkpoint": f"{post}-exit", "entry_checkpoint": f"{post}-entry"}
        if i == 1 and choose("one-sided", False, True):
            doors.pop("entry_checkpoint")
        link(f"{post}-camp", post, "camp", "road", 6, 0, **doors)
        link(f"{post}-camp-bus", post, "camp", "bus", 8, 10, **doors)
        link(f"camp-{post}", "camp", post, "road", 6, 0, exit_checkpoint=f"{post}-back")
        lanes = {
            "share_car": 0.6,
            "share_bus": 0.4,
            "flexible": choose("flexible", "yes", "yes", "no"),
            "size": "known",
        }
        add("checkpoint", id=f"{post}-exit", name=f"{post} exit", post=post, side="exit",
            country="AAA", rate_hour=f"{rate:.4f}", hours=choose("hours", "00:00-24:00",
            "06:00-20:00"), **lanes)  # fmt: skip
        if "entry_checkpoint" in doors:
            add("checkpoint", id=f"{post}-entry", name=f"{post} entry", post=post, side="entry",
                country="BBB", rate_hour=f"{rate * choose('behind', 0.4, 1.5):.4f}",
                room=choose("room", "", max(8, people // 40)), **lanes)  # fmt: skip
        add("checkpoint", id=f"{post}-back", name=f"{post} back", post=post, side="entry",
            country="AAA", rate_hour=f"{rate:.4f}", size="known")  # fmt: skip
    for town in towns:
        link(f"{town}-field", town, "field", "bus", 6, 10, two_way="yes")
    link("camp-haven", "camp", "haven", "bus", 6, 5, two_way="yes")
    seats = max(3, int(people * choose("seats", 0.05, 0.15)))
    link("field-isle", "field", "isle", "air", 9, 300, exit_checkpoint="field-exit",
         seats_day=seats, departures="07:30|19:00", reserved_share=0.4)  # fmt: skip
    link("isle-field", "isle", "field", "air", 9, 100, seats_day=seats, departures="12:00",
         fixed_fare=also("fixed", "", "yes"))  # fmt: skip
    link("isle-cove", "isle", "cove", "bus", 6, 5, two_way="yes")
    add("checkpoint", id="field-exit", name="Field exit", post="field", side="exit",
        country="AAA", size="known")  # fmt: skip

    leaving = choose("leaving", 0.1, 0.3)
    add("cohort", id="alone", name="Alone", group="Alone", nationality="AAA", document="foreign",
        liable="yes", size=1, share=0.4, car="yes", value_of_time=10, budget=500,
        leave_per_day=leaving, return_per_day=0.05, onward_per_day=0.1, patience_hours=10,
        left_behind="family", left_behind_share=0.6)  # fmt: skip
    add("cohort", id="family", name="Family", group="Family", nationality="AAA",
        document="foreign", size=3, share=0.4, car="yes", value_of_time=20, budget=900,
        leave_per_day=leaving / 3, return_per_day=0.1, patience_hours=8,
        follow_per_day=0.3)  # fmt: skip
    add("cohort", id="poor", name="Poor", group="Alone", nationality="AAA", document="internal",
        size=1, share=0.2, car="no", value_of_time=2, budget=100, leave_per_day=leaving,
        return_per_day=0.1, onward_per_day=0.05, patience_hours=15)  # fmt: skip
    add("cohort", id="visitor", name="Visitor", group="Visitor", nationality="AAA",
        document="foreign", ordinary="yes", size=1, car="yes", value_of_time=10,
        return_per_day=0.4, patience_hours=12)  # fmt: skip
    add("cohort", id="guest", name="Guest", group="Guest", nationality="BBB", document="foreign",
        ordinary="yes", stays="no", size=3, car="yes", value_of_time=10)  # fmt: skip
    some = people * choose("ordinary", 0.0, 0.05)
    if some:
        add("traffic", id="visitors", cohort="visitor", link="gate-camp", per_day=some)
        add("traffic", id="fliers", cohort="visitor", link="field-isle", per_day=some / 2)
        add("traffic", id="guests", cohort="guest", link="camp-gate", per_day=some)

    add("driver", id="shock", driver="shock", place="Town", applies_to="liable=yes", shape="pulse",
        valid_from="2022-09-20T12:00", value=1, rise_hours=12, half_life_days=1,
        parameter="amplitude", known_from="2022-09-20")  # fmt: skip
    add("parameter", id="amplitude", quantity="amplitude", applies_to="shock",
        distribution="fixed", median=choose("amplitude", 2, 6), assumed="yes",
        reason="Enough")  # fmt: skip
    quantities = {
        "refused_share": (0.3, 0.6),
        "rate_cut": (0.3, 0.6),
        "renege_per_day": (0.5, 2.0),
        "reconsider_hours": (2, 6),
        "reconsider_share": (0.3, 0.7),
        "protection_share": (0.1, 0.5),
        "retry_hours": (6, 18),
        "refused_home_share": (0.2, 0.6),
        "cost_sensitivity": (0.02, 0.1),
        "way_scale": (1, 4),
        "news_smoothing": (0.5, 1.0),
        "give_up_share": (0.2, 0.5),
        "transfer_people": (people // 10, people // 5),
    }
    medians = {name: choose(name, *values) for name, values in quantities.items()}
    medians["departure_weight"] = also("departure_weight", 0.3, 1.5)
    medians["ordinary_staff"] = also("ordinary_staff", 0.5, 1.0)
    medians["staffing_hours"] = also("staffing_hours", 6, 24)
    for name, median in medians.items():
        add("parameter", id=name, quantity=name, distribution="fixed", median=median,
            assumed="yes", reason="Made up")  # fmt: skip

    def policy(id_: str, kind: str, where: str, who: str, first: int, last: int | None) -> None:
        end = {} if last is None else {"valid_until": f"2022-09-{last}",
                                       "until_known_from": f"2022-09-{first}"}  # fmt: skip
        rows["policy"].append({
            "id": id_, "place": where, "kind": kind, "applies_to": who,
            "announced": "2022-09-20", "known_from": "2022-09-20",
            "valid_from": f"2022-09-{first}", "status": "in force", "confidence": "high", **end,
        })  # fmt: skip

    rules = choose("rules", 0, 1, 2, 3)
    if rules != 3:
        policy("control", "exit_control", "Origin", "liable=yes", 20, None)
    if rules != 2:
        policy("slow", "exit_questioning", "gate", "all", 21, 22)
    if rules == 0:
        policy("ban", "entry_ban", "Isle", "liable=yes", 21, 22)
    if rules == 1:
        policy("shut", "crossing_closed", "gate", "all", 21, 22)
    if rules == 2:
        policy("no-flights", "airport_closed", "field", "all", 21, 22)
    if rules == 3:
        policy("lift", "evacuation", "town->haven", "all", 21, 22)
    add("source", id="made-up", title="Made up", publisher="The borderflow developers",
        url="", date=2022, licence="CC0", note="")  # fmt: skip
    for row in rows["source"]:
        row.pop("source")
    folder.mkdir(parents=True, exist_ok=True)
    text = SCENARIO.format(seed=seed, end=19 + days, step=step, news=news,
                           booking=choose("booking", 2, 4))  # fmt: skip
    (folder / "scenario.toml").write_text(text)
    for kind, some_rows in rows.items():
        if some_rows:
            (folder / FILES[kind]).write_text(render(some_rows))
    scenario, findings = read(folder)
    assert scenario is not None, "\n".join(map(str, findings))
    return compile(scenario)
