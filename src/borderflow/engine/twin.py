"""The two slow twins of the engine: the same world, person by person and in expectations.

The rules of a step are written once more here, in plain Python and apart from the compiled
engine. What an *amount* of parties is comes in two kinds. For `Expectations` it is a number that
every decision multiplies by a chance: the engine with its draws off must give the same to 1e-9.
For `Agents` it is a list of parties, each of which makes every decision of its own with uniforms
of its own: the engine with draws on must give the same in distribution.

A *crowd* holds amounts by cell: (cohort, destination).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from borderflow.arrays import FLOWS, HORIZON_BINS, sizes
from borderflow.engine.twin_common import (
    CROWDED,
    NEVER,
    NEWCOMERS,
    PORTIONS,
    ROUNDED,
    Facts,
    Ways,
)
from borderflow.engine.twin_crowds import Agents, Amount, Cell, Crowd, Expectations

__all__ = ["Agents", "Expectations", "Facts", "Twin"]


def put(crowd: Crowd, cell: Cell, amount: Amount) -> None:
    """Add an amount to a crowd."""
    if amount:
        crowd[cell] = crowd[cell] + amount if cell in crowd else amount


class Twin:
    """A run of a small world by the rules of a step, in plain Python.

    Parameters
    ----------
    facts : Facts
        The world and the member.
    kind : Expectations or Agents
        What an amount of parties is.
    """

    def __init__(self, facts: Facts, kind: Expectations | Agents) -> None:
        self.facts, self.kind = facts, kind
        w = facts.w
        self.size = [int(n) for n in w.size]
        self.resident = self._table(w.resident)
        self.present = self._table(w.visiting)
        self.behind: dict[int, Crowd] = defaultdict(dict)
        self.arrived: dict[int, Crowd] = defaultdict(dict)
        self.deciding: dict[int, Crowd] = defaultdict(dict)
        self.road: dict[int, list[tuple[int, Cell, Amount]]] = defaultdict(list)
        self.queue: dict[Cell, list[tuple[int, Crowd]]] = {at: [] for at in facts.queued}
        self.waiting: list[dict[int, float]] = [
            dict.fromkeys(links, 0.0) for links in facts.links_at
        ]
        self.carry = [0.0 for _ in facts.servers]
        self.called = [0.0 for _ in facts.servers]
        self.booked: dict[int, Crowd] = defaultdict(dict)
        self.seats = list(w.dep_seats)
        self.reserved = list(w.dep_reserved)
        self.measured = dict.fromkeys(facts.queued, 0.0)
        self.believed = dict.fromkeys(facts.queued, 0.0)
        self.seen = [(0, 1.0) for _ in w.sched_link]
        self.told = list(self.seen)
        self.epoch = -1
        self.full: tuple[bool, ...] = ()
        self.pull: tuple[float, ...] = ()
        self.ways: Ways | None = None
        self.before: Ways | None = None
        self.flows: dict[str, dict[tuple[int, ...], float]] = {
            field.name: defaultdict(float) for field in FLOWS
        }

    def _table(self, rows: list[list[float]]) -> dict[Cell, Amount]:
        return {
            (p, c): self.kind.make(n) for p, row in enumerate(rows) for c, n in enumerate(row) if n
        }

    def run(self) -> None:
        """All steps."""
        for t in range(self.facts.w.steps):
            self.step(t)

    def step(self, t: int) -> None:
        """One step: the stages of the engine's plan, in its order."""
        self.news(t)
        self.arrive(t)
        self.reconsider(t)
        self.leave(t)
        self.follow(t)
        self.move_on(t)
        self.transfer(t)
        self.traffic(t)
        self.choose_way(t)
        self.depart(t)
        self.checkpoints(t)
        self.renege(t)
        self.record(t)

    # --- small things -------------------------------------------------------------------------

    @property
    def now(self) -> Ways:
        """What people perceive now."""
        assert self.ways is not None
        return self.ways

    def persons(self, crowd: Crowd) -> float:
        """People in a crowd."""
        return sum(self.kind.number(a) * self.size[c] for (c, _), a in crowd.items())

    def count(self, flow: str, at: tuple[int, ...], c: int, amount: Amount) -> None:
        """Add people to a result; a day of -1 is not shown."""
        if at[0] >= 0 and amount:
            self.flows[flow][at] += self.kind.number(amount) * self.size[c]

    def travel(self, cell: Cell, place: int, step: int, amount: Amount) -> None:
        """On the road until a step."""
        if amount:
            self.road[step].append((place, cell, amount))

    def go_home(self, place: int, c: int, amount: Amount) -> None:
        """Turn back: at home at once inside the country, otherwise on the way there."""
        w = self.facts.w
        if not w.is_home[place]:
            put(self.deciding[place], (c, self.facts.home), amount)
        elif not w.ordinary[c]:
            put(self.resident, (w.home_of[place], c), amount)

    def spread(self, amount: Amount, options: list[tuple[int, float]]) -> Iterator[tuple[int, Any]]:
        """(destination, amount) of those who draw a destination, in the order of destinations."""
        if amount:
            yield from ((d, part) for d, part in self.kind.split(amount, options).items() if part)

    # --- news, arriving, leaving --------------------------------------------------------------

    def line(self, link: int, side: int) -> float:
        """People who wait at the checkpoint of a link in its class of vehicle, from wherever."""
        vehicle, waiting = self.facts.w.vehicle, self.waiting[self.facts.w.server[link][side]]
        return float(sum(n for i, n in waiting.items() if vehicle[i] == vehicle[link]))

    def line_rate(self, link: int, side: int, t: int) -> float:
        """People an hour that a line can count on, a full neutral zone behind it included."""
        w = self.facts.w
        behind, own = w.server[link][1], w.server[link][side]
        rate = self.lane_rate(own, w.vehicle[link], t)
        if side == 0 and behind >= 0 and w.room[behind] < NEVER:
            crowded = sum(self.waiting[behind].values()) > CROWDED * w.room[behind]
            if crowded:
                rate = min(rate, self.lane_rate(behind, w.vehicle[link], t))
        return rate

    def link_rate(self, link: int, side: int, t: int) -> float:
        """People an hour that one of the queues of a line can count on."""
        rate, people = self.line_rate(link, side, t), self.line(link, side)
        own = self.waiting[self.facts.w.server[link][side]][link]
        return rate * own / people if people > 0.0 else rate

    def lane_rate(self, server: int, v: int, t: int) -> float:
        """People an hour that one line can count on from the officers who are there now."""
        return self.facts.lane_rate(server, v, t, self.waiting[server], self.called[server])

    def call_in(self, t: int) -> None:
        """Officers come while a queue outlasts one news interval or fills its room."""
        facts, w = self.facts, self.facts.w
        hours = w.news_steps * facts.hours
        part = 1.0 - math.exp(-hours / facts.m.staffing_hours)
        for server in facts.servers:
            in_time = facts.daily_mean(server, t, self.called[server]) * hours
            if facts.m.ordinary_staff[server] < 1.0:
                busy = sum(self.waiting[server].values()) > min(in_time, CROWDED * w.room[server])
                self.called[server] += part * (busy - self.called[server])

    def news(self, t: int) -> None:
        """At every news publish the last measurement and measure; weigh all ways anew.

        Between two news only what a rule changes is new.
        """
        facts, w, m = self.facts, self.facts.w, self.facts.m
        if t % w.news_steps == 0:
            for link, side in facts.queued:
                at = link, side
                old, new = self.believed[at], self.measured[at]
                endless = old >= NEVER or new >= NEVER
                self.believed[at] = new if endless else old + m.news_smoothing * (new - old)
                people = self.line(link, side)
                self.measured[at] = 0.0
                if people > 0.0:
                    rate = self.line_rate(link, side, t)
                    self.measured[at] = min(people / rate, NEVER) if rate > 0.0 else NEVER
            self.call_in(t)
            self.told = self.seen
            self.seen = [self._look(f, t) for f in range(len(w.sched_link))]
        elif w.epoch[t] == self.epoch:
            return
        self.epoch = w.epoch[t]
        believed = [0.0 for _ in facts.links]
        for (link, _), wait in self.believed.items():
            believed[link] += wait
        if t % w.news_steps == 0:
            self.full = tuple(self._full(d) for d in facts.dests)
            self.pull = self._pull()
            self.before = self.ways
        self.ways = facts.ways(t, tuple(believed), tuple(self.told), self.full, self.pull)
        self.before = self.before or self.ways

    def _here(self, d: int, cohorts: Any) -> float:
        """People of some cohorts who stay at a destination."""
        present = self.present
        cells = [(self.facts.w.dest_place[d], c) for c in cohorts]
        return float(
            sum(self.kind.number(present[at]) * self.size[at[1]] for at in cells if at in present)
        )

    def _full(self, d: int) -> bool:
        """Whether a destination has no room left."""
        return bool(self._here(d, self.facts.cohorts) >= self.facts.w.capacity[d])

    def _pull(self) -> tuple[float, ...]:
        """Log attraction of each destination by those who fled there before."""
        facts = self.facts
        fled = [c for c in facts.cohorts if not facts.w.ordinary[c]]
        there = [self._here(d, fled) for d in facts.dests]
        went = sum(there)
        shares = [n / went if went > 0.0 else 0.0 for n in there]
        return tuple(facts.m.network_pull * math.log(x + NEWCOMERS) for x in shares)

    def _look(self, f: int, t: int) -> tuple[int, float]:
        """First departure with a seat (-1: none) and the fare over the ordinary fare."""
        w, first, offered, free = self.facts.w, -1, 0.0, 0.0
        for q in self.facts.departures[f]:
            if t < w.dep_step[q] <= t + w.booking_steps:
                if first < 0 and self.seats[q] >= 1.0:
                    first = w.dep_step[q]
                if w.dep_step[q] <= t + 7 * w.spd:
                    offered += w.dep_seats[q]
                    free += self.seats[q]
        sold = 1.0 - free / offered if offered > 0.0 else 1.0
        return first, 1.0 if w.fixed_fare[f] else 1.0 + (self.facts.m.fare_rise - 1.0) * sold

    def arrive(self, t: int) -> None:
        """Those whose travel ends: settle, come home, or go on from here."""
        facts, w = self.facts, self.facts.w
        for place, (c, d), amount in self.road.pop(t, []):
            if d == facts.here or d == w.dest_of[place]:
                if w.stays[c]:
                    put(self.present, (place, c), amount)
            elif d == facts.home and w.is_home[place]:
                self.go_home(place, c, amount)
            else:
                put(self.arrived[place], (c, d), amount)

    def reconsider(self, t: int) -> None:
        """A share of those under way draws again when the way became much dearer."""
        facts, w, m = self.facts, self.facts.w, self.facts.m
        assert self.before is not None
        arrived, self.arrived = self.arrived, defaultdict(dict)
        for place, crowd in arrived.items():
            for (c, d), amount in crowd.items():
                k = w.cls[c]
                again, on = self.kind.part(amount, 0.0)
                if d != facts.home:
                    cost = self.now.cost(k, d, place)
                    if cost >= NEVER or self.now.full[d]:
                        again, on = self.kind.part(amount, 1.0)
                    elif cost - self.before.cost(k, d, place) > m.reconsider_hours + ROUNDED:
                        again, on = self.kind.part(amount, m.reconsider_share)
                put(self.deciding[place], (c, d), on)
                options = self.now.where(place, k)
                if w.ordinary[c]:
                    self.go_home(place, c, again)
                elif not options:
                    put(self.deciding[place], (c, d), again)
                else:
                    for new, part in self.spread(again, options):
                        put(self.deciding[place], (c, new), part)

    def leave(self, t: int) -> None:
        """People leave home; some leave a family behind, as long as there are families."""
        facts, w = self.facts, self.facts.w
        for place, c in sorted(at for at, n in self.resident.items() if n):
            n = self.resident[place, c]
            if w.origin_of[place] < 0 or facts.m.leave[c] <= 0.0:
                continue
            rate = facts.leaving(t, place, c)
            options = self.now.where(place, w.cls[c])
            if rate <= 0.0 or not options:
                continue
            going, n = self.kind.part(n, 1.0 - math.exp(-rate / w.spd))
            self.resident[place, c] = n
            self.count("departed", (w.step_day[t], w.origin_of[place], w.group[c]), c, going)
            for d, part in self.spread(going, options):
                put(self.deciding[place], (c, d), part)
                family = w.behind[c]
                if family < 0 or (place, family) not in self.resident:
                    continue
                alone, _ = self.kind.part(part, w.behind_share[c])
                stay, rest = self.kind.some(self.resident[place, family], self.kind.number(alone))
                self.resident[place, family] = rest
                put(self.behind[place], (family, d), stay)

    def follow(self, t: int) -> None:
        """Families left behind follow, while there is a way."""
        w = self.facts.w
        for place, crowd in self.behind.items():
            for (c, d), amount in crowd.items():
                if not amount or self.now.cost(w.cls[c], d, place) >= NEVER:
                    continue
                chance = 1.0 - math.exp(-self.facts.m.follow[c] / w.spd)
                going, crowd[c, d] = self.kind.part(amount, chance)
                put(self.deciding[place], (c, d), going)
                self.count("departed", (w.step_day[t], w.origin_of[place], w.group[c]), c, going)

    def move_on(self, t: int) -> None:
        """Those abroad return home or move on, at competing hazards."""
        facts, w, m = self.facts, self.facts.w, self.facts.m
        for (place, c), amount in self.present.items():
            if not amount:
                continue
            k = w.cls[c]
            back = m.ret[c] * facts.ratio(1, t, place, c)
            on = m.onward[c] * facts.ratio(2, t, place, c)
            if self.now.cost(k, facts.home, place) >= NEVER:
                back = 0.0
            options = self.now.where(place, k)
            if w.ordinary[c] or not options:
                on = 0.0
            if back + on <= 0.0:
                continue
            moving, self.present[place, c] = self.kind.part(
                amount, 1.0 - math.exp(-(back + on) / w.spd)
            )
            home, further = self.kind.part(moving, back / (back + on))
            put(self.deciding[place], (c, facts.home), home)
            for d, part in self.spread(further, options):
                put(self.deciding[place], (c, d), part)

    def transfer(self, t: int) -> None:
        """Arranged movements, in proportion to who is there."""
        w = self.facts.w
        for i, step in enumerate(w.move_step):
            if step != t:
                continue
            a, b = w.move_from[i], w.move_to[i]
            who = [
                (table, c)
                for c in self.facts.cohorts
                if w.move_cohort[i][c]
                for table in (self.resident, self.present)
                if (a, c) in table
            ]
            there = sum(self.kind.number(table[a, c]) * self.size[c] for table, c in who)
            for table, c in who:
                share = self.facts.m.move_people[i] / there if there > 0.0 else 0.0
                go, table[a, c] = self.kind.part(table[a, c], min(1.0, share))
                put(self.present, (b, c), go)

    # --- doors --------------------------------------------------------------------------------

    def traffic(self, t: int) -> None:
        """Ordinary travellers come; fewer to a long wait, none to a door that is shut to them."""
        facts, w = self.facts, self.facts.w
        e = w.epoch[t]
        for row, link in enumerate(w.src_link):
            c, f = w.src_cohort[row], w.sched[link]
            mean = w.src_rate[row][t] * facts.m.traffic[row]
            if mean <= 0.0 or not w.open[e][link][w.cls[c]]:
                continue
            cell = c, facts.here
            if f >= 0:
                leaving = [q for q in facts.departures[f] if w.dep_step[q] == t]
                if leaving and w.link_open[e][link]:
                    held = self.reserved[leaving[0]]
                    come = self.kind.come(mean, t, row)
                    come, _ = self.kind.some(come, held / self.size[c])
                    self.reserved[leaving[0]] -= self.kind.number(come) * self.size[c]
                    self.board(link, cell, t, come)
                continue
            wait = sum(self.believed.get((link, side), 0.0) for side in (0, 1))
            come = self.kind.come(mean * w.patience[c] / (w.patience[c] + wait), t, row)
            if w.server[link][0] >= 0:
                self.join(link, 0, cell, t, come)
            else:
                self.board(link, cell, t, come)

    def join(self, link: int, side: int, cell: Cell, t: int, amount: Amount) -> None:
        """Stand in a queue, in the bucket of this step."""
        if not amount:
            return
        w, queue = self.facts.w, self.queue[link, side]
        if not queue or queue[-1][0] != t:
            queue.append((t, {}))
        put(queue[-1][1], cell, amount)
        server = w.server[link][side]
        people = self.kind.number(amount) * self.size[cell[0]]
        self.waiting[server][link] += people
        if w.vehicle[link] != 3:
            self.flows["joined"][t, server] += people

    def board(self, link: int, cell: Cell, t: int, amount: Amount) -> None:
        """Take a link without standing in a queue."""
        for side in (0, 1):
            if self.facts.w.server[link][side] >= 0:
                amount = self.admitted(link, side, cell, t, amount)
        self.cross(link, cell, t, amount)

    def cross(self, link: int, cell: Cell, t: int, amount: Amount) -> None:
        """Past the last checkpoint: counted where a crossing is made (by air: on landing)."""
        w = self.facts.w
        end = t + w.transit[link]
        at = t if w.sched[link] < 0 else end
        x = w.crossing[link]
        if x >= 0 and at < w.steps:
            self.count("entries", (w.crossing_day[x][at], x, w.group[cell[0]]), cell[0], amount)
        self.travel(cell, w.head[link], end, amount)

    def admitted(self, link: int, side: int, cell: Cell, t: int, amount: Amount) -> Amount:
        """Those let through; the others are refused, and a few of them let in for protection."""
        facts, w, m = self.facts, self.facts.w, self.facts.m
        c, d = cell
        share = m.admit[w.epoch[t]][link][side][w.cls[c]]
        through, out = self.kind.part(amount, share)
        if not out:
            return through
        country = w.server_country[w.server[link][side]]
        self.count("refused", (w.country_day[country][t], country, w.group[c]), c, out)
        if side == 1 and not w.ordinary[c]:
            let_in, out = self.kind.part(out, m.protection_share)
            through = through + let_in
        place = w.tail[link]
        if w.ordinary[c] or d >= facts.home:
            if w.is_home[place]:
                self.go_home(place, c, out)
            else:
                self.travel(cell, place, t + m.retry_steps, out)
            return through
        options = self.now.where_without(place, w.cls[c], link)
        home, again = self.kind.part(out, m.refused_home_share if options else 1.0)
        self.go_home(place, c, home)
        for new, part in self.spread(again, options):
            self.travel((c, new), place, t + m.retry_steps, part)
        return through

    def give_up(self, place: int, c: int, t: int, amount: Amount) -> None:
        """Of those who gave up waiting some go home; the others draw again, for the next step."""
        w = self.facts.w
        self.count("gave_up", (w.step_day[t], w.group[c]), c, amount)
        options = [] if w.ordinary[c] else self.now.where(place, w.cls[c])
        home, again = self.kind.part(amount, self.facts.m.give_up_share if options else 1.0)
        self.go_home(place, c, home)
        for d, part in self.spread(again, options):
            self.travel((c, d), place, t + 1, part)

    def choose_way(self, t: int) -> None:
        """Everybody takes a link that brings them closer, or waits here without one."""
        facts, w = self.facts, self.facts.w
        wanted: dict[int, Crowd] = defaultdict(dict)
        comers: dict[int, Crowd] = defaultdict(dict)
        while any(self.deciding.values()):  # those who give up abroad set out for home at once
            deciding, self.deciding = self.deciding, defaultdict(dict)
            for place, crowd in deciding.items():
                for (c, d), amount in crowd.items():
                    if d == facts.home and w.is_home[place]:
                        self.go_home(place, c, amount)
                        continue
                    ways = self.now.which(place, w.cls[c], d)
                    if not ways:
                        self.travel((c, d), place, t + 1, amount)
                        continue
                    for link, part in self.spread(amount, ways):
                        if w.sched[link] >= 0:
                            put(wanted[link], (c, d), part)
                        elif w.server[link][0] < 0:
                            self.board(link, (c, d), t, part)
                        else:
                            stay = self._stay(link, c, d, t, part)
                            put(comers[link], (c, d), stay)
        for link in sorted(wanted):
            self.book(link, t, wanted[link])
        self.come_to(t, comers)

    def come_to(self, t: int, comers: dict[int, Crowd]) -> None:
        """Join the queue at a post, or turn to one beside it where that saves hours."""
        facts = self.facts
        shares = self.turning(t, comers)
        joining: dict[int, Crowd] = defaultdict(dict)
        for link, crowd in comers.items():
            for (c, d), amount in crowd.items():
                options = [
                    (other, shares[link, other])
                    for other, _ in facts.beside[link]
                    if shares[link, other] > 0.0 and facts.may_turn(t, link, other, c, d)
                ]
                here = max(0.0, 1.0 - sum(share for _, share in options))
                for at, part in self.spread(amount, [(link, here), *options]):
                    put(joining[at], (c, d), part)
        for link, crowd in joining.items():
            for cell, amount in crowd.items():
                self.join(link, 0, cell, t, amount)

    def turning(self, t: int, comers: dict[int, Crowd]) -> dict[tuple[int, int], float]:
        """Share of those who may turn from a queue to each beside it, all cohorts alike.

        They come one portion after the other. A queue that some may not join draws fewer.
        """
        facts, w, m = self.facts, self.facts.w, self.facts.m
        shares: dict[tuple[int, int], float] = defaultdict(float)
        coming = {link: n for link, crowd in comers.items() if (n := self.persons(crowd)) > 0.0}
        may = {
            (link, other): self.persons(
                {
                    (c, d): n
                    for (c, d), n in comers[link].items()
                    if facts.may_turn(t, link, other, c, d)
                }
            )
            / coming[link]
            for link in coming
            for other, _ in facts.beside[link]
        }
        first = [link for link, side in facts.queued if side == 0]
        at = {link: (w.server[link][0], w.vehicle[link]) for link in first}  # its line
        rate = {at[link]: self.line_rate(link, 0, t) for link in first}
        line = {at[link]: self.line(link, 0) for link in first}
        for _ in range(PORTIONS):
            wait = {i: m.wait_weight * line[i] / rate[i] for i in rate if rate[i] > 0.0}
            more: dict[tuple[int, int], float] = defaultdict(float)
            for link in coming:
                if at[link] not in wait:
                    continue
                better = {
                    other: wait[at[link]] - wait[at[other]] - hours - m.turn_hours
                    for other, hours in facts.beside[link]
                    if at[other] in wait and may[link, other] > 0.0
                }
                saved = {other: hours for other, hours in better.items() if hours > 0.0}
                weight = {other: may[link, other] * hours for other, hours in saved.items()}
                away = 1.0 - math.exp(-sum(weight.values()) / m.way_scale)
                more[at[link]] += coming[link] / PORTIONS
                for other, hours in saved.items():
                    could = may[link, other] * coming[link]
                    would = could / PORTIONS * away * weight[other] / sum(weight.values())
                    slowness = m.wait_weight * (1.0 / rate[at[link]] + 1.0 / rate[at[other]])
                    posts = max(len(facts.beside[link]), len(facts.beside[other]))
                    turns = min(would, hours / slowness / posts)
                    shares[link, other] += turns / could
                    more[at[link]] -= turns
                    more[at[other]] += turns
            for i in wait:
                line[i] = max(0.0, line[i] + more[i] - rate[i] * facts.hours / PORTIONS)
        return shares

    def _stay(self, link: int, c: int, d: int, t: int, amount: Amount) -> Amount:
        """Those who join for the wait they believe in; the others baulk."""
        w = self.facts.w
        wait = sum(self.believed.get((link, side), 0.0) for side in (0, 1))
        if wait <= 0.0 or d >= self.facts.home or w.ordinary[c]:
            return amount
        chance = self.facts.m.baulk_max * wait / (wait + w.patience[c])
        away, stay = self.kind.part(amount, chance)
        self.give_up(w.tail[link], c, t, away)
        return stay

    def book(self, link: int, t: int, crowd: Crowd) -> None:
        """Seats on the first departure that has any; the rest look at the next, or wait here."""
        w = self.facts.w
        for q in self.facts.departures[w.sched[link]]:
            if not t < w.dep_step[q] <= t + w.booking_steps or self.seats[q] <= 1e-9:
                continue
            people, seats = self.persons(crowd), self.seats[q]
            if people <= seats * (1.0 if self.kind.whole else 1.0 + 1e-12):
                got, crowd = crowd, {}
            else:
                got, crowd = self.kind.pick(crowd, self.size, seats)
            for cell, amount in got.items():
                put(self.booked[q], cell, amount)
            self.seats[q] = max(0.0, seats - self.persons(got))
            if not crowd:
                return
        for cell, amount in crowd.items():
            self.travel(cell, w.tail[link], t + 1, amount)

    def send_back(self, link: int, cell: Cell, t: int, amount: Amount) -> None:
        """Those before a door that shut stand where the link begins; ordinary ones turn round."""
        place = self.facts.w.tail[link]
        if cell[1] <= self.facts.home:
            put(self.arrived[place], cell, amount)
        elif self.facts.w.is_home[place]:
            self.go_home(place, cell[0], amount)
        else:
            self.travel(cell, place, t + 1, amount)

    def shut_out(self, t: int) -> None:
        """Where a rule shut a door, nobody is left in its queues or booked through it."""
        facts, w = self.facts, self.facts.w
        for (link, side), queue in self.queue.items():
            server = w.server[link][side]
            for _, crowd in queue:
                for cell in [i for i in crowd if not w.open[w.epoch[t]][link][w.cls[i[0]]]]:
                    people = self.persons({cell: crowd[cell]})
                    self.waiting[server][link] = max(0.0, self.waiting[server][link] - people)
                    if w.vehicle[link] != 3:
                        self.flows["passed"][t, server] += people
                    self.send_back(link, cell, t, crowd.pop(cell))
            self.queue[link, side] = [row for row in queue if row[1]]
        for f, link in enumerate(w.sched_link):
            for q in facts.departures[f]:
                if w.dep_step[q] < t:
                    continue
                days = range(t, min(w.dep_step[q] + 1, len(w.epoch)))
                for cell in list(self.booked[q]):
                    if not any(w.open[w.epoch[i]][link][w.cls[cell[0]]] for i in days):
                        amount = self.booked[q].pop(cell)
                        self.seats[q] += self.persons({cell: amount})
                        self.send_back(link, cell, t, amount)

    def depart(self, t: int) -> None:
        """Departures leave; those of a stopped service are cancelled until it runs again."""
        w = self.facts.w
        if t > 0 and w.epoch[t] != w.epoch[t - 1]:
            self.shut_out(t)
        for f, link in enumerate(w.sched_link):
            running = [i for i in range(t, len(w.epoch)) if w.link_open[w.epoch[i]][link]]
            stopped = min(running, default=math.inf)
            for q in self.facts.departures[f]:
                if w.dep_step[q] == t or t < w.dep_step[q] < stopped:
                    for cell, amount in self.booked.pop(q, {}).items():
                        if stopped == t:
                            self.board(link, cell, t, amount)
                            continue
                        put(self.arrived[w.tail[link]], cell, amount)
                        if w.dep_step[q] > t:
                            self.seats[q] += self.kind.number(amount) * self.size[cell[0]]

    def serve(self, link: int, side: int, t: int, budget: float) -> float:
        """Serve the front of a queue with `budget` people of service; gives the people served."""
        w, queue = self.facts.w, self.queue[link, side]
        left = budget
        served: Crowd = {}
        partial = False
        while queue and left > 0.0 and not partial:
            step, passed = queue.pop(0)
            partial = self.persons(passed) > left * (1.0 if self.kind.whole else 1.0 + 1e-12)
            if partial:
                passed, stay = self.kind.pick(passed, self.size, left)
                queue.insert(0, (step, stay))
            left -= self.persons(passed)
            for cell, amount in passed.items():
                put(served, cell, amount)
        server = w.server[link][side]
        done = budget - left
        self.waiting[server][link] = max(0.0, self.waiting[server][link] - done) if queue else 0.0
        if w.vehicle[link] != 3:
            self.flows["passed"][t, server] += done
        for cell, amount in served.items():
            amount = self.admitted(link, side, cell, t, amount)
            if side == 0 and w.server[link][1] >= 0:
                self.join(link, 1, cell, t, amount)
            else:
                self.cross(link, cell, t, amount)
        return done

    def work(self, server: int, t: int, total: float, most: dict[int, float]) -> float:
        """A checkpoint serves its queues with `total` people of service; gives the people served.

        Service that whole parties leave over goes to the first queue where somebody still fits.
        """
        w, side = self.facts.w, self.facts.w.server_side[server]
        done = 0.0
        if not any(self.waiting[server].values()):
            return done
        for link, budget in self.facts.fill(server, total, self.waiting[server], most).items():
            if budget > 0.0:
                served = self.serve(link, side, t, budget)
                done += served
                most[w.vehicle[link]] -= served
        if self.kind.whole and w.flexible[server]:
            for link in self.facts.links_at[server]:
                if w.share[server][w.vehicle[link]] <= 0.0:
                    continue
                if total - done >= 1.0 and self.queue[link, side]:
                    done += self.serve(link, side, t, total - done)
        return done

    def keep_carry(self, server: int, rest: float) -> None:
        """Service begun on a party that did not fit counts in the next step."""
        some = self.kind.whole and sum(self.waiting[server].values()) > 0.0
        self.carry[server] = min(max(rest, 0.0), max(self.size)) if some else 0.0

    def checkpoints(self, t: int) -> None:
        """Entry sides work, then exit sides as far as there is room behind, then entry sides."""
        facts, w = self.facts, self.facts.w
        rest: dict[int, float] = {}
        most: dict[int, dict[int, float]] = {}
        for server in sorted(facts.servers, key=lambda s: -w.server_side[s]):
            total = facts.capacity(server, t, self.called[server]) + self.carry[server]
            most[server] = {v: share * total for v, share in enumerate(w.share[server])}
            if w.server_side[server] == 1:
                rest[server] = total - self.work(server, t, total, most[server])
                continue
            behind, room = w.next_server[server], NEVER
            if behind >= 0 and w.room[behind] < NEVER:
                room = w.room[behind] - sum(self.waiting[behind].values())
                slack = max(self.size) * len(facts.links_at[behind]) if self.kind.whole else 0.0
                sure = rest[behind] * facts.sure_share(behind)
                room = max(0.0, room + max(0.0, sure - slack))
            done = self.work(server, t, min(total, room), most[server])
            self.keep_carry(server, total - done if total <= room else 0.0)
        for server, left in rest.items():
            self.keep_carry(server, left - self.work(server, t, left, most[server]))

    def renege(self, t: int) -> None:
        """Before the exit side people give up when the wait ahead outgrows their patience."""
        facts, w = self.facts, self.facts.w
        if t % w.news_steps != 0:
            return
        for link, side in facts.queued:
            if side == 1:
                continue
            server, ahead = w.server[link][0], 0.0
            rate = self.link_rate(link, 0, t) if self.queue[link, 0] else 0.0
            for _, crowd in self.queue[link, 0]:
                wait = ahead / rate if rate > 0.0 else NEVER
                ahead += self.persons(crowd)
                for (c, d), amount in list(crowd.items()):
                    excess = min(wait / w.patience[c] - 1.0, 10.0)
                    if d == facts.home or excess <= 0.0:
                        continue
                    hazard = facts.m.renege_per_day * excess
                    chance = 1.0 - math.exp(-hazard * w.news_steps / w.spd)
                    gone, crowd[c, d] = self.kind.part(amount, chance)
                    people = self.kind.number(gone) * self.size[c]
                    self.waiting[server][link] -= people
                    if w.vehicle[link] != 3:
                        self.flows["passed"][t, server] += people
                    self.give_up(w.tail[link], c, t, gone)
                    if not crowd[c, d]:
                        del crowd[c, d]
            self.queue[link, 0] = [row for row in self.queue[link, 0] if row[1]]

    # --- what is written down -----------------------------------------------------------------

    def record(self, t: int) -> None:
        """Queues at every step; stocks at the end of every shown day."""
        facts, w = self.facts, self.facts.w
        for server in facts.servers:
            for link, people in self.waiting[server].items():
                v = w.vehicle[link]
                if v != 3 and people:
                    self.flows["queue_people"][t, server] += people
                if v < 2 and people:
                    self.flows["queue_vehicles"][t, server] += people / facts.m.occupancy[v]
        day = w.step_day[t]
        if day < 0:
            return
        for f, departures in enumerate(facts.departures):
            for q in departures:
                if w.dep_step[q] == t and w.link_open[w.epoch[t]][w.sched_link[f]]:
                    self.flows["seats_offered"][day, f] += w.dep_seats[q]
                    self.flows["seats_sold"][day, f] += w.dep_seats[q] - self.seats[q]
        if w.day_end[day] == t:
            self._stocks(t, day)

    def _stocks(self, t: int, day: int) -> None:
        facts, w = self.facts, self.facts.w
        for (place, c), amount in self.present.items():
            if w.dest_of[place] >= 0:
                self.count("present", (day, w.dest_of[place], w.group[c]), c, amount)
        for crowd in self.behind.values():
            for (c, _), amount in crowd.items():
                if facts.m.follow[c] > 0.0 or w.follow[c] > 0.0:
                    self.count("left_behind", (day, w.group[c]), c, amount)
        for f, departures in enumerate(facts.departures):
            ahead = [q for q in departures if t < w.dep_step[q] <= t + w.booking_steps]
            free = [w.dep_step[q] for q in ahead if self.seats[q] >= 1.0]
            self.flows["first_seat"][day, f] = min(free, default=-1)
            self.flows["fare"][day, f] = self.seen[f][1]
        for _, (c, d), amount, hours in self.under_way(t):
            if d < facts.home and not w.ordinary[c]:
                days = min(int((max(hours, 0.0) + ROUNDED) / 24.0), HORIZON_BINS - 1)
                self.count("in_transit", (day, d, days), c, amount)

    def under_way(self, t: int) -> Iterable[tuple[int, Cell, Amount, float]]:
        """(place they are at or bound for, cell, amount, hours to go) of those under way."""
        facts, w = self.facts, self.facts.w

        def to_go(cell: Cell, place: int) -> float:
            c, d = cell
            if d > facts.home:
                return 0.0
            reach = self.now.reach(w.cls[c], d)
            return NEVER if reach.near[place] >= NEVER else reach.hours[place]

        for step, rows in self.road.items():
            for place, cell, amount in rows:
                yield place, cell, amount, (step - t) * facts.hours + to_go(cell, place)
        for (link, side), queue in self.queue.items():
            place = w.head[link] if side else w.tail[link]
            more = self.believed[link, 1] + w.hours[link] if side else 0.0
            for _, crowd in queue:
                for cell, amount in crowd.items():
                    yield place, cell, amount, more + to_go(cell, place)
        for q, crowd in self.booked.items():
            link = next(
                i for i, own in zip(w.sched_link, facts.departures, strict=True) if q in own
            )
            more = (w.dep_step[q] - t) * facts.hours + w.hours[link]
            for cell, amount in crowd.items():
                yield w.head[link], cell, amount, more + to_go(cell, w.head[link])
        for table in (self.arrived, self.deciding):
            for place, crowd in table.items():
                for cell, amount in crowd.items():
                    yield place, cell, amount, to_go(cell, place)

    def arrays(self) -> dict[str, np.ndarray]:
        """The results, with the axes of the engine's."""
        n = sizes(self.facts.world)
        made = {}
        for field in FLOWS:
            array = np.full([n[axis] for axis in field.dims], -1.0 * (field.name == "first_seat"))
            for at, people in self.flows[field.name].items():
                array[at] = people
            made[field.name] = array
        return made
