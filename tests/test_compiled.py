"""How the engine is compiled: its arrays are indexed from the front, and never outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKED = """
import numba
import numpy as np
from borderflow.engine.compiled import compiled

@compiled
def get(x, i):
    return x[i]

@compiled
def row(x, i):
    return x[i].sum()

@compiled
def put(x, i, j):
    x[i, j] = 5.0

@numba.njit
def call(which, x, y, i):
    if which == "get":
        return get(x, i)
    if which == "row":
        return row(y, i)
    put(y, i if which == "down" else 0, i if which == "across" else 0)
    return 0.0

x, y = np.arange(4.0), np.zeros((4, 4))
for which in ("get", "row", "down", "across"):
    call(which, x, y, 3)
    for i in (-1, 4):
        try:
            call(which, x, y, i)
        except IndexError:
            continue
        raise AssertionError(f"{which}: {i} was taken for an index")

from random_worlds import random_world
from small import finished, haven, people, scenario, town, way

for seed in range(60):
    finished(random_world(seed))
    finished(random_world(seed), chance=False)
nobody_at_home = scenario(
    places=(town("a"), haven("b", present=1000)),
    links=(way("ab", "a", "b"), way("ba", "b", "a")),
    cohorts=(people("p", return_per_day=1.0),),
)
finished(nobody_at_home)
"""


def test_no_index_is_negative_or_too_large(tmp_path: Path) -> None:
    """Compiled parts do not look at the sign of an index: here each is checked, in many worlds."""
    here = str(Path(__file__).parent)
    environment = {
        **os.environ,
        "NUMBA_BOUNDSCHECK": "1",
        "NUMBA_CACHE_DIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHECKED], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
