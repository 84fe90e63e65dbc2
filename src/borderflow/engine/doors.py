"""The stages before the checkpoints: ordinary traffic, which way, booking, departures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.engine import processes as pr
from borderflow.engine.beside import come_to
from borderflow.engine.choice import which_way
from borderflow.engine.compiled import compiled, kept
from borderflow.engine.draws import FEW, NONE, draw_binomial, draw_poisson, mix64, split
from borderflow.engine.passing import board, give_up
from borderflow.engine.queue import drop_node, join, new_node, part_of_bucket, touch, travel
from borderflow.engine.stages import arrive_at, go_home


@kept
def traffic(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Ordinary travellers come to the doors: the same servers, the same flights.

    Half of them stay away when the wait they believe in equals their patience; none come when
    the link is shut to them. On links with seats they use those reserved for them.
    """
    width = w.dest_place.size + 2
    e = w.epoch[t]
    for r in range(w.src_link.size):
        link = w.src_link[r]
        c = w.src_cohort[r]
        mean = w.src_rate[r, t] * m.traffic[r]
        if mean <= 0.0 or not w.open[e, link, w.cls[c]]:
            continue
        q = w.sched[link]
        dep = -1
        if q >= 0:
            dep = s.next_dep[q]
            if dep >= w.dep_ptr[q + 1] or w.dep_step[dep] != t or not w.link_open[e, link]:
                continue
        else:
            wait = s.believed[link, 0] + s.believed[link, 1]
            mean *= w.patience[c] / (w.patience[c] + wait)
        n = draw_poisson(m.chance, m.seed, pr.TRAFFIC, t, m.number, w.src_hash[r], NONE, mean)
        if dep >= 0:
            seats = s.reserved_left[dep] / w.size[c]
            n = min(n, math.floor(seats) if m.chance else seats)
            s.reserved_left[dep] -= n * w.size[c]
        if n <= 0.0:
            continue
        s.balance[1] += n * w.size[c]
        cell = c * width + width - 1
        if q >= 0 or w.server[link, 0] < 0:
            board(w, m, s, f, t, link, cell, n)
        else:
            join(w, s, f, link, 0, cell, t, n)


@compiled
def baulk(w: Any, m: Any, s: Any, f: Any, t: int, link: int, cell: int, n: float) -> float:
    """Those who do not join a queue for the wait they believe in; they go home or draw again."""
    width = w.dest_place.size + 2
    c = cell // width
    d = cell % width
    wait = s.believed[link, 0] + s.believed[link, 1]
    if wait <= 0.0 or d >= width - 2 or w.ordinary[c]:
        return 0.0
    place = w.tail[link]
    key = mix64(w.link_hash[link], mix64(w.cohort_hash[c], w.dest_hash[d]))
    away = draw_binomial(
        m.chance,
        m.seed,
        pr.BAULK,
        t,
        m.number,
        key,
        NONE,
        n,
        m.baulk_max * wait / (wait + w.patience[c]),
    )
    give_up(w, m, s, f, pr.GIVE_UP, pr.GIVE_UP_WHERE, t, place, c, key, away)
    return away


@compiled
def book(w: Any, m: Any, s: Any, t: int, link: int, head: int, people: float) -> None:
    """Seats for those who chose a link with seats in this step (a list of nodes from `head`).

    They take seats on the first departure that can be reached; where seats run out, who gets
    one is drawn, and the others look at the next departure. Those without a seat as far ahead
    as is sold stay where they are and decide again.
    """
    f = w.sched[link]
    place = w.tail[link]
    taken = s.scratch[6]
    q = s.next_dep[f]
    while head >= 0 and q < w.dep_ptr[f + 1] and w.dep_step[q] <= t + w.booking_steps:
        seats = s.seats_free[q]
        if w.dep_step[q] <= t or seats <= 1e-9:
            q += 1
            continue
        everybody = people <= seats or (not m.chance and people <= seats * (1.0 + 1e-12))
        served = people
        if not everybody:
            key = mix64(w.link_hash[link], np.uint64(w.dep_step[q]))
            served = part_of_bucket(w, m, s, pr.SEAT, t, key, head, -1, seats, people, taken)
        node = head
        previous = -1
        i = 0
        while node >= 0:
            following = s.node_next[node]
            n = s.node_n[node] if everybody else taken[i]
            if n > 0.0:
                seat = new_node(s, s.node_cell[node], link, t, n)
                if seat >= 0:
                    s.node_next[seat] = s.booked_head[q]
                    s.booked_head[q] = seat
                s.node_n[node] -= n
            if s.node_n[node] <= 0.0:
                if previous < 0:
                    head = following
                else:
                    s.node_next[previous] = following
                drop_node(s, node)
            else:
                previous = node
            node = following
            i += 1
        s.seats_free[q] = max(0.0, seats - served)
        people = max(0.0, people - served)
        q += 1
    while head >= 0:
        following = s.node_next[head]
        travel(s, s.node_cell[head], place, t + 1, s.node_n[head])
        drop_node(s, head)
        head = following


@kept
def choose_way(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Everybody at a place takes one of the links that bring them closer to their destination.

    On the road at once, into the queue of a checkpoint or of one beside it, or onto the list of
    those who want a seat. Those without a way wait here until the next step.
    """
    width = w.dest_place.size + 2
    home = width - 2
    out = s.scratch[4]
    share = s.scratch[3]
    hashes = np.zeros(w.tail.size, np.uint64)
    at = np.zeros(w.tail.size, np.int64)
    seekers = np.full(w.tail.size, -1, np.int64)
    wanted = np.zeros(w.tail.size)
    comers = np.full(w.tail.size, -1, np.int64)
    coming = np.zeros(w.tail.size)
    anybody = w.cls.size
    for place in range(s.has_deciding.shape[0]):
        if not s.has_deciding[place, anybody]:
            continue
        s.has_deciding[place, anybody] = False
        for c in range(w.cls.size):
            if not s.has_deciding[place, c]:
                continue
            s.has_deciding[place, c] = False
            k = w.cls[c]
            for cell in range(c * width, (c + 1) * width):
                n = s.deciding[place, cell]
                if n <= 0.0:
                    continue
                s.deciding[place, cell] = 0.0
                d = cell - c * width
                if d == home and w.is_home[place]:
                    go_home(w, s, place, c, n)
                    continue
                ways = which_way(w, m, s, place, k, d, at, share)
                if ways == 0:
                    travel(s, cell, place, t + 1, n)
                    continue
                out[0] = n
                if ways > 1:
                    if n > FEW:  # a few parties draw at addresses of their own
                        for q in range(ways):
                            hashes[q] = w.link_hash[w.out_link[at[q]]]
                    key = mix64(w.place_hash[place], mix64(w.cohort_hash[c], w.dest_hash[d]))
                    split(
                        m.chance,
                        m.seed,
                        pr.WAY,
                        t,
                        m.number,
                        key,
                        n,
                        share[:ways],
                        hashes[:ways],
                        out[:ways],
                    )
                for q in range(ways):
                    go = out[q]
                    if go <= 0.0:
                        continue
                    j = at[q]
                    link = w.out_link[j]
                    if w.sched[link] >= 0:
                        node = new_node(s, cell, link, t, go)
                        if node >= 0:
                            s.node_next[node] = seekers[j]
                            seekers[j] = node
                        wanted[j] += go * w.size[c]
                    elif w.server[link, 0] >= 0:
                        go -= baulk(w, m, s, f, t, link, cell, go)
                        if go <= 0.0:
                            continue
                        if w.beside_ptr[link] == w.beside_ptr[link + 1]:
                            join(w, s, f, link, 0, cell, t, go)
                            continue
                        node = new_node(s, cell, link, t, go)
                        if node >= 0:
                            s.node_next[node] = comers[link]
                            comers[link] = node
                        coming[link] += go * w.size[c]
                    else:
                        board(w, m, s, f, t, link, cell, go)
        for j in range(w.out_ptr[place], w.out_ptr[place + 1]):
            if seekers[j] >= 0:
                book(w, m, s, t, w.out_link[j], seekers[j], wanted[j])
    come_to(w, m, s, f, t, comers, coming)


@compiled
def send_back(w: Any, s: Any, t: int, link: int, cell: int, n: float) -> None:
    """Parties before a door that shut stand where the link begins; ordinary ones turn round."""
    place = w.tail[link]
    c = cell // (w.dest_place.size + 2)
    if cell % (w.dest_place.size + 2) <= w.dest_place.size:
        arrive_at(s, place, c, cell, n)
    elif w.is_home[place]:
        go_home(w, s, place, c, n)
    else:
        travel(s, cell, place, t + 1, n)


@compiled
def shut_out(w: Any, s: Any, f: Any, t: int) -> None:
    """Where a rule shuts a door, those who wait at it or are booked through it turn away.

    Nobody is left in a queue of a link that is closed to them; seats on departures before it may
    be used again are given back.
    """
    e = w.epoch[t]
    width = w.dest_place.size + 2
    for link in range(w.tail.size):
        for side in range(2):
            node = s.queue_head[link, side]
            previous = -1
            while node >= 0:
                following = s.node_next[node]
                cell = s.node_cell[node]
                c = cell // width
                if w.open[e, link, w.cls[c]]:
                    previous = node
                    node = following
                    continue
                people = s.node_n[node] * w.size[c]
                s.queue_people[link, side] = max(0.0, s.queue_people[link, side] - people)
                if w.vehicle[link] != 3:
                    f.joined[s.node_step[node], w.server[link, side]] -= people
                send_back(w, s, t, link, cell, s.node_n[node])
                if previous < 0:
                    s.queue_head[link, side] = following
                else:
                    s.node_next[previous] = following
                if s.queue_tail[link, side] == node:
                    s.queue_tail[link, side] = previous
                drop_node(s, node)
                node = following
    for i in range(w.sched_link.size):
        link = w.sched_link[i]
        for q in range(s.next_dep[i], w.dep_ptr[i + 1]):
            node = s.booked_head[q]
            previous = -1
            while node >= 0:
                following = s.node_next[node]
                cell = s.node_cell[node]
                k = w.cls[cell // width]
                shut = t
                last = min(w.dep_step[q], w.epoch.size - 1)
                while shut <= last and not w.open[w.epoch[shut], link, k]:
                    shut += 1
                if shut <= last:
                    previous = node
                    node = following
                    continue
                s.seats_free[q] += s.node_n[node] * w.size[cell // width]
                send_back(w, s, t, link, cell, s.node_n[node])
                if previous < 0:
                    s.booked_head[q] = following
                else:
                    s.node_next[previous] = following
                drop_node(s, node)
                node = following


@kept
def depart(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Departures leave with those booked on them; cancelled ones give everybody back.

    When a service is stopped, all its departures until it may run again are cancelled at once.
    A rule that begins or ends now turns away those to whom a door is shut.
    """
    e = w.epoch[t]
    if t > 0 and e != w.epoch[t - 1]:
        shut_out(w, s, f, t)
    for i in range(w.sched_link.size):
        link = w.sched_link[i]
        closed_until = t
        while closed_until < w.epoch.size and not w.link_open[w.epoch[closed_until], link]:
            closed_until += 1
        if closed_until == w.epoch.size:  # to the end, and so beyond it
            closed_until = np.iinfo(np.int64).max
        q = s.next_dep[i]
        while q < w.dep_ptr[i + 1] and (w.dep_step[q] <= t or w.dep_step[q] < closed_until):
            node = s.booked_head[q]
            s.booked_head[q] = -1
            cancelled = not w.link_open[e, link]
            s.touched[0] = 0
            if w.dep_step[q] > t and node < 0:
                q += 1
                continue
            while node >= 0:
                following = s.node_next[node]
                cell = s.node_cell[node]
                n = s.node_n[node]
                if cancelled:
                    if w.dep_step[q] > t:
                        s.seats_free[q] += n * w.size[cell // (w.dest_place.size + 2)]
                    arrive_at(s, w.tail[link], cell // (w.dest_place.size + 2), cell, n)
                else:
                    touch(s, cell, n, s.scratch[5])
                drop_node(s, node)
                node = following
            for j in range(s.touched[0]):
                cell = s.touched[1 + j]
                n = s.scratch[5][cell]
                s.scratch[5][cell] = 0.0
                board(w, m, s, f, t, link, cell, n)
            q += 1
        while s.next_dep[i] < w.dep_ptr[i + 1] and w.dep_step[s.next_dep[i]] <= t:
            s.next_dep[i] += 1
