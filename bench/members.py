"""Seconds of single members on one core, and how they grow with the number of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit

from bench.table import Row
from bench.timing import SEED, typical
from bench.worlds import FULL, world
from borderflow import load as read
from borderflow.compile import Compiled, realise
from borderflow.compile import compile as compile_scenario
from borderflow.engine import draws
from borderflow.engine.run import run_member, wait_hours
from borderflow.ensemble import run_one

FACTORS = (1, 10, 100, 1000)
MEMBERS = 5


def member(compiled: Compiled, times: int) -> tuple[float, str]:
    """Seconds of a member on one core, after compilation: the median of `times`.

    A member is drawn, run, audited and brought into the form in which it is kept. One more is run
    before and not counted: it compiles, and finds out how much room a member needs.
    """
    run_one(compiled, SEED, times)
    return typical(lambda number: run_one(compiled, SEED, number), times)


def single() -> Iterator[Row]:
    """A member of the shipped scenario and one of the generated world."""
    for name, scenario, bound, aim in (
        ("member, shipped scenario", read("russia-2022"), 1.0, 0.3),
        ("member, generated world", world(FULL), 1.0, 0.3),
    ):
        compiled = compile_scenario(scenario)
        taken, note = member(compiled, MEMBERS)
        yield Row(name, taken, "s", bound, aim, f"{note}; in one member {load_on(compiled)}")


def people() -> Iterator[Row]:
    """A member of the generated world with more and more people in it."""
    taken = {}
    for factor in FACTORS:
        compiled = compile_scenario(world(replace(FULL, people=factor)))
        taken[factor], note = member(compiled, 3)
        everybody = float((compiled.world.resident @ compiled.world.size).sum())
        note = f"{everybody:.2g} residents; {note}"
        yield Row(f"member, people x{factor:,}", taken[factor], "s", note=note)
    ratio = taken[1000] / taken[100]
    yield Row("people x1,000 over x100", ratio, "times", 1.3, None, "the cost must saturate")


@njit(nogil=True, error_model="numpy")
def binomials(step: int, things: Any, out: Any) -> None:
    """Draw a number of parties for each of several things, as the engine does."""
    for i in range(things.size):
        out[i] = draws.draw_binomial(True, SEED, 1, step, 0, things[i], draws.NONE, 40.0, 0.1)


def limit() -> Iterator[Row]:
    """What one core of this machine can draw in a second, with nothing else done."""
    things = np.arange(1, 1_000_001, dtype=np.uint64)
    out = np.empty(things.size)

    def uniforms(step: int) -> object:
        return draws.uniforms(np.uint64(SEED), 1, step, 0, things)

    def counts(step: int) -> object:
        return binomials(step, things, out)

    for name, task, note in (
        ("limit: addressed uniforms", uniforms, "the core makes several at once where it can"),
        ("limit: addressed binomials", counts, "a uniform each, turned into a count of mean 4"),
    ):
        task(0)
        yield Row(name, things.size / typical(task, 7)[0], "1/s", note=f"{note}; one core")


def load_on(compiled: Compiled) -> str:
    """The load on a world, in words: who is there, who leaves, how long they wait."""
    state, flows = run_member(compiled.world, realise(compiled, SEED, 0)[0])
    wait = wait_hours(compiled.world, flows)
    exits = compiled.world.server_side == 0
    queued = int((wait.max(axis=0)[exits] > 6).sum())
    sold = float(flows.seats_sold.sum(axis=1).max() / flows.seats_offered.sum(axis=1).max())
    return (
        f"{flows.departed.sum():.2g} people leave, {flows.in_transit.sum(axis=(1, 2)).max():.2g}"
        f" are on the move at the peak; {queued} exit checkpoints have waits over six hours;"
        f" {sold:.0%} of the seats are sold on the fullest day; {len(state.node_n):,} list nodes"
    )
