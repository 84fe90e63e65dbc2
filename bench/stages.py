"""Where the time of a member goes, stage by stage, and how many random numbers it looks up.

Runs in a process of its own: the generator is wrapped, before the engine is compiled, by one that
also counts. Counting adds a few per cent to a draw; so the seconds here are for comparing stages,
and the seconds of a member are measured elsewhere.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

import borderflow.engine.draws as draws
from bench.timing import SEED
from bench.worlds import FULL, world
from borderflow import load

COUNT = np.zeros(1, dtype=np.int64)
ADDRESS = COUNT.ctypes.data
block = draws.philox4x32


@intrinsic
def count_up(_context: Any, address: Any) -> Any:
    """Add one to the number at an address."""

    def build(_: Any, builder: Any, __: Any, words: Any) -> Any:
        at = builder.inttoptr(words[0], ir.IntType(64).as_pointer())
        builder.store(builder.add(builder.load(at), ir.IntType(64)(1)), at)
        return ir.IntType(64)(0)

    return types.int64(types.int64), build


@numba.njit(nogil=True, error_model="numpy", forceinline=True)
def counted(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """What makes every random number of the engine, and counts."""
    count_up(ADDRESS)  # type: ignore[call-arg]
    return block(c0, c1, c2, c3, k0, k1)


def profile(scenario: Any, number: int = 0) -> dict[str, tuple[float, int]]:
    """Seconds and random numbers of each stage in one member, after compilation."""
    draws.philox4x32 = counted
    from borderflow.arrays import new_flows, new_state
    from borderflow.compile import compile as compile_scenario
    from borderflow.compile import realise
    from borderflow.engine.step import PLAN

    compiled = compile_scenario(scenario)
    member, _ = realise(compiled, SEED, number)
    spent: dict[str, float] = {}
    looked_up: dict[str, int] = {}
    pool = 1 << 16
    turns = 2  # the first compiles the stages
    while turns:
        state, flows = new_state(compiled.world, pool), new_flows(compiled.world)
        spent = dict.fromkeys((stage.name for stage in PLAN), 0.0)
        looked_up = dict.fromkeys(spent, 0)
        for step in range(compiled.world.steps):
            for stage in PLAN:
                before = int(COUNT[0])
                began = time.thread_time()
                stage.run(compiled.world, member, state, flows, step)
                spent[stage.name] += time.thread_time() - began
                looked_up[stage.name] += int(COUNT[0]) - before
        if state.free[1]:
            pool *= 2
        else:
            turns -= 1
    return {name: (spent[name], looked_up[name]) for name in spent}


if __name__ == "__main__":
    if "NUMBA_CACHE_DIR" not in os.environ:  # a kept kernel counts at an address of this process
        raise SystemExit("stages are measured with a cache of their own: set NUMBA_CACHE_DIR")
    shipped, people = sys.argv[1] == "shipped", float(sys.argv[2])
    made = load("russia-2022") if shipped else world(replace(FULL, people=people))
    print(json.dumps(profile(made)))
