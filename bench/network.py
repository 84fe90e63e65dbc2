"""How the places of a generated world are joined: links, checkpoints, seats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from itertools import combinations
from random import Random
from typing import Any

from borderflow.mode.base import great_circle_km
from borderflow.scenario.model import Checkpoint, Link, Place

DOCUMENTS = (
    ("internal", "foreign", "visa", "own"),
    ("foreign", "visa", "own"),
    ("visa", "own"),
    ("foreign", "visa", "own"),
)
"""Documents that countries accept, one country after the other."""

ROUTES = 9
"""Cities abroad that each airport flies to."""


@dataclass(frozen=True)
class Site:
    """The places of a generated world by what they are for."""

    towns: tuple[Place, ...]
    hubs: tuple[Place, ...]
    airports: tuple[Place, ...]
    posts: tuple[Place, ...]
    near: tuple[Place, ...]
    far: tuple[Place, ...]

    @property
    def abroad(self) -> tuple[Place, ...]:
        """Cities that people travel to."""
        return (*self.near, *self.far)

    @property
    def places(self) -> tuple[Place, ...]:
        """All places."""
        return (*self.towns, *self.hubs, *self.airports, *self.posts, *self.abroad)


@dataclass(frozen=True)
class Network:
    """What joins the places."""

    links: tuple[Link, ...]
    checkpoints: tuple[Checkpoint, ...]

    @property
    def rate(self) -> dict[str, float]:
        """People per hour at each checkpoint that has a limit."""
        return {row.id: row.rate_hour for row in self.checkpoints if row.rate_hour is not None}


def connect(site: Site, n_links: int, bottlenecks: int, people: float) -> Network:
    """Join the places of a world by exactly `n_links` links (each direction counts).

    Raises
    ------
    ValueError
        If they are too few for every town to have a way out.
    """
    builder = _Builder(site, people)
    builder.borders(bottlenecks)
    builder.flights()
    builder.abroad()
    builder.trunk()
    builder.towns()
    if builder.legs > n_links:
        raise ValueError(f"{n_links} links are too few: these places need {builder.legs}")
    for one, other in builder.spare():
        if builder.legs >= n_links - 1:
            break
        builder.both(one, other, "road")
    if builder.legs < n_links:
        builder.add(site.hubs[0], site.hubs[-1], "air", fare=5000.0)
    if builder.legs != n_links:
        raise ValueError(f"{n_links} links are too many for these places")
    return Network(tuple(builder.links.values()), tuple(builder.checkpoints))


def km(one: Place, other: Place) -> float:
    """Great circle distance between two places."""
    return great_circle_km(one.lat, one.lon, other.lat, other.lon)


def nearest(place: Place, others: Iterable[Place], n: int = 1) -> list[Place]:
    """The `n` nearest of some places."""
    there = (p for p in others if p.id != place.id)
    return nsmallest(n, there, key=lambda p: (km(place, p), p.id))


class _Builder:
    def __init__(self, site: Site, people: float) -> None:
        self.site = site
        self.people = people
        self.links: dict[str, Link] = {}
        self.legs = 0
        self.checkpoints: list[Checkpoint] = []
        self.chance = Random(2)
        countries = list(dict.fromkeys(place.country for place in site.abroad))
        self.documents = {
            country: DOCUMENTS[i % len(DOCUMENTS)] for i, country in enumerate(countries)
        }

    def add(self, one: Place, other: Place, mode: str, **more: Any) -> None:
        """Add a link in one direction, unless it is there."""
        name = f"{one.id}.{other.id}.{mode}"
        if name not in self.links:
            self.links[name] = Link(
                id=name, from_=one.id, to=other.id, mode=mode, source="made-up", **more
            )
            self.legs += 1 + bool(more.get("two_way"))

    def both(self, one: Place, other: Place, *modes: str) -> None:
        """Add a link that can be used in both directions, unless it is there."""
        for mode in modes:
            if f"{other.id}.{one.id}.{mode}" not in self.links:
                self.add(one, other, mode, two_way=True)

    def server(self, post: Place, way: str, side: str, country: str, rate: float) -> str:
        """Add a checkpoint; gives its id."""
        name = f"{post.id}-{way}-{side}"
        second = side == "entry"
        self.checkpoints.append(
            Checkpoint(
                id=name, name=name, post=post.id, side=side, country=country,
                rate_hour=round(rate * self.people, 1), size="known",
                room=200 * self.people if second else None,
                share_car=0.6, share_bus=0.2, share_foot=0.05, share_lorry=0.15,
                hours=((0, 1440),) if number(post) % 5 else ((360, 1320),),
                source="made-up",
            )
        )  # fmt: skip
        return name

    def borders(self, bottlenecks: int) -> None:
        """Two checkpoints each way at every post, and the ways through them."""
        for i, post in enumerate(self.site.posts):
            city = nearest(post, self.site.near)[0]
            rate = 40.0 * 8 ** self.chance.random()
            out = (
                self.server(post, "out", "exit", post.country, rate),
                self.server(post, "out", "entry", city.country, 1.3 * rate),
            )
            back = (
                self.server(post, "back", "exit", city.country, 1.3 * rate),
                self.server(post, "back", "entry", post.country, rate),
            )
            for mode in ("road", "bus", "lorry") if i % 3 else ("road", "bus", "lorry", "foot"):
                accepted = self.documents[city.country]
                self.add(
                    post, city, mode, exit_checkpoint=out[0], entry_checkpoint=out[1],
                    documents=accepted, permitted=mode != "foot",
                )  # fmt: skip
                self.add(city, post, mode, exit_checkpoint=back[0], entry_checkpoint=back[1])
        # what is left over stands at airports: officers who let everybody through at once
        for airport in self.site.airports[: bottlenecks - len(self.checkpoints)]:
            self.checkpoints.append(
                Checkpoint(
                    id=f"{airport.id}-exit", name=f"{airport.name}, exit", post=airport.id,
                    side="exit", country=airport.country, size="known", source="made-up",
                )
            )  # fmt: skip

    def flights(self) -> None:
        """Scheduled seats out, far cities first; the way back has as many as anybody wants."""
        counters = {row.post: row.id for row in self.checkpoints if row.rate_hour is None}
        capital, *others = self.site.airports
        cities = [*self.site.far, *self.site.near[::4]]
        for i, airport in enumerate(self.site.airports):
            for j in range(min(ROUTES, len(cities))):
                city = cities[(j if airport is capital else 3 * i + j) % len(cities)]
                n = 1 + (airport is capital) + (j % 2)
                self.add(
                    airport, city, "air", exit_checkpoint=counters.get(airport.id),
                    documents=self.documents[city.country],
                    seats_day=round((80 + 80 * self.chance.random()) * n * self.people),
                    departures=tuple(420 + 300 * k + 20 * j for k in range(n)),
                    reserved_share=0.6,
                )  # fmt: skip
                if airport is capital:
                    self.add(city, airport, "air")
            if airport is not capital:
                seats = {"departures": (480, 1140), "seats_day": round(400 * self.people)}
                self.add(airport, capital, "air", reserved_share=0.5, **seats)
                self.add(capital, airport, "air", reserved_share=0.5, **seats)
        for city in cities:  # everybody can come home
            self.add(city, capital, "air")
        for place in others:
            self.both(place, nearest(place, self.site.hubs)[0], "bus")
        self.both(capital, self.site.hubs[0], "bus")

    def abroad(self) -> None:
        """Roads between neighbouring cities, flights between cities overseas."""
        for city in self.site.near:
            for other in nearest(city, self.site.near, 1):
                self.both(city, other, "road", "bus")
        for city in self.site.far:
            self.both(city, nearest(city, self.site.far)[0], "air")

    def trunk(self) -> None:
        """Roads and railways from hub to hub inwards, and on to the posts."""
        hubs = self.site.hubs
        for i, hub in enumerate(hubs[1:], start=1):
            self.both(hub, nearest(hub, hubs[:i])[0], "road", "rail")
        for post in self.site.posts:
            self.both(nearest(post, hubs)[0], post, "road", "bus")

    def towns(self) -> None:
        """A bus to the nearest hub, and for every other town a road."""
        for i, town in enumerate(self.site.towns):
            hub = nearest(town, self.site.hubs)[0]
            self.both(town, hub, "bus", *(["road"] if i % 2 else []))

    def spare(self) -> Iterator[tuple[Place, Place]]:
        """Pairs that more roads may join: hubs and posts first, the nearest first, then towns."""
        trunk = (*self.site.hubs, *self.site.posts)
        yield from sorted(combinations(trunk, 2), key=lambda pair: km(*pair))[: 6 * len(trunk)]
        for n in range(1, 20):
            for town in self.site.towns:
                yield town, nearest(town, (*self.site.hubs, *self.site.towns), n)[-1]


def number(place: Place) -> int:
    """A number of a place that is the same on every machine."""
    return int(place.id.rsplit("-", 1)[1])
