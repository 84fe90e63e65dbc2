"""An airport without flights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    air = set(view.links_of_mode(["air"]))
    here = view.links_at(view.places(policy.place))
    who = view.cohorts(policy.applies_to)
    return make(policy, view, "open", air.intersection(here), who, value=0.0)


KINDS = (
    PolicyKind(
        "airport_closed",
        "An airport is closed. Closes every flight from and to the place for those concerned;"
        " for a country, from and to all its airports.",
        _emit,
    ),
)
