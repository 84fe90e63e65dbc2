"""Run one member from the first step to the last; stop and go on in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from borderflow.arrays import new_flows, new_state
from borderflow.engine.step import addresses, advance

POOL = 1 << 17
"""List nodes provided at first: enough for the shipped scenario. Doubled until a member fits, which
begins again then."""

_pools: dict[int, int] = {}

Keep = Callable[[int, Any, Any], None]
"""Is shown the state and the results as they are before a step; they are not its own."""


def run_member(
    world: Any,
    member: Any,
    last: int | None = None,
    *,
    stops: Sequence[int] = (),
    keep: Keep | None = None,
) -> tuple[Any, Any]:
    """Simulate one member of an ensemble.

    Parameters
    ----------
    world : World
        The compiled world, shared by all members and never written to.
    member : Member
        What this member drew: parameters and the tables of the rules.
    last : int, optional
        Step before which to stop; the last of the world where none is given.
    stops : sequence of int, optional
        Steps, growing, before which to stop and call `keep`.
    keep : callable, optional
        Called with the step, the state and the results; once more where the run begins again.

    Returns
    -------
    State, Flows
        The state after the last step, and the results.
    """
    pool = _pools.get(id(world), POOL)
    while True:
        state = new_state(world, pool)
        flows = new_flows(world)
        end = world.steps if last is None else last
        for first, stop in zip((0, *stops), (*stops, end), strict=True):
            if first and keep is not None:
                keep(first, state, flows)
            if not go_on(world, member, state, flows, first, stop):
                break
        else:
            _pools[id(world)] = pool
            return state, flows
        pool *= 2


def go_on(world: Any, member: Any, state: Any, flows: Any, first: int, last: int) -> bool:
    """Run the steps `first` to `last` (half-open) on a state, in place.

    Returns
    -------
    bool
        False if the state's pool of list nodes was too small (the state is then spoilt).
    """
    done = advance(addresses(), world, member, state, flows, first, last)
    return bool(done == last - first)


def copy_state(state: Any) -> Any:
    """A copy of a state or of results (to go on from it twice, or to keep it).

    Examples
    --------
    Save after ten steps, go on later::

        go_on(world, member, state, flows, 0, 10)
        saved = copy_state(state)
        go_on(world, member, saved, flows, 10, world.steps)
    """
    return type(state)(**{name: np.copy(array) for name, array in state.as_dict().items()})


def resume(
    world: Any, member: Any, state: Any, flows: Any, first: int, last: int
) -> tuple[Any, Any]:
    """Go on from a state that was kept, without touching it, in a world that may go on otherwise.

    Parameters
    ----------
    world, member : World, Member
        As they are from the step `first` on; before it they must be those that led to the state.
    state, flows : State, Flows
        As they were after the step before `first`.
    first, last : int
        Steps to run, half-open.

    Returns
    -------
    State, Flows
        New ones.
    """
    while True:
        own, results = copy_state(state), copy_state(flows)
        if go_on(world, member, own, results, first, last):
            return own, results
        state = _grown(state)


def _grown(state: Any) -> Any:
    """The same state with twice as many list nodes."""
    arrays = {name: np.copy(array) for name, array in state.as_dict().items()}
    old = len(arrays["node_next"])
    for name in ("node_cell", "node_at", "node_step", "node_n", "node_next"):
        arrays[name] = np.concatenate((arrays[name], np.zeros_like(arrays[name])))
    arrays["node_next"][old:] = np.arange(old + 1, 2 * old + 1)
    arrays["node_next"][-1] = arrays["free"][0]
    arrays["free"][0] = old
    return type(state)(**arrays)


def wait_hours(world: Any, flows: Any) -> np.ndarray:
    """Wait of one who joins a queue in each step and stays, from joining to passing.

    First come, first served: who joins when `A` of those who stay have joined so far passes when
    as many have passed; those who give up before they pass are not among them. Taken from the
    cumulative numbers, linear within a step in which somebody passes. Where all who wait give up,
    one who stayed would pass when the next is passed. Where the last are still waiting when the
    run ends, the rate of the last day (or, if nothing passed, of the whole run) is continued.

    Returns
    -------
    array [T, S], float64
        Hours; 0 where nobody waits.
    """
    dt = 24.0 / world.spd
    steps = np.arange(1, world.steps + 1, dtype=float)
    wait = np.zeros_like(flows.joined)
    for server in range(wait.shape[1]):
        queued = flows.queue_people[:, server] > 1e-9
        if not queued.any():
            continue
        joined = np.cumsum(flows.joined[:, server])
        passed = np.concatenate(([0.0], np.cumsum(flows.passed[:, server])))
        stay = joined - passed[1:] > 1e-9
        # first interval of time in which the number of those passed reaches, or exceeds, a level
        target = np.where(stay, joined, passed[1:])[queued]
        after = np.where(
            stay[queued],
            np.searchsorted(passed, target, side="left"),
            np.searchsorted(passed, target, side="right"),
        )
        last = np.minimum(after, len(passed) - 1)
        first = np.maximum(last - 1, 0)
        grows = np.maximum(passed[last] - passed[first], 1e-12)
        time = first + np.clip((target - passed[first]) / grows, 0.0, 1.0)
        beyond = after == len(passed)
        if beyond.any():
            day = min(world.spd, world.steps - 1)
            rate = (passed[-1] - passed[-1 - day]) / day
            if rate <= 0:
                rate = max(passed[-1] / world.steps, 1e-9)
            time[beyond] = world.steps + (target[beyond] - passed[-1]) / rate
        wait[queued, server] = np.clip((time - steps[queued]) * dt, 0.0, 24.0 * 365)
    return np.asarray(wait)
