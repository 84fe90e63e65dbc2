"""Border crossing points: who waits on which side, how long, and how many pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import Server
from borderflow.results import queues
from borderflow.results.spread import Spread
from borderflow.web.counts import ABOVE, CITIZENS, Counts


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
    labels, tell = counts.results.labels, counts.tell
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
            "entries_above": tell.band(above),
            "entries_citizens": tell.band(counts.crossings(through, CITIZENS)),
            "total_entries_above": tell.few(above.sum(axis=1)),
        }


def _queue(counts: Counts, server: Server) -> dict[str, Any]:
    results, tell = counts.results, counts.tell
    people = queues.steps(results, server, "people")[:, results.labels.shown]
    return {
        "country": server.country,
        "people": tell.band(queues.daily(results, server, "people")),
        "vehicles": tell.band(queues.daily(results, server, "vehicles")),
        "wait_hours": tell.plain().band(queues.daily(results, server, "wait_hours")),
        "steps": tell.median(people),
    }


class Longest(NamedTuple):
    """The longest queue: its post (None where there are no queues), each day's, and the highest.

    Under the name ``day`` the highest has the day on which it comes, from 1; 0 where nobody waits.
    """

    post: str | None
    values: NDArray[Any]
    days: Spread
    top: Spread


def longest(counts: Counts) -> Longest:
    """The post before whose exit or only side most people wait at one time, on average.

    Parameters
    ----------
    counts : Counts
        The run.
    """
    none = np.zeros((counts.results.members, len(counts.lookup.days)))
    best, most = _waiting(counts, None, none), 0.0
    for post, here in sides(counts).items():
        each = [queues.daily(counts.results, server, "people") for server in here.values()]
        found = _waiting(counts, post, np.max(each, axis=0))
        top = float(found.top.means()[0])
        if top > most:
            best, most = found, top
    return best


def _waiting(counts: Counts, post: str | None, values: NDArray[Any]) -> Longest:
    top = values.max(axis=1)
    day = np.where(top > 0, values.argmax(axis=1) + 1, 0).astype(np.int64)
    spread = counts.tell.spread(top[:, None], {"day": day[:, None]})
    return Longest(post, values, counts.tell.spread(values), spread)
