"""What a check or the reader has to say about one place in a scenario's files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong (error) or odd (warning) in the description of a situation.

    Parameters
    ----------
    level : {"error", "warning"}
        A scenario with an error cannot be run.
    check : str
        Name of the check that says so; ``read`` and ``write`` for the files themselves.
    file : str
        File name within the scenario folder.
    row : int or None
        Line of the file on which the row begins (the header is line 1); None for a whole file.
    column : str or None
        Column (or key) as `fields.csv` calls it.
    read : str or None
        What stands there.
    nearest : str or None
        The nearest valid value, where there is one.
    message : str
        One sentence for a person.

    Examples
    --------
    >>> finding = Finding("error", "read", "places.csv", 3, "lat", "north", None, "not a number")
    >>> print(finding)
    error: places.csv:3 lat: not a number (read 'north') [read]
    """

    level: Level
    check: str
    file: str
    row: int | None
    column: str | None
    read: str | None
    nearest: str | None
    message: str

    def to_json(self) -> dict[str, str | int | None]:
        """Give the finding as a plain dictionary with exactly these eight keys."""
        return {
            "level": self.level,
            "check": self.check,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "read": self.read,
            "nearest": self.nearest,
            "message": self.message,
        }

    def __str__(self) -> str:
        """Print on one line: where, what, what was read, what may have been meant."""
        where = self.file if self.row is None else f"{self.file}:{self.row}"
        if self.column is not None:
            where += f" {self.column}"
        text = ": ".join(part for part in (self.level, where, self.message) if part)
        if self.read is not None:
            text += f" (read {shorten(self.read)!r})"
        if self.nearest is not None:
            text += f"; did you mean {self.nearest!r}?"
        return f"{text} [{self.check}]"


def shorten(text: str, most: int = 80) -> str:
    """Cut a long text so that a message stays readable."""
    return text if len(text) <= most else text[: most - 3] + "..."


def nearest(text: str, valid: Iterable[str]) -> str | None:
    """Find the valid spelling that is nearest to a text, ignoring case, or None.

    Examples
    --------
    >>> nearest("Finnland", ["Norway", "Finland"])
    'Finland'
    >>> nearest("Nowhere", ["mng-other", "Norway"]) is None
    True
    """
    spellings = {value.casefold(): value for value in sorted(valid)}
    wanted = shorten(text.strip().casefold(), 200)
    matches = get_close_matches(wanted, spellings, n=1, cutoff=0.65)
    return spellings[matches[0]] if matches else None
