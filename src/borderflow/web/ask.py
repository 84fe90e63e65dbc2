"""What can be asked of a run: switch rules, move their dates, add rules and reports."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MOST_MEMBERS = 400
"""Members that a what-if may have."""

Id = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=500)]
Size = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1e9)]


class Strict(BaseModel):
    """Data from outside: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Moved(Strict):
    """A policy with other days: first day in force, and first day no longer."""

    id: Id
    valid_from: date = Field(alias="from")
    valid_until: date | None = Field(None, alias="until")


class AddedRule(Strict):
    """A rule that the scenario does not have; which fields it needs depends on its kind."""

    kind: Literal[
        "lanes", "hours", "staff", "foot_allowed", "bus", "train", "documents", "open", "close"
    ]
    at: Id
    valid_from: date = Field(alias="from")
    valid_until: date | None = Field(None, alias="until")
    factor: Annotated[float, Field(ge=0.05, le=20)] | None = None
    seats_day: Annotated[int, Field(ge=1, le=50_000)] | None = None
    open: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    close: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")] | None = None
    document: Id | None = None


class AddedReport(Strict):
    """A number that somebody heard about some days: members count by how likely it is there."""

    place: Id
    quantity: Id
    value: Size
    unit: Id
    start: date
    end: date | None = None
    source: Text


class WhatIf(Strict):
    """What is asked of a run; at least one change or report."""

    run: Id
    members: Annotated[int, Field(ge=2, le=MOST_MEMBERS)] = 50
    without: Annotated[list[Id], Field(max_length=100)] = []
    moved: Annotated[list[Moved], Field(max_length=100)] = []
    added: Annotated[list[AddedRule], Field(max_length=20)] = []
    reports: Annotated[list[AddedReport], Field(max_length=20)] = []

    @property
    def alone(self) -> bool:
        """Whether it adds reports and changes no rule."""
        return bool(self.reports) and not (self.without or self.moved or self.added)


class More(Strict):
    """How many members a run is to have in all."""

    members: Annotated[int, Field(ge=2, le=MOST_MEMBERS)]
