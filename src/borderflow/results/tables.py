"""Tables of quantiles: which cells they have, computed block by block.

A table is declared once: its columns, whether it counts people (then small cells are
suppressed), and a function that yields its cells in blocks, so that no more than one block of
members times cells is held at a time. Sums are taken within each member before quantiles are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import Lookup
from borderflow.results import quantiles as q
from borderflow.results.spread import Sorted, Spread

if TYPE_CHECKING:
    import pandas as pd

    from borderflow.results.results import Results


class Block(NamedTuple):
    """Some cells of a table.

    `columns` has one value per cell (or one for all of them); `values` is an array
    [member, cell]; `extra` gives what rows say besides, from how the members spread. Where that
    needs more than the values, `codes` has whole numbers (from 0) [member, cell] by name.
    """

    columns: dict[str, Any]
    values: NDArray[Any]
    extra: Callable[[Spread], dict[str, list[Any]]] | None = None
    codes: dict[str, NDArray[np.int64]] | None = None


@dataclass(frozen=True)
class TableKind:
    """One of the tables that results have.

    Parameters
    ----------
    name : str
        Its name, also the key of its rows under ``--json``.
    columns : tuple of str
        What tells its rows apart.
    kind, unit : str
        ``stock`` or ``flow``, and the unit of its numbers.
    people : bool
        Whether it counts people (small cells are suppressed).
    text : str
        What it counts, in a sentence.
    blocks : callable
        Gives its cells.
    counts : callable, optional
        Which cells count people, where only some do: gets all columns so far, and how many of
        their last rows are meant.
    drop : bool, optional
        Whether a block in which no member has anything is left out.
    """

    name: str
    columns: tuple[str, ...]
    kind: str
    unit: str
    people: bool
    text: str
    blocks: Callable[[Results], Iterator[Block]]
    counts: Callable[[dict[str, list[Any]], int], Iterable[bool]] | None = None
    drop: bool = False


TABLES: dict[str, TableKind] = {}
"""Every table by its name, in the order in which they are printed."""


def register(kind: TableKind) -> None:
    """Make a table known to all results.

    Parameters
    ----------
    kind : TableKind
        The table.
    """
    TABLES[kind.name] = kind


@dataclass(frozen=True)
class Table:
    """Quantiles of every cell of a table.

    Attributes
    ----------
    kind : TableKind
        What it counts.
    columns : dict of str to list
        Keys and extras, one value per row.
    values : array [row, quantile]
        Quantiles; NaN where suppressed or not known.
    names : tuple of str
        Names of the quantiles.
    suppressed : array [row]
        Rows in which some quantile is suppressed.
    """

    kind: TableKind
    columns: dict[str, list[Any]]
    values: NDArray[np.float64]
    names: tuple[str, ...]
    suppressed: NDArray[np.bool_] = field(repr=False)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.values)

    def where(self, lookup: Lookup, **wanted: object) -> Table:
        """The rows that have these values.

        Parameters
        ----------
        lookup : Lookup
            Turns ids into names.
        **wanted : object
            Column and value.

        Raises
        ------
        LookupError
            If there is no such column or name.
        """
        if not wanted:
            return self
        keep = np.ones(len(self), dtype=bool)
        for column, value in wanted.items():
            if column not in self.columns:
                raise LookupError(
                    f"table {self.kind.name!r} has no column {column!r}; "
                    f"it has {', '.join(self.columns)}"
                )
            named = lookup.name_of(column, value)
            keep &= np.fromiter((v == named for v in self.columns[column]), bool, len(self))
        index = np.flatnonzero(keep).tolist()
        return replace(
            self,
            columns={name: [values[i] for i in index] for name, values in self.columns.items()},
            values=self.values[index],
            suppressed=self.suppressed[index],
        )

    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries: keys, quantiles (None where suppressed), extras."""
        numbers = np.round(self.values, 3)
        columns = dict(self.columns)
        for index, level in enumerate(self.names):
            column: list[float | None] = numbers[:, index].tolist()
            if not np.isfinite(numbers[:, index]).all():
                column = [v if v is not None and np.isfinite(v) else None for v in column]
            columns[level] = column
        names = tuple(columns)
        rows = [
            dict(zip(names, values, strict=True)) for values in zip(*columns.values(), strict=True)
        ]
        for index in np.flatnonzero(self.suppressed).tolist():
            rows[index]["suppressed"] = True
        return rows

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a data frame; suppressed quantiles are NaN."""
        import pandas as pd

        frame = pd.DataFrame(self.columns)
        for index, level in enumerate(self.names):
            frame[level] = np.round(self.values[:, index], 3)
        frame["suppressed"] = self.suppressed
        return frame


def summarise(kind: TableKind, results: Results, levels: tuple[float, ...] | None = None) -> Table:
    """Quantiles over members of every cell of a table, small cells suppressed.

    Parameters
    ----------
    kind : TableKind
        The table.
    results : Results
        The members.
    levels : tuple of float, optional
        Probabilities of the quantiles; those of the results by default.
    """
    spreads = ((block, Sorted(block.values, block.codes)) for block in kind.blocks(results))
    return tabulate(kind, spreads, levels or results.levels, small_cells=results.small_cells)


def tabulate(
    kind: TableKind,
    spreads: Iterable[tuple[Block, Spread]],
    levels: tuple[float, ...],
    *,
    small_cells: bool,
) -> Table:
    """A table from its blocks, and how the members spread in each.

    Parameters
    ----------
    kind : TableKind
        The table.
    spreads : iterable of (Block, Spread)
        Its blocks; only their columns are read.
    levels : tuple of float
        Probabilities of the quantiles.
    small_cells : bool
        Whether cells of fewer than ten people are shown.
    """
    columns: dict[str, list[Any]] = {}
    parts: list[NDArray[np.float64]] = []
    hidden: list[NDArray[np.bool_]] = []
    for block, spread in spreads:
        cells = spread.cells
        found = spread.quantiles(levels)
        if kind.drop and not spread.quantiles((1.0,)).any():
            continue
        extra = block.extra(spread) if block.extra is not None else {}
        for name, value in {**block.columns, **extra}.items():
            own = value if isinstance(value, list) else [value] * cells
            columns.setdefault(name, []).extend(own)
        if kind.people and not small_cells:
            mask = q.small(found)
            if kind.counts is not None:
                mask &= np.fromiter(kind.counts(columns, cells), bool, cells)[:, None]
        else:
            mask = np.zeros(found.shape, dtype=bool)
        found[mask | ~np.isfinite(found)] = np.nan
        parts.append(found)
        hidden.append(np.asarray(mask.any(axis=1)))
    if not parts:
        columns = {name: [] for name in kind.columns}
    return Table(
        kind,
        columns,
        np.concatenate(parts) if parts else np.empty((0, len(levels))),
        tuple(q.name(level) for level in levels),
        np.concatenate(hidden) if hidden else np.empty(0, dtype=bool),
    )
