"""What a Flee folder says: places, routes, closures, zones of conflict, counts in camps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from borderflow.source.flee.counts import Counts


@dataclass(frozen=True, slots=True)
class Location:
    """A row of locations.csv.

    Attributes
    ----------
    kind : str
        ``camp``, ``idpcamp``, ``conflict``, ``forward``, ``marker``, ``flood`` or ``town``.
    conflict_date : int
        Day from which a zone of conflict is one.
    population, capacity : int
        People who live there; people the camp can take (0: no limit).
    extra : dict of str to str
        Further columns, by the header's names.
    """

    name: str
    region: str
    country: str
    lat: float
    lon: float
    kind: str
    type_text: str
    conflict_date: int
    population: int
    capacity: int
    extra: dict[str, str]
    row: int

    @property
    def is_camp(self) -> bool:
        """Whether people are counted here."""
        return self.kind in ("camp", "idpcamp")


@dataclass(frozen=True, slots=True)
class Route:
    """A row of routes.csv: two places, the distance, and which way people were sent (0, 1, 2)."""

    one: str
    other: str
    km: float
    redirect: int
    extra: dict[str, str]
    row: int


@dataclass(frozen=True, slots=True)
class Closure:
    """A row of closures.csv: closed from the day `start` until before `end` (None: for good)."""

    kind: str
    one: str
    other: str
    start: int
    end: int | None
    row: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of registration_corrections.csv: counts of a camp before a date were too high."""

    camp: str
    day: int
    row: int


@dataclass(frozen=True, slots=True)
class FleeFolder:
    """One conflict in Flee's format, read and understood.

    Attributes
    ----------
    name : str
        Name of the conflict's folder.
    start : date
        Day 0.
    days : int
        Days simulated, from day 0.
    conflicts : dict of str to tuple of float
        Intensity (0 to 1) of each zone on each day.
    total : Counts or None
        Refugees in all, from the first row of data_layout.csv.
    counts : dict of str to Counts
        People counted in each camp, corrected.
    elsewhere : dict of str to Counts
        Counts of rows that are no location: they are part of the daily total.
    first_counts : dict of str to Counts
        People counted in each camp, as they were first reported.
    files : dict of str to tuple of str
        Count files of each row of data_layout.csv.
    left : tuple of str
        What the folder holds that is not carried over, a sentence each.
    """

    name: str
    start: date
    days: int
    locations: tuple[Location, ...]
    routes: tuple[Route, ...]
    closures: tuple[Closure, ...]
    conflicts: dict[str, tuple[float, ...]]
    total: Counts | None
    counts: dict[str, Counts]
    elsewhere: dict[str, Counts]
    corrections: tuple[Correction, ...] = ()
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    first_counts: dict[str, Counts] = field(default_factory=dict)

    @property
    def camps(self) -> tuple[Location, ...]:
        """The camps, in file order."""
        return tuple(place for place in self.locations if place.is_camp)

    @property
    def home(self) -> str:
        """The country that people flee: that of the first location."""
        return self.locations[0].country

    def date_of(self, day: int) -> date:
        """Date of a day counted from the start."""
        return self.start + timedelta(days=day)

    def known(self, camp: str, day: int) -> Counts:
        """What had been reported of a camp by a day, put right by registrations until then."""
        first = self.first_counts[camp]
        rows = [row for row in zip(first.days, first.people, strict=True) if row[0] <= day]
        counts = Counts(tuple(at for at, _ in rows), tuple(people for _, people in rows))
        for correction in self.corrections:
            if correction.camp == camp and correction.day <= day:
                counts = counts.corrected(correction.day)
        return counts

    def everybody(self, day: int) -> float:
        """People counted on a day over all rows but the total: what drives departures."""
        return sum(c.on(day) for c in self.counts.values()) + sum(
            c.on(day) for c in self.elsewhere.values()
        )
