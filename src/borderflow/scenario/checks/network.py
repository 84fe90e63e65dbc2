"""Checks of places, links and checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from borderflow.scenario.checks.registry import at, modes, named, straight_km
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import NOWHERE, Link, Place, Scenario, Traffic

SHORTER, ROUNDED_KM = 0.6, 40.0
"""How much shorter a link may be than a straight line between coordinates that are rounded."""

FARES_IN = "RUB"
"""Currency of the fares that modes of travel have by themselves."""

LANES = {"car": "share_car", "bus": "share_bus", "foot": "share_foot", "lorry": "share_lorry"}


@named("link-ends")
def link_ends(scenario: Scenario) -> Iterator[Finding]:
    """No link leads from a place to the same place."""
    for link in scenario.links:
        if link.from_ == link.to:
            yield at(link, "to", "the link ends where it begins")


@named("link-checkpoints")
def link_checkpoints(scenario: Scenario) -> Iterator[Finding]:
    """The checkpoints of a link are of the side that the column says, and at one of its ends."""
    known = scenario.by_id("checkpoint")
    for link in scenario.links:
        for side in ("exit", "entry"):
            name = getattr(link, f"{side}_checkpoint")
            if name not in known:
                continue
            checkpoint = scenario.checkpoint(name)
            column = f"{side}_checkpoint"
            if checkpoint.side != side:
                yield at(link, column, f"the checkpoint is on the {checkpoint.side} side")
            if checkpoint.post not in (link.from_, link.to):
                message = (
                    f"the checkpoint belongs to {checkpoint.post!r}, "
                    "where the link neither begins nor ends"
                )
                yield at(link, column, message)


@named("distances")
def distances(scenario: Scenario) -> Iterator[Finding]:
    """No link is much shorter than the straight line between its ends."""
    places = scenario.by_id("place")
    for link in scenario.links:
        ends = [places.get(end) for end in (link.from_, link.to)]
        if link.distance_km is None or not all(isinstance(end, Place) for end in ends):
            continue
        start, goal = (end for end in ends if isinstance(end, Place))
        if max(abs(start.lat), abs(goal.lat)) > 90 or max(abs(start.lon), abs(goal.lon)) > 180:
            continue  # (found by another check)
        line = straight_km(start, goal)
        if link.distance_km < SHORTER * line - ROUNDED_KM:
            message = (
                f"the straight line between {start.name} and {goal.name} is {line:,.0f} km long: "
                "is it the distance, or where they lie?"
            )
            yield at(link, "distance_km", message, level="warning")


@named("fares")
def fares(scenario: Scenario) -> Iterator[Finding]:
    """Where a fare is left to the mode of travel, it is in the currency of the scenario."""
    known = modes()
    blank = [
        link
        for link in scenario.links
        if link.fare is None and link.mode in known and known[link.mode].fare(1.0) > 0
    ]
    if blank and scenario.currency.upper() != FARES_IN:
        message = (
            f"blank, as on {len(blank):,} links: fares of modes are in {FARES_IN}, and those of"
            f" this scenario in {scenario.currency}"
        )
        yield at(blank[0], "fare", message, level="warning")


@named("seats")
def seats(scenario: Scenario) -> Iterator[Finding]:
    """Seats have departures, departures have seats, and the mode can have both."""
    known = modes()
    for link in scenario.links:
        if link.seats_day is not None and not link.departures:
            yield at(link, "departures", "the link has seats but no departures")
        if link.seats_day is None and link.departures:
            yield at(link, "seats_day", "the link has departures but no seats")
        if link.seats_day is None and link.reserved_share:
            yield at(link, "reserved_share", "seats are reserved on a link that has none")
        if link.seats_day is None and link.fixed_fare:
            yield at(link, "fixed_fare", "the fare of a link without seats never changes")
        mode = known.get(link.mode)
        if link.seats_day is not None and mode is not None and not mode.scheduled_allowed:
            yield at(link, "seats_day", f"there is no scheduled service by {link.mode}")


@named("link-duplicates")
def link_duplicates(scenario: Scenario) -> Iterator[Finding]:
    """No link, and no row of ordinary traffic, is there twice."""
    both: tuple[tuple[Link | Traffic, ...], ...] = (scenario.links, scenario.traffic)
    for rows in both:
        seen: dict[object, str] = {}
        for row in rows:
            other = seen.setdefault(replace(row, id="", where=NOWHERE), row.id)
            if other != row.id:
                yield at(row, None, f"says the same as {other!r}", level="warning")


@named("two-way")
def two_way(scenario: Scenario) -> Iterator[Finding]:
    """Links that stand for both directions have no checkpoints and no seats."""
    ids = scenario.by_id("link")
    for link in scenario.links:
        if not link.two_way:
            continue
        if link.exit_checkpoint or link.entry_checkpoint:
            yield at(link, "two_way", "a link with checkpoints has one direction")
        if link.seats_day is not None or link.departures:
            yield at(link, "two_way", "a scheduled link has one direction")
        if f"{link.id}-back" in ids:
            yield at(link, "two_way", f"the way back would be called as {link.id}-back is")


@named("lanes")
def lanes(scenario: Scenario) -> Iterator[Finding]:
    """Shares of the lanes add up to at most 1, and every class that comes has a lane."""
    for checkpoint in scenario.checkpoints:
        whole = sum(getattr(checkpoint, column) for column in LANES.values())
        if whole > 1 + 1e-6:
            yield at(checkpoint, "share_car", f"the shares of the lanes add up to {whole:g}, not 1")
    known = modes()
    for link in scenario.links:
        lane = LANES[known[link.mode].queue_class] if link.mode in known else ""
        for column in ("exit_checkpoint", "entry_checkpoint"):
            name = getattr(link, column)
            if not lane or name not in scenario.by_id("checkpoint"):
                continue
            checkpoint = scenario.checkpoint(name)
            if checkpoint.rate_hour is not None and getattr(checkpoint, lane) == 0:
                message = f"nobody is served: {lane} of {name!r} is 0"
                yield at(link, column, message, level="warning")
