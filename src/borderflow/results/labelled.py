"""Arrays with names along their axes, member by member.

Each variable is declared with what it takes from the arrays of the ensemble, for any slice of
the members, so that files can be written a few members at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.arrays import FLOWS, HORIZON_BINS
from borderflow.results import quantiles as q

if TYPE_CHECKING:
    import xarray as xr

    from borderflow.results.results import Results

Getter = Callable[["Results", slice], NDArray[Any]]


@dataclass(frozen=True)
class Variable:
    """One labelled array.

    Parameters
    ----------
    name : str
        Its name.
    dims : tuple of str
        Names of its axes, ``member`` first.
    kind, unit, text : str
        Stock or flow, unit, and what it is.
    people : bool
        Whether it counts people (small cells are suppressed).
    get : callable
        Takes its values from the results, for a slice of the members.
    """

    name: str
    dims: tuple[str, ...]
    kind: str
    unit: str
    text: str
    people: bool
    get: Getter

    @property
    def attrs(self) -> dict[str, str]:
        """What the variable says about itself in a file."""
        said = {"kind": self.kind, "description": self.text}
        # Moments have no unit of their own: files say by themselves how they count time.
        return said if self.unit == "time" else {**said, "units": self.unit or "1"}

    def values(self, results: Results, members: slice = slice(None)) -> NDArray[Any]:
        """Its values for some members, small cells suppressed (NaN).

        Parameters
        ----------
        results : Results
            The members.
        members : slice, optional
            Which of them.
        """
        found = self.get(results, members)
        if self.people and not results.small_cells:
            mask = q.small(found)
            if mask.any():
                found = found.copy()
                found[mask] = np.nan
        return found


def _plain(field: str) -> Getter:
    def get(results: Results, members: slice) -> NDArray[Any]:
        return np.asarray(results.arrays[field][members])

    return get


def _steps(field: str) -> Getter:
    """Shown steps of the checkpoints that can have a queue."""

    def get(results: Results, members: slice) -> NDArray[Any]:
        steps = results.arrays[field][members, results.labels.shown]
        return np.asarray(steps[:, :, waiting(results)])

    return get


def waiting(results: Results) -> list[int]:
    """Checkpoints that can have a queue, as positions on axis S.

    Parameters
    ----------
    results : Results
        The members.
    """
    return sorted(column for server in results.lookup.servers for column in server.columns)


def _departed(results: Results, members: slice) -> NDArray[Any]:
    return np.asarray(results.arrays["departed"][members].sum(axis=2))


def _refusals(results: Results, members: slice) -> NDArray[Any]:
    refused = results.arrays["refused"][members].sum(axis=3)
    return np.stack([refused[:, days].sum(axis=1) for _, days in results.lookup.weeks], axis=1)


def _by_country(results: Results, members: slice) -> NDArray[Any]:
    entries = results.arrays["entries"][members]
    lookup = results.lookup
    codes = sorted(lookup.entered, key=lookup.country)
    found = [entries[:, :, lookup.entered[code], :].sum(axis=2) for code in codes]
    shape = (entries.shape[0], entries.shape[1], 0, entries.shape[3])
    return np.stack(found, axis=2) if found else np.empty(shape, dtype=np.float32)


def _first_seat(results: Results, members: slice) -> NDArray[Any]:
    step = results.arrays["first_seat"][members].astype(np.intp)
    when = results.labels.beginning(np.maximum(step, 0)).astype("datetime64[ns]")
    return np.where(step >= 0, when, np.datetime64("NaT"))


_SHAPES: tuple[tuple[str, tuple[str, ...], bool, Getter], ...] = (
    ("entries", ("date", "crossing", "group"), True, _plain("entries")),
    ("entries_by_destination", ("date", "destination", "group"), True, _by_country),
    ("refused", ("week", "country"), True, _refusals),
    ("departed", ("date", "group"), True, _departed),
    ("queue_people", ("time", "checkpoint"), True, _steps("queue_people")),
    ("queue_vehicles", ("time", "checkpoint"), True, _steps("queue_vehicles")),
    ("wait_hours", ("time", "checkpoint"), False, _steps("wait_hours")),
    ("present", ("date", "place", "group"), True, _plain("present")),
    ("in_transit", ("date", "place", "days_to_arrival"), True, _plain("in_transit")),
    ("left_behind", ("date", "group"), True, _plain("left_behind")),
    ("seats_sold", ("date", "link"), False, _plain("seats_sold")),
    ("seats_offered", ("date", "link"), False, _plain("seats_offered")),
    ("first_seat", ("date", "link"), False, _first_seat),
    ("fare", ("date", "link"), False, _plain("fare")),
    ("gave_up", ("date", "group"), True, _plain("gave_up")),
    ("moved", ("date", "place"), True, _plain("moved")),
)

_TEXTS = {
    "entries_by_destination": "flow: people who crossed into each country from any other",
    "wait_hours": "stock: wait of one who joins the queue in that step, from joining to passing",
    "refused": "flow: people refused by the officers of each country, by week beginning on Monday",
    "departed": "flow: people who left home because of the shock, all origins together",
    "first_seat": "stock: departure of the first flight or train with a free seat (UTC)",
    "fare": "stock: fare over the ordinary fare at the end of the day",
}


def _declare() -> dict[str, Variable]:
    fields = {field.name: field for field in FLOWS}
    found = {}
    for name, dims, people, get in _SHAPES:
        text = _TEXTS.get(name) or fields[name].text
        kind, _, description = text.partition(": ")
        unit = {"wait_hours": "h", "entries_by_destination": "people", "first_seat": "time"}.get(
            name
        )
        if unit is None:
            unit = fields[name].unit
        found[name] = Variable(name, ("member", *dims), kind, unit, description, people, get)
    return found


VARIABLES: dict[str, Variable] = _declare()
"""Every labelled array by its name."""


def coordinates(results: Results) -> dict[str, Any]:
    """Labels of every axis, and what else is known of what they stand for.

    Parameters
    ----------
    results : Results
        The members.
    """
    labels, lookup = results.labels, results.lookup
    columns = waiting(results)
    side = {c: server for server in lookup.servers for c in server.columns}
    crossings, groups, places = labels.crossings, labels.groups, labels.destinations
    codes = sorted(lookup.entered, key=lookup.country)
    country = lookup.country
    return {
        "member": np.array(results.ensemble.members, dtype=np.int64),
        "date": np.array(labels.days, dtype="datetime64[ns]"),
        "time": (
            "time",
            labels.step_start[labels.shown].astype("datetime64[ns]"),
            {"description": "beginning of the step, UTC; stocks are those at its end"},
        ),
        "week": np.array([monday for monday, _ in lookup.weeks], dtype="datetime64[ns]"),
        "crossing": [c.id for c in crossings],
        "crossing_name": ("crossing", [c.name for c in crossings]),
        "crossing_from": ("crossing", [country(c.origin) for c in crossings]),
        "crossing_into": ("crossing", [country(c.destination) for c in crossings]),
        "destination": [country(code) for code in codes],
        "group": [g.name for g in groups],
        "ordinary": ("group", [g.ordinary for g in groups]),
        "subject": ("group", [g.subject for g in groups]),
        "country": [country(code) for code in labels.countries],
        "checkpoint": [labels.checkpoints[c] for c in columns],
        "post": ("checkpoint", [side[c].name for c in columns]),
        "side": ("checkpoint", [side[c].side for c in columns]),
        "direction": ("checkpoint", [side[c].direction for c in columns]),
        "place": [d.place for d in places],
        "place_name": ("place", [d.name for d in places]),
        "place_country": ("place", [country(d.country) for d in places]),
        "days_to_arrival": list(range(HORIZON_BINS)),
        "link": list(labels.scheduled),
    }


def attributes(results: Results) -> dict[str, Any]:
    """What a file of results says about itself.

    Parameters
    ----------
    results : Results
        The members.
    """
    return {
        "title": results.scenario.name,
        "scenario": results.scenario.id,
        "statement": "scenario, not prediction",
        "counting": "entries are crossings, not persons, and include ordinary travel",
        "as_of": results.as_of.isoformat() if results.as_of else "",
        "seed": str(results.seed),
        "digest": results.digest,
        "small_cells": "shown" if results.small_cells else "suppressed (missing)",
    }


def dataset(
    results: Results, names: tuple[str, ...] = tuple(VARIABLES), members: slice = slice(None)
) -> xr.Dataset:
    """Variables with names along their axes.

    Parameters
    ----------
    results : Results
        The members.
    names : tuple of str, optional
        Which variables.
    members : slice, optional
        Which members.
    """
    import xarray as xr

    known = coordinates(results)
    known["member"] = known["member"][members]
    variables = {
        name: (
            VARIABLES[name].dims,
            VARIABLES[name].values(results, members),
            VARIABLES[name].attrs,
        )
        for name in names
    }
    used = {dim for dims, _, _ in variables.values() for dim in dims}
    chosen = {
        name: value
        for name, value in known.items()
        if (value[0] if isinstance(value, tuple) else name) in used
    }
    return xr.Dataset(variables, coords=chosen, attrs=attributes(results))
