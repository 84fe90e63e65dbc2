"""Searching the ways: cheapest costs, the ways near them with their weights, and hours to go.

From the costs of the links of one class. Everything is worked out from nothing at every news; only
the *order* of the places and the main ways are carried over, which saves searching and changes no
value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled
from borderflow.engine.curves import exponential, logarithm

CUT = 8.0
"""A way that is this many scales dearer than the cheapest is left out: below 4e-4 of it."""

BINS = 256
"""Bins into which places are sorted by cost."""


@compiled
def open_hops(w: Any, g: np.ndarray, ptr: np.ndarray, ahead: np.ndarray) -> int:
    """Hops that have a cost, by the place where they begin; gives their number.

    Into `ptr` the first out of each place, into the rows of `ahead` the hop, its two ends.
    """
    n = 0
    for p in range(w.place_hash.size):
        ptr[p] = n
        for h in range(w.hop_ptr[p], w.hop_ptr[p + 1]):
            if g[h] < NEVER:
                ahead[0, n] = h
                ahead[1, n] = p
                ahead[2, n] = w.hop_head[h]
                n += 1
    ptr[w.place_hash.size] = n
    return n


@compiled
def old_ways(w: Any, s: Any, k: int, d: int, g: np.ndarray) -> None:
    """Begin a search with what the main ways of the last news cost now.

    Into `s.near[place, destination]`: 0 where it is reached (home: anywhere in it), NEVER where
    the old way is shut. No way is cheaper than the cheapest, so this is never too low.
    """
    order = s.order[k, d]
    lead = s.lead[k, d]
    near = s.near
    head = w.hop_head
    if d < w.dest_place.size:
        near[w.dest_place[d], d] = 0.0
    else:
        for p in range(order.size):
            near[p, d] = 0.0 if w.is_home[p] else NEVER
    for i in range(order.size):
        p = order[i]
        h = lead[p]
        if h >= 0:
            near[p, d] = min(g[h] + near[head[h], d], NEVER)


@compiled
def reach(s: Any, d_first: int, ptr: np.ndarray, ahead: np.ndarray, g: np.ndarray) -> None:
    """Cost of the cheapest way from every place to the destinations from `d_first` on, and home.

    Lowers what `old_ways` left in `s.near[place, destination]`, for all destinations at once, hop
    by hop, forwards and backwards over the places until nothing falls. A place is looked at again
    only when the costs behind it fell.
    """
    near = s.near
    fell = s.fell
    seen = s.seen
    n = near.shape[0]
    best = np.empty(near.shape[1] - d_first)
    fell[:] = 1
    seen[:] = 0
    now = 1
    forwards = False
    changed = True
    while changed:
        changed = False
        forwards = not forwards
        for i in range(n):
            p = i if forwards else n - 1 - i
            begin = ptr[p]
            end = ptr[p + 1]
            last = seen[p]
            stale = False
            for a in range(begin, end):
                stale |= fell[ahead[2, a]] > last
            if not stale:
                continue
            now += 1
            seen[p] = now
            here = near[p, d_first:]
            for d in range(best.size):
                best[d] = here[d]
            for a in range(begin, end):
                if fell[ahead[2, a]] > last:
                    there = near[ahead[2, a], d_first:]
                    cost = g[ahead[0, a]]
                    for d in range(best.size):
                        x = cost + there[d]
                        best[d] = x if x < best[d] else best[d]
            better = 0
            for d in range(best.size):
                better += int(best[d] < here[d])
                here[d] = best[d]
            if better > 0:
                fell[p] = now
                changed = True


@compiled
def sort_places(near: np.ndarray, order: np.ndarray, place: np.ndarray) -> None:
    """Bring the places into the order of growing cost: into bins first, then by insertion.

    Costs shift by hours between two news, so the last order is no good start. `place` is work
    space: one number a place, and before them one a bin.
    """
    n = near.size
    bins = place.size - n
    most = 0.0
    for p in range(n):
        most = max(most, near[p] if near[p] < NEVER else 0.0)
    to_bin = (bins - 3) / most if most > 0.0 else 0.0
    place[:bins] = 0
    for p in range(n):
        b = np.int64(near[p] * to_bin) if near[p] < NEVER else bins - 2
        place[bins + p] = b
        place[b + 1] += 1
    for b in range(1, bins):
        place[b] += place[b - 1]
    for p in range(n):
        b = place[bins + p]
        order[place[b]] = p
        place[b] += 1
    for i in range(1, n):
        p = order[i]
        key = near[p]
        j = i - 1
        while j >= 0 and (near[order[j]] > key or (near[order[j]] == key and order[j] > p)):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = p


@compiled
def soften(
    w: Any,
    m: Any,
    s: Any,
    k: int,
    d: int,
    n_open: int,
    ahead: np.ndarray,
    g: np.ndarray,
    near: np.ndarray,
    weight: np.ndarray,
    place: np.ndarray,
) -> None:
    """Hops on the ways to destination `d` for class `k`, with their likelihood.

    From the costs of the cheapest ways: as in Dial (1971) with weights, over hops that bring one
    closer. A hop's likelihood is exp(-what it adds to the cheapest way / scale); the weight of a
    place is the sum over its hops of likelihood times the weight of the far end. `near`,
    `weight` and `place` are work space.
    """
    order = s.order[k, d]
    lead = s.lead[k, d]
    first = s.way_ptr[k, d]
    via = s.way_at[k, d]
    share = s.way_share[k, d]
    all_near = s.near
    all_weight = s.weight
    head = w.hop_head
    within = 0
    for p in range(near.size):
        near[p] = all_near[p, d]
        within += int((near[p] > 0.0) & (near[p] < NEVER))
        first[p] = 0
    first[near.size] = 0
    if within == 0:  # nowhere to come from
        lead[:] = -1
        for p in range(near.size):
            all_weight[p, d] = 1.0
        return
    sort_places(near, order, place)
    ways = 0
    to_unit = 1.0 / m.way_scale
    for a in range(n_open):
        h = ahead[0, a]
        tail = ahead[1, a]
        there = near[ahead[2, a]]
        here = near[tail]
        more = (here - g[h] - there) * to_unit
        via[ways] = h
        share[ways] = more
        ways += int((there < here) & (more > -CUT))
        first[tail + np.uint64(1)] = ways
    for p in range(near.size):
        first[p + 1] = max(first[p], first[p + 1])
    for q in range(ways):
        share[q] = exponential(share[q])
    many = s.many
    for i in range(near.size):
        p = order[i]
        begin = first[p]
        end = first[p + 1]
        total = 0.0
        most = 0.0
        main = -1
        for q in range(begin, end):
            h = via[q]
            like = share[q]
            x = like * many[h] * weight[head[h]]
            share[q] = x
            total += x
            main = h if like > most else main
            most = max(like, most)
        total = total if end > begin else 1.0
        weight[p] = total
        all_weight[p, d] = total
        lead[p] = main


@compiled
def settle(m: Any, s: Any, k: int, d_first: int) -> None:
    """Perceived costs of a class, where the ways are known: cheapest - scale * log(weight)."""
    scale = m.way_scale
    for p in range(s.near.shape[0]):
        least = s.near[p, d_first:]
        weight = s.weight[p, d_first:]
        row = s.cost[k, p, d_first:]
        for d in range(row.size):
            x = least[d] - scale * logarithm(weight[d])
            row[d] = x if least[d] < NEVER else NEVER


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
