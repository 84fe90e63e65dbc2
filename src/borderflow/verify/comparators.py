"""The comparators of a forecast: simple forecasts from the reports that were known then."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from borderflow.baseline import Comparators, History, Path, spread
from borderflow.forecast import Forecast
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.scope import UnusableError, per_day
from borderflow.results import Results
from borderflow.scenario import Report, Scenario
from borderflow.score import LEVELS
from borderflow.verify.outcomes import (
    DAY,
    JAMS,
    Outcome,
    Series,
    counted,
    length,
    middle,
    newest,
    series_of,
    target,
    total,
)

FLOW, JAM, STOCK = "flow", "jam", "stock"
PRIOR = {FLOW: 0.15, JAM: 0.7, STOCK: 0.15}
"""Spread of log(1 + x) a day ahead, assumed where few reports are known."""

SIMPLE = ("damped_trend", "persistence", "mean_of_last", "local_level")
NAMES = (*SIMPLE, "ordinary", "unlearned")
SHORT = 2
"""Days of a window that is still taken as a report of its last day."""

RECENT = 28
"""Days before the origin date from which reports say how things go on; older ones are of another
season."""

WEEK = 7
LEAST = 0.1
"""Share of a number that is left, at least, when what the weekday has more is taken off."""


def kind(quantity: str) -> str:
    """Whether a quantity is a flow, a stock, or a jam (a queue or a wait).

    Parameters
    ----------
    quantity : str
        Quantity of a report.
    """
    of = target(quantity)
    return JAM if of in JAMS else STOCK if of == "present" else FLOW


@dataclass
class _Known:
    """What is known of one series: points as (day, value), and a report that stands for it."""

    example: Report
    points: dict[float, list[float]]


class Beside:
    """What stands beside a forecast.

    Parameters
    ----------
    found : Forecast
        The forecast; its scenario holds the reports that were known.
    """

    def __init__(self, found: Forecast) -> None:
        self._as_of = found.as_of
        first = next(iter(found.readings.values()))
        self._unlearned: Results = found.unlearned or first
        self._ordinary = _only_ordinary(self._unlearned)
        known = list(_usable(found.scenario, found.scenario.reports))
        self._weekday: dict[Series, np.ndarray] = {}
        self._histories: dict[str, dict[Series, History]] = {FLOW: {}, JAM: {}, STOCK: {}}
        for series, own in _points(found.scenario, known, found.as_of).items():
            days = np.array(sorted(own.points))
            name = kind(own.example.quantity)
            if name == FLOW:
                self._weekday[series] = self._profile(own.example)
            values = np.array([np.mean(own.points[day]) for day in days.tolist()])
            bare = np.maximum(values - self._season(series, days), LEAST * values)
            self._histories[name][series] = History(days, np.log1p(bare))
        self._methods = {
            name: Comparators(list(each.values()), PRIOR[name])
            for name, each in self._histories.items()
        }
        self._usual_spread = self._calibrate(row for row, _ in known)

    def reported(self, outcome: Outcome) -> bool:
        """Whether anything was known of a series; without it ordinary travel stands in.

        Parameters
        ----------
        outcome : Outcome
            What is scored.
        """
        return outcome.series in self._histories[kind(outcome.report.quantity)]

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
        usual = self._usual(report)
        if usual is not None:
            path = Path(np.zeros(1), np.array([usual]), np.array([self._usual_spread]))
            found["ordinary"] = path.quantiles(LEVELS, "mean").tolist()
        history = self._histories[name].get(outcome.series)
        if history is not None:
            start, end = ((day - self._as_of).days for day in (report.date_start, report.date_end))
            days = np.arange(start, end + 1, dtype=np.float64)
            mean = name == STOCK or per_day(report.unit)
            how = "max" if name == JAM else "mean" if mean else "sum"
            season = self._season(outcome.series, days)
            for method, path in self._methods[name].forecast(history, days).items():
                path = replace(path, more=season)
                found[method] = path.quantiles(LEVELS, how).tolist()
        elif usual is not None:
            found |= dict.fromkeys(SIMPLE, found["ordinary"])
        said = simulate_report(report, self._unlearned)
        if not isinstance(said, Unusable):
            found["unlearned"] = np.quantile(said[0], LEVELS).tolist()
        return {method: found[method] for method in NAMES if method in found}

    def _usual(self, report: Report) -> float | None:
        """Median of log(1 + x) of a report if nobody travelled but ordinary travellers."""
        if kind(report.quantity) != FLOW:
            return None  # a queue is not made up of classes whose waits could be told apart
        said = simulate_report(report, self._ordinary)
        return None if isinstance(said, Unusable) else float(np.median(np.log1p(said[0])))

    def _profile(self, report: Report) -> np.ndarray:
        """What each weekday of ordinary travel has more or less than the week, in people."""
        found: list[list[float]] = [[] for _ in range(WEEK)]
        for day in self._ordinary.labels.days:
            one = replace(report, date_start=day, date_end=day, unit="persons/day")
            usual = self._usual(one)
            if usual is not None:
                found[day.weekday()].append(math.expm1(usual))
        if not all(found):
            return np.zeros(WEEK)
        means = np.array([np.mean(own) for own in found])
        return np.asarray(means - means.mean())

    def _season(self, series: Series, days: np.ndarray) -> np.ndarray:
        """The weekday's part of a series on some days, counted from the origin date."""
        profile = self._weekday.get(series)
        if profile is None:
            return np.zeros(len(days))
        weekdays = [(self._as_of + timedelta(days=round(day))).weekday() for day in days.tolist()]
        return np.asarray(profile[weekdays])

    def _calibrate(self, reports: Iterable[Report]) -> float:
        """Spread of what was reported of the last week about ordinary travel, shock and all."""
        away = []
        for report in reports:
            if (self._as_of - report.date_end).days < WEEK:
                usual = self._usual(report)
                if usual is not None:
                    away.append(math.log1p(max(middle(report), 0)) - usual)
        return spread(np.array(away), PRIOR[FLOW])


def _only_ordinary(results: Results) -> Results:
    """The same members without those who left because of the shock."""
    people = results.arrays["entries"].copy()
    people[..., 0] = 0
    arrays = {**results.arrays, "entries": people}
    return Results(replace(results.ensemble, arrays=arrays))


def _usable(scenario: Scenario, reports: Sequence[Report]) -> Iterable[tuple[Report, Series]]:
    """Reports of what is scored, each count once, in its newest vintage."""
    old = newest(scenario, reports)
    for report in reports:
        if target(report.quantity) is None or report.id in old:
            continue
        try:
            yield report, series_of(scenario, report)
        except UnusableError:
            continue


def _points(
    scenario: Scenario, known: Sequence[tuple[Report, Series]], as_of: date
) -> dict[Series, _Known]:
    """What is known of each series, a day at a time.

    A total stands for the mean of its days; of its days that other reports tell of, only the rest.
    """
    found: dict[Series, _Known] = {}
    rows = [report for report, _ in known]
    for report, series in known:
        if (as_of - report.date_end).days >= RECENT:
            continue
        start, end, value = report.date_start, report.date_end, middle(report)
        if kind(report.quantity) == FLOW:
            value = total(report)
            shorter = [row for row in rows if length(row) < length(report)]
            told, part = counted(scenario, report, series, end, shorter)
            if told == end:
                continue
            start = told + DAY
            value = max(value - part, 0.0) / length(replace(report, date_start=start))
        if (end - start).days >= RECENT:
            continue
        first, last = (float((day - as_of).days) for day in (start, end))
        day = min(last if last - first < SHORT else (first + last) / 2, 0.0)
        own = found.setdefault(series, _Known(report, {}))
        own.points.setdefault(day, []).append(value)
    return found
