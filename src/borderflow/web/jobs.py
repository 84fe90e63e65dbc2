"""Work that goes on while the page waits: members run side by side, told of, and stopped on demand.

A job is abandoned, and ends, when nobody has listened to it for a while.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from borderflow.compile import Compiled
from borderflow.ensemble import Ensemble, MemberResult

MOST_JOBS = 2
"""Jobs at a time; more are refused."""

KEPT_JOBS = 50
"""Jobs that are remembered once they are over."""

FIRST_LISTENER = 30.0
"""Seconds within which somebody must listen to a new job."""

GRACE = 5.0
"""Seconds that a job goes on after its last listener has left."""


class StoppedError(Exception):
    """A job that was cancelled or abandoned."""


class BusyError(Exception):
    """Too many jobs already."""


@dataclass
class Job:
    """Something that is being worked out.

    Attributes
    ----------
    id, run : str
        Its name, and the run it is about.
    lasting : bool
        Whether it goes on when nobody listens.
    events : list of (str, dict)
        What was said so far: name and data.
    """

    id: str
    run: str
    lasting: bool = False
    status: str = "running"
    stage: str = "preparing"
    done: int = 0
    total: int = 0
    estimate: int = 0
    result: str | None = None
    error: str | None = None
    newest: Any = None
    events: list[tuple[str, Any]] = field(default_factory=list)
    _listeners: int = 0
    _deadline: float = field(default_factory=lambda: time.monotonic() + FIRST_LISTENER)
    _cancelled: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def data(self) -> dict[str, Any]:
        """The job as the page gets it."""
        return {
            "id": self.id,
            "run": self.run,
            "status": self.status,
            "stage": self.stage,
            "done": self.done,
            "total": self.total,
            "estimate": self.estimate,
            "result": self.result,
            "error": self.error,
        }

    def say(self, name: str, data: Any = None) -> None:
        """Tell all who listen.

        Parameters
        ----------
        name : str
            ``progress`` or ``estimate``.
        data : object, optional
            What to tell; how the job stands by default.
        """
        with self._lock:
            self.events.append((name, self.data() if data is None else data))

    def end(self, how: str, error: str | None = None) -> None:
        """End, and tell all who listen: nobody sees that it is over who could not hear how.

        Parameters
        ----------
        how : str
            ``done``, ``failed`` or ``cancelled``.
        error : str, optional
            Why it failed.
        """
        with self._lock:
            self.status, self.error = how, error
            told = self.newest if how == "done" else None
            self.events.append((how, self.data() if told is None else told))

    def told(self, after: int) -> list[tuple[str, Any]]:
        """What was said since.

        Parameters
        ----------
        after : int
            How much of it was heard already.
        """
        with self._lock:
            return self.events[after:]

    def listen(self) -> None:
        """Somebody listens."""
        with self._lock:
            self._listeners += 1

    def leave(self) -> None:
        """Somebody no longer listens."""
        with self._lock:
            self._listeners -= 1
            self._deadline = time.monotonic() + GRACE

    def cancel(self) -> None:
        """Ask the job to stop after the members that are being simulated."""
        self._cancelled = True

    def check(self) -> None:
        """Go on only if somebody still wants it.

        Raises
        ------
        StoppedError
            If it was cancelled, or nobody has listened for a while.
        """
        with self._lock:
            gone = not self._listeners and time.monotonic() > self._deadline
        if self._cancelled or (gone and not self.lasting):
            raise StoppedError

    def at(self, stage: str, done: int, total: int) -> None:
        """Say how far it is.

        Parameters
        ----------
        stage : str
            What is being done.
        done, total : int
            Members done, and in all.
        """
        self.stage, self.done, self.total = stage, done, total
        self.say("progress")


class Jobs:
    """The jobs of a server, a few at a time.

    Parameters
    ----------
    most : int, optional
        Jobs at a time.
    """

    def __init__(self, most: int = MOST_JOBS) -> None:
        self.most = most
        self.all: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._count = 0

    def start(self, run: str, work: Callable[[Job], None], *, lasting: bool = False) -> Job:
        """Begin a job in a thread of its own.

        Parameters
        ----------
        run : str
            The run it is about.
        work : callable
            What to do; it calls `Job.check` now and then.
        lasting : bool, optional
            Whether it goes on when nobody listens.

        Raises
        ------
        BusyError
            If there are too many jobs.
        """
        with self._lock:
            running = [job for job in self.all.values() if job.status == "running"]
            if len(running) >= self.most:
                raise BusyError
            for old in [job.id for job in self.all.values() if job.status != "running"]:
                if len(self.all) >= KEPT_JOBS:
                    del self.all[old]
            self._count += 1
            job = Job(f"{self._count}-{os.urandom(6).hex()}", run, lasting)
            self.all[job.id] = job
        thread = threading.Thread(target=_work, args=(job, work), name=f"job {job.id}", daemon=True)
        thread.start()
        return job

    def close(self) -> None:
        """Stop everything."""
        for job in self.all.values():
            job.cancel()


def _work(job: Job, work: Callable[[Job], None]) -> None:
    try:
        work(job)
    except StoppedError:
        job.end("cancelled")
    except MemoryError:
        job.end("failed", "out of memory: ask for fewer members")
    except Exception as error:  # (whatever it was, the page is told and the server goes on)
        job.end("failed", f"{type(error).__name__}: {error}")
    else:
        job.end("done")


Arm = tuple[str, Callable[[int], MemberResult]]
"""Name of a set of rules, and what runs a member under it."""


def members(
    job: Job, tasks: Iterable[tuple[int, Sequence[Arm]]], threads: int | None
) -> Iterator[tuple[str, int, MemberResult | str]]:
    """Simulate members side by side, in the order asked, until the job is stopped.

    Parameters
    ----------
    job : Job
        The job.
    tasks : iterable of (int, sequence of Arm)
        Numbers of members, and the rules under which each is run, one after the other.
    threads : int or None
        Threads; as many as there are processors by default.

    Yields
    ------
    (str, int, MemberResult or str)
        Name of the arm, number of the member, and what it found or why it failed.

    Raises
    ------
    StoppedError
        If the job is stopped.
    """

    def attempt(number: int, arms: Sequence[Arm]) -> list[tuple[str, int, MemberResult | str]]:
        found: list[tuple[str, int, MemberResult | str]] = []
        for name, run in arms:
            job.check()
            try:
                found.append((name, number, run(number)))
            except (ArithmeticError, ValueError) as error:
                found.append((name, number, f"{type(error).__name__}: {error}"))
        return found

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        waiting = [pool.submit(attempt, number, arms) for number, arms in tasks]
        try:
            for future in waiting:
                yield from future.result()
        finally:
            for future in waiting:
                future.cancel()


def gathered(compiled: Compiled, seed: int, found: Iterable[MemberResult]) -> Ensemble:
    """Members side by side, in the order of their numbers.

    Parameters
    ----------
    compiled : Compiled
        What was run.
    seed : int
        Seed.
    found : iterable of MemberResult
        At least one member.
    """
    rows = sorted(found, key=lambda row: row.number)
    totals = np.array([row.balance[:4] for row in rows]).sum(axis=0)
    names = ("start", "added", "removed", "end")
    numbers = [*totals.tolist(), max(abs(row.balance[4]) for row in rows)]
    balance: dict[str, Any] = {
        name: int(number) for name, number in zip((*names, "residual"), numbers, strict=True)
    }
    return Ensemble(
        compiled,
        seed,
        tuple(row.number for row in rows),
        {name: np.stack([row.arrays[name] for row in rows]) for name in rows[0].arrays},
        {name: np.array([row.draws[name] for row in rows]) for name in rows[0].draws},
        balance,
        0.0,
    )
