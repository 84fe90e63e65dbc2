"""What people know of the ways: measured now, told at the next news."""

from __future__ import annotations

import math
from typing import Any

from borderflow.engine.twin.facts import CROWDED, NEVER, NEWCOMERS
from borderflow.engine.twin.situation import Situation


class Perceiving(Situation):
    """Measures waits and fares, tells of them, and has all ways weighed anew."""

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
