"""How a member grows with the size of the world, and a run with its members: exponents and a plot.

One size is changed at a time, the others stay as `FULL` has them; where they depend on each other,
`AXES` says what goes along. Each row of sizes runs in a process of its own, from the smallest on,
and stops before a size that would take longer than it has.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.table import Row
from bench.timing import SEED, child
from bench.worlds import FULL, POPULATION, SMALL, Size

SECONDS = 280
"""What all rows of sizes may take together, on the clock."""

CAUTION = 1.25
"""So many times what the sizes so far let one expect, the next is expected to take."""

QUICK = 3.0
"""Members that take less [s] are taken three times."""


@dataclass(frozen=True)
class Axis:
    """Sizes that are changed alone.

    Parameters
    ----------
    sizes : tuple of float
        The sizes, the smallest first.
    made : callable
        The world of a size.
    note : str
        What goes along, and what stays.
    """

    sizes: tuple[float, ...]
    made: Callable[[float], Size]
    note: str


AXES = {
    "people": Axis(
        (1e5, 1e6, 1e7, 1e8), lambda n: replace(FULL, people=n / POPULATION),
        "residents; rates, seats and traffic in proportion",
    ),
    "cohorts": Axis((6, 10, 20, 40, 80), lambda n: replace(FULL, cohorts=int(n)), "cohorts"),
    "links": Axis(
        (1000, 1500, 2000, 3000, 4000), lambda n: replace(FULL, links=int(n)),
        "links between 220 places: fewer or more cannot be made",
    ),
    "steps": Axis(
        (12, 24, 48, 96, 192), lambda n: replace(FULL, days=int(n)),
        "days of eight steps, warm-up beside them",
    ),
    "members": Axis(
        (10, 30, 100, 300, 1000, 3000), lambda n: SMALL,
        "members of the small world on one thread, answer included; above 1,000 only counted",
    ),
    "places": Axis(
        (100, 316, 1000, 3162, 10_000), lambda n: replace(FULL, places=int(n), links=5 * int(n)),
        "places, five links each; 30 destinations and 90 checkpoints stay",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """A power of the size: seconds = exp(level) * size ** exponent."""

    exponent: float
    level: float

    def at(self, size: float) -> float:
        """Seconds at a size."""
        return math.exp(self.level + self.exponent * math.log(size))


def fit(sizes: Sequence[float], seconds: Sequence[float]) -> Fit:
    """Least squares of the logarithms.

    >>> found = fit([1, 10, 100], [2, 20, 200])
    >>> round(found.exponent, 6), round(found.at(1000), 3)
    (1.0, 2000.0)
    """
    x, y = [math.log(n) for n in sizes], [math.log(s) for s in seconds]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    slope /= sum((a - x_mean) ** 2 for a in x)
    return Fit(slope, y_mean - slope * x_mean)


def sizes(full: bool) -> Iterator[Row]:
    """All rows of sizes, the exponent of each, and the plot of the day."""
    from bench.plot import keep

    until = time.perf_counter() + SECONDS
    found: dict[str, list[dict[str, Any]]] = {}
    for i, (name, axis) in enumerate(AXES.items()):
        left = (until - time.perf_counter()) / (len(AXES) - i)
        said = child("sizes", name, 1e9 if full else left)
        points = found[name] = said["points"]
        for one in points:
            note = f"{one['note']}; {one['peak_mb']:.0f} MB at most up to here"
            yield Row(f"{name} {one['x']:,.0f}", one["seconds"], "s", note=note)
        if len(points) < 3:
            continue
        x, y = [one["x"] for one in points], [one["seconds"] for one in points]
        note = (
            f"{axis.note}; log-log least squares over {len(points)} sizes; between the last two "
            f"{fit(x[-2:], y[-2:]).exponent:.2f}"
        )
        if "stopped" in said:
            note += f"; STOPPED: {said['stopped']}"
        yield Row(f"{name}, exponent", fit(x, y).exponent, "", note=note)
    keep({name: [(p["x"], p["seconds"]) for p in points] for name, points in found.items()})


def grow(name: str, limit: float) -> dict[str, Any]:
    """Measure the sizes of one row, as far as there is time."""
    from bench.ensemble import peak

    axis = AXES[name]
    points: list[dict[str, Any]] = []
    began = last = time.perf_counter()
    for i, size in enumerate(axis.sizes):
        now = time.perf_counter()
        if i > 1:  # the first one also loads, or compiles, the engine
            power = fit([one["x"] for one in points], [one["seconds"] for one in points]).exponent
            more = CAUTION * (now - last) * (size / axis.sizes[i - 1]) ** max(power, 0.0)
            if now - began + more > limit:
                why = f"{size:,.0f} would take about {more:.0f} s, and {limit:.0f} s were given"
                return {"points": points, "stopped": why}
        last = now
        if name == "members":
            seconds, note = _members(axis.made(size), int(size))
            x = size
        else:
            steps, seconds, note = _member(axis.made(size))
            x = steps if name == "steps" else size
        here = {"x": x, "seconds": seconds, "note": note, "peak_mb": peak()}
        points.append(here)
    return {"points": points}


def _member(made: Size) -> tuple[int, float, str]:
    """Steps of a world, and seconds of a member of it."""
    from bench.timing import typical
    from bench.worlds import world
    from borderflow.compile import compile as compile_scenario
    from borderflow.ensemble import run_one

    began = time.process_time()
    compiled = compile_scenario(world(made))
    ready = time.process_time() - began
    run_one(compiled, SEED, 3)  # finds out how much room a member needs
    taken, note = typical(lambda number: run_one(compiled, SEED, number), 1)
    if taken < QUICK:
        taken, note = typical(lambda number: run_one(compiled, SEED, number), 3)
    steps = compiled.world.steps
    return steps, taken, f"{note}; {steps} steps; {ready:.1f} s to make and compile the world"


def _members(made: Size, members: int) -> tuple[float, str]:
    """Processor seconds of a run with its answer, on one thread."""
    from bench.worlds import world
    from borderflow import run
    from borderflow.text import render

    scenario = world(made)
    run(scenario, members=1, seed=SEED, threads=1)
    began, worked = time.perf_counter(), time.process_time()
    render(run(scenario, members=members, seed=SEED, threads=1))
    taken = time.process_time() - worked
    clock = time.perf_counter() - began
    return taken, f"once, processor time; {clock:.1f} s on the clock"


if __name__ == "__main__":
    print(json.dumps(grow(sys.argv[1], float(sys.argv[2]))))
