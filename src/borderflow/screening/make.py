"""Varies the assumptions of a scenario together, and says how far each moves the answers.

An assumption is a row of parameters.csv: where several numbers are drawn from one row, they are
varied as a group. Every run has the same luck, the same uniforms at the same addresses, so that
what moves an answer is assumptions, and chance only where they let it in. Designs and indices are
those of SALib (Herman & Usher 2017, doi:10.21105/joss.00097; Iwanaga, Usher & Herman 2022,
doi:10.18174/sesmo.18155).
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow import api, loading
from borderflow.checkpoint import Piece
from borderflow.document import COUNTING, STATEMENT
from borderflow.ensemble import MemberResult, Order, pieces, run_one, simulate
from borderflow.errors import GaveUpError, ScenarioError, arguments, complaint
from borderflow.results import Results
from borderflow.results.quantiles import SMALL
from borderflow.scenario import Scenario
from borderflow.screening.targets import Target, TargetError, target

if TYPE_CHECKING:
    from borderflow.compile import Compiled
    from borderflow.compile.priors import Prior

METHODS = ("morris", "sobol")
SIZES = {"morris": 10, "sobol": 64}
BOUNDS = {"morris": (0.1, 0.9), "sobol": (0.001, 0.999)}
"""Probabilities between which each prior is varied. For `morris` they are the quantiles that a row
of parameters.csv states, so that an effect is that of going from one to the other."""

LEVELS = 4
BLOCK = 8
LUCK = 0
"""The member whose random numbers every run draws."""
MISSING = "sensitivity needs SALib: pip install 'borderflow[sensitivity]'"
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Runs:
    """Some runs of a design, and the answers that are wanted of them."""

    members: tuple[Order, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Sensitivity:
    """How far each assumption moves each answer.

    Attributes
    ----------
    scenario : Scenario
        What was run.
    as_of : date or None
        Last day whose facts were used.
    method, size, seed : str, int, int
        Design.
    assumptions : tuple of str
        Ids of the rows of parameters.csv that were varied.
    numbers : tuple of int
        How many numbers of the model are drawn from each.
    targets : tuple of Target
        The answers.
    answers : array [run, target]
        What each run of the design gave.
    indices : tuple of dict of str to array [assumption]
        For each target what the method says of each assumption.
    """

    scenario: Scenario
    as_of: date | None
    method: str
    size: int
    seed: int
    assumptions: tuple[str, ...]
    numbers: tuple[int, ...]
    targets: tuple[Target, ...]
    answers: Numbers
    indices: tuple[dict[str, Numbers], ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the answers of all runs, and which runs they were."""
        text = "\0".join(
            [self.method, str(self.size), *self.assumptions, *(t.text for t in self.targets)]
        )
        found = hashlib.sha256(text.encode())
        found.update(np.ascontiguousarray(self.answers, dtype="<f8").tobytes())
        return found.hexdigest()

    def document(self) -> dict[str, Any]:
        """Everything as plain data; the assumptions of each target by how far they move it."""
        rows = {row.id: row for row in self.scenario.parameters}
        key = "mu_star" if self.method == "morris" else "ST"
        told = []
        for column, asked in enumerate(self.targets):
            index = self.indices[column]
            order = np.argsort(-np.nan_to_num(index[key], nan=-1.0), kind="stable").tolist()
            low, middle, high = np.quantile(self.answers[:, column], (0.1, 0.5, 0.9)).tolist()
            hidden = asked.unit == "people"
            told.append(
                {
                    "target": asked.text,
                    "unit": asked.unit,
                    "q10": _shown(low, hidden),
                    "q50": _shown(middle, hidden),
                    "q90": _shown(high, hidden),
                    "rows": [
                        {
                            "assumption": self.assumptions[i],
                            "quantity": rows[self.assumptions[i]].quantity,
                            "applies_to": rows[self.assumptions[i]].applies_to or None,
                            "numbers": self.numbers[i],
                            **{name: _finite(found[i]) for name, found in index.items()},
                        }
                        for i in order
                    ],
                }
            )
        return {
            "scenario": self.scenario.id,
            "scenario_hash": self.scenario.hash,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "method": self.method,
            "size": self.size,
            "runs": len(self.answers),
            "seed": self.seed,
            "digest": self.digest,
            "statement": STATEMENT,
            "counting": COUNTING,
            "targets": told,
        }


def _finite(value: float) -> float | None:
    return round(float(value), 6) if np.isfinite(value) else None


def _shown(value: float, people: bool) -> float | None:
    return None if people and 0 < value < SMALL else round(value, 3)


def sensitivity(
    scenario: Scenario | str | Path,
    targets: Sequence[str],
    method: str = "morris",
    size: int | None = None,
    seed: int = 1,
    as_of: date | str | None = None,
    only: Sequence[str] = (),
    without: Sequence[str] = (),
    with_: Sequence[loading.Rule] = (),
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """Say which assumptions move which answer.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run; the name of a scenario that ships, or a folder.
    targets : sequence of str
        Answers, such as ``entries:Georgia`` or ``peak_queue:Verkhny Lars``.
    method : str, optional
        ``morris`` (elementary effects: screens many assumptions with few runs) or ``sobol``
        (shares of the variance, interactions included: needs many runs).
    size : int, optional
        Trajectories (morris, 10) or base samples (sobol, a power of two, 64).
    seed : int, optional
        Seed of the design.
    as_of : date, optional
        Use only what was known at the end of that day.
    only : sequence of str, optional
        Vary only these assumptions (ids of parameters.csv); the others stay at their medians.
    without, with_ : sequence, optional
        Policies to leave out and to add, as for `borderflow.run`.
    threads, progress : optional
        As for `borderflow.run`.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.
    GaveUpError
        If a run did not come to its end.
    """
    if not isinstance(scenario, Scenario):
        scenario = loading.load(scenario)
    until = loading.known_until(scenario, as_of)
    compiled = api.compile_known(loading.change(scenario, without, with_), until)
    size = SIZES.get(method, 1) if size is None else size
    varied = [prior for prior in compiled.parameters if prior.spread]
    wrong = arguments(1, seed, threads) + _wrong(method, size, only, varied)
    if wrong:
        raise ScenarioError(wrong)
    first = Results(Context().run(simulate, compiled, 1, seed, 1))
    asked = []
    for text in targets:
        try:
            asked.append(target(text, first))
        except TargetError as error:
            wrong.append(complaint("--target", text, str(error), error.nearest))
    if wrong:
        raise ScenarioError(wrong)
    priors = [prior for prior in varied if not only or _row(prior) in only]
    problem = _problem(priors, method)
    design = _design(problem, method, size, seed)
    orders = _orders(priors, design, tuple(asked), seed)
    answers = np.empty((len(design), len(asked)))
    done = 0
    for piece in pieces(answered, compiled, orders, threads, " ".join(targets), compiled):
        if "failed" in piece:
            raise GaveUpError(f"a run did not come to its end: {piece['failed']}")
        start = int(piece["first"])
        answers[start : start + len(piece["answers"])] = piece["answers"]
        done += len(piece["answers"])
        if progress is not None:
            progress(done, len(design))
    names = tuple(dict.fromkeys(problem["groups"]))
    return Sensitivity(
        compiled.scenario,
        until,
        method,
        size,
        seed,
        names,
        tuple(problem["groups"].count(name) for name in names),
        tuple(asked),
        answers,
        tuple(_indices(problem, method, design, answers[:, i], seed) for i in range(len(asked))),
    )


def _row(prior: Prior) -> str:
    return prior.id if prior.row is None else prior.row.id


def _wrong(method: str, size: int, only: Sequence[str], varied: Sequence[Prior]) -> list[Any]:
    from borderflow.scenario.finding import nearest

    wrong = []
    try:
        import SALib  # noqa: F401
    except ImportError:
        wrong.append(complaint("--method", method, MISSING))
    if method not in METHODS:
        wrong.append(complaint("--method", method, f"must be one of: {', '.join(METHODS)}"))
    if size < 2:
        wrong.append(complaint("--size", size, "there must be at least two", "2"))
    elif method == "sobol" and size & (size - 1):
        near = str(1 << (size.bit_length() - 1))
        wrong.append(complaint("--size", size, "must be a power of two for sobol", near))
    rows = {_row(prior) for prior in varied}
    for name in only:
        if name not in rows:
            message = "no assumption with a range has this id"
            wrong.append(complaint("--only", name, message, nearest(name, sorted(rows))))
    if len(rows if not only else set(only) & rows) < 2:
        message = "there must be at least two assumptions with a range"
        wrong.append(complaint("--only", ", ".join(only) or None, message))
    return wrong


def _problem(priors: Sequence[Prior], method: str) -> dict[str, Any]:
    ordered = sorted(priors, key=lambda prior: (_row(prior), prior.id))
    return {
        "num_vars": len(ordered),
        "names": [prior.id for prior in ordered],
        "bounds": [list(BOUNDS[method])] * len(ordered),
        "groups": [_row(prior) for prior in ordered],
    }


def _salib(problem: dict[str, Any]) -> dict[str, Any]:
    """The problem without groups where each has one number: then signs can be told too."""
    single = len(set(problem["groups"])) == problem["num_vars"]
    return {name: value for name, value in problem.items() if name != "groups" or not single}


def _design(problem: dict[str, Any], method: str, size: int, seed: int) -> Numbers:
    from SALib.sample import morris, sobol

    small = seed % 2**32
    if method == "morris":
        found = morris.sample(_salib(problem), size, num_levels=LEVELS, seed=small)
    else:
        found = sobol.sample(_salib(problem), size, calc_second_order=False, seed=small)
    return np.asarray(found, dtype=np.float64)


def _orders(
    priors: Sequence[Prior], design: Numbers, targets: tuple[Target, ...], seed: int
) -> list[Runs]:
    ordered = sorted(priors, key=lambda prior: (_row(prior), prior.id))

    def order(number: int) -> Order:
        values = {
            prior.id: prior.quantile(float(u))
            for prior, u in zip(ordered, design[number], strict=True)
        }
        return Order(seed, number, True, values)

    return [
        Runs(tuple(order(n) for n in range(i, min(i + BLOCK, len(design)))), targets)
        for i in range(0, len(design), BLOCK)
    ]


def answered(compiled: Compiled, runs: Runs) -> Piece:
    """Some runs of a design, each with what it answers; nothing else of them is kept.

    Parameters
    ----------
    compiled : Compiled
        What all runs share.
    runs : Runs
        Which runs, and which answers.
    """
    own: dict[int, Mapping[str, float]] = {o.number: o.values or {} for o in runs.members}
    first = runs.members[0]

    def alike(number: int) -> MemberResult:
        found = run_one(compiled, first.seed, LUCK, True, lambda _: own[number])
        return replace(found, number=number)

    ensemble = Context().run(simulate, compiled, list(own), first.seed, 1, run=alike)
    piece = {"first": np.array(first.number)}
    if ensemble.failed:
        return {**piece, "failed": np.array(str(next(iter(ensemble.failed.values()))))}
    results = Results(ensemble)
    found = np.stack([one.values(results) for one in runs.targets], axis=1)
    return {**piece, "answers": found}


def _indices(
    problem: dict[str, Any], method: str, design: Numbers, answers: Numbers, seed: int
) -> dict[str, Numbers]:
    from SALib.analyze import morris, sobol

    names = list(dict.fromkeys(problem["groups"]))
    wanted = ("mu_star", "mu_star_conf", "mu", "sigma") if method == "morris" else (
        "S1", "S1_conf", "ST", "ST_conf",
    )  # fmt: skip
    if np.ptp(answers) == 0:  # nothing moves it
        return {name: np.zeros(len(names)) for name in wanted}
    small = seed % 2**32
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if method == "morris":
            found = morris.analyze(_salib(problem), design, answers, num_levels=LEVELS, seed=small)
        else:
            found = sobol.analyze(_salib(problem), answers, calc_second_order=False, seed=small)
    grouped = "groups" in _salib(problem)
    told = {name: np.asarray(found[name], dtype=np.float64) for name in wanted}
    if method == "morris" and grouped:  # the numbers of a group go different ways: no sign
        told["mu"] = told["sigma"] = np.full(len(names), np.nan)
    return told
