"""From which zones of conflict some open camp can be reached, day by day."""

from __future__ import annotations

from borderflow.source.flee.folder import Closure, FleeFolder


def ways_out(folder: FleeFolder) -> list[frozenset[str]]:
    """For each day, the locations from which some camp that is open can be reached."""
    changes = {0}
    for closure in folder.closures:
        changes.update(day for day in (closure.start, closure.end) if day is not None)
    found: list[frozenset[str]] = []
    for day in range(folder.days):
        if day in changes or not found:
            found.append(_on(folder, day))
        else:
            found.append(found[-1])
    return found


def _on(folder: FleeFolder, day: int) -> frozenset[str]:
    country = {place.name: place.country for place in folder.locations}
    acting = [c for c in folder.closures if c.start <= day and (c.end is None or day < c.end)]
    into: dict[str, list[str]] = {}
    for route in folder.routes:
        freed = any(
            c.kind == "remove_forced_redirection"
            and {c.one, c.other} == {route.one, route.other}
            and c.start <= day
            for c in folder.closures
        )
        if any(_shuts(c, route.one, route.other, country) for c in acting):
            continue
        if route.redirect != 1 or freed:
            into.setdefault(route.other, []).append(route.one)
        if route.redirect != 2 or freed:
            into.setdefault(route.one, []).append(route.other)
    shut = {c.one for c in acting if c.kind in ("camp", "idpcamp")}
    reached = {place.name for place in folder.camps if place.name not in shut}
    ends = set(reached)
    waiting = list(reached)
    while waiting:
        for before in into.get(waiting.pop(), ()):
            if before not in reached:
                reached.add(before)
                waiting.append(before)
    return frozenset(reached - ends | {name for name in ends if into.get(name)})


def _shuts(closure: Closure, one: str, other: str, country: dict[str, str]) -> bool:
    """Whether a closure bars the route between two places."""
    if closure.kind == "country":
        return {country[one], country[other]} == {closure.one, closure.other}
    if closure.kind == "location":
        return closure.one in (one, other)
    return closure.kind == "link" and {closure.one, closure.other} == {one, other}
