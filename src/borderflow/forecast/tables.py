"""The rows of a forecast: fans by day, peaks, and the odds of exceeding a capacity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.errors import ScenarioError, complaint
from borderflow.forecast.folder import Forecast
from borderflow.forecast.kept import window
from borderflow.forecast.shares import key_of, shares
from borderflow.forecast.split import splits
from borderflow.forecast.worth import worth
from borderflow.results import Results
from borderflow.results import quantiles as q
from borderflow.results.flows import by_who
from borderflow.results.queues import steps
from borderflow.results.tables import TABLES, summarise
from borderflow.scenario import Finding, Scenario, select_areas
from borderflow.scenario.select import NotFoundError

Row = dict[str, Any]
FAN = (0.025, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.975)
"""Ends of the 50, 80 and 95 % bands, and the likely (50 %), prudent (80) and worst (95) figures."""

FANS = ("entries", "present", "queues", "queue_peaks")
PEOPLE_PRESENT, PEOPLE_WAITING = "people present", "people waiting"


def ahead(found: Forecast) -> dict[str, Results]:
    """Each reading on the days of the forecast alone.

    Parameters
    ----------
    found : Forecast
        The forecast.
    """
    first = found.as_of + timedelta(days=1)
    return {name: window(results, first, found.until) for name, results in found.readings.items()}


def unlearned(found: Forecast) -> Results | None:
    """The members that have not learned, on the days of the forecast alone.

    Parameters
    ----------
    found : Forecast
        The forecast.
    """
    if found.unlearned is None:
        return None
    return window(found.unlearned, found.as_of + timedelta(days=1), found.until)


def fans(found: Forecast) -> dict[str, list[Row]]:
    """Quantiles of every cell of the tables of a forecast, on its own days.

    Parameters
    ----------
    found : Forecast
        The forecast.

    Returns
    -------
    dict of str to list of dict
        One list per name in `FANS`, and ``entry_peaks``; `reading` is the first key of a row.
    """
    rows: dict[str, list[Row]] = {name: [] for name in (*FANS, "entry_peaks")}
    before = unlearned(found)
    for reading, results in ahead(found).items():
        for name in FANS:
            table = summarise(TABLES[name], results, FAN)
            known = shares(name, results, before) if before is not None else {}
            rows[name] += [
                {"reading": reading, **row, "learned": known.get(key_of(name, row))}
                for row in table.rows()
            ]
        rows["entry_peaks"] += [{"reading": reading, **row} for row in _entry_peaks(results)]
    return rows


def _entry_peaks(results: Results) -> list[Row]:
    """The most entries of one day into each country, and when that day comes."""
    lookup, rows = results.lookup, []
    for code in sorted(lookup.entered, key=lookup.country):
        daily = np.sum([by_who(results, i)[:, :, 0] for i in lookup.entered[code]], axis=0)
        top = daily.max(axis=1)
        when = np.sort(daily.argmax(axis=1)[top > 0])
        days = [None] * 3
        if len(when):
            days = [lookup.days[when[int(p * (len(when) - 1))]] for p in (0.1, 0.5, 0.9)]
        values = q.quantiles(top[:, None], FAN)[0]
        hidden = q.small(values)
        row: Row = {"destination": lookup.country(code), "who": "above_ordinary"}
        row |= dict(zip(("date_low", "date", "date_high"), days, strict=True))
        row |= {
            q.name(level): None if hide else round(float(value), 3)
            for level, value, hide in zip(FAN, values, hidden, strict=True)
        }
        if hidden.any():
            row["suppressed"] = True
        rows.append(row)
    return rows


# Capacities


def capacities(scenario: Scenario, texts: Sequence[str]) -> dict[str, float]:
    """Capacities as somebody wrote them: `PLACE=N`.

    Parameters
    ----------
    scenario : Scenario
        Knows the places.
    texts : sequence of str
        Each names a country or place where people stay, or a post where they wait.

    Raises
    ------
    ScenarioError
        If one cannot be understood; all of them are said.
    """
    wrong: list[Finding] = []
    found = {}
    for text in texts:
        place, _, number = text.rpartition("=")
        if not place.strip():
            wrong.append(complaint("--capacity", text, "not of the form PLACE=N"))
            continue
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            wrong.append(complaint("--capacity", text, "the capacity is a number of people"))
            continue
        try:
            areas = select_areas(scenario, place.strip())
        except NotFoundError as error:
            wrong.append(complaint("--capacity", text, error.says, error.nearest))
            continue
        known = {row.post for row in scenario.checkpoints if row.rate_hour is not None}
        known |= {x for p in scenario.places if p.attraction is not None for x in (p.id, p.country)}
        if not known & set(areas) or set(areas) & set(scenario.origin_countries):
            wrong.append(complaint("--capacity", text, "nobody is received or waits there"))
            continue
        found[place.strip()] = value
    if wrong:
        raise ScenarioError(wrong)
    return found


def exceeding(found: Forecast, wanted: dict[str, float]) -> list[Row]:
    """The odds that more people than a capacity are somewhere, by when.

    Parameters
    ----------
    found : Forecast
        The forecast.
    wanted : dict of str to float
        Capacity by place.

    Returns
    -------
    list of dict
        `probability` of being exceeded on any day; `first_date` (median of the members that exceed
        it, `first_low` and `first_high` hold four fifths of them); and by day.
    """
    rows = []
    for reading, results in ahead(found).items():
        for place, capacity in wanted.items():
            measure, values = _load(results, place)
            over = values > capacity
            first = np.sort(over.argmax(axis=1)[over.any(axis=1)])
            marks: list[str | None] = [None] * 3
            if len(first):
                marks = [results.lookup.days[first[int(p * (len(first) - 1))]] for p in _THIRDS]
            share = over.mean(axis=0)
            rows.append(
                {
                    "reading": reading,
                    "place": place,
                    "capacity": capacity,
                    "measure": measure,
                    "probability": round(float(over.any(axis=1).mean()), 4),
                    "first_low": marks[0],
                    "first_date": marks[1],
                    "first_high": marks[2],
                    "by_day": [
                        {"date": day, "probability": round(float(value), 4)}
                        for day, value in zip(results.lookup.days, share, strict=True)
                    ],
                }
            )
    return rows


_THIRDS = (0.1, 0.5, 0.9)


def _load(results: Results, place: str) -> tuple[str, NDArray[np.float64]]:
    """People present because of the shock, or waiting on the way out, by member and day."""
    areas = set(select_areas(results.scenario, place))
    columns = [i for i, d in enumerate(results.labels.destinations) if areas & {d.place, d.country}]
    if columns:
        present = results.arrays["present"][:, :, columns, 0].sum(axis=2, dtype=np.float64)
        return PEOPLE_PRESENT, present
    servers = [s for s in results.lookup.servers if s.post in areas and s.direction == "out"]
    if not servers:
        message = "nobody is received there, and nobody waits there on the way out"
        raise ScenarioError([complaint("--capacity", place, message)])
    lines = np.stack([steps(results, s, "people") for s in servers])
    waiting: NDArray[np.float64] = lines.sum(axis=0, dtype=np.float64)
    local = results.lookup.local_days(servers[0].timezone)
    days = range(len(results.labels.days))
    return PEOPLE_WAITING, np.stack([waiting[:, local == d].max(axis=1) for d in days], axis=1)


def document(found: Forecast, wanted: dict[str, float]) -> dict[str, Any]:
    """A forecast as plain data, ready for JSON.

    Parameters
    ----------
    found : Forecast
        The forecast.
    wanted : dict of str to float
        Capacity by place.
    """
    head = {**found.head(), "seconds": round(found.seconds, 3)}
    return {
        **head,
        **fans(found),
        "capacities": exceeding(found, wanted),
        "splits": splits(found),
        "worth": worth(found),
    }
