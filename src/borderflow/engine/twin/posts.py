"""The stages at the checkpoints: who is served, and who gives up waiting."""

from __future__ import annotations

import math

from borderflow.engine.twin.crowds import Crowd
from borderflow.engine.twin.doors import Doors
from borderflow.engine.twin.facts import NEVER
from borderflow.engine.twin.situation import put


class Posts(Doors):
    """Those who wait at checkpoints."""

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
            for step, crowd in self.queue[link, 0]:
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
                        self.flows["joined"][step, server] -= people
                    self.give_up(w.tail[link], c, t, gone)
                    if not crowd[c, d]:
                        del crowd[c, d]
            self.queue[link, 0] = [row for row in self.queue[link, 0] if row[1]]
