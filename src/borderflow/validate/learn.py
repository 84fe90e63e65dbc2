"""What the counts of the first days teach about how attractive each camp is."""

from __future__ import annotations

import numpy as np

from borderflow.validate.discrepancy import Taught

FLOOR = 0.02
"""Share added on both sides, so that a camp to which nobody comes teaches little."""

HALF_LIFE = 1.0
"""Days after which arrivals count half as much."""


def learned(known: np.ndarray, simulated: np.ndarray, fled: np.ndarray) -> Taught:
    """What the arrivals of the last days known say about each camp.

    The log of a camp's share in the arrivals counted over its share in those that the model
    simulated, days weighted by how late they are. What it teaches fades as more people come: its
    correlation with a later day is the number of people on the last known day over the number
    then.

    Parameters
    ----------
    known : array [day, camp]
        People in each camp, from day 0 to the last known one.
    simulated : array [day, camp]
        People whom the model puts there, on the same days at least.
    fled : array [day]
        People counted in all by each day, from the last known one on.
    """
    until = len(known) - 1
    weight = 0.5 ** ((until - np.arange(1, until + 1)) / HALF_LIFE)
    ours = _arrivals(simulated[: until + 1], weight)
    deviation = np.log((_arrivals(known, weight) + FLOOR) / (ours + FLOOR))
    kept = np.divide(fled[0], fled, out=np.zeros(len(fled)), where=fled > 0)
    return Taught(deviation, kept)


def _arrivals(people: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Share of each camp in the arrivals, days weighted; 0 where nobody comes at all."""
    new = weight @ np.maximum(np.diff(people, axis=0), 0.0)
    total = float(new.sum())
    split: np.ndarray = new / total if total > 0 else np.zeros(len(new))
    return split
