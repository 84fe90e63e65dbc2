"""Cohorts, classes, ordinary traffic and drivers to arrays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from borderflow.arrays import NEVER
from borderflow.compile.clock import Clock
from borderflow.compile.labels import Group
from borderflow.compile.network import Network, hashes
from borderflow.mode import modes
from borderflow.scenario.model import Cohort, Driver, Scenario
from borderflow.scenario.select import select_cohorts, select_places

SAMPLES = 12
"""Moments within a step at which a driver's level is read."""


def cohorts_by_id(scenario: Scenario) -> tuple[Cohort, ...]:
    """The cohorts in the order of the arrays."""
    return tuple(sorted(scenario.cohorts, key=lambda cohort: cohort.id))


def compile_cohorts(
    scenario: Scenario, network: Network, shared: dict[str, tuple[Any, ...]]
) -> tuple[dict[str, Any], tuple[Group, ...]]:
    """Attributes of cohorts, their groups, their classes, and who is at home at the start.

    Parameters
    ----------
    shared : dict of str to tuple
        For each cohort, what the rules do to it: cohorts with equal entries, documents, means
        and vehicles see the same doors at the same price, and share a class.
    """
    cohorts = cohorts_by_id(scenario)
    at = {cohort.id: i for i, cohort in enumerate(cohorts)}
    groups = sorted(
        {Group(c.group, c.ordinary, c.nationality == scenario.nationality) for c in cohorts},
        key=lambda group: (group.ordinary, not group.subject, group.name),
    )
    a: dict[str, Any] = {
        "size": np.array([c.size for c in cohorts], dtype=np.float64),
        "group": np.array(
            [
                groups.index(Group(c.group, c.ordinary, c.nationality == scenario.nationality))
                for c in cohorts
            ],
            dtype=np.int32,
        ),
        "ordinary": np.array([c.ordinary for c in cohorts], dtype=np.bool_),
        "stays": np.array([c.stays for c in cohorts], dtype=np.bool_),
        "patience": np.array([c.patience_hours for c in cohorts], dtype=np.float64),
        "behind": np.array(
            [-1 if c.left_behind is None else at[c.left_behind] for c in cohorts], dtype=np.int32
        ),
        "behind_share": np.array([c.left_behind_share for c in cohorts], dtype=np.float64),
        "leave": np.array([c.leave_per_day for c in cohorts], dtype=np.float64),
        "ret": np.array([c.return_per_day for c in cohorts], dtype=np.float64),
        "onward": np.array([c.onward_per_day for c in cohorts], dtype=np.float64),
        "follow": np.array([c.follow_per_day for c in cohorts], dtype=np.float64),
        "cohort_hash": hashes([c.id for c in cohorts], "cohort"),
        "n_groups": len(groups),
    }
    keys = [
        (
            c.document,
            c.nationality,
            c.car,
            c.vehicle,
            c.value_of_time,
            c.budget,
            c.ordinary,
            shared[c.id],
        )
        for c in cohorts
    ]
    classes = list(dict.fromkeys(keys))
    a["cls"] = np.array([classes.index(key) for key in keys], dtype=np.int32)
    a["vot"] = np.array([key[4] for key in classes], dtype=np.float64)
    a["budget"] = np.array(
        [NEVER if key[5] is None else key[5] for key in classes], dtype=np.float64
    )
    a["class_moves"] = np.array(
        [any(keys[i] == key and not c.ordinary for i, c in enumerate(cohorts)) for key in classes],
        dtype=np.bool_,
    )
    a["resident"] = np.zeros((len(network.places), len(cohorts)))
    for i, place in enumerate(network.places):
        for j, cohort in enumerate(cohorts):
            if not cohort.ordinary and place.population:
                a["resident"][i, j] = int(place.population * cohort.share / cohort.size)
    return a, tuple(groups)


def usable(scenario: Scenario, network: Network) -> np.ndarray:
    """Which cohort may use which link by its structure: documents and mode (array [L, C])."""
    cohorts = cohorts_by_id(scenario)
    table = np.zeros((len(network.legs), len(cohorts)), dtype=np.bool_)
    for i, leg in enumerate(network.legs):
        mode = modes()[leg.row.mode]
        for j, cohort in enumerate(cohorts):
            papers = not leg.row.documents or cohort.document in leg.row.documents
            table[i, j] = papers and mode.allows(cohort)
    return table


def compile_traffic(scenario: Scenario, network: Network, clock: Clock) -> dict[str, Any]:
    """Ordinary traffic, one row per link and cohort, and the visitors it implies at the start.

    On a link with a checkpoint the day's travellers come while it is open; on a link with seats
    they come with its departures.
    """
    cohorts = cohorts_by_id(scenario)
    at = {cohort.id: i for i, cohort in enumerate(cohorts)}
    a = network.arrays
    visiting = np.zeros((len(network.places), len(cohorts)))
    rows = sorted(scenario.traffic, key=lambda row: (row.link, row.cohort, row.id))
    keys = list(dict.fromkeys((row.link, row.cohort) for row in rows))
    rate = np.zeros((len(keys), clock.steps))
    for row in rows:
        link = network.leg_at[row.link]
        cohort = cohorts[at[row.cohort]]
        zone = network.places[a["tail"][link]].timezone
        factor = np.array(row.weekday, dtype=float)
        factor = factor / factor.mean()
        dates = clock.dates(zone)
        parties = np.array([factor[day.weekday()] for day in dates]) * row.per_day / cohort.size
        weight = np.full(clock.steps, 1.0 / clock.spd)
        f, server = a["sched"][link], a["server"][link, 0]
        if f >= 0:
            weight[:] = 0.0
            steps = a["dep_step"][a["dep_ptr"][f] : a["dep_ptr"][f + 1]]
            by_day: dict[Any, list[int]] = {}
            for step in steps[steps < clock.steps]:
                by_day.setdefault(dates[step], []).append(step)
            for group in by_day.values():
                weight[group] = 1.0 / len(group)
        elif server >= 0 and a["open_share"][server].sum() > 0:
            profile = a["open_share"][server] / a["open_share"][server].sum()
            weight = np.tile(profile, clock.steps // clock.spd)
        rate[keys.index((row.link, row.cohort))] += parties * weight
        head = a["head"][link]
        if cohort.stays and cohort.return_per_day > 0 and not a["is_home"][head]:
            visiting[head, at[row.cohort]] += row.per_day / cohort.return_per_day / cohort.size
    return {
        "src_link": np.array([network.leg_at[link] for link, _ in keys], dtype=np.int32),
        "src_cohort": np.array([at[cohort] for _, cohort in keys], dtype=np.int32),
        "src_rate": rate.astype(np.float32),
        "src_hash": hashes([f"{link}/{cohort}" for link, cohort in keys], "traffic"),
        "visiting": np.rint(visiting) + _fled(network, cohorts),
    }


def _fled(network: Network, cohorts: tuple[Cohort, ...]) -> np.ndarray:
    """Parties that stay where they fled to before the start (array [P, C]).

    What the shares leave over in whole parties goes to the first cohort of single people.
    """
    fled = np.zeros((len(network.places), len(cohorts)))
    movers = [j for j, cohort in enumerate(cohorts) if not cohort.ordinary]
    for i, place in enumerate(network.places):
        if not place.present or not movers:
            continue
        for j in movers:
            fled[i, j] = int(place.present * cohorts[j].share / cohorts[j].size)
        rest = place.present - sum(fled[i, j] * cohorts[j].size for j in movers)
        single = next((j for j in movers if cohorts[j].size == 1), None)
        if single is not None:
            fled[i, single] += max(rest, 0.0)
    return fled


def traffic_rows(scenario: Scenario) -> list[tuple[str, str, str]]:
    """(row id, cohort, link) of the first traffic row behind each compiled row, in order."""
    rows = sorted(scenario.traffic, key=lambda row: (row.link, row.cohort, row.id))
    first: dict[tuple[str, str], str] = {}
    for row in rows:
        first.setdefault((row.link, row.cohort), row.id)
    return [(id_, cohort, link) for (link, cohort), id_ in first.items()]


def level(driver: Driver, clock: Clock) -> np.ndarray:
    """A driver row's level in each step: the mean over moments within it (array [T])."""
    half = clock.step / timedelta(hours=1)
    moments = (np.arange(clock.steps * SAMPLES) + 0.5) / SAMPLES
    hours = (moments - clock.local(driver.valid_from)) * half
    inside = hours >= 0
    if driver.valid_until is not None:
        inside &= moments < clock.local(driver.valid_until)
    value = np.full(hours.shape, float(driver.value))
    if driver.shape == "pulse":
        rise = driver.rise_hours
        if rise > 0:
            value *= np.clip(hours / rise, 0.0, 1.0)
        if driver.half_life_days:
            value *= 0.5 ** (np.maximum(hours - rise, 0.0) / 24.0 / driver.half_life_days)
    mean: np.ndarray = np.where(inside, value, 0.0).reshape(clock.steps, SAMPLES).mean(axis=1)
    return mean


def compile_drivers(
    scenario: Scenario, network: Network, clock: Clock
) -> tuple[dict[str, Any], tuple[tuple[str, str], ...]]:
    """Terms of drivers, and (driver, parameter) of each driver in order."""
    cohorts = cohorts_by_id(scenario)
    at = {cohort.id: i for i, cohort in enumerate(cohorts)}
    drivers = tuple(sorted({(row.driver, row.parameter) for row in scenario.drivers}))
    rows = sorted(scenario.drivers, key=lambda row: row.id)
    a: dict[str, Any] = {
        "term_driver": np.array(
            [drivers.index((row.driver, row.parameter)) for row in rows], dtype=np.int32
        ),
        "term_level": np.array([level(row, clock) for row in rows], dtype=np.float32).reshape(
            len(rows), clock.steps
        ),
        "term_place": np.zeros((len(rows), len(network.places)), dtype=np.bool_),
        "term_cohort": np.zeros((len(rows), len(cohorts)), dtype=np.bool_),
        "n_drivers": len(drivers),
    }
    for i, row in enumerate(rows):
        for id_ in select_places(scenario, row.place):
            a["term_place"][i, network.place_at[id_]] = True
        for id_ in select_cohorts(scenario, row.applies_to):
            a["term_cohort"][i, at[id_]] = True
    return a, drivers
