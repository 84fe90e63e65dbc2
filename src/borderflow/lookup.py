"""Names, local days and masks that turn arrays of an ensemble into rows a reader can argue with.

Everything here is read off the compiled scenario once; nothing is simulated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from borderflow.scenario.finding import nearest

if TYPE_CHECKING:
    from borderflow.compile import Compiled

WHO = ("above_ordinary", "all", "all_nationalities")
"""Whose crossings a row counts, in the order in which tables list them."""


class UnknownNameError(LookupError):
    """A name that the results do not know, with the nearest ones they do."""

    def __init__(self, what: str, read: str, known: Iterable[str]) -> None:
        self.what = what
        self.read = read
        self.nearest = nearest(read, known)
        hint = f"; the nearest is {self.nearest!r}" if self.nearest else ""
        super().__init__(f"no {what} is called {read!r}{hint}")


@dataclass(frozen=True)
class Server:
    """One side of a border crossing point in one direction, whatever the number of its lanes.

    Parameters
    ----------
    post, name : str
        Id and printed name of the border crossing point.
    side : str
        ``exit`` or ``entry``: passed first or second.
    direction : str
        ``out`` of the countries that people leave, or back ``in``.
    country : str
        Code of the country whose officers work there.
    columns : tuple of int
        Its checkpoints, as positions on axis S.
    timezone : str
        Time zone whose days count here.
    """

    post: str
    name: str
    side: str
    direction: str
    country: str
    columns: tuple[int, ...]
    timezone: str


class Lookup:
    """What the axes of the arrays mean, in names, dates and groups.

    Parameters
    ----------
    compiled : Compiled
        The compiled scenario that the arrays were simulated from.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.scenario = compiled.scenario
        self.labels = compiled.labels
        self.world = compiled.world
        self.places = {place.id: place for place in self.scenario.places}
        self.home = frozenset(self.scenario.origin_countries)
        self._links = {link.id: link for link in self.scenario.links}
        self.days: list[str] = [day.isoformat() for day in self.labels.days]

    def country(self, code: str) -> str:
        """Printed name of a country.

        Parameters
        ----------
        code : str
            Its three letters.
        """
        return str(self.scenario.countries.get(code, code))

    def place(self, place: str) -> str:
        """Printed name of a place (its id where there is no such place).

        Parameters
        ----------
        place : str
            Its id.
        """
        return self.places[place].name if place in self.places else place

    @cached_property
    def who(self) -> NDArray[np.float32]:
        """Groups that belong to each of `WHO`, as ones and zeros [group, who]."""
        groups = self.labels.groups
        return np.array(
            [[not g.ordinary, g.subject, True] for g in groups], dtype=np.float32
        ).reshape(len(groups), len(WHO))

    @cached_property
    def fled(self) -> NDArray[np.bool_]:
        """Groups that left because of the shock [group]: all that are not ordinary travellers."""
        return np.array([not group.ordinary for group in self.labels.groups], dtype=np.bool_)

    @cached_property
    def several(self) -> bool:
        """Whether people of several nationalities flee, and not citizens alone."""
        return any(not group.ordinary and not group.subject for group in self.labels.groups)

    @cached_property
    def entered(self) -> dict[str, list[int]]:
        """Crossings into each country that people flee to, by its code."""
        found: dict[str, list[int]] = {}
        for index, crossing in enumerate(self.labels.crossings):
            if crossing.destination not in self.home:
                found.setdefault(crossing.destination, []).append(index)
        return found

    @cached_property
    def left(self) -> dict[str, list[int]]:
        """Crossings out of each country that people flee to, in any direction, by its code."""
        found: dict[str, list[int]] = {}
        for index, crossing in enumerate(self.labels.crossings):
            if crossing.origin not in self.home:
                found.setdefault(crossing.origin, []).append(index)
        return found

    @cached_property
    def hosts(self) -> dict[str, list[int]]:
        """Destinations in each country, by its code."""
        found: dict[str, list[int]] = {}
        for index, destination in enumerate(self.labels.destinations):
            found.setdefault(destination.country, []).append(index)
        return found

    @cached_property
    def servers(self) -> list[Server]:
        """Sides of border crossing points that can have a queue, outward ones first."""
        rows = {checkpoint.id: checkpoint for checkpoint in self.scenario.checkpoints}
        inward = self._inward()
        found: dict[tuple[str, str, str], list[int]] = {}
        for column, name in enumerate(self.labels.checkpoints):
            row = rows[name]
            if row.rate_hour is None:
                # Without a rate people are only refused here, never kept waiting.
                continue
            direction = "in" if name in inward else "out"
            found.setdefault((direction, row.post, row.side), []).append(column)
        servers = []
        order = {"out": 0, "in": 1, "exit": 0, "entry": 1}
        for (direction, post, side), columns in sorted(
            found.items(),
            key=lambda item: (order[item[0][0]], self.place(item[0][1]), order[item[0][2]]),
        ):
            servers.append(
                Server(
                    post,
                    self.place(post),
                    side,
                    direction,
                    rows[self.labels.checkpoints[columns[0]]].country,
                    tuple(columns),
                    self.zone(post),
                )
            )
        return servers

    def zone(self, place: str) -> str:
        """Time zone of a place; the scenario's where it has none of its own.

        Parameters
        ----------
        place : str
            Its id.
        """
        row = self.places.get(place)
        own = row.timezone if row is not None else None
        return str(own or self.scenario.timezone)

    def _inward(self) -> set[str]:
        inward: set[str] = set()
        for link in self.scenario.links:
            end = self.places.get(link.to)
            if end is not None and end.country in self.home:
                inward.update(c for c in (link.exit_checkpoint, link.entry_checkpoint) if c)
        for link in self.scenario.links:
            end = self.places.get(link.to)
            if end is not None and end.country not in self.home:
                inward.difference_update(
                    c for c in (link.exit_checkpoint, link.entry_checkpoint) if c
                )
        return inward

    def local_days(self, zone: str) -> NDArray[np.intp]:
        """Shown local day of each step in a time zone (-1 where it is not shown).

        Parameters
        ----------
        zone : str
            Name of the time zone.
        """
        if zone not in self._local:
            # The middle of a step decides on its day, as it does when crossings are counted.
            utc = self.labels.step_start.astype("datetime64[s]")
            utc = utc + (utc[1] - utc[0]) // 2 if len(utc) > 1 else utc
            info = ZoneInfo(zone)
            local = np.array(
                [
                    datetime.fromtimestamp(second, tz=UTC).astimezone(info).date()
                    for second in utc.astype(np.int64).tolist()
                ],
                dtype="datetime64[D]",
            )
            index = (local - np.datetime64(self.labels.days[0], "D")).astype(np.intp)
            index[(index < 0) | (index >= len(self.labels.days))] = -1
            self._local[zone] = index
        return self._local[zone]

    @cached_property
    def _local(self) -> dict[str, NDArray[np.intp]]:
        return {}

    @cached_property
    def weeks(self) -> list[tuple[date, list[int]]]:
        """Monday of each week and the shown days that fall into it."""
        found: dict[date, list[int]] = {}
        for index, day in enumerate(self.labels.days):
            monday = date.fromordinal(day.toordinal() - day.weekday())
            found.setdefault(monday, []).append(index)
        return sorted(found.items())

    @cached_property
    def departures(self) -> list[NDArray[np.intp]]:
        """Steps of the departures of each link with seats, in order."""
        pointer = np.asarray(self.world.dep_ptr)
        steps = np.asarray(self.world.dep_step, dtype=np.intp)
        return [
            np.sort(steps[pointer[i] : pointer[i + 1]]) for i in range(len(self.labels.scheduled))
        ]

    @cached_property
    def on_sale(self) -> frozenset[str]:
        """Links with a departure that goes and on which anybody can book a seat."""
        world = self.world
        pointer, steps = np.asarray(world.dep_ptr), np.asarray(world.dep_step)
        # Those after the end, which can be booked before it, go as the last ones before it do.
        epochs = np.asarray(world.epoch)[np.minimum(steps, world.steps - 1)]
        found = set()
        for i, (link, column) in enumerate(
            zip(self.labels.scheduled, np.asarray(world.sched_link), strict=True)
        ):
            own = slice(pointer[i], pointer[i + 1])
            goes = np.asarray(world.link_open)[epochs[own], column]
            if (np.asarray(world.dep_seats)[own][goes] > 0).any():
                found.add(link)
        return frozenset(found)

    def link_zone(self, link: str) -> str:
        """Time zone of the place where a link begins.

        Parameters
        ----------
        link : str
            Its id.
        """
        row = self._links.get(link)
        return str(self.scenario.timezone) if row is None else self.zone(row.from_)

    def link_name(self, link: str) -> str:
        """Printed name of a link: where it begins and where it ends.

        Parameters
        ----------
        link : str
            Its id.
        """
        row = self._links.get(link)
        return link if row is None else f"{self.place(row.from_)} to {self.place(row.to)}"

    def crosses(self, link: str) -> bool:
        """Whether a link leads from one country into another.

        Parameters
        ----------
        link : str
            Its id.
        """
        row = self._links.get(link)
        return row is not None and self.places[row.from_].country != self.places[row.to].country

    def name_of(self, column: str, read: object) -> object:
        """The value that a table has in a column, from an id or a name.

        Parameters
        ----------
        column : str
            ``destination``, ``origin``, ``country``, ``crossing``, ``link``, ``date`` ...
        read : object
            What somebody asked for: an id, a name, a date or None.

        Returns
        -------
        object
            The value to compare with.

        Raises
        ------
        UnknownNameError
            If there is nothing of that id or name.
        """
        if isinstance(read, date):
            return read.isoformat()
        if not isinstance(read, str):
            return read
        if column in ("destination", "origin", "country"):
            return _match("country", read, dict(self.scenario.countries))
        if column == "crossing":
            posts = {c.place: self.place(c.place) for c in self.labels.crossings}
            posts |= {server.post: server.name for server in self.servers}
            return _match("crossing", read, posts)
        if column == "group":
            return _match("group", read, {g.name: g.name for g in self.labels.groups})
        if column == "link":
            return _match("link", read, {link: link for link in self.labels.scheduled})
        return read


def _match(what: str, read: str, names: dict[str, str]) -> str:
    if read in names:
        return names[read]
    folded = {value.casefold(): value for value in names.values()}
    if read.casefold() in folded:
        return folded[read.casefold()]
    raise UnknownNameError(what, read, [*names, *names.values()])
