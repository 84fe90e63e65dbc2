"""Scores against brute force and closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from borderflow.engine.draws import uniforms
from borderflow.score import (
    LEVELS,
    PARTS,
    at_least,
    at_most,
    coverage,
    crps,
    log_score,
    pit,
    relative_wis,
    wis,
    wis_parts,
)


def sample(count: int, step: int = 0) -> np.ndarray:
    return uniforms(np.uint64(5), 1, step, 0, np.arange(1, count + 1, dtype=np.uint64))


def normal(count: int, step: int = 0) -> np.ndarray:
    return np.asarray(stats.norm.ppf(sample(count, step)))


def pinball(quantile: float, level: float, observed: float) -> float:
    return 2 * ((observed <= quantile) - level) * (quantile - observed)


@pytest.mark.parametrize("observed", [-4.0, -0.3, 0.0, 0.674, 9.0])
def test_wis_is_the_mean_pinball_loss(observed: float) -> None:
    """Bracher et al. 2021: with 2K+1 quantiles the score is the mean of their pinball losses."""
    quantiles = stats.norm.ppf(LEVELS)
    losses = [pinball(q, p, observed) for q, p in zip(quantiles, LEVELS, strict=True)]
    assert wis(quantiles, observed) == pytest.approx(np.mean(losses))
    parts = wis_parts(quantiles, observed)
    assert tuple(parts) == PARTS
    assert sum(parts.values()) == pytest.approx(float(wis(quantiles, observed)))
    assert (parts["underprediction"] > 0) == (observed > 0)
    assert (parts["overprediction"] > 0) == (observed < 0)


def test_wis_of_the_median_alone_is_the_absolute_error() -> None:
    assert wis([[3.0], [7.0]], [5.0, 5.0], levels=(0.5,)).tolist() == [2.0, 2.0]


def test_wis_of_many_quantiles_is_the_crps() -> None:
    levels = tuple(np.arange(1, 1000) / 1000)
    z = 0.8
    exact = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / math.sqrt(math.pi)
    assert wis(stats.norm.ppf(levels), z, levels) == pytest.approx(exact, abs=2e-3)
    assert crps(stats.norm.ppf(levels), z) == pytest.approx(exact, abs=2e-3)


@pytest.mark.parametrize("levels", [(0.1, 0.9), (0.1, 0.5, 0.8), (0.9, 0.5, 0.1)])
def test_levels_that_are_no_bands_are_refused(levels: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="median with bands"):
        wis(np.zeros(len(levels)), 0.0, levels)


def test_crps_by_brute_force() -> None:
    members = normal(40).reshape(20, 2)
    for column, observed in enumerate((0.3, 4.0)):
        x = members[:, column]
        brute = np.abs(x - observed).mean() - 0.5 * np.abs(x[:, None] - x[None, :]).mean()
        assert crps(members, [0.3, 4.0])[column] == pytest.approx(brute)
    assert crps([2.0], 5.0) == 3.0


def test_pit_and_coverage_are_uniform_when_the_truth_comes_from_the_members() -> None:
    members = normal(400 * 99, 1).reshape(99, 400)
    truth = normal(400, 2)
    found = pit(members, truth)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    quantiles = np.quantile(members, LEVELS, axis=0).T
    for band in (0.5, 0.8, 0.95):
        inside = coverage(quantiles, truth, band).sum()
        assert stats.binomtest(int(inside), 400, band).pvalue > 0.001
    assert pit([1.0, 1.0], 1.0) == 0.5
    with pytest.raises(ValueError, match=r"no 0.7 band"):
        coverage(quantiles, truth, 0.7)


def test_one_sided_reports_are_scored_by_the_probability_of_their_side() -> None:
    members = np.arange(100.0)
    assert at_least(members, 75) == pytest.approx(25.5 / 101)
    assert at_most(members, 75) == pytest.approx(76.5 / 101)
    assert math.isfinite(log_score(at_least(members, 1000)))
    assert log_score(at_least(members, 0)) == pytest.approx(-math.log(100.5 / 101))


def test_relative_wis_weighs_series_not_rows() -> None:
    found = relative_wis(["a"] * 9 + ["b"], [1.0] * 9 + [4.0], [2.0] * 9 + [1.0])
    assert found is not None
    assert found.value == pytest.approx(math.sqrt(0.5 * 4))
    assert (found.n_rows, found.n_series) == (10, 2)
    # With two series a resampling holds a twice, both, or b twice: 1/4, 1/2, 1/4.
    assert (found.low, found.high) == pytest.approx((0.5, 4.0))
    assert relative_wis([], [], []) is None
    alone = relative_wis(["a", "a"], [0.0, 0.0], [0.0, 0.0])
    assert alone is not None
    assert (alone.value, alone.low, alone.high) == (1.0, 1.0, 1.0)


def test_the_interval_of_relative_wis_is_that_of_the_mean_log_ratio() -> None:
    ratio = normal(60, 3) * 0.5
    found = relative_wis(range(60), np.exp(ratio).tolist(), [1.0] * 60)
    assert found is not None
    spread = ratio.std() / math.sqrt(60) * stats.norm.ppf(0.9)
    assert math.log(found.low) == pytest.approx(ratio.mean() - spread, abs=0.02)
    assert math.log(found.high) == pytest.approx(ratio.mean() + spread, abs=0.02)
    assert relative_wis(range(60), np.exp(ratio).tolist(), [1.0] * 60) == found
