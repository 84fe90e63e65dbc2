"""Ensembles of more members than are kept: each is simulated, counted and forgotten.

Members are taken in blocks, always the same ones, and every cell of every table is counted on one
fixed log grid (`borderflow.results.spread`). What comes back from a thread or a machine is counts,
which are whole numbers: the sum, and so the digest, is the same whoever counted.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from borderflow.checkpoint import Piece
from borderflow.ensemble import Ensemble, Order, Values, pieces, simulate
from borderflow.observe import unused
from borderflow.results import TABLES, Results, Table
from borderflow.results.spread import Counted, Counts, Spread, add, codes_of, count
from borderflow.results.tables import Block, TableKind, tabulate
from borderflow.workers import KEPT

if TYPE_CHECKING:
    from borderflow.compile import Compiled

BLOCK = 16
"""Members that are counted together."""

FOLD = 24
"""Blocks whose counts are added up at a time."""


class OnlyCountedError(LookupError):
    """Something that needs members one by one, of which there are only counts."""


@dataclass(frozen=True)
class BlockOrder:
    """Some members to be run and counted."""

    members: tuple[Order, ...]


def counted(compiled: Compiled, order: BlockOrder) -> Piece:
    """Run some members and count them.

    Parameters
    ----------
    compiled : Compiled
        What all members share.
    order : BlockOrder
        Which members.

    Returns
    -------
    dict of arrays
        Counts by table (and, after a colon, by name of its whole numbers); the members that ran,
        those that failed, and the people of all of them.
    """
    own = {one.number: one.values or {} for one in order.members}
    first = order.members[0]
    # In a context of its own: this is one piece of work, and not to be handed on or kept apart.
    ensemble = Context().run(
        simulate, compiled, list(own), first.seed, 1, None, first.chance, own.__getitem__
    )
    balance = ensemble.balance
    piece = {
        "first": np.array(first.number),
        "members": np.array(ensemble.members, dtype=np.int64),
        "failed": np.array(json.dumps({str(n): why for n, why in ensemble.failed.items()})),
        "balance": np.array([balance[name] for name in BALANCE]),
    }
    if ensemble.members:
        results = Results(ensemble, small_cells=True)
        for kind in TABLES.values():
            piece |= {f"table.{name}": found for name, found in _count(kind, results).items()}
    return piece


BALANCE = ("start", "added", "removed", "end", "residual")


def _count(kind: TableKind, results: Results) -> dict[str, Counts]:
    parts: dict[str, list[Counts]] = {}
    cell = 0
    for block in kind.blocks(results):
        for name, codes in {"": codes_of(block.values), **(block.codes or {})}.items():
            key = f"{kind.name}:{name}" if name else kind.name
            parts.setdefault(key, []).append(count(codes, cell))
        cell += block.values.shape[1]
    return {name: np.concatenate(found) for name, found in parts.items()}


class Pooled(Results):
    """Results of members that were only counted: tables and a digest, and nothing member by member.

    Parameters
    ----------
    ensemble : Ensemble
        Which members ran; without arrays.
    sample : Results
        One of them, for the shape of the tables.
    counts : dict of str to Counts
        How the members spread in each cell of each table.
    small_cells : bool, optional
        As for `Results`.
    """

    counted = True

    def __init__(
        self,
        ensemble: Ensemble,
        sample: Results,
        counts: dict[str, Counts],
        small_cells: bool = False,
    ) -> None:
        super().__init__(ensemble, small_cells)
        self.counts = counts
        self._sample = sample
        unused(sample)
        self.memo.update(sample.memo)  # which reports can be compared is the same for all members

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """There are none.

        Raises
        ------
        OnlyCountedError
            Always.
        """
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise OnlyCountedError(
            f"with more than {KEPT:,} members only tables are kept, not the members one by one"
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the counts (name, type, shape and bytes, in the order of their names)."""
        found = hashlib.sha256()
        for name in sorted(self.counts):
            array = np.ascontiguousarray(self.counts[name], dtype="<i8")
            found.update(f"{name}\0{array.dtype.str}\0{array.shape}\0".encode())
            found.update(array.data)
        return found.hexdigest()

    def summary(self, name: str) -> Table:
        """As `Results.summary`; quantiles are within 1 % of those of the members."""
        if name not in TABLES:
            return super().summary(name)
        if name not in self._tables:
            kind = TABLES[name]
            spreads = self._spreads(kind)
            self._tables[name] = tabulate(kind, spreads, self.levels, small_cells=self.small_cells)
        return self._tables[name]

    def _spreads(self, kind: TableKind) -> Iterator[tuple[Block, Spread]]:
        cell = 0
        for block in kind.blocks(self._sample):
            cells = slice(cell, cell + block.values.shape[1])
            names = {"": kind.name, **{name: f"{kind.name}:{name}" for name in block.codes or {}}}
            counts = {name: self.counts[key] for name, key in names.items()}
            yield block, Counted(self.members, cells, counts)
            cell = cells.stop

    def to_pandas(self, name: str, members: bool = False, **where: object) -> Any:
        """As `Results.to_pandas`; OnlyCountedError where members are asked for."""
        if members:
            self._refuse()
        return super().to_pandas(name, False, **where)

    def to_xarray(self) -> NoReturn:
        """There is nothing member by member.

        Raises
        ------
        OnlyCountedError
            Always.
        """
        self._refuse()


def pool(
    compiled: Compiled,
    members: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    values: Values | None = None,
    small_cells: bool = False,
) -> Pooled | dict[int, str]:
    """Run any number of members and count them.

    Parameters
    ----------
    compiled, members, seed, threads, progress, values : optional
        As for `borderflow.ensemble.simulate`.
    small_cells : bool, optional
        As for `Results`.

    Returns
    -------
    Pooled, or dict of int to str
        The results; why each member failed, where none ran to the end.
    """
    began = time.perf_counter()
    orders = [
        BlockOrder(tuple(_order(seed, n, values) for n in range(i, min(i + BLOCK, members))))
        for i in range(0, members, BLOCK)
    ]
    ran: list[int] = []
    failed: dict[int, str] = {}
    totals = dict.fromkeys(BALANCE, 0)
    waiting: dict[str, list[Counts]] = {}
    for piece in pieces(counted, compiled, orders, threads, "counts"):
        ran += piece["members"].tolist()
        failed |= {int(n): why for n, why in json.loads(str(piece["failed"])).items()}
        for name, people in zip(BALANCE, piece["balance"].tolist(), strict=True):
            totals[name] = max(totals[name], people) if name == "residual" else (
                totals[name] + people
            )  # fmt: skip
        for name, found in piece.items():
            if name.startswith("table."):
                parts = waiting.setdefault(name.removeprefix("table."), [])
                parts.append(found)
                if len(parts) >= FOLD:
                    parts[:] = [add(*parts)]
        if progress is not None:
            progress(len(ran) + len(failed), members)
    if not ran:
        return failed
    counts = {name: add(*parts) for name, parts in waiting.items()}
    own = None if values is None else values
    one = Context().run(simulate, compiled, [min(ran)], seed, 1, None, True, own)
    ensemble = Ensemble(
        compiled,
        seed,
        tuple(sorted(ran)),
        {},
        {},
        dict(totals),
        time.perf_counter() - began,
        dict(sorted(failed.items())),
    )
    return Pooled(ensemble, Results(one), counts, small_cells)


def _order(seed: int, number: int, values: Values | None) -> Order:
    own: Mapping[str, float] | None = None if values is None else dict(values(number))
    return Order(seed, number, True, own)
