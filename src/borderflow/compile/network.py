"""Places, links, checkpoints and departures to arrays."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from borderflow.arrays import NEVER, VEHICLES
from borderflow.compile.clock import Clock
from borderflow.compile.labels import Crossing, Destination
from borderflow.engine.draws import hash_id
from borderflow.mode import modes
from borderflow.mode.base import great_circle_km
from borderflow.scenario.model import Link, Place, Scenario


@dataclass(frozen=True)
class Leg:
    """A link in one direction."""

    id: str
    tail: str
    head: str
    row: Link


@dataclass(frozen=True)
class Network:
    """Places and links in the order of the arrays, with their arrays."""

    places: tuple[Place, ...]
    legs: tuple[Leg, ...]
    destinations: tuple[Destination, ...]
    crossings: tuple[Crossing, ...]
    origins: tuple[str, ...]
    countries: tuple[str, ...]
    scheduled: tuple[str, ...]
    arrays: dict[str, Any]

    @cached_property
    def place_at(self) -> dict[str, int]:
        """Position of each place."""
        return {place.id: i for i, place in enumerate(self.places)}

    @cached_property
    def leg_at(self) -> dict[str, int]:
        """Position of each link."""
        return {leg.id: i for i, leg in enumerate(self.legs)}


def hashes(ids: list[str], what: str) -> np.ndarray:
    """Hash of each id, as unsigned 64-bit words.

    Raises
    ------
    ValueError
        If two ids have the same hash: their draws would be the same.
    """
    values = np.array([hash_id(f"{what}:{id_}") for id_ in ids], dtype=np.uint64)
    if len(set(values.tolist())) != len(set(ids)):
        raise ValueError(f"two {what} ids have the same hash; rename one of {', '.join(ids)}")
    return values


def directed(scenario: Scenario) -> tuple[Leg, ...]:
    """Every link in each direction it has, by id."""
    legs = []
    for link in scenario.links:
        legs.append(Leg(link.id, link.from_, link.to, link))
        if link.two_way:
            legs.append(Leg(f"{link.id}-back", link.to, link.from_, link))
    return tuple(sorted(legs, key=lambda leg: leg.id))


def compile_network(scenario: Scenario, clock: Clock) -> Network:
    """Places, links, checkpoints, destinations and departures of a scenario as arrays."""
    places = tuple(sorted(scenario.places, key=lambda place: place.id))
    at = {place.id: i for i, place in enumerate(places)}
    legs = directed(scenario)
    a: dict[str, Any] = {}

    home = [place.country in scenario.origin_countries for place in places]
    a["place_hash"] = hashes([place.id for place in places], "place")
    a["is_home"] = np.array(home, dtype=np.bool_)
    origins = [i for i, place in enumerate(places) if place.population > 0]
    a["origin_of"] = np.full(len(places), -1, dtype=np.int64)
    a["origin_of"][origins] = np.arange(len(origins))
    a["n_origins"] = len(origins)
    a["home_of"] = _home_of(places, home, [i for i in origins if home[i]])

    tails = np.array([at[leg.tail] for leg in legs], dtype=np.int64)
    a["tail"] = tails
    a["head"] = np.array([at[leg.head] for leg in legs], dtype=np.int64)
    a["out_link"] = np.lexsort((a["head"], tails)).astype(np.int64)
    a["out_ptr"] = np.concatenate(
        ([0], np.cumsum(np.bincount(tails, minlength=len(places))))
    ).astype(np.int64)
    a |= _hops(a)
    a["link_hash"] = hashes([leg.id for leg in legs], "link")
    km = [
        leg.row.distance_km
        if leg.row.distance_km is not None
        else modes()[leg.row.mode].distance_km(
            _distance(places[at[leg.tail]], places[at[leg.head]])
        )
        for leg in legs
    ]
    a["hours"] = np.array(
        [
            leg.row.hours if leg.row.hours is not None else modes()[leg.row.mode].hours(km[i])
            for i, leg in enumerate(legs)
        ],
        dtype=np.float64,
    )
    a["fare"] = np.array(
        [
            leg.row.fare if leg.row.fare is not None else modes()[leg.row.mode].fare(km[i])
            for i, leg in enumerate(legs)
        ],
        dtype=np.float64,
    )
    a["transit"] = np.maximum(1, np.rint(a["hours"] * clock.spd / 24)).astype(np.int64)
    a["vehicle"] = np.array(
        [VEHICLES.index(modes()[leg.row.mode].queue_class) for leg in legs], dtype=np.int64
    )
    _checkpoints(scenario, clock, legs, a)
    crossings = _crossings(scenario, clock, places, at, legs, a)
    a |= _beside(clock, places, legs, a)
    countries = tuple(sorted(scenario.countries))
    a["server_country"] = np.array(
        [countries.index(c.country) for c in _servers(scenario)], dtype=np.int64
    )
    a["n_countries"] = len(countries)
    a["country_day"] = np.array(
        [clock.shown(_zone_of(code, places)) for code in countries], dtype=np.int64
    ).reshape(len(countries), clock.steps)
    destinations = _destinations(scenario, places, at, a)
    usual = float(np.median([c.value_of_time for c in scenario.cohorts] or [np.inf]))
    a["sweep"] = _sweep(a, a["hours"] + a["fare"] / usual)
    scheduled = _departures(clock, scenario.booking_days, places, at, legs, a)
    return Network(
        places,
        legs,
        destinations,
        crossings,
        tuple(places[i].id for i in origins),
        countries,
        scheduled,
        a,
    )


def _hops(a: dict[str, Any]) -> dict[str, Any]:
    """Hops (all links from one place to another) by where they begin, and by where they end."""
    tails, heads = a["tail"][a["out_link"]], a["head"][a["out_link"]]
    n = len(a["place_hash"])
    hops, first = np.unique(tails * n + heads, return_index=True)
    into = np.argsort(hops % n, kind="stable")
    return {
        "hop_ptr": np.searchsorted(hops, np.arange(n + 1) * n).astype(np.int64),
        "hop_head": (hops % n).astype(np.int64),
        "hop_link": np.append(first, len(tails)).astype(np.int64),
        "into_ptr": np.searchsorted((hops % n)[into], np.arange(n + 1)).astype(np.int64),
        "into_place": (hops // n)[into].astype(np.int64),
    }


def _sweep(a: dict[str, Any], cost: np.ndarray) -> np.ndarray:
    """Places by their cost to the nearest destination: the order in which ways are found fastest.

    The order changes no result.
    """
    into: list[list[tuple[int, float]]] = [[] for _ in a["place_hash"]]
    for tail, head, hours in zip(a["tail"], a["head"], cost.tolist(), strict=True):
        into[head].append((tail, hours))
    near = np.full(len(into), np.inf)
    heap = [(0.0, place) for place in a["dest_place"].tolist()]
    while heap:
        hours, place = heapq.heappop(heap)
        if hours < near[place]:
            near[place] = hours
            for tail, more in into[place]:
                heapq.heappush(heap, (hours + more, tail))
    return np.argsort(near, kind="stable").astype(np.int64)


def _home_of(places: tuple[Place, ...], home: list[bool], takers: list[int]) -> np.ndarray:
    """Where people come from who are at each place: the nearest that has any, the first of equals.

    At a place that has people nothing needs to be compared: nowhere else is as near. Where nobody
    lives anywhere they stay where they are; -1 abroad.
    """
    there: dict[tuple[float, float], int] = {}
    for i in takers:
        there.setdefault((places[i].lat, places[i].lon), i)

    def nearest(place: Place) -> int:
        same = there.get((place.lat, place.lon))
        if same is not None:
            return same
        return min(takers, key=lambda i: _distance(place, places[i]))

    found = np.full(len(places), -1, np.int64)
    for j, place in enumerate(places):
        if home[j]:
            found[j] = nearest(place) if takers else j
    return found


def _distance(one: Place, other: Place) -> float:
    return great_circle_km(one.lat, one.lon, other.lat, other.lon)


def _zone_of(country: str, places: tuple[Place, ...]) -> str | None:
    return next((p.timezone for p in places if p.country == country and p.timezone), None)


def _servers(scenario: Scenario) -> list[Any]:
    return sorted(scenario.checkpoints, key=lambda checkpoint: checkpoint.id)


def _checkpoints(
    scenario: Scenario, clock: Clock, legs: tuple[Leg, ...], a: dict[str, Any]
) -> None:
    servers = _servers(scenario)
    at = {server.id: i for i, server in enumerate(servers)}
    zone = {place.id: place.timezone for place in scenario.places}
    n = len(servers)
    a["server"] = np.full((len(legs), 2), -1, dtype=np.int64)
    members: list[list[int]] = [[] for _ in servers]
    a["next_server"] = np.full(n, -1, dtype=np.int64)
    for i, leg in enumerate(legs):
        both = (leg.row.exit_checkpoint, leg.row.entry_checkpoint)
        for side, id_ in enumerate(both):
            if id_ is None:
                continue
            a["server"][i, side] = at[id_]
            if leg.row.seats_day is None:
                members[at[id_]].append(i)
        if both[0] is None and both[1] is not None:
            # a link with an entry side only waits before that
            a["server"][i] = (at[both[1]], -1)
        elif both[0] is not None and both[1] is not None:
            a["next_server"][at[both[0]]] = at[both[1]]
    second = {server for server in a["server"][:, 1].tolist() if server >= 0}
    first = {server for server in a["server"][:, 0].tolist() if server >= 0}
    for server in sorted(first & second):
        raise ValueError(
            f"checkpoint {servers[server].id} is passed first on one link and second on another"
        )
    a["server_side"] = np.array([int(i in second) for i in range(n)], dtype=np.int64)
    a["server_ptr"] = np.concatenate(([0], np.cumsum([len(m) for m in members]))).astype(np.int64)
    a["server_link"] = np.array([i for m in members for i in m], dtype=np.int64)
    a["rate"] = np.array(
        [NEVER if s.rate_hour is None else s.rate_hour for s in servers], dtype=np.float64
    )
    a["open_share"] = np.array(
        [clock.open_share(s.hours, zone[s.post]) for s in servers], dtype=np.float64
    ).reshape(n, clock.spd)
    a["share"] = np.array(
        [[s.share_car, s.share_bus, s.share_foot, s.share_lorry] for s in servers],
        dtype=np.float64,
    ).reshape(n, len(VEHICLES))
    a["flexible"] = np.array([s.flexible for s in servers], dtype=np.bool_)
    a["room"] = np.array(
        [NEVER if s.room is None or s.side == "exit" else s.room for s in servers],
        dtype=np.float64,
    )


def _beside(
    clock: Clock, places: tuple[Place, ...], legs: tuple[Leg, ...], a: dict[str, Any]
) -> dict[str, Any]:
    """Links that are another way through a post nearby, for each link that is queued for.

    They are of one mode, begin or end at one place, and their other ends are no farther apart
    than one can go in a step.
    """
    queued = [
        i for i, leg in enumerate(legs) if a["server"][i, 0] >= 0 and leg.row.seats_day is None
    ]
    groups: dict[tuple[str, str, str], list[int]] = {}
    for i in queued:
        for end, place in (("tail", legs[i].tail), ("head", legs[i].head)):
            groups.setdefault((legs[i].row.mode, end, place), []).append(i)
    beside: list[dict[int, float]] = [{} for _ in legs]
    for (mode, end, _), members in groups.items():
        other = a["head" if end == "tail" else "tail"]
        kind = modes()[mode]
        for i in members:
            for j in members:
                if a["server"][i, 0] == a["server"][j, 0]:
                    continue
                km = kind.distance_km(_distance(places[other[i]], places[other[j]]))
                there = kind.hours(km)
                if there <= 24.0 / clock.spd:
                    more = max(0.0, there + a["hours"][j] - a["hours"][i])
                    beside[i][j] = min(more, beside[i].get(j, more))
    pairs = [(j, hours) for found in beside for j, hours in sorted(found.items())]
    return {
        "beside_ptr": np.concatenate(([0], np.cumsum([len(b) for b in beside]))).astype(np.int64),
        "beside_link": np.array([j for j, _ in pairs], dtype=np.int64),
        "beside_hours": np.array([hours for _, hours in pairs], dtype=np.float64),
    }


def _crossings(
    scenario: Scenario,
    clock: Clock,
    places: tuple[Place, ...],
    at: dict[str, int],
    legs: tuple[Leg, ...],
    a: dict[str, Any],
) -> tuple[Crossing, ...]:
    post = {checkpoint.id: checkpoint.post for checkpoint in scenario.checkpoints}
    found: dict[str, tuple[Crossing, str | None]] = {}
    keys: list[str | None] = []
    for leg in legs:
        tail, head = places[at[leg.tail]], places[at[leg.head]]
        # A place under another state's control is no way into the country it belongs to: nobody
        # who goes to Abkhazia has entered Georgia. Those who go there pass no border counted here.
        left, entered = (place.controlled_by or place.country for place in (tail, head))
        if left == entered:
            keys.append(None)
            continue
        row = leg.row
        # A flight is told by the airport where it leaves, though officers meet it on landing.
        passed = row.exit_checkpoint or (
            None if row.seats_day is not None else row.entry_checkpoint
        )
        site = post.get(passed or "", tail.id)
        key = f"{site}:{left}>{entered}"
        name = places[at[site]].name
        found[key] = (Crossing(key, name, site, left, entered), head.timezone)
        keys.append(key)
    order = sorted(found)
    a["crossing"] = np.array(
        [-1 if key is None else order.index(key) for key in keys], dtype=np.int64
    )
    a["crossing_day"] = np.array(
        [clock.shown(found[key][1]) for key in order], dtype=np.int64
    ).reshape(len(order), clock.steps)
    a["n_crossings"] = len(order)
    return tuple(found[key][0] for key in order)


def _destinations(
    scenario: Scenario, places: tuple[Place, ...], at: dict[str, int], a: dict[str, Any]
) -> tuple[Destination, ...]:
    ends = sorted(
        (place.nest or place.country, place.id) for place in places if place.attraction is not None
    )
    nests = sorted({nest for nest, _ in ends})
    rows = [places[at[id_]] for _, id_ in ends]
    a["dest_place"] = np.array([at[id_] for _, id_ in ends], dtype=np.int64)
    a["dest_of"] = np.full(len(places), -1, dtype=np.int64)
    a["dest_of"][a["dest_place"]] = np.arange(len(ends))
    a["nest_ptr"] = np.searchsorted([nest for nest, _ in ends], [*nests, chr(0x10FFFF)]).astype(
        np.int32
    )
    a["nest_hash"] = hashes(nests, "nest")
    a["dest_hash"] = hashes([*(id_ for _, id_ in ends), ":home", ":here"], "destination")
    a["attraction"] = np.array([row.attraction for row in rows], dtype=np.float64)
    a["capacity"] = np.array(
        [NEVER if row.capacity is None else row.capacity for row in rows], dtype=np.float64
    )
    return tuple(
        Destination(row.id, scenario.countries.get(row.country, row.name), row.country)
        for row in rows
    )


def _departures(
    clock: Clock,
    booking_days: int,
    places: tuple[Place, ...],
    at: dict[str, int],
    legs: tuple[Leg, ...],
    a: dict[str, Any],
) -> tuple[str, ...]:
    """Dated departures of the links with seats; seats are shared among the departures of a day.

    Those after the end that can be booked before it are on sale too.
    """
    last = clock.steps + booking_days * clock.spd
    a["sched"] = np.full(len(legs), -1, dtype=np.int64)
    scheduled: list[int] = []
    steps: list[int] = []
    seats: list[float] = []
    held: list[float] = []
    pointer = [0]
    for i, leg in enumerate(legs):
        row = leg.row
        if row.seats_day is None:
            continue
        a["sched"][i] = len(scheduled)
        scheduled.append(i)
        zone = places[at[leg.tail]].timezone
        tz = ZoneInfo(zone) if zone else clock.zone
        times = row.departures or (12 * 60,)
        base, extra = divmod(int(row.seats_day), len(times))
        by_step: dict[int, float] = {}
        for day in range(-1, last // clock.spd + 1):
            local = clock.first_day + timedelta(days=day)
            if local.isoweekday() not in row.weekdays:
                continue
            for j, minute in enumerate(times):
                moment = datetime.combine(local, time(minute // 60, minute % 60), tz)
                step = int(clock.at(moment) // 1)
                if 0 <= step < last:
                    by_step[step] = by_step.get(step, 0.0) + base + (j < extra)
        for step in sorted(by_step):
            free = float(int(by_step[step] * (1.0 - row.reserved_share) + 0.5))
            steps.append(step)
            seats.append(free)
            held.append(by_step[step] - free)
        pointer.append(len(steps))
    a["sched_link"] = np.array(scheduled, dtype=np.int64)
    a["fixed_fare"] = np.array([legs[i].row.fixed_fare for i in scheduled], dtype=np.bool_)
    a["dep_ptr"] = np.array(pointer, dtype=np.int64)
    a["dep_step"] = np.array(steps, dtype=np.int64)
    a["dep_seats"] = np.array(seats, dtype=np.float64)
    a["dep_reserved"] = np.array(held, dtype=np.float64)
    return tuple(legs[i].id for i in scheduled)
