"""Finds the numbers of the movement model on public conflicts, leaving one out at a time.

Every conflict is run, in its deterministic limit and in both halves, with every combination of a
grid of numbers. The loss of a combination is the mean over conflicts of the rescaled ARD without
capacities plus that with capacities. A set of numbers is the mean over the grid, weighted with
exp(-(loss - least loss) / `SHARPNESS`): seven conflicts cannot tell neighbours on the grid apart,
and a mean does not jump from one to another. A weak prior is added to the loss: cost_sensitivity
near the default that every scenario has, network_pull near a half. Each conflict is left out in
turn, and once none.

The spread of what the model does not know of a camp is the one whose 80 % bands hold nearest to
80 % of the counts, and the share of what counts teach that is kept the one with the least ARD after
`LEARN_UNTIL` days, both over the same conflicts. Both are looked for with the other numbers in the
middle of their grids.

Run as ``make calibrate``.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from borderflow.source.flee.movement import Movement
from borderflow.validate.conflict import Conflict
from borderflow.validate.forecast import Ready, ensemble, prepare, run
from borderflow.validate.learn import learned
from borderflow.validate.parameters import ALL
from borderflow.validate.scores import coverage, relative_difference

COST = (0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.045)
PULL = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
POWER = (0.1, 0.15, 0.2, 0.3, 0.45, 0.6)
SPREAD = (0.5, 0.65, 0.8, 0.95, 1.1, 1.3)
LEARNING = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)
"""The grids."""

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

MIDDLE = Movement(cost_sensitivity=0.015, network_pull=0.4, capacity_power=0.25, nest_scale=NEST)
"""The numbers with which the spread and the share learned are looked for."""

Table = np.ndarray


def calibrate(conflicts: Sequence[Conflict], say: Callable[[str], None]) -> dict[str, Any]:
    """All sets of numbers, by the conflict left out.

    Parameters
    ----------
    conflicts : sequence of Conflict
        Those that take part.
    say : callable
        Told how far it has come.
    """
    began = time.perf_counter()
    names = [conflict.name for conflict in conflicts]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        tables = list(pool.map(_movement_table, conflicts))
        say(f"movement: {time.perf_counter() - began:.0f} s")
        loss = np.array(tables)
        chosen = {
            name: _choose(loss[[i for i, other in enumerate(names) if other != name]])
            for name in [*names, ALL]
        }
        for grid, row, attribute, aim in (
            (SPREAD, _spread_row, "spread", LEVEL),
            (LEARNING, _learning_row, "learning", 0.0),
        ):
            rows = np.array(list(pool.map(row, conflicts)))
            for left_out, movement in chosen.items():
                rest = [i for i, name in enumerate(names) if name != left_out]
                mean = rows[rest].mean(axis=0)
                best = int(np.argmin(np.abs(mean - aim)))
                chosen[left_out] = replace(movement, **{attribute: grid[best]})
            say(f"{attribute}: {time.perf_counter() - began:.0f} s")
    return {
        "conflicts": names,
        "sets": {
            name: {
                key: round(getattr(movement, key), 5)
                for key in ("cost_sensitivity", "network_pull", "capacity_power", "nest_scale",
                            "spread", "learning")
            }
            for name, movement in chosen.items()
        },
    }  # fmt: skip


def _movement_table(conflict: Conflict) -> Table:
    """Loss of one conflict for every combination: array [cost, pull, power]."""
    without = prepare(conflict, capacities=False)
    given = prepare(conflict, capacities=True)
    table = np.zeros((len(COST), len(PULL), len(POWER)))
    for (i, cost), (j, pull) in product(enumerate(COST), enumerate(PULL)):
        movement = Movement(cost_sensitivity=cost, network_pull=pull, nest_scale=NEST)
        table[i, j, :] = _ard(without, movement)
        for k, power in enumerate(POWER):
            table[i, j, k] += _ard(given, replace(movement, capacity_power=power))
    return table


def _ard(ready: Ready, movement: Movement) -> float:
    return relative_difference(run(ready, movement), ready.conflict.counted, rescaled=True)


def _choose(loss: Table) -> Movement:
    """The mean over the grid, weighted by how little is lost."""
    cost = (np.log(np.array(COST) / PRIOR_COST) / PRIOR_COST_SD) ** 2
    pull = ((np.array(PULL) - PRIOR_PULL) / PRIOR_PULL_SD) ** 2
    mean = loss.mean(axis=0) + PRIOR * (cost[:, None, None] + pull[None, :, None])
    weight = np.exp(-(mean - mean.min()) / SHARPNESS)
    weight /= weight.sum()
    logs = np.log(np.array(COST)), np.array(PULL), np.log(np.array(POWER))
    at = [
        float((weight.sum(axis=tuple(a for a in range(3) if a != axis)) * grid).sum())
        for axis, grid in enumerate(logs)
    ]
    return Movement(
        cost_sensitivity=math.exp(at[0]),
        network_pull=at[1],
        capacity_power=math.exp(at[2]),
        nest_scale=NEST,
    )


def _spread_row(conflict: Conflict) -> list[float]:
    ready = prepare(conflict, capacities=False)
    return [
        coverage(
            ensemble(ready, replace(MIDDLE, spread=s), range(MEMBERS)), conflict.counted, LEVEL
        )
        for s in SPREAD
    ]


def _learning_row(conflict: Conflict) -> list[float]:
    start = prepare(conflict, capacities=False)
    later = prepare(conflict, capacities=False, first_day=LEARN_UNTIL)
    row = []
    for share in LEARNING:
        own = replace(MIDDLE, learning=share)
        taught = learned(conflict, start, own, LEARN_UNTIL)
        people = run(later, own, attraction=taught)[1:]
        counted = conflict.counted[LEARN_UNTIL + 1 :]
        row.append(relative_difference(people, counted, rescaled=True))
    return row
