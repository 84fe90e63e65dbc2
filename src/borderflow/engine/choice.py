"""Choosing: what each way is believed to cost, where to go, and which way to take.

Two levels with two scales. *Where to* is a nested logit over destinations, drawn when somebody
leaves and carried along. *Which way* is a much sharper logit over the next links that bring one
closer (Dial 1971), so that a queue or a closed road re-routes people from where they stand.

Costs are generalised hours. They are recomputed from nothing at every news: values carried over
from the last news would creep up one wait at a time around a cycle when a door shuts for good.
Only the *order* of the places is carried over, which makes the sweep fast and changes no value.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.engine.compiled import compiled
from borderflow.engine.draws import Word, mix64, split
from borderflow.engine.queue import link_rate

CUT = 12.0
"""A way this many scales dearer than the best has a share below 6e-6 and is not considered."""


@compiled
def measure(w: Any, m: Any, s: Any, t: int) -> None:
    """Publish what was measured one news interval ago, then measure waits, seats and fares."""
    a = m.news_smoothing
    for link in range(w.tail.size):
        for side in range(2):
            server = w.server[link, side]
            if server < 0 or w.sched[link] >= 0:
                continue
            if s.measured[link, side] >= NEVER or s.believed[link, side] >= NEVER:
                s.believed[link, side] = s.measured[link, side]  # no end in sight: not averaged
            else:
                s.believed[link, side] += a * (s.measured[link, side] - s.believed[link, side])
            people = s.queue_people[link, side]
            if people <= 0.0:
                s.measured[link, side] = 0.0
                continue
            rate = link_rate(w, m, s, t, link, side)
            s.measured[link, side] = min(people / rate, NEVER) if rate > 0.0 else NEVER
    week = 7 * w.spd
    for f in range(w.sched_link.size):
        s.told_step[f] = s.seen_step[f]
        s.told_fare[f] = s.seen_fare[f]
        s.seen_step[f] = -1
        offered = 0.0
        free = 0.0
        for q in range(s.next_dep[f], w.dep_ptr[f + 1]):
            if w.dep_step[q] <= t:
                continue
            if w.dep_step[q] > t + w.booking_steps:
                break
            if s.seen_step[f] < 0 and s.seats_free[q] >= 1.0:
                s.seen_step[f] = w.dep_step[q]
            if w.dep_step[q] <= t + week:
                offered += w.dep_seats[q]
                free += max(s.seats_free[q], 0.0)
        sold = 1.0 - free / offered if offered > 0.0 else 1.0
        s.seen_fare[f] = 1.0 + (m.fare_rise - 1.0) * sold


@compiled
def price_links(w: Any, m: Any, s: Any, t: int) -> None:
    """Generalised cost in hours of every link for every class, from what people believe.

    Ordinary travellers only ever choose their way home, and take none through a third country.
    """
    dt = 24.0 / w.spd
    e = w.epoch[t]
    told = t - t % w.news_steps  # a rule that begins in between is no other news
    for link in range(w.tail.size):
        f = w.sched[link]
        fare = w.fare[link]
        wait = 0.0
        if f >= 0:
            fare *= s.told_fare[f]
            wait = NEVER if s.told_step[f] < 0 else max(0.0, (s.told_step[f] - told) * dt)
        else:
            for side in range(2):
                if w.server[link, side] >= 0:
                    wait += s.believed[link, side]
        s.link_hours[link] = min(w.hours[link] + wait, NEVER)
        base = w.hours[link] + m.wait_weight * wait
        abroad = w.crossing[link] >= 0 and not w.is_home[w.head[link]]
        for k in range(w.vot.size):
            admit = m.admit[e, link, 0, k] * m.admit[e, link, 1, k]
            if (
                not w.open[e, link, k]
                or fare > w.budget[k]
                or admit <= 0.0
                or wait >= NEVER
                or (abroad and not w.class_moves[k])
            ):
                s.link_cost[k, link] = NEVER
                continue
            cost = base + m.risk_hours * (1.0 - admit) + m.delay[e, link, k]
            if fare > 0.0:
                cost += fare / w.vot[k]
            s.link_cost[k, link] = max(cost, 1e-3)


@compiled
def open_links(
    w: Any, s: Any, k: int, ptr: np.ndarray, links: np.ndarray, heads: np.ndarray, g: np.ndarray
) -> None:
    """Links that class `k` can use, by tail: first position of each place, link, head, cost."""
    n = 0
    for p in range(w.place_hash.size):
        ptr[p] = n
        for j in range(w.out_ptr[p], w.out_ptr[p + 1]):
            link = w.out_link[j]
            if s.link_cost[k, link] < NEVER:
                links[n] = link
                heads[n] = w.head[link]
                g[n] = s.link_cost[k, link]
                n += 1
    ptr[w.place_hash.size] = n


@compiled
def sweep(
    w: Any,
    m: Any,
    s: Any,
    k: int,
    d: int,
    ptr: np.ndarray,
    links: np.ndarray,
    heads: np.ndarray,
    g: np.ndarray,
) -> None:
    """Perceived cost of destination `d` from every place, for class `k`.

    Label-correcting search from the end, over the places in the order of the last news; then
    one pass in the order of the new costs over links that bring one closer gives the soft
    shortest path (Dial 1971): cost = -scale * log(sum over ways of exp(-length / scale)).
    Finite wherever there is a way, whatever cycles there are; NEVER elsewhere.
    """
    near = s.nearest[k, d]
    soft = s.cost[k, d]
    hours = s.hours[k, d]
    order = s.order[k, d]
    n = near.size
    home = w.dest_place.size
    for p in range(n):
        near[p] = NEVER
        soft[p] = NEVER
        hours[p] = 0.0
        if (d == home and w.is_home[p]) or (d < home and w.dest_place[d] == p):
            near[p] = 0.0
    changed = True
    while changed:
        changed = False
        for i in range(n):
            p = order[i]
            best = near[p]
            for j in range(ptr[p], ptr[p + 1]):
                c = g[j] + near[heads[j]]
                if c < best:
                    best = c
            if best < near[p]:
                near[p] = best
                changed = True
    for i in range(1, n):  # insertion sort: nearly sorted already
        p = order[i]
        key = near[p]
        j = i - 1
        while j >= 0 and (near[order[j]] > key or (near[order[j]] == key and order[j] > p)):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = p
    scale = m.way_scale
    for i in range(n):
        p = order[i]
        if near[p] >= NEVER:
            break
        if near[p] == 0.0:
            soft[p] = 0.0
            continue
        ways = 0
        only = 0.0
        least = NEVER
        for j in range(ptr[p], ptr[p + 1]):
            head = heads[j]
            if near[head] >= near[p]:
                continue
            if g[j] + near[head] < least:
                least = g[j] + near[head]
                hours[p] = s.link_hours[links[j]] + hours[head]
            if near[p] - g[j] - soft[head] > -CUT * scale:
                ways += 1
                only = g[j] + soft[head]
        if ways == 1:
            soft[p] = only
            continue
        total = 0.0
        for j in range(ptr[p], ptr[p + 1]):
            head = heads[j]
            if near[head] < near[p]:
                x = near[p] - g[j] - soft[head]
                if x > -CUT * scale:
                    total += math.exp(x / scale)
        soft[p] = near[p] - scale * math.log(total)


@compiled
def recompute(w: Any, m: Any, s: Any, t: int) -> None:
    """Perceived costs of all classes and destinations.

    What they were at the last news is kept as `before`. Between two news only what a rule changes
    is new: a rule far away moves nothing here.
    """
    price_links(w, m, s, t)
    home = w.dest_place.size
    first = s.news_count[0] == 0
    is_news = t % w.news_steps == 0
    n_links = w.tail.size
    ptr = np.empty(w.place_hash.size + 1, np.int64)
    links = np.empty(n_links, np.int64)
    heads = np.empty(n_links, np.int64)
    g = np.empty(n_links)
    for k in range(w.vot.size):
        open_links(w, s, k, ptr, links, heads, g)
        for d in range(home + 1):
            if d < home and not w.class_moves[k]:
                continue
            if is_news:
                s.before[k, d, :] = s.cost[k, d]
            sweep(w, m, s, k, d, ptr, links, heads, g)
            if first:
                s.before[k, d, :] = s.cost[k, d]
    for d in range(home if is_news else 0):
        place = w.dest_place[d]
        people = 0.0
        for c in range(w.cls.size):
            people += s.present[place, c] * w.size[c]
        s.full[d] = people >= w.capacity[d]
    s.news_count[0] += 1
    s.news_count[1] = w.epoch[t]


@compiled
def nested_logit(w: Any, m: Any, s: Any, p: int, k: int, cost: np.ndarray, out: np.ndarray) -> bool:
    """Chance of each destination from place `p`; False where none can be reached.

    P(nest) is proportional to exp(scale x I) with I the log-sum of its members, and
    P(d | nest) to exp(V_d / scale) (McFadden 1978), V_d the attraction minus sensitivity times
    cost. Destinations here or full have no chance.
    """
    n_dest = w.dest_place.size
    lam = m.nest_scale
    n_nests = w.nest_hash.size
    best = -NEVER
    for d in range(n_dest):
        out[d] = -NEVER
        if cost[d] < NEVER and w.dest_place[d] != p and not s.full[d]:
            out[d] = (m.attraction[d] - m.cost_sensitivity * cost[d]) / lam
            best = max(best, out[d])
    if best <= -NEVER:
        for d in range(n_dest):
            out[d] = 0.0
        return False
    total = 0.0
    for n in range(n_nests):
        inside = 0.0
        for d in range(w.nest_ptr[n], w.nest_ptr[n + 1]):
            out[d] = math.exp(out[d] - best) if out[d] > -NEVER else 0.0
            inside += out[d]
        if inside > 0.0:
            weight = inside**lam
            total += weight
            for d in range(w.nest_ptr[n], w.nest_ptr[n + 1]):
                out[d] *= weight / inside
    for d in range(n_dest):
        out[d] /= total
    return True


@compiled
def chances(w: Any, m: Any, s: Any, p: int, k: int) -> bool:
    """Fill `choice[p, k]` unless this news already did; False where nowhere can be reached."""
    if s.choice_news[p, k] != s.news_count[0]:
        cost = s.scratch[7]
        for d in range(w.dest_place.size):
            cost[d] = s.cost[k, d, p]
        nested_logit(w, m, s, p, k, cost, s.choice[p, k])
        s.choice_news[p, k] = s.news_count[0]
    some = False
    for d in range(w.dest_place.size):
        if s.choice[p, k, d] > 0.0:
            some = True
            break
    return some


@compiled
def chances_without(w: Any, m: Any, s: Any, p: int, k: int, door: int, out: np.ndarray) -> bool:
    """Chance of each destination from `p` for somebody to whom link `door` is shut.

    Only ways that bring one closer without that link count.
    """
    cost = s.scratch[7]
    scale = m.way_scale
    for d in range(w.dest_place.size):
        cost[d] = NEVER
        near = s.nearest[k, d]
        if near[p] >= NEVER or near[p] == 0.0:
            continue
        total = 0.0
        for j in range(w.out_ptr[p], w.out_ptr[p + 1]):
            link = w.out_link[j]
            head = w.head[link]
            if link == door or s.link_cost[k, link] >= NEVER or near[head] >= near[p]:
                continue
            x = (near[p] - s.link_cost[k, link] - s.cost[k, d, head]) / scale
            if x > -CUT:
                total += math.exp(x)
        if total > 0.0:
            cost[d] = near[p] - scale * math.log(total)
    return nested_logit(w, m, s, p, k, cost, out)


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


@compiled
def way_chances(w: Any, m: Any, s: Any, p: int, k: int, d: int, out: np.ndarray) -> int:
    """Chance of each link out of `p` on the way to `d`, in the order of `out_link`.

    Links that do not bring one closer have no chance at all. Returns how many have one.
    """
    near = s.nearest[k, d]
    first = w.out_ptr[p]
    last = w.out_ptr[p + 1]
    ways = 0
    total = 0.0
    for j in range(first, last):
        out[j - first] = 0.0
        link = w.out_link[j]
        head = w.head[link]
        g = s.link_cost[k, link]
        if near[p] >= NEVER or g >= NEVER or near[head] >= near[p]:
            continue
        x = (near[p] - g - s.cost[k, d, head]) / m.way_scale
        if x > -CUT:
            out[j - first] = math.exp(x)
            total += out[j - first]
            ways += 1
    for j in range(last - first):
        if ways > 0:
            out[j] /= total
    return ways
