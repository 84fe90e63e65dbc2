"""What a policy kind can ask about the world it acts on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from borderflow.mode import modes
from borderflow.scenario.select import pair, select_areas, select_cohorts

if TYPE_CHECKING:
    from borderflow.scenario.model import Checkpoint, Place, Scenario

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leg:
    """A link as policies see it: one direction, with the checkpoints it passes.

    Attributes
    ----------
    id : str
        Id of the link; the one that `two_way` adds ends in ``-back``.
    tail, head : str
        Places where it begins and ends.
    mode : str
        Travel mode.
    exit, entry : str or None
        Checkpoints passed first and second.
    seats : float or None
        Ordinary seats a day; None where the service is not scheduled.
    """

    id: str
    tail: str
    head: str
    mode: str
    exit: str | None
    entry: str | None
    seats: float | None


class View:
    """Look-ups over a scenario for policy kinds: pure, and always in the order of the files.

    An *area* is the id of a place or the code of a country. A country reaches as far as its
    officers do: a place under another state's control (`controlled_by`) is in that state's area.

    Parameters
    ----------
    scenario : Scenario
        The world; it is never changed.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._place: dict[str, Place] = {place.id: place for place in scenario.places}
        self._checkpoint: dict[str, Checkpoint] = {c.id: c for c in scenario.checkpoints}
        self._posts = {checkpoint.post for checkpoint in scenario.checkpoints}
        self._legs = {leg.id: leg for leg in _legs(scenario)}
        self._border = {leg.id: self._border_of(leg) for leg in self._legs.values()}
        self.everyone: Ids = tuple(cohort.id for cohort in scenario.cohorts)

    # Names

    def areas(self, text: str) -> Ids:
        """Place ids and country codes named by the text of a policy's place.

        Raises
        ------
        NotFoundError
            (a LookupError) If the scenario has no such place, country or group; for a pair, which
            only kinds that speak of what lies between two sides can read.
        """
        return select_areas(self.scenario, text)

    def pair(self, text: str) -> tuple[Ids, Ids] | None:
        """The two sides of a place such as ``Georgia-Russia``; None if it is not a pair."""
        return pair(self.scenario, text)

    def places(self, text: str) -> Ids:
        """Ids of the places named, those of a country one by one; LookupError as in `areas`."""
        return self.places_in(self.areas(text))

    def places_in(self, areas: Iterable[str]) -> Ids:
        """Ids of the places that are, or lie in, one of the areas."""
        wanted = set(areas)
        return tuple(p for p in self._place if p in wanted or self.authority(p) in wanted)

    def cohorts(self, text: str) -> Ids:
        """Ids of the cohorts named by the text of a policy's applies_to.

        Raises
        ------
        NotFoundError
            (a LookupError) If the scenario has no such cohort, group, column or value.
        """
        return select_cohorts(self.scenario, text)

    def nationals(self, country: str) -> Ids:
        """Ids of the cohorts that are citizens of the country."""
        return tuple(c.id for c in self.scenario.cohorts if c.nationality == country)

    # Places and borders

    def is_country(self, area: str) -> bool:
        """Whether an area is a country and not a place."""
        return area in self.scenario.countries

    def place(self, place: str) -> Place:
        """The row of a place; LookupError if there is none."""
        return self._place[place]

    def authority(self, place: str) -> str:
        """Code of the country whose rules hold at a place."""
        row = self._place[place]
        return row.controlled_by or row.country

    def leg(self, link: str) -> Leg:
        """Where a link leads and what it passes; LookupError if there is none."""
        return self._legs[link]

    def border(self, link: str) -> tuple[str, str] | None:
        """Country left and country entered on a link, or None if it crosses no border.

        The officers on the way tell: the exit checkpoint the country left, the entry checkpoint
        the country entered. Where one of them is missing, the end of the link stands in for it; a
        side that is then the same country as the other is an empty code. A link that passes no
        officers crosses a border if its ends are under two countries, unless one end is a post
        with checkpoints: then it is only the way to or from the crossing.
        """
        return self._border[link]

    def _border_of(self, leg: Leg) -> tuple[str, str] | None:
        left, entered = self.authority(leg.tail), self.authority(leg.head)
        if leg.exit is None and leg.entry is None:
            to_post = any(
                end in self._posts and self._place[end].type == "post"
                for end in (leg.tail, leg.head)
            )
            return None if left == entered or to_post else (left, entered)
        if leg.exit is not None:
            left = self._checkpoint[leg.exit].country
        if leg.entry is not None:
            entered = self._checkpoint[leg.entry].country
        if left == entered and leg.exit is None:
            left = ""
        elif left == entered and leg.entry is None:
            entered = ""
        return None if left == entered else (left, entered)

    # Links

    def links_into(self, areas: Iterable[str]) -> Ids:
        """Links that cross the border into one of the countries, or end at one of the places."""
        wanted = set(areas)
        return tuple(link for link, leg in self._legs.items() if self._ends_in(leg, wanted))

    def links_out_of(self, areas: Iterable[str]) -> Ids:
        """Links that cross the border out of one of the countries, or begin at a place named."""
        wanted = set(areas)
        return tuple(link for link, leg in self._legs.items() if self._begins_in(leg, wanted))

    def _begins_in(self, leg: Leg, areas: set[str]) -> bool:
        border = self._border[leg.id]
        return leg.tail in areas or (border is not None and border[0] in areas)

    def _ends_in(self, leg: Leg, areas: set[str]) -> bool:
        border = self._border[leg.id]
        return leg.head in areas or (border is not None and border[1] in areas)

    def links_between(self, one: Iterable[str], other: Iterable[str]) -> Ids:
        """Links from an area of one side to an area of the other, in either direction."""
        a, b = set(one), set(other)
        return tuple(
            link
            for link, leg in self._legs.items()
            if (self._begins_in(leg, a) and self._ends_in(leg, b))
            or (self._begins_in(leg, b) and self._ends_in(leg, a))
        )

    def links_at(self, places: Iterable[str]) -> Ids:
        """Links that begin or end at one of the places or pass a checkpoint there."""
        wanted = set(places)
        return tuple(
            link
            for link, leg in self._legs.items()
            if leg.tail in wanted or leg.head in wanted or self._posts_of(leg) & wanted
        )

    def _posts_of(self, leg: Leg) -> set[str]:
        passed = (leg.exit, leg.entry)
        return {self._checkpoint[name].post for name in passed if name is not None}

    def border_links(self, areas: Iterable[str]) -> Ids:
        """Links across the border of one of the countries, or across any border at a place."""
        wanted = set(areas)
        at = set(self.links_at(a for a in wanted if not self.is_country(a)))
        return tuple(
            link
            for link, border in self._border.items()
            if border is not None and (link in at or wanted & set(border))
        )

    def links_of_mode(self, wanted: Iterable[str]) -> Ids:
        """Links of one of the modes."""
        chosen = set(wanted)
        return tuple(link for link, leg in self._legs.items() if leg.mode in chosen)

    def links_on_foot(self) -> Ids:
        """Links of the modes that wait in the lane for people on foot and need no seat."""
        return self.links_of_mode(
            name
            for name, mode in modes().items()
            if mode.queue_class == "foot" and not mode.scheduled_allowed
        )

    def links_through(self, checkpoints: Iterable[str]) -> Ids:
        """Links that pass one of the checkpoints."""
        wanted = set(checkpoints)
        return tuple(link for link, leg in self._legs.items() if wanted & {leg.exit, leg.entry})

    # Checkpoints

    def checkpoints_at(self, areas: Iterable[str], side: str | None = None) -> Ids:
        """Checkpoints at one of the places or worked by officers of one of the countries.

        `side` is ``exit``, ``entry`` or None for both.
        """
        wanted = set(areas)
        return tuple(
            name
            for name, row in self._checkpoint.items()
            if (row.post in wanted or row.country in wanted) and side in (None, row.side)
        )

    def exit_side(self, areas: Iterable[str]) -> Ids:
        """Exit checkpoints at which a rule on leaving is applied.

        Of a country: those of its officers. Of a place: those of the countries that people leave
        (`origin_countries`), and if it has none, every exit checkpoint there; at a land post this
        keeps the neighbour's officers, who see people off in the other direction, out of it.
        """
        return self._applied(areas, "exit", leaving=True)

    def entry_side(self, areas: Iterable[str]) -> Ids:
        """Entry checkpoints at which a rule on entering is applied.

        Of a country: those of its officers. Of a place: those of the countries that people flee
        to, and if it has none, every entry checkpoint there.
        """
        return self._applied(areas, "entry", leaving=False)

    def _applied(self, areas: Iterable[str], side: str, *, leaving: bool) -> Ids:
        """Checkpoints of one side, at places those of countries that people leave, or flee to."""
        origins = self.scenario.origin_countries
        chosen: set[str] = set()
        for area in areas:
            here = self.checkpoints_at([area], side)
            if not self.is_country(area):
                own = (c for c in here if (self._checkpoint[c].country in origins) == leaving)
                here = tuple(own) or here
            chosen.update(here)
        return tuple(name for name in self._checkpoint if name in chosen)

    def foreigners(
        self, checkpoints: Iterable[str], cohorts: Iterable[str]
    ) -> list[tuple[Ids, Ids]]:
        """Checkpoints of each country, with those of the cohorts who are not its citizens.

        Countries that nobody is left for do not come at all.
        """
        worked: dict[str, list[str]] = {}
        for name in checkpoints:
            worked.setdefault(self._checkpoint[name].country, []).append(name)
        return self._with_others(worked, cohorts)

    def _with_others(
        self, of_country: dict[str, list[str]], cohorts: Iterable[str]
    ) -> list[tuple[Ids, Ids]]:
        """What is of each country, with those of the cohorts who are not its citizens."""
        cohorts = tuple(cohorts)
        pairs = []
        for country, names in sorted(of_country.items()):
            own = set(self.nationals(country))
            others = tuple(cohort for cohort in cohorts if cohort not in own)
            if others:
                pairs.append((tuple(names), others))
        return pairs

    # Travellers on links

    def newcomers(self, links: Iterable[str], cohorts: Iterable[str]) -> list[tuple[Ids, Ids]]:
        """Links into a country, each time with those of the cohorts who are not its citizens.

        Rules on the entry of others do not bar a citizen from coming home. Links that enter the
        same country come together; countries that nobody is left for do not come at all.
        """
        entering: dict[str, list[str]] = {}
        for link in links:
            border = self._border[link]
            if border is not None:
                entering.setdefault(border[1], []).append(link)
        return self._with_others(entering, cohorts)


def _legs(scenario: Scenario) -> list[Leg]:
    """Every link, each followed by the one that `two_way` adds."""
    legs = []
    for link in scenario.links:
        legs.append(
            Leg(
                link.id,
                link.from_,
                link.to,
                link.mode,
                link.exit_checkpoint or None,
                link.entry_checkpoint or None,
                link.seats_day,
            )
        )
        if link.two_way:
            legs.append(Leg(f"{link.id}-back", link.to, link.from_, link.mode, None, None, None))
    return legs
