"""Reports as outcomes of a forecast: which are scored, over which window, against which number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from borderflow.observe.scope import UnusableError, areas, modes, per_day
from borderflow.scenario import Report, Scenario
from borderflow.scenario.checks.reports import of_citizens

DAY = timedelta(days=1)
Series = tuple[tuple[str, ...], tuple[bool, bool], str]

OUTCOMES = {
    "entries": r"(entries|cumulative_entries)\w*",
    "exits": r"exits_from_host_\w+",
    "crossings": r"crossings_both_directions_\w+",
    "queue": r"queue_vehicles|queue_km|queue_persons",
    "wait": r"wait_hours",
    "present": r"present",
}
"""What is scored, and the quantities (a regular expression) that count it."""

JAMS = ("queue", "wait")
CUMULATIVE = {"cumulative_entries": "entries_citizens", "cumulative_entries_all": "entries_all"}
"""Counts from a first day on, and the flows that they are sums of."""


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


APART = 0.2
"""Reports of one thing contradict each other where they differ by more than this share."""


def apart(a: float, b: float) -> bool:
    """Whether two reports of one thing contradict each other.

    Parameters
    ----------
    a, b : float
        What they say.
    """
    return abs(a - b) > APART * max(a, b)


class Told:
    """Outcomes so far: which tells the same count again, and which contradicts an earlier one."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], list[Outcome]] = {}

    def compare(self, one: Outcome) -> tuple[str | None, str | None]:
        """Ids of an earlier outcome that says the same, and of one that says something else.

        Parameters
        ----------
        one : Outcome
            The next outcome.
        """
        key = (one.series, one.report.date_start, one.report.date_end, one.side)
        earlier = self._seen.setdefault(key, [])
        same = next((x for x in earlier if round(x.observed) == round(one.observed)), None)
        other = next((x for x in earlier if apart(x.observed, one.observed)), None)
        earlier.append(one)
        return (same.report.id if same else None), (other.report.id if other else None)


def target(quantity: str) -> str | None:
    """What kind of thing a quantity is, or None where it is nothing that is scored.

    Parameters
    ----------
    quantity : str
        Quantity of a report.

    Examples
    --------
    >>> target("cumulative_entries"), target("queue_km"), target("share_men")
    ('entries', 'queue', None)
    """
    return next((kind for kind, of in OUTCOMES.items() if re.fullmatch(of, quantity)), None)


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
    quantity = CUMULATIVE.get(report.quantity) or of_citizens(report.quantity)
    place = tuple(sorted(areas(scenario, report.place)))
    return place, modes(report.scope), quantity


def total(report: Report) -> float:
    """All that a report counts in its window: a number a day times its days.

    Parameters
    ----------
    report : Report
        A report of a flow.
    """
    return middle(report) * (length(report) if per_day(report.unit) else 1)


def length(report: Report) -> int:
    """Days that a report counts; 24 hours that touch two days are one.

    Parameters
    ----------
    report : Report
        A report.
    """
    days = (report.date_end - report.date_start).days + 1
    return 1 if days == 2 and report.unit.endswith("/24h") else days


def middle(report: Report) -> float:
    """What a report says, as one number: the middle of a range.

    Parameters
    ----------
    report : Report
        A report.
    """
    if report.low is not None and report.high is not None:
        return (report.low + report.high) / 2
    return report.value


def side_of(report: Report) -> str:
    """Whether a report is one-sided: *at least*, *at most*, or neither.

    Parameters
    ----------
    report : Report
        A report.
    """
    if report.low == report.value and report.high is None:
        return "at least"
    return "at most" if report.high == report.value and report.low is None else ""


def primary(publisher: str) -> str:
    """Who counted, where a publisher passes on what another said.

    Parameters
    ----------
    publisher : str
        Publisher of a report.

    Examples
    --------
    >>> primary("RIA via Ukrainska Pravda"), primary("Vzglyad on MIA data"), primary("DW copy")
    ('ria', 'mia data', 'dw')
    """
    text = re.split(r"\s+via\s+", publisher, maxsplit=1)[0]
    text = re.split(r"\s+(?:on|quoting|citing)\s+", text)[-1]
    text = re.sub(r"^derived from\s+|\s+copy$|\s*\([^)]*\)", "", text)
    return " ".join(text.split()).casefold()


def newest(scenario: Scenario, reports: Iterable[Report]) -> dict[str, str]:
    """Reports that were revised by their own source, each with a sentence that says so.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    reports : iterable of Report
        Reports, in any order.
    """
    last: dict[tuple[object, ...], Report] = {}
    old: dict[str, str] = {}
    for report in sorted(reports, key=lambda row: row.known_from):
        try:
            series = series_of(scenario, report)
        except UnusableError:
            continue
        if target(report.quantity) in JAMS or not report.publisher:
            continue  # a queue seen twice in a day is two sights of it
        window = report.date_start, report.date_end
        key = (series, *window, per_day(report.unit), primary(report.publisher))
        earlier = last.get(key)
        if earlier is not None and earlier.known_from < report.known_from:
            old[earlier.id] = f"revised by {report.id!r} of the same source: the newest is scored"
        last[key] = report
    return old


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
    kind = target(report.quantity)
    if kind is None:
        return f"no outcome that is scored: {report.quantity}"
    if report.derived_from:
        return "derived from other reports: it has no weight of its own"
    try:
        series = series_of(scenario, report)
    except UnusableError as error:
        return str(error)
    side = side_of(report)
    whole = Outcome(report, series, middle(report), report.low, report.high, side)
    if not report.date_start <= as_of < report.date_end:
        return whole
    if kind in (*JAMS, "present"):
        return replace(whole, report=replace(report, date_start=as_of + DAY))
    if length(report) == 1:
        return whole
    return _increment(scenario, whole, as_of, others)


def _increment(
    scenario: Scenario, whole: Outcome, as_of: date, others: Sequence[Report]
) -> Outcome | str:
    """What a total added since the origin date, or since the last day up to which it is known."""
    report = whole.report
    end, past = counted(scenario, report, whole.series, as_of, others)
    before, after = (as_of - end).days, (report.date_end - as_of).days
    if end < report.date_start and report.quantity in CUMULATIVE:
        return "no report says how much of the total came up to the origin date"
    if before > after:
        return "most of what it counts came before the origin date"
    if end < report.date_start:
        return whole
    left = (report.date_end - end).days
    each, share = (length(report), left) if per_day(report.unit) else (1, 1)
    if whole.observed * each < past:
        return f"less than was reported up to {end}"

    def since(value: float | None) -> float | None:
        return None if value is None else max(0.0, (value * each - past) / share)

    return replace(
        whole,
        report=replace(report, date_start=end + DAY),
        observed=since(whole.observed) or 0.0,
        low=since(whole.low),
        high=since(whole.high),
    )


def counted(
    scenario: Scenario, report: Report, series: Series, as_of: date, others: Iterable[Report]
) -> tuple[date, float]:
    """Up to which day other reports tell how a total grew, and to how much.

    Reports of the same series are laid end to end from the total's first day. *More than* tells no
    total.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    report : Report
        A total.
    series : Series
        Its series.
    as_of : date
        The last day that is asked for.
    others : iterable of Report
        Other reports.

    Returns
    -------
    (date, float)
        The day before the total's first where nothing is told.
    """
    parts: dict[date, list[Report]] = {}
    for other in others:
        if other.id == report.id or other.date_end > as_of or other.date_start < report.date_start:
            continue
        if target(other.quantity) is None or side_of(other):
            continue
        if length(other) <= (other.date_end - other.date_start).days:
            continue  # hours of two days are no whole day
        try:
            if series_of(scenario, other) != series:
                continue
        except UnusableError:
            continue
        parts.setdefault(other.date_start, []).append(other)
    known = {report.date_start - DAY: 0.0}
    for start in sorted(parts):
        so_far = known.get(start - DAY)
        if so_far is None:
            continue
        for part in sorted(parts[start], key=lambda row: row.known_from, reverse=True):
            known.setdefault(part.date_end, so_far + total(part))
    last = max(known)
    return last, known[last]
