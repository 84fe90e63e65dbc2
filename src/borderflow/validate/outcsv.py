"""Writes simulated and counted people in the layout of Flee's out.csv, for its users' plots."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import numpy as np

from borderflow.validate.conflict import Conflict


def write_out(path: Path, conflict: Conflict, simulated: np.ndarray, first_day: int = 0) -> None:
    """Write one row a day: simulated, counted and relative error of each camp, then totals.

    Dates are a day late, as Flee prints them, so that lines of both fall on each other.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    conflict : Conflict
        Gives names and counts.
    simulated : array [day, camp]
        People simulated from `first_day` on.
    first_day : int
        Day of the first row.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ["Day", "Date"]
    for camp in conflict.camps:
        header += [f"{camp} sim", f"{camp} data", f"{camp} error"]
    header += [
        "Total error", "refugees in camps (UNHCR)", "total refugees (simulation)",
        "raw UNHCR refugee count", "refugees in camps (simulation)", "refugee_debt",
    ]  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        top = 0.0
        for i, people in enumerate(np.rint(simulated)):
            day = first_day + i
            counted = conflict.counted[day]
            row: list[object] = [day, conflict.folder.date_of(day) + timedelta(days=1)]
            for ours, theirs in zip(people, counted, strict=True):
                error = abs(ours / theirs - 1.0) if theirs > 0 else 0.0
                row += [int(ours), int(theirs), round(error, 4)]
            total = conflict.folder.everybody(day)
            top = max(top, total)
            wrong = np.abs(people - counted).sum() / max(1.0, counted.sum())
            row += [round(float(wrong), 6), int(counted.sum()), int(top), int(total),
                    int(people.sum()), int(top - total)]  # fmt: skip
            out.writerow(row)
