"""Reports that came later: which are scored, on which number, beside which comparators."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from borderflow.baseline import (
    PRIOR_WEIGHT,
    Comparators,
    History,
    damped,
    errors,
    level_filter,
    mean_of_last,
    persistence,
    spread,
)
from borderflow.baseline import Path as Path_
from borderflow.cli import main
from borderflow.score import LEVELS, crps, wis
from worlds import tiny_folder

COLUMNS = (
    *("id", "date_start", "date_end", "place", "quantity", "value", "low", "high", "unit"),
    *("scope", "publisher", "source_url", "published_date", "known_from", "derived_from"),
    *("quote_or_paraphrase", "confidence"),
)


def row(id_: str, start: int, end: int, quantity: str, value: float, unit: str, **more: Any) -> str:
    cells = {
        "id": id_,
        "date_start": f"2022-09-{start}",
        "date_end": f"2022-09-{end}",
        "place": "Haven",
        "quantity": quantity,
        "value": value,
        "unit": unit,
        "publisher": "Border office",
        "known_from": f"2022-09-{end + 1}",
        "confidence": "high",
    }
    cells |= more
    return ",".join(str(cells.get(column, "")) for column in COLUMNS)


def written(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    return path


ENTRIES, DAY = "entries_russian_citizens", "persons/day"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("verify")
    known = written(
        home / "known.csv",
        [
            row(f"k{day}", day, day, ENTRIES, value, DAY)
            for day, value in ((20, 260), (21, 1100), (22, 2300))
        ]
        + [row("k23", 23, 23, ENTRIES, 2300, DAY, known_from="2022-09-23")],
    )
    folder = home / "forecast"
    words = ["forecast", str(tiny_folder(home)), "--as-of", "2022-09-23", "--until", "2022-09-27"]
    assert main([*words, "--members", "15", "--reports", str(known), "--out", str(folder)]) == 0
    return folder


def score(
    kept: Path, file: Path, capsys: pytest.CaptureFixture[str], *options: str, code: int = 0
) -> Any:
    capsys.readouterr()
    assert main(["score", str(kept), "--reports", str(file), "--json", *options]) == code
    return json.loads(capsys.readouterr().out)


def test_each_report_finds_its_place(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(
        tmp_path / "later.csv",
        [
            row("daily", 24, 24, ENTRIES, 2000, DAY),
            row("range", 25, 25, ENTRIES, 1500, DAY, low=1000, high=1800),
            row("since", 20, 26, "cumulative_entries", 9960, "persons"),
            row("more", 26, 26, "queue_vehicles", 100, "vehicles", place="Gate", low=100),
            row("gone", 25, 26, "exits_from_host_russian_citizens", 300, DAY),
            row("late", 22, 22, ENTRIES, 2200, DAY, known_from="2022-09-25"),
            row("known", 22, 22, ENTRIES, 2300, DAY, known_from="2022-09-23"),
            row("beyond", 27, 28, ENTRIES, 900, DAY),
            row("survey", 24, 24, "survey_share_anxious", 0.7, "fraction"),
            row("moods", 24, 24, "mood_of_the_crowd", 3, "points"),
            row("sum", 24, 25, ENTRIES, 3500, "persons/period", derived_from="daily"),
            row("unknown-past", 19, 26, ENTRIES, 9000, "persons/period", place="Isle"),
        ],
    )
    says = score(kept, file, capsys)
    rows = {r["id"]: r for r in says["rows"] if r["reading"] == says["reading"]}
    assert set(rows) == {"daily", "range", "since", "more", "gone"}
    assert {r["id"] for r in says["nowcast"]} == {"late"}
    assert [r["reading"] for r in says["nowcast"]] == says["readings"]
    reasons = {r["id"]: r["reason"] for r in says["not_scored"]}
    assert set(reasons) == {"known", "beyond", "survey", "moods", "sum", "unknown-past"}
    assert "known at the origin date" in reasons["known"]
    assert "after the forecast" in reasons["beyond"]
    assert reasons["survey"] == "no outcome that is scored: survey_share_anxious"
    assert "most of what it counts" in reasons["unknown-past"]
    # 9,960 since the 20th less 260 + 1,100 + 2,200 (revised from 2,300) + 2,300 up to the 23rd
    since = rows["since"]
    assert (since["observed"], since["target_start_date"]) == (4100, "2022-09-24")
    assert rows["range"]["observed"] == 1400
    one = rows["more"]
    assert (one["wis"], one["one_sided"]) == (None, "at least")
    assert one["log_score"] > 0
    daily = rows["daily"]
    names = ("q025", "q05", "q10", "q25", "q50", "q75", "q90", "q95", "q975")
    quantiles = [daily[name] for name in names]
    assert daily["wis"] == pytest.approx(float(wis(quantiles, 2000)), abs=1e-5)
    logs = float(wis(np.log1p(quantiles), math.log1p(2000)))
    assert daily["wis_log"] == pytest.approx(logs, abs=1e-5)
    assert set(daily["baselines"]) == {
        "damped_trend", "persistence", "mean_of_last", "local_level", "ordinary", "unlearned"
    }  # fmt: skip
    # Nothing was reported of exits: ordinary travel stands in for what would follow reports.
    gone = rows["gone"]
    assert (gone["reported_before"], daily["reported_before"]) == (False, True)
    assert gone["baselines"]["damped_trend"] == gone["baselines"]["ordinary"]
    assert "ordinary" not in rows["more"]["baselines"]
    assert says["relative_wis_log"]["unlearned"]["value"] > 0
    # Haven's entries are two series: reports by the day, and the sum; one-sided ones do not count.
    assert says["relative_wis_log"]["damped_trend"]["n_rows"] == 4
    assert says["relative_wis_log_reported"]["damped_trend"]["n_rows"] == 3
    assert set(says["coverage"]) == {"50", "80", "95"}
    assert says["reading"] == "unconditional"
    assert says["by_reading"]["unconditional"]["coverage"] == says["coverage"]
    assert says["by_horizon"]["8-14"]["coverage"]["80"] is None
    assert main(["score", str(kept), "--reports", str(file)]) == 0
    assert "damped trend" in capsys.readouterr().out


def test_broken_rows_stop_it_unless_they_are_skipped(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(
        tmp_path / "broken.csv",
        [
            row("good", 24, 24, ENTRIES, 2000, DAY),
            row("nowhere", 24, 24, ENTRIES, 2000, DAY, place="Atlantis"),
            row("unit", 24, 24, ENTRIES, 2000, "camels"),
            row("window", 25, 24, ENTRIES, 2000, DAY),
            row("below", 24, 24, ENTRIES, -5, DAY),
            row("early", 25, 25, ENTRIES, 2000, DAY, known_from="2022-09-24"),
            row("word", 24, 24, ENTRIES, 7, DAY).replace(",7,", ",many,"),
            row("other", 24, 24, ENTRIES, 900, DAY, publisher="A newspaper"),
        ],
    )
    says = score(kept, file, capsys, code=2)
    wrong = {f["row"]: f for f in says["findings"] if f["level"] == "error"}
    assert set(wrong) == {3, 4, 5, 6, 7, 8}
    assert {f["file"] for f in says["findings"]} == {"broken.csv"}
    says = score(kept, file, capsys, "--skip-invalid")
    assert list(dict.fromkeys(r["id"] for r in says["rows"])) == ["good", "other"]
    odd = [f for f in says["findings"] if f["level"] == "warning"]
    assert any("contradicts 'good'" in f["message"] for f in odd)
    assert main(["score", str(kept), "--reports", str(tmp_path / "none.csv")]) == 2
    assert main(["score", str(tmp_path), "--reports", str(file)]) == 2


# Comparators


def history(values: list[float], days: list[int] | None = None) -> History:
    at = days or list(range(1 - len(values), 1))
    return History(np.array(at, dtype=float), np.array(values))


def test_the_simple_ones_by_hand() -> None:
    known, ahead = history([1.0, 2.0, 4.0, 6.0]), np.array([1.0, 2.0])
    assert persistence(known.days, known.logs, ahead).tolist() == [6, 6]
    assert mean_of_last(known.days, known.logs, ahead).tolist() == [4, 4]
    # alpha 1, beta 1: the last change is the trend, half of what is left of it comes each day.
    said = damped(1.0, 1.0, 0.5)(known.days[-2:], known.logs[-2:], ahead)
    assert said.tolist() == pytest.approx([6 + 2 * 0.5, 6 + 2 * (0.5 + 0.25)])
    away = errors(persistence, [history([1.0, 2.0, 4.0])])
    assert away.tolist() == pytest.approx([1, 3 / math.sqrt(2), 2])


def test_the_spread_of_a_comparator_is_the_one_that_scores_best() -> None:
    """Brute force: the CRPS of many normal quantiles, over the errors and the assumed ones."""
    levels = (np.arange(400) + 0.5) / 400
    away = np.array([0.02, -0.05, 0.04, 0.9, -0.01, 0.03])
    prior = stats.norm.ppf(levels) * 0.15

    def mean_score(width: float) -> float:
        own = stats.norm.ppf(levels) * width
        on_errors = sum(float(crps(own, error)) for error in away)
        assumed = float(np.mean([crps(own, error) for error in prior]))
        return on_errors + PRIOR_WEIGHT * assumed

    found = spread(away, 0.15)
    assert mean_score(found) <= min(mean_score(found * 0.9), mean_score(found * 1.1))
    assert found < 0.5 * math.sqrt(float((away**2).mean()))  # one great error does not rule
    even = stats.norm.ppf(levels) * 0.4
    assert spread(even, 0.01) == pytest.approx(0.4, rel=0.05)


def test_weekdays_are_added_in_people() -> None:
    path = Path_(np.array([1.0, 2.0]), np.log1p([100.0, 100.0]), np.zeros(2), np.array([30, -200]))
    assert path.quantiles((0.5,), "sum").tolist() == pytest.approx([130])


def test_the_local_level_filter_is_the_joint_normal_distribution() -> None:
    """Brute force: level and reports are jointly normal; the first report fixes the start."""
    step, noise = 0.3, 0.2
    known = history([1.0, 1.4, 0.9, 2.0], [-6, -3, -2, 0])
    level, variance, likelihood = level_filter(known, step, noise)
    gone = known.days - known.days[0]
    # With a flat prior the level at the first day is the first report, with its noise.
    walk = np.minimum(gone[:, None], gone[None, :]) * step + noise
    cov = walk[1:, 1:] + np.eye(3) * noise
    rest = known.logs[1:] - known.logs[0]
    weights = np.linalg.solve(cov, walk[1:, -1])
    assert level == pytest.approx(known.logs[0] + weights @ rest)
    assert variance == pytest.approx(walk[-1, -1] - weights @ walk[1:, -1])
    exact = stats.multivariate_normal(np.zeros(3), cov).logpdf(rest)
    assert likelihood == pytest.approx(exact)


def test_the_spread_of_the_comparators_is_calibrated() -> None:
    """Random walks in logs: nine in ten of the next days lie in the 90 % band."""
    z = stats.norm.ppf((np.arange(40 * 12) * 0.618033988749895 + 0.31) % 1).reshape(40, 12)
    walks = 7 + np.cumsum(z * 0.2, axis=1)
    histories = [history(walk[:9].tolist()) for walk in walks]
    methods = Comparators(histories, 0.25)
    for name in ("persistence", "local_level"):
        inside = 0
        for known, walk in zip(histories, walks, strict=True):
            path = methods.forecast(known, np.array([2.0]))[name]
            low, high = path.quantiles((0.05, 0.95), "sum")
            inside += low <= math.expm1(walk[10]) <= high
        assert stats.binomtest(inside, 40, 0.9).pvalue > 0.01, (name, inside)


def test_days_that_are_known_are_not_forecast() -> None:
    methods = Comparators([history([3.0, 4.0])], 0.25)
    path = methods.forecast(history([3.0, 4.0]), np.array([-1.0, 0.0]))["damped_trend"]
    low, high = path.quantiles((LEVELS[0], LEVELS[-1]), "sum")
    assert low == high == pytest.approx(math.expm1(3) + math.expm1(4))
