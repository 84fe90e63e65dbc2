"""Guards who turn back some of those who want to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def turn_back(policy: Policy, view: View, /) -> list[Effect]:
    """Refuse a share of those concerned at the exit side, and make the way less attractive."""
    guarded = view.exit_side(view.areas(policy.place))
    who = view.cohorts(policy.applies_to)
    refused = make(policy, view, "admit", guarded, who, quantity="refused_share", how="refused")
    ways = view.links_through(guarded)
    feared = make(policy, view, "utility", ways, who, quantity="deterrence_hours", how="cost")
    return refused + feared


_WHERE = (
    " For a country, at every exit checkpoint of its officers; at a place, at the exit"
    " checkpoints there of the countries that people leave."
)

KINDS = (
    PolicyKind(
        "exit_control",
        "Guards check departing people against lists or rules and turn some of those concerned"
        " back. Refuses the share refused_share and adds the fear of it, deterrence_hours, to"
        " the cost of these ways out." + _WHERE,
        turn_back,
        ("refused_share", "deterrence_hours"),
        on_leaving=True,
    ),
    PolicyKind(
        "checkpoint_enlistment_office",
        "An enlistment office at a checkpoint serves summonses to departing people, who are then"
        " turned back. Refuses the share refused_share of those concerned and adds"
        " deterrence_hours to the cost of these ways out." + _WHERE,
        turn_back,
        ("refused_share", "deterrence_hours"),
        on_leaving=True,
    ),
)
