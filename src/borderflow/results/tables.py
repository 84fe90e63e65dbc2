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

if TYPE_CHECKING:
    import pandas as pd

    from borderflow.results.results import Results


class Block(NamedTuple):
    """Some cells of a table.

    `columns` has one value per cell (or one for all of them); `values` is an array
    [member, cell]; `extra` holds what is not a key.
    """

    columns: dict[str, Any]
    values: NDArray[Any]
    extra: dict[str, list[Any]] | None = None


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
        Which cells count people, where only some do: gets a block.
    """

    name: str
    columns: tuple[str, ...]
    kind: str
    unit: str
    people: bool
    text: str
    blocks: Callable[[Results], Iterator[Block]]
    counts: Callable[[Block], Iterable[bool]] | None = None


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
    levels = results.levels if levels is None else levels
    columns: dict[str, list[Any]] = {}
    parts: list[NDArray[np.float64]] = []
    hidden: list[NDArray[np.bool_]] = []
    for block in kind.blocks(results):
        cells = block.values.shape[1]
        for name, value in {**block.columns, **(block.extra or {})}.items():
            own = value if isinstance(value, list) else [value] * cells
            columns.setdefault(name, []).extend(own)
        found = q.quantiles(block.values, levels)
        if kind.people and not results.small_cells:
            mask = q.small(found)
            if kind.counts is not None:
                mask &= np.fromiter(kind.counts(block), bool, cells)[:, None]
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
