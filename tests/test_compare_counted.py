"""Comparisons of more members than are kept: pairs are counted, and nobody's counting matters."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import api, checkpoint, ensemble, tally, workers
from borderflow.cli import main
from borderflow.comparison import Comparison, compare, counted
from borderflow.comparison.comparison import NUMBERS
from borderflow.comparison.counted import CountedComparison
from borderflow.comparison.pairs import only
from borderflow.comparison.text import render
from borderflow.errors import GaveUpError
from borderflow.pooled import OnlyCountedError
from borderflow.results import Results
from worlds import tiny, tiny_folder

MEMBERS = 40
UNBANNED: dict[str, Any] = {"without": ["ban"], "members": MEMBERS, "seed": 3, "threads": 1}


@pytest.fixture
def few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "KEPT", 20)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tiny(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def kept(scenario: Any) -> Comparison:
    return compare(scenario, **UNBANNED, small_cells=True)


@pytest.fixture(scope="module")
def pairs(scenario: Any) -> CountedComparison:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "KEPT", 20)
        found = compare(scenario, **UNBANNED, small_cells=True)
    assert isinstance(found, CountedComparison)
    return found


def close(a: float, b: float) -> bool:
    """Within the grid: between two members a quantile may lie nearer to either of them."""
    return abs(a - b) <= 0.011 * max(abs(a), abs(b)) + 1e-3


def test_rows_are_those_of_the_members(pairs: CountedComparison, kept: Comparison) -> None:
    assert [(r["what"], r["location"], r["date"]) for r in pairs.rows] == [
        (r["what"], r["location"], r["date"]) for r in kept.rows
    ]
    for mine, true in zip(pairs.rows, kept.rows, strict=True):
        for name in NUMBERS[:2]:
            assert close(mine[name], true[name]), (mine, true)


def test_differences_are_those_of_the_pairs(pairs: CountedComparison, kept: Comparison) -> None:
    """Quantiles of differences within members, of either sign; not differences of quantiles."""
    for mine, true in zip(pairs.rows, kept.rows, strict=True):
        band = [true[name] for name in NUMBERS[2:]]
        # Between a negative and a positive member no share of the quantile bounds the error.
        room = 0.011 * max(map(abs, band)) + 1e-3
        for name in NUMBERS[2:]:
            assert abs(mine[name] - true[name]) <= room, (mine, true)
    whole = {(r["what"], r["location"]): r for r in pairs.rows if r["date"] is None}
    opened = whole["entries", "Isle"]
    assert opened["diff_q10"] > 0
    assert any(r["diff_q90"] < 0 for r in whole.values())
    apart = opened["other_q50"] - opened["base_q50"]
    assert opened["diff_q50"] != pytest.approx(apart, rel=1e-6)


def test_each_arm_is_a_run(pairs: CountedComparison, scenario: Any, few_are_kept: None) -> None:
    own = {"members": MEMBERS, "seed": 3, "threads": 1}
    assert pairs.base.digest == api.run(scenario, **own).digest
    assert pairs.other.digest == api.run(scenario, **own, without=["ban"]).digest
    assert pairs.base.people["residual"] == pairs.other.people["residual"] == 0


def test_nothing_is_kept_member_by_member(pairs: CountedComparison) -> None:
    for arm in (pairs.base, pairs.other):
        assert arm.ensemble.arrays == {}
        with pytest.raises(OnlyCountedError):
            _ = arm.arrays
    assert pairs.base.members == MEMBERS
    for found in pairs.counts.values():
        cells, each = np.unique(found[:, 0] >> 20, return_inverse=True)
        assert (np.bincount(each, weights=found[:, 1]) == MEMBERS).all()
        assert len(cells) == cells[-1] + 1


def test_whoever_counts_the_digest_is_the_same(
    pairs: CountedComparison, scenario: Any, few_are_kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "ROWS", 0)
    assert compare(scenario, **{**UNBANNED, "threads": 3}).digest == pairs.digest
    assert compare(scenario, **{**UNBANNED, "seed": 4}).digest != pairs.digest
    real = ensemble.workers

    class Backwards:
        def map(self, task: Any, shared: Any, items: Any) -> Any:
            return real(1).map(task, shared, items[::-1])

    monkeypatch.setattr(ensemble, "workers", lambda _: Backwards())
    assert compare(scenario, **UNBANNED).digest == pairs.digest


def test_other_pairs_have_another_digest(pairs: CountedComparison) -> None:
    """The arms alone do not say who is paired with whom: the differences are in the digest."""
    name = "difference"
    changed = pairs.counts[name].copy()
    changed[0, 0] += 1
    mixed = CountedComparison(
        pairs.base, pairs.other, {**pairs.counts, name: changed}, pairs.differ
    )
    assert mixed.digest != pairs.digest


def test_pairs_are_gone_on_from(
    pairs: CountedComparison,
    scenario: Any,
    few_are_kept: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checkpoint, "WRITE_ABOVE", 0)
    true, done = counted.counted, []

    def some(*words: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(words)
        return true(*words)

    monkeypatch.setattr(counted, "counted", some)
    with pytest.raises(KeyboardInterrupt), checkpoint.keeping(checkpoint.Store(tmp_path)):
        compare(scenario, **UNBANNED)
    done.clear()
    with checkpoint.keeping(checkpoint.Store(tmp_path)):
        again = compare(scenario, **UNBANNED)
    assert len(done) == 1
    assert again.digest == pairs.digest
    done.clear()
    with pytest.raises(KeyboardInterrupt), checkpoint.keeping(checkpoint.Store(tmp_path)):
        compare(scenario, **{**UNBANNED, "without": ["decree"]})  # nothing of that is there
    assert len(done) == 2


def test_a_member_that_fails_in_one_arm_is_in_neither(
    scenario: Any, kept: Comparison, few_are_kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = ensemble.run_one

    def fail(compiled: Any, seed: int, number: int, *words: Any) -> Any:
        banned = any(policy.id == "ban" for policy in compiled.scenario.policies)
        if number == 7 and not banned:
            raise ArithmeticError("lost")
        return true(compiled, seed, number, *words)

    monkeypatch.setattr(ensemble, "run_one", fail)
    found = compare(scenario, **UNBANNED, small_cells=True)
    assert found.failed == {7: "ArithmeticError: lost"}
    assert found.base.members == found.other.members == MEMBERS - 1
    left = set(range(MEMBERS)) - {7}
    true_rows = Comparison(
        Results(only(kept.base.ensemble, left), small_cells=True),
        Results(only(kept.other.ensemble, left), small_cells=True),
    ).rows
    for mine, row in zip(found.rows, true_rows, strict=True):
        assert close(mine["base_q50"], row["base_q50"])

    def never(*words: Any) -> Any:
        raise ArithmeticError("lost")

    monkeypatch.setattr(ensemble, "run_one", never)
    with pytest.raises(GaveUpError, match="no member ran to the end"):
        compare(scenario, **UNBANNED)


def test_the_command_says_how_fine_it_is(
    few_are_kept: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, out = tiny_folder(tmp_path), tmp_path / "out"
    words = ["compare", str(world), "--without", "ban", "--members", "21"]
    assert main([*words, "--out", str(out)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "within 1 % of those of the members" in text
    assert main([*words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["members"], data["quantile_error"]) == (21, 0.01)
    assert data["changes_nothing"] is False
    assert json.loads((out / "manifest.json").read_text("utf-8"))["digest"] == data["digest"]
    assert main(["rerun", str(out)]) == 0
    assert "reproduced" in capsys.readouterr().out


def test_nothing_changes_where_no_member_differs(
    few_are_kept: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "words.toml"
    rules.write_text(
        '[[policy]]\nid = "words"\nplace = "Haven"\nkind = "reception_statement"\n'
        'applies_to = "all"\nknown_from = 2022-09-22\nvalid_from = 2022-09-22\n',
        "utf-8",
    )
    found = compare(tiny(tmp_path), with_=[rules], members=21, threads=1)
    assert isinstance(found, CountedComparison)
    assert found.same
    assert found.base.digest == found.other.digest
    assert "Nothing changes" in render(found)
