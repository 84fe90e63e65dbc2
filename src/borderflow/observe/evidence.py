"""How far a report binds: the observation model, kept apart from the movement model.

What a report would have said of each member is a functional (`functionals`). This says how far what
it did say may lie from what happened: rounding, bias of the source, one-sided words. All of it is
on the log scale, stated beforehand by class, and learned from no report. What the movement model
itself gets wrong of a place is kept apart (`discrepancy`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from borderflow.scenario.model import Report, Scenario

Z80 = 1.2815515655446004
"""Half the width of an 80 % band, in standard deviations."""

SPREADS = {"count": 1.03, "statement": 1.10, "press": 1.6, "claim": 3.0}
"""By class of source, the factor within which 80 % of the reports are of the truth: the count of a
border service, a rounded official statement, a queue, wait or fare in the press, a claim whose
source is not named or not sure."""

BIAS_SHARE = 0.5
"""Part of the variance of a source that is common to all it says of a quantity."""

OFFSETS = (
    ("persons", 10.0),
    ("people", 10.0),
    ("vis", 10.0),
    ("vehicles", 10.0),
    ("cars", 10.0),
    ("km", 0.3),
    ("hours", 0.5),
    ("share", 0.01),
)
"""Added before the log, by the beginning of a unit: differences below it do not matter."""

CUMULATIVE = "cumulative"


@dataclass(frozen=True)
class Evidence:
    """One report as the likelihood sees it.

    Attributes
    ----------
    report : Report
        The row; of a cumulative count, the part since the source's last one.
    offset : float
        Added to what was reported and simulated before the log.
    log : float
        Log of what was reported.
    spread : float
        Standard deviation of the report around the truth, on the log scale.
    side : int
        1 if it says *at least*, -1 if *at most*, 0 if it gives a number.
    """

    report: Report
    offset: float
    log: float
    spread: float
    side: int

    @property
    def people(self) -> bool:
        """Whether people are counted (and not queues, waits or fares)."""
        return self.report.quantity.startswith(("entries", "exits", CUMULATIVE, "crossings"))

    def simulated(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logs of what the report would have said of each member."""
        return np.log(np.maximum(values, 0.0) + self.offset)


def source_class(report: Report) -> str:
    """Class of the source of a report, which says how sure it is.

    Examples
    --------
    >>> from borderflow.scenario.model import Report
    >>> day = date(2022, 9, 21)
    >>> row = dict(id="r", date_start=day, date_end=day, place="Here", unit="persons/day",
    ...            known_from=day, quantity="entries_all", confidence="high")
    >>> source_class(Report(value=4438, **row)), source_class(Report(value=4500, **row))
    ('count', 'statement')
    """
    if report.confidence == "low":
        return "claim"
    if not report.quantity.startswith(("entries", "exits", CUMULATIVE, "crossings")):
        return "press"
    digits = f"{report.value:.0f}".rstrip("0")
    return "count" if len(digits) >= 3 else "statement"


def offset(unit: str) -> float:
    """What is added before the log, in a unit; a hundredth of the number for other units."""
    return next((size for start, size in OFFSETS if unit.startswith(start)), 1.0)


def weigh(report: Report, extra: float = 0.0) -> Evidence:
    """A report with its spread; `extra` is a further standard deviation on the log scale."""
    low, high = report.low, report.high
    spread = math.log(SPREADS[source_class(report)]) / Z80
    value = report.value
    side = 0
    if low is not None and low == value and high is None:
        side = 1
    elif high is not None and high == value and not low:
        side = -1
    if low is not None and high is not None and 0 < low < high:
        value = math.sqrt(low * high)
        spread = math.hypot(spread, math.log(high / low) / 2 / Z80)
    small = offset(report.unit)
    return Evidence(report, small, math.log(value + small), math.hypot(spread, extra), side)


def evidence(reports: Iterable[Report], as_of: date | None = None) -> list[Evidence]:
    """The reports that bear on the parameters, each once.

    Left out are sums of other reports, older vintages of a count that was revised, the same number
    published again, and what is below nothing (a net flow, a change). Cumulative counts of one
    source become what was added since its last.

    Parameters
    ----------
    reports : iterable of Report
        Rows of reports.csv.
    as_of : date, optional
        Last day whose reports are used.
    """
    newest: dict[tuple[object, ...], Report] = {}
    for report in reports:
        if report.derived_from or (as_of is not None and report.known_from > as_of):
            continue
        if report.value + offset(report.unit) <= 0.0:
            continue
        key = (report.place, report.quantity, report.date_start, report.date_end, report.scope)
        known = newest.get(key)
        if known is None or report.known_from > known.known_from:
            newest[key] = report
    found: list[Evidence] = []
    chains: dict[tuple[object, ...], list[Report]] = {}
    for report in newest.values():
        if report.quantity.startswith(CUMULATIVE):
            chain = (report.place, report.quantity, report.publisher, report.date_start)
            chains.setdefault(chain, []).append(report)
        else:
            found.append(weigh(report))
    for counts in chains.values():
        found += increments(sorted(counts, key=lambda row: row.date_end))
    return sorted(found, key=lambda row: (row.report.date_end, row.report.id))


def independent(scenario: Scenario) -> list[Report]:
    """Reports of a scenario that something can be learned from.

    Where the scenario says that one of its numbers rests on a report, or that the report is not
    used, it has been heard already or is not to be.
    """
    elsewhere = {use.report for use in scenario.uses if use.role != "report"}
    return [report for report in scenario.reports if report.id not in elsewhere]


def increments(chain: Sequence[Report]) -> list[Evidence]:
    """Cumulative counts of one source, in order, as what each adds to the one before."""
    found = [weigh(chain[0])]
    for before, after in pairwise(chain):
        more = after.value - before.value
        if more <= 0:
            continue
        own = weigh(after)
        both = math.hypot(own.spread * after.value, weigh(before).spread * before.value) / more
        part = replace(
            after,
            date_start=before.date_end + timedelta(days=1),
            value=more,
            low=more if own.side > 0 else None,
            high=more if own.side < 0 else None,
        )
        found.append(weigh(part, both))
    return found


def own_covariance(rows: Sequence[Evidence]) -> NDArray[np.float64]:
    """Covariance of what reports say around what happened, on the log scale.

    Each report's own error, and a bias common to what one source says of a quantity.

    Returns
    -------
    array [report, report]
    """
    spread = np.array([row.spread for row in rows])
    source = [(row.people, row.report.publisher, row.report.quantity) for row in rows]
    same = np.array([[one == other for other in source] for one in source], dtype=np.float64)
    same = same.reshape(len(rows), len(rows))
    np.fill_diagonal(same, 1 / BIAS_SHARE)
    return np.asarray(BIAS_SHARE * same * np.outer(spread, spread))
