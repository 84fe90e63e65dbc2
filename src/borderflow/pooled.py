"""Ensembles of more members than are kept: each is simulated, counted and forgotten.

Every cell of every table is counted on one fixed log grid (`borderflow.tally`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from borderflow.checkpoint import Piece
from borderflow.ensemble import Ensemble, Values, pieces, simulate
from borderflow.observe import unused
from borderflow.results import TABLES, Results, Table
from borderflow.results.spread import ERROR, Counted, Counts, Spread, codes_of
from borderflow.results.tables import Block, TableKind, tabulate
from borderflow.tally import (
    BlockOrder,
    Tally,
    blocks,
    counts_of,
    digest,
    ensemble_of,
    group,
    named,
    piece_of,
)
from borderflow.workers import KEPT

if TYPE_CHECKING:
    from borderflow.compile import Compiled


class OnlyCountedError(LookupError):
    """Something that needs members one by one, of which there are only counts."""


Extra = Callable[[Results], dict[str, Counts]]
"""Counts something besides the tables: gets the members of a block; importable by name."""

EXTRA = "extra "


@dataclass(frozen=True)
class Counting:
    """What all blocks share.

    Attributes
    ----------
    compiled : Compiled
        What is run.
    extra : callable or None
        What is counted besides the tables.
    """

    compiled: Compiled
    extra: Extra | None = None


def counted(shared: Counting, order: BlockOrder) -> Piece:
    """Run some members and count them.

    Parameters
    ----------
    shared : Counting
        What all blocks share.
    order : BlockOrder
        Which members.

    Returns
    -------
    dict of arrays
        Counts by table (and, after a colon, by name of its whole numbers); the members that ran,
        those that failed, and the people of all of them.
    """
    ensemble = ensemble_of(shared.compiled, order)
    piece = piece_of(order, ensemble)
    if ensemble.members:
        results = Results(ensemble, small_cells=True)
        piece |= named("", table_counts(results))
        if shared.extra is not None:
            piece |= named(EXTRA, shared.extra(results))
    return piece


def table_counts(results: Results) -> dict[str, Counts]:
    """How the members spread in each cell of each table.

    Parameters
    ----------
    results : Results
        The members.
    """
    return counts_of(
        (kind.name, {"": codes_of(block.values), **(block.codes or {})})
        for kind in TABLES.values()
        for block in kind.blocks(results)
    )


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
    extra : dict of str to Counts, optional
        What else was counted.
    """

    counted = True
    quantile_error = ERROR

    def __init__(
        self,
        ensemble: Ensemble,
        sample: Results,
        counts: dict[str, Counts],
        small_cells: bool = False,
        extra: dict[str, Counts] | None = None,
    ) -> None:
        super().__init__(ensemble, small_cells)
        self.counts = counts
        self.extra = extra or {}
        self.sample = sample
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
        return digest(self.counts)

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
        for block in kind.blocks(self.sample):
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
    extra: Extra | None = None,
) -> Pooled | dict[int, str]:
    """Run any number of members and count them.

    Parameters
    ----------
    compiled, members, seed, threads, progress, values : optional
        As for `borderflow.ensemble.simulate`.
    small_cells : bool, optional
        As for `Results`.
    extra : callable, optional
        What is counted besides the tables; it is not in the digest.

    Returns
    -------
    Pooled, or dict of int to str
        The results; why each member failed, where none ran to the end.
    """
    began = time.perf_counter()
    orders = blocks(members, seed, values)
    tally = Tally(members, progress)
    name = "counts" if extra is None else f"counts, {extra.__module__}.{extra.__qualname__}"
    shared = Counting(compiled, extra)
    for piece in pieces(counted, shared, orders, threads, name, compiled):
        tally.add(piece)
    if not tally.ran:
        return tally.failed
    counts = tally.counts
    ensemble = tally.ensemble(compiled, seed, time.perf_counter() - began)
    of_tables = {name: found for name, found in counts.items() if not name.startswith(EXTRA)}
    one = sample(compiled, seed, min(tally.ran), values)
    return Pooled(ensemble, one, of_tables, small_cells, group(EXTRA, counts))


def sample(compiled: Compiled, seed: int, number: int, values: Values | None) -> Results:
    """One member, for the shape of everything.

    Parameters
    ----------
    compiled, seed, values : optional
        As for `borderflow.ensemble.simulate`.
    number : int
        Its number.
    """
    return Results(Context().run(simulate, compiled, [number], seed, 1, None, True, values))
