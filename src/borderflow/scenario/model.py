"""A situation as a person can describe it: frozen rows of plain data, one class per kind.

Attributes, units and defaults are those of `fields.csv` (a test compares them); only the link's
`from` is called `from_`. Times of day are minutes after midnight, days of the week 1 (Monday) to 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from borderflow.scenario.fields import FILES


@dataclass(frozen=True, slots=True)
class Where:
    """Where a row was read, and as what, so that it can be written back as it stood.

    Parameters
    ----------
    file : str
        File name within the folder; empty for a row made in code.
    row : int
        Line on which the row begins; the header is line 1.
    columns, cells : tuple of str
        The file's columns and this row's cells.
    text : str
        The lines of the row as they stood, line ends included.
    """

    file: str = ""
    row: int = 0
    columns: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    text: str = ""


NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class Layout:
    """How one file of a scenario is laid out; no part of what the scenario says.

    Parameters
    ----------
    columns : tuple of str
        Columns in the order of the file.
    header : str
        The lines up to and with the header as they stood (the whole text of scenario.toml).
    tail : str
        What follows the last row.
    newline : str
        Line end of the file.
    bom : bool
        Whether the file begins with a byte order mark.
    """

    columns: tuple[str, ...]
    header: str
    tail: str = ""
    newline: str = "\n"
    bom: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of one file: something that somebody stated about the situation."""

    id: str
    where: Where = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Row):
    """A settlement, hub, border crossing point, camp or destination."""

    name: str
    aliases: tuple[str, ...] = ()
    country: str
    controlled_by: str | None = None
    type: str
    lat: float
    lon: float
    timezone: str | None = None
    population: int = 0
    attraction: float | None = None
    nest: str = ""
    contiguous: bool = False
    visa_free_days: float = 0.0
    language: float = 0.0
    diaspora: int = 0
    price_level: float = 1.0
    capacity: int | None = None
    present: int = 0
    known_from: date | None = None
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Row):
    """A way from one place to another by one mode of travel."""

    from_: str
    to: str
    mode: str
    two_way: bool = False
    distance_km: float | None = None
    hours: float | None = None
    fare: float | None = None
    exit_checkpoint: str | None = None
    entry_checkpoint: str | None = None
    documents: tuple[str, ...] = ()
    permitted: bool = True
    seats_day: int | None = None
    departures: tuple[int, ...] = ()
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    reserved_share: float = 0.0
    fixed_fare: bool = False
    known_from: date | None = None
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Row):
    """The officers on one side of a border crossing point or at an airport: a server."""

    name: str
    post: str
    side: str
    country: str
    rate_hour: float | None = None
    size: str = "medium"
    hours: tuple[tuple[int, int], ...] = ((0, 1440),)
    room: float | None = None
    share_car: float = 1.0
    share_bus: float = 0.0
    share_foot: float = 0.0
    share_lorry: float = 0.0
    flexible: bool = True
    known_from: date | None = None
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort(Row):
    """People who face the same rules and have the same means."""

    name: str
    group: str
    nationality: str
    document: str
    liable: bool = False
    size: int = 1
    share: float = 0.0
    ordinary: bool = False
    stays: bool = True
    car: bool = False
    vehicle: str = "any"
    value_of_time: float
    budget: float | None = None
    leave_per_day: float = 0.0
    return_per_day: float = 0.0
    onward_per_day: float = 0.0
    patience_hours: float = 48.0
    left_behind: str | None = None
    left_behind_share: float = 0.0
    follow_per_day: float = 0.0
    known_from: date | None = None
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic(Row):
    """Ordinary travel of one cohort on one border link."""

    cohort: str
    link: str
    per_day: float
    weekday: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    known_from: date | None = None
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver(Row):
    """A part of something that makes people leave: the shock, a rumour, fear of a closure."""

    driver: str
    place: str = "all"
    applies_to: str = "all"
    shape: str = "constant"
    valid_from: datetime
    valid_until: datetime | None = None
    value: float = 1.0
    rise_hours: float = 0.0
    half_life_days: float | None = None
    parameter: str
    policy: str | None = None
    announced: date | None = None
    known_from: date
    until_known_from: date | None = None
    assumed: bool = False
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Row):
    """A dated rule or statement."""

    place: str
    kind: str
    applies_to: str = "all"
    announced: date | None = None
    known_from: date
    valid_from: date
    valid_until: date | None = None
    until_known_from: date | None = None
    status: str = "in force"
    detail: str = ""
    source_url: str = ""
    confidence: str = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Row):
    """A number that somebody published about a window of days (both ends included)."""

    date_start: date
    date_end: date
    place: str
    quantity: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str
    scope: str = ""
    publisher: str = ""
    source_url: str = ""
    published_date: str = ""
    known_from: date
    derived_from: str = ""
    quote_or_paraphrase: str = ""
    confidence: str = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Row):
    """What the scenario makes of one report: a comparison, a driver, a prior, or nothing."""

    report: str
    role: str
    of: str = ""
    reason: str = ""
    known_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect(Row):
    """How likely something announced or rumoured is to become a rule, and when."""

    policy: str
    chance: float
    low: float
    high: float
    earliest: date
    latest: date
    becomes: str | None = None
    known_from: date
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Row):
    """What was believed about a number beforehand, and why."""

    quantity: str
    applies_to: str = ""
    distribution: str = "lognormal"
    median: float
    low: float | None = None
    high: float | None = None
    assumed: bool = True
    reason: str
    known_from: date | None = None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Row):
    """A name that policies, drivers or reports use for several places or cohorts."""

    what: str
    selector: str
    known_from: date | None = None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Row):
    """Where numbers and rules come from."""

    title: str
    publisher: str
    url: str = ""
    date: str = ""
    licence: str = ""
    note: str = ""


class Countries(Mapping[str, str]):
    """Names of countries by their codes: a mapping that cannot change and has a hash."""

    __slots__ = ("_names",)

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._names = dict(names or {})

    def __getitem__(self, code: str) -> str:
        return self._names[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __hash__(self) -> int:
        return hash(frozenset(self._names.items()))

    def __repr__(self) -> str:
        return f"Countries({self._names!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A sourced, dated description of a situation: where people are, how they can leave, who rules.

    Days are local days of `timezone`; `start` and `end` are both shown. Rows stand in the order of
    their files. Two scenarios that say the same are equal, however their files are laid out.

    Examples
    --------
    >>> from borderflow.scenario import read
    >>> scenario, findings = read("no/such/folder")
    >>> scenario is None, findings[0].message
    (True, 'there is no such folder')
    """

    id: str
    name: str
    description: str
    start: date
    end: date
    step_hours: float = 3.0
    warmup_days: int = 4
    news_hours: float = 6.0
    booking_days: int = 21
    timezone: str
    nationality: str
    origin_countries: tuple[str, ...]
    currency: str
    countries: Mapping[str, str] = field(default_factory=Countries)
    places: tuple[Place, ...] = ()
    links: tuple[Link, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    drivers: tuple[Driver, ...] = ()
    policies: tuple[Policy, ...] = ()
    reports: tuple[Report, ...] = ()
    uses: tuple[Use, ...] = ()
    prospects: tuple[Prospect, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    groups: tuple[Group, ...] = ()
    sources: tuple[Source, ...] = ()
    layout: Mapping[str, Layout] = field(default_factory=dict, compare=False, repr=False)
    _memo: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.countries, Countries):
            object.__setattr__(self, "countries", Countries(self.countries))

    def rows(self, kind: str) -> tuple[Row, ...]:
        """Give the rows of a kind (`place`, `link` ...) in file order; KeyError if unknown."""
        rows: tuple[Row, ...] = getattr(self, attribute(kind))
        return rows

    def by_id(self, kind: str) -> Mapping[str, Row]:
        """Give the rows of a kind by id; KeyError if there is no such kind."""
        if kind not in self._memo:
            self._memo[kind] = {row.id: row for row in self.rows(kind)}
        found: Mapping[str, Row] = self._memo[kind]
        return found

    def place(self, name: str) -> Place:
        """Give a place by id; KeyError if there is none."""
        return self.by_id("place")[name]  # type: ignore[return-value]

    def link(self, name: str) -> Link:
        """Give a link by id (not the one that `two_way` adds); KeyError if there is none."""
        return self.by_id("link")[name]  # type: ignore[return-value]

    def checkpoint(self, name: str) -> Checkpoint:
        """Give a checkpoint by id; KeyError if there is none."""
        return self.by_id("checkpoint")[name]  # type: ignore[return-value]

    def cohort(self, name: str) -> Cohort:
        """Give a cohort by id; KeyError if there is none."""
        return self.by_id("cohort")[name]  # type: ignore[return-value]

    def policy(self, name: str) -> Policy:
        """Give a policy by id; KeyError if there is none."""
        return self.by_id("policy")[name]  # type: ignore[return-value]

    def known_from(self, row: Row) -> date:
        """Day on which a row became known: its own, or the start of the scenario where blank."""
        return getattr(row, "known_from", None) or self.start

    @property
    def hash(self) -> str:
        """SHA-256 over the scenario as it is written canonically, whatever its files look like."""
        if "hash" not in self._memo:
            from borderflow.scenario.write import digest

            self._memo["hash"] = digest(self)
        found: str = self._memo["hash"]
        return found


CLASSES: dict[str, type[Row]] = {
    "place": Place,
    "link": Link,
    "checkpoint": Checkpoint,
    "cohort": Cohort,
    "traffic": Traffic,
    "driver": Driver,
    "policy": Policy,
    "report": Report,
    "use": Use,
    "prospect": Prospect,
    "parameter": Parameter,
    "group": Group,
    "source": Source,
}
"""The class of each kind of row."""


def attribute(kind: str) -> str:
    """Name the attribute of a scenario that holds the rows of a kind.

    Examples
    --------
    >>> attribute("policy")
    'policies'
    """
    return FILES[kind].removesuffix(".csv")


def file_of(row: Row) -> str:
    """Name the file that rows of this sort stand in."""
    return row.where.file or FILES[KIND_OF[type(row)]]


KIND_OF: dict[type[Row], str] = {cls: kind for kind, cls in CLASSES.items()}
"""The kind of each class of row."""
