"""Every policy kind keeps the same contract; each does what its description says."""

from __future__ import annotations

import csv
import itertools
import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from borderflow.policy import (
    KNOBS,
    Effect,
    NotFoundError,
    PolicyKind,
    View,
    effects,
    kind,
    kinds,
    make,
    register,
    unregister,
)
from borderflow.scenario.model import Checkpoint, Cohort, Group, Link, Place, Policy, Scenario

DAY = date(2022, 9, 28)

# Kinds that occur in what was collected about Russia in autumn 2022.
COLLECTED = (
    "air_ban",
    "airport_closed",
    "announcement",
    "asylum_statement",
    "border_readiness",
    "car_ban",
    "checkpoint_enlistment_office",
    "checkpoint_restriction",
    "crossing_closed",
    "deferral",
    "entry_ban",
    "exit_control",
    "exit_questioning",
    "extradition_rule",
    "foot_crossing_allowed",
    "foot_crossing_closed",
    "humanitarian_visa",
    "information_rumour",
    "law_change",
    "mobilisation_decree",
    "passport_refusal",
    "reception_statement",
    "residence_permit",
    "service_rate_cut",
    "service_suspended",
    "stay_limit",
    "visa_free",
    "visa_free_or_on_arrival",
    "visa_required",
    "visa_restriction",
)

# Kinds that a planner may try out besides.
TRIED = (
    "camp_closed",
    "camp_opened",
    "entry_control",
    "evacuation",
    "extra_seats",
    "road_closed",
    "road_unsafe",
    "seat_cap",
    "service_added",
    "service_rate_rise",
)


# A small world: Russia with three land posts and two airports, and its neighbours. Only what
# policies look at is given; the rest of each row is filled in.


def place(
    key: str,
    country: str,
    sort: str = "settlement",
    name: str = "",
    aliases: tuple[str, ...] = (),
    controlled_by: str | None = None,
) -> Place:
    return Place(
        id=key,
        name=name or key,
        aliases=aliases,
        country=country,
        controlled_by=controlled_by,
        type=sort,
        lat=50.0,
        lon=40.0,
        source="s",
    )


def link(
    key: str,
    tail: str,
    head: str,
    mode: str = "road",
    passed: tuple[str | None, str | None] = (None, None),
    *,
    seats: int | None = None,
    two_way: bool = False,
) -> Link:
    return Link(
        id=key,
        from_=tail,
        to=head,
        mode=mode,
        exit_checkpoint=passed[0],
        entry_checkpoint=passed[1],
        seats_day=seats,
        two_way=two_way,
        source="s",
    )


def checkpoint(key: str, post: str, side: str, country: str) -> Checkpoint:
    return Checkpoint(id=key, name=key, post=post, side=side, country=country, source="s")


def cohort(key: str, nationality: str, name: str, document: str = "foreign", **more: Any) -> Cohort:
    return Cohort(
        id=key,
        name=name,
        group=name,
        nationality=nationality,
        document=document,
        value_of_time=100.0,
        source="s",
        **more,
    )


def group(key: str, what: str, selector: str) -> Group:
    return Group(id=key, what=what, selector=selector, source="s")


def rule(key: str, kind: str, place: str, applies_to: str = "all", **more: Any) -> Policy:
    more = {"valid_from": DAY, "known_from": DAY} | more
    return Policy(id=key, kind=kind, place=place, applies_to=applies_to, **more)


LARS = ("lars-exit", "kazbegi-entry")
SYRYM = ("mashtakovo-exit", "syrym-entry")

WORLD = Scenario(
    id="small",
    name="A small world",
    description="Made up for the tests.",
    start=date(2022, 9, 20),
    end=date(2022, 10, 20),
    timezone="Europe/Moscow",
    nationality="RUS",
    origin_countries=("RUS",),
    currency="RUB",
    countries={
        "RUS": "Russia",
        "GEO": "Georgia",
        "KAZ": "Kazakhstan",
        "EST": "Estonia",
        "ARM": "Armenia",
        "BLR": "Belarus",
        "UKR": "Ukraine",
    },
    places=(
        place("moscow", "RUS", name="Moscow"),
        place("svo", "RUS", "airport", name="Sheremetyevo"),
        place("sip", "UKR", "airport", name="Simferopol", controlled_by="RUS"),
        place("vladikavkaz", "RUS", name="Vladikavkaz"),
        place("lars", "RUS", "post", name="Lars", aliases=("Verkhny Lars", "Upper Lars")),
        place("samara", "RUS", name="Samara"),
        place("mashtakovo", "RUS", "post", name="Mashtakovo/Syrym"),
        place("narva", "EST", "post", name="Narva-Ivangorod"),
        place("tallinn", "EST", "destination", name="Tallinn"),
        place("tbilisi", "GEO", "destination", name="Tbilisi"),
        place("tbs", "GEO", "airport", name="Tbilisi airport"),
        place("oral", "KAZ", "destination", name="Oral", aliases=("Uralsk",)),
        place("evn", "ARM", "airport", name="Yerevan"),
        place("minsk", "BLR", "hub", name="Minsk"),
    ),
    checkpoints=(
        checkpoint("svo-exit", "svo", "exit", "RUS"),
        checkpoint("evn-entry", "evn", "entry", "ARM"),
        checkpoint("evn-exit", "evn", "exit", "ARM"),
        checkpoint("svo-entry", "svo", "entry", "RUS"),
        checkpoint("lars-exit", "lars", "exit", "RUS"),
        checkpoint("kazbegi-entry", "lars", "entry", "GEO"),
        checkpoint("kazbegi-exit", "lars", "exit", "GEO"),
        checkpoint("lars-entry", "lars", "entry", "RUS"),
        checkpoint("mashtakovo-exit", "mashtakovo", "exit", "RUS"),
        checkpoint("syrym-entry", "mashtakovo", "entry", "KAZ"),
        checkpoint("ivangorod-exit", "narva", "exit", "RUS"),
        checkpoint("narva-entry", "narva", "entry", "EST"),
        checkpoint("ivangorod-entry", "narva", "entry", "RUS"),
    ),
    links=(
        link("moscow-vladikavkaz", "moscow", "vladikavkaz", two_way=True),
        link("vladikavkaz-lars", "vladikavkaz", "lars", two_way=True),
        link("lars-walk", "vladikavkaz", "lars", "foot"),
        link("lars-tbilisi", "lars", "tbilisi", "road", LARS),
        link("lars-tbilisi-bus", "lars", "tbilisi", "bus", LARS, seats=90),
        link("lars-tbilisi-foot", "lars", "tbilisi", "foot", LARS),
        link("lars-tbilisi-bicycle", "lars", "tbilisi", "bicycle", LARS),
        link("tbilisi-lars", "tbilisi", "lars", "road", ("kazbegi-exit", "lars-entry")),
        link("moscow-samara", "moscow", "samara", "rail", seats=500),
        link("samara-mashtakovo", "samara", "mashtakovo", two_way=True),
        link("samara-oral-bus", "samara", "oral", "bus", SYRYM),
        link("mashtakovo-oral", "mashtakovo", "oral", "road", SYRYM),
        link("moscow-narva", "moscow", "narva", two_way=True),
        link("narva-tallinn", "narva", "tallinn", "road", ("ivangorod-exit", "narva-entry")),
        link("tallinn-narva", "tallinn", "narva", "road", (None, "ivangorod-entry")),
        link("moscow-minsk", "moscow", "minsk", two_way=True),
        link("moscow-svo", "moscow", "svo", "rail"),
        link("svo-evn", "svo", "evn", "air", ("svo-exit", "evn-entry"), seats=300),
        link("evn-svo", "evn", "svo", "air", ("evn-exit", "svo-entry"), seats=300),
        link("svo-tbs", "svo", "tbs", "air", ("svo-exit", None), seats=200),
        link("sip-svo", "sip", "svo", "air", seats=100),
        link("evn-tbilisi", "evn", "tbilisi"),
    ),
    cohorts=(
        cohort("reservists", "RUS", "Men of call-up age", liable=True, car=True),
        cohort("families", "RUS", "Families", "schengen", size=3, budget=20000.0),
        cohort("georgians", "GEO", "Georgian travellers", car=True),
    ),
    groups=(
        group("Georgia-Russia, as published", "places", "GEO|RUS"),
        group("South Caucasus", "places", "Georgia|ARM"),
        group("North Ossetia", "places", "vladikavkaz|lars"),
        group("Russian citizens", "cohorts", "nationality=RUS"),
        group("tourists", "cohorts", "document=schengen"),
    ),
)


def having(*policies: Policy) -> Scenario:
    return replace(WORLD, policies=policies)


RUSSIANS = ("families", "reservists")


def of(policy_kind: str, place: str, applies_to: str = "all", **more: Any) -> tuple[Effect, ...]:
    """What one policy does in the small world."""
    return effects(having(rule("p", policy_kind, place, applies_to, **more)))


def where(found: tuple[Effect, ...], knob: str) -> set[str]:
    return {name for effect in found if effect.knob == knob for name in effect.where}


# A place at which a policy of each kind that acts has an effect in the small world.
ACTS_AT = {
    "air_ban": "Georgia-Russia",
    "airport_closed": "Sheremetyevo",
    "camp_closed": "Tallinn",
    "camp_opened": "Tallinn",
    "car_ban": "North Ossetia",
    "checkpoint_enlistment_office": "Verkhny Lars",
    "checkpoint_restriction": "Verkhny Lars",
    "crossing_closed": "Mashtakovo/Syrym",
    "entry_ban": "Estonia",
    "entry_control": "Estonia",
    "evacuation": "Moscow -> Tallinn",
    "exit_control": "Russia",
    "exit_questioning": "Sheremetyevo",
    "extra_seats": "Russia-Armenia",
    "foot_crossing_allowed": "Verkhny Lars",
    "foot_crossing_closed": "Verkhny Lars",
    "road_closed": "Samara",
    "road_unsafe": "Samara",
    "seat_cap": "Russia-Armenia",
    "service_added": "Russia-Armenia",
    "service_rate_cut": "Mashtakovo/Syrym",
    "service_rate_rise": "Kazakhstan",
    "service_suspended": "Samara-Uralsk",
    "visa_required": "Estonia",
}
ACTING = [name for name, one in kinds().items() if one.acts]
SILENT = [name for name, one in kinds().items() if not one.acts]


# The contract of every kind


def test_every_kind_that_was_collected_is_registered() -> None:
    assert {*COLLECTED, *TRIED} <= set(kinds())
    assert list(kinds()) == sorted(kinds())


def test_every_acting_kind_is_tried_here() -> None:
    assert set(ACTING) == set(ACTS_AT)


@pytest.mark.parametrize("name", kinds())
def test_is_described_in_sentences(name: str) -> None:
    one = kind(name)
    assert one.id == name
    assert one.description[0].isupper()
    assert one.description.endswith(".")
    assert "  " not in one.description
    for quantity in one.quantities:
        assert quantity in one.description


@pytest.mark.parametrize("name", SILENT)
def test_a_silent_kind_does_nothing_and_says_so(name: str) -> None:
    assert of(name, "Georgia") == ()
    assert of(name, "a place that nobody listed") == ()
    assert "no effect" in kind(name).description
    assert kind(name).quantities == ()


@pytest.mark.parametrize("name", ACTING)
def test_emits_known_knobs_and_leaves_the_world_alone(name: str) -> None:
    world = having(rule("p", name, ACTS_AT[name], "liable=yes"))
    before = repr(world)
    view = View(world)
    found = kind(name).emit(world.policies[0], view)
    assert found
    assert kind(name).emit(world.policies[0], view) == found
    assert effects(world) == effects(world)
    assert repr(world) == before
    things = {
        "link": set(view._legs),
        "checkpoint": {row.id for row in WORLD.checkpoints},
        "place": {row.id for row in WORLD.places},
    }
    things["link or checkpoint"] = things["link"] | things["checkpoint"]
    things["from and to"] = things["place"]
    for effect in found:
        assert effect.knob in KNOBS
        assert effect.policy == "p"
        assert set(effect.where) <= things[KNOBS[effect.knob].target]
        assert effect.parameter is None or effect.parameter[1] == "p"
    emitted = {effect.parameter[0] for effect in found if effect.parameter is not None}
    assert emitted == set(kind(name).quantities)


@pytest.mark.parametrize("name", ACTING)
def test_applies_to_those_named_only(name: str) -> None:
    for effect in of(name, ACTS_AT[name], "liable=yes"):
        assert effect.who == (("reservists",) if KNOBS[effect.knob].by_cohort else ())
    with pytest.raises(LookupError, match="no cohort fits"):
        of(name, ACTS_AT[name], "liable=yes;document=schengen")


@pytest.mark.parametrize("name", ACTING)
def test_unknown_names_are_errors_and_never_a_wrong_effect(name: str) -> None:
    for place in ("Atlantis", "Russia|Atlantis", "Atlantis-Russia", "Atlantis -> Russia", ""):
        with pytest.raises(LookupError, match="policy p"):
            of(name, place)
    for applies_to in ("nobody", "document=passport", "shoe_size=44", "liable=maybe", ""):
        with pytest.raises(LookupError, match="policy p"):
            of(name, ACTS_AT[name], applies_to)


@pytest.mark.parametrize("name", ACTING)
def test_dates(name: str) -> None:
    later = date(2022, 10, 22)
    for effect in of(name, ACTS_AT[name], valid_until=later):
        assert (effect.start, effect.end) == (DAY, later)
    assert of(name, ACTS_AT[name], valid_until=DAY) == ()
    # Long past and far ahead: what does not meet the days of a run is for compile to leave out.
    assert of(name, ACTS_AT[name], valid_from=date(1999, 1, 1), valid_until=date(1999, 1, 2))


@pytest.mark.parametrize("name", ACTING)
@pytest.mark.parametrize("status", ["announced, undated", "rumoured"])
def test_only_rules_in_force_act(name: str, status: str) -> None:
    assert of(name, ACTS_AT[name], status=status) == ()
    assert of(name, "Atlantis", status=status) == ()


def test_the_order_of_policies_does_not_matter() -> None:
    policies = [rule(f"p{i}", name, ACTS_AT[name]) for i, name in enumerate(ACTING)]
    expected = effects(having(*policies))
    for seed in range(5):
        random.Random(seed).shuffle(policies)
        assert effects(having(*policies)) == expected


def test_a_scenario_without_policies_has_no_effects() -> None:
    assert effects(WORLD) == ()


def test_quantities_are_rows_of_the_schema() -> None:
    schema = files("borderflow.scenario").joinpath("fields.csv").read_text(encoding="utf-8-sig")
    rows = csv.DictReader(schema.splitlines())
    listed = {row["attribute"] for row in rows if row["kind"] == "quantity"}
    # Not in the schema yet.
    proposed = {"rate_rise", "seats_added", "seats_cap"}
    used = {quantity for one in kinds().values() for quantity in one.quantities}
    assert used <= listed | proposed


# The knobs


def test_the_table_of_knobs_is_the_agreed_one() -> None:
    assert set(KNOBS) == {
        *("open", "permit", "admit", "service_rate", "seats", "utility", "attraction", "hazard"),
        "transfer",
    }  # fmt: skip
    for name, knob in KNOBS.items():
        assert knob.id == name
        assert knob.description.endswith(".")
        assert knob.how
        for how in knob.how:
            assert not how or f"'{how}'" in knob.description or name == "hazard"


def test_the_guide_repeats_the_table_of_knobs() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "extend.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", guide, flags=re.MULTILINE)
    assert {name: (target, unit, rule) for name, target, unit, rule in rows} == {
        knob.id: (knob.target, knob.unit, knob.combine) for knob in KNOBS.values()
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"knob": "curfew"}, "no knob"),
        ({"how": "share"}, "no reading"),
        ({"value": None}, "value or a parameter"),
        ({"parameter": ("rate_cut", "p")}, "value or a parameter"),
        ({"where": ()}, "not empty"),
        ({"where": ("b", "a")}, "sorted"),
        ({"who": ("b", "a")}, "sorted"),
        ({"end": DAY}, "ends before"),
        ({"knob": "seats", "how": "cap", "who": ("a",)}, "some cohorts"),
        ({"knob": "transfer"}, "one place to leave"),
    ],
)
def test_an_effect_that_makes_no_sense_is_refused(change: dict[str, Any], reason: str) -> None:
    good = Effect("open", "p", DAY, None, ("a",), value=0.0)
    with pytest.raises(ValueError, match=reason):
        replace(good, **change)


def test_the_number_as_the_knob_takes_it() -> None:
    refused = Effect("admit", "p", DAY, None, ("a",), value=0.25, how="refused")
    assert refused.amount(0.25) == 0.75
    assert replace(refused, how="share").amount(0.25) == 0.25
    feared = Effect("utility", "p", DAY, None, ("a",), value=6.0, how="cost")
    assert feared.amount(6.0) == -6.0
    assert replace(feared, how="saved").amount(6.0) == 6.0
    assert (
        Effect("service_rate", "p", DAY, None, ("a",), value=0.6, how="factor").amount(0.6) == 0.6
    )


# What each kind does


def test_air_ban() -> None:
    both = {"svo-tbs"}
    for place in ("Georgia-Russia", "Russia - Georgia", "RUS\N{EN DASH}GEO", "Georgia"):
        assert where(of("air_ban", place), "open") == both
    assert where(of("air_ban", "Georgia-Russia, as published"), "open") == both
    assert where(of("air_ban", "South Caucasus"), "open") == {"svo-tbs", "svo-evn", "evn-svo"}
    assert where(of("air_ban", "Russia"), "open") == {"svo-tbs", "svo-evn", "evn-svo"}
    assert of("air_ban", "Kazakhstan-Russia") == ()


def test_airport_closed() -> None:
    assert where(of("airport_closed", "Simferopol"), "open") == {"sip-svo"}
    every = {"sip-svo", "svo-evn", "evn-svo", "svo-tbs"}
    assert where(of("airport_closed", "Sheremetyevo"), "open") == every
    assert where(of("airport_closed", "Russia"), "open") == every
    # A country reaches as far as its officers do.
    assert of("airport_closed", "Ukraine") == ()


def test_road_closed() -> None:
    both = where(of("road_closed", "Samara-Uralsk"), "open")
    one = where(of("road_closed", "Samara -> Uralsk"), "open")
    assert one
    assert one <= both
    assert not of("road_closed", "Uralsk -> Samara")
    assert both <= where(of("road_closed", "Samara"), "open")


def test_road_unsafe() -> None:
    """It is dear in the eyes of those concerned, and open."""
    (feared,) = of("road_unsafe", "Samara -> Uralsk")
    assert feared.where == tuple(sorted(where(of("road_closed", "Samara -> Uralsk"), "open")))
    assert (feared.knob, feared.parameter) == ("utility", ("deterrence_hours", "p"))
    assert feared.amount(6.0) == -6.0


def test_camp_closed() -> None:
    found = of("camp_closed", "Tallinn")
    assert {(effect.knob, effect.how) for effect in found} == {("open", ""), ("hazard", "onward")}
    assert where(found, "hazard") == {"tallinn"}


def test_crossing_closed() -> None:
    assert where(of("crossing_closed", "Upper Lars"), "open") == {
        "lars-tbilisi", "lars-tbilisi-bus", "lars-tbilisi-foot", "lars-tbilisi-bicycle",
        "tbilisi-lars",
    }  # fmt: skip
    # Entry into a country by land, its own citizens included; the way out and flights are left.
    shut = of("crossing_closed", "Georgia")
    assert where(shut, "open") == {
        "lars-tbilisi", "lars-tbilisi-bus", "lars-tbilisi-foot", "lars-tbilisi-bicycle",
        "evn-tbilisi",
    }  # fmt: skip
    assert [effect.who for effect in shut] == [()]
    assert where(of("crossing_closed", "Belarus"), "open") == {"moscow-minsk"}
    assert where(of("crossing_closed", "Russia-Estonia"), "open") == {
        "narva-tallinn", "tallinn-narva"
    }  # fmt: skip
    assert of("crossing_closed", "Georgia-Estonia") == ()
    assert of("crossing_closed", "Vladikavkaz") == ()


def test_entry_ban_never_bars_citizens_of_the_country() -> None:
    banned = of("entry_ban", "Georgia")
    assert where(banned, "open") >= {"svo-tbs", "lars-tbilisi", "evn-tbilisi"}
    assert "tbilisi-lars" not in where(banned, "open")
    assert {effect.who for effect in banned} == {RUSSIANS}
    assert of("entry_ban", "Georgia", "nationality=GEO") == ()
    at_post = of("entry_ban", "Narva-Ivangorod", "Russian citizens")
    assert where(at_post, "open") == {"narva-tallinn"}
    at_airport = of("entry_ban", "Yerevan", "Russian citizens")
    assert where(at_airport, "open") == {"svo-evn"}
    assert where(of("entry_ban", "Estonia", "tourists"), "open") == {"narva-tallinn"}
    assert of("visa_required", "Estonia", "tourists") == of("entry_ban", "Estonia", "tourists")


@pytest.mark.parametrize("name", ["exit_control", "checkpoint_enlistment_office"])
def test_exit_control(name: str) -> None:
    at_lars = of(name, "Verkhny Lars", "liable=yes")
    by_knob = {effect.knob: effect for effect in at_lars}
    # The neighbour's exit checkpoint at the same post sees people off in the other direction.
    assert by_knob["admit"].where == ("lars-exit",)
    assert by_knob["admit"].parameter == ("refused_share", "p")
    assert by_knob["admit"].amount(0.1) == pytest.approx(0.9)
    assert by_knob["utility"].parameter == ("deterrence_hours", "p")
    assert by_knob["utility"].amount(6.0) == -6.0
    assert "lars-tbilisi" in by_knob["utility"].where
    assert "tbilisi-lars" not in by_knob["utility"].where
    assert where(of(name, "Russia"), "admit") == {
        "svo-exit", "lars-exit", "mashtakovo-exit", "ivangorod-exit"
    }  # fmt: skip
    assert where(of(name, "Armenia"), "admit") == {"evn-exit"}
    assert where(of(name, "Yerevan"), "admit") == {"evn-exit"}


def test_entry_control_refuses_foreigners_at_the_side_that_is_entered() -> None:
    (at_lars,) = of("entry_control", "Verkhny Lars")
    # The guards of the country that people leave see to those who come home at the same post.
    assert (at_lars.knob, at_lars.where) == ("admit", ("kazbegi-entry",))
    assert at_lars.who == tuple(sorted(RUSSIANS))
    assert at_lars.parameter == ("refused_share", "p")
    assert at_lars.amount(0.1) == pytest.approx(0.9)
    assert where(of("entry_control", "Estonia"), "admit") == {"narva-entry"}
    assert of("entry_control", "Georgia", "nationality=GEO") == ()
    home = of("entry_control", "Russia")
    assert {name for effect in home for name in effect.who} == {"georgians"}


def test_exit_questioning_slows_everybody_and_refuses_nobody() -> None:
    found = of("exit_questioning", "Verkhny Lars", "liable=yes")
    slowed, feared = found
    assert (slowed.knob, slowed.where, slowed.who) == ("service_rate", ("lars-exit",), ())
    assert (slowed.parameter, slowed.how) == (("rate_cut", "p"), "factor")
    assert (feared.knob, feared.who) == ("utility", ("reservists",))


def test_checkpoint_restriction_spares_those_who_go_home() -> None:
    found = of("checkpoint_restriction", "Verkhny Lars")
    assert {effect.knob for effect in found} == {"utility"}
    home = [effect for effect in found if "tbilisi-lars" in effect.where]
    out = [effect for effect in found if "lars-tbilisi" in effect.where]
    assert [effect.who for effect in home] == [("georgians",)]
    assert [effect.who for effect in out] == [RUSSIANS]
    assert where(of("checkpoint_restriction", "Belarus"), "utility") == {
        "moscow-minsk", "moscow-minsk-back"
    }  # fmt: skip


def test_service_rates() -> None:
    both = of("service_rate_cut", "Mashtakovo/Syrym")
    assert where(both, "service_rate") == {"mashtakovo-exit", "syrym-entry"}
    assert where(of("service_rate_cut", "Kazakhstan"), "service_rate") == {"syrym-entry"}
    assert both[0].parameter == ("rate_cut", "p")
    faster = of("service_rate_rise", "Verkhny Lars")
    assert len(faster[0].where) == 4
    assert (faster[0].parameter, faster[0].how) == (("rate_rise", "p"), "factor")


def test_seats() -> None:
    for name, quantity, how in (
        ("extra_seats", "seats_added", "add"),
        ("service_added", "seats_added", "add"),
        ("seat_cap", "seats_cap", "cap"),
    ):
        (found,) = of(name, "Russia-Armenia")
        assert (found.where, found.how) == (("evn-svo", "svo-evn"), how)
        assert found.parameter == (quantity, "p")
    # Links without departures have no seats.
    assert where(of("extra_seats", "Moscow"), "seats") == {"moscow-samara"}
    assert where(of("extra_seats", "Georgia"), "seats") == {"lars-tbilisi-bus", "svo-tbs"}


def test_service_suspended() -> None:
    line = {"samara-oral-bus"}
    for place in ("Samara-Uralsk", "Samara|Uralsk", "Samara|Oral|Tallinn", "Russia-Kazakhstan"):
        assert where(of("service_suspended", place), "open") == line
    assert where(of("service_suspended", "Samara"), "open") == {*line, "moscow-samara"}
    # Cars and flights go on.
    assert where(of("service_suspended", "Georgia"), "open") == {"lars-tbilisi-bus"}
    assert of("service_suspended", "Armenia") == ()


def test_foot_crossings() -> None:
    ways = {"lars-tbilisi-foot", "lars-tbilisi-bicycle"}
    (allowed,) = of("foot_crossing_allowed", "Verkhny Lars", "Russian citizens")
    assert (allowed.knob, set(allowed.where), allowed.value) == ("permit", ways, 1.0)
    assert allowed.who == RUSSIANS
    (closed,) = of("foot_crossing_closed", "Verkhny Lars")
    assert (closed.knob, set(closed.where), closed.value) == ("open", ways, 0.0)


def test_car_ban() -> None:
    # At a post cars are stopped altogether; into a region they may not drive, but within and out.
    assert where(of("car_ban", "Verkhny Lars"), "open") == {
        "vladikavkaz-lars", "vladikavkaz-lars-back", "lars-tbilisi", "tbilisi-lars"
    }  # fmt: skip
    assert where(of("car_ban", "North Ossetia"), "open") == {"moscow-vladikavkaz", "tbilisi-lars"}


def test_evacuation() -> None:
    (moved,) = of("evacuation", "Moscow -> Tallinn", "families")
    assert (moved.knob, moved.where, moved.who) == (
        "transfer", ("moscow", "tallinn"), ("families",)
    )  # fmt: skip
    assert moved.parameter == ("transfer_people", "p")
    assert moved.end == date(2022, 9, 29)
    (back,) = of("evacuation", "Tallinn -> Moscow")
    assert back.where == ("tallinn", "moscow")
    for place in ("Moscow", "Moscow -> Russia", "Moscow -> Tallinn -> Moscow"):
        with pytest.raises(NotFoundError):
            of("evacuation", place)


# Names and look-ups


def view() -> View:
    return View(WORLD)


def test_places_are_named_in_many_ways() -> None:
    for text in ("lars", "Lars", "verkhny lars", " Upper  Lars "):
        assert view().areas(text) == ("lars",)
    for text in ("Georgia", "GEO", "geo"):
        assert view().areas(text) == ("GEO",)
    assert view().areas("lars|Georgia|lars") == ("lars", "GEO")
    assert view().areas("South Caucasus") == ("GEO", "ARM")
    assert view().pair("Georgia-Russia") == (("GEO",), ("RUS",))
    with pytest.raises(NotFoundError):
        view().areas("Georgia-Russia")
    assert view().areas("Narva-Ivangorod") == ("narva",)
    assert view().pair("Narva-Ivangorod") is None
    assert set(view().areas("all")) == set(WORLD.countries)
    assert view().places("Ukraine") == ()
    assert "sip" in view().places("Russia")
    assert set(view().places("all")) == {row.id for row in WORLD.places}


def test_ids_and_codes_go_before_names_and_countries_before_places() -> None:
    places = (place("geo", "GEO", name="Georgia"), place("x", "EST", name="geo"), *WORLD.places)
    world = View(replace(WORLD, places=places))
    assert world.areas("geo") == ("geo",)
    assert world.areas("GEO") == ("GEO",)
    assert world.areas("Georgia") == ("GEO",)


def test_cohorts_are_named_in_many_ways() -> None:
    assert view().cohorts("all") == ("reservists", "families", "georgians")
    assert view().cohorts("Families") == ("families",)
    assert view().cohorts("georgians|reservists") == ("reservists", "georgians")
    assert view().cohorts("Russian citizens") == ("reservists", "families")
    assert view().cohorts("car=yes;nationality=RUS") == ("reservists",)
    assert view().cohorts("nationality=RUS|GEO;car=yes") == ("reservists", "georgians")
    assert view().cohorts("size=3") == ("families",)
    assert view().cohorts("budget=20000") == ("families",)


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(NotFoundError, match="the nearest is 'Georgia'") as caught:
        view().areas("Gorgia")
    assert caught.value.nearest == "Georgia"
    with pytest.raises(NotFoundError, match="the nearest is 'liable'"):
        view().cohorts("lible=yes")
    with pytest.raises(NotFoundError, match="policy p: there is no policy kind 'entry_bann'"):
        of("entry_bann", "Estonia")


def test_a_group_that_names_itself_is_an_error_and_no_endless_loop() -> None:
    world = replace(WORLD, groups=(group("ring", "places", "ring"), group("r", "cohorts", "r")))
    with pytest.raises(NotFoundError):
        View(world).areas("ring")
    with pytest.raises(NotFoundError):
        View(world).cohorts("r")


def test_borders() -> None:
    assert view().border("lars-tbilisi") == ("RUS", "GEO")
    assert view().border("vladikavkaz-lars") is None
    # The way to a post that lies across the line is not the crossing; the checkpoints are.
    assert view().border("moscow-narva") is None
    assert view().border("narva-tallinn") == ("RUS", "EST")
    assert view().border("tallinn-narva") == ("EST", "RUS")
    # Nobody checks: the ends tell.
    assert view().border("moscow-minsk-back") == ("BLR", "RUS")
    assert view().border("svo-tbs") == ("RUS", "GEO")
    # Another state's control counts, not the map.
    assert view().border("sip-svo") is None


def test_links_and_checkpoints() -> None:
    world = view()
    assert set(world.links_into(["KAZ"])) == {"samara-oral-bus", "mashtakovo-oral"}
    assert set(world.links_out_of(["EST"])) == {"tallinn-narva"}
    assert world.links_between(["EST"], ["RUS"]) == world.links_between(["RUS"], ["EST"])
    assert world.links_between(["moscow"], ["minsk"]) == ("moscow-minsk", "moscow-minsk-back")
    assert set(world.links_at(["mashtakovo"])) == {
        "samara-mashtakovo", "samara-mashtakovo-back", "samara-oral-bus", "mashtakovo-oral"
    }  # fmt: skip
    assert world.checkpoints_at(["GEO"], "exit") == ("kazbegi-exit",)
    assert len(world.checkpoints_at(["lars"])) == 4
    assert world.links_through(["evn-exit"]) == ("evn-svo",)
    for link, (left, entered) in (
        (link, border) for link in world._legs if (border := world.border(link))
    ):
        assert left != entered
        assert link in world.links_out_of([left])
        assert link in world.links_into([entered])


# The registry


def test_a_kind_registered_while_running_acts() -> None:
    def emit(policy: Any, world: View, /) -> list[Effect]:
        here = world.places(policy.place)
        return make(policy, world, "hazard", here, ["reservists"], value=0.5, how="leave")

    curfew = PolicyKind("curfew", "Nobody may be in the street after dark.", emit)
    assert register(curfew) is curfew
    try:
        (found,) = of("curfew", "Moscow")
        assert (found.knob, found.where, found.value) == ("hazard", ("moscow",), 0.5)
        with pytest.raises(ValueError, match="another policy kind 'curfew'"):
            register(replace(curfew, description="Something else."))
    finally:
        unregister("curfew")
    with pytest.raises(LookupError):
        of("curfew", "Moscow")


def test_threads_that_ask_first_find_all_kinds() -> None:
    from borderflow.mode import registry

    fresh = registry.Registry(PolicyKind, "policy kind", "borderflow.policy", "KINDS")
    begin = Barrier(8)

    def ask(_: int) -> int:
        begin.wait()
        return len(fresh.all())

    with ThreadPoolExecutor(8) as pool:
        assert {*pool.map(ask, range(8))} == {len(kinds())}


def test_installed_packages_bring_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    from borderflow.mode import registry

    def points(loaded: object) -> Any:
        point = SimpleNamespace(name="x", value="elsewhere:KIND", load=lambda: loaded)
        return lambda group: [point] if group == "borderflow.policy" else []

    def fresh() -> registry.Registry[PolicyKind]:
        return registry.Registry(PolicyKind, "policy kind", "borderflow.policy", "KINDS")

    curfew = PolicyKind("curfew", "Nobody may be in the street after dark.")
    monkeypatch.setattr(registry, "entry_points", points(curfew))
    assert {*fresh().all()} == {*kinds(), "curfew"}
    # The package may list its own kinds as entry points too.
    monkeypatch.setattr(registry, "entry_points", points(kind("air_ban")))
    assert {*fresh().all()} == {*kinds()}
    monkeypatch.setattr(registry, "entry_points", points(PolicyKind("air_ban", "Another.")))
    faulty = fresh()
    for _ in range(2):
        with pytest.raises(ValueError, match=r"entry point x = elsewhere:KIND: there already is"):
            faulty.all()
    monkeypatch.setattr(registry, "entry_points", points("no kind"))
    with pytest.raises(TypeError, match="is not a policy kind"):
        fresh().all()


def test_every_pair_of_policies_commutes() -> None:
    for one, other in itertools.combinations(ACTING, 2):
        a, b = rule("a", one, ACTS_AT[one]), rule("b", other, ACTS_AT[other])
        assert effects(having(a, b)) == effects(having(b, a))
