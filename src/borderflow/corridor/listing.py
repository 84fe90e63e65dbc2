"""How the departures of a past day from one place divide over whole ways, all cohorts together.

Given for days long past only, and never for one cohort: it tells those who receive people where
load came from, and tells nobody how to travel.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow import api, loading
from borderflow.document import BORDERS, STATEMENT
from borderflow.errors import ScenarioError, arguments, complaint
from borderflow.scenario.select import NotFoundError, resolve

if TYPE_CHECKING:
    from borderflow.compile import Compiled
    from borderflow.compile.network import Leg as DirectedLink
    from borderflow.corridor.ways import Shares, Way
    from borderflow.lookup import Lookup
    from borderflow.scenario import Scenario

DAYS_PAST = 30
"""Days that a date must lie back."""

LISTED = 1e-4
"""A way with a smaller share is counted with the one of those listed that is most like it."""

MEANING = (
    "Shares of the people expected to leave that day, all cohorts together: the mean of the "
    "members, from the model's own chances. A way that hardly anybody takes is counted with the "
    "one that shares most hours with it. Waits and fares are those that people believed in when "
    "they left; some changed their mind on the way."
)


@dataclass(frozen=True)
class Leg:
    """One link of a way: hours of travel, wait and fare as believed on that day."""

    mode: str
    from_: str
    to: str
    hours: float
    wait_hours: float
    fare: float
    link: str
    source: str


@dataclass(frozen=True)
class Corridor:
    """A whole way to a destination, and the share of the day's departures that takes it.

    Ways hardly taken are counted with the one most like them. `crossing` is where it leaves the
    first country. `share_q10` and `share_q90` hold four fifths of the members.
    """

    destination: str
    country: str
    crossing: str | None
    legs: tuple[Leg, ...]
    hours: float
    wait_hours: float
    share: float
    share_q10: float
    share_q90: float


@dataclass(frozen=True)
class Corridors:
    """Every corridor of a day from a place, by share; the shares sum to 1.

    Attributes
    ----------
    scenario : Scenario
        What was run, as known at `as_of`.
    place : str
        Id of the place.
    on : date
        Local day of departure.
    corridors : tuple of Corridor
        By share. None where nobody could leave.
    crossings : dict of str to float
        Share by the post or airport where the first country is left, all ways together.
    """

    scenario: Scenario
    place: str
    on: date
    seed: int
    members: int
    as_of: date | None
    corridors: tuple[Corridor, ...]
    crossings: dict[str, float]

    def document(self) -> dict[str, Any]:
        """The corridors as plain data, ready for JSON."""
        named = sorted({leg.source for row in self.corridors for leg in row.legs})
        rows = self.scenario.by_id("source")
        return {
            "scenario": self.scenario.id,
            "from": self.scenario.place(self.place).name,
            "date": self.on.isoformat(),
            "seed": self.seed,
            "members": self.members,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "statement": STATEMENT,
            "meaning": MEANING,
            "borders": BORDERS,
            "currency": self.scenario.currency,
            "corridors": [_plain(row) for row in self.corridors],
            "crossings": [
                {"crossing": name, "share": share} for name, share in self.crossings.items()
            ],
            "sources": {
                name: {"title": rows[name].title, "url": rows[name].url}  # type: ignore[attr-defined]
                for name in named
            },
        }


def _plain(corridor: Corridor) -> dict[str, Any]:
    row = asdict(corridor)
    row["legs"] = [
        {name.rstrip("_"): value for name, value in asdict(leg).items()} for leg in corridor.legs
    ]
    return row


def past(on: date | str, today: date | None = None) -> date:
    """The day that somebody asks about, if it is long enough past.

    Parameters
    ----------
    on : date or str
        The day, or its ISO spelling.
    today : date, optional
        The present day; that of the clock by default.

    Raises
    ------
    ScenarioError
        If it is no date, or less than `DAYS_PAST` days past.

    Examples
    --------
    >>> past("2022-09-22", today=date(2022, 10, 22))
    datetime.date(2022, 9, 22)
    """
    if isinstance(on, str):
        try:
            on = date.fromisoformat(on)
        except ValueError:
            raise ScenarioError([complaint("--on", on, "not a date (YYYY-MM-DD)")]) from None
    latest = (today or date.today()) - timedelta(days=DAYS_PAST)
    if on > latest:
        message = (
            f"ways are told for days at least {DAYS_PAST} days past only: this is no advice on "
            "how to travel"
        )
        raise ScenarioError([complaint("--on", on, message, latest.isoformat())])
    return on


def corridors(
    scenario: Scenario | str | Path,
    from_: str,
    on: date | str,
    members: int = 20,
    seed: int = 1,
    as_of: date | str | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Corridors:
    """How the departures of a past day from one place divide over whole ways abroad.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run; the name of a scenario that ships, or a folder.
    from_ : str
        Place where people leave home, by id or name.
    on : date or str
        Local day of departure, at least `DAYS_PAST` days past.
    members, seed, as_of, threads, progress : optional
        As for `run`.

    Returns
    -------
    Corridors

    Raises
    ------
    ScenarioError
        If the scenario, the place, the day or another argument cannot be used.

    Examples
    --------
    >>> found = corridors("russia-2022", "Kazan", "2022-09-22", members=1)
    >>> round(sum(row.share for row in found.corridors), 9)
    1.0
    """
    day = past(on)
    wrong = arguments(members, seed, threads)
    if wrong:
        raise ScenarioError(wrong)
    from borderflow.scenario import Scenario

    if not isinstance(scenario, Scenario):
        scenario = loading.load(scenario)
    if not scenario.start <= day <= scenario.end:
        near = (scenario.start if day < scenario.start else scenario.end).isoformat()
        message = f"outside the scenario, which runs from {scenario.start} to {scenario.end}"
        raise ScenarioError([complaint("--on", day, message, near)])
    compiled = api.compile_known(scenario, loading.known_until(scenario, as_of))
    place = _origin(compiled, from_)
    from borderflow.lookup import Lookup

    lookup = Lookup(compiled)
    index = (day - compiled.labels.days[0]).days
    steps = np.flatnonzero(lookup.local_days(lookup.zone(place)) == index).tolist()
    found = list(_members(compiled, place, steps, members, seed, threads, progress))
    found = [member for member in found if member.leaving > 0.0]
    rows = _rows(compiled, lookup, found)
    doors = _doors(compiled, lookup, found)
    return Corridors(compiled.scenario, place, day, seed, members, compiled.as_of, rows, doors)


def _origin(compiled: Compiled, text: str) -> str:
    """Id of the place that is meant, which must be one that people leave."""
    scenario, origins = compiled.scenario, compiled.labels.origins
    try:
        place = resolve(scenario, "place", text)
    except NotFoundError as error:
        raise ScenarioError([complaint("--from", text, error.says, error.nearest)]) from error
    if place in origins:
        return place
    row = scenario.place(place)
    some = ", ".join(scenario.place(name).name for name in origins[:12])
    more = f" and {len(origins) - 12} more" if len(origins) > 12 else ""
    message = f"nobody's home: {row.name} is of type {row.type}; people leave {some}{more}"
    raise ScenarioError([complaint("--from", text, message)])


def _members(
    compiled: Compiled,
    place: str,
    steps: Sequence[int],
    members: int,
    seed: int,
    threads: int | None,
    progress: Callable[[int, int], None] | None,
) -> Iterator[Shares]:
    """The shares of each member, in the order of their numbers."""
    from borderflow.corridor.ways import shares

    at = compiled.labels.places.index(place)

    def one(number: int) -> Shares:
        return shares(compiled, seed, number, at, steps)

    yield one(0)  # compiles once
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for done, found in enumerate(pool.map(one, range(1, members)), start=2):
            if progress is not None:
                progress(done, members)
            yield found


def _rows(compiled: Compiled, lookup: Lookup, found: list[Shares]) -> tuple[Corridor, ...]:
    """Corridors by their mean share, small ways counted with those most like them."""
    from borderflow.compile.network import directed

    legs = {leg.id: leg for leg in directed(compiled.scenario)}
    day = [member.leaving for member in found]
    mean: dict[tuple[int, Way], float] = {}
    for member, people in zip(found, day, strict=True):
        for key, own in member.people.items():
            mean[key] = mean.get(key, 0.0) + own / people / len(found)
    counted = _counted_with(mean, compiled.world.hours)
    share = {key: np.zeros(len(found)) for key in sorted(set(counted.values()))}
    for number, (member, people) in enumerate(zip(found, day, strict=True)):
        for key, own in member.people.items():
            share[counted[key]][number] += own / people
    rows = [
        _corridor(compiled, lookup, legs, found, d, way, own) for (d, way), own in share.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.share, row.destination)))


def _counted_with(
    mean: dict[tuple[int, Way], float], hours: NDArray[np.float64]
) -> dict[tuple[int, Way], tuple[int, Way]]:
    """For every way the listed one to the same destination that it is counted with.

    That is itself where it is listed; else the one that shares most hours of travel with it, and of
    several such that with the largest share. The largest to each destination is always listed.
    """
    by_end: dict[int, list[Way]] = {}
    for d, way in sorted(mean, key=lambda key: (-mean[key], key)):
        by_end.setdefault(d, []).append(way)
    counted = {}
    for d, every in by_end.items():
        many = max(1, sum(mean[d, way] >= LISTED for way in every))
        listed = np.zeros((many, len(hours)))
        for row, way in enumerate(every[:many]):
            listed[row, list(way)] = hours[list(way)]
            counted[d, way] = (d, way)
        for way in every[many:]:
            in_common = listed[:, list(way)].sum(axis=1)
            counted[d, way] = (d, every[int(in_common.argmax())])
    return counted


def _doors(compiled: Compiled, lookup: Lookup, found: list[Shares]) -> dict[str, float]:
    """Mean share of each post or airport where the first country is left, by share."""
    sums: dict[str, float] = {}
    for x, crossing in enumerate(compiled.labels.crossings):
        share = sum(float(m.doors[x]) / m.leaving for m in found) / max(1, len(found))
        if share > 0.0:
            name = lookup.place(crossing.place)
            sums[name] = sums.get(name, 0.0) + share
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def _share(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(values.mean()), float(low), float(high)


def _corridor(
    compiled: Compiled,
    lookup: Lookup,
    links: dict[str, DirectedLink],
    found: list[Shares],
    d: int,
    way: Way,
    share: NDArray[np.float64],
) -> Corridor:
    """One way: hours and fares of each leg are means over the people who take it."""
    there = [member for member in found if (d, way) in member.people]
    people = sum(member.people[d, way] for member in there)
    waits = np.sum([member.waits[d, way] for member in there], axis=0) / people
    fares = np.sum([member.fares[d, way] for member in there], axis=0) / people
    legs = []
    for position, link in enumerate(way):
        leg = links[compiled.labels.links[link]]
        legs.append(
            Leg(
                leg.row.mode,
                lookup.place(leg.tail),
                lookup.place(leg.head),
                round(float(compiled.world.hours[link]), 2),
                round(float(waits[position]), 2),
                round(float(fares[position]), 2),
                leg.id,
                leg.row.source,
            )
        )
    end = compiled.labels.destinations[d]
    wait = sum(leg.wait_hours for leg in legs)
    hours = sum(leg.hours for leg in legs) + wait
    name, country = lookup.place(end.place), lookup.country(end.country)
    made = [int(compiled.world.crossing[link]) for link in way]
    first = next((lookup.place(compiled.labels.crossings[x].place) for x in made if x >= 0), None)
    whole = tuple(legs)
    return Corridor(name, country, first, whole, round(hours, 2), round(wait, 2), *_share(share))
