"""Reads Flee's `source_data`: which file counts which camp, the counts, and what corrected them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from borderflow.scenario.finding import nearest
from borderflow.source.flee.counts import Counts
from borderflow.source.flee.folder import Correction, Location
from borderflow.source.flee.table import Line, Reader, day, headcount


def layout(
    reader: Reader, counts: Path, start: date
) -> tuple[dict[str, tuple[str, ...]], dict[str, Counts]]:
    file = "source_data/data_layout.csv"
    lines, _ = reader.lines(counts / "data_layout.csv")
    files: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Counts] = {}
    for line in lines:
        label = line.cell(0)
        names = tuple(name for name in line.cells[1:] if name)
        if not names:
            reader.say(file, line.row, "file", "", f"{label} has no file of counts")
            tables.setdefault(label, Counts((), ()))
            continue
        if label in tables:
            reader.say(file, line.row, "label", label, "named already")
            continue
        files[label] = names
        table: Counts | None = None
        for name in names:
            if not (counts / name).is_file():
                reader.say(file, line.row, "file", name, "the file is missing in source_data")
                continue
            one = _table(reader, counts / name, start)
            table = one if table is None else table.plus(one)
        tables[label] = table if table is not None else Counts((), ())
    if lines and lines[0].cell(0) != "total":
        says = "the first row is the total in Flee, whatever it is called"
        reader.say(file, lines[0].row, "label", lines[0].cell(0), says, warning=True)
    return files, tables


def _table(reader: Reader, path: Path, start: date) -> Counts:
    file = f"{path.parent.name}/{path.name}"
    lines, _ = reader.lines(path, empty=True)
    days: list[int] = []
    counted: list[float] = []
    last: tuple[int, int] | None = None
    for line in lines:
        if line.cell(0).casefold() in ("date", "datetime") or not line.cell(1):
            continue
        if line is lines[0] and not any(letter.isdigit() for letter in "".join(line.cells)):
            says = "taken for a header; Flee knows Date, DateTime or #"
            reader.say(file, line.row, "date", line.cell(0), says, warning=True)
            continue
        when = _when(reader, file, line, 0)
        if when is None:
            continue
        people = reader.value(headcount, file, line, 1, "people", "a number of people", 0.0)
        at = (when - start).days
        if people < 0:
            says = "below 0: taken for 0"
            reader.say(file, line.row, "people", line.cell(1), says, warning=True)
            people = 0.0
        if last is not None and at < last[0]:
            says = f"dated before line {last[1]}: read in file order, as Flee does"
            reader.say(file, line.row, "date", line.cell(0), says, warning=True)
        days.append(at)
        counted.append(people)
        last = (at, line.row)
    if not days and not any(f.file == file for f in reader.findings):
        reader.say(file, None, None, None, "holds no counts")
    return Counts(tuple(days), tuple(counted))


def camps_have_counts(reader: Reader, locations: list[Location], tables: dict[str, Counts]) -> None:
    if not tables:
        return
    for place in locations:
        if place.is_camp and place.name not in tables:
            says = "this camp has no row in source_data/data_layout.csv, so nobody was counted"
            near = nearest(place.name, [t for t in tables if t != "total"])
            reader.say("input_csv/locations.csv", place.row, "name", place.name, says, near)


def corrections(
    reader: Reader, inputs: Path, tables: dict[str, Counts], start: date
) -> list[Correction]:
    file = "input_csv/registration_corrections.csv"
    lines, _ = reader.lines(inputs / "registration_corrections.csv", needed=False)
    found = []
    for line in lines if tables else ():
        if len(line.cells) < 2:
            continue
        camp = line.cell(0)
        if camp not in tables:
            reader.say(file, line.row, "camp", camp, "no such camp", nearest(camp, tables))
            continue
        when = _when(reader, file, line, 1)
        if when is None:
            continue
        at = (when - start).days
        if at < 0:
            reader.say(file, line.row, "date", line.cell(1), "before day 0: ignored", warning=True)
            continue
        try:
            tables[camp] = tables[camp].corrected(at)
        except LookupError:
            says = f"{camp} was not counted on that day after an earlier count: ignored"
            reader.say(file, line.row, "date", line.cell(1), says, warning=True)
            continue
        except ZeroDivisionError:
            says = f"the count of {camp} before that day is 0: ignored"
            reader.say(file, line.row, "date", line.cell(1), says, warning=True)
            continue
        found.append(Correction(camp, at, line.row))
    return found


def _when(reader: Reader, file: str, line: Line, at: int) -> date | None:
    try:
        return day(line.cell(at))
    except ValueError:
        reader.say(file, line.row, "date", line.cell(at), "not a date such as 2012-02-29")
        return None
