"""Pairs of more members than are kept: each is run under both sets of rules and counted.

A difference is taken within a pair before anything is counted, so that what is counted are
differences: on the same log grid as everything else, which has a negative side as well.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from borderflow.comparison.cells import cells
from borderflow.comparison.comparison import Comparison
from borderflow.comparison.pairs import PARTS, Pair, apart, only
from borderflow.ensemble import pieces
from borderflow.errors import GaveUpError
from borderflow.pooled import Pooled, sample, table_counts
from borderflow.results import Results
from borderflow.results.spread import Counted, Counts, codes_of
from borderflow.tally import (
    BlockOrder,
    Tally,
    blocks,
    counts_of,
    digest,
    ensemble_of,
    group,
    named,
    piece_of,
)

if TYPE_CHECKING:
    from borderflow.checkpoint import Piece
    from borderflow.compile import Compiled
    from borderflow.ensemble import Values
    from borderflow.scenario.edit import Switched

PAIRS = "pairs"
ARMS = ("base ", "other ")
DIFFER = "differ"


@dataclass(frozen=True)
class Both:
    """A scenario under both sets of rules.

    Attributes
    ----------
    base, other : Compiled
        The rules as they are, and the other rules.
    """

    base: Compiled
    other: Compiled


def counted(both: Both, order: BlockOrder) -> Piece:
    """Run some members under both sets of rules; count them, and their differences.

    Parameters
    ----------
    both : Both
        The sets of rules.
    order : BlockOrder
        Which members.

    Returns
    -------
    dict of arrays
        As `borderflow.pooled.counted` gives of one set of rules, for both; counts of the pairs,
        and how many members differ at all. A member that fails in one arm is left out of both.
    """
    arms = [ensemble_of(compiled, order) for compiled in (both.base, both.other)]
    piece = piece_of(order, *arms)
    ran = set(piece["members"].tolist())
    if not ran:
        return piece
    base, other = (Results(only(arm, ran), small_cells=True) for arm in arms)
    for name, results in zip(ARMS, (base, other), strict=True):
        piece |= named(name, table_counts(results))
    pairs = (
        (PAIRS, {name: codes_of(found) for name, found in values.items()})
        for _, values in apart(base, other)
    )
    return {**piece, **named("", counts_of(pairs)), DIFFER: np.array(_differ(base, other))}


def _differ(base: Results, other: Results) -> int:
    """How many members are not the same in both arms, in whatever number."""
    same = [
        all(
            np.array_equal(array[at], other.arrays[name][at]) for name, array in base.arrays.items()
        )
        for at in range(base.members)
    ]
    return same.count(False)


class CountedComparison(Comparison):
    """What other rules change, in members that were only counted.

    Parameters
    ----------
    base, other : Pooled
        Both arms.
    counts : dict of str to Counts
        How the pairs spread: both arms and the difference.
    differ : int
        How many members are not the same in both arms.
    switched : Switched, optional
        As for `Comparison`.
    """

    def __init__(
        self,
        base: Pooled,
        other: Pooled,
        counts: dict[str, Counts],
        differ: int,
        switched: Switched | None = None,
    ) -> None:
        super().__init__(base, other, switched)
        self.counts = counts
        self.differ = differ
        self._sample = base.sample

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the digests of the arms, each that of `run`, and of the differences."""
        parts = (self.base.digest, self.other.digest, digest(self.counts))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def same(self) -> bool:
        """Whether the other rules change nothing at all, in no member."""
        return self.differ == 0

    def _pairs(self) -> Iterator[Pair]:
        first = 0
        for one in cells(self._sample):
            some = slice(first, first + len(one.dates))
            first = some.stop
            yield Pair(
                one,
                *(Counted(self.base.members, some, {"": self.counts[name]}) for name in PARTS),
            )


def count_pairs(
    both: Both,
    members: int,
    seed: int,
    threads: int | None,
    progress: Callable[[int, int], None] | None,
    values: Values | None,
    small_cells: bool,
    switched: Switched,
) -> CountedComparison:
    """Run any number of members under both sets of rules, and count the pairs.

    Parameters
    ----------
    both : Both
        The sets of rules.
    members, seed, threads, progress, values, small_cells : optional
        As for `borderflow.pooled.pool`; `progress` counts the members of both arms.
    switched : Switched
        As for `Comparison`.

    Raises
    ------
    GaveUpError
        If no member ran to the end in both arms.
    """
    began = time.perf_counter()

    def both_arms(done: int, total: int) -> None:
        if progress is not None:
            progress(2 * done, 2 * total)

    tally, differ = Tally(members, both_arms), 0
    orders = blocks(members, seed, values)
    for piece in pieces(counted, both, orders, threads, PAIRS, both.base, both.other):
        tally.add(piece)
        differ += int(piece.get(DIFFER, 0))
    if not tally.ran:
        raise GaveUpError("no member ran to the end under both sets of rules")
    counts = tally.counts
    # Both arms take turns, so that each is said to have taken half of the time.
    seconds = (time.perf_counter() - began) / 2
    arms = [
        Pooled(
            tally.ensemble(compiled, seed, seconds, at),
            sample(compiled, seed, min(tally.ran), values),
            group(ARMS[at], counts),
            small_cells,
        )
        for at, compiled in enumerate((both.base, both.other))
    ]
    return CountedComparison(arms[0], arms[1], group(f"{PAIRS}:", counts), differ, switched)
