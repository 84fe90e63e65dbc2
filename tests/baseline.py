"""Frozen numbers of the tiny world and of the shipped one, and the command that renews them.

`python -m tests.baseline` shows what differs from `baseline.json`; with `--renew` it writes the
file anew. Whoever renews it says why in CHANGELOG.md, in a line that begins **changes results**.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import borderflow
from borderflow.compile import compile
from borderflow.ensemble import Ensemble, simulate
from worlds import tiny

FILE = Path(__file__).with_name("baseline.json")
WORLDS = ("tiny", "russia-2022")
MEMBERS = 5
SEED = 20220921
WHOLE = (
    "entries", "refused", "departed", "queue_people", "joined", "passed", "present", "in_transit",
    "left_behind", "seats_sold", "seats_offered", "first_seat", "gave_up",
)  # fmt: skip
"""Results that are whole numbers: these do not differ by one person."""


def simulated(name: str) -> Ensemble:
    if name == "tiny":
        with TemporaryDirectory() as folder:
            scenario = tiny(Path(folder))
    else:
        scenario = borderflow.load(name)
    return simulate(compile(scenario), MEMBERS, SEED, threads=1)


def fold(array: np.ndarray) -> int:
    """A sum that knows where each number stands: swapping two of them changes it."""
    numbers = array.astype(np.int64).ravel()
    return int((numbers * (np.arange(numbers.size) % 8191 + 1)).sum())


def median(array: np.ndarray) -> float:
    """Middle of an odd number of members: one of them, so no rounding."""
    return float(np.sort(array)[len(array) // 2])


def numbers(name: str) -> dict[str, float]:
    """What is frozen of a world, by a name that says what it is."""
    run = simulated(name)
    a, labels = run.arrays, run.compiled.labels
    found: dict[str, float] = {f"balance {key}": value for key, value in run.balance.items()}
    for field in WHOLE:
        found[f"sum of {field}"] = int(a[field].astype(np.float64).sum())
        found[f"fold of {field}"] = fold(a[field])
    for i, crossing in enumerate(labels.crossings):
        found[f"median entries {crossing.id}"] = median(a["entries"][:, :, i].sum(axis=(1, 2)))
    for i, end in enumerate(labels.destinations):
        found[f"median present {end.place}"] = median(a["present"][:, -1, i].sum(axis=1))
    for i, post in enumerate(labels.checkpoints):
        found[f"median longest queue {post}"] = median(a["queue_people"][:, :, i].max(axis=1))
        found[f"median longest wait {post}"] = median(a["wait_hours"][:, :, i].max(axis=1))
    for i, link in enumerate(labels.scheduled):
        found[f"median highest fare {link}"] = median(a["fare"][:, :, i].max(axis=1))
    return found


def kept() -> dict[str, dict[str, float]]:
    """The frozen numbers, by world."""
    found: dict[str, dict[str, float]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def differences(name: str, old: dict[str, float], new: dict[str, float]) -> list[str]:
    """One line for each number that is not what it was.

    Whole numbers are equal or they are not; waits and fares may differ in the last digits.
    """
    lines = []
    for key in dict.fromkeys((*old, *new)):
        before, now = old.get(key), new.get(key)
        rounded = "wait" in key or "fare" in key
        if before is None or now is None:
            same = False
        elif rounded:
            same = abs(now - before) <= 1e-6 * max(1.0, abs(before))
        else:
            same = now == before
        if not same:
            lines.append(f"{name}: {key} was {before}, is {now}")
    return lines


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.baseline", description=__doc__)
    parser.add_argument("--renew", action="store_true", help="write the numbers of today")
    options = parser.parse_args(words)
    new: dict[str, Any] = {name: numbers(name) for name in WORLDS}
    old = kept() if FILE.exists() else {}
    lines = [ln for name in WORLDS for ln in differences(name, old.get(name, {}), new[name])]
    print("\n".join(lines) or "nothing differs")  # noqa: T201
    if options.renew:
        text = json.dumps(new, indent=1, sort_keys=True) + "\n"
        FILE.write_text(text, encoding="utf-8", newline="\n")
        return 0
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
