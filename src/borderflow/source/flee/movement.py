"""The numbers of the movement model of a conflict, and the parameters they become."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from borderflow.scenario.model import Driver, Parameter, Policy

KM_PER_DAY = 400.0
"""Kilometres a day on a route that gives no other: what Flee's users take."""

OPENING_WIDTH = 1.0
"""How far the pull of a camp that is newly opened may lie from the middle (80 %): assumed."""

SOURCE = "flee"
ASSUMED = "borderflow"


@dataclass(frozen=True, slots=True)
class Movement:
    """The numbers of the movement model that hold for every conflict.

    Attributes
    ----------
    cost_sensitivity : float
        Log attraction lost per hour of the way, at `KM_PER_DAY`.
    network_pull : float
        Log attraction per log share of those who fled before.
    capacity_power : float
        Log attraction per log of a camp's capacity, where capacities are used.
    nest_scale : float
        Dissimilarity of the camps of one country.
    way_scale : float
        Scale of the choice which way, hours.
    opening_pull : float
        Log attraction of a camp that is newly opened.
    spread : float
        Standard deviation of what makes one camp more attractive than the model knows (log).
    country_spread : float
        The same for all camps of a country together.
    learning : float
        Share of what counts taught about a camp's attraction that is kept, 0 to 1.
    """

    cost_sensitivity: float = 0.03
    network_pull: float = 0.5
    capacity_power: float = 0.5
    nest_scale: float = 0.9
    way_scale: float = 1.5
    opening_pull: float = 2.0
    spread: float = 0.5
    country_spread: float = 0.5
    learning: float = 0.8


WHY = {
    "amplitude": "the levels are what they are",
}
"""Reasons of numbers that no calibration found."""


def _volume(forecast: bool) -> Parameter:
    """How sure the number of those who leave is: given, or within a factor of three."""
    return Parameter(
        id="volume", quantity="amplitude", applies_to="volume",
        distribution="lognormal" if forecast else "fixed", median=1.0,
        low=1 / 3 if forecast else None, high=3.0 if forecast else None, assumed=True,
        reason="the daily total is forecast" if forecast else "the daily total is given",
        source=ASSUMED,
    )  # fmt: skip


def parameters(
    move: Movement, forecast: bool, drivers: Sequence[Driver], policies: Sequence[Policy]
) -> list[Parameter]:
    """Numbers of the movement model, and those of the drivers and policies there are."""
    why = "calibrated on public conflicts, docs/flee.md"

    def fixed(id_: str, quantity: str, value: float, applies_to: str = "") -> Parameter:
        return Parameter(
            id=id_, quantity=quantity, applies_to=applies_to, distribution="fixed", median=value,
            assumed=True, reason=WHY.get(quantity, why), source=ASSUMED,
        )  # fmt: skip

    wide = 1.2816 * math.hypot(move.spread, move.country_spread)
    names = {row.driver for row in drivers}
    amplitudes = [fixed(name, "amplitude", 1.0, name) for name in sorted(names - {"volume"})]
    if "volume" in names:
        amplitudes.append(_volume(forecast))
    if any(policy.kind == "camp_opened" for policy in policies):
        amplitudes.append(
            Parameter(
                id="opening_pull", quantity="opening_pull", applies_to="camp_opened",
                distribution="normal", median=move.opening_pull,
                low=move.opening_pull - OPENING_WIDTH, high=move.opening_pull + OPENING_WIDTH,
                reason=why,
                source=ASSUMED,
            )
        )  # fmt: skip
    return [
        Parameter(
            id="cost_sensitivity", quantity="cost_sensitivity", median=move.cost_sensitivity,
            low=move.cost_sensitivity / 1.6, high=move.cost_sensitivity * 1.6, reason=why,
            source=ASSUMED,
        ),
        Parameter(
            id="network_pull", quantity="network_pull", median=move.network_pull,
            low=move.network_pull / 1.25, high=move.network_pull * 1.25, reason=why,
            source=ASSUMED,
        ),
        fixed("nest_scale", "nest_scale", move.nest_scale),
        fixed("way_scale", "way_scale", move.way_scale),
        Parameter(
            id="attraction", quantity="attraction", distribution="normal", median=0.0,
            low=-wide, high=wide, reason="what the model does not know of a camp; " + why,
            source=ASSUMED,
        ),
        *amplitudes,
    ]  # fmt: skip
