"""What is forecast to be reported: what was simulated, with what the model gets wrong of a place.

Entries and exits are multiplied by the parts of their country and crossing, people present by what
that makes of all who have come, queues and waits by the part of their post. A queue can be longer
than none only at posts of which somebody has reported one; elsewhere none stays none. People are
conserved in what was simulated, not in this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.observe.discrepancy import Part, Paths, of_country, of_crossing, of_queue
from borderflow.results import Results

SHIFTS = {"queue_people": 20.0, "queue_vehicles": 10.0, "wait_hours": 0.5}
"""Added before the log at posts with reported queues, as for the reports themselves."""


def wanted(results: Results) -> list[Part]:
    """Every part that bears on what is kept of a forecast.

    Parameters
    ----------
    results : Results
        The members.
    """
    home = results.lookup.home
    found = [of_country(x, home) for x in results.labels.crossings]
    found += [of_crossing(x) for x in results.labels.crossings]
    found += [of_queue(s.post) for s in results.lookup.servers if s.direction == "out"]
    return list(dict.fromkeys(found))


def as_reported(results: Results, paths: Paths, seen: Sequence[Part] = ()) -> Results:
    """The members as they would be reported.

    Parameters
    ----------
    results : Results
        The members, as simulated.
    paths : Paths
        What the model gets wrong, for each of them and on each shown day.
    seen : sequence of Part
        Parts that reports bear on.
    """
    arrays = dict(results.arrays)
    days = slice(0, len(results.labels.days))
    arrays["entries"] = _entries(results, paths, days)
    arrays["present"] = _present(results, arrays["entries"])
    for name, shift in SHIFTS.items():
        arrays[name] = _queues(results, paths, name, shift, set(seen))
    return Results(replace(results.ensemble, arrays=arrays))


def _entries(results: Results, paths: Paths, days: slice) -> NDArray[Any]:
    entries = np.array(results.arrays["entries"])
    for i, crossing in enumerate(results.labels.crossings):
        logs = paths.of(of_country(crossing, results.lookup.home)) + paths.of(of_crossing(crossing))
        entries[:, :, i] *= np.exp(logs[:, days])[:, :, None]
    return np.asarray(np.rint(entries))


def _present(results: Results, reported: NDArray[Any]) -> NDArray[Any]:
    """People present, in proportion to all who came above ordinary travel."""
    present = np.array(results.arrays["present"])
    above = results.lookup.fled
    for code, index in results.lookup.entered.items():
        came, said = (
            np.cumsum(array[:, :, index][..., above].sum(axis=(2, 3), dtype=np.float64), axis=1)
            for array in (results.arrays["entries"], reported)
        )
        ratio = np.where(came > 0, said / np.maximum(came, 1.0), 1.0)
        for place in results.lookup.hosts.get(code, []):
            for group in np.flatnonzero(above):
                present[:, :, place, group] *= ratio
    return np.asarray(np.rint(present))


def _queues(
    results: Results, paths: Paths, name: str, shift: float, seen: set[Part]
) -> NDArray[Any]:
    found = np.array(results.arrays[name])
    last = len(results.labels.days) - 1
    for server in results.lookup.servers:
        if server.direction != "out":
            continue
        part = of_queue(server.post)
        # (steps before the first and after the last shown day take these)
        day = np.clip(results.lookup.local_days(server.timezone), 0, last)
        factor = np.exp(paths.of(part)[:, day])
        more = shift if part in seen else 0.0
        for column in server.columns:
            value = (found[:, :, column] + more) * factor - more
            value = np.maximum(value, 0.0)
            found[:, :, column] = value if name == "wait_hours" else np.rint(value)
    return found
