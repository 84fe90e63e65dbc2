"""The known-outcome table: forecasts from 22 to 26 September 2022, scored on the reports at hand.

Horizons are one to five days. The reports were public when the scenario was written: the table says
whether the machinery works, not how well it forecasts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from bench.table import RESULTS, heading, machine, number

ORIGINS = tuple(f"2022-09-{day}" for day in range(22, 27))
HORIZON = 5
MEMBERS = 100
TABLES = {"": "relative_wis_log", ", series reported before": "relative_wis_log_reported"}


def keep(text: str) -> Path:
    """Write the table of the day."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"known-outcome-{date.today():%Y-%m-%d}.md"
    path.write_text(heading(machine()) + "\n" + text, encoding="utf-8")
    return path


def known_outcome(members: int = MEMBERS) -> Path:
    """Run the forecasts, score them, and keep the table of the day."""
    from borderflow.hindcast import hindcast

    def progress(done: int, total: int) -> None:
        if done % 50 == 0:
            print(f"({done} of {total} members)", file=sys.stderr, flush=True)

    found = hindcast("russia-2022", ORIGINS, HORIZON, members, progress=progress)
    text = table(found.document(), members)
    print(text)
    return keep(text)


def table(says: dict[str, Any], members: int) -> str:
    """What `hindcast` says, as Markdown."""
    failed = [
        f"{one['origin_date']}: {one['gave_up']}" for one in says["origins"] if one["gave_up"]
    ]
    seconds = sum(one.get("seconds", 0) for one in says["origins"])
    parts = [
        "## Known outcome: origins 22 to 26 September 2022, horizons 1 to 5 days",
        "",
        f"{says['label'][0].upper()}{says['label'][1:]}",
        f"{members} members, seed {says['seed']}; the forecasts took {seconds:.0f} s together."
        + "".join(f" Gave up: {why}." for why in failed),
        "",
        *_relative(says),
        "",
        *_coverage(says),
        "",
        *_series(says),
    ]
    return "\n".join(parts) + "\n"


def _lines(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    titles = list(head)
    rule = ["---", *("--:" for _ in titles[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (titles, rule, *map(list, rows))]


def _relative(says: dict[str, Any]) -> list[str]:
    head = ["log WIS over that of (80 % interval; rows / series)", *says["by_reading"]]
    blocks = list(says["by_reading"].values())
    rows = []
    for label, key in TABLES.items():
        names = dict.fromkeys(name for block in blocks for name in block[key])
        for name in names:
            cells = [f"{name.replace('_', ' ')}{label}"]
            for block in blocks:
                one = block[key].get(name)
                cells.append(
                    "-"
                    if one is None
                    else f"{one['value']:.3f} ({one['low']:.3f}–{one['high']:.3f}; "
                    f"{one['n_rows']} / {one['n_series']})"
                )
            rows.append(cells)
    return _lines(head, rows)


def _coverage(says: dict[str, Any]) -> list[str]:
    rows = []
    for name, block in says["by_reading"].items():
        cells = [name]
        for band, share in block["coverage"].items():
            ends = block["coverage_expected"][band]
            cells.append("-" if share is None else f"{share:.2f} ({ends[0]:.2f}–{ends[1]:.2f})")
        rows.append([*cells, f"{block['n_rows']} / {block['n_series']}"])
    return _lines(
        ("coverage (where 9 in 10 calibrated ones lie)", "50 %", "80 %", "95 %", "rows / series"),
        rows,
    )


def _series(says: dict[str, Any]) -> list[str]:
    of: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in says["rows"]:
        if row["reading"] == says["reading"] and row["wis"] is not None and not row["repeats"]:
            of.setdefault((row["location"], row["quantity"]), []).append(row)
    rows = []
    for (place, quantity), own in sorted(of.items()):
        beside = [row["baselines"].get("damped_trend") for row in own]
        theirs = [one["wis_log"] for one in beside if one is not None]
        rows.append(
            [
                f"{place}, {quantity.replace('_', ' ')}",
                number(sum(row["wis_log"] for row in own) / len(own)),
                number(sum(theirs) / len(theirs)) if theirs else "-",
                f"{sum(row['q10'] <= row['observed'] <= row['q90'] for row in own)} of {len(own)}",
            ]
        )
    return _lines(
        (f"log WIS of each series ({says['reading']})", "ours", "damped trend", "in 80 %"), rows
    )
