"""What an ensemble found, under the names of places, days and groups."""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from borderflow.lookup import Lookup
from borderflow.results import labelled, tidy
from borderflow.results.quantiles import ROUGH_BELOW, levels
from borderflow.results.tables import TABLES, Table, summarise

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from borderflow.compile import Compiled, Labels
    from borderflow.ensemble import Ensemble
    from borderflow.scenario import Scenario


class Results:
    """Who crossed where and when, how long they waited and where they are: all members together.

    Parameters
    ----------
    ensemble : Ensemble
        The simulated members.
    small_cells : bool, optional
        Show cells of fewer than ten people, which are suppressed otherwise.

    Attributes
    ----------
    ensemble : Ensemble
        What was simulated, as plain arrays.
    small_cells : bool
        Whether small cells are shown.
    lookup : Lookup
        Names, days and masks of the axes.
    memo : dict
        What has been worked out from these results once and is needed again.
    counted : bool
        Whether the members were only counted, and the arrays are not there.
    quantile_error : float
        How far quantiles may be from those of the members, as a share; 0 where they are exact.
    """

    counted = False
    quantile_error = 0.0

    def __init__(self, ensemble: Ensemble, small_cells: bool = False) -> None:
        self.ensemble = ensemble
        self.small_cells = small_cells
        self.lookup = Lookup(ensemble.compiled)
        self.memo: dict[str, Any] = {}
        self._tables: dict[str, Table] = {}

    @property
    def compiled(self) -> Compiled:
        """The compiled scenario."""
        return self.ensemble.compiled

    @property
    def scenario(self) -> Scenario:
        """The scenario: what was known of it at `as_of`."""
        return self.ensemble.compiled.scenario

    @property
    def labels(self) -> Labels:
        """Names along the axes of the arrays."""
        return self.ensemble.compiled.labels

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays, with the member as first axis."""
        return self.ensemble.arrays

    @property
    def seed(self) -> int:
        """Seed of the ensemble."""
        return int(self.ensemble.seed)

    @property
    def members(self) -> int:
        """Number of members that ran to the end."""
        return len(self.ensemble.members)

    @property
    def as_of(self) -> date | None:
        """Last day whose facts were used; None where nothing was held back."""
        return self.ensemble.compiled.as_of

    @property
    def rough(self) -> bool:
        """Whether there are too few members for the bands to be more than rough."""
        return self.members < ROUGH_BELOW

    @property
    def levels(self) -> tuple[float, ...]:
        """Probabilities of the quantiles that tables give."""
        return levels(self.members)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the arrays (name, type, shape and bytes, in the order of their names).

        Equal digests mean equal results, whatever the number of threads and the time of day.
        """
        found = hashlib.sha256()
        for name in sorted(self.arrays):
            array = self.arrays[name]
            kind = array.dtype.newbyteorder("<")
            found.update(f"{name}\0{kind.str}\0{array.shape}\0".encode())
            for member in array:
                found.update(np.ascontiguousarray(member, dtype=kind).data)
        return found.hexdigest()

    @property
    def people(self) -> dict[str, int | float]:
        """People at the start, added, removed and at the end, and the residual (0)."""
        return dict(self.ensemble.balance)

    def summary(self, name: str) -> Table:
        """A table with quantiles, by columns.

        Parameters
        ----------
        name : str
            One of the names of `TABLES`.

        Raises
        ------
        LookupError
            If there is no such table.
        """
        if name not in TABLES:
            raise LookupError(f"no table is called {name!r}; there are {', '.join(TABLES)}")
        if name not in self._tables:
            self._tables[name] = summarise(TABLES[name], self)
        return self._tables[name]

    def table(self, name: str, **where: object) -> list[dict[str, Any]]:
        """Rows of a table, each with its quantiles, as `run --json` prints them.

        Parameters
        ----------
        name : str
            ``entries``, ``exits``, ``present``, ``queues``, ``queue_peaks``, ``in_transit``,
            ``refusals``, ``seats``, ``left_behind``, ``departures`` or ``reports``.
        **where : optional
            Keep the rows that have these values (ids or names; None for a sum).

        Raises
        ------
        LookupError
            If there is no such table, column, place, country, group or link.
        """
        return self.summary(name).where(self.lookup, **where).rows()

    def to_pandas(self, name: str, members: bool = False, **where: object) -> pd.DataFrame:
        """A table as a tidy data frame.

        Parameters
        ----------
        name : str
            Name of the table, as for `table`.
        members : bool, optional
            True gives the values of every member instead of the quantiles, without the rows that
            are 0; a suppressed cell is missing (NaN).
        **where : optional
            Keep the rows that have these values (ids or names).

        Raises
        ------
        LookupError
            As for `table`.
        """
        if members:
            return tidy.frame(self, name, **where)
        return self.summary(name).where(self.lookup, **where).to_pandas()

    def to_xarray(self) -> xr.Dataset:
        """All results with names along their axes, member by member.

        Every variable says whether it is a stock or a flow (`kind`), its unit and what it is.
        Cells of fewer than ten people are missing (NaN) unless `small_cells` is set.
        """
        return labelled.dataset(self)
