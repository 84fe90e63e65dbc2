"""Where and when a report was counted: its place, window and unit in terms of the model."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from borderflow.lookup import Server
from borderflow.scenario.published import published_areas
from borderflow.scenario.select import NotFoundError

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.model import Report, Scenario

WEEK = 7
"""Days of a window that must be simulated for a daily average over a longer one to be compared."""


class UnusableError(ValueError):
    """A report that nothing simulated corresponds to; the text says why."""


def areas(scenario: Scenario, text: str) -> tuple[str, ...]:
    """Places (ids) and countries (codes) that the place of a report names.

    Parameters
    ----------
    scenario : Scenario
        Where to look.
    text : str
        The place of a report.

    Raises
    ------
    UnusableError
        If some part of it is nothing the scenario knows.
    """
    try:
        return published_areas(scenario, text)
    except NotFoundError:
        raise UnusableError(f"the scenario knows no place {text!r}") from None


def window(results: Results, report: Report) -> tuple[slice, str]:
    """Shown days that a report covers, and what has to be said about them.

    Parameters
    ----------
    results : Results
        What was simulated.
    report : Report
        The report.

    Raises
    ------
    UnusableError
        If too little of the window was simulated.
    """
    days = results.labels.days
    start, end = max(report.date_start, days[0]), min(report.date_end, days[-1])
    whole = (report.date_end - report.date_start).days + 1
    inside = (end - start).days + 1
    chosen = slice((start - days[0]).days, (end - days[0]).days + 1)
    if inside == whole:
        return chosen, ""
    if inside <= 0:
        raise UnusableError(
            f"its days ({_span(report.date_start, report.date_end)}) were not simulated"
        )
    if per_day(report.unit) and inside >= WEEK:
        return chosen, f"mean of the {inside} simulated days of {whole}"
    raise UnusableError(f"only {inside} of its {whole} days were simulated")


def _span(start: date, end: date) -> str:
    return start.isoformat() if start == end else f"{start.isoformat()} to {end.isoformat()}"


def per_day(unit: str) -> bool:
    """Whether a unit is a number a day (or in 24 hours) and not a total.

    Parameters
    ----------
    unit : str
        Unit of a report.

    Examples
    --------
    >>> per_day("persons/24h"), per_day("persons/week")
    (True, False)
    """
    return unit.endswith(("/day", "/24h"))


def people(unit: str) -> bool:
    """Whether a unit counts people.

    Parameters
    ----------
    unit : str
        Unit of a report.
    """
    return unit.startswith(("persons", "visits", "visitors", "people"))


def crossings(results: Results, report: Report, *, leaving: bool) -> list[int]:
    """Crossings that a report counts, as positions on axis X.

    Parameters
    ----------
    results : Results
        What was simulated.
    report : Report
        Its place says which posts or countries, its scope whether by land or by air only.
    leaving : bool
        Out of the host country (in any direction), and not into it.

    Raises
    ------
    UnusableError
        If the scenario has no such place or no crossing there.
    """
    found = []
    air = _by_air(results)
    only_air, only_land = modes(report.scope)
    for area in areas(results.scenario, report.place):
        for index, crossing in enumerate(results.labels.crossings):
            host = crossing.origin if leaving else crossing.destination
            here = area in (host, crossing.place)
            if area == crossing.place and host in results.lookup.home:
                here = False
            if here and not (only_land and air[index]) and not (only_air and not air[index]):
                found.append(index)
    if not found:
        raise UnusableError(f"no crossing is counted at {report.place!r}")
    return sorted(set(found))


def modes(scope: str) -> tuple[bool, bool]:
    """Whether a scope speaks of travel by air only, and of travel by land only.

    Parameters
    ----------
    scope : str
        Scope of a report.

    Examples
    --------
    >>> modes("daily|russians|land"), modes("daily|russians|all crossings incl. air")
    ((False, True), (False, False))
    """
    bare = re.sub(r"\bincl\w*\.?\s+air\b", "", scope)
    land = re.search(r"\b(land|road)\b", bare) is not None
    return not land and re.search(r"\bair\b", bare) is not None, land


def _by_air(results: Results) -> list[bool]:
    memo: list[bool] | None = results.memo.get("by air")
    if memo is None:
        ground = [False] * len(results.labels.crossings)
        rows = {link.id: link.mode for link in results.scenario.links}
        crossing = results.compiled.world.crossing
        for index, link in enumerate(results.labels.links):
            mode = rows.get(link) or rows.get(link.removesuffix("-back"))
            if crossing[index] >= 0 and mode != "air":
                ground[int(crossing[index])] = True
        memo = [not value for value in ground]
        results.memo["by air"] = memo
    return memo


def servers(results: Results, report: Report) -> list[tuple[Server, Server | None]]:
    """The outward queues that a report speaks of: the first side of each post, and the second.

    Parameters
    ----------
    results : Results
        What was simulated.
    report : Report
        Its place says which posts.

    Raises
    ------
    UnusableError
        If there is no queue at such a place.
    """
    found = []
    for area in areas(results.scenario, report.place):
        posts = {
            crossing.place
            for crossing in results.labels.crossings
            if area in (crossing.place, crossing.destination)
        }
        for post in sorted(posts):
            sides = {
                server.side: server
                for server in results.lookup.servers
                if server.post == post and server.direction == "out"
            }
            if "exit" in sides:
                found.append((sides["exit"], sides.get("entry")))
            elif "entry" in sides:
                found.append((sides["entry"], None))
    if not found:
        raise UnusableError(f"nobody queues at {report.place!r} in the scenario")
    return found
