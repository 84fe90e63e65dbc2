"""Members on several machines: workers of a Dask cluster do what threads do otherwise.

A compiled scenario travels to each worker once; what comes back are results. A worker may die at
any moment: its pieces are done again by others, and since every draw has an address the digest is
the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from borderflow.errors import GaveUpError, ScenarioError, complaint
from borderflow.runfolder import code
from borderflow.workers import AHEAD, CLUSTER

Item = TypeVar("Item")
Found = TypeVar("Found")

LOCAL = re.compile(r"local:(\d{1,4})")
ADDRESS = re.compile(r"((tcp|tls|ucx|ws|wss)://)?[^\s/:]+:\d+(/.*)?|inproc://.*")
WAIT = 30
"""Seconds that a scheduler has to answer in."""

TRIES = 5
"""How often a piece is handed out again after the worker that had it was lost."""

MISSING = "members on a cluster need Dask: pip install 'borderflow[cluster]'"


class StrangeWorkerError(RuntimeError):
    """A worker that would compute other numbers."""


def _task(shared: Any, expected: str, task: Callable[[Any, Item], Found], item: Item) -> Found:
    """One piece of work, on a worker."""
    import borderflow.observe  # (registers its table: a worker may have imported nothing before)

    assert borderflow.observe
    if versions() != expected:
        raise StrangeWorkerError(f"a worker has {versions()}, and here there is {expected}")
    return task(shared, item)


def versions() -> str:
    """What the numbers depend on: the program's own sources, and the libraries that compute."""
    from importlib.metadata import version

    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba"))
    return f"borderflow {version('borderflow')} (sources {code()[:12]}), {libraries}"


def _greet(where: str) -> None:
    """Shake hands with a scheduler. A client would wait for ever for something else to do so.

    Raises
    ------
    OSError, ValueError
        If nothing answers in time, or something else does.
    """
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from distributed.comm.core import connect

    async def greet() -> None:
        comm = await asyncio.wait_for(connect(where, timeout=WAIT), WAIT)
        await comm.close()

    with ThreadPoolExecutor(1) as pool:  # (a notebook's own thread has a loop already)
        try:
            pool.submit(asyncio.run, greet()).result()
        except MemoryError as error:  # what it sent was read as the length of a message
            raise ValueError("what answers is no scheduler") from error


class Dask:
    """Workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        A connection to its scheduler.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def threads(self) -> int:
        """Threads of all workers together, at least one."""
        return max(1, sum(int(n) for n in self._client.nthreads().values()))

    def map(
        self, task: Callable[[Any, Item], Found], shared: Any, items: Sequence[Item]
    ) -> Iterator[Found]:
        """As `Workers.map`: pieces of workers that were lost are handed out again.

        Raises
        ------
        ScenarioError
            If a worker has another version of what computes.
        GaveUpError
            If workers are lost again and again.
        """
        from distributed import as_completed

        client, expected = self._client, versions()
        there = client.scatter(shared, broadcast=True, hash=False)
        left = list(enumerate(items))[::-1]
        tries: dict[int, int] = {}
        running: dict[Any, tuple[int, Item]] = {}

        def hand_out() -> Any:
            at, item = left.pop()
            future = client.submit(_task, there, expected, task, item, pure=False)
            running[future] = (at, item)
            return future

        first = [hand_out() for _ in range(min(len(left), AHEAD * self.threads))]
        done = as_completed(first, loop=client.loop)
        try:
            for future in done:
                at, item = running.pop(future)
                try:
                    found = future.result()
                except Exception as error:
                    if isinstance(error, StrangeWorkerError):
                        raise _wrong(str(error)) from error
                    if not _lost(error):
                        raise
                    tries[at] = tries.get(at, 0) + 1
                    if tries[at] > TRIES:
                        message = "workers of the cluster were lost again and again"
                        raise GaveUpError(f"{message}: {error}") from error
                    if there.status != "finished":  # every worker that had it is gone
                        there = client.scatter(shared, broadcast=True, hash=False)
                    left.append((at, item))
                else:
                    yield found
                del future
                while left and len(running) < AHEAD * self.threads:
                    done.add(hand_out())
        finally:
            client.cancel(list(running))
            client.cancel([there])


def _lost(error: BaseException) -> bool:
    """Whether a piece was lost with its worker, rather than wrong in itself."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    return isinstance(error, CancelledError | FutureCancelledError | KilledWorker | OSError)


def _wrong(message: str, read: str | None = None) -> ScenarioError:
    near = None if read is None else "local:2 or tcp://HOST:8786"
    return ScenarioError([complaint("--cluster", read, message, near)])


@contextmanager
def cluster(where: str | None) -> Iterator[None]:
    """Let a cluster simulate everything that is called inside.

    Parameters
    ----------
    where : str or None
        ``local:N`` starts N worker processes on this machine; ``HOST:PORT`` is the address of a
        running Dask scheduler; None changes nothing.

    Raises
    ------
    ScenarioError
        If Dask is not installed, nothing answers at the address, or a worker has other versions.

    Examples
    --------
    On the machines that a scheduler at ``node1`` knows::

        with borderflow.cluster("node1:8786"):
            results = borderflow.run("russia-2022", members=100_000)
    """
    if where is None:
        yield
        return
    local = LOCAL.fullmatch(where)
    if not local and not ADDRESS.fullmatch(where):
        raise _wrong("neither local:N nor the address of a scheduler", where)
    port = where.rpartition(":")[2].partition("/")[0]
    if not local and port.isdigit() and int(port) > 65535:
        raise _wrong("there is no port above 65535", where)
    if local and not int(local[1]):
        raise _wrong("there must be at least one worker", where)
    try:
        import distributed
    except ImportError as error:
        raise _wrong(MISSING) from error
    with ExitStack() as stack:
        try:
            if local:
                own = distributed.LocalCluster(
                    n_workers=int(local[1]),
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    memory_limit=0,
                    silence_logs=50,
                )
                stack.enter_context(own)
                client = distributed.Client(own, set_as_default=False)
            else:
                _greet(where)
                client = distributed.Client(where, timeout=WAIT, set_as_default=False)
            stack.enter_context(client)
            client.wait_for_workers(1, timeout=WAIT)
        except (OSError, TimeoutError, ValueError) as error:
            told = f": {error}" if str(error) else ""
            message = f"no scheduler with workers answers there within {WAIT} s{told}"
            raise _wrong(message, where) from error
        try:
            others = client.run(versions)
        except Exception as error:
            raise _wrong(f"borderflow does not work on every worker: {error}", where) from error
        for worker, found in others.items():
            if found != versions():
                raise _wrong(f"worker {worker} has {found}, and here there is {versions()}", where)
        token = CLUSTER.set(Dask(client))
        try:
            yield
        finally:
            CLUSTER.reset(token)
