"""What each way is believed to cost: waits as they are told, prices, and costs at every news.

Costs are generalised hours. They are recomputed from nothing at every news: values carried over
from the last news would creep up one wait at a time around a cycle when a door shuts for good.
"""

from __future__ import annotations

import math
from typing import Any

from borderflow.arrays import NEVER, NEWCOMERS
from borderflow.engine.compiled import compiled
from borderflow.engine.curves import exponential
from borderflow.engine.queue import line, line_rate
from borderflow.engine.ways import CUT, search, whole_grains


@compiled
def measure(w: Any, m: Any, s: Any, t: int) -> None:
    """Publish what was measured one news interval ago, then measure waits, seats and fares."""
    a = m.news_smoothing
    for server in range(w.rate.size):
        side = w.server_side[server]
        for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
            link = w.server_link[j]
            if w.sched[link] >= 0:
                continue
            if s.measured[link, side] >= NEVER or s.believed[link, side] >= NEVER:
                s.believed[link, side] = s.measured[link, side]  # no end in sight: not averaged
            else:
                s.believed[link, side] += a * (s.measured[link, side] - s.believed[link, side])
            people = line(w, s, link, side)
            if people <= 0.0:
                s.measured[link, side] = 0.0
                continue
            rate = line_rate(w, m, s, t, link, side)
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
def price_rules(w: Any, m: Any, s: Any, e: int) -> None:
    """What a link costs each class in the epoch but for waits and fares; NEVER where it is shut.

    Ordinary travellers only ever choose their way home, and take none through a third country.
    """
    base = s.link_base
    for j in range(w.tail.size):
        link = w.out_link[j]
        abroad = w.crossing[link] >= 0 and not w.is_home[w.head[link]]
        for k in range(w.vot.size):
            admit = m.admit[e, link, 0, k] * m.admit[e, link, 1, k]
            shut = not w.open[e, link, k] or admit <= 0.0 or (abroad and not w.class_moves[k])
            cost = w.hours[link] + m.risk_hours * (1.0 - admit) + m.delay[e, link, k]
            base[k, j] = NEVER if shut else cost


@compiled
def price_waits(w: Any, m: Any, s: Any, t: int) -> None:
    """What the wait for every link costs, and its fare, in the order of `out_link`; its hours."""
    dt = 24.0 / w.spd
    told = t - t % w.news_steps  # a rule that begins in between is no other news
    for j in range(w.tail.size):
        link = w.out_link[j]
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
        weight = m.departure_weight if f >= 0 else m.wait_weight
        s.link_wait[j] = min(weight * wait, NEVER) if wait < NEVER else NEVER
        s.link_fare[j] = fare


@compiled
def price_hops(w: Any, m: Any, s: Any, k: int) -> None:
    """Generalised hours of every hop for a class, and how it is divided among its links.

    A hop is all links from one place to another. Into `s.hop_cost` the cost of its cheapest link,
    into `s.factor` the share of each link in it, and into `s.many` what they weigh together, the
    cheapest being 1. A link that is CUT scales dearer than the cheapest is left out.
    """
    cost = s.link_cost
    base = s.link_base[k]
    wait = s.link_wait
    fare = s.link_fare
    factor = s.factor[k]
    many = s.many
    g = s.hop_cost
    per_hour = 1.0 / w.vot[k]
    budget = w.budget[k]
    for j in range(cost.size):
        x = whole_grains(max(base[j] + wait[j] + fare[j] * per_hour, 1e-3))
        cost[j] = x if (fare[j] <= budget) & (wait[j] < NEVER) & (x < NEVER) else NEVER
    for h in range(g.size):
        first, last = w.hop_link[h], w.hop_link[h + 1]
        least = cost[first]
        g[h] = least
        some = 1.0 if least < NEVER else 0.0
        factor[first] = some
        many[h] = some
        if last - first == 1:  # most
            continue
        for j in range(first + 1, last):
            least = min(least, cost[j])
        if least >= NEVER:
            for j in range(first, last):
                factor[j] = 0.0
            continue
        total = 0.0
        for j in range(first, last):
            x = (least - cost[j]) / m.way_scale
            factor[j] = exponential(x) if x > -CUT else 0.0
            total += factor[j]
        g[h] = least
        many[h] = total
        for j in range(first, last):
            factor[j] = factor[j] / total


@compiled
def day_ends(w: Any, t: int) -> bool:
    """Whether a shown day ends before the next news after step `t`."""
    for step in range(t, min(t - t % w.news_steps + w.news_steps, w.steps)):
        day = w.step_day[step]
        if day >= 0 and w.day_end[day] == step:
            return True
    return False


@compiled
def keep_before(s: Any, k: int) -> None:
    """Keep what the ways of a class cost, to compare later costs with."""
    for place in range(s.cost.shape[1]):
        for d in range(s.cost.shape[2]):
            s.before[k, place, d] = s.cost[k, place, d]


@compiled
def recompute(w: Any, m: Any, s: Any, t: int) -> None:
    """Perceived costs of all classes and destinations; expected hours for the end of a day.

    What they were at the last news is kept as `before`. Between two news only what a rule changes
    is new: a rule far away moves nothing here.
    """
    e = w.epoch[t]
    first = s.news_count[0] == 0
    is_news = t % w.news_steps == 0
    if first or s.news_count[1] != e:
        price_rules(w, m, s, e)
    price_waits(w, m, s, t)
    with_hours = day_ends(w, t)
    for k in range(w.vot.size):
        if is_news and w.class_moves[k]:
            keep_before(s, k)
        price_hops(w, m, s, k)
        search(w, m, s, k, with_hours)
        if first and w.class_moves[k]:
            keep_before(s, k)
    if is_news:
        look_abroad(w, m, s)
    s.news_count[0] += 1
    s.news_count[1] = e
    for d in range(w.dest_place.size):
        drawn = m.attraction[d] + m.lure[e, d] + s.pull[d]
        s.drawn[d] = -NEVER if s.full[d] else drawn


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
