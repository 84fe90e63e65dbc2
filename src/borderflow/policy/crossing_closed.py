"""A closed border crossing point, or a country's closed land border."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    by_air = set(view.links_of_mode(["air"]))
    who = view.cohorts(policy.applies_to)
    sides = view.pair(policy.place)
    if sides is not None:
        between = set(view.links_between(*sides)) - by_air
        return make(policy, view, "open", between, who, value=0.0)
    areas = view.areas(policy.place)
    countries = [area for area in areas if view.is_country(area)]
    posts = [area for area in areas if not view.is_country(area)]
    closed = set(view.links_into(countries)) - by_air
    closed.update(view.border_links(posts))
    return make(policy, view, "open", closed, who, value=0.0)


KINDS = (
    PolicyKind(
        "crossing_closed",
        "A border crossing point is closed, or the land border of a country. At a place, closes"
        " every link that crosses a border there, in both directions. For a country, closes"
        " every link into it except flights; the way out stays open. For a pair such"
        " as Georgia-Russia, closes the land border between the two both ways. Concerns"
        " the travellers named, citizens of the country included.",
        _emit,
        bars=True,
    ),
)
