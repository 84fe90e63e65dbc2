"""The order of a step, as data that can be printed, and the compiled loop over it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba.core import types

from borderflow.arrays import Flows, Member, State, World
from borderflow.engine.checkpoints import checkpoints, renege
from borderflow.engine.compiled import call, entry, kept
from borderflow.engine.doors import choose_way, depart, traffic
from borderflow.engine.record import audit, record
from borderflow.engine.stages import arrive, follow, leave, move_on, news, reconsider, transfer


class Stage(NamedTuple):
    """One stage of a step: its name, the function, and what happens in the world."""

    name: str
    run: Callable[[Any, Any, Any, Any, int], None]
    text: str


PLAN: tuple[Stage, ...] = tuple(
    Stage(run.__name__, run, (run.__doc__ or "").strip().splitlines()[0])
    for run in (
        news,
        arrive,
        reconsider,
        leave,
        follow,
        move_on,
        transfer,
        traffic,
        choose_way,
        depart,
        checkpoints,
        renege,
        record,
    )
)
"""The stages of a step, in order."""

HANDED = (*(kind.numba_type for kind in (World, Member, State, Flows)), types.int64)
"""What a stage is handed, as Numba's types: world, member, state, results and step."""


@cache
def addresses() -> np.ndarray:
    """Where the stages of the plan begin in memory, in order; compiled if they have not been."""
    return np.array([entry(stage.run, HANDED) for stage in PLAN], dtype=np.int64)


@kept
def advance(stages: np.ndarray, w: Any, m: Any, s: Any, f: Any, first: int, last: int) -> int:
    """Run the steps `first` to `last` (half-open); returns the steps done.

    The stages of a step begin at the addresses `stages`.

    Fewer than asked for means that the pool of list nodes ran out: the run is to be repeated
    with a larger one.
    """
    for t in range(first, last):
        for i in range(stages.size):
            call(stages[i], w, m, s, f, t)
        if s.free[1] != 0:
            return t - first
    total, _ = audit(w, s)
    s.balance[3] = total - (s.balance[0] + s.balance[1] - s.balance[2])
    return last - first


def print_plan() -> str:
    """The stages of a step as a numbered list.

    Examples
    --------
    >>> print(print_plan().splitlines()[0])
     1 news         Tell what was measured one news interval ago; recompute perceived costs.
    """
    return "\n".join(
        f"{i:2d} {stage.name:<12s} {stage.text}" for i, stage in enumerate(PLAN, start=1)
    )
