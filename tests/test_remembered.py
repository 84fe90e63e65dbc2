"""A question asked twice is answered from the members of the first time, with the same numbers."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from borderflow import ensemble, loading
from borderflow.checkpoint import Stage
from borderflow.cli import main
from borderflow.remembered import PLACE, make_room
from borderflow.runfolder import MANIFEST
from borderflow.wholefile import read_json
from worlds import POLICY, tiny_folder


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where members are kept; the scenario `tiny` ships, and no other."""
    home = tmp_path / "shipped"
    home.mkdir()
    tiny_folder(tmp_path).rename(home / "tiny")
    monkeypatch.setattr(loading, "HOME", home)
    monkeypatch.setenv(PLACE, str(tmp_path / "kept"))
    return tmp_path / "kept"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(
        *words: str, scenario: str = "tiny", command: str = "run"
    ) -> tuple[dict[str, Any], str]:
        """What a command answers, but for the seconds, and what it says of members it has met."""
        assert main([command, scenario, "--json", *words]) == 0
        out, said = capsys.readouterr()
        answer = json.loads(out)
        assert answer.pop("seconds", 0.0) >= 0.0
        return answer, "".join(line for line in said.splitlines() if "before" in line)

    return run


def test_asked_twice(kept: Path, ask: Any) -> None:
    first, said = ask("--members", "8")
    assert not said
    again, said = ask("--members", "8")
    assert again == first
    assert "8 members were simulated before (--fresh " in said
    anew, said = ask("--members", "8", "--fresh")
    assert anew == first
    assert not said


def test_more_and_fewer_members(kept: Path, ask: Any) -> None:
    alone, _ = ask("--members", "12", "--fresh")
    ask("--members", "8")
    more, said = ask("--members", "12")
    assert more == alone
    assert "8 members were" in said
    fewer, said = ask("--members", "5")
    assert fewer == ask("--members", "5", "--fresh")[0]
    assert "5 members were" in said


@pytest.mark.parametrize(
    "words", [("--seed", "2"), ("--without", "ban"), ("--as-of", "2022-09-24")]
)
def test_another_question(kept: Path, ask: Any, words: tuple[str, ...]) -> None:
    ask("--members", "3")
    first, said = ask("--members", "3", *words)
    assert not said
    assert ask("--members", "3", *words)[0] == first == ask("--members", "3", "--fresh", *words)[0]


def test_facts_of_ones_own_are_not_kept(kept: Path, ask: Any, tmp_path: Path) -> None:
    rule = tmp_path / "rule.toml"
    rule.write_text(POLICY, encoding="utf-8")
    folder = str(tiny_folder(tmp_path))
    for _ in range(2):
        assert ask("--members", "2", scenario=folder)[1] == ""
        assert ask("--members", "2", "--with", str(rule))[1] == ""
    assert not list(kept.rglob("*.npz"))


def test_none_are_kept_where_none_are_wanted(
    kept: Path, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PLACE, "")
    assert ask("--members", "2")[1] == ask("--members", "2")[1] == ""
    blocked = kept.with_name("file")
    blocked.write_text("not a folder", encoding="utf-8")
    monkeypatch.setenv(PLACE, str(blocked))
    assert ask("--members", "2")[1] == ask("--members", "2")[1] == ""
    assert not kept.exists()


def test_a_comparison_begins_with_members_of_a_run(kept: Path, ask: Any) -> None:
    words = ("--members", "6", "--without", "ban")
    alone, said = ask(*words, "--fresh", command="compare")
    assert alone["rows"]
    assert not said
    ask("--members", "6")
    first, said = ask(*words, command="compare")
    assert first == alone
    assert "6 members were" in said
    again, said = ask(*words, command="compare")
    assert again == alone
    assert "12 members were" in said


def test_a_folder_begins_with_members_of_a_run(
    kept: Path, ask: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results"
    words = ("--members", "6", "--out", str(out))
    ask(*words, "--fresh")
    alone = read_json(out / MANIFEST)
    assert not list(kept.rglob("*.npz"))
    ask("--members", "4")
    assert "4 members were" in ask(*words)[1]
    begun = read_json(out / MANIFEST)
    assert begun["digest"] == alone["digest"]
    assert "6 members were" in ask("--members", "6")[1]
    assert main(["rerun", str(out)]) == 0  # which simulates all of them
    out_said, said = capsys.readouterr()
    assert "reproduced" in out_said
    assert "before" not in said


def test_a_folder_that_began_with_members_of_a_run_is_gone_on_from(
    kept: Path, ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "results"
    whole, _ = ask("--members", "6", "--fresh")
    ask("--members", "4")
    right = ensemble.run_one

    def stopped(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(ensemble, "run_one", stopped)
        main(["run", "tiny", "--members", "6", "--out", str(out)])
    asked = []

    def run_one(compiled: Any, seed: int, number: int, *more: Any) -> Any:
        asked.append(number)
        return right(compiled, seed, number, *more)

    monkeypatch.setattr(ensemble, "run_one", run_one)
    assert main(["resume", str(out)]) == 0
    assert sorted(asked) == [4, 5]
    assert read_json(out / MANIFEST)["digest"] == whole["digest"]


@pytest.mark.parametrize("harm", ["cut", "garbled", "emptied"])
def test_what_is_broken_is_simulated_anew(kept: Path, ask: Any, harm: str) -> None:
    first, _ = ask("--members", "6")
    for path in kept.rglob("*.npz"):
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        if harm == "cut":
            del data[middle:]
        elif harm == "garbled":
            data[middle - 300 : middle + 300] = bytes(600)
        else:
            data.clear()
        path.write_bytes(data)
    again, said = ask("--members", "6")
    assert again == first
    assert "6 members" not in said
    assert ask("--members", "6")[0] == first


def test_a_full_disk_is_no_matter(kept: Path, ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Stage) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Stage, "_write", full)
    first, _ = ask("--members", "3")
    assert ask("--members", "3") == (first, "")


def test_a_member_that_failed_is_tried_again(
    kept: Path, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = ensemble.run_one

    def run_one(compiled: Any, seed: int, number: int, *more: Any) -> Any:
        if number == 1:
            raise MemoryError
        return right(compiled, seed, number, *more)

    with monkeypatch.context() as broken:
        broken.setattr(ensemble, "run_one", run_one)
        ask("--members", "3")
    whole, said = ask("--members", "3")
    assert "2 members were" in said
    assert whole == ask("--members", "3", "--fresh")[0]


def test_where_no_folder_can_be_made_nothing_is_kept(kept: Path, ask: Any) -> None:
    first, _ = ask("--members", "3")
    (folder,) = kept.glob("*")
    shutil.rmtree(folder)
    folder.write_text("not a folder", encoding="utf-8")
    for _ in range(2):
        assert ask("--members", "3") == (first, "")


def test_the_oldest_makes_room(tmp_path: Path) -> None:
    def fill(name: str, age: int) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "a.npz").write_bytes(bytes(100))
        os.utime(folder, (1e9 - age, 1e9 - age))
        return folder

    new, middle, old = (fill(f"{5:016x}/{age:016x}", age) for age in range(3))
    others = [fill("photos/summer", 9), fill(f"photos/{0:016x}", 9), fill(f"{5:016x}/summer", 9)]
    make_room(tmp_path, 250)
    assert new.exists()
    assert middle.exists()
    assert not old.exists()
    make_room(tmp_path, 99)
    assert not new.exists()
    assert not middle.exists()
    assert all(folder.exists() for folder in others)
