"""Scores a kept forecast on reports that came later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from borderflow.forecast import Forecast
from borderflow.forecast import read as read_forecast
from borderflow.forecast.kept import presentable
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.scope import people
from borderflow.results import quantiles as q
from borderflow.scenario import Finding, Report
from borderflow.score import LEVELS, at_least, at_most, coverage, log_score, relative_wis, wis
from borderflow.verify.comparators import Beside
from borderflow.verify.outcomes import Outcome, outcome, target
from borderflow.verify.read import read

Row = dict[str, Any]
BANDS = {"50": 0.5, "80": 0.8, "95": 0.95}
HORIZONS = {"1-3": (1, 3), "4-7": (4, 7), "8-14": (8, 14)}
"""Days from the origin date to the end of what is scored."""


@dataclass(frozen=True)
class Verification:
    """A forecast beside what came.

    Attributes
    ----------
    forecast : Forecast
        What was forecast.
    rows : list of dict
        One per scored report and reading.
    nowcast : list of dict
        The same for windows that were over at the origin date but not yet known.
    not_scored : list of dict
        Reports that are not scored, each with the reason.
    findings : list of Finding
        What is odd or broken in the file.
    """

    forecast: Forecast
    rows: list[Row]
    nowcast: list[Row]
    not_scored: list[Row]
    findings: list[Finding]

    def document(self) -> dict[str, Any]:
        """Everything as plain data, ready for JSON."""
        main = list(self.forecast.readings)[-1]
        readings = {
            name: [row for row in self.rows if row["reading"] == name]
            for name in self.forecast.readings
        }
        leads = {
            name: [row for row in readings[main] if low <= _lead(row) <= high]
            for name, (low, high) in HORIZONS.items()
        }
        return {
            **self.forecast.head(),
            "reading": main,
            "rows": [_public(row) for row in self.rows],
            **summary(readings[main]),
            "by_reading": {name: summary(rows) for name, rows in readings.items()},
            "by_horizon": {name: summary(rows) for name, rows in leads.items()},
            "not_scored": self.not_scored,
            "nowcast": [_public(row) for row in self.nowcast],
            "findings": [finding.to_json() for finding in self.findings],
        }


def verify(folder: Path | str, file: Path | str, skip_invalid: bool = False) -> Verification:
    """Score a kept forecast on the reports of a file.

    Parameters
    ----------
    folder : Path or str
        The folder of the forecast.
    file : Path or str
        Reports, with the columns of reports.csv.
    skip_invalid : bool, optional
        Leave broken rows out instead of refusing the file.

    Returns
    -------
    Verification

    Raises
    ------
    ScenarioError
        If there is no such forecast, or the file or a row of it is broken.
    """
    found = read_forecast(folder)
    reports, findings = read(found.scenario, file, skip_invalid)
    others = list({row.id: row for row in (*found.scenario.reports, *reports)}.values())
    beside = Beside(found)
    rows: list[Row] = []
    nowcast: list[Row] = []
    missed: list[Row] = []
    for report in reports:
        reason = _outside(report, found)
        late = report.date_end <= found.as_of < report.known_from
        held = reason or outcome(found.scenario, report, found.as_of, others)
        if isinstance(held, str):
            missed.append(_missed(report, held))
            continue
        for reading, results in found.readings.items():
            said = simulate_report(held.report, results)
            if isinstance(said, Unusable):
                missed.append(_missed(report, str(said)))
                break
            row = _row(held, reading, found.as_of, said[0])
            if late:
                nowcast.append(row)
                continue
            for name, values in beside.quantiles(held).items():
                row["baselines"][name] = _scores(values, held)
            rows.append(row)
    return Verification(found, rows, nowcast, missed, findings)


def _outside(report: Report, found: Forecast) -> str | None:
    """Why a report does not belong to the forecast at all."""
    if report.known_from <= found.as_of:
        return "known at the origin date: it is no outcome"
    if report.date_end > found.until:
        return f"its window ends after the forecast ({found.until.isoformat()})"
    return None


def _missed(report: Report, reason: str) -> Row:
    return {
        "id": report.id,
        "row": report.where.row,
        "place": report.place,
        "quantity": report.quantity,
        "reason": reason,
    }


def _scores(values: Iterable[float], held: Outcome) -> dict[str, float | None]:
    if held.side:
        return {"wis": None, "wis_log": None}
    numbers = np.array(list(values))
    return {
        "wis": round(float(wis(numbers, held.observed)), 6),
        "wis_log": round(float(wis(np.log1p(numbers), np.log1p(held.observed))), 6),
    }


def _row(held: Outcome, reading: str, as_of: date, members: np.ndarray) -> Row:
    report = held.report
    values = np.quantile(members, LEVELS).tolist()
    if people(report.unit):
        values = [presentable(value) for value in values]
    values = [round(value, 3) for value in values]
    score = None
    if held.side:
        side = at_least if held.side == "at least" else at_most
        score = round(log_score(side(members, held.observed)), 6)
    return {
        "id": report.id,
        "reading": reading,
        "origin_date": as_of.isoformat(),
        "quantity": report.quantity,
        "target": target(report.quantity),
        "location": report.place,
        "unit": report.unit,
        "target_start_date": report.date_start.isoformat(),
        "target_end_date": report.date_end.isoformat(),
        "observed": round(held.observed, 3),
        "low": held.low,
        "high": held.high,
        "one_sided": held.side or None,
        **{q.name(level): value for level, value in zip(LEVELS, values, strict=True)},
        **_scores(values, held),
        "log_score": score,
        "baselines": {},
        "series": held.series,
    }


def _public(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "series"}


def _lead(row: Row) -> int:
    end, origin = (date.fromisoformat(row[name]) for name in ("target_end_date", "origin_date"))
    return (end - origin).days


def summary(rows: list[Row]) -> dict[str, Any]:
    """Relative score against each comparator, and coverage, of some rows.

    Parameters
    ----------
    rows : list of dict
        Rows of one reading; one-sided reports do not count.
    """
    scored = [row for row in rows if row["wis"] is not None]
    relative: dict[str, Row] = {}
    for name in dict.fromkeys(name for row in scored for name in row["baselines"]):
        both = [row for row in scored if name in row["baselines"]]
        found = relative_wis(
            [row["series"] for row in both],
            [row["wis_log"] for row in both],
            [row["baselines"][name]["wis_log"] for row in both],
        )
        if found is not None:
            relative[name] = {
                "value": round(found.value, 4),
                "low": round(found.low, 4),
                "high": round(found.high, 4),
                "n_rows": found.n_rows,
                "n_series": found.n_series,
            }
    return {"relative_wis_log": relative, "coverage": _coverage(scored)}


def _coverage(rows: list[Row]) -> dict[str, float | None]:
    if not rows:
        return dict.fromkeys(BANDS)
    values = np.array([[row[q.name(level)] for level in LEVELS] for row in rows])
    truth = np.array([row["observed"] for row in rows])
    return {
        name: round(float(coverage(values, truth, band).mean()), 4) for name, band in BANDS.items()
    }
