"""Two sets of rules, the same members: paired differences, what is suppressed, and the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import api
from borderflow.cli import main
from borderflow.comparison import Comparison, compare
from borderflow.comparison.cells import WHATS
from borderflow.comparison.text import render
from worlds import tiny, tiny_folder

ROW = {
    "what", "location", "country", "date",
    "base_q50", "other_q50", "diff_q10", "diff_q50", "diff_q90",
}  # fmt: skip
MEMBERS = 12
STATEMENT = """\
[[policy]]
id = "words"
place = "Haven"
kind = "reception_statement"
applies_to = "all"
known_from = 2022-09-22
valid_from = 2022-09-22
"""


@pytest.fixture(scope="module")
def unbanned(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    scenario = tiny(tmp_path_factory.mktemp("world"))
    return compare(scenario, without=["ban"], members=MEMBERS, small_cells=True)


def row(found: Comparison, what: str, location: str, date: str | None) -> dict[str, Any]:
    (only,) = [
        r for r in found.rows if (r["what"], r["location"], r["date"]) == (what, location, date)
    ]
    return only


def test_each_arm_is_a_run(unbanned: Comparison, tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    assert unbanned.base.digest == api.run(scenario, members=MEMBERS).digest
    assert unbanned.other.digest == api.run(scenario, members=MEMBERS, without=["ban"]).digest
    assert unbanned.digest not in (unbanned.base.digest, unbanned.other.digest)


def test_differences_are_taken_within_members(unbanned: Comparison) -> None:
    """The quantiles of the differences, not the differences of the quantiles."""
    base, other = unbanned.base, unbanned.other
    into = base.lookup.entered["CCC"]
    subjects = [g.subject for g in base.labels.groups]
    by_member = [
        arm.arrays["entries"][:, :, into][..., subjects].sum(axis=(1, 2, 3))
        for arm in (base, other)
    ]
    found = row(unbanned, "entries", "Isle", None)
    assert set(found) == ROW
    assert found["base_q50"] == pytest.approx(np.median(by_member[0]))
    assert found["other_q50"] == pytest.approx(np.median(by_member[1]))
    low, middle, high = np.quantile(by_member[1] - by_member[0], (0.1, 0.5, 0.9))
    assert found["diff_q10"] == pytest.approx(low)
    assert found["diff_q50"] == pytest.approx(middle)
    assert found["diff_q90"] == pytest.approx(high)
    assert middle > 0


def test_nothing_differs_before_the_rule(unbanned: Comparison) -> None:
    """The same parameters and chances in both arms: where the rule is not yet, nothing moves."""
    before = [r for r in unbanned.rows if r["date"] and r["date"] < "2022-09-26"]
    before = [r for r in before if r["what"] != "refusals"]  # by week
    assert len(before) > 50
    assert all(r["diff_q10"] == r["diff_q90"] == 0 for r in before)
    assert any(r["diff_q50"] for r in unbanned.rows if r["date"] and r["date"] >= "2022-09-26")


def test_every_quantity_is_there_and_described(unbanned: Comparison, tmp_path: Path) -> None:
    told = {r["what"] for r in unbanned.rows}
    assert told == set(WHATS) - {"entries_all_nationalities", "moved"}
    days = {"known_from": "2022-09-22", "valid_from": "2022-09-22", "applies_to": "all"}
    bridge = {"id": "bridge", "place": "Town -> Haven City", "kind": "evacuation", **days}
    number = {
        "id": "bridge-people", "quantity": "transfer_people", "applies_to": "bridge",
        "distribution": "fixed", "median": "3000", "reason": "Made up", "source": "made-up",
    }  # fmt: skip
    foreign = {"cohort": {"men": {"nationality": "BBB"}}}
    world = tiny(tmp_path, cells=foreign, add={"policy": [bridge], "parameter": [number]})
    found = compare(world, without=["bridge"], members=2)
    assert {r["what"] for r in found.rows} == set(WHATS)
    assert row(found, "moved", "Haven", None)["diff_q50"] == pytest.approx(-3000, rel=0.1)
    text = render(found)
    assert "Brought by arrangement: Haven" in text
    assert "entries, gross, all nationalities" in " ".join(text.split())
    places = {r["location"] for r in unbanned.rows if r["what"] == "entries"}
    assert {"Haven", "Gate", "Isle", "Field"} <= places


def test_the_text_says_where_load_goes(unbanned: Comparison) -> None:
    text = render(unbanned)
    for words in (
        "within this model",
        "Where load goes down",
        "Where it appears instead",
        "Removing a rule removes its announcement too",
        "scenario, not prediction",
    ):
        assert words in " ".join(text.split())
    assert "stopped" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_rule_goes_with_what_only_it_brought_about(tmp_path: Path) -> None:
    """The decree is the announcement: without it nobody is shocked."""
    found = compare(tiny(tmp_path), without=["decree"], members=4)
    assert not [d for d in found.other.scenario.drivers if d.policy == "decree"]
    left = row(found, "departures", "all origins", None)
    assert left["diff_q90"] < 0
    assert row(found, "departures", "all origins", "2022-09-19")["diff_q50"] == 0


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "on nobody's leaving by itself"),
        (["--as-of", "2022-09-20"], "was not known on 2022-09-20"),
    ],
)
def test_a_rule_without_effect_is_named(
    options: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "words.toml"
    rules.write_text(STATEMENT, "utf-8")
    world = tiny_folder(tmp_path)
    words = ["compare", str(world), "--with", str(rules), "--members", "2", *options]
    assert main(words) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "words has no effect within this model" in text
    assert reason in text
    assert "Nothing changes" in text
    assert main([*words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["changes_nothing"] is True
    assert data["base"]["digest"] == data["other"]["digest"]


def test_small_cells_are_suppressed_with_what_gives_them_away(unbanned: Comparison) -> None:
    hidden = Comparison(unbanned.base, unbanned.other)
    hidden.base.small_cells = False
    try:
        rows = hidden.rows
    finally:
        hidden.base.small_cells = True
    marked = 0
    for shown, row in zip(unbanned.rows, rows, strict=True):
        numbers = {name: row[name] for name in sorted(ROW) if name[-3:-2] == "q"}
        if row["what"].startswith("wait_hours"):
            assert shown == row
            continue
        for name, value in numbers.items():
            if value is None:
                assert row["suppressed"]
            else:
                assert value == shown[name]
                assert value == 0 or abs(value) >= 10
        if row["base_q50"] is None or row["other_q50"] is None:
            marked += 1
            assert row["diff_q10"] is row["diff_q50"] is row["diff_q90"] is None
    assert marked


def test_the_command_prints_one_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, out = tiny_folder(tmp_path), tmp_path / "answer"
    words = ["compare", str(world), "--without", "entry_ban Isle", "--members", "2", "--seed", "7"]
    assert main([*words, "--json", "--out", str(out)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["scenario"], data["seed"], data["members"]) == ("tiny", 7, 2)
    assert data["as_of"] is None
    assert data["without"] == ["ban"]
    assert {"seconds", "digest", "statement"} <= set(data)
    assert all(set(row) - {"suppressed"} == ROW for row in data["rows"])
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["digest"] == data["digest"]
    assert set(manifest["files"]) == {"comparison.csv", "comparison.parquet"}
    lines = (out / "comparison.csv").read_text("utf-8").splitlines()
    assert len(lines) == len(data["rows"]) + 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "--without POLICY or --with FILE.toml"),
        (["--without", "bann"], "did you mean 'ban'"),
        (["--without", "ban", "--members", "0"], "at least one member"),
        (["--with", "no-such.toml"], "no-such.toml"),
    ],
)
def test_wrong_usage(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(tiny_folder(tmp_path)), *words]) == 2
    assert says in capsys.readouterr().err


def test_every_country_has_its_line_however_many_crossings_there_are() -> None:
    """Crossings give way before countries do."""
    from borderflow.comparison.text import MOST, _fitting

    rows = [
        {"country": f"c{i}", "location": location}
        for i in range(MOST // 2)
        for location in (f"c{i}", *(f"c{i}-door{j}" for j in range(5)))
    ]
    shown = _fitting(rows)
    assert len(shown) == MOST
    assert {row["location"] for row in shown} >= {row["country"] for row in rows}
    assert len(_fitting(rows[:12])) == 2 * (1 + 3)
