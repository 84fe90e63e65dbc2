"""Names of what the arrays hold: the way back from positions to words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np


@dataclass(frozen=True)
class Group:
    """A group of cohorts under which results are published.

    `subject`: citizens of the country whose crossings the reports count. `ordinary`: travellers
    who would have travelled anyway.
    """

    name: str
    ordinary: bool
    subject: bool


@dataclass(frozen=True)
class Crossing:
    """One post or airport, passed from one country into another."""

    id: str
    name: str
    place: str
    origin: str
    destination: str


@dataclass(frozen=True)
class Destination:
    """A place that people travel to as an end."""

    place: str
    name: str
    country: str


@dataclass(frozen=True)
class Labels:
    """Ids and names along every axis of the results, in the order of the arrays.

    Attributes
    ----------
    places, links, checkpoints, cohorts, origins, scheduled : tuple of str
        Ids along P, L, S, C, O and F.
    destinations, groups, crossings : tuple
        Along D, G and X.
    countries : tuple of str
        ISO codes along Z.
    days : tuple of date
        Shown local days, along Y.
    step_start : array [T], datetime64[m]
        Beginning of each step, UTC.
    shown : slice
        The steps of the shown days (scenario time) among all steps.
    """

    places: tuple[str, ...]
    links: tuple[str, ...]
    checkpoints: tuple[str, ...]
    cohorts: tuple[str, ...]
    origins: tuple[str, ...]
    scheduled: tuple[str, ...]
    destinations: tuple[Destination, ...]
    groups: tuple[Group, ...]
    crossings: tuple[Crossing, ...]
    countries: tuple[str, ...]
    days: tuple[date, ...]
    step_start: np.ndarray
    shown: slice

    def beginning(self, step: np.ndarray) -> np.ndarray:
        """When steps begin, UTC; also those beyond the end, in which flights that are sold leave.

        Parameters
        ----------
        step : array of int
            Their numbers.
        """
        alone = len(self.step_start) == 1
        width = np.timedelta64(1, "D") if alone else self.step_start[1] - self.step_start[0]
        return np.asarray(self.step_start[0] + step * width)
