"""A road, or every road at a place, that nobody can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy

from borderflow.policy.base import NotFoundError

ARROW = "->"


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    who = view.cohorts(policy.applies_to)
    if ARROW in policy.place:
        ends = [view.places(part) for part in policy.place.split(ARROW)]
        if len(ends) != 2:
            says = f"'{policy.place}' must name a place, then {ARROW}, then a place"
            raise NotFoundError("route", policy.place, [], says)
        there = set(view.links_out_of(ends[0])) & set(view.links_into(ends[1]))
    else:
        sides = view.pair(policy.place)
        there = set(
            view.links_at(view.places(policy.place))
            if sides is None
            else view.links_between(*sides)
        )
    there -= set(view.links_of_mode(["air"]))
    return make(policy, view, "open", there, who, value=0.0)


KINDS = (
    PolicyKind(
        "road_closed",
        "A way on the ground cannot be used by anybody concerned: it is flooded, fought over or"
        " barred. At a place, closes every link that begins or ends there except flights. For a"
        " pair such as Goma-Bukavu closes the links between the two both ways; for Goma -> Bukavu"
        " only those in this direction. Those who are on the way arrive.",
        _emit,
    ),
)
