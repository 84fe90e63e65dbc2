"""Crossing a border on foot or by bicycle: tolerated for a while, or stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _allow(policy: Policy, view: View, /) -> list[Effect]:
    return _on_foot(policy, view, "permit", 1.0)


def _stop(policy: Policy, view: View, /) -> list[Effect]:
    return _on_foot(policy, view, "open", 0.0)


def _on_foot(policy: Policy, view: View, knob: str, value: float) -> list[Effect]:
    crossings = view.border_links(view.areas(policy.place))
    ways = set(view.links_on_foot()).intersection(crossings)
    return make(policy, view, knob, ways, view.cohorts(policy.applies_to), value=value)


KINDS = (
    PolicyKind(
        "foot_crossing_allowed",
        "A crossing for vehicles lets people pass on foot or by bicycle for a while. Permits the"
        " foot and bicycle links across the border there to those concerned; it changes nothing"
        " on links that are permitted anyway, and a closure goes before it.",
        _allow,
    ),
    PolicyKind(
        "foot_crossing_closed",
        "A border crossing may not be passed on foot or by bicycle. Closes the foot and bicycle"
        " links across the border there for those concerned.",
        _stop,
        bars=True,
    ),
)
