"""Rules that can be added to a scenario from a short list, and how each is put in its own words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from borderflow.mode import modes
from borderflow.mode.base import great_circle_km
from borderflow.policy import View
from borderflow.policy import kind as policy_kind
from borderflow.scenario.edit import WHAT_IF, with_numbers, with_policies, without
from borderflow.scenario.model import NOWHERE, Link, Parameter, Policy, Scenario
from borderflow.scenario.select import pair, select_areas
from borderflow.web.ask import AddedRule

BUS_TIMES = tuple(hour * 60 for hour in range(6, 23, 2))
"""Departures of a bus or train from a queue: every two hours from 06:00."""


class CannotError(ValueError):
    """Something that was asked and cannot be done, and where in the question it stands."""

    def __init__(self, field_: str, read: object, message: str, near: str | None = None) -> None:
        self.field = field_
        self.read = str(read)
        self.near = near
        super().__init__(message)


@dataclass(frozen=True)
class Kind:
    """A rule on the short list.

    Attributes
    ----------
    id : str
        Its name.
    at : str
        ``post`` or ``country``: where it can be set.
    fields : tuple of (str, str, float or None, float or None)
        What it needs besides a place and days: name, type, and bounds.
    put : callable
        Gives the scenario with it: from scenario, rule, and an id for what is added.
    """

    id: str
    at: str
    fields: tuple[tuple[str, str, float | None, float | None], ...]
    put: Callable[[Scenario, AddedRule, str], Scenario] = field(repr=False)


def free(scenario: Scenario, stem: str) -> str:
    """An id for a policy that no other has.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    stem : str
        How it begins.
    """
    names = (f"{stem}-{number}" for number in itertools.count(1))
    return next(name for name in names if name not in scenario.by_id("policy"))


def _new(scenario: Scenario, rule: AddedRule, name: str, kind: str, **more: Any) -> Policy:
    return Policy(
        id=name,
        place=more.pop("place", rule.at),
        kind=kind,
        known_from=scenario.start,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        until_known_from=None if rule.valid_until is None else scenario.start,
        confidence="low",
        detail=WHAT_IF,
        **more,
    )


def _added(
    scenario: Scenario,
    policy: Policy,
    quantity: str = "",
    value: float = 0.0,
    links: Iterable[Link] = (),
) -> Scenario:
    """A scenario with one more policy, its number, and links that are there for it alone."""
    numbers = []
    if quantity:
        number = Parameter(
            id=f"{policy.id}-number",
            quantity=quantity,
            applies_to=policy.id,
            distribution="fixed",
            median=value,
            reason="Asked on the page",
            source=WHAT_IF,
        )
        numbers.append(number)
    other = with_numbers(scenario, numbers)
    return with_policies(replace(other, links=(*other.links, *links)), [policy])


def _rate(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
    """So many times the lanes, or the officers on each, pass so many times the people."""
    return _times(scenario, rule, name, rule.factor or 1.0)


def _times(scenario: Scenario, rule: AddedRule, name: str, factor: float) -> Scenario:
    rise = factor >= 1
    kind, quantity = (
        ("service_rate_rise", "rate_rise") if rise else ("service_rate_cut", "rate_cut")
    )
    if not any(row.rate_hour for row in scenario.checkpoints if row.post == rule.at):
        raise CannotError("at", rule.at, "nobody is kept waiting there: no rate is known")
    return _added(scenario, _new(scenario, rule, name, kind), quantity, factor)


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _hours(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
    """Other opening hours, as their share of the hours of now: spread evenly over the day."""
    begin, end = _minutes(rule.open or ""), _minutes(rule.close or "")
    long = (end - begin) % 1440 or 1440
    now = [
        sum((b - a) % 1440 or 1440 for a, b in row.hours)
        for row in scenario.checkpoints
        if row.post == rule.at and row.rate_hour
    ]
    if not now:
        raise CannotError("at", rule.at, "nobody is kept waiting there: no rate is known")
    return _times(scenario, rule, name, long / (sum(now) / len(now)))


def _foot(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
    """People may pass on foot; where the scenario has no such way, it is made along the road."""
    view = View(scenario)
    here = set(view.border_links([rule.at]))
    links = []
    if not here & set(view.links_on_foot()):
        links = [
            replace(link, id=f"{link.id}-{name}", mode="foot", fare=0.0, hours=None, two_way=False,
                    distance_km=min(_km(scenario, link), 5.0), permitted=False, source=WHAT_IF)
            for link in _out(scenario, rule.at, ("road",))
        ]  # fmt: skip
        if not links:
            raise CannotError("at", rule.at, "no road leads out here along which one could walk")
    policy = _new(scenario, rule, name, "foot_crossing_allowed")
    return _added(scenario, policy, links=links)


def _km(scenario: Scenario, link: Link) -> float:
    if link.distance_km is not None:
        return link.distance_km
    one, other = scenario.place(link.from_), scenario.place(link.to)
    return modes()[link.mode].distance_km(great_circle_km(one.lat, one.lon, other.lat, other.lon))


def _out(scenario: Scenario, post: str, wanted: tuple[str, ...]) -> list[Link]:
    """Links of some modes from a post out of the countries that people leave."""
    view = View(scenario)
    home = set(scenario.origin_countries)
    found = []
    for name in view.border_links([post]):
        border = view.border(name)
        row = scenario.by_id("link").get(name)
        if border is None or not isinstance(row, Link):
            continue
        if border[0] in home and border[1] not in home and row.mode in wanted:
            found.append(row)
    return sorted(found, key=lambda link: link.id)


def _service(mode: str) -> Callable[[Scenario, AddedRule, str], Scenario]:
    def add(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
        """Seats from the queue across the border, past the other vehicles."""
        ways = _out(scenario, rule.at, ("road", "bus", "rail"))
        if not ways:
            raise CannotError("at", rule.at, "no way leads out of the country here")
        way = min(ways, key=lambda link: (link.mode != "road", link.hours or 0.0, link.id))
        link = replace(
            way, id=f"{rule.at}-{name}", mode=mode, two_way=False, fare=None, hours=way.hours,
            seats_day=0, departures=BUS_TIMES, weekdays=(1, 2, 3, 4, 5, 6, 7), reserved_share=0.0,
            permitted=True, source=WHAT_IF,
        )  # fmt: skip
        policy = _new(scenario, rule, name, "service_added", place=f"{way.from_}-{way.to}")
        taken = [
            row.id for row in scenario.links
            if row.seats_day is not None and {row.from_, row.to} == {way.from_, way.to}
        ]  # fmt: skip
        if taken:
            raise CannotError("at", rule.at, f"there is a scheduled service already ({taken[0]})")
        return _added(scenario, policy, "seats_added", float(rule.seats_day or 0), [link])

    return add


def _documents(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
    """Those whose best document is this one may no longer enter."""
    known = sorted({cohort.document for cohort in scenario.cohorts})
    if rule.document not in known:
        message = f"nobody in the scenario holds it; known are {', '.join(known)}"
        raise CannotError("document", rule.document, message)
    who = f"document={rule.document}"
    return _added(scenario, _new(scenario, rule, name, "entry_ban", applies_to=who))


def _open(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
    """Rules that close the place end there on that day; elsewhere they go on."""
    from borderflow.web.facts import named

    if rule.valid_until is not None:
        raise CannotError("until", rule.valid_until, "opening has no end; add a closure for later")
    closing = [
        row
        for row in scenario.policies
        if policy_kind(row.kind).bars
        and rule.at in named(scenario, row)
        and (row.valid_until is None or row.valid_until > rule.valid_from)
    ]
    if not closing:
        raise CannotError("at", rule.at, "no rule of the scenario closes it on that day")
    changed: list[Policy] = []
    never: list[str] = []
    for row in closing:
        rest = _elsewhere(scenario, row, rule.at)
        if row.valid_from < rule.valid_from:
            over = replace(row, valid_until=rule.valid_from, until_known_from=scenario.start)
            changed.append(over)
            if rest is not None:
                own = free(scenario, f"{row.id}-elsewhere")
                changed.append(replace(rest, id=own, valid_from=rule.valid_from, where=NOWHERE))
        elif rest is not None:
            changed.append(rest)
        else:
            never.append(row.id)
    return with_policies(without(scenario, *never), changed, replacing=True)


def _elsewhere(scenario: Scenario, row: Policy, at: str) -> Policy | None:
    """A rule for the other places that it names; None where it ends with the one.

    It ends with any end of what it closes between two; a rule whose rest would close other ways
    than it does itself, or the same ones still, cannot end at one of its places.
    """
    alone = f"{row.id} closes it together with others and cannot end here alone"
    message = f"{alone}: move its last day, or leave it out"
    cannot = CannotError("at", at, message)
    sides = pair(scenario, row.place)
    if sides is not None:
        if any(at in side and len(side) > 1 for side in sides):
            raise cannot
        return None
    areas = tuple(area for area in select_areas(scenario, row.place) if area != at)
    if len(areas) < (2 if policy_kind(row.kind).line else 1):
        return None
    rest = replace(row, place="|".join(_spelled(scenario, area) for area in areas))
    if select_areas(scenario, rest.place) != areas:
        raise cannot
    shut = _shut(scenario, rest)
    if shut and not shut < _shut(scenario, row):
        raise cannot
    return rest


def _spelled(scenario: Scenario, area: str) -> str:
    """What names a place or country alone: a group may be called by its id and hold others too."""
    if area in scenario.countries:
        spellings = [area, scenario.countries[area]]
    else:
        place = scenario.place(area)
        spellings = [area, place.name, *place.aliases]
    return next((text for text in spellings if select_areas(scenario, text) == (area,)), area)


def _shut(scenario: Scenario, row: Policy) -> set[tuple[str, tuple[str, ...]]]:
    """Links that a rule closes, and to whom."""
    effects = policy_kind(row.kind).emit(row, View(scenario))
    return {(link, effect.who) for effect in effects for link in effect.where}


def _close(scenario: Scenario, rule: AddedRule, name: str) -> Scenario:
    """Nobody crosses there from that day on; into a country, not by land."""
    return _added(scenario, _new(scenario, rule, name, "crossing_closed"))


_FACTOR = (("factor", "number", 0.05, 20.0),)
_OPENING = (("open", "hours", None, None), ("close", "hours", None, None))
_SEATS = (("seats_day", "integer", 1.0, 50_000.0),)
KINDS: dict[str, Kind] = {
    kind.id: kind
    for kind in (
        Kind("lanes", "post", _FACTOR, _rate),
        Kind("staff", "post", _FACTOR, _rate),
        Kind("hours", "post", _OPENING, _hours),
        Kind("foot_allowed", "post", (), _foot),
        Kind("bus", "post", _SEATS, _service("bus")),
        Kind("train", "post", _SEATS, _service("rail")),
        Kind("documents", "country", (("document", "choice", None, None),), _documents),
        Kind("open", "post", (), _open),
        Kind("close", "post", (), _close),
    )
}
"""The short list, by name."""


def listed(scenarios: Iterable[Scenario]) -> list[dict[str, Any]]:
    """The short list as the page gets it.

    Parameters
    ----------
    scenarios : iterable of Scenario
        What can be asked about: their documents can be chosen.
    """
    documents = sorted({cohort.document for s in scenarios for cohort in s.cohorts})
    return [
        {
            "id": kind.id,
            "at": kind.at,
            "fields": [
                {
                    "id": name,
                    "type": type_,
                    "required": True,
                    "minimum": low,
                    "maximum": high,
                    "choices": documents if type_ == "choice" else [],
                }
                for name, type_, low, high in kind.fields
            ],
        }
        for kind in KINDS.values()
    ]
