"""Guards who question those who leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    guarded = view.exit_side(view.areas(policy.place))
    who = view.cohorts(policy.applies_to)
    slowed = (
        make(policy, view, "service_rate", guarded, quantity="rate_cut", how="factor")
        if who
        else []
    )
    ways = view.links_through(guarded)
    feared = make(policy, view, "utility", ways, who, quantity="deterrence_hours", how="cost")
    return slowed + feared


KINDS = (
    PolicyKind(
        "exit_questioning",
        "Guards question departing people and let them go. Slows the exit checkpoints for"
        " everybody to the share rate_cut of their rate, since all wait behind those who are"
        " questioned, and adds deterrence_hours to the cost of these ways out for those"
        " concerned. Nobody is refused.",
        _emit,
        ("rate_cut", "deterrence_hours"),
        on_leaving=True,
    ),
)
