"""Having the engine compiled before its first run: stages side by side, in several processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numba

from borderflow.engine.compiled import entry
from borderflow.engine.step import HANDED, PLAN

SHARES = (
    ("choose_way",),
    ("checkpoints", "depart", "traffic"),
    ("news", "record", "arrive", "follow"),
    ("leave", "reconsider", "move_on", "renege", "transfer"),
)
"""What one process compiles of the plan; two processes take two of these each. Stages that call the
same are together, because each process compiles for itself what its stages call. All take about as
long."""


@cache
def make_ready(processes: int) -> None:
    """Compile the stages side by side, if none has been compiled on this machine.

    What the other processes compile comes from the disk then, as at every later start. Where they
    cannot be started, or fail, nothing is lost: a stage is compiled when it is first needed.

    Parameters
    ----------
    processes : int
        How many may work at a time, this one among them.
    """
    folder = str(numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    if processes < 2 or not sys.executable or _are_compiled(folder):
        return
    own, *shares = (
        SHARES if processes >= len(SHARES) else (sum(SHARES[:2], ()), sum(SHARES[2:], ()))
    )
    helpers: list[subprocess.Popen[bytes]] = []
    try:
        for share in shares:
            helpers.append(_helper(share, folder))  # noqa: PERF401 - those begun are to be ended
        compile_stages(own)
        for helper in helpers:
            helper.wait()
    except OSError:
        return  # no process can be started here
    finally:
        for helper in helpers:
            helper.kill()


def compile_stages(names: Iterable[str]) -> None:
    """Compile some stages, or load them where that was done before."""
    stages = {stage.name: stage.run for stage in PLAN}
    for name in names:
        entry(stages[name], HANDED)


def _are_compiled(folder: str) -> bool:
    """Whether Numba has kept a stage in a folder."""
    return any(Path(folder).rglob(f"*.{PLAN[0].name}-*.nbi"))


def _helper(names: Iterable[str], folder: str) -> subprocess.Popen[bytes]:
    """A process that compiles some stages into a folder."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", __name__, *names],
        env={**os.environ, "NUMBA_CACHE_DIR": folder},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    compile_stages(sys.argv[1:])
