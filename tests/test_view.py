"""What the page gets of a run: of the agreed shape, equal to the tables, nothing small in it."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import api
from borderflow.results import Results
from borderflow.web.marks import Marks
from borderflow.web.numbers import rounded
from borderflow.web.view import View, compact, view
from conftest import ROOT
from typescript import Types
from worlds import tiny

CONTRACT = ROOT / "web" / "src" / "view.ts"
MEMBERS = 12


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    scenario = tiny(tmp_path_factory.mktemp("view"))
    return api.run(scenario, members=MEMBERS, seed=7)


@pytest.fixture(scope="module")
def seen(results: Results) -> View:
    return view(results)


def test_the_document_is_what_the_page_expects(seen: View) -> None:
    types = Types(CONTRACT)
    data = json.loads(compact({"format": 1, "runs": [seen]}))
    assert types.wrong(data, "Page") == []
    data["runs"][0]["head"].pop("seed")
    data["runs"][0]["posts"][0]["name"] = 3
    assert len(types.wrong(data, "Page")) == 2


def test_files_of_the_page_hand_out_what_others_use() -> None:
    """But for the contract, which is written down whole."""
    texts = {file: file.read_text("utf-8") for file in (ROOT / "web" / "src").rglob("*.ts")}
    told = re.compile(r"^export (?:async )?(?:const|let|function|class|interface|type) (\w+)", re.M)
    used = re.compile(r"^import\b[^;]*;|\bjobs\.\w+", re.M)  # (jobs alone are imported whole)
    for file, text in texts.items():
        others = [found for other in texts.keys() - {file} for found in used.findall(texts[other])]
        idle = set(told.findall(text)) - set(re.findall(r"\w+", " ".join(others)))
        assert file == CONTRACT or not idle, (file.name, idle)


def numbers(data: Any) -> list[float]:
    """Every number in some data, however deep."""
    if isinstance(data, dict):
        return [n for part in data.values() for n in numbers(part)]
    if isinstance(data, list):
        return [n for part in data for n in numbers(part)]
    return [] if data is None or isinstance(data, str | bool) else [data]


def people(seen: View) -> list[Any]:
    """The parts of a document that count people."""
    return [
        [headline["values"] for headline in seen["headlines"]],
        [headline["days"] for headline in seen["headlines"]],
        [{**c, "refusals": [r["values"] for r in c["refusals"]]} for c in seen["countries"]],
        [place["present"] for place in seen["places"]],
        [
            [post["entries_above"], post["total_entries_above"]]
            + [post[side]["people"] for side in ("exit", "neutral", "entry") if post[side]]
            + [post[side]["steps"] for side in ("exit", "neutral", "entry") if post[side]]
            for post in seen["posts"]
        ],
        [[flow["above"], flow["citizens"], flow["total_above"]] for flow in seen["flows"]],
        [[pair["total"], pair["days"]] for pair in seen["pairs"]],
        seen["totals"],
    ]


def test_no_small_cell_is_in_it(results: Results, seen: View) -> None:
    found = numbers(people(seen))
    assert len(found) > 500
    assert [n for n in found if 0 < n < 10] == []
    shown = view(Results(results.ensemble, small_cells=True))
    assert shown["head"]["small_cells"]
    assert [n for n in numbers(people(shown)) if 0 < n < 10] != []


def test_it_agrees_with_the_tables(results: Results, seen: View) -> None:
    haven = next(country for country in seen["countries"] if country["id"] == "BBB")
    for name, who in (("entries_above", "above_ordinary"), ("entries_citizens", "all")):
        rows = results.table("entries", destination="BBB", crossing=None, who=who)
        assert [row["date"] for row in rows] == [None, *seen["dates"]]
        for row, number in zip(rows[1:], haven[name][2], strict=True):
            assert number == (None if row["q50"] is None else rounded(np.array([row["q50"]]))[0])
    rows = results.table("queues", crossing="gate", side="exit", direction="out")
    waits = [row["q90"] for row in rows if row["measure"] == "wait_hours"]
    gate = next(post for post in seen["posts"] if post["id"] == "gate")
    assert gate["exit"]["wait_hours"][4] == rounded(np.array(waits))
    assert gate["neutral"]["country"] == "BBB"
    assert gate["entry"] is None


def test_headlines_add_up_over_the_days(results: Results, seen: View) -> None:
    entered, present, queue = seen["headlines"]
    assert entered["values"] == [part[-1] for part in entered["days"]]  # type: ignore[union-attr]
    above = np.zeros(MEMBERS)
    for index, crossing in enumerate(results.labels.crossings):
        if crossing.origin == "AAA" and crossing.destination != "AAA":
            groups = [not g.ordinary for g in results.labels.groups]
            above += results.arrays["entries"][:, :, index, groups].sum(axis=(1, 2))
    assert entered["values"][2] == rounded(np.array([np.median(above)]))[0]
    assert present["values"][2] > 0
    assert queue["post"] == "gate"
    assert queue["date"] in seen["dates"]


def test_reports_stand_beside_their_series(seen: View) -> None:
    found = {report["id"]: report for report in seen["reports"]}
    assert found["r2"]["series"] == "entries_citizens"
    assert found["r2"]["at"] == ["gate"]
    assert found["r2"]["per_day"] == 2300
    assert found["r4"]["series"] == "wait_hours"
    assert len(found["r4"]["simulated"]) == 5


def test_policies_say_whether_they_act(results: Results, seen: View) -> None:
    found = {policy["id"]: policy for policy in seen["policies"]}
    assert found["ban"]["acts"]
    assert found["ban"]["switchable"]
    assert found["ban"]["at"] == ["CCC"]
    assert found["decree"]["acts"]  # a driver is there because of it
    assert seen["drivers"][0]["level"] != 0


def test_where_people_left_from_is_not_counted(seen: View) -> None:
    for part in ("headlines", "countries", "posts", "flows", "pairs", "totals", "fares"):
        assert '"town"' not in compact(seen[part])  # type: ignore[literal-required]
    town = next(place for place in seen["places"] if place["id"] == "town")
    assert town["present"] is None


def test_numbers_are_marked_by_what_was_learned(results: Results, seen: View) -> None:
    assert {headline["mark"] for headline in seen["headlines"]} == {"assumed"}
    entered = np.arange(MEMBERS) * 100.0
    narrow = dataclasses.replace(
        results.ensemble,
        arrays={n: a[:1].repeat(MEMBERS, axis=0) for n, a in results.arrays.items()},
    )
    found = view(Results(narrow), learned=True, before=results)
    assert found["headlines"][0]["mark"] == "learned"
    assert view(results, learned=True, before=results)["headlines"][0]["mark"] == "assumed"
    # Where there is nothing to compare with, the parameters behind a number tell.
    amplitude = results.ensemble.draws["amplitude-decree"]
    tight = 800 * np.exp(np.linspace(-0.1, 0.1, MEMBERS))
    draws = {**results.ensemble.draws, "amplitude-decree": tight}
    others = {n: v for n, v in draws.items() if n == "amplitude-decree"}
    marks = Marks(Results(dataclasses.replace(results.ensemble, draws=others)), True)
    assert marks.mark(entered, lambda _: entered) == "learned"
    assert Marks(results, False).mark(entered, lambda _: entered) == "assumed"
    assert np.std(np.log(amplitude)) > 0.3


@pytest.mark.parametrize(
    ("value", "short"),
    [(0.0, 0), (1234.5, 1230), (0.012345, 0.0123), (99.96, 100), (-4567.0, -4570)],
)
def test_numbers_have_three_digits(value: float, short: float) -> None:
    assert rounded(np.array([value])) == [short]


def test_names_stay_as_they_are_written(tmp_path: Path) -> None:
    hostile = "</script><script>alert(1)</script>"
    cells = {"place": {"haven": {"name": hostile}}}
    scenario = tiny(tmp_path, cells=cells)
    seen = view(api.run(scenario, members=2))
    assert hostile in [place["name"] for place in seen["places"]]
