"""What many scored rows come to: relative scores, coverage, by reading and by horizon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from borderflow.results import quantiles as q
from borderflow.score import LEVELS, coverage, relative_wis

Row = dict[str, Any]
BANDS = {"50": 0.5, "80": 0.8, "95": 0.95}
HORIZONS = {"1-3": (1, 3), "4-7": (4, 7), "8-14": (8, 14)}
"""Days from the origin date to the end of what is scored."""

EXPECTED = 0.9
"""Probability of the interval in which the coverage of a calibrated forecast would lie."""


def lead(row: Row) -> int:
    """Days from the origin date to the end of what is scored.

    Parameters
    ----------
    row : dict
        A scored row.
    """
    end, origin = (date.fromisoformat(row[name]) for name in ("target_end_date", "origin_date"))
    return (end - origin).days


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Relative score against each comparator, and coverage, of some rows of one reading.

    One-sided reports are in neither, and a count that was told twice counts once.

    Parameters
    ----------
    rows : sequence of dict
        Scored rows, with their `series`.
    """
    scored = [row for row in rows if row["wis"] is not None and row["repeats"] is None]
    series = len({row["series"] for row in scored})
    return {
        "relative_wis_log": _relative(scored),
        "relative_wis_log_reported": _relative([row for row in scored if row["reported_before"]]),
        "coverage": _coverage(scored),
        "coverage_expected": {name: binomial_band(series, share) for name, share in BANDS.items()},
        "n_rows": len(scored),
        "n_series": series,
    }


def _relative(rows: list[Row]) -> dict[str, Row]:
    relative: dict[str, Row] = {}
    for name in dict.fromkeys(name for row in rows for name in row["baselines"]):
        both = [row for row in rows if name in row["baselines"]]
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
    return relative


def _coverage(rows: list[Row]) -> dict[str, float | None]:
    if not rows:
        return dict.fromkeys(BANDS)
    values = np.array([[row[q.name(level)] for level in LEVELS] for row in rows])
    truth = np.array([row["observed"] for row in rows])
    return {
        name: round(float(coverage(values, truth, band).mean()), 4) for name, band in BANDS.items()
    }


def binomial_band(count: int, share: float, within: float = EXPECTED) -> list[float] | None:
    """Shares between which a calibrated forecast covers, with so many independent series.

    Parameters
    ----------
    count : int
        Number of series.
    share : float
        Probability of the band that is to cover.
    within : float, optional
        Probability that the coverage lies in the interval given back, at least.

    Returns
    -------
    list of float or None
        Lowest and highest share; None without series.

    Examples
    --------
    >>> binomial_band(10, 0.8)
    [0.6, 1.0]
    """
    if count == 0:
        return None
    chance = [math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(count + 1)]
    below = np.cumsum(chance)
    ends = [int(np.searchsorted(below, p)) for p in ((1 - within) / 2, (1 + within) / 2)]
    return [round(min(end, count) / count, 4) for end in ends]


def summaries(rows: Sequence[Row], readings: Sequence[str], main: str | None) -> dict[str, Any]:
    """The summary of the main reading, the same by reading, and that reading by horizon.

    Parameters
    ----------
    rows : sequence of dict
        Scored rows of all readings.
    readings : sequence of str
        All readings.
    main : str or None
        The reading that is meant where only one can be shown; None without rows.
    """
    of = {name: [row for row in rows if row["reading"] == name] for name in readings}
    own = of[main] if main is not None else []
    leads = {
        name: [row for row in own if low <= lead(row) <= high]
        for name, (low, high) in HORIZONS.items()
    }
    return {
        "reading": main,
        **summary(own),
        "by_reading": {name: summary(some) for name, some in of.items()},
        "by_horizon": {name: summary(some) for name, some in leads.items()},
    }


def public(row: Row) -> Row:
    """A row as it is printed.

    Parameters
    ----------
    row : dict
        A scored row.
    """
    return {name: value for name, value in row.items() if name != "series"}
