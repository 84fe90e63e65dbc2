"""What the movement model gets wrong of a place: a part of the state that changes slowly.

On the log scale and centred on zero: for entries and exits one part per host country and one per
crossing, for queues and waits one per border crossing point (a wait is a queue over what passes, so
they err together), for fares one per route. Each is a first-order autoregression from day to day.
A report of several crossings meets their parts in proportion to the people that cross there, so
what one report shows of a country reaches its crossings, and the sum of crossings stays the sum.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from borderflow.engine import processes
from borderflow.engine.draws import hash_id, uniforms
from borderflow.observe.evidence import Evidence, own_covariance
from borderflow.observe.functionals import people_at
from borderflow.observe.scope import UnusableError, crossings, servers

if TYPE_CHECKING:
    from borderflow.compile import Crossing
    from borderflow.results import Results

Numbers = NDArray[np.float64]

SIZES = {"country": 0.18, "crossing": 0.18, "queue": 0.5, "fare": 0.5, "other": 0.25}
"""Standard deviation of each class of part, on the log scale: assumed. A country and a crossing
together are a quarter."""

MEMORY_DAYS = 7.0
"""Days over which a part changes: its correlation falls to 1/e."""

SCALES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""Factors on the sizes among which each country, and each other class, takes the one that explains
its reports best."""

SCALE_SPREAD = 0.5
"""Prior standard deviation of the log of such a factor, around 1."""


@dataclass(frozen=True)
class Part:
    """One thing that the model may get wrong: its class in `SIZES`, and of what."""

    size: str
    of: str

    @property
    def id(self) -> str:
        """Address of its draws."""
        return f"discrepancy:{self.size}:{self.of}"

    @property
    def scale(self) -> str:
        """Name of the factor on its size: each country has its own, the others share one each."""
        return self.of if self.size == "country" else self.size


def of_country(crossing: Crossing, home: frozenset[str]) -> Part:
    """The part of a crossing that it shares with others of its host country and direction."""
    if crossing.destination not in home:
        return Part("country", f"into {crossing.destination}")
    return Part("country", f"out of {crossing.origin}")


def of_crossing(crossing: Crossing) -> Part:
    """The part of a crossing that is its own."""
    return Part("crossing", crossing.id)


def of_queue(post: str) -> Part:
    """The part of the outward queue at a post."""
    return Part("queue", post)


def loads(row: Evidence, results: Results) -> dict[Part, float]:
    """Which parts a report meets, and how much of each.

    Parameters
    ----------
    row : Evidence
        The report.
    results : Results
        Members, whose mean says how the people of the report divide over crossings.
    """
    report, home = row.report, results.lookup.home
    quantity = report.quantity
    try:
        if row.people:
            index: list[int] = []
            if not quantity.startswith("exits"):
                index += crossings(results, report, leaving=False)
            if quantity.startswith(("exits", "crossings")):
                index += crossings(results, report, leaving=True)
            index = sorted(set(index))
            people = np.array([people_at(results, report, i) for i in index]) + 1e-3
            found: dict[Part, float] = {}
            for i, share in zip(index, (people / people.sum()).tolist(), strict=True):
                crossing = results.labels.crossings[i]
                for part in (of_country(crossing, home), of_crossing(crossing)):
                    found[part] = found.get(part, 0.0) + share
            return found
        if quantity.startswith(("queue", "wait")):
            posts = sorted({first.post for first, _ in servers(results, report)})
            return {of_queue(post): 1 / len(posts) for post in posts}
    except UnusableError:
        pass
    if re.match("one_way_fare", quantity):
        return {Part("fare", report.place): 1.0}
    return {Part("other", f"{report.place}|{quantity}"): 1.0}


class Errors:
    """How reports lie around what is simulated: their own errors, and the model's.

    Parameters
    ----------
    rows : sequence of Evidence
        The reports.
    results : Results
        Members, as for `loads`.
    """

    def __init__(self, rows: Sequence[Evidence], results: Results) -> None:
        self.rows = tuple(rows)
        self.first = results.labels.days[0].toordinal()
        met = [loads(row, results) for row in rows]
        self.parts = tuple(sorted({p for one in met for p in one}, key=lambda p: p.id))
        self.load = np.array([[one.get(part, 0.0) for part in self.parts] for one in met])
        self.load = self.load.reshape(len(met), len(self.parts))
        self.own = own_covariance(rows)
        last = max((row.report.date_end.toordinal() for row in rows), default=self.first)
        self.days = max(last - self.first + 1, 1)
        self.window = np.zeros((len(self.rows), self.days))
        for i, row in enumerate(self.rows):
            a = max(row.report.date_start.toordinal() - self.first, 0)
            b = min(row.report.date_end.toordinal() - self.first, self.days - 1) + 1
            self.window[i, min(a, b - 1) : b] = 1 / max(b - min(a, b - 1), 1)

    @cached_property
    def shares(self) -> dict[str, Numbers]:
        """Covariance that parts of one factor add at their assumed size [report, report]."""
        near = self.window @ decay(self.days, self.days) @ self.window.T
        found = {}
        for scale in dict.fromkeys(part.scale for part in self.parts):
            column = [i for i, part in enumerate(self.parts) if part.scale == scale]
            own = self.load[:, column]
            found[scale] = SIZES[self.parts[column[0]].size] ** 2 * (own @ own.T) * near
        return found

    def covariance(self, scales: dict[str, float]) -> Numbers:
        """Covariance of the reports around what is simulated, on the log scale.

        Parameters
        ----------
        scales : dict of str to float
            Factors on the sizes, by `Part.scale`.
        """
        found = self.own.copy()
        for name, share in self.shares.items():
            found += scales.get(name, 1.0) ** 2 * share
        return found

    def fit(self, gap: Numbers, members: Numbers) -> dict[str, float]:
        """The factors that explain the distance of reports best (a posterior mode).

        Parameters
        ----------
        gap : array [report]
            What was reported less the mean of what was simulated.
        members : array [report, report]
            Covariance of what was simulated.
        """
        scales = dict.fromkeys(self.shares, 1.0)
        for _ in range(2):
            for name in scales:
                fits = {scale: self._fit(gap, members, {**scales, name: scale}) for scale in SCALES}
                scales[name] = max(SCALES, key=fits.__getitem__)
        return scales

    def _fit(self, gap: Numbers, members: Numbers, scales: dict[str, float]) -> float:
        root = np.linalg.cholesky(members + self.covariance(scales) + 1e-9 * np.eye(len(gap)))
        away = np.linalg.solve(root, gap)
        prior = sum(np.log(scale) ** 2 for scale in scales.values()) / SCALE_SPREAD**2
        return float(-np.log(np.diag(root)).sum() - (away @ away + prior) / 2)


def decay(days: int, others: int) -> Numbers:
    """Correlation of a part between days [day, day]."""
    apart = np.abs(np.arange(days)[:, None] - np.arange(others)[None, :])
    return np.asarray(np.exp(-apart / MEMORY_DAYS))


def normals(things: NDArray[np.uint64], seed: int, process: int, step: int, member: int) -> Numbers:
    """Standard normal numbers with an address, two uniforms each (Box and Muller 1958)."""
    word = np.uint64(seed)
    radius = uniforms(word, process, 2 * step, member, things)
    angle = uniforms(word, process, 2 * step + 1, member, things)
    return np.asarray(np.sqrt(-2 * np.log1p(-radius)) * np.cos(2 * np.pi * angle))


@dataclass(frozen=True)
class Paths:
    """How each part goes from day to day, for each member: learned, then carried on by chance.

    Attributes
    ----------
    parts : tuple of Part
        Axis of the parts.
    values : array [member, part, day]
        Logarithms; the days are the shown ones.
    """

    parts: tuple[Part, ...]
    values: NDArray[np.float32]

    @cached_property
    def position(self) -> dict[Part, int]:
        """Where each part stands."""
        return {part: i for i, part in enumerate(self.parts)}

    def of(self, part: Part) -> NDArray[np.float32]:
        """Logarithms of a part [member, day]."""
        return np.asarray(self.values[:, self.position[part]])


def paths(
    wanted: Sequence[Part],
    days: int,
    members: Sequence[int],
    seed: int,
    scales: dict[str, float],
    errors: Errors | None = None,
    gaps: Numbers | None = None,
) -> Paths:
    """Draw how each part goes, given what the reports say beyond what each member simulated.

    A path of the prior is drawn and moved by what the reports then still differ (Matheron's rule:
    the result is an exact draw given the reports, for Gaussian errors).

    Parameters
    ----------
    wanted : sequence of Part
        Parts to draw.
    days : int
        Shown days.
    members : sequence of int
        Numbers of the members: addresses of the draws.
    seed : int
        Seed.
    scales : dict of str to float
        Factors on the sizes, by `Part.scale`.
    errors : Errors, optional
        The reports; without them the prior is drawn.
    gaps : array [member, report], optional
        What was reported less what each member simulated (0 where *at least* is met).
    """
    names = {part.id: part for part in wanted}
    if errors is not None:
        names |= {part.id: part for part in errors.parts}
    parts = tuple(names[name] for name in sorted(names))
    things = np.array([hash_id(part.id) for part in parts], dtype=np.uint64)
    size = np.array([SIZES[part.size] * scales.get(part.scale, 1.0) for part in parts])
    keep, fresh = np.exp(-1 / MEMORY_DAYS), np.sqrt(1 - np.exp(-2 / MEMORY_DAYS))
    process = processes.DISCREPANCY
    found = np.zeros((len(members), len(parts), days), dtype=np.float32)
    for row, number in enumerate(members):
        now = np.zeros(len(parts))
        for day in range(days):
            chance = normals(things, seed, process, day, number)
            now = chance if day == 0 else keep * now + fresh * chance
            found[row, :, day] = size * now
    if errors is None or gaps is None or not len(errors.rows):
        return Paths(parts, found)
    at = {part: i for i, part in enumerate(parts)}
    columns = [at[part] for part in errors.parts]
    inverse = np.linalg.inv(errors.covariance(scales))
    root = np.linalg.cholesky(errors.own + 1e-12 * np.eye(len(errors.rows)))
    reported = np.array([hash_id(f"report:{row.report.id}") for row in errors.rows], np.uint64)
    ahead = errors.window @ decay(errors.days, days)  # [report, day]
    for row, number in enumerate(members):
        own = found[row][columns, : errors.days].astype(np.float64)
        said = np.einsum("rp,pd,rd->r", errors.load, own, errors.window)
        noise = root @ normals(reported, seed, process, days, number)
        weight = inverse @ (gaps[row] - said - noise)
        move = (errors.load * weight[:, None]).T @ ahead  # [part, day]
        found[row][columns] += (size[columns, None] ** 2 * move).astype(np.float32)
    return Paths(parts, found)


def posts(errors: Errors, results: Results) -> list[set[str]]:
    """Places at which the people or queues of each report were counted.

    Parameters
    ----------
    errors : Errors
        The reports.
    results : Results
        Knows the crossings.
    """
    place = {crossing.id: crossing.place for crossing in results.labels.crossings}
    found = []
    for row in errors.load:
        met = [part for part, share in zip(errors.parts, row.tolist(), strict=True) if share > 0]
        found.append(
            {place[part.of] for part in met if part.size == "crossing"}
            | {part.of for part in met if part.size == "queue"}
        )
    return found
