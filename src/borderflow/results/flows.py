"""Tables of flows: crossings into and out of each country, departures, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.lookup import WHO
from borderflow.results.tables import Block, TableKind

if TYPE_CHECKING:
    from borderflow.results.results import Results


def by_who(results: Results, crossing: int) -> NDArray[np.float32]:
    """People who made a crossing, by member, shown day and `WHO`.

    Parameters
    ----------
    results : Results
        The members.
    crossing : int
        Position of the crossing on axis X.

    Returns
    -------
    array [member, day, who]
    """
    people: NDArray[np.float32] = results.arrays["entries"][:, :, crossing, :]
    return np.asarray(np.matmul(people, results.lookup.who))


def _crossings(results: Results, countries: dict[str, list[int]], column: str) -> Iterator[Block]:
    lookup = results.lookup
    for code in sorted(countries, key=lookup.country):
        name = lookup.country(code)
        total: NDArray[np.float32] | None = None
        own = []
        posts: dict[str, list[int]] = {}
        for index in countries[code]:
            posts.setdefault(lookup.labels.crossings[index].place, []).append(index)
        for post in sorted(posts, key=lookup.place):
            # One post may lead into a country from two others; the reader sees one post.
            found = sum(
                (by_who(results, index) for index in posts[post][1:]),
                start=by_who(results, posts[post][0]),
            )
            total = found if total is None else total + found
            own.append(_days(results, found, {column: name, "crossing": lookup.place(post)}))
        if total is not None:
            yield _days(results, total, {column: name, "crossing": None})
        yield from own


def _days(results: Results, people: NDArray[np.float32], columns: dict[str, Any]) -> Block:
    members, days, kinds = people.shape
    values = np.empty((members, kinds, days + 1), dtype=np.float32)
    values[:, :, 0] = people.sum(axis=1, dtype=np.float64)
    values[:, :, 1:] = people.transpose(0, 2, 1)
    return Block(
        {
            **columns,
            "date": [None, *results.lookup.days] * kinds,
            "who": [who for who in WHO for _ in range(days + 1)],
        },
        values.reshape(members, -1),
    )


def entries(results: Results) -> Iterator[Block]:
    """Crossings into each country that people flee to."""
    return _crossings(results, results.lookup.entered, "destination")


def exits(results: Results) -> Iterator[Block]:
    """Crossings out of each country that people flee to."""
    return _crossings(results, results.lookup.left, "origin")


def refusals(results: Results) -> Iterator[Block]:
    """Refusals by the officers of each country, by week: never finer than that."""
    lookup = results.lookup
    weeks = lookup.weeks
    for index, code in enumerate(results.labels.countries):
        refused = results.arrays["refused"][:, :, index, :].sum(axis=2, dtype=np.float64)
        yield Block(
            {"country": lookup.country(code), "week": [monday.isoformat() for monday, _ in weeks]},
            np.stack([refused[:, days].sum(axis=1) for _, days in weeks], axis=1),
            lambda _: {"days": [len(days) for _, days in weeks]},
        )


def departures(results: Results) -> Iterator[Block]:
    """People who left home because of the shock: all together, and by the country of their home.

    Homes in several countries are shown apart: places that another state controls are no part of
    that state.
    """
    departed = results.arrays["departed"]
    homes = [results.scenario.place(id_).country for id_ in results.labels.origins]
    apart = sorted(set(homes)) if len(set(homes)) > 1 else []
    for code in (None, *apart):
        chosen = [i for i, own in enumerate(homes) if code in (None, own)]
        people = departed[:, :, chosen].sum(axis=2, dtype=np.float32)
        people = np.concatenate([people.sum(axis=1, keepdims=True), people], axis=1)
        name = None if code is None else results.lookup.country(code)
        yield from by_group(results, people, {"country": name}, whole=True)


def gave_up(results: Results) -> Iterator[Block]:
    """People who did not join a queue or left it; each as often as that happened."""
    people = results.arrays["gave_up"]
    people = np.concatenate([people.sum(axis=1, keepdims=True), people], axis=1)
    return by_group(results, people, {}, whole=True)


def moved(results: Results) -> Iterator[Block]:
    """People brought to each country by arrangement, where anybody was."""
    lookup = results.lookup
    for code in sorted(lookup.hosts, key=lookup.country):
        people = results.arrays["moved"][:, :, lookup.hosts[code]].sum(axis=2, dtype=np.float32)
        yield Block(
            {"destination": lookup.country(code), "date": [None, *lookup.days]},
            np.concatenate([people.sum(axis=1, keepdims=True), people], axis=1),
        )


def by_group(
    results: Results,
    people: NDArray[Any],
    columns: dict[str, Any],
    *,
    ordinary: bool = False,
    whole: bool = False,
) -> Iterator[Block]:
    """Cells by date and group, and the sum of those who are not ordinary travellers.

    Parameters
    ----------
    results : Results
        The members.
    people : array [member, day, group]
        Number of people.
    columns : dict
        Keys that all cells share.
    ordinary : bool, optional
        Whether groups of ordinary travellers have rows too (they are never in the sum).
    whole : bool, optional
        Whether the first of the days is the whole shown period.
    """
    dates = [*([None] if whole else []), *results.lookup.days]
    total = people[:, :, results.lookup.fled].sum(axis=2, dtype=np.float32)
    yield Block({**columns, "date": dates, "group": None}, total)
    for index, group in enumerate(results.labels.groups):
        if ordinary or not group.ordinary:
            yield Block(
                {**columns, "date": dates, "group": group.name},
                people[:, :, index],
            )


KINDS = (
    TableKind(
        "entries",
        ("destination", "crossing", "date", "who"),
        "flow",
        "people",
        True,
        "Crossings into a country, as its border service counts them; a blank crossing is the sum "
        "over crossings, a blank date the whole shown period. who: above_ordinary (ordinary "
        "travellers left out), all (citizens), all_nationalities.",
        entries,
    ),
    TableKind(
        "exits",
        ("origin", "crossing", "date", "who"),
        "flow",
        "people",
        True,
        "Crossings out of a country in any direction, most of them ordinary visitors going home.",
        exits,
    ),
    TableKind(
        "refusals",
        ("country", "week"),
        "flow",
        "people",
        True,
        "People refused by the officers of a country in the week that begins on a Monday "
        "(days: how many days of it are shown); all nationalities.",
        refusals,
        drop=True,
    ),
    TableKind(
        "departures",
        ("country", "date", "group"),
        "flow",
        "people",
        True,
        "People who left home because of the shock, by the country of their home (blank: all of "
        "them; there are rows by country where homes lie in several), date (blank: the whole "
        "shown period) and group (blank: all of them).",
        departures,
    ),
    TableKind(
        "gave_up",
        ("date", "group"),
        "flow",
        "people",
        True,
        "Times that somebody gave up at a queue: did not join it because it was too long, or left "
        "it. Most try another way or later, so one person may be in it several times. A blank "
        "date is the whole shown period, a blank group all of them.",
        gave_up,
    ),
    TableKind(
        "moved",
        ("destination", "date"),
        "flow",
        "people",
        True,
        "People brought to a country by arrangement, such as an evacuation. They pass no "
        "checkpoint: they are in no other flow, and among those present afterwards. A blank date "
        "is the whole shown period; countries to which nobody is brought are left out.",
        moved,
        drop=True,
    ),
)
"""The tables of flows."""
