"""The numbers of the movement model that were found on public conflicts, with each left out."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from borderflow.source.flee.movement import Movement

FILE = Path(__file__).with_name("parameters.json")
ALL = "all"


@cache
def stored() -> dict[str, dict[str, float]]:
    """Every stored set, by the conflict that was left out of its calibration (`all`: none)."""
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    sets: dict[str, dict[str, float]] = document["sets"]
    return sets


def movement_for(name: str, *, leave_one_out: bool) -> tuple[str, Movement]:
    """The set for a conflict, and what it is called.

    Parameters
    ----------
    name : str
        Name of the conflict.
    leave_one_out : bool
        Whether a conflict that took part in the calibration gets the set that never saw it. All
        others always get the set fitted on all.
    """
    sets = stored()
    key = name if leave_one_out and name in sets else ALL
    return key, from_numbers(sets[key])


def from_numbers(numbers: dict[str, float]) -> Movement:
    """A movement model with these numbers; the others as they are."""
    known = asdict(Movement())
    return replace(Movement(), **{key: numbers[key] for key in known if key in numbers})
