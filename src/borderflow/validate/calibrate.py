"""Finds the numbers of the movement model on public conflicts, leaving one out at a time.

Every conflict is run, in its deterministic limit and in both halves, with every combination of a
grid of numbers. The loss of a combination is the mean over conflicts of the rescaled ARD without
capacities plus that with capacities. A set of numbers is the mean over the grid, weighted with
exp(-(loss - least loss) / `SHARPNESS`): seven conflicts cannot tell neighbours on the grid apart,
and a mean does not jump from one to another. A weak prior is added to the loss: cost_sensitivity
near the default that every scenario has, network_pull near a half. The pull of a camp that has just
opened is on the grid too, from none to far beyond what any conflict says. Each conflict is left out
in turn, and once none.

The share of what counts teach that is kept is the one with the least ARD after `LEARN_UNTIL` days,
over the same conflicts. Of the pairs of spreads of what the model does not know of a camp, its own
and that of its country, those count whose 80 % bands hold 80 % of the counts most nearly (within
`TOLERANCE` of the nearest), and of these the one with the least energy score is taken: on average
over runs without learning and runs that have learned. They are looked for with the other numbers in
the middle of their grids.

Run as ``make calibrate``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from borderflow.source.flee.movement import Movement
from borderflow.validate.conflict import Conflict
from borderflow.validate.forecast import Ready, ensemble, prepare, run
from borderflow.validate.parameters import ALL
from borderflow.validate.run import Settings, begin
from borderflow.validate.scores import coverage, energy, relative_difference
from borderflow.workers import in_order

COST = (0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.045)
PULL = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
POWER = (0.1, 0.15, 0.2, 0.3, 0.45, 0.6)
OPENING = (0.0, 1.0, 2.0, 3.0, 4.0)
SPREADS = tuple(product((0.3, 0.45, 0.6, 0.8, 1.0), (0.0, 0.4, 0.6, 0.8)))
LEARNING = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""The grids; of the spreads, each camp's own and its country's."""

NEST = 0.9
"""Dissimilarity of the camps of a country: fixed, seven conflicts say nothing sharper."""

SHARPNESS = 0.02
"""Loss that makes a combination count e times less."""

PRIOR = 0.01
"""Loss at one standard deviation of the prior."""

PRIOR_COST, PRIOR_COST_SD = 0.03, 0.7
PRIOR_PULL, PRIOR_PULL_SD = 0.5, 0.2
"""Where the prior lies: the default cost_sensitivity (its log), a network_pull of a half."""

LEARN_UNTIL = 30
MEMBERS = 20
LEVEL = 0.8
TOLERANCE = 0.02

MIDDLE = Movement(cost_sensitivity=0.015, network_pull=0.4, capacity_power=0.25, nest_scale=NEST,
                  learning=0.8)  # fmt: skip
"""The numbers with which the spreads and the share learned are looked for."""

Table = np.ndarray


Conflicts = tuple[Conflict, ...]


def calibrate(
    conflicts: Sequence[Conflict], say: Callable[[str], None], threads: int | None = None
) -> dict[str, Any]:
    """All sets of numbers, by the conflict left out.

    A cluster takes the work over where one was chosen (`borderflow.cluster`).

    Parameters
    ----------
    conflicts : sequence of Conflict
        Those that take part.
    say : callable
        Told how far it has come.
    threads : int, optional
        Threads; as many as there are processors by default. The numbers do not depend on it.
    """
    began = time.perf_counter()
    names = [conflict.name for conflict in conflicts]
    every = tuple(conflicts)
    which = range(len(every))
    rows = in_order(_movement_row, every, list(product(which, range(len(COST)))), threads)
    say(f"movement: {time.perf_counter() - began:.0f} s")
    loss = np.array(rows).reshape(len(every), *(len(a) for a in (COST, PULL, OPENING, POWER)))
    chosen = {
        name: _choose(loss[[i for i, other in enumerate(names) if other != name]])
        for name in [*names, ALL]
    }
    learning = np.array(in_order(_learning_row, every, which, threads))
    say(f"learning: {time.perf_counter() - began:.0f} s")
    halves = in_order(_spread_half, every, list(product(which, (0, LEARN_UNTIL))), threads)
    spreads = np.array(halves).reshape(len(every), 2, 2, len(SPREADS)).mean(axis=1)
    say(f"spreads: {time.perf_counter() - began:.0f} s")
    for left_out, movement in chosen.items():
        rest = [i for i, name in enumerate(names) if name != left_out]
        own, shared = _choose_spreads(spreads[rest].mean(axis=0))
        share = LEARNING[int(np.argmin(learning[rest].mean(axis=0)))]
        chosen[left_out] = replace(movement, spread=own, country_spread=shared, learning=share)
    return {
        "conflicts": names,
        "sets": {
            name: {
                key: round(getattr(movement, key), 5)
                for key in ("cost_sensitivity", "network_pull", "capacity_power", "opening_pull",
                            "nest_scale", "spread", "country_spread", "learning")
            }
            for name, movement in chosen.items()
        },
    }  # fmt: skip


def _movement_row(conflicts: Conflicts, at: tuple[int, int]) -> Table:
    """Loss of one conflict at one cost, by the rest of the grid: array [pull, opening, power]."""
    conflict, cost = conflicts[at[0]], COST[at[1]]
    without = prepare(conflict, capacities=False)
    given = prepare(conflict, capacities=True)
    table = np.zeros((len(PULL), len(OPENING), len(POWER)))
    opens = any(rule.kind == "camp_opened" for rule in given.compiled.scenario.policies)
    for (j, pull), (n, opening) in product(enumerate(PULL), enumerate(OPENING)):
        if n > 0 and not opens:
            table[j, n] = table[j, 0]
            continue
        movement = Movement(
            cost_sensitivity=cost, network_pull=pull, opening_pull=opening, nest_scale=NEST
        )
        table[j, n, :] = _ard(without, movement)
        for k, power in enumerate(POWER):
            table[j, n, k] += _ard(given, replace(movement, capacity_power=power))
    return table


def _ard(ready: Ready, movement: Movement) -> float:
    return relative_difference(run(ready, movement), ready.conflict.counted, rescaled=True)


def _choose(loss: Table) -> Movement:
    """The mean over the grid, weighted by how little is lost."""
    cost = (np.log(np.array(COST) / PRIOR_COST) / PRIOR_COST_SD) ** 2
    pull = ((np.array(PULL) - PRIOR_PULL) / PRIOR_PULL_SD) ** 2
    mean = loss.mean(axis=0) + PRIOR * (cost[:, None, None, None] + pull[None, :, None, None])
    weight = np.exp(-(mean - mean.min()) / SHARPNESS)
    weight /= weight.sum()
    axes = np.log(np.array(COST)), np.array(PULL), np.array(OPENING), np.log(np.array(POWER))
    at = [
        float((weight.sum(axis=tuple(a for a in range(4) if a != axis)) * grid).sum())
        for axis, grid in enumerate(axes)
    ]
    return Movement(
        cost_sensitivity=math.exp(at[0]),
        network_pull=at[1],
        opening_pull=at[2],
        capacity_power=math.exp(at[3]),
        nest_scale=NEST,
    )


def _spread_half(conflicts: Conflicts, at: tuple[int, int]) -> Table:
    """Scores of one conflict that has learned until a day: array [energy or coverage, spreads]."""
    conflict, until = conflicts[at[0]], at[1]
    table = np.zeros((2, len(SPREADS)))
    ready, taught = begin(conflict, MIDDLE, Settings(learn_until=until), capacities=False)
    skip = 1 if until else 0
    counted = conflict.counted[until + skip :]
    for i, (own, shared) in enumerate(SPREADS):
        movement = replace(MIDDLE, spread=own, country_spread=shared)
        people = ensemble(ready, movement, range(MEMBERS), taught=taught)[:, skip:]
        table[:, i] = energy(people, counted), coverage(people, counted, LEVEL)
    return table


def _choose_spreads(table: Table) -> tuple[float, float]:
    """The pair with the least energy score among those with honest bands."""
    off = np.abs(table[1] - LEVEL)
    honest = off <= off.min() + TOLERANCE
    return SPREADS[int(np.argmin(np.where(honest, table[0], np.inf)))]


def _learning_row(conflicts: Conflicts, which: int) -> list[float]:
    """ARD of one conflict with each share of what was learned."""
    conflict = conflicts[which]
    how = Settings(learn_until=LEARN_UNTIL)
    ready, taught = begin(conflict, MIDDLE, how, capacities=False)
    counted = conflict.counted[LEARN_UNTIL + 1 :]
    return [
        relative_difference(
            run(ready, replace(MIDDLE, learning=share), taught=taught)[1:], counted, rescaled=True
        )
        for share in LEARNING
    ]
