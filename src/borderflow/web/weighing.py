"""What added reports teach of the members there are: how much each of them counts.

Nothing is simulated for it. Each member counts as likely as the reports are under it, by the same
observation model from which a forecast learns, and no report weighs more than enough members can
bear. A forecast learns properly: it draws parameters anew where the reports point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from borderflow.assimilate import weights
from borderflow.assimilate.smoother import gaps, spread
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.discrepancy import Errors
from borderflow.observe.evidence import evidence
from borderflow.results import Results
from borderflow.scenario.model import Report
from borderflow.web.ask import AddedReport


def as_report(added: AddedReport, number: int = 1) -> Report:
    """An added report as a row of reports.csv.

    Parameters
    ----------
    added : AddedReport
        What somebody heard.
    number : int, optional
        Its place in the question.
    """
    end = added.end or added.start
    return Report(
        id=f"asked-{number}",
        date_start=added.start,
        date_end=end,
        place=added.place,
        quantity=added.quantity,
        value=added.value,
        unit=added.unit,
        publisher=added.source,
        known_from=end,
    )


@dataclass(frozen=True)
class Weighing:
    """How much each member counts after some reports.

    Attributes
    ----------
    reports : int
        Reports that could be compared with the members.
    members : int
        Members that were weighed.
    effective : float
        As many members as count in effect.
    power : float
        Power to which the likelihood was raised, so that enough of them are left; 1: as found.
    chosen : tuple of int
        Numbers of the members that go on, as often as they count; as many as there were.
    """

    reports: int
    members: int
    effective: float
    power: float
    chosen: tuple[int, ...]

    def data(self) -> dict[str, Any]:
        """The weighing as the page gets it."""
        return {
            "reports": self.reports,
            "members": self.members,
            "effective": round(self.effective),
            "power": round(self.power, 2),
        }


def weigh(results: Results, asked: Sequence[AddedReport]) -> Weighing | None:
    """Weigh members by the reports that were added; None where none can be compared.

    Parameters
    ----------
    results : Results
        Members under the rules as they are, of which the reports speak.
    asked : sequence of AddedReport
        The reports.
    """
    rows, answers = [], []
    for row in evidence(as_report(added, i) for i, added in enumerate(asked, start=1)):
        found = simulate_report(row.report, results)
        if not isinstance(found, Unusable) and np.isfinite(found[0]).all():
            rows.append(row)
            answers.append(row.simulated(found[0]))
    if not rows:
        return None
    simulated = np.column_stack(answers)
    said = np.array([row.log for row in rows])
    side = np.array([row.side for row in rows], dtype=np.int8)
    errors = Errors(rows, results)
    scales = errors.fit(gaps(simulated.mean(axis=0), said, side), spread(simulated))
    # The members are draws of the prior: what weighs them is the likelihood alone.
    scores, axes = np.zeros((results.members, 0)), np.zeros((0, 0))
    away = gaps(simulated, said, side)
    logs = weights.log_weights(scores, away, errors.covariance(scales), axes)
    shares, power = weights.tempered(logs, weights.LEAST * results.members)
    chosen = weights.resampled(shares, results.members, results.seed)
    numbers = results.ensemble.members
    return Weighing(
        len(rows),
        results.members,
        weights.effective(shares),
        power,
        tuple(numbers[position] for position in chosen.tolist()),
    )
