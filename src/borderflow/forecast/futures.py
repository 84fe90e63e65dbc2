"""The worlds in which members go on after `as_of`: drivers by chance, rules as known or drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from borderflow import api
from borderflow.compile.ahead import carried_on
from borderflow.compile.coming import Coming, dated, drawn, possible, with_rules

if TYPE_CHECKING:
    from borderflow.compile import Compiled
    from borderflow.forecast.resume import Hold
    from borderflow.scenario import Scenario

KEPT = 64
"""Compiled scenarios that are kept, for members in which the same rules come on the same days."""


class Futures:
    """What may come after `as_of`, and the worlds that it makes.

    Parameters
    ----------
    known : Scenario
        What is known at `as_of`.
    as_of : date
        Last day known.
    seed : int
        Seed.
    """

    def __init__(self, known: Scenario, as_of: date, seed: int) -> None:
        self.known = known
        self.as_of = as_of
        self.seed = seed
        self.coming: tuple[Coming, ...] = possible(known, as_of)
        self._compiled: dict[tuple[tuple[str, date], ...], Compiled] = {}
        self._lock = Lock()

        self.base = self._with({}, like=None)
        """The scenario as known, with room for every rule that may come."""

    def _with(
        self, days: Mapping[str, date], like: Compiled | None, every: bool = True
    ) -> Compiled:
        coming = [
            one for one in self.coming if every or one.prospect is not None or one.policy.id in days
        ]
        scenario = with_rules(self.known, dated(tuple(coming), days))
        compiled = api.compile_known(scenario, self.as_of, like)
        if not every and not np.array_equal(compiled.world.cls, self.base.world.cls):
            # People must be told apart in the same way before and after.
            return self._with(days, like)
        return replace(compiled, scenario=self.known)

    def days(self, member: int, draws: Mapping[str, float]) -> dict[str, date]:
        """Which rules come in a member, by the id of the policy, and when.

        Parameters
        ----------
        member : int
            Its number.
        draws : mapping of str to float
            What it drew for each prior.
        """
        prior = self.base.ahead["tightening_per_day"]
        hazard = draws.get(prior.id, prior.value)
        return drawn(self.coming, self.known, self.as_of, self.seed, member, hazard)

    def world(
        self, hold: Hold, member: int, draws: Mapping[str, float], *, rules: bool
    ) -> Compiled:
        """The world in which a member goes on.

        Parameters
        ----------
        hold : Hold
            Knows where members stopped, and where they go on to.
        member : int
            Its number.
        draws : mapping of str to float
            What it drew for each prior.
        rules : bool
            Whether rules are drawn; otherwise they stay as known.
        """
        whole = hold.whole
        days = self.days(member, draws) if rules else {}
        days = {name: day for name, day in days.items() if day <= hold.until}
        if days:
            whole = self._ended(hold, days)
        return carried_on(whole, int(hold.known.world.steps), self.seed, member, draws)

    def _ended(self, hold: Hold, days: Mapping[str, date]) -> Compiled:
        key = tuple(sorted(days.items()))
        with self._lock:
            found = self._compiled.get(key)
        if found is None:
            found = hold.ended(self._with(days, self.base, every=False))
            with self._lock:
                if len(self._compiled) >= KEPT:
                    self._compiled.pop(next(iter(self._compiled)))
                self._compiled[key] = found
        return found
