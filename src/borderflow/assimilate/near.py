"""Which parameters can bear on which reports: what is at one post does not decide on another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from borderflow.compile.ahead import AHEAD
from borderflow.compile.priors import Prior
from borderflow.observe.discrepancy import Errors, posts
from borderflow.results import Results

if TYPE_CHECKING:
    from borderflow.scenario import Scenario

LOCAL = ("rate_factor", "traffic_factor", "traffic_level")
"""Quantities of which each target bears on the reports of its own posts alone."""


def near(priors: Sequence[Prior], errors: Errors, results: Results) -> NDArray[np.bool_]:
    """Whether a parameter can bear on a report [parameter, report].

    The rate of a checkpoint and the ordinary traffic of a link, or of all links into a country,
    bear on what is counted at a place where these begin or end or pass officers; how things go on
    bears on nothing that was; every other parameter bears on everything. People who turn to
    another post are thereby left out: with some hundred members and hundreds of such parameters,
    chance would otherwise link a road to reports of another border.

    Parameters
    ----------
    priors : sequence of Prior
        The parameters.
    errors : Errors
        The reports.
    results : Results
        Members.
    """
    counted = posts(errors, results)
    found = np.ones((len(priors), len(counted)), dtype=np.bool_)
    places = _places(results.scenario)
    for i, prior in enumerate(priors):
        if prior.quantity in AHEAD:
            found[i] = False
        elif prior.quantity in LOCAL:
            here = places.get(_target(prior), set())
            found[i] = [bool(here & there) for there in counted]
    return found


def _target(prior: Prior) -> str:
    """What the parameter is of: in brackets where each target draws its own."""
    head, bracket, rest = prior.id.partition("[")
    if bracket:
        return rest.removesuffix("]")
    return str(prior.row.applies_to) if prior.row is not None else head


def _places(scenario: Scenario) -> dict[str, set[str]]:
    """Places of each checkpoint, of each row of ordinary traffic, and of all into a country."""
    post = {row.id: row.post for row in scenario.checkpoints}
    found = {id_: {place} for id_, place in post.items()}
    country = {row.id: row.country for row in scenario.places}
    links = {row.id: row for row in scenario.links}
    for row in scenario.traffic:
        link = links.get(row.link) or links.get(row.link.removesuffix("-back"))
        if link is not None:
            passed = (link.exit_checkpoint, link.entry_checkpoint)
            found[row.id] = {link.from_, link.to} | {post[name] for name in passed if name}
            end = link.from_ if row.link != link.id else link.to
            found.setdefault(country[end], set()).update(found[row.id])
    return found
