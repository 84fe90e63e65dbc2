"""Searching the ways: cheapest costs, the ways near them with their weights, and hours to go.

From the costs of the links of one class, and from nothing at every news.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled, woven
from borderflow.engine.curves import logarithm
from borderflow.engine.lanes import LANES, across, below, blend, closer, likelihoods, lower, lowest

CUT = 8.0
"""A way that is this many scales dearer than the cheapest is left out: below 4e-4 of it."""

GRAINS = 16384.0
"""Grains of cost in an hour. Costs of links are whole grains, a fifth of a second each: so their
sums are exact in whatever order they are added, and equal ways are equal to the last bit."""

_TO_GRAINS = 1.5 * 2.0**52 / GRAINS  # added, it leaves whole grains

BEYOND = np.int32(2**30 - 1)
"""Grains from which on a place is out of reach: seven years, where a queue hardly moves. Two such
numbers can be added in 32 bits."""

FORESEEN = 4
"""Hops out of a place that are taken without asking whether there are so many."""


@woven
def whole_grains(cost: float) -> float:
    """Round a cost to whole grains."""
    return (cost + _TO_GRAINS) - _TO_GRAINS


@compiled
def open_hops(w: Any, s: Any, ptr: np.ndarray) -> None:
    """List the hops that have a cost, by the place where they begin.

    Into `ptr` the first out of each place; into the rows of `s.ahead` the hop and where it ends,
    into `s.ahead_cost` its cost in grains, into `s.ahead_many` what all its links weigh together.
    """
    n = 0
    ahead = s.ahead
    cost = s.hop_cost
    for p in range(w.place_hash.size):
        ptr[p] = n
        for h in range(w.hop_ptr[p], w.hop_ptr[p + 1]):
            ahead[0, n] = h
            ahead[1, n] = w.hop_head[h]
            s.ahead_cost[n] = min(cost[h] * GRAINS, BEYOND)
            s.ahead_many[n] = s.many[h]
            n += s.ahead_cost[n] < BEYOND
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
    head = s.ahead[1]
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
    bit for every end, in words of 32 ends. Into `s.inner` the same for the places where they end;
    into `s.leading` it turned over, for every place and end a bit for each of its first 32 hops.
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
            q = ahead[1, a]
            some = 0
            for word in range(words):
                found = closer(near, p, q, LANES * word, cost[a], least, BEYOND)
                s.on_way[kept, word] = found
                s.inner[q, word] |= found
                some |= found
            ahead[0, kept] = ahead[0, a]
            ahead[1, kept] = q
            cost[kept] = cost[a]
            s.ahead_many[kept] = s.ahead_many[a]
            kept += some != 0
        for word in range(words):
            across(s.on_way, word, ptr[p], min(kept, ptr[p] + LANES), p, s.leading)
    ptr[near.shape[0]] = kept


@compiled
def weigh_hops(s: Any, ptr: np.ndarray, to_unit: float) -> None:
    """Likelihood of every hop on some way, for all ends at once, into `s.likely[hop, end]`.

    exp(-grains that the hop adds to the cheapest way * to_unit) for its links together; 0 where
    the hop is not on the way. The row after the last hop is one that is on none.
    """
    near = s.near
    ahead = s.ahead[1], s.ahead_cost, s.ahead_many
    for p in range(near.shape[0]):
        likelihoods(near, p, ahead, s.on_way, ptr[p], ptr[p + 1], to_unit, s.likely)
    none = ptr[near.shape[0]]
    s.ahead[1, none] = 0
    s.likely[none] = 0.0


@compiled
def order_inner(s: Any, d: int) -> np.ndarray:
    """Places between others on the ways to an end, by growing cost.

    Every place is put where it belongs, behind as many as cost less. All are compared with all,
    many at once: that is quicker than to sort them as long as they are some hundreds.
    """
    near = s.near
    cost = s.inner_cost
    place = s.inner_place
    rank = s.rank
    ties = s.ties
    order: np.ndarray = s.order
    n = 0
    for p in range(near.shape[0]):
        cost[n] = near[p, d]
        place[n] = p
        n += (s.inner[p, d // 32] >> (d % 32)) & 1
    below(cost, n, rank)
    ties[:n] = 0
    for i in range(n):
        at = rank[i]
        order[at + ties[at]] = place[i]
        ties[at] += 1
    return order[:n]


@compiled
def hours_of_hops(w: Any, s: Any, k: int, ptr: np.ndarray) -> None:
    """Hours that the hops on some way take, the mean of their links, into `s.ahead_hours`."""
    for a in range(ptr[w.place_hash.size]):
        h = s.ahead[0, a]
        mean = 0.0
        for j in range(w.hop_link[h], w.hop_link[h + 1]):
            mean += s.factor[k, j] * s.link_hours[w.out_link[j]]
        s.ahead_hours[a] = mean


@woven
def add_hop(
    s: Any, a: int, d: int, with_hours: bool, total: float, to_go: float
) -> tuple[float, float]:
    """Add what a hop weighs on the ways to an end, and the hours by it times that, if asked."""
    q = s.ahead[1, a]
    part = s.likely[a, d] * s.end_weight[q]
    if with_hours:
        to_go += part * (s.ahead_hours[a] + s.end_hours[q])
    return total + part, to_go


@compiled
def weigh_end(s: Any, ptr: np.ndarray, d: int, with_hours: bool) -> np.ndarray:
    """Weigh the places between others on the ways to an end, into `s.end_weight`; gives them.

    If asked, also the expected hours from them, into `s.end_hours`. How many hops of a place lead
    to the end differs from place to place, which a processor cannot foresee: so the first
    `FORESEEN` are always taken, a hop that weighs nothing standing in where there are fewer.
    What is left over from other ends counts for nothing: the hops that lead there weigh nothing.
    """
    own = s.end_weight
    far = s.end_hours
    none = ptr[s.near.shape[0]]
    order = order_inner(s, d)
    for i in range(order.size):
        p = order[i]
        first = ptr[p]
        rest = s.leading[p, d]
        total = 0.0
        to_go = 0.0
        for _ in range(FORESEEN):
            a = first + lowest(rest) if rest else none
            rest &= rest - np.uint32(1)
            total, to_go = add_hop(s, a, d, with_hours, total, to_go)
        while rest:
            a = first + lowest(rest)
            rest &= rest - np.uint32(1)
            total, to_go = add_hop(s, a, d, with_hours, total, to_go)
        for a in range(first + LANES, ptr[p + 1]):  # those that have no bit
            total, to_go = add_hop(s, a, d, with_hours, total, to_go)
        own[p] = total if total > 0.0 else 1.0
        if with_hours:
            far[p] = to_go / own[p]
    return order


@compiled
def weigh_places(s: Any, ptr: np.ndarray, ends: int, with_hours: bool, hours: np.ndarray) -> None:
    """Weigh all places for all ends, into `s.weight[place, end]`, the cheapest way being 1.

    As in Dial (1971) with weights, over hops that bring one closer: the weight of a place is the
    sum over its hops of likelihood times the weight of the far end. The places between others
    first, end by end, by growing cost; then all at once. If asked, also the expected hours, the
    mean over the ways taken: from those of the hops, into `hours[place, end]`.
    """
    near = s.near
    head = s.ahead[1]
    weight = s.weight
    for d in range(ends):
        order = weigh_end(s, ptr, d, with_hours)
        for i in range(order.size):
            weight[order[i], d] = s.end_weight[order[i]]
            if with_hours:
                hours[order[i], d] = s.end_hours[order[i]]
    for p in range(near.shape[0]):
        blend(s.likely, weight, head, ptr[p], ptr[p + 1], p)
        if with_hours:
            mean_hours(s, ptr, p, ends, hours)


@compiled
def mean_hours(s: Any, ptr: np.ndarray, p: int, ends: int, hours: np.ndarray) -> None:
    """Expected hours from a place to all ends, from those of the places its hops lead to."""
    head = s.ahead[1]
    here = s.weight[p]
    to_end = hours[p]
    to_end[:] = 0.0
    for a in range(ptr[p], ptr[p + 1]):
        there = s.weight[head[a]]
        beyond = hours[head[a]]
        hop = s.ahead_hours[a]
        row = s.likely[a]
        for d in range(ends):
            to_end[d] += row[d] * there[d] * (hop + beyond[d])
    for d in range(ends):
        to_end[d] = to_end[d] / here[d] if s.near[p, d] < BEYOND else NEVER


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
    weigh_hops(s, ptr, 1.0 / (m.way_scale * GRAINS))
    if with_hours and moves:
        hours_of_hops(w, s, k, ptr)
    weigh_places(s, ptr, ends, with_hours and moves, s.hours[k])
    settle(m, s, k, ptr, ends, first)
