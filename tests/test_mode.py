"""Every travel mode keeps the same contract, and the registry keeps its own."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest

from borderflow.mode import Mode, great_circle_km, mode, modes, register, unregister

SHIPPED = ("air", "bicycle", "bus", "ferry", "foot", "lorry", "rail", "road")


@dataclass(frozen=True)
class Party:
    car: bool
    vehicle: str


ON_FOOT = Party(car=False, vehicle="any")
BY_CAR = Party(car=True, vehicle="any")
LORRY = Party(car=False, vehicle="lorry")


def test_shipped_modes_are_registered() -> None:
    assert set(SHIPPED) <= set(modes())
    assert list(modes()) == sorted(modes())


@pytest.mark.parametrize("name", modes())
def test_contract(name: str) -> None:
    one = mode(name)
    assert one.id == name
    for sentence in (one.description, one.argument):
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert "  " not in sentence
    assert one.queue_class in ("car", "bus", "foot", "lorry")
    assert one.hours(0.0) == one.access_hours
    assert one.hours(100.0) > one.hours(10.0)
    assert one.fare(100.0) >= one.fare(10.0) >= 0
    assert one.distance_km(100.0) >= 100.0
    assert any(one.allows(party) for party in (ON_FOOT, BY_CAR, LORRY))
    if one.needs_car:
        assert not one.allows(ON_FOOT)


@pytest.mark.parametrize("name", modes())
def test_lorries_and_the_others_share_no_mode(name: str) -> None:
    one = mode(name)
    assert one.allows(LORRY) is (one.vehicle == "lorry")
    assert one.allows(BY_CAR) is not one.allows(LORRY)


def test_who_may_use_what() -> None:
    known = modes()
    assert {name for name in SHIPPED if known[name].allows(ON_FOOT)} == {
        "air", "bicycle", "bus", "ferry", "foot", "rail"
    }  # fmt: skip
    assert {name for name in SHIPPED if known[name].allows(LORRY)} == {"lorry"}
    assert {name for name in SHIPPED if known[name].needs_car} == {"road"}
    assert {name for name in SHIPPED if known[name].scheduled_allowed} == {
        "air", "bus", "ferry", "rail"
    }  # fmt: skip


def test_time_and_fare_are_linear_in_the_distance() -> None:
    bus = mode("bus")
    assert bus.hours(100.0) == pytest.approx(bus.access_hours + 100.0 / bus.speed_kmh)
    assert bus.fare(100.0) == pytest.approx(bus.fare_fixed + 100.0 * bus.fare_per_km)


def test_great_circle() -> None:
    assert great_circle_km(10.0, 20.0, 10.0, 20.0) == 0.0
    assert great_circle_km(90.0, 0.0, -90.0, 55.0) == pytest.approx(math.pi * 6371.0088)
    one_way = great_circle_km(55.75, 37.62, 41.72, 44.79)
    assert one_way == pytest.approx(great_circle_km(41.72, 44.79, 55.75, 37.62))
    assert one_way == pytest.approx(1645, abs=10)  # Moscow to Tbilisi
    assert great_circle_km(0.0, 179.5, 0.0, -179.5) == pytest.approx(111.2, abs=0.1)


@pytest.mark.parametrize(
    "change",
    [
        {"speed_kmh": 0.0},
        {"speed_kmh": math.inf},
        {"detour": 0.9},
        {"access_hours": -1.0},
        {"fare_per_km": -0.1},
        {"fare_fixed": math.nan},
    ],
)
def test_absurd_numbers_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="road"):
        replace(mode("road"), **change)


def test_unknown_mode_names_the_nearest() -> None:
    with pytest.raises(LookupError, match="the nearest is 'bicycle'"):
        mode("bycicle")


def test_register_and_unregister() -> None:
    sleigh = replace(mode("foot"), id="sleigh", description="Riding a sleigh over the ice.")
    assert register(sleigh) is sleigh
    try:
        assert mode("sleigh") is sleigh
        assert register(sleigh) is sleigh
        with pytest.raises(ValueError, match="another travel mode 'sleigh'"):
            register(replace(sleigh, speed_kmh=9.0))
    finally:
        unregister("sleigh")
    assert "sleigh" not in modes()
    with pytest.raises(LookupError):
        unregister("sleigh")


def test_shipped_modes_cannot_be_replaced_or_removed() -> None:
    with pytest.raises(ValueError, match="another travel mode 'road'"):
        register(replace(mode("road"), speed_kmh=90.0))
    with pytest.raises(LookupError):
        unregister("road")


def test_only_modes_with_valid_ids_are_modes() -> None:
    with pytest.raises(TypeError):
        register("road")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="valid id"):
        register(replace(mode("road"), id="Own Car"))


def test_the_list_handed_out_is_a_copy() -> None:
    modes().clear()
    assert modes()
    assert all(isinstance(one, Mode) for one in modes().values())
