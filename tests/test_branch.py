"""Members that go on under other rules find exactly what they find when run from the start."""

from typing import Any

import numpy as np
import pytest

from borderflow import api, loading
from borderflow.compile import Compiled, realise
from borderflow.ensemble import MemberResult, run_one
from borderflow.scenario import Scenario
from borderflow.scenario.edit import without
from borderflow.web import changes
from borderflow.web.ask import WhatIf
from borderflow.web.branch import Base, Branch, Room
from worlds import tiny_folder

SEED, MEMBERS = 7, 3


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    # A drawn rule, flights that stop for two days and later carry less, people who are moved.
    def number(quantity: str, kind: str, median: str, low: str, high: str) -> dict[str, str]:
        return {"id": kind, "quantity": quantity, "applies_to": kind, "distribution": "lognormal",
                "median": median, "low": low, "high": high, "assumed": "yes",
                "reason": "A guess"}  # fmt: skip

    def rule(kind: str, place: str, begins: str, ends: str = "") -> dict[str, str]:
        return {"id": kind, "kind": kind, "place": place, "applies_to": "all",
                "announced": "2022-09-20", "known_from": "2022-09-20", "valid_from": begins,
                "valid_until": ends, "until_known_from": ends and "2022-09-20",
                "status": "in force", "detail": "", "confidence": "high"}  # fmt: skip

    folder = tiny_folder(
        tmp_path_factory.mktemp("branch"),
        cells={
            "parameter": {"amplitude-decree": {"median": "3000", "low": "2000", "high": "4000"}},
            "cohort": {"men-car": {"share": "0.06"}},
        },
        header={"booking_days": "2"},
        add={
            "parameter": [
                number("rate_cut", "exit_questioning", "0.6", "0.4", "0.8"),
                number("transfer_people", "evacuation", "900", "500", "1500"),
                number("seats_cap", "seat_cap", "60", "50", "70"),
            ],
            "policy": [
                rule("exit_questioning", "Gate", "2022-09-24"),
                rule("evacuation", "Town -> Haven City", "2022-09-24", "2022-09-27"),
                rule("air_ban", "Isle", "2022-09-24", "2022-09-26"),
                rule("seat_cap", "Field", "2022-09-26"),
                rule("mobilisation_decree", "Origin", "2022-09-25"),
            ],
            # Without the ban they see the same doors as men with a car: one class less.
            "cohort": [
                {
                    "id": "older",
                    "name": "Older men with a car",
                    "group": "Older men",
                    "nationality": "AAA",
                    "document": "foreign",
                    "liable": "no",
                    "size": "1",
                    "share": "0.04",
                    "car": "yes",
                    "value_of_time": "400",
                    "budget": "60000",
                    "leave_per_day": "0.0002",
                    "return_per_day": "0.01",
                    "onward_per_day": "0.002",
                    "patience_hours": "48",
                },
            ],
            "driver": [
                {
                    "id": "second",
                    "driver": "decree",
                    "place": "all",
                    "applies_to": "liable=yes",
                    "shape": "pulse",
                    "valid_from": "2022-09-25T09:00",
                    "value": "1",
                    "rise_hours": "12",
                    "half_life_days": "4",
                    "parameter": "amplitude-decree",
                    "policy": "mobilisation_decree",
                    "known_from": "2022-09-25",
                    "assumed": "no",
                },
            ],
        },
    )
    return loading.load(str(folder))


@pytest.fixture(scope="module")
def base(scenario: Scenario) -> Base:
    made = Base(api.compile_known(scenario, None), SEED, Room())
    for number in range(MEMBERS):
        made.run(number)
    return made


def same(one: MemberResult, two: MemberResult) -> bool:
    assert one.arrays.keys() == two.arrays.keys()
    return (one.draws, one.balance) == (two.draws, two.balance) and all(
        np.array_equal(one.arrays[name], two.arrays[name]) for name in two.arrays
    )


def begun(branch: Branch) -> list[int]:
    """Step from which each member is run."""
    made = [realise(branch.other, SEED, number)[0] for number in range(MEMBERS)]
    return [branch.first(number, member) for number, member in enumerate(made)]


def compiled(scenario: Scenario, **asked: Any) -> Compiled:
    wanted = WhatIf.model_validate({"run": "r1", **asked})
    other = changes.put(without(scenario, *wanted.without), wanted)
    return api.compile_known(other, None)


def test_being_kept_changes_nothing(base: Base) -> None:
    assert len(base.stops) > 2
    assert base.stops == tuple(base.kept[0])
    for number in range(MEMBERS):
        again = Base(base.compiled, SEED, Room()).run(number)
        assert same(again, run_one(base.compiled, SEED, number))


GATE = {"at": "gate", "from": "2022-09-25"}


@pytest.mark.parametrize(
    ("asked", "resumed"),
    [
        ({"without": ["ban"]}, True),
        ({"without": ["exit_questioning"]}, True),
        ({"without": ["air_ban"]}, True),
        ({"without": ["evacuation"]}, True),
        ({"without": ["mobilisation_decree"]}, True),
        ({"moved": [{"id": "mobilisation_decree", "from": "2022-09-27"}]}, True),
        ({"without": ["seat_cap"]}, True),
        ({"without": ["ban", "air_ban", "seat_cap", "evacuation"]}, True),
        ({"moved": [{"id": "ban", "from": "2022-09-27", "until": "2022-09-29"}]}, True),
        ({"moved": [{"id": "air_ban", "from": "2022-09-24", "until": "2022-09-28"}]}, True),
        ({"moved": [{"id": "decree", "from": "2022-09-23"}]}, False),
        ({"added": [{"kind": "lanes", "factor": 3, **GATE}]}, True),
        ({"added": [{"kind": "hours", "open": "09:00", "close": "12:00", **GATE}]}, True),
        ({"added": [{"kind": "close", **GATE}]}, True),
        ({"added": [{"kind": "close", "at": "BBB", "from": "2022-09-26"}]}, True),
        ({"added": [{"kind": "open", "at": "CCC", "from": "2022-09-27"}]}, True),
        ({"added": [{"kind": "documents", "at": "BBB", "from": "2022-09-25",
                     "document": "internal"}]}, True),
        ({"added": [{"kind": "bus", "seats_day": 200, **GATE}]}, False),
        ({"added": [{"kind": "foot_allowed", **GATE}]}, True),
        ({"added": [{"kind": "lanes", "at": "gate", "from": "2022-09-19", "factor": 3}]}, False),
    ],
    ids=str,
)  # fmt: skip
def test_a_member_that_goes_on_is_the_one_run_from_the_start(
    scenario: Scenario, base: Base, asked: dict[str, Any], resumed: bool
) -> None:
    other = compiled(scenario, **asked)
    branch = Branch(base, other)
    fewer = len(base.compiled.world.vot) - len(other.world.vot)
    assert fewer == ("ban" in asked.get("without", []))
    assert [first > 0 for first in begun(branch)] == [resumed] * MEMBERS
    for number in range(MEMBERS):
        assert same(branch.run(number), run_one(other, SEED, number)), number


def test_members_for_whom_there_is_no_room_begin_at_the_start(
    scenario: Scenario, base: Base
) -> None:
    size = sum(len(stand.packed.data) for stand in base.kept[0].values())
    small = Base(base.compiled, SEED, Room(size + 1))
    found = [small.run(number) for number in range(MEMBERS)]
    branch = Branch(small, compiled(scenario, without=["air_ban"]))
    assert [first > 0 for first in begun(branch)] == [True, False, False]
    for number in range(MEMBERS):
        assert same(found[number], run_one(base.compiled, SEED, number))
        assert same(branch.run(number), run_one(branch.other, SEED, number))
