"""Checks of who moves at all: cohorts that never leave, visitors who never go, ends for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from borderflow.scenario.checks.registry import at, named
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Scenario

ENDS = ("destination", "camp")
"""Types of places that are there for people to stay at."""


@named("leavers")
def leavers(scenario: Scenario) -> Iterator[Finding]:
    """Every cohort leaves at some rate, or follows those who left it behind."""
    follow = {cohort.left_behind for cohort in scenario.cohorts}
    for cohort in scenario.cohorts:
        if cohort.ordinary or not cohort.share or cohort.leave_per_day or cohort.id in follow:
            continue
        message = "nobody of this cohort ever leaves: drivers multiply a rate of 0"
        yield at(cohort, "leave_per_day", message, level="warning")


@named("visitors")
def visitors(scenario: Scenario) -> Iterator[Finding]:
    """Ordinary travellers who stay go home again."""
    come = {row.cohort for row in scenario.traffic}
    for cohort in scenario.cohorts:
        if cohort.ordinary and cohort.stays and not cohort.return_per_day and cohort.id in come:
            message = "these visitors never go home: there are more of them every day"
            yield at(cohort, "return_per_day", message, level="warning")


@named("ends-of-ways")
def ends_of_ways(scenario: Scenario) -> Iterator[Finding]:
    """People may choose to go to every place that is there to stay at."""
    for place in scenario.places:
        if place.type in ENDS and place.attraction is None:
            message = f"nobody goes to this {place.type} to stay: it has no attraction"
            yield at(place, "attraction", message, level="warning")
