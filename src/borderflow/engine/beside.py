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
from borderflow.engine.queue import drop_node, join, line, line_rate, new_node, touch

PORTIONS = 8
"""Parts of a step's crowd that come one after the other and see how many came before them. As one
part all would turn to the same post; four times as many move no median of the shipped scenario's
queues by more than a tenth."""


@compiled
def may_turn(w: Any, t: int, link: int, other: int, cell: int) -> bool:
    """Whether those of a cell may use another link too, and get as far by it."""
    width = w.dest_place.size + 2
    if not w.open[w.epoch[t], other, w.cls[cell // width]]:
        return False
    a = w.head[link]
    b = w.head[other]
    return bool(a == b or (cell % width == width - 2 and w.is_home[a] and w.is_home[b]))


@compiled
def first_of_line(w: Any, link: int) -> int:
    """First of the links whose queues make one line: of one class of vehicle at one checkpoint."""
    server = w.server[link, 0]
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        if w.vehicle[w.server_link[j]] == w.vehicle[link]:
            return int(w.server_link[j])
    return link


@compiled
def turning(
    w: Any, m: Any, s: Any, t: int, comers: np.ndarray, coming: np.ndarray, share: np.ndarray
) -> bool:
    """Share of those who may turn from each queue to each post beside it; whether any do.

    The crowd comes in portions. Of each a share 1 - exp(-hours saved / way_scale) turns: the hours
    by which the wait beside, the way there and the trouble of turning are less than the wait
    here, times the part of the crowd that may turn there. Between several posts they divide in
    proportion to these hours. From no post to another do more turn than would even out the two
    waits, over the number of posts beside them: together they would overshoot.

    Parameters
    ----------
    comers, coming : arrays [link]
        First node of those who come to each queue in this step, and how many people they are.
    share : array [pair], float64
        Result, in the order of `beside_link`; 0 before.
    """
    links = coming.size
    at = np.full(links, -1, np.int64)
    rate = np.zeros(links)
    waiting = np.zeros(links)
    more = np.zeros(links)
    saved = np.zeros(share.size)
    for link in range(links):
        if w.beside_ptr[link] == w.beside_ptr[link + 1]:
            continue
        at[link] = first_of_line(w, link)
        rate[at[link]] = line_rate(w, m, s, t, link, 0)
        waiting[at[link]] = line(w, s, link, 0)
        more[at[link]] += coming[link]
    long_enough = False
    for link in range(links):
        if at[link] >= 0 and coming[link] > 0.0:
            most = m.wait_weight * (waiting[at[link]] + more[at[link]])
            long_enough |= most > m.turn_hours * rate[at[link]]
    if not long_enough:
        return False
    width = w.dest_place.size + 2
    may = np.zeros(share.size)
    for link in range(links):
        node = comers[link]
        while node >= 0:
            cell = s.node_cell[node]
            part = s.node_n[node] * w.size[cell // width] / coming[link]
            for i in range(w.beside_ptr[link], w.beside_ptr[link + 1]):
                if may_turn(w, t, link, w.beside_link[i], cell):
                    may[i] += part
            node = s.node_next[node]
    some = False
    drained = 24.0 / w.spd / PORTIONS
    for _ in range(PORTIONS):
        more[:] = 0.0
        for link in range(links):
            n = coming[link] / PORTIONS
            a = at[link]
            if n <= 0.0 or rate[a] <= 0.0:
                continue
            here = m.wait_weight * waiting[a] / rate[a] - m.turn_hours
            total = 0.0
            for i in range(w.beside_ptr[link], w.beside_ptr[link + 1]):
                b = at[w.beside_link[i]]
                saved[i] = 0.0
                if rate[b] > 0.0:
                    there = m.wait_weight * waiting[b] / rate[b] + w.beside_hours[i]
                    saved[i] = max(0.0, here - there)
                    total += may[i] * saved[i]
            more[a] += n
            if total <= 0.0:
                continue
            some = True
            away = 1.0 - math.exp(-total / m.way_scale)
            others = w.beside_ptr[link + 1] - w.beside_ptr[link]
            for i in range(w.beside_ptr[link], w.beside_ptr[link + 1]):
                if may[i] * saved[i] <= 0.0:
                    continue
                j = w.beside_link[i]
                b = at[j]
                posts = max(others, w.beside_ptr[j + 1] - w.beside_ptr[j])
                evens_out = saved[i] / (m.wait_weight * (1.0 / rate[a] + 1.0 / rate[b]))
                want = may[i] * n * away * may[i] * saved[i] / total
                turns = min(want, evens_out / posts)
                share[i] += turns / (may[i] * coming[link])
                more[a] -= turns
                more[b] += turns
        for a in range(links):
            waiting[a] = max(0.0, waiting[a] + more[a] - rate[a] * drained)
    return some


@compiled
def turn(
    w: Any, m: Any, s: Any, t: int, comers: np.ndarray, share: np.ndarray, turned: np.ndarray
) -> None:
    """Draw who of those who come to each queue turn; what is left of them stays in `comers`.

    Parameters
    ----------
    comers, turned : arrays [link]
        First node of those who come to each queue; and, as a result, of those who turn to it.
    share : array [pair]
        As `turning` found it.
    """
    width = w.dest_place.size + 2
    most = 0
    for link in range(comers.size):
        most = max(most, w.beside_ptr[link + 1] - w.beside_ptr[link])
    weight = np.empty(1 + most)
    hashes = np.empty(1 + most, np.uint64)
    out = np.empty(1 + most)
    for link in range(comers.size):
        begin = w.beside_ptr[link]
        n = w.beside_ptr[link + 1] - begin
        hashes[0] = w.link_hash[link]
        for i in range(n):
            hashes[1 + i] = w.link_hash[w.beside_link[begin + i]]
        node = comers[link]
        while node >= 0:
            cell = s.node_cell[node]
            weight[0] = 1.0
            for i in range(n):
                may = may_turn(w, t, link, w.beside_link[begin + i], cell)
                weight[1 + i] = share[begin + i] if may else 0.0
                weight[0] -= weight[1 + i]
            if weight[0] < 1.0:
                weight[0] = max(0.0, weight[0])
                key = mix64(w.cohort_hash[cell // width], w.dest_hash[cell % width])
                split(
                    m.chance,
                    m.seed,
                    pr.TURN,
                    t,
                    m.number,
                    mix64(w.link_hash[link], key),
                    s.node_n[node],
                    weight[: 1 + n],
                    hashes[: 1 + n],
                    out[: 1 + n],
                )
                s.node_n[node] = out[0]
                for i in range(n):
                    gone = -1
                    if out[1 + i] > 0.0:
                        gone = new_node(s, cell, w.beside_link[begin + i], t, out[1 + i])
                    if gone >= 0:
                        s.node_next[gone] = turned[w.beside_link[begin + i]]
                        turned[w.beside_link[begin + i]] = gone
            node = s.node_next[node]


@compiled
def come_to(w: Any, m: Any, s: Any, f: Any, t: int, comers: np.ndarray, coming: np.ndarray) -> None:
    """Those who come to posts that have others beside them join the queue here, or turn.

    Parameters
    ----------
    comers : array [link]
        First node of those who come to each queue.
    coming : array [link], people
        How many people they are.
    """
    share = np.zeros(w.beside_link.size)
    turned = np.full(comers.size, -1, np.int64)
    if turning(w, m, s, t, comers, coming, share):
        turn(w, m, s, t, comers, share, turned)
    for link in range(comers.size):
        s.touched[0] = 0
        for node in (comers[link], turned[link]):
            while node >= 0:
                touch(s, s.node_cell[node], s.node_n[node], s.scratch[5])
                following = s.node_next[node]
                drop_node(s, node)
                node = following
        for i in range(s.touched[0]):
            cell = s.touched[1 + i]
            n = s.scratch[5][cell]
            s.scratch[5][cell] = 0.0
            join(w, s, f, link, 0, cell, t, n)
