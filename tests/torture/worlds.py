"""Random worlds: nobody is lost or made in any step, and no door lets through more than it can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import test_conserve
import test_twin

FIRST = 1000
"""The tests themselves run the worlds before this one."""

CHECKS: dict[str, Callable[[int], None]] = {
    "residual 0 in every step, no negative stock": test_conserve.test_nobody_is_lost_or_made,
    "queues hold who joined and did not pass":
        test_conserve.test_queues_hold_who_joined_and_did_not_pass,
    "no checkpoint above its rate": test_conserve.test_no_checkpoint_works_above_its_rate,
    "no neutral zone overfull": test_conserve.test_the_neutral_zone_is_never_overfull,
    "no departure above its seats": test_conserve.test_no_departure_sells_more_than_its_seats,
    "engine equal to the expectation twin with draws off":
        test_twin.test_without_draws_the_engine_is_the_expectation_twin,
}  # fmt: skip


@dataclass
class Worlds:
    """What came of it."""

    worlds: int = 0
    troubles: list[str] = field(default_factory=list)


def conserve(worlds: int, first: int = FIRST) -> Worlds:
    """Make so many worlds and run every check on each.

    Parameters
    ----------
    worlds : int
        How many.
    first : int
        Number of the first.
    """
    found = Worlds()
    for seed in range(first, first + worlds):
        for name, test in CHECKS.items():
            try:
                test(seed)
            except Exception as error:
                found.troubles.append(f"world {seed}, {name}: {error!r}"[:500])
        found.worlds += 1
    return found
