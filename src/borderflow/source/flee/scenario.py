"""A Flee folder as a borderflow scenario: places, links, rules, drivers and reports."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from borderflow.scenario.model import Cohort, Countries, Link, Place, Scenario, Source
from borderflow.source.flee.closures import policies as closed
from borderflow.source.flee.closures import road, split_camps
from borderflow.source.flee.folder import FleeFolder, Location
from borderflow.source.flee.movement import ASSUMED, KM_PER_DAY, SOURCE, Movement
from borderflow.source.flee.movement import parameters as parameters_of
from borderflow.source.flee.names import country_codes, display_names, place_ids
from borderflow.source.flee.series import drivers as drivers_of
from borderflow.source.flee.series import reports as counts_as_reports
from borderflow.source.flee.table import number
from borderflow.source.flee.volume import BASE, departures

PLACE_TYPES = {
    "camp": "camp", "idpcamp": "camp", "conflict": "settlement", "town": "settlement",
    "forward": "hub", "marker": "hub", "flood": "settlement",
}  # fmt: skip


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
    new: Sequence[float] | None = None,
    present: Mapping[str, float] | None = None,
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
    new : sequence of float, optional
        People who leave on each day, where the daily total is forecast; given by the counts
        otherwise.
    present : mapping of str to float, optional
        People in each camp at the start, by name; those counted on `first_day` by default.
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
    split = split_camps(folder)
    left = list(folder.left)
    flows = departures(folder, first_day, new)
    if flows.stranded >= 1:
        left.append(
            f"{flows.stranded:,.0f} people were counted when no place had a way to an open camp:"
            " they do not leave"
        )
    policies = tuple(closed(folder, ids, codes, split, left))
    drivers = tuple(drivers_of(folder, ids, first_day, flows.rates))
    if present is None:
        present = {camp.name: folder.counts[camp.name].on(first_day) for camp in folder.camps}
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
        places=tuple(_places(folder, move, ids, codes, split, capacities, present,
                             flows.factor)),
        links=tuple(_links(folder, ids, split, left)),
        cohorts=(_people(codes[folder.home]),),
        drivers=drivers,
        policies=policies,
        reports=tuple(counts_as_reports(folder) if reports else ()),
        parameters=tuple(parameters_of(move, new is not None, drivers, policies)),
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


def _places(
    folder: FleeFolder,
    move: Movement,
    ids: Mapping[str, str],
    codes: Mapping[str, str],
    split: Mapping[str, str],
    capacities: bool,
    present: Mapping[str, float],
    factor: float,
) -> list[Place]:
    known = [math.log(p.capacity) for p in folder.camps if p.capacity > 0]
    middle = sum(known) / len(known) if known else 0.0
    shown = display_names(place.name for place in folder.locations)
    rows = []
    for place in folder.locations:
        pull: float | None = None
        room: int | None = None
        if place.is_camp:
            pull = 0.0
            if capacities and place.capacity > 0:
                room = place.capacity
                pull += move.capacity_power * (math.log(place.capacity) - middle)
        rows.append(
            Place(
                id=ids[place.name],
                name=shown[place.name],
                country=codes[place.country],
                type=PLACE_TYPES[place.kind],
                lat=place.lat,
                lon=place.lon,
                population=_population(folder, place, factor),
                attraction=None if pull is None else round(pull, 6),
                capacity=room,
                present=int(present[place.name]) if place.is_camp else 0,
                source=SOURCE,
                note=_note(place),
            )
        )
        if place.name in split:
            rows.append(
                Place(
                    id=road(place.name, ids, split),
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
                    speed = max(number(value), 1.0) if value else speed
                except ValueError:
                    left.append(f"routes.csv:{route.row}: max_move_speed is no number: {value!r}")
            else:
                unknown[name] = unknown.get(name, 0) + 1
        tail, head = (road(name, ids, split) for name in pair)
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
        end = road(name, ids, split)
        rows.append(
            Link(id=f"{end}-{ids[name]}", from_=end, to=ids[name], mode="foot", two_way=True,
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
