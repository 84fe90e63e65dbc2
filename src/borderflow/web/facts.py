"""What the scenario says: places, reports, policies and drivers as the page gets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from borderflow.observe import Unusable, areas, comparisons
from borderflow.observe.scope import WEEK, per_day
from borderflow.observe.scope import people as counts_people
from borderflow.policy import IN_FORCE, effects
from borderflow.scenario.edit import may_not_switch
from borderflow.scenario.select import pair, select_areas
from borderflow.web.counts import Counts
from borderflow.web.numbers import rounded

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.model import Policy, Report, Scenario

ENTRIES = r"entries_(\w+_)?citizens|cumulative_entries"
SERIES = (
    (ENTRIES, "entries_citizens"),
    (r"entries_all|cumulative_entries_all", "entries_all"),
    (r"exits_from_host_(\w+_)?citizens", "exits_citizens"),
    (r"present", "present"),
    (r"queue_vehicles", "queue_vehicles"),
    (r"queue_km", "queue_km"),
    (r"wait_hours", "wait_hours"),
    (r"one_way_fare_\w+", "fare"),
    (r"detained\w*", "detained"),
    (r"search_\w+", "search_interest"),
)
"""Series of the page that a report belongs to, by a pattern for its quantity."""

SNAPSHOTS = {"present", "queue_vehicles", "queue_km", "wait_hours", "fare", "search_interest"}
"""Series whose reports say how it was at one time, and not how many in all."""


def places(counts: Counts) -> list[dict[str, Any]]:
    """Every place, with the people who stay where people travel to as an end.

    Parameters
    ----------
    counts : Counts
        The run.
    """
    ends = {end.place: i for i, end in enumerate(counts.results.labels.destinations)}
    return [
        {
            "id": row.id,
            "name": row.name,
            "country": row.country,
            "controlled_by": row.controlled_by,
            "type": row.type,
            "lat": round(row.lat, 2),
            "lon": round(row.lon, 2),
            "present": counts.tell.band(counts.present([ends[row.id]])) if row.id in ends else None,
        }
        for row in counts.results.scenario.places
    ]


# Reports


def reports(counts: Counts, results: Results) -> list[dict[str, Any]]:
    """Every report that was known, with what it would have said of the members.

    Parameters
    ----------
    counts : Counts
        The run.
    results : Results
        Its tables.
    """
    compared = comparisons(counts.results)
    table = {row["id"]: row for row in results.table("reports")}
    uses = {use.report: use for use in results.scenario.uses}
    found = []
    for report, simulated in compared:
        use = uses.get(report.id)
        row = _report(report, results, "" if use is None else use.role)
        row["simulated"], row["inside"] = None, None
        if not isinstance(simulated, Unusable):
            counted = "persons" in report.unit or report.unit.startswith(("vis", "people"))
            tell = counts.tell if counted else counts.tell.plain()
            row["simulated"] = tell.few(simulated[0])
            row["inside"] = table[report.id]["inside"]
        found.append(row)
    return found


def _report(report: Report, results: Results, role: str) -> dict[str, Any]:
    scenario = results.scenario
    days = results.labels.days
    shown = days[0] <= report.date_start and report.date_end <= days[-1]
    name = next((s for pattern, s in SERIES if re.fullmatch(pattern, report.quantity)), None)
    return {
        "id": report.id,
        "place": report.place,
        "quantity": report.quantity,
        "unit": report.unit,
        "value": report.value,
        "low": report.low,
        "high": report.high,
        "start": report.date_start.isoformat(),
        "end": report.date_end.isoformat(),
        "publisher": report.publisher,
        "url": _link(report.source_url),
        "published": report.published_date,
        "known_from": report.known_from.isoformat(),
        "text": report.quote_or_paraphrase,
        "confidence": report.confidence,
        "derived_from": report.derived_from,
        "role": role,
        "series": name,
        "at": _where(report, scenario),
        "per_day": _daily(report, name, shown),
    }


CROSSINGS = r"(entries|exits_from_host|cumulative_entries|crossings_both_directions)\w*"
"""Quantities that sum up over days: the mean of a day is told of them."""


def _daily(report: Report, name: str | None, shown: bool) -> float | None:
    """The number of a report where it can stand beside a day of its series.

    Of a sum over several days, all of them shown, that is the mean of a day.
    """
    if name in SNAPSHOTS or per_day(report.unit) or report.date_start == report.date_end:
        return report.value
    if not shown or not re.fullmatch(CROSSINGS, report.quantity):
        return None
    days = (report.date_end - report.date_start).days + 1
    if report.unit.endswith("/week") and days != WEEK:
        return None
    return round(report.value / days, 1) if counts_people(report.unit) else None


def _where(report: Report, scenario: Scenario) -> list[str]:
    try:
        return list(areas(scenario, report.place))
    except LookupError:
        return []
    except ValueError:
        ends = pair(scenario, report.place)
        return [] if ends is None else [*ends[0], *ends[1]]


def _link(url: str) -> str:
    """A web address, or nothing: only these become links on the page."""
    return url if url.startswith(("https://", "http://")) else ""


# Policies


def policies(results: Results, scenario: Scenario, added: frozenset[str]) -> list[dict[str, Any]]:
    """Every dated rule and statement that was known.

    Parameters
    ----------
    results : Results
        The run.
    scenario : Scenario
        What was known of the scenario.
    added : frozenset of str
        Ids of the policies that this run has on top of its scenario.
    """
    acting = {effect.policy for effect in effects(scenario)}
    acting |= {row.policy for row in scenario.drivers if row.policy}
    first, last = results.labels.days[0], results.labels.days[-1]
    recent = may_not_switch(scenario, date.today())
    found = []
    for row in scenario.policies:
        over = row.valid_until is not None and row.valid_until <= first
        acts = row.id in acting and row.status == IN_FORCE and not over and row.valid_from <= last
        found.append(
            {
                "id": row.id,
                "kind": row.kind,
                "place": row.place,
                "applies_to": row.applies_to,
                "announced": _day(row.announced),
                "known_from": row.known_from.isoformat(),
                "from": row.valid_from.isoformat(),
                "until": _day(row.valid_until),
                "status": row.status,
                "text": row.detail,
                "url": _link(row.source_url),
                "confidence": row.confidence,
                "at": named(scenario, row),
                "acts": acts,
                "switchable": acts and row.id not in recent,
                "added": row.id in added,
            }
        )
    return found


def named(scenario: Scenario, policy: Policy) -> list[str]:
    """Places and countries that a policy names.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    policy : Policy
        The policy.
    """
    try:
        ends = pair(scenario, policy.place)
        return list(select_areas(scenario, policy.place) if ends is None else ends[0] + ends[1])
    except LookupError:
        return []


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# Drivers


def drivers(results: Results) -> Iterator[dict[str, Any]]:
    """What makes people leave, each with its level over the days (the highest is 1).

    Parameters
    ----------
    results : Results
        The run.
    """
    world = results.compiled.world
    rows = sorted(results.scenario.drivers, key=lambda row: row.id)
    day = np.asarray(world.step_day)
    level = np.asarray(world.term_level, dtype=np.float64)
    for name in dict.fromkeys(row.driver for row in results.scenario.drivers):
        here = [i for i, row in enumerate(rows) if row.driver == name]
        steps = np.abs(level[here]).max(axis=0)
        daily = np.array([steps[day == d].mean() for d in range(len(results.labels.days))])
        top = daily.max(initial=0.0)
        yield {
            "id": name,
            "assumed": any(rows[i].assumed for i in here),
            "level": rounded(daily / top) if top > 0 else 0,
            "parts": [
                {
                    "id": rows[i].id,
                    "place": rows[i].place,
                    "applies_to": rows[i].applies_to,
                    "from": rows[i].valid_from.isoformat(timespec="minutes"),
                    "until": None
                    if (end := rows[i].valid_until) is None
                    else end.isoformat(timespec="minutes"),
                    "policy": rows[i].policy,
                    "assumed": rows[i].assumed,
                    "source": rows[i].source,
                    "text": rows[i].note,
                }
                for i in here
            ],
        }
