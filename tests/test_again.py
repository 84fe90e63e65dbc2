"""Folders that last: killed runs are finished, finished ones are computed again and cited."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import checkpoint, ensemble, runfolder
from borderflow.cli import main
from borderflow.errors import GaveUpError
from borderflow.runfolder import Draft, FolderError
from borderflow.wholefile import atomic
from worlds import tiny_folder

CODE = "import sys; from borderflow.cli import main; sys.exit(main())"
MEMBERS = ["--members", "6", "--threads", "1"]
FORECAST = ["--as-of", "2022-09-23", "--until", "2022-09-26"]


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every member is written as soon as it is done."""
    monkeypatch.setattr(checkpoint, "WRITE_ABOVE", 0)


def says(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def call(*words: str | Path) -> int:
    return main([str(word) for word in words])


def ended_after(
    members: int, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Let a run end once some members are done."""
    true = ensemble.run_one
    done = []

    def run(*words: Any) -> Any:
        if len(done) == members:
            raise error
        done.append(words)
        return true(*words)

    monkeypatch.setattr(ensemble, "run_one", run)
    return lambda: monkeypatch.setattr(ensemble, "run_one", true)


@pytest.mark.parametrize("command", [["run"], ["compare", "--without", "slow"], ["forecast"]])
def test_a_run_is_gone_on_from(
    world: Path, tmp_path: Path, often: None, monkeypatch: pytest.MonkeyPatch,
    command: list[str], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    rules = command[1:]
    if command[0] == "compare":
        policies = (world / "policies.csv").read_text("utf-8").splitlines()
        rules = ["--without", policies[1].split(",")[0]]
    words = [command[0], str(world), *rules, *MEMBERS]
    words += FORECAST if command[0] == "forecast" else []
    assert call(*words, "--out", tmp_path / "whole") == 0
    mend = ended_after(4, KeyboardInterrupt(), monkeypatch)
    assert call(*words, "--out", tmp_path / "out") == 130
    assert "'borderflow resume" in capsys.readouterr().err
    mend()
    assert not (tmp_path / "out").exists()
    home = tmp_path / "out.partial"
    assert len(list(home.rglob("*.npz"))) == 4
    # What it was made from may be gone by now.
    for path in world.iterdir():
        path.unlink()
    ran: list[Any] = []
    true = ensemble.run_one
    monkeypatch.setattr(ensemble, "run_one", lambda *a: (ran.append(a), true(*a))[1])
    assert call("resume", tmp_path / "out", "--threads", "2") == 0
    assert len(ran) == (12 if command[0] == "compare" else 6) - 4
    assert not home.exists()
    assert says(tmp_path / "out")["digest"] == says(tmp_path / "whole")["digest"]
    capsys.readouterr()
    assert call("resume", tmp_path / "out", "--json") == 2
    assert "finished" in capsys.readouterr().out


def test_what_is_not_finished_is_said_to_be(
    world: Path, tmp_path: Path, often: None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    mend = ended_after(4, KeyboardInterrupt(), monkeypatch)
    assert call("run", world, *MEMBERS, "--out", out) == 130
    mend()
    reports = ("--reports", world / "reports.csv")
    for words in (
        ("report", out, "--out", tmp_path / "page.html"),
        ("rerun", out),
        ("cite", out),
        ("score", out, *reports),
        ("rerun", runfolder.partial(out)),
        ("cite", runfolder.partial(out)),
    ):
        capsys.readouterr()
        assert call(*words) == 2
        assert f"it is not finished: 'borderflow resume {out}'" in capsys.readouterr().err
    assert call("run", world, *MEMBERS, "--out", out) == 2
    assert f"'borderflow resume {out}'" in capsys.readouterr().err
    assert call("resume", out) == 0
    capsys.readouterr()
    assert call("rerun", out) == 0
    said = capsys.readouterr()
    assert "reproduced" in said.out
    assert "results are in" not in said.err  # (that folder is gone by then)


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        ("run", [*MEMBERS, "--full"]),
        ("compare", [*MEMBERS, "--without", "ban"]),
        ("forecast", [*MEMBERS, *FORECAST]),
        ("hindcast", [*MEMBERS, "--origins", "2022-09-23", "--horizon", "3"]),
        ("sensitivity", ["--target", "departures", "--size", "2"]),
    ],
)
def test_an_earlier_folder_is_replaced_unless_something_was_added(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str,
    settings: list[str], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    words = [command, str(world), *settings, "--out", str(out)]
    assert call(*words) == 0
    assert call(*words) == 0
    held = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert set(says(out)["paths"]) == held
    (out / "my-notes.txt").write_text("mine", "utf-8")
    monkeypatch.setattr(ensemble, "run_one", lambda *_: pytest.fail("it must not begin"))
    capsys.readouterr()
    assert call(*words, "--json") == 2
    found = json.loads(capsys.readouterr().out)["findings"]
    (finding,) = [one for one in found if one["level"] == "error"]
    assert finding["column"] == "--out"
    assert "my-notes.txt" in finding["message"]
    assert (out / "my-notes.txt").read_text("utf-8") == "mine"
    assert not runfolder.partial(out).exists()


def test_what_is_damaged_is_said_to_be(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call("run", world, *MEMBERS, "--out", out) == 0
    manifest = out / runfolder.MANIFEST
    whole = manifest.read_text("utf-8")

    def refused(*commands: str) -> str:
        said = ""
        for command in commands:
            capsys.readouterr()
            assert call(command, out) == 2
            said = capsys.readouterr().err
            assert "Error(" not in said
        return said

    manifest.write_text(whole.replace('"options"', '"opinions"'), "utf-8")
    assert "does not say what was asked for" in refused("rerun")
    manifest.write_text(whole[: len(whole) // 2], "utf-8")
    assert "cannot be read" in refused("rerun")
    assert "cannot be read" in refused("cite")
    manifest.write_text(whole, "utf-8")
    shutil.rmtree(out / runfolder.INPUTS)
    assert "not all there" in refused("rerun")
    assert "no longer in it" in refused("cite")


def test_a_run_is_killed_and_finished(world: Path, tmp_path: Path) -> None:
    """SIGKILL, in a process of its own, as soon as a first file of members is there."""
    words = [str(world), "--members", "400", "--threads", "1", "--out"]
    assert call("run", *words, tmp_path / "whole") == 0
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", CODE, "run", *words, str(out)]) as process:
        home = runfolder.partial(out)
        until = time.monotonic() + 300
        while not list(home.rglob("*.npz")) and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert process.poll() is None, "it was over before it could be killed"
        second = subprocess.run(
            [sys.executable, "-c", CODE, "run", *words, str(out)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert second.returncode == 2
        assert "another process" in second.stderr
        assert process.poll() is None, "it was over before it could be killed"
        os.kill(process.pid, signal.SIGKILL)
    assert not out.exists()
    refused = subprocess.run(
        [sys.executable, "-c", CODE, "run", *words, str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    assert f"borderflow resume {out}" in refused.stderr
    assert call("resume", str(out) + ".partial") == 0
    assert says(out)["digest"] == says(tmp_path / "whole")["digest"]
    assert not home.exists()


def test_a_full_disk_loses_nothing(
    world: Path, tmp_path: Path, often: None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    whole, out = tmp_path / "whole", tmp_path / "out"
    assert call("run", world, *MEMBERS, "--out", whole) == 0
    assert call("run", world, *MEMBERS, "--out", out, "--seed", "2") == 0
    earlier = says(out)
    true = os.fsync
    count = [0]

    def full(handle: int) -> None:
        count[0] += 1
        if count[0] > 40:
            raise OSError(28, "No space left on device")
        true(handle)

    monkeypatch.setattr(os, "fsync", full)
    assert call("run", world, *MEMBERS, "--out", out, "--json") == 1
    (finding,) = json.loads(capsys.readouterr().out.splitlines()[-1])["findings"]
    assert "the disk is full" in finding["message"]
    assert "borderflow resume" in finding["message"]
    assert says(out) == earlier  # what was there is there
    assert not list(tmp_path.rglob("*.tmp"))
    monkeypatch.setattr(os, "fsync", true)
    assert call("resume", out) == 0
    assert says(out)["digest"] == says(whole)["digest"]


def test_workers_that_are_lost_lose_nothing(
    world: Path, tmp_path: Path, often: None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out"
    lost = GaveUpError("workers of the cluster were lost again and again")
    mend = ended_after(4, lost, monkeypatch)
    assert call("run", world, *MEMBERS, "--out", out) == 1
    assert "'borderflow resume" in capsys.readouterr().err
    mend()
    assert call("resume", out) == 0
    assert call("rerun", out) == 0


def test_what_can_never_end_leaves_nothing_behind(world: Path, tmp_path: Path) -> None:
    reports = world / "reports.csv"
    rows = re.sub(
        r"(citizens|hours|vehicles),(\d+),", r"\1,\g<2>000000,", reports.read_text("utf-8")
    )
    rows = re.sub(r",2200,2400,|,10,15,", ",,,", rows)
    reports.write_text(rows, "utf-8")
    words = ["forecast", str(world), *FORECAST, "--members", "20", "--out", str(tmp_path / "out")]
    assert call(*words) == 1
    assert not (tmp_path / "out.partial").exists()


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["run"], "--with"), (["run"], "--draws"), (["compare"], "--with"),
        (["hindcast"], "--reports"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("what", ["nothing", "folder"])
def test_a_file_that_cannot_be_read_is_a_finding(
    world: Path, tmp_path: Path, command: list[str], option: str, what: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    named = tmp_path / "named"
    if what == "folder":
        named.mkdir()
    out = tmp_path / "out"
    words = [command[0], str(world), *command[1:], option, str(named), "--out", str(out), "--json"]
    assert call(*words) == 2
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["level"] == "error"
    assert not list(tmp_path.glob("out*"))


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on the size of files there")
def test_a_file_that_cannot_grow(world: Path, tmp_path: Path) -> None:
    """A real limit of the system, not a made-up one."""
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));" + CODE
    words = ["run", str(world), *MEMBERS, "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "the disk is full" in json.loads(done.stdout)["findings"][0]["message"]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_in_a_folder_can_execute(tmp_path: Path) -> None:
    """A file of members with a pickled object in it is refused; nothing in src reads pickles."""
    stage = checkpoint.Stage(tmp_path / "stage")
    stage.add(3, {"x": np.arange(3)})
    stage.flush()
    assert stage.done == {3}
    np.savez(tmp_path / "bad.npz", **{"4/x": np.array([print], dtype=object)})
    (tmp_path / "bad.npz").rename(tmp_path / "stage" / "9.npz")
    again = checkpoint.Stage(tmp_path / "stage")
    with pytest.raises(ValueError, match="allow_pickle"):
        list(again.load(again.done))
    home = Path(runfolder.__file__).parent
    for path in home.rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(
            r"pickle\.load\(|allow_pickle=True|import (shelve|marshal|joblib)", text
        )
        # Members that wait to go on are packed in memory, and never leave it.
        assert "pickle" not in text.replace("allow_pickle=False", "") or path.name == "packed.py"


def test_a_stage_is_gone_on_from_as_what_it_was(tmp_path: Path) -> None:
    store = checkpoint.Store(tmp_path)
    a = store.stage({"code": "a", "seed": "1"})
    assert store.stage({"seed": "1", "code": "a"}) is a
    a.add(0, {"x": np.zeros(1)})
    store.flush()
    again = checkpoint.Store(tmp_path)
    assert again.stage({"code": "a", "seed": "1"}).done == {0}
    assert again.stage({"code": "b", "seed": "1"}).done == frozenset()
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(FolderError, match="cannot be read"):
        checkpoint.Store(tmp_path).stage({"code": "a", "seed": "1"})


def test_another_program_does_not_go_on(
    world: Path, tmp_path: Path, often: None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ended_after(2, KeyboardInterrupt(), monkeypatch)
    assert call("run", world, *MEMBERS, "--out", tmp_path / "out") == 130
    monkeypatch.setattr(runfolder, "code", lambda: "another")
    assert call("resume", tmp_path / "out") == 2
    assert "the program has changed" in capsys.readouterr().err


def test_a_failed_member_stays_failed() -> None:
    assert ensemble.unpacked(ensemble.packed((7, "it was lost"))) == (7, "it was lost")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    draft = Draft(tmp_path / "out")
    with pytest.raises(FolderError, match="another process"):
        Draft(tmp_path / "out")
    draft.discard()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial" / "diary.txt").write_text("mine")
    with pytest.raises(FolderError, match="something else"):
        Draft(tmp_path / "out")
    assert (tmp_path / "out.partial" / "diary.txt").read_text() == "mine"


def test_an_earlier_run_outlives_a_kill_between_the_renames(tmp_path: Path) -> None:
    home = tmp_path / "out.partial"
    (home / "old").mkdir(parents=True)
    (home / "old" / "manifest.json").write_text('{"program": "borderflow"}')
    Draft(tmp_path / "out").discard()
    assert (tmp_path / "out" / "manifest.json").exists()
    assert not home.exists()


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"before")

    def half() -> None:
        with atomic(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_computed_again(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call("run", world, *MEMBERS, "--out", out) == 0
    (world / "links.csv").unlink()  # the folder has a copy of all that it was made from
    capsys.readouterr()
    assert call("rerun", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["reproduced"] is True
    assert found["differs"] == []
    assert found["digest"] == found["again"] == says(out)["digest"]
    manifest = says(out)
    manifest["dependencies"]["numpy"] = "1.0.0"
    manifest["digest"] = "0" * 64
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert call("rerun", out) == 1
    text = capsys.readouterr().out
    assert "NOT reproduced" in text
    assert "numpy: then 1.0.0, now" in text
    del manifest["request"]
    (out / "manifest.json").write_text(json.dumps(manifest))
    assert call("rerun", out) == 2
    assert call("rerun", tmp_path) == 2


def test_a_folder_says_what_to_cite(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call("run", world, *MEMBERS, "--out", out) == 0
    capsys.readouterr()
    assert call("cite", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["digest"] == says(out)["digest"]
    assert [row["id"] for row in found["sources"]] == ["made-up"]
    assert found["sources"][0]["rows"]["links.csv"] > 0
    assert call("cite", "russia-2022") == 0
    text = capsys.readouterr().out
    assert "rosstat" in text.lower()
    assert "Apache-2.0" in text
    assert call("cite", tmp_path / "nothing") == 2


def test_kept_members_are_small_plain_archives(tmp_path: Path) -> None:
    stage = checkpoint.Stage(tmp_path)
    stage.add(0, {"x": np.zeros(100_000, dtype=np.float32)})
    stage.flush()
    (path,) = tmp_path.glob("*.npz")
    assert path.stat().st_size < 10_000
    assert zipfile.ZipFile(path).namelist() == ["0/x.npy"]
