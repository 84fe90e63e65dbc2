"""Checks of numbers: ranges, shares, steps, cohorts and traffic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from borderflow.scenario.checks.registry import at, at_key, modes, named
from borderflow.scenario.fields import fields
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Scenario

MANY = 10_000_000_000.0
POSITIVE = 1e-9

RANGES: dict[tuple[str, str], tuple[float, float]] = {
    ("scenario", "step_hours"): (0.25, 24),
    ("scenario", "warmup_days"): (0, 60),
    ("scenario", "news_hours"): (POSITIVE, 240),
    ("scenario", "booking_days"): (1, 366),
    ("place", "lat"): (-90, 90),
    ("place", "lon"): (-180, 180),
    ("place", "population"): (0, MANY),
    ("place", "attraction"): (-50, 50),
    ("place", "visa_free_days"): (0, 36_600),
    ("place", "language"): (0, 1),
    ("place", "diaspora"): (0, MANY),
    ("place", "price_level"): (POSITIVE, 1_000),
    ("place", "capacity"): (0, MANY),
    ("place", "present"): (0, MANY),
    ("link", "distance_km"): (0, 20_100),
    ("link", "hours"): (0, 24 * 60),
    ("link", "fare"): (0, MANY),
    ("link", "seats_day"): (0, 1_000_000),
    ("link", "reserved_share"): (0, 1),
    ("checkpoint", "rate_hour"): (0, 100_000),
    ("checkpoint", "room"): (0, 1_000_000),
    ("checkpoint", "share_car"): (0, 1),
    ("checkpoint", "share_bus"): (0, 1),
    ("checkpoint", "share_foot"): (0, 1),
    ("checkpoint", "share_lorry"): (0, 1),
    ("cohort", "size"): (1, 100),
    ("cohort", "share"): (0, 1),
    ("cohort", "value_of_time"): (POSITIVE, MANY),
    ("cohort", "budget"): (0, MANY),
    ("cohort", "leave_per_day"): (0, 24),
    ("cohort", "return_per_day"): (0, 24),
    ("cohort", "onward_per_day"): (0, 24),
    ("cohort", "follow_per_day"): (0, 24),
    ("cohort", "patience_hours"): (POSITIVE, 24 * 366),
    ("cohort", "left_behind_share"): (0, 1),
    ("traffic", "per_day"): (0, 10_000_000),
    ("prospect", "chance"): (0, 1),
    ("prospect", "low"): (0, 1),
    ("prospect", "high"): (0, 1),
    ("driver", "value"): (-1, MANY),
    ("driver", "rise_hours"): (0, 24 * 366),
    ("driver", "half_life_days"): (POSITIVE, 36_600),
    ("parameter", "median"): (-MANY, MANY),
    ("parameter", "low"): (-MANY, MANY),
    ("parameter", "high"): (-MANY, MANY),
}
"""Lowest and highest sensible value of the numbers of each kind, both allowed."""


def _outside(value: float | None, limits: tuple[float, float]) -> str | None:
    low, high = limits
    if value is None or low <= value <= high:
        return None
    if value < low:
        if low == POSITIVE:
            return "must be above 0"
        return "must not be negative" if low == 0 else f"must be at least {low:g}"
    return f"must be at most {high:g}"


@named("ranges")
def ranges(scenario: Scenario) -> Iterator[Finding]:
    """Numbers lie where numbers of their sort can lie: no negative rates, no shares above 1."""
    for (kind, column), limits in RANGES.items():
        field = fields(kind)[column]
        if kind == "scenario":
            message = _outside(getattr(scenario, field.name), limits)
            if message:
                yield at_key(scenario, column, message)
            continue
        for row in scenario.rows(kind):
            message = _outside(getattr(row, field.name), limits)
            if message:
                yield at(row, column, message)


@named("steps")
def steps(scenario: Scenario) -> Iterator[Finding]:
    """Steps divide the day, and news comes at the end of a step."""
    step, news = scenario.step_hours, scenario.news_hours
    if step < RANGES["scenario", "step_hours"][0]:  # (found by another check)
        return
    if abs(24 / step - round(24 / step)) > 1e-9:
        near = min((h for h in (1, 2, 3, 4, 6, 8, 12, 24)), key=lambda h: abs(h - step))
        yield at_key(scenario, "step_hours", "must divide 24 hours", f"{near}")
    elif abs(news / step - round(news / step)) > 1e-9 or news < step:
        near = max(1, round(news / step))
        message = f"must be a multiple of step_hours ({step:g})"
        yield at_key(scenario, "news_hours", message, f"{near * step:g}")


@named("window")
def window(scenario: Scenario) -> Iterator[Finding]:
    """The scenario ends after it begins, and within ten years."""
    if scenario.end < scenario.start:
        yield at_key(scenario, "end", "the scenario ends before it begins")
    elif scenario.end - scenario.start > timedelta(days=3653):
        yield at_key(scenario, "end", "the scenario is longer than ten years")


@named("cohort-shares")
def cohort_shares(scenario: Scenario) -> Iterator[Finding]:
    """Shares of the cohorts that are not ordinary add up to 1."""
    people = [cohort for cohort in scenario.cohorts if not cohort.ordinary]
    whole = sum(cohort.share for cohort in people)
    if people and abs(whole - 1) > 1e-6:
        message = f"the shares of the cohorts that are not ordinary add up to {whole:.9g}, not 1"
        yield at(people[-1], "share", message)
    for cohort in scenario.cohorts:
        if cohort.ordinary and cohort.share:
            message = "an ordinary cohort is no part of the population: it comes from traffic.csv"
            yield at(cohort, "share", message)


@named("families")
def families(scenario: Scenario) -> Iterator[Finding]:
    """Families left behind are cohorts of their own, and a share says how many there are."""
    for cohort in scenario.cohorts:
        if cohort.left_behind == cohort.id:
            yield at(cohort, "left_behind", "the cohort leaves itself behind")
        if cohort.left_behind is None and cohort.left_behind_share:
            yield at(cohort, "left_behind_share", "there is no cohort in left_behind")


@named("traffic")
def traffic(scenario: Scenario) -> Iterator[Finding]:
    """Ordinary traffic is of ordinary cohorts, on links that they can use, with seven factors."""
    known = modes()
    for row in scenario.traffic:
        if len(row.weekday) != 7 or min(row.weekday) < 0 or sum(row.weekday) <= 0:
            message = "seven factors are needed, none negative and not all 0"
            yield at(row, "weekday", message)
        if row.cohort not in scenario.by_id("cohort") or row.link not in scenario.by_id("link"):
            continue
        cohort, link = scenario.cohort(row.cohort), scenario.link(row.link)
        if not cohort.ordinary:
            yield at(row, "cohort", "the cohort is not ordinary")
        ends = [scenario.by_id("place").get(end) for end in (link.from_, link.to)]
        within = all(ends) and len({getattr(end, "country", None) for end in ends}) == 1
        if within and not link.exit_checkpoint and not link.entry_checkpoint:
            message = "the link crosses no border: ordinary travel is followed at borders only"
            yield at(row, "link", message, level="warning")
        if link.mode in known and not known[link.mode].allows(cohort):
            yield at(row, "link", f"{cohort.id!r} cannot travel by {link.mode}")
        if link.documents and cohort.document not in link.documents:
            message = f"{cohort.id!r} holds {cohort.document!r}, which is not accepted here"
            yield at(row, "link", message, level="warning")
