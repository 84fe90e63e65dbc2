"""Sensitivity in words, tables and a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from borderflow.document import STATEMENT
from borderflow.output import write_manifest, write_table
from borderflow.wording import grid, number

if TYPE_CHECKING:
    from borderflow.screening.make import Sensitivity

SHOWN = 12
"""Assumptions of each answer that are printed and drawn."""

HOW = {
    "morris": "effect: how far the answer moves on average when an assumption goes from its 10 % "
    "to its 90 % quantile, wherever the others are (mu*, elementary effects); brackets: its 95 % "
    "interval over trajectories. spread: how much that depends on the others (sigma).",
    "sobol": "alone: share of the variance of the answer that an assumption explains by itself "
    "(S1); in all: with its interactions (ST); brackets: 95 % intervals.",
}
WIDTH, ROW, LEFT = 720, 22, 250
NAME = "sensitivity"


def render(found: Sensitivity) -> str:
    """Everything that the command prints.

    Parameters
    ----------
    found : Sensitivity
        What was found.
    """
    data = found.document()
    known = f"; facts known by {data['as_of']}" if data["as_of"] else ""
    lines = [
        f"{found.scenario.name} — {STATEMENT}",
        f"{data['method']}, {data['size']} "
        f"{'trajectories' if found.method == 'morris' else 'base samples'}, {data['runs']} runs "
        f"with the same luck, {len(found.assumptions)} assumptions varied together; seed "
        f"{found.seed}{known}; digest {found.digest[:16]}…",
        *textwrap.wrap(HOW[found.method], 100),
    ]
    for asked in data["targets"]:
        middle = f"{number(asked['q50'])} ({number(asked['q10'])}–{number(asked['q90'])})"
        lines += ["", f"{asked['target']}, {asked['unit']}: {middle} over all runs"]
        rows = asked["rows"][:SHOWN]
        if found.method == "morris":
            cells: Iterable[list[str]] = (
                [*_said(row), _with(row, "mu_star"), _or(row["sigma"])] for row in rows
            )
            head = ("assumption", "sets", "effect", "spread")
        else:
            cells = ([*_said(row), _with(row, "S1"), _with(row, "ST")] for row in rows)
            head = ("assumption", "sets", "alone", "in all")
        lines += grid(head, cells, left=2)
        if len(asked["rows"]) > SHOWN:
            lines.append(f"... and {len(asked['rows']) - SHOWN} that move it less")
    return "\n".join(lines) + "\n"


def _said(row: dict[str, Any]) -> list[str]:
    several = f" ({row['numbers']} numbers)" if row["numbers"] > 1 else ""
    of = f" of {row['applies_to']}" if row["applies_to"] else ""
    return [row["assumption"], f"{row['quantity']}{of}{several}"]


def _or(value: float | None) -> str:
    return "-" if value is None else _plain(value)


def _plain(value: float) -> str:
    """A number to three significant digits, whatever its sign."""
    return f"-{number(-value)}" if value < 0 else number(value)


def _with(row: dict[str, Any], name: str) -> str:
    conf = row[f"{name}_conf"]
    return f"{_or(row[name])} (±{_or(conf)})"


def figure(data: dict[str, Any]) -> str:
    """A bar for each of the assumptions that move each answer most, as SVG.

    Parameters
    ----------
    data : dict
        As `Sensitivity.document` gives it.
    """
    key = "mu_star" if data["method"] == "morris" else "ST"
    label = "effect" if key == "mu_star" else "share of the variance"
    parts: list[str] = []
    y = 20.0
    for asked in data["targets"]:
        unit = asked["unit"] if key == "mu_star" else "with interactions"
        parts.append(_text(10, y, f"{asked['target']}: {label}, {unit}", "start", "bold"))
        rows = asked["rows"][:SHOWN]
        ends = [max(row[key] or 0.0, 0.0) + max(row[f"{key}_conf"] or 0.0, 0.0) for row in rows]
        scale = (WIDTH - LEFT - 90) / (max(ends, default=0.0) or 1.0)
        for row in rows:
            y += ROW
            size = max(row[key] or 0.0, 0.0)
            low = max(size - (row[f"{key}_conf"] or 0.0), 0.0)
            high = size + (row[f"{key}_conf"] or 0.0)
            parts += [
                _text(LEFT - 8, y, row["assumption"], "end"),
                f'<rect x="{LEFT}" y="{y - 11:.1f}" width="{size * scale:.1f}" height="13" '
                'fill="#1b6ca8"/>',
                f'<line x1="{LEFT + low * scale:.1f}" x2="{LEFT + high * scale:.1f}" '
                f'y1="{y - 4.5:.1f}" y2="{y - 4.5:.1f}" stroke="#c2571a" stroke-width="2"/>',
                _text(LEFT + high * scale + 6, y, _plain(row[key] or 0.0), "start"),
            ]
        y += 2 * ROW
    y += 4
    parts.append(_text(10, y, f"{data['scenario']}, {STATEMENT}; lines: 95 % intervals", "start"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 12:.0f}" '
        'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(x: float, y: float, words: str, anchor: str, weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def write(found: Sensitivity, folder: Path) -> None:
    """Write tables, a figure and a manifest into a folder that is there and empty.

    Parameters
    ----------
    found : Sensitivity
        What was found.
    folder : Path
        Where.
    """
    import pyarrow as pa

    data = found.document()
    rows = [
        {"target": asked["target"], "unit": asked["unit"], **row}
        for asked in data["targets"]
        for row in asked["rows"]
    ]
    write_table(pa.Table.from_pylist(rows), folder / NAME)
    (folder / f"{NAME}.svg").write_text(figure(data), encoding="utf-8")
    files = {
        f"{NAME}.csv": "one row per answer and assumption",
        f"{NAME}.parquet": "the same",
        f"{NAME}.svg": "the assumptions that move each answer most",
    }
    write_manifest(folder, {"kind": NAME, **data, "files": files})
