"""The table of a measurement: each figure beside its bound and its aim."""

from __future__ import annotations

import csv
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Row:
    """One figure.

    Parameters
    ----------
    name, value, unit : str, float, str
        What was measured.
    bound, aim : float, optional
        What it must not exceed, and what it should come to.
    note : str
        How it was measured.
    """

    name: str
    value: float
    unit: str
    bound: float | None = None
    aim: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the bound and the aim are kept."""
        if self.bound is None:
            return ""
        if self.value > self.bound:
            return "**over**"
        if self.aim is not None:
            return "aim met" if self.value <= self.aim else "within the bound"
        return "within"


def number(value: float | None, zeros: str = "") -> str:
    """A figure with three significant digits; trailing zeros are kept where `zeros` is "#"."""
    if value is None:
        return ""
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.1f} M"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:{zeros}.3g}"


def machine() -> dict[str, str]:
    """What was measured on, without naming it."""
    model = platform.processor() or platform.machine()
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = next(
            line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line
        )
    except (OSError, StopIteration):
        pass
    try:
        load = f"{os.getloadavg()[0]:.1f}"
    except (AttributeError, OSError):
        load = "unknown"
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "load": load,
        "python": platform.python_version(),
        "numba": version("numba"),
        "numpy": version("numpy"),
        "borderflow": version("borderflow"),
        "commit": _commit(),
    }


def _commit() -> str:
    here = Path(__file__).parent
    try:
        words = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
        done = subprocess.run(words, cwd=here, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def markdown(title: str, rows: Sequence[Row]) -> str:
    """Some figures as a table."""
    lines = [f"## {title}", "", "| | measured | bound | aim | | how |", "|---|--:|--:|--:|---|---|"]
    for row in rows:
        value = f"{number(row.value, '#')} {row.unit}"
        cells = [row.name, value, number(row.bound), number(row.aim), row.verdict, row.note]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def heading(on: dict[str, str]) -> str:
    """First lines of the report."""
    return (
        f"# Measured on {date.today():%Y-%m-%d}\n\n"
        f"borderflow {on['borderflow']} ({on['commit']}), Python {on['python']},"
        f" Numba {on['numba']}, NumPy {on['numpy']}; {on['cpu']},"
        f" {on['cores']} cores, with a load of {on['load']} when this began (1 is one busy core:"
        " others at work make all that is measured on the clock slower).\n"
    )


def keep(text: str, rows: Sequence[Row], on: dict[str, str], name: str = "") -> Path:
    """Write the day's report (named where it is of some parts), and add its figures to others."""
    RESULTS.mkdir(exist_ok=True)
    day = f"{date.today():%Y-%m-%d}"
    path = RESULTS / (f"{name}-{day}.md" if name else f"{day}.md")
    path.write_text(text, encoding="utf-8")
    every = RESULTS / "results.csv"
    columns = ["date", *on, "name", "value", "unit", "bound", "aim", "note"]
    new = not every.exists()
    with every.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(columns)
        for row in rows:
            figures = [f"{row.value:.6g}", row.unit, row.bound, row.aim, row.note]
            writer.writerow([day, *on.values(), row.name, *figures])
    return path
