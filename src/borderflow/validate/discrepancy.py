"""What the model does not know of each camp: what counts taught of it, and what nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from borderflow.arrays import Member, World
from borderflow.engine import processes
from borderflow.engine.draws import hash_id, uniforms
from borderflow.source.flee.movement import Movement

STEP = 0.01
"""Change of what still holds of what was taught, after which the table of attraction is renewed."""


@dataclass(frozen=True)
class Taught:
    """What counts up to a day say about the attraction of each camp, and how long it holds.

    Attributes
    ----------
    deviation : array [camp]
        Log attraction that the model did not know of.
    kept : array [day]
        Correlation of a camp's deviation on each day from the last one known with that on the last
        one known.
    """

    deviation: np.ndarray
    kept: np.ndarray


def expected(movement: Movement, taught: Taught | None, days: int, camps: int) -> np.ndarray:
    """Log attraction of each camp beyond the model, as it is expected: array [day, camp]."""
    if taught is None:
        return np.zeros((days, camps))
    mean: np.ndarray = movement.learning * taught.kept[:, None] * taught.deviation
    return mean


def drawn(
    movement: Movement,
    taught: Taught | None,
    days: int,
    countries: Sequence[str],
    own: np.ndarray,
    seed: int,
    member: int,
) -> np.ndarray:
    """Log attraction of each camp beyond the model, as one member draws it.

    A stationary Gaussian process, of which a part `learning` of the variance on the last known day
    is known: mean `learning` * kept * deviation, variance (1 - `learning` * kept^2) times the
    prior's. The prior has a part that the camps of a country share.

    Parameters
    ----------
    movement : Movement
        The spreads, and the share learned.
    taught : Taught or None
        What counts taught.
    days : int
        Days of the run.
    countries : sequence of str
        Country of each camp.
    own : array [camp]
        Standard normal number of each camp.
    seed, member : int
        Address of the draws.

    Returns
    -------
    array [day, camp]
    """
    names = sorted(set(countries))
    words = np.array([hash_id(f"attraction of country:{name}") for name in names], dtype=np.uint64)
    chance = uniforms(np.uint64(seed), processes.PRIOR, 0, member, words)
    of_country = dict(zip(names, (NormalDist().inv_cdf(float(u)) for u in chance), strict=True))
    shared = np.array([of_country[name] for name in countries])
    deviation = movement.spread * own + movement.country_spread * shared
    unknown = np.ones(days)
    if taught is not None:
        unknown = np.sqrt(1.0 - movement.learning * taught.kept**2)
    return expected(movement, taught, days, len(own)) + unknown[:, None] * deviation


def drifting(world: Any, member: Any, columns: np.ndarray, beyond: np.ndarray) -> tuple[Any, Any]:
    """A member whose camps have another attraction as days pass.

    Parameters
    ----------
    world : World
        The compiled world, in steps of a day.
    member : Member
        What was drawn otherwise.
    columns : array [camp]
        Position of each camp among the destinations.
    beyond : array [day, camp]
        Log attraction to add.

    Returns
    -------
    World, Member
        The same, with more change-points.
    """
    epoch = np.asarray(world.epoch)
    new = np.zeros(len(epoch), dtype=np.int64)
    last = 0
    for day in range(1, len(epoch)):
        moved = np.abs(beyond[day] - beyond[last]).max(initial=0.0) > STEP
        if moved or epoch[day] != epoch[day - 1]:
            last = day
            new[day] = 1
    firsts = np.concatenate(([0], np.flatnonzero(new)))
    old = epoch[firsts]
    lure = member.lure[old].copy()
    lure[:, columns] += beyond[firsts]
    worlds = {name: getattr(world, name)[old] for name in ("open", "link_open")}
    members = {
        name: getattr(member, name)[old] for name in ("rate_factor", "rate_cap", "admit", "delay")
    }
    return (
        _with(World, world, epoch=np.cumsum(new), **worlds),
        _with(Member, member, lure=lure, **members),
    )


def _with(kind: Any, made: Any, **new: np.ndarray) -> Any:
    return kind(**{f.name: new.get(f.name, getattr(made, f.name)) for f in kind.fields})
