"""Checks of parameters: distributions that exist, on numbers that they fit."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from borderflow.scenario.checks.registry import at, named, nearest, policy_kinds
from borderflow.scenario.fields import fields, quantities
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Parameter, Scenario

SHARES = {
    "nest_scale",
    "network_pull",
    "news_smoothing",
    "reconsider_share",
    "baulk_max",
    "give_up_share",
    "refused_home_share",
    "protection_share",
    "refused_share",
    "ordinary_staff",
}
"""Quantities that lie between 0 and 1."""

ANY_SIGN = {"amplitude", "attraction", "attraction_weight", "opening_pull"}
"""Quantities that may be below 0; all that are not listed are above 0, or at least not below."""

COVARIATES = ("contiguous", "visa_free_days", "language", "diaspora", "price_level")
"""Columns of a place that make it attractive as a destination, each with its weight."""

GROUP = "group of cohorts"

_RULE = ("policy", "kind")
TARGETS: dict[str, tuple[str, ...]] = {
    "leave_factor": ("cohort", GROUP),
    "return_factor": ("cohort", GROUP),
    "onward_factor": ("cohort", GROUP),
    "follow_factor": ("cohort", GROUP),
    "amplitude": ("driver",),
    "attraction": ("place", "country"),
    "attraction_weight": ("covariate",),
    "rate_factor": ("checkpoint", "post", "size"),
    "ordinary_staff": ("checkpoint", "post", "size"),
    "traffic_factor": ("traffic", "cohort", "link"),
    "traffic_level": ("country",),
    "refused_share": _RULE,
    "rate_cut": _RULE,
    "rate_rise": _RULE,
    "seats_added": _RULE,
    "seats_cap": _RULE,
    "deterrence_hours": _RULE,
    "opening_pull": _RULE,
    "transfer_people": _RULE,
    "persons_per_vehicle": ("class",),
    "handling_hours": ("post", "country"),
}
"""What a quantity may be set for; the others are set for the whole world."""

OF_RULES = frozenset(quantity for quantity, kinds in TARGETS.items() if kinds == _RULE)
"""Quantities that say how much a rule does."""

TAIL = 3.719 / 1.2816
"""The 99.99 % quantile of a normal law over its 90 % quantile."""


@named("distributions")
def distributions(scenario: Scenario) -> Iterator[Finding]:
    """Low, median and high of a prior are in order, and its values are possible ones."""
    for row in scenario.parameters:
        low, high = row.low, row.high
        if row.distribution == "fixed":
            yield from _possible(row, "median", row.median, row.median)
            continue
        if low is None or high is None:
            missing = "low" if low is None else "high"
            yield at(row, missing, f"must be given for a {row.distribution} prior")
            continue
        if not low < row.median < high:
            yield at(row, "median", "low < median < high is needed")
            continue
        if row.distribution == "lognormal" and low <= 0:
            yield at(row, "low", "a lognormal prior lies above 0")
            continue
        if row.distribution == "logitnormal" and not 0 < low < high < 1:
            column = "low" if low <= 0 else "high"
            yield at(row, column, "a logitnormal prior lies between 0 and 1")
            continue
        if row.distribution == "uniform" and abs(low + high - 2 * row.median) > 0.02 * (high - low):
            message = "the median of a uniform prior is half way between low and high"
            yield at(row, "median", message, near=f"{(low + high) / 2:g}")
            continue
        yield from _possible(row, "distribution", *_span(row, low, high))


def _span(row: Parameter, low: float, high: float) -> tuple[float, float]:
    """Lowest and highest value that may come up in ten thousand draws."""
    if row.distribution == "normal":
        return row.median - TAIL * (row.median - low), row.median + TAIL * (high - row.median)
    if row.distribution == "lognormal":
        try:
            return 0.0, float(row.median * (high / row.median) ** TAIL)
        except OverflowError:
            return 0.0, math.inf
    return low, high


def _possible(row: Parameter, column: str, low: float, high: float) -> Iterator[Finding]:
    for message, better in impossible(row.quantity, low, high):
        yield at(row, column, message, near=better if column == "distribution" else None)


def impossible(quantity: str, low: float, high: float) -> Iterator[tuple[str, str]]:
    """What a quantity cannot be between two numbers, and a distribution that keeps to what it can.

    Parameters
    ----------
    quantity : str
        The quantity.
    low, high : float
        The lowest and the highest it could be.
    """
    if quantity not in ANY_SIGN and low < 0:
        yield f"{quantity} cannot be below 0, and could be {low:.3g}", "lognormal"
    if quantity in SHARES and high > 1:
        yield f"{quantity} cannot be above 1, and could be {high:.3g}", "logitnormal"


@named("parameter-targets")
def parameter_targets(scenario: Scenario) -> Iterator[Finding]:
    """What a parameter concerns exists and suits its quantity, and is set only once."""
    seen: dict[tuple[str, str], str] = {}
    for row in scenario.parameters:
        other = seen.setdefault((row.quantity, row.applies_to), row.id)
        if other != row.id:
            yield at(row, "applies_to", f"{other!r} sets {row.quantity} for the same already")
        kinds = TARGETS.get(row.quantity, ())
        if not row.applies_to:
            continue
        if row.quantity not in quantities():  # (found by another check)
            continue
        if not kinds:
            yield at(row, "applies_to", f"{row.quantity} is one number for all: leave it blank")
            continue
        valid = [name for kind in kinds for name in _targets(scenario, kind)]
        if row.applies_to not in valid:
            wanted = " or ".join("policy kind" if kind == "kind" else kind for kind in kinds)
            near = nearest(row.applies_to, valid)
            if "country" in kinds and near is None:
                codes = {name: code for code, name in scenario.countries.items()}
                near = codes.get(nearest(row.applies_to, codes) or "")
            yield at(row, "applies_to", f"not a {wanted} of this scenario", near=near)
    amplitudes = {row.id for row in scenario.parameters if row.quantity == "amplitude"}
    for driver in scenario.drivers:
        if driver.parameter in scenario.by_id("parameter") and driver.parameter not in amplitudes:
            near = nearest(driver.parameter, amplitudes)
            yield at(driver, "parameter", "the parameter of a driver sets amplitude", near=near)


def idle_parameters(scenario: Scenario) -> list[str]:
    """Ids of the parameters that concern nothing in a scenario, and that no driver uses."""
    used = {driver.parameter for driver in scenario.drivers}
    valid = {
        quantity: {name for kind in kinds for name in _targets(scenario, kind)}
        for quantity, kinds in TARGETS.items()
    }
    return [
        row.id
        for row in scenario.parameters
        if row.applies_to
        and row.id not in used
        and row.applies_to not in valid.get(row.quantity, {row.applies_to})
    ]


def _targets(scenario: Scenario, kind: str) -> Collection[str]:
    if kind == "driver":
        return {row.driver for row in scenario.drivers}
    if kind == "size":
        return fields("checkpoint")["size"].options
    if kind == "kind":
        return policy_kinds()
    if kind == GROUP:
        return {cohort.group for cohort in scenario.cohorts}
    if kind == "covariate":
        return COVARIATES
    if kind == "class":
        return ("car", "bus", "lorry")
    if kind == "country":
        return scenario.countries
    if kind == "post":
        return {row.post for row in scenario.checkpoints}
    return scenario.by_id(kind)
