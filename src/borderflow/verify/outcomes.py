"""Reports as outcomes of a forecast: which are scored, over which window, against which number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from borderflow.observe.scope import UnusableError, areas, modes, per_day
from borderflow.scenario import Report, Scenario
from borderflow.verify.read import OUTCOMES

DAY = timedelta(days=1)
Series = tuple[tuple[str, ...], tuple[bool, bool], str]
TARGETS = {
    "crossings_both_directions_all": "crossings",
    "queue_vehicles": "queue",
    "queue_km": "queue",
    "wait_hours": "wait",
}


@dataclass(frozen=True)
class Outcome:
    """A report as something that a forecast can be held to.

    Attributes
    ----------
    report : Report
        The report on the window that is scored: an increment where it was a cumulative.
    series : Series
        Place, ways of travel and quantity: reports of one series are not independent.
    observed, low, high : float, float or None, float or None
        What was reported (the middle of a range), and its range.
    side : {"", "at least", "at most"}
        Whether it is one-sided.
    """

    report: Report
    series: Series
    observed: float
    low: float | None
    high: float | None
    side: str = ""


def target(quantity: str) -> str:
    """What kind of thing a quantity is: entries, exits, crossings, queue or wait.

    Parameters
    ----------
    quantity : str
        Quantity of a report.

    Examples
    --------
    >>> target("cumulative_entries"), target("queue_km")
    ('entries', 'queue')
    """
    return TARGETS.get(quantity) or ("exits" if quantity.startswith("exits") else "entries")


def series_of(scenario: Scenario, report: Report) -> Series:
    """The series that a report belongs to.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    report : Report
        The report.

    Raises
    ------
    UnusableError
        If the scenario has no such place.
    """
    quantity = report.quantity
    if quantity == "cumulative_entries":
        quantity = "entries_citizens"
    quantity = quantity.replace("russian_citizens", "citizens")
    place = tuple(sorted(areas(scenario, report.place)))
    return place, modes(report.scope), quantity


def total(report: Report) -> float:
    """All that a report counts in its window: a number a day times its days.

    Parameters
    ----------
    report : Report
        A report of a flow.
    """
    days = (report.date_end - report.date_start).days + 1
    return report.value * days if per_day(report.unit) else report.value


def outcome(
    scenario: Scenario, report: Report, as_of: date, others: Sequence[Report]
) -> Outcome | str:
    """What of a report is scored in a forecast, or why nothing is.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    report : Report
        A report.
    as_of : date
        Origin date of the forecast.
    others : sequence of Report
        Other reports, from which the part of a total before `as_of` is taken.
    """
    if not OUTCOMES.fullmatch(report.quantity):
        return f"{report.quantity!r} is no outcome that is scored (entries, exits, queues, waits)"
    if report.derived_from:
        return "derived from other reports: it has no weight of its own"
    try:
        series = series_of(scenario, report)
    except UnusableError as error:
        return str(error)
    side = ""
    low, high, observed = report.low, report.high, report.value
    if low is not None and high is not None:
        observed = (low + high) / 2
    elif low is not None and low == report.value:
        side = "at least"
    elif high is not None and high == report.value:
        side = "at most"
    scored = report
    straddles = report.date_start <= as_of < report.date_end
    if straddles and target(report.quantity) in ("queue", "wait"):
        scored = replace(report, date_start=as_of + DAY)
    elif straddles:
        past = _past(scenario, report, series, as_of, others)
        if past is not None:
            days = (report.date_end - report.date_start).days + 1
            left = (report.date_end - as_of).days
            each, share = (days, left) if per_day(report.unit) else (1, 1)

            def since(value: float | None) -> float | None:
                return None if value is None else max(0.0, (value * each - past) / share)

            observed, low, high = since(observed) or 0.0, since(low), since(high)
            scored = replace(report, date_start=as_of + DAY)
        elif not per_day(report.unit):
            return "no report says how much of the total came up to the origin date"
    return Outcome(scored, series, observed, low, high, side)


def _past(
    scenario: Scenario, report: Report, series: Series, as_of: date, others: Iterable[Report]
) -> float | None:
    """What other reports of the series counted from the report's first day to `as_of`."""
    daily: dict[date, float] = {}
    for other in others:
        if other.id == report.id or other.date_end > as_of or other.date_end < report.date_start:
            continue
        try:
            if series_of(scenario, other) != series:
                continue
        except UnusableError:
            continue
        if (other.date_start, other.date_end) == (report.date_start, as_of):
            return total(other)
        if other.date_start == other.date_end:
            daily.setdefault(other.date_start, total(other))
    days = (as_of - report.date_start).days + 1
    wanted = [report.date_start + i * DAY for i in range(days)]
    return sum(daily[day] for day in wanted) if all(day in daily for day in wanted) else None
