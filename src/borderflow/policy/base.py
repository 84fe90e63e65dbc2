"""What a policy kind is, the list of them, and what a scenario's policies do together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from borderflow.mode.registry import Registry
from borderflow.policy.effect import KNOBS, Effect, Knob
from borderflow.policy.view import View
from borderflow.scenario.select import NotFoundError

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy, Scenario

__all__ = [
    "IN_FORCE",
    "KNOBS",
    "Effect",
    "Emit",
    "Knob",
    "NotFoundError",
    "PolicyKind",
    "View",
    "effects",
    "kind",
    "kinds",
    "make",
    "nothing",
    "register",
    "unregister",
]

IN_FORCE = "in force"


class Emit(Protocol):
    """A pure function from a policy and the world to what the policy does to it."""

    def __call__(self, policy: Policy, view: View, /) -> list[Effect]: ...


def nothing(_policy: Policy, _view: View, /) -> list[Effect]:
    """No effect: the rule moves nobody, or something else in the scenario acts for it."""
    return []


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """A sort of rule: what it says, and what it does to the world while in force.

    Parameters
    ----------
    id : str
        Short name used in the column kind of policies.csv.
    description : str
        What such a rule is and does, in sentences.
    emit : callable
        Turns a policy of this kind into effects. It must be pure: the same policy and scenario
        give the same effects, and neither is changed.
    quantities : tuple of str
        Quantities of parameters.csv that the effects take their numbers from.
    bars : bool
        Whether such a rule bars a place to those concerned, so that opening the place ends it.
    line : bool
        Whether several places are the ends and stops of one service: less than two are none.
    on_leaving : bool
        Whether a state puts such a rule on those who leave it; what it does to them is asked in
        hindsight only.
    """

    id: str
    description: str
    emit: Emit = nothing
    quantities: tuple[str, ...] = ()
    bars: bool = False
    line: bool = False
    on_leaving: bool = False

    @property
    def acts(self) -> bool:
        """Whether a policy of this kind can have effects at all."""
        return self.emit is not nothing


def make(
    policy: Policy,
    view: View,
    knob: str,
    where: Iterable[str],
    who: Iterable[str] | None = None,
    *,
    value: float | None = None,
    quantity: str | None = None,
    how: str = "",
) -> list[Effect]:
    """The effect of a policy on a knob over its days in force, as a list of one or none.

    There is none where nothing is concerned: no link or checkpoint, no cohort, no day.

    Parameters
    ----------
    policy : Policy
        The rule.
    view : View
        The world.
    knob : str
        What is turned: a key of `KNOBS`.
    where : iterable of str
        Ids of the links, checkpoints or places concerned.
    who : iterable of str, optional
        Ids of the cohorts concerned; None where the knob knows no cohorts.
    value : float, optional
        The number; else `quantity` names the parameter that gives it.
    quantity : str, optional
        Quantity of parameters.csv that gives the number.
    how : str
        How the number is read; see `KNOBS`.

    Raises
    ------
    ValueError
        As for `Effect`.
    """
    places = tuple(where)
    if knob != "transfer":
        places = tuple(sorted(set(places)))
    cohorts = None if who is None else set(who)
    if not places or cohorts == set():
        return []
    if policy.valid_until is not None and policy.valid_until <= policy.valid_from:
        return []
    everyone = cohorts is None or cohorts == set(view.everyone)
    return [
        Effect(
            knob=knob,
            policy=policy.id,
            start=policy.valid_from,
            end=policy.valid_until,
            where=places,
            who=() if everyone or cohorts is None else tuple(sorted(cohorts)),
            value=value,
            parameter=None if quantity is None else (quantity, policy.id),
            how=how,
        )
    ]


REGISTRY: Registry[PolicyKind] = Registry(PolicyKind, "policy kind", "borderflow.policy", "KINDS")


def kinds() -> dict[str, PolicyKind]:
    """Every policy kind that policies.csv may name, by id.

    Examples
    --------
    >>> from borderflow.policy import kinds
    >>> kinds()["crossing_closed"].acts, kinds()["law_change"].acts
    (True, False)
    """
    return REGISTRY.all()


def kind(name: str) -> PolicyKind:
    """The policy kind of this id; LookupError names the nearest if there is none."""
    return REGISTRY.get(name)


def register(new: PolicyKind) -> PolicyKind:
    """Add a policy kind for as long as the program runs, and hand it back.

    Raises
    ------
    TypeError
        If it is not a `PolicyKind`.
    ValueError
        If its id is not a valid id, or another kind has it.
    """
    return REGISTRY.register(new)


def unregister(name: str) -> None:
    """Take away a policy kind added with `register`; LookupError if there is none."""
    REGISTRY.unregister(name)


def effects(scenario: Scenario) -> tuple[Effect, ...]:
    """Everything that the policies of a scenario do while in force, in one canonical order.

    Only policies whose status is ``in force`` count. The order of the policies in the scenario
    does not matter.

    Raises
    ------
    NotFoundError
        (a LookupError) If a policy is of an unknown kind, or names a place or cohort that the
        scenario does not have; the message begins with the id of the policy.
    """
    view = View(scenario)
    known = kinds()
    found: list[Effect] = []
    for policy in scenario.policies:
        if policy.status != IN_FORCE:
            continue
        try:
            rule = known[policy.kind] if policy.kind in known else kind(policy.kind)
            found.extend(rule.emit(policy, view))
        except LookupError as fault:
            says = f"policy {policy.id}: {getattr(fault, 'says', fault.args[0])}"
            error = NotFoundError("policy", policy.id, [], says)
            error.nearest = getattr(fault, "nearest", None)
            raise error from fault
    return tuple(sorted(found, key=Effect.sort_key))
