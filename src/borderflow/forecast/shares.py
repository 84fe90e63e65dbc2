"""How far each number of a forecast is learned from reports, and how far it is assumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.results import Results
from borderflow.results.tables import TABLES, TableKind

LEARNED, PARTLY = 0.5, 0.1
"""Shares of its spread that a number must have lost to reports to be called learned, and partly
learned; below it is assumed."""

Key = tuple[Any, ...]


def mark(share: float | None) -> str:
    """A share in a word: ``learned``, ``partly learned`` or ``assumed``.

    Parameters
    ----------
    share : float or None
        1 - posterior / prior standard deviation; None counts as assumed.

    Examples
    --------
    >>> mark(0.6), mark(0.2), mark(None)
    ('learned', 'partly learned', 'assumed')
    """
    if share is None or share < PARTLY:
        return "assumed"
    return "learned" if share >= LEARNED else "partly learned"


def spread(values: NDArray[Any]) -> NDArray[np.float64]:
    """Standard deviation over members of log(1 + value), along the first axis.

    Parameters
    ----------
    values : array [member, ...]
        Numbers, none below 0.
    """
    return np.asarray(np.log1p(np.maximum(values, 0.0)).std(axis=0, dtype=np.float64))


def share(now: float, before: float) -> float | None:
    """1 - spread now / spread before, at least 0; None where nothing varied before.

    Parameters
    ----------
    now, before : float
        Spreads.
    """
    return None if before < 1e-9 else round(max(0.0, 1 - now / before), 3)


def shares(name: str, now: Results, before: Results) -> dict[Key, float | None]:
    """Share of each row of a table that is learned, by the columns that tell its rows apart.

    Parameters
    ----------
    name : str
        Name of the table.
    now, before : Results
        Members with what was learned, and without.
    """
    kind = TABLES[name]
    earlier = dict(_spreads(kind, before))
    return {key: share(value, earlier[key]) for key, value in _spreads(kind, now) if key in earlier}


def key_of(name: str, row: dict[str, Any]) -> Key:
    """What tells a row of a table apart, whatever its members say.

    Parameters
    ----------
    name : str
        Name of the table.
    row : dict
        The row.
    """
    return tuple(row[column] for column in _columns(TABLES[name]))


def _columns(kind: TableKind) -> list[str]:
    # (the day of a peak is an outcome, not a name)
    return [name for name in kind.columns if not (kind.name == "queue_peaks" and name == "date")]


def _spreads(kind: TableKind, results: Results) -> Iterator[tuple[Key, float]]:
    names = _columns(kind)
    for block in kind.blocks(results):
        found = spread(block.values)
        parts = []
        for name in names:
            value = block.columns[name]
            parts.append(value if isinstance(value, list) else [value] * len(found))
        yield from zip(zip(*parts, strict=True), found.tolist(), strict=True)
