"""Searching the ways: cheapest costs, the ways near them with their weights, and hours to go.

From the costs of the links of one class, and from nothing at every news.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled, woven
from borderflow.engine.curves import exponential, logarithm
from borderflow.engine.lanes import LANES, blend, closer, lower

CUT = 8.0
"""A way that is this many scales dearer than the cheapest is left out: below 4e-4 of it."""

GRAINS = 16384.0
"""Grains of cost in an hour. Costs of links are whole grains, a fifth of a second each: so their
sums are exact in whatever order they are added, and equal ways are equal to the last bit."""

_TO_GRAINS = 1.5 * 2.0**52 / GRAINS  # added, it leaves whole grains

BEYOND = np.int32(2**30 - 1)
"""Grains from which on a place is out of reach: seven years, where a queue hardly moves. Two such
numbers can be added in 32 bits."""

PLACE_BITS = np.int64(20)
"""Bits for the number of a place in the numbers that are sorted."""


@woven
def whole_grains(cost: float) -> float:
    """Round a cost to whole grains."""
    return (cost + _TO_GRAINS) - _TO_GRAINS


@compiled
def open_hops(w: Any, s: Any, ptr: np.ndarray) -> None:
    """List the hops that have a cost, by the place where they begin.

    Into `ptr` the first out of each place; into the rows of `s.ahead` the hop and its two ends,
    into `s.ahead_cost` its cost in grains, into `s.ahead_many` what all its links weigh together.
    """
    n = 0
    ahead = s.ahead
    cost = s.hop_cost
    for p in range(w.place_hash.size):
        ptr[p] = n
        for h in range(w.hop_ptr[p], w.hop_ptr[p + 1]):
            if cost[h] < BEYOND / GRAINS:
                ahead[0, n] = h
                ahead[1, n] = p
                ahead[2, n] = w.hop_head[h]
                s.ahead_cost[n] = cost[h] * GRAINS
                s.ahead_many[n] = s.many[h]
                n += 1
    ptr[w.place_hash.size] = n


@compiled
def reach(w: Any, s: Any, ptr: np.ndarray) -> None:
    """Cost of the cheapest way from every place to every end.

    Lowers `s.near[place, end]`, in grains, which begins at 0 where the end is and at BEYOND
    elsewhere, for all ends at once: hop by hop, forwards and backwards over the places in the order
    of `sweep`, until nothing falls. A place is looked at again only when a cost behind it fell.
    """
    near = s.near
    due = s.due
    head = s.ahead[2]
    n = near.shape[0]
    due[:] = True
    forwards = False
    changed = True
    while changed:
        changed = False
        forwards = not forwards
        for i in range(n):
            p = w.sweep[i] if forwards else w.sweep[n - 1 - i]
            if not due[p]:
                continue
            due[p] = False
            if lower(near, p, head, s.ahead_cost, ptr[p], ptr[p + 1]):
                changed = True
                for j in range(w.into_ptr[p], w.into_ptr[p + 1]):
                    due[w.into_place[j]] = True


@compiled
def find_ways(s: Any, ptr: np.ndarray, least: np.int32) -> None:
    """Tell which hops bring one closer to an end and cost little more than the cheapest way.

    Leaves of the hops listed those that do so for some end, and into `s.on_way` for each of them a
    bit for every end, in words of 32 ends. Into `s.inner` the same for the places where they end.
    `least` is minus what a hop may add to the cheapest way, in grains.
    """
    near = s.near
    ahead = s.ahead
    cost = s.ahead_cost
    words = s.on_way.shape[1]
    s.inner[:] = 0
    kept = 0
    for p in range(near.shape[0]):
        begin = ptr[p]
        ptr[p] = kept
        for a in range(begin, ptr[p + 1]):
            q = ahead[2, a]
            some = 0
            for word in range(words):
                found = closer(near, p, q, LANES * word, cost[a], least, BEYOND)
                s.on_way[kept, word] = found
                s.inner[q, word] |= found
                some |= found
            if some != 0:
                for i in range(3):
                    ahead[i, kept] = ahead[i, a]
                cost[kept] = cost[a]
                s.ahead_many[kept] = s.ahead_many[a]
                kept += 1
    ptr[near.shape[0]] = kept


@compiled
def weigh_hops(s: Any, ptr: np.ndarray, ends: int, least: np.int32, to_unit: float) -> None:
    """Likelihood of every hop on some way, for all ends at once, into `s.likely[hop, end]`.

    exp(-grains that the hop adds to the cheapest way * to_unit) for its links together; 0 where
    the hop is not on the way, which is asked again here: bits would keep ends from being taken
    several at once.
    """
    near = s.near
    head = s.ahead[2]
    for p in range(near.shape[0]):
        here = near[p]
        for a in range(ptr[p], ptr[p + 1]):
            there = near[head[a]]
            step = s.ahead_cost[a]
            many = s.ahead_many[a]
            row = s.likely[a]
            for d in range(ends):
                x, y = here[d], there[d]
                more = np.int32(x - y - step)
                on = (y < x) & (more > least) & (x < BEYOND)
                row[d] = exponential(more * to_unit if on else 0.0) * many if on else 0.0


@compiled
def order_inner(s: Any, d: int) -> np.ndarray:
    """Places between others on the ways to an end, by growing cost.

    Sorted into bins first, then by insertion, as whole numbers: the cost in grains, then the place.
    """
    near = s.near
    key = s.spare
    order: np.ndarray = s.order
    begin = s.bin
    n = 0
    most = np.int64(0)
    for p in range(near.shape[0]):
        inside = (s.inner[p, d // 32] >> (d % 32)) & 1
        key[n] = (np.int64(near[p, d]) << PLACE_BITS) | p
        most = max(most, key[n]) if inside > 0 else most
        n += inside
    to_bin = np.int64(0)
    while most >> to_bin > begin.size - 2:
        to_bin += 1
    begin[:] = 0
    for i in range(n):
        begin[(key[i] >> to_bin) + 1] += 1
    for i in range(1, begin.size):
        begin[i] += begin[i - 1]
    for i in range(n):
        b = key[i] >> to_bin
        order[begin[b]] = key[i]
        begin[b] += 1
    for i in range(1, n):
        here = order[i]
        j = i - 1
        while j >= 0 and order[j] > here:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = here
    for i in range(n):
        order[i] &= (np.int64(1) << PLACE_BITS) - 1
    return order[:n]


@compiled
def weigh_places(
    s: Any,
    ptr: np.ndarray,
    ends: int,
    with_hours: bool,
    hop_hours: np.ndarray,
    hours: np.ndarray,
) -> None:
    """Weigh all places for all ends, into `s.weight[place, end]`, the cheapest way being 1.

    As in Dial (1971) with weights, over hops that bring one closer: the weight of a place is the
    sum over its hops of likelihood times the weight of the far end. The places between others
    first, end by end, by growing cost; then all at once. If asked, also the expected hours, the
    mean over the ways taken: from those of the hops, into `hours[place, end]`.
    What stands behind the last end in a row is left over from others and never read.
    """
    near = s.near
    head = s.ahead[2]
    weight = s.weight
    weight[:] = 1.0
    own = s.end_weight
    far = s.end_hours
    for d in range(ends):
        order = order_inner(s, d)
        own[:] = 1.0
        far[:] = 0.0
        for i in range(order.size):
            p = order[i]
            total = 0.0
            to_go = 0.0
            if with_hours:
                for a in range(ptr[p], ptr[p + 1]):
                    q = head[a]
                    part = s.likely[a, d] * own[q]
                    total += part
                    to_go += part * (hop_hours[s.ahead[0, a]] + far[q])
            else:
                for a in range(ptr[p], ptr[p + 1]):
                    total += s.likely[a, d] * own[head[a]]
            own[p] = total if total > 0.0 else 1.0
            weight[p, d] = own[p]
            if with_hours:
                far[p] = to_go / own[p]
        if with_hours:
            for p in range(near.shape[0]):
                hours[p, d] = far[p]
    total = s.row
    for p in range(near.shape[0]):
        if not with_hours:
            blend(s.likely, weight, head, ptr[p], ptr[p + 1], p)
            continue
        here = weight[p]
        to_end = hours[p]
        total[:] = 0.0
        to_end[:] = 0.0
        for a in range(ptr[p], ptr[p + 1]):
            there = weight[head[a]]
            beyond = hours[head[a]]
            hop = hop_hours[s.ahead[0, a]]
            row = s.likely[a]
            for d in range(ends):
                part = row[d] * there[d]
                total[d] += part
                to_end[d] += part * (hop + beyond[d])
        for d in range(ends):
            here[d] = total[d] if total[d] > 0.0 else 1.0
            to_end[d] = to_end[d] / here[d] if near[p, d] < BEYOND else NEVER


@compiled
def settle(m: Any, s: Any, k: int, ptr: np.ndarray, ends: int, first: int) -> None:
    """Perceived costs where the ways are known: cheapest - scale * log(weight).

    Into the columns of `s.cost[k]` from `first`, the first end looked for, on. What one needs to
    take these ways is kept in `s.hops` and `s.is_way`.
    """
    near = s.near
    scale = m.way_scale
    for p in range(near.shape[0]):
        least = near[p]
        together = s.weight[p]
        row = s.cost[k, p, first : first + ends]
        for d in range(ends):
            x = least[d] / GRAINS - scale * logarithm(together[d])
            row[d] = x if least[d] < BEYOND else NEVER
    is_way = s.is_way[k]
    is_way[:] = 0
    for a in range(ptr[near.shape[0]]):
        h = s.ahead[0, a]
        s.hops[k, h] = s.ahead_cost[a] / GRAINS - scale * logarithm(s.ahead_many[a])
        for word in range(first // 32, is_way.shape[0]):
            is_way[word, h] = s.on_way[a, word - first // 32] << (first % 32)


@compiled
def search(w: Any, m: Any, s: Any, k: int, with_hours: bool) -> None:
    """Perceived costs of class `k` from the costs of its hops; expected hours where they are asked.

    Ordinary travellers only look for the way home.
    """
    home = w.dest_place.size
    moves = w.class_moves[k]
    near = s.near
    ends = s.cost.shape[2] if moves else 1
    ptr = np.empty(w.place_hash.size + 1, np.int64)
    open_hops(w, s, ptr)
    near[:] = BEYOND
    first = 0 if moves else home
    for d in range(first, home):
        near[w.dest_place[d], d] = 0
    for p in range(near.shape[0]):
        if w.is_home[p]:
            near[p, home - first] = 0
    reach(w, s, ptr)
    least = np.int32(math.floor(-CUT * m.way_scale * GRAINS))
    find_ways(s, ptr, least)
    weigh_hops(s, ptr, ends, least, 1.0 / (m.way_scale * GRAINS))
    hop_hours = np.zeros(w.hop_head.size)
    if with_hours and moves:
        for j in range(w.out_link.size):
            hop_hours[w.out_hop[j]] += s.factor[k, j] * s.link_hours[w.out_link[j]]
    weigh_places(s, ptr, ends, with_hours and moves, hop_hours, s.hours[k])
    settle(m, s, k, ptr, ends, first)
