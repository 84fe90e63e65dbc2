"""How soon borderflow says something: imported, run for the very first time, and run again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import IO, NamedTuple

from bench.table import Row
from bench.timing import environment

COMMAND = "import sys; from borderflow.cli import main; sys.exit(main(sys.argv[1:]))"
IMPORT = "import time; t = time.perf_counter(); import borderflow; print(time.perf_counter() - t)"


def starts() -> Iterator[Row]:
    """The import, the first run on a machine, and later ones."""
    taken = [_imported() for _ in range(9)]
    yield Row("import borderflow", median(taken), "s", 0.2, None, "median of 9 fresh processes")
    if "NUMBA_CACHE_DIR" not in os.environ:
        raise RuntimeError("starts are measured with a cache of their own: set NUMBA_CACHE_DIR")
    with tempfile.TemporaryDirectory() as members:
        env = environment(BORDERFLOW_MEMBERS=members)
        run = _command(env)
        note = f"`borderflow run`, 100 members, nothing compiled yet; {run.work}"
        yield Row("first run ever, to the answer", run.whole, "s", 60.0, None, note)
        fresh = ("--members", "1", "--fresh")
        one = sorted((_command(env, *fresh) for _ in range(3)), key=lambda run: run.whole)[1]
        note = f"`borderflow run {' '.join(fresh)}`, median of 3; {one.work}"
        yield Row("later start, to the answer of one member", one.whole, "s", 2.0, None, note)
        run = _command(env)
        note = f"`borderflow run`; it says `{run.said}`"
        yield Row("later start, to the first output", run.first, "s", 2.0, None, note)
        note = f"`borderflow run` again: members that were kept; {run.work}"
        yield Row("the same run again, to the answer", run.whole, "s", None, None, note)
        run = _command(env, "--fresh")
        note = f"`borderflow run --fresh`, 100 members; {run.work}"
        yield Row("later start, to the answer", run.whole, "s", None, None, note)


class Run(NamedTuple):
    """A run of the command: seconds to its first output and to its end, and what it said first."""

    first: float
    whole: float
    work: str
    said: str


def _imported() -> float:
    words = [sys.executable, "-c", IMPORT]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, check=True)
    return float(done.stdout)


def _command(env: dict[str, str], *words: str, name: str = "run") -> Run:
    """Run a command of borderflow and listen to both of its streams."""
    worked = os.times()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, name, *words],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    heard: list[tuple[float, bytes]] = []

    def listen(stream: IO[bytes] | None) -> None:
        while stream is not None and (text := stream.read(65536)):
            heard.append((time.perf_counter() - began, text))

    ears = [threading.Thread(target=listen, args=(s,)) for s in (process.stdout, process.stderr)]
    for ear in ears:
        ear.start()
    code = process.wait()
    whole = time.perf_counter() - began
    for ear in ears:
        ear.join()
    if code or not heard:
        raise RuntimeError(f"borderflow {name} {' '.join(words)} ended with {code}")
    now = os.times()
    busy = now.children_user + now.children_system - worked.children_user - worked.children_system
    first, text = min(heard)
    said = text.decode(errors="replace").strip().splitlines()[0].replace("|", "/")
    short = said if len(said) <= 60 else said[:57] + "..."
    return Run(first, whole, f"{busy:.1f} s of processor time", short)


def forecast() -> Iterator[Row]:
    """A forecast of the shipped scenario, as somebody on duty would make it."""
    with tempfile.TemporaryDirectory() as folder:
        run = _command(
            environment(), "--as-of", "2022-09-27", "--until", "2022-10-11", "--members", "200",
            "--out", str(Path(folder) / "forecast"), name="forecast",
        )  # fmt: skip
    note = f"200 members from 27 September, two weeks, on all cores; {run.work}"
    yield Row("forecast, to the answer", run.whole, "s", 480.0, 180.0, note)
