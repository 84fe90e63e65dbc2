"""Broken folders and random worlds over several processes: each has cases of its own."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from torture.folders import Fuzz, fuzz
from torture.worlds import FIRST, Worlds, conserve

APART = 1_000_000
"""Between the seeds of two processes, each of which goes on to the next seeds as it needs them."""

Found = TypeVar("Found")


def shares(cases: int, processes: int) -> list[int]:
    """How many cases each process has; those that would have none are left out.

    >>> shares(5, 2), shares(1, 2)
    ([3, 2], [1])
    """
    least, more = divmod(cases, processes)
    return [n for n in (least + (i < more) for i in range(processes)) if n]


def peak() -> float:
    """Most memory that this process has had, in megabytes.

    What `getrusage` tells goes back to before the process was itself: to the memory of the one
    that started it. The kernel's own figure does not, where there is one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return float(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def folders(
    base: Path, place: Path, cases: int, *, run: bool, seed: int, processes: int
) -> tuple[Fuzz, float]:
    """As `fuzz`, over some processes; with the peak memory of the largest."""
    jobs = [
        (base, place / str(i), own, run, seed + APART * i)
        for i, own in enumerate(shares(cases, processes))
    ]
    whole, most = Fuzz(), 0.0
    for found, memory in _each(_folders, jobs):
        for name in ("cases", "read", "ran", "refused"):
            setattr(whole, name, getattr(whole, name) + getattr(found, name))
        whole.slowest = max(whole.slowest, found.slowest)
        whole.troubles += found.troubles
        most = max(most, memory)
    return whole, most


def worlds(wanted: int, *, processes: int, first: int = FIRST) -> Worlds:
    """As `conserve`, over some processes: the same worlds, however many there are."""
    jobs = []
    for own in shares(wanted, processes):
        jobs.append((own, first))
        first += own
    whole = Worlds()
    for found in _each(_worlds, jobs):
        whole.worlds += found.worlds
        whole.troubles += found.troubles
    return whole


def _folders(job: tuple[Path, Path, int, bool, int]) -> tuple[Fuzz, float]:
    base, place, cases, run, seed = job
    return fuzz(base, place, cases, run=run, seed=seed), peak()


def _worlds(job: tuple[int, int]) -> Worlds:
    return conserve(*job)


def _each(task: Callable[[Any], Found], jobs: list[Any]) -> Iterable[Found]:
    """Do each job in a process of its own: its memory is that of this work alone."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(jobs), mp_context=fresh) as pool:
        yield from pool.map(task, jobs)
