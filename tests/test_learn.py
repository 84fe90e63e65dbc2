"""What is learned from reports: the observation model, the smoother, the calibration of both."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.stats import chi2, norm

import borderflow
from borderflow.assimilate import CollapseError, Posterior, learn, read_draws, weights
from borderflow.assimilate.calibration import made_up, ranks
from borderflow.assimilate.near import near
from borderflow.assimilate.smoother import shrink, update
from borderflow.compile import compile as compile_scenario
from borderflow.compile.priors import Prior
from borderflow.errors import GaveUpError, ScenarioError
from borderflow.observe.discrepancy import MEMORY_DAYS, SIZES, Errors, paths
from borderflow.observe.evidence import (
    Z80,
    Evidence,
    evidence,
    independent,
    own_covariance,
    source_class,
    weigh,
)
from borderflow.results import Results
from borderflow.scenario.model import Report, Use
from sbc import BINS, one_border, unevenness
from worlds import tiny

DAY = date(2022, 9, 21)
ROW: dict[str, Any] = {
    "id": "r",
    "date_start": DAY,
    "date_end": DAY,
    "place": "Here",
    "quantity": "entries_all",
    "value": 4438,
    "unit": "persons/day",
    "known_from": date(2022, 9, 22),
    "publisher": "Border office",
    "confidence": "high",
}


def report(**cells: Any) -> Report:
    return Report(**{**ROW, **cells})


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, "count"),
        ({"value": 4400}, "statement"),
        ({"quantity": "wait_hours", "value": 40, "unit": "hours"}, "press"),
        ({"confidence": "low"}, "claim"),
    ],
)
def test_a_source_has_the_class_of_how_it_knows(cells: dict[str, Any], expected: str) -> None:
    assert source_class(report(**cells)) == expected


def test_eighty_of_a_hundred_counts_are_within_three_per_cent() -> None:
    row = weigh(report())
    assert norm.cdf(math.log(1.03) / row.spread) - norm.cdf(
        -math.log(1.03) / row.spread
    ) == pytest.approx(0.8)
    assert row.log == pytest.approx(math.log(4438 + 10))


def test_a_range_is_wider_than_a_number_and_at_least_is_one_sided() -> None:
    number, between = weigh(report(value=40)), weigh(report(value=40, low=20, high=80))
    assert between.spread == pytest.approx(math.hypot(number.spread, math.log(4) / 2 / Z80))
    assert (weigh(report(low=4438)).side, between.side) == (1, 0)
    assert (weigh(report(high=4438)).side, weigh(report(low=0, high=4438)).side) == (-1, -1)


def test_each_fact_counts_once() -> None:
    rows = [
        report(id="old", value=570, known_from=DAY),
        report(id="new", value=1386),
        report(id="sum", place="Elsewhere", derived_from="new"),
        report(id="later", place="There", known_from=date(2022, 9, 30)),
    ]
    assert [row.report.id for row in evidence(rows, date(2022, 9, 25))] == ["new"]


def test_what_is_below_nothing_teaches_nothing() -> None:
    """A net flow or a change may be negative, and has no logarithm."""
    rows = [report(id="net", quantity="net_entries", value=-5000), report(id="flow", place="There")]
    assert [row.report.id for row in evidence(rows)] == ["flow"]


def test_a_report_that_a_number_rests_on_is_not_heard_again(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    everything = [report.id for report in scenario.reports]
    assert [report.id for report in independent(scenario)] == everything
    uses = tuple(
        Use(id=f"u{i}", report=id_, role=role, of="links.csv", reason="because", known_from=DAY)
        for i, (id_, role) in enumerate(
            zip(everything, ("report", "prior", "unused", "driver"), strict=False)
        )
    )
    used = replace(scenario, uses=uses)
    assert [report.id for report in independent(used)] == [everything[0], *everything[4:]]
    learned = borderflow.learn(used, date(2022, 9, 28), members=20)
    assert not {*learned.reports} & {use.report for use in uses[1:]}


def test_cumulative_counts_of_a_source_become_increments() -> None:
    rows = [
        report(id="a", quantity="cumulative_entries", value=41_000, unit="persons"),
        report(
            id="b",
            quantity="cumulative_entries",
            value=53_000,
            unit="persons",
            date_end=date(2022, 9, 24),
        ),
    ]
    first, second = evidence(rows)
    assert (first.report.value, second.report.value) == (41_000, 12_000)
    assert second.report.date_start == date(2022, 9, 22)
    assert second.spread > first.spread, "what is left after taking away is less sure"


def test_a_source_has_a_bias_common_to_all_it_says() -> None:
    here, there = weigh(report()), weigh(report(place="There"))
    other = weigh(report(publisher="A newspaper"))
    found = own_covariance([here, there, other])
    assert found[0, 0] == pytest.approx(here.spread**2)
    assert found[0, 1] == pytest.approx(here.spread**2 / 2)
    assert found[0, 2] == 0
    assert np.linalg.eigvalsh(found).min() > 0


def gate(**cells: Any) -> Evidence:
    return weigh(report(**{"place": "Gate", "quantity": "entries_russian_citizens", **cells}))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return borderflow.run(tiny(tmp_path_factory.mktemp("tiny")), members=4)


def test_what_the_model_gets_wrong_is_common_to_a_place_and_fades(results: Results) -> None:
    rows = [
        gate(),
        gate(id="same", publisher="A newspaper"),
        gate(id="later", date_start=date(2022, 9, 28), date_end=date(2022, 9, 28)),
        gate(id="country", place="Haven"),
        gate(id="air", place="Isle"),
        gate(id="queue", quantity="queue_vehicles", unit="vehicles"),
        gate(id="wait", quantity="wait_hours", unit="hours"),
    ]
    errors = Errors(rows, results)
    found = errors.covariance({}) - errors.own
    size = SIZES["country"] ** 2 + SIZES["crossing"] ** 2
    assert found[0, 0] == pytest.approx(size)
    assert found[0, 1] == pytest.approx(size)
    assert found[0, 2] == pytest.approx(size * math.exp(-7 / MEMORY_DAYS))
    assert found[0, 3] == pytest.approx(size), "all who enter the country pass this post"
    assert found[0, 4] == 0
    assert found[0, 5] == 0
    assert found[5, 6] == pytest.approx(SIZES["queue"] ** 2), "a wait errs with its queue"
    wide = errors.covariance({"queue": 2.0}) - errors.own
    assert wide[5, 6] == pytest.approx(4 * found[5, 6])
    assert wide[0, 0] == pytest.approx(found[0, 0])


def test_the_level_of_a_country_bears_on_what_is_counted_at_its_posts(results: Results) -> None:
    errors = Errors(
        [gate(), gate(id="country", place="Haven"), gate(id="air", place="Isle")], results
    )
    row = replace(results.scenario.parameters[0], quantity="traffic_level")
    priors = [
        Prior(country, "traffic_level", replace(row, applies_to=country), 1.0)
        for country in ("BBB", "CCC")
    ]
    assert near(priors, errors, results).tolist() == [[True, True, False], [False, False, True]]


def test_misses_widen_what_the_model_may_get_wrong(results: Results) -> None:
    rows = [gate(id=f"r{i}", quantity="queue_vehicles", unit="vehicles") for i in range(3)]
    errors = Errors(rows, results)
    none = np.zeros((3, 3))
    assert errors.fit(np.full(3, 3.0), none)["queue"] > 2
    assert errors.fit(np.full(3, 0.1), none)["queue"] <= 1


def test_paths_follow_the_reports_and_forget_them(results: Results) -> None:
    rows = [gate()]
    errors = Errors(rows, results)
    members = range(400)
    drawn = paths(errors.parts, 10, members, 1, {}, errors, np.full((400, 1), 0.5))
    total = sum(drawn.of(part) for part in errors.parts)
    size = SIZES["country"] ** 2 + SIZES["crossing"] ** 2
    own = rows[0].spread ** 2
    day = (DAY - results.labels.days[0]).days
    noise = math.sqrt(size / 400)
    assert total[:, day].mean() == pytest.approx(0.5 * size / (size + own), abs=4 * noise)
    assert total[:, day].std() == pytest.approx(math.sqrt(size * own / (size + own)), rel=0.15)
    near = math.exp(-7 / MEMORY_DAYS)
    faded = 0.5 * near * size / (size + own)
    assert total[:, day + 7].mean() == pytest.approx(faded, abs=4 * noise)
    free = paths(errors.parts, 10, members, 1, {})
    assert sum(free.of(part) for part in errors.parts).std() == pytest.approx(
        math.sqrt(size), rel=0.1
    )


def test_weights_correct_draws_that_are_off() -> None:
    """Draws of a normal that is too wide and off centre, weighted to the exact posterior."""
    scores = 0.3 + 0.9 * normal((4000, 1), 5)
    said, error = 1.0, np.array([[0.5]])
    axes = np.array([[1.0]])
    logs = weights.log_weights(scores, said - scores, error, axes)
    shares, power = weights.tempered(logs, 100)
    assert power == 1.0
    mean = float(shares @ scores[:, 0])
    assert mean == pytest.approx(said / 1.5, abs=0.05)
    assert float(shares @ (scores[:, 0] - mean) ** 2) == pytest.approx(1 / 3, abs=0.04)


def test_weights_leave_enough_draws_and_say_by_how_much_they_were_held_back() -> None:
    logs = 20 * normal((200, 1), 6)[:, 0]
    shares, power = weights.tempered(logs, 60)
    assert weights.effective(shares) == pytest.approx(60, abs=1)
    assert 0 < power < 0.5
    chosen = weights.resampled(shares, 200, 1)
    counts = np.bincount(chosen, minlength=200)
    assert np.abs(counts - 200 * shares).max() < 1


def normal(shape: tuple[int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def test_rounds_on_a_linear_model_are_bayes_rule() -> None:
    members, rounds = 20_000, 4
    response, error = np.array([[1.0, 0.5], [0.0, 2.0]]), np.array([[0.5, 0.1], [0.1, 0.3]])
    observed = np.array([1.5, -1.0])
    scores = normal((members, 2), 0)
    for number in range(rounds):
        scores = update(
            scores,
            scores @ response.T,
            observed,
            error,
            np.array([0, 0], dtype=np.int8),
            normal((members, 2), number + 1),
            rounds,
            localise=False,
        )
    precision = np.eye(2) + response.T @ np.linalg.inv(error) @ response
    exact = np.linalg.inv(precision)
    mean = exact @ response.T @ np.linalg.inv(error) @ observed
    assert scores.mean(axis=0) == pytest.approx(mean, abs=0.03)
    assert np.cov(scores.T) == pytest.approx(exact, abs=0.03)


def test_at_least_moves_only_those_that_have_less() -> None:
    scores = normal((400, 1), 3)
    moved = update(
        scores,
        scores.copy(),
        np.array([0.0]),
        np.array([[1e-6]]),
        np.array([1], dtype=np.int8),
        np.zeros((400, 1)),
        1.0,
    )
    above = scores[:, 0] > 0
    assert np.array_equal(moved[above], scores[above])
    assert moved[~above].max() <= 1e-3
    assert moved[~above].min() > -0.1


def test_correlations_of_chance_are_not_believed() -> None:
    assert shrink(np.array([0.05, -0.12]), 150).tolist() == [0.0, 0.0]
    assert shrink(np.array([0.9]), 150)[0] > 0.9


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return one_border(tmp_path_factory.mktemp("one-border"))


@pytest.fixture(scope="module")
def found_ranks(world: Any) -> np.ndarray:
    """Ranks of the true parameters among 39 draws, in 50 replications."""
    return np.array(list(ranks(world, 50, 39)))


def test_what_is_learned_is_as_sure_as_it_claims(found_ranks: np.ndarray) -> None:
    uneven = unevenness(found_ranks, 39)
    assert (uneven < chi2.ppf(1 - 1e-3 / len(uneven), BINS - 1)).all(), uneven


def test_the_calibration_notices_draws_that_claim_too_much(found_ranks: np.ndarray) -> None:
    """Draws a third as far apart would have the truth three times as far from their middle."""
    squeezed = np.clip(19.5 + 3 * (found_ranks - 19.5), 0, 39)
    uneven = unevenness(squeezed, 39)
    assert np.median(uneven) > chi2.ppf(1 - 1e-3 / len(uneven), BINS - 1), uneven


def test_reports_narrow_what_they_bear_on_and_draws_keep_in_a_file(
    world: Any, tmp_path: Path
) -> None:
    found = learn(world, 60, reports=made_up(world, 5))
    assert found.learned["amplitude-decree"] > 0.3
    assert found.learned["rate-known[field-exit]"] < 0.3
    assert 0 < found.distance < 3
    assert found.scores.shape == (60, len(found.parameters))
    path = tmp_path / "posterior.nc"
    found.write(path)
    assert read_draws(path)(7) == pytest.approx(found.draw(7))
    assert read_draws(path)(67) == pytest.approx(found.draw(7))
    results = borderflow.run(world.scenario, members=3, draws=path)
    kept = results.ensemble.draws["amplitude-decree"]
    column = found.parameters.index("amplitude-decree")
    assert kept == pytest.approx(found.values[:3, column])
    again = borderflow.run(world.scenario, members=3, draws=found)
    assert again.digest == results.digest
    assert again.digest != borderflow.run(world.scenario, members=3).digest
    dataset = found.to_xarray()
    assert dict(dataset.sizes) == {"chain": 1, "draw": 60}


def test_reports_out_of_reach_give_up_with_a_reason(world: Any) -> None:
    absurd = [replace(row, log=row.log + 12) for row in made_up(world, 5)]
    with pytest.raises(CollapseError, match="no rule, driver or wide enough prior"):
        learn(world, 40, reports=absurd)


def test_learning_knows_nothing_of_later_reports(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    as_of = date(2022, 9, 23)
    before = borderflow.learn(scenario, as_of, members=20)
    late = replace(
        scenario,
        reports=tuple(
            replace(row, value=row.value * 9) if row.known_from > as_of else row
            for row in scenario.reports
        ),
    )
    assert np.array_equal(borderflow.learn(late, as_of, members=20).values, before.values)
    assert "r2" not in before.reports


def test_findings_of_learning_and_of_draws(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    with pytest.raises(ScenarioError, match="too few to learn"):
        borderflow.learn(scenario, members=3)
    with pytest.raises(ScenarioError, match="no file of draws"):
        borderflow.run(scenario, members=1, draws=tmp_path / "missing.nc")
    other = Posterior(("nothing-known",), np.ones((2, 1)), np.ones((2, 1)), (), 1.0)
    other.write(tmp_path / "other.nc")
    with pytest.raises(ScenarioError, match="none of its parameters"):
        borderflow.run(scenario, members=1, draws=tmp_path / "other.nc")
    for columns, message in (
        ({}, "at least one"),
        ({"amplitude-decree": []}, "at least one"),
        ({"amplitude-decree": [1.0, 2.0], "other": [1.0]}, "the same number"),
        ({"amplitude-decree": [1.0, np.nan]}, "no numbers"),
        ({"amplitude-decree": ["much"]}, "no numbers"),
        ({"home": [0.5, 1.5]}, "'home': refused_home_share cannot be above 1"),
        ({"home": [-0.5, 0.5]}, "'home': refused_home_share cannot be below 0"),
    ):
        made = {name: ((f"draw-{name}",), values) for name, values in columns.items()}
        xr.Dataset(made).to_netcdf(tmp_path / "broken.nc", group="posterior", engine="h5netcdf")
        with pytest.raises(ScenarioError, match=message):
            borderflow.run(scenario, members=1, draws=tmp_path / "broken.nc")
    far = replace(
        scenario, reports=tuple(replace(row, value=row.value * 1e6) for row in scenario.reports)
    )
    with pytest.raises(GaveUpError, match="reports still lie"):
        borderflow.learn(far, members=20)
    assert compile_scenario(scenario).parameters
