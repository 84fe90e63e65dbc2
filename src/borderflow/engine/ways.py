"""Searching the ways: cheapest costs, the ways near them with their weights, and hours to go.

From the costs of the links of one class, and from nothing at every news.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled, woven
from borderflow.engine.curves import exponential, logarithm

CUT = 8.0
"""A way that is this many scales dearer than the cheapest is left out: below 4e-4 of it."""

GRAINS = 65536.0
"""Grains of cost in an hour. Costs of links are whole grains, a twentieth of a second each: so
their sums are exact in whatever order they are added, and equal ways are equal to the last bit."""

_TO_GRAINS = 1.5 * 2.0**52 / GRAINS  # added, it leaves whole grains

FARTHEST = 2.0**26
"""Hours from which on a place is out of reach: thousands of years, where a queue hardly moves."""

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
    into `s.ahead_cost` its cost, into `s.ahead_many` what all its links weigh together.
    """
    n = 0
    ahead = s.ahead
    cost = s.hop_cost
    for p in range(w.place_hash.size):
        ptr[p] = n
        for h in range(w.hop_ptr[p], w.hop_ptr[p + 1]):
            if cost[h] < NEVER:
                ahead[0, n] = h
                ahead[1, n] = p
                ahead[2, n] = w.hop_head[h]
                s.ahead_cost[n] = cost[h]
                s.ahead_many[n] = s.many[h]
                n += 1
    ptr[w.place_hash.size] = n


@compiled
def reach(w: Any, s: Any, ptr: np.ndarray, near: np.ndarray) -> None:
    """Cost of the cheapest way from every place to every end.

    Lowers `near[place, end]`, which begins at 0 where the end is and at NEVER elsewhere, for all
    ends at once: hop by hop, forwards and backwards over the places in the order of `sweep`,
    until nothing falls. A place is looked at again only when a cost behind it fell.
    """
    due = s.due
    head = s.ahead[2]
    cost = s.ahead_cost
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
            begin = ptr[p]
            end = ptr[p + 1]
            here = near[p]
            better = False
            for a in range(begin, end, 4):  # four at once; the last one again where there are fewer
                b, c, d = min(a + 1, end - 1), min(a + 2, end - 1), min(a + 3, end - 1)
                there, by, cy, dy = near[head[a]], near[head[b]], near[head[c]], near[head[d]]
                step, bs, cs, ds = cost[a], cost[b], cost[c], cost[d]
                for e in range(here.size):
                    x = step + there[e]
                    y = bs + by[e]
                    x = y if y < x else x
                    y = cs + cy[e]
                    x = y if y < x else x
                    y = ds + dy[e]
                    x = y if y < x else x
                    least = here[e]
                    better |= x < least
                    here[e] = x if x < least else least
            if better:
                changed = True
                for j in range(w.into_ptr[p], w.into_ptr[p + 1]):
                    due[w.into_place[j]] = True


@compiled
def find_ways(s: Any, ptr: np.ndarray, near: np.ndarray, least: float) -> None:
    """Tell which hops bring one closer to an end and cost little more than the cheapest way.

    Leaves of the hops listed those that do so for some end, and into `s.on_way` for each of them a
    bit for every end, in words of 32 ends. Into `s.inner` the same for the places where they end.
    `least` is minus what a hop may add to the cheapest way.
    """
    ahead = s.ahead
    cost = s.ahead_cost
    words = s.on_way.shape[1]
    s.inner[:] = 0
    kept = 0
    for p in range(near.shape[0]):
        here = near[p]
        begin = ptr[p]
        ptr[p] = kept
        for a in range(begin, ptr[p + 1]):
            there = near[ahead[2, a]]
            step = cost[a]
            some = 0
            for word in range(words):
                low = 32 * word
                found = 0
                for d in range(min(32, near.shape[1] - low)):
                    x, y = here[low + d], there[low + d]
                    closer = (y < x) & (x - y - step > least) & (x < NEVER)
                    found |= (1 << d) if closer else 0
                s.on_way[kept, word] = found
                s.inner[ahead[2, a], word] |= found
                some |= found
            if some != 0:
                for i in range(3):
                    ahead[i, kept] = ahead[i, a]
                cost[kept] = cost[a]
                s.ahead_many[kept] = s.ahead_many[a]
                kept += 1
    ptr[near.shape[0]] = kept


@compiled
def weigh_hops(s: Any, ptr: np.ndarray, near: np.ndarray, least: float, to_unit: float) -> None:
    """Likelihood of every hop on some way, for all ends at once, into `s.likely[hop, end]`.

    exp(-what the hop adds to the cheapest way / scale) for the links of the hop together; 0 where
    the hop is not on the way, which is asked again here: bits would keep ends from being taken
    several at once.
    """
    head = s.ahead[2]
    for p in range(near.shape[0]):
        here = near[p]
        for a in range(ptr[p], ptr[p + 1]):
            there = near[head[a]]
            step = s.ahead_cost[a]
            many = s.ahead_many[a]
            row = s.likely[a]
            for d in range(here.size):
                x, y = here[d], there[d]
                more = x - y - step
                on = (y < x) & (more > least) & (x < NEVER)
                row[d] = exponential(more * to_unit if on else 0.0) * many if on else 0.0


@compiled
def order_inner(s: Any, near: np.ndarray, d: int) -> np.ndarray:
    """Places between others on the ways to an end, by growing cost.

    Sorted into bins first, then by insertion, as whole numbers: the cost in grains, then the place.
    """
    key = s.spare
    order: np.ndarray = s.order
    begin = s.bin
    n = 0
    most = np.int64(0)
    for p in range(near.shape[0]):
        inside = (s.inner[p, d // 32] >> (d % 32)) & 1
        key[n] = (np.int64(near[p, d] * GRAINS) << PLACE_BITS) | p
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
    near: np.ndarray,
    weight: np.ndarray,
    with_hours: bool,
    hop_hours: np.ndarray,
    hours: np.ndarray,
) -> None:
    """Weigh all places for all ends, into `weight[place, end]`, the cheapest way being 1.

    As in Dial (1971) with weights, over hops that bring one closer: the weight of a place is the
    sum over its hops of likelihood times the weight of the far end. The places between others
    first, end by end, by growing cost; then all at once. If asked, also the expected hours, the
    mean over the ways taken: from those of the hops, into `hours[place, end]`.
    """
    head = s.ahead[2]
    weight[:] = 1.0
    own = s.end_weight
    far = s.end_hours
    for d in range(near.shape[1]):
        order = order_inner(s, near, d)
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
        here = weight[p]
        total[:] = 0.0
        if with_hours:
            to_end = hours[p]
            to_end[:] = 0.0
            for a in range(ptr[p], ptr[p + 1]):
                there = weight[head[a]]
                beyond = hours[head[a]]
                hop = hop_hours[s.ahead[0, a]]
                row = s.likely[a]
                for d in range(here.size):
                    part = row[d] * there[d]
                    total[d] += part
                    to_end[d] += part * (hop + beyond[d])
        else:
            for a in range(ptr[p], ptr[p + 1]):
                there = weight[head[a]]
                row = s.likely[a]
                for d in range(here.size):
                    total[d] += row[d] * there[d]
        for d in range(here.size):
            here[d] = total[d] if total[d] > 0.0 else 1.0
        if with_hours:
            for d in range(here.size):
                hours[p, d] = hours[p, d] / here[d] if near[p, d] < NEVER else NEVER


@compiled
def settle(
    m: Any, s: Any, k: int, ptr: np.ndarray, near: np.ndarray, weight: np.ndarray, first: int
) -> None:
    """Perceived costs where the ways are known: cheapest - scale * log(weight).

    Into the columns of `s.cost[k]` from `first`, the first end looked for, on. What one needs to
    take these ways is kept in `s.hops` and `s.is_way`.
    """
    scale = m.way_scale
    for p in range(near.shape[0]):
        least = near[p]
        together = weight[p]
        row = s.cost[k, p, first : first + least.size]
        for d in range(least.size):
            x = least[d] - scale * logarithm(together[d])
            row[d] = x if least[d] < NEVER else NEVER
    is_way = s.is_way[k]
    is_way[:] = 0
    for a in range(ptr[near.shape[0]]):
        h = s.ahead[0, a]
        s.hops[k, h] = s.ahead_cost[a] - scale * logarithm(s.ahead_many[a])
        for word in range(first // 32, is_way.shape[0]):
            is_way[word, h] = s.on_way[a, word - first // 32] << (first % 32)


@compiled
def search(w: Any, m: Any, s: Any, k: int, with_hours: bool) -> None:
    """Perceived costs of class `k` from the costs of its hops; expected hours where they are asked.

    Ordinary travellers only look for the way home.
    """
    home = w.dest_place.size
    moves = w.class_moves[k]
    near = s.near if moves else s.near_home
    weight = s.weight if moves else s.weight_home
    ptr = np.empty(w.place_hash.size + 1, np.int64)
    open_hops(w, s, ptr)
    near[:] = NEVER
    first = 0 if moves else home
    for d in range(first, home):
        near[w.dest_place[d], d] = 0.0
    for p in range(near.shape[0]):
        if w.is_home[p]:
            near[p, home - first] = 0.0
    reach(w, s, ptr, near)
    for p in range(near.shape[0]):
        row = near[p]
        for d in range(row.size):
            row[d] = row[d] if row[d] < FARTHEST else NEVER
    find_ways(s, ptr, near, -CUT * m.way_scale)
    weigh_hops(s, ptr, near, -CUT * m.way_scale, 1.0 / m.way_scale)
    hop_hours = np.zeros(w.hop_head.size)
    if with_hours and moves:
        for j in range(w.out_link.size):
            hop_hours[w.out_hop[j]] += s.factor[k, j] * s.link_hours[w.out_link[j]]
    weigh_places(s, ptr, near, weight, with_hours and moves, hop_hours, s.hours[k])
    settle(m, s, k, ptr, near, weight, first)
