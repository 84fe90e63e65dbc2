"""Waiting: lists of people in queues, booked or on the road, and servers that work them off.

A queue is a list of *buckets*, one per step of joining; a bucket is a run of nodes, one per cell
(cohort, destination). People of one bucket are exchangeable: where only a part of it can be
served, who passes is drawn by conditional hypergeometrics, so that the count process is exactly
the law of the agents.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled
from borderflow.engine.draws import Word, draw_hypergeometric, mix64

CROWDED = 0.8 + 1e-9
"""Share of the room of a neutral zone above which it is crowded. The little more keeps a rounding
error from deciding where four fifths are taken exactly."""


@compiled
def new_node(s: Any, cell: int, at: int, t: int, n: float) -> int:
    """Take a node from the free list; -1 (and the pool marked as too small) if none is left."""
    node = s.free[0]
    if node < 0:
        s.free[1] = 1
        return -1
    s.free[0] = s.node_next[node]
    s.node_cell[node] = cell
    s.node_at[node] = at
    s.node_step[node] = t
    s.node_n[node] = n
    s.node_next[node] = -1
    return int(node)


@compiled
def drop_node(s: Any, node: int) -> None:
    """Give a node back."""
    s.node_next[node] = s.free[0]
    s.free[0] = node


@compiled
def travel(s: Any, cell: int, place: int, step: int, n: float) -> None:
    """Put `n` parties on the road: they are at `place` in `step`."""
    slot = step % s.ring_head.size
    node = new_node(s, cell, place, step, n)
    if node >= 0:
        s.node_next[node] = s.ring_head[slot]
        s.ring_head[slot] = node


@compiled
def join(w: Any, s: Any, f: Any, link: int, side: int, cell: int, t: int, n: float) -> None:
    """Append `n` parties to a queue; the cells of one bucket must be different."""
    node = new_node(s, cell, link, t, n)
    if node < 0:
        return
    if s.queue_head[link, side] < 0:
        s.queue_head[link, side] = node
    else:
        s.node_next[s.queue_tail[link, side]] = node
    s.queue_tail[link, side] = node
    people = n * w.size[cell // (w.dest_place.size + 2)]
    s.queue_people[link, side] += people
    if w.vehicle[link] != 3:
        f.joined[t, w.server[link, side]] += people


@compiled
def join_again(w: Any, s: Any, f: Any, link: int, cell: int, t: int, n: float) -> bool:
    """Add `n` parties to those of their cell who joined the entry side in this step, if any did.

    A second node of one cell in one bucket would share the address of its draws.
    """
    node = s.queue_head[link, 1]
    while node >= 0 and (s.node_step[node] != t or s.node_cell[node] != cell):
        node = s.node_next[node]
    if node < 0:
        return False
    people = n * w.size[cell // (w.dest_place.size + 2)]
    s.node_n[node] += n
    s.queue_people[link, 1] += people
    if w.vehicle[link] != 3:
        f.joined[t, w.server[link, 1]] += people
    return True


@compiled
def capacity(w: Any, m: Any, s: Any, t: int, server: int, mean: bool) -> float:
    """People that a checkpoint can serve in step `t` (or in a step of an average day)."""
    e = w.epoch[t]
    usual = m.ordinary_staff[server]
    rate = m.rate[server] * (usual + (1.0 - usual) * s.called[server])
    rate = min(rate * m.rate_factor[e, server], m.rate_cap[e, server])
    hours = 24.0 / w.spd
    if mean:
        return float(rate * hours * w.open_share[server].mean())
    return float(rate * hours * w.open_share[server, t % w.spd])


@compiled
def waiting(w: Any, s: Any, server: int) -> float:
    """People in all queues of a checkpoint."""
    side = w.server_side[server]
    people = 0.0
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        people += s.queue_people[w.server_link[j], side]
    return people


@compiled
def call_in(w: Any, m: Any, s: Any, t: int) -> None:
    """Officers come while a queue outlasts one news interval or fills its room, and go after it."""
    hours = w.news_steps * 24.0 / w.spd
    part = 1.0 - math.exp(-hours / m.staffing_hours)
    for server in range(w.rate.size):
        if m.ordinary_staff[server] >= 1.0:
            continue
        most = min(capacity(w, m, s, t, server, True) * w.news_steps, CROWDED * w.room[server])
        busy = 1.0 if waiting(w, s, server) > most else 0.0
        s.called[server] += part * (busy - s.called[server])


@compiled
def lane(w: Any, s: Any, server: int, side: int, link: int) -> float:
    """Lane share of a link at its checkpoint; links of one class share it by their queues."""
    v = w.vehicle[link]
    total = 0.0
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        other = w.server_link[j]
        if w.vehicle[other] == v:
            total += s.queue_people[other, side]
    if total <= 0.0:
        return float(w.share[server, v])
    return float(w.share[server, v] * s.queue_people[link, side] / total)


@compiled
def line(w: Any, s: Any, link: int, side: int) -> float:
    """People of one class of vehicle who wait at the checkpoint of a link, from wherever.

    Their queues share the lanes by how long they are, so that all of them wait for as long, and so
    does who comes by a road on which nobody stands.
    """
    server = w.server[link, side]
    people = 0.0
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        other = w.server_link[j]
        if w.vehicle[other] == w.vehicle[link]:
            people += s.queue_people[other, side]
    return people


@compiled
def lane_rate(w: Any, m: Any, s: Any, t: int, link: int, side: int) -> float:
    """People per hour that a line can count on over an average day, from its own checkpoint."""
    server = w.server[link, side]
    own = w.share[server, w.vehicle[link]]
    if own <= 0.0:
        return 0.0
    busy = own
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        other = w.server_link[j]
        waits = s.queue_people[other, side] > 1e-9  # more than a rounding error
        if waits and w.vehicle[other] != w.vehicle[link]:
            busy += lane(w, s, server, side, other)
    part = own / busy if w.flexible[server] else own
    return float(part * capacity(w, m, s, t, server, True) * w.spd / 24.0)


@compiled
def line_rate(w: Any, m: Any, s: Any, t: int, link: int, side: int) -> float:
    """People per hour that a line can count on, a full neutral zone behind it included."""
    rate = lane_rate(w, m, s, t, link, side)
    behind = w.server[link, 1]
    if side == 0 and behind >= 0 and w.room[behind] < NEVER:
        waiting = 0.0
        for j in range(w.server_ptr[behind], w.server_ptr[behind + 1]):
            waiting += s.queue_people[w.server_link[j], 1]
        if waiting > CROWDED * w.room[behind]:
            rate = min(rate, lane_rate(w, m, s, t, link, 1))
    return rate


@compiled
def link_rate(w: Any, m: Any, s: Any, t: int, link: int, side: int) -> float:
    """People per hour that one of the queues of a line can count on."""
    rate = line_rate(w, m, s, t, link, side)
    people = line(w, s, link, side)
    return rate * float(s.queue_people[link, side]) / people if people > 0.0 else rate


@compiled
def lane_left(w: Any, s: Any, server: int, side: int, link: int, whole: float) -> float:
    """Service that a queue's own lanes have left in this step, of `whole` in all."""
    queued = 0.0
    own = w.share[server, w.vehicle[link]] * whole
    for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
        other = w.server_link[j]
        if w.vehicle[other] == w.vehicle[link]:
            queued += s.queue_people[other, side]
            own -= s.scratch[10 + side][other]
    return max(0.0, own) * s.queue_people[link, side] / queued if queued > 0.0 else 0.0


@compiled
def fill(
    w: Any, s: Any, server: int, side: int, total: float, whole: float, out: np.ndarray
) -> None:
    """Share `total` people of service among the queues of a checkpoint, into `out`.

    Every queue first gets its lanes' share; where lanes are flexible, what some cannot use goes
    to the others in proportion. `whole` is the service of the full step, of which lanes that
    are not flexible get at most their share.
    """
    first = w.server_ptr[server]
    n = w.server_ptr[server + 1] - first
    for i in range(n):
        out[i] = 0.0
    left = total
    while True:  # a queue may want a last bit that a sum was rounded by: it is asked once more
        weight = 0.0
        for i in range(n):
            link = w.server_link[first + i]
            if s.queue_people[link, side] > out[i]:
                weight += lane(w, s, server, side, link)
        if weight <= 0.0 or left <= 1e-12:
            return
        if not w.flexible[server]:
            for i in range(n):
                link = w.server_link[first + i]
                most = min(lane_left(w, s, server, side, link, whole), left)
                out[i] = min(s.queue_people[link, side], most)
                left -= out[i]
            return
        given = 0.0
        for i in range(n):
            link = w.server_link[first + i]
            want = s.queue_people[link, side] - out[i]
            if want > 0.0:
                add = min(want, left * lane(w, s, server, side, link) / weight)
                out[i] += add
                given += add
        left -= given
        if given <= 1e-12:
            return


@compiled
def part_of_bucket(
    w: Any,
    m: Any,
    s: Any,
    process: int,
    t: int,
    thing: Word,
    first: int,
    last: int,
    budget: float,
    people: float,
    taken: np.ndarray,
) -> float:
    """Draw who of one bucket is served when only `budget` of its `people` can be.

    Parties of each size get their share of the service in whole parties (what is left over goes
    to the sizes that still fit, the largest first); within a size everybody has the same chance.

    Parameters
    ----------
    first, last : int
        First node of the bucket, and the node after its last one.
    taken : array
        Result: parties served of each node, in the order of the list.

    Returns
    -------
    float
        People served: never more than `budget`.
    """
    width = w.dest_place.size + 2
    largest = int(w.size.max())
    count = np.zeros(largest + 1)
    serve = np.zeros(largest + 1)
    node = first
    while node != last:
        count[int(w.size[s.node_cell[node] // width])] += s.node_n[node]
        node = s.node_next[node]
    served = 0.0
    for size in range(1, largest + 1):
        share = budget * count[size] / people
        serve[size] = math.floor(share + 1e-9) if m.chance else share
        served += serve[size] * size
    if m.chance:
        for size in range(largest, 0, -1):
            more = min(math.floor((budget - served) / size + 1e-9), count[size] - serve[size])
            if more > 0.0:
                serve[size] += more
                served += more * size
    node = first
    i = 0
    while node != last:
        cell = s.node_cell[node]
        c = cell // width
        size = int(w.size[c])
        n = s.node_n[node]
        rest = count[size] - n
        key = mix64(thing, mix64(w.cohort_hash[c], w.dest_hash[cell % width]))
        taken[i] = 0.0
        if n > 0.0 and serve[size] > 0.0:
            taken[i] = draw_hypergeometric(
                m.chance,
                m.seed,
                process,
                t,
                m.number,
                key,
                np.uint64(s.node_step[node]),
                n,
                rest,
                serve[size],
            )
        serve[size] -= taken[i]
        count[size] = rest
        node = s.node_next[node]
        i += 1
    return served


@compiled
def touch(s: Any, cell: int, n: float, out: np.ndarray) -> None:
    """Add `n` to a cell of `out`, and the cell to the list of those that are not empty."""
    if n <= 0.0:
        return
    if out[cell] <= 0.0:
        i = s.touched[0]
        while i > 0 and s.touched[i] > cell:
            s.touched[i + 1] = s.touched[i]
            i -= 1
        s.touched[i + 1] = cell
        s.touched[0] += 1
    out[cell] += n


@compiled
def serve(
    w: Any,
    m: Any,
    s: Any,
    f: Any,
    process: int,
    t: int,
    link: int,
    side: int,
    budget: float,
    out: np.ndarray,
) -> float:
    """Take up to `budget` people off the front of a queue; add them up by cell into `out`.

    The cells are listed in `touched` (their number first), in growing order.

    Returns
    -------
    float
        People served: never more than `budget`.
    """
    width = w.dest_place.size + 2
    taken = s.scratch[6]
    left = budget
    total = 0.0
    s.touched[0] = 0
    while s.queue_head[link, side] >= 0 and left > 0.0:
        first = s.queue_head[link, side]
        joined = s.node_step[first]
        people = 0.0
        last = first
        while last >= 0 and s.node_step[last] == joined:
            people += s.node_n[last] * w.size[s.node_cell[last] // width]
            last = s.node_next[last]
        if people <= left or (not m.chance and people <= left * (1.0 + 1e-12)):
            node = first
            while node != last:
                touch(s, s.node_cell[node], s.node_n[node], out)
                following = s.node_next[node]
                drop_node(s, node)
                node = following
            s.queue_head[link, side] = last
            left -= people
            total += people
            continue
        key = w.link_hash[link]
        served = part_of_bucket(w, m, s, process, t, key, first, last, left, people, taken)
        node = first
        previous = -1
        i = 0
        while node != last:
            following = s.node_next[node]
            touch(s, s.node_cell[node], taken[i], out)
            s.node_n[node] -= taken[i]
            if s.node_n[node] <= 0.0:
                if previous < 0:
                    s.queue_head[link, side] = following
                else:
                    s.node_next[previous] = following
                if s.queue_tail[link, side] == node:
                    s.queue_tail[link, side] = previous
                drop_node(s, node)
            else:
                previous = node
            node = following
            i += 1
        total += served
        break
    if s.queue_head[link, side] < 0:
        s.queue_tail[link, side] = -1
    s.queue_people[link, side] = max(0.0, s.queue_people[link, side] - total)
    if s.queue_head[link, side] < 0:
        s.queue_people[link, side] = 0.0
    if w.vehicle[link] != 3:
        f.passed[t, w.server[link, side]] += total
    return total
