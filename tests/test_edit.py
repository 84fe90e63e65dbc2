"""Edits are pure, and nothing that was not known yet leaves a trace."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borderflow import loading
from borderflow.errors import ScenarioError
from borderflow.policy import PolicyKind, register, unregister
from borderflow.scenario import (
    NotFoundError,
    Policy,
    Scenario,
    check,
    diff,
    until,
    with_policies,
    without,
)
from borderflow.scenario.edit import may_not_switch
from borderflow.scenario.model import NOWHERE
from worlds import Tables, tiny

START = date(2022, 9, 19)


def a_policy(name: str = "new", **more: Any) -> Policy:
    values: dict[str, Any] = {
        "id": name,
        "place": "Gate",
        "kind": "crossing_closed",
        "known_from": date(2022, 9, 22),
        "valid_from": date(2022, 9, 23),
    }
    return Policy(**values | more)


@pytest.fixture
def world(tmp_path: Path) -> Scenario:
    return tiny(
        tmp_path,
        add={
            "parameter": [
                {
                    "id": "cut",
                    "quantity": "refused_share",
                    "applies_to": "decree",
                    "distribution": "fixed",
                    "median": 0.1,
                    "reason": "None",
                }
            ]
        },
    )


def test_adding_and_taking_away_is_nothing(world: Scenario) -> None:
    before = world.hash
    new = a_policy()
    more = with_policies(world, [new])
    assert more.policies == (*world.policies, new)
    assert world.hash == before
    assert more.hash != before
    assert without(more, "new") == world
    assert without(more, "new").hash == before
    assert with_policies(world, []) == world


def test_a_policy_is_replaced_only_on_purpose(world: Scenario) -> None:
    new = a_policy("decree", kind="law_change", place="Origin")
    with pytest.raises(ValueError, match="already"):
        with_policies(world, [new])
    with pytest.raises(ValueError, match="already"):
        with_policies(world, [a_policy(), a_policy()])
    replaced = with_policies(world, [new], replacing=True)
    assert [p.id for p in replaced.policies] == [p.id for p in world.policies]
    assert replaced.policy("decree") == new


def test_what_a_policy_brought_about_goes_with_it(world: Scenario) -> None:
    less = without(world, "decree")
    assert [p.id for p in less.policies] == ["ban"]
    assert [d.id for d in less.drivers] == ["rumour"]
    assert "cut" not in [p.id for p in less.parameters]
    # A driver called like the policy keeps its amplitude: that is not about the policy.
    assert not [f for f in check(less) if f.check == "references"]
    assert without(world, "decree", "ban").policies == ()
    with pytest.raises(NotFoundError) as caught:
        without(world, "decre")
    assert caught.value.nearest == "decree"


def test_rules_on_leaving_are_taken_away_in_hindsight_only(world: Scenario) -> None:
    rule = dataclasses.replace(world.policies[0], id="lists", kind="exit_control", where=NOWHERE)
    for ends, may in ((date.today() - timedelta(days=30), True), (date.today(), False)):
        moved = dataclasses.replace(world, policies=(*world.policies, rule), end=ends)
        assert may_not_switch(moved, date.today()) == (set() if may else {"lists"})
    with pytest.raises(ScenarioError, match="30 days after the last day"):
        loading.change(moved, without=["lists"])
    assert loading.change(dataclasses.replace(moved, end=world.end), without=["lists"]) is not moved


def test_kinds_say_themselves_that_they_are_put_on_leaving(world: Scenario) -> None:
    name = "passports_kept"
    rule = dataclasses.replace(world.policies[0], id="kept", kind=name, where=NOWHERE)
    recent = dataclasses.replace(world, policies=(*world.policies, rule), end=date.today())
    register(PolicyKind(name, "Passports are kept by the authorities.", on_leaving=True))
    try:
        assert may_not_switch(recent, date.today()) == {"kept"}
    finally:
        unregister(name)


def test_an_end_not_yet_known_is_open(world: Scenario) -> None:
    before = until(world, date(2022, 9, 26)).policy("ban")
    assert before.valid_until is None
    assert before.until_known_from is None
    assert until(world, date(2022, 9, 27)).policy("ban") == world.policy("ban")
    (rumour,) = [d for d in until(world, date(2022, 9, 20)).drivers if d.id == "rumour"]
    assert rumour.valid_until is None
    (rumour,) = [d for d in until(world, date(2022, 9, 21)).drivers if d.id == "rumour"]
    assert rumour.valid_until == datetime(2022, 9, 21, 9)


def test_only_what_is_known_is_used(world: Scenario) -> None:
    early = until(world, START)
    assert early.policies == early.drivers == early.reports == ()
    assert early.places == world.places
    assert [r.id for r in until(world, date(2022, 9, 23)).reports] == ["r1", "r3", "r4"]
    assert until(world, date(2022, 9, 27)) == world
    with pytest.raises(ValueError, match="begins on 2022-09-19"):
        until(world, date(2022, 9, 18))


def test_what_rests_on_the_unknown_goes_with_it(tmp_path: Path) -> None:
    scenario = tiny(
        tmp_path,
        cells={
            "place": {"isle": {"known_from": "2022-09-22"}},
            "policy": {"ban": {"place": "CCC"}},
        },
    )
    early = until(scenario, date(2022, 9, 21))
    assert "isle" not in early.by_id("place")
    assert "field-isle" not in early.by_id("link")
    assert "isle-field" not in early.by_id("link")
    assert "visitors-field" not in early.by_id("traffic")
    assert not [f for f in check(early) if f.level == "error"]


@given(data=st.data(), days=st.integers(0, 9))
def test_the_unknown_leaves_no_trace(
    data: st.DataObject, days: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    as_of = START + timedelta(days=days)
    later = st.dates(as_of + timedelta(days=1), date(2023, 1, 1))

    def change(rows: Tables) -> None:
        for kind in ("policy", "driver", "report"):
            for row in list(rows[kind]):
                known = row["known_from"] > as_of.isoformat()
                if known and data.draw(st.booleans()):
                    rows[kind].remove(row)
                elif known:
                    row["known_from"] = data.draw(later).isoformat()
                if row.get("until_known_from", "") > as_of.isoformat():
                    row["until_known_from"] = data.draw(later).isoformat()
                    row["valid_until"] = data.draw(later).isoformat()

    one = tiny(tmp_path_factory.mktemp("a"))
    other = tiny(tmp_path_factory.mktemp("b"), change=change)
    # Order in the file is kept, so equal content means equal bytes.
    assert until(one, as_of).hash == until(other, as_of).hash
    assert until(until(one, as_of), as_of) == until(one, as_of)


def test_differences_are_named(world: Scenario, tmp_path: Path) -> None:
    assert diff(world, world) == ()
    new = a_policy()
    (added,) = diff(world, with_policies(world, [new]))
    assert (added.kind, added.id, added.attribute, added.after) == ("policy", "new", None, new)
    (gone,) = diff(with_policies(world, [new]), world)
    assert (gone.before, gone.after) == (new, None)
    other = dataclasses.replace(
        world,
        name="Else",
        countries={**world.countries, "DDD": "Else"},
        links=(dataclasses.replace(world.links[0], hours=9.0), *world.links[1:]),
        places=world.places[::-1],
    )
    assert [(c.kind, c.id, c.attribute, c.before, c.after) for c in diff(world, other)] == [
        ("scenario", "tiny", "name", "A tiny world", "Else"),
        ("country", "DDD", None, None, "Else"),
        ("link", "town-gate", "hours", 2.5, 9.0),
    ]
