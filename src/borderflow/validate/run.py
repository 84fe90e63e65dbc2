"""Runs conflicts in both halves, with and without capacities, and scores them beside the rules."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from borderflow.source.flee.movement import Movement
from borderflow.validate.conflict import Conflict
from borderflow.validate.discrepancy import Taught
from borderflow.validate.forecast import Ready, prepare, run
from borderflow.validate.known import nowcast
from borderflow.validate.learn import learned
from borderflow.validate.outcsv import write_out
from borderflow.validate.parameters import movement_for
from borderflow.validate.rules import rules
from borderflow.validate.scores import coverage, energy, relative_difference
from borderflow.workers import in_order


@dataclass(frozen=True)
class Settings:
    """How conflicts are run.

    Attributes
    ----------
    members : int
        Members of the ensemble, for the energy score and the coverage.
    seed : int
        Seed of the ensemble.
    learn_until : int
        Last day whose counts are used (0: only those of day 0); scored are the days after it.
    reports_only : bool
        Whether of the counts up to that day only those are used that a report dated by then holds,
        and not those that Flee reads between two reports.
    leave_one_out : bool
        Whether each conflict gets the numbers that never saw it.
    forecast_total : bool
        Whether the daily total is forecast too, and not given.
    threads : int or None
        Threads; all processors by default. Results do not depend on it.
    """

    members: int = 20
    seed: int = 1
    learn_until: int = 0
    reports_only: bool = False
    leave_one_out: bool = False
    forecast_total: bool = False
    threads: int | None = None


@dataclass
class Half:
    """One half of the comparison: the best single forecast and the members."""

    best: np.ndarray
    members: np.ndarray
    counted: np.ndarray

    def ard(self, *, rescaled: bool) -> float:
        """Averaged relative difference of the best single forecast."""
        return relative_difference(self.best, self.counted, rescaled=rescaled)


@dataclass
class Outcome:
    """What came of one conflict.

    Attributes
    ----------
    conflict : Conflict
        The conflict.
    given, without : Half
        With the capacities as given, and without any.
    numbers : str
        Which set of numbers was used.
    first_day : int
        Day on which the run begins.
    frozen : array [camp] or None
        People in each camp as known on that day, where only reports dated by then are used.
    seconds : float
        Time it took.
    """

    conflict: Conflict
    given: Half
    without: Half
    numbers: str
    movement: Movement
    first_day: int
    seconds: float
    whole: dict[str, np.ndarray] = field(default_factory=dict)
    frozen: np.ndarray | None = None
    left: tuple[str, ...] = ()

    def flee(self, *, rescaled: bool) -> float | None:
        """Flee's own score on the same days; None where there is no result of it."""
        flee, seen = self.conflict.flee, self.conflict.flee_counted
        if flee is None or seen is None:
            return None
        after = _after(self.first_day)
        return relative_difference(flee[after:], seen[after:], rescaled=rescaled)

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain numbers; see docs/json.md for what each key means."""
        conflict = self.conflict
        return {
            "name": conflict.name,
            "days": conflict.folder.days,
            "camps": len(conflict.camps),
            "people": int(conflict.counted[-1].sum()),
            "seconds": round(self.seconds, 3),
            "ard_rescaled": _number(self.given.ard(rescaled=True)),
            "ard_plain": _number(self.given.ard(rescaled=False)),
            "ard_rescaled_nocap": _number(self.without.ard(rescaled=True)),
            "ard_plain_nocap": _number(self.without.ard(rescaled=False)),
            "energy": _number(energy(self.without.members, self.without.counted)),
            "energy_capacities": _number(energy(self.given.members, self.given.counted)),
            "coverage80": _number(coverage(self.without.members, self.without.counted)),
            "coverage80_capacities": _number(coverage(self.given.members, self.given.counted)),
            "flee": _number(self.flee(rescaled=True)),
            "flee_plain": _number(self.flee(rescaled=False)),
            "baselines": {
                name: _number(value)
                for name, value in rules(conflict, self.first_day, self.frozen).items()
            },
            "scored_from_day": _after(self.first_day),
            "numbers": self.numbers,
            "left": list(self.left),
        }

    def write(self, folder: Path) -> None:
        """Write both halves in the layout of Flee's out.csv."""
        home = folder / self.conflict.name
        write_out(home / "out.csv", self.conflict, self.whole["given"], self.first_day)
        write_out(
            home / "without_capacities" / "out.csv",
            self.conflict,
            self.whole["without"],
            self.first_day,
        )


def _after(first_day: int) -> int:
    return first_day + 1 if first_day > 0 else 0


def _number(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 6)


def validate_one(conflict: Conflict, settings: Settings) -> Outcome:
    """Run one conflict in both halves.

    Parameters
    ----------
    conflict : Conflict
        What was read.
    settings : Settings
        How it is run.

    Raises
    ------
    ValueError
        If counts are to be learned up to a day that leaves none to be scored on.
    ArithmeticError
        If people were lost on the way (a defect of the engine).
    """
    began = time.perf_counter()
    first = settings.learn_until
    if first > 0 and first >= conflict.folder.days - 1:
        raise ValueError(f"lasts {conflict.folder.days} days: none is left after day {first}")
    key, movement = movement_for(conflict.name, leave_one_out=settings.leave_one_out)
    halves: dict[str, Half] = {}
    whole: dict[str, np.ndarray] = {}
    for name, capacities in (("given", True), ("without", False)):
        ready, taught = begin(conflict, movement, settings, capacities=capacities)
        best = run(ready, movement, taught=taught)

        all_of = _Members(ready, movement, settings.seed, taught)
        members = np.array(in_order(_one, all_of, range(settings.members), settings.threads))
        skip = 1 if first > 0 else 0
        halves[name] = Half(best[skip:], members[:, skip:], conflict.counted[first + skip :])
        whole[name] = best
    return Outcome(
        conflict,
        halves["given"],
        halves["without"],
        key,
        movement,
        first,
        time.perf_counter() - began,
        whole,
        ready.present if settings.reports_only else None,
        ready.left,
    )


def begin(
    conflict: Conflict, movement: Movement, settings: Settings, *, capacities: bool
) -> tuple[Ready, Taught | None]:
    """A conflict compiled from its first day, or from the last day known with what was learned."""
    until = settings.learn_until
    if until <= 0:
        return prepare(conflict, capacities=capacities), None
    simulated = run(prepare(conflict, capacities=capacities), movement)
    known = conflict.counted[: until + 1]
    if settings.reports_only:
        known = nowcast(conflict, until, simulated)
    ready = prepare(
        conflict,
        capacities=capacities,
        first_day=until,
        forecast=settings.forecast_total,
        present=known[until],
    )
    return ready, learned(known, simulated, ready.fled)


@dataclass(frozen=True)
class _Members:
    """What all members of a run share."""

    ready: Ready
    movement: Movement
    seed: int
    taught: Taught | None


def _one(shared: _Members, member: int) -> np.ndarray:
    return run(shared.ready, shared.movement, member=member, seed=shared.seed, taught=shared.taught)


def summary(outcomes: Sequence[Outcome], settings: Settings) -> dict[str, Any]:
    """All outcomes and their means as one document."""
    rows = [outcome.to_json() for outcome in outcomes]

    def mean(key: str, among: Sequence[dict[str, Any]]) -> float | None:
        values = [row[key] for row in among if row[key] is not None]
        return _number(float(np.mean(values))) if values else None

    return {
        "conflicts": rows,
        "mean_ard_rescaled": mean("ard_rescaled", rows),
        "mean_ard_rescaled_nocap": mean("ard_rescaled_nocap", rows),
        "mean_without": {
            row["name"]: {
                key: mean(key, [other for other in rows if other is not row])
                for key in ("ard_rescaled", "ard_rescaled_nocap")
            }
            for row in rows
        },
        "parameters": {
            "members": settings.members,
            "seed": settings.seed,
            "learn_until": settings.learn_until,
            "learn_from": "reports" if settings.reports_only else "daily",
            "leave_one_out": settings.leave_one_out,
            "total": "forecast" if settings.forecast_total else "given",
            "numbers": {
                o.conflict.name: {"set": o.numbers, **asdict(o.movement)} for o in outcomes
            },
        },
    }
