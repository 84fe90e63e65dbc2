"""Reports as functionals: each is recomputed by hand; what cannot be compared says why."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import api
from borderflow.lookup import WHO
from borderflow.observe import FUNCTIONALS, TITLE, Unusable, simulate_report, unused
from borderflow.observe.functionals import drawn
from borderflow.observe.plausibility import band, observed_range
from borderflow.observe.scope import UnusableError, areas, modes, people, per_day
from borderflow.results import Results
from borderflow.results.spread import Sorted
from borderflow.scenario import Report
from borderflow.scenario.fields import quantities
from worlds import tiny

DAY = date(2022, 9, 22)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    cells = {
        "place": {"gate": {"aliases": "Haven: Gate|The Gate"}},
        "cohort": {"families": {"group": "Women and children"}},
    }
    more = [
        {
            "id": "tail",
            "quantity": "wait_tail",
            "distribution": "fixed",
            "median": "1.5",
            "reason": "Made up",
        },
        {
            "id": "handling",
            "quantity": "handling_hours",
            "distribution": "fixed",
            "median": "0.75",
            "reason": "Made up",
        },
        {
            "id": "per-km",
            "quantity": "vehicles_per_km",
            "distribution": "lognormal",
            "median": "120",
            "low": "80",
            "high": "180",
            "reason": "Made up",
        },
    ]
    scenario = tiny(tmp_path_factory.mktemp("observe"), cells=cells, add={"parameter": more})
    return api.run(scenario, members=8, seed=3)


def report(**values: Any) -> Report:
    base: dict[str, Any] = {
        "id": "r",
        "date_start": DAY,
        "date_end": DAY,
        "place": "Haven",
        "quantity": "entries_russian_citizens",
        "value": 1.0,
        "unit": "persons/day",
        "known_from": DAY,
    }
    made = base | values
    if "date_end" not in values:
        made["date_end"] = made["date_start"]
    return Report(**made)


def simulated(results: Results, **values: Any) -> np.ndarray:
    found = simulate_report(report(**values), results)
    assert not isinstance(found, Unusable), found
    assert found[0].shape == (results.members,)
    return found[0]


def reason(results: Results, **values: Any) -> str:
    found = simulate_report(report(**values), results)
    assert isinstance(found, Unusable)
    return str(found)


def crossed(results: Results, place: str, into: str, who: str) -> np.ndarray:
    """People of each member and day who made a crossing, by hand."""
    index = [
        i
        for i, c in enumerate(results.labels.crossings)
        if (c.place, c.destination) == (place, into)
    ]
    chosen = results.lookup.who[:, WHO.index(who)].astype(bool)
    return results.arrays["entries"][:, :, index, :][..., chosen].sum(axis=(2, 3))


def at(results: Results, day: date) -> int:
    return results.labels.days.index(day)


def test_entries_on_a_day(results: Results) -> None:
    expected = crossed(results, "gate", "BBB", "all")[:, at(results, DAY)]
    assert expected.min() > 0
    assert simulated(results) == pytest.approx(expected)
    assert simulated(results, place="The Gate") == pytest.approx(expected)


def test_a_total_and_a_mean_over_days(results: Results) -> None:
    window = {"date_start": date(2022, 9, 20), "date_end": date(2022, 9, 23)}
    days = crossed(results, "gate", "BBB", "all")[:, 1:5]
    cumulative = {"quantity": "cumulative_entries", "unit": "persons"}
    assert simulated(results, **window, **cumulative) == pytest.approx(days.sum(axis=1))
    assert simulated(results, **window) == pytest.approx(days.mean(axis=1))
    assert simulated(results, **window, unit="persons/24h") == pytest.approx(days.mean(axis=1))


def test_people_who_stay(results: Results) -> None:
    haven = [i for i, end in enumerate(results.labels.destinations) if end.country == "BBB"]
    fled = [not group.ordinary for group in results.labels.groups]
    stock = results.arrays["present"][:, :, haven][..., fled].sum(axis=(2, 3))
    assert stock.max() > 0
    first, last = results.labels.days[-3], results.labels.days[-1]
    how = {"quantity": "present", "unit": "persons", "place": "Haven"}
    assert simulated(results, **how, date_start=last, date_end=last) == pytest.approx(stock[:, -1])
    mean = simulated(results, **how, date_start=first, date_end=last)
    assert mean == pytest.approx(stock[:, -3:].mean(axis=1))
    assert "nobody stays" in reason(results, **{**how, "place": "Gate"})


def test_refusals_are_counted_for_whole_countries(tmp_path: Path) -> None:
    rule = {
        "id": "closer", "place": "BBB", "kind": "entry_control", "applies_to": "all",
        "known_from": "2022-09-01", "valid_from": "2022-09-01", "status": "in force",
    }  # fmt: skip
    share = {"id": "closer-share", "quantity": "refused_share", "applies_to": "closer",
             "distribution": "fixed", "median": "0.5", "reason": "Made up"}  # fmt: skip
    made = tiny(tmp_path, add={"policy": [rule], "parameter": [share]})
    results = api.run(made, members=2)
    country = results.labels.countries.index("BBB")
    people = results.arrays["refused"][:, :, country].sum(axis=2)
    assert people.sum(axis=1).min() > 10
    first, last = results.labels.days[0], results.labels.days[-1]
    how = {"quantity": "refused", "unit": "persons", "date_start": first, "date_end": last}
    assert simulated(results, **how, place="BBB") == pytest.approx(people.sum(axis=1))
    daily = simulated(results, **{**how, "unit": "persons/day"}, place="BBB")
    assert daily == pytest.approx(people.mean(axis=1))
    assert "whole countries" in reason(results, **how, place="Gate")
    day = {**how, "date_end": first}
    assert "a week at least" in reason(results, **day, place="BBB")


def test_a_long_mean_uses_the_simulated_days_and_says_so(results: Results) -> None:
    window = {"date_start": date(2022, 9, 1), "date_end": date(2022, 9, 25)}
    found = simulate_report(report(**window), results)
    assert not isinstance(found, Unusable)
    assert found[0] == pytest.approx(crossed(results, "gate", "BBB", "all")[:, :7].mean(axis=1))
    assert found[1] == "mean of the 7 simulated days of 25"
    assert "only 7 of its 25 days" in reason(results, **window, unit="persons/period")
    short = {"date_start": date(2022, 9, 17), "date_end": date(2022, 9, 24)}
    assert "only 6 of its 8 days" in reason(results, **short)
    long_ago = {"date_start": date(2022, 6, 1), "date_end": date(2022, 6, 30)}
    assert "not simulated" in reason(results, **long_ago)


def test_all_nationalities_both_directions_and_exits(results: Results) -> None:
    day = at(results, DAY)
    out = crossed(results, "gate", "BBB", "all_nationalities")[:, day]
    back = crossed(results, "gate", "AAA", "all_nationalities")[:, day]
    assert back.max() > 0
    assert simulated(results, quantity="entries_all") == pytest.approx(out)
    both = simulated(results, quantity="crossings_both_directions_all", place="Gate")
    assert both == pytest.approx(out + back)
    exits = simulated(results, quantity="exits_from_host_russian_citizens")
    home = crossed(results, "gate", "AAA", "all")[:, day]
    assert exits == pytest.approx(home)
    assert simulated(results, quantity="exits_from_host_all") == pytest.approx(back)
    own = simulated(results, quantity="crossings_both_directions_russian_citizens", place="Gate")
    assert own == pytest.approx(crossed(results, "gate", "BBB", "all")[:, day] + home)


def test_by_air_and_by_land(results: Results) -> None:
    day = at(results, DAY)
    flown = crossed(results, "field", "CCC", "all")[:, day]
    assert flown.max() > 0
    assert simulated(results, place="Isle", scope="daily|all") == pytest.approx(flown)
    assert simulated(results, place="Isle", scope="daily|air from Town") == pytest.approx(flown)
    assert "no crossing" in reason(results, place="Isle", scope="daily|russians|land")
    assert "no crossing" in reason(results, place="Haven", scope="daily|air")
    both = simulated(results, place="Haven+Isle")
    assert both == pytest.approx(simulated(results) + flown)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("daily|russians|land, all crossings", (False, True)),
        ("daily|russians|SE road only", (False, True)),
        ("daily|russians|all crossings incl. air", (False, False)),
        ("daily|air from Moscow", (True, False)),
        ("daily|all nationalities|only crossing", (False, False)),
        ("", (False, False)),
    ],
)
def test_scopes(scope: str, expected: tuple[bool, bool]) -> None:
    assert modes(scope) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Haven", ("BBB",)),
        ("BBB", ("BBB",)),
        ("Gate", ("gate",)),
        ("Haven: Gate", ("gate",)),
        ("Haven: Gate+Field", ("gate", "field")),
        ("Haven + Isle", ("BBB", "CCC")),
        ("abroad", ("BBB", "CCC")),
        ("Gate (Haven)", ("gate",)),
        ("Gate/Nowhere", ("gate",)),
        ("Haven (all borders)", ("BBB",)),
    ],
)
def test_places_as_published(results: Results, text: str, expected: tuple[str, ...]) -> None:
    assert areas(results.scenario, text) == expected


@pytest.mark.parametrize("text", ["Nowhere", "Haven: Nowhere region", "Haven: Gate+Nowhere", ""])
def test_places_that_are_not_there(results: Results, text: str) -> None:
    with pytest.raises(UnusableError, match="knows no place"):
        areas(results.scenario, text)
    assert "knows no place" in reason(results, place=text)


def queue(results: Results, name: str, server: str, day: date) -> np.ndarray:
    steps = results.labels.step_start + np.timedelta64(3, "h")
    during = steps.astype("datetime64[D]") == np.datetime64(day)
    column = results.labels.checkpoints.index(server)
    return results.arrays[name][:, during, column]


def test_queues(results: Results) -> None:
    waiting = queue(results, "queue_vehicles", "gate-exit", DAY)
    passed = queue(results, "passed", "gate-exit", DAY)
    in_cars = drawn(results, "persons_per_vehicle", "car")
    cars = (waiting + passed / 3 * 0.75 / in_cars[:, None]).max(axis=1)  # L = lambda W
    assert cars.max() > waiting.max() > 10
    found = simulated(results, quantity="queue_vehicles", unit="vehicles", place="Gate")
    assert found == pytest.approx(cars)
    waiting = (queue(results, "queue_people", "gate-exit", DAY) + passed / 3 * 0.75).max(axis=1)
    found = simulated(results, quantity="queue_persons", unit="persons", place="Gate")
    assert found == pytest.approx(waiting)
    per_km = drawn(results, "vehicles_per_km")
    assert len(set(per_km)) == results.members
    found = simulated(results, quantity="queue_km", unit="km", place="Gate")
    assert found == pytest.approx(cars / per_km)
    outside = {"date_start": date(2022, 9, 1), "date_end": date(2022, 9, 25)}
    assert "simulated" in reason(results, quantity="queue_km", unit="km", place="Gate", **outside)
    assert "nobody queues" in reason(results, quantity="queue_km", unit="km", place="Isle")


def test_waits_add_up_both_sides(results: Results) -> None:
    exits = results.arrays["wait_hours"][:, :, results.labels.checkpoints.index("gate-exit")]
    entry = results.arrays["wait_hours"][:, :, results.labels.checkpoints.index("gate-entry")]
    assert (drawn(results, "wait_tail") == 1.5).all()
    steps = results.labels.step_start + np.timedelta64(3, "h")
    during = np.flatnonzero(steps.astype("datetime64[D]") == np.datetime64(DAY))
    expected = []
    for member in range(results.members):
        told = []
        for step in during:
            wait = exits[member, step]
            then = min(step + round(float(wait) / 3), exits.shape[1] - 1)
            told.append(1.5 * (wait + entry[member, then]) + 0.75)
        expected.append(max(told))
    found = simulated(results, quantity="wait_hours", unit="hours", place="Gate")
    assert found == pytest.approx(expected, rel=1e-5)


def test_checks_take_what_is_set_for_the_post_or_for_the_country_entered(tmp_path: Path) -> None:
    def told(*targets: str) -> np.ndarray:
        hours = {"": 1.0, "AAA": 2.0, "BBB": 3.0, "gate": 4.0}
        rows = [
            {
                "id": f"handling-{target.lower()}",
                "quantity": "handling_hours",
                "applies_to": target,
                "distribution": "fixed",
                "median": hours[target],
                "reason": "Made up",
            }
            for target in targets
        ]
        scenario = tiny(tmp_path / "-".join(("world", *targets)), add={"parameter": rows})
        found = api.run(scenario, members=2, seed=3)
        return simulated(found, quantity="wait_hours", unit="hours", place="Gate")

    nothing = told()
    assert told("") - nothing == pytest.approx(1)
    assert told("", "AAA") - nothing == pytest.approx(1)  # it is BBB that is entered there
    assert told("", "BBB") - nothing == pytest.approx(3)
    assert told("", "BBB", "gate") - nothing == pytest.approx(4)


def test_what_nobody_set_has_its_default(results: Results) -> None:
    values = drawn(results, "baulk_max")
    assert (values == quantities()["baulk_max"].default).all()


def test_shares(results: Results) -> None:
    assert "men and women" in reason(results, quantity="share_men", unit="fraction")
    found = simulated(
        results, quantity="share_entering_not_via_gate", unit="fraction", place="Haven+Isle"
    )
    day = at(results, DAY)
    gate = crossed(results, "gate", "BBB", "all")[:, day]
    field = crossed(results, "field", "CCC", "all")[:, day]
    assert found == pytest.approx(field / (gate + field))
    assert "called 'pole'" in reason(
        results, quantity="share_entering_not_via_pole", unit="fraction"
    )


def test_the_share_of_men_where_every_group_has_one_sex(
    results: Results, tmp_path_factory: pytest.TempPathFactory
) -> None:
    groups = {"men-car": "Men", "men": "Men", "families": "Women", "visitors": "Visiting women"}
    cells = {"cohort": {name: {"group": group} for name, group in groups.items()}}
    scenario = tiny(tmp_path_factory.mktemp("sexes"), cells=cells)
    run = api.run(scenario, members=2)
    found = simulated(run, quantity="share_men", unit="fraction", date_end=date(2022, 9, 24))
    index = [i for i, c in enumerate(run.labels.crossings) if c.destination == "BBB"]
    days = run.arrays["entries"][:, 3:6][:, :, index]
    men = [i for i, g in enumerate(run.labels.groups) if g.name == "Men"]
    assert found == pytest.approx(days[..., men].sum(axis=(1, 2, 3)) / days.sum(axis=(1, 2, 3)))
    assert (found > 0).all()
    assert (found < 1).all()


def test_fares(results: Results) -> None:
    link = results.labels.scheduled.index("field-isle")
    expected = 8000 * results.arrays["fare"][:, at(results, DAY), link]
    fare = {"quantity": "one_way_fare_crowns", "unit": "crowns"}
    assert simulated(results, place="Field-Isle", **fare) == pytest.approx(expected)
    assert simulated(results, place="Field-Isle City", **fare) == pytest.approx(expected)
    assert "no scheduled way" in reason(results, place="Town-Haven", **fare)
    assert "no pair" in reason(results, place="Field-Nowhere", **fare)
    dollars = {"quantity": "one_way_fare_usd", "unit": "USD"}
    assert "fares are in crowns" in reason(results, place="Field-Isle", **dollars)


def test_a_fare_with_one_change(tmp_path_factory: pytest.TempPathFactory) -> None:
    onward = {
        "id": "isle-haven",
        "from": "isle",
        "to": "haven",
        "mode": "air",
        "hours": 2,
        "fare": 5000,
        "seats_day": 100,
        "departures": "15:00",
    }
    scenario = tiny(tmp_path_factory.mktemp("change"), add={"link": [onward]})
    run = api.run(scenario, members=2)
    fare = {"quantity": "one_way_fare_crowns", "unit": "crowns", "place": "Field-Haven City"}
    found = simulate_report(report(**fare), run)
    assert not isinstance(found, Unusable)
    day = at(run, DAY)
    first, second = (run.labels.scheduled.index(name) for name in ("field-isle", "isle-haven"))
    multiples = run.arrays["fare"][:, day]
    assert found[0] == pytest.approx(8000 * multiples[:, first] + 5000 * multiples[:, second])
    assert found[1] == "changing once"


@pytest.mark.parametrize(
    "quantity", ["detained", "asylum_applications_russian_citizens", "queue_lorries", "nonsense"]
)
def test_what_the_model_has_no_counterpart_of(results: Results, quantity: str) -> None:
    assert "no counterpart" in reason(results, quantity=quantity)


def test_every_functional_is_used_in_these_tests() -> None:
    """A functional without a test here would go unseen."""
    tested = {
        "entries_russian_citizens", "cumulative_entries", "entries_all",
        "exits_from_host_russian_citizens", "exits_from_host_all", "crossings_both_directions_all",
        "share_entering_not_via_gate", "share_men", "queue_vehicles", "queue_km", "wait_hours",
        "one_way_fare_crowns", "present", "refused",
    }  # fmt: skip
    import re

    for pattern, _ in FUNCTIONALS:
        assert any(re.fullmatch(pattern, quantity) for quantity in tested), pattern


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (None, None, (20, 20)),
        (20, None, (20, np.inf)),
        (20, 25, (20, 25)),
        (0, 20, (0, 20)),
        (15, None, (15, 20)),
    ],
    ids=["a number", "at least", "from", "up to", "low only"],
)
def test_what_a_report_is_compatible_with(
    low: float | None, high: float | None, expected: tuple[float, float]
) -> None:
    assert observed_range(report(value=20, low=low, high=high)) == expected


@pytest.mark.parametrize(
    ("value", "low", "expected"),
    [(50, None, "50"), (14, None, "80"), (7, None, "90"), (2, None, None), (2, 2, "50")],
)
def test_bands(value: float, low: float | None, expected: str | None) -> None:
    values = Sorted(np.arange(101.0)[:, None])
    made = report(value=value, low=low)
    assert band(values, made, wide=True) == expected
    assert band(values, made, wide=False) == (None if expected == "90" else expected)


def test_units() -> None:
    assert [per_day(unit) for unit in ("persons/day", "persons/24h", "persons/month", "km")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert people("visitors/month")
    assert not people("vehicles")


def test_the_table_of_reports(results: Results) -> None:
    rows = {row["id"]: row for row in results.table("reports")}
    assert set(rows) == {"r1", "r2", "r3", "r4"}
    found = simulated(results, date_start=date(2022, 9, 23), place="Gate")
    row = rows["r2"]
    assert (row["q10"], row["q50"]) == pytest.approx(np.quantile(found, (0.1, 0.5)), abs=1e-3)
    inside = row["q10"] <= row["high"] and row["q90"] >= row["low"]
    assert row["inside"] == inside
    assert TITLE.startswith("plausibility")


def test_reports_without_a_counterpart_are_listed_apart(results: Results) -> None:
    more = (report(id="x", quantity="detained"), report(id="y", known_from=date(2022, 10, 1)))
    scenario = replace(results.scenario, reports=(*results.scenario.reports, *more))
    compiled = replace(results.compiled, scenario=scenario)
    other = Results(replace(results.ensemble, compiled=compiled))
    assert [row["id"] for row in unused(other)] == ["x"]
    assert {row["id"] for row in other.table("reports")} == {"r1", "r2", "r3", "r4", "y"}
    then = Results(replace(results.ensemble, compiled=replace(compiled, as_of=date(2022, 9, 23))))
    assert "y" not in {row["id"] for row in then.table("reports")}
    assert "r1" in {row["id"] for row in then.table("reports")}
