"""Border crossing points: who waits on which side, how long, and how many pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import Server
from borderflow.results import queues
from borderflow.web.counts import ABOVE, CITIZENS, Counts
from borderflow.web.numbers import band, few, median


def sides(counts: Counts) -> dict[str, dict[str, Server]]:
    """Outward queues of each post: exit, neutral (between the two checkpoints) or entry.

    Who waits before an entry checkpoint behind an exit checkpoint stands in the neutral zone;
    where there is no exit checkpoint, on the entry side.

    Parameters
    ----------
    counts : Counts
        The run.
    """
    found: dict[str, dict[str, Server]] = {}
    for server in counts.lookup.servers:
        if server.direction == "out":
            found.setdefault(server.post, {})[server.side] = server
    for post in found.values():
        if "exit" in post and "entry" in post:
            post["neutral"] = post.pop("entry")
    return found


def posts(counts: Counts) -> Iterator[dict[str, Any]]:
    """Every post on a way out of the countries that people leave.

    Parameters
    ----------
    counts : Counts
        The run.
    """
    labels = counts.results.labels
    for post, here in sides(counts).items():
        through = [index for index in counts.outward if labels.crossings[index].place == post]
        above = counts.crossings(through, ABOVE)
        yield {
            "id": post,
            "name": counts.lookup.place(post),
            **{
                side: _queue(counts, here[side]) if side in here else None
                for side in ("exit", "neutral", "entry")
            },
            "entries_above": band(above, counts.people),
            "entries_citizens": band(counts.crossings(through, CITIZENS), counts.people),
            "total_entries_above": few(above.sum(axis=1), counts.people),
        }


def _queue(counts: Counts, server: Server) -> dict[str, Any]:
    results = counts.results
    people = queues.steps(results, server, "people")[:, results.labels.shown]
    return {
        "country": server.country,
        "people": band(queues.daily(results, server, "people"), counts.people),
        "vehicles": band(queues.daily(results, server, "vehicles"), counts.people),
        "wait_hours": band(queues.daily(results, server, "wait_hours"), False),
        "steps": median(people, counts.people),
    }


def longest(counts: Counts) -> tuple[str | None, NDArray[Any]]:
    """The post before whose exit or only side most people wait at one time, on average.

    Parameters
    ----------
    counts : Counts
        The run.

    Returns
    -------
    (str or None, array [member, day])
        Its id, and the highest number of each day; None where there are no queues.
    """
    best: tuple[float, str | None, NDArray[Any]] = (
        0.0,
        None,
        np.zeros((counts.results.members, len(counts.lookup.days))),
    )
    for post, here in sides(counts).items():
        waiting = [queues.daily(counts.results, server, "people") for server in here.values()]
        values = np.max(waiting, axis=0)
        top = float(values.max(axis=1).mean())
        if top > best[0]:
            best = (top, post, values)
    return best[1], best[2]
