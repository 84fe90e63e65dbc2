"""A verification in tables that a planner reads."""

from __future__ import annotations

import re
from typing import Any

from borderflow.document import STATEMENT
from borderflow.verify.verify import Verification
from borderflow.wording import day, grid, number, wrapped

Row = dict[str, Any]
EXPLAINED = (
    "Below 1 the forecast is better. In brackets the 80 % interval over series, and for coverage "
    "where nine in ten calibrated forecasts of so many independent series would lie. "
    "'of': reports / series."
)
"""What has to be said of the tables of scores."""


def render(found: Verification) -> str:
    """Everything that `borderflow score` prints.

    Parameters
    ----------
    found : Verification
        A forecast beside what came.
    """
    says = found.document()
    parts = [
        [
            f"{found.forecast.scenario.name} — {STATEMENT}",
            f"forecast of {found.forecast.as_of} until {found.forecast.until}, reading "
            f"{says['reading']}, {found.forecast.main.members} members",
            *wrapped(found.forecast.learning),
        ],
        _rows("Scored", [row for row in says["rows"] if row["reading"] == says["reading"]]),
        _rows("Nowcast", [row for row in says["nowcast"] if row["reading"] == says["reading"]]),
        ["Nowcast: over by the origin date, known later; not in what follows."],
        readings(says),
        relative(says),
        wrapped(EXPLAINED),
        missed(says["not_scored"]),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _days(row: Row) -> str:
    start, end = day(row["target_start_date"]), day(row["target_end_date"])
    return end if start == end else f"{start}–{end}"


def _rows(title: str, rows: list[Row]) -> list[str]:
    lines = [
        [
            f"{row['id']} {row['location']}",
            row["target"] if row["target"] != "queue" else f"queue, {row['unit']}",
            _days(row),
            f"{number(row['observed'])}{'+' if row['one_sided'] == 'at least' else ''}",
            f"{number(row['q50'])} ({number(row['q10'])}–{number(row['q90'])})",
            number(row["wis_log"]) if row["wis_log"] is not None else "-",
            number(row["baselines"]["damped_trend"]["wis_log"])
            if row["baselines"].get("damped_trend", {}).get("wis_log") is not None
            else "-",
        ]
        for row in rows
    ]
    head = (title, "what", "days", "reported", "forecast, 80 %", "WIS", "trend")
    return grid(head, lines, left=2) if lines else []


def readings(says: Row) -> list[str]:
    """Each reading, and the main one by horizon: over the damped trend, and coverage.

    Parameters
    ----------
    says : dict
        Summaries of a score or a hindcast.
    """
    blocks = list(says["by_reading"].items())
    blocks += [(f"{says['reading']}, {n} days", part) for n, part in says["by_horizon"].items()]
    lines = []
    for name, part in blocks:
        trend = part["relative_wis_log"].get("damped_trend")
        of = "-" if trend is None else f"{trend['n_rows']} / {trend['n_series']}"
        bands = [share(part, "80"), share(part, "95")]
        every = f"{part['n_rows']} / {part['n_series']}"
        lines.append([name, _ratio(trend), of, *bands, every])
    head = ("Reading", "over damped trend", "of", "in 80 %", "in 95 %", "of")
    return grid(head, lines)


def _ratio(row: Row | None) -> str:
    if row is None:
        return "-"
    return f"{number(row['value'])} ({number(row['low'])}–{number(row['high'])})"


def relative(says: Row) -> list[str]:
    """The log score over that of each comparator, by reading.

    Parameters
    ----------
    says : dict
        Summaries of a score or a hindcast.
    """
    parts = [part["relative_wis_log"] for part in says["by_reading"].values()]
    names = list(dict.fromkeys(name for part in parts for name in part))
    lines = [
        [name.replace("_", " "), *(_ratio(part.get(name)) for part in parts)] for name in names
    ]
    return grid(("Log WIS over that of (80 % interval)", *says["by_reading"]), lines)


def share(says: Row, band: str) -> str:
    """Share of the reports within a band, and between what it should lie.

    Parameters
    ----------
    says : dict
        A summary.
    band : str
        The band, in per cent.

    Examples
    --------
    >>> share({"coverage": {"80": 0.75}, "coverage_expected": {"80": [0.6, 1.0]}}, "80")
    '75% (60%–100%)'
    """
    found, ends = says["coverage"][band], says["coverage_expected"][band]
    return "-" if found is None else f"{found:.0%} ({ends[0]:.0%}–{ends[1]:.0%})"


def missed(rows: list[Row]) -> list[str]:
    """Why reports are not scored, and how many.

    Parameters
    ----------
    rows : list of dict
        What a verification did not score.
    """
    reasons: dict[str, int] = {}
    for row in rows:
        bare = re.sub(r" \([^)]*\)|'[^']*' of ", " ", row["reason"]).replace("  ", " ").strip()
        reasons[bare] = reasons.get(bare, 0) + 1
    lines = [[reason, str(count)] for reason, count in reasons.items()]
    return grid(("Not scored (--json lists them)", "reports"), lines) if lines else []
