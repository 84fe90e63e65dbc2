"""Reports beside what was simulated for them: whether the assumptions are plausible.

This is no test of the model: the reports were known when the assumptions were made.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from borderflow.observe.functionals import Numbers, Unusable, simulate_report
from borderflow.observe.scope import people
from borderflow.results.spread import Spread
from borderflow.results.tables import Block, TableKind

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.model import Report, Use

TITLE = "plausibility of the assumptions (not a test: these reports were known)"
"""What the comparison is called wherever it is shown."""

BANDS = (("50", 0.25, 0.75), ("80", 0.1, 0.9), ("90", 0.05, 0.95))
"""Bands that a report can lie in, the narrowest first."""


def observed_range(report: Report) -> tuple[float, float]:
    """Numbers that a report is compatible with.

    A low and a high end are a range; a low end that is the number itself means *at least*.

    Parameters
    ----------
    report : Report
        A row of reports.csv.

    Examples
    --------
    >>> from datetime import date
    >>> from borderflow.scenario.model import Report
    >>> day = date(2022, 9, 21)
    >>> row = dict(id="r", date_start=day, date_end=day, place="Here", quantity="queue_km",
    ...            unit="km", known_from=day)
    >>> observed_range(Report(value=20, low=20, **row))
    (20, inf)
    """
    low = report.value if report.low is None else min(report.low, report.value)
    if report.high is not None:
        return low, max(report.high, report.value)
    if report.low is not None and report.low == report.value:
        return low, math.inf
    return low, report.value


def band(spread: Spread, report: Report, wide: bool) -> str | None:
    """Narrowest band of the members that holds (a part of) what was reported; None if none does.

    Parameters
    ----------
    spread : Spread
        What the report would have said of each member.
    report : Report
        What it said.
    wide : bool
        Whether there are enough members for a 90 % band.
    """
    low, high = observed_range(report)
    for name, lower, upper in BANDS if wide else BANDS[:-1]:
        ((below, above),) = spread.quantiles((lower, upper)).tolist()
        if below <= high and above >= low:
            return name
    return None


def _known(results: Results, report: Report) -> bool:
    return results.as_of is None or report.known_from <= results.as_of


def _set_aside(use: Use | None) -> Unusable | None:
    """Why a report is not compared, where the scenario says so: what set a number is no test."""
    if use is None or use.role == "report":
        return None
    if use.role == "unused":
        return Unusable(use.reason)
    return Unusable(f"a {use.role} rests on it ({use.of}), so that it is no test")


def comparisons(results: Results) -> list[tuple[Report, tuple[Numbers, str] | Unusable]]:
    """Each report that was known, with what it would have said of the members, or why not.

    Parameters
    ----------
    results : Results
        What was simulated.
    """
    found: list[tuple[Report, tuple[Numbers, str] | Unusable]] | None
    found = results.memo.get("reports")
    if found is None:
        made = {use.report: use for use in results.scenario.uses}
        found = [
            (report, _set_aside(made.get(report.id)) or simulate_report(report, results))
            for report in results.scenario.reports
            if _known(results, report)
        ]
        results.memo["reports"] = found
    return found


def reports(results: Results) -> Iterator[Block]:
    """Each report that something simulated corresponds to."""
    wide = len(results.levels) > 3
    for report, found in comparisons(results):
        if isinstance(found, Unusable):
            continue
        values, note = found
        yield Block(
            {"id": report.id, "place": report.place, "quantity": report.quantity},
            values[:, None],
            partial(_beside, report, note, wide),
        )


def _beside(report: Report, note: str, wide: bool, spread: Spread) -> dict[str, list[Any]]:
    inside = band(spread, report, wide)
    return {
        "observed": [report.value],
        "low": [report.low],
        "high": [report.high],
        "unit": [report.unit],
        "date_start": [report.date_start.isoformat()],
        "date_end": [report.date_end.isoformat()],
        "inside": [inside in ("50", "80")],
        "band": [inside],
        "derived": [bool(report.derived_from)],
        "note": [note],
    }


def unused(results: Results) -> list[dict[str, Any]]:
    """Reports that are not compared, each with the reason.

    Parameters
    ----------
    results : Results
        What was simulated.
    """
    return [
        {
            "id": report.id,
            "place": report.place,
            "quantity": report.quantity,
            "reason": str(found),
        }
        for report, found in comparisons(results)
        if isinstance(found, Unusable)
    ]


def _counts(rows: dict[str, Any], cells: int) -> Iterable[bool]:
    return (people(unit) for unit in rows["unit"][-cells:])


reports_table = TableKind(
    "reports",
    ("id", "place", "quantity"),
    "report",
    "the unit of the report",
    True,
    f"Reports beside what they would have said of the members: {TITLE}. inside: what was reported "
    "overlaps the 80 % band; band: the narrowest of the 50, 80 and (from 200 members) 90 % bands "
    "that it overlaps; derived: a sum of other reports, with no weight of its own.",
    reports,
    _counts,
)
