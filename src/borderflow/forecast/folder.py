"""The folder of a forecast: the scenario as it was known, and the series of every member."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from borderflow import api
from borderflow.document import BORDERS, COUNTING, STATEMENT
from borderflow.ensemble import Ensemble
from borderflow.errors import ScenarioError, complaint
from borderflow.forecast.kept import DAILY, STEPS, classed, days_of
from borderflow.output import write_manifest
from borderflow.results import Results
from borderflow.runfolder import MANIFEST, PROGRAM, missing
from borderflow.scenario import Scenario
from borderflow.scenario import read as read_scenario
from borderflow.scenario import write as write_scenario
from borderflow.wholefile import read_json

KIND = "forecast"
FORMAT = 2
"""Version of the folder's layout."""

SCENARIO = "scenario"
UNLEARNED = "unlearned"
"""File of the members that have not learned: what was assumed beforehand, carried forward."""


@dataclass(frozen=True)
class Forecast:
    """How things go on after a day, as far as was known then.

    Attributes
    ----------
    scenario : Scenario
        What was known at `as_of`.
    as_of : date
        Day at whose end the forecast is made: its `origin_date`.
    until : date
        Last day of the forecast.
    readings : dict of str to Results
        Each way to read the future, with its members from the scenario's start to `until`.
    seconds : float
        Time that the simulation took.
    unlearned : Results or None
        Members with what was assumed beforehand, the rules as known.
    posterior : dict
        What was learned from reports, in short (see `borderflow.assimilate.summary`).
    ancestors : tuple of int
        Which learned draw each member goes on from.
    rules : list of dict
        For each member of the unconditional reading, the policies that come, and when.
    reported : callable or None
        Makes of other members, simulated with the same draws, what would be reported of them; None
        where the forecast was read from its folder.
    """

    scenario: Scenario
    as_of: date
    until: date
    readings: dict[str, Results]
    seconds: float = field(default=0.0, compare=False)
    unlearned: Results | None = None
    posterior: dict[str, Any] = field(default_factory=dict, compare=False)
    ancestors: tuple[int, ...] = ()
    rules: list[dict[str, date]] = field(default_factory=list)
    reported: Callable[[Results], Results] | None = field(default=None, compare=False, repr=False)

    @property
    def main(self) -> Results:
        """The reading that is meant where only one can be shown: the last."""
        return list(self.readings.values())[-1]

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the readings."""
        parts = [f"{name}\0{results.digest}" for name, results in sorted(self.readings.items())]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    @property
    def learning(self) -> str:
        """What was learned from reports, in a sentence."""
        reports = self.posterior.get("reports", [])
        if not reports:
            return "No report known by then says anything of what is simulated: nothing is learned."
        effective, power = self.posterior["effective_draws"], self.posterior["power"]
        return (
            f"Learned from {len(reports)} reports by an ensemble smoother in rounds and weights to "
            f"the power {power:.2f} ({effective:.0f} of {self.posterior['draws']} draws are "
            "effective). It is an approximation."
        )

    def head(self) -> dict[str, Any]:
        """What every output of the forecast says about itself."""
        return {
            "scenario": self.scenario.id,
            "scenario_name": self.scenario.name,
            "origin_date": self.as_of.isoformat(),
            "as_of": self.as_of.isoformat(),
            "until": self.until.isoformat(),
            "seed": self.main.seed,
            "members": self.main.members,
            "readings": list(self.readings),
            "digest": self.digest,
            "statement": STATEMENT,
            "learning": self.learning,
            "posterior": self.posterior,
            "counting": COUNTING,
            "borders": BORDERS,
            "rough": self.main.rough,
            "failed": {str(n): why for n, why in self.main.ensemble.failed.items()},
        }


def write(found: Forecast, folder: Path) -> None:
    """Write a forecast into a folder that is there and empty.

    Parameters
    ----------
    found : Forecast
        The forecast.
    folder : Path
        Where.
    """
    write_scenario(found.scenario, folder / SCENARIO)
    files = {
        f"{SCENARIO}/": "the scenario as it was known at as_of",
        "hub/": "each reading as a forecast-hub table (CSV, Parquet), and model metadata",
    }
    kept = dict(found.readings)
    if found.unlearned is not None:
        kept[UNLEARNED] = found.unlearned
    for name, results in kept.items():
        ensemble = results.ensemble
        ancestors = ensemble.members if name == UNLEARNED else found.ancestors
        np.savez_compressed(
            folder / f"{name}.npz",
            allow_pickle=False,
            members=np.array(ensemble.members, dtype=np.int64),
            ancestors=np.array(ancestors, dtype=np.int64),
            draw_names=np.array(list(ensemble.draws), dtype=np.str_),
            draws=np.array(list(ensemble.draws.values()), dtype=np.float64),
            **results.arrays,
        )
        files[f"{name}.npz"] = (
            "series of every member from the scenario's start to until, by day (queues and waits: "
            "by step), and what each drew for every prior; cells of 1 to 9 people are rounded to "
            "0 or 10 at random without bias"
        )
    says = {
        "kind": KIND,
        "format": FORMAT,
        **found.head(),
        "scenario_hash": found.scenario.hash,
        "rules": [{name: day.isoformat() for name, day in one.items()} for one in found.rules],
        "digests": {name: results.digest for name, results in kept.items()},
        "seconds": round(found.seconds, 3),
        "files": files,
    }
    write_manifest(folder, says)


def read(folder: Path | str) -> Forecast:
    """Read a forecast from its folder.

    Parameters
    ----------
    folder : Path or str
        The folder that `borderflow forecast --out` left.

    Returns
    -------
    Forecast

    Raises
    ------
    ScenarioError
        If there is no forecast, or the folder no longer holds what was written.
    """
    folder = Path(folder)
    says = _manifest(folder)
    try:
        scenario, findings = read_scenario(folder / SCENARIO)
        if scenario is None:
            raise ScenarioError(findings)
        if scenario.hash != says["scenario_hash"]:
            raise _refuse(folder, "the scenario in it was changed after the forecast")
        as_of = date.fromisoformat(says["as_of"])
        until = date.fromisoformat(says["until"])
        compiled = classed(api.compile_known(scenario, as_of))
        compiled, _, _ = days_of(compiled, compiled.labels.days[0], until)
        readings = {}
        ancestors: tuple[int, ...] = ()
        for name in says["digests"]:
            with np.load(folder / f"{name}.npz", allow_pickle=False) as file:
                draws = zip(file["draw_names"].tolist(), file["draws"], strict=True)
                ensemble = Ensemble(
                    compiled,
                    int(says["seed"]),
                    tuple(file["members"].tolist()),
                    {array: file[array] for array in (*DAILY, *STEPS)},
                    dict(draws),
                    {},
                    0.0,
                    {int(number): why for number, why in says["failed"].items()},
                )
                if name != UNLEARNED:
                    ancestors = tuple(file["ancestors"].tolist())
            readings[name] = Results(ensemble)
            if readings[name].digest != says["digests"][name]:
                raise _refuse(folder, f"{name}.npz was changed after the forecast")
        unlearned = readings.pop(UNLEARNED, None)
        seconds = float(says["seconds"])
        rules = [{k: date.fromisoformat(v) for k, v in one.items()} for one in says["rules"]]
        return Forecast(
            scenario, as_of, until, readings, seconds, unlearned, says["posterior"], ancestors,
            rules,
        )  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, ScenarioError):
            raise
        raise _refuse(folder, f"the forecast in it cannot be read: {error}") from error


def _manifest(folder: Path) -> dict[str, Any]:
    says = read_json(folder / MANIFEST)
    if says is None or (says.get("program"), says.get("kind")) != (PROGRAM, KIND):
        message = "not the folder of a forecast (borderflow forecast --out makes one)"
        raise _refuse(folder, missing(Path(folder), message))
    if says.get("format") != FORMAT:
        raise _refuse(folder, "written by another version of borderflow, whose layout differs")
    return says


def _refuse(folder: Path, message: str) -> ScenarioError:
    return ScenarioError([complaint("FORECAST_DIR", folder, message)])
