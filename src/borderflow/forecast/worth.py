"""Which report, if it came tomorrow, would make the forecast narrower, and by how much."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.forecast.folder import Forecast
from borderflow.forecast.kept import window
from borderflow.observe.evidence import SPREADS, Z80
from borderflow.results import Results
from borderflow.results.flows import by_who
from borderflow.results.queues import daily

Row = dict[str, Any]
Numbers = NDArray[np.float64]
ERRORS = {"entries": SPREADS["count"], "exits": SPREADS["count"], "queue": SPREADS["press"]}
"""Factor within which 80 % of such reports would lie."""


def worth(found: Forecast) -> list[Row]:
    """Series by how much narrower tomorrow's report of them would make the headline.

    The headline is all entries above ordinary after tomorrow, together. The share of its variance
    (of the logarithm) that a report would take away is worked out from the members by linear
    regression, less what as many members would show by chance.

    Parameters
    ----------
    found : Forecast
        The forecast.

    Returns
    -------
    list of dict
        `series`, `place`, and `narrower`: by which share the standard deviation would shrink; the
        most telling first. Series that would take nothing away are left out.
    """
    tomorrow = found.as_of + timedelta(days=1)
    if found.until <= tomorrow:
        return []
    later = window(found.main, tomorrow + timedelta(days=1), found.until)
    headline = np.log1p(_headline(later))
    total = float(headline.var())
    if total < 1e-12:
        return []
    rows = []
    for series, place, values in _series(window(found.main, tomorrow, tomorrow), tomorrow):
        logs = np.log(values + 10.0)
        error = (math.log(ERRORS[series]) / Z80) ** 2
        own = float(logs.var())
        if own < 1e-9:
            continue
        correlation = float(np.corrcoef(logs, headline)[0, 1])
        square = max(0.0, correlation**2 - 1 / len(logs)) * own / (own + error)
        narrower = 1 - math.sqrt(max(0.0, 1 - square))
        if narrower >= 0.005:
            rows.append({"series": series, "place": place, "narrower": round(narrower, 3)})
    return sorted(rows, key=lambda row: (-row["narrower"], row["series"], row["place"]))


def _headline(results: Results) -> Numbers:
    total = np.zeros(results.members)
    for index in results.lookup.entered.values():
        for i in index:
            total += by_who(results, i)[:, :, 0].sum(axis=1, dtype=np.float64)
    return total


def _series(results: Results, day: date) -> list[tuple[str, str, Numbers]]:
    assert results.labels.days == (day,)
    lookup = results.lookup
    found: list[tuple[str, str, Numbers]] = []
    for name, side in (("entries", lookup.entered), ("exits", lookup.left)):
        for code, index in sorted(side.items()):
            found.append((name, lookup.country(code), _people(results, index)))
            posts = {lookup.labels.crossings[i].place for i in index}
            for post in sorted(posts) if len(posts) > 1 else ():
                own = [i for i in index if lookup.labels.crossings[i].place == post]
                found.append((name, lookup.place(post), _people(results, own)))
    for server in lookup.servers:
        if server.direction == "out" and server.side == "exit":
            line = daily(results, server, "vehicles")[:, 0].astype(np.float64)
            found.append(("queue", server.name, line))
    return found


def _people(results: Results, crossings: list[int]) -> Numbers:
    """Citizens who pass some crossings on the only day."""
    total = np.zeros(results.members)
    for i in crossings:
        total += by_who(results, i)[:, 0, 1]
    return total
