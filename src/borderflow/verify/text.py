"""A verification in tables that a planner reads."""

from __future__ import annotations

import re
from typing import Any

from borderflow.document import STATEMENT
from borderflow.text import day, grid, number, wrapped
from borderflow.verify.verify import Verification

Row = dict[str, Any]


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
        _rows("Scored", says["rows"]),
        _rows("Nowcast", says["nowcast"]),
        ["Nowcast: over by the origin date, known later; not in what follows."],
        _relative(says["relative_wis_log"]),
        _coverage(says),
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


def _relative(relative: dict[str, Row]) -> list[str]:
    lines = [
        [
            name.replace("_", " "),
            number(row["value"]),
            f"{number(row['low'])}–{number(row['high'])}",
            str(row["n_rows"]),
            str(row["n_series"]),
        ]
        for name, row in relative.items()
    ]
    head = ("Log WIS over that of (below 1: better)", "ratio", "80 % interval", "reports", "series")
    return grid(head, lines) if lines else []


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


def _coverage(says: dict[str, Any]) -> list[str]:
    if says["coverage"]["80"] is None:
        return ["No report was scored."]
    shares = ", ".join(f"{share(says, band)} in the {band} % band" for band in says["coverage"])
    return wrapped(
        f"Of the reports scored: {shares}. In brackets, where nine in ten calibrated forecasts of "
        f"{says['n_series']} independent series would lie."
    )


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
