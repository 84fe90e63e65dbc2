"""The comparators of a forecast: simple forecasts from the reports that were known then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from borderflow.baseline import Comparators, History, Path, spread
from borderflow.forecast import Forecast
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.scope import UnusableError, per_day
from borderflow.results import Results
from borderflow.scenario import Report
from borderflow.score import LEVELS
from borderflow.verify.outcomes import JAMS, Outcome, Series, series_of, target, total

FLOW, JAM = "flow", "jam"
PRIOR = {FLOW: 0.25, JAM: 0.7}
"""Spread of log(1 + x) a day ahead, assumed where few reports are known."""

NAMES = ("damped_trend", "persistence", "mean_of_last", "local_level", "ordinary", "unlearned")
SHORT = 2
"""Days of a window that is still taken as a report of its last day."""


def kind(quantity: str) -> str:
    """Whether a quantity is a flow, or a jam: a queue or a wait.

    Parameters
    ----------
    quantity : str
        Quantity of a report.
    """
    return JAM if target(quantity) in JAMS else FLOW


class Beside:
    """What stands beside a forecast.

    Parameters
    ----------
    found : Forecast
        The forecast; its scenario holds the reports that were known.
    """

    def __init__(self, found: Forecast) -> None:
        self._found = found
        points: dict[str, dict[Series, dict[float, list[float]]]] = {FLOW: {}, JAM: {}}
        for report in found.scenario.reports:
            if target(report.quantity) is None or report.derived_from:
                continue
            try:
                series = series_of(found.scenario, report)
            except UnusableError:
                continue
            day, value = _point(report, found.as_of)
            own = points[kind(report.quantity)].setdefault(series, {})
            own.setdefault(day, []).append(math.log1p(max(value, 0)))
        self._histories: dict[str, dict[Series, History]] = {
            name: {series: _history(own) for series, own in each.items()}
            for name, each in points.items()
        }
        self._methods = {
            name: Comparators(list(each.values()), PRIOR[name])
            for name, each in self._histories.items()
        }
        first = next(iter(found.readings.values()))
        people = first.arrays["entries"].copy()
        people[..., 0] = 0
        self._ordinary = Results(
            replace(first.ensemble, arrays={**first.arrays, "entries": people})
        )
        self._unlearned = first
        self._ordinary_spread = self._calibrate(found.scenario.reports)

    def quantiles(self, outcome: Outcome) -> dict[str, list[float]]:
        """Quantiles (at `LEVELS`) of each comparator that can say anything of an outcome.

        Parameters
        ----------
        outcome : Outcome
            What is scored.
        """
        report = outcome.report
        name = kind(report.quantity)
        found: dict[str, list[float]] = {}
        history = self._histories[name].get(outcome.series)
        if history is not None:
            start, end = ((day - self._found.as_of).days for day in _window(report))
            days = np.arange(start, end + 1, dtype=np.float64)
            how = "max" if name == JAM else "mean" if per_day(report.unit) else "sum"
            for method, path in self._methods[name].forecast(history, days).items():
                found[method] = path.quantiles(LEVELS, how).tolist()
        ordinary = self._usual(report)
        if ordinary is not None:
            path = Path(np.zeros(1), np.array([ordinary]), np.array([self._ordinary_spread]))
            found["ordinary"] = path.quantiles(LEVELS, "mean").tolist()
        said = simulate_report(report, self._unlearned)
        if not isinstance(said, Unusable):
            found["unlearned"] = np.quantile(said[0], LEVELS).tolist()
        return found

    def _usual(self, report: Report) -> float | None:
        """Median of log(1 + x) of a report if nobody travelled but ordinary travellers."""
        if kind(report.quantity) == JAM:
            return None  # a queue is not made up of classes whose waits could be told apart
        said = simulate_report(report, self._ordinary)
        return None if isinstance(said, Unusable) else float(np.median(np.log1p(said[0])))

    def _calibrate(self, reports: Sequence[Report]) -> float:
        """Spread of ordinary travel about its median, from reports of days before any driver."""
        begin = [driver.valid_from.date() for driver in self._found.scenario.drivers]
        quiet = min(begin, default=date.max)
        squares = []
        for report in reports:
            if target(report.quantity) is not None and report.date_end < quiet:
                usual = self._usual(report)
                if usual is not None:
                    squares.append((math.log1p(max(report.value, 0)) - usual) ** 2)
        return spread(np.array(squares), PRIOR[FLOW])


def _window(report: Report) -> tuple[date, date]:
    return report.date_start, report.date_end


def _point(report: Report, as_of: date) -> tuple[float, float]:
    """Day and value for which a report stands in its series."""
    start, end = (float((day - as_of).days) for day in _window(report))
    days = end - start + 1
    value = report.value
    if report.low is not None and report.high is not None:
        value = (report.low + report.high) / 2
    if kind(report.quantity) == FLOW:
        value = value if per_day(report.unit) else total(report) / days
    return min(end if days <= SHORT else (start + end) / 2, 0.0), value


def _history(points: dict[float, list[float]]) -> History:
    days = np.array(sorted(points))
    return History(days, np.array([np.mean(points[day]) for day in days.tolist()]))
