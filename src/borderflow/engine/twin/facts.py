"""What the two slow twins share: all that is decided without chance, in lists and plain loops.

What ways cost, where people would go and which way, what drivers do to leaving, how lanes share
the service of a checkpoint, how many of each size pass. It is written from the rules, not from the
engine: a disagreement is a defect of one of the two.
"""

from __future__ import annotations

import heapq
import math
from types import SimpleNamespace
from typing import Any

import numpy as np

NEVER = 1e30
NEWCOMERS = 0.02
CUT = 8.0
CROWDED = 0.8 + 1e-9
PORTIONS = 8
ROUNDED = 1e-6
FARTHEST = (2.0**30 - 1.0) / 2.0**14
MEMORY = 20_000
"""Perceived costs of so many situations are remembered: runs of one world meet the same ones."""


def plain(structure: Any) -> SimpleNamespace:
    """The arrays of a structure as lists of numbers."""
    return SimpleNamespace(
        **{
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in structure.as_dict().items()
        }
    )


class Facts:
    """A world and what a member drew, as lists; shared by all runs of that member.

    Parameters
    ----------
    world : World
        The compiled world.
    member : Member
        Its knobs and parameters. The member's number and seed are not used.
    """

    def __init__(self, world: Any, member: Any) -> None:
        self.world = world
        self.w = plain(world)
        self.m = plain(member)
        w = self.w
        self.places = range(len(w.place_hash))
        self.links = range(len(w.tail))
        self.cohorts = range(len(w.cls))
        self.classes = range(len(w.vot))
        self.dests = range(len(w.dest_place))
        self.servers = range(len(w.rate))
        self.home = len(w.dest_place)
        self.here = self.home + 1
        self.out = [[i for i in self.links if w.tail[i] == p] for p in self.places]
        self.into = [[i for i in self.links if w.head[i] == p] for p in self.places]
        self.links_at = [w.server_link[w.server_ptr[s] : w.server_ptr[s + 1]] for s in self.servers]
        self.departures = [range(w.dep_ptr[f], w.dep_ptr[f + 1]) for f in range(len(w.sched_link))]
        self.queued = [
            (link, side)
            for link in self.links
            for side in (0, 1)
            if w.server[link][side] >= 0 and w.sched[link] < 0
        ]
        self.beside = [
            [(w.beside_link[i], w.beside_hours[i]) for i in range(*w.beside_ptr[link : link + 2])]
            for link in self.links
        ]
        self.hours = 24.0 / w.spd
        self._leaving: dict[tuple[int, int, int], float] = {}
        self._ways: dict[Any, Ways] = {}

    def may_turn(self, t: int, link: int, other: int, c: int, d: int) -> bool:
        """Whether a party may use another link too, and it brings them as far as this one."""
        w = self.w
        if not w.open[w.epoch[t]][other][w.cls[c]]:
            return False
        a, b = w.head[link], w.head[other]
        return bool(a == b or (d == self.home and w.is_home[a] and w.is_home[b]))

    def ratio(self, which: int, t: int, place: int, c: int) -> float:
        """What the rules do to a hazard: the product of their ratios."""
        w = self.w
        product = 1.0
        if which not in w.hazard_which:
            return product
        for h, kind in enumerate(w.hazard_which):
            first, last = w.hazard_step[h]
            if kind != which or not first <= t < last:
                continue
            if w.hazard_place[h][place] and w.hazard_cohort[h][c]:
                product *= self.m.hazard_ratio[h]
        return product

    def leaving(self, t: int, place: int, c: int) -> float:
        """Hazard of leaving a place, per day: baseline, rules, and 1 + amplitude x level."""
        key = t, place, c
        if key not in self._leaving:
            w = self.w
            rate = self.m.leave[c] * self.ratio(0, t, place, c)
            for driver, amplitude in enumerate(self.m.amplitude):
                level = sum(
                    w.term_level[j][t]
                    for j, own in enumerate(w.term_driver)
                    if own == driver and w.term_place[j][place] and w.term_cohort[j][c]
                )
                rate *= max(0.0, 1.0 + amplitude * level)
            self._leaving[key] = rate
        return self._leaving[key]

    def service(self, server: int, t: int, called: float) -> float:
        """People a checkpoint would serve in an hour of step `t`, if it were open throughout.

        `called` is the share called in of the officers who are not there in ordinary times.
        """
        e, m = self.w.epoch[t], self.m
        staff = m.ordinary_staff[server] + (1.0 - m.ordinary_staff[server]) * called
        rate = m.rate[server] * staff * m.rate_factor[e][server]
        return float(min(rate, m.rate_cap[e][server]))

    def daily_mean(self, server: int, t: int, called: float) -> float:
        """The same over an average day, hours in which it is closed included."""
        shares = self.w.open_share[server]
        return float(self.service(server, t, called) * sum(shares) / len(shares))

    def capacity(self, server: int, t: int, called: float) -> float:
        """People a checkpoint can serve in step `t`."""
        share = float(self.w.open_share[server][t % self.w.spd])
        return float(self.service(server, t, called) * self.hours * share)

    def lanes(self, server: int, waiting: dict[int, float]) -> dict[int, float]:
        """Lane share of each link; links of one class of vehicle share it by their queues."""
        w = self.w
        lanes = {}
        for link in self.links_at[server]:
            share = w.share[server][w.vehicle[link]]
            together = sum(
                waiting[other]
                for other in self.links_at[server]
                if w.vehicle[other] == w.vehicle[link]
            )
            lanes[link] = share * waiting[link] / together if together > 0.0 else share
        return lanes

    def sure_share(self, server: int) -> float:
        """Share of a checkpoint's service that all who come can count on, whatever their class."""
        least = min(self.w.share[server][self.w.vehicle[i]] for i in self.links_at[server])
        return 1.0 if self.w.flexible[server] and least > 0.0 else float(min(1.0, least))

    def lane_rate(
        self, server: int, v: int, t: int, waiting: dict[int, float], called: float
    ) -> float:
        """People an hour that a class of vehicle can count on, over an average day."""
        own = self.w.share[server][v]
        if self.w.flexible[server] and own > 0.0:
            lanes = self.lanes(server, waiting)
            others = [i for i in lanes if self.w.vehicle[i] != v and waiting[i] > 1e-9]
            own /= own + sum(lanes[i] for i in others)
        return float(own * self.daily_mean(server, t, called))

    def fill(
        self, server: int, total: float, waiting: dict[int, float], most: dict[int, float]
    ) -> dict[int, float]:
        """Service of each queue: its lanes' share, and what idle lanes leave where they may help.

        `most` is what each class of vehicles may still have where lanes are not flexible.
        """
        w = self.w
        given = dict.fromkeys(waiting, 0.0)
        left = total
        if not w.flexible[server]:
            for link in given:
                v = w.vehicle[link]
                same = sum(waiting[i] for i in given if w.vehicle[i] == v)
                if same > 0.0:
                    own = max(0.0, most[v]) * waiting[link] / same
                    given[link] = min(waiting[link], own, left)
                    left -= given[link]
            return given
        lanes = self.lanes(server, waiting)
        while left > 1e-12:
            hungry = [i for i in given if waiting[i] > given[i]]
            weight = sum(lanes[i] for i in hungry)
            if weight <= 0.0:
                break
            before = left
            for i in hungry:
                more = min(waiting[i] - given[i], before * lanes[i] / weight)
                given[i] += more
                left -= more
            if left == before:
                break
        return given

    def ways(
        self, t: int, waits: tuple[float, ...], told: tuple[Any, ...], full: Any, pull: Any
    ) -> Ways:
        """What people perceive, given believed waits by link and (first seat, fare) by service."""
        w = self.w
        then = t - t % w.news_steps
        dated = tuple(
            (NEVER if step < 0 else max(0.0, (step - then) * self.hours), fare)
            for step, fare in told
        )
        key = w.epoch[t], waits, dated, full, pull
        if key not in self._ways:
            if len(self._ways) >= MEMORY:
                self._ways.clear()
            self._ways[key] = Ways(self, w.epoch[t], waits, dated, full, pull)
        return self._ways[key]


class Reach:
    """One destination as one class perceives it: by place the least cost, the soft minimum, hours.

    Dijkstra from the end, then Dial's pass over links that bring one closer, which also gives the
    weight of each such link: exp(-(its length - the least) / scale).
    """

    def __init__(self, facts: Facts, ends: list[int], g: list[float], hours: list[float]) -> None:
        w = facts.w
        head, tail = w.head, w.tail
        never = len(facts.places) * [NEVER]
        self.near, self.cost, self.hours = list(never), list(never), [0.0 for _ in never]
        self.weights: list[list[tuple[int, float]]] = [[] for _ in never]
        self.scale = facts.m.way_scale
        near = self.near
        for p in ends:
            near[p] = self.cost[p] = 0.0
        heap = [(0.0, p) for p in ends]
        while heap:
            length, at = heapq.heappop(heap)
            if length > near[at]:
                continue
            for i in facts.into[at]:
                if g[i] < NEVER and g[i] + length < near[tail[i]]:
                    near[tail[i]] = g[i] + length
                    heapq.heappush(heap, (g[i] + length, tail[i]))
        near[:] = [length if length < FARTHEST else NEVER for length in near]
        for p in sorted(facts.places, key=near.__getitem__):
            if not 0.0 < near[p] < NEVER:
                continue
            closer = [i for i in facts.out[p] if g[i] < NEVER and near[head[i]] < near[p]]
            hop = {q: min(g[i] for i in closer if head[i] == q) for q in {head[i] for i in closer}}
            for i in closer:
                least = near[p] - hop[head[i]] - near[head[i]]
                if least > -CUT * self.scale and g[i] - hop[head[i]] < CUT * self.scale:
                    x = (near[p] - g[i] - self.cost[head[i]]) / self.scale
                    self.weights[p].append((i, math.exp(x)))
            self.cost[p] = self.without(p, -1)
            total = sum(x for _, x in self.weights[p])
            self.hours[p] = sum(
                x / total * (hours[i] + self.hours[head[i]]) for i, x in self.weights[p]
            )

    def without(self, p: int, door: int) -> float:
        """Soft minimum over the ways from a place that bring one closer, all but one link."""
        total = sum(x for i, x in self.weights[p] if i != door)
        return self.near[p] - self.scale * math.log(total) if total > 0.0 else NEVER


class Ways:
    """Perceived costs at one news, and the choices that follow from them."""

    def __init__(self, facts: Facts, e: int, waits: Any, dated: Any, full: Any, pull: Any) -> None:
        self.facts = facts
        self.full = full
        self.pull = [m + x for m, x in zip(facts.m.lure[e], pull, strict=True)]
        self._reach: dict[tuple[int, int], Reach] = {}
        self._where: dict[tuple[int, int], list[tuple[int, float]]] = {}
        w = facts.w
        seats = [w.sched[i] for i in facts.links]
        self.wait = [dated[f][0] if f >= 0 else waits[i] for i, f in enumerate(seats)]
        self.fare = [w.fare[i] * (dated[f][1] if f >= 0 else 1.0) for i, f in enumerate(seats)]
        self.hours = [min(w.hours[i] + self.wait[i], NEVER) for i in facts.links]
        self.link_cost = [[self._price(e, i, k) for i in facts.links] for k in facts.classes]

    def _price(self, e: int, i: int, k: int) -> float:
        """Generalised hours of a link for a class; NEVER where it cannot be used."""
        w, m = self.facts.w, self.facts.m
        through = m.admit[e][i][0][k] * m.admit[e][i][1][k]
        fare, wait = self.fare[i], self.wait[i]
        if not w.open[e][i][k] or fare > w.budget[k] or through <= 0.0 or wait >= NEVER:
            return NEVER
        if not w.class_moves[k] and w.crossing[i] >= 0 and not w.is_home[w.head[i]]:
            return NEVER  # ordinary travellers only choose their way home
        weight = m.departure_weight if w.sched[i] >= 0 else m.wait_weight
        cost = w.hours[i] + weight * wait + m.risk_hours * (1.0 - through)
        hours = max(cost + m.delay[e][i][k] + fare / w.vot[k], 1e-3)
        return float(math.floor(hours * 2.0**14 + 0.5) / 2.0**14)

    def reach(self, k: int, d: int) -> Reach:
        """How a class reaches a destination (or home)."""
        key = k, d
        if key not in self._reach:
            facts, w = self.facts, self.facts.w
            ends = [p for p in facts.places if w.is_home[p]]
            if d != facts.home:
                ends = [w.dest_place[d]] if w.class_moves[k] else []
            self._reach[key] = Reach(facts, ends, self.link_cost[k], self.hours)
        return self._reach[key]

    def cost(self, k: int, d: int, place: int) -> float:
        """Perceived cost from a place; NEVER without a way."""
        return self.reach(k, d).cost[place]

    def which(self, place: int, k: int, d: int) -> list[tuple[int, float]]:
        """(link, weight) of the ways on from here; empty where there is none."""
        return self.reach(k, d).weights[place]

    def where(self, place: int, k: int) -> list[tuple[int, float]]:
        """(destination, chance) of those who choose here; empty where nowhere can be reached."""
        key = place, k
        if key not in self._where:
            costs = [self.cost(k, d, place) for d in self.facts.dests]
            self._where[key] = self._nested_logit(place, costs)
        return self._where[key]

    def where_without(self, place: int, k: int, door: int) -> list[tuple[int, float]]:
        """The same for those to whom one link is shut."""
        costs = [self.reach(k, d).without(place, door) for d in self.facts.dests]
        return self._nested_logit(place, costs)

    def _nested_logit(self, place: int, costs: list[float]) -> list[tuple[int, float]]:
        """P(nest) ~ exp(scale * I), P(d | nest) ~ exp(V / scale).

        Not here, not where full, and from abroad not into a country that people leave.
        """
        w, m = self.facts.w, self.facts.m
        value = {
            d: (m.attraction[d] + self.pull[d] - m.cost_sensitivity * costs[d]) / m.nest_scale
            for d in self.facts.dests
            if costs[d] < NEVER
            and w.dest_place[d] != place
            and not self.full[d]
            and (w.is_home[place] or not w.is_home[w.dest_place[d]])
        }
        if not value:
            return []
        top = max(value.values())
        inside = {d: math.exp(v - top) for d, v in value.items()}
        chances = []
        for a, b in zip(w.nest_ptr[:-1], w.nest_ptr[1:], strict=True):
            nest = [d for d in range(a, b) if d in inside]
            together = sum(inside[d] for d in nest)
            if together > 0.0:
                share = together**m.nest_scale / together
                chances += [(d, inside[d] * share) for d in nest]
        total = sum(p for _, p in chances)
        return [(d, p / total) for d, p in chances]


def quotas(count: dict[int, int], budget: float) -> dict[int, int]:
    """Whole parties of each size that pass when only `budget` people of a bucket can.

    Each size gets its share of the service in whole parties; what is left over goes to the
    sizes that still fit, the largest first.
    """
    people = sum(size * n for size, n in count.items())
    serve = {size: math.floor(budget * n / people + 1e-9) for size, n in count.items()}
    left = budget - sum(size * n for size, n in serve.items())
    for size in sorted(count, reverse=True):
        more = max(0, min(math.floor(left / size + 1e-9), count[size] - serve[size]))
        serve[size] += more
        left -= more * size
    return serve
