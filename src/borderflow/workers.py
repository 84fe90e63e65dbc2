"""Who does the work: threads of this process, unless a cluster has been chosen.

A piece of work is a function of what all pieces share (a compiled scenario) and of what is its
own. Pieces are independent and carry the addresses of their draws, so that it makes no difference
who does them, and in which order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")

KEPT = 1000
"""Members that are kept one by one; where there are more, all are only counted."""

AHEAD = 3
"""Pieces handed out for each worker: so many results at most wait to be taken up."""


class Workers(Protocol):
    """Does independent pieces of work."""

    def map(
        self, task: Callable[[Any, Item], Found], shared: Any, items: Sequence[Item]
    ) -> Iterator[Found]:
        """Results of the pieces, in the order in which they are done.

        Parameters
        ----------
        task : callable
            Gets what is shared and what is a piece's own; importable by name.
        shared : object
            What all pieces need; it travels to each worker once.
        items : sequence
            What each piece has of its own.
        """


CLUSTER: ContextVar[Workers | None] = ContextVar("cluster", default=None)
"""The cluster that does the work of everything that is called in its context."""


class Threads:
    """Threads of this process; compiled code runs side by side in them.

    Parameters
    ----------
    number : int, optional
        How many; as many as there are processors by default.
    """

    def __init__(self, number: int | None = None) -> None:
        self.number = number or os.cpu_count() or 1

    def map(
        self, task: Callable[[Any, Item], Found], shared: Any, items: Sequence[Item]
    ) -> Iterator[Found]:
        """As `Workers.map`."""
        if self.number == 1 or len(items) == 1:
            yield from (task(shared, item) for item in items)
            return
        with ThreadPoolExecutor(self.number) as pool:
            waiting: set[Future[Found]] = set()
            try:
                for item in items:
                    waiting.add(pool.submit(task, shared, item))
                    if len(waiting) >= AHEAD * self.number:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                for future in waiting:
                    future.cancel()


def workers(threads: int | None = None) -> Workers:
    """The cluster where one was chosen, or else threads of this process.

    Parameters
    ----------
    threads : int, optional
        How many threads; as many as there are processors by default.
    """
    return CLUSTER.get() or Threads(threads)


@dataclass(frozen=True)
class _Whole:
    """A task, with what all pieces share."""

    task: Callable[[Any, Any], Any]
    shared: Any


def _numbered(whole: _Whole, item: tuple[int, Any]) -> tuple[int, Any]:
    return item[0], whole.task(whole.shared, item[1])


def in_order(
    task: Callable[[Any, Item], Found],
    shared: Any,
    items: Sequence[Item],
    threads: int | None = None,
) -> list[Found]:
    """Results of pieces of work, in the order of the pieces, whoever is done first.

    Parameters
    ----------
    task, shared, items : optional
        As for `Workers.map`.
    threads : int, optional
        As for `workers`.
    """
    found = dict(workers(threads).map(_numbered, _Whole(task, shared), list(enumerate(items))))
    return [found[at] for at in range(len(items))]
