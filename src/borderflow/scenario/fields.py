"""The schema: what a scenario is made of, read once from `fields.csv`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from borderflow.scenario.cells import TYPES, CellError, CellType
from borderflow.scenario.finding import nearest

SCHEMA = Path(__file__).with_name("fields.csv")

FILES: dict[str, str] = {
    "place": "places.csv",
    "link": "links.csv",
    "checkpoint": "checkpoints.csv",
    "cohort": "cohorts.csv",
    "traffic": "traffic.csv",
    "driver": "drivers.csv",
    "policy": "policies.csv",
    "report": "reports.csv",
    "use": "uses.csv",
    "prospect": "prospects.csv",
    "parameter": "parameters.csv",
    "group": "groups.csv",
    "source": "sources.csv",
}
"""The CSV file of each kind, in the order in which a scenario holds them."""

SAYS: dict[str, str] = {
    "scenario": "What the scenario is called, its days, its clock, who leaves, and the currency.",
    "country": 'The countries by code, as a line CODE = "Name" for each.',
    "place": "Towns that people leave, posts, airports, stations, and where they may end up.",
    "link": "Ways from one place to another by one mode of travel, with time, fare and seats.",
    "checkpoint": "Officers on one side of a post, and how many people they pass an hour.",
    "cohort": "Groups of people with the same papers, means and readiness to leave.",
    "traffic": "Ordinary travel over the border, which stands in the same queues.",
    "driver": "What makes people leave more often than in ordinary times: the shock, a rumour.",
    "policy": "Rules and statements, each with a place, those concerned, and its days.",
    "report": "Numbers that somebody published, to be compared with what is simulated.",
    "use": "What is made of each report: compared, the source of a number, or nothing.",
    "prospect": "How likely something announced or rumoured is to become a rule; for forecasts.",
    "parameter": "Numbers that are not certain, each with a range and a reason.",
    "group": "Names for several places or cohorts, as rules and reports use them.",
    "source": "Where the rows come from; every row names one.",
}
"""What the rows of each kind say, in a sentence."""


@dataclass(frozen=True)
class Field:
    """One column of one kind of row: its type, unit, default and meaning.

    Examples
    --------
    >>> field = fields("cohort")["size"]
    >>> field.unit, field.default_value, field.parse("3")
    ('people', 1, 3)
    """

    kind: str
    attribute: str
    type: str
    unit: str
    default: str
    description: str

    @cached_property
    def name(self) -> str:
        """Name of the attribute in Python (`from` is a keyword there)."""
        return "from_" if self.attribute == "from" else self.attribute

    @cached_property
    def required(self) -> bool:
        """Whether every row must give it."""
        return self.default == "required"

    @cached_property
    def base(self) -> str:
        """The type without what stands in brackets."""
        return self.type.partition("(")[0]

    @cached_property
    def options(self) -> tuple[str, ...]:
        """What may be chosen (of a choice), or the kind referred to (of a ref)."""
        inside = self.type.partition("(")[2].removesuffix(")")
        return tuple(inside.split("|")) if inside else ()

    @cached_property
    def cell(self) -> CellType:
        """How its cells are read and written."""
        return TYPES[self.base]

    @cached_property
    def default_value(self) -> Any:
        """What a blank cell means; None or an empty text or tuple where there is no default."""
        if self.required or not self.default:
            return self.cell.blank
        return self.cell.parse(self.default)

    def parse(self, text: str) -> Any:
        """Read a cell.

        Raises
        ------
        CellError
            If it cannot be read, with the nearest valid value where there is one.
        """
        text = text.strip()
        if not text:
            if self.required:
                raise CellError("must not be blank")
            return self.default_value
        if self.base == "choice" and text not in self.options:
            listed = ", ".join(repr(option) for option in self.options)
            raise CellError(f"not one of {listed}", nearest(text, self.options))
        return self.cell.parse(text)

    def format(self, value: Any) -> str:
        """Write a value canonically; a blank where the value is what a blank means."""
        if value is None or value == self.cell.blank:
            return ""
        return self.cell.format(value)


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that `parameters.csv` may set, with the value it has otherwise."""

    id: str
    unit: str
    default: float
    description: str


@cache
def _schema() -> dict[str, dict[str, Field]]:
    schema: dict[str, dict[str, Field]] = {}
    with SCHEMA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            field = Field(**row)
            schema.setdefault(field.kind, {})[field.attribute] = field
    return schema


def kinds() -> tuple[str, ...]:
    """Name every kind in `fields.csv`, `scenario`, `country` and `quantity` included."""
    return tuple(_schema())


def fields(kind: str) -> Mapping[str, Field]:
    """Give the columns of a kind by the names that stand in its file, in order.

    Examples
    --------
    >>> list(fields("source"))
    ['id', 'title', 'publisher', 'url', 'date', 'licence', 'note']
    """
    return _schema()[kind]


@cache
def quantities() -> Mapping[str, Quantity]:
    """Give what parameters may set, by name.

    Examples
    --------
    >>> quantities()["persons_per_vehicle"].default
    2.2
    """
    return {
        name: Quantity(name, field.unit, float(field.default), field.description)
        for name, field in _schema()["quantity"].items()
    }
