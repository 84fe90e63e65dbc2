"""The stages at the checkpoints: serving the queues, and giving up in them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine import processes as pr
from borderflow.engine.compiled import compiled, kept
from borderflow.engine.draws import draw_binomial, mix64
from borderflow.engine.passing import admitted, cross, give_up
from borderflow.engine.queue import (
    capacity,
    drop_node,
    fill,
    join,
    join_again,
    link_rate,
    serve,
    waiting,
)


@compiled
def pass_queue(
    w: Any,
    m: Any,
    s: Any,
    f: Any,
    process: int,
    admit: int,
    t: int,
    link: int,
    side: int,
    budget: float,
) -> float:
    """Serve one queue with `budget` people of service: refuse, or let on to the next stage."""
    if budget <= 0.0 or s.queue_head[link, side] < 0:
        return 0.0
    through = s.scratch[5]
    served = serve(w, m, s, f, process, t, link, side, budget, through)
    for i in range(s.touched[0]):
        cell = s.touched[1 + i]
        n = through[cell]
        through[cell] = 0.0
        n = admitted(w, m, s, f, admit, t, link, side, cell, n)
        if n <= 0.0:
            continue
        if side == 0 and w.server[link, 1] >= 0:
            if admit < 100 or not join_again(w, s, f, link, cell, t, n):
                join(w, s, f, link, 1, cell, t, n)
        else:
            cross(w, s, f, t, link, cell, n)
    return served


@compiled
def pass_server(
    w: Any,
    m: Any,
    s: Any,
    f: Any,
    process: int,
    admit: int,
    t: int,
    server: int,
    total: float,
    whole: float,
) -> float:
    """Share `total` people of service among the queues of a checkpoint and serve them."""
    part = s.scratch[8]
    side = w.server_side[server]
    first = w.server_ptr[server]
    n = w.server_ptr[server + 1] - first
    served = 0.0
    if waiting(w, s, server) <= 0.0:
        return served
    fill(w, s, server, side, total, whole, part)
    for i in range(n):
        link = w.server_link[first + i]
        done = pass_queue(w, m, s, f, process, admit, t, link, side, part[i])
        s.scratch[10 + side][link] += done  # of what its lanes can serve in this step
        served += done
    if m.chance and w.flexible[server]:  # what whole parties left over goes to who still fits
        for i in range(n):
            link = w.server_link[first + i]
            if w.share[server, w.vehicle[link]] <= 0.0:
                continue
            if s.queue_head[link, side] >= 0 and total - served >= 1.0:
                served += pass_queue(
                    w, m, s, f, process + 100, admit + 100, t, link, side, total - served
                )
    return served


@compiled
def sure_share(w: Any, server: int) -> float:
    """Share of a checkpoint's service that those who join can count on, whatever their class."""
    least = 1.0
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        least = min(least, w.share[server, w.vehicle[w.server_link[j]]])
    return 1.0 if w.flexible[server] and least > 0.0 else float(least)


@compiled
def keep_carry(w: Any, m: Any, s: Any, server: int, rest: float) -> None:
    """Service begun on a party that did not fit into this step counts in the next one."""
    s.carry[server] = 0.0
    if m.chance and rest > 0.0 and waiting(w, s, server) > 0.0:
        s.carry[server] = min(rest, w.size.max())


@kept
def checkpoints(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Every checkpoint works: entry sides first, then exit sides, then entry sides again.

    An exit side lets on only as many as find room in the neutral zone, which the entry side
    empties while they come: so a slow entry side holds back the queue before the exit side.
    """
    n_servers = w.rate.size
    rest = s.scratch[9]
    s.scratch[10:12] = 0.0
    for server in range(n_servers):
        rest[server] = 0.0
        if w.server_side[server] == 1:
            total = capacity(w, m, s, t, server, False) + s.carry[server]
            done = pass_server(w, m, s, f, pr.SERVE_ENTRY, pr.ENTRY_ADMIT, t, server, total, total)
            rest[server] = total - done
    for server in range(n_servers):
        if w.server_side[server] == 0:
            total = capacity(w, m, s, t, server, False) + s.carry[server]
            behind = w.next_server[server]
            room = NEVER
            if behind >= 0 and w.room[behind] < NEVER:
                room = w.room[behind] - waiting(w, s, behind)
                slack = w.size.max() * (w.server_ptr[behind + 1] - w.server_ptr[behind])
                cleared = rest[behind] * sure_share(w, behind)
                room += max(0.0, cleared - (slack if m.chance else 0.0))
                room = max(0.0, room)
            done = pass_server(
                w, m, s, f, pr.SERVE_EXIT, pr.EXIT_ADMIT, t, server, min(total, room), total
            )
            keep_carry(w, m, s, server, total - done if total <= room else 0.0)
    for server in range(n_servers):
        if w.server_side[server] == 1:
            total = rest[server]
            whole = capacity(w, m, s, t, server, False) + s.carry[server]
            done = pass_server(
                w, m, s, f, pr.SERVE_ENTRY_AGAIN, pr.ENTRY_ADMIT_AGAIN, t, server, total, whole
            )
            keep_carry(w, m, s, server, total - done)


@kept
def renege(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """People before the exit side give up when the wait ahead of them outgrows their patience.

    Looked at once per news interval. The hazard is zero up to the cohort's patience and grows
    with what the wait still ahead exceeds it by.
    """
    if t % w.news_steps != 0:
        return
    dt = w.news_steps / w.spd
    width = w.dest_place.size + 2
    for link in range(w.tail.size):
        if s.queue_head[link, 0] < 0 or w.sched[link] >= 0:
            continue
        rate = link_rate(w, m, s, t, link, 0)
        least = NEVER
        for c in range(w.cls.size):
            least = min(least, w.patience[c])
        if rate > 0.0 and s.queue_people[link, 0] / rate <= least:
            continue
        node = s.queue_head[link, 0]
        previous = -1
        ahead = 0.0
        wait = 0.0
        bucket = -1
        while node >= 0:
            following = s.node_next[node]
            cell = s.node_cell[node]
            c = cell // width
            d = cell % width
            n = s.node_n[node]
            if s.node_step[node] != bucket:  # all of one bucket have the same wait ahead of them
                bucket = s.node_step[node]
                wait = ahead / rate if rate > 0.0 else NEVER
            ahead += n * w.size[c]
            excess = min(wait / w.patience[c] - 1.0, 10.0)
            if d == width - 2 or excess <= 0.0:
                previous = node
                node = following
                continue
            key = mix64(w.link_hash[link], mix64(w.cohort_hash[c], w.dest_hash[d]))
            gone = draw_binomial(
                m.chance,
                m.seed,
                pr.RENEGE,
                t,
                m.number,
                key,
                np.uint64(s.node_step[node] + 1),
                n,
                1.0 - math.exp(-m.renege_per_day * excess * dt),
            )
            if gone > 0.0:
                people = gone * w.size[c]
                s.queue_people[link, 0] = max(0.0, s.queue_people[link, 0] - people)
                if w.vehicle[link] != 3:
                    f.joined[s.node_step[node], w.server[link, 0]] -= people
                give_up(
                    w,
                    m,
                    s,
                    f,
                    pr.RENEGE_HOME,
                    pr.RENEGE_WHERE,
                    t,
                    w.tail[link],
                    c,
                    mix64(key, np.uint64(s.node_step[node] + 1)),
                    gone,
                )
                s.node_n[node] -= gone
            if s.node_n[node] <= 0.0:
                if previous < 0:
                    s.queue_head[link, 0] = following
                else:
                    s.node_next[previous] = following
                if s.queue_tail[link, 0] == node:
                    s.queue_tail[link, 0] = previous
                drop_node(s, node)
            else:
                previous = node
            node = following
        if s.queue_head[link, 0] < 0:
            s.queue_people[link, 0] = 0.0
