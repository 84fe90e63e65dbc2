"""Checks of reports: units, windows, vintages, and queues that agree with waits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from borderflow.scenario.checks.registry import at, named, nearest
from borderflow.scenario.fields import quantities
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Report, Scenario
from borderflow.scenario.published import published_areas
from borderflow.scenario.select import NotFoundError, fold, pair, select_places

DAILY = ("persons/day", "persons/24h")
FLOW = (
    *DAILY,
    "persons/week",
    "persons/period",
    "persons/month",
    "visits/month",
    "visitors/month",
)
VEHICLE_FLOW = ("vehicles/day", "vehicles/24h", "vehicles/week", "vehicles/period")
SHARE = ("fraction", "percent", "share of adults")

UNITS: Mapping[str, tuple[str, ...]] = {
    "entries_citizens": FLOW,
    "entries_all": FLOW,
    "exits_from_host_citizens": FLOW,
    "exits_from_host_all": FLOW,
    "crossings_both_directions_all": FLOW,
    "crossings_both_directions_citizens": FLOW,
    "vehicles_both_directions": VEHICLE_FLOW,
    "cumulative_entries": ("persons",),
    "cumulative_entries_all": ("persons",),
    "present": ("persons",),
    "net_entries": ("persons", *FLOW),
    "refused": ("persons", *FLOW),
    "asylum_applications_citizens": ("persons", *FLOW),
    "exits_russian_men": ("persons", *FLOW),
    "outflow_estimate": ("persons",),
    "queue_vehicles": ("vehicles",),
    "queue_lorries": ("vehicles",),
    "queue_persons": ("persons",),
    "queue_km": ("km",),
    "wait_hours": ("hours",),
    "one_way_ticket_issue_vs_prior": ("ratio",),
    "seats_flown_from_moscow": ("seats",),
    "charter_requests": ("requests/day",),
    "detained": ("persons",),
    "detained_cumulative": ("persons",),
    "callup_target": ("persons",),
    "reservist_pool": ("persons",),
    "checkpoints_congested": ("count",),
    "passenger_cars_change": SHARE,
    "share_men": SHARE,
    "share_leaving_again": SHARE,
    "share_with_foreign_passport": SHARE,
    "share_with_schengen_visa": SHARE,
    "survey_share_anxious": SHARE,
    "valid_schengen_visas_held_by_russians": ("visas",),
    "search_interest": ("index (own maximum)",),
    "search_multiple_leave_russia": ("times usual",),
    "search_multiple_tickets_airplane": ("times usual",),
    "search_queries_mobilisation": ("queries/day",),
}
"""Units in which each quantity may be reported; citizens may be named (`entries_X_citizens`)."""

FARE = "one_way_fare_"
NOT_VIA = "share_entering_not_via_"

NAMED: Mapping[str, tuple[str, ...]] = {
    f"{FARE}xxx": ("the currency, XXX",),
    f"{NOT_VIA}x": SHARE,
}
"""Quantities whose name holds a currency, or a post."""


def units_of(quantity: str) -> tuple[str, ...] | None:
    """Units in which a quantity may be reported; None where nothing is known about it.

    Parameters
    ----------
    quantity : str
        Name of the quantity.

    Examples
    --------
    >>> units_of("present"), units_of("one_way_fare_usd"), units_of("queues")
    (('persons',), ('USD',), None)
    """
    if re.fullmatch(FARE + "[a-z]{3}", quantity):
        return (quantity.removeprefix(FARE).upper(),)
    if quantity.startswith(NOT_VIA):
        return SHARE
    return UNITS.get(of_citizens(quantity))


def others_counted(scenario: Scenario, quantity: str) -> str | None:
    """Country whose citizens a quantity names, where they are not those of the scenario.

    Parameters
    ----------
    scenario : Scenario
        Knows the countries; a word such as ``indian`` begins as the name of one does.
    quantity : str
        Name of the quantity.
    """
    named_ = re.fullmatch(rf"({COUNTED})_(\w+)_citizens", quantity)
    if named_ is None:
        return None
    word = named_[2].casefold().replace("_", " ")
    meant = [
        code
        for code, name in scenario.countries.items()
        if word == code.casefold() or fold(name).startswith(word[:4])
    ]
    own = not meant or scenario.nationality in meant
    return None if own else scenario.countries[meant[0]]


COUNTED = "entries|exits_from_host|crossings_both_directions|asylum_applications"
"""Flows that may be counted of citizens alone."""


def of_citizens(quantity: str) -> str:
    """A quantity without the name of the citizens whom it counts.

    Parameters
    ----------
    quantity : str
        Name of the quantity.

    Examples
    --------
    >>> of_citizens("entries_sudanese_citizens"), of_citizens("entries_all")
    ('entries_citizens', 'entries_all')
    """
    return re.sub(rf"({COUNTED})_\w+_citizens", r"\1_citizens", quantity)


ANY_SIGN = ("passenger_cars_change", "net_entries")
"""Quantities that may be below zero."""


@named("report-units")
def report_units(scenario: Scenario) -> Iterator[Finding]:
    """Every report counts something known, in a unit that fits."""
    for report in scenario.reports:
        units = units_of(report.quantity)
        if units is None:
            message = "nothing is known about this quantity: the report will not be used"
            near = nearest(of_citizens(report.quantity), UNITS)
            yield at(report, "quantity", message, level="warning", near=near)
            continue
        if country := others_counted(scenario, report.quantity):
            own = scenario.countries.get(scenario.nationality, scenario.nationality)
            message = f"counts citizens of {country}, and the scenario those of {own}: not used"
            yield at(report, "quantity", message, level="warning")
        if report.unit not in units:
            message = f"{report.quantity} is counted in {' or '.join(units)}"
            yield at(report, "unit", message, near=nearest(report.unit, units) or units[0])


@named("report-places")
def report_places(scenario: Scenario) -> Iterator[Finding]:
    """Every report that is compared with what is simulated names places of the scenario."""
    # What only a driver or prior rests on, or nothing, may be of anywhere.
    elsewhere = {use.report for use in scenario.uses if use.role != "report"}
    for report in scenario.reports:
        if report.id in elsewhere:
            continue
        try:
            if pair(scenario, report.place) is None:  # (a fare has two places)
                published_areas(scenario, report.place)
        except NotFoundError as error:
            message = f"{error.says}: the report will not be used"
            yield at(report, "place", message, level="warning", near=error.nearest)


@named("report-dates")
def report_dates(scenario: Scenario) -> Iterator[Finding]:
    """A window ends after it begins, and a day's count is known when the day is over."""
    for report in scenario.reports:
        if report.date_end < report.date_start:
            yield at(report, "date_end", "the window ends before it begins")
        if report.quantity.startswith("cumulative") and report.date_start == report.date_end:
            message = "a cumulative count is of all days from date_start on, and this is one day"
            yield at(report, "date_start", message, level="warning")
        if report.known_from < report.date_end:
            message = "known before the window was over: is it a forecast, or a partial count?"
            yield at(report, "known_from", message, level="warning")


@named("report-values")
def report_values(scenario: Scenario) -> Iterator[Finding]:
    """No count is negative, and a range holds its number."""
    for report in scenario.reports:
        if report.quantity not in ANY_SIGN:
            for column in ("value", "low", "high"):
                if (getattr(report, column) or 0) < 0:
                    yield at(report, column, "must not be negative")
        low = report.value if report.low is None else report.low
        high = report.value if report.high is None else report.high
        if not low <= report.value <= high:
            column = "low" if low > report.value else "high"
            yield at(report, column, "the number lies outside its own range")


@named("report-duplicates")
def report_duplicates(scenario: Scenario) -> Iterator[Finding]:
    """No report is listed twice; later vintages and other publishers are reports of their own."""
    seen: dict[tuple[object, ...], str] = {}
    for row in scenario.reports:
        key = (
            *(row.date_start, row.date_end, fold(row.place), row.quantity, row.value),
            *(row.unit, row.scope, fold(row.publisher), row.known_from, row.derived_from),
        )
        other = seen.setdefault(key, row.id)
        if other != row.id:
            yield at(
                row, None, f"says the same as {other!r}: it would count twice", level="warning"
            )


@named("report-uses")
def report_uses(scenario: Scenario) -> Iterator[Finding]:
    """What is made of each report is said once, and with a reason where it is nothing."""
    if not scenario.uses:
        return
    seen: dict[str, str] = {}
    for row in scenario.uses:
        other = seen.setdefault(row.report, row.id)
        if other != row.id:
            yield at(row, "report", f"{other!r} says already what is made of this report")
        if row.role == "unused" and not row.reason:
            yield at(row, "reason", "a report that is not used needs a reason")
        elif row.role in ("driver", "prior") and not row.of:
            yield at(row, "of", f"which {row.role} rests on the report must be given")
    for report in scenario.reports:
        if report.id not in seen:
            message = "uses.csv does not say what is made of this report"
            yield at(report, "id", message, level="warning")


@named("queue-wait")
def queue_wait(scenario: Scenario) -> Iterator[Finding]:
    """Queue, throughput and wait of one post on one day agree to a factor of 2: L = lambda W."""
    people = _median(scenario, "persons_per_vehicle", "car")
    per_km = _median(scenario, "vehicles_per_km")
    to_people = {
        "queue_persons": 1.0,
        "queue_vehicles": people,
        "queue_km": per_km * people,
    }
    days: dict[tuple[str, date], list[Report]] = {}
    for report in scenario.reports:
        long = (report.date_end - report.date_start).days
        if long <= 1:
            flow = report.quantity.startswith("entries_")
            for back in range(long + 1 if flow else 1):  # a flow is that of all of its days
                day = report.date_end - timedelta(days=back)
                days.setdefault((_post(scenario, report), day), []).append(report)
    for (_, day), reports in days.items():
        waiting = [r.value * to_people[r.quantity] for r in reports if r.quantity in to_people]
        passed = [
            r.value / 24
            for r in reports
            if r.quantity.startswith("entries_") and r.unit in DAILY and r.value > 0
        ]
        told = [r for r in reports if r.quantity == "wait_hours" and r.value > 0]
        hours = [queue / rate for queue in waiting for rate in passed]
        if not hours:
            continue
        for report in told:
            if not min(hours) / 2 <= report.value <= max(hours) * 2:
                low, high = min(hours), max(hours)
                says = f"{low:.0f}" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
                message = (
                    f"queue and throughput of {day.isoformat()} say {says} hours "
                    "(people waiting over people passing), more than a factor of 2 off"
                )
                yield at(report, "value", message, level="warning")


def _post(scenario: Scenario, report: Report) -> str:
    try:
        return "|".join(select_places(scenario, report.place)) or fold(report.place)
    except NotFoundError:
        return fold(report.place)


def _median(scenario: Scenario, quantity: str, target: str = "") -> float:
    found = {p.applies_to: p.median for p in scenario.parameters if p.quantity == quantity}
    return found.get(target, found.get("", quantities()[quantity].default))
