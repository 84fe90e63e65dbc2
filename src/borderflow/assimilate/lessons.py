"""What each report taught: which parameter it moved, and how much narrower it made it.

Worked out from the first round, in which members have the prior's parameters, as if answers were
straight lines in them: good enough to say which report bears on what.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from borderflow.assimilate.posterior import Lesson, Numbers
from borderflow.assimilate.smoother import gaps, spread
from borderflow.observe.evidence import Evidence

LEAST = 0.05
"""Prior standard deviations below which a parameter is not called moved."""


def lessons(
    names: Sequence[str],
    slopes: Numbers,
    answers: Numbers,
    rows: Sequence[Evidence],
    error: Numbers,
) -> tuple[Lesson, ...]:
    """What each report taught, in the order of the reports.

    Parameters
    ----------
    names : sequence of str
        Parameters.
    slopes : array [parameter, report]
        Covariance of draws of the prior and what reports would have said of them, without chance.
    answers : array [member, report]
        What each report would have said of draws of the prior (logs).
    rows : sequence of Evidence
        The reports.
    error : array [report, report]
        Covariance of the reports around what is simulated.
    """
    precision = np.linalg.inv(spread(answers) + error)
    gain = slopes @ precision
    said = np.array([row.log for row in rows])
    side = np.array([row.side for row in rows], dtype=np.int8)
    moves = gain * gaps(answers.mean(axis=0), said, side)
    # What the variance would be more by, were this one report missing.
    narrowed = np.clip(gain**2 / np.diag(precision), 0.0, 1.0)
    found = []
    for i, row in enumerate(rows):
        best = int(np.abs(moves[:, i]).argmax())
        small = abs(moves[best, i]) < LEAST
        found.append(
            Lesson(
                row.report.id,
                None if small else names[best],
                0.0 if small else round(float(moves[best, i]), 3),
                0.0 if small else round(float(narrowed[best, i]), 3),
            )
        )
    return tuple(found)
