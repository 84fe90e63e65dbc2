"""Taking the time, and starting other processes to measure in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parent.parent
SEED = 1


def seconds(task: Callable[[], object]) -> tuple[float, float]:
    """How long a task takes once: seconds on the clock, and seconds this process was at work."""
    began, worked = time.perf_counter(), time.process_time()
    task()
    return time.perf_counter() - began, time.process_time() - worked


def typical(task: Callable[[int], object], times: int) -> tuple[float, str]:
    """Seconds that a task keeps one core busy, the median of several times, and how it was taken.

    They are those on the clock where nothing else runs; where others share the machine, the clock
    measures them too, and stands in the note.
    """
    taken = [seconds(lambda i=i: task(i)) for i in range(times)]  # type: ignore[misc]
    worked = [one for _, one in taken]
    clock = median(one for one, _ in taken)
    note = (
        f"median of {times} ({min(worked):.2f} to {max(worked):.2f}), processor time;"
        f" {clock:.2f} s on the clock"
    )
    return median(worked), note


def environment(**changes: str) -> dict[str, str]:
    """Environment of a child process."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def child(module: str, *words: object, env: Mapping[str, str] | None = None) -> Any:
    """Run a module of this folder in a process of its own; gives the JSON that it prints last.

    Raises
    ------
    RuntimeError
        If it fails, with what it said.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{module}", *map(str, words)],
        env=dict(env or environment()),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"bench.{module}: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
