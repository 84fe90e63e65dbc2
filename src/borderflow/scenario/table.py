"""Text files as they stand: their bytes, lines and comma-separated records, with what is wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from borderflow.scenario.finding import Finding, shorten
from borderflow.scenario.model import Layout

BOM = "\ufeff"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def trouble(file: str, row: int | None, message: str, read: str | None = None) -> Finding:
    """Say that a file cannot be read as it should."""
    return Finding("error", "read", file, row, None, read, None, message)


def read_text(path: Path) -> tuple[str | None, list[Finding]]:
    """Read a file as UTF-8, byte order mark included; None with a finding where it cannot be."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None, [trouble(path.name, None, "the file is missing")]
    except OSError as error:
        return None, [trouble(path.name, None, f"cannot be read: {error.strerror or error}")]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        shown = ascii(raw[error.start : error.start + 1])[2:-1]
        return None, [trouble(path.name, line, "not UTF-8: save the file as UTF-8", shown)]
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return None, [trouble(path.name, line, "holds a NUL byte: this is not a text file")]
    return text, []


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a table: the line it begins on, its cells and its text as it stood."""

    row: int
    cells: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A comma-separated file: its layout and its records, blank lines kept aside."""

    layout: Layout
    records: tuple[Record, ...]


def parse_table(file: str, text: str) -> tuple[Table | None, list[Finding]]:
    """Split a text into a header and records.

    Every record keeps the lines it came from, blank lines before it included, so that header,
    records and tail put together are the text again.

    Returns
    -------
    (Table or None, list of Finding)
        The table as far as it could be read; None without a header.
    """
    bom = text.startswith(BOM)
    text = text.removeprefix(BOM)
    ends = re.search(r"\r\n|\n|\r", text)
    newline = ends[0] if ends else "\n"
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for match in _LINE.finditer(text):
            taken.append(match[0])
            yield match[0]

    findings: list[Finding] = []
    records: list[Record] = []
    reader = csv.reader(lines(), strict=True)
    used = blank = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            row = used + blank + 1
            findings.append(trouble(file, row, _explain(error), shorten(taken[row - 1].strip())))
            break
        if not cells:
            blank += 1
            continue
        row = used + blank + 1
        records.append(Record(row, tuple(c.strip() for c in cells), "".join(taken[used:])))
        used, blank = len(taken), 0
    tail = "".join(taken[used:])
    if not records:
        if not findings:
            findings.append(trouble(file, None, "the file is empty: it has no header"))
        return None, findings
    head = records[0]
    return Table(Layout(head.cells, head.text, tail, newline, bom), tuple(records[1:])), findings


def _explain(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quoted cell begins here and never ends: is the file cut off?"
    if "expected after" in text:
        return "a quote inside a quoted cell must be doubled"
    return f"cannot be read as comma-separated text: {text}"
