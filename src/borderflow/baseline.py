"""Comparators: simple forecasts of a daily series, each with a spread found from its own errors.

They know the reports that were known and nothing of the world. All work on log(1 + x). Days are
counted from the origin date (0); what is known lies at 0 and before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
PRIOR_WEIGHT = 4.0
"""Errors that the prior of a spread counts as; it decides where there are few."""

LAST = 3
"""Reports that the mean of the last reports is taken of."""

SMOOTHING = tuple(product((0.8, 0.5, 1.0), (0.3, 0.1, 0.5), (0.8, 0.6, 0.9)))
"""Weights of level and trend, and damping, that the damped trend chooses from; the first is taken
where there is nothing to choose by."""

RATIOS = (1e-4, 0.03, 0.1, 0.3, 1.0, 3.0)
"""Variance of reports over that of daily steps of the level, to choose from."""


@dataclass(frozen=True)
class History:
    """What is known of one series: days (ascending, none above 0) and log(1 + value)."""

    days: Numbers
    logs: Numbers


@dataclass(frozen=True)
class Path:
    """A forecast day by day: medians and spreads of log(1 + value), errors perfectly correlated.

    What a day has more or less than others because of its weekday is added in the end (`more`).
    """

    days: Numbers
    median: Numbers
    spread: Numbers
    more: Numbers | float = 0.0

    def quantiles(self, levels: Sequence[float], how: str) -> Numbers:
        """Quantiles of the sum, mean or highest (max) of the days.

        Parameters
        ----------
        levels : sequence of float
            Probabilities.
        how : {"sum", "mean", "max"}
            What is taken of the days.

        Examples
        --------
        >>> flat = Path(np.array([1.0, 2.0]), np.log1p([10.0, 20.0]), np.zeros(2))
        >>> flat.quantiles((0.5,), "sum").round(6).tolist()
        [30.0]
        """
        z = np.array([NormalDist().inv_cdf(level) for level in levels])
        values = np.maximum(np.expm1(self.median + z[:, None] * self.spread) + self.more, 0)
        if how == "max":
            return np.asarray(values.max(axis=1))
        return np.asarray(values.mean(axis=1) if how == "mean" else values.sum(axis=1))


Point = Callable[[Numbers, Numbers, Numbers], Numbers]


def persistence(days: Numbers, logs: Numbers, ahead: Numbers) -> Numbers:
    """The last report stays."""
    return np.full(len(ahead), logs[-1])


def mean_of_last(days: Numbers, logs: Numbers, ahead: Numbers) -> Numbers:
    """The mean of the last reports stays."""
    return np.full(len(ahead), logs[-LAST:].mean())


def damped(alpha: float, beta: float, phi: float) -> Point:
    """A trend that fades (Gardner and McKenzie 1985), over days without reports too.

    Parameters
    ----------
    alpha, beta, phi : float
        Weights of level and trend, and what remains of the trend after a day.
    """

    def run(days: Numbers, logs: Numbers, ahead: Numbers) -> Numbers:
        def fade(gap: Numbers | float) -> Numbers:
            return np.asarray(phi * (1 - phi ** np.asarray(gap)) / (1 - phi))

        level, trend = float(logs[0]), 0.0
        for i in range(1, len(days)):
            gap = float(days[i] - days[i - 1])
            expected = level + trend * float(fade(gap))
            error = float(logs[i]) - expected
            level = expected + alpha * error
            trend = trend * phi**gap + alpha * beta * error / gap
        return level + trend * fade(ahead - days[-1])

    return run


def errors(point: Point, histories: Sequence[History]) -> Numbers:
    """Errors of a method on what was known, each from the reports before it, as of a day ahead.

    Parameters
    ----------
    point : callable
        The method.
    histories : sequence of History
        Series of the same kind.
    """
    found = []
    for history in histories:
        for k in range(1, len(history.days)):
            ahead = history.days[k:]
            said = point(history.days[:k], history.logs[:k], ahead)
            found += ((history.logs[k:] - said) / np.sqrt(ahead - history.days[k - 1])).tolist()
    return np.array(found)


def spread(errors: Numbers, prior: float) -> float:
    """Standard deviation a day ahead with the best score on errors, and on what is assumed.

    The normal distribution whose mean CRPS over the errors is least (minimum CRPS estimation:
    Gneiting, Raftery, Westveld and Goldman 2005, Monthly Weather Review 133, 1098-1118). One great
    error does not widen it as much as it would a root mean square.

    Parameters
    ----------
    errors : array
        Errors a day ahead.
    prior : float
        Standard deviation of errors that are assumed; they count as `PRIOR_WEIGHT`.

    Examples
    --------
    >>> round(spread(np.array([]), 0.3), 2)
    0.3
    """
    size = np.abs(errors)[:, None]
    widths = prior * np.exp(np.linspace(-4, 4, 401))
    z = size / widths
    inside = np.vectorize(math.erf, otypes=[np.float64])(z / math.sqrt(2))
    density = np.exp(-(z**2) / 2) * math.sqrt(2 / math.pi)
    scores = size * inside + widths * (density - 1 / math.sqrt(math.pi))
    assumed = np.hypot(widths, prior) * math.sqrt(2 / math.pi) - widths / math.sqrt(math.pi)
    return float(widths[int(np.argmin(scores.sum(axis=0) + PRIOR_WEIGHT * assumed))])


def level_filter(history: History, step: float, noise: float) -> tuple[float, float, float]:
    """Level after the last report, its variance, and the log-likelihood, of a local-level model.

    The Kalman filter of a random walk seen with noise (Durbin and Koopman 2012, section 2.2),
    diffuse at the start, over days without reports.

    Parameters
    ----------
    history : History
        What is known.
    step, noise : float
        Variance of the level's daily steps, and of a report.
    """
    level, variance, likelihood = float(history.logs[0]), noise, 0.0
    for i in range(1, len(history.days)):
        variance += step * float(history.days[i] - history.days[i - 1])
        error, scale = float(history.logs[i]) - level, variance + noise
        likelihood -= 0.5 * (math.log(2 * math.pi * scale) + error**2 / scale)
        gain = variance / scale
        level += gain * error
        variance *= 1 - gain
    return level, variance, likelihood


def local_level(histories: Sequence[History], prior: float) -> tuple[float, float]:
    """Variances of a local-level model that fit all series of a kind best.

    Parameters
    ----------
    histories : sequence of History
        Series of the same kind.
    prior : float
        Standard deviation of a day's change that counts as `PRIOR_WEIGHT` errors.

    Returns
    -------
    (float, float)
        Variance of a step, and of a report.
    """
    best = (-math.inf, prior**2 / 2, prior**2 / 4)
    for ratio, scale in product(RATIOS, (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)):
        step = (scale * prior / 0.3) ** 2
        noise = ratio * step
        fit = sum(level_filter(history, step, noise)[2] for history in histories)
        one = step + 2 * noise  # variance of the change between two reports a day apart
        fit -= PRIOR_WEIGHT / 2 * (math.log(one) + prior**2 / one)
        best = max(best, (fit, step, noise))
    return best[1], best[2]


class Comparators:
    """The simple forecasts of all series of a kind, with what they share found from all of them.

    Parameters
    ----------
    histories : sequence of History
        What is known of each series.
    prior : float
        Standard deviation of log(1 + x) a day ahead, assumed where there are few reports.
    """

    def __init__(self, histories: Sequence[History], prior: float) -> None:
        def loss(weights: tuple[float, float, float]) -> float:
            return float((errors(damped(*weights), histories) ** 2).sum())

        self._points: dict[str, Point] = {
            "damped_trend": damped(*min(SMOOTHING, key=loss)),
            "persistence": persistence,
            "mean_of_last": mean_of_last,
        }
        self._spreads = {
            name: spread(errors(point, histories), prior) for name, point in self._points.items()
        }
        self._level = local_level(histories, prior)

    def forecast(self, history: History, days: Numbers) -> dict[str, Path]:
        """Each simple forecast of a series.

        Parameters
        ----------
        history : History
            What is known of it.
        days : array
            Days to forecast; those at 0 and before are read off what is known.

        Returns
        -------
        dict of str to Path
        """
        last = history.days[-1]
        lead = np.maximum(days - last, 0)
        known = np.interp(days, history.days, history.logs)
        found = {}
        for name, point in self._points.items():
            scale = spread(errors(point, [history]), self._spreads[name])
            said = point(history.days, history.logs, np.maximum(days, last))
            found[name] = Path(days, np.where(lead > 0, said, known), scale * np.sqrt(lead))
        step, noise = self._level
        level, variance, _ = level_filter(history, step, noise)
        width = np.where(lead > 0, np.sqrt(variance + step * lead + noise), 0)
        found["local_level"] = Path(days, np.where(lead > 0, level, known), width)
        return found
