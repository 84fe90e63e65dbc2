"""Reads a folder of TOML and CSV files into a scenario; whatever is wrong becomes findings."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from borderflow.scenario.cells import CellError, format_float
from borderflow.scenario.fields import FILES, Field, fields
from borderflow.scenario.finding import Finding, nearest, shorten
from borderflow.scenario.model import (
    CLASSES,
    Countries,
    Layout,
    Report,
    Row,
    Scenario,
    Where,
    attribute,
)
from borderflow.scenario.table import BOM, Record, Table, parse_table, read_text, trouble

HEADER = "scenario.toml"
NEEDED = ("place", "link", "cohort", "source")
"""Kinds without which there is no scenario; the other files may be left out."""

_PERSONAL = re.compile(
    r"(first|last|family|given|full|middle|maiden|birth|person|persons|people)?[ _-]?names?"
    r"|surname|patronymic|e?-?mail([ _-]?address)?|(home[ _-]?|street[ _-]?)?address"
    r"|(tele|mobile|cell)?[ _-]?phone.*|mobile|telegram|whatsapp|signal"
    r"|(passport|visa|document|id|identity|card|plate)[ _-]?(card[ _-]?)?(no|nr|num|number)s?"
    r"|passport|snils|inn|iin|ssn|tax[ _-]?id|licen[cs]e[ _-]?plate|number[ _-]?plate"
    r"|(date|place|year)[ _-]?of[ _-]?birth|birth[ _-]?(date|day|year|place)|dob|photo|fingerprint",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What could be made of a folder, with everything that is wrong.

    Parameters
    ----------
    scenario : Scenario or None
        The scenario; where cells could not be read, harmless values stand in for them, so that
        the rest can be checked all the same. None where scenario.toml could not be understood.
    findings : list of Finding
        What is wrong.
    """

    scenario: Scenario | None
    findings: list[Finding]

    @property
    def sound(self) -> bool:
        """Whether the scenario says what the files say."""
        return self.scenario is not None and all(f.level != "error" for f in self.findings)


def read(folder: Path | str) -> tuple[Scenario | None, list[Finding]]:
    """Read the scenario that a folder describes.

    Parameters
    ----------
    folder : Path or str
        The folder with scenario.toml and the CSV files.

    Returns
    -------
    (Scenario or None, list of Finding)
        None if there is an error among the findings; all of them are found at once. Only the form
        is judged here, the sense by `check`.
    """
    draft = read_draft(folder)
    return (draft.scenario if draft.sound else None), draft.findings


def read_draft(folder: Path | str) -> Draft:
    """Read a folder as far as it can be read."""
    folder = Path(folder)
    problem = _no_scenario(folder)
    if problem is not None:
        return Draft(None, [problem])
    layout: dict[str, Layout] = {}
    header, findings = _read_header(folder / HEADER, layout)
    rows: dict[str, Any] = {}
    for kind, file in FILES.items():
        if (folder / file).exists() or kind in NEEDED:
            rows[attribute(kind)], found = _read_rows(folder / file, kind, layout)
            findings.extend(found)
    findings.extend(_strangers(folder))
    scenario = None if header is None else Scenario(**header, **rows, layout=layout)
    return Draft(scenario, findings)


def _no_scenario(folder: Path) -> Finding | None:
    try:
        if not folder.exists():
            return trouble(str(folder), None, "there is no such folder")
        if not folder.is_dir():
            return trouble(str(folder), None, "a scenario is a folder, and this is a file")
        if not (folder / HEADER).is_file():
            return trouble(str(folder), None, f"not a scenario: the folder has no {HEADER}")
    except (OSError, ValueError) as error:
        return trouble(str(folder), None, f"no folder can be read here: {error}")
    return None


def _strangers(folder: Path) -> Iterable[Finding]:
    known = [*FILES.values(), HEADER]
    for path in sorted(folder.glob("*.csv")):
        if path.name not in known:
            guess = nearest(path.name, known)
            yield Finding(
                "error", "read", path.name, None, None, path.name, guess, "no such file is read"
            )


# Rows


def _read_rows(
    path: Path, kind: str, layout: dict[str, Layout]
) -> tuple[tuple[Row, ...], list[Finding]]:
    text, findings = read_text(path)
    if text is None:
        return (), findings
    table, found = parse_table(path.name, text)
    findings.extend(found)
    if table is None:
        return (), findings
    layout[path.name] = table.layout
    found = list(_bad_header(path.name, kind, table.layout))
    findings.extend(found)
    if any(f.message.startswith("the columns") for f in found):
        return (), findings
    rows = []
    for record in table.records:
        row, found = _read_row(path.name, kind, table, record)
        findings.extend(found)
        if row is not None:
            rows.append(row)
    findings.extend(repeated(path.name, rows))
    return tuple(rows), findings


def _bad_header(file: str, kind: str, layout: Layout) -> Iterable[Finding]:
    known = fields(kind)
    columns = layout.columns
    if len(columns) == 1 and (separator := next((s for s in ";\t" if s in columns[0]), "")):
        name = {";": "semicolons", "\t": "tabs"}[separator]
        yield trouble(file, 1, f"the columns are separated by {name}, not by commas", columns[0])
        return
    for number, column in enumerate(columns, 1):
        if not column:
            yield trouble(file, 1, f"column {number} has no name")
        elif column in columns[: number - 1]:
            yield Finding("error", "read", file, 1, column, column, None, "the column stands twice")
        elif column not in known:
            yield unknown(file, 1, column, known, "column")
    for column, field in known.items():
        if field.required and column not in columns:
            message = "the column is missing, and it must be given"
            yield Finding("error", "read", file, 1, column, None, None, message)


def unknown(file: str, row: int | None, name: str, known: Iterable[str], what: str) -> Finding:
    """Say that there is no such column or key; columns about single persons are refused as such."""
    if _PERSONAL.fullmatch(name):
        message = (
            f"no such {what}, and there never will be: borderflow holds no data about single "
            f"persons (names, phones, documents); remove it"
        )
        return Finding("error", "read", file, row, name, name, None, message)
    return Finding("error", "read", file, row, name, name, nearest(name, known), f"no such {what}")


def _read_row(
    file: str, kind: str, table: Table, record: Record
) -> tuple[Row | None, list[Finding]]:
    columns = table.layout.columns
    if len(record.cells) != len(columns):
        message = (
            f"the row has {len(record.cells)} cells, the header {len(columns)}: "
            "is a comma missing, or a cell with a comma not quoted, or the file cut off?"
        )
        return None, [trouble(file, record.row, message, shorten(record.text.strip()))]
    where = Where(file, record.row, columns, record.cells, record.text)
    return make_row(kind, dict(zip(columns, record.cells, strict=True)), where)


def make_row(kind: str, cells: Mapping[str, str], where: Where) -> tuple[Row, list[Finding]]:
    """Make a row of its cells; samples stand in for those that cannot be read."""
    values, findings = parse_cells(fields(kind), cells, where.file, lambda _: where.row)
    return CLASSES[kind](**values, where=where), findings


def parse_cells(
    known: Mapping[str, Field], cells: Mapping[str, str], file: str, line: Any
) -> tuple[dict[str, Any], list[Finding]]:
    """Parse the cells of one row; samples stand in for those that cannot be read."""
    values: dict[str, Any] = {}
    findings = []
    for column, field in known.items():
        text = cells.get(column, "")
        try:
            values[field.name] = field.parse(text)
        except CellError as error:
            values[field.name] = field.cell.sample if field.required else field.default_value
            if column in cells:
                where = (file, line(column), column, shorten(text, 200))
                findings.append(Finding("error", "read", *where, error.nearest, str(error)))
    return values, findings


def repeated(file: str, rows: Iterable[Row]) -> Iterable[Finding]:
    """Find rows whose id another row of the file has already."""
    first: dict[str, int] = {}
    for row in rows:
        if row.id in first and row.id != "?":
            message = f"the id stands twice (first on line {first[row.id]})"
            yield Finding("error", "read", file, row.where.row, "id", row.id, None, message)
        first.setdefault(row.id, row.where.row)


def read_reports(path: Path | str) -> tuple[tuple[Report, ...], list[Finding]]:
    """Read reports from a file of their own, which has the columns of reports.csv.

    Parameters
    ----------
    path : Path or str
        The CSV file.

    Returns
    -------
    (tuple of Report, list of Finding)
        Harmless values stand in for cells that could not be read; the findings name their rows.
    """
    rows, findings = _read_rows(Path(path), "report", {})
    return tuple(row for row in rows if isinstance(row, Report)), findings


# TOML


def _read_header(
    path: Path, layout: dict[str, Layout]
) -> tuple[dict[str, Any] | None, list[Finding]]:
    text, findings = read_text(path)
    if text is None:
        return None, findings
    layout[path.name] = Layout((), text.removeprefix(BOM), bom=text.startswith(BOM))
    return _judge_header(text.removeprefix(BOM), path.name)


def parse_header(text: str) -> dict[str, Any] | None:
    """Give what the text of a scenario.toml says, by attribute; None if anything is wrong."""
    return _judge_header(text, HEADER)[0]


def _judge_header(text: str, file: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    tables, findings = parse_toml(text, file)
    if tables is None:
        return None, findings
    known = fields("scenario")
    findings.extend(
        unknown(file, line_of(text, key, table=True), key, ["scenario", "countries"], "table")
        for key in tables
        if key not in ("scenario", "countries")
    )
    header, countries = tables.get("scenario"), tables.get("countries")
    for name, table in (("scenario", header), ("countries", countries)):
        if not isinstance(table, dict):
            findings.append(trouble(file, None, f"there is no table [{name}]"))
    if not isinstance(header, dict):
        return None, findings
    findings.extend(
        unknown(file, line_of(text, key), key, known, "key") for key in header if key not in known
    )
    for key, field in known.items():
        if field.required and key not in header:
            message = "the key is missing, and it must be given"
            findings.append(Finding("error", "read", file, None, key, None, None, message))
    cells = {key: toml_text(value) for key, value in header.items()}
    values, found = parse_cells(known, cells, file, lambda key: line_of(text, key))
    findings.extend(found)
    values["countries"], found = _countries(countries, file, text)
    findings.extend(found)
    return (None if findings else values), findings


def _countries(table: object, file: str, text: str) -> tuple[Countries, list[Finding]]:
    names: dict[str, str] = {}
    findings = []
    for code, name in table.items() if isinstance(table, dict) else ():
        values, found = parse_cells(
            fields("country"),
            {"code": code, "name": toml_text(name)},
            file,
            lambda _, code=code: line_of(text, code),
        )
        if not isinstance(name, str):
            message = "the name of a country is a text"
            row = line_of(text, code)
            found.append(Finding("error", "read", file, row, code, toml_text(name), None, message))
        findings.extend(found)
        names[values["code"]] = values["name"]
    return Countries(names), findings


def parse_toml(text: str, file: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    """What the text of a TOML file says; None if it is not valid."""
    try:
        return tomllib.loads(text), []
    except (RecursionError, ValueError) as error:
        line = re.search(r"\(at line (\d+), column \d+\)", str(error))
        row = int(line[1]) if line else None
        message = f"not valid TOML: {re.sub(r' *[(]at .*[)]', '', str(error))}"
        return None, [trouble(file, row, message)]


def toml_text(value: object) -> str:
    """Write a TOML value as the cell that says the same."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, list):
        return "|".join(toml_text(part) for part in value)
    if isinstance(value, int):
        return f"{value:d}" if abs(value) < 10**18 else f"{value:#x}"
    return value if isinstance(value, str) else repr(value)


def line_of(text: str, key: str, *, table: bool = False) -> int | None:
    """Line on which a key (or the head of a table) stands, as far as a search can tell."""
    name = rf"[\"']?{re.escape(key)}[\"']?"
    head = rf"\s*(\[+\s*{name}|{name}\s*=)" if table else rf"\s*{name}\s*="
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(head, line):
            return number
    return None
