"""Hindcasts: each origin from what was known then; hindsight knows the rules that came."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import forecast, hindcast
from borderflow.cli import main
from borderflow.errors import GaveUpError
from borderflow.hindcast.hindsight import HINDSIGHT, hindsight, rules_that_came
from borderflow.scenario.edit import until
from borderflow.verify import score
from small import number
from test_verify import DAY, ENTRIES, row, written
from worlds import tiny, tiny_folder

ORIGINS = ("2022-09-21", "2022-09-22")


def later(home: Path) -> Path:
    """Made-up counts of Haven, a day at a time."""
    counts = ((20, 260), (21, 1100), (22, 2300), (23, 2300), (24, 2000), (25, 1700))
    return written(home / "later.csv", [row(f"d{d}", d, d, ENTRIES, n, DAY) for d, n in counts])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("hindcast")
    words = ["hindcast", str(tiny_folder(home)), "--origins", ",".join(ORIGINS), "--horizon", "4"]
    words += ["--members", "12", "--reports", str(later(home)), "--out", str(home / "out")]
    assert main(words) == 0
    return home / "out"


@pytest.fixture(scope="module")
def says(kept: Path) -> Any:
    return json.loads((kept / "scores.json").read_text())


def test_one_table_of_all_origins_and_readings(says: Any) -> None:
    assert [one["origin_date"] for one in says["origins"]] == list(ORIGINS)
    assert [one["until"] for one in says["origins"]] == ["2022-09-25", "2022-09-26"]
    assert says["readings"][-1] == HINDSIGHT
    assert says["reading"] != HINDSIGHT
    rows = says["rows"]
    assert {(r["origin_date"], r["reading"]) for r in rows} == {
        (origin, reading) for origin in ORIGINS for reading in says["readings"]
    }
    # What was known at an origin is no outcome of it, and what is too far ahead is not either.
    haven = {(r["origin_date"], r["id"]) for r in rows if r["location"] == "Haven"}
    assert haven == {(ORIGINS[0], f"d{d}") for d in (22, 23, 24, 25)} | {
        (ORIGINS[1], f"d{d}") for d in (23, 24, 25)
    }
    assert [r["id"] for r in says["nowcast"] if r["origin_date"] == ORIGINS[0]][:1] == ["d21"]
    known = [r["id"] for r in says["not_scored"] if "known at" in r["reason"]]
    assert known.count("d20") == 2
    assert set(says["by_reading"]) == set(says["readings"])
    assert set(says["by_horizon"]) == {"1-3", "4-7", "8-14"}
    own = says["by_reading"][says["reading"]]
    assert own["relative_wis_log"] == says["relative_wis_log"]
    assert own["coverage"] == says["coverage"]
    assert "known outcome" in says["label"]


def test_the_table_that_is_kept_says_what_it_is(says: Any) -> None:
    from bench.known_outcome import table

    text = table(says, 12)
    assert "Known outcome: these reports were public" in text
    assert f"| {' | '.join(says['by_reading'])} |" in text
    trend = says["relative_wis_log"]["damped_trend"]
    assert "| damped trend | " in text
    assert f" | {trend['value']:.3f} (" in text
    assert "| Haven, entries russian citizens |" in text


def test_each_origin_is_a_forecast_that_scores_the_same(
    kept: Path, says: Any, tmp_path: Path
) -> None:
    found = score(kept / ORIGINS[1], later(tmp_path))
    mine = [r for r in found.rows if r["reading"] == says["reading"]]
    theirs = {
        r["id"]: r
        for r in says["rows"]
        if (r["origin_date"], r["reading"]) == (ORIGINS[1], says["reading"])
    }
    assert len(mine) == 3
    for one in mine:
        assert one["wis_log"] == theirs[one["id"]]["wis_log"]
        assert one["baselines"] == theirs[one["id"]]["baselines"]


def test_what_is_known_later_changes_no_origin(kept: Path, tmp_path: Path) -> None:
    """A later count in the file moves no forecast: the digest is that of a forecast made then."""
    made = forecast.read(kept / ORIGINS[0])
    head, *lines = later(tmp_path).read_text().splitlines()
    then = tmp_path / "then.csv"
    then.write_text("\n".join([head, *(line for line in lines if line.startswith("d20,"))]) + "\n")
    own = forecast.forecast(
        tiny_folder(tmp_path), ORIGINS[0], "2022-09-25", members=12, reports=[then]
    )
    assert own.digest == made.digest
    assert {r.id for r in made.scenario.reports} <= {"r1", "d20"}


def test_hindsight_knows_the_rules_and_nothing_else(tmp_path: Path) -> None:
    """A closure that came the day after empties the road in hindsight, and in no forecast."""
    shut = {
        **{"id": "shut", "place": "Gate", "kind": "crossing_closed", "applies_to": "all"},
        **{"announced": "2022-09-23", "known_from": "2022-09-23", "valid_from": "2022-09-23"},
        **{"status": "in force", "confidence": "high"},
    }
    scenario = tiny(tmp_path, add={"policy": [shut]})
    made = forecast.forecast(scenario, "2022-09-22", "2022-09-25", members=4)
    after = hindsight(made, scenario, 1)
    first = made.readings["conditional"]
    for name, values in first.ensemble.draws.items():
        np.testing.assert_array_equal(values, after.ensemble.draws[name])
    days = [first.labels.days.index(date(2022, 9, day)) for day in (22, 24, 25)]
    gate = [i for i, c in enumerate(first.labels.crossings) if c.place == "gate"]
    then, came = (
        x.arrays["entries"][:, days][:, :, gate].sum(axis=(0, 2, 3)) for x in (first, after)
    )
    assert came[0] == then[0] > 0
    assert then[1] > 1000
    assert came[1] < then[1] / 2
    assert came[2] == 0
    known = until(scenario, date(2022, 9, 22))
    rules = rules_that_came(scenario, known)
    assert rules.reports == known.reports
    assert rules.drivers == known.drivers
    assert rules.policies == scenario.policies
    # What a rule does comes with it; what posts could do was not known then.
    later = (number("refused_share", 0.3, "shut"), number("rate_factor", 2.0, "gate"))
    taught = replace(scenario, parameters=(*scenario.parameters, *later))
    more = {row.id for row in rules_that_came(taught, known).parameters}
    assert more - {row.id for row in rules.parameters} == {"refused-share-shut"}
    # Where no rule came later there is nothing to run again.
    same = replace(scenario, policies=known.policies)
    assert hindsight(made, same, 1) is first


def test_an_origin_that_gives_up_is_reported_and_the_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def sometimes(scenario: Any, as_of: date, *args: Any, **more: Any) -> forecast.Forecast:
        if as_of == date(2022, 9, 22):
            raise GaveUpError("the reports are out of reach of every member")
        return forecast.forecast(scenario, as_of, *args, **more)

    monkeypatch.setattr("borderflow.hindcast.make.forecast", sometimes)
    words = ["hindcast", str(tiny_folder(tmp_path)), "--origins", ",".join(ORIGINS)]
    words += ["--horizon", "3", "--members", "2"]
    assert main([*words, "--json"]) == 1
    says = json.loads(capsys.readouterr().out)
    assert [one["gave_up"] is None for one in says["origins"]] == [True, False]
    assert "out of reach" in says["origins"][1]["gave_up"]
    assert {r["origin_date"] for r in says["rows"]} == {ORIGINS[0]}
    assert main(words) == 1
    assert "gave up" in capsys.readouterr().out
    words[3] = "2022-09-22"
    assert main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["rows"] == []


def test_wrong_arguments_are_all_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tiny_folder(tmp_path))
    words = ["hindcast", folder, "--origins", "yesterday,2022-09-28,2023-01-01", "--horizon", "0"]
    assert main([*words, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [f["column"] for f in found] == ["--horizon", "--origins", "--origins", "--origins"]
    broken = written(tmp_path / "broken.csv", [row("x", 24, 24, ENTRIES, 5, DAY, place="Atlantis")])
    words = ["hindcast", folder, "--origins", "2022-09-22", "--reports", str(broken), "--members"]
    assert main([*words, "1", "--json"]) == 2
    (one,) = json.loads(capsys.readouterr().out)["findings"]
    assert (one["file"], one["row"], one["column"]) == ("broken.csv", 2, "place")
    assert main([*words, "1", "--skip-invalid", "--json"]) == 0


def test_origins_side_by_side_give_what_one_after_another_gives(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path)
    alone, many = (
        hindcast.hindcast(folder, ORIGINS, 3, members=4, threads=threads) for threads in (1, 2)
    )
    assert [one.digest for one in alone.found] == [one.digest for one in many.found]
    assert alone.rows == many.rows


def test_progress_counts_all_origins_from_the_beginning(tmp_path: Path) -> None:
    said: list[tuple[int, int]] = []
    folder = tiny_folder(tmp_path)
    hindcast.hindcast(folder, ORIGINS, 3, members=4, progress=lambda *n: said.append(n))
    totals = {total for _, total in said}
    assert len(totals) == 1
    assert max(done for done, _ in said) == totals.pop()
