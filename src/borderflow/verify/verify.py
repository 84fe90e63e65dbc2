"""Scores a forecast on reports that came later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from borderflow.score import LEVELS, at_least, at_most, log_score, wis
from borderflow.verify.comparators import Beside
from borderflow.verify.outcomes import Outcome, Told, newest, outcome, target
from borderflow.verify.read import read
from borderflow.verify.summary import Row, public, summaries

UNCONDITIONAL = "unconditional"
"""The reading that is scored first, where there is one: rules that may come are drawn."""


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
    findings: list[Finding] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Everything as plain data, ready for JSON."""
        readings = list(self.forecast.readings)
        return {
            **self.forecast.head(),
            "rows": [public(row) for row in self.rows],
            **summaries(self.rows, readings, main_reading(readings)),
            "not_scored": self.not_scored,
            "nowcast": [public(row) for row in self.nowcast],
            "findings": [finding.to_json() for finding in self.findings],
        }


def main_reading(readings: Sequence[str]) -> str:
    """The reading that is meant where only one can be shown.

    Parameters
    ----------
    readings : sequence of str
        All there are.
    """
    return UNCONDITIONAL if UNCONDITIONAL in readings else readings[-1]


def score(folder: Path | str, file: Path | str, skip_invalid: bool = False) -> Verification:
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
    return verify(found, reports, findings)


def verify(
    found: Forecast, reports: Sequence[Report], findings: Sequence[Finding] = ()
) -> Verification:
    """Score a forecast on reports.

    Parameters
    ----------
    found : Forecast
        The forecast.
    reports : sequence of Report
        Sound reports; those known at the origin date are no outcomes, but tell what a total
        counted up to then.
    findings : sequence of Finding, optional
        What is to be said about them.

    Returns
    -------
    Verification
    """
    others = list({row.id: row for row in (*found.scenario.reports, *reports)}.values())
    beside = Beside(found)
    latest = newest(found.scenario, reports)
    told = Told()
    rows: list[Row] = []
    nowcast: list[Row] = []
    missed: list[Row] = []
    for report in reports:
        held: Outcome | str = _outside(report, found) or latest.get(report.id, "")
        held = held or outcome(found.scenario, report, found.as_of, others)
        if isinstance(held, str):
            missed.append(_missed(report, found.as_of, held))
            continue
        says = {name: simulate_report(held.report, one) for name, one in found.readings.items()}
        why = next((str(said) for said in says.values() if isinstance(said, Unusable)), None)
        if why is not None:
            missed.append(_missed(report, found.as_of, why))
            continue
        scores: dict[str, Any] = {}
        late = report.date_end <= found.as_of
        if not late:
            quantiles = beside.quantiles(held)
            scores = {name: _scores(values, held) for name, values in quantiles.items()}
        twin, against = told.compare(held)
        for reading, said in says.items():
            row = _row(held, reading, found.as_of, np.asarray(said[0]))
            row["baselines"] = dict(scores)
            row |= {"repeats": twin, "contradicts": against}
            row["reported_before"] = beside.reported(held)
            (nowcast if late else rows).append(row)
    return Verification(found, rows, nowcast, missed, list(findings))


def _outside(report: Report, found: Forecast) -> str:
    """Why a report does not belong to the forecast at all."""
    if report.known_from <= found.as_of:
        return "known at the origin date: it is no outcome"
    if report.date_end > found.until:
        return f"its window ends after the forecast ({found.until.isoformat()})"
    return ""


def _missed(report: Report, as_of: date, reason: str) -> Row:
    return {
        "id": report.id,
        "origin_date": as_of.isoformat(),
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
