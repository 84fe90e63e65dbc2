"""A comparison in words and tables that a planner reads: what `borderflow compare` prints."""

from __future__ import annotations

from typing import Any

from borderflow.comparison.comparison import PAIRING, Comparison
from borderflow.document import BORDERS, STATEMENT, resolution
from borderflow.text import known, ruled
from borderflow.wording import day, grid, number, wrapped

MOST = 40
"""Rows that a table shows; how many more there are is said."""

DOORS = 3
"""Crossings that are shown of each country at the most: those that change most."""

UNCLEAR = "?"
Row = dict[str, Any]


def signed(value: float | None) -> str:
    """A difference to three significant digits, with its sign.

    Parameters
    ----------
    value : float or None
        The difference.

    Examples
    --------
    >>> signed(1234.5), signed(-20.0), signed(0.0), signed(None)
    ('+1,230', '-20', '0', '<10')
    """
    return f"+{number(value)}" if value is not None and value > 0 else number(value)


def difference(row: Row) -> str:
    """Median and 80 % interval of a paired difference, marked where its sign is not clear.

    Parameters
    ----------
    row : dict
        A row of a comparison.

    Examples
    --------
    >>> difference({"diff_q10": -900.0, "diff_q50": -500.0, "diff_q90": 20.0})
    '-500 (-900 to +20) ?'
    """
    low, middle, high = (row[name] for name in ("diff_q10", "diff_q50", "diff_q90"))
    if low == high:
        return signed(middle)
    crosses = low is not None and high is not None and low < 0 < high
    mark = f" {UNCLEAR}" if crosses else ""
    return f"{signed(middle)} ({signed(low)} to {signed(high)}){mark}"


def render(found: Comparison) -> str:
    """Everything that a comparison prints.

    Parameters
    ----------
    found : Comparison
        Both arms.
    """
    parts = [_head(found)]
    if found.same:
        nothing = "Nothing changes: both arms are equal in every member, within this model."
        parts.append([*wrapped(nothing)])
    else:
        parts += [
            _load(found, -1, "Where load goes down"),
            _load(found, 1, "Where it appears instead"),
            _queues(found),
            _people(found),
            [*wrapped(_legend())],
        ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(found: Comparison) -> list[str]:
    base = found.base
    days = base.lookup.days
    lines = [
        f"{base.scenario.name} — {STATEMENT}",
        f"{days[0]} to {days[-1]}; {known(base)}",
        f"seed {base.seed}; members {base.members}; digest {found.digest[:16]}…",
    ]
    lines += ruled(found.switched, base)
    if found.removed:
        lines.append("Removing a rule removes its announcement too, as far as drivers rest on it.")
    lines += wrapped(PAIRING)
    if base.members == 1:
        lines.append("ONE member: a single pair, without any uncertainty.")
    elif base.rough:
        lines.append("ROUGH: fewer than 100 members.")
    lines += wrapped(resolution(base))
    if found.failed:
        lines.append(f"{len(found.failed)} members FAILED in one arm and are left out of both.")
    return [*lines, *wrapped(BORDERS)]


def _load(found: Comparison, sign: int, title: str) -> list[str]:
    """Crossings into countries, by all citizens: those that fall, or those that rise.

    By everybody, where others than citizens flee too.
    """
    several = found.base.lookup.several
    what = "entries_all_nationalities" if several else "entries"
    whole = [row for row in found.rows if row["what"] == what and row["date"] is None]
    moved = [row for row in whole if (row["diff_q50"] or 0.0) * sign > 0]
    size = {id(row): abs(row["diff_q50"]) for row in moved}
    top: dict[str, float] = {}
    for row in moved:
        top[row["country"]] = max(top.get(row["country"], 0.0), size[id(row)])
    moved.sort(
        key=lambda row: (
            -top[row["country"]],
            row["country"],
            row["location"] != row["country"],
            -size[id(row)],
        )
    )
    if not moved:
        return [f"{title}: nowhere."]
    total = len(moved)
    moved = _fitting(moved)
    days = _largest_day(found, what, sign)
    named = {row["country"] for row in moved if row["location"] == row["country"]}
    cells = [
        [
            _place(row, named),
            number(row["base_q50"]),
            number(row["other_q50"]),
            difference(row),
            day(days.get((row["country"], row["location"]))),
        ]
        for row in moved
    ]
    whose = ", all nationalities" if several else ""
    head = (f"{title}: entries, gross{whose}", "base", "other", "difference", "most on")
    return [*grid(head, cells), *_more(total - len(cells))]


def _fitting(rows: list[Row]) -> list[Row]:
    """Rows of all countries, and of as many crossings of each as the table has room for."""
    shown: list[Row] = []
    for most in range(DOORS, -1, -1):
        doors: dict[str, int] = {}
        shown = []
        for row in rows:
            door = row["location"] != row["country"]
            doors[row["country"]] = doors.get(row["country"], 0) + door
            if not door or doors[row["country"]] <= most:
                shown.append(row)
        if len(shown) <= MOST:
            break
    return shown[:MOST]


def _place(row: Row, named: set[str]) -> str:
    """A country, one of its crossings below it, or a crossing whose country has no line here."""
    if row["location"] == row["country"]:
        return str(row["country"])
    return f"  {row['location']}" + ("" if row["country"] in named else f", to {row['country']}")


def _more(rows: int) -> list[str]:
    return [f"({rows} more rows: --json has them)"] if rows > 0 else []


def _largest_day(found: Comparison, what: str, sign: int) -> dict[tuple[str, str], str]:
    """Day of the largest difference of a sign, by country and location."""
    best: dict[tuple[str, str], tuple[float, str]] = {}
    for row in found.rows:
        if row["what"] != what or row["date"] is None or row["diff_q50"] is None:
            continue
        key = (row["country"], row["location"])
        own = row["diff_q50"] * sign
        if own > best.get(key, (0.0, ""))[0]:
            best[key] = (own, row["date"])
    return {key: date for key, (_, date) in best.items()}


def _queues(found: Comparison) -> list[str]:
    peaks: dict[tuple[str, str], dict[str, Row]] = {}
    for row in found.rows:
        measure, _, side = row["what"].rpartition("_")
        if row["date"] is None and measure in ("queue_people", "wait_hours"):
            peaks.setdefault((row["location"], side), {})[measure] = row
    changed = [
        (location, side, rows["queue_people"], rows["wait_hours"])
        for (location, side), rows in peaks.items()
        if rows["queue_people"]["diff_q50"] or abs(rows["wait_hours"]["diff_q50"] or 0.0) >= 0.5
    ]
    changed.sort(key=lambda item: -abs(item[2]["diff_q50"] or 0.0))
    days = _days_of_queues(found, {(location, side) for location, side, *_ in changed})
    if not changed:
        return ["Longest queues out: none changes.", *days]
    cells = [
        [location, side, number(people["base_q50"]), difference(people), difference(wait)]
        for location, side, people, wait in changed
    ]
    head = ("Longest queues out, by side", "side", "base", "people waiting", "wait, hours")
    return [*grid(head, cells[:MOST], left=2), *_more(len(cells) - MOST), *days]


def _days_of_queues(found: Comparison, told: set[tuple[str, str]]) -> list[str]:
    """Queues that change on some day, though not when they are longest: a rule that comes late."""
    worst: dict[tuple[str, str], Row] = {}
    waits: dict[tuple[str, str, str], Row] = {}
    for row in found.rows:
        measure, _, side = row["what"].rpartition("_")
        at = (row["location"], side)
        if row["date"] is None or at in told:
            continue
        if measure == "wait_hours":
            waits[*at, row["date"]] = row
        elif measure == "queue_people" and abs(row["diff_q50"] or 0.0) > abs(
            worst.get(at, {"diff_q50": 0.0})["diff_q50"]
        ):
            worst[at] = row
    if not worst:
        return []
    cells = [
        [
            *at,
            number(row["base_q50"]),
            difference(row),
            difference(waits[*at, row["date"]]) if (*at, row["date"]) in waits else "0",
            day(row["date"]),
        ]
        for at, row in sorted(worst.items(), key=lambda item: -abs(item[1]["diff_q50"]))
    ]
    head = ("Queues out on one day", "side", "base", "people waiting", "wait, hours", "most on")
    return ["", *grid(head, cells[:MOST], left=2), *_more(len(cells) - MOST)]


def _people(found: Comparison) -> list[str]:
    """Stocks on the last day, and flows over the whole period."""
    last = found.base.lookup.days[-1]
    wanted = {
        "departures": (None, "Left home, whole period"),
        "left_behind": (last, f"Families left behind on {day(last)}"),
        "present": (last, f"Present on {day(last)}: "),
        "refusals": (None, "Refused, whole period: "),
        "moved": (None, "Brought by arrangement: "),
        "gave_up": (None, "Times that somebody gave up at a queue"),
    }
    cells = []
    for what, (when, says) in wanted.items():
        for row in found.rows:
            if row["what"] == what and row["date"] == when and row["diff_q50"]:
                name = f"{says}{row['location']}" if says.endswith(": ") else says
                cells.append(
                    [name, number(row["base_q50"]), number(row["other_q50"]), difference(row)]
                )
    return grid(("People", "base", "other", "difference"), cells) if cells else []


def _legend() -> str:
    return (
        "(medians of the members; brackets hold 80 % of the paired differences, parameters and "
        "chance together. ? marks an interval that includes no difference. Entries are crossings, "
        "not persons: somebody who goes on from one country to another is counted at both. Rows "
        "whose median does not change are left out)"
    )
