"""No direct flights between two countries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    air = set(view.links_of_mode(["air"]))
    sides = view.pair(policy.place)
    if sides is not None:
        banned = view.links_between(*sides)
    else:
        areas = view.areas(policy.place)
        origins = set(view.scenario.origin_countries)
        others = [area for area in areas if area not in origins]
        # A ban that names the origin country alone is on every flight across its border.
        banned = view.links_between(others, sorted(origins)) if others else view.border_links(areas)
    who = view.cohorts(policy.applies_to)
    return make(policy, view, "open", air.intersection(banned), who, value=0.0)


KINDS = (
    PolicyKind(
        "air_ban",
        "Direct flights between two countries are banned in both directions. The place is a pair"
        " such as Georgia-Russia, or the countries or airports to which flights from the"
        " countries that people leave are banned; such a country by itself bans all its flights"
        " abroad. Closes the flights for those concerned.",
        _emit,
    ),
)
