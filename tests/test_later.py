"""A file as press and officials would publish it (numbers made up), held against the real case."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from borderflow import api, loading
from borderflow.forecast import Forecast
from borderflow.forecast.kept import keep
from borderflow.results import Results
from borderflow.scenario import edit
from borderflow.verify import Verification, verify
from borderflow.verify.read import read

FILE = Path(__file__).with_name("later_reports.csv")
ORIGIN, UNTIL = date(2022, 9, 27), date(2022, 10, 11)


@pytest.fixture(scope="module")
def found() -> Verification:
    """Two members without learning: what is scored does not depend on what they say."""
    known = edit.until(loading.load("russia-2022"), ORIGIN)
    compiled = api.compile_known(known, ORIGIN)
    members = keep(Results(api.simulated(compiled, 2, 1)), UNTIL)
    reports, findings = read(known, FILE)
    return verify(Forecast(known, ORIGIN, UNTIL, {"conditional": members}), reports, findings)


@pytest.fixture(scope="module")
def rows(found: Verification) -> dict[str, Any]:
    return {row["id"]: row for row in found.rows}


def test_nearly_every_outcome_is_scored(found: Verification, rows: dict[str, Any]) -> None:
    assert len(rows) == 85
    why = {row["id"]: row["reason"] for row in found.not_scored}
    no_outcome = {id_ for id_, reason in why.items() if reason.startswith("no outcome that is")}
    assert no_outcome == {f"m{n:03}" for n in (77, 78, *range(88, 95))}
    assert {id_: reason for id_, reason in why.items() if id_ not in no_outcome} == {
        "m027": "revised by 'm098' of the same source: the newest is scored",
        "m044": "most of what it counts came before the origin date",
        "m047": "most of what it counts came before the origin date",
        "m095": "derived from other reports: it has no weight of its own",
        "m101": "its window ends after the forecast (2022-10-11)",
    }
    assert [row["id"] for row in found.nowcast] == ["m099", "m100"]
    assert len(rows) + len(why) + len(found.nowcast) == 101


def test_windows_and_numbers(rows: dict[str, Any]) -> None:
    def says(id_: str) -> tuple[str, str, float, str | None]:
        row = rows[id_]
        return row["target_start_date"], row["target_end_date"], row["observed"], row["one_sided"]

    # Since the 21st less the 105,000 that the file itself tells up to the origin date.
    assert says("m039") == ("2022-09-28", "2022-09-29", 25000, None)
    assert says("m040") == ("2022-09-28", "2022-10-03", 95000, "at least")
    # Since February less what was known on the 25th, two days before the origin.
    assert says("m062") == ("2022-09-26", "2022-10-02", 77000, None)
    # A week that began a day before: no report tells of that day, and most of it is ahead.
    assert says("m060") == ("2022-09-26", "2022-10-02", 53000, None)
    # Ten days of Georgia of which nine are known from its daily counts.
    assert says("m036")[:2] == ("2022-09-28", "2022-09-30")
    assert says("m085") == ("2022-09-30", "2022-09-30", 0.5, "at most")
    assert says("m074") == ("2022-09-29", "2022-09-29", 48, None)


def test_what_is_told_twice_or_otherwise_is_marked(rows: dict[str, Any]) -> None:
    assert rows["m097"]["repeats"] == "m002"
    assert rows["m096"]["contradicts"] == "m003"
    assert rows["m062"]["contradicts"] == "m060"
    assert rows["m001"]["repeats"] is rows["m001"]["contradicts"] is None


def test_counts_have_every_comparator(rows: dict[str, Any]) -> None:
    for row in rows.values():
        if row["target"] in ("entries", "exits", "crossings"):
            assert len(row["baselines"]) == 6, row["id"]
        assert "unlearned" in row["baselines"]
    assert not rows["m070"]["reported_before"]  # nobody had counted Armenia by then
    assert rows["m063"]["baselines"]["damped_trend"] != rows["m063"]["baselines"]["ordinary"]


def test_the_file_is_sound_but_for_what_is_odd(found: Verification) -> None:
    assert {finding.level for finding in found.findings} == {"warning"}
    assert {(f.row, f.check) for f in found.findings} == {
        (92, "report-units"),
        (97, "report-contradiction"),
    }
