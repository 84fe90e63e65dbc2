"""Members of an ensemble: each draws the priors once and runs through the whole period.

Members are independent and share the compiled world, so they run side by side: on threads (the
compiled engine holds no lock), or on the workers of a cluster. What a member draws depends on the
seed and its number alone: the result is the same whoever runs it, and for any set of other members.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from borderflow.arrays import FLOWS, sizes
from borderflow.checkpoint import STORE, Piece
from borderflow.compile import Compiled, realise
from borderflow.engine.ready import make_ready
from borderflow.engine.record import audit
from borderflow.engine.run import run_member, wait_hours
from borderflow.runfolder import code
from borderflow.workers import Threads, Workers, workers

Progress = Callable[[int, int], None]
Values = Callable[[int], Mapping[str, float]]
"""Values of parameters by id that a member has instead of drawing them."""

Run = Callable[[int], "MemberResult"]
"""Runs the member of a number in some way of its own, in a thread of this process."""


def part_of(progress: Progress | None, before: int, total: int) -> Progress | None:
    """Progress of one part of the work, told as part of the whole.

    Parameters
    ----------
    progress : callable or None
        Told of the whole.
    before, total : int
        What was done before this part, and what there is to do in all.
    """
    if progress is None:
        return None
    tell = progress
    return lambda done, _: tell(before + done, total)


@dataclass(frozen=True)
class Ensemble:
    """Results of all members, as arrays with the member as first axis.

    Attributes
    ----------
    compiled : Compiled
        What was run.
    seed : int
        Seed of the ensemble.
    members : tuple of int
        Member numbers, in the order of the first axis.
    arrays : dict of str to array
        One per field of `FLOWS`, and `wait_hours` (T, S); float32, whole numbers of people.
    draws : dict of str to array [member]
        Value of each prior.
    balance : dict of str to int
        People at the start, added, removed and at the end, of all members together, and the
        residual: the largest of any member.
    seconds : float
        Time it took.
    failed : dict of int to str
        Members that failed, and why. They are missing from the arrays.
    """

    compiled: Compiled
    seed: int
    members: tuple[int, ...]
    arrays: dict[str, np.ndarray]
    draws: dict[str, np.ndarray]
    balance: dict[str, float]
    seconds: float
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MemberResult:
    """Results of one member, before they are put beside the others."""

    number: int
    arrays: dict[str, np.ndarray]
    draws: dict[str, float]
    balance: tuple[float, float, float, float, float]


def run_one(
    compiled: Compiled,
    seed: int,
    number: int,
    chance: bool = True,
    values: Values | None = None,
) -> MemberResult:
    """Draw and run one member of an ensemble.

    Raises
    ------
    ArithmeticError
        If people were lost or made, or a count fell below zero (a defect of the engine, never
        of a scenario).
    """
    own = values(number) if values is not None else {}
    member, draws = realise(compiled, seed, number, chance, lambda prior: own.get(prior.id))
    state, flows = run_member(compiled.world, member)
    return finished(compiled, number, state, flows, draws, chance)


def finished(
    compiled: Compiled,
    number: int,
    state: Any,
    flows: Any,
    draws: Mapping[str, float],
    chance: bool = True,
) -> MemberResult:
    """What a member found, once it has run: people are counted, waits are worked out.

    Raises
    ------
    ArithmeticError
        As `run_one`.
    """
    end, least = audit(compiled.world, state)
    start, added, removed, _ = (float(x) for x in state.balance)
    residual = end - (start + added - removed)
    if chance and (residual != 0 or least < 0):
        raise ArithmeticError(f"people not conserved: residual {residual}, smallest count {least}")
    arrays = {
        f.name: getattr(flows, f.name).astype(np.int32 if f.type.kind == "i" else np.float32)
        for f in FLOWS
    }
    arrays["wait_hours"] = wait_hours(compiled.world, flows).astype(np.float32)
    return MemberResult(number, arrays, dict(draws), (start, added, removed, end, residual))


@dataclass(frozen=True)
class Order:
    """One member to be run: everything of it that is not shared with the others."""

    seed: int
    number: int
    chance: bool = True
    values: Mapping[str, float] | None = None


def attempt(compiled: Compiled, order: Order) -> MemberResult | tuple[int, str]:
    """Run a member. One that fails gives its number and the reason; none is dropped in silence."""
    own = order.values
    try:
        values = None if own is None else lambda _: own
        return run_one(compiled, order.seed, order.number, order.chance, values)
    except (ArithmeticError, ValueError, MemoryError) as error:
        return order.number, f"{type(error).__name__}: {error}"


def stream(
    compiled: Compiled,
    numbers: Sequence[int],
    seed: int,
    threads: int | None = None,
    chance: bool = True,
    values: Values | None = None,
    run: Run | None = None,
) -> Iterator[MemberResult | tuple[int, str]]:
    """Run members side by side and give their results as they come.

    Where finished members are kept, those that are there already come from the disk.
    No more than a few results are held at a time.
    """
    if run is not None:
        own = run

        def local(_: Compiled, number: int) -> MemberResult | tuple[int, str]:
            try:
                return own(number)
            except (ArithmeticError, ValueError, MemoryError) as error:
                return number, f"{type(error).__name__}: {error}"

        here = Threads(threads)
        make_ready(here.number)
        yield from here.map(local, compiled, numbers)
        return
    orders = [
        Order(seed, number, chance, None if values is None else dict(values(number)))
        for number in numbers
    ]
    store = STORE.get()
    if store is None:
        yield from hands(threads).map(attempt, compiled, orders)
        return
    # A member that draws from its priors is the same whichever others are asked for.
    stage = store.stage(signature(compiled, orders[:1] if values is None else orders))
    for _, piece in stage.load(frozenset(numbers)):
        yield unpacked(piece)
    left = [order for order in orders if order.number not in stage.done]
    for result in hands(threads).map(attempt, compiled, left) if left else ():
        number = result[0] if isinstance(result, tuple) else result.number
        stage.add(number, packed(result))
        yield result
    stage.flush()


def hands(threads: int | None) -> Workers:
    """Who runs members; threads of this process find the engine compiled."""
    found = workers(threads)
    if isinstance(found, Threads):
        make_ready(found.number)
    return found


class Work(Protocol):
    """A piece of work on some members."""

    @property
    def members(self) -> tuple[Order, ...]:
        """The members; the number of the first is that of the piece."""


S = TypeVar("S")
W = TypeVar("W", bound=Work)


def pieces(
    task: Callable[[S, W], Piece],
    shared: S,
    works: Sequence[W],
    threads: int | None,
    name: str,
    *compiled: Compiled,
) -> Iterator[Piece]:
    """Do pieces of work side by side; those that are kept already come from the disk.

    Parameters
    ----------
    task : callable
        Does one piece; what it gives has the number of its first member under ``first``.
    shared : object
        What all pieces share.
    works : sequence
        What each has of its own.
    threads : int or None
        As for `simulate`.
    name : str
        What the pieces are, and all they depend on besides the members.
    *compiled : Compiled
        What the members are of: one set of rules, or more.
    """
    store = STORE.get()
    if store is None:
        yield from hands(threads).map(task, shared, works)
        return
    members = [one for work in works for one in work.members]
    asked = {"work": name}
    for at, world in enumerate(compiled):
        asked |= {f"{what} {at}": says for what, says in signature(world, members).items()}
    stage = store.stage(asked)
    numbers = {work.members[0].number: work for work in works}
    for _, piece in stage.load(frozenset(numbers)):
        yield piece
    left = [work for number, work in numbers.items() if number not in stage.done]
    for piece in hands(threads).map(task, shared, left) if left else ():
        stage.add(int(piece["first"]), piece)
        yield piece
    stage.flush()


def signature(compiled: Compiled, orders: Sequence[Order]) -> dict[str, str]:
    """All that the numbers of an ensemble depend on."""
    asked = hashlib.sha256()
    for order in orders:
        own = None if order.values is None else sorted(order.values.items())
        asked.update(repr((order.seed, order.number, order.chance, own)).encode())
    return {
        "code": code(),
        "scenario": compiled.scenario.hash,
        "as_of": str(compiled.as_of),
        "steps": str(compiled.world.steps),
        "members": asked.hexdigest(),
    }


def packed(result: MemberResult | tuple[int, str]) -> Piece:
    """A member's results as arrays alone."""
    if isinstance(result, tuple):
        return {"failed": np.array([str(result[0]), result[1]])}
    return {
        **{f"arrays.{name}": array for name, array in result.arrays.items()},
        "number": np.array(result.number),
        "names": np.array(list(result.draws), dtype=np.str_),
        "draws": np.array(list(result.draws.values()), dtype=np.float64),
        "balance": np.array(result.balance),
    }


def unpacked(piece: Piece) -> MemberResult | tuple[int, str]:
    """What `packed` was given."""
    if "failed" in piece:
        return int(piece["failed"][0]), str(piece["failed"][1])
    arrays = {n[7:]: array for n, array in piece.items() if n.startswith("arrays.")}
    draws = dict(zip(piece["names"].tolist(), piece["draws"].tolist(), strict=True))
    start, added, removed, end, residual = piece["balance"].tolist()
    return MemberResult(int(piece["number"]), arrays, draws, (start, added, removed, end, residual))


def simulate(
    compiled: Compiled,
    members: int | Sequence[int] = 100,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    chance: bool = True,
    values: Values | None = None,
    run: Run | None = None,
) -> Ensemble:
    """Run an ensemble.

    Parameters
    ----------
    compiled : Compiled
        A compiled scenario.
    members : int or sequence of int
        How many members (numbered from 0), or the numbers themselves.
    seed : int
        Seed, 0 to 2**64 - 1.
    threads : int, optional
        Threads to use; as many as there are processors by default.
    progress : callable, optional
        Called with members done and members in all after each.
    chance : bool, optional
        False runs the deterministic limit, at the medians of the priors.
    values : callable, optional
        Gives each member values of parameters that it then does not draw.
    run : callable, optional
        Runs a member in some way of its own, and gives results of the same shape.

    Returns
    -------
    Ensemble
    """
    began = time.perf_counter()
    numbers = tuple(range(members)) if isinstance(members, int) else tuple(members)
    shape = {"T": compiled.world.steps, **sizes(compiled.world)}
    arrays: dict[str, np.ndarray] = {}
    for spec in FLOWS:
        dims = [shape[axis] for axis in spec.dims]
        dtype = np.int32 if spec.type.kind == "i" else np.float32
        arrays[spec.name] = np.zeros((len(numbers), *dims), dtype=dtype)
    arrays["wait_hours"] = np.zeros((len(numbers), shape["T"], shape["S"]), dtype=np.float32)
    draws: dict[int, dict[str, float]] = {}
    totals = np.zeros(4)
    residual = 0.0
    failed: dict[int, str] = {}
    place = {number: i for i, number in enumerate(numbers)}
    for result in stream(compiled, numbers, seed, threads, chance, values, run):
        if isinstance(result, tuple):
            failed[result[0]] = result[1]
        else:
            for name, array in result.arrays.items():
                arrays[name][place[result.number]] = array
            draws[result.number] = result.draws
            totals += result.balance[:4]
            residual = max(residual, abs(result.balance[4]))
        if progress is not None:
            progress(len(draws) + len(failed), len(numbers))
    done = tuple(number for number in numbers if number in draws)
    if failed:
        keep = [place[number] for number in done]
        arrays = {name: array[keep] for name, array in arrays.items()}
    # A rule that only some members have brings parameters that only they drew.
    names = [name for name in draws[done[0]] if all(name in draws[n] for n in done)] if done else []
    balance: dict[str, Any] = dict(
        zip(("start", "added", "removed", "end"), totals.tolist(), strict=True), residual=residual
    )
    if chance:
        balance = {name: int(value) for name, value in balance.items()}
    return Ensemble(
        compiled,
        seed,
        done,
        arrays,
        {name: np.array([draws[number][name] for number in done]) for name in names},
        balance,
        time.perf_counter() - began,
        dict(sorted(failed.items())),
    )
