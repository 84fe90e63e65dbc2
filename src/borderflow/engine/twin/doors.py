"""The stages before the checkpoints: ordinary traffic, which way, booking, departures."""

from __future__ import annotations

import math
from collections import defaultdict

from borderflow.engine.twin.crowds import Amount, Cell, Crowd
from borderflow.engine.twin.facts import PORTIONS
from borderflow.engine.twin.moving import Moving
from borderflow.engine.twin.situation import put


class Doors(Moving):
    """Those who take a link, stand in a queue or book a seat."""

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
            for step, crowd in queue:
                for cell in [i for i in crowd if not w.open[w.epoch[t]][link][w.cls[i[0]]]]:
                    people = self.persons({cell: crowd[cell]})
                    self.waiting[server][link] = max(0.0, self.waiting[server][link] - people)
                    if w.vehicle[link] != 3:
                        self.flows["joined"][step, server] -= people
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
