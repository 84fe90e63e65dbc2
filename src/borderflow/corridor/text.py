"""Corridors in words and tables that a planner reads: what `borderflow corridors` prints."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from borderflow.corridor.listing import MEANING
from borderflow.document import BORDERS, STATEMENT
from borderflow.wording import WIDTH, grid, number, wrapped

if TYPE_CHECKING:
    from borderflow.corridor.listing import Corridor, Corridors

SMALL = "<0.1 %"

SHOWN = 15
"""Ways that are printed leg by leg; --json has all of them."""


def percent(share: float) -> str:
    """A share as one says it.

    Parameters
    ----------
    share : float
        The share, of 1.

    Examples
    --------
    >>> percent(0.0482), percent(0.0002)
    ('4.8 %', '<0.1 %')
    """
    return f"{share:.1%}".replace("%", " %") if share >= 0.001 else SMALL


def render(found: Corridors) -> str:
    """Everything that `borderflow corridors` prints.

    Parameters
    ----------
    found : Corridors
        The corridors of a day.
    """
    parts = [_head(found)]
    if not found.corridors:
        parts.append(["Nobody could leave for abroad from there on that day, within this model."])
    else:
        parts += [_destinations(found), _crossings(found), _ways(found), _sources(found)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(found: Corridors) -> list[str]:
    scenario = found.scenario
    name = scenario.place(found.place).name
    known = f"facts known by {found.as_of}" if found.as_of else "all facts that there are"
    return [
        f"{scenario.name} — {STATEMENT}",
        f"Departures from {name} on {found.on}; {known}; seed {found.seed}; "
        f"{found.members} members",
        *wrapped(f"{MEANING} {BORDERS}"),
    ]


def _destinations(found: Corridors) -> list[str]:
    """Shares by destination, all ways together."""
    sums: dict[tuple[str, str], float] = {}
    for row in found.corridors:
        key = (row.country, row.destination)
        sums[key] = sums.get(key, 0.0) + row.share
    cells = [
        [country if place == country else f"{country}: {place}", percent(share)]
        for (country, place), share in sorted(sums.items(), key=lambda item: -item[1])
    ]
    return grid(("To, by any way", "share"), cells)


def _crossings(found: Corridors) -> list[str]:
    """Shares by the post or airport where the first country is left."""
    cells = [[name, percent(share)] for name, share in found.crossings.items()]
    shown = [cell for cell in cells if cell[1] != SMALL]
    lines = grid(("Leaving at, to any destination", "share"), shown)
    rest = ", ".join(name for name, share in cells if share == SMALL)
    return [*lines, *wrapped(f"({SMALL} each: {rest})")] if rest else lines


def _ways(found: Corridors) -> list[str]:
    whole = found.corridors
    lines = [
        f"The {min(SHOWN, len(whole))} ways with the largest shares, of {len(whole)} that --json "
        "lists; brackets hold 80 % of the members"
    ]
    for row in whole[:SHOWN]:
        lines += ["", _title(row)]
        for leg in row.legs:
            wait = f" + {number(leg.wait_hours)} h wait" if leg.wait_hours >= 0.1 else ""
            lines += textwrap.wrap(
                f"{leg.mode:<7s} {leg.from_} to {leg.to}: {number(leg.hours)} h{wait}, "
                f"{number(leg.fare)} {found.scenario.currency} [{leg.source}]",
                WIDTH,
                initial_indent="    ",
                subsequent_indent=" " * 12,
                break_on_hyphens=False,
            )
    rest = sum(row.share for row in found.corridors) - sum(row.share for row in whole[:SHOWN])
    return [*lines, "", f"All other ways: {percent(rest)}"]


def _title(row: Corridor) -> str:
    band = f"{percent(row.share_q10)} to {percent(row.share_q90)}"
    place = row.country if row.destination == row.country else f"{row.destination}, {row.country}"
    waits = f", of it {number(row.wait_hours)} waiting" if row.wait_hours else ""
    return f"{percent(row.share)} ({band}) to {place}: {number(row.hours)} h{waits}"


def _sources(found: Corridors) -> list[str]:
    rows = found.document()["sources"]
    lines = ["Sources of the legs"]
    for name, source in rows.items():
        lines += wrapped(f"[{name}] {source['title']} {source['url']}".rstrip())
    return lines
