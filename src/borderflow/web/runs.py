"""A run as the server keeps it: its members, found once whoever asks for them, and its view."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from borderflow import api
from borderflow.compile import Compiled
from borderflow.ensemble import MemberResult
from borderflow.results import Results
from borderflow.results.quantiles import ROUGH_BELOW
from borderflow.scenario import Scenario
from borderflow.web.branch import Base, Room
from borderflow.web.jobs import gathered
from borderflow.web.view import View, compact, view
from borderflow.web.weighing import Weighing

PATIENCE = 0.1
"""Seconds between two looks at whether a member is there that somebody else simulates."""


@dataclass
class Run:
    """One run: what the page shows of it, and the members it was made from, where there are any.

    Attributes
    ----------
    id, name, kind : str
        What it is called; ``run``, ``forecast`` or ``what_if``.
    scenario : Scenario or None
        What members are simulated from; None where only a kept view is there.
    as_of : date or None
        Last day whose facts are used.
    seed : int
        Seed.
    wanted : int
        Members that it is to have.
    folder : Path or None
        Where it was kept.
    """

    id: str
    name: str
    kind: str
    scenario: Scenario | None
    as_of: date | None
    seed: int
    wanted: int
    folder: Path | None = None
    changes: dict[str, list[str]] = field(default_factory=dict)
    compiled: Compiled | None = None
    base: Base | None = None
    """Its members as they stood at a few steps, where others may go on from there."""
    found: dict[int, MemberResult] = field(default_factory=dict)
    members: int = 0
    body: bytes | None = None
    """The view as JSON."""
    job: str | None = None
    asked: str = ""
    """What was asked of which run, where this is the answer."""
    heard: int = 0
    """Added reports by which its members are weighed."""
    goal: int = 0
    """Members that the job which simulates it goes on to; more may be asked for meanwhile."""
    growing: bool = False
    """Whether such a job is at work and can still be given more to do."""
    users: int = 0
    """Jobs that work on its members."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: dict[int, threading.Event] = field(default_factory=dict, repr=False)
    _members: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def arrays(self, like: Compiled | None = None) -> Compiled:
        """The scenario as arrays, compiled once.

        Parameters
        ----------
        like : Compiled, optional
            The same scenario under other rules.
        """
        with self.lock:
            if self.compiled is None:
                assert self.scenario is not None
                self.compiled = api.compile_known(self.scenario, self.as_of, like)
            return self.compiled

    def keeping(self, room: Room) -> Base:
        """What runs its members and keeps them, made once.

        Parameters
        ----------
        room : Room
            Where they are kept.
        """
        compiled = self.arrays()
        with self.lock:
            if self.base is None:
                self.base = Base(compiled, self.seed, room)
            return self.base

    def member(
        self, number: int, simulate: Callable[[int], MemberResult], check: Callable[[], None]
    ) -> MemberResult:
        """A member, simulated by who asks for it first; who asks meanwhile waits for that.

        Parameters
        ----------
        number : int
            Number of the member.
        simulate : callable
            Runs it.
        check : callable
            Called while waiting; raises where the job that waits is to end.
        """
        while True:
            with self._members:
                if number in self.found:
                    return self.found[number]
                going = self._begun.get(number)
                if going is None:
                    own = self._begun[number] = threading.Event()
                    break
            going.wait(PATIENCE)
            check()
        try:
            result = simulate(number)
            with self._members:
                self.found[number] = result
            return result
        finally:
            with self._members:
                del self._begun[number]
            own.set()

    @property
    def alive(self) -> bool:
        """Whether its members are kept, or being simulated."""
        return bool(self.found or self.users)

    def have(self, wanted: int) -> int:
        """How many of the first members are there."""
        return sum(number < wanted for number in list(self.found))

    def results(self, numbers: Sequence[int] | None = None) -> Results:
        """The members so far, or those of some numbers."""
        chosen = [self.found[n] for n in (sorted(self.found) if numbers is None else numbers)]
        return Results(gathered(self.arrays(), self.seed, chosen))

    def show(self) -> None:
        """Make the view from the members so far."""
        results = self.results()
        self.body = compact(self._seen(results)).encode()
        self.members = results.members

    def show_weighed(self, of: Run, weighing: Weighing) -> None:
        """Make the view from the members of another run that count after some reports.

        Parameters
        ----------
        of : Run
            The run whose members they are.
        weighing : Weighing
            How much each of them counts.
        """
        seen = self._seen(of.results(weighing.chosen))
        self.members = seen["head"]["members"] = round(weighing.effective)
        self.heard = seen["head"]["heard"] = weighing.reports
        seen["head"]["rough"] = weighing.effective < ROUGH_BELOW
        self.body = compact(seen).encode()

    def _seen(self, results: Results) -> View:
        without, added = (self.changes.get(name, []) for name in ("without", "with"))
        return view(results, kind=self.kind, without=without, added=added)

    def item(self) -> dict[str, Any]:
        """The run as the list of runs gives it."""
        return {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "scenario": "" if self.scenario is None else self.scenario.id,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "seed": self.seed,
            "members": self.members,
            "wanted": self.wanted,
            "heard": self.heard,
            "ready": self.body is not None,
            "job": self.job,
            "can_ask": self.scenario is not None and self.kind != "what_if",
        }
