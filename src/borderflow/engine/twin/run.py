"""A whole run: the stages of a step in their order, and what is written down."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from borderflow.arrays import FLOWS, HORIZON_BINS, sizes
from borderflow.engine.twin.crowds import Amount, Cell
from borderflow.engine.twin.facts import NEVER, ROUNDED
from borderflow.engine.twin.posts import Posts


class Twin(Posts):
    """A run of a small world by the rules of a step, in plain Python."""

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
        """(place they are at or bound for, cell, amount, hours to go) of those under way.

        Those before the exit side are at the place where the link begins.
        """
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
            rate, ahead = self.link_rate(link, side, t) if queue else 0.0, 0.0
            behind = self.believed.get((link, 1), 0.0) if side == 0 else 0.0
            for _, crowd in queue:
                people = self.persons(crowd)
                wait = (ahead + people / 2.0) / rate if rate > 0.0 else NEVER
                ahead += people
                for cell, amount in crowd.items():
                    more = wait + behind + w.hours[link]
                    place = w.head[link] if side else w.tail[link]
                    yield place, cell, amount, more + to_go(cell, w.head[link])
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
