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
    fell = s.fell
    seen = s.seen
    head = s.ahead[2]
    cost = s.ahead_cost
    n = near.shape[0]
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
            better = 0
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
                    better += int(x < least)
                    here[e] = x if x < least else least
            if better > 0:
                fell[p] = now
                changed = True


@compiled
def find_ways(s: Any, ptr: np.ndarray, near: np.ndarray, least: float) -> None:
    """Tell which hops bring one closer to an end and cost little more than the cheapest way.

    Into `s.on_way`, for each hop a bit for every end, in words of 32 ends. `least` is minus what a
    hop may add to the cheapest way.
    """
    head = s.ahead[2]
    cost = s.ahead_cost
    for word in range(s.on_way.shape[0]):
        low = 32 * word
        n = min(32, near.shape[1] - low)
        on_way = s.on_way[word]
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
                on_way[a] = found


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
def list_ways(s: Any, end: int, n_open: int, to_unit: float) -> int:
    """List the hops on the ways to one end; gives their number.

    Into `s.way_at` their positions in `s.ahead` and into `s.way_head` where they end, by the place
    where they begin, of which each has its first in `s.way_ptr`. Into `s.way_share` their
    likelihood: exp(-what a hop adds to the cheapest way / scale) for the links of the hop together.
    `end` is the column of the end in `s.on_way`.
    """
    at = s.way_at
    share = s.way_share
    first = s.way_ptr
    on_way = s.on_way[end // 32]
    bit = end % 32
    ways = np.int64(0)
    for a in range(n_open):
        at[ways] = a
        ways += (on_way[a] >> bit) & 1
    tail = s.ahead[1]
    head = s.ahead[2]
    cost = s.ahead_cost
    many = s.ahead_many
    near = s.to_end
    first[:] = 0
    for q in range(ways):
        a = at[q]
        share[q] = (near[tail[a]] - cost[a] - near[head[a]]) * to_unit
        first[tail[a] + np.uint32(1)] = q + 1
        s.way_head[q] = head[a]
        s.way_many[q] = many[a]
    for p in range(near.size):
        first[p + 1] = max(first[p], first[p + 1])
    for q in range(ways):
        share[q] = exponential(share[q]) * s.way_many[q]
    return int(ways)


@compiled
def soften(s: Any, ways: int, together: np.ndarray) -> None:
    """Weigh the places on the ways to one end, which `list_ways` listed.

    As in Dial (1971) with weights, over hops that bring one closer: the weight of a place is the
    sum over its hops of likelihood times the weight of the far end. Into `together[place]`, the
    cheapest way being 1; `s.way_share` then is what a hop weighs among the ways out of its place,
    and `s.order` the places by growing cost.
    """
    near = s.to_end
    weight = s.end_weight
    for p in range(near.size):
        weight[p] = 1.0
    if ways > 0:
        order = s.order
        share = s.way_share
        first = s.way_ptr
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
def expect_hours(
    s: Any, ways: int, hop_hours: np.ndarray, cost: np.ndarray, out: np.ndarray
) -> None:
    """Expected hours from every place to one end, into `out`: the mean over the ways taken.

    NEVER where there is none.
    """
    hours = s.end_hours
    share = s.way_share
    hours[:] = 0.0
    if ways > 0:
        for i in range(hours.size):
            p = s.order[i]  # by growing cost: the far ends come first
            total = 0.0
            weight = 0.0
            for q in range(s.way_ptr[p], s.way_ptr[p + 1]):
                total += share[q] * (hop_hours[s.ahead[0, s.way_at[q]]] + hours[s.way_head[q]])
                weight += share[q]
            hours[p] = total / weight if weight > 0.0 else 0.0
    for p in range(hours.size):
        out[p] = hours[p] if cost[p] < NEVER else NEVER


@compiled
def settle(m: Any, s: Any, k: int, near: np.ndarray, weight: np.ndarray, first: int) -> None:
    """Perceived costs where the ways are known: cheapest - scale * log(weight).

    Into the columns of `s.cost[k]` from `first` on; what they are made of, into those of
    `s.reached[k]`.
    """
    scale = m.way_scale
    for p in range(near.shape[0]):
        least = near[p]
        together = weight[p]
        row = s.cost[k, p]
        both = s.reached[k, p]
        for d in range(least.size):
            x = least[d] - scale * logarithm(together[d])
            row[first + d] = x if least[d] < NEVER else NEVER
        for d in range(least.size):
            both[first + d, 0] = least[d]
            both[first + d, 1] = together[d]


@compiled
def keep_ways(s: Any, k: int, first: int, n_open: int) -> None:
    """Keep which hops are on the ways of class `k`; `first` is the first end looked for."""
    is_way = s.is_way[k]
    is_way[:] = 0
    for a in range(n_open):
        h = s.ahead[0, a]
        s.hops[k, h, 0] = s.ahead_cost[a]
        s.hops[k, h, 1] = s.ahead_many[a]
        for word in range(first // 32, is_way.shape[0]):
            is_way[word, h] = s.on_way[word - first // 32, a] << (first % 32)


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
    hop_hours = np.zeros(w.hop_head.size)
    if with_hours:
        for j in range(w.out_link.size):
            hop_hours[w.out_hop[j]] += s.factor[k, j] * s.link_hours[w.out_link[j]]
    to_unit = 1.0 / m.way_scale
    for d in range(home + 1 - first):
        for p in range(near.shape[0]):
            s.to_end[p] = near[p, d]
        ways = list_ways(s, d, ptr[near.shape[0]], to_unit)
        soften(s, ways, weight[:, d])
        if with_hours and moves and d < home:
            expect_hours(s, ways, hop_hours, near[:, d], s.hours[k, :, d])
    settle(m, s, k, near, weight, first)
    keep_ways(s, k, first, ptr[near.shape[0]])
