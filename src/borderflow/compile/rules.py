"""Effects of policies to epochs: stretches of steps during which no rule changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from borderflow.compile.clock import Clock
from borderflow.compile.ground import Ground
from borderflow.compile.network import Network
from borderflow.compile.people import cohorts_by_id
from borderflow.compile.priors import Prior, Priors
from borderflow.policy import Effect
from borderflow.scenario.model import Scenario

CHANGES = ("open", "permit", "admit", "utility", "attraction", "service_rate")
"""Knobs that begin and end epochs."""


@dataclass(frozen=True)
class Dial:
    """A number on a knob that a member draws: where it goes in the member's tables.

    Attributes
    ----------
    effect : Effect
        The effect it belongs to.
    prior : Prior
        Gives the number.
    first, last : int
        Epochs, half-open.
    where : tuple of array
        Positions: (links, sides, classes), (links, classes), (destinations,) or (checkpoints,).
    """

    effect: Effect
    prior: Prior
    first: int
    last: int
    where: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Rules:
    """Everything that policies do, compiled."""

    arrays: dict[str, Any]
    dials: tuple[Dial, ...]
    hazards: tuple[tuple[Effect, Prior], ...]
    transfers: tuple[tuple[Effect, Prior, int], ...]


def signature(scenario: Scenario, effects: tuple[Effect, ...]) -> dict[str, tuple[Any, ...]]:
    """For each cohort, which effects concern it."""
    return {
        cohort.id: tuple(
            not effect.who or cohort.id in effect.who
            for effect in effects
            if effect.knob in ("open", "permit", "admit", "utility")
        )
        for cohort in scenario.cohorts
    }


def prior_of(effect: Effect, scenario: Scenario, priors: Priors) -> Prior:
    """The prior (or constant) that gives an effect's number."""
    if effect.parameter is None:
        value = 0.0 if effect.value is None else float(effect.value)
        return Prior(f"{effect.policy} (fixed)", "", None, value)
    quantity, policy = effect.parameter
    kind = next(row.kind for row in scenario.policies if row.id == policy)
    return priors.find(quantity, policy, kind)


def zones(network: Network, scenario: Scenario) -> dict[str, str | None]:
    """Time zone in which the days of an effect on each thing are read.

    That of the place itself, of the place at a checkpoint's post, or of the link's far end.
    """
    place = {row.id: row.timezone for row in scenario.places}
    post = {row.id: place[row.post] for row in scenario.checkpoints}
    return {**place, **post, **{leg.id: place[leg.head] for leg in network.legs}}


def compile_rules(
    scenario: Scenario,
    common: Ground,
    effects: tuple[Effect, ...],
    people: dict[str, Any],
    priors: Priors,
) -> Rules:
    """Effects to epochs, to what is open in each, and to the dials that members turn."""
    clock, network = common.clock, common.network
    cohorts = cohorts_by_id(scenario)
    cls = people["cls"]
    n_classes = len(people["vot"])
    class_of = {cohort.id: int(cls[i]) for i, cohort in enumerate(cohorts)}
    server_at = {
        row.id: i for i, row in enumerate(sorted(scenario.checkpoints, key=lambda c: c.id))
    }
    server = network.arrays["server"]
    zone = zones(network, scenario)
    spans: dict[int, list[tuple[int, int]]] = {}
    for effect in effects:
        own = [zone[id_] for id_ in effect.where]
        window = {name: clock.window(effect.start, effect.end, name) for name in set(own)}
        spans[id(effect)] = [window[name] for name in own]
    cuts = {0}
    for effect in effects:
        if effect.knob in CHANGES:
            cuts.update(step for span in spans[id(effect)] for step in span)
    starts = sorted(cut for cut in cuts if cut < clock.steps)
    epoch = np.searchsorted(starts, np.arange(clock.steps), side="right").astype(np.int32) - 1
    n_epochs = len(starts)

    def epochs(span: tuple[int, int]) -> tuple[int, int]:
        first, last = (int(np.searchsorted(starts, step)) for step in span)
        return first, (n_epochs if span[1] >= clock.steps else last)

    base = np.zeros((len(network.legs), n_classes), dtype=np.bool_)
    for j in range(len(cohorts)):
        base[:, cls[j]] |= common.usable[:, j]
    permitted = np.array([leg.row.permitted for leg in network.legs], dtype=np.bool_)
    allow = np.tile(permitted[None, :, None], (n_epochs, 1, n_classes))
    shut = np.zeros((n_epochs, len(network.legs), n_classes), dtype=np.bool_)
    shut_all = np.zeros((n_epochs, len(network.legs)), dtype=np.bool_)
    dials: list[Dial] = []
    hazards: list[tuple[Effect, Prior]] = []
    transfers: list[tuple[Effect, Prior, int]] = []
    for effect in effects:
        if effect.knob == "seats":
            continue
        prior = prior_of(effect, scenario, priors)
        if effect.knob == "hazard":
            hazards.append((effect, prior))
            continue
        if effect.knob == "transfer":
            first, last = spans[id(effect)][0]
            if last <= first:  # over before the run begins, or beginning after it
                continue
            days = max(1, (last - first) // clock.spd)
            transfers.extend(
                (effect, prior, first + i * clock.spd)
                for i in range(days)
                if first + i * clock.spd < clock.steps
            )
            continue
        who = np.array(sorted({class_of[id_] for id_ in (effect.who or class_of)}), dtype=np.int64)
        for id_, span in zip(effect.where, spans[id(effect)], strict=True):
            a, b = epochs(span)
            if a >= b:
                continue
            if effect.knob == "attraction":
                d = int(network.arrays["dest_of"][network.place_at[id_]])
                if d >= 0:
                    dials.append(Dial(effect, prior, a, b, (np.array([d]),)))
                continue
            if effect.knob == "service_rate":
                dials.append(Dial(effect, prior, a, b, (np.array([server_at[id_]]),)))
                continue
            if id_ in server_at:
                links, sides = np.nonzero(server == server_at[id_])
            else:
                links = np.array([network.leg_at[id_]])
                sides = np.array([0])
            if effect.knob == "open":
                if effect.amount(prior.value) <= 0:
                    shut[a:b, links[:, None], who] = True
                    if not effect.who:
                        shut_all[a:b, links] = True
            elif effect.knob == "permit":
                allow[a:b, links[:, None], who] = True
            elif effect.knob == "admit":
                grid = (
                    np.repeat(links, len(who)),
                    np.repeat(sides, len(who)),
                    np.tile(who, len(links)),
                )
                dials.append(Dial(effect, prior, a, b, grid))
            else:
                grid2 = (np.repeat(links, len(who)), np.tile(who, len(links)))
                dials.append(Dial(effect, prior, a, b, grid2))
    arrays: dict[str, Any] = {
        "epoch": epoch,
        "open": base[None] & allow & ~shut,
        "link_open": ~shut_all & allow.any(axis=2),
    }
    _hazards(arrays, hazards, spans, network, cohorts)
    _transfers(arrays, transfers, network, cohorts)
    _seats(arrays, network, clock, effects, spans, scenario, priors)
    return Rules(arrays, tuple(dials), tuple(hazards), tuple(transfers))


def _hazards(
    arrays: dict[str, Any],
    hazards: list[tuple[Effect, Prior]],
    spans: dict[int, list[tuple[int, int]]],
    network: Network,
    cohorts: tuple[Any, ...],
) -> None:
    n = len(hazards)
    arrays["hazard_which"] = np.array(
        [("leave", "return", "onward").index(effect.how) for effect, _ in hazards], dtype=np.int32
    )
    arrays["hazard_step"] = np.array(
        [spans[id(effect)][0] for effect, _ in hazards], dtype=np.int32
    ).reshape(n, 2)
    arrays["hazard_place"] = np.array(
        [[place.id in effect.where for place in network.places] for effect, _ in hazards],
        dtype=np.bool_,
    ).reshape(n, len(network.places))
    arrays["hazard_cohort"] = np.array(
        [[not effect.who or c.id in effect.who for c in cohorts] for effect, _ in hazards],
        dtype=np.bool_,
    ).reshape(n, len(cohorts))


def _transfers(
    arrays: dict[str, Any],
    transfers: list[tuple[Effect, Prior, int]],
    network: Network,
    cohorts: tuple[Any, ...],
) -> None:
    n = len(transfers)
    place_at = network.place_at
    arrays["move_step"] = np.array([step for _, _, step in transfers], dtype=np.int32)
    arrays["move_from"] = np.array([place_at[e.where[0]] for e, _, _ in transfers], dtype=np.int32)
    arrays["move_to"] = np.array([place_at[e.where[1]] for e, _, _ in transfers], dtype=np.int32)
    arrays["move_cohort"] = np.array(
        [
            [(not e.who and not c.ordinary) or c.id in e.who for c in cohorts]
            for e, _, _ in transfers
        ],
        dtype=np.bool_,
    ).reshape(n, len(cohorts))


def _seats(
    arrays: dict[str, Any],
    network: Network,
    clock: Clock,
    effects: tuple[Effect, ...],
    spans: dict[int, list[tuple[int, int]]],
    scenario: Scenario,
    priors: Priors,
) -> None:
    """Turn the seats knob: supply is added to the departures of each day, then capped.

    Those of a local day share the number as they share the seats of the timetable: the first have
    one more where it does not go even. The median of the prior is used; seats belong to the
    timetable, which all members share. What lasts to the end of the run lasts beyond it.
    """
    a = network.arrays
    free = arrays["dep_seats"] = a["dep_seats"].copy()
    reserved = arrays["dep_reserved"] = a["dep_reserved"].copy()
    for how in ("add", "cap"):
        for effect in effects:
            if effect.knob != "seats" or effect.how != how:
                continue
            number = effect.amount(prior_of(effect, scenario, priors).value)
            for id_, (first, last) in zip(effect.where, spans[id(effect)], strict=True):
                leg = network.leg_at[id_]
                f = a["sched"][leg]
                if f < 0 or first >= clock.steps:
                    continue
                zone = network.places[network.place_at[network.legs[leg].tail]].timezone
                by_day: dict[date, list[int]] = {}
                for q in range(a["dep_ptr"][f], a["dep_ptr"][f + 1]):
                    by_day.setdefault(clock.day(int(a["dep_step"][q]), zone), []).append(q)
                parts = {
                    q: base + (i < extra)
                    for same_day in by_day.values()
                    for base, extra in [divmod(round(number), len(same_day))]
                    for i, q in enumerate(same_day)
                }
                for q, part in parts.items():
                    step = a["dep_step"][q]
                    if not (first <= step and (step < last or last == clock.steps)):
                        continue
                    if how == "add":
                        free[q] += part
                    else:
                        reserved[q] = min(reserved[q], part)
                        free[q] = min(free[q], part - reserved[q])
