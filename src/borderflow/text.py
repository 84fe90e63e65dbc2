"""A run in words and tables that a planner reads: what `borderflow run` prints."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from borderflow.document import BORDERS, STATEMENT, cut_off, resolution
from borderflow.observe import TITLE, unused
from borderflow.switches import idle, named, sides
from borderflow.wording import Row, banded, cut, day, grid, number, wrapped

if TYPE_CHECKING:
    from borderflow.results import Results
    from borderflow.scenario.edit import Switched

WEEKS = 8
WITHIN = 10
CROSSINGS = 6
ABROAD = 25
WEEK = 7
FEW = 10
"""People below which a queue has no line of its own."""


def render(results: Results, every: bool = False, switched: Switched | None = None) -> str:
    """Everything that a run prints.

    Parameters
    ----------
    results : Results
        A run.
    every : bool, optional
        Print every crossing and service, and not the largest alone.
    switched : Switched, optional
        Policies that were left out and added.
    """
    parts = [
        _head(results, switched),
        _entries(results, every),
        _present(results),
        _queues(results),
        _transit(results),
        _seats(results, every),
        _refusals(results),
        _departures(results),
        _reports(results),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def known(results: Results) -> str:
    """Until when facts were used, in words.

    Parameters
    ----------
    results : Results
        A run.
    """
    newest = cut_off(results).isoformat()
    if results.as_of is None:
        return f"data cut-off: none, the newest fact is of {newest} (--as-of sets one)"
    return f"data cut-off: facts known by {newest}"


def ruled(switched: Switched | None, results: Results) -> list[str]:
    """Lines that say which rules were left out and added, and which of them do nothing and why.

    Parameters
    ----------
    switched : Switched or None
        The scenario before and after.
    results : Results
        What was simulated, with them or without.
    """
    lines = []
    for change, policy, scenario in sides(switched):
        lines += wrapped(f"{change} {named(policy, scenario)}")
        if reason := idle(policy, scenario, results):
            lines += wrapped(f"  {policy.id} has no effect within this model: {reason}.")
    return lines


def _head(results: Results, switched: Switched | None) -> list[str]:
    scenario = results.scenario
    days = results.labels.days
    bands = "Brackets hold 80 % of the members: parameters and chance together."
    if results.rough:
        bands += " ROUGH: fewer than 100 members."
    members = f"{results.members} members"
    if results.members == 1:
        members = "1 member"
        bands = "ONE member: what might happen once, without any uncertainty."
    lines = [
        f"{scenario.name} — {STATEMENT}",
        f"{days[0].isoformat()} to {days[-1].isoformat()}; {known(results)}",
        f"seed {results.seed}; {members}; digest {results.digest[:16]}…",
        *ruled(switched, results),
        bands,
        *wrapped(resolution(results)),
        "Entries are crossings as border services count them, not persons, and include ordinary "
        "travel.",
        *wrapped(f"{'' if results.small_cells else 'Fewer than 10 people: <10. '}{BORDERS}"),
    ]
    if results.ensemble.failed:
        lines.append(f"{len(results.ensemble.failed)} members FAILED and are left out.")
    return lines


def _entries(results: Results, every: bool) -> list[str]:
    found: dict[tuple[str, str | None], dict[str, Row]] = {}
    for row in results.table("entries", date=None):
        found.setdefault((row["destination"], row["crossing"]), {})[row["who"]] = row
    several = results.lookup.several
    gross = "all_nationalities" if several else "all"
    rows = []
    for destination in dict.fromkeys(country for country, _ in found):
        doors = [door for country, door in found if country == destination and door is not None]
        largest = sorted(doors, key=lambda door: -(found[destination, door]["all"]["q50"] or 0.0))
        shown = set(doors if every or len(doors) <= CROSSINGS + 1 else largest[:CROSSINGS])
        for door in (None, *(door for door in doors if door in shown)):
            who = found[destination, door]
            name = destination if door is None else f"  {door}"
            rows.append([name, banded(who["above_ordinary"]), banded(who[gross])])
        if len(doors) > len(shown):
            rows.append([f"  {len(doors) - len(shown)} smaller ones: --all", "", ""])
    country = results.lookup.country(results.scenario.nationality)
    whose = "all nationalities" if several else f"citizens of {country}"
    head = ("Entries, the whole period", "above ordinary", f"gross, {whose}")
    return grid(head, rows) if rows else []


def _present(results: Results) -> list[str]:
    last = results.lookup.days[-1]
    rows = []
    sums = results.table("present", group=None)
    for destination in dict.fromkeys(row["destination"] for row in sums):
        own = [row for row in sums if row["destination"] == destination]
        top = max(own, key=lambda row: row["q50"] or 0.0)
        end = next(row for row in own if row["date"] == last)
        when = day(top["date"]) if top["q50"] else "-"
        rows.append([destination, banded(end), banded(top), when])
    head = ("Present, above ordinary", f"on {day(last)}", "most", "on")
    return grid(head, rows) if rows else []


def _queues(results: Results) -> list[str]:
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for row in results.table("queue_peaks", direction="out"):
        found.setdefault((row["crossing"], row["side"]), {})[row["measure"]] = row
    rows, calm, few = [], [], []
    for (crossing, side), measures in found.items():
        people, wait = measures["people"], measures["wait_hours"]
        if not people["q90"] or not wait["q50"] or wait["q50"] < 0.5:
            calm.append(f"{crossing} ({side})")
            continue
        if (people["q50"] or 0.0) < FEW:  # those who come in the evening wait until a post opens
            few.append(f"{crossing} ({side})")
            continue
        span = _span(people["date_low"], people["date_high"])
        when = day(people["date"])
        when = when if span == when else f"{when} ({span})"
        rows.append([crossing, side, banded(people), banded(wait), when])
    head = ("Longest queues out, by side", "side", "people waiting", "wait, hours", "peak on")
    lines = grid(head, rows, left=2) if rows else []
    if few:
        lines += wrapped(f"Fewer than {FEW} people at the longest (median): {', '.join(few)}.")
    if calm:
        lines += wrapped("Median wait always under half an hour: " + ", ".join(calm) + ".")
    return lines


def _transit(results: Results) -> list[str]:
    rows = results.table("in_transit")
    whole = results.table("under_way")
    totals: dict[str, float] = {}
    for row in whole:
        totals[row["date"]] = totals.get(row["date"], 0.0) + (row["q50"] or 0.0)
    if not totals:
        return []
    top = max(totals, key=lambda when: totals[when])
    # (the median of the sum: members have their crowds in different bins)
    found = {row["destination"]: [number(row["q50"])] for row in whole if row["date"] == top}
    for row in rows:
        if row["date"] == top:
            found[row["destination"]].append(number(row["q50"]))
    shown = [[name, *cells] for name, cells in found.items() if any(c != "0" for c in cells)]
    bins = len(next(iter(found.values()))) - 1
    head = [f"On the road on {day(top)}, by days to go", "all", "<1"]
    head += [str(i) for i in range(1, bins - 1)] + [f"{bins - 1}+"]
    lines = grid(head, shown)
    note = "(medians, each by itself; the day with most, queues included, ordinary travellers out)"
    return [*lines, *wrapped(note)]


def _seats(results: Results, every: bool) -> list[str]:
    found: dict[str, list[Row]] = {}
    for row in results.table("seats"):
        if row["link"] in results.lookup.on_sale:  # others have nothing that could be sold out
            found.setdefault(row["link"], []).append(row)
    abroad: list[list[str]] = []
    within: list[list[str]] = []
    for link, days in found.items():
        out = [row for row in days if row["sold_out_until"]]
        if not out:
            continue
        worst = max(out, key=lambda row: _ahead(row["date"], row["sold_out_until"]))
        cells = [
            results.lookup.link_name(link),
            f"{max(row['seats'] for row in days):,}",
            day(out[0]["date"]),
            day(worst["sold_out_until"]),
            day(worst["date"]),
            str(len(out)),
        ]
        (abroad if results.lookup.crosses(link) else within).append(cells)
    within = sorted(within, key=lambda cells: -int(cells[-1]))
    if not found:
        return []
    head = ("Sold out (median)", "seats a day", "first on", "until", "as seen on", "days")
    free = len(found) - len(abroad) - len(within)
    text = f"{free} of {len(found)} scheduled links never sell out in the median"
    if not every and len(within) > WITHIN:
        text += f"; of those within a country, the {WITHIN} with most days are shown"
        within = within[:WITHIN]
    if not every and len(abroad) > ABROAD:
        text += f"; of the {len(abroad)} abroad that do, the {ABROAD} with most seats"
        largest = sorted(abroad, key=lambda cells: -int(cells[1].replace(",", "")))[:ABROAD]
        abroad = [cells for cells in abroad if cells in largest]
    lines = grid(head, [*abroad, *within])
    return [*lines, *wrapped(f"({text})")]


def _ahead(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def _refusals(results: Results) -> list[str]:
    rows = results.table("refusals")
    weeks: dict[str, float] = {}
    for row in rows:
        weeks[row["week"]] = weeks.get(row["week"], 0.0) + (row["q50"] or 0.0)
    if not rows:
        return []
    shown = sorted(sorted(weeks, key=lambda week: -weeks[week])[:WEEKS])
    days = {row["week"]: row["days"] for row in rows}
    part = {week: "*" if days[week] < WEEK else "" for week in shown}
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["country"], {})[row["week"]] = number(row["q50"])
    table = [[country, *(cells[week] for week in shown)] for country, cells in found.items()]
    lines = grid(["Refused, week of", *(f"{day(week)}{part[week]}" for week in shown)], table)
    note = "(medians, by the officers of each country, all nationalities"
    if any(part.values()):
        note += "; * not all of its days are shown"
    if len(weeks) > WEEKS:
        note += f"; the {WEEKS} weeks with most"
    return [*lines, *wrapped(f"{note})")]


def _departures(results: Results) -> list[str]:
    """Who left home, who was left behind, and how often somebody gave up at a queue.

    Where homes lie in several countries, those that another state controls are told apart.
    """
    lookup = results.lookup
    homes = [results.scenario.place(id_) for id_ in results.labels.origins]
    table = []
    for row in results.table("departures", date=None, group=None):
        if row["country"] is None:
            table.append(["Left home because of the shock", banded(row)])
            continue
        own = [place for place in homes if lookup.country(place.country) == row["country"]]
        rulers = sorted({place.controlled_by or "" for place in own})
        name = row["country"]
        if all(rulers):
            name += f", places controlled by {' and '.join(map(lookup.country, rulers))}"
        table.append([f"  {name}", banded(row)])
    last = results.lookup.days[-1]
    behind = results.table("left_behind", date=last, group=None)
    table += [[f"Family left behind, on {day(last)}", banded(row)] for row in behind if row["q90"]]
    for row in results.table("gave_up", date=None, group=None):
        if row["q90"]:
            table.append(["Times that somebody gave up at a queue", banded(row)])
    table += [
        [f"Brought to {row['destination']} by arrangement", banded(row)]
        for row in results.table("moved", date=None)
        if row["q90"]
    ]
    return grid(["People, the whole period", "above ordinary"], table) if table else []


def _reports(results: Results) -> list[str]:
    rows = results.table("reports")
    left = len(unused(results))
    if not rows:
        return []
    table = [
        [
            row["id"],
            row["place"],
            _phrase(row["quantity"]),
            _span(row["date_start"], row["date_end"]),
            number(row["observed"]),
            banded(row),
            "in" if row["inside"] else "OUT",
        ]
        for row in rows
    ]
    own = [row for row in rows if not row["derived"]]
    inside = sum(row["inside"] for row in own)
    sums = len(rows) - len(own)
    head = ("report", "place", "quantity", "days", "reported", "simulated", "80 %")
    says = f"{inside} of {len(own)} in the 80 % band"
    if sums:
        says += f", not counting {sums} derived from others"
    if left:
        says += f"; {left} are not compared (--json says why)"
    return [TITLE, *grid(head, table, left=4, flexible=1), *wrapped(f"({says})")]


def _phrase(quantity: str) -> str:
    """A quantity in few words."""
    words = quantity.replace("_", " ").replace("from host ", "").replace("both directions ", "")
    for ending in (" citizens", " rub", " usd"):
        words = words.removesuffix(ending)
    return cut(words, 18)


def _span(start: str, end: str) -> str:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if first == last:
        return day(start)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(end)}"
    return f"{day(start)}–{day(end)}"
