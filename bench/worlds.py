"""A made-up world of any size, for measuring: a country that many want to leave at once.

Towns lie around a centre, denser within; hubs join them by road and rail; posts stand in a ring on
the border, each with an exit and an entry checkpoint each way and a neutral zone between; cities
lie behind the posts, and others overseas that can only be flown to. Ordinary travellers and
lorries go both ways. On the eighth day a decree fills the posts and sells out the flights.

The same size gives the same world, on any machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from bench.network import Site, connect
from bench.society import HOME, START, society
from borderflow.scenario import Scenario
from borderflow.scenario.model import Place

CENTRE = (52.0, 50.0)
KM_PER_DEGREE = 111.2
POPULATION = 40e6
GOLDEN = 2.399963
ABROAD = tuple(f"A{chr(65 + i)}A" for i in range(26))
ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Europe/Istanbul")


@dataclass(frozen=True)
class Size:
    """How large a generated world is.

    Parameters
    ----------
    places, links, bottlenecks, destinations, cohorts, days : int
        Places in all; links (each direction counts); checkpoints; places that people travel to;
        cohorts; days shown.
    people : float
        Factor on everything counted in people: who lives there, who travels in ordinary times,
        service rates, neutral zones and seats. The situation stays as it is, the counts grow.
    """

    places: int = 220
    links: int = 1000
    bottlenecks: int = 90
    destinations: int = 30
    cohorts: int = 10
    days: int = 48
    people: float = 1.0


FULL = Size()
"""The size that the bounds speak of."""

SMALL = Size(places=60, links=240, bottlenecks=18, destinations=8, days=14)
"""A size for trying things out."""


def world(size: Size = FULL) -> Scenario:
    """Make a generated world, as a scenario.

    Raises
    ------
    ValueError
        If so few links cannot join so many places.

    Examples
    --------
    >>> made = world(SMALL)
    >>> len(made.places), len(made.checkpoints), len(made.cohorts)
    (60, 18, 10)
    """
    site = places(size)
    network = connect(site, size.links, size.bottlenecks, size.people)
    return Scenario(
        id="generated",
        name="A generated world",
        description="Made up for measuring: no country, no forecast.",
        start=START,
        end=START + timedelta(days=size.days - 1),
        timezone="Europe/Moscow",
        nationality=HOME,
        origin_countries=(HOME,),
        currency="crowns",
        countries={
            HOME: "Home",
            "XXX": "Elsewhere",
            **{code: f"Country {code}" for code in sorted({p.country for p in site.abroad})},
        },
        places=site.places,
        links=network.links,
        checkpoints=network.checkpoints,
        **society(size.cohorts, size.people, site, network),
    )


def places(size: Size) -> Site:
    """Where everything lies: a flat country seen from its middle, posts around, cities beyond."""
    chance = Random(1)
    n_posts = max(2, size.bottlenecks // 4)
    n_far = size.destinations // 3
    n_near = size.destinations - n_far
    inland = size.places - size.destinations - n_posts
    n_airports = max(1, inland // 20)
    n_hubs = max(3, inland // 5)
    n_towns = inland - n_airports - n_hubs
    if n_towns < 1:
        raise ValueError(f"{size.places} places are too few for {size.bottlenecks} bottlenecks")
    weights = [1 / (i + 3) for i in range(n_towns)]
    scale = POPULATION * size.people / sum(weights)

    def inner(kind: str, name: str, n: int, least: float, most: float) -> tuple[Place, ...]:
        """Some places spread evenly between two distances from the centre."""
        return tuple(
            _place(
                f"{name}-{i:03d}", HOME, kind, i * GOLDEN,
                least + (most - least) * math.sqrt(i / max(1, n - 1)),
            )
            for i in range(n)
        )  # fmt: skip

    def around(n: int) -> list[float]:
        """Angles of some places in a ring, not quite evenly spaced."""
        return [2 * math.pi * (i + 0.4 * chance.random()) / n for i in range(n)]

    def city(name: str, angle: float, km: float, country: int) -> Place:
        made = _place(name, ABROAD[country % 26], "destination", angle, km)
        zone = ZONES[country % len(ZONES)]
        return replace(made, timezone=zone, attraction=round(1.5 * chance.random(), 2))

    towns = tuple(
        replace(town, population=round(scale * weight))
        for town, weight in zip(inner("settlement", "town", n_towns, 0, 950), weights, strict=True)
    )
    posts = tuple(
        _place(f"post-{i:03d}", HOME, "post", angle, 1000)
        for i, angle in enumerate(around(n_posts))
    )
    neighbours = max(1, min(6, n_near // 3))
    near = tuple(
        city(f"near-{i:03d}", angle, 1120 + 90 * (i % 3), i * neighbours // n_near)
        for i, angle in enumerate(around(n_near))
    )
    overseas = max(1, min(5, n_far // 2))
    far = tuple(
        city(f"far-{i:03d}", angle, 2300 + 130 * i, neighbours + i * overseas // n_far)
        for i, angle in enumerate(around(n_far))
    )
    hubs = inner("hub", "hub", n_hubs, 150, 850)
    airports = inner("airport", "airport", n_airports, 20, 800)
    return Site(towns, hubs, airports, posts, near, far)


def _place(name: str, country: str, kind: str, angle: float, km: float) -> Place:
    narrower = math.cos(math.radians(CENTRE[0]))
    return Place(
        id=name,
        name=name.replace("-", " ").capitalize(),
        country=country,
        type=kind,
        lat=round(CENTRE[0] + 0.6 * km * math.sin(angle) / KM_PER_DEGREE, 3),
        lon=round(CENTRE[1] + km * math.cos(angle) / KM_PER_DEGREE / narrower, 3),
        source="made-up",
    )
