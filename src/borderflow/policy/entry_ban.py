"""A country that some travellers may no longer enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def bar_entry(policy: Policy, view: View, /) -> list[Effect]:
    """Close the ways into the places named to those concerned who are not citizens there."""
    who = view.cohorts(policy.applies_to)
    links = entries(view, view.areas(policy.place))
    return [
        effect
        for into, others in view.newcomers(links, who)
        for effect in make(policy, view, "open", into, others, value=0.0)
    ]


def entries(view: View, areas: tuple[str, ...]) -> list[str]:
    """Links on which one of the areas is entered from abroad.

    Into a country: every link across its border. At a post: every link across a border, in both
    directions, since it may lie on either side of it. At another place: the links that enter its
    country there.
    """
    chosen: set[str] = set()
    for area in areas:
        if view.is_country(area):
            chosen.update(view.links_into([area]))
            continue
        here = view.border_links([area])
        if view.place(area).type == "post":
            chosen.update(here)
        else:
            chosen.update(set(here).intersection(view.links_into([view.authority(area)])))
    return sorted(chosen)


KINDS = (
    PolicyKind(
        "entry_ban",
        "Some travellers may no longer enter a country, or enter it at a place. Closes the links"
        " across its border, by land and by air, for those concerned; never for its own"
        " citizens, who may always come home. Those exempted are left out of applies_to.",
        bar_entry,
        bars=True,
    ),
)
