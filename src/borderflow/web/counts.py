"""Countries, flows, and who went where: crossings and people present as the page gets them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import WHO
from borderflow.results.flows import by_who
from borderflow.results.spread import Sorted
from borderflow.web.iso2 import iso2
from borderflow.web.marks import Marks
from borderflow.web.numbers import THREE, Spreader, Teller

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.model import Link

Numbers = NDArray[Any]
ABOVE, CITIZENS = WHO.index("above_ordinary"), WHO.index("all")
LAND = ("air", "rail", "ferry")
"""Modes that are told apart where all links of a crossing are of that mode; the rest is land."""


class Counts:
    """What the page shows of crossings and of people present.

    Parameters
    ----------
    results : Results
        A run; some arrays may be missing (a forecast keeps fewer).
    spreader : callable, optional
        As for `Teller`. Where it is not the members themselves that are told of, what is told, and
        in which order, must not depend on their numbers.
    """

    def __init__(self, results: Results, spreader: Spreader = Sorted) -> None:
        self.results = results
        self.lookup = results.lookup
        self.tell = Teller(not results.small_cells, spreader)
        """Tells numbers of people, small cells suppressed."""
        self._by: dict[int, Numbers] = {}

    def crossing(self, index: int) -> Numbers:
        """People who made a crossing [member, day, `WHO`]."""
        if index not in self._by:
            self._by[index] = by_who(self.results, index)
        return self._by[index]

    def crossings(self, indices: list[int], who: int) -> Numbers:
        """People who made any of some crossings [member, day]."""
        days = len(self.lookup.days)
        zero = np.zeros((self.results.members, days), dtype=np.float64)
        return sum((self.crossing(index)[:, :, who] for index in indices), start=zero)

    def present(self, destinations: list[int]) -> Numbers:
        """People above ordinary staying at some destinations [member, day]."""
        people = self.results.arrays["present"][:, :, destinations, :]
        return np.asarray(people[..., self.lookup.fled].sum(axis=(2, 3), dtype=np.float64))

    @cached_property
    def outward(self) -> list[int]:
        """Crossings out of the countries that people leave."""
        return [
            index
            for index, crossing in enumerate(self.results.labels.crossings)
            if crossing.origin in self.lookup.home and crossing.destination not in self.lookup.home
        ]

    # Countries

    def entered(self, code: str) -> Numbers:
        """Crossings into a country above ordinary, over the whole shown period [member]."""
        return np.asarray(self.crossings(self._ways(code)[0], ABOVE).sum(axis=1))

    def countries(self, marks: Marks) -> list[dict[str, Any]]:
        """Every country that people leave or come to, by name."""
        found = [code for code in self.results.scenario.countries if self._known(code)]
        return [self._country(code, marks) for code in sorted(found, key=self.lookup.country)]

    def _known(self, code: str) -> bool:
        lookup = self.lookup
        return code in lookup.home or code in lookup.entered or code in lookup.hosts

    def _country(self, code: str, marks: Marks) -> dict[str, Any]:
        lookup, tell = self.lookup, self.tell
        into, out = self._ways(code)
        above = self.crossings(into, ABOVE)
        citizens = self.crossings(into, CITIZENS)
        hosts = lookup.hosts.get(code, [])
        present = self.present(hosts)
        staying = self.results.arrays["present"][:, :, hosts, :].sum(axis=2, dtype=np.float64)
        return {
            "id": code,
            "name": lookup.country(code),
            "iso2": iso2(code),
            "origin": code in lookup.home,
            "mark": marks.mark(above.sum(axis=1), lambda other: Counts(other).entered(code)),
            "entries_above": tell.band(above),
            "entries_citizens": tell.band(citizens),
            "exits_above": tell.band(self.crossings(out, ABOVE)),
            "exits_citizens": tell.band(self.crossings(out, CITIZENS)),
            "present": tell.band(present),
            "present_groups": [
                tell.median(staying[:, :, group]) for group in range(staying.shape[2])
            ],
            "in_transit": self._in_transit(hosts),
            "refusals": self._refusals(code),
            "total_entries_above": tell.few(above.sum(axis=1)),
            "total_entries_citizens": tell.few(citizens.sum(axis=1)),
            "present_end": tell.few(present[:, -1]),
        }

    def _ways(self, code: str) -> tuple[list[int], list[int]]:
        """Crossings into and out of a country."""
        if code not in self.lookup.home:
            return self.lookup.entered.get(code, []), self.lookup.left.get(code, [])
        crossings = list(enumerate(self.results.labels.crossings))
        return (
            [i for i, crossing in crossings if crossing.destination == code],
            [i for i, crossing in crossings if crossing.origin == code],
        )

    def _in_transit(self, hosts: list[int]) -> Any:
        array = self.results.arrays.get("in_transit")
        if array is None:
            return 0
        return self.tell.band(array[:, :, hosts, :].sum(axis=(2, 3), dtype=np.float64))

    def _refusals(self, code: str) -> list[dict[str, Any]]:
        array = self.results.arrays.get("refused")
        if array is None or code not in self.results.labels.countries:
            return []
        index = self.results.labels.countries.index(code)
        refused = array[:, :, index, :].sum(axis=2, dtype=np.float64)
        weeks = self.lookup.weeks
        spread = self.tell.spread(np.stack([refused[:, days].sum(axis=1) for _, days in weeks], 1))
        if not spread.quantiles((1.0,)).any():
            return []
        return [
            {"week": monday.isoformat(), "days": len(days), "values": values}
            for (monday, days), values in zip(weeks, self.tell.each(spread, THREE), strict=True)
        ]

    # Flows

    @cached_property
    def _links(self) -> dict[int, list[Link]]:
        """Rows of the links that make each crossing."""
        rows = {link.id: link for link in self.results.scenario.links}
        found: dict[int, list[Link]] = {}
        at = np.asarray(self.results.compiled.world.crossing).tolist()
        for position, name in enumerate(self.results.labels.links):
            if at[position] >= 0 and name in rows:
                found.setdefault(at[position], []).append(rows[name])
        return found

    def mode(self, index: int) -> str:
        """Mode of a crossing: air, rail or ferry where all of its links are, else land."""
        modes = {link.mode for link in self._links.get(index, [])}
        only = next(iter(modes)) if len(modes) == 1 else ""
        return only if only in LAND else "land"

    def flows(self) -> Iterator[dict[str, Any]]:
        """Flows over borders that ten people or more ever use."""
        lookup, tell = self.lookup, self.tell
        for index, crossing in enumerate(self.results.labels.crossings):
            both = self.crossing(index)
            above = tell.band(both[:, :, ABOVE])
            citizens = tell.band(both[:, :, CITIZENS])
            total = tell.few(both[:, :, ABOVE].sum(axis=1))
            if tell.people and not (_anything(above) or _anything(citizens)):
                continue
            home = crossing.origin in lookup.home, crossing.destination in lookup.home
            yield {
                "id": crossing.id,
                "place": crossing.place,
                "name": lookup.place(crossing.place),
                "from": crossing.origin,
                "to": crossing.destination,
                "mode": self.mode(index),
                "direction": "back" if home[1] else "out" if home[0] else "onward",
                "path": self._path(index, crossing.place),
                "above": above,
                "citizens": citizens,
                "total_above": total,
            }

    def _path(self, index: int, site: str) -> list[list[float]]:
        """Points of a flow on the map: where it comes from, the post, the nearest way on.

        Where people come from within a country is not told: the first point is the nearest place
        on the way to the post, whoever comes through it.
        """
        places = self.lookup.places
        links = sorted(
            self._links.get(index, []), key=lambda link: (-(link.seats_day or 0), link.id)
        )
        if not links or site not in places:
            return []
        by_air = all(link.seats_day for link in links)
        way = links[0] if by_air else min(links, key=lambda link: (link.hours or 0.0, link.id))
        stops = [way.from_, way.to] if by_air else [*self._before(way.from_), way.from_, way.to]
        if not by_air and site not in stops:
            stops.insert(-1, site)
        found: list[list[float]] = []
        for stop in stops:
            point = [round(places[stop].lon, 2), round(places[stop].lat, 2)]
            if not found or point != found[-1]:
                found.append(point)
        return found

    def _before(self, place: str) -> list[str]:
        into = [
            (link.hours or 0.0, link.from_ if link.to == place else link.to)
            for link in self.results.scenario.links
            if (link.to == place or (link.two_way and link.from_ == place))
            and not link.seats_day
            and self.lookup.places[link.from_].country == self.lookup.places[link.to].country
        ]
        return [min(into)[1]] if into else []

    # Origin and destination

    def pairs(self) -> Iterator[dict[str, Any]]:
        """Who went from one country to another, where ten or more did.

        By group and mode, by one of them alone, and all of those who left together (None).
        """
        keys: dict[tuple[str, str, str | None], list[int]] = {}
        for index, crossing in enumerate(self.results.labels.crossings):
            for mode in (self.mode(index), None):
                key = crossing.origin, crossing.destination, mode
                keys.setdefault(key, []).append(index)
        entries = self.results.arrays["entries"]
        for (origin, destination, mode), indices in sorted(
            keys.items(), key=lambda item: (*item[0][:2], item[0][2] or "")
        ):
            people = entries[:, :, indices, :].sum(axis=2, dtype=np.float64)
            columns: list[tuple[int | None, Numbers]] = [
                (group, people[:, :, group]) for group in range(people.shape[2])
            ]
            columns.insert(0, (None, people[:, :, self.lookup.fled].sum(axis=2)))
            for group, values in columns:
                total = self.tell.few(values.sum(axis=1), THREE)
                days = self.tell.median(values)
                if self.tell.people and not any(total):
                    continue
                yield {
                    "from": origin,
                    "to": destination,
                    "mode": mode,
                    "group": group,
                    "total": total,
                    "days": days,
                }

    def totals(self) -> dict[str, Any]:
        """People who left home, families left behind, and those who gave up at a queue."""
        arrays = self.results.arrays
        found: dict[str, Any] = {"departures": 0, "left_behind": 0, "gave_up": 0}
        if "departed" in arrays:
            left = arrays["departed"][..., self.lookup.fled].sum(axis=(2, 3), dtype=np.float64)
            found["departures"] = self.tell.band(left)
        for name in ("left_behind", "gave_up"):
            if name in arrays:
                values = arrays[name][..., self.lookup.fled].sum(axis=2, dtype=np.float64)
                found[name] = self.tell.band(values)
        return found

    def fares(self, most: int = 40) -> Iterator[dict[str, Any]]:
        """Fares and seats of the scheduled links abroad with the most seats."""
        results, plain = self.results, self.tell.plain()
        if "seats_sold" not in results.arrays:
            return
        rows = {link.id: link for link in results.scenario.links}
        world = results.compiled.world
        chosen = [
            (column, rows[name])
            for column, name in enumerate(results.labels.scheduled)
            if name in rows
            and self.lookup.crosses(name)
            and self.lookup.places[rows[name].from_].country in self.lookup.home
        ]
        chosen.sort(key=lambda item: (-(item[1].seats_day or 0), item[1].id))
        for column, link in chosen[:most]:
            sold = results.arrays["seats_sold"][:, :, column]
            offered = np.maximum(results.arrays["seats_offered"][:, :, column], 1.0)
            yield {
                "id": link.id,
                "from": link.from_,
                "to": link.to,
                "seats_day": int(link.seats_day or 0),
                "ordinary": round(float(world.fare[int(world.sched_link[column])])),
                "fare": plain.bands(results.arrays["fare"][:, :, column], THREE),
                "sold": plain.median(sold / offered),
            }


def _anything(found: Any) -> bool:
    """Whether a band has a number in it that is neither 0 nor suppressed."""
    return found != 0 and any(part != 0 and any(part) for part in found)
