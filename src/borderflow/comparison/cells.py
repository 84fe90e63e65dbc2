"""The headline quantities of a run, member by member: what two arms are set side by side in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import WHO
from borderflow.results import flows, queues

if TYPE_CHECKING:
    from borderflow.results import Results

EVERYWHERE = "all origins"
"""Location of what is told of all origins together: where people left from is never told."""

ENTRIES = {"entries_above_ordinary": "above_ordinary", "entries": "all"}
OF_ALL = {"entries_all_nationalities": "all_nationalities"}
"""Told besides where not only citizens flee."""

WAITING = {"queue_people": "people", "wait_hours": "wait_hours"}

WHATS: dict[str, str] = {
    "entries_above_ordinary": "flow: crossings into a country, ordinary travel left "
    "out; by country and by crossing",
    "entries": "flow: crossings of citizens, ordinary travel included; likewise",
    "entries_all_nationalities": "flow: crossings of everybody; likewise, where not only citizens "
    "flee",
    "queue_people_exit": "stock: highest number of travellers waiting before the side passed "
    "first, on the way out",
    "queue_people_entry": "stock: the same before the side passed second",
    "wait_hours_exit": "longest wait before the side passed first, for one who joins then",
    "wait_hours_entry": "the same before the side passed second",
    "present": "stock: people staying in a country at the end of the day, above ordinary",
    "refusals": "flow: people refused by the officers of a country, all nationalities",
    "departures": "flow: people who left home because of the shock",
    "left_behind": "stock: family members left behind at the end of the day",
    "gave_up": "flow: times that somebody gave up at a queue",
    "moved": "flow: people brought to a country by arrangement, such as an evacuation",
}
"""Every quantity that is compared, and what it is."""


class Cells(NamedTuple):
    """One quantity at one location: a value per member and date.

    `dates` are days, Mondays of weeks (refusals), or None for the whole shown period; `values` is
    an array [member, date]; `country` is the one entered, or whose officers work there.
    """

    what: str
    location: str
    country: str | None
    dates: list[str | None]
    values: NDArray[Any]

    @property
    def people(self) -> bool:
        """Whether people are counted (small cells are then suppressed)."""
        return not self.what.startswith("wait_hours")


def cells(results: Results) -> Iterator[Cells]:
    """Everything that is compared, in the same order for every run on the same network.

    Parameters
    ----------
    results : Results
        A run.
    """
    yield from _entries(results)
    yield from _queues(results)
    yield from _present(results)
    yield from _refusals(results)
    yield from _totals(results)
    yield from _moved(results)


def _entries(results: Results) -> Iterator[Cells]:
    for block in flows.entries(results):
        members = len(block.values)
        by_who = block.values.reshape(members, len(WHO), -1)
        dates: list[str | None] = [None, *results.lookup.days]
        country = block.columns["destination"]
        location = block.columns["crossing"] or country
        for what, who in (ENTRIES | OF_ALL if results.lookup.several else ENTRIES).items():
            yield Cells(what, location, country, dates, by_who[:, WHO.index(who)])


def _queues(results: Results) -> Iterator[Cells]:
    lookup = results.lookup
    for server in lookup.servers:
        if server.direction != "out":
            continue
        for what, measure in WAITING.items():
            days = queues.daily(results, server, measure)
            values = np.concatenate([days.max(axis=1, keepdims=True), days], axis=1)
            name, country = f"{what}_{server.side}", lookup.country(server.country)
            yield Cells(name, server.name, country, [None, *lookup.days], values)


def _present(results: Results) -> Iterator[Cells]:
    lookup = results.lookup
    for code in sorted(lookup.hosts, key=lookup.country):
        name = lookup.country(code)
        people = results.arrays["present"][:, :, lookup.hosts[code], :]
        values = people[..., results.lookup.fled].sum(axis=(2, 3), dtype=np.float64)
        yield Cells("present", name, name, list(lookup.days), values)


def _refusals(results: Results) -> Iterator[Cells]:
    weeks = results.lookup.weeks
    dates: list[str | None] = [None, *(monday.isoformat() for monday, _ in weeks)]
    for index, code in enumerate(results.labels.countries):
        refused = results.arrays["refused"][:, :, index, :].sum(axis=2, dtype=np.float64)
        by_week = [refused[:, days].sum(axis=1) for _, days in weeks]
        name = results.lookup.country(code)
        yield Cells(
            "refusals", name, name, dates, np.stack([refused.sum(axis=1), *by_week], axis=1)
        )


def _totals(results: Results) -> Iterator[Cells]:
    days = list(results.lookup.days)
    chosen = results.lookup.fled
    left = results.arrays["departed"][..., chosen].sum(axis=(2, 3), dtype=np.float64)
    values = np.concatenate([left.sum(axis=1, keepdims=True), left], axis=1)
    yield Cells("departures", EVERYWHERE, None, [None, *days], values)
    behind = results.arrays["left_behind"][..., chosen].sum(axis=2, dtype=np.float64)
    yield Cells("left_behind", EVERYWHERE, None, [*days], behind)
    gave = results.arrays["gave_up"][..., chosen].sum(axis=2, dtype=np.float64)
    gave = np.concatenate([gave.sum(axis=1, keepdims=True), gave], axis=1)
    yield Cells("gave_up", EVERYWHERE, None, [None, *days], gave)


def _moved(results: Results) -> Iterator[Cells]:
    lookup = results.lookup
    for code in sorted(lookup.hosts, key=lookup.country):
        name = lookup.country(code)
        people = results.arrays["moved"][:, :, lookup.hosts[code]].sum(axis=2, dtype=np.float64)
        values = np.concatenate([people.sum(axis=1, keepdims=True), people], axis=1)
        yield Cells("moved", name, name, [None, *lookup.days], values)
