"""Who lives in a generated world, what makes them leave, who travels anyway, and the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bench.network import Network, Site
from borderflow.scenario.model import Cohort, Driver, Parameter, Policy, Source, Traffic

HOME = "HOM"
START = date(2031, 3, 3)
DECREE = START + timedelta(days=7)

_ALONE: dict[str, Any] = {
    "group": "Called up", "nationality": HOME, "liable": True, "patience_hours": 60.0,
    "return_per_day": 0.004, "onward_per_day": 0.01, "source": "made-up",
}  # fmt: skip
_INTERNAL = Cohort(
    id="m-internal", name="Called up, internal passport", document="internal", share=0.060,
    value_of_time=250, budget=40000, leave_per_day=2e-5, left_behind="f-internal",
    left_behind_share=0.5, **_ALONE,
)  # fmt: skip
_FOREIGN = Cohort(
    id="m-foreign", name="Called up, passport", document="foreign", share=0.040,
    value_of_time=500, budget=100000, leave_per_day=4e-5, **_ALONE,
)  # fmt: skip
MOVERS = (
    replace(_FOREIGN, id="m-foreign-car", name="Called up, passport, car", car=True),
    replace(_INTERNAL, id="m-internal-car", name="Called up, internal passport, car", car=True),
    Cohort(
        id="f-internal", name="Families left behind", group="Families", nationality=HOME,
        document="internal", size=2, share=0.745, value_of_time=250, budget=40000,
        leave_per_day=1e-6, return_per_day=0.004, onward_per_day=0.004, patience_hours=36,
        follow_per_day=0.008, source="made-up",
    ),
    _INTERNAL,
    _FOREIGN,
    replace(
        _FOREIGN, id="m-visa-car", name="Called up, visa, car", document="visa", car=True,
        share=0.005, value_of_time=1000, budget=250000, leave_per_day=8e-5,
    ),
    replace(
        _FOREIGN, id="fam-foreign-car", name="Families together, passports, car", car=True,
        group="Families", size=3, share=0.050, patience_hours=36,
    ),
)  # fmt: skip
"""Those who may leave: six sorts of documents, means and rules."""

_PASSING: dict[str, Any] = {"ordinary": True, "source": "made-up"}
ORDINARY = (
    Cohort(
        id="v-foreign", name="Visitors", group="Ordinary travellers", nationality=HOME,
        document="foreign", car=True, value_of_time=500, return_per_day=0.15,
        patience_hours=24, **_PASSING,
    ),
    Cohort(
        id="lorries", name="Lorries", group="Other nationals", nationality="XXX", document="own",
        stays=False, vehicle="lorry", value_of_time=600, patience_hours=120, **_PASSING,
    ),
    Cohort(
        id="others", name="Other nationals", group="Other nationals", nationality="XXX",
        document="own", stays=False, car=True, value_of_time=400, patience_hours=36, **_PASSING,
    ),
)  # fmt: skip


def society(n_cohorts: int, people: float, site: Site, network: Network) -> dict[str, Any]:
    """Cohorts, traffic, drivers, policies, parameters and sources of a generated world."""
    return {
        "cohorts": cohorts(n_cohorts),
        "traffic": tuple(_traffic(site, network, people)),
        "drivers": tuple(_drivers(site)),
        "policies": tuple(_policies(site)),
        "parameters": tuple(_parameters()),
        "sources": (Source(id="made-up", title="Made up for measuring", publisher="borderflow"),),
    }


def cohorts(n: int) -> tuple[Cohort, ...]:
    """Three ordinary cohorts and `n - 3` that may leave; their shares sum to one.

    Raises
    ------
    ValueError
        If there is nobody left to leave.
    """
    if n < len(ORDINARY) + 3:
        raise ValueError(f"{len(ORDINARY) + 3} cohorts are the least")
    rows = []
    for i in range(n - len(ORDINARY)):
        again, j = divmod(i, len(MOVERS))
        row = MOVERS[j]
        if again:
            row = replace(row, id=f"{row.id}-{again + 1}", name=f"{row.name} ({again + 1})")
        rows.append(row)
    total = sum(row.share for row in rows)
    return (*(replace(row, share=row.share / total) for row in rows), *ORDINARY)


def _traffic(site: Site, network: Network, people: float) -> Iterator[Traffic]:
    """Two fifths of what each post can pass, out and back; those who hold seats on flights."""
    week = (0.9, 0.9, 0.9, 0.9, 1.1, 1.3, 1.0)
    visa_only = {
        link.id for link in network.links if link.documents and "foreign" not in link.documents
    }
    for link in network.links:
        if link.seats_day is not None:
            if link.documents and link.id not in visa_only:
                yield _row("v-foreign", link.id, 0.9 * link.reserved_share * link.seats_day)
            continue
        out = link.exit_checkpoint is not None and link.exit_checkpoint.endswith("-out-exit")
        if link.exit_checkpoint is None or not link.permitted:
            continue
        day = 24 * network.rate[link.exit_checkpoint]
        if not out:
            day /= 1.3
        if link.mode == "lorry":
            yield _row("lorries", link.id, 0.08 * day)
        elif link.mode in ("road", "bus"):
            part = 0.7 if link.mode == "road" else 0.3
            yield _row("others", link.id, 0.1 * part * day)
            if out and link.id not in visa_only:
                yield replace(_row("v-foreign", link.id, 0.22 * part * day), weekday=week)


def _row(cohort: str, link: str, per_day: float) -> Traffic:
    return Traffic(
        id=f"{cohort}.{link}", cohort=cohort, link=link, per_day=round(per_day, 3), source="made-up"
    )


def _drivers(site: Site) -> Iterator[Driver]:
    """The decree, region by region, and the fear that the border will shut."""
    regions = {f"region-{i}": "|".join(town.id for town in site.towns[i::4]) for i in range(4)}
    nine = datetime.combine(DECREE, time(9))
    for i, (name, where) in enumerate(regions.items()):
        if where:
            yield Driver(
                id=f"decree-{name}", driver="decree", place=where, applies_to="liable=yes",
                shape="pulse", valid_from=nine, value=1 - 0.15 * i, rise_hours=36,
                half_life_days=7, parameter="amplitude-decree", policy="decree",
                known_from=DECREE, assumed=True, source="made-up",
            )  # fmt: skip
    yield Driver(
        id="decree-others", driver="decree", applies_to="liable=no;ordinary=no", shape="pulse",
        valid_from=nine, value=0.3, rise_hours=36, half_life_days=7,
        parameter="amplitude-decree", policy="decree", known_from=DECREE, assumed=True,
        source="made-up",
    )  # fmt: skip
    yield Driver(
        id="fear", driver="fear", applies_to="liable=yes", shape="pulse",
        valid_from=nine + timedelta(days=5), value=1, rise_hours=48, half_life_days=3,
        parameter="amplitude-fear", known_from=DECREE, assumed=True, source="made-up",
    )  # fmt: skip


def _policies(site: Site) -> Iterator[Policy]:
    """A decree, controls at the exit, a slow post, a shut one, a ban, a tolerated footpath."""

    def rule(name: str, place: str, kind: str, day: int, who: str = "all", days: int = 0) -> Policy:
        begins = DECREE + timedelta(days=day)
        ends = begins + timedelta(days=days) if days else None
        return Policy(
            id=name, place=place, kind=kind, applies_to=who, known_from=DECREE, valid_from=begins,
            valid_until=ends, until_known_from=DECREE if ends else None,
        )  # fmt: skip

    posts = [post.name for post in site.posts]
    yield rule("decree", "Home", "mobilisation_decree", 0)
    yield rule("control", "Home", "exit_control", 4, "liable=yes")
    yield rule("questions", posts[0], "exit_questioning", 2, "liable=yes")
    yield rule("repairs", posts[1 % len(posts)], "service_rate_cut", -3, days=20)
    yield rule("more-officers", posts[2 % len(posts)], "service_rate_rise", 6)
    yield rule("shut", posts[-1], "crossing_closed", 9, days=12)
    yield rule("on-foot", posts[0], "foot_crossing_allowed", 5, days=9)
    if site.far:
        country = f"Country {site.far[-1].country}"
        yield rule("ban", country, "entry_ban", 10, "document=internal|foreign;ordinary=no")


def _parameters() -> Iterator[Parameter]:
    """Priors as wide as those of a real scenario."""
    for quantity, target, family, median, low, high in (
        ("amplitude", "decree", "lognormal", 500, 350, 700),
        ("amplitude", "fear", "lognormal", 0.7, 0.3, 1.6),
        ("cost_sensitivity", "", "lognormal", 0.03, 0.02, 0.045),
        ("way_scale", "", "lognormal", 1.5, 0.8, 2.8),
        ("nest_scale", "", "uniform", 0.6, 0.4, 0.8),
        ("wait_weight", "", "lognormal", 1.3, 1.0, 1.7),
        ("reconsider_share", "", "logitnormal", 0.3, 0.12, 0.57),
        ("give_up_share", "", "logitnormal", 0.3, 0.12, 0.57),
        ("rate_factor", "known", "lognormal", 1, 0.75, 1.33),
        ("traffic_factor", "", "lognormal", 1, 0.85, 1.18),
        ("refused_share", "exit_control", "logitnormal", 0.02, 0.006, 0.06),
        ("deterrence_hours", "exit_control", "lognormal", 3, 1, 9),
    ):
        yield Parameter(
            id="-".join(filter(None, (quantity.replace("_", "-"), target.replace("_", "-")))),
            quantity=quantity, applies_to=target, distribution=family, median=median, low=low,
            high=high, reason="Made up", source="made-up",
        )  # fmt: skip
