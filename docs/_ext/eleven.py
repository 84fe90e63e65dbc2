"""The directive ``{part} N``: one of the eleven parts of the first world, shown at work.

Numbers and figures come from one run of the shipped scenario with few members, made when the
pages are built. The tests ask the same functions whether the part is at work at all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
from sphinx.application import Sphinx

import borderflow
import svg
from borderflow.corridor import Corridors
from borderflow.policy import IN_FORCE, View, kinds
from borderflow.results import Results
from borderflow.scenario import Scenario
from borderflow.wording import day, number
from generated import Generated

SCENARIO = "russia-2022"
MEMBERS = 12
DECREE = "2022-09-21"
ON = "2022-09-22"
DOOR = "Verkhny Lars"


@dataclass(frozen=True)
class Shown:
    """What a part shows: a sentence with numbers, a figure, and the numbers for the tests."""

    says: str
    figure: str
    numbers: dict[str, Any] = field(default_factory=dict)


@lru_cache
def autumn() -> Results:
    """The run that the figures are drawn from."""
    return borderflow.run(SCENARIO, members=MEMBERS)


@lru_cache
def unfollowed() -> Results:
    """The same members in a world in which nobody follows those who went first."""
    return borderflow.run(nobody_follows(borderflow.load(SCENARIO)), members=MEMBERS)


def nobody_follows(scenario: Scenario) -> Scenario:
    """The scenario without the hazard of following."""
    cohorts = tuple(replace(cohort, follow_per_day=0.0) for cohort in scenario.cohorts)
    return replace(scenario, cohorts=cohorts)


@lru_cache
def from_kazan() -> Corridors:
    """The corridors that the second part shows."""
    return borderflow.corridors(SCENARIO, "Kazan", ON, members=MEMBERS)


def medians(values: np.ndarray) -> list[float]:
    """Medians over members of an array [member, day]."""
    return [float(value) for value in np.median(values, axis=0)]


def by_group(results: Results, name: str, wanted: Callable[[Any], bool]) -> list[float]:
    """Daily medians of the sum over the groups of the cohorts that are wanted."""
    groups = {c.group for c in results.scenario.cohorts if wanted(c) and not c.ordinary}
    chosen = [i for i, g in enumerate(results.labels.groups) if g.name in groups]
    array = results.arrays[name]
    axes = tuple(range(2, array.ndim))
    return medians(array[..., chosen].sum(axis=axes, dtype=np.float64))


def entered(results: Results, country: str, who: str = "all") -> list[float]:
    """Median entries into a country on each day."""
    rows = results.table("entries", destination=country, crossing=None, who=who)
    return [float(row["q50"] or 0.0) for row in rows if row["date"] is not None]


def call_up(results: Results) -> Shown:
    """Reservists leave when the order comes, and some the night before."""
    days = results.lookup.days
    liable = by_group(results, "departed", lambda c: c.liable)
    others = by_group(results, "departed", lambda c: not c.liable and not c.follow_per_day)
    at = days.index(DECREE)
    before, eve, after = liable[at - 2], liable[at - 1], max(liable[at : at + 8])
    says = (
        f"On {day(days[at - 2])} {number(before)} people of the groups liable to the call-up left "
        f"in the median, on the eve of the decree {number(eve)}, and at the most {number(after)} a "
        f"day in the week after it; of the others at the most {number(max(others[at : at + 8]))}."
    )
    figure = svg.lines(
        days,
        {"with men liable to the call-up": liable, "others": others},
        "People who left home each day, by liability to the call-up",
        {DECREE: "decree"},
    )
    return Shown(says, figure, {"before": before, "eve": eve, "after": after, "others": others})


def journeys(found: Corridors) -> Shown:
    """Ways of several legs, by several modes."""
    whole = found.corridors
    several = sum(r.share for r in whole if len({leg.mode for leg in r.legs}) > 1)
    flown = sum(r.share for r in whole if {"air"} < {leg.mode for leg in r.legs})
    west = sum(
        row.share
        for row in whole
        if row.country == "Kazakhstan" and {"Samara", "Orenburg"} & {leg.to for leg in row.legs}
    )
    says = (
        f"Of those who left Kazan on {day(ON)}, {several:.0%} took several modes of travel, "
        f"{flown:.0%} flew a part of the way and went on by land; {west:.0%} went by Samara or "
        "Orenburg into Kazakhstan."
    )
    rows = []
    for row in whole[:12]:
        stops = [leg.to for leg in row.legs[:-1]][-2:]
        modes = "+".join(dict.fromkeys(leg.mode for leg in row.legs))
        name = f"{row.destination} by {', '.join(stops) or 'no stop'} ({modes})"
        rows.append((name if len(name) <= 46 else name[:45] + "…", round(100 * row.share, 1)))
    figure = svg.bars(rows, "The twelve ways with the largest shares", " %")
    return Shown(says, figure, {"several": several, "flown": flown, "west": west})


def flights(results: Results) -> Shown:
    """Seats are gone within hours, and fares rise."""
    days, lookup = results.lookup.days, results.lookup
    out = [
        i
        for i, link in enumerate(results.labels.scheduled)
        if lookup.crosses(link) and lookup.places[lookup._links[link].from_].country in lookup.home
    ]
    gone: list[float] = []
    for y, end in enumerate(np.asarray(results.compiled.world.day_end).tolist()):
        none_left = 0
        for i in out:
            ahead = lookup.departures[i]
            ahead = ahead[ahead > end]
            first = results.arrays["first_seat"][:, y, i]
            if len(ahead):
                none_left += float(((first < 0) | (first > ahead[0])).mean()) > 0.5
        gone.append(float(none_left))
    at = days.index(DECREE)
    fare = np.median(results.arrays["fare"][:, :, out], axis=0).max(axis=1)
    top = days[at + int(np.argmax(gone[at:]))]
    says = (
        f"The next departure was sold out on {gone[at - 2]:.0f} of {len(out)} scheduled links "
        f"abroad at the end of {day(days[at - 2])}, on {gone[at]:.0f} at the end of the day of the "
        f"decree, and on {max(gone):.0f} at the most ({day(top)}). The dearest fare was "
        f"{max(fare[at:]):.1f} times the ordinary one."
    )
    figure = svg.lines(
        days,
        {"links abroad whose next departure is sold out": gone},
        "Scheduled links out of the country whose next departure is sold out",
        {DECREE: "decree"},
    )
    numbers = {"before": gone[at - 2], "decree": gone[at], "most": max(gone)}
    return Shown(says, figure, {**numbers, "fare": float(max(fare[at:]))})


def entry_rules(results: Results) -> Shown:
    """Doors that are shut to some by document and date."""
    days = results.lookup.days
    ban = next(
        p for p in results.scenario.policies if p.kind == "entry_ban" and p.place == "Finland"
    )
    first = ban.valid_from.isoformat()
    finland = entered(results, "Finland")
    at = days.index(first)
    before, after = float(np.mean(finland[at - 7 : at])), float(np.mean(finland[at : at + 7]))
    shut = {c: entered(results, c, "above_ordinary") for c in ("Estonia", "Latvia")}
    window = slice(days.index(DECREE), at)
    most = {c: max(values[window]) for c, values in shut.items()}
    open_ = max(entered(results, "Finland", "above_ordinary")[window])
    says = (
        f"Finland: {number(before)} entries a day in the week before its ban, {number(after)} in "
        f"the week from {day(first)}. While it was open at the most {number(open_)} a day above "
        f"ordinary came in, into Estonia and Latvia, shut since 19 September, "
        f"{number(most['Estonia'])} and {number(most['Latvia'])}."
    )
    figure = svg.lines(
        days,
        {"Finland": finland, "Estonia": entered(results, "Estonia"),
         "Latvia": entered(results, "Latvia")},
        "Entries of Russian citizens a day",
        {DECREE: "decree", first: "Finland's ban"},
    )  # fmt: skip
    return Shown(says, figure, {"before": before, "after": after, "open": open_, "shut": most})


def checkpoints(results: Results) -> Shown:
    """A post that passes what it can while its queue grows."""
    days = results.lookup.days
    rows = results.table("queues", crossing=DOOR, side="exit", direction="out", measure="people")
    queue = [float(row["q50"] or 0.0) for row in rows]
    rows = results.table("entries", crossing=DOOR, destination="Georgia", who="all_nationalities")
    passed = [float(row["q50"] or 0.0) for row in rows if row["date"] is not None]
    top = int(np.argmax(queue))
    grows = slice(days.index(DECREE) + 1, top + 1)
    low, high = min(passed[grows]), max(passed[grows])
    says = (
        f"{DOOR}: from {day(days[grows.start])} to {day(days[top])} the queue before the exit side "
        f"grows from {number(queue[grows.start])} to {number(queue[top])} people, while between "
        f"{number(low)} and {number(high)} pass a day."
    )
    figure = svg.lines(
        days,
        {"people waiting": queue, "people who pass in a day": passed},
        f"{DOOR}: people waiting before the exit side, and passing",
        {DECREE: "decree"},
    )
    return Shown(says, figure, {"queue": queue[grows.start : top + 1], "passed": passed[grows]})


def exit_control(results: Results) -> Shown:
    """Guards who turn some back."""
    rows = results.table("refusals", country="Russia")
    weeks = [(row["week"], float(row["q50"] or 0.0)) for row in rows]
    before = sum(value for week, value in weeks if week < "2022-09-19")
    after = sum(value for week, value in weeks if week >= "2022-09-19")
    says = (
        f"Russian officers refused {number(before) if before else 'nobody'} in the week before the "
        f"call-up, and {number(after)} people in the weeks after it (sum of the medians)."
    )
    names = [(f"week of {day(week)}", value) for week, value in weeks]
    figure = svg.bars(names, "People refused by Russian officers, by week")
    return Shown(says, figure, {"before": before, "after": after})


def search_interest(results: Results) -> Shown:
    """Search interest moves before anybody does."""
    days, world = results.lookup.days, results.compiled.world
    wanted = [d for d in results.scenario.drivers if "search" in d.driver]
    order = sorted({(d.driver, d.parameter) for d in results.scenario.drivers})
    numbers = {order.index((d.driver, d.parameter)) for d in wanted}
    level = np.max(
        [world.term_level[j] for j, a in enumerate(world.term_driver) if int(a) in numbers], axis=0
    )
    step_day = np.asarray(world.step_day)
    search = [float(level[step_day == y].max()) for y in range(len(days))]
    left = by_group(results, "departed", lambda c: not c.follow_per_day)
    came = np.sum(
        [entered(results, name, "above_ordinary") for name in
         sorted({results.lookup.country(c) for c in results.lookup.entered})], axis=0
    )  # fmt: skip
    series = {"search interest": search, "departures": left, "entries": came}
    tops = {name: days[int(np.argmax(values))] for name, values in series.items()}
    says = "Highest on: " + ", ".join(f"{name} {day(when)}" for name, when in tops.items()) + "."
    shares = {name: [100 * v / max(values) for v in values] for name, values in series.items()}
    figure = svg.lines(
        days,
        shares,
        "Search interest, departures and entries, % of the highest",
        {DECREE: "decree"},
    )
    return Shown(says, figure, {"tops": tops, "search": search})


def detentions(results: Results) -> Shown:
    """Detentions by city and date, with a coefficient whose sign nobody knows."""
    rows = [d for d in results.scenario.drivers if d.driver == "detentions"]
    draws = results.ensemble.draws[rows[0].parameter]
    share = float((draws > 0).mean())
    says = (
        f"{len(rows)} counts by place and day act through a coefficient centred on zero: "
        f"it is positive in {share:.0%} of the members, between {draws.min():.2f} and "
        f"{draws.max():.2f}."
    )
    names = [
        (f"{re.sub(r'-[0-9]+$', '', row.id).replace('-', ' ')}, {row.valid_from:%d %b}", row.value)
        for row in rows
    ]
    figure = svg.bars(names[:16], "Level of the driver by place and day")
    return Shown(says, figure, {"rows": len(rows), "draws": draws})


def responses(results: Results) -> Shown:
    """Rules act; what governments say does not, until it is a rule."""
    days = results.lookup.days
    policies = results.scenario.policies
    seen = View(results.scenario)
    acts = [p for p in policies if p.status == IN_FORCE and kinds()[p.kind].emit(p, seen)]
    words = [p for p in policies if p not in acts]

    def so_far(rows: list[Any]) -> list[float]:
        return [float(sum(p.known_from <= date.fromisoformat(d) for p in rows)) for d in days]

    says = (
        f"{len(policies)} rows of policy: {len(acts)} are rules in force that change doors, seats, "
        f"rates or refusals; {len(words)} are statements, rumours, or rules that find nothing here "
        "to act on or that something else in the scenario acts for; they change nothing themselves."
    )
    figure = svg.lines(
        days,
        {"rules that act": so_far(acts), "statements and others": so_far(words)},
        "Policies known by each day",
        {DECREE: "decree"},
    )
    return Shown(says, figure, {"acts": len(acts), "words": len(words)})


def families(results: Results, unfollowed: Results) -> Shown:
    """Those who leave alone, families left behind, families that follow or go together."""
    days = results.lookup.days
    behind = by_group(results, "left_behind", lambda c: bool(c.follow_per_day))
    # Those who follow are counted in a group with others: the same members in a world in which
    # nobody follows tell them apart.
    groups = {c.group for c in results.scenario.cohorts if c.follow_per_day}
    chosen = [i for i, g in enumerate(results.labels.groups) if g.name in groups]
    arms = [
        arm.arrays["departed"][..., chosen].sum(axis=(2, 3), dtype=np.float64)
        for arm in (results, unfollowed)
    ]
    following = medians(np.cumsum(arms[0] - arms[1], axis=1))
    whole = {c.group for c in results.scenario.cohorts if c.size > 1 and not c.ordinary}
    beside = [i for i, g in enumerate(results.labels.groups) if g.name in whole]
    gone = unfollowed.arrays["departed"][..., beside].sum(axis=(2, 3), dtype=np.float64)
    together = medians(np.cumsum(gone, axis=1))
    says = (
        f"At the most {number(max(behind))} family members were left behind; by {day(days[-1])} "
        f"{number(following[-1])} had followed, and {number(together[-1])} people had left with "
        "their families."
    )
    figure = svg.lines(
        days,
        {"left behind": behind, "followed so far": following, "left together so far": together},
        "Family members left behind, those who followed, and families that left together",
        {DECREE: "decree"},
    )
    return Shown(says, figure, {"behind": behind, "following": following, "together": together})


def reports(results: Results) -> Shown:
    """Known only from reports, each with a source, a precision and a date."""
    from borderflow.observe import unused

    rows = results.table("reports")
    own = [row for row in rows if not row["derived"]]
    inside = sum(row["inside"] for row in own)
    left = len(unused(results))
    says = (
        f"{len(rows)} reports have a counterpart in what is simulated, {len(rows) - len(own)} of "
        f"them sums of others; {inside} of {len(own)} lie in the 80 % band; {left} are left out, "
        "each with a reason. Dots are what was reported, bars the 80 % band, ticks the median."
    )
    shown = [row for row in own if row["q90"] and row["observed"] > 0]
    shown = shown[:: max(1, len(shown) // 24)]
    cells = [
        (
            f"{row['place']}: {row['quantity'].replace('_', ' ')}, {day(row['date_end'])}"[:50],
            *(1.0 if row[name] is None else float(row[name]) for name in ("q10", "q50", "q90")),
            float(row["observed"]),
        )
        for row in shown
    ]
    figure = svg.ranges(cells, "Reports beside what was simulated for them")
    return Shown(
        says, figure, {"rows": len(rows), "own": len(own), "inside": inside, "unused": left}
    )


PARTS: dict[int, Callable[[], Shown]] = {
    1: lambda: call_up(autumn()),
    2: lambda: journeys(from_kazan()),
    3: lambda: flights(autumn()),
    4: lambda: entry_rules(autumn()),
    5: lambda: checkpoints(autumn()),
    6: lambda: exit_control(autumn()),
    7: lambda: search_interest(autumn()),
    8: lambda: detentions(autumn()),
    9: lambda: responses(autumn()),
    10: lambda: families(autumn(), unfollowed()),
    11: lambda: reports(autumn()),
}
"""What each part shows, by its number."""


def part(number_: int) -> str:
    """A part as Markdown: its sentence and its figure.

    Raises
    ------
    LookupError
        If there is no such part.
    """
    if number_ not in PARTS:
        raise LookupError(f"there is no part {number_}: 1 to {len(PARTS)}")
    shown = PARTS[number_]()
    return f"{escape(shown.says)}\n\n<figure>{shown.figure}</figure>\n"


class Part(Generated):
    required_arguments = 1

    def markdown(self) -> str:
        return part(int(self.arguments[0]))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("part", Part)
    return {"parallel_read_safe": True}
