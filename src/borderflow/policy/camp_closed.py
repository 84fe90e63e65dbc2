"""A camp, or another place to stay, that is not open to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy

LEAVING = 1e9
"""Factor on the ordinary hazard of moving on: whoever can, is gone within days."""


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    who = view.cohorts(policy.applies_to)
    places = view.places(policy.place)
    into = set(view.links_into(places))
    return [
        *make(policy, view, "open", into, who, value=0.0),
        *make(policy, view, "hazard", places, who, value=LEAVING, how="onward"),
    ]


KINDS = (
    PolicyKind(
        "camp_closed",
        "A camp, or another place where people stay, is not open yet or no longer. Closes every"
        " link that ends there for those concerned, and those who stay there move on to other"
        " destinations (the ordinary hazard of moving on, onward_per_day, times 1e9; where"
        " that is 0, they stay).",
        _emit,
    ),
)
