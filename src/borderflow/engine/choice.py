"""Choosing where to go, and which way to take.

Two levels with two scales. *Where to* is a nested logit over destinations, drawn when somebody
leaves and carried along. *Which way* is a much sharper logit over the next links that bring one
closer (Dial 1971), so that a queue or a closed road re-routes people from where they stand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled
from borderflow.engine.curves import LEAST, exponential, logarithm
from borderflow.engine.draws import Word, mix64, split


@compiled
def which_way(
    w: Any, m: Any, s: Any, p: int, k: int, d: int, at: np.ndarray, share: np.ndarray
) -> int:
    """Links out of place `p` that bring class `k` closer to `d`; gives their number.

    Into `at` their positions in `out_link`, in its order, and into `share` the share of each, but
    for rounding.
    """
    to_unit = 1.0 / m.way_scale
    cost = s.cost[k]
    hops = s.hops[k]
    here = cost[p, d]
    is_way = s.is_way[k, d // 32]
    hop = s.order
    many = 0
    for h in range(w.hop_ptr[p], w.hop_ptr[p + 1]):
        hop[many] = h
        many += (is_way[h] >> (d % 32)) & 1
    n = 0
    for i in range(many):
        h = hop[i]
        weight = exponential((here - hops[h] - cost[w.hop_head[h], d]) * to_unit)
        for j in range(w.hop_link[h], w.hop_link[h + 1]):
            factor = s.factor[k, j]
            at[n] = j
            share[n] = weight * factor
            n += factor > 0.0
    return n


@compiled
def nested_logit(w: Any, m: Any, s: Any, p: int, cost: np.ndarray, out: np.ndarray) -> bool:
    """Chance of each destination from place `p`; False where none can be reached.

    P(nest) is proportional to exp(scale x I) with I the log-sum of its members, and
    P(d | nest) to exp(V_d / scale) (McFadden 1978), V_d the attraction, that of rules and of those
    who went before included, minus sensitivity times cost. Destinations here or full have no
    chance, and abroad those in a country that people leave: who goes back there returns home.
    """
    n_dest = w.dest_place.size
    lam = m.nest_scale
    to_unit = 1.0 / lam
    sensitivity = m.cost_sensitivity
    drawn = s.drawn
    best = -NEVER
    for d in range(n_dest):
        x = (drawn[d] - sensitivity * cost[d]) * to_unit
        out[d] = x if (cost[d] < NEVER) & (drawn[d] > -NEVER) else -NEVER
    if w.dest_of[p] >= 0:
        out[w.dest_of[p]] = -NEVER
    if not w.is_home[p]:
        for d in range(n_dest):
            if w.is_home[w.dest_place[d]]:
                out[d] = -NEVER
    for d in range(n_dest):
        best = out[d] if out[d] > best else best
    if best <= -NEVER:
        for d in range(n_dest):
            out[d] = 0.0
        return False
    for d in range(n_dest):
        x = out[d]
        out[d] = exponential(max(x - best, LEAST)) if x > -NEVER else 0.0
    n_nests = w.nest_hash.size
    inside = s.scratch[12]
    share = s.scratch[13]
    for n in range(n_nests):
        inside[n] = 0.0
        for d in range(w.nest_ptr[n], w.nest_ptr[n + 1]):
            inside[n] += out[d]
    for n in range(n_nests):
        x = inside[n]
        share[n] = exponential(lam * logarithm(x)) if x > 0.0 else 0.0
    total = 0.0
    for n in range(n_nests):
        total += share[n]
    for n in range(n_nests):
        if share[n] > 0.0:
            each = share[n] / (inside[n] * total)
            for d in range(w.nest_ptr[n], w.nest_ptr[n + 1]):
                out[d] *= each
    return True


@compiled
def can_go(w: Any, s: Any, p: int, k: int) -> bool:
    """Whether some destination other than `p` can be reached from there and has room."""
    for d in range(w.dest_place.size):
        back = w.is_home[w.dest_place[d]] and not w.is_home[p]
        if s.cost[k, p, d] < NEVER and s.drawn[d] > -NEVER and w.dest_of[p] != d and not back:
            return True
    return False


@compiled
def chances(w: Any, m: Any, s: Any, p: int, k: int) -> bool:
    """Fill `choice[p, k]` unless this news already did; False where nowhere can be reached."""
    if s.choice_news[p, k] != s.news_count[0]:
        s.choice_any[p, k] = nested_logit(w, m, s, p, s.cost[k, p], s.choice[p, k])
        s.choice_news[p, k] = s.news_count[0]
    return bool(s.choice_any[p, k])


@compiled
def chances_without(w: Any, m: Any, s: Any, p: int, k: int, door: int, out: np.ndarray) -> bool:
    """Chance of each destination from `p` for somebody to whom link `door` is shut.

    Only ways that bring one closer without that link count: the soft minimum over the others is
    dearer by the log of their share.
    """
    cost = s.scratch[7]
    share = s.scratch[6]
    at = np.empty(w.out_ptr[p + 1] - w.out_ptr[p], np.int64)
    for d in range(w.dest_place.size):
        cost[d] = s.cost[k, p, d]
        all_ways = 0.0
        own = 0.0
        for q in range(which_way(w, m, s, p, k, d, at, share)):
            all_ways += share[q]
            if w.out_link[at[q]] == door:
                own = share[q]
        if own > 0.0:
            others = all_ways - own
            alone = others <= 0.0
            cost[d] = NEVER if alone else cost[d] - m.way_scale * math.log(others / all_ways)
    return nested_logit(w, m, s, p, cost, out)


@compiled
def split_destinations(
    w: Any,
    m: Any,
    process: int,
    t: int,
    thing: Word,
    n: float,
    chance: np.ndarray,
    nests: np.ndarray,
    out: np.ndarray,
) -> None:
    """Draw destinations for `n` parties along the nest tree into `out[:D]`.

    A handful of parties draw one by one; more are split over nests, then inside each nest.
    `nests` is work space of at least twice the number of nests.
    """
    n_dest = w.dest_place.size
    if not m.chance or n <= 4.0:
        split(
            m.chance,
            m.seed,
            process,
            t,
            m.number,
            thing,
            n,
            chance[:n_dest],
            w.dest_hash[:n_dest],
            out[:n_dest],
        )
        return
    n_nests = w.nest_hash.size
    for i in range(n_nests):
        total = 0.0
        for d in range(w.nest_ptr[i], w.nest_ptr[i + 1]):
            total += chance[d]
        nests[i] = total
    into = nests[n_nests : 2 * n_nests]
    split(m.chance, m.seed, process, t, m.number, thing, n, nests[:n_nests], w.nest_hash, into)
    for i in range(n_nests):
        a = w.nest_ptr[i]
        b = w.nest_ptr[i + 1]
        if into[i] <= 0.0:
            for d in range(a, b):
                out[d] = 0.0
        elif b - a == 1:
            out[a] = into[i]
        else:
            split(
                m.chance,
                m.seed,
                process,
                t,
                m.number,
                mix64(thing, w.nest_hash[i]),
                into[i],
                chance[a:b],
                w.dest_hash[a:b],
                out[a:b],
            )
