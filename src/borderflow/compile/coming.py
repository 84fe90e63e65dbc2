"""Rules that may come after `as_of`: what is announced without a date, and what nobody announced.

A prospect comes with its chance, on a day of its range. At a low hazard another rule comes: a host
shuts its doors to those who leave, controls on leaving are set, a border crossing point closes.
Which is drawn evenly, and says nothing about how likely one host or post is against another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from borderflow.compile.ahead import uniform_at
from borderflow.compile.priors import Prior
from borderflow.engine import processes
from borderflow.policy import effects
from borderflow.scenario.model import Parameter, Policy, Prospect, Scenario

HOSTS, EXITS = 0.25, 0.35
"""Of rules that nobody announced, the share that shuts a host country to those who leave, and the
share that sets controls on leaving; the others close one border crossing point."""

IN_FORCE = "in force"


@dataclass(frozen=True)
class Coming:
    """A rule that may come.

    Attributes
    ----------
    policy : Policy
        The rule, as it would be.
    prospect : Prospect or None
        What is known of it; None where nobody announced it.
    """

    policy: Policy
    prospect: Prospect | None = None


def possible(known: Scenario, as_of: date) -> tuple[Coming, ...]:
    """Every rule that may come, announced or not.

    Parameters
    ----------
    known : Scenario
        What is known.
    as_of : date
        Last day known.
    """
    found = []
    for row in known.prospects:
        policy = known.policy(row.policy)
        kind = row.becomes or policy.kind
        found.append(Coming(_rule(policy, kind, known, as_of), row))
    taken = {one.policy.id for one in found} | {row.id for row in known.policies}
    for name, place, kind, who in _unannounced(known):
        if name not in taken:
            blank = Policy(
                id=name, place=place, kind=kind, applies_to=who, known_from=as_of,
                valid_from=as_of, detail="",
            )  # fmt: skip
            found.append(Coming(_rule(blank, kind, known, as_of)))
    return tuple(one for one in found if one.prospect is not None or _acts(known, one.policy))


def _rule(policy: Policy, kind: str, known: Scenario, as_of: date) -> Policy:
    """The policy as a rule that begins after everything: it waits for a day."""
    never = known.end + timedelta(days=1)
    return replace(
        policy, kind=kind, status=IN_FORCE, known_from=as_of, announced=None, valid_from=never,
        valid_until=None, until_known_from=None,
    )  # fmt: skip


def _acts(known: Scenario, policy: Policy) -> bool:
    try:
        return bool(effects(replace(known, policies=(policy,))))
    except LookupError:
        return False


def _unannounced(known: Scenario) -> list[tuple[str, str, str, str]]:
    """Id, place, kind and travellers of every rule that might come without a word."""
    home = set(known.origin_countries)
    citizens = f"nationality={known.nationality}"
    country = {place.id: place.country for place in known.places}
    hosts = sorted(
        {country[p.id] for p in known.places if p.attraction is not None} - home - {"XXX"}
    )
    posts = sorted(
        {
            row.post
            for row in known.checkpoints
            if row.side == "exit" and row.country in home and row.rate_hour is not None
        }
    )
    found = [(f"tightening-{code}", code, "entry_ban", citizens) for code in hosts]
    found += [(f"tightening-{code}", code, "exit_control", citizens) for code in sorted(home)]
    found += [(f"tightening-{post}", post, "crossing_closed", "all") for post in posts]
    return found


def with_rules(known: Scenario, rules: tuple[Policy, ...]) -> Scenario:
    """A scenario with rules in place of their announcements.

    Parameters
    ----------
    known : Scenario
        What is known.
    rules : tuple of Policy
        The rules, each with the day on which it begins.
    """
    gone = {rule.id for rule in rules}
    kept = tuple(row for row in known.policies if row.id not in gone)
    prospects = tuple(row for row in known.prospects if row.policy not in gone)
    return replace(known, policies=kept + rules, prospects=prospects)


def drawn(
    coming: tuple[Coming, ...],
    known: Scenario,
    as_of: date,
    seed: int,
    member: int,
    tightening_per_day: float,
) -> dict[str, date]:
    """Which of the rules come in one member, by the id of the policy, and when.

    Parameters
    ----------
    coming : tuple of Coming
        Rules that may come.
    known : Scenario
        What is known.
    as_of : date
        Last day known.
    seed, member : int
        Address of the draws.
    tightening_per_day : float
        Hazard of a rule that nobody announced.
    """
    found = {}
    for one in coming:
        if one.prospect is not None:
            day = _day_of(one.prospect, as_of, seed, member)
            if day is not None and day <= known.end:
                found[one.policy.id] = day
    groups = _groups([one.policy for one in coming if one.prospect is None])
    once = 1 - math.exp(-max(tightening_per_day, 0.0))
    for ahead in range((known.end - as_of).days):
        if uniform_at(seed, processes.TIGHTENING, ahead, member, "tightening") >= once:
            continue
        u = uniform_at(seed, processes.TIGHTENING, ahead, member, "which")
        which = 0 if u < HOSTS else 1 if u < HOSTS + EXITS else 2
        if groups[which]:
            v = uniform_at(seed, processes.TIGHTENING, ahead, member, "where")
            policy = groups[which][min(int(v * len(groups[which])), len(groups[which]) - 1)]
            found.setdefault(policy.id, as_of + timedelta(days=ahead + 1))
    return found


def _groups(policies: list[Policy]) -> tuple[list[Policy], list[Policy], list[Policy]]:
    kinds = ("entry_ban", "exit_control", "crossing_closed")
    one, two, three = ([row for row in policies if row.kind == kind] for kind in kinds)
    return one, two, three


def _day_of(row: Prospect, as_of: date, seed: int, member: int) -> date | None:
    """The day on which a prospect becomes a rule; None if it does not.

    Days that have passed without it are evidence against it: the chance is that of coming on a day
    left, given that it has not come so far.
    """
    told = Parameter(
        id=row.id, quantity="chance", distribution="logitnormal", median=row.chance, low=row.low,
        high=row.high, reason=row.note, source=row.source,
    )  # fmt: skip
    prior = Prior(row.id, "chance", told, row.chance)
    thing = f"prospect:{row.id}"
    if 0 < row.low < row.chance < row.high < 1:
        chance = prior.quantile(uniform_at(seed, processes.PROSPECT, 0, member, thing))
    else:
        chance = row.chance
    first = max(row.earliest, as_of + timedelta(days=1))
    left = (row.latest - first).days + 1
    if left <= 0:
        return None
    passed = 1 - left / ((row.latest - row.earliest).days + 1)
    chance = chance * (1 - passed) / max(1 - chance * passed, 1e-12)
    if uniform_at(seed, processes.PROSPECT, 1, member, thing) >= chance:
        return None
    u = uniform_at(seed, processes.PROSPECT, 2, member, thing)
    return first + timedelta(days=min(int(u * left), left - 1))


def dated(coming: tuple[Coming, ...], days: Mapping[str, date]) -> tuple[Policy, ...]:
    """The rules with the days on which they begin; those that do not come wait for ever.

    Parameters
    ----------
    coming : tuple of Coming
        Rules that may come.
    days : mapping of str to date
        When each comes, by the id of the policy.
    """
    return tuple(
        replace(one.policy, valid_from=days[one.policy.id]) if one.policy.id in days else one.policy
        for one in coming
    )
