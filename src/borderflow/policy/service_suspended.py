"""A train, bus or ferry line that does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from borderflow.policy.base import Effect, PolicyKind, View, make

if TYPE_CHECKING:
    from borderflow.scenario.model import Policy

from borderflow.mode import modes
from borderflow.policy.routes import routes


def _emit(policy: Policy, view: View, /) -> list[Effect]:
    lines = {name for name, mode in modes().items() if mode.scheduled_allowed} - {"air"}
    suspended = set(view.links_of_mode(lines)).intersection(routes(view, policy.place))
    return make(policy, view, "open", suspended, view.cohorts(policy.applies_to), value=0.0)


KINDS = (
    PolicyKind(
        "service_suspended",
        "A train, bus or ferry line does not run. Closes the links of these modes for those"
        " concerned. The place names the line: a pair such as Samara-Uralsk, a list of places"
        " between which it runs, one place where every line stops running, or a country for"
        " every line across its border. Flights have air_ban and airport_closed.",
        _emit,
        bars=True,
        line=True,
    ),
)
