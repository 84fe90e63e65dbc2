"""The order of a step, as data that can be printed, and the compiled loop over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from borderflow.engine.checkpoints import checkpoints, renege
from borderflow.engine.compiled import kept
from borderflow.engine.doors import choose_way, depart, traffic
from borderflow.engine.record import audit, record
from borderflow.engine.stages import arrive, follow, leave, move_on, news, reconsider, transfer


class Stage(NamedTuple):
    """One stage of a step: its name, the function, and what happens in the world."""

    name: str
    run: Callable[[Any, Any, Any, Any, int], None]
    text: str


def alone(stage: Callable[..., None]) -> Callable[..., None]:
    """The same stage for calls from Python: kept compiled, which the parts of `advance` are not."""
    return kept(getattr(stage, "py_func", stage))


PLAN: tuple[Stage, ...] = tuple(
    Stage(run.__name__, alone(run), (run.__doc__ or "").strip().splitlines()[0])
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
"""The stages of a step, in order. `advance` runs exactly these; a test compares the two."""


@kept
def advance(w: Any, m: Any, s: Any, f: Any, first: int, last: int) -> int:
    """Run the steps `first` to `last` (half-open); returns the steps done.

    Fewer than asked for means that the pool of list nodes ran out: the run is to be repeated
    with a larger one.
    """
    for t in range(first, last):
        news(w, m, s, f, t)
        arrive(w, m, s, f, t)
        reconsider(w, m, s, f, t)
        leave(w, m, s, f, t)
        follow(w, m, s, f, t)
        move_on(w, m, s, f, t)
        transfer(w, m, s, f, t)
        traffic(w, m, s, f, t)
        choose_way(w, m, s, f, t)
        depart(w, m, s, f, t)
        checkpoints(w, m, s, f, t)
        renege(w, m, s, f, t)
        record(w, m, s, f, t)
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
