"""Reads Flee's `input_csv` and `source_data` as they are, and says everything that is wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

from borderflow.scenario.finding import Finding, nearest
from borderflow.source.flee.counts import Counts
from borderflow.source.flee.folder import Closure, FleeFolder, Location, Route
from borderflow.source.flee.read_counts import camps_have_counts, corrections, layout
from borderflow.source.flee.table import Line, Reader, day, number, whole, whole_headcount

CLOSURES = ("country", "location", "link", "camp", "idpcamp", "remove_forced_redirection")
"""Kinds of closure that Flee knows."""

OPTIONAL = {
    "region_attributes_IPC.csv": "food insecurity by region",
    "flood_level.csv": "flood levels",
    "location_changes.csv": "changes of location types",
    "major_routes.csv": "fixed routes",
    "agents.csv": "single agents",
}
"""Files that Flee can use and that have no counterpart here."""


def read_folder(
    input_csv: Path | str, source_data: Path | str, name: str | None = None
) -> tuple[FleeFolder | None, list[Finding]]:
    """Read one conflict in Flee's format.

    Parameters
    ----------
    input_csv : Path or str
        The folder with locations, routes, closures, conflicts and sim_period.
    source_data : Path or str
        The folder with data_layout.csv and the counts.
    name : str, optional
        What to call it; the name of the folder that holds `input_csv` by default.

    Returns
    -------
    (FleeFolder or None, list of Finding)
        None if something is wrong that it cannot be run with; everything that is wrong or odd.
    """
    inputs, counts = Path(input_csv), Path(source_data)
    reader = Reader()
    for path in (inputs, counts):
        if not path.is_dir():
            reader.say(path.name, None, None, str(path), "there is no such folder")
    if reader.findings:
        return None, reader.findings
    start, days = _period(reader, inputs)
    locations = _locations(reader, inputs)
    if not locations:  # nothing else can be held against it
        return None, reader.findings
    known = {place.name: place for place in locations}
    routes = _routes(reader, inputs, known)
    closures = _closures(reader, inputs, known, {p.country for p in locations}, days)
    conflicts = _conflicts(reader, inputs, known, days)
    files, tables = layout(reader, counts, start)
    camps_have_counts(reader, locations, tables)
    first = dict(tables)
    corrected = corrections(reader, inputs, tables, start)
    if not any(place.is_camp for place in locations):
        reader.say("input_csv/locations.csv", None, "location_type", None, "there is no camp")
    if any(finding.level == "error" for finding in reader.findings):
        return None, reader.findings
    locations = _peopled(reader, locations, conflicts, tables)
    labels = list(tables)
    total = tables[labels[0]] if labels else None
    folder = FleeFolder(
        name=name or inputs.resolve().parent.name,
        start=start,
        days=days,
        locations=tuple(locations),
        routes=tuple(routes),
        closures=tuple(closures),
        conflicts=conflicts,
        total=total,
        counts={p.name: tables[p.name] for p in locations if p.is_camp},
        elsewhere={k: tables[k] for k in labels[1:] if k not in known or not known[k].is_camp},
        corrections=tuple(corrected),
        files=files,
        left=_left(reader, inputs, counts, files),
        first_counts={p.name: first[p.name] for p in locations if p.is_camp},
    )
    return folder, reader.findings


def _period(reader: Reader, inputs: Path) -> tuple[date, int]:
    file = "input_csv/sim_period.csv"
    lines, _ = reader.lines(inputs / "sim_period.csv")
    found = {line.cell(0).casefold(): line for line in lines}
    start, days = date(2000, 1, 1), 1
    if "startdate" in found:
        start = reader.value(
            day, file, found["startdate"], 1, "StartDate", "a date such as 2012-02-29", start,
            blank=False,
        )  # fmt: skip
    if "length" in found:
        days = reader.value(
            whole, file, found["length"], 1, "Length", "a whole number of days", days, blank=False
        )
        if days < 1:
            row = found["length"].row
            reader.say(file, row, "Length", str(days), "a conflict lasts one day or more")
            days = 1
    for key in ("StartDate", "Length"):
        if lines and key.casefold() not in found:
            reader.say(file, None, key, None, f"there is no row {key}")
    return start, days


def _kind(text: str) -> str | None:
    low = text.casefold()
    if "camp" in low:
        return "idpcamp" if "idp" in low else "camp"
    for word, kind in (
        ("conflict", "conflict"),
        ("forward", "forward"),
        ("marker", "marker"),
        ("flood", "flood"),
        ("default", "town"),
        ("town", "town"),
    ):
        if word in low:
            return kind
    return None


def _locations(reader: Reader, inputs: Path) -> list[Location]:
    file = "input_csv/locations.csv"
    lines, header = reader.lines(inputs / "locations.csv", title="name")
    names = header.cells[8:] if header else ()
    seen: dict[str, int] = {}
    found = []
    for line in lines:
        name = line.cell(0)
        if not name:
            reader.say(file, line.row, "name", "", "a location needs a name")
            continue
        if name in seen:
            reader.say(file, line.row, "name", name, f"named already in line {seen[name]}")
            continue
        seen[name] = line.row
        kind = _kind(line.cell(5))
        if kind is None:
            says = "no type that Flee knows; taken for a town"
            reader.say(file, line.row, "location_type", line.cell(5), says, warning=True)
            kind = "town"
        lat = reader.value(number, file, line, 3, "latitude", "a number", 0.0)
        lon = reader.value(number, file, line, 4, "longitude", "a number", 0.0)
        if abs(lat) > 90 and abs(lon) <= 90:  # the code of Flee says x, y; its data say lat, lon
            lat, lon = lon, lat
        date_ = 0
        if kind == "conflict":
            date_ = reader.value(whole, file, line, 6, "conflict_date", "a whole number", 0)
        says = "a whole number of people"
        people = reader.value(whole_headcount, file, line, 7, "population", says, 0)
        if people < 0:
            reader.say(
                file, line.row, "population", str(people), "below 0: taken for 0", warning=True
            )
            people = 0
        camp = kind in ("camp", "idpcamp")
        found.append(
            Location(
                name=name,
                region=line.cell(1) or "unknown",
                country=line.cell(2) or "unknown",
                lat=lat,
                lon=lon,
                kind=kind,
                type_text=line.cell(5),
                conflict_date=date_,
                population=0 if camp else people,
                capacity=people if camp else 0,
                extra={k: line.cell(8 + i) for i, k in enumerate(names) if line.cell(8 + i)},
                row=line.row,
            )
        )
    return found


def _peopled(
    reader: Reader,
    locations: list[Location],
    conflicts: dict[str, tuple[float, ...]],
    tables: dict[str, Counts],
) -> list[Location]:
    """The locations, where no zone has a population with as many in each as were ever counted."""
    zones = [place for place in locations if place.name in conflicts]
    if not zones or any(place.population > 0 for place in zones):
        return locations
    says = "no zone of conflict has a population: all are taken for equally large"
    reader.say("input_csv/locations.csv", zones[0].row, "population", "", says, warning=True)
    most = max((count for table in tables.values() for count in table.people), default=0.0)
    people = math.ceil(max(most, 1.0))
    return [
        replace(place, population=people) if place.name in conflicts else place
        for place in locations
    ]


def _place(
    reader: Reader, file: str, row: int, column: str, name: str, known: dict[str, Location]
) -> str | None:
    if name in known:
        return name
    reader.say(file, row, column, name, "no such location", nearest(name, known))
    return None


def _routes(reader: Reader, inputs: Path, known: dict[str, Location]) -> list[Route]:
    file = "input_csv/routes.csv"
    lines, header = reader.lines(inputs / "routes.csv", title="name1")
    names = header.cells[4:] if header else ()
    found: dict[frozenset[str], Route] = {}
    for line in lines:
        ends = [_place(reader, file, line.row, f"name{i + 1}", line.cell(i), known) for i in (0, 1)]
        km = reader.value(
            number, file, line, 2, "distance", "a number of kilometres", 1.0, blank=False
        )
        redirect = reader.value(whole, file, line, 3, "forced_redirection", "0, 1 or 2", 0)
        if redirect not in (0, 1, 2):
            reader.say(file, line.row, "forced_redirection", str(redirect), "not 0, 1 or 2")
        if km < 0:
            reader.say(file, line.row, "distance", line.cell(2), "a distance is not below 0")
        one, other = ends
        if one is None or other is None:
            continue
        if one == other:
            says = "a route from a place to itself: left out"
            reader.say(file, line.row, "name2", other, says, warning=True)
            continue
        pair = frozenset((one, other))
        if pair in found:
            says = f"this route stands in line {found[pair].row} already: the shorter is used"
            reader.say(file, line.row, "name1", f"{one}, {other}", says, warning=True)
            if found[pair].km <= km:
                continue
        extra = {k: line.cell(4 + i) for i, k in enumerate(names) if line.cell(4 + i)}
        found[pair] = Route(one, other, max(km, 0.1), redirect, extra, line.row)
    return list(found.values())


def _closures(
    reader: Reader, inputs: Path, known: dict[str, Location], countries: set[str], days: int
) -> list[Closure]:
    file = "input_csv/closures.csv"
    lines, _ = reader.lines(inputs / "closures.csv", title="closure_type", empty=True)
    found: list[Closure] = []
    for line in lines:
        kind = line.cell(0).casefold()
        if kind not in CLOSURES:
            near = nearest(kind, CLOSURES)
            reader.say(file, line.row, "closure_type", line.cell(0), "no closure type", near)
            continue
        start = reader.value(whole, file, line, 3, "closure_start", "a day", 0)
        end = reader.value(whole, file, line, 4, "closure_end", "a day", -1)
        what, among = "country", countries
        if kind != "country":
            what, among = "location", set(known)
        one, ok = _meant(reader, file, line, 1, what, among)
        other = line.cell(2)
        if kind in ("country", "link", "remove_forced_redirection"):
            other, there = _meant(reader, file, line, 2, what, among)
            ok = ok and there
        if start >= days:
            says = f"begins after the last day, {days - 1}: it never acts"
            reader.say(file, line.row, "closure_start", str(start), says, warning=True)
        if ok:
            # A start before day 0 means that it is shut from the beginning (Flee: "open at").
            begin = max(start, 0)
            until = end if end > begin else None
            same = next(
                (c.row for c in found if (c.kind, c.one, c.other, c.start, c.end)
                 == (kind, one, other, begin, until)), None,
            )  # fmt: skip
            if same is not None:
                says = f"this closure stands in line {same} already: left out"
                reader.say(file, line.row, "name1", one, says, warning=True)
                continue
            found.append(Closure(kind, one, other, begin, until, line.row))
    return found


def _meant(
    reader: Reader, file: str, line: Line, at: int, what: str, among: set[str]
) -> tuple[str, bool]:
    """The name that a closure means, and whether it is one; Flee does nothing where it is none."""
    name = line.cell(at)
    if name in among:
        return name, True
    meant = next((other for other in sorted(among) if _loose(other) == _loose(name)), None)
    says = f"no such {what}" + (f": taken for {meant}" if meant else ": the closure is left out")
    reader.say(file, line.row, f"name{at}", name, says, meant or nearest(name, among), warning=True)
    return meant or name, meant is not None


def _conflicts(
    reader: Reader, inputs: Path, known: dict[str, Location], days: int
) -> dict[str, tuple[float, ...]]:
    file = "input_csv/conflicts.csv"
    lines, header = reader.lines(inputs / "conflicts.csv", title="day")
    if header is None:
        if lines:
            reader.say(file, None, None, None, "there is no header that names the zones")
        return {}
    columns: dict[int, str] = {}
    loose = {_loose(name): name for name in known}
    for at, name in enumerate(header.cells[1:], start=1):
        if not name:
            continue
        if name not in known:
            meant = loose.get(_loose(name))
            says = "no such location" + (f": taken for {meant}" if meant else ": left out")
            reader.say(file, header.row, name, None, says, meant or nearest(name, known),
                       warning=True)  # fmt: skip
            if meant is None:
                continue
            name = meant
        columns[at] = name
    odd = next((i for i, line in enumerate(lines) if line.cell(0) != str(i)), None)
    if odd is not None:
        says = f"rows are days in turn, so this one is day {odd}"
        reader.say(file, lines[odd].row, "Day", lines[odd].cell(0), says, warning=True)
    if lines and len(lines) < days:
        says = f"ends on day {len(lines) - 1}, but the conflict runs to day {days - 1}"
        reader.say(file, lines[-1].row, "Day", lines[-1].cell(0), says)
    series: dict[str, list[float]] = {name: [] for name in columns.values()}
    for line in lines[:days]:
        for at, name in columns.items():
            value = reader.value(number, file, line, at, name, "an intensity between 0 and 1", 0.0)
            series[name].append(min(max(value, 0.0), 1.0))
            if not 0 <= value <= 1:
                says = "an intensity lies between 0 and 1: cut"
                reader.say(file, line.row, name, line.cell(at), says, warning=True)
    # A zone dated on or before day 0 in locations.csv is one from the start, until conflicts.csv
    # ends it, even where conflicts.csv says 0 at first.
    for place in known.values():
        if place.kind == "conflict" and place.conflict_date > 0 and place.name not in series:
            says = "dated here but without a column in conflicts.csv: never a zone, as in Flee"
            reader.say("input_csv/locations.csv", place.row, "conflict_date",
                       str(place.conflict_date), says, warning=True)  # fmt: skip
        if place.kind == "conflict" and place.conflict_date <= 0:
            row = series.setdefault(place.name, [0.0] * min(len(lines), days))
            for i, value in enumerate(row):
                if value > 0:
                    break
                row[i] = 1.0
    return {name: tuple(row) for name, row in series.items() if any(row)}


def _loose(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ").strip()


def _left(
    reader: Reader, inputs: Path, counts: Path, files: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """What the folder holds and borderflow does not use."""
    left = [
        f"input_csv/{name}: {what} have no counterpart here"
        for name, what in OPTIONAL.items()
        if (inputs / name).is_file()
    ]
    left += [
        f"input_csv/{path.name}: attributes of single agents are not carried over"
        for path in sorted(inputs.glob("demographics_*.csv"))
    ]
    used = {name for row in files.values() for name in row} | {"data_layout.csv"}
    left += [
        f"source_data/{path.name}: not named in data_layout.csv"
        for path in sorted(counts.glob("*.csv"))
        if path.name not in used
    ]
    return tuple(left)
