"""A crossing or region that private cars may not enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    road = set(view.links_of_mode(["road"]))
    places = set(view.places(policy.place))
    if all(view.place(name).type == "post" for name in places):
        banned = view.links_at(places)
    else:
        into = view.links_into(places)
        banned = tuple(link for link in into if view.leg(link).tail not in places)
    who = view.cohorts(policy.applies_to)
    return make(policy, view, "open", road.intersection(banned), who, value=0.0)


KINDS = (
    PolicyKind(
        "car_ban",
        "Private cars are kept out. At a border crossing point, closes every road link to,"
        " through and from it for those concerned. In a region or country, closes the road links"
        " that lead into it from elsewhere: those who are inside may drive on and out.",
        _emit,
        bars=True,
    ),
)
