"""The table of a forecast in the conventions of forecast hubs, and a validator of these.

After the model output format of the Hubverse: one row per target, location, day and quantile or
sample. A sample is one member: all its rows share an `output_type_id`, so they are joint.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.forecast.kept import presentable, window
from borderflow.output import write_table
from borderflow.results import Results
from borderflow.results import quantiles as q
from borderflow.results.flows import by_who
from borderflow.results.queues import daily

if TYPE_CHECKING:
    import pandas as pd

    from borderflow.forecast.folder import Forecast

COLUMNS = (
    "origin_date",
    "target",
    "horizon",
    "location",
    "target_end_date",
    "output_type",
    "output_type_id",
    "value",
)
QUANTILES = (0.01, 0.025, *(round(0.05 * i, 2) for i in range(1, 20)), 0.975, 0.99)
"""The 23 standard probabilities."""

SAMPLES = 100
"""Members that are written as joint samples, at most."""

TARGETS = {
    "entries": "people a day: crossings of citizens into a country or by a post, ordinary included",
    "entries_above_ordinary": "people a day: the same without ordinary travel",
    "present_above_ordinary": "people staying at the end of the day",
    "queue_people": "people waiting on one side of a post, most of the day",
    "wait_hours": "hours from joining to passing one side of a post, most of the day",
}
"""What is forecast, and its unit."""


class HubError(ValueError):
    """A table that breaks the conventions of forecast hubs."""


def _series(results: Results) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Target, location and values [member, day]."""
    lookup, labels = results.lookup, results.labels
    for code, index in sorted(lookup.entered.items()):
        posts: dict[str, list[int]] = {}
        for i in index:
            posts.setdefault(f"{code}:{labels.crossings[i].place}", []).append(i)
        for location, crossings in [(code, index), *sorted(posts.items())]:
            people = np.sum([by_who(results, i) for i in crossings], axis=0)
            yield "entries_above_ordinary", location, people[:, :, 0]
            yield "entries", location, people[:, :, 1]
    for code, index in sorted(lookup.hosts.items()):
        if code not in lookup.home:
            present = results.arrays["present"][:, :, index, 0].sum(axis=2)
            yield "present_above_ordinary", code, present
    for server in lookup.servers:
        if server.direction == "out":
            location = f"{server.post}:{server.side}"
            yield "queue_people", location, daily(results, server, "people")
            yield "wait_hours", location, daily(results, server, "wait_hours")


def table(results: Results, as_of: date) -> pd.DataFrame:
    """The hub table of one reading.

    Parameters
    ----------
    results : Results
        The members, from the scenario's start to the end of the forecast.
    as_of : date
        Origin date of the forecast.
    """
    import pandas as pd

    first = as_of + timedelta(days=1)
    shown = window(results, first, results.labels.days[-1])
    days = shown.labels.days
    samples = min(SAMPLES, results.members)
    names = [f"{level:g}" for level in QUANTILES]
    numbers = [str(number) for number in results.ensemble.members[:samples]]
    told, values = [], []
    for target, location, series in _series(shown):
        found = q.quantiles(series, QUANTILES)
        if target != "wait_hours":
            found = np.vectorize(presentable, otypes=[np.float64])(found)
        told.append((target, location))
        values.append(np.concatenate([found, series[:samples].T], axis=1))
    kinds = ["quantile"] * len(names) + ["sample"] * samples
    each = len(kinds)  # rows of a day
    frame = pd.DataFrame(
        {
            "target": np.repeat([target for target, _ in told], each * len(days)),
            "horizon": np.tile(np.repeat(np.arange(1, len(days) + 1), each), len(told)),
            "location": np.repeat([location for _, location in told], each * len(days)),
            "target_end_date": np.tile(
                np.repeat([day.isoformat() for day in days], each), len(told)
            ),
            "output_type": np.tile(kinds, len(days) * len(told)),
            "output_type_id": np.tile([*names, *numbers], len(days) * len(told)),
            "value": np.round(np.ravel(values), 3),
        }
    )
    frame.insert(0, "origin_date", as_of.isoformat())
    return frame[list(COLUMNS)]


def validate(frame: pd.DataFrame) -> list[str]:
    """What in a table breaks the conventions of forecast hubs, in words; nothing if all is well.

    Parameters
    ----------
    frame : DataFrame
        The table.
    """
    import pandas as pd

    if tuple(frame.columns) != COLUMNS:
        return [f"the columns must be {', '.join(COLUMNS)}"]
    wrong = []
    if frame["origin_date"].nunique() != 1:
        wrong.append("origin_date must be one and the same")
    ends = pd.to_datetime(frame["target_end_date"])
    if ((ends - pd.to_datetime(frame["origin_date"])).dt.days != frame["horizon"]).any():
        wrong.append("horizon must be the days from origin_date to target_end_date")
    if (frame["horizon"] < 1).any():
        wrong.append("horizon must be at least 1")
    if not set(frame["target"].unique()) <= set(TARGETS):
        wrong.append(f"target must be one of {', '.join(TARGETS)}")
    if not set(frame["output_type"].unique()) <= {"quantile", "sample"}:
        wrong.append("output_type must be quantile or sample")
    values = frame["value"].to_numpy(dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        wrong.append("value must be a number, 0 or more")
    unit = ["target", "location", "target_end_date"]
    if frame.duplicated([*unit, "output_type", "output_type_id"]).any():
        wrong.append("a row stands twice")
        return wrong
    quantile = frame[frame["output_type"] == "quantile"]
    if set(quantile["output_type_id"].unique()) != {f"{level:g}" for level in QUANTILES}:
        wrong.append("output_type_id of quantiles must be the 23 standard probabilities")
    elif (quantile.groupby(unit, sort=False).size() != len(QUANTILES)).any():
        wrong.append("a target lacks quantiles")
    else:
        level = quantile["output_type_id"].astype(float)
        ordered = quantile.assign(level=level).sort_values([*unit, "level"])
        rows = ordered["value"].to_numpy(dtype=np.float64).reshape(-1, len(QUANTILES))
        if (np.diff(rows, axis=1) < 0).any():
            wrong.append("quantiles must not decrease with their probability")
    sample = frame[frame["output_type"] == "sample"]
    if sample.groupby(unit, sort=False)["output_type_id"].nunique().nunique() > 1:
        wrong.append("samples must be joint: each must have every target, location and day")
    return wrong


def write(found: Forecast, folder: Path) -> None:
    """Write the hub table of every reading, and what the model is, into a folder.

    Parameters
    ----------
    found : Forecast
        The forecast.
    folder : Path
        Where; a folder `hub` is made in it.

    Raises
    ------
    HubError
        If a table breaks the conventions; nothing is written then.
    """
    import pyarrow as pa

    (folder / "hub").mkdir()
    for reading, results in found.readings.items():
        frame = table(results, found.as_of)
        wrong = validate(frame)
        if wrong:
            raise HubError("; ".join(wrong))
        name = f"{found.as_of.isoformat()}-borderflow-{reading}"
        write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / "hub" / name)
    (folder / "hub" / "borderflow.yml").write_text(_metadata(found), encoding="utf-8")


def _metadata(found: Forecast) -> str:
    """Model metadata as hubs ask for it."""
    targets = "".join(f"  {name}: {text!r}\n" for name, text in TARGETS.items())
    return (
        "team_name: borderflow\nmodel_name: borderflow\nmodel_abbr: borderflow\n"
        "license: Apache-2.0\n"
        f"scenario: {found.scenario.id}\nseed: {found.main.seed}\nmembers: {found.main.members}\n"
        f"designated_model: false\ntargets:\n{targets}"
        "methods: >-\n  Stochastic simulation of counts of people on a network with queues.\n"
        f"  {found.learning}\n"
        "small_cells: >-\n  1 to 9 people are written as 0 or 10, in samples at random without "
        "bias.\n"
    )
