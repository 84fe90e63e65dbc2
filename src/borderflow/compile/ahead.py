"""How drivers go on after `as_of`: nothing is frozen beyond the last day known.

Each driver goes on in the shape that the scenario gives it, faded faster or slower than assumed,
times a first-order autoregression on the log scale that falls back to it; now and then something
new happens, and it jumps. All of it is drawn by address, member by member.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from borderflow.engine import processes
from borderflow.engine.draws import hash_id, uniforms
from borderflow.scenario.model import Driver

if TYPE_CHECKING:
    from borderflow.compile import Compiled

AHEAD = (
    "driver_spread", "driver_memory_days", "half_life_factor", "jump_per_day", "jump_size",
    "tightening_per_day",
)  # fmt: skip
"""Quantities that say how things go on; nothing that is reported bears on them."""

JUMP_RISE_DAYS = 0.5
JUMP_SPREAD = 0.5
"""Spread of the log of a jump's size."""


def uniform_at(seed: int, process: int, step: int, member: int, thing: str) -> float:
    """The uniform at an address."""
    things = np.array([hash_id(thing)], dtype=np.uint64)
    return float(uniforms(np.uint64(seed), process, step, member, things)[0])


def _normal(u: float) -> float:
    return NormalDist().inv_cdf(min(max(u, 1e-15), 1 - 1e-15))


def carried_on(
    compiled: Compiled, first: int, seed: int, member: int, draws: Mapping[str, float]
) -> Compiled:
    """A compiled scenario in which the drivers go on as one member has drawn it.

    Parameters
    ----------
    compiled : Compiled
        The scenario.
    first : int
        Step from which on drivers go on by chance.
    seed, member : int
        Address of the draws.
    draws : mapping of str to float
        What the member drew for each prior.
    """
    world, plan = compiled.world, compiled.ahead
    number = {name: draws.get(prior.id, prior.value) for name, prior in plan.items()}
    spd = int(world.spd)
    days = max(-(-(int(world.steps) - first) // spd), 0)
    if days == 0:
        return compiled
    rows = sorted(compiled.scenario.drivers, key=lambda row: row.id)
    when = (np.arange(int(world.steps) - first) + 0.5) / spd  # days after the last known
    level = np.array(world.term_level)
    walks: dict[str, np.ndarray] = {}
    jumps = _jumps(number, days, seed, member)
    for j, row in enumerate(rows):
        walk = walks.get(row.driver)
        if walk is None:
            walk = walks[row.driver] = _walk(row.driver, number, days, seed, member)
        own = np.asarray(level[j, first:], dtype=np.float64)
        if row.shape == "pulse" and row.half_life_days:
            slower = number["half_life_factor"]
            own = own * 0.5 ** (when / row.half_life_days * (1 / max(slower, 1e-3) - 1))
            if row.valid_until is None:
                own = own + _added(row, jumps, when, slower)
        level[j, first:] = own * walk[np.arange(len(when)) // spd]
    return replace(compiled, world=world.replace(term_level=level))


def _walk(
    driver: str, number: Mapping[str, float], days: int, seed: int, member: int
) -> np.ndarray:
    """Factor on a driver on each day."""
    keep = math.exp(-1 / max(number["driver_memory_days"], 0.1))
    fresh = number["driver_spread"] * math.sqrt(1 - keep**2)
    now, found = 0.0, np.ones(days)
    for day in range(days):
        chance = uniform_at(seed, processes.DRIVER_PATH, day, member, f"driver:{driver}")
        now = keep * now + fresh * _normal(chance)
        found[day] = math.exp(now)
    return found


def _jumps(
    number: Mapping[str, float], days: int, seed: int, member: int
) -> list[tuple[float, float]]:
    """When something new happens (days after the last known), and its size against the first."""
    once = 1 - math.exp(-max(number["jump_per_day"], 0.0))
    found = []
    for day in range(days):
        u = uniform_at(seed, processes.DRIVER_JUMP, day, member, "jump")
        if u < once:
            z = uniform_at(seed, processes.DRIVER_JUMP, day, member, "size")
            size = number["jump_size"] * math.exp(JUMP_SPREAD * _normal(z))
            found.append((day + u / once, size))
    return found


def _added(
    row: Driver, jumps: list[tuple[float, float]], when: np.ndarray, slower: float
) -> np.ndarray:
    found = np.zeros(len(when))
    half = float(row.half_life_days or 1.0) * slower
    for start, size in jumps:
        since = when - start
        rise = np.clip(since / JUMP_RISE_DAYS, 0.0, 1.0)
        found += row.value * size * rise * 0.5 ** (np.maximum(since, 0.0) / half)
    return found
