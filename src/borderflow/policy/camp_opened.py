"""A camp that has just been opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    view.cohorts(
        policy.applies_to
    )  # it concerns everybody; a misspelt name is an error all the same
    places = view.places(policy.place)
    return make(policy, view, "attraction", places, quantity="opening_pull")


KINDS = (
    PolicyKind(
        "camp_opened",
        "A camp is newly open. Camps are opened where people are coming already, and those who come"
        " are brought and registered there first: while it is in force, for some weeks, the"
        " places gain opening_pull in log attraction, for everybody.",
        _emit,
        ("opening_pull",),
    ),
)
