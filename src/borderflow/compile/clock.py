"""Dates and time zones to steps: they live here and nowhere further in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from borderflow.scenario.model import Scenario


class Clock:
    """The steps of a scenario's run, unshown first days included.

    Step 0 begins at local midnight of the scenario's time zone, `warmup_days` before its start.

    Parameters
    ----------
    scenario : Scenario
        Gives the start, end, step length and time zone.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.zone = ZoneInfo(scenario.timezone)
        self.start: date = scenario.start
        self.days = (scenario.end - scenario.start).days + 1
        self.spd = round(24 / scenario.step_hours)
        self.step = timedelta(hours=24 / self.spd)
        self.first_day = scenario.start - timedelta(days=scenario.warmup_days)
        self.origin = datetime.combine(self.first_day, time(), self.zone).astimezone(UTC)
        self.steps = (self.days + scenario.warmup_days) * self.spd

    def at(self, moment: datetime) -> float:
        """Steps (with a fraction) from the beginning of the run to a moment with a time zone."""
        return (moment - self.origin) / self.step

    def local(self, moment: datetime) -> float:
        """Like `at`, for a local time of the scenario's zone."""
        return self.at(moment.replace(tzinfo=self.zone))

    def midnight(self, day: date, zone: str | None) -> int:
        """First step of a local day (the nearest, where midnight falls within a step).

        The result lies between 0 and the number of steps.
        """
        local = datetime.combine(day, time(), ZoneInfo(zone) if zone else self.zone)
        return int(min(max(round(self.at(local)), 0), self.steps))

    def window(self, start: date, end: date | None, zone: str | None) -> tuple[int, int]:
        """Steps of the local days from `start` until before `end` (None: to the end)."""
        last = self.steps if end is None else self.midnight(end, zone)
        return self.midnight(start, zone), last

    def starts(self) -> np.ndarray:
        """Beginning of each step, UTC, as datetime64[m]."""
        first = np.datetime64(self.origin.replace(tzinfo=None), "m")
        minutes = round(self.step / timedelta(minutes=1))
        return first + np.arange(self.steps) * np.timedelta64(minutes, "m")

    def dates(self, zone: str | None) -> list[date]:
        """Local day of the middle of each step."""
        return list(_dates(self.origin, self.step, self.steps, zone or self.zone.key))

    def day(self, step: int, zone: str | None) -> date:
        """Local day of the middle of a step, which may lie after the end."""
        middle = self.origin + (step + 0.5) * self.step
        return middle.astimezone(ZoneInfo(zone) if zone else self.zone).date()

    def shown(self, zone: str | None) -> np.ndarray:
        """Position of each step's local day among the shown days; -1 outside."""
        index = np.array([(day - self.start).days for day in self.dates(zone)], dtype=np.int32)
        index[(index < 0) | (index >= self.days)] = -1
        return index

    def open_share(self, hours: tuple[tuple[int, int], ...], zone: str | None) -> np.ndarray:
        """Share of each step of the day during which a local opening time holds.

        Zones are compared as they are at the scenario's start; a change of clocks in mid-run
        moves opening hours by that much.
        """
        tz = ZoneInfo(zone) if zone else self.zone
        moment = datetime.combine(self.start, time(12), tz)
        shift = moment.utcoffset() or timedelta()
        own = moment.astimezone(self.zone).utcoffset() or timedelta()
        offset = round((shift - own) / timedelta(minutes=1))
        is_open = np.zeros(1440)
        for begin, end in hours:
            if begin < end:
                is_open[begin:end] = 1
            else:
                is_open[begin:] = 1
                is_open[:end] = 1
        share: np.ndarray = np.roll(is_open, -offset).reshape(self.spd, -1).mean(axis=1)
        return share


@lru_cache(maxsize=256)
def _dates(origin: datetime, step: timedelta, steps: int, zone: str) -> tuple[date, ...]:
    """Local day of the middle of each step; kept, since many links share a zone."""
    tz = ZoneInfo(zone)
    return tuple((origin + i * step + step / 2).astimezone(tz).date() for i in range(steps))
