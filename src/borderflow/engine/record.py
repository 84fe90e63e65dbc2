"""What is written down at the end of a step, and the audit of people."""

from __future__ import annotations

from typing import Any

from borderflow.arrays import HORIZON_BINS, NEVER, ROUNDED
from borderflow.engine.compiled import compiled, kept
from borderflow.engine.queue import link_rate


@compiled
def under_way(w: Any, f: Any, day: int, cell: int, n: float, hours: float) -> None:
    """Add `n` parties that have `hours` to go to the stock of people in transit."""
    width = w.dest_place.size + 2
    c = cell // width
    d = cell % width
    if d < width - 2 and not w.ordinary[c]:
        days = (max(hours, 0.0) + ROUNDED) / 24.0
        bin_ = int(min(days, HORIZON_BINS - 1.0))  # NEVER fits in no integer
        f.in_transit[day, d, bin_] += n * w.size[c]


@compiled
def to_go(w: Any, s: Any, cell: int, place: int) -> float:
    """Expected hours from a place to the destination of a cell, waits as believed included."""
    width = w.dest_place.size + 2
    d = cell % width
    if d > width - 2:
        return 0.0
    return float(s.hours[w.cls[cell // width], place, d])


@compiled
def queued(w: Any, m: Any, s: Any, f: Any, t: int, day: int, link: int, side: int) -> None:
    """Those who wait in a queue: who stands in front has less to go than who came last.

    Those who joined in one step have the wait of the middle of them.
    """
    width = w.dest_place.size + 2
    rate = link_rate(w, m, s, t, link, side)
    behind = s.believed[link, 1] if side == 0 else 0.0
    node = s.queue_head[link, side]
    ahead = 0.0
    wait = 0.0
    bucket = -1
    while node >= 0:
        cell = s.node_cell[node]
        if s.node_step[node] != bucket:
            bucket = s.node_step[node]
            people = 0.0
            other = node
            while other >= 0 and s.node_step[other] == bucket:
                people += s.node_n[other] * w.size[s.node_cell[other] // width]
                other = s.node_next[other]
            wait = (ahead + people / 2.0) / rate if rate > 0.0 else NEVER
            ahead += people
        hours = wait + behind + w.hours[link] + to_go(w, s, cell, w.head[link])
        under_way(w, f, day, cell, s.node_n[node], hours)
        node = s.node_next[node]


@compiled
def snapshot(w: Any, m: Any, s: Any, f: Any, t: int, day: int) -> None:
    """Stocks at the end of a shown day."""
    width = w.dest_place.size + 2
    dt = 24.0 / w.spd
    for d in range(width - 2):
        for c in range(w.cls.size):
            f.present[day, d, w.group[c]] += s.present[w.dest_place[d], c] * w.size[c]
    for place in range(s.behind.shape[0]):
        if w.origin_of[place] >= 0:
            for c in range(w.cls.size):
                if m.follow[c] > 0.0 or w.follow[c] > 0.0:
                    people = 0.0
                    for d in range(width - 2):
                        people += s.behind[place, c, d]
                    f.left_behind[day, w.group[c]] += people * w.size[c]
    for ahead in range(1, s.ring_head.size):
        node = s.ring_head[(t + ahead) % s.ring_head.size]
        while node >= 0:
            hours = ahead * dt + to_go(w, s, s.node_cell[node], s.node_at[node])
            under_way(w, f, day, s.node_cell[node], s.node_n[node], hours)
            node = s.node_next[node]
    for link in range(w.tail.size):
        for side in range(2):
            if s.queue_head[link, side] >= 0:
                queued(w, m, s, f, t, day, link, side)
    for i in range(w.sched_link.size):
        link = w.sched_link[i]
        f.first_seat[day, i] = -1
        for q in range(s.next_dep[i], w.dep_ptr[i + 1]):
            node = s.booked_head[q]
            while node >= 0:
                hours = (
                    (w.dep_step[q] - t) * dt
                    + w.hours[link]
                    + to_go(w, s, s.node_cell[node], w.head[link])
                )
                under_way(w, f, day, s.node_cell[node], s.node_n[node], hours)
                node = s.node_next[node]
            if (
                f.first_seat[day, i] < 0
                and s.seats_free[q] >= 1.0
                and w.dep_step[q] <= t + w.booking_steps
            ):
                f.first_seat[day, i] = w.dep_step[q]
        f.fare[day, i] = s.seen_fare[i]
    anybody = w.cls.size
    for place in range(s.arrived.shape[0]):
        if s.has_arrived[place, anybody]:
            for cell in range(s.arrived.shape[1]):
                if s.arrived[place, cell] > 0.0:
                    under_way(w, f, day, cell, s.arrived[place, cell], to_go(w, s, cell, place))
        if s.has_deciding[place, anybody]:
            for cell in range(s.deciding.shape[1]):
                if s.deciding[place, cell] > 0.0:
                    under_way(w, f, day, cell, s.deciding[place, cell], to_go(w, s, cell, place))


@kept
def record(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Write down queues at every step, and stocks at the end of every shown day."""
    for server in range(w.rate.size):
        side = w.server_side[server]
        for j in range(w.server_ptr[server], w.server_ptr[server + 1]):
            link = w.server_link[j]
            v = w.vehicle[link]
            if v != 3:
                f.queue_people[t, server] += s.queue_people[link, side]
            if v < 2:
                f.queue_vehicles[t, server] += s.queue_people[link, side] / m.occupancy[v]
    for i in range(w.sched_link.size):
        q = s.next_dep[i] - 1
        runs = w.link_open[w.epoch[t], w.sched_link[i]]  # a cancelled departure offers nothing
        if runs and q >= w.dep_ptr[i] and w.dep_step[q] == t and w.step_day[t] >= 0:
            f.seats_offered[w.step_day[t], i] += w.dep_seats[q]
            f.seats_sold[w.step_day[t], i] += w.dep_seats[q] - s.seats_free[q]
    day = w.step_day[t]
    if day >= 0 and w.day_end[day] == t:
        snapshot(w, m, s, f, t, day)


@kept
def audit(w: Any, s: Any) -> tuple[float, float]:
    """People in the world now, and the smallest count held anywhere (negative: a defect)."""
    width = w.dest_place.size + 2
    total = 0.0
    least = 0.0
    for c in range(w.cls.size):
        for place in range(s.resident.shape[0]):
            n = s.resident[place, c] + s.present[place, c]
            least = min(least, min(s.resident[place, c], s.present[place, c]))
            for d in range(width):
                n += s.arrived[place, c * width + d] + s.deciding[place, c * width + d]
                least = min(least, s.deciding[place, c * width + d])
                if d < width - 2:
                    n += s.behind[place, c, d]
                    least = min(least, s.behind[place, c, d])
            total += n * w.size[c]
    queues = s.queue_head.shape[0]
    booked = 2 * queues + s.booked_head.size
    for i in range(booked + s.ring_head.size):
        if i < 2 * queues:
            node = s.queue_head[i // 2, i % 2]
        elif i < booked:
            node = s.booked_head[i - 2 * queues]
        else:
            node = s.ring_head[i - booked]
        while node >= 0:
            total += s.node_n[node] * w.size[s.node_cell[node] // width]
            least = min(least, s.node_n[node])
            node = s.node_next[node]
    return total, least
