"""Flee's comma-separated files: rows with their line numbers, comments and stray lines aside."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from borderflow.scenario.finding import Finding

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: the line it stands on and its cells, without white space around them."""

    row: int
    cells: tuple[str, ...]

    def cell(self, at: int) -> str:
        """The cell at a position; empty where the row is too short."""
        return self.cells[at] if at < len(self.cells) else ""


@dataclass
class Reader:
    """Reads the files of one conflict and gathers everything that is wrong with them.

    Attributes
    ----------
    findings : list of Finding
        What is wrong, in the order it was met.
    """

    findings: list[Finding] = field(default_factory=list)

    def say(
        self,
        file: str,
        row: int | None,
        column: str | None,
        read: str | None,
        message: str,
        near: str | None = None,
        *,
        warning: bool = False,
    ) -> None:
        """Note something that is wrong (or odd)."""
        level = "warning" if warning else "error"
        self.findings.append(
            Finding("warning" if level == "warning" else "error", "flee", file, row, column, read,
                    near, message)
        )  # fmt: skip

    def lines(
        self, path: Path, *, needed: bool = True, empty: bool = False, title: str | None = None
    ) -> tuple[list[Line], Line | None]:
        """Rows of a file and its first comment, which names the columns.

        Rows without any text and rows whose first cell begins with ``#`` are no rows. A first row
        that begins with `title`, the name of the first column, is taken for a header that lacks
        its ``#``. A needed file has rows unless it may be `empty`.
        """
        file = f"{path.parent.name}/{path.name}"
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            if needed:
                self.say(file, None, None, None, "the file is missing")
            return [], None
        except UnicodeDecodeError:
            self.say(file, None, None, None, "not UTF-8: save the file as UTF-8")
            return [], None
        except OSError as error:
            self.say(file, None, None, None, f"cannot be read: {error.strerror or error}")
            return [], None
        rows: list[Line] = []
        header: Line | None = None
        reader = csv.reader(text.splitlines(keepends=True))
        before = 0
        try:
            for cells in reader:
                row, before = before + 1, reader.line_num
                if any("\n" in cell for cell in cells):
                    says = "a quotation mark without its second one on this line"
                    self.say(file, row, None, cells[-1].split("\n")[0], says)
                    return [], None
                cells = [cell.strip() for cell in cells]
                if not any(cells):
                    continue
                line = Line(row, tuple(cells))
                if cells[0].startswith("#"):
                    if header is None:
                        header = Line(row, (cells[0].lstrip("#").strip(), *cells[1:]))
                    continue
                rows.append(line)
        except csv.Error as error:
            self.say(file, before + 1, None, None, f"cannot be read as comma-separated: {error}")
        for mark, name in ((";", "semicolons"), ("\t", "tabs")):
            marked = sum(len(line.cells) == 1 and mark in line.cells[0] for line in rows)
            if 2 * marked > len(rows):
                says = f"separated by {name}: save it with commas"
                self.say(file, rows[0].row, None, rows[0].cells[0], says)
                return [], None
        untitled = rows and (header is None or header.row > rows[0].row)
        if title and untitled and rows[0].cell(0).casefold() == title:
            says = "a header without its #, which Flee would read as a row"
            self.say(file, rows[0].row, None, rows[0].cell(0), says, warning=True)
            return rows[1:], rows[0]
        if not rows and needed and not empty:
            self.say(file, None, None, None, "holds no rows")
        return rows, header

    def value(
        self,
        parse: Callable[[str], T],
        file: str,
        line: Line,
        at: int,
        column: str,
        what: str,
        default: T,
        *,
        blank: bool = True,
    ) -> T:
        """A cell as a number or a date; the default (and a finding) where it is none."""
        text = line.cell(at)
        if not text and blank:
            return default
        try:
            return parse(text)
        except (ValueError, OverflowError):
            self.say(file, line.row, column, text, f"not {what}")
            return default


def whole(text: str) -> int:
    """A whole number, also one that is written with a decimal point and zeros.

    Examples
    --------
    >>> whole("12"), whole("12.0")
    (12, 12)
    """
    try:
        return int(text)
    except ValueError:
        value = float(text)
        if value != int(value):
            raise
        return int(value)


def number(text: str) -> float:
    """A finite number.

    Raises
    ------
    ValueError
        If it is not one.
    """
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


MOST = 10**10
"""More people than there are."""


def headcount(text: str) -> float:
    """A number of people.

    Raises
    ------
    ValueError
        If it is none, or more than there are.
    """
    value = number(text)
    if value > MOST:
        raise ValueError(text)
    return value


def whole_headcount(text: str) -> int:
    """A number of people that is whole."""
    return whole(str(headcount(text)))


def day(text: str) -> date:
    """A date written YYYY-MM-DD; what follows it (a time) is ignored."""
    return date.fromisoformat(text[:10])
