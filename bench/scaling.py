"""Strong scaling: the same members of the generated world on one worker and on two.

What counts here is the clock, which others on the machine slow down as well: every number of
workers has its turn in each round. What more workers cost in work, whoever else is there, is told
by the processor time of all processes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from statistics import median
from typing import Any

from bench.table import Row
from bench.timing import SEED, child
from bench.worlds import FULL, world

MEMBERS = 12
ROUNDS = 3
SECONDS = 240
"""No other round begins after so many."""

WORKERS = (1, 2)
KINDS = ("threads", "Dask workers")


def scaling() -> Iterator[Row]:
    """Seconds on one and two threads, on one and two Dask workers, and the efficiency of two."""
    said = child("scaling")
    for kind in KINDS:
        typical = {n: median(said["clock"][f"{n} {kind}"]) for n in WORKERS}
        worked = {n: median(said["worked"][f"{n} {kind}"]) for n in WORKERS}
        for n in WORKERS:
            own = said["clock"][f"{n} {kind}"]
            note = (
                f"{MEMBERS} members of the generated world; on the clock, median of {len(own)} "
                f"({min(own):.1f} to {max(own):.1f})"
            )
            note += f"; {worked[n]:.1f} s of processor time"
            yield Row(f"{n} {kind}"[: -1 if n == 1 else None], typical[n], "s", note=note)
        paired = [
            a / b for a, b in zip(*(said["clock"][f"{n} {kind}"] for n in WORKERS), strict=True)
        ]
        note = (
            f"time on one over twice that on two, median of the rounds; speed-up "
            f"{min(paired):.2f} to {max(paired):.2f}; load {said['load']} meanwhile"
        )
        yield Row(f"{kind}, efficiency of two", median(paired) / 2, "", note=note)
        note = "processor time with one over that with two; other work here bears on it little"
        yield Row(f"{kind}, work of two", worked[1] / worked[2], "", note=note)


def work() -> float:
    """Processor seconds of this process and of those that it has started."""
    import psutil  # comes with Dask

    own = psutil.Process()
    times = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def measured() -> dict[str, Any]:
    """Rounds in which every number of workers has its turn; the digest is always one."""
    from bench.table import machine
    from borderflow import run
    from borderflow.machines import cluster

    scenario = world(FULL)
    clock: dict[str, list[float]] = {f"{n} {kind}": [] for kind in KINDS for n in WORKERS}
    worked: dict[str, list[float]] = {name: [] for name in clock}
    digests = {run(scenario, members=MEMBERS, seed=SEED, threads=2).digest}
    began = time.perf_counter()
    for _ in range(ROUNDS):
        for kind in KINDS:
            for n in WORKERS:
                dask = kind != KINDS[0]
                with cluster(f"local:{n}") if dask else nullcontext():
                    if dask:  # workers load the engine
                        run(scenario, members=2 * n, seed=SEED)
                    before, busy = time.perf_counter(), work()
                    digests.add(run(scenario, members=MEMBERS, seed=SEED, threads=n).digest)
                    clock[f"{n} {kind}"].append(time.perf_counter() - before)
                    worked[f"{n} {kind}"].append(work() - busy)
        if time.perf_counter() - began > SECONDS / 2:
            break
    if len(digests) != 1:
        raise RuntimeError(f"{len(digests)} digests of one run")
    return {"clock": clock, "worked": worked, "load": machine()["load"]}


if __name__ == "__main__":
    print(json.dumps(measured()))
