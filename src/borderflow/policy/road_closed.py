"""A road, or every road at a place, that nobody can use or that is dangerous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy

from borderflow.policy.base import NotFoundError

ARROW = "->"


def _closed(policy: Policy, view: View, /) -> list[Effect]:
    who = view.cohorts(policy.applies_to)
    return make(policy, view, "open", _roads(policy, view), who, value=0.0)


def _unsafe(policy: Policy, view: View, /) -> list[Effect]:
    who, roads = view.cohorts(policy.applies_to), _roads(policy, view)
    return make(policy, view, "utility", roads, who, quantity="deterrence_hours", how="cost")


def _roads(policy: Policy, view: View) -> set[str]:
    """Links on the ground that are meant by the place of a rule."""
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
    return there - set(view.links_of_mode(["air"]))


_WHERE = (
    " A place means every link that begins or ends there except flights; a pair such as"
    " Goma-Bukavu the links between the two both ways, and Goma -> Bukavu only those in this"
    " direction."
)

KINDS = (
    PolicyKind(
        "road_closed",
        "A way on the ground cannot be used by anybody concerned: it is flooded, fought over or"
        " barred. Closes its links." + _WHERE + " Those who are on the way arrive.",
        _closed,
    ),
    PolicyKind(
        "road_unsafe",
        "A way on the ground is open and dangerous or hard: it is shelled, mined or held by armed"
        " men. Adds deterrence_hours to the cost of each of its links in the eyes of those"
        " concerned, who take another way or go elsewhere as far as that weighs." + _WHERE,
        _unsafe,
        ("deterrence_hours",),
    ),
)
