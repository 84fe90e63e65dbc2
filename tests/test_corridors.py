"""Corridors: the engine's own chances along whole ways, for days long past, doors shut left out."""

import json
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from borderflow.cli import main
from borderflow.corridor import Corridor, corridors, past
from borderflow.corridor.listing import LISTED
from borderflow.corridor.text import render
from borderflow.errors import ScenarioError
from borderflow.scenario import Scenario
from small import START, day, haven, people, rule, scenario, town, way
from worlds import tiny, tiny_folder


def two_ways(**more: object) -> Scenario:
    """Two ways to one haven, one an hour longer; and another haven behind it."""
    rows = {
        "places": (town("a", 1000), haven("b"), haven("far")),
        "links": (
            way("short", "a", "b", hours=3.0),
            way("long", "a", "b", hours=4.0, mode="rail"),
            way("on", "b", "far", hours=5.0),
        ),
        "cohorts": (people("p", 0.1),),
        "numbers": {"way_scale": 2.0, "cost_sensitivity": 0.1, "nest_scale": 1.0},
    }
    return scenario(**{**rows, **more})


def shares(rows: tuple[Corridor, ...]) -> dict[tuple[str, ...], float]:
    return {tuple(leg.link for leg in row.legs): row.share for row in rows}


def test_shares_are_those_of_the_logits() -> None:
    """Where to: a logit on the soft cost; which way: a logit on the length."""
    found = shares(corridors(two_ways(), "a", START, members=2).corridors)
    soft = -2.0 * math.log(math.exp(-3.0 / 2.0) + math.exp(-4.0 / 2.0))
    near = 1.0 / (1.0 + math.exp(-0.1 * 5.0))
    short = math.exp((soft - 3.0) / 2.0)
    assert found == pytest.approx(
        {
            ("short",): near * short,
            ("long",): near * (1 - short),
            ("short", "on"): (1 - near) * short,
            ("long", "on"): (1 - near) * (1 - short),
        },
        abs=1e-9,
    )


@pytest.mark.parametrize("when", ["2022-09-20", "2022-09-23", "2022-09-27"])
def test_corridors_of_the_tiny_world(when: str, tmp_path: Path) -> None:
    found = corridors(tiny(tmp_path), "town", when, members=3)
    rows = found.corridors
    assert sum(row.share for row in rows) == pytest.approx(1.0, abs=1e-9)
    assert [row.share for row in rows] == sorted((row.share for row in rows), reverse=True)
    assert len({row.destination for row in rows}) == 2
    for row in rows:
        assert row.share >= LISTED
        assert row.share_q10 <= row.share_q90
        assert row.legs[0].from_ == "Town"
        assert row.crossing in {leg.from_ for leg in row.legs}
        assert row.legs[-1].to == row.destination
        for leg, following in zip(row.legs, row.legs[1:], strict=False):
            assert leg.to == following.from_
        assert all(leg.source for leg in row.legs)
        assert row.wait_hours == pytest.approx(sum(leg.wait_hours for leg in row.legs), abs=0.02)
        assert row.hours == pytest.approx(
            sum(leg.hours + leg.wait_hours for leg in row.legs), abs=0.02
        )
    assert set(found.crossings) == {"Gate", "Field"}
    assert sum(found.crossings.values()) == pytest.approx(1.0, abs=1e-9)
    text = render(found)
    assert "scenario, not prediction" in text
    assert "people expected to leave" in text


def test_small_ways_are_counted_with_those_most_like_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is not listed is counted all the same, with the way that shares most hours with it."""
    every = shares(corridors(two_ways(), "a", START, members=2).corridors)
    monkeypatch.setattr("borderflow.corridor.listing.LISTED", 0.2)
    few = corridors(two_ways(), "a", START, members=2)
    # To "b" both ways are large. To "far" only one is, which has the last link of the other.
    assert shares(few.corridors) == pytest.approx(
        {
            ("short",): every["short",],
            ("long",): every["long",],
            ("short", "on"): every["short", "on"] + every["long", "on"],
        }
    )


def test_the_largest_way_to_a_place_is_listed_however_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("borderflow.corridor.listing.LISTED", 2.0)
    few = shares(corridors(two_ways(), "a", START, members=2).corridors)
    assert set(few) == {("short",), ("short", "on")}
    assert sum(few.values()) == pytest.approx(1.0)


def test_links_hardly_taken_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who would take them go on otherwise; if all are small, by the likeliest."""
    for least, left in ((0.2, {("short",), ("long",), ("short", "on")}), (2.0, None)):
        monkeypatch.setattr("borderflow.corridor.ways.LEAST", least)
        few = shares(corridors(two_ways(), "a", START, members=2).corridors)
        assert set(few) == (left or {("short",), ("short", "on")})
        assert sum(few.values()) == pytest.approx(1.0)


def test_a_shut_door_never_appears() -> None:
    """From the day on which the way is shut, and not before."""
    shut = two_ways(
        policies=(rule("shut", "service_suspended", "a -> b", start=3),),
        links=(
            way("short", "a", "b", hours=3.0),
            way("long", "a", "far", hours=4.0, mode="rail"),
        ),
    )
    before = shares(corridors(shut, "a", day(2), members=1).corridors)
    after = shares(corridors(shut, "a", day(3), members=1).corridors)
    assert set(before) == {("short",), ("long",)}
    assert set(after) == {("long",)}


def test_nobody_can_leave() -> None:
    none = two_ways(links=(way("back", "b", "a"),))
    found = corridors(none, "a", START, members=1)
    assert found.corridors == ()
    assert "Nobody could leave" in render(found)


def test_days_that_are_not_long_past_are_refused() -> None:
    today = date(2022, 10, 20)
    assert past(today - timedelta(days=30), today) == date(2022, 9, 20)
    for recent in (29, 0, -100):
        with pytest.raises(ScenarioError, match="no advice on how to travel") as refused:
            past(today - timedelta(days=recent), today)
        assert refused.value.findings[0].nearest == "2022-09-20"


def test_the_command_prints_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = str(tiny_folder(tmp_path))
    words = ["corridors", world, "--from", "Old Town", "--on", "2022-09-23", "--members", "2"]
    assert main([*words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["scenario"], data["from"], data["date"]) == ("tiny", "Town", "2022-09-23")
    assert (data["seed"], data["as_of"]) == (1, None)
    whole = data["corridors"]
    assert {"destination", "legs", "hours", "wait_hours", "share"} <= set(whole[0])
    legs = {"mode", "from", "to", "hours", "wait_hours", "fare", "source"}
    assert all(legs <= set(leg) for row in whole for leg in row["legs"])
    assert {leg["source"] for row in whole for leg in row["legs"]} == set(data["sources"])
    assert not [key for key in keys(data) if key in ("people", "document", "cohort", "group")]


def keys(data: object) -> Iterator[str]:
    if isinstance(data, dict):
        yield from data
        for value in data.values():
            yield from keys(value)
    elif isinstance(data, list):
        for value in data:
            yield from keys(value)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--on": "2999-01-01"}, "at least 30 days past"),
        ({"--on": "2022-10-22"}, "outside the scenario"),
        ({"--on": "yesterday"}, "not a date"),
        ({"--from": "Twon"}, "did you mean 'town'"),
        ({"--from": "Gate"}, "nobody's home"),
        ({"--members": "0"}, "at least one member"),
    ],
)
def test_wrong_usage(
    changed: dict[str, str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"--from": "town", "--on": "2022-09-23", "--members": "1", **changed}
    words = [word for option in options.items() for word in option]
    assert main(["corridors", str(tiny_folder(tmp_path)), *words]) == 2
    assert says in capsys.readouterr().err


def test_both_arguments_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corridors", "--from", "Kazan"]) == 2
    assert "--on" in capsys.readouterr().err
