"""A conflict of Flee's users with what was counted, and what Flee made of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borderflow.scenario.finding import Finding
from borderflow.source.flee.folder import FleeFolder
from borderflow.source.flee.read import read_folder

RESULT = "flee_result.csv"
"""File beside `input_csv` and `source_data` with what Flee itself put into each camp."""


@dataclass(frozen=True)
class Conflict:
    """One conflict: its folder, the counts as an array, and Flee's own result.

    Attributes
    ----------
    folder : FleeFolder
        What was read.
    camps : tuple of str
        The camps, in file order.
    counted : array [day, camp]
        People counted in each camp on each day.
    capacity : array [camp]
        Capacity of each camp; 0 where there is none.
    flee : array [day, camp] or None
        What Flee simulated (scaled as it was run).
    flee_counted : array [day, camp] or None
        The counts as Flee saw them in that run.
    """

    folder: FleeFolder
    camps: tuple[str, ...]
    counted: np.ndarray
    capacity: np.ndarray
    flee: np.ndarray | None = None
    flee_counted: np.ndarray | None = None

    @property
    def name(self) -> str:
        """Name of the conflict."""
        return self.folder.name


def read_conflict(directory: Path | str) -> tuple[Conflict | None, list[Finding]]:
    """Read a folder that holds `input_csv/` and `source_data/`.

    Parameters
    ----------
    directory : Path or str
        The conflict's folder.

    Returns
    -------
    (Conflict or None, list of Finding)
        None if it cannot be run; all that is wrong or odd.
    """
    home = Path(directory)
    name = home.resolve().name
    if not home.is_dir():
        says = "there is no such folder"
        missing = Finding("error", "flee", "", None, None, str(home), None, says)
        return None, [missing]
    folder, findings = read_folder(home / "input_csv", home / "source_data", name)
    if folder is None:
        return None, findings
    camps = tuple(place.name for place in folder.camps)
    counted = np.array([[folder.counts[c].on(day) for c in camps] for day in range(folder.days)])
    flee, seen, more = _result(home / RESULT, camps, folder.days)
    return (
        Conflict(
            folder=folder,
            camps=camps,
            counted=counted,
            capacity=np.array([float(place.capacity) for place in folder.camps]),
            flee=flee,
            flee_counted=seen,
        ),
        findings + more,
    )


def _result(
    path: Path, camps: tuple[str, ...], days: int
) -> tuple[np.ndarray | None, np.ndarray | None, list[Finding]]:
    if not path.is_file():
        return None, None, []
    simulated = np.zeros((days, len(camps)))
    seen = np.zeros((days, len(camps)))
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for day, row in enumerate(rows[:days]):
            simulated[day] = [float(row[f"{camp} sim"]) for camp in camps]
            seen[day] = [float(row[f"{camp} data"]) for camp in camps]
    except (KeyError, ValueError, TypeError, csv.Error, UnicodeDecodeError) as error:
        says = f"cannot be read as Flee's out.csv for these camps ({error}): left out"
        return None, None, [Finding("warning", "flee", RESULT, None, None, None, None, says)]
    if len(rows) < days:
        says = f"has {len(rows)} days of {days}: left out"
        return None, None, [Finding("warning", "flee", RESULT, None, None, None, None, says)]
    return simulated, seen, []
