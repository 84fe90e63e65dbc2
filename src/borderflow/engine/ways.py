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
def open_hops(w: Any, s: Any, g: np.ndarray, ptr: np.ndarray) -> None:
    """List the hops that have a cost, by the place where they begin.

    Into `ptr` the first out of each place; into the rows of `s.ahead` the hop and its two ends,
    into `s.hop_cost` its cost.
    """
    n = 0
    ahead = s.ahead
    for p in range(w.place_hash.size):
        ptr[p] = n
        for h in range(w.hop_ptr[p], w.hop_ptr[p + 1]):
            if g[h] < NEVER:
                ahead[0, n] = h
                ahead[1, n] = p
                ahead[2, n] = w.hop_head[h]
                s.hop_cost[n] = g[h]
                n += 1
    ptr[w.place_hash.size] = n


@compiled
def reach(w: Any, s: Any, ptr: np.ndarray, near: np.ndarray) -> None:
    """Cost of the cheapest way from every place to every end.

    Lowers `near[place, end]`, which begins at 0 where the end is and at NEVER elsewhere, for all
    ends at once: hop by hop, forwards and backwards over the places in the order of `sweep`,
    until nothing falls. A place is looked at again only when a cost behind it fell.
    """
    fell = s.fell
    seen = s.seen
    head = s.ahead[2]
    cost = s.hop_cost
    n = near.shape[0]
    best = np.empty(near.shape[1])
    fell[:] = 1
    seen[:] = 0
    now = 1
    forwards = False
    changed = True
    while changed:
        changed = False
        forwards = not forwards
        for i in range(n):
            p = w.sweep[i] if forwards else w.sweep[n - 1 - i]
            begin = ptr[p]
            end = ptr[p + 1]
            last = 0
            for a in range(begin, end):
                last = max(last, fell[head[a]])
            if last <= seen[p]:
                continue
            now += 1
            seen[p] = now
            here = near[p]
            for d in range(best.size):
                best[d] = here[d]
            for a in range(begin, end):
                there = near[head[a]]
                step = cost[a]
                for d in range(best.size):
                    x = step + there[d]
                    best[d] = x if x < best[d] else best[d]
            better = 0
            for d in range(best.size):
                better += int(best[d] < here[d])
                here[d] = best[d]
            if better > 0:
                fell[p] = now
                changed = True


@compiled
def find_ways(s: Any, ptr: np.ndarray, near: np.ndarray, least: float) -> None:
    """Tell which hops bring one closer to an end and cost little more than the cheapest way.

    Into `s.is_way`, for each hop a bit for every end, in words of 32 ends. `least` is minus what a
    hop may add to the cheapest way.
    """
    head = s.ahead[2]
    cost = s.hop_cost
    for word in range(s.is_way.shape[0]):
        low = 32 * word
        n = min(32, near.shape[1] - low)
        is_way = s.is_way[word]
        for p in range(near.shape[0]):
            for a in range(ptr[p], ptr[p + 1]):
                here = near[p]
                there = near[head[a]]
                step = cost[a]
                found = 0
                for d in range(n):
                    x, y = here[low + d], there[low + d]
                    closer = (y < x) & (x - y - step > least)
                    found |= (1 << d) if closer else 0
                is_way[a] = found


@compiled
def sort_places(near: np.ndarray, order: np.ndarray, begin: np.ndarray, bin_: np.ndarray) -> None:
    """Bring the places into the order of growing cost: into bins first, then by insertion.

    Parameters
    ----------
    near : array [place]
        Costs, in whole grains.
    order : array [place], int64
        Result: cost and place in one number, in growing order.
    begin, bin_ : arrays [bin], [place], int64
        Work space.
    """
    n = near.size
    most = 0.0
    for p in range(n):
        most = max(most, near[p] if near[p] < NEVER else 0.0)
    to_bin = (begin.size - 3) / (most + 1.0)
    begin[:] = 0
    for p in range(n):
        b = np.int64(near[p] * to_bin) if near[p] < NEVER else begin.size - 2
        bin_[p] = b
        begin[b + 1] += 1
    for b in range(1, begin.size):
        begin[b] += begin[b - 1]
    for p in range(n):
        b = bin_[p]
        order[begin[b]] = (np.int64(min(near[p], FARTHEST) * GRAINS) << PLACE_BITS) | p
        begin[b] += 1
    for i in range(1, n):
        key = order[i]
        j = i - 1
        while j >= 0 and order[j] > key:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = key


@compiled
def list_ways(s: Any, k: int, d: int, end: int, n_open: int, to_unit: float) -> int:
    """List the hops on the ways of class `k` to destination `d`; gives their number.

    Into `s.way_share` their likelihood: exp(-what a hop adds to the cheapest way / scale) for the
    links of the hop together. Into `s.way_head` where they end. `end` is the destination's column
    in `s.is_way`.
    """
    at = s.way_at[k, d]
    share = s.way_share[k, d]
    first = s.way_ptr[k, d]
    is_way = s.is_way[end // 32]
    bit = end % 32
    ways = np.int64(0)
    for a in range(n_open):
        at[ways] = a
        ways += (is_way[a] >> bit) & 1
    hop = s.ahead[0]
    tail = s.ahead[1]
    head = s.ahead[2]
    near = s.to_end
    first[:] = 0
    for q in range(ways):
        a = at[q]
        share[q] = (near[tail[a]] - s.hop_cost[a] - near[head[a]]) * to_unit
        first[tail[a] + np.uint32(1)] = q + 1
        s.way_head[q] = head[a]
        s.way_many[q] = s.many[hop[a]]
        at[q] = hop[a]
    for p in range(near.size):
        first[p + 1] = max(first[p], first[p + 1])
    for q in range(ways):
        share[q] = exponential(share[q]) * s.way_many[q]
    return int(ways)


@compiled
def soften(
    s: Any,
    k: int,
    d: int,
    end: int,
    n_open: int,
    to_unit: float,
    least: np.ndarray,
    together: np.ndarray,
) -> None:
    """Weigh the ways to destination `d` for class `k`.

    As in Dial (1971) with weights, over hops that bring one closer: the weight of a place is the
    sum over its hops of likelihood times the weight of the far end.

    Parameters
    ----------
    end : int
        Column of the destination in `s.is_way`.
    n_open : int
        Number of hops that can be taken.
    to_unit : float
        1 over the scale of the choice.
    least : array [place]
        Cost of the cheapest way.
    together : array [place]
        Result: weight of each place, the cheapest way being 1.
    """
    near = s.to_end
    weight = s.end_weight
    for p in range(near.size):
        near[p] = least[p]
        weight[p] = 1.0
    if list_ways(s, k, d, end, n_open, to_unit) > 0:
        order = s.order[k, d]
        share = s.way_share[k, d]
        first = s.way_ptr[k, d]
        head = s.way_head
        sort_places(near, order, s.bin, s.seen)
        last_place = (np.int64(1) << PLACE_BITS) - 1
        for i in range(near.size):
            p = order[i] & last_place
            order[i] = p
            begin = first[p]
            after = first[p + 1]
            total = 0.0
            for q in range(begin, after):
                x = share[q] * weight[head[q]]
                share[q] = x
                total += x
            weight[p] = total if after > begin else 1.0
    for p in range(near.size):
        together[p] = weight[p]


@compiled
def settle(m: Any, near: np.ndarray, weight: np.ndarray, cost: np.ndarray, first: int) -> None:
    """Perceived costs where the ways are known: cheapest - scale * log(weight).

    Into the columns of `cost` from `first` on.
    """
    scale = m.way_scale
    for p in range(near.shape[0]):
        least = near[p]
        together = weight[p]
        row = cost[p]
        for d in range(least.size):
            x = least[d] - scale * logarithm(together[d])
            row[first + d] = x if least[d] < NEVER else NEVER


@compiled
def search(w: Any, m: Any, s: Any, k: int, g: np.ndarray) -> None:
    """Perceived costs and ways of class `k` from the costs of its hops.

    Ordinary travellers only look for the way home.
    """
    home = w.dest_place.size
    moves = w.class_moves[k]
    near = s.near if moves else s.near_home
    weight = s.weight if moves else s.weight_home
    ptr = np.empty(w.place_hash.size + 1, np.int64)
    open_hops(w, s, g, ptr)
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
    to_unit = 1.0 / m.way_scale
    for d in range(home + 1 - first):
        soften(s, k, first + d, d, ptr[near.shape[0]], to_unit, near[:, d], weight[:, d])
    settle(m, near, weight, s.cost[k], first)


@compiled
def expect_hours(w: Any, s: Any) -> None:
    """Expected hours from every place to every destination: the mean over the ways taken."""
    home = w.dest_place.size
    mean = np.empty(w.hop_head.size)
    hours = np.empty(w.place_hash.size)
    head = w.hop_head
    for k in range(w.vot.size):
        if not w.class_moves[k]:
            continue
        mean[:] = 0.0
        for j in range(w.out_link.size):
            mean[w.out_hop[j]] += s.factor[k, j] * s.link_hours[w.out_link[j]]
        for d in range(home):
            order = s.order[k, d]
            first = s.way_ptr[k, d]
            via = s.way_at[k, d]
            share = s.way_share[k, d]
            for i in range(order.size):
                p = order[i]  # by growing cost: the far ends come first
                total = 0.0
                weight = 0.0
                for q in range(first[p], first[p + 1]):
                    h = via[q]
                    total += share[q] * (mean[h] + hours[head[h]])
                    weight += share[q]
                hours[p] = total / weight if weight > 0.0 else 0.0
                s.hours[k, p, d] = hours[p] if s.cost[k, p, d] < NEVER else NEVER
