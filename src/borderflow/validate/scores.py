"""How far a simulated split over camps is from what was counted."""

from __future__ import annotations

import numpy as np

from borderflow.score import coverage as inside


def relative_difference(simulated: np.ndarray, counted: np.ndarray, *, rescaled: bool) -> float:
    """The averaged relative difference (ARD) that Flee's users score with; 0 is perfect.

    On each day the sum over camps of |simulated - counted| over the number counted; the mean over
    days. Half of the rescaled one is the share of people in the wrong camp.

    Parameters
    ----------
    simulated, counted : array [day, camp]
        People in each camp on each day.
    rescaled : bool
        Whether the simulated total of each day is first made equal to the one counted, so that only
        the split is scored.

    Examples
    --------
    >>> counted = np.array([[60.0, 40.0]])
    >>> relative_difference(np.array([[25.0, 25.0]]), counted, rescaled=True)
    0.2
    >>> relative_difference(np.array([[25.0, 25.0]]), counted, rescaled=False)
    0.5
    """
    if not len(counted):
        return float("nan")
    total = counted.sum(axis=1)
    if rescaled:
        own = simulated.sum(axis=1)
        factor = np.divide(total, own, out=np.ones_like(total), where=own > 0)
        simulated = simulated * factor[:, None]
    return float(np.mean(np.abs(simulated - counted).sum(axis=1) / np.maximum(1.0, total)))


def shares(people: np.ndarray) -> np.ndarray:
    """Share of each camp in the total of its day; equal shares where nobody is counted.

    Parameters
    ----------
    people : array [..., camp]
        People in each camp.
    """
    total = people.sum(axis=-1, keepdims=True)
    equal = np.full_like(people, 1.0 / people.shape[-1])
    split: np.ndarray = np.divide(people, total, out=equal, where=total > 0)
    return split


def energy(members: np.ndarray, counted: np.ndarray) -> float:
    """Energy score of the camps' shares, mean over days with people; lower is better.

    E|X - y| - E|X - X'| / 2 with the Euclidean norm over camps, X and X' two members (Gneiting and
    Raftery 2007).

    Parameters
    ----------
    members : array [member, day, camp]
        Simulated people.
    counted : array [day, camp]
        People counted.
    """
    some = counted.sum(axis=1) > 0
    x = shares(members[:, some])
    y = shares(counted[some])
    if not len(x) or not len(y):
        return float("nan")
    first = np.linalg.norm(x - y, axis=2).mean(axis=0)
    second = np.mean([np.linalg.norm(x - one, axis=2).mean(axis=0) for one in x], axis=0)
    return float(np.mean(first - 0.5 * second))


def coverage(members: np.ndarray, counted: np.ndarray, level: float = 0.8) -> float:
    """Share of camps and days whose counted share lies in the central interval of the members.

    Parameters
    ----------
    members : array [member, day, camp]
        Simulated people.
    counted : array [day, camp]
        People counted.
    level : float
        Nominal coverage.
    """
    some = counted.sum(axis=1) > 0
    x = shares(members[:, some])
    y = shares(counted[some])
    if not y.size or not len(x):
        return float("nan")
    levels = (0.5 - level / 2, 0.5, 0.5 + level / 2)
    # n members cut the line into n + 1 parts that are equally likely: no member more is needed
    # for the band to hold what it says on average, from 2 / (1 - level) - 1 members on
    quantiles = np.moveaxis(np.quantile(x, levels, axis=0, method="weibull"), 0, -1)
    return float(np.mean(inside(quantiles, y, level, levels)))
