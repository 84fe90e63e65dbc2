"""Checkpoints that work slower or faster than usual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _slow(policy: Policy, view: View, /) -> list[Effect]:
    return _change(policy, view, "rate_cut")


def _speed_up(policy: Policy, view: View, /) -> list[Effect]:
    return _change(policy, view, "rate_rise")


def _change(policy: Policy, view: View, quantity: str) -> list[Effect]:
    if not view.cohorts(policy.applies_to):
        return []
    servers = view.checkpoints_at(view.areas(policy.place))
    return make(policy, view, "service_rate", servers, quantity=quantity, how="factor")


_WHERE = (
    " At a post, both sides; for a country, every checkpoint of its officers. All who wait there"
    " are served by the same officers, so the change is for everybody."
)

KINDS = (
    PolicyKind(
        "service_rate_cut",
        "Checkpoints work slower: repairs, fewer officers, alternating traffic. Multiplies their"
        " rate by rate_cut, which is below 1." + _WHERE,
        _slow,
        ("rate_cut",),
    ),
    PolicyKind(
        "service_rate_rise",
        "Checkpoints work faster: more officers, more lanes, shorter checks. Multiplies their"
        " rate by rate_rise, which is above 1." + _WHERE,
        _speed_up,
        ("rate_rise",),
    ),
)
