"""Finds the places that a report names, in the words in which they were published."""

from __future__ import annotations

import re

from borderflow.scenario.model import Scenario
from borderflow.scenario.select import NotFoundError, area_spellings, pair, select_areas


def published_areas(scenario: Scenario, text: str) -> tuple[str, ...]:
    """Places (ids) and countries (codes) that the place of a report names.

    As published: `Finland: Vaalimaa+Nuijamaa`, `Storskog (Norway)`, `Mashtakovo/Syrym`,
    `Estonia, Latvia and Lithuania`, `EU by land`, `Russia-Finland border`.

    Parameters
    ----------
    scenario : Scenario
        Where to look.
    text : str
        The place of a report.

    Raises
    ------
    NotFoundError
        If some part of it is nothing the scenario knows.
    """
    for spelling in _spellings(text):
        found = [_lookup(scenario, part) for part in spelling]
        if all(found):
            return tuple(dict.fromkeys(area for part in found if part for area in part))
    across = _across(scenario, text)
    if across is not None:
        return across
    raise NotFoundError("place, country or group", text.strip(), area_spellings(scenario))


def _lookup(scenario: Scenario, names: tuple[str, ...]) -> tuple[str, ...] | None:
    for name in names:
        try:
            return select_areas(scenario, name)
        except LookupError:
            continue
    return None


JOINED = re.compile(r"\s*\+\s*|\s*[,;&]\s*(?:and\s+)?|\s+and\s+")
"""What stands between the places of a list."""

WHOLE = re.compile(r"\s*\([^)]*\)|\s+by (?:land|road|air)$|\s+borders?$|:\s*all\b.*$")
"""What a place may be followed by without being another place."""


def _spellings(text: str) -> list[list[tuple[str, ...]]]:
    """Ways to read a place, best first: each a list of parts, each a choice of names."""
    bare = WHOLE.sub("", text).strip()
    found: list[list[tuple[str, ...]]] = [[(text,)], [(bare,)]]
    country, colon, rest = bare.rpartition(":")
    parts = [part.strip() for part in JOINED.split(rest) if part.strip()]
    if len(parts) > 1:
        found.append([(f"{country}: {part}", part) if colon else (part,) for part in parts])
    if colon:
        found.append([(rest.strip(),)])
    found += [[(half.strip(),)] for half in bare.split("/") if "/" in bare]
    return found


def _across(scenario: Scenario, text: str) -> tuple[str, ...] | None:
    """The other side of a border that is named by both: `Russia-Finland border`."""
    sides = pair(scenario, WHOLE.sub("", text).strip()) or ()
    home = set(scenario.origin_countries)
    away = [side for side in sides if not home & set(side)]
    return away[0] if len(sides) == 2 and len(away) == 1 else None
