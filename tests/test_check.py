"""Every check fires on a world made for it, and only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from borderflow import loading
from borderflow.compile import compile
from borderflow.scenario import CHECKS, Finding, Scenario, check, check_folder, read
from borderflow.scenario.checks.parameters import ANY_SIGN, OF_RULES, SHARES, TARGETS
from borderflow.scenario.checks.policies import FAMILIES, OVERRULED
from borderflow.scenario.checks.registry import named
from borderflow.scenario.checks.rules import NEUTRAL
from borderflow.scenario.checks.values import RANGES
from borderflow.scenario.fields import fields, quantities
from borderflow.scenario.model import NOWHERE
from worlds import Tables, tiny, tiny_folder


@dataclass(frozen=True)
class Broken:
    """A tiny world with one thing wrong: the check, where it points to, and how to break it."""

    check: str
    file: str
    column: str | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    level: str = "error"
    near: str | None = None
    edit: Callable[[Scenario], Scenario] | None = None
    says: str = ""


def cell(check: str, kind: str, name: str, column: str, value: object, **more: Any) -> Broken:
    """A world with one cell changed, at which the check points."""
    file = f"{kind}s.csv" if kind not in ("traffic", "policy") else ""
    file = {"traffic": "traffic.csv", "policy": "policies.csv"}.get(kind, file)
    where = more.pop("where", column)
    return Broken(check, file, where, {"cells": {kind: {name: {column: value}}}}, **more)


def key(check: str, name: str, value: str, **more: Any) -> Broken:
    """A world with one key of scenario.toml changed."""
    return Broken(check, "scenario.toml", name, {"header": {name: value}}, **more)


def policy(**cells: Any) -> dict[str, Any]:
    """Cells of a policy in force during the whole run."""
    return {"known_from": "2022-09-01", "valid_from": "2022-09-01", "applies_to": "all"} | cells


def number(rule: str, quantity: str, median: float) -> dict[str, Any]:
    """Cells of a parameter that says how much a policy does."""
    exact = {"distribution": "fixed", "median": str(median), "reason": "Why not"}
    return {"id": f"{rule}-number", "quantity": quantity, "applies_to": rule, **exact} | {
        "source": "made-up"
    }


def link(**cells: Any) -> dict[str, Any]:
    """Cells of a link by road."""
    return {"id": "new", "from": "town", "to": "haven", "mode": "road"} | cells


def twice(kind: str, name: str) -> Callable[[Scenario], Scenario]:
    """Repeat a row, as only code can do it."""

    def edit(scenario: Scenario) -> Scenario:
        row = scenario.by_id(kind)[name]
        rows = {f"{kind}s": (*scenario.rows(kind), row)}
        return replace(scenario, **rows)  # type: ignore[arg-type]

    return edit


def no_town(rows: Tables) -> None:
    """Leave the world without the way to the post."""
    rows["link"] = [row for row in rows["link"] if row["id"] not in ("town-gate", "town-gate-bus")]
    rows["traffic"] = [row for row in rows["traffic"] if row["link"] != "gate-haven"]


def foot_only(rows: Tables) -> None:
    """Leave only the foot link, which is not permitted, across the border."""
    rows["link"] = [
        row for row in rows["link"] if row["id"] not in ("gate-haven", "gate-haven-bus")
    ]
    rows["traffic"] = [row for row in rows["traffic"] if row["link"] != "gate-haven"]


REPORT = {
    "date_start": "2022-09-20",
    "date_end": "2022-09-20",
    "place": "Gate",
    "quantity": "entries_russian_citizens",
    "value": 250,
    "unit": "persons/day",
    "scope": "daily",
    "publisher": "Border office",
    "published_date": "2022-09-21",
    "known_from": "2022-09-21",
}
USES = "id,report,role,of,reason\n"
PROSPECTS = "id,policy,chance,low,high,earliest,latest,known_from,source\n"
CAMP = {"id": "camp", "name": "Camp", "country": "BBB", "type": "camp", "lat": 1, "lon": 1}
PARAMETER = {"quantity": "rate_cut", "distribution": "fixed", "median": 1, "reason": "None"}

BROKEN: list[Broken] = [
    Broken("unique-ids", "places.csv", "id", edit=twice("place", "town")),
    cell("unique-names", "place", "isle", "name", "Haven  city"),
    cell("unique-names", "place", "isle", "aliases", "Elsewhere|the gate"),
    cell("unique-names", "cohort", "men", "name", "men with a car"),
    cell("references", "link", "gate-haven", "to", "havn", near="haven"),
    cell("references", "link", "gate-haven", "from", "the-gate", near="gate"),
    cell("references", "link", "gate-haven", "mode", "raod", near="road"),
    cell("references", "link", "gate-haven", "exit_checkpoint", "gate-exi", near="gate-exit"),
    cell("references", "checkpoint", "gate-exit", "post", "gat", near="gate"),
    cell("references", "cohort", "men", "left_behind", "familes", near="families"),
    cell("references", "traffic", "visitors-gate", "cohort", "visitor", near="visitors"),
    cell("references", "traffic", "visitors-gate", "link", "gate-havn", near="gate-haven"),
    cell(
        "references",
        "driver",
        "decree-shock",
        "parameter",
        "amplitude-decre",
        near="amplitude-decree",
    ),
    cell("references", "driver", "decree-shock", "policy", "decre", near="decree"),
    cell("references", "policy", "ban", "kind", "entry_bann", near="entry_ban"),
    cell("references", "parameter", "home", "quantity", "refuse_home_share"),
    cell("references", "place", "town", "source", "madeup", near="made-up"),
    cell("countries", "place", "isle", "country", "CCD", near="CCC"),
    cell("countries", "place", "isle", "controlled_by", "XXX"),
    cell("countries", "cohort", "men", "nationality", "AAB", near="AAA"),
    key("countries", "nationality", '"AAB"', near="AAA"),
    key("countries", "origin_countries", '["AAA", "ZZZ"]'),
    cell("place-texts", "policy", "ban", "place", "Isel", near="isle"),
    cell("place-texts", "driver", "decree-shock", "place", "Town|Hamlet"),
    cell("cohort-texts", "policy", "ban", "applies_to", "man of call-up age"),
    cell(
        "cohort-texts", "driver", "decree-shock", "applies_to", "document=foreing", near="foreign"
    ),
    cell("cohort-texts", "driver", "decree-shock", "applies_to", "liable=yes;size=3"),
    Broken(
        *("groups", "groups.csv", "selector"),
        {"add": {"group": [{"id": "x", "what": "places", "selector": "haven|issle"}]}},
    ),
    Broken(
        *("groups", "groups.csv", "selector"),
        {"add": {"group": [{"id": "x", "what": "cohorts", "selector": "colour=red"}]}},
    ),
    cell("known-order", "place", "haven", "known_from", "2022-09-22", where="to"),
    Broken(
        *("known-order", "policies.csv", "place"),
        {
            "add": {"place": [CAMP]},
            "change": lambda rows: (
                rows["place"][-1].update(known_from="2022-09-25"),
                rows["policy"][-1].update(place="Camp"),
            ),
        },
    ),
    cell("link-ends", "link", "town-gate", "to", "town"),
    cell("link-checkpoints", "link", "gate-haven", "exit_checkpoint", "gate-entry"),
    cell("link-checkpoints", "link", "field-isle", "exit_checkpoint", "gate-exit"),
    cell("seats", "link", "field-isle", "departures", ""),
    cell("seats", "link", "field-isle", "seats_day", ""),
    cell("seats", "link", "town-gate", "reserved_share", "0.5"),
    Broken(
        *("seats", "links.csv", "seats_day"),
        {"add": {"link": [link(seats_day=10, departures="07:00")]}},
    ),
    cell("two-way", "link", "gate-haven", "two_way", "yes"),
    cell("two-way", "link", "field-isle", "two_way", "yes"),
    Broken(
        *("two-way", "links.csv", "two_way"),
        {"add": {"link": [link(id="town-gate-back", to="gate")]}},
    ),
    cell("lanes", "checkpoint", "gate-exit", "share_bus", "0.6", where="share_car"),
    cell(
        *("lanes", "checkpoint", "gate-exit", "share_bus", "0"),
        where="exit_checkpoint",
        level="warning",
    ),
    cell("ranges", "place", "town", "lat", "91"),
    cell("ranges", "place", "town", "lon", "-181"),
    cell("ranges", "place", "town", "population", "-1"),
    cell("ranges", "checkpoint", "gate-exit", "rate_hour", "-100", says="negative"),
    cell("ranges", "checkpoint", "gate-exit", "rate_hour", "1e9", says="at most"),
    cell("ranges", "link", "town-gate", "hours", "-1"),
    cell("ranges", "link", "field-isle", "reserved_share", "1.5"),
    cell("ranges", "cohort", "men", "size", "0", says="at least 1"),
    cell("ranges", "cohort", "men", "patience_hours", "0", says="above 0"),
    cell("ranges", "driver", "decree-shock", "half_life_days", "0"),
    key("ranges", "step_hours", "0"),
    key("ranges", "warmup_days", "-1"),
    key("steps", "step_hours", "5", near="4"),
    key("steps", "news_hours", "7", near="6"),
    key("window", "end", "2022-09-01"),
    key("window", "end", "2042-09-01"),
    cell("cohort-shares", "cohort", "families", "share", "0.7"),
    cell("cohort-shares", "cohort", "visitors", "share", "0.1"),
    cell("families", "cohort", "men-car", "left_behind", "men-car"),
    cell("families", "cohort", "men-car", "left_behind", "", where="left_behind_share"),
    cell("traffic", "traffic", "visitors-gate", "weekday", "1|1|1"),
    cell("traffic", "traffic", "visitors-gate", "weekday", "0|0|0|0|0|0|0"),
    cell("traffic", "traffic", "visitors-gate", "cohort", "families"),
    cell("traffic", "cohort", "visitors", "car", "no", where="link"),
    cell("traffic", "cohort", "visitors", "document", "none", where="link", level="warning"),
    cell("ends", "policy", "ban", "valid_until", "2022-09-26"),
    cell("ends", "driver", "rumour", "valid_until", "2022-09-20T18:00"),
    cell("ends", "policy", "ban", "until_known_from", ""),
    cell("ends", "driver", "rumour", "until_known_from", ""),
    cell("ends", "policy", "ban", "valid_until", "", where="until_known_from"),
    cell("ends", "policy", "ban", "until_known_from", "2022-09-01", level="warning"),
    cell("announced", "policy", "ban", "announced", "2022-09-27", level="warning"),
    cell("announced", "policy", "ban", "announced", "2022-09-28"),
    cell("outside-window", "policy", "decree", "valid_from", "2023-01-01", level="warning"),
    Broken(
        *("outside-window", "policies.csv", "valid_until"),
        {
            "cells": {
                "policy": {
                    "ban": {
                        "announced": "",
                        "valid_from": "2022-08-01",
                        "valid_until": "2022-08-05",
                    }
                }
            }
        },
        level="warning",
    ),
    Broken(
        *("contradictions", "policies.csv", "kind"),
        {
            "add": {
                "policy": [
                    policy(id="x", place="Gate", kind="foot_crossing_allowed"),
                    policy(id="y", place="The Gate", kind="foot_crossing_closed"),
                ]
            }
        },
    ),
    Broken(
        *("overruled", "policies.csv", "kind"),
        level="warning",
        changes={
            "add": {
                "policy": [
                    policy(id="x", place="Gate", kind="service_rate_cut"),
                    policy(id="y", place="Origin", kind="service_rate_rise", applies_to="men"),
                ]
            }
        },
    ),
    Broken(
        *("rule-numbers", "policies.csv", "kind"),
        {"add": {"policy": [policy(id="x", place="Gate -> Haven", kind="evacuation")]}},
        level="warning",
        says="transfer_people",
    ),
    Broken(
        *("rule-numbers", "parameters.csv", "quantity"),
        {
            "add": {
                "policy": [policy(id="x", place="Gate", kind="service_rate_cut")],
                "parameter": [number("x", "rate_rise", 2)],
            }
        },
        level="warning",
        near="rate_cut",
    ),
    Broken(
        *("rule-numbers", "parameters.csv", "median"),
        {
            "add": {
                "policy": [policy(id="x", place="Gate", kind="service_rate_cut")],
                "parameter": [number("x", "rate_cut", 30)],
            }
        },
        near="0.3",
        says="below 1",
    ),
    Broken(
        *("rule-numbers", "parameters.csv", "median"),
        {
            "add": {
                "policy": [policy(id="x", place="Gate", kind="service_rate_rise")],
                "parameter": [number("x", "rate_rise", 0.5)],
            }
        },
        says="above 1",
    ),
    cell("idle-drivers", "driver", "rumour", "place", "Haven", level="warning"),
    cell("idle-drivers", "driver", "rumour", "applies_to", "visitors", level="warning"),
    cell("covariates", "place", "isle", "diaspora", "5000", level="warning", says="of diaspora"),
    cell("covariates", "place", "isle", "price_level", "2", level="warning", says="price_level"),
    cell(
        *("report-units", "report", "r1", "quantity", "entries_haven_citizens"),
        level="warning",
        says="counts citizens of Haven, and the scenario those of Origin",
    ),
    cell(
        *("report-dates", "report", "r1", "quantity", "cumulative_entries"),
        where="date_start",
        level="warning",
        says="this is one day",
    ),
    Broken(
        *("idle-rules", "policies.csv", "place"),
        {
            "cells": {"link": {"gate-haven-foot": {"permitted": "yes"}}},
            "add": {"policy": [policy(id="x", place="Gate", kind="foot_crossing_allowed")]},
        },
        level="warning",
        says="may be used already",
    ),
    Broken(
        *("rule-numbers", "parameters.csv", "distribution"),
        {
            "add": {
                "policy": [policy(id="x", place="Origin-Isle", kind="extra_seats")],
                "parameter": [
                    number("x", "seats_added", 90)
                    | {"distribution": "uniform", "low": "80", "high": "100"}
                ],
            }
        },
        level="warning",
        near="fixed",
    ),
    cell("leavers", "cohort", "men", "leave_per_day", "0", level="warning"),
    cell("visitors", "cohort", "visitors", "return_per_day", "", level="warning"),
    cell("ends-of-ways", "place", "isle", "attraction", "", level="warning"),
    cell(
        *("distances", "place", "isle", "lat", "-41"),
        where="distance_km",
        level="warning",
        says="Field and Isle City",
    ),
    cell("fares", "link", "town-gate", "fare", "", level="warning", says="RUB"),
    Broken(
        *("rule-places", "policies.csv", "place"),
        {"add": {"policy": [policy(id="x", place="Town", kind="evacuation")]}},
        says="lacks the two ends",
    ),
    Broken(
        *("rule-places", "policies.csv", "place"),
        {"add": {"policy": [policy(id="x", place="AAA -> Isle City", kind="evacuation")]}},
        says="'AAA' is 3 places and not one",
    ),
    Broken(
        *("idle-rules", "policies.csv", "place"),
        {"add": {"policy": [policy(id="x", place="Town", kind="crossing_closed")]}},
        level="warning",
        says="nothing and nobody",
    ),
    Broken(
        *("idle-rules", "policies.csv", "place"),
        {
            "add": {
                "policy": [policy(id="x", place="Gate", kind="service_rate_cut")],
                "parameter": [number("x", "rate_cut", 1)],
            }
        },
        level="warning",
        says="with rate_cut 1 all stays as it is",
    ),
    Broken(
        *("idle-rules", "policies.csv", "place"),
        {
            "add": {
                "policy": [policy(id="x", place="Origin-Isle", kind="seat_cap")],
                "parameter": [number("x", "seats_cap", 150)],
            }
        },
        level="warning",
        says="has more than 150 seats",
    ),
    Broken(
        *("transfers", "policies.csv", "place"),
        {
            "add": {
                "policy": [policy(id="x", place="Town -> Haven City", kind="evacuation")],
                "parameter": [number("x", "transfer_people", 100_001)],
            }
        },
        level="warning",
        says="100,001 people are to be moved",
    ),
    Broken(
        *("transfers", "policies.csv", "place"),
        {"add": {"policy": [policy(id="x", place="Town -> Gate", kind="evacuation")]}},
        level="warning",
        says="Gate is no destination",
    ),
    Broken(
        *("transfers", "policies.csv", "place"),
        {"add": {"policy": [policy(id="x", place="Gate -> Haven City", kind="evacuation")]}},
        level="warning",
        says="nobody lives in Gate",
    ),
    Broken(
        *("policy-duplicates", "policies.csv", None),
        {
            "add": {
                "policy": [
                    policy(id="x", place="Gate", kind="service_rate_cut"),
                    policy(id="y", place="gate", kind="service_rate_cut"),
                ]
            }
        },
        level="warning",
    ),
    cell("report-units", "report", "r1", "unit", "person/day", near="persons/day"),
    cell("report-units", "report", "r3", "unit", "km", near="vehicles"),
    cell(
        *("report-units", "report", "r3", "quantity", "queue_vehicle"),
        level="warning",
        near="queue_vehicles",
    ),
    cell("driver-levels", "driver", "decree-shock", "value", "1e9", level="warning", says="a day"),
    cell(
        *("driver-levels", "parameter", "amplitude-rumour", "median", "1e7"),
        where="value",
        level="warning",
    ),
    cell("report-places", "report", "r1", "place", "Haven: Gaet", level="warning"),
    cell("report-places", "report", "r3", "place", "Gaet", level="warning", near="gate"),
    cell("report-dates", "report", "r1", "date_end", "2022-09-19"),
    cell("report-dates", "report", "r1", "known_from", "2022-09-19", level="warning"),
    cell("report-values", "report", "r3", "value", "-1"),
    cell("report-values", "report", "r2", "low", "2350"),
    cell("report-values", "report", "r2", "high", "2250"),
    Broken(
        *("report-duplicates", "reports.csv", None),
        {"add": {"report": [{"id": "x", **REPORT}]}},
        level="warning",
    ),
    *(
        Broken("report-uses", "uses.csv", column, {"files": {"uses.csv": USES + rest}})
        for column, rest in (
            ("reason", "u1,r1,unused,,\n"),
            ("of", "u1,r1,driver,,\n"),
            ("report", "u1,r1,report,,\nu2,r1,unused,,twice\n"),
        )
    ),
    Broken(
        *("report-uses", "reports.csv", "id"),
        {"files": {"uses.csv": USES + "u1,r1,report,,\n"}},
        level="warning",
    ),
    *(
        Broken(
            *("prospects", "prospects.csv", column),
            {
                "files": {"prospects.csv": f"{PROSPECTS}x,ban,{rest},2022-09-21,made-up\n"},
                "cells": {"policy": {"ban": {"status": status}}},
            },
        )
        for column, status, rest in (
            ("policy", "in force", "0.5,0.2,0.8,2022-09-22,2022-09-25"),
            ("latest", "rumoured", "0.5,0.2,0.8,2022-09-22,2022-09-20"),
            ("chance", "rumoured", "0.1,0.2,0.8,2022-09-22,2022-09-25"),
        )
    ),
    cell("queue-wait", "report", "r4", "value", "30", level="warning"),
    cell("queue-wait", "report", "r3", "value", "100", level="warning", where="value"),
    cell("distributions", "parameter", "home", "low", "0.6", where="median"),
    cell("distributions", "parameter", "home", "low", ""),
    cell("distributions", "parameter", "home", "high", "1"),
    cell("distributions", "parameter", "amplitude-decree", "low", "0"),
    cell("distributions", "parameter", "home", "distribution", "lognormal", near="logitnormal"),
    Broken(
        *("distributions", "parameters.csv", "distribution"),
        {"cells": {"parameter": {"rate-known": {"distribution": "normal", "low": "0.5"}}}},
        near="lognormal",
    ),
    cell(
        *("distributions", "parameter", "home", "distribution", "uniform"),
        where="median",
        near="0.55",
    ),
    cell("distributions", "parameter", "people-in-a-car", "median", "-1"),
    cell(
        "parameter-targets", "parameter", "amplitude-decree", "applies_to", "decre", near="decree"
    ),
    cell("parameter-targets", "parameter", "home", "applies_to", "men"),
    cell("parameter-targets", "parameter", "rate-known", "applies_to", "big"),
    Broken(
        *("parameter-targets", "parameters.csv", "applies_to"),
        {"add": {"parameter": [{"id": x, "applies_to": "ban", **PARAMETER} for x in "xy"]}},
    ),
    Broken(
        *("parameter-targets", "parameters.csv", "applies_to"),
        {
            "add": {
                "parameter": [
                    {**PARAMETER, "id": "x", "quantity": "handling_hours", "applies_to": "BBC"}
                ]
            }
        },
        near="BBB",
        says="not a post or country of this scenario",
    ),
    Broken(
        *("parameter-targets", "parameters.csv", "applies_to"),
        {
            "add": {
                "parameter": [
                    {**PARAMETER, "id": "x", "quantity": "traffic_level", "applies_to": "Havn"}
                ]
            }
        },
        near="BBB",
    ),
    Broken(
        *("parameter-targets", "parameters.csv", "applies_to"),
        {
            "add": {
                "parameter": [
                    {**PARAMETER, "id": "x", "quantity": "rate_factor", "applies_to": "town"}
                ]
            }
        },
        says="not a checkpoint or post or size of this scenario",
    ),
    cell("parameter-targets", "driver", "decree-shock", "parameter", "home"),
    Broken(
        *("reachable", "places.csv", "attraction"),
        {"change": no_town},
        level="warning",
        says="no link leads there",
    ),
    Broken(
        *("reachable", "places.csv", "attraction"),
        {"change": foot_only},
        level="warning",
        says="'gate-haven-foot' is not permitted",
    ),
    cell(
        *("reachable", "link", "field-isle", "documents", "visa"),
        where="attraction",
        level="warning",
        says="'field-isle' asks for documents (visa)",
    ),
    Broken(
        *("reachable", "places.csv", "attraction"),
        {"add": {"policy": [policy(id="shut", place="Haven", kind="entry_ban")]}},
        level="warning",
        says="closed by policy 'shut' during the whole run",
    ),
    Broken(
        *("reachable", "places.csv", "attraction"),
        {
            "add": {
                "policy": [
                    policy(id="one", place="Haven", kind="entry_ban", valid_until="2022-09-24"),
                    policy(id="two", place="Haven", kind="entry_ban", valid_from="2022-09-24"),
                ]
            }
        },
        level="warning",
        says="closed by policies 'one' and 'two' during the whole run",
    ),
    cell(
        *("reachable", "link", "field-isle", "seats_day", "0"),
        where="attraction",
        level="warning",
        says="'field-isle' has no seats",
    ),
    cell(
        *("reachable", "checkpoint", "gate-exit", "rate_hour", "0"),
        where="attraction",
        level="warning",
        says="'gate-exit' passes nobody",
    ),
    cell("documents", "link", "field-isle", "documents", "foregn", level="warning", near="foreign"),
    cell("documents", "cohort", "men", "document", "foreing", level="warning", near="foreign"),
    Broken(
        *("groups", "groups.csv", "id"),
        {"add": {"group": [{"id": "Isle", "what": "places", "selector": "haven"}]}},
        says="'CCC' has this name and is not in the group",
    ),
    Broken(
        *("groups", "groups.csv", "id"),
        {"add": {"group": [{"id": "Men", "what": "cohorts", "selector": "families"}]}},
        says="'men' has this name and is not in the group",
    ),
    Broken(
        *("groups", "groups.csv", "id"),
        {"add": {"group": [{"id": "all", "what": "cohorts", "selector": "families"}]}},
        says="'all' means all of them",
    ),
    cell("ranges", "driver", "decree-shock", "value", "-50"),
    cell("traffic", "traffic", "visitors-gate", "link", "town-gate", level="warning"),
    Broken(
        *("link-duplicates", "links.csv", None),
        edit=lambda world: replace(
            world, links=(*world.links, replace(world.links[0], id="again", where=NOWHERE))
        ),
        level="warning",
    ),
]
# A change of one file may show in another; these name the file in which it shows.
SHOWS_IN = {
    ("lanes", "exit_checkpoint"): "links.csv",
    ("traffic", "link"): "traffic.csv",
    ("queue-wait", "value"): "reports.csv",
    ("driver-levels", "value"): "drivers.csv",
    ("reachable", "attraction"): "places.csv",
    ("documents", "documents"): "links.csv",
    ("documents", "document"): "cohorts.csv",
    ("known-order", "to"): "links.csv",
    ("distances", "distance_km"): "links.csv",
}


def broken(case: Broken, folder: Path) -> list[Finding]:
    scenario = tiny(folder, **case.changes)
    return check(scenario if case.edit is None else case.edit(scenario))


def test_the_tiny_world_is_sound(tmp_path: Path) -> None:
    assert check(tiny(tmp_path)) == []


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_a_world_in_which_it_fires(name: str) -> None:
    assert any(case.check == name for case in BROKEN), f"add a world that breaks {name!r}"
    assert CHECKS[name].says.endswith("."), f"the docstring of {name!r} says what should be so"


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{i}-{case.check}") for i, case in enumerate(BROKEN)]
)
def test_checks_fire(case: Broken, tmp_path: Path) -> None:
    findings = broken(case, tmp_path)
    file = SHOWS_IN.get((case.check, case.column or ""), case.file)
    found = [f for f in findings if (f.check, f.file, f.column) == (case.check, file, case.column)]
    assert found, "\n".join(map(str, findings))
    assert found[0].level == case.level
    assert case.says in found[0].message
    assert case.near is None or found[0].nearest == case.near
    if case.edit is None and file.endswith(".csv"):
        row = found[0].row
        assert row is not None
        line = (tmp_path / "tiny" / file).read_text().splitlines()[row - 1]
        assert found[0].read is not None
        assert found[0].read in line


@pytest.mark.parametrize("name", CHECKS)
def test_checks_are_pure(name: str, tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    before = scenario.hash
    assert CHECKS[name](scenario) == CHECKS[name](scenario) == []
    assert replace(scenario).hash == before


@pytest.mark.parametrize(
    ("quantity", "target"),
    [
        ("leave_factor", "Men of call-up age"),
        ("return_factor", "Families"),
        ("attraction", "BBB"),
        ("traffic_factor", "gate-haven"),
    ],
)
def test_a_number_may_be_of_a_group_a_country_or_a_link(
    quantity: str, target: str, tmp_path: Path
) -> None:
    row = {**number(target, quantity, 2), "id": "own"}
    scenario = tiny(tmp_path, add={"parameter": [row]})
    assert check(scenario) == []
    assert "own" in {prior.id.partition("[")[0] for prior in compile(scenario).parameters}


def test_a_group_of_cohorts_is_the_nearest_to_its_name(tmp_path: Path) -> None:
    rule = policy(id="x", place="Gate", kind="crossing_closed", applies_to="men of call-up age!")
    [finding] = check(tiny(tmp_path, add={"policy": [rule]}))
    assert finding.nearest == "men of call-up age"
    rule["applies_to"] = "ordinary travelers"
    [finding] = check(tiny(tmp_path, add={"policy": [rule]}))
    assert finding.nearest == "group=Ordinary travellers"


def test_two_checks_cannot_have_one_name() -> None:
    with pytest.raises(ValueError, match="two checks"):
        named("ranges")(lambda _: [])


def test_the_tables_of_the_checks_speak_of_the_schema() -> None:
    assert all(column in fields(kind) for kind, column in RANGES)
    assert (SHARES | ANY_SIGN | TARGETS.keys()) <= quantities().keys()
    assert NEUTRAL.keys() <= OF_RULES
    from borderflow.policy import kinds

    for opens, closes in (*FAMILIES.values(), *OVERRULED.values()):
        assert opens | closes <= kinds().keys()
        assert not opens & closes


def test_rules_that_follow_each_other_do_not_contradict(tmp_path: Path) -> None:
    first = policy(id="x", place="Gate", kind="foot_crossing_allowed")
    first |= {"valid_until": "2022-09-20", "until_known_from": "2022-09-19"}
    then = policy(id="y", place="Gate", kind="foot_crossing_closed", valid_from="2022-09-20")
    assert not check(tiny(tmp_path / "a", add={"policy": [first, then]}))
    for change in ({"place": "Field"}, {"status": "rumoured"}):
        other = policy(id="y", place="Gate", kind="foot_crossing_closed") | change
        found = check(tiny(tmp_path / str(change), add={"policy": [first, other]}))
        assert "contradictions" not in [f.check for f in found]
    men = policy(id="x", place="Haven", kind="visa_free", applies_to="families|men-car")
    rest = policy(id="y", place="Haven", kind="visa_required", applies_to="men|visitors")
    found = check(tiny(tmp_path / "who", add={"policy": [men, rest]}))
    assert "contradictions" not in [f.check for f in found]


def test_a_pair_of_countries_is_a_place_of_a_policy_only(tmp_path: Path) -> None:
    pair = policy(id="x", place="Origin-Isle", kind="air_ban", valid_from="2022-09-25")
    assert not check(tiny(tmp_path / "a", add={"policy": [pair]}))
    found = check(tiny(tmp_path / "b", cells={"driver": {"rumour": {"place": "Origin-Isle"}}}))
    assert [f.check for f in found] == ["place-texts"]


def test_reading_and_checking_at_once(tmp_path: Path) -> None:
    scenario, findings = check_folder(tiny_folder(tmp_path / "a"))
    assert scenario is not None
    assert findings == []
    folder = tiny_folder(tmp_path / "b", cells={"place": {"isle": {"lat": "100"}}})
    scenario, findings = check_folder(folder)
    assert scenario == read(folder)[0]
    assert [(f.check, f.column) for f in findings] == [("ranges", "lat")]
    folder = tiny_folder(
        tmp_path / "c",
        cells={"place": {"isle": {"lat": "x"}}, "checkpoint": {"gate-exit": {"rate_hour": "-1"}}},
    )
    scenario, findings = check_folder(folder)
    assert scenario is None
    assert [f.check for f in findings] == ["read", "ranges"]
    folder = tiny_folder(tmp_path / "d", files={"places.csv": b"id,name\n\xff"})
    assert [f.file for f in check_folder(folder)[1]] == ["places.csv"]


@pytest.mark.parametrize("file", ["places.csv", "cohorts.csv", "sources.csv", "links.csv"])
def test_a_table_that_cannot_be_read_is_named_once(file: str, tmp_path: Path) -> None:
    """What refers to its rows is not named, and what is wrong elsewhere is."""
    folder = tiny_folder(tmp_path, cells={"policy": {"ban": {"kind": "entry_ben"}}})
    path = folder / file
    path.write_bytes(path.read_bytes() + b"\xff")
    found = [(f.check, f.file, f.column) for f in loading.check(folder)]
    assert found == [("read", file, None), ("references", "policies.csv", "kind")]


def test_a_table_by_another_name_is_named_once(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path)
    (folder / "checkpoints.csv").rename(folder / "checkpoint.csv")
    assert [(f.file, f.nearest) for f in loading.check(folder)] == [
        ("checkpoint.csv", "checkpoints.csv")
    ]


@pytest.mark.parametrize(("level", "odd"), [("100", 0), ("340", 0), ("350", 1)])
def test_drivers_may_make_most_leave_within_a_step(level: str, odd: int, tmp_path: Path) -> None:
    """At 0.0002 a day, with an amplitude of 800, a level of 345 leaves one in 1,000 after 3 h."""
    cells = {"driver": {"decree-shock": {"value": level}}}
    assert [f.check for f in check(tiny(tmp_path, cells=cells))] == ["driver-levels"] * odd


def test_drivers_and_reports_of_public_conflicts_are_not_odd(shared: Path) -> None:
    from borderflow.source.flee.read import read_folder
    from borderflow.source.flee.scenario import to_scenario

    for home in sorted((shared / "data" / "flee").glob("*/input_csv")):
        folder, _ = read_folder(home, home.with_name("source_data"))
        assert folder is not None
        found = {finding.check for finding in check(to_scenario(folder).scenario)}
        assert not found & {"driver-levels", "report-places"}


@pytest.mark.parametrize("role", ["report", "unused", "prior"])
def test_reports_that_are_not_compared_may_be_of_anywhere(role: str, tmp_path: Path) -> None:
    uses = USES + "".join(f"u{i},r{i},{role if i == 3 else 'report'},x,x\n" for i in range(1, 5))
    cells = {"report": {"r3": {"place": "Atlantis"}}}
    found = check(tiny(tmp_path, cells=cells, files={"uses.csv": uses}))
    odd = [f.row for f in found if (f.check, f.column) == ("report-places", "place")]
    assert odd == ([4] if role == "report" else [])


def test_reports_may_name_places_as_the_press_does(tmp_path: Path) -> None:
    texts = ("Haven: Gate", "Haven+Isle", "Origin-Haven border", "Town-Isle")
    cells = {f"r{i}": {"place": text} for i, text in enumerate(texts, 1)}
    found = check(tiny(tmp_path, cells={"report": cells}))
    assert "report-places" not in [f.check for f in found]


def test_reports_of_a_group_that_cannot_be_understood(tmp_path: Path) -> None:
    new = [{"id": "Coast", "what": "places", "selector": "haven|issle"}]
    cells = {"report": {"r1": {"place": "Town-Coast"}, "r2": {"place": "Coast"}}}
    found = check(tiny(tmp_path, cells=cells, add={"group": new}))
    assert [(f.check, f.row) for f in found if f.level == "error"] == [("groups", 4)]
    assert [f.row for f in found if f.check == "report-places"] == [2, 3]


def test_near_names_are_looked_for_only_where_one_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for them takes longer than all the rest."""

    wanted = set()

    def look(word: str, *_: object, **__: object) -> list[str]:
        wanted.add(word)
        return []

    monkeypatch.setattr("borderflow.scenario.finding.get_close_matches", look)
    assert loading.check("russia-2022")
    assert wanted <= {"internal"}  # a document that no link asks for, which may be another misspelt


def test_groups_that_differ_in_case_alone_are_told(tmp_path: Path) -> None:
    """Whatever separates the names in them."""
    pairs = [("Shore", "shore"), ("isle|haven", "x"), ("liable=yes", "y")]
    for place, (one, other) in enumerate(pairs):
        what = "cohorts" if "=" in one else "places"
        selectors = ("men", "families") if what == "cohorts" else ("haven", "isle")
        new = [
            {"id": name, "what": what, "selector": selector}
            for name, selector in zip((one, other), selectors, strict=True)
        ]
        found = check(tiny(tmp_path / str(place), add={"group": new}))
        assert ("groups", one) in [(f.check, f.read) for f in found]


def test_what_ships_is_sound() -> None:
    import borderflow

    shipped = Path(borderflow.__file__).parent / "scenarios"
    for header in sorted(shipped.glob("*/scenario.toml")):
        _, findings = check_folder(header.parent)
        assert [str(f) for f in findings if f.level == "error"] == []
