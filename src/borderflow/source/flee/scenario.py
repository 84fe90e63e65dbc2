"""A Flee folder as a borderflow scenario: places, links, rules, drivers and reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from borderflow.scenario.model import (
    Cohort,
    Countries,
    Driver,
    Link,
    Parameter,
    Place,
    Policy,
    Report,
    Scenario,
    Source,
)
from borderflow.source.flee.folder import Closure, FleeFolder, Location
from borderflow.source.flee.names import country_codes, place_ids
from borderflow.source.flee.volume import BASE, departures, spans, zones

KM_PER_DAY = 400.0
"""Kilometres a day on a route that gives no other: what Flee's users take."""

OPENING_DAYS = 60
"""Days for which a camp counts as newly opened: assumed."""

OPENING_PULL = 2.0
"""Log attraction of a camp that is newly opened: assumed, not fitted."""

SOURCE = "flee"
ASSUMED = "borderflow"

PLACE_TYPES = {
    "camp": "camp", "idpcamp": "camp", "conflict": "settlement", "town": "settlement",
    "forward": "hub", "marker": "hub", "flood": "settlement",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Movement:
    """The numbers of the movement model that hold for every conflict.

    Attributes
    ----------
    cost_sensitivity : float
        Log attraction lost per hour of the way, at `KM_PER_DAY`.
    network_pull : float
        Log attraction per log share of those who fled before.
    capacity_power : float
        Log attraction per log of a camp's capacity, where capacities are used.
    nest_scale : float
        Dissimilarity of the camps of one country.
    way_scale : float
        Scale of the choice which way, hours.
    spread : float
        Standard deviation of what makes one camp more attractive than the model knows (log).
    learning : float
        Share of what counts taught about a camp's attraction that is kept, 0 to 1.
    """

    cost_sensitivity: float = 0.03
    network_pull: float = 0.5
    capacity_power: float = 0.5
    nest_scale: float = 0.9
    way_scale: float = 1.5
    spread: float = 0.5
    learning: float = 0.5


@dataclass(frozen=True)
class Imported:
    """A scenario made of a Flee folder, and how its names stand for Flee's.

    Attributes
    ----------
    scenario : Scenario
        The scenario.
    places : dict of str to str
        Id of each location's place, by Flee's name.
    left : tuple of str
        What the folder says that the scenario does not, a sentence each.
    """

    scenario: Scenario
    places: dict[str, str]
    left: tuple[str, ...]


def to_scenario(
    folder: FleeFolder,
    movement: Movement | None = None,
    *,
    capacities: bool = True,
    first_day: int = 0,
    attraction: Mapping[str, float] | None = None,
    new: Sequence[float] | None = None,
    reports: bool = True,
) -> Imported:
    """Say in the words of a scenario what a Flee folder says.

    Parameters
    ----------
    folder : FleeFolder
        What was read.
    movement : Movement, optional
        Numbers of the movement model.
    capacities : bool
        Whether camps have the capacity that the folder gives; without, all have room and are
        equally large in people's eyes.
    first_day : int
        Day of the folder on which the scenario begins; people counted in camps then are there.
    attraction : mapping of str to float, optional
        Log attraction added to camps, by name: what counts up to `first_day` taught.
    new : sequence of float, optional
        People who leave on each day, where the daily total is forecast; given by the counts
        otherwise.
    reports : bool
        Whether the counts in camps become reports (they reach no computation).

    Returns
    -------
    Imported

    Notes
    -----
    The daily total is given, as in Flee: departures of each stretch of days between two counts
    follow from the counts themselves. When the total falls nobody is taken away; later arrivals
    are fewer by as many.
    """
    move = movement or Movement()
    ids = place_ids(place.name for place in folder.locations)
    codes = country_codes(place.country for place in folder.locations)
    split = _split(folder)
    left = list(folder.left)
    flows = departures(folder, first_day, new)
    if flows.stranded >= 1:
        left.append(
            f"{flows.stranded:,.0f} people were counted when no place had a way to an open camp:"
            " they do not leave"
        )
    policies = tuple(_policies(folder, ids, codes, split, left))
    drivers = tuple(_drivers(folder, ids, first_day, flows.rates))
    if flows.factor > 1.0:
        left.append(
            f"locations.csv: populations are multiplied by {flows.factor:.3g}, because fewer people"
            " live in the zones of conflict than were counted in the camps"
        )
    scenario = Scenario(
        id=_id(folder.name),
        name=f"{folder.name} (from a Flee folder)",
        description=(
            "A conflict in the format of Flee. The daily total of arrivals is given by the counts;"
            " what is simulated is how it is divided over the camps."
        ),
        start=folder.date_of(first_day),
        end=folder.date_of(folder.days - 1),
        step_hours=24.0,
        warmup_days=0,
        news_hours=24.0,
        booking_days=1,
        timezone="UTC",
        nationality=codes[folder.home],
        origin_countries=(codes[folder.home],),
        currency="none",
        countries=Countries({code: name.replace("_", " ") for name, code in codes.items()}),
        places=tuple(_places(folder, move, ids, codes, split, capacities, first_day,
                             attraction or {}, flows.factor)),
        links=tuple(_links(folder, ids, split, left)),
        cohorts=(_people(codes[folder.home]),),
        drivers=drivers,
        policies=policies,
        reports=tuple(_reports(folder) if reports else ()),
        parameters=tuple(_parameters(move, new is not None, drivers, policies)),
        sources=(
            Source(id=SOURCE, title=f"Conflict {folder.name} in Flee's format",
                   publisher="as named in the folder"),
            Source(id=ASSUMED, title="Calibration on public conflicts", publisher="borderflow",
                   note="docs/flee.md"),
        ),
    )  # fmt: skip
    return Imported(scenario, ids, tuple(left))


def _id(name: str) -> str:
    return next(iter(place_ids([name]).values())).replace("_", "-")


def _split(folder: FleeFolder) -> dict[str, str]:
    """Camps that are shut at times while people pass through: the place itself is kept apart."""
    shut = {c.one for c in folder.closures if c.kind in ("camp", "idpcamp")}
    return {place.name: f"{place.name} (place)" for place in folder.camps if place.name in shut}


def _road(name: str, ids: Mapping[str, str], split: Mapping[str, str]) -> str:
    """Where the roads of a location end."""
    return f"{ids[name]}.place" if name in split else ids[name]


def _places(
    folder: FleeFolder,
    move: Movement,
    ids: Mapping[str, str],
    codes: Mapping[str, str],
    split: Mapping[str, str],
    capacities: bool,
    first_day: int,
    attraction: Mapping[str, float],
    factor: float,
) -> list[Place]:
    known = [math.log(p.capacity) for p in folder.camps if p.capacity > 0]
    middle = sum(known) / len(known) if known else 0.0
    rows = []
    for place in folder.locations:
        pull: float | None = None
        room: int | None = None
        if place.is_camp:
            pull = attraction.get(place.name, 0.0)
            if capacities and place.capacity > 0:
                room = place.capacity
                pull += move.capacity_power * (math.log(place.capacity) - middle)
        rows.append(
            Place(
                id=ids[place.name],
                name=place.name,
                country=codes[place.country],
                type=PLACE_TYPES[place.kind],
                lat=place.lat,
                lon=place.lon,
                population=_population(folder, place, factor),
                attraction=None if pull is None else round(pull, 6),
                capacity=room,
                present=int(folder.counts[place.name].on(first_day)) if place.is_camp else 0,
                source=SOURCE,
                note=_note(place),
            )
        )
        if place.name in split:
            rows.append(
                Place(
                    id=_road(place.name, ids, split),
                    name=split[place.name],
                    country=codes[place.country],
                    type="settlement",
                    lat=place.lat,
                    lon=place.lon,
                    source=SOURCE,
                    note="The place of the camp, passed through also while the camp is shut",
                )
            )
    return rows


def _population(folder: FleeFolder, place: Location, factor: float) -> int:
    """People who may leave: where the country that people flee, or a zone of conflict, is."""
    if place.country != folder.home and place.name not in folder.conflicts:
        return 0
    return math.ceil(place.population * factor)


def _note(place: Location) -> str:
    extra = [f"{key}={value}" for key, value in place.extra.items()]
    return f"{place.type_text}; {place.region}" + "".join(f"; {text}" for text in extra)


def _links(
    folder: FleeFolder, ids: Mapping[str, str], split: Mapping[str, str], left: list[str]
) -> list[Link]:
    rows = []
    unknown: dict[str, int] = {}
    lifted = {
        frozenset((c.one, c.other))
        for c in folder.closures
        if c.kind == "remove_forced_redirection"
    }
    for route in folder.routes:
        pair = (route.one, route.other)
        if route.redirect == 1:  # the second sends people on to the first
            pair = (route.other, route.one)
        speed = KM_PER_DAY
        for name, value in route.extra.items():
            if name == "max_move_speed":
                try:
                    speed = float(value) or speed
                except ValueError:
                    left.append(f"routes.csv:{route.row}: max_move_speed is no number: {value!r}")
            else:
                unknown[name] = unknown.get(name, 0) + 1
        tail, head = (_road(name, ids, split) for name in pair)
        note = ""
        if route.redirect:
            note = f"one way: people at {pair[0]} are sent on to {pair[1]}"
        shared = {
            "mode": "bus", "distance_km": route.km,
            "hours": round(min(24.0 * route.km / speed, 24.0 * 60), 4), "fare": 0.0,
            "source": SOURCE,
        }  # fmt: skip
        rows.append(
            Link(id=f"{tail}-{head}", from_=tail, to=head, two_way=not route.redirect, note=note,
                 **shared)  # type: ignore[arg-type]
        )  # fmt: skip
        if route.redirect and frozenset(pair) in lifted:
            rows.append(Link(id=f"{head}-{tail}", from_=head, to=tail, **shared))  # type: ignore[arg-type]
    left += [
        f"routes.csv: {name} has no counterpart here (on {count} routes)"
        for name, count in unknown.items()
    ]
    for name in split:
        road = _road(name, ids, split)
        rows.append(
            Link(id=f"{road}-{ids[name]}", from_=road, to=ids[name], mode="foot", two_way=True,
                 distance_km=0.1, hours=0.1, fare=0.0, source=SOURCE)
        )  # fmt: skip
    return rows


def _people(home: str) -> Cohort:
    return Cohort(
        id="people", name="People", group="People", nationality=home, document="internal",
        size=1, share=1.0, value_of_time=1.0, leave_per_day=BASE, onward_per_day=1e-9,
        source=SOURCE,
        note="One count for all: the folder says nothing of who they are",
    )  # fmt: skip


def _moment(day: date) -> datetime:
    return datetime.combine(day, time())


def _drivers(
    folder: FleeFolder,
    ids: Mapping[str, str],
    first_day: int,
    rates: tuple[tuple[int, int, float], ...],
) -> list[Driver]:
    """Where the conflict is (levels that add up to a weight) and how many leave."""
    begin = folder.date_of(first_day)
    rows = [
        Driver(
            id="calm", driver="conflict", valid_from=_moment(begin), value=-1.0,
            parameter="conflict", known_from=begin, source=SOURCE,
            note="Nobody leaves where there is no conflict",
        )
    ]  # fmt: skip
    for name, first, last, zone in spans(zones(folder)):
        first = max(first, first_day)
        if last <= first:
            continue
        day, until = folder.date_of(first), folder.date_of(last)
        shared: dict[str, Any] = {
            "place": ids[name], "valid_from": _moment(day), "valid_until": _moment(until),
            "known_from": day, "until_known_from": until, "source": SOURCE,
        }  # fmt: skip
        note = "no zone of conflict has a way out, and people did come" if zone.assumed else ""
        rows.append(
            Driver(id=f"conflict.{ids[name]}.{first}", driver="conflict", parameter="conflict",
                   value=zone.intensity, assumed=zone.assumed, note=note, **shared)
        )  # fmt: skip
        if zone.decay != 1.0:
            rows.append(
                Driver(id=f"decay.{ids[name]}.{first}", driver="decay", parameter="decay",
                       value=zone.decay - 1.0, assumed=True,
                       note="most of those who want to leave have left", **shared)
            )  # fmt: skip
    for first, last, rate in rates:
        day = folder.date_of(first)
        rows.append(
            Driver(
                id=f"volume.{first}", driver="volume", valid_from=_moment(day),
                valid_until=_moment(folder.date_of(last)), value=round(rate / BASE - 1.0, 6),
                parameter="volume", known_from=folder.date_of(last),
                until_known_from=folder.date_of(last), source=SOURCE,
                note="so that as many leave as were counted",
            )
        )  # fmt: skip
    return rows


def _policies(
    folder: FleeFolder,
    ids: Mapping[str, str],
    codes: Mapping[str, str],
    split: Mapping[str, str],
    left: list[str],
) -> list[Policy]:
    rows = []
    for closure in folder.closures:
        kind, where = _rule(closure, folder, ids, codes, split)
        if kind is None:
            left.append(f"closures.csv:{closure.row}: {where}")
            continue
        if closure.start >= folder.days:
            left.append(f"closures.csv:{closure.row}: begins after the last day")
            continue
        start, end = closure.start, closure.end
        if closure.kind == "remove_forced_redirection":  # the way back is shut until then
            start, end = 0, closure.start
            if end <= start:
                continue
        begin = folder.date_of(start)
        until = None if end is None or end >= folder.days else folder.date_of(end)
        rows.append(
            Policy(
                id=f"c{closure.row}",
                place=where,
                kind=kind,
                known_from=begin,
                valid_from=begin,
                valid_until=until,
                until_known_from=until,
                detail=f"{closure.kind}, {closure.one}, {closure.other}",
                source_url="closures.csv",
            )
        )
        opened = _opened(closure, folder, ids)
        rows += [opened] if opened is not None else []
    return rows


def _opened(closure: Closure, folder: FleeFolder, ids: Mapping[str, str]) -> Policy | None:
    """The weeks after a camp that was shut from the start has opened."""
    camps = {place.name for place in folder.camps}
    end = closure.end
    if closure.kind not in ("camp", "idpcamp", "location") or closure.one not in camps:
        return None
    if closure.start > 0 or end is None or not 0 < end < folder.days:
        return None
    begin, until = folder.date_of(end), folder.date_of(end + OPENING_DAYS)
    return Policy(
        id=f"c{closure.row}.opened", place=ids[closure.one], kind="camp_opened", known_from=begin,
        valid_from=begin, valid_until=until, until_known_from=begin,
        detail=f"{closure.one} opens", source_url="closures.csv",
    )  # fmt: skip


def _rule(
    closure: Closure,
    folder: FleeFolder,
    ids: Mapping[str, str],
    codes: Mapping[str, str],
    split: Mapping[str, str],
) -> tuple[str | None, str]:
    """Kind and place of the policy that says a closure; None and the reason if there is none."""
    one, other = closure.one, closure.other
    if closure.kind == "country":
        if one == other:
            return None, "a country cannot be closed towards itself"
        return "crossing_closed", f"{codes[one]} - {codes[other]}"
    if closure.kind == "location":
        return "road_closed", _road(one, ids, split)
    if closure.kind in ("camp", "idpcamp"):
        if one not in split:
            return None, f"{one} is no camp, so there is nothing to close"
        return "camp_closed", ids[one]
    joined = {frozenset((r.one, r.other)): r for r in folder.routes}
    route = joined.get(frozenset((one, other)))
    if route is None:
        return None, f"there is no route between {one} and {other}"
    ends = _road(one, ids, split), _road(other, ids, split)
    if closure.kind == "link":
        return "road_closed", f"{ends[0]} - {ends[1]}"
    if not route.redirect:
        return None, f"nobody is sent on between {one} and {other}"
    tail, head = (route.one, route.other) if route.redirect == 2 else (route.other, route.one)
    return "road_closed", f"{_road(head, ids, split)} -> {_road(tail, ids, split)}"


def _reports(folder: FleeFolder) -> list[Report]:
    rows = []
    ids = place_ids(place.name for place in folder.locations)
    latest = {
        name: max((c.day for c in folder.corrections if c.camp == name), default=-(10**9))
        for name in folder.counts
    }
    for name, counts in folder.counts.items():
        for i, (day, people) in enumerate(zip(counts.days, counts.people, strict=True)):
            # A corrected count was only known once people had been registered anew.
            known = max(
                [day, *(c.day for c in folder.corrections if c.camp == name and c.day > day)]
            )
            rows.append(
                Report(
                    id=f"{ids[name]}.{i}",
                    date_start=folder.date_of(day),
                    date_end=folder.date_of(day),
                    place=name,
                    quantity="present",
                    value=float(round(people)),
                    unit="persons",
                    scope="stock",
                    publisher="UNHCR, as in the folder",
                    known_from=folder.date_of(known),
                    quote_or_paraphrase=(
                        "put right by a later registration" if day < latest[name] else ""
                    ),
                )
            )
    return rows


WHY = {
    "amplitude": "the levels are what they are",
    "opening_pull": "a round number: seven times as many for two months, docs/flee.md",
}
"""Reasons of numbers that no calibration found."""


def _volume(forecast: bool) -> Parameter:
    """How sure the number of those who leave is: given, or within a factor of two."""
    return Parameter(
        id="volume", quantity="amplitude", applies_to="volume",
        distribution="lognormal" if forecast else "fixed", median=1.0,
        low=0.5 if forecast else None, high=2.0 if forecast else None, assumed=True,
        reason="the daily total is forecast" if forecast else "the daily total is given",
        source=ASSUMED,
    )  # fmt: skip


def _parameters(
    move: Movement, forecast: bool, drivers: Sequence[Driver], policies: Sequence[Policy]
) -> list[Parameter]:
    """Numbers of the movement model, and those of the drivers and policies there are."""
    why = "calibrated on public conflicts, docs/flee.md"

    def fixed(id_: str, quantity: str, value: float, applies_to: str = "") -> Parameter:
        return Parameter(
            id=id_, quantity=quantity, applies_to=applies_to, distribution="fixed", median=value,
            assumed=True, reason=WHY.get(quantity, why), source=ASSUMED,
        )  # fmt: skip

    wide = 1.2816 * move.spread
    names = {row.driver for row in drivers}
    amplitudes = [fixed(name, "amplitude", 1.0, name) for name in sorted(names - {"volume"})]
    if "volume" in names:
        amplitudes.append(_volume(forecast))
    if any(policy.kind == "camp_opened" for policy in policies):
        amplitudes.append(fixed("opening_pull", "opening_pull", OPENING_PULL, "camp_opened"))
    return [
        Parameter(
            id="cost_sensitivity", quantity="cost_sensitivity", median=move.cost_sensitivity,
            low=move.cost_sensitivity / 1.6, high=move.cost_sensitivity * 1.6, reason=why,
            source=ASSUMED,
        ),
        fixed("network_pull", "network_pull", move.network_pull),
        fixed("nest_scale", "nest_scale", move.nest_scale),
        fixed("way_scale", "way_scale", move.way_scale),
        Parameter(
            id="attraction", quantity="attraction", distribution="normal", median=0.0,
            low=-wide, high=wide, reason="what the model does not know of a camp; " + why,
            source=ASSUMED,
        ),
        *amplitudes,
    ]  # fmt: skip
