"""A forecast in words and tables that a planner reads."""

from __future__ import annotations

from typing import Any

from borderflow.document import BORDERS, STATEMENT
from borderflow.forecast.folder import Forecast
from borderflow.forecast.shares import mark
from borderflow.forecast.split import splits
from borderflow.forecast.tables import PEOPLE_PRESENT, exceeding, fans
from borderflow.forecast.worth import worth
from borderflow.wording import day, grid, number, wrapped

Row = dict[str, Any]
MOST = 12
"""Queues that are shown."""

MEANS = {
    "conditional": "rules stay as known on {}; drivers go on by chance",
    "unconditional": "rules that may come after {} are drawn; drivers go on by chance",
}
"""What each reading is."""

SPLIT, LESSONS, WORTH = 4, 12, 8
"""Rows that are shown of each rule, of what reports taught, and of what would be worth knowing."""

POSTS = 15
"""Crossings that are shown beside all countries; `--json` has every one."""


def render(found: Forecast, wanted: dict[str, float], folder: str) -> str:
    """Everything that `borderflow forecast` prints.

    Parameters
    ----------
    found : Forecast
        The forecast.
    wanted : dict of str to float
        Capacity by place.
    folder : str
        Where the forecast is kept.
    """
    rows = fans(found)
    parts = [_head(found)]
    for reading in found.readings:
        own = {name: [r for r in rows[name] if r["reading"] == reading] for name in rows}
        parts += [
            [f"Reading: {reading} ({MEANS[reading].format(found.as_of)})"],
            _planning(own["entries"]),
            _fan(own["entries"], found),
            _present(own["present"], found),
            _peaks(own["entry_peaks"]),
            _queues(own["queue_peaks"]),
        ]
    parts += [
        _splits(found),
        _capacities(exceeding(found, wanted)),
        _lessons(found),
        _worth(found),
        [f"kept in {folder}; borderflow score {folder} --reports FILE holds it against what came"],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(found: Forecast) -> list[str]:
    first = found.main
    rough = " ROUGH: fewer than 100 members." if first.rough else ""
    return [
        f"{found.scenario.name} — {STATEMENT}",
        f"what was known at the end of {found.as_of}, carried forward to {found.until}",
        f"seed {first.seed}; {first.members} members; digest {found.digest[:16]}…{rough}",
        *wrapped(found.learning),
        "Entries are crossings as border services count them, not persons.",
        *wrapped(f"Fewer than 10 people: <10. {BORDERS}"),
    ]


def _band(row: Row, low: str, high: str) -> str:
    return f"{number(row[low])}–{number(row[high])}"


def _planning(entries: list[Row]) -> list[str]:
    whole = [r for r in entries if r["date"] is None and r["who"] == "above_ordinary"]
    posts = sorted((-(r["q95"] or 0), i) for i, r in enumerate(whole) if r["crossing"] is not None)
    busiest = {i for _, i in posts[:POSTS]}
    rows = [
        [
            f"{row['destination'] if row['crossing'] is None else '  ' + row['crossing']}",
            *(number(row[name]) for name in ("q50", "q80", "q95")),
            mark(row["learned"]),
        ]
        for i, row in enumerate(whole)
        if row["crossing"] is None or i in busiest
    ]
    head = ("Entries above ordinary, the whole forecast", "likely", "prudent", "worst", "is")
    return grid(head, rows) if rows else []


def _fan(entries: list[Row], found: Forecast) -> list[str]:
    country = found.main.lookup.country(found.scenario.nationality)
    rows = [
        [
            f"{row['destination']}, {day(row['date'])}",
            number(row["q50"]),
            _band(row, "q25", "q75"),
            _band(row, "q10", "q90"),
            _band(row, "q025", "q975"),
            mark(row["learned"]),
        ]
        for row in entries
        if row["crossing"] is None and row["date"] is not None and row["who"] == "all"
    ]
    head = (f"Entries by day, citizens of {country}", "median", "50 %", "80 %", "95 %", "is")
    return grid(head, rows) if rows else []


def _present(present: list[Row], found: Forecast) -> list[str]:
    last = found.until.isoformat()
    rows = [
        [
            row["destination"],
            *(number(row[name]) for name in ("q50", "q80", "q95")),
            mark(row["learned"]),
        ]
        for row in present
        if row["group"] is None and row["date"] == last
    ]
    head = (f"Present above ordinary on {day(last)}", "likely", "prudent", "worst", "is")
    return grid(head, rows) if rows else []


def _when(row: Row) -> str:
    if row["date"] is None:
        return "-"
    low, high = day(row["date_low"]), day(row["date_high"])
    return day(row["date"]) if low == high else f"{day(row['date'])} ({low} to {high})"


def _peaks(peaks: list[Row]) -> list[str]:
    rows = [
        [row["destination"], number(row["q50"]), _band(row, "q10", "q90"), _when(row)]
        for row in peaks
        if row["date"] is not None
    ]
    head = ("Busiest day still to come, above ordinary", "entries", "80 %", "on")
    return grid(head, rows) if rows else []


def _queues(peaks: list[Row]) -> list[str]:
    people = {
        (r["crossing"], r["side"]): r
        for r in peaks
        if r["measure"] == "people" and r["direction"] == "out"
    }
    waits = {
        (r["crossing"], r["side"]): r
        for r in peaks
        if r["measure"] == "wait_hours" and r["direction"] == "out"
    }
    longest = sorted(people, key=lambda key: -(people[key]["q95"] or 0))[:MOST]
    rows = [
        [
            f"{crossing}, {side}",
            *(number(people[crossing, side][name]) for name in ("q50", "q80", "q95")),
            _band(waits[crossing, side], "q50", "q95"),
            _when(people[crossing, side]),
            mark(people[crossing, side]["learned"]),
        ]
        for crossing, side in sorted(longest)
        if people[crossing, side]["q95"] != 0
    ]
    head = ("Longest queue still to come", "likely", "prudent", "worst", "hours", "on", "is")
    return grid(head, rows) if rows else []


def _capacities(rows: list[Row]) -> list[str]:
    lines = [
        [
            f"{row['place']}: more than {number(row['capacity'])} {row['measure']}"
            + (" above ordinary" if row["measure"] == PEOPLE_PRESENT else ""),
            row["reading"],
            f"{row['probability']:.0%}",
            "-"
            if row["first_date"] is None
            else f"{day(row['first_date'])} ({day(row['first_low'])} to {day(row['first_high'])})",
        ]
        for row in rows
    ]
    return grid(("Capacities", "reading", "probability", "first on"), lines) if lines else []


def _splits(found: Forecast) -> list[str]:
    rows = splits(found)
    names = list(dict.fromkeys(row["rule"] for row in rows))
    lines: list[str] = []
    for name in names:
        own = [row for row in rows if row["rule"] == name]
        first = own[0]
        when = day(first["date"])
        if first["date_low"] != first["date_high"]:
            when += f" ({day(first['date_low'])} to {day(first['date_high'])})"
        lines += wrapped(
            f"If {name} comes ({first['probability']:.0%} of the members, {when}): {first['what']}"
        )
        moved = sorted(own[1:], key=lambda row: -abs(row["came"]["q50"] - row["not"]["q50"]))
        table = [
            [
                "everywhere" if row["destination"] == "all" else row["destination"],
                number(row["came"]["q50"]),
                _band(row["came"], "q10", "q90"),
                number(row["not"]["q50"]),
                _band(row["not"], "q10", "q90"),
            ]
            for row in [own[0], *moved[:SPLIT]]
        ]
        head = ("Entries above ordinary", "it comes", "80 %", "it does not", "80 %")
        lines += [*grid(head, table), ""]
    return lines[:-1]


def _lessons(found: Forecast) -> list[str]:
    says = found.posterior.get("lessons", [])
    told = sorted((row for row in says if row["parameter"]), key=lambda row: -abs(row["moved"]))[
        :LESSONS
    ]
    own = {row["parameter"]: row for row in found.posterior.get("parameters", [])}
    known = {report.id: report for report in found.scenario.reports}
    rows = []
    for row in told:
        report = known[row["report"]]
        narrow = own.get(row["parameter"])
        rows.append(
            [
                f"{row['report']} {report.place}, {report.quantity.replace('_', ' ')}",
                row["parameter"],
                f"{row['moved']:+.2f}",
                f"{row['narrowed']:.0%}",
                "-" if narrow is None else f"{narrow['learned']:.0%}",
            ]
        )
    head = ("What reports taught most", "parameter", "moved (sd)", "narrowed by", "learned")
    return grid(head, rows) if rows else []


def _worth(found: Forecast) -> list[str]:
    rows = [
        [f"{row['series']}, {row['place']}", f"{row['narrower']:.0%}"]
        for row in worth(found)[:WORTH]
    ]
    return grid(("If reported tomorrow, all entries after it", "narrower by"), rows) if rows else []
