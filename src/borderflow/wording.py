"""Numbers, days and tables as a planner reads them: what every printed answer is made of."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

WIDTH = 100
"""Characters of a line."""

Row = dict[str, Any]
"""A row of a table by column."""


def number(value: float | None) -> str:
    """A number to three significant digits; a suppressed one as `<10`.

    Parameters
    ----------
    value : float or None
        The number.

    Examples
    --------
    >>> number(12345.6), number(3.14159), number(0.0), number(None)
    ('12,300', '3.14', '0', '<10')
    """
    if value is None or not math.isfinite(value):
        return "<10"
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    if digits <= 0 or abs(rounded) >= 100:
        return f"{rounded:,.0f}"
    return f"{rounded:.{digits}f}".rstrip("0").rstrip(".")


def banded(row: Row | None) -> str:
    """Median and 80 % band of a row.

    Parameters
    ----------
    row : dict or None
        A row of a table.

    Examples
    --------
    >>> banded({"q10": 900.0, "q50": 1234.0, "q90": 2000.0})
    '1,230 (900–2,000)'
    """
    if row is None:
        return "-"
    low, middle, high = (number(row[name]) for name in ("q10", "q50", "q90"))
    return middle if low == high else f"{middle} ({low}–{high})"


def day(text: str | None) -> str:
    """A date as one says it.

    Parameters
    ----------
    text : str or None
        ISO date.

    Examples
    --------
    >>> day("2022-09-21")
    '21 Sep'
    """
    if text is None:
        return "-"
    when = date.fromisoformat(text)
    return f"{when.day} {when:%b}"


def cut(text: str, width: int) -> str:
    """A text that fits a width: its middle left out, since names often differ at their end.

    Parameters
    ----------
    text : str
        The text.
    width : int
        Most characters.

    Examples
    --------
    >>> cut("Other posts to Kazakhstan (west)", 24)
    'Other posts to … (west)'
    """
    if len(text) <= width:
        return text
    tail = min(7, width // 3)
    return f"{text[: width - tail - 2].rstrip()} …{text[-tail:]}" if tail else text[:width]


def grid(
    head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1, flexible: int = 0
) -> list[str]:
    """Lines of a table that fits the page.

    Parameters
    ----------
    head : sequence of str
        Titles of the columns.
    rows : iterable of sequence of str
        The cells.
    left : int, optional
        How many columns are aligned to the left.
    flexible : int, optional
        The column that gives way where the page is too narrow.
    """
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    spare = WIDTH - (sum(widths) - widths[flexible]) - 2 * (len(head) - 1)
    widths[flexible] = min(widths[flexible], max(spare, 10))
    titles = [textwrap.wrap(title, width) for title, width in zip(head, widths, strict=True)]
    depth = max(map(len, titles))  # (a long title of the column that gives way takes more lines)
    over = [[""] * (depth - len(title)) + title for title in titles]
    lines = []
    for row in [*zip(*over, strict=True), *cells[1:]]:
        parts = [
            cut(cell, width).ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(parts).rstrip())
    lines.insert(depth, "-" * min(WIDTH, max(len(line) for line in lines)))
    return lines


def wrapped(text: str) -> list[str]:
    """Lines of a text, cut to the width of the page.

    Parameters
    ----------
    text : str
        The text.
    """
    return textwrap.wrap(text, WIDTH)
