"""Checks of who moves at all: cohorts that never leave, visitors who never go, ends for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from borderflow.scenario.checks.parameters import COVARIATES
from borderflow.scenario.checks.registry import at, named
from borderflow.scenario.fields import fields
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Scenario
from borderflow.scenario.select import NotFoundError, select_cohorts, select_places

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


@named("idle-drivers")
def idle_drivers(scenario: Scenario) -> Iterator[Finding]:
    """Every driver reaches people who live somewhere and may leave."""
    for driver in scenario.drivers:
        try:
            places = [scenario.place(name) for name in select_places(scenario, driver.place)]
            cohorts = [
                scenario.cohort(name) for name in select_cohorts(scenario, driver.applies_to)
            ]
        except NotFoundError:  # (found by another check)
            continue
        if not any(place.population for place in places):
            yield at(driver, "place", "it drives nobody: nobody lives there", level="warning")
        if not any(cohort.share and not cohort.ordinary for cohort in cohorts):
            message = "it drives nobody: ordinary travellers leave by traffic.csv"
            yield at(driver, "applies_to", message, level="warning")


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


@named("covariates")
def covariates(scenario: Scenario) -> Iterator[Finding]:
    """What is told of destinations to make them attractive has a weight."""
    weighed = {row.applies_to for row in scenario.parameters if row.quantity == "attraction_weight"}
    for name in COVARIATES:
        usual = fields("place")[name].default_value
        told = [place for place in scenario.places if (getattr(place, name) or usual) != usual]
        if told and name not in weighed:
            message = f"it makes no place attractive: no parameter sets attraction_weight of {name}"
            yield at(told[0], name, message, level="warning")
