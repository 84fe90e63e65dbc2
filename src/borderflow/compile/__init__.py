"""Scenario to arrays: the only place that knows dates, units and names.

`compile` gives what all members share; `realise` gives one member: its draws of the priors, put
onto the knobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from borderflow.arrays import NEVER, VEHICLES, Member, World
from borderflow.compile.ahead import AHEAD
from borderflow.compile.attraction import COVARIATES, offers
from borderflow.compile.clock import Clock
from borderflow.compile.ground import Ground, ground
from borderflow.compile.labels import Crossing, Destination, Group, Labels
from borderflow.compile.people import cohorts_by_id, compile_cohorts, traffic_rows
from borderflow.compile.priors import Prior, Priors, draw
from borderflow.compile.rules import Rules, compile_rules, signature
from borderflow.policy import effects
from borderflow.scenario.edit import until
from borderflow.scenario.model import Scenario

__all__ = ["Compiled", "Crossing", "Destination", "Group", "Labels", "compile", "realise"]

SCALARS = (
    "cost_sensitivity", "way_scale", "nest_scale", "network_pull", "wait_weight",
    "departure_weight", "risk_hours", "fare_rise", "news_smoothing", "reconsider_share",
    "reconsider_hours", "baulk_max", "turn_hours",
    "renege_per_day", "give_up_share", "refused_home_share", "protection_share", "staffing_hours",
)  # fmt: skip
"""Quantities that are one number for the whole world."""

OBSERVED = ("vehicles_per_km", "wait_tail", "handling_hours")
"""Quantities of the observation model, drawn with the others and kept for it."""


@dataclass(frozen=True)
class Compiled:
    """A scenario as arrays, with the names to read the results by.

    Attributes
    ----------
    scenario : Scenario
        What was compiled: facts known at `as_of` only.
    as_of : date or None
        Last day whose facts were used; None where nothing was held back.
    world : World
        Arrays that all members share.
    labels : Labels
        Ids and names along the axes.
    parameters : tuple of Prior
        Every prior that some number of the model is drawn from, by id.
    """

    scenario: Scenario
    as_of: date | None
    world: Any
    labels: Labels
    parameters: tuple[Prior, ...]
    _plan: dict[str, Any]
    _ground: Ground

    @property
    def ahead(self) -> dict[str, Prior]:
        """Priors that say how things go on after `as_of`, by quantity."""
        found: dict[str, Prior] = self._plan["ahead"]
        return found


def compile(
    scenario: Scenario, as_of: date | None = None, like: Compiled | None = None
) -> Compiled:
    """Turn a scenario into the arrays that the engine runs on.

    Parameters
    ----------
    scenario : Scenario
        A scenario without error-level findings.
    as_of : date, optional
        Use only what was known at the end of that day (scenario time zone): later facts are
        dropped, and ends that were not yet known are open.
    like : Compiled, optional
        Another set of rules over the same scenario: what they have in common is not compiled anew.

    Returns
    -------
    Compiled

    Raises
    ------
    LookupError
        If a policy or driver names something the scenario does not have.
    ValueError
        If two ids share a hash, or a checkpoint is used as the first and as the second on
        different links.
    """
    known = scenario if as_of is None else until(scenario, as_of)
    common = ground(known, None if like is None else like._ground)
    clock, network = common.clock, common.network
    rules_in_force = effects(known)
    priors = Priors(known)
    people, groups = compile_cohorts(known, network, signature(known, rules_in_force))
    rules = compile_rules(known, common, rules_in_force, people, priors)
    shown = clock.shown(None)
    arrays: dict[str, Any] = {
        **network.arrays,
        **people,
        **common.traffic,
        **common.drivers,
        **rules.arrays,
        "steps": clock.steps,
        "spd": clock.spd,
        "news_steps": max(1, round(known.news_hours * clock.spd / 24)),
        "booking_steps": known.booking_days * clock.spd,
        "n_days": clock.days,
        "step_day": shown,
        "day_end": np.array(
            [int(np.flatnonzero(shown == day)[-1]) for day in range(clock.days)], dtype=np.int32
        ),
    }
    plan = _plan(known, priors, rules, common.driver_names, network, clock)
    world = World(**{field.name: arrays[field.name] for field in World.fields})
    labels = Labels(
        places=tuple(place.id for place in network.places),
        links=tuple(leg.id for leg in network.legs),
        checkpoints=tuple(sorted(row.id for row in known.checkpoints)),
        cohorts=tuple(row.id for row in cohorts_by_id(known)),
        origins=network.origins,
        scheduled=network.scheduled,
        destinations=network.destinations,
        groups=groups,
        crossings=network.crossings,
        countries=network.countries,
        days=tuple(date.fromordinal(clock.start.toordinal() + i) for i in range(clock.days)),
        step_start=clock.starts(),
        shown=slice(int(np.flatnonzero(shown >= 0)[0]), int(np.flatnonzero(shown >= 0)[-1]) + 1),
    )
    parameters = tuple(priors.used[id_] for id_ in sorted(priors.used))
    return Compiled(known, as_of, world, labels, parameters, plan, common)


def _plan(
    scenario: Scenario,
    priors: Priors,
    rules: Rules,
    drivers: tuple[tuple[str, str], ...],
    network: Any,
    clock: Clock,
) -> dict[str, Any]:
    """Which prior sets which number of a member."""
    cohorts = cohorts_by_id(scenario)
    servers = sorted(scenario.checkpoints, key=lambda row: row.id)
    return {
        "scalars": {name: priors.find(name) for name in SCALARS},
        "observed": [priors.find(name) for name in OBSERVED]
        + [priors.find("handling_hours", s.post, s.country) for s in servers],
        "ahead": {name: priors.find(name) for name in AHEAD},
        "retry": priors.find("retry_hours"),
        "step_hours": 24 / clock.spd,
        "leave": [priors.find("leave_factor", c.id, c.group) for c in cohorts],
        "ret": [priors.find("return_factor", c.id, c.group) for c in cohorts],
        "onward": [priors.find("onward_factor", c.id, c.group) for c in cohorts],
        "follow": [priors.find("follow_factor", c.id, c.group) for c in cohorts],
        "amplitude": [priors.by_id(parameter) for _, parameter in drivers],
        "attraction": [
            priors.find("attraction", d.place, d.country, d.name) for d in network.destinations
        ],
        "offers": offers(network.places[i] for i in network.arrays["dest_place"]),
        "weights": [priors.find("attraction_weight", name) for name in COVARIATES],
        "rate": [priors.find("rate_factor", s.id, s.post, s.size) for s in servers],
        "staff": [priors.find("ordinary_staff", s.id, s.post, s.size) for s in servers],
        "traffic": [
            priors.find("traffic_factor", row, cohort, link)
            for row, cohort, link in traffic_rows(scenario)
        ],
        "traffic_level": [
            priors.find("traffic_level", _entered(network, link))
            for _, _, link in traffic_rows(scenario)
        ],
        "occupancy": [priors.find("persons_per_vehicle", v) for v in VEHICLES],
        "rules": rules,
    }


def realise(
    compiled: Compiled,
    seed: int,
    member: int,
    chance: bool = True,
    override: Callable[[Prior], float | None] | None = None,
) -> tuple[Any, dict[str, float]]:
    """One member: draw every prior once and put the numbers where they belong.

    Parameters
    ----------
    compiled : Compiled
        The scenario as arrays.
    seed, member : int
        Address of the draws.
    chance : bool, optional
        False switches all draws off: medians of the priors, and the deterministic limit.
    override : callable, optional
        Gives the value of a prior instead of its draw (None: drawn as usual).

    Returns
    -------
    Member, dict of str to float
        The arrays, and the value of every prior by id.
    """
    world, plan = compiled.world, compiled._plan
    every = compiled.parameters
    numbers = draw(every, seed, member) if chance else [prior.quantile(0.5) for prior in every]
    drawn = dict(zip((prior.id for prior in every), numbers, strict=True))
    if override is not None:
        for prior in every:
            own = override(prior)
            if own is not None:
                drawn[prior.id] = own

    def value(prior: Prior) -> float:
        return prior.value if prior.row is None else drawn[prior.id]

    def values(name: str) -> np.ndarray:
        return np.array([value(prior) for prior in plan[name]], dtype=np.float64)

    n_epochs, n_links, n_classes = world.open.shape
    admit = np.ones((n_epochs, n_links, 2, n_classes))
    delay = np.zeros((n_epochs, n_links, n_classes))
    lure = np.zeros((n_epochs, len(world.dest_place)))
    factor = np.ones((n_epochs, len(world.rate)))
    cap = np.full((n_epochs, len(world.rate)), NEVER)
    rules: Rules = plan["rules"]
    for dial in rules.dials:
        number = dial.effect.amount(value(dial.prior))
        window = slice(dial.first, dial.last)
        if dial.effect.knob == "admit":
            links, sides, classes = dial.where
            admit[window, links, sides, classes] *= min(max(number, 0.0), 1.0)
        elif dial.effect.knob == "utility":
            links, classes = dial.where
            delay[window, links, classes] -= number
        elif dial.effect.knob == "attraction":
            lure[window, dial.where[0]] += number
        elif dial.effect.how == "cap":
            cap[window, dial.where[0]] = np.minimum(cap[window, dial.where[0]], number)
        else:
            factor[window, dial.where[0]] *= max(number, 0.0)
    rates = world.rate * values("rate")
    traffic = values("traffic") * values("traffic_level")
    scalars = {name: value(prior) for name, prior in plan["scalars"].items()}
    made = Member(
        seed=np.array(seed, dtype=np.uint64),
        number=member,
        chance=chance,
        **scalars,
        retry_steps=max(1, min(round(value(plan["retry"]) / plan["step_hours"]), 14 * world.spd)),
        leave=world.leave * values("leave"),
        ret=world.ret * values("ret"),
        onward=world.onward * values("onward"),
        follow=world.follow * values("follow"),
        amplitude=values("amplitude"),
        hazard_ratio=np.array(
            [max(0.0, e.amount(value(prior))) for e, prior in rules.hazards], dtype=np.float64
        ),
        attraction=world.attraction + plan["offers"] @ values("weights") + values("attraction"),
        rate=rates,
        ordinary_staff=_staff(world, rates, values("staff"), traffic),
        rate_factor=factor,
        rate_cap=cap,
        traffic=traffic,
        admit=admit,
        delay=delay,
        lure=lure,
        occupancy=values("occupancy"),
        move_people=_moved(rules, value),
    )
    return made, drawn


SPARE = 1.15
"""Ordinary staff pass at least so many times the ordinary traffic of a mean day: its busiest
weekday, without a queue that lasts."""


def _entered(network: Any, link: str) -> str:
    """Country in which a link ends."""
    head = network.arrays["head"][network.leg_at[link]]
    return str(network.places[head].country)


def _staff(world: Any, rates: np.ndarray, staff: np.ndarray, traffic: np.ndarray) -> np.ndarray:
    """Share of each checkpoint's rate that is staffed in ordinary times (array [S]).

    What the prior says, but enough for the ordinary traffic; all of it where there is no rate.
    """
    per_hour = world.src_rate.mean(axis=1) * world.spd / 24 * world.size[world.src_cohort] * traffic
    usual = np.zeros(len(rates))
    for side in range(2):
        server = world.server[world.src_link, side]
        np.add.at(usual, server[server >= 0], per_hour[server >= 0])
    passed = rates * world.open_share.mean(axis=1)
    enough = np.divide(SPARE * usual, passed, out=np.zeros(len(rates)), where=passed > 0)
    return np.where(world.rate < NEVER, np.clip(enough, staff, 1.0), 1.0)


def _moved(rules: Rules, value: Callable[[Prior], float]) -> np.ndarray:
    """People moved by each transfer on each of its days: the whole number spread over the days."""
    days: dict[int, int] = {}
    for effect, _, _ in rules.transfers:
        days[id(effect)] = days.get(id(effect), 0) + 1
    return np.array(
        [e.amount(value(prior)) / days[id(e)] for e, prior, _ in rules.transfers],
        dtype=np.float64,
    )
