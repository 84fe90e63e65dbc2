"""Members simulated in blocks, counted and forgotten, and the counts of all blocks together.

Members are taken in blocks, always the same ones. What comes back from a thread or a machine is
counts on one fixed log grid (`borderflow.results.spread`), which are whole numbers: the sum, and so
the digest, is the same whoever counted, and in whatever order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from borderflow.checkpoint import Piece
from borderflow.ensemble import Ensemble, Order, Progress, Values, simulate
from borderflow.results.spread import Counts, add, count, narrow, wide

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from borderflow.compile import Compiled

BLOCK = 16
"""Members that are counted together."""

ROWS = 1 << 18
"""Rows of counts that wait to be added up at least; as many as are added up already otherwise."""

BALANCE = ("start", "added", "removed", "end", "residual")
COUNT = "count."
BALANCED = "balance."

Groups = Mapping[str, Counts]


@dataclass(frozen=True)
class BlockOrder:
    """Some members to be run and counted."""

    members: tuple[Order, ...]


def blocks(members: int, seed: int, values: Values | None = None) -> list[BlockOrder]:
    """The members of an ensemble in blocks.

    Parameters
    ----------
    members, seed, values : optional
        As for `borderflow.ensemble.simulate`.
    """

    def order(number: int) -> Order:
        return Order(seed, number, True, None if values is None else dict(values(number)))

    return [
        BlockOrder(tuple(order(n) for n in range(first, min(first + BLOCK, members))))
        for first in range(0, members, BLOCK)
    ]


def ensemble_of(compiled: Compiled, order: BlockOrder) -> Ensemble:
    """The members of a block, run to the end.

    Parameters
    ----------
    compiled : Compiled
        What all members share.
    order : BlockOrder
        Which members.
    """
    own = {one.number: one.values or {} for one in order.members}
    first = order.members[0]
    # In a context of its own: this is one piece of work, and not to be handed on or kept apart.
    return Context().run(
        simulate, compiled, list(own), first.seed, 1, None, first.chance, own.__getitem__
    )


def piece_of(order: BlockOrder, *arms: Ensemble) -> Piece:
    """What is said of a block besides its counts.

    Parameters
    ----------
    order : BlockOrder
        Which members.
    *arms : Ensemble
        Who ran to the end under each set of rules.

    Returns
    -------
    dict of arrays
        The members that ran in every arm, those that failed in one, and the people of each arm.
    """
    ran = set.intersection(*(set(arm.members) for arm in arms))
    failed = {number: why for arm in arms for number, why in arm.failed.items()}
    piece = {
        "first": np.array(order.members[0].number),
        "members": np.array(sorted(ran), dtype=np.int64),
        "failed": np.array(json.dumps({str(number): why for number, why in failed.items()})),
    }
    for at, arm in enumerate(arms):
        piece[f"{BALANCED}{at}"] = np.array([arm.balance[name] for name in BALANCE])
    return piece


def counts_of(
    groups: Iterator[tuple[str, Mapping[str, NDArray[np.int64]]]],
) -> dict[str, Counts]:
    """Counts of cells that come in parts, the cells of each group numbered on.

    Parameters
    ----------
    groups : iterator of (str, mapping)
        Name of a group, and codes [member, cell] by name within it; ``""`` is the group itself.
    """
    parts: dict[str, list[Counts]] = {}
    cells: dict[str, int] = {}
    for group, found in groups:
        first = cells.get(group, 0)
        for name, codes in found.items():
            key = f"{group}:{name}" if name else group
            parts.setdefault(key, []).append(count(codes, first))
            cells[group] = first + codes.shape[1]
    return {name: np.concatenate(part) for name, part in parts.items()}


def named(prefix: str, counts: Groups) -> Piece:
    """Counts as they stand in a piece.

    Parameters
    ----------
    prefix : str
        Put before their names.
    counts : mapping
        Counts by name.
    """
    return {f"{COUNT}{prefix}{name}": narrow(found) for name, found in counts.items()}


class Tally:
    """The pieces of all blocks, added up as they come.

    Parameters
    ----------
    members : int
        How many there are in all.
    progress : callable, optional
        Called with the members done and the members in all.

    Attributes
    ----------
    ran : list of int
        Members that ran to the end (in every arm, where there are more).
    failed : dict of int to str
        Why each of the others failed.
    """

    def __init__(self, members: int, progress: Progress | None = None) -> None:
        self.ran: list[int] = []
        self.failed: dict[int, str] = {}
        self._members = members
        self._progress = progress
        self._balance: dict[int, dict[str, int]] = {}
        self._parts: dict[str, list[Counts]] = {}

    def add(self, piece: Piece) -> None:
        """Take a piece.

        Parameters
        ----------
        piece : dict of arrays
            From `piece_of`, with counts.
        """
        self.ran += piece["members"].tolist()
        self.failed |= {int(n): why for n, why in json.loads(str(piece["failed"])).items()}
        for name, found in piece.items():
            if name.startswith(COUNT):
                self._count(name.removeprefix(COUNT), wide(found))
            elif name.startswith(BALANCED):
                self._people(int(name.removeprefix(BALANCED)), found.tolist())
        if self._progress is not None:
            self._progress(len(self.ran) + len(self.failed), self._members)

    def _count(self, name: str, found: Counts) -> None:
        parts = self._parts.setdefault(name, [])
        parts.append(found)
        if sum(map(len, parts[1:])) > max(ROWS, len(parts[0])):
            parts[:] = [add(*parts)]

    def _people(self, arm: int, people: list[int]) -> None:
        so_far = self._balance.setdefault(arm, dict.fromkeys(BALANCE, 0))
        for name, own in zip(BALANCE, people, strict=True):
            both = (so_far[name], own)
            so_far[name] = max(both) if name == "residual" else sum(both)

    @property
    def counts(self) -> dict[str, Counts]:
        """Counts of all members by name."""
        return {name: add(*parts) for name, parts in self._parts.items()}

    def ensemble(self, compiled: Compiled, seed: int, seconds: float, arm: int = 0) -> Ensemble:
        """Which members ran, without their arrays.

        Parameters
        ----------
        compiled : Compiled
            What was run.
        seed : int
            Seed.
        seconds : float
            Time that it took.
        arm : int, optional
            Under which set of rules.
        """
        return Ensemble(
            compiled,
            seed,
            tuple(sorted(self.ran)),
            {},
            {},
            dict(self._balance[arm]),
            seconds,
            dict(sorted(self.failed.items())),
        )


def digest(counts: Groups) -> str:
    """SHA-256 over counts (name, type, shape and bytes, in the order of their names).

    Parameters
    ----------
    counts : mapping
        Counts by name.
    """
    found = hashlib.sha256()
    for name in sorted(counts):
        array = np.ascontiguousarray(counts[name], dtype="<i8")
        found.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        found.update(array.data)
    return found.hexdigest()


def group(prefix: str, counts: Groups) -> dict[str, Counts]:
    """Those counts whose names begin with something, without it.

    Parameters
    ----------
    prefix : str
        How their names begin.
    counts : mapping
        Counts by name.
    """
    return {
        name.removeprefix(prefix): found
        for name, found in counts.items()
        if name.startswith(prefix)
    }
