"""What is said of rules that were left out or added: what each is, and why one does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from borderflow.compile.priors import Prior, Priors
from borderflow.policy import IN_FORCE, View, kinds
from borderflow.scenario.checks import rules
from borderflow.scenario.fields import FILES

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario import Policy, Scenario
    from borderflow.scenario.edit import Switched

Row = dict[str, Any]


def sides(switched: Switched | None) -> list[tuple[str, Policy, Scenario]]:
    """Rules that were left out (`without`) and added (`with`), each with a scenario that has it.

    Parameters
    ----------
    switched : Switched or None
        The scenario before and after.
    """
    if switched is None:
        return []
    return [
        *(("without", policy, switched.before) for policy in switched.removed),
        *(("with", policy, switched.after) for policy in switched.added),
    ]


def named(policy: Policy, scenario: Scenario) -> str:
    """What a rule is, in a line, with the numbers that say how much it does.

    Parameters
    ----------
    policy : Policy
        The rule.
    scenario : Scenario
        A scenario that has it.
    """
    since = f"{policy.valid_from}"
    until = f" to {policy.valid_until}" if policy.valid_until else ""
    says = f"{policy.id}: {policy.kind}, {policy.place}, {since}{until} ({policy.status})"
    for quantity, prior in _numbers(policy, scenario).items():
        says += f"; {quantity} {_plain(prior.value)}"
        if _spread(prior) and prior.row is not None:
            says += f" ({_plain(prior.row.low)} to {_plain(prior.row.high)})"
        elif prior.row is None:
            says += " (the default)"
    return says


def idle(policy: Policy, scenario: Scenario, results: Results) -> str:
    """Why a rule that was left out or added changes nothing of itself; empty where it may.

    Parameters
    ----------
    policy : Policy
        The rule.
    scenario : Scenario
        A scenario that has it.
    results : Results
        What was simulated, with it or without.
    """
    if results.as_of is not None and policy.known_from > results.as_of:
        return f"it was not known on {results.as_of}"
    if policy.valid_from > results.labels.days[-1]:
        return "it begins after the last shown day"
    rows = (row for kind in FILES for row in scenario.rows(kind))
    if any(getattr(row, "policy", None) == policy.id for row in rows):
        return ""  # something else in the scenario acts for it
    if policy.status != IN_FORCE:
        return f"it is {policy.status}, not in force; it has no effect until it is a rule"
    kind = kinds().get(policy.kind)
    if kind is not None and not kind.acts:
        return f"{policy.kind} acts on no door and on nobody's leaving by itself"
    return rules.idle(scenario, policy)


def told(switched: Switched | None, results: Results) -> list[Row]:
    """The rules that were left out and added as plain data.

    Parameters
    ----------
    switched : Switched or None
        The scenario before and after.
    results : Results
        What was simulated, with them or without.

    Returns
    -------
    list of dict
        Each rule with its days, the numbers that say how much it does, the links, checkpoints and
        places that it acts on, and why it does nothing (None where it may).
    """
    return [
        {
            "id": policy.id,
            "change": change,
            "kind": policy.kind,
            "place": policy.place,
            "applies_to": policy.applies_to,
            "valid_from": policy.valid_from.isoformat(),
            "valid_until": policy.valid_until.isoformat() if policy.valid_until else None,
            "status": policy.status,
            "numbers": [
                {
                    "quantity": quantity,
                    "median": prior.value,
                    "low": prior.row.low if _spread(prior) and prior.row else None,
                    "high": prior.row.high if _spread(prior) and prior.row else None,
                    "parameter": prior.row.id if prior.row else None,
                }
                for quantity, prior in _numbers(policy, scenario).items()
            ],
            "acts_on": _targets(policy, scenario),
            "no_effect": idle(policy, scenario, results) or None,
        }
        for change, policy, scenario in sides(switched)
    ]


def _spread(prior: Prior) -> bool:
    """Whether the rule does more in one member than in another."""
    return prior.spread and prior.quantity not in rules.SURE


def _plain(value: float | None) -> str:
    """A number as one writes it, with commas and no exponent from a thousand on."""
    if value is None:
        return ""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:g}"


def _numbers(policy: Policy, scenario: Scenario) -> dict[str, Prior]:
    """What says how much a rule does, by quantity."""
    kind = kinds().get(policy.kind)
    priors = Priors(scenario)
    return {
        quantity: priors.find(quantity, policy.id, policy.kind)
        for quantity in (() if kind is None else kind.quantities)
    }


def _targets(policy: Policy, scenario: Scenario) -> list[str]:
    """Ids of the links, checkpoints and places that a rule in force acts on."""
    kind = kinds().get(policy.kind)
    if kind is None or policy.status != IN_FORCE:
        return []
    effects = kind.emit(policy, View(scenario))
    return sorted({name for effect in effects for name in effect.where})
