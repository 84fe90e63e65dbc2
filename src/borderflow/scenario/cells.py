"""How the cells of a scenario's files are read and written: one table of types.

Nothing else in the project parses or formats cells. A text is stripped of surrounding white space;
what is left is parsed strictly, so that a value means one thing only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from borderflow.scenario.finding import nearest

FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY = 24 * 60

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_INT = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_DATETIME = re.compile(r"(\S+)T([0-9]{2}):([0-9]{2})")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_COUNTRY = re.compile(r"[A-Z]{3}")
_WEEKDAYS = re.compile(r"[1-7]+")


class CellError(ValueError):
    """A cell that cannot be read; `nearest` is the nearest valid value, if any."""

    def __init__(self, message: str, nearest: str | None = None) -> None:
        super().__init__(message)
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class CellType:
    """One type of cell: how it is read, how it is written, what it says to a person.

    `blank` is what a blank cell without a default means; `sample` stands in where a required cell
    could not be read and the rest of the row is checked all the same.
    """

    parse: Callable[[str], Any]
    format: Callable[[Any], str]
    says: str
    blank: Any = None
    sample: Any = None


def parse_id(text: str) -> str:
    """Read a short name."""
    if not _ID.fullmatch(text):
        raise CellError(
            "not a short name: lower-case letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit",
            re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._") or None,
        )
    return text


def parse_text(text: str) -> str:
    """Read a text; anything goes."""
    return text


def parse_texts(text: str) -> tuple[str, ...]:
    """Read several texts joined by |."""
    parts = tuple(part.strip() for part in text.split("|")) if text else ()
    if not all(parts):
        raise CellError("an empty part between '|'")
    return parts


def parse_int(text: str) -> int:
    """Read a whole number."""
    if not _INT.fullmatch(text):
        raise CellError("not a whole number")
    return int(text)


def parse_float(text: str) -> float:
    """Read a finite number with a decimal point."""
    if not _FLOAT.fullmatch(text):
        raise CellError("not a number")
    value = float(text)
    if not math.isfinite(value):
        raise CellError("not a finite number")
    return value


def format_float(value: float) -> str:
    """Write a number shortly and without loss: 3 rather than 3.0."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def parse_floats(text: str) -> tuple[float, ...]:
    """Read several numbers joined by |."""
    return tuple(parse_float(part) for part in parse_texts(text))


def parse_bool(text: str) -> bool:
    """Read yes or no."""
    if text not in ("yes", "no"):
        guess = {"true": "yes", "false": "no", "1": "yes", "0": "no"}
        raise CellError("not yes or no", guess.get(text.lower()) or nearest(text, ["yes", "no"]))
    return text == "yes"


def _day(year: int, month: int, day: int) -> date:
    try:
        value = date(year, month, day)
    except ValueError:
        raise CellError("no such day in the calendar") from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CellError(f"a year outside {FIRST_YEAR}-{LAST_YEAR}")
    return value


def parse_date(text: str) -> date:
    """Read a day, YYYY-MM-DD."""
    match = _DATE.fullmatch(text)
    if not match:
        raise CellError("not a date: YYYY-MM-DD is expected")
    return _day(*(int(part) for part in match.groups()))


def parse_partialdate(text: str) -> date:
    """Read a day or a month; a month means its last day."""
    match = _MONTH.fullmatch(text)
    if not match:
        return parse_date(text)
    first = _day(int(match[1]), int(match[2]), 1)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def parse_datetime(text: str) -> datetime:
    """Read a day (its beginning) or a local time, YYYY-MM-DDTHH:MM."""
    match = _DATETIME.fullmatch(text)
    if not match:
        try:
            day = parse_date(text)
        except CellError as error:
            if "YYYY" in str(error):
                raise CellError("neither YYYY-MM-DD nor YYYY-MM-DDTHH:MM") from None
            raise
        return datetime(day.year, day.month, day.day)
    day = parse_date(match[1])
    minute = parse_minute(f"{match[2]}:{match[3]}")
    if minute == DAY:
        raise CellError("24:00 is written as 00:00 of the next day")
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60)


def format_datetime(value: datetime) -> str:
    """Write midnight as a plain day, anything else with hours and minutes."""
    if (value.hour, value.minute) == (0, 0):
        return value.date().isoformat()
    return value.strftime("%Y-%m-%dT%H:%M")


def parse_minute(text: str) -> int:
    """Read HH:MM (up to 24:00) as minutes after midnight."""
    match = _TIME.fullmatch(text)
    if not match:
        raise CellError("not a time of day: HH:MM is expected")
    minute = int(match[1]) * 60 + int(match[2])
    if int(match[2]) > 59 or minute > DAY:
        raise CellError("no such time of day")
    return minute


def format_minute(value: int) -> str:
    """Write minutes after midnight as HH:MM."""
    return f"{value // 60:02d}:{value % 60:02d}"


def parse_times(text: str) -> tuple[int, ...]:
    """Read times of day joined by |, as minutes after midnight."""
    minutes = tuple(parse_minute(part) for part in parse_texts(text))
    if DAY in minutes:
        raise CellError("24:00 is written as 00:00")
    return minutes


def parse_hours(text: str) -> tuple[tuple[int, int], ...]:
    """Read opening hours as (from, until) in minutes; until before from passes midnight."""
    spans = []
    for part in parse_texts(text):
        begin, dash, end = part.partition("-")
        if not dash:
            raise CellError("not opening hours: HH:MM-HH:MM is expected")
        span = (parse_minute(begin.strip()), parse_minute(end.strip()))
        if span[0] == span[1] or span[0] == DAY:
            raise CellError("opening hours that never open (a whole day is 00:00-24:00)")
        spans.append(span)
    return tuple(spans)


def format_hours(value: tuple[tuple[int, int], ...]) -> str:
    """Write opening hours as HH:MM-HH:MM joined by |."""
    return "|".join(f"{format_minute(begin)}-{format_minute(end)}" for begin, end in value)


def parse_weekdays(text: str) -> tuple[int, ...]:
    """Read days of the week, 1 (Monday) to 7."""
    days = tuple(int(digit) for digit in text) if _WEEKDAYS.fullmatch(text) else ()
    if not days or len(set(days)) < len(days):
        raise CellError("not days of the week: digits 1 (Monday) to 7, each at most once")
    return days


@cache
def parse_timezone(text: str) -> str:
    """Read the name of a time zone that this machine's tz database knows."""
    import zoneinfo

    try:
        zoneinfo.ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        zones = zoneinfo.available_timezones()
        raise CellError("no such time zone", nearest(text, zones)) from None
    return text


def parse_country(text: str) -> str:
    """Read a country code: three capital letters."""
    if not _COUNTRY.fullmatch(text):
        guess = text.upper() if _COUNTRY.fullmatch(text.upper()) else None
        raise CellError("not a country code of three capital letters", guess)
    return text


def parse_countries(text: str) -> tuple[str, ...]:
    """Read country codes joined by |."""
    return tuple(parse_country(part) for part in parse_texts(text))


def _bool(value: bool) -> str:
    return "yes" if value else "no"


def _join(value: tuple[str, ...]) -> str:
    return "|".join(value)


SOME_DAY = date(2000, 1, 1)
TYPES: dict[str, CellType] = {
    "id": CellType(parse_id, str, "a short name", None, "?"),
    "ref": CellType(parse_id, str, "the short name of another row", None, "?"),
    "text": CellType(parse_text, str, "text", "", "?"),
    "places": CellType(parse_text, str, "places joined by |", "", "all"),
    "cohorts": CellType(parse_text, str, "a cohort selector", "", "all"),
    "reportplace": CellType(parse_text, str, "a place as published", "", "?"),
    "choice": CellType(parse_text, str, "one of a list", None, "?"),
    "texts": CellType(parse_texts, _join, "texts joined by |", (), ()),
    "int": CellType(parse_int, str, "a whole number", None, 0),
    "float": CellType(parse_float, format_float, "a number", None, 0.0),
    "floats": CellType(
        parse_floats, lambda v: "|".join(map(format_float, v)), "numbers joined by |", (), ()
    ),
    "bool": CellType(parse_bool, _bool, "yes or no", None, False),
    "date": CellType(parse_date, date.isoformat, "YYYY-MM-DD", None, SOME_DAY),
    "partialdate": CellType(
        parse_partialdate, date.isoformat, "YYYY-MM-DD or YYYY-MM", None, SOME_DAY
    ),
    "datetime": CellType(
        parse_datetime,
        format_datetime,
        "YYYY-MM-DD or YYYY-MM-DDTHH:MM",
        None,
        datetime(2000, 1, 1),
    ),
    "times": CellType(
        parse_times, lambda v: "|".join(map(format_minute, v)), "HH:MM joined by |", (), ()
    ),
    "hours": CellType(parse_hours, format_hours, "HH:MM-HH:MM joined by |", (), ((0, DAY),)),
    "weekdays": CellType(
        parse_weekdays, lambda v: "".join(map(str, v)), "digits 1 (Monday) to 7", (), (1,)
    ),
    "timezone": CellType(parse_timezone, str, "a time zone such as Europe/Helsinki", None, "UTC"),
    "country": CellType(parse_country, str, "a country code", None, "???"),
    "countries": CellType(parse_countries, _join, "country codes joined by |", (), ()),
}
