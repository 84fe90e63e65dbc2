"""The two kinds of amounts that the slow twins count with: expectations, and lists of parties."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable
from typing import Any, TypeVar

from borderflow.engine.draws import uniform
from borderflow.engine.twin.facts import quotas

Amount = Any
Cell = tuple[int, int]
Crowd = dict[Cell, Amount]
Option = TypeVar("Option", bound=Hashable)

PARTY = 1001
"""Process number of the decisions of a party: its address is the party and the decision."""
COMING = 1002
"""Process number of the arrivals of ordinary travellers."""


class Expectations:
    """Amounts are expected numbers of parties; what is drawn elsewhere is n times p here."""

    whole = False

    def make(self, n: float) -> Amount:
        """So many parties."""
        return float(n)

    def number(self, amount: Amount) -> float:
        """How many parties an amount is."""
        return float(amount)

    def part(self, amount: Amount, p: float) -> tuple[Amount, Amount]:
        """Those who do something that has the chance `p`, and those who do not."""
        yes = amount * min(max(p, 0.0), 1.0)
        return yes, amount - yes

    def some(self, amount: Amount, n: float) -> tuple[Amount, Amount]:
        """So many of them, and the others."""
        yes = min(amount, n)
        return yes, amount - yes

    def split(self, amount: Amount, options: list[tuple[Option, float]]) -> dict[Option, Amount]:
        """Those who choose each option; the weights need not sum to 1."""
        total = sum(weight for _, weight in options)
        return {option: amount * weight / total for option, weight in options}

    def come(self, mean: float, t: int, row: int) -> Amount:
        """Ordinary travellers who come, `mean` being expected."""
        return float(mean)

    def pick(self, crowd: Crowd, size: list[int], budget: float) -> tuple[Crowd, Crowd]:
        """Those of a bucket who pass when only `budget` people of it can, and the others."""
        share = budget / sum(n * size[c] for (c, _), n in crowd.items())
        passed = {cell: n * share for cell, n in crowd.items()}
        return passed, {cell: n - passed[cell] for cell, n in crowd.items()}


class Party:
    """One person, or a family that travels together; knows how often it has decided."""

    __slots__ = ("decisions", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.decisions = 0


class Agents:
    """Amounts are lists of parties, each of which decides for itself.

    Parameters
    ----------
    seed, member : int
        Address of the uniforms.
    """

    whole = True

    def __init__(self, seed: int, member: int) -> None:
        self.seed = seed
        self.member = member
        self.born = 0

    def decide(self, party: Party) -> float:
        """The uniform of a party's next decision."""
        party.decisions += 1
        return uniform(self.seed, PARTY, party.decisions, self.member, party.number, 0)

    def make(self, n: float) -> Amount:
        """So many parties."""
        first = self.born
        self.born += int(n)
        return [Party(number) for number in range(first + 1, self.born + 1)]

    def number(self, amount: Amount) -> float:
        """How many parties an amount is."""
        return float(len(amount))

    def part(self, amount: Amount, p: float) -> tuple[Amount, Amount]:
        """Those who do something that has the chance `p`, and those who do not."""
        if not amount or p <= 0.0:
            return [], amount
        if p >= 1.0:
            return amount, []
        yes: list[Party] = []
        no: list[Party] = []
        for party in amount:
            (yes if self.decide(party) < p else no).append(party)
        return yes, no

    def some(self, amount: Amount, n: float) -> tuple[Amount, Amount]:
        """So many of them, and the others."""
        first = math.floor(n)
        return amount[:first], amount[first:]

    def split(self, amount: Amount, options: list[tuple[Option, float]]) -> dict[Option, Amount]:
        """Those who choose each option; the weights need not sum to 1."""
        if len(options) == 1:
            return {options[0][0]: amount}
        chosen: dict[Option, Amount] = {option: [] for option, _ in options}
        total = sum(weight for _, weight in options)
        for party in amount:
            height = self.decide(party) * total
            choice = options[-1][0]
            for option, weight in options:
                height -= weight
                if height <= 0.0:
                    choice = option
                    break
            chosen[choice].append(party)
        return chosen

    def come(self, mean: float, t: int, row: int) -> Amount:
        """Ordinary travellers who come: a Poisson number (by inversion)."""
        u = uniform(self.seed, COMING, t, self.member, row + 1, 0)
        n, mass = 0, math.exp(-mean)
        while u > mass and n < 1000:
            u -= mass
            n += 1
            mass *= mean / n
        return self.make(n)

    def pick(self, crowd: Crowd, size: list[int], budget: float) -> tuple[Crowd, Crowd]:
        """Those of a bucket who pass when only `budget` people of it can, and the others.

        How many of each size pass is given; within a size everybody has the same chance.
        """
        standing: dict[int, list[tuple[float, Cell, Party]]] = defaultdict(list)
        for cell, amount in crowd.items():
            for party in amount:
                standing[size[cell[0]]].append((self.decide(party), cell, party))
        serve = quotas({s: len(rows) for s, rows in standing.items()}, budget)
        passed: Crowd = defaultdict(list)
        stay: Crowd = defaultdict(list)
        for s, rows in standing.items():
            rows.sort(key=lambda row: row[0])
            for i, (_, cell, party) in enumerate(rows):
                (passed if i < serve[s] else stay)[cell].append(party)
        return dict(passed), dict(stay)
