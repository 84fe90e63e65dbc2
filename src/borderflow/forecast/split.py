"""What the rules that matter most would do: members in which one comes beside the others."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from borderflow.forecast.folder import Forecast
from borderflow.forecast.kept import presentable, window
from borderflow.results import Results
from borderflow.results import quantiles as q
from borderflow.results.flows import by_who

Row = dict[str, Any]
MOST = 3
"""Rules that are shown."""

FEWEST = 8
"""Members in which a rule comes, and in which it does not, that are needed to say anything."""

SURE = 2.0
"""Standard errors by which means must differ to be called different."""

LEVELS = (0.1, 0.5, 0.8, 0.9, 0.95)


def splits(found: Forecast) -> list[Row]:
    """The unconditional reading, split by the rules that move its entries most.

    Parameters
    ----------
    found : Forecast
        The forecast.

    Returns
    -------
    list of dict
        For each of the rules, and each country whose entries it moves: quantiles of the entries
        above ordinary over the whole forecast in the members in which it comes and in the others.
        The members differ in nothing else but by chance.
    """
    if not found.rules:
        return []
    results = window(found.main, found.as_of + timedelta(days=1), found.until)
    entries = _entries(results)
    rules = sorted({name for one in found.rules for name in one})
    weighed = []
    for name in rules:
        came = np.array([name in one for one in found.rules])
        if min(came.sum(), (~came).sum()) >= FEWEST:
            weighed.append((matters(entries, came), name, came))
    rows = []
    policies = found.scenario.by_id("policy")
    weighed = [one for one in weighed if one[0] > 0]
    for _, name, came in sorted(weighed, key=lambda one: (-one[0], one[1]))[:MOST]:
        days = sorted(one[name] for one in found.rules if name in one)
        policy = policies.get(name)
        head = {
            "rule": name,
            "announced": policy is not None,
            "what": getattr(policy, "detail", "") or _plain(name, results),
            "probability": round(float(came.mean()), 4),
            "date_low": days[int(0.1 * (len(days) - 1))].isoformat(),
            "date": days[int(0.5 * (len(days) - 1))].isoformat(),
            "date_high": days[int(0.9 * (len(days) - 1))].isoformat(),
        }
        for country, values in entries.items():
            parts = {"came": values[came], "not": values[~came]}
            rows.append(
                {
                    **head,
                    "destination": country,
                    **{part: _quantiles(own) for part, own in parts.items()},
                }
            )
    return rows


def _quantiles(values: NDArray[np.float64]) -> dict[str, float]:
    found = np.quantile(values, LEVELS).tolist()
    return {q.name(level): round(presentable(v), 3) for level, v in zip(LEVELS, found, strict=True)}


def _entries(results: Results) -> dict[str, NDArray[np.float64]]:
    """Entries above ordinary of the whole window by country, and of all together."""
    found: dict[str, NDArray[np.float64]] = {}
    for code, index in results.lookup.entered.items():
        total = np.zeros(results.members)
        for i in index:
            total += by_who(results, i)[:, :, 0].sum(axis=1, dtype=np.float64)
        found[results.lookup.country(code)] = total
    everywhere = np.sum(list(found.values()), axis=0)
    return {"all": everywhere, **dict(sorted(found.items()))}


def matters(entries: dict[str, NDArray[np.float64]], came: NDArray[np.bool_]) -> float:
    """How many people a rule moves, weighed with how unsure it is: the spread that it explains.

    Parameters
    ----------
    entries : dict of str to array [member]
        Entries by country; ``all`` is their sum.
    came : array [member]
        In which members the rule comes.
    """
    chance = float(came.mean())
    moved = 0.0
    for name, values in entries.items():
        one, other = values[came], values[~came]
        away = abs(float(one.mean() - other.mean()))
        noise = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        if name != "all" and away > SURE * noise:
            moved += away
    return moved * math.sqrt(chance * (1 - chance))


def _plain(name: str, results: Results) -> str:
    place = name.removeprefix("tightening-")
    where = results.lookup.place(place)
    if place in results.scenario.countries:
        where = results.lookup.country(place)
    return f"a rule at {where} that nobody has announced"
