"""Tables of stocks: people present, on the road and left behind, and seats still to be had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from borderflow.arrays import HORIZON_BINS
from borderflow.results.flows import by_group
from borderflow.results.spread import MISSING, Spread, median
from borderflow.results.tables import Block, TableKind

if TYPE_CHECKING:
    from borderflow.results.results import Results

BEYOND = MISSING
"""Stands for a departure that is not among those that can be booked."""


def present(results: Results) -> Iterator[Block]:
    """People staying in each country at the end of each day."""
    lookup = results.lookup
    for code in sorted(lookup.hosts, key=lookup.country):
        people = results.arrays["present"][:, :, lookup.hosts[code], :]
        yield from by_group(
            results,
            people.sum(axis=2, dtype=np.float32),
            {"destination": lookup.country(code)},
            ordinary=True,
        )


def in_transit(results: Results) -> Iterator[Block]:
    """People under way to each country, by the days they have still to go."""
    lookup = results.lookup
    days = lookup.days
    for code in sorted(lookup.hosts, key=lookup.country):
        people = results.arrays["in_transit"][:, :, lookup.hosts[code], :]
        values = people.sum(axis=2, dtype=np.float32)
        yield Block(
            {
                "destination": lookup.country(code),
                "date": [day for day in days for _ in range(HORIZON_BINS)],
                "days_to_arrival": list(range(HORIZON_BINS)) * len(days),
            },
            values.reshape(len(values), -1),
        )


def under_way(results: Results) -> Iterator[Block]:
    """People under way to each country, however far they have still to go."""
    lookup = results.lookup
    for code in sorted(lookup.hosts, key=lookup.country):
        people = results.arrays["in_transit"][:, :, lookup.hosts[code], :]
        yield Block(
            {"destination": lookup.country(code), "date": list(lookup.days)},
            people.sum(axis=(2, 3), dtype=np.float32),
        )


def left_behind(results: Results) -> Iterator[Block]:
    """Family members left behind and not yet followed."""
    return by_group(results, results.arrays["left_behind"], {})


def seats(results: Results) -> Iterator[Block]:
    """Free seats on the departures of each day, and until when a link is sold out."""
    offered = results.arrays["seats_offered"]
    free = offered - results.arrays["seats_sold"]
    first = results.arrays["first_seat"].astype(np.int64)
    for index, link in enumerate(results.labels.scheduled):
        yield Block(
            {"link": link, "date": list(results.lookup.days)},
            free[:, :, index],
            partial(_offered, results, index),
            {
                "offered": np.rint(offered[:, :, index]).astype(np.int64),
                "first": np.where(first[:, :, index] < 0, BEYOND, first[:, :, index]),
            },
        )


def _offered(results: Results, index: int, spread: Spread) -> dict[str, list[Any]]:
    return {
        "seats": [round(n) for n in median(spread, "offered").tolist()],
        "sold_out_until": sold_out_until(results, index, spread),
    }


def sold_out_until(results: Results, index: int, spread: Spread) -> list[str | None]:
    """Day of the first departure with a free seat, as it stands at the end of each shown day.

    The median over members; None where the next departure still has seats (or there is none), and
    where no seat of the link is ever on sale. A link without any free seat is sold out to the end
    of what can be booked.

    Parameters
    ----------
    results : Results
        The members.
    index : int
        Position of the link on axis F.
    spread : Spread
        Steps of the first departure with a free seat, under the name ``first``.

    Returns
    -------
    list of str or None
        One ISO date (local day of the departure) per shown day.
    """
    world, lookup = results.compiled.world, results.lookup
    if results.labels.scheduled[index] not in lookup.on_sale:
        return [None] * spread.cells
    zone = ZoneInfo(lookup.link_zone(results.labels.scheduled[index]))
    departures = lookup.departures[index]
    # A middle member, not a mean of two: the day must be one on which something departs.
    middle = spread.ranked("first", np.full(spread.cells, spread.members // 2))
    found: list[str | None] = []
    for day, end in enumerate(np.asarray(world.day_end).tolist()):
        ahead = departures[(departures > end) & (departures <= end + int(world.booking_steps))]
        step = int(middle[day])
        if len(ahead) == 0 or step <= ahead[0]:
            found.append(None)
        elif step == BEYOND:
            found.append((_local(results, int(ahead[-1]), zone) + timedelta(days=1)).isoformat())
        else:
            found.append(_local(results, step, zone).isoformat())
    return found


def _local(results: Results, step: int, zone: ZoneInfo) -> date:
    second = results.labels.beginning(np.array(step)).astype("datetime64[s]").astype(np.int64)
    return datetime.fromtimestamp(int(second), tz=UTC).astimezone(zone).date()


KINDS = (
    TableKind(
        "present",
        ("destination", "date", "group"),
        "stock",
        "people",
        True,
        "People staying in a country at the end of a day, by group (blank: everybody above "
        "ordinary travellers).",
        present,
    ),
    TableKind(
        "in_transit",
        ("destination", "date", "days_to_arrival"),
        "stock",
        "people",
        True,
        "People under way because of the shock at the end of a day, queues included, by the days "
        "they expect to need (0: less than one; 7: seven or more).",
        in_transit,
    ),
    TableKind(
        "under_way",
        ("destination", "date"),
        "stock",
        "people",
        True,
        "People under way because of the shock at the end of a day, however far they have still "
        "to go: the sum of in_transit, taken within each member.",
        under_way,
    ),
    TableKind(
        "left_behind",
        ("date", "group"),
        "stock",
        "people",
        True,
        "Family members left behind at the end of a day (blank group: all of them).",
        left_behind,
    ),
    TableKind(
        "seats",
        ("link", "date"),
        "stock",
        "seats",
        False,
        "Seats unsold on the departures of a day out of those that could be booked (seats), and "
        "the day of the first departure with a free seat as seen at the end of that day "
        "(sold_out_until, median of the members; blank: the next departure has seats, or none of "
        "the link is ever on sale).",
        seats,
    ),
)
"""The tables of stocks."""
