"""The stages in which people come, leave, follow and move on."""

from __future__ import annotations

import math
from collections import defaultdict

from borderflow.engine.twin.facts import NEVER, ROUNDED
from borderflow.engine.twin.perceiving import Perceiving
from borderflow.engine.twin.situation import put


class Moving(Perceiving):
    """Those who come to a place, leave it, or are moved by arrangement."""

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
                if w.step_day[t] >= 0 and w.dest_of[b] >= 0:
                    self.count("moved", (w.step_day[t], w.dest_of[b]), c, go)
