"""A sample of `make torture`: kills, broken folders, random worlds, and who computes."""

import sys
from pathlib import Path

import pytest

from torture import split
from torture.folders import BROKEN, changed, contents, fuzz
from torture.kills import COMMANDS, kill
from torture.same import same
from torture.worlds import CHECKS, conserve
from worlds import tiny_folder


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be forked there")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_runs_are_finished_to_the_same_digest(tmp_path: Path) -> None:
    found = kill(tiny_folder(tmp_path), tmp_path, 4, seed=3)
    assert found.troubles == []
    assert found.kills >= 4
    assert set(found.digests) == set(COMMANDS)
    assert all(len(values) == 1 for values in found.digests.values())


def test_broken_folders_end_with_findings(tmp_path: Path) -> None:
    found = fuzz(tiny_folder(tmp_path), tmp_path / "read", 300, run=False)
    assert found.troubles == []
    assert found.cases == 300
    assert found.refused > 200


def test_folders_that_are_odd_but_sound_run_with_people_conserved(tmp_path: Path) -> None:
    found = fuzz(tiny_folder(tmp_path), tmp_path / "ran", 60, run=True)
    assert found.troubles == []
    assert found.ran > 10


def test_a_period_before_the_start_that_is_far_too_long(tmp_path: Path) -> None:
    """Found by the fuzzer: a check reckoned with it before another refused it."""
    from borderflow import loading

    folder = tiny_folder(tmp_path, header={"warmup_days": "23455324135"})
    assert "ranges" in [finding.check for finding in loading.check(folder)]


@pytest.mark.parametrize("kind", sorted(set(BROKEN)))
def test_every_edit_changes_something(tmp_path: Path, kind: str) -> None:
    files = contents(tiny_folder(tmp_path))
    moves = [(kind, a, b, b // 3, "17", b"\xff") for a in range(3) for b in range(0, 400, 7)]
    assert any(changed(files, [move]) != files for move in moves)
    assert contents(tmp_path / "tiny") == files


def test_random_worlds_keep_their_people_and_their_limits() -> None:
    found = conserve(3)
    assert found.troubles == []
    assert found.worlds == 3
    assert len(CHECKS) == 6


def test_processes_share_the_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = split.worlds(3, processes=2)
    assert (done.worlds, done.troubles) == (3, [])
    found, most = split.folders(
        tiny_folder(tmp_path), tmp_path / "read", 9, run=False, seed=1, processes=2
    )
    assert found.troubles == []
    assert found.cases == found.refused + found.read == 9
    assert 0 < most < 1000
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(split, "_each", lambda task, jobs: asked.extend(jobs) or [])
    split.worlds(5, processes=2, first=1000)
    assert [seed for n, first in asked for seed in range(first, first + n)] == [*range(1000, 1005)]


def test_a_trouble_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise KeyError(path.name)

    monkeypatch.setattr("borderflow.loading.examine", fail)
    found = fuzz(tiny_folder(tmp_path), tmp_path / "read", 2, run=False)
    assert len(found.troubles) == 2
    assert "KeyError" in found.troubles[0]


def test_who_computes_makes_no_difference(tmp_path: Path) -> None:
    found = same(tiny_folder(tmp_path), 6, {}, cluster=False)
    assert len(set(found.digests.values())) == 1, found.digests
    assert len(found.digests) >= 6
    if found.skipped:
        pytest.skip(f"the same everywhere, but SKIPPED: {found.skipped}")
