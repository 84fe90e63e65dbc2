"""The closures of a Flee folder as policies, and which camps have a place of their own for them."""

from __future__ import annotations

from collections.abc import Mapping

from borderflow.scenario.model import Policy
from borderflow.source.flee.folder import Closure, FleeFolder

OPENING_DAYS = 60
"""Days for which a camp counts as newly opened: assumed."""


def split_camps(folder: FleeFolder) -> dict[str, str]:
    """Camps that are shut at times while people pass through: the place itself is kept apart."""
    shut = {c.one for c in folder.closures if c.kind in ("camp", "idpcamp")}
    return {place.name: f"{place.name} (place)" for place in folder.camps if place.name in shut}


def road(name: str, ids: Mapping[str, str], split: Mapping[str, str]) -> str:
    """Where the roads of a location end."""
    return f"{ids[name]}.place" if name in split else ids[name]


def policies(
    folder: FleeFolder,
    ids: Mapping[str, str],
    codes: Mapping[str, str],
    split: Mapping[str, str],
    left: list[str],
) -> list[Policy]:
    rows = []
    openings: dict[str, Policy] = {}  # one a camp: what opens last lets people in
    for closure in folder.closures:
        kind, where = _rule(closure, folder, ids, codes, split)
        if kind is None:
            left.append(f"closures.csv:{closure.row}: {where}")
            continue
        if closure.start >= folder.days:
            left.append(f"closures.csv:{closure.row}: begins after the last day")
            continue
        start, end = closure.start, closure.end
        if closure.kind == "remove_forced_redirection":  # the way back is shut until then
            start, end = 0, closure.start
            if end <= start:
                continue
        begin = folder.date_of(start)
        until = None if end is None or end >= folder.days else folder.date_of(end)
        rows.append(
            Policy(
                id=f"c{closure.row}",
                place=where,
                kind=kind,
                known_from=begin,
                valid_from=begin,
                valid_until=until,
                until_known_from=until,
                detail=f"{closure.kind}, {closure.one}, {closure.other}",
                source_url="closures.csv",
            )
        )
        opened = _opened(closure, folder, ids)
        earlier = openings.get(opened.place) if opened is not None else None
        if opened is not None and (earlier is None or earlier.valid_from < opened.valid_from):
            openings[opened.place] = opened
    return [*rows, *openings.values()]


def _opened(closure: Closure, folder: FleeFolder, ids: Mapping[str, str]) -> Policy | None:
    """The weeks after a camp that was shut from the start has opened."""
    camps = {place.name for place in folder.camps}
    end = closure.end
    if closure.kind not in ("camp", "idpcamp", "location") or closure.one not in camps:
        return None
    if closure.start > 0 or end is None or not 0 < end < folder.days:
        return None
    begin, until = folder.date_of(end), folder.date_of(end + OPENING_DAYS)
    return Policy(
        id=f"c{closure.row}.opened", place=ids[closure.one], kind="camp_opened", known_from=begin,
        valid_from=begin, valid_until=until, until_known_from=begin,
        detail=f"{closure.one} opens", source_url="closures.csv",
    )  # fmt: skip


def _rule(
    closure: Closure,
    folder: FleeFolder,
    ids: Mapping[str, str],
    codes: Mapping[str, str],
    split: Mapping[str, str],
) -> tuple[str | None, str]:
    """Kind and place of the policy that says a closure; None and the reason if there is none."""
    one, other = closure.one, closure.other
    if closure.kind == "country":
        if one == other:
            return None, "a country cannot be closed towards itself"
        return "crossing_closed", f"{codes[one]} - {codes[other]}"
    if closure.kind == "location":
        return "road_closed", road(one, ids, split)
    if closure.kind in ("camp", "idpcamp"):
        if one not in split:
            return None, f"{one} is no camp, so there is nothing to close"
        return "camp_closed", ids[one]
    joined = {frozenset((r.one, r.other)): r for r in folder.routes}
    route = joined.get(frozenset((one, other)))
    if route is None:
        return None, f"there is no route between {one} and {other}"
    ends = road(one, ids, split), road(other, ids, split)
    if closure.kind == "link":
        return "road_closed", f"{ends[0]} - {ends[1]}"
    if not route.redirect:
        return None, f"nobody is sent on between {one} and {other}"
    tail, head = (route.one, route.other) if route.redirect == 2 else (route.other, route.one)
    return "road_closed", f"{road(head, ids, split)} -> {road(tail, ids, split)}"
