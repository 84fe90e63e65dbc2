"""How the engine is compiled: side by side, and no index of an array is negative or too large."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from borderflow.engine import step

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

from borderflow.engine.ready import SHARES, make_ready
from borderflow.engine.run import run_member
from borderflow.engine.step import PLAN

assert sorted(sum(SHARES, ())) == sorted(stage.name for stage in PLAN)
make_ready(2)
here = {name: name in SHARES[0] + SHARES[1] for name in sum(SHARES, ())}
compiled_here = {stage.name: bool(stage.run.stats.cache_misses) for stage in PLAN}
assert compiled_here == here, compiled_here

# What Numba asks once while the engine is compiled, it asks as ever afterwards.
from numba.core import types
from numba.core.registry import cpu_target

assert types.BaseFunction.get_call_type.__module__.startswith("numba")
assert "refresh" not in vars(cpu_target.target_context)

from random_worlds import random_world
from small import Run, finished, haven, people, scenario, town, way

for seed in range(60):
    finished(random_world(seed))
    finished(random_world(seed), chance=False)
nobody_at_home = scenario(
    places=(town("a"), haven("b", present=1000)),
    links=(way("ab", "a", "b"), way("ba", "b", "a")),
    cohorts=(people("p", return_per_day=1.0),),
)
finished(nobody_at_home)
loaded = {stage.name: bool(stage.run.stats.cache_hits) for stage in PLAN}
assert loaded == {name: not own for name, own in here.items()}, loaded

run = Run(random_world(0))
try:
    run_member(run.world.replace(epoch=run.world.epoch[:1]), run.member)
except IndexError:
    pass
else:
    raise AssertionError("what a stage raises is lost")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="caches are found in other ways there")
def test_where_nothing_can_be_kept_code_is_nobody_elses(tmp_path: Path) -> None:
    """Compiled code is run as it is found: a folder that others could fill is not used."""
    (tmp_path / "closed").write_text("not a folder", encoding="utf-8")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "closed")}
    environment |= {"TMPDIR": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)
    code = "import borderflow.engine, numba, os; here = numba.config.CACHE_DIR; "
    code += "print(here, oct(os.stat(here).st_mode & 0o777))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    folder, mode = done.stdout.split()
    assert Path(folder).parent == tmp_path
    assert mode == "0o700"
    assert not Path(folder).exists()


def test_compiled_parts_ask_for_what_they_use() -> None:
    """The stages of the plan alone are all handed the same."""
    stages = {stage.name for stage in step.PLAN}
    for file in sorted(Path(step.__file__).parent.glob("*.py")):
        for part in ast.parse(file.read_text("utf-8")).body:
            marks = {ast.unparse(mark) for mark in getattr(part, "decorator_list", ())}
            if isinstance(part, ast.FunctionDef) and marks & {"compiled", "kept"}:
                names = {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
                idle = [asked.arg for asked in part.args.args if asked.arg not in names]
                assert not idle or part.name in stages, (file.name, part.name, idle)


def test_no_index_is_negative_or_too_large(tmp_path: Path) -> None:
    """Compiled parts do not look at the sign of an index: here each is checked, in many worlds.

    Half of the stages are compiled by another process, and come from the disk.
    """
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
