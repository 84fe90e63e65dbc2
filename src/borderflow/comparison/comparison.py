"""Two arms of the same ensemble: one under the rules as they are, one under other rules.

Both arms draw the same priors, and every draw of chance has the same address in both, so that
member 17 is the same world twice. What differs between the two is what the rules did to it, as
far as this model knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow import api, loading
from borderflow.comparison.pairs import PARTS, Pair, apart, only
from borderflow.document import BORDERS, COUNTING, STATEMENT, cut_off
from borderflow.errors import GaveUpError, ScenarioError, arguments, complaint
from borderflow.results import Results
from borderflow.results import quantiles as q
from borderflow.results.spread import Sorted
from borderflow.scenario.edit import Switched
from borderflow.switches import told

if TYPE_CHECKING:
    from borderflow.assimilate import Posterior
    from borderflow.scenario import Policy, Scenario

MOVED = "moved"
"""What is left out altogether where it is nothing in either arm."""

NUMBERS = ("base_q50", "other_q50", "diff_q10", "diff_q50", "diff_q90")
PAIRING = (
    "Both arms draw the same parameters and the same chances, member by member; a difference is "
    "the other arm minus the base, taken within each member, within this model."
)
Row = dict[str, Any]


class Comparison:
    """What other rules change: the same members twice, and the differences within each pair.

    Parameters
    ----------
    base, other : Results
        The rules as they are, and the other rules; the same members in both.
    switched : Switched, optional
        The scenario under its own rules and under the others.

    Attributes
    ----------
    removed, added : tuple of Policy
        The policies that the other arm lacks, and those that it has on top.
    seconds : float
        Time that both arms took.
    """

    def __init__(
        self,
        base: Results,
        other: Results,
        switched: Switched | None = None,
    ) -> None:
        both = set(base.ensemble.members) & set(other.ensemble.members)
        self.base = _only(base, both)
        self.other = _only(other, both)
        self.failed = {**base.ensemble.failed, **other.ensemble.failed}
        self.switched = switched
        self.removed: tuple[Policy, ...] = () if switched is None else switched.removed
        self.added: tuple[Policy, ...] = () if switched is None else switched.added
        self.seconds = base.ensemble.seconds + other.ensemble.seconds

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the digests of both arms, each of which is that of `run`."""
        return hashlib.sha256(f"{self.base.digest}\0{self.other.digest}".encode()).hexdigest()

    @property
    def same(self) -> bool:
        """Whether the other rules change nothing at all, in no member."""
        return self.base.digest == self.other.digest

    @cached_property
    def rows(self) -> list[Row]:
        """What is compared, where, when: medians of both arms, and the paired difference.

        `date` is None for the whole shown period (the highest of it for queues and waits). A day
        on which there is nothing in either arm is left out. Numbers of people under ten are
        suppressed (None), and with them the differences from which they could be worked out.
        """
        found: list[Row] = []
        show = self.base.small_cells
        for pair in self._pairs():
            left, numbers = pair.cells, pair.numbers()
            hidden = np.zeros(numbers.shape, dtype=np.bool_)
            if left.people and not show:
                hidden |= _hidden(numbers)
            something = set(np.flatnonzero(np.any(numbers != 0.0, axis=1)).tolist())
            rounded = np.round(numbers, 3) + 0.0  # no minus zero
            for i, day in enumerate(left.dates):
                if i not in something and (day is not None or left.what == MOVED):
                    continue
                values = [
                    None if hide else float(value)
                    for value, hide in zip(rounded[i], hidden[i], strict=True)
                ]
                row: Row = {"what": left.what, "location": left.location, "country": left.country}
                row |= {"date": day, **dict(zip(NUMBERS, values, strict=True))}
                if hidden[i].any():
                    row["suppressed"] = True
                found.append(row)
        return found

    def _pairs(self) -> Iterator[Pair]:
        for left, values in apart(self.base, self.other):
            yield Pair(left, *(Sorted(values[name]) for name in PARTS))

    def document(self) -> dict[str, Any]:
        """The comparison as plain data, ready for JSON."""
        base = self.base
        return {
            "scenario": base.scenario.id,
            "seed": base.seed,
            "members": base.members,
            "as_of": base.as_of.isoformat() if base.as_of else None,
            "seconds": round(self.seconds, 3),
            "digest": self.digest,
            "base": {"digest": base.digest, "people": base.people},
            "other": {"digest": self.other.digest, "people": self.other.people},
            "without": [policy.id for policy in self.removed],
            "with": [policy.id for policy in self.added],
            "rules": told(self.switched, base),
            "changes_nothing": self.same,
            "statement": STATEMENT,
            "pairing": PAIRING,
            "counting": COUNTING,
            "borders": BORDERS,
            "data_cut_off": cut_off(base).isoformat(),
            "rough": base.rough,
            "quantile_error": base.quantile_error,
            "small_cells": base.small_cells,
            "failed": {str(number): reason for number, reason in self.failed.items()},
            "rows": self.rows,
        }


def compare(
    scenario: Scenario | str | Path,
    without: Sequence[str] = (),
    with_: Sequence[loading.Rule] = (),
    members: int = 100,
    seed: int = 1,
    as_of: date | str | None = None,
    threads: int | None = None,
    small_cells: bool = False,
    progress: Callable[[int, int], None] | None = None,
    draws: Posterior | str | Path | None = None,
) -> Comparison:
    """Run a scenario under its own rules and under others, the same members in both.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run; the name of a scenario that ships, or a folder.
    without, with_ : sequence
        Policies to leave out and to add in the other arm, as for `run`; at least one. Removing a
        rule removes its announcement too.
    members, seed, as_of, threads, small_cells, progress, draws : optional
        As for `run`; above 1,000 members the pairs are only counted, differences included.

    Returns
    -------
    Comparison

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used, or nothing is to be changed.
    GaveUpError
        If no member ran to the end in both arms.

    Examples
    --------
    >>> found = compare("russia-2022", without=["p75"], members=2)
    >>> [policy.kind for policy in found.removed]
    ['entry_ban']
    """
    wrong = arguments(members, seed, threads)
    if not without and not with_:
        message = "say what to compare with: --without POLICY or --with FILE.toml"
        wrong.append(complaint("--without", None, message))
    if wrong:
        raise ScenarioError(wrong)
    from borderflow.scenario import Scenario

    if not isinstance(scenario, Scenario):
        scenario = loading.load(scenario)
    until = loading.known_until(scenario, as_of)
    changed = loading.change(scenario, without, with_)
    rules = Switched(scenario, changed)
    base = api.compile_known(scenario, until)
    compiled = (base, api.compile_known(changed, until, like=base))
    own = [api.parameters(arm, draws) for arm in compiled]
    from borderflow.workers import KEPT

    if members > KEPT:
        from borderflow.comparison.counted import Both, count_pairs

        return count_pairs(
            Both(*compiled), members, seed, threads, progress, own[0], small_cells, rules
        )
    done = 0

    def so_far(count: int, total: int) -> None:
        if progress is not None:
            progress(done + count, 2 * total)

    arms = []
    for arm, values in zip(compiled, own, strict=True):
        ensemble = api.simulated(arm, members, seed, threads, so_far, values)
        arms.append(Results(ensemble, small_cells))
        done += members
    if not set(arms[0].ensemble.members) & set(arms[1].ensemble.members):
        raise GaveUpError("no member ran to the end under both sets of rules")
    return Comparison(arms[0], arms[1], rules)


def _only(results: Results, members: set[int]) -> Results:
    """The results of some members; the same object where these are all."""
    ensemble = only(results.ensemble, members)
    return results if ensemble is results.ensemble else Results(ensemble, results.small_cells)


def _hidden(numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which numbers are to be suppressed: small ones, and differences that would give them away."""
    mask: NDArray[np.bool_] = q.small(np.abs(numbers))
    mask[:, 2:] |= np.any(mask[:, :2], axis=1, keepdims=True)
    return mask
