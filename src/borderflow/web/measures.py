"""Numbers that were reported and that no chart of the page counts: each as the reports count it.

Kilometres of a queue, crossings of all nationalities, fares between two towns: the chart shows what
a report of each day would have said of the members, so that band and dots are like for like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from borderflow.observe import Unusable, comparisons, simulate_report
from borderflow.observe.scope import people as counts_people
from borderflow.scenario.select import pair
from borderflow.web.counts import Counts

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.model import Report

OWN = re.compile(
    r"queue_km|queue_persons|entries_all|exits_from_host_all"
    r"|crossings_both_directions_\w+|one_way_fare_\w+"
)
"""Quantities that get charts of their own where they were reported."""

Key = tuple[str, str]
"""Quantity and place, as reported."""


def measures(counts: Counts, said: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every quantity and place with reports on the shown days, day by day.

    Parameters
    ----------
    counts : Counts
        The run.
    said : iterable of dict
        The reports as the page gets them.
    """
    results = counts.results
    days = results.labels.days
    rows = {row["id"]: row for row in said if row["per_day"] is not None}
    found: dict[Key, Report] = {}
    for report, _ in comparisons(results):
        here = report.date_start <= days[-1] and report.date_end >= days[0]
        if here and report.id in rows and OWN.fullmatch(report.quantity):
            found.setdefault((report.quantity, report.place), report)
    for _, report in sorted(found.items()):
        unit = "persons/day" if report.unit.startswith("persons/") else report.unit
        row = replace(report, unit=unit)
        daily = []
        for day in days:
            simulated = simulate_report(replace(row, date_start=day, date_end=day), results)
            if isinstance(simulated, Unusable):
                break
            daily.append(simulated[0])
        if len(daily) < len(days):
            continue
        tell = counts.tell if counts_people(unit) else counts.tell.plain()
        yield {
            "quantity": report.quantity,
            "place": report.place,
            "unit": unit,
            "at": [*dict.fromkeys([*rows[report.id]["at"], *_ends(results, report)])],
            "days": tell.band(np.stack(daily, axis=1)),
        }


CHARTS: dict[str, tuple[str, ...]] = {
    "entries_citizens": ("posts", "countries"),
    "exits_citizens": ("countries",),
    "present": ("countries",),
    "queue_vehicles": ("posts",),
    "wait_hours": ("posts",),
}
"""Series of reports that have a chart, and of what."""


def uncharted(report: dict[str, Any], seen: Mapping[str, Any]) -> str | None:
    """Why a report is a dot on no chart; None where it is on one.

    Parameters
    ----------
    report : dict
        The report as the page gets it.
    seen : mapping
        Of the view: `dates`, `posts`, `countries` and `measures`.

    Returns
    -------
    str or None
        ``outside``: not all of its days are shown. ``unlike``: no chart counts the same.
    """
    first, last = seen["dates"][0], seen["dates"][-1]
    if report["end"] < first or report["start"] > last:
        return "outside"
    key = report["quantity"], report["place"]
    own = any((row["quantity"], row["place"]) == key for row in seen["measures"])
    named = {row["id"] for kind in CHARTS.get(report["series"], ()) for row in seen[kind]}
    if not own and not named & set(report["at"]):
        return "unlike"
    if report["per_day"] is None:
        return "outside" if report["start"] < first or report["end"] > last else "unlike"
    return None


def _ends(results: Results, report: Report) -> list[str]:
    """The country that a route leads to, among whose charts its fare is shown."""
    ends = pair(results.scenario, report.place) if "fare" in report.quantity else None
    country = {place.id: place.country for place in results.scenario.places}
    return [] if ends is None else [country.get(name, name) for name in ends[1]]
