"""The check that somebody can get to every destination; where not, it says what is in the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from borderflow.scenario.checks.registry import at, modes, named
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import Cohort, Link, Scenario


@dataclass(frozen=True, slots=True)
class _Leg:
    id: str
    tail: str
    head: str
    link: Link


@dataclass(frozen=True, slots=True)
class _Rules:
    """Which policies close a link (for some cohorts) from when until when; which permit it."""

    closes: dict[str, list[tuple[date, date, str, frozenset[str]]]] = field(default_factory=dict)
    permits: tuple[tuple[str, frozenset[str]], ...] = ()


@named("reachable")
def reachable(scenario: Scenario) -> Iterator[Finding]:
    """Somebody who may leave can get to every destination."""
    legs = list(_legs(scenario))
    rules = _rules(scenario)
    starts = {
        place.id
        for place in scenario.places
        if place.population > 0 and place.country in scenario.origin_countries
    }
    leavers = [cohort for cohort in scenario.cohorts if not cohort.ordinary]
    ends = [place for place in scenario.places if place.attraction is not None]
    if not starts or not leavers:
        return
    blocks = {cohort.id: _blocks(scenario, cohort, legs, rules) for cohort in leavers}
    reached = {
        cohort.id: _walk(starts, [leg for leg in legs if not blocks[cohort.id][leg.id]])
        for cohort in leavers
    }
    for end in ends:
        if any(end.id in places for places in reached.values()):
            continue
        # All that leads there, the nearest first: the last door is the one to name.
        before = _walk([end.id], [_Leg(leg.id, leg.head, leg.tail, leg.link) for leg in legs])
        nearest = {place: position for position, place in enumerate(before)}
        gaps = [leg for leg in legs if leg.head in nearest]
        reasons: dict[str, None] = {}
        for leg in sorted(gaps, key=lambda leg: nearest[leg.head]):
            for cohort in leavers:
                here = reached[cohort.id]
                if leg.tail in here and leg.head not in here:
                    reasons |= dict.fromkeys(blocks[cohort.id][leg.id])
        why = "; ".join(list(reasons)[:6]) or "no link leads there"
        yield at(end, "attraction", f"nobody can get to this destination: {why}", level="warning")


def _legs(scenario: Scenario) -> Iterator[_Leg]:
    for link in scenario.links:
        yield _Leg(link.id, link.from_, link.to, link)
        if link.two_way:
            yield _Leg(f"{link.id}-back", link.to, link.from_, link)


def _walk(starts: Iterable[str], legs: Iterable[_Leg]) -> dict[str, None]:
    """Places that the legs lead to from some places, these included; fewest legs first."""
    onward: dict[str, list[str]] = {}
    for leg in legs:
        onward.setdefault(leg.tail, []).append(leg.head)
    seen = dict.fromkeys(starts)
    todo = deque(seen)
    while todo:
        for place in onward.get(todo.popleft(), ()):
            if place not in seen:
                seen[place] = None
                todo.append(place)
    return seen


def _blocks(
    scenario: Scenario, cohort: Cohort, legs: Iterable[_Leg], rules: _Rules
) -> dict[str, list[str]]:
    """Why a cohort can use none of the steps of the run on each link; nothing where it can."""
    known, posts = modes(), {row.id: row for row in scenario.checkpoints}
    found: dict[str, list[str]] = {}
    for leg in legs:
        link = leg.link
        reasons = found.setdefault(leg.id, [])
        if link.documents and cohort.document not in link.documents:
            reasons.append(f"{link.id!r} asks for documents ({', '.join(link.documents)})")
        if link.mode in known and not known[link.mode].allows(cohort):
            reasons.append(f"{link.id!r} is not for those without the vehicle ({link.mode})")
        if not link.permitted and not any(
            at_link == leg.id and (not who or cohort.id in who) for at_link, who in rules.permits
        ):
            reasons.append(f"{link.id!r} is not permitted, and no policy permits it")
        if link.seats_day == 0:
            reasons.append(f"{link.id!r} has no seats")
        reasons += [
            f"{name!r} passes nobody"
            for name in (link.exit_checkpoint, link.entry_checkpoint)
            if name in posts and posts[name].rate_hour == 0
        ]
        reasons += [
            f"{link.id!r} is closed by {policy} during the whole run"
            for policy in _throughout(scenario, cohort, rules.closes.get(leg.id, []))
        ]
    return found


def _throughout(
    scenario: Scenario, cohort: Cohort, closes: list[tuple[date, date, str, frozenset[str]]]
) -> list[str]:
    """Policies that, one after another, close a link to a cohort from the start to the end."""
    open_from, by = scenario.start, []
    for start, end, policy, who in closes:
        if start <= open_from < end and (not who or cohort.id in who):
            open_from = end
            by.append(repr(policy))
    word = "policy" if len(by) == 1 else "policies"
    return [f"{word} {' and '.join(by)}"] if open_from > scenario.end else []


def _rules(scenario: Scenario) -> _Rules:
    from borderflow.policy import effects

    try:
        found = effects(scenario)
    except (LookupError, ValueError):
        # A policy that cannot be understood is for other checks to name.
        return _Rules()
    closes: dict[str, list[tuple[date, date, str, frozenset[str]]]] = {}
    for effect in found:
        if effect.knob == "open" and not effect.value:
            span = effect.start, effect.end or date.max
            for link in effect.where:
                closes.setdefault(link, []).append((*span, effect.policy, frozenset(effect.who)))
    for spans in closes.values():
        spans.sort(key=lambda span: span[:3])
    return _Rules(
        closes=closes,
        permits=tuple(
            (link, frozenset(effect.who))
            for effect in found
            if effect.knob == "permit"
            and effect.start <= scenario.end
            and (effect.end is None or effect.end > scenario.start)
            for link in effect.where
        ),
    )
