"""The view document: all that the page knows of one run, as plain data ready for JSON.

`web/src/view.ts` says what every field is; a test holds real documents against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from borderflow.document import cut_off
from borderflow.web import facts
from borderflow.web.counts import ABOVE, Counts
from borderflow.web.marks import Marks
from borderflow.web.measures import measures, uncharted
from borderflow.web.numbers import Band
from borderflow.web.posts import Longest, longest, posts

if TYPE_CHECKING:
    from borderflow.results import Results

FORMAT = 1
"""Version of the document."""

FILE = "view.json"
"""Name of the document in the folder of a run."""


Head = TypedDict(
    "Head",
    {
        "kind": str,
        "scenario": str,
        "scenario_hash": str,
        "name": str,
        "description": str,
        "start": str,
        "end": str,
        "timezone": str,
        "step_hours": float,
        "currency": str,
        "nationality": str,
        "origin_countries": list[str],
        "as_of": str | None,
        "data_cut_off": str,
        "origin_date": str | None,
        "seed": int,
        "members": int,
        "rough": bool,
        "quantile_error": float,
        "digest": str,
        "version": str,
        "small_cells": bool,
        "without": list[str],
        "with": list[str],
        "heard": int,
    },
)
"""What a run is: its scenario, its members, and what was changed."""


class Headline(TypedDict):
    """A number that the first screen shows."""

    id: str
    values: list[Any]
    days: Band
    mark: str
    post: str | None
    date: str | None


class View(TypedDict):
    """All that the page knows of one run."""

    format: int
    head: Head
    dates: list[str]
    times: list[str]
    headlines: list[Headline]
    countries: list[dict[str, Any]]
    places: list[dict[str, Any]]
    posts: list[dict[str, Any]]
    flows: list[dict[str, Any]]
    groups: list[dict[str, Any]]
    pairs: list[dict[str, Any]]
    totals: dict[str, Any]
    fares: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    reports: list[dict[str, Any]]
    policies: list[dict[str, Any]]
    drivers: list[dict[str, Any]]


def view(
    results: Results,
    *,
    kind: str = "run",
    origin_date: str | None = None,
    without: Iterable[str] = (),
    added: Iterable[str] = (),
    learned: bool = False,
    before: Results | None = None,
    counts: Counts | None = None,
    marks: Marks | None = None,
) -> View:
    """What the page shows of a run.

    Parameters
    ----------
    results : Results
        The run; arrays that a forecast does not keep may be missing.
    kind : str, optional
        ``run``, ``forecast`` or ``what_if``.
    origin_date : str, optional
        Of a forecast: the day for which it was made.
    without, added : iterable of str, optional
        Ids of policies left out, and of policies (or files of them) added.
    learned : bool, optional
        Whether parameters were learned from reports.
    before : Results, optional
        The same without what was learned, to tell how much that was.
    counts : Counts, optional
        What tells the numbers, where it is not the members of the run.
    marks : Marks, optional
        What marks them then.

    Returns
    -------
    View
        Ready for JSON: no number in it is infinite or missing other than as None.
    """
    counts = counts or Counts(results)
    labels, scenario = results.labels, results.scenario
    marks = marks or Marks(results, learned, before)
    new = frozenset(added)
    reports = facts.reports(counts, results)
    seen: View = {
        "format": FORMAT,
        "head": _head(results, kind, origin_date, sorted(without), sorted(new)),
        "dates": list(counts.lookup.days),
        "times": [f"{moment}Z" for moment in labels.step_start[labels.shown].astype(str).tolist()],
        "headlines": _headlines(counts, marks),
        "countries": counts.countries(marks),
        "places": facts.places(counts),
        "posts": list(posts(counts)),
        "flows": list(counts.flows()),
        "groups": [
            {"name": group.name, "ordinary": group.ordinary, "subject": group.subject}
            for group in labels.groups
        ],
        "pairs": list(counts.pairs()),
        "totals": counts.totals(),
        "fares": list(counts.fares()),
        "measures": list(measures(counts, reports)),
        "reports": reports,
        "policies": facts.policies(results, scenario, new),
        "drivers": list(facts.drivers(results)),
    }
    for row in reports:
        row["uncharted"] = uncharted(row, seen)
    return seen


def _head(
    results: Results, kind: str, origin_date: str | None, without: list[str], added: list[str]
) -> Head:
    from importlib.metadata import version

    scenario = results.scenario
    return {
        "kind": kind,
        "scenario": scenario.id,
        "scenario_hash": scenario.hash,
        "name": scenario.name,
        "description": scenario.description,
        "start": scenario.start.isoformat(),
        "end": scenario.end.isoformat(),
        "timezone": scenario.timezone,
        "step_hours": scenario.step_hours,
        "currency": scenario.currency,
        "nationality": scenario.nationality,
        "origin_countries": list(scenario.origin_countries),
        "as_of": results.as_of.isoformat() if results.as_of else None,
        "data_cut_off": cut_off(results).isoformat(),
        "origin_date": origin_date,
        "seed": results.seed,
        "members": results.members,
        "rough": results.rough,
        "quantile_error": results.quantile_error,
        "digest": results.digest,
        "version": version("borderflow"),
        "small_cells": results.small_cells,
        "without": without,
        "with": added,
        "heard": 0,
    }


def beside(seen: View) -> dict[str, tuple[str, str]]:
    """The document as a file of a run's folder: what it is, and its text, by name.

    Parameters
    ----------
    seen : View
        The document.
    """
    return {FILE: ("what the page shows of the run, for `report` and `serve`", compact(seen))}


def compact(data: object) -> str:
    """Write plain data as JSON without any white space.

    Parameters
    ----------
    data : object
        Dictionaries, lists, texts and numbers.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _entered(counts: Counts) -> NDArray[Any]:
    """Crossings out of the countries that people leave, since the start [member, day]."""
    return np.cumsum(counts.crossings(counts.outward, ABOVE), axis=1)


def _abroad(counts: Counts) -> NDArray[Any]:
    """People above ordinary present abroad [member, day]."""
    ends = enumerate(counts.results.labels.destinations)
    return counts.present([i for i, end in ends if end.country not in counts.lookup.home])


def _headlines(counts: Counts, marks: Marks) -> list[Headline]:
    """Entries above ordinary and people present first; then the longest queue."""
    tell = counts.tell
    entered, present = _entered(counts), _abroad(counts)
    queue = longest(counts)
    return [
        {
            "id": "entries_above_ordinary",
            "values": tell.few(entered[:, -1]),
            "days": tell.band(entered),
            "mark": marks.mark(entered[:, -1], lambda other: _entered(Counts(other))[:, -1]),
            "post": None,
            "date": None,
        },
        {
            "id": "present_above_ordinary",
            "values": tell.few(present[:, -1]),
            "days": tell.band(present),
            "mark": marks.mark(present[:, -1], lambda other: _abroad(Counts(other))[:, -1]),
            "post": None,
            "date": None,
        },
        {
            "id": "longest_queue",
            "values": tell.few(queue.top),
            "days": tell.band(queue.days),
            "mark": marks.mark(_peak(queue), lambda other: _peak(longest(Counts(other)))),
            "post": queue.post,
            "date": _when(counts, queue),
        },
    ]


def _peak(queue: Longest) -> NDArray[Any]:
    return np.asarray(queue.values.max(axis=1))


def _when(counts: Counts, queue: Longest) -> str | None:
    """Day of the peak of a member in the middle of those in which anybody waits."""
    never = int(queue.top.nothing("day")[0])
    some = queue.top.members - never
    if not some:
        return None
    return counts.lookup.days[int(queue.top.ranked("day", np.array([never + some // 2]))[0]) - 1]
