"""Days of a Flee folder as rows of a scenario: drivers of leaving, and counts as reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from borderflow.scenario.model import Driver, Report
from borderflow.source.flee.folder import FleeFolder
from borderflow.source.flee.movement import SOURCE
from borderflow.source.flee.names import place_ids
from borderflow.source.flee.volume import BASE, spans, zones


def _moment(day: date) -> datetime:
    return datetime.combine(day, time())


def drivers(
    folder: FleeFolder,
    ids: Mapping[str, str],
    first_day: int,
    rates: tuple[tuple[int, int, float], ...],
) -> list[Driver]:
    """Where the conflict is (levels that add up to a weight) and how many leave."""
    begin = folder.date_of(first_day)
    rows = [
        Driver(
            id="calm", driver="conflict", valid_from=_moment(begin), value=-1.0,
            parameter="conflict", known_from=begin, source=SOURCE,
            note="Nobody leaves where there is no conflict",
        )
    ]  # fmt: skip
    for name, first, last, zone in spans(zones(folder)):
        first = max(first, first_day)
        if last <= first:
            continue
        day, until = folder.date_of(first), folder.date_of(last)
        shared: dict[str, Any] = {
            "place": ids[name], "valid_from": _moment(day), "valid_until": _moment(until),
            "known_from": day, "until_known_from": until, "source": SOURCE,
        }  # fmt: skip
        note = "no zone of conflict has a way out, and people did come" if zone.assumed else ""
        rows.append(
            Driver(id=f"conflict.{ids[name]}.{first}", driver="conflict", parameter="conflict",
                   value=zone.intensity, assumed=zone.assumed, note=note, **shared)
        )  # fmt: skip
        if zone.decay != 1.0:
            rows.append(
                Driver(id=f"decay.{ids[name]}.{first}", driver="decay", parameter="decay",
                       value=zone.decay - 1.0, assumed=True,
                       note="most of those who want to leave have left", **shared)
            )  # fmt: skip
    for first, last, rate in rates:
        day = folder.date_of(first)
        rows.append(
            Driver(
                id=f"volume.{first}", driver="volume", valid_from=_moment(day),
                valid_until=_moment(folder.date_of(last)), value=round(rate / BASE - 1.0, 6),
                parameter="volume", known_from=folder.date_of(last),
                until_known_from=folder.date_of(last), source=SOURCE,
                note="so that as many leave as were counted",
            )
        )  # fmt: skip
    return rows


def reports(folder: FleeFolder) -> list[Report]:
    rows = []
    ids = place_ids(place.name for place in folder.locations)
    latest = {
        name: max((c.day for c in folder.corrections if c.camp == name), default=-(10**9))
        for name in folder.counts
    }
    for name, counts in folder.counts.items():
        for i, (day, people) in enumerate(zip(counts.days, counts.people, strict=True)):
            # A corrected count was only known once people had been registered anew.
            known = max(
                [day, *(c.day for c in folder.corrections if c.camp == name and c.day > day)]
            )
            rows.append(
                Report(
                    id=f"{ids[name]}.{i}",
                    date_start=folder.date_of(day),
                    date_end=folder.date_of(day),
                    place=ids[name],
                    quantity="present",
                    value=float(round(people)),
                    unit="persons",
                    scope="stock",
                    publisher="UNHCR, as in the folder",
                    known_from=folder.date_of(known),
                    quote_or_paraphrase=(
                        "put right by a later registration" if day < latest[name] else ""
                    ),
                )
            )
    return rows
