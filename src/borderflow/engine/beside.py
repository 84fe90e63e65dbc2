"""Turning to the next post: those who come to a post see its queue, and hear of the ones nearby.

What is told far away is half a day old, and a crowd that follows it fills a small post beside an
empty one. At the post itself nobody is told that there is no queue.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.engine import processes as pr
from borderflow.engine.compiled import compiled
from borderflow.engine.draws import mix64, split
from borderflow.engine.queue import drop_node, join, link_rate, new_node, touch

PORTIONS = 8
"""Parts of a step's crowd that come one after the other, each seeing where those before stand."""


@compiled
def turning(w: Any, m: Any, s: Any, t: int, coming: np.ndarray, share: np.ndarray) -> bool:
    """Share of those who come to each queue that turn to each post beside it; whether any does.

    The crowd of a step comes in portions. Of each portion, a share 1 - exp(-hours saved /
    way_scale) turns: hours by which the wait beside, the way there and the trouble of turning
    are less than the wait here. Between several posts they divide in proportion to the hours.

    Parameters
    ----------
    coming : array [link], people
        Who comes to each queue in this step.
    share : array [pair of links], float64
        Result, in the order of `beside_link`.
    """
    links = coming.size
    rate = np.zeros(links)
    queued = np.zeros(links)
    more = np.zeros(links)
    e = w.epoch[t]
    anybody = False
    for link in range(links):
        if w.beside_ptr[link] == w.beside_ptr[link + 1]:
            continue
        some = False
        for k in range(w.class_moves.size):
            some = some or (w.class_moves[k] and w.open[e, link, k])
        rate[link] = link_rate(w, m, s, t, link, 0) if some else 0.0
        queued[link] = s.queue_people[link, 0]
        full = m.wait_weight * (queued[link] + coming[link]) > m.turn_hours * rate[link]
        anybody = anybody or (coming[link] > 0.0 and full)
    if not anybody:
        return False
    share[:] = 0.0
    anybody = False
    drained = 24.0 / w.spd / PORTIONS
    for _ in range(PORTIONS):
        more[:] = 0.0
        for link in range(links):
            n = coming[link] / PORTIONS
            if n <= 0.0 or rate[link] <= 0.0:
                continue
            wait = m.wait_weight * queued[link] / rate[link] - m.turn_hours
            saved = 0.0
            for i in range(w.beside_ptr[link], w.beside_ptr[link + 1]):
                j = w.beside_link[i]
                if rate[j] > 0.0:
                    there = m.wait_weight * queued[j] / rate[j] + w.beside_hours[i]
                    saved += max(0.0, wait - there)
            stay = 1.0
            if saved > 0.0:
                anybody = True
                stay = math.exp(-saved / m.way_scale)
                for i in range(w.beside_ptr[link], w.beside_ptr[link + 1]):
                    j = w.beside_link[i]
                    if rate[j] > 0.0:
                        there = m.wait_weight * queued[j] / rate[j] + w.beside_hours[i]
                        part = (1.0 - stay) * max(0.0, wait - there) / saved
                        share[i] += part / PORTIONS
                        more[j] += part * n
            more[link] += stay * n
        for link in range(links):
            queued[link] = max(0.0, queued[link] + more[link] - rate[link] * drained)
    return anybody


@compiled
def may_turn(w: Any, t: int, link: int, other: int, cell: int) -> bool:
    """Whether those of a cell may use another link as well, and come as far by it."""
    width = w.dest_place.size + 2
    if not w.open[w.epoch[t], other, w.cls[cell // width]]:
        return False
    a = w.head[link]
    b = w.head[other]
    return a == b or (cell % width == width - 2 and w.is_home[a] and w.is_home[b])


@compiled
def come_to(
    w: Any, m: Any, s: Any, f: Any, t: int, comers: np.ndarray, coming: np.ndarray
) -> None:
    """Those who came to posts that have others beside them turn there, or join the queue here.

    Parameters
    ----------
    comers : array [link]
        First node of those who come to each queue.
    coming : array [link], people
        How many people they are.
    """
    width = w.dest_place.size + 2
    share = np.zeros(w.beside_link.size)
    turned = np.full(comers.size, -1, np.int64)
    if turning(w, m, s, t, coming, share):
        most = 1
        for link in range(comers.size):
            most = max(most, w.beside_ptr[link + 1] - w.beside_ptr[link] + 1)
        weight = np.zeros(most)
        hashes = np.zeros(most, np.uint64)
        out = np.zeros(most)
        for link in range(comers.size):
            first = w.beside_ptr[link]
            n = w.beside_ptr[link + 1] - first
            node = comers[link]
            while node >= 0:
                cell = s.node_cell[node]
                c = cell // width
                stay = 1.0
                for i in range(n):
                    other = w.beside_link[first + i]
                    weight[1 + i] = share[first + i] if may_turn(w, t, link, other, cell) else 0.0
                    hashes[1 + i] = w.link_hash[other]
                    stay -= weight[1 + i]
                weight[0] = max(0.0, stay)
                hashes[0] = w.link_hash[link]
                if weight[0] < 1.0:
                    key = mix64(w.link_hash[link], mix64(w.cohort_hash[c], w.dest_hash[cell % width]))
                    split(
                        m.chance,
                        m.seed,
                        pr.TURN,
                        t,
                        m.number,
                        key,
                        s.node_n[node],
                        weight[: n + 1],
                        hashes[: n + 1],
                        out[: n + 1],
                    )
                    s.node_n[node] = out[0]
                    for i in range(n):
                        if out[1 + i] > 0.0:
                            other = w.beside_link[first + i]
                            gone = new_node(s, cell, other, t, out[1 + i])
                            if gone >= 0:
                                s.node_next[gone] = turned[other]
                                turned[other] = gone
                node = s.node_next[node]
    for link in range(comers.size):
        if comers[link] < 0 and turned[link] < 0:
            continue
        s.touched[0] = 0
        for head in (comers[link], turned[link]):
            node = head
            while node >= 0:
                touch(s, s.node_cell[node], s.node_n[node], s.scratch[5])
                following = s.node_next[node]
                drop_node(s, node)
                node = following
        for j in range(s.touched[0]):
            cell = s.touched[1 + j]
            n = s.scratch[5][cell]
            s.scratch[5][cell] = 0.0
            join(w, s, f, link, 0, cell, t, n)
