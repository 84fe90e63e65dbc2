"""Tables of queues: people, vehicles and waits on each side of each border crossing point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import Server
from borderflow.results.spread import Spread
from borderflow.results.tables import Block, TableKind

if TYPE_CHECKING:
    from borderflow.results.results import Results

MEASURES = {"people": "queue_people", "vehicles": "queue_vehicles", "wait_hours": "wait_hours"}
"""What is told of a queue, and the array it is read from."""


def steps(results: Results, server: Server, measure: str) -> NDArray[np.float32]:
    """A queue at every step: the sum over lanes, or the longest of their waits.

    Parameters
    ----------
    results : Results
        The members.
    server : Server
        Side of a border crossing point.
    measure : str
        One of `MEASURES`.

    Returns
    -------
    array [member, step]
    """
    lanes = results.arrays[MEASURES[measure]][:, :, list(server.columns)]
    if lanes.shape[2] == 1:
        return np.asarray(lanes[:, :, 0])
    return np.asarray(lanes.max(axis=2) if measure == "wait_hours" else lanes.sum(axis=2))


def daily(results: Results, server: Server, measure: str) -> NDArray[np.float32]:
    """The highest value of each shown local day.

    Parameters
    ----------
    results : Results
        The members.
    server : Server
        Side of a border crossing point.
    measure : str
        One of `MEASURES`.

    Returns
    -------
    array [member, day]
    """
    values = steps(results, server, measure)
    index = results.lookup.local_days(server.timezone)
    found = np.zeros((len(values), len(results.labels.days)), dtype=np.float32)
    shown = np.flatnonzero(index >= 0)
    # Steps of one day stand together, so a day is a slice between two changes.
    starts = np.flatnonzero(np.diff(index[shown], prepend=-1))
    highest = np.maximum.reduceat(values[:, shown], starts, axis=1)
    found[:, index[shown][starts]] = highest
    return found


def _keys(server: Server) -> dict[str, Any]:
    return {"crossing": server.name, "side": server.side, "direction": server.direction}


def queues(results: Results) -> Iterator[Block]:
    """The highest queue and wait of each day."""
    for server in results.lookup.servers:
        for measure in MEASURES:
            yield Block(
                {**_keys(server), "date": list(results.lookup.days), "measure": measure},
                daily(results, server, measure),
            )


def peaks(results: Results) -> Iterator[Block]:
    """The highest queue and wait of the whole run, and the day on which it came."""
    days = results.lookup.days
    for server in results.lookup.servers:
        for measure in MEASURES:
            values = daily(results, server, measure)
            top = values.max(axis=1)
            day = np.where(top > 0, values.argmax(axis=1) + 1, 0)
            yield Block(
                {**_keys(server), "measure": measure, "date": None},
                top[:, None],
                lambda spread: _when(spread, days),
                {"day": day[:, None].astype(np.int64)},
            )


def _when(spread: Spread, days: list[str]) -> dict[str, list[Any]]:
    """Days between which four fifths of those members lie in which anybody waits at all."""
    never = int(spread.nothing("day")[0])
    some = spread.members - never
    marks: list[str | None] = [None, None, None]
    if some:
        ranks = [never + int(share * (some - 1)) for share in (0.1, 0.5, 0.9)]
        marks = [days[int(spread.ranked("day", np.array([rank]))[0]) - 1] for rank in ranks]
    return {"date": [marks[1]], "date_low": [marks[0]], "date_high": [marks[2]]}


def _counted(rows: dict[str, Any], cells: int) -> Iterable[bool]:
    return (measure != "wait_hours" for measure in rows["measure"][-cells:])


KINDS = (
    TableKind(
        "queues",
        ("crossing", "side", "direction", "date", "measure"),
        "stock",
        "people, vehicles or hours",
        True,
        "Highest value of the day before the exit (passed first) or entry side of a border "
        "crossing point, lorries left out; wait_hours is from joining to passing, for one who "
        "joins then. direction: out of the countries that people leave, or back in.",
        queues,
        _counted,
    ),
    TableKind(
        "queue_peaks",
        ("crossing", "side", "direction", "measure", "date"),
        "stock",
        "people, vehicles or hours",
        True,
        "Highest value of the whole run, and the day on which it came (median of the members; "
        "date_low and date_high hold four fifths of them).",
        peaks,
        _counted,
    ),
)
"""The tables of queues."""
