"""What the counts of the first days teach about how attractive each camp is."""

from __future__ import annotations

import numpy as np

from borderflow.source.flee.movement import Movement
from borderflow.validate.conflict import Conflict
from borderflow.validate.forecast import Ready, run
from borderflow.validate.scores import shares

FLOOR = 0.02
"""Share added on both sides, so that a camp without anybody teaches little."""


def learned(
    conflict: Conflict, from_start: Ready, movement: Movement, until: int
) -> dict[str, float]:
    """Log attraction of each camp that the counts up to a day suggest.

    The model runs from the first day to that day; where more people were counted in a camp than it
    put there, the camp is more attractive than it knew. A part (`movement.learning`) of the log
    ratio is kept: days are few, and a camp may have been shut or full.

    Parameters
    ----------
    conflict : Conflict
        The conflict; only counts up to the day are used.
    from_start : Ready
        It, compiled from its first day.
    movement : Movement
        Numbers of the movement model.
    until : int
        Last day whose counts are known.

    Returns
    -------
    dict of str to float
        By camp; the mean is 0.
    """
    simulated = shares(run(from_start, movement)[until])
    counted = shares(conflict.counted[until])
    ratio = np.log((counted + FLOOR) / (simulated + FLOOR))
    kept = movement.learning * (ratio - ratio.mean())
    return dict(zip(conflict.camps, kept.tolist(), strict=True))
