"""The page of a run whose members were only counted: that of the members, within the grid."""

import json
from pathlib import Path
from typing import Any

import pytest

from borderflow import api, loading, workers
from borderflow.cli import main
from borderflow.ensemble import simulate
from borderflow.pooled import Pooled, pool
from borderflow.results import Results
from borderflow.results.spread import CODES
from borderflow.runfolder import MANIFEST
from borderflow.web import counted
from borderflow.web.counted import MixedUpError, Player, counted_view, record
from borderflow.web.marks import Marks
from borderflow.web.report import read_view
from borderflow.web.view import View, compact, view
from conftest import ROOT
from typescript import Types
from worlds import tiny_folder

MEMBERS = 40
SEED = 3


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return api.compile_known(loading.load(tiny_folder(tmp_path_factory.mktemp("page"))), None)


@pytest.fixture(scope="module")
def kept(compiled: Any) -> Results:
    return Results(api.simulated(compiled, MEMBERS, SEED, threads=1))


@pytest.fixture(scope="module")
def pooled(compiled: Any) -> Pooled:
    found = pool(compiled, MEMBERS, SEED, threads=1, extra=record)
    assert isinstance(found, Pooled)
    return found


def differences(a: Any, b: Any, where: str = "") -> list[str]:
    """Where two documents are not the same; numbers may differ by what the grid leaves open."""
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return [f"{where}: {sorted(a.keys() ^ b.keys())}"]
        return [row for key in a for row in differences(a[key], b[key], f"{where}.{key}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        pairs = enumerate(zip(a, b, strict=True))
        return [row for at, pair in pairs for row in differences(*pair, f"{where}[{at}]")]
    numbers = isinstance(a, int | float) and isinstance(b, int | float)
    if numbers and abs(a - b) <= 0.016 * max(abs(a), abs(b)):  # 1 %, and three digits
        return []
    return [] if a == b else [f"{where}: {a!r}, {b!r}"]


def without_head(seen: View) -> dict[str, Any]:
    return {name: part for name, part in json.loads(compact(seen)).items() if name != "head"}


@pytest.mark.parametrize("small_cells", [False, True])
def test_it_is_the_page_of_the_members(
    kept: Results, pooled: Pooled, small_cells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "small_cells", small_cells)
    monkeypatch.setattr(pooled, "small_cells", small_cells)
    monkeypatch.setattr(kept, "_tables", {})
    monkeypatch.setattr(pooled, "_tables", {})
    mine, true = counted_view(pooled), view(kept)
    found = differences(without_head(mine), without_head(true))
    # What is near a threshold (ten people, a report's number) may fall on its other side.
    assert len(found) <= 8, found
    assert len(compact(true)) > 15_000
    assert mine["head"]["members"] == MEMBERS
    assert mine["head"]["digest"] == pooled.digest
    assert (
        Types(ROOT / "web" / "src" / "view.ts").wrong({"format": 1, "runs": [mine]}, "Page") == []
    )


def test_what_is_counted_for_the_page_is_not_in_the_digest(compiled: Any, pooled: Pooled) -> None:
    plain = pool(compiled, MEMBERS, SEED, threads=1)
    assert isinstance(plain, Pooled)
    assert plain.digest == pooled.digest
    assert not plain.extra
    again = pool(compiled, MEMBERS, SEED, threads=3, extra=record)
    assert isinstance(again, Pooled)
    assert compact(counted_view(again)) == compact(counted_view(pooled))


@pytest.mark.parametrize("numbers", [[0], [7, 9], list(range(16))], ids=len)
def test_what_is_told_does_not_depend_on_the_numbers(
    compiled: Any, pooled: Pooled, numbers: list[int]
) -> None:
    """Otherwise blocks would not be told the same numbers in the same order."""
    few = Results(simulate(compiled, numbers, SEED, 1), small_cells=True)
    rows, all_of_them = record(few)[counted.PAGE], pooled.extra[counted.PAGE]
    assert rows[-1, 0] // CODES == all_of_them[-1, 0] // CODES
    assert rows[:, 1].sum() == len(numbers) * (rows[-1, 0] // CODES + 1)


def test_a_page_that_tells_other_numbers_is_not_written(pooled: Pooled) -> None:
    player = Player(MEMBERS, pooled.extra)
    with pytest.raises(MixedUpError, match="0 numbers are told"):
        player.close()


def test_marks_are_told_from_some_of_the_members(
    kept: Results, pooled: Pooled, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {c["mark"] for c in counted_view(pooled)["countries"]} == {"assumed"}
    narrowed = [(0.9, next(iter(kept.ensemble.draws.values())))]
    monkeypatch.setattr(Marks, "_narrowed", narrowed)
    mine = counted_view(pooled, learned=kept)
    true = view(kept, learned=True)
    for part in ("countries", "headlines"):
        told = [row["mark"] for row in mine[part]]  # type: ignore[literal-required]
        assert told == [row["mark"] for row in true[part]]  # type: ignore[literal-required]
        assert set(told) != {"assumed"}


def test_the_folder_is_one_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "KEPT", 20)
    monkeypatch.setattr("borderflow.cli.run.KEPT", 20)
    out, page = tmp_path / "out", tmp_path / "page.html"
    words = ["run", str(tiny_folder(tmp_path)), "--members", "21", "--without", "ban"]
    assert main([*words, "--out", str(out)]) == 0
    seen = read_view(out)
    assert seen["head"]["without"] == ["ban"]
    manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    assert seen["head"]["digest"] == manifest["digest"]
    assert manifest["quantile_error"] == 0.01
    assert "view.json" in manifest["files"]
    assert not [name for name in manifest["files"] if name.endswith(".nc")]
    assert main(["report", str(out), "--out", str(page)]) == 0
    assert "21 members" in capsys.readouterr().out
    assert main(["cite", str(out)]) == 0
    assert main(["rerun", str(out)]) == 0
    assert "reproduced" in capsys.readouterr().out
    assert main([*words, "--out", str(out), "--full"]) == 2
    assert "only tables are kept" in capsys.readouterr().err


def test_a_page_with_a_defect_does_not_cost_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "KEPT", 20)
    true = view

    def fewer(results: Any, **words: Any) -> View:
        seen = true(results, **words)
        if results.counted:
            words["counts"].tell.few(words["counts"].present([0])[:, 0])
        return seen

    monkeypatch.setattr(counted, "view", fewer)
    out = tmp_path / "out"
    words = ["run", str(tiny_folder(tmp_path)), "--members", "21", "--out", str(out)]
    assert main(words) == 0
    assert "there is no page in the folder" in capsys.readouterr().err
    assert (out / "entries-quantiles.csv").is_file()
    assert main(["report", str(out), "--out", str(tmp_path / "page.html")]) == 2
    assert "view.json" in capsys.readouterr().err


def test_a_learned_run_is_marked_from_members_with_what_was_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "KEPT", 20)
    monkeypatch.setattr(counted, "MARKED", 10)
    world = tiny_folder(tmp_path)
    draws = tmp_path / "draws.nc"
    api.learn(world, members=12, threads=1).write(draws)
    out = tmp_path / "out"
    words = ["run", str(world), "--members", "21", "--draws", str(draws), "--out", str(out)]
    asked: list[int] = []
    true = api.simulated

    def simulated(compiled: Any, members: int, *words: Any) -> Any:
        asked.append(members)
        assert words[-1] is not None
        return true(compiled, members, *words)

    monkeypatch.setattr(api, "simulated", simulated)
    assert main(words) == 0
    assert asked == [10]
    assert read_view(out)["head"]["members"] == 21
