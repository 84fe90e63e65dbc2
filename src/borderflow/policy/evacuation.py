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
    parts = policy.place.split(ARROW)
    if len(parts) != 2:
        raise _wrong(policy, f"{policy.place!r} lacks the two ends")
    ends = []
    for part in parts:
        places = view.places(part)
        if len(places) != 1:
            raise _wrong(policy, f"{part.strip()!r} is {len(places)} places and not one")
        ends.append(places[0])
    if policy.valid_until is None:
        # Without a known end the people are moved on the first day.
        policy = replace(policy, valid_until=policy.valid_from + timedelta(days=1))
    who = view.cohorts(policy.applies_to)
    return make(policy, view, "transfer", ends, who, quantity="transfer_people")


def _wrong(policy: Policy, says: str) -> NotFoundError:
    says += f": one place, then {ARROW}, then one place, such as Lviv {ARROW} Warsaw"
    return NotFoundError("route", policy.place, [], says)


KINDS = (
    PolicyKind(
        "evacuation",
        "People are moved from one place to another by somebody who organises it. The place"
        " reads FROM -> TO, each one place. Moves transfer_people people in all, of those at the"
        " first place who are concerned, evenly over the days in force; on the first day where"
        " the end is open. No more are moved than are there. They pass no checkpoint and are in"
        " no count of entries or of those who left home; those who are brought to a country are"
        " told apart (moved), and are among those present there.",
        _emit,
        ("transfer_people",),
    ),
)
