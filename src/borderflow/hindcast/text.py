"""A hindcast in tables."""

from __future__ import annotations

from typing import Any

from borderflow.document import STATEMENT
from borderflow.hindcast.make import KNOWN_OUTCOME, Hindcast
from borderflow.verify.text import EXPLAINED, missed, readings, relative
from borderflow.wording import grid, number, wrapped

Row = dict[str, Any]


def render(found: Hindcast) -> str:
    """Everything that `borderflow hindcast` prints.

    Parameters
    ----------
    found : Hindcast
        Forecasts from several days beside what came.
    """
    says = found.document()
    parts = [
        [
            f"{found.scenario.name} — {STATEMENT}",
            f"forecasts up to {found.horizon} days ahead, each from what was known at its origin",
            *wrapped(KNOWN_OUTCOME),
        ],
        _origins(says),
        readings(says),
        relative(says),
        wrapped(EXPLAINED),
        _series(found),
        missed(says["not_scored"]),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _origins(says: Row) -> list[str]:
    lines = []
    for one in says["origins"]:
        own = [r for r in says["rows"] if r["origin_date"] == one["origin_date"]]
        count = sum(r["reading"] == says["reading"] for r in own)
        text = f"gave up: {one['gave_up']}" if one["gave_up"] else one["until"]
        lines.append([one["origin_date"], text, str(one.get("members", "-")), str(count)])
    return grid(("Origin", "until", "members", "reports"), lines, left=2, flexible=1)


def _series(found: Hindcast) -> list[str]:
    """The main reading, series by series: where it is better and where it is not."""
    of: dict[Any, list[Row]] = {}
    for row in found.rows:
        if row["reading"] == found.main and row["wis"] is not None and row["repeats"] is None:
            of.setdefault(row["series"], []).append(row)
    lines = []
    for rows in sorted(of.values(), key=lambda own: (own[0]["location"], own[0]["quantity"])):
        place, quantity = rows[0]["location"], rows[0]["quantity"]
        beside = [row["baselines"].get("damped_trend") for row in rows]
        theirs = [one["wis_log"] for one in beside if one is not None]
        inside = sum(row["q10"] <= row["observed"] <= row["q90"] for row in rows)
        ours = sum(row["wis_log"] for row in rows) / len(rows)
        lines.append(
            [
                f"{place}, {quantity.replace('_', ' ')}",
                number(ours),
                number(sum(theirs) / len(theirs)) if theirs else "-",
                f"{inside} of {len(rows)}",
            ]
        )
    head = (f"Log WIS of each series ({found.main})", "ours", "trend", "in 80 %")
    return grid(head, lines) if lines else []
