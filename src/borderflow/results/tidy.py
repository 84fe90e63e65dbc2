"""Values of every member as tidy rows: one row per cell that is not 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.results import labelled

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from borderflow.results.results import Results

VARIABLES = {
    "entries": {"entries": "people"},
    "present": {"present": "people"},
    "queues": {
        "queue_people": "people",
        "queue_vehicles": "vehicles",
        "wait_hours": "wait_hours",
    },
    "in_transit": {"in_transit": "people"},
    "refusals": {"refused": "people"},
    "seats": {"seats_sold": "sold", "seats_offered": "offered", "fare": "fare"},
    "left_behind": {"left_behind": "people"},
    "departures": {"departed": "people"},
    "gave_up": {"gave_up": "people"},
    "moved": {"moved": "people"},
}
"""Tables that exist member by member: their variables, and the columns these become."""

_BESIDE = {
    "crossing": {"crossing": "crossing_name", "origin": "crossing_from",
                 "destination": "crossing_into"},
    "checkpoint": {"checkpoint": "checkpoint", "crossing": "post", "side": "side",
                   "direction": "direction"},
    "place": {"place": "place", "destination": "place_country"},
}  # fmt: skip


CELLS = 1_000_000
"""Cells that are looked at together: what is held at a time stays small with many members."""


class Axes:
    """Columns of a tidy table that come from the axes of its variables.

    Parameters
    ----------
    results : Results
        The members.
    name : str
        Name of the table.
    """

    def __init__(self, results: Results, name: str) -> None:
        if name not in VARIABLES:
            raise LookupError(
                f"table {name!r} does not exist member by member; there are {', '.join(VARIABLES)}"
            )
        self.results = results
        self.name = name
        self.dims = labelled.VARIABLES[next(iter(VARIABLES[name]))].dims
        known = labelled.coordinates(results)
        self.labels: dict[str, tuple[str, list[str] | list[int]]] = {}
        for dim in self.dims[1:]:
            for column, coordinate in _BESIDE.get(dim, {dim: dim}).items():
                self.labels[column] = (dim, _plain(known[coordinate]))

    def parts(self, members: slice) -> tuple[dict[str, NDArray[np.intp]], dict[str, Any]]:
        """Position along each axis of the cells that are not 0, and their values.

        Parameters
        ----------
        members : slice
            Which members.
        """
        arrays = {
            column: labelled.VARIABLES[variable].values(self.results, members)
            for variable, column in VARIABLES[self.name].items()
        }
        there = np.zeros(next(iter(arrays.values())).shape, dtype=bool)
        for array in arrays.values():
            there |= array != 0  # a suppressed cell (NaN) is not 0
        at = np.nonzero(there)
        values = {column: array[at] for column, array in arrays.items()}
        return dict(zip(self.dims, at, strict=True)), values


def _plain(coordinate: Any) -> list[Any]:
    values = coordinate[1] if isinstance(coordinate, tuple) else coordinate
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        whole = bool((values == values.astype("datetime64[D]")).all())
        short = values.astype("datetime64[D]" if whole else "datetime64[m]")
        stamps = np.datetime_as_string(short).tolist()
        return stamps if whole else [f"{stamp}Z" for stamp in stamps]
    return list(values)


def batches(results: Results, name: str, step: int | None = None) -> Iterator[pa.Table]:
    """A tidy table, some members at a time.

    Parameters
    ----------
    results : Results
        The members.
    name : str
        Name of the table.
    step : int, optional
        Members at a time; as many as `CELLS` allows by default.

    Raises
    ------
    LookupError
        If the table does not exist member by member.
    """
    import pyarrow as pa

    axes = Axes(results, name)
    numbers = np.array(results.ensemble.members, dtype=np.int32)
    shape = labelled.VARIABLES[next(iter(VARIABLES[name]))].values(results, slice(0, 1)).shape
    step = step or max(1, CELLS // max(1, int(np.prod(shape))))
    for first in range(0, results.members, step):
        at, values = axes.parts(slice(first, first + step))
        columns: dict[str, Any] = {"member": pa.array(numbers[first + at["member"]])}
        for column, (dim, labels) in axes.labels.items():
            names = list(dict.fromkeys(labels))
            code = np.array([names.index(label) for label in labels], dtype=np.int32)
            index = pa.array(code[at[dim]])
            columns[column] = pa.DictionaryArray.from_arrays(index, pa.array(names))
        hidden = None
        for column, found in values.items():
            missing = np.isnan(found)
            hidden = missing if hidden is None else hidden | missing
            columns[column] = pa.array(found, mask=missing)
        columns["suppressed"] = pa.array(hidden)
        yield pa.table(columns)


def frame(results: Results, name: str, **where: object) -> pd.DataFrame:
    """A tidy table of all members.

    Parameters
    ----------
    results : Results
        The members.
    name : str
        Name of the table.
    **where : optional
        Keep the rows that have these values (ids or names).

    Raises
    ------
    LookupError
        If there is no such table, column or name.
    """
    import pandas as pd

    found: pd.DataFrame = pd.concat(
        [batch.to_pandas() for batch in batches(results, name)], ignore_index=True
    )
    for column in found.columns:
        if isinstance(found[column].dtype, pd.CategoricalDtype):
            found[column] = found[column].astype(found[column].cat.categories.dtype)
    for column, value in where.items():
        if column not in found.columns:
            raise LookupError(f"table {name!r} has no column {column!r}")
        found = found[found[column] == results.lookup.name_of(column, value)]
    return found.reset_index(drop=True)
