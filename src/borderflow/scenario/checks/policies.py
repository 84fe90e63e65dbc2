"""Checks of policies and drivers: their dates, and rules that contradict each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations

from borderflow.scenario.checks.registry import at, named
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Driver, Parameter, Policy, Scenario
from borderflow.scenario.select import (
    NotFoundError,
    fold,
    pair,
    select_areas,
    select_cohorts,
    select_places,
)

FAMILIES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "crossing on foot": (
        frozenset({"foot_crossing_allowed"}),
        frozenset({"foot_crossing_closed"}),
    ),
    "visas": (
        frozenset({"visa_free", "visa_free_or_on_arrival"}),
        frozenset({"visa_required"}),
    ),
}
"""Kinds of rules that say the opposite of each other about one thing: those that open, those that
close."""

OVERRULED: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "crossing on foot": (frozenset({"foot_crossing_allowed"}), frozenset({"crossing_closed"})),
    "the pace of the officers": (
        frozenset({"service_rate_rise"}),
        frozenset({"service_rate_cut"}),
    ),
    "seats": (
        frozenset({"extra_seats", "service_added"}),
        frozenset({"airport_closed", "service_suspended", "air_ban"}),
    ),
    "visas": (frozenset({"visa_free", "visa_free_or_on_arrival"}), frozenset({"entry_ban"})),
}
"""Kinds of rules that may well be in force together, though one takes away what the other gives:
a closure goes before what it closes, and factors multiply."""

ALL_LEAVE = math.log(1000)
"""Hazard over a step above which fewer than one in a thousand stays."""


def _timed(scenario: Scenario) -> Sequence[Policy | Driver]:
    return (*scenario.policies, *scenario.drivers)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


@named("ends")
def ends(scenario: Scenario) -> Iterator[Finding]:
    """A policy or driver ends after it begins, and it says since when its end is known."""
    for row in _timed(scenario):
        if row.valid_until is None:
            if row.until_known_from is not None:
                message = "an end became known, but valid_until is blank"
                yield at(row, "until_known_from", message)
            continue
        if row.valid_until <= row.valid_from:
            yield at(row, "valid_until", "it ends before, or when, it begins")
        if row.until_known_from is None:
            message = "since when the end has been known must be given where valid_until is"
            yield at(row, "until_known_from", message)
        elif row.until_known_from < row.known_from:
            message = "the end became known before the rest"
            yield at(row, "until_known_from", message, level="warning")


@named("announced")
def announced(scenario: Scenario) -> Iterator[Finding]:
    """Nothing is announced after it begins."""
    for row in _timed(scenario):
        if row.announced is None:
            continue
        if row.valid_until is not None and row.announced >= _day(row.valid_until):
            yield at(row, "announced", "announced when it had ended already")
        elif row.announced > _day(row.valid_from):
            message = "announced after it begins"
            yield at(row, "announced", message, level="warning")


@named("outside-window")
def outside_window(scenario: Scenario) -> Iterator[Finding]:
    """Every policy and driver acts at some time within the scenario."""
    # (a period before the start that is far too long is found by another check)
    first = scenario.start - timedelta(days=min(max(scenario.warmup_days, 0), 366))
    for row in _timed(scenario):
        after = row.valid_until is not None and _day(row.valid_until) <= first
        message = "it never acts: it lies wholly outside the days of the scenario"
        if after or _day(row.valid_from) > scenario.end:
            column = "valid_until" if after else "valid_from"
            yield at(row, column, message, level="warning")


@named("driver-levels")
def driver_levels(scenario: Scenario) -> Iterator[Finding]:
    """No driver makes practically all leave at once."""
    step = min(scenario.step_hours, 24)  # (a longer one is found by another check)
    for row in scenario.drivers:
        amplitude = scenario.by_id("parameter").get(row.parameter)
        if not isinstance(amplitude, Parameter):
            continue
        try:
            cohorts = select_cohorts(scenario, row.applies_to)
        except NotFoundError:  # (found by another check)
            continue
        leave = max(scenario.cohort(name).leave_per_day for name in cohorts)
        rate = leave * (1 + amplitude.median * row.value)
        if rate * step / 24 > ALL_LEAVE:
            message = (
                f"practically all leave within a step of {step:g} h: at this level "
                f"{rate:,.4g} a day, by the median of {row.parameter!r}"
            )
            yield at(row, "value", message, level="warning")


@named("contradictions")
def contradictions(scenario: Scenario) -> Iterator[Finding]:
    """No two rules in force at one time and place say the opposite to the same people."""
    for one, other, about in _opposed(scenario, FAMILIES):
        message = (
            f"contradicts {one.id!r} ({one.kind}) about {about}: "
            "both are in force there at one time for the same people; leave one of them out, or"
            " let one end when the other begins"
        )
        yield at(other, "kind", message)


@named("overruled")
def overruled(scenario: Scenario) -> Iterator[Finding]:
    """A rule that takes away what another gives is meant to."""
    for one, other, about in _opposed(scenario, OVERRULED):
        message = (
            f"is in force with {one.id!r} ({one.kind}) and concerns the same people and "
            f"{about}: a closure goes before what it closes, factors multiply"
        )
        yield at(other, "kind", message, level="warning")


def _opposed(
    scenario: Scenario, families: dict[str, tuple[frozenset[str], frozenset[str]]]
) -> Iterator[tuple[Policy, Policy, str]]:
    """Pairs of rules of opposed kinds that meet, and what they are about."""
    concerned = {kind for opens, closes in families.values() for kind in (*opens, *closes)}
    rules = [p for p in scenario.policies if p.status == "in force" and p.kind in concerned]
    for one, other in combinations(rules, 2):
        for about, (opens, closes) in families.items():
            opposed = (one.kind in opens and other.kind in closes) or (
                other.kind in opens and one.kind in closes
            )
            if opposed and _overlap(one, other) and _same_place_and_people(scenario, one, other):
                yield one, other, about
                break


def _overlap(one: Policy, other: Policy) -> bool:
    return (one.valid_until is None or other.valid_from < one.valid_until) and (
        other.valid_until is None or one.valid_from < other.valid_until
    )


def _same_place_and_people(scenario: Scenario, one: Policy, other: Policy) -> bool:
    try:
        where = _where(scenario, one.place) & _where(scenario, other.place)
        who = set(select_cohorts(scenario, one.applies_to)) & set(
            select_cohorts(scenario, other.applies_to)
        )
    except NotFoundError:
        # Another check says that a name is unknown.
        return False
    return bool(where and who)


def _where(scenario: Scenario, text: str) -> set[str]:
    sides = pair(scenario, text)
    if sides is not None:
        # What lies between two countries is neither of them.
        return {" - ".join(sorted("|".join(sorted(side)) for side in sides))}
    return {*select_areas(scenario, text), *select_places(scenario, text)}


@named("prospects")
def prospects(scenario: Scenario) -> Iterator[Finding]:
    """A prospect is of something that is no rule yet, with days and a chance in order."""
    policies = scenario.by_id("policy")
    for row in scenario.prospects:
        policy = policies.get(row.policy)
        if isinstance(policy, Policy) and policy.status == "in force":
            yield at(row, "policy", f"{policy.id!r} is in force: it is no prospect")
        if row.latest < row.earliest:
            yield at(row, "latest", "it lies before the earliest day")
        if not row.low <= row.chance <= row.high:
            yield at(row, "chance", "low <= chance <= high is needed")


@named("policy-duplicates")
def policy_duplicates(scenario: Scenario) -> Iterator[Finding]:
    """No rule in force is listed twice."""
    seen: dict[tuple[object, ...], str] = {}
    for row in scenario.policies:
        key = (fold(row.place), row.kind, fold(row.applies_to), row.valid_from, row.valid_until)
        other = seen.setdefault(key, row.id)
        if other != row.id and row.status == "in force":
            yield at(row, None, f"says the same as {other!r}: it would act twice", level="warning")
