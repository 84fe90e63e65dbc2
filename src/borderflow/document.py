"""A run as one JSON document, and what every output says about itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from borderflow.observe import unused
from borderflow.switches import told
from borderflow.workers import KEPT

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.edit import Switched

LISTS = (
    "entries",
    "present",
    "queues",
    "in_transit",
    "under_way",
    "refusals",
    "seats",
    "left_behind",
    "gave_up",
    "moved",
    "reports",
    "exits",
    "departures",
    "queue_peaks",
)
"""Tables that a run gives as lists of rows."""

STATEMENT = "scenario, not prediction"
COUNTING = (
    "Entries are crossings as border services count them, not persons; all of them include "
    "ordinary travel unless a row says above_ordinary."
)
BORDERS = "Names and borders imply no opinion on the status of any territory."


def cut_off(results: Results) -> date:
    """Last day whose facts were used: `as_of`, or the day when the last fact became known.

    Parameters
    ----------
    results : Results
        A run.
    """
    if results.as_of is not None:
        return results.as_of
    scenario = results.scenario
    known = [row.known_from for row in scenario.policies]
    known += [row.known_from for row in scenario.drivers]
    known += [row.known_from for row in scenario.reports]
    return max(known, default=scenario.start)


def resolution(results: Results) -> str:
    """How fine quantiles are, as a sentence; empty where they are those of the members.

    Parameters
    ----------
    results : Results
        A run.
    """
    if not results.quantile_error:
        return ""
    return (
        f"COUNTED: more than {KEPT:,} members are counted on a fixed grid; quantiles are within "
        f"{100 * results.quantile_error:.0f} % of those of the members."
    )


def document(results: Results, switched: Switched | None = None) -> dict[str, Any]:
    """A run as plain data: who, how, and the rows of every table.

    Parameters
    ----------
    results : Results
        A run.
    switched : Switched, optional
        Policies that were left out and added.

    Returns
    -------
    dict
        Ready for JSON: no number in it is infinite or missing other than as null.
    """
    head: dict[str, Any] = {
        "scenario": results.scenario.id,
        "seed": results.seed,
        "members": results.members,
        "as_of": results.as_of.isoformat() if results.as_of else None,
        "without": [] if switched is None else [policy.id for policy in switched.removed],
        "with": [] if switched is None else [policy.id for policy in switched.added],
        "rules": told(switched, results),
        "seconds": round(results.ensemble.seconds, 3),
        "digest": results.digest,
        "people": results.people,
        "statement": STATEMENT,
        "counting": COUNTING,
        "borders": BORDERS,
        "data_cut_off": cut_off(results).isoformat(),
        "rough": results.rough,
        "quantile_error": results.quantile_error,
        "small_cells": results.small_cells,
        "failed": {str(number): reason for number, reason in results.ensemble.failed.items()},
    }
    head |= {name: results.table(name) for name in LISTS}
    head["reports_unused"] = unused(results)
    return head
