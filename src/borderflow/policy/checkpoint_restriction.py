"""A show of control at a checkpoint that puts people off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    who = view.cohorts(policy.applies_to)
    links = view.border_links(view.areas(policy.place))
    return [
        effect
        for ways, others in view.newcomers(links, who)
        for effect in make(
            policy, view, "utility", ways, others, quantity="deterrence_hours", how="cost"
        )
    ]


KINDS = (
    PolicyKind(
        "checkpoint_restriction",
        "A show of control at a crossing, such as armoured vehicles or the recording of names,"
        " that refuses nobody. Adds deterrence_hours to the cost of crossing the border there"
        " for those concerned, except on the way home to their own country. A check that turns"
        " people back is an exit_control.",
        _emit,
        ("deterrence_hours",),
    ),
)
