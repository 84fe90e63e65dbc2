"""The stages of a step in which people leave, choose, travel and come back.

Each stage takes the world, the member, the state, the results so far and the step, and changes
the state in place. What happens on the way out of a place is
in `doors`, what happens at the checkpoints in `checkpoints`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from borderflow.arrays import NEVER, ROUNDED
from borderflow.engine import processes as pr
from borderflow.engine.choice import can_go, chances, split_destinations
from borderflow.engine.compiled import compiled, kept
from borderflow.engine.costs import measure, recompute
from borderflow.engine.draws import NONE, Word, draw_binomial, draw_hypergeometric, mix64
from borderflow.engine.queue import call_in, drop_node


@compiled
def decide(s: Any, place: int, c: int, cell: int, n: float) -> None:
    """Put `n` parties of a cell, of cohort `c`, among those about to take a link."""
    if n > 0.0:
        s.deciding[place, cell] += n
        s.has_deciding[place, c] = True
        s.has_deciding[place, s.has_deciding.shape[1] - 1] = True


@compiled
def arrive_at(s: Any, place: int, c: int, cell: int, n: float) -> None:
    """Put `n` parties of a cell, of cohort `c`, among those just come to a place."""
    if n > 0.0:
        s.arrived[place, cell] += n
        s.has_arrived[place, c] = True
        s.has_arrived[place, s.has_arrived.shape[1] - 1] = True


@compiled
def go_home(w: Any, s: Any, place: int, c: int, n: float) -> None:
    """Those who turn back: at home at once inside the country, otherwise on their way there."""
    if n <= 0.0:
        return
    if not w.is_home[place]:
        decide(s, place, c, c * (w.dest_place.size + 2) + w.dest_place.size, n)
    elif w.ordinary[c]:
        s.balance[2] += n * w.size[c]
    else:
        s.resident[w.home_of[place], c] += n


@compiled
def draw_again(
    w: Any, m: Any, s: Any, process: int, t: int, place: int, c: int, key: Word, n: float
) -> None:
    """Draw a new destination for `n` parties that stand at a place; home where there is none."""
    if n <= 0.0:
        return
    k = w.cls[c]
    if w.ordinary[c] or not chances(w, m, s, place, k):
        go_home(w, s, place, c, n)
        return
    out = s.scratch[0]
    split_destinations(w, m, process, t, key, n, s.choice[place, k], s.scratch[1], out)
    for d in range(w.dest_place.size):
        decide(s, place, c, c * (w.dest_place.size + 2) + d, out[d])


@kept
def news(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Tell what was measured one news interval ago; recompute perceived costs.

    At every news, and at once when a rule begins or ends.
    """
    if t % w.news_steps == 0:
        measure(w, m, s, t)
        call_in(w, m, s, t)
        recompute(w, m, s, t)
    elif w.epoch[t] != s.news_count[1]:
        recompute(w, m, s, t)


@kept
def arrive(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Bring in those whose travel ends in this step: settle, come home, or go on from here."""
    slot = t % s.ring_head.size
    width = w.dest_place.size + 2
    node = s.ring_head[slot]
    s.ring_head[slot] = -1
    while node >= 0:
        cell = s.node_cell[node]
        place = s.node_at[node]
        n = s.node_n[node]
        c = cell // width
        d = cell % width
        if d == width - 1 or d == w.dest_of[place]:
            if w.stays[c]:
                s.present[place, c] += n
            else:
                s.balance[2] += n * w.size[c]
        elif d == width - 2 and w.is_home[place]:
            go_home(w, s, place, c, n)
        else:
            arrive_at(s, place, c, cell, n)
        following = s.node_next[node]
        drop_node(s, node)
        node = following


@kept
def reconsider(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Those under way look again: a share draws anew when the way became much dearer.

    Today's perceived cost is compared with that of one news interval ago. Where the destination
    has no way left, everybody draws again; where nowhere can be reached, they wait here. Those of
    a place and cohort who draw again do so together, wherever they were bound.
    """
    width = w.dest_place.size + 2
    home = width - 2
    anybody = w.cls.size
    for place in range(s.has_arrived.shape[0]):
        if not s.has_arrived[place, anybody]:
            continue
        s.has_arrived[place, anybody] = False
        for c in range(w.cls.size):
            if not s.has_arrived[place, c]:
                continue
            s.has_arrived[place, c] = False
            k = w.cls[c]
            anew = 0.0
            arrived = s.arrived[place, c * width : (c + 1) * width]
            for d in range(width):
                n = arrived[d]
                if n <= 0.0:
                    continue
                arrived[d] = 0.0
                cell = c * width + d
                if d == home:
                    decide(s, place, c, cell, n)
                    continue
                nowhere = s.cost[k, place, d] >= NEVER or s.full[d]
                grown = s.cost[k, place, d] - s.before[k, place, d]
                if not nowhere and grown <= m.reconsider_hours + ROUNDED:
                    decide(s, place, c, cell, n)
                    continue
                again = n
                if not nowhere:
                    key = mix64(w.place_hash[place], mix64(w.cohort_hash[c], w.dest_hash[d]))
                    again = draw_binomial(
                        m.chance,
                        m.seed,
                        pr.RECONSIDER,
                        t,
                        m.number,
                        key,
                        NONE,
                        n,
                        m.reconsider_share,
                    )
                decide(s, place, c, cell, n - again)
                if again <= 0.0:
                    continue
                if not w.ordinary[c] and not chances(w, m, s, place, k):
                    decide(s, place, c, cell, again)
                else:
                    anew += again
            key = mix64(w.place_hash[place], w.cohort_hash[c])
            draw_again(w, m, s, pr.RECONSIDER_WHERE, t, place, c, key, anew)


@compiled
def hazard_ratio(w: Any, m: Any, which: int, t: int, place: int, c: int) -> float:
    """Product of the rules' ratios on a hazard (0 leave, 1 return, 2 move on)."""
    ratio = 1.0
    for h in range(w.hazard_which.size):
        if (
            w.hazard_which[h] == which
            and w.hazard_step[h, 0] <= t < w.hazard_step[h, 1]
            and w.hazard_place[h, place]
            and w.hazard_cohort[h, c]
        ):
            ratio *= m.hazard_ratio[h]
    return ratio


@kept
def leave(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """People leave home: a baseline hazard times what the drivers do to it.

    Over a step of length dt a share 1 - exp(-rate dt) leaves (Euler-multinomial), and draws its
    destination. Nobody leaves where nowhere can be reached. Of those who leave alone a share
    leaves a family behind.
    """
    width = w.dest_place.size + 2
    dt = 1.0 / w.spd
    level = np.zeros(w.n_drivers)
    acting = np.empty(w.term_driver.size, np.int64)
    out = s.scratch[0]
    for place in range(s.resident.shape[0]):
        if w.origin_of[place] < 0:
            continue
        n_acting = 0
        for j in range(w.term_driver.size):  # most drivers rest, or are elsewhere
            if w.term_level[j, t] != 0.0 and w.term_place[j, place]:
                acting[n_acting] = j
                n_acting += 1
        for c in range(w.cls.size):
            n = s.resident[place, c]
            if n <= 0.0 or m.leave[c] <= 0.0:
                continue
            level[:] = 0.0
            for i in range(n_acting):
                j = acting[i]
                if w.term_cohort[j, c]:
                    level[w.term_driver[j]] += w.term_level[j, t]
            rate = m.leave[c] * hazard_ratio(w, m, 0, t, place, c)
            for a in range(w.n_drivers):
                rate *= max(0.0, 1.0 + m.amplitude[a] * level[a])
            if rate <= 0.0:
                continue
            k = w.cls[c]
            key = mix64(w.place_hash[place], w.cohort_hash[c])
            going = draw_binomial(
                m.chance, m.seed, pr.LEAVE, t, m.number, key, NONE, n, 1.0 - math.exp(-rate * dt)
            )
            if going <= 0.0 or not chances(w, m, s, place, k):
                continue
            s.resident[place, c] -= going
            split_destinations(
                w, m, pr.DESTINATION, t, key, going, s.choice[place, k], s.scratch[1], out
            )
            if w.step_day[t] >= 0:
                f.departed[w.step_day[t], w.origin_of[place], w.group[c]] += going * w.size[c]
            family = w.behind[c]
            for d in range(w.dest_place.size):
                if out[d] <= 0.0:
                    continue
                decide(s, place, c, c * width + d, out[d])
                if family >= 0:
                    stay = draw_binomial(
                        m.chance,
                        m.seed,
                        pr.LEAVE_BEHIND,
                        t,
                        m.number,
                        key,
                        w.dest_hash[d],
                        out[d],
                        w.behind_share[c],
                    )
                    stay = min(stay, s.resident[place, family])
                    s.resident[place, family] -= stay
                    s.behind[place, family, d] += stay


@kept
def follow(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Families left behind follow to where the first went, while there is a way.

    How many of a place and cohort follow is drawn at once, then to which destinations they belong.
    """
    width = w.dest_place.size + 2
    dt = 1.0 / w.spd
    for place in range(s.behind.shape[0]):
        if w.origin_of[place] < 0:
            continue
        for c in range(w.cls.size):
            if m.follow[c] <= 0.0:
                continue
            behind = s.behind[place, c]
            cost = s.cost[w.cls[c], place]
            rest = 0.0
            for d in range(behind.size):
                rest += behind[d] if cost[d] < NEVER else 0.0
            if rest <= 0.0:
                continue
            key = mix64(w.place_hash[place], w.cohort_hash[c])
            share = 1.0 - math.exp(-m.follow[c] * dt)
            left = draw_binomial(m.chance, m.seed, pr.FOLLOW, t, m.number, key, NONE, rest, share)
            if left > 0.0 and w.step_day[t] >= 0:
                f.departed[w.step_day[t], w.origin_of[place], w.group[c]] += left * w.size[c]
            for d in range(behind.size):
                n = behind[d]
                if n <= 0.0 or cost[d] >= NEVER:
                    continue
                if left <= 0.0:
                    break
                rest -= n
                going = draw_hypergeometric(
                    m.chance,
                    m.seed,
                    pr.FOLLOW_WHERE,
                    t,
                    m.number,
                    mix64(key, w.dest_hash[d]),
                    NONE,
                    n,
                    rest,
                    left,
                )
                left -= going
                behind[d] = n - going
                decide(s, place, c, c * width + d, going)


@kept
def move_on(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Those who stay abroad return home or move on to another destination, at competing hazards."""
    width = w.dest_place.size + 2
    dt = 1.0 / w.spd
    home = width - 2
    out = s.scratch[0]
    for place in range(s.present.shape[0]):
        for c in range(w.cls.size):
            n = s.present[place, c]
            if n <= 0.0:
                continue
            k = w.cls[c]
            back = m.ret[c] * hazard_ratio(w, m, 1, t, place, c)
            on = m.onward[c] * hazard_ratio(w, m, 2, t, place, c)
            if s.cost[k, place, home] >= NEVER:
                back = 0.0
            if on > 0.0 and (w.ordinary[c] or not can_go(w, s, place, k)):
                on = 0.0
            rate = back + on
            if rate <= 0.0:
                continue
            key = mix64(w.place_hash[place], w.cohort_hash[c])
            moving = draw_binomial(
                m.chance, m.seed, pr.MOVE_ON, t, m.number, key, NONE, n, 1.0 - math.exp(-rate * dt)
            )
            if moving <= 0.0:
                continue
            s.present[place, c] -= moving
            returning = draw_binomial(
                m.chance, m.seed, pr.RETURN, t, m.number, key, NONE, moving, back / rate
            )
            decide(s, place, c, c * width + home, returning)
            if moving > returning and chances(w, m, s, place, k):
                split_destinations(
                    w,
                    m,
                    pr.MOVE_ON_WHERE,
                    t,
                    key,
                    moving - returning,
                    s.choice[place, k],
                    s.scratch[1],
                    out,
                )
                for d in range(home):
                    decide(s, place, c, c * width + d, out[d])


@kept
def transfer(w: Any, m: Any, s: Any, f: Any, t: int) -> None:
    """Move people by arrangement (an evacuation, a relocation), in proportion to who is there."""
    for i in range(w.move_step.size):
        if w.move_step[i] != t:
            continue
        a = w.move_from[i]
        b = w.move_to[i]
        there = 0.0
        for c in range(w.cls.size):
            if w.move_cohort[i, c]:
                there += (s.resident[a, c] + s.present[a, c]) * w.size[c]
        if there <= 0.0:
            continue
        part = min(1.0, m.move_people[i] / there)
        for c in range(w.cls.size):
            if not w.move_cohort[i, c]:
                continue
            key = mix64(mix64(w.place_hash[a], w.place_hash[b]), w.cohort_hash[c])
            for kind in range(2):
                n = s.resident[a, c] if kind == 0 else s.present[a, c]
                go = draw_binomial(
                    m.chance, m.seed, pr.TRANSFER, t, m.number, key, np.uint64(kind + 1), n, part
                )
                if kind == 0:
                    s.resident[a, c] -= go
                else:
                    s.present[a, c] -= go
                s.present[b, c] += go
                if w.step_day[t] >= 0 and w.dest_of[b] >= 0:
                    f.moved[w.step_day[t], w.dest_of[b]] += go * w.size[c]
