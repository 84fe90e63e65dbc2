"""Parameters with priors: which number they set, and what each member draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from borderflow.engine import processes
from borderflow.engine.draws import hash_id, uniforms
from borderflow.scenario.fields import quantities
from borderflow.scenario.model import Parameter, Scenario

Z90 = NormalDist().inv_cdf(0.9)

EACH = ("rate_factor", "traffic_factor", "attraction", "refused_share", "rate_cut",
        "deterrence_hours")  # fmt: skip
"""Quantities of which every target draws its own value from the row that applies to it."""


@dataclass(frozen=True)
class Prior:
    """One number of the model: a constant, or a prior that every member draws from once.

    Attributes
    ----------
    id : str
        Id of the parameter, with the target in brackets where each target draws its own.
    quantity : str
        What it sets.
    row : Parameter or None
        The scenario's row; None for the built-in default.
    value : float
        Median (the constant, where there is no row).
    """

    id: str
    quantity: str
    row: Parameter | None
    value: float

    @property
    def spread(self) -> bool:
        """Whether members draw different values."""
        row = self.row
        return row is not None and row.distribution != "fixed" and row.low != row.high

    def quantile(self, u: float) -> float:
        """Value at the probability `u`: exact at the median and at both stated quantiles.

        Normal and lognormal priors are two-piece: one spread below the median, one above, so
        that the 10 % and the 90 % quantile are those that the row states.
        """
        row = self.row
        if row is None or row.distribution == "fixed" or row.low is None or row.high is None:
            return self.value
        if row.distribution == "uniform":
            return row.low + u * (row.high - row.low)
        there, back = SCALES[row.distribution]
        z = NormalDist().inv_cdf(min(max(u, 1e-15), 1 - 1e-15))
        middle = there(row.median)
        edge = there(row.low) if z < 0 else there(row.high)
        return back(middle + abs(z) / Z90 * (edge - middle))


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))


SCALES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "normal": (float, float),
    "lognormal": (math.log, math.exp),
    "logitnormal": (_logit, _expit),
}
"""Scale on which a prior is normal: the way there and back."""


@lru_cache(maxsize=100_000)
def _hash(text: str) -> int:
    return hash_id(f"parameter:{text}")


def draw(priors: Sequence[Prior], seed: int, member: int) -> list[float]:
    """What a member of an ensemble draws from each prior; the address is the prior's id."""
    things = np.array([_hash(prior.id) for prior in priors], dtype=np.uint64)
    chances = uniforms(np.uint64(seed), processes.PRIOR, 0, member, things)
    return [prior.quantile(float(u)) for prior, u in zip(priors, chances, strict=True)]


def scores_of(priors: Sequence[Prior], seed: int, member: int) -> list[float]:
    """What a member draws from each prior, on the scale on which it is standard normal."""
    things = np.array([_hash(prior.id) for prior in priors], dtype=np.uint64)
    chances = uniforms(np.uint64(seed), processes.PRIOR, 0, member, things)
    return [NormalDist().inv_cdf(float(u)) for u in chances]


class Priors:
    """Finds the parameter that sets a quantity for a target: the most specific row wins.

    Parameters
    ----------
    scenario : Scenario
        Its parameters; where none applies, the default of the quantity in fields.csv.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._rows: dict[tuple[str, str], Parameter] = {}
        self.used: dict[str, Prior] = {}
        for row in scenario.parameters:
            self._rows[(row.quantity, row.applies_to or "")] = row

    def find(self, quantity: str, *targets: str) -> Prior:
        """The prior of a quantity for targets from the most to the least specific."""
        for target in (*targets, ""):
            row = self._rows.get((quantity, target))
            if row is None:
                continue
            own = quantity in EACH and targets and target != targets[0]
            id_ = f"{row.id}[{targets[0]}]" if own else row.id
            return self._keep(Prior(id_, quantity, row, float(row.median)))
        return Prior(f"{quantity} (default)", quantity, None, default(quantity))

    def by_id(self, id_: str) -> Prior:
        """The prior of the parameter with this id; LookupError if there is none."""
        for row in self._rows.values():
            if row.id == id_:
                return self._keep(Prior(row.id, row.quantity, row, float(row.median)))
        raise LookupError(f"no parameter {id_}")

    def _keep(self, prior: Prior) -> Prior:
        return self.used.setdefault(prior.id, prior)


def default(quantity: str) -> float:
    """Built-in value of a quantity, from the quantity rows of fields.csv."""
    return quantities()[quantity].default
