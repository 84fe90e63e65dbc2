"""People brought from one place to another by somebody who organises it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy

from dataclasses import replace
from datetime import timedelta

from borderflow.policy.base import NotFoundError

ARROW = "->"


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    ends = [view.places(part) for part in policy.place.split(ARROW)]
    if len(ends) != 2 or any(len(end) != 1 for end in ends):
        says = (
            f"'{policy.place}' must name one place, then {ARROW}, then one place, such as"
            f" Lviv {ARROW} Warsaw"
        )
        raise NotFoundError("route", policy.place, [], says)
    if policy.valid_until is None:
        # Without a known end the people are moved on the first day.
        policy = replace(policy, valid_until=policy.valid_from + timedelta(days=1))
    route = (ends[0][0], ends[1][0])
    who = view.cohorts(policy.applies_to)
    return make(policy, view, "transfer", route, who, quantity="transfer_people")


KINDS = (
    PolicyKind(
        "evacuation",
        "People are moved from one place to another by somebody who organises it. The place"
        " reads FROM -> TO, each one place. Moves transfer_people people in all, residents of"
        " the first place who are concerned, evenly over the days in force; on the first day"
        " where the end is open.",
        _emit,
        ("transfer_people",),
    ),
)
