"""Choosing: what each way is believed to cost, where to go, and which way to take.

Two levels with two scales. *Where to* is a nested logit over destinations, drawn when somebody
leaves and carried along. *Which way* is a much sharper logit over the next links that bring one
closer (Dial 1971), so that a queue or a closed road re-routes people from where they stand.

Costs are generalised hours. They are recomputed from nothing at every news: values carried over
from the last news would creep up one wait at a time around a cycle when a door shuts for good.
Only the *order* of the places is carried over, which saves sorting and changes no value.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER, NEWCOMERS
from borderflow.engine.compiled import compiled
from borderflow.engine.draws import Word, mix64, split
from borderflow.engine.queue import link_rate

CUT = 8.0
"""A link whose cheapest way is this many scales dearer has a share below 4e-4: left out."""


SERIES = tuple(1.0 / math.factorial(n) for n in range(13, -1, -1))


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
        s.seen_fare[f] = 1.0 if w.fixed_fare[f] else 1.0 + (m.fare_rise - 1.0) * sold


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
        base = w.hours[link] + (m.departure_weight if f >= 0 else m.wait_weight) * wait
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
    w: Any,
    s: Any,
    k: int,
    ptr: np.ndarray,
    at: np.ndarray,
    tails: np.ndarray,
    heads: np.ndarray,
    g: np.ndarray,
) -> int:
    """Links that class `k` can use, by tail, and how many there are.

    The first out of each place; of each its position in `out_link`, its two ends and its cost.
    """
    n = 0
    for p in range(w.place_hash.size):
        ptr[p] = n
        for j in range(w.out_ptr[p], w.out_ptr[p + 1]):
            link = w.out_link[j]
            if s.link_cost[k, link] < NEVER:
                at[n] = j
                tails[n] = p
                heads[n] = w.head[link]
                g[n] = s.link_cost[k, link]
                n += 1
    ptr[w.place_hash.size] = n
    return n


@compiled
def old_ways(w: Any, s: Any, k: int, d: int) -> None:
    """Begin a search with what the main ways of the last news cost now.

    Into `s.reach[place, destination]`: 0 where it is reached (home: anywhere in it), NEVER where
    the old way is shut. No way is cheaper than the cheapest, so this is never too low.
    """
    home = w.dest_place.size
    order = s.order[k, d]
    lead = s.lead[k, d]
    for i in range(order.size):
        p = order[i]
        cost = NEVER
        if (d == home and w.is_home[p]) or (d < home and w.dest_place[d] == p):
            cost = 0.0
        elif lead[p] >= 0:
            link = w.out_link[lead[p]]
            cost = min(s.link_cost[k, link] + s.reach[w.head[link], d], NEVER)
        s.reach[p, d] = cost


@compiled
def reach(w: Any, s: Any, d_first: int, ptr: np.ndarray, heads: np.ndarray, g: np.ndarray) -> None:
    """Cost of the cheapest way from every place to the destinations from `d_first` on, and home.

    Lowers what `old_ways` left in `s.reach[place, destination]`, for all destinations at once,
    link by link, forwards and backwards over the places until nothing falls. A link is looked at
    again only when the costs behind it fell.
    """
    near = s.reach[:, d_first:]
    n = near.shape[0]
    for p in range(n):
        s.fell[p] = 1
        s.seen[p] = 0
    now = 1
    forwards = False
    changed = True
    while changed:
        changed = False
        forwards = not forwards
        for i in range(n):
            p = i if forwards else n - 1 - i
            seen = s.seen[p]
            now += 1
            s.seen[p] = now
            here = near[p]
            better = 0
            for j in range(ptr[p], ptr[p + 1]):
                if s.fell[heads[j]] <= seen:
                    continue
                there = near[heads[j]]
                cost = g[j]
                for d in range(here.size):
                    x = cost + there[d]
                    better += int(x < here[d])
                    here[d] = x if x < here[d] else here[d]
            if better > 0:
                s.fell[p] = now
                changed = True


@compiled
def sort_places(near: np.ndarray, order: np.ndarray) -> None:
    """Bring the places into the order of growing cost (insertion: nearly sorted already)."""
    for i in range(1, order.size):
        p = order[i]
        key = near[p]
        j = i - 1
        while j >= 0 and (near[order[j]] > key or (near[order[j]] == key and order[j] > p)):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = p


@compiled
def likelihoods(lengths: np.ndarray, n: int, scale: float) -> None:
    """Turn `n` lengths from -CUT * scale to 0 into exp(length / scale), to 1e-14, in place.

    A sixteenth of the exponent is at most one half: a short series, squared four times. The
    compiler makes several at once, which it cannot with the library's function.
    """
    to_unit = 1.0 / (16.0 * scale)
    for i in range(n):
        y = lengths[i] * to_unit
        e = 1.0 / 87178291200.0
        for j in range(14):
            e = e * y + SERIES[j]
        e *= e
        e *= e
        e *= e
        lengths[i] = e * e


@compiled
def soften(
    w: Any,
    m: Any,
    s: Any,
    k: int,
    d: int,
    n_open: int,
    at: np.ndarray,
    tails: np.ndarray,
    heads: np.ndarray,
    g: np.ndarray,
) -> None:
    """Perceived cost of destination `d` from every place for class `k`, and the ways there.

    From the costs of the cheapest ways: in their order, the soft shortest path over links that
    bring one closer, cost = -scale * log(sum over ways of exp(-length / scale)), and the chance
    of each such link. As in Dial (1971) with weights: a link's likelihood is exp(-what it adds to
    the cheapest way / scale), and the weight of a place is the sum over its links of likelihood
    times the weight of the far end; so cost = cheapest - scale * log(weight).
    """
    soft = s.cost[k, d]
    order = s.order[k, d]
    lead = s.lead[k, d]
    first = s.way_ptr[k, d]
    via = s.way_at[k, d]
    share = s.way_share[k, d]
    near = s.near
    weight = s.weight
    dearest = -CUT * m.way_scale
    for p in range(near.size):
        near[p] = s.reach[p, d]
        first[p] = 0
    first[near.size] = 0
    sort_places(near, order)
    ways = 0
    for j in range(n_open):
        there = near[heads[j]]
        here = near[tails[j]]
        more = here - g[j] - there
        via[ways] = j
        share[ways] = more
        ways += int((there < here) & (more > dearest))
        first[tails[j] + np.uint64(1)] = ways
    for p in range(near.size):
        first[p + 1] = max(first[p], first[p + 1])
    likelihoods(share, ways, m.way_scale)
    for i in range(near.size):
        p = order[i]
        begin = first[p]
        end = first[p + 1]
        if end <= begin + 1:
            soft[p] = near[p]
            weight[p] = 1.0
            lead[p] = -1
            if end > begin:
                j = via[begin]
                soft[p] = g[j] + soft[heads[j]]
                weight[p] = weight[heads[j]]
                lead[p] = at[j]
                share[begin] = 1.0
            continue
        total = 0.0
        most = 0.0
        main = begin
        for q in range(begin, end):
            x = share[q] * weight[heads[via[q]]]
            share[q] = x
            total += x
            main = q if x > most else main
            most = max(x, most)
        soft[p] = near[p] - m.way_scale * math.log(total)
        weight[p] = total
        lead[p] = at[via[main]]
        to_share = 1.0 / total
        for q in range(begin, end):
            share[q] *= to_share
    for q in range(ways):
        via[q] = at[via[q]]


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
    at = np.empty(n_links, np.int64)
    tails = np.empty(n_links, np.uint64)
    heads = np.empty(n_links, np.uint64)
    g = np.empty(n_links)
    for k in range(w.vot.size):
        n_open = open_links(w, s, k, ptr, at, tails, heads, g)
        d_first = 0 if w.class_moves[k] else home
        for d in range(d_first, home + 1):
            old_ways(w, s, k, d)
        reach(w, s, d_first, ptr, heads, g)
        for d in range(d_first, home + 1):
            if is_news:
                s.before[k, d, :] = s.cost[k, d]
            soften(w, m, s, k, d, n_open, at, tails, heads, g)
            if first:
                s.before[k, d, :] = s.cost[k, d]
    if is_news:
        look_abroad(w, m, s)
    s.news_count[0] += 1
    s.news_count[1] = w.epoch[t]


@compiled
def look_abroad(w: Any, m: Any, s: Any) -> None:
    """Which destinations are full, and how far those who went before draw others after them."""
    went = 0.0
    for d in range(w.dest_place.size):
        place = w.dest_place[d]
        people = 0.0
        s.pull[d] = 0.0
        for c in range(w.cls.size):
            n = s.present[place, c] * w.size[c]
            people += n
            if not w.ordinary[c]:
                s.pull[d] += n
                went += n
        s.full[d] = people >= w.capacity[d]
    for d in range(w.dest_place.size):
        share = s.pull[d] / went if went > 0.0 else 0.0
        s.pull[d] = m.network_pull * math.log(share + NEWCOMERS)


@compiled
def nested_logit(w: Any, m: Any, s: Any, p: int, k: int, cost: np.ndarray, out: np.ndarray) -> bool:
    """Chance of each destination from place `p`; False where none can be reached.

    P(nest) is proportional to exp(scale x I) with I the log-sum of its members, and
    P(d | nest) to exp(V_d / scale) (McFadden 1978), V_d the attraction, that of rules and of those
    who went before included, minus sensitivity times cost. Destinations here or full have no
    chance.
    """
    n_dest = w.dest_place.size
    lam = m.nest_scale
    n_nests = w.nest_hash.size
    best = -NEVER
    for d in range(n_dest):
        out[d] = -NEVER
        if cost[d] < NEVER and w.dest_place[d] != p and not s.full[d]:
            drawn = m.attraction[d] + m.lure[s.news_count[1], d] + s.pull[d]
            out[d] = (drawn - m.cost_sensitivity * cost[d]) / lam
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
        s.choice_any[p, k] = nested_logit(w, m, s, p, k, cost, s.choice[p, k])
        s.choice_news[p, k] = s.news_count[0]
    return bool(s.choice_any[p, k])


@compiled
def chances_without(w: Any, m: Any, s: Any, p: int, k: int, door: int, out: np.ndarray) -> bool:
    """Chance of each destination from `p` for somebody to whom link `door` is shut.

    Only ways that bring one closer without that link count: the soft minimum over the others is
    dearer by the log of their share.
    """
    cost = s.scratch[7]
    for d in range(w.dest_place.size):
        cost[d] = s.cost[k, d, p]
        others = 0.0
        met = False
        for q in range(s.way_ptr[k, d, p], s.way_ptr[k, d, p + 1]):
            if w.out_link[s.way_at[k, d, q]] == door:
                met = True
            else:
                others += s.way_share[k, d, q]
        if met:
            cost[d] = cost[d] - m.way_scale * math.log(others) if others > 0.0 else NEVER
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
