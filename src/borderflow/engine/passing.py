"""Through a door: let on or refused, counted, and on the way again."""

from __future__ import annotations

from typing import Any

import numpy as np

from borderflow.engine import processes as pr
from borderflow.engine.choice import chances, chances_without, split_destinations
from borderflow.engine.compiled import compiled
from borderflow.engine.draws import NONE, Word, draw_binomial, mix64
from borderflow.engine.queue import travel
from borderflow.engine.stages import go_home


@compiled
def count_entry(w: Any, f: Any, link: int, c: int, t: int, n: float) -> None:
    """Count `n` parties as having made the link's crossing in step `t`."""
    x = w.crossing[link]
    if x >= 0 and t < w.steps:
        day = w.crossing_day[x, t]
        if day >= 0:
            f.entries[day, x, w.group[c]] += n * w.size[c]


@compiled
def refuse(
    w: Any, m: Any, s: Any, f: Any, process: int, t: int, link: int, side: int, cell: int, n: float
) -> float:
    """Refuse `n` parties at one side of a link; returns those let in to ask for protection.

    A share asks for protection at the entry side. Of the others some go home; the rest draw a
    destination that can be reached without this door, after the retry time. Those who were on
    their way home abroad, or ordinary travellers, turn round.
    """
    width = w.dest_place.size + 2
    c = cell // width
    d = cell % width
    k = w.cls[c]
    server = w.server[link, side]
    z = w.server_country[server]
    if w.country_day[z, t] >= 0:
        f.refused[w.country_day[z, t], z, w.group[c]] += n * w.size[c]
    # a checkpoint may refuse twice in one step: what was drawn then is drawn anew
    key = mix64(w.link_hash[link], mix64(w.cohort_hash[c], w.dest_hash[d]))
    key = mix64(key, np.uint64(process))
    let_in = 0.0
    if side == 1 and not w.ordinary[c]:
        let_in = draw_binomial(
            m.chance, m.seed, pr.PROTECTION, t, m.number, key, NONE, n, m.protection_share
        )
    rest = n - let_in
    place = w.tail[link]
    if rest <= 0.0:
        return let_in
    if w.ordinary[c] or d >= width - 2:
        if w.is_home[place]:
            go_home(w, s, place, c, rest)
        else:  # refused on the way home: tries again
            travel(s, cell, place, t + m.retry_steps, rest)
        return let_in
    home = draw_binomial(
        m.chance,
        m.seed,
        pr.REFUSED_HOME,
        t,
        m.number,
        key,
        np.uint64(side),
        rest,
        m.refused_home_share,
    )
    again = rest - home
    chance = s.scratch[2]
    out = s.scratch[0]
    if again > 0.0 and chances_without(w, m, s, place, k, link, chance):
        split_destinations(
            w,
            m,
            pr.REFUSED_WHERE,
            t,
            mix64(key, np.uint64(side + 1)),
            again,
            chance,
            s.scratch[1],
            out,
        )
        for i in range(width - 2):
            if out[i] > 0.0:
                travel(s, c * width + i, place, t + m.retry_steps, out[i])
    else:
        home = rest
    go_home(w, s, place, c, home)
    return let_in


@compiled
def admitted(
    w: Any, m: Any, s: Any, f: Any, process: int, t: int, link: int, side: int, cell: int, n: float
) -> float:
    """Of `n` parties at a checkpoint, those who are let through; the others are refused."""
    width = w.dest_place.size + 2
    c = cell // width
    share = m.admit[w.epoch[t], link, side, w.cls[c]]
    if share >= 1.0:
        return n
    key = mix64(w.link_hash[link], mix64(w.cohort_hash[c], w.dest_hash[cell % width]))
    through = draw_binomial(m.chance, m.seed, process, t, m.number, key, np.uint64(side), n, share)
    if n > through:
        through += refuse(w, m, s, f, process, t, link, side, cell, n - through)
    return through


@compiled
def cross(w: Any, s: Any, f: Any, t: int, link: int, cell: int, n: float) -> None:
    """Past the last checkpoint: count the crossing and travel on to the end of the link."""
    if n <= 0.0:
        return
    width = w.dest_place.size + 2
    at = t if w.sched[link] < 0 else t + w.transit[link]
    count_entry(w, f, link, cell // width, at, n)
    travel(s, cell, w.head[link], t + w.transit[link], n)


@compiled
def board(w: Any, m: Any, s: Any, f: Any, t: int, link: int, cell: int, n: float) -> None:
    """Take a link without standing in a queue: departures, and links without a checkpoint."""
    for side in range(2):
        if w.server[link, side] >= 0 and n > 0.0:
            process = pr.FLIGHT_EXIT if side == 0 else pr.FLIGHT_ENTRY
            n = admitted(w, m, s, f, process, t, link, side, cell, n)
    cross(w, s, f, t, link, cell, n)


@compiled
def give_up(
    w: Any,
    m: Any,
    s: Any,
    f: Any,
    process: int,
    where: int,
    t: int,
    place: int,
    c: int,
    key: Word,
    n: float,
) -> None:
    """Of `n` parties that gave up waiting, a share goes home; the others draw again here.

    They are among those who arrive in the next step.
    """
    if n <= 0.0:
        return
    if w.step_day[t] >= 0:
        f.gave_up[w.step_day[t], w.group[c]] += n * w.size[c]
    width = w.dest_place.size + 2
    home = draw_binomial(m.chance, m.seed, process, t, m.number, key, NONE, n, m.give_up_share)
    k = w.cls[c]
    out = s.scratch[0]
    if w.ordinary[c] or (n > home and not chances(w, m, s, place, k)):
        home = n
    elif n > home:
        split_destinations(w, m, where, t, key, n - home, s.choice[place, k], s.scratch[1], out)
        for d in range(width - 2):
            if out[d] > 0.0:
                travel(s, c * width + d, place, t + 1, out[d])
    go_home(w, s, place, c, home)
