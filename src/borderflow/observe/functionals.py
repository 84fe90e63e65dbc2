"""What a report would have said of each member: one function per kind of phrase.

A functional takes the results and a report and gives one number per member in the report's own
unit. It says nothing about how the number was reported (rounding, bias, one-sided words).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.compile.priors import Priors
from borderflow.lookup import WHO, Server
from borderflow.observe.scope import (
    WEEK,
    UnusableError,
    areas,
    crossings,
    per_day,
    servers,
    window,
)
from borderflow.results.flows import by_who
from borderflow.results.queues import steps
from borderflow.scenario import select
from borderflow.scenario.checks.reports import others_counted

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.model import Report

Numbers = NDArray[np.float64]
Functional = Callable[["Results", "Report"], tuple[Numbers, str]]

FUNCTIONALS: list[tuple[str, Functional]] = []
"""Pattern of the quantities (a regular expression) and the functional for them, first match."""


class Unusable(str):
    """Why a report cannot be compared with what was simulated."""

    __slots__ = ()


def functional(pattern: str) -> Callable[[Functional], Functional]:
    """Register the functional of the quantities that match a pattern.

    Parameters
    ----------
    pattern : str
        Regular expression for the whole name of a quantity.
    """

    def keep(function: Functional) -> Functional:
        FUNCTIONALS.append((pattern, function))
        return function

    return keep


def counterpart(quantity: str) -> Functional | None:
    """What the model compares with reports of a quantity; None where it has nothing like it.

    Parameters
    ----------
    quantity : str
        Quantity of a report.

    Examples
    --------
    >>> counterpart("entries_citizens").__doc__
    'Crossings of citizens into the host, ordinary travel included.'
    >>> counterpart("detained") is None
    True
    """
    return next((f for pattern, f in FUNCTIONALS if re.fullmatch(pattern, quantity)), None)


def simulate_report(report: Report, results: Results) -> tuple[Numbers, str] | Unusable:
    """What a report would have said of each member.

    Parameters
    ----------
    report : Report
        A row of reports.csv.
    results : Results
        What was simulated.

    Returns
    -------
    (array [member], str) or Unusable
        The numbers in the report's unit and what has to be said about them; or why there are none.
    """
    function = counterpart(report.quantity)
    if function is None:
        return Unusable(f"the model has no counterpart of {report.quantity!r}")
    if country := others_counted(results.scenario, report.quantity):
        return Unusable(f"it counts citizens of {country}")
    try:
        return function(results, report)
    except UnusableError as error:
        return Unusable(str(error))


def drawn(results: Results, quantity: str, *targets: str) -> Numbers:
    """What each member drew for a quantity of the observation; its default where nothing is set.

    Parameters
    ----------
    results : Results
        What was simulated.
    quantity : str
        Name of the quantity in fields.csv.
    *targets : str
        What it is set for, from the most to the least specific, where it is not one number for all.

    Returns
    -------
    array [member]
    """
    prior = Priors(results.compiled.scenario).find(quantity, *targets)
    values = results.ensemble.draws.get(prior.id)
    if values is None:
        return np.full(results.members, prior.value)
    return np.asarray(values, dtype=np.float64)


def handling(results: Results, first: Server, second: Server | None) -> Numbers:
    """Hours that the checks of both sides of a post take where nobody waits.

    They may be set for the post, or for the country that is entered there.

    Parameters
    ----------
    results : Results
        What was simulated.
    first, second : Server
        The side passed first, and the one behind it, if any.

    Returns
    -------
    array [member]
    """
    return drawn(results, "handling_hours", first.post, (second or first).country)


def _count(results: Results, report: Report, index: list[int], who: str) -> tuple[Numbers, str]:
    days, note = window(results, report)
    column = WHO.index(who)
    people = np.zeros(results.members)
    for crossing in index:
        people += by_who(results, crossing)[:, days, column].sum(axis=1, dtype=np.float64)
    if per_day(report.unit):
        people /= days.stop - days.start
    return people, note


def people_at(results: Results, report: Report, crossing: int) -> float:
    """Mean over members of those who pass one crossing within the window of a report.

    Parameters
    ----------
    results : Results
        What was simulated.
    report : Report
        Gives the window; `UnusableError` if it was not simulated.
    crossing : int
        Position on axis X.
    """
    who = "all_nationalities" if report.quantity.endswith("_all") else "all"
    return float(_count(results, report, [crossing], who)[0].mean())


@functional(r"entries_(\w+_)?citizens|cumulative_entries")
def entries(results: Results, report: Report) -> tuple[Numbers, str]:
    """Crossings of citizens into the host, ordinary travel included."""
    return _count(results, report, crossings(results, report, leaving=False), "all")


@functional(r"entries_all|cumulative_entries_all")
def entries_all(results: Results, report: Report) -> tuple[Numbers, str]:
    """Crossings of everybody into the host."""
    return _count(results, report, crossings(results, report, leaving=False), "all_nationalities")


@functional(r"exits_from_host_(\w+_)?citizens")
def exits(results: Results, report: Report) -> tuple[Numbers, str]:
    """Crossings of citizens out of the host, in any direction."""
    return _count(results, report, crossings(results, report, leaving=True), "all")


@functional(r"exits_from_host_all")
def exits_all(results: Results, report: Report) -> tuple[Numbers, str]:
    """Crossings of everybody out of the host, in any direction."""
    return _count(results, report, crossings(results, report, leaving=True), "all_nationalities")


@functional(r"crossings_both_directions_(all|(\w+_)?citizens)")
def both_directions(results: Results, report: Report) -> tuple[Numbers, str]:
    """Crossings both ways, of everybody or of citizens."""
    index = crossings(results, report, leaving=False) + crossings(results, report, leaving=True)
    who = "all_nationalities" if report.quantity.endswith("_all") else "all"
    return _count(results, report, sorted(set(index)), who)


@functional(r"present")
def present(results: Results, report: Report) -> tuple[Numbers, str]:
    """People who fled to a place or country and stay there; the mean over the days, where several.

    Ordinary travellers are left out.
    """
    days, note = window(results, report)
    named = areas(results.scenario, report.place)
    here = [
        i
        for i, end in enumerate(results.labels.destinations)
        if end.place in named or end.country in named
    ]
    if not here:
        raise UnusableError(f"nobody stays at {report.place!r} in this scenario")
    people = results.arrays["present"][:, days][:, :, here][..., results.lookup.fled]
    return people.sum(axis=(2, 3), dtype=np.float64).mean(axis=1), note


@functional(r"refused")
def refused(results: Results, report: Report) -> tuple[Numbers, str]:
    """People refused by the officers of countries, at all their checkpoints together.

    Of a week at least: refusals are told by country and week, and never finer than that.
    """
    days, note = window(results, report)
    if days.stop - days.start < WEEK:
        raise UnusableError("refusals are told for a week at least")
    named = areas(results.scenario, report.place)
    if not set(named) <= set(results.labels.countries):
        raise UnusableError("refusals are counted for whole countries")
    index = [results.labels.countries.index(country) for country in named]
    people = results.arrays["refused"][:, days][:, :, index]
    sums = people.sum(axis=(1, 2, 3), dtype=np.float64)
    return sums / (days.stop - days.start) if per_day(report.unit) else sums, note


@functional(r"share_entering_not_via_\w+")
def share_not_via(results: Results, report: Report) -> tuple[Numbers, str]:
    """Share of the entries of citizens that avoid one post."""
    word = report.quantity.rpartition("_via_")[2].replace("_", " ")
    index = crossings(results, report, leaving=False)
    names = {i: results.labels.crossings[i] for i in index}
    via = [
        i for i, crossing in names.items()
        if word in (crossing.place, *crossing.name.casefold().split(), crossing.name.casefold())
    ]  # fmt: skip
    if not via:
        raise UnusableError(f"no crossing into {report.place!r} is called {word!r}")
    total, note = _count(results, report, index, "all")
    through, _ = _count(results, report, via, "all")
    return 1 - through / np.maximum(total, 1), note


@functional(r"share_men")
def share_men(results: Results, report: Report) -> tuple[Numbers, str]:
    """Share of men among the citizens who enter, where every group is of one sex."""
    sexes = {
        group.name: set(re.findall(r"\b(men|women)\b", group.name.casefold()))
        for group in results.labels.groups
        if group.subject
    }
    mixed = [name for name, found in sexes.items() if len(found) != 1]
    if mixed:
        raise UnusableError(f"the group {mixed[0]!r} holds men and women")
    days, note = window(results, report)
    men = [i for i, group in enumerate(results.labels.groups) if sexes.get(group.name) == {"men"}]
    index = crossings(results, report, leaving=False)
    total, _ = _count(results, report, index, "all")
    found = results.arrays["entries"][:, days][:, :, index][..., men].sum(axis=(1, 2, 3))
    if per_day(report.unit):
        total = total * (days.stop - days.start)
    return found / np.maximum(total, 1), note


def _highest(results: Results, values: NDArray[Any], zone: str, days: slice) -> Numbers:
    local = results.lookup.local_days(zone)
    during = (local >= days.start) & (local < days.stop)
    return np.asarray(values[:, during].max(axis=1), dtype=np.float64)


def _whole(results: Results, report: Report) -> slice:
    days, note = window(results, report)
    if note:
        raise UnusableError("not all of its days were simulated")
    return days


def _counted(results: Results, server: Server, second: Server | None, measure: str) -> NDArray[Any]:
    """Vehicles or people at a post at every step: those that wait, and those being checked.

    Nobody who counts a queue tells them apart. Those being checked are as many as pass in the time
    that it takes (L = lambda W), all of them in cars.
    """
    passed = results.arrays["passed"][:, :, list(server.columns)].sum(axis=2)
    hours = handling(results, server, second) / float(results.scenario.step_hours)
    if measure == "vehicles":
        hours = hours / drawn(results, "persons_per_vehicle", "car")
    return np.asarray(steps(results, server, measure) + passed * hours[:, None])


@functional(r"queue_vehicles|queue_persons")
def queue(results: Results, report: Report) -> tuple[Numbers, str]:
    """Most cars and buses, or people, at the posts at one time, those being checked included."""
    days = _whole(results, report)
    measure = "vehicles" if report.quantity == "queue_vehicles" else "people"
    found = [
        _highest(results, _counted(results, first, second, measure), first.timezone, days)
        for first, second in servers(results, report)
    ]
    return np.sum(found, axis=0), "highest of the window"


@functional(r"queue_km")
def queue_km(results: Results, report: Report) -> tuple[Numbers, str]:
    """Longest queue of vehicles before one of the posts within the window, in kilometres."""
    days = _whole(results, report)
    found = [
        _highest(results, _counted(results, first, second, "vehicles"), first.timezone, days)
        for first, second in servers(results, report)
    ]
    return np.max(found, axis=0) / drawn(results, "vehicles_per_km"), "highest of the window"


@functional(r"wait_hours")
def wait_hours(results: Results, report: Report) -> tuple[Numbers, str]:
    """Longest time from joining to having passed both sides, as those tell it who waited longest.

    To the wait comes the time that the checks take, which is told by all who are asked how long it
    took, also where nobody waits.
    """
    days = _whole(results, report)
    found = []
    for first, second in servers(results, report):
        wait = np.asarray(steps(results, first, "wait_hours"))
        if second is not None:
            wait = wait + _later(results, wait, steps(results, second, "wait_hours"))
        told = _highest(results, wait, first.timezone, days) * drawn(results, "wait_tail")
        found.append(told + handling(results, first, second))
    return np.max(found, axis=0), "highest of the window"


def _later(results: Results, wait: NDArray[Any], behind: NDArray[Any]) -> NDArray[Any]:
    """Wait at the second side of those who come there after their wait at the first."""
    step_hours = float(results.scenario.step_hours)
    at = np.arange(wait.shape[1]) + np.rint(wait / step_hours).astype(np.int64)
    return np.take_along_axis(behind, np.minimum(at, wait.shape[1] - 1), axis=1)


@functional(r"one_way_fare_\w+")
def fare(results: Results, report: Report) -> tuple[Numbers, str]:
    """Lowest fare from one town to another at the end of a day, changing once at most."""
    currency = report.quantity.removeprefix("one_way_fare_").upper()
    if currency != results.scenario.currency.upper():
        raise UnusableError(f"fares are in {results.scenario.currency}, not in {currency}")
    ends = select.pair(results.scenario, report.place)
    if ends is None:
        raise UnusableError(f"{report.place!r} is no pair of places of the scenario")
    days = _whole(results, report)
    start, goal = (_towns(results, side) for side in ends)
    direct: list[NDArray[Any]] = []
    first: dict[str, list[NDArray[Any]]] = {}
    second: dict[str, list[NDArray[Any]]] = {}
    world, rows = results.compiled.world, results.scenario.links
    ends_of = {link.id: (link.from_, link.to) for link in rows}
    for column, link in enumerate(results.labels.scheduled):
        tail, head = ends_of[link]
        ordinary = float(world.fare[int(world.sched_link[column])])
        price = results.arrays["fare"][:, days, column] * ordinary
        if tail in start and head in goal:
            direct.append(price)
        elif tail in start:
            first.setdefault(head, []).append(price)
        elif head in goal:
            second.setdefault(tail, []).append(price)
    changing = [
        np.min(first[hub], axis=0) + np.min(second[hub], axis=0) for hub in set(first) & set(second)
    ]
    if not direct and not changing:
        raise UnusableError(f"no scheduled way leads from one end of {report.place!r} to the other")
    prices = np.min([*direct, *changing], axis=0)
    return prices.max(axis=1).astype(np.float64), "" if direct else "changing once"


def _towns(results: Results, side: tuple[str, ...]) -> set[str]:
    return {
        place.id for place in results.scenario.places if place.id in side or place.country in side
    }


__all__ = [
    "FUNCTIONALS",
    "Unusable",
    "areas",
    "counterpart",
    "drawn",
    "functional",
    "people_at",
    "simulate_report",
]
