"""More or fewer seats on scheduled services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy

from borderflow.policy.routes import routes


def _add(policy: Policy, view: View, /) -> list[Effect]:
    return _seats(policy, view, "seats_added", "add")


def _cap(policy: Policy, view: View, /) -> list[Effect]:
    return _seats(policy, view, "seats_cap", "cap")


def _seats(policy: Policy, view: View, quantity: str, how: str) -> list[Effect]:
    if not view.cohorts(policy.applies_to):
        return []
    scheduled = [link for link in routes(view, policy.place) if view.leg(link).seats is not None]
    return make(policy, view, "seats", scheduled, quantity=quantity, how=how)


_WHERE = (
    " The place names the service: a pair such as Russia-Armenia, a list of places between which"
    " it runs, or one place where it calls. The number is for each scheduled link and direction,"
    " and for everybody: seats are not kept for some."
)

KINDS = (
    PolicyKind(
        "extra_seats",
        "Extra departures or larger aircraft on scheduled links that exist. Adds seats_added"
        " seats a day." + _WHERE,
        _add,
        ("seats_added",),
        line=True,
    ),
    PolicyKind(
        "service_added",
        "A new scheduled service. Its link stands in links.csv with no seats a day of its own;"
        " the rule adds seats_added seats a day." + _WHERE,
        _add,
        ("seats_added",),
        line=True,
    ),
    PolicyKind(
        "seat_cap",
        "Scheduled links may carry no more than a number of people a day. Caps them at seats_cap"
        " seats a day." + _WHERE,
        _cap,
        ("seats_cap",),
        line=True,
    ),
)
