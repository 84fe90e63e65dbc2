"""Reads what somebody wants to try: rules to add to a scenario, and what they do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from borderflow.scenario.edit import WHAT_IF
from borderflow.scenario.fields import Field, fields
from borderflow.scenario.finding import Finding
from borderflow.scenario.model import KIND_OF, Parameter, Policy, Where
from borderflow.scenario.read import (
    line_of,
    make_row,
    parse_toml,
    repeated,
    toml_text,
    unknown,
)
from borderflow.scenario.table import BOM, read_text, trouble

GIVEN = "with_"
"""What findings about a rule that was given as a row, and not in a file, give as their file."""

TABLES = ("policy", "parameter")
"""Tables that may stand in the file."""


def read_rules(path: Path | str) -> tuple[tuple[Policy | Parameter, ...], list[Finding]]:
    """Read rules from a TOML file: `[[policy]]` and `[[parameter]]` tables, the columns as keys.

    Dates may be TOML dates or texts; a list of places stands for places joined by |. Of a
    parameter, which says how much a rule does, only `quantity`, `applies_to` and `median` must
    be given: without a range it is that number in every member.

    Parameters
    ----------
    path : Path or str
        The TOML file.

    Returns
    -------
    (tuple of Policy and Parameter, list of Finding)
        Nothing if there is an error among the findings.
    """
    path = Path(path)
    text, findings = read_text(path)
    if text is None:
        return (), findings
    text = text.removeprefix(BOM)
    tables, findings = parse_toml(text, path.name)
    if tables is None:
        return (), findings
    findings.extend(
        unknown(path.name, line_of(text, key, table=True), key, TABLES, "table")
        for key in tables
        if key not in TABLES
    )
    rows: list[Policy | Parameter] = []
    for kind in TABLES:
        found, wrong = _read_tables(text, path.name, kind, tables.get(kind, []))
        rows += found
        findings += wrong
    if not rows and not findings:
        findings.append(trouble(path.name, None, "there is no [[policy]] in the file"))
    if any(finding.level == "error" for finding in findings):
        return (), findings
    return tuple(rows), findings


def read_row(row: Policy | Parameter, number: int) -> tuple[Policy | Parameter, list[Finding]]:
    """Read a rule that is given as a row, as if its attributes stood in the cells of a file.

    Parameters
    ----------
    row : Policy or Parameter
        The row; texts may stand for dates and numbers.
    number : int
        Which of those that are given it is, from 1.

    Returns
    -------
    (Policy or Parameter, list of Finding)
        As for `make_row`.
    """
    kind = KIND_OF[type(row)]
    cells = {name: _cell(field, getattr(row, field.name)) for name, field in fields(kind).items()}
    read, findings = make_row(kind, cells, Where(GIVEN, number))
    assert isinstance(read, Policy | Parameter)
    return read, findings


def _cell(field: Field, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime) and field.base == "date":
        value = value.date()
    try:
        return field.format(value)
    except (TypeError, ValueError, AttributeError):  # nothing that such a cell may hold
        return repr(value)


def _read_tables(
    text: str, file: str, kind: str, listed: object
) -> tuple[list[Policy | Parameter], list[Finding]]:
    """Read the tables of one kind."""
    if not isinstance(listed, list) or not all(isinstance(table, dict) for table in listed):
        what = {"policy": "policies", "parameter": "parameters"}[kind]
        message = f"{what} stand in tables that each begin with [[{kind}]]"
        return [], [trouble(file, line_of(text, kind, table=True), message)]
    starts = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(rf"\s*\[\[\s*[\"']?{kind}[\"']?\s*\]\]", line)
    ]
    known = fields(kind)
    findings: list[Finding] = []
    rows: list[Policy | Parameter] = []
    for number, table in enumerate(listed):
        line = starts[number] if len(starts) == len(listed) else 1
        findings.extend(
            unknown(file, line, key, known, "column") for key in table if key not in known
        )
        cells = {key: toml_text(value) for key, value in table.items()}
        if kind == "parameter":
            cells = {**_asked(table), **cells}
            if not cells.get("applies_to", ""):
                message = "must be given: the id of the policy of which this is a number"
                findings.append(
                    Finding("error", "read", file, line, "applies_to", None, None, message)
                )
        cells = {key: cells.get(key, "") for key in known if key in cells or known[key].required}
        row, found = make_row(kind, cells, Where(file, line))
        assert isinstance(row, Policy | Parameter)
        findings.extend(found)
        rows.append(row)
    twice = list(_set_twice(file, rows))
    lines = {finding.row for finding in twice}
    findings.extend(twice)
    findings.extend(repeated(file, [row for row in rows if row.where.row not in lines]))
    return rows, findings


def _set_twice(file: str, rows: list[Policy | Parameter]) -> Iterator[Finding]:
    """Find numbers that an earlier table of the file has set already."""
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        if not isinstance(row, Parameter):
            continue
        line = first.setdefault((row.quantity, row.applies_to), row.where.row)
        if line != row.where.row:
            message = f"it is set for {row.applies_to!r} already, on line {line}"
            yield Finding(
                "error", "read", file, row.where.row, "quantity", row.quantity, None, message
            )


def _asked(table: Mapping[str, Any]) -> dict[str, str]:
    """What a parameter that somebody asks for need not say."""
    names = (str(table.get(key, "")).casefold() for key in ("applies_to", "quantity"))
    exact = "low" not in table and "high" not in table
    return {
        "id": re.sub("[^a-z0-9]+", "-", "-".join(names)).strip("-") or "number",
        "reason": "What if",
        "source": WHAT_IF,
        **({"distribution": "fixed"} if exact else {}),
    }
