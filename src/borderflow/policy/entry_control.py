"""Officers who turn back some of those who may enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def look_closer(policy: Policy, view: View, /) -> list[Effect]:
    """Refuse a share of those concerned at the entry side, never of those who come home."""
    guarded = view.entry_side(view.areas(policy.place))
    effects = []
    for checkpoints, others in view.foreigners(guarded, view.cohorts(policy.applies_to)):
        effects += make(
            policy, view, "admit", checkpoints, others, quantity="refused_share", how="refused"
        )
    return effects


KINDS = (
    PolicyKind(
        "entry_control",
        "Officers look closer at some of those who may enter, and refuse a share of them: the"
        " share refused_share of those concerned, never of the country's own citizens (where the"
        " scenario tells their nationality). For a"
        " country, at every entry checkpoint of its officers; at a place, at the entry checkpoints"
        " there of the countries that people flee to.",
        look_closer,
        ("refused_share",),
    ),
)
