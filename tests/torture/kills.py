"""Kills at random moments: the run is finished afterwards, and the digest is that of an undisturbed
run.

Children are forked from a process that has everything loaded, so that a kill hits the run and not
the start of Python; each is killed with SIGKILL and gone on from, and maybe killed again.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from borderflow import api, checkpoint, runfolder, tally, workers
from borderflow.cli import main

MEMBERS = 30
COMMANDS = {
    "run": [],
    "compare": ["--without", "ban"],
    "forecast": ["--as-of", "2022-09-23", "--until", "2022-09-26"],
    "hindcast": ["--origins", "2022-09-23,2022-09-24", "--horizon", "2"],
    "run, counted": [],
    "compare, counted": ["--without", "ban"],
}
"""What is killed; where it is counted, members are not kept one by one."""

WRITE_AFTER = 0.02
"""Seconds between files of members here: kills meet more states than with the usual second."""


@dataclass
class Kills:
    """What came of it."""

    kills: int = 0
    digests: dict[str, set[str]] = field(default_factory=dict)
    resumed: int = 0
    begun_again: int = 0
    too_late: int = 0
    troubles: list[str] = field(default_factory=list)


def child(words: list[str], *, counted: bool = False) -> int:
    """Start a command in a forked process; gives its number."""
    number = os.fork()
    if number:
        return number
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    code = 70
    if counted:
        workers.KEPT, tally.BLOCK = 1, 3
    try:
        code = main(words)
    finally:
        os._exit(code)


def ended(number: int, after: float | None) -> int | None:
    """Wait for a child, or kill it after some seconds: its exit code, None where it was killed."""
    until = time.monotonic() + (600 if after is None else after)
    while time.monotonic() < until:
        done, status = os.waitpid(number, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)
    return None


def kill(world: Path, place: Path, wanted: int, seed: int = 1) -> Kills:
    """Kill so many runs of a small world at random moments.

    Parameters
    ----------
    world : Path
        Folder of the scenario.
    place : Path
        Where the runs may write.
    wanted : int
        Number of kills.
    seed : int
        Seed of the moments.
    """
    pick = random.Random(seed)
    found = Kills()
    before = checkpoint.WRITE_AFTER
    checkpoint.WRITE_AFTER = WRITE_AFTER
    try:
        _load(world)
        lengths = {}
        for name, more in COMMANDS.items():
            words = _words(name, more, world, place / f"whole-{name}")
            began = time.monotonic()
            number = child(words, counted="counted" in name)
            assert ended(number, None) == 0, f"{name} does not run"
            lengths[name] = time.monotonic() - began
            found.digests[name] = {_digest(place / f"whole-{name}")}
        while found.kills < wanted:
            name = pick.choice(list(COMMANDS))
            _one(name, world, place / "out", lengths[name], pick, found, wanted)
    finally:
        checkpoint.WRITE_AFTER = before
    return found


def _load(world: Path) -> None:
    """Have everything loaded that children need, without starting any thread."""
    import h5netcdf  # noqa: F401
    import pandas  # noqa: F401
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401
    import xarray  # noqa: F401

    import borderflow.comparison.counted
    import borderflow.web.counted  # noqa: F401

    api.run(world, members=1, threads=1)


def _words(name: str, more: list[str], world: Path, out: Path) -> list[str]:
    command = name.partition(",")[0]
    members = str(MEMBERS if command == "run" else MEMBERS // 3)
    return [command, str(world), *more, "--members", members, "--threads", "1", "--out", str(out)]


def _digest(folder: Path) -> str:
    says = json.loads((folder / "manifest.json").read_text("utf-8"))
    return str(says["digest"])


def _one(
    name: str,
    world: Path,
    out: Path,
    length: float,
    pick: random.Random,
    found: Kills,
    wanted: int,
) -> None:
    """Kill one run until it is finished, at most three times, and look at it after each time."""
    words = _words(name, COMMANDS[name], world, out)
    home = runfolder.partial(out)
    for more in range(20):
        last = more >= 3 or found.kills >= wanted
        number = child(words, counted="counted" in name)
        code = ended(number, None if last else pick.uniform(0, 1.1 * length))
        if code is None:
            found.kills += 1
        elif code != 0:
            found.troubles.append(f"{name}: exit code {code} of {' '.join(words[:2])}")
            break
        if out.exists():
            found.digests[name].add(_digest(out))  # it is there, so it is whole
            if code is None:
                found.too_late += 1
            break
        if not home.exists() and code is not None:
            found.troubles.append(f"{name}: exit code 0, and nothing is there")
            break
        if (home / runfolder.REQUEST).exists():
            words = ["resume", str(out), "--threads", "1"]
            found.resumed += 1
        else:
            words = _words(name, COMMANDS[name], world, out)
            found.begun_again += 1
    strange = {path.name for path in out.parent.iterdir()} - {
        out.name, home.name, world.name, *(f"whole-{n}" for n in COMMANDS)
    }  # fmt: skip
    if strange:
        found.troubles.append(f"{name}: left behind {strange}")
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
