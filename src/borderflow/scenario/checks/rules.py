"""Checks of what rules do: whom and what they concern, and the numbers that say how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from borderflow.scenario.checks.parameters import OF_RULES
from borderflow.scenario.checks.registry import at, named, policy_kinds
from borderflow.scenario.fields import quantities
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Link, Parameter, Policy, Scenario
from borderflow.scenario.select import NotFoundError, pair, select_areas, select_cohorts

if TYPE_CHECKING:
    from borderflow.policy import Effect

NEUTRAL = {
    "refused_share": 0.0,
    "rate_cut": 1.0,
    "rate_rise": 1.0,
    "seats_added": 0.0,
    "deterrence_hours": 0.0,
    "opening_pull": 0.0,
    "transfer_people": 0.0,
}
"""Values with which a rule leaves everything as it is."""

SURE = {"seats_added", "seats_cap"}
"""Numbers that are their median in every member: seats are sold from one timetable."""

SIDES = {"rate_cut": ("below", -1.0), "rate_rise": ("above", 1.0)}
"""On which side of 1 a factor lies."""


@named("rule-places")
def rule_places(scenario: Scenario) -> Iterator[Finding]:
    """What a rule in force concerns can be told from its place."""
    for rule, found in _emitted(scenario):
        if isinstance(found, LookupError) and _known(scenario, rule):
            near = getattr(found, "nearest", None)
            yield at(rule, "place", getattr(found, "says", str(found)), near=near)


@named("idle-rules")
def idle_rules(scenario: Scenario) -> Iterator[Finding]:
    """A rule in force concerns something or somebody in the scenario, and does something to it."""
    driving = {driver.policy for driver in scenario.drivers}
    for rule, found in _emitted(scenario):
        if rule.id in driving or isinstance(found, LookupError):
            continue
        if reason := _idle(scenario, rule, found):
            yield at(rule, "place", f"{rule.id!r} does nothing: {reason}", level="warning")


@named("rule-numbers")
def rule_numbers(scenario: Scenario) -> Iterator[Finding]:
    """How much a rule in force does is set by a parameter, and by one that its kind asks for."""
    defaults = quantities()
    for rule in _in_force(scenario):
        given = set_for(scenario, rule)
        for quantity in policy_kinds()[rule.kind].quantities:
            if quantity not in given:
                message = (
                    f"no parameter sets {quantity} for {rule.id!r} or for its kind:"
                    f" the default acts, {defaults[quantity].default:g}"
                )
                yield at(rule, "kind", message, level="warning")
    for row in scenario.parameters:
        side, sign = SIDES.get(row.quantity, ("", 0.0))
        if (row.median - 1.0) * sign < 0.0:
            near = f"{row.median / 100:g}" if 1 < row.median <= 100 else None
            message = f"it multiplies the ordinary rate and lies {side} 1"
            yield at(row, "median", message, near=near)
        if row.quantity in SURE and row.distribution != "fixed":
            message = "its range has no effect: seats are its median in every member"
            yield at(row, "distribution", message, level="warning", near="fixed")
        target = scenario.by_id("policy").get(row.applies_to)
        kind = policy_kinds().get(target.kind) if isinstance(target, Policy) else None
        if row.quantity in OF_RULES and kind is not None and row.quantity not in kind.quantities:
            near = next(iter(kind.quantities), None)
            asks = f"asks for {' and '.join(kind.quantities)}" if near else "asks for no number"
            message = f"nothing uses it: {kind.id} {asks}"
            yield at(row, "quantity", message, level="warning", near=near)


@named("transfers")
def transfers(scenario: Scenario) -> Iterator[Finding]:
    """People are moved between places that have some, and no more than live there."""
    for rule, found in _emitted(scenario):
        asked = set_for(scenario, rule).get("transfer_people")
        if isinstance(found, LookupError):
            continue
        for effect in found:
            if effect.knob != "transfer":
                continue
            place, goal = (scenario.place(name) for name in effect.where)
            if not goal.population and goal.attraction is None:
                message = f"{goal.name} is no destination: those who are brought there are not told"
                yield at(rule, "place", message, level="warning")
            if not place.population and place.attraction is None:
                message = f"nobody lives in {place.name} or goes there to stay: nobody is moved"
                yield at(rule, "place", message, level="warning")
            if not place.population or asked is None:
                continue
            cohorts = [row for row in scenario.cohorts if not effect.who or row.id in effect.who]
            live = place.population * sum(row.share for row in cohorts if not row.ordinary)
            if asked.median > live:
                message = (
                    f"{asked.median:,.0f} people are to be moved, and {live:,.0f} who are concerned"
                    f" live in {place.name}: no more can be"
                )
                yield at(rule, "place", message, level="warning")


def idle(scenario: Scenario, rule: Policy) -> str:
    """Why a rule in force does nothing at all in a scenario; empty where it may do something.

    Parameters
    ----------
    scenario : Scenario
        The scenario, which has no errors.
    rule : Policy
        One of its policies.
    """
    emitted = [found for other, found in _emitted(scenario) if other is rule]
    return "".join(_idle(scenario, rule, found) for found in emitted if isinstance(found, list))


def _idle(scenario: Scenario, rule: Policy, effects: list[Effect]) -> str:
    if not policy_kinds()[rule.kind].acts:
        return ""
    if not effects:
        return "nothing and nobody in this scenario is concerned"
    given = set_for(scenario, rule)
    reasons = [_neutral(scenario, effect, given) for effect in effects]
    return "; ".join(dict.fromkeys(reasons)) if all(reasons) else ""


def _neutral(scenario: Scenario, effect: Effect, given: Mapping[str, Parameter]) -> str:
    """Why an effect changes nothing, whatever is drawn; empty where it may change something."""
    if effect.knob == "permit":
        links = (scenario.by_id("link").get(name.removesuffix("-back")) for name in effect.where)
        shut = any(isinstance(link, Link) and not link.permitted for link in links)
        return "" if shut else "what it permits may be used already"
    if effect.parameter is None:
        return ""
    quantity = effect.parameter[0]
    row = given.get(quantity)
    if row is not None and row.distribution != "fixed":
        return ""
    number = quantities()[quantity].default if row is None else row.median
    if NEUTRAL.get(quantity) == number:
        return f"with {quantity} {number:g} all stays as it is"
    if (effect.knob, effect.how) == ("seats", "cap"):
        seats = {row.id: row.seats_day or 0.0 for row in scenario.links}
        most = max(seats.get(link, 0.0) for link in effect.where)
        if number >= most and "seats_added" not in _asked(scenario):
            return f"none of the services that it caps has more than {most:,.0f} seats a day"
    return ""


def _asked(scenario: Scenario) -> set[str]:
    """Quantities that the rules in force take their numbers from."""
    kinds = policy_kinds()
    return {quantity for rule in _in_force(scenario) for quantity in kinds[rule.kind].quantities}


def set_for(scenario: Scenario, rule: Policy) -> dict[str, Parameter]:
    """The parameters that say how much a rule does, by quantity; the most specific one of each.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    rule : Policy
        One of its policies.
    """
    kind = policy_kinds().get(rule.kind)
    found: dict[str, Parameter] = {}
    for target in ("", rule.kind, rule.id):
        for row in scenario.parameters:
            if row.applies_to == target and kind is not None and row.quantity in kind.quantities:
                found[row.quantity] = row
    return found


def _in_force(scenario: Scenario) -> list[Policy]:
    kinds = policy_kinds()
    return [rule for rule in scenario.policies if rule.status == "in force" and rule.kind in kinds]


def _known(scenario: Scenario, rule: Policy) -> bool:
    """Whether the names of its place and of those concerned are known ones."""
    try:
        select_cohorts(scenario, rule.applies_to)
        return pair(scenario, rule.place) is not None or bool(select_areas(scenario, rule.place))
    except NotFoundError:
        return False


def _emitted(scenario: Scenario) -> Iterator[tuple[Policy, list[Effect] | LookupError]]:
    """Rules in force, each with what it does to the world, or why that cannot be told."""
    from borderflow.policy import View

    try:
        view = View(scenario)
    except LookupError:  # links that lead nowhere are found by another check
        return
    for rule in _in_force(scenario):
        try:
            yield rule, policy_kinds()[rule.kind].emit(rule, view)
        except LookupError as error:
            yield rule, error
