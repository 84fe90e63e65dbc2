"""Writes a scenario to a folder: what was read and not changed comes back byte for byte."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from borderflow.scenario.cells import CellError
from borderflow.scenario.fields import FILES, Field, fields
from borderflow.scenario.model import Countries, Layout, Row, Scenario
from borderflow.scenario.read import HEADER, parse_header
from borderflow.scenario.table import BOM


def write(scenario: Scenario, folder: Path | str) -> None:
    """Write a scenario into a folder, which is made if need be.

    Rows, and whole files, that still say what was read are written as they stood, column order,
    line ends and byte order marks included. Others are written canonically, but for the cells that
    have not changed. A file of a kind without rows is only written if it was read or stands there.

    Parameters
    ----------
    scenario : Scenario
        What to write.
    folder : Path or str
        Where to write it.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents(scenario).items():
        (folder / file).write_bytes(content)
    for kind, file in FILES.items():
        if not scenario.rows(kind) and file not in scenario.layout and (folder / file).exists():
            (folder / file).write_bytes(_table(kind, (), None).encode())


def contents(scenario: Scenario, *, canonical: bool = False) -> dict[str, bytes]:
    """Give the files of a scenario: names and bytes.

    Parameters
    ----------
    scenario : Scenario
        What to write.
    canonical : bool
        Forget how the files were laid out: every column, LF, no byte order mark.
    """
    layouts: Mapping[str, Layout] = {} if canonical else scenario.layout
    files = {HEADER: _header(scenario, layouts.get(HEADER)).encode()}
    for kind, file in FILES.items():
        rows = scenario.rows(kind)
        if rows or file in layouts:
            files[file] = _table(kind, rows, layouts.get(file)).encode()
    return files


def digest(scenario: Scenario) -> str:
    """SHA-256 over the canonical files, names included, in the order of their names."""
    whole = hashlib.sha256()
    for file, content in sorted(contents(scenario, canonical=True).items()):
        whole.update(f"{file}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


# Tables


def _table(kind: str, rows: tuple[Row, ...], layout: Layout | None) -> str:
    known = fields(kind)
    if layout is None:
        plain = [_csv([f.format(getattr(row, f.name)) for f in known.values()]) for row in rows]
        return "".join([_csv(known), *plain])
    columns = layout.columns
    header = layout.header
    extra = [
        name
        for name, field in known.items()
        if name not in columns
        and any(getattr(row, field.name) != field.default_value for row in rows)
    ]
    if extra:
        columns = (*columns, *extra)
        header = _csv(columns, layout.newline)
    parts = [header]
    for row in rows:
        whole = row.where.columns == columns and all(
            _same(known[name], cell, row)
            for name, cell in zip(columns, row.where.cells, strict=True)
        )
        parts.append(row.where.text if whole else _line(known, columns, row, layout.newline))
    parts.append(layout.tail)
    # A file may end without a line end; only its last line may.
    last = max(index for index, part in enumerate(parts) if part)
    for index, part in enumerate(parts[:last]):
        if part and not part.endswith(("\n", "\r")):
            parts[index] = part + layout.newline
    return (BOM if layout.bom else "") + "".join(parts)


def _line(known: Mapping[str, Field], columns: Iterable[str], row: Row, newline: str) -> str:
    read = dict(zip(row.where.columns, row.where.cells, strict=True)) if row.where.cells else {}
    cells = []
    for name in columns:
        field = known[name]
        if name in read and _same(field, read[name], row):
            cells.append(read[name])
        else:
            cells.append(field.format(getattr(row, field.name)))
    return _csv(cells, newline)


def _same(field: Field, cell: str, row: Row) -> bool:
    try:
        return bool(field.parse(cell) == getattr(row, field.name))
    except CellError:
        return False


def _csv(cells: Iterable[str], newline: str = "\n") -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator=newline).writerow(cells)
    return line.getvalue()


# The header


def _header(scenario: Scenario, layout: Layout | None) -> str:
    names = fields("scenario")
    values = {field.name: getattr(scenario, field.name) for field in names.values()}
    values["countries"] = scenario.countries
    if layout is not None and parse_header(layout.header) == values:
        return (BOM if layout.bom else "") + layout.header
    lines = ["[scenario]"]
    lines += [f"{name} = {_toml(field, values[name])}" for name, field in names.items()]
    lines += ["", "[countries]"]
    countries: Countries = values["countries"]
    lines += [f"{code} = {_quote(name)}" for code, name in sorted(countries.items())]
    return "\n".join(lines) + "\n"


def _toml(field: Field, value: Any) -> str:
    if field.base in ("int", "float", "date"):
        return field.cell.format(value)
    if field.base == "countries":
        return "[" + ", ".join(_quote(code) for code in value) + "]"
    return _quote(field.cell.format(value))


def _quote(text: str) -> str:
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return (
        '"'
        + "".join(
            escapes.get(c) or (f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c)
            for c in text
        )
        + '"'
    )
