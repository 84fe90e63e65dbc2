"""What other rules change, as the page gets it: differences within each pair of members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.comparison import Comparison
from borderflow.comparison.cells import EVERYWHERE, Cells, cells
from borderflow.observe import Unusable, simulate_report
from borderflow.observe.scope import people as counts_people
from borderflow.results import quantiles as q
from borderflow.results.flows import by_who
from borderflow.web.ask import AddedReport, WhatIf
from borderflow.web.counts import ABOVE
from borderflow.web.numbers import LEVELS, THREE, few, rounded, series
from borderflow.web.view import FORMAT
from borderflow.web.weighing import Weighing, as_report

if TYPE_CHECKING:
    from borderflow.results import Results

CAVEAT = "within_model"
"""What has to be said with every difference, for the page to put into words."""

MOST = 12
"""Rows that are named as those where load grows or shrinks most."""

NOTABLE = 0.1
"""Share of an 80 % band by which reports alone must move the median for a row to be named."""

NOT_SHOWN = {"entries_all_nationalities", "gave_up", "moved"}
"""What the command line compares and the page does not."""

LOAD = ("entries_above_ordinary", "queue_people_exit", "queue_people_entry", "left_behind")
"""What counts as load that appears somewhere, or goes."""


@dataclass(frozen=True)
class Taught:
    """What the added reports do to an answer.

    Attributes
    ----------
    weighing : Weighing
        How much each member counts.
    plain : Comparison
        Both arms as they are without the reports.
    alone : bool
        Whether nothing but reports was asked: the arms are the run without and with them.
    """

    weighing: Weighing
    plain: Comparison
    alone: bool


def difference(
    found: Comparison, asked: WhatIf, base: str, other: str, taught: Taught | None = None
) -> dict[str, Any]:
    """The paired difference between a run and the same members under other rules.

    Parameters
    ----------
    found : Comparison
        Both arms; where reports were added, of the members that count.
    asked : WhatIf
        What was asked.
    base, other : str
        Ids of the runs.
    taught : Taught, optional
        What the reports do.
    """
    pairs = _paired(found)
    alone = taught is not None and taught.alone
    every = (_row(found, left, right, taught is not None, alone) for left, right in pairs)
    rows = [row for row in every if row is not None]
    if taught is not None and not alone:
        before = {
            (row["what"], row["at"], row["country"]): row["diff"]
            for row in (_row(taught.plain, *pair) for pair in _paired(taught.plain))
            if row is not None
        }
        for row in rows:
            row["unweighed"] = before.get((row["what"], row["at"], row["country"]))
    plain = found if taught is None or alone else taught.plain
    sizes = [
        (row["diff"][1], position)
        for position, row in enumerate(rows)
        if row["what"] in LOAD and row["diff"][1] and not (alone and _slight(row))
    ]
    return {
        "format": FORMAT,
        "base": {"run": base, "digest": found.base.digest},
        "other": {"run": other, "digest": found.other.digest},
        "members": found.base.members,
        "seed": found.base.seed,
        "changes": asked.model_dump(mode="json", by_alias=True, exclude_none=True),
        "caveat": CAVEAT,
        "changes_nothing": found.same,
        "weighed": None if taught is None else {**taught.weighing.data(), "alone": alone},
        "dates": list(found.base.lookup.days),
        "rows": rows,
        "flows": [] if alone else _flows(found),
        "reports": [_report(plain, row) for row in asked.reports],
        "more": [at for size, at in sorted(sizes, reverse=True) if size > 0][:MOST],
        "less": [at for size, at in sorted(sizes) if size < 0][:MOST],
    }


def _paired(found: Comparison) -> list[tuple[Cells, Cells]]:
    """Cells of both arms that tell of the same thing; a new link may bring new ones."""
    other = {(cell.what, cell.location, cell.country): cell for cell in cells(found.other)}
    pairs = []
    for cell in cells(found.base):
        if cell.what in NOT_SHOWN:
            continue
        twin = other.get((cell.what, cell.location, cell.country))
        if twin is not None:
            pairs.append((cell, twin))
    return pairs


def _row(
    found: Comparison, left: Cells, right: Cells, arms: bool = False, alone: bool = False
) -> dict[str, Any] | None:
    """One row; with the bands of both `arms`, and no pairs of members where `alone`."""
    if not (left.values.any() or right.values.any()):
        return None
    hide = left.people and not found.base.small_cells
    base, other = left.values.astype(np.float64), right.values.astype(np.float64)
    ranges = [q.quantiles(arm, THREE) for arm in (base, other)]
    medians = [arm[:, 1] for arm in ranges]
    bands = q.quantiles(other - base, THREE)
    if alone:  # the members that count are others: there are no pairs, only two medians
        bands = np.repeat((medians[1] - medians[0])[:, None], len(THREE), axis=1)
    if hide:  # neither a small number nor a difference from which it could be worked out
        unknown = q.small(medians[0]) | q.small(medians[1])
        bands = np.where(unknown[:, None] | q.small(np.abs(bands)), np.nan, bands)
        medians = [np.where(q.small(arm), np.nan, arm) for arm in medians]
        ranges = [np.where(q.small(arm), np.nan, arm) for arm in ranges]
    whole = 0 if left.dates[0] is None else len(left.dates) - 1
    days = slice(1, None) if left.dates[0] is None else slice(None)
    return {
        "what": left.what,
        "at": _id(found.base, left.what, left.location),
        "country": _code(found.base, left.country),
        "dates": "weeks" if left.what == "refusals" else "days",
        "base": rounded(medians[0][whole : whole + 1])[0],
        "other": rounded(medians[1][whole : whole + 1])[0],
        "diff": rounded(bands[whole]),
        "base_days": series(medians[0][days], False),
        "other_days": series(medians[1][days], False),
        "diff_days": _levels(bands, days),
        "ranges": [rounded(arm[whole]) for arm in ranges] if arms else None,
        "ranges_days": [_levels(arm, days) for arm in ranges] if arms else None,
        "unweighed": None,
    }


def _slight(row: dict[str, Any]) -> bool:
    """Whether the median moves by next to nothing of the band, which drawing anew may do."""
    low, _, high = row["ranges"][0]
    return bool(abs(row["diff"][1]) < NOTABLE * ((high or 0) - (low or 0)))


def _levels(bands: NDArray[Any], days: slice) -> list[Any]:
    return [series(bands[days, level], False) for level in range(len(THREE))]


def _id(results: Results, what: str, name: str) -> str | None:
    """Id of a post or code of a country, by its printed name; None for all origins together."""
    if name == EVERYWHERE:
        return None
    names = results.memo.get("ids")
    if names is None:
        names = {
            **{name: code for code, name in results.scenario.countries.items()},
        }
        posts = {results.lookup.place(c.place): c.place for c in results.labels.crossings}
        posts |= {server.name: server.post for server in results.lookup.servers}
        results.memo["ids"] = names = (names, posts)
    countries, posts = names
    first, then = (posts, countries) if "queue" in what or "wait" in what else (countries, posts)
    return str(first.get(name) or then.get(name) or name)


def _code(results: Results, name: str | None) -> str | None:
    names = {name: code for code, name in results.scenario.countries.items()}
    return None if name is None else names.get(name, name)


def _flows(found: Comparison) -> list[dict[str, Any]]:
    other = {crossing.id: i for i, crossing in enumerate(found.other.labels.crossings)}
    hide = not found.base.small_cells
    rows = []
    for index, crossing in enumerate(found.base.labels.crossings):
        if crossing.id not in other:
            continue
        change: NDArray[Any] = (
            by_who(found.other, other[crossing.id])[:, :, ABOVE].astype(np.float64)
            - by_who(found.base, index)[:, :, ABOVE]
        )
        if not change.any():
            continue
        total = q.quantiles(change.sum(axis=1)[:, None], THREE)[0]
        days = q.quantiles(change, (0.5,))[:, 0]
        if hide:
            total = np.where(q.small(np.abs(total)), np.nan, total)
            days = np.where(q.small(np.abs(days)), np.nan, days)
        if not np.any(total > 0) and not np.any(total < 0):
            continue
        rows.append({"id": crossing.id, "days": series(days, False), "total": rounded(total)})
    return rows


def _report(found: Comparison, added: AddedReport) -> dict[str, Any]:
    row = as_report(added)
    said: dict[str, Any] = {
        "report": added.model_dump(mode="json", exclude_none=True),
        "base": None,
        "other": None,
        "note": "",
    }
    for arm, results in (("base", found.base), ("other", found.other)):
        simulated = simulate_report(row, results)
        if isinstance(simulated, Unusable):
            said["note"] = str(simulated)
            continue
        hide = counts_people(added.unit) and not results.small_cells
        said[arm], said["note"] = few(simulated[0], hide, LEVELS), simulated[1]
    return said
