"""Attraction of destinations: what a country offers, each thing with its weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from borderflow.scenario.model import Place

COVARIATES: dict[str, Callable[[Place], float]] = {
    "contiguous": lambda place: float(place.contiguous),
    "visa_free_days": lambda place: math.log1p(place.visa_free_days / 30),
    "language": lambda place: place.language,
    "diaspora": lambda place: math.log1p(place.diaspora / 1000),
    "price_level": lambda place: math.log(place.price_level),
}
"""How a column of places.csv counts: as it stands, or by its logarithm, so that a weight is the
elasticity that gravity models of migration report (Beine, Docquier and Ozden 2011)."""


def offers(places: Iterable[Place]) -> np.ndarray:
    """What each destination offers, in the order of `COVARIATES` (array [D, covariates]).

    Examples
    --------
    >>> here = Place(id="a", name="A", country="AAA", type="destination", lat=0, lon=0, source="x",
    ...              contiguous=True, visa_free_days=30, language=0.5)
    >>> offers([here]).round(2).tolist()
    [[1.0, 0.69, 0.5, 0.0, 0.0]]
    """
    rows = [[number(place) for number in COVARIATES.values()] for place in places]
    return np.array(rows, dtype=np.float64).reshape(-1, len(COVARIATES))
