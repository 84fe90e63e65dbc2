"""The runs that a server shows, and the work it does on them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from borderflow import api
from borderflow.comparison import Comparison
from borderflow.compile import Compiled
from borderflow.ensemble import MemberResult
from borderflow.results import Results
from borderflow.runfolder import MANIFEST
from borderflow.scenario import Finding, Scenario
from borderflow.scenario.edit import until
from borderflow.scenario.edit import without as leave_out
from borderflow.scenario.finding import nearest
from borderflow.web import rules
from borderflow.web.ask import WhatIf
from borderflow.web.branch import Base, Branch, Room
from borderflow.web.difference import difference
from borderflow.web.jobs import Arm, Job, Jobs, gathered, members
from borderflow.web.report import read_view
from borderflow.web.view import compact, view

FIRST = 5
"""Members of the first estimate."""

KEPT_RUNS = 12
"""What-ifs whose views are kept; the oldest make room."""

KEPT_MEMBERS = 2
"""What-ifs whose members are kept, so that more can be added."""


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
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arrays(self) -> Compiled:
        """The scenario as arrays, compiled once."""
        with self.lock:
            if self.compiled is None:
                assert self.scenario is not None
                self.compiled = api.compile_known(self.scenario, self.as_of)
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

    def results(self, numbers: Sequence[int] | None = None) -> Results:
        """The members so far, or those of some numbers."""
        chosen = [self.found[n] for n in (sorted(self.found) if numbers is None else numbers)]
        return Results(gathered(self.arrays(), self.seed, chosen))

    def show(self) -> None:
        """Make the view from the members so far."""
        results = self.results()
        seen = view(
            results,
            kind=self.kind,
            without=self.changes.get("without", []),
            added=self.changes.get("with", []),
        )
        self.body = compact(seen).encode()
        self.members = results.members

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
            "ready": self.body is not None,
            "job": self.job,
            "can_ask": self.scenario is not None and self.kind != "what_if",
        }


class Store:
    """The runs and jobs of a server.

    Parameters
    ----------
    threads : int, optional
        Threads of each job; as many as there are processors by default.
    """

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads
        self.room = Room()
        self.runs: dict[str, Run] = {}
        self.jobs = Jobs()
        self._ids = itertools.count(1)

    def add(self, what: str, wanted: int, seed: int, as_of: str | None) -> Run:
        """Take a scenario or the folder of a run.

        Parameters
        ----------
        what : str
            Name of a shipped scenario, or a folder.
        wanted, seed, as_of : optional
            Of the members that are simulated, where there are none yet.

        Raises
        ------
        ScenarioError
            If it is neither, or cannot be run.
        """
        if what not in api.scenarios() and (Path(what) / MANIFEST).is_file():
            return self._kept(Path(what))
        scenario = api.load(what)
        day = api.known_until(scenario, as_of)
        run = Run(self._name(), scenario.name, "run", scenario, day, seed, wanted)
        self.runs[run.id] = run
        return run

    def _name(self) -> str:
        return f"r{next(self._ids)}"

    def _kept(self, folder: Path) -> Run:
        seen = read_view(folder)
        head = seen["head"]
        as_of = None if head["as_of"] is None else date.fromisoformat(head["as_of"])
        run = Run(
            self._name(), head["name"], head["kind"], None, as_of, head["seed"], head["members"],
            folder=folder, members=head["members"], body=compact(seen).encode(),
        )  # fmt: skip
        # Where the same scenario is at hand, its members can be simulated again and asked about.
        if head["kind"] == "run" and not head["without"] and not head["with"]:
            name = head["scenario"]
            scenario = api.load(name) if name in api.scenarios() else None
            if scenario is not None and (as_of is None or as_of >= scenario.start):
                known = scenario if as_of is None else until(scenario, as_of)
                if known.hash == head["scenario_hash"]:
                    run.scenario = scenario
        self.runs[run.id] = run
        return run

    def begin(self, run: Run) -> None:
        """Simulate the members that a run is to have, unless that is being done.

        Parameters
        ----------
        run : Run
            The run.

        Raises
        ------
        BusyError
            If there are too many jobs.
        """
        if run.job is None and run.body is None and run.kind != "what_if":
            self.simulate(run, run.wanted)

    def simulate(self, run: Run, wanted: int) -> Job:
        """Simulate members of a run in a job; a first estimate is there after a few.

        Parameters
        ----------
        run : Run
            The run.
        wanted : int
            Members in all.

        Raises
        ------
        BusyError
            If there are too many jobs.
        """

        def work(job: Job) -> None:
            job.at("preparing", 0, wanted)
            base = run.keeping(self.room)
            todo = [n for n in range(wanted) if n not in run.found]
            job.at("base", len(run.found), wanted)
            for done in self._members(job, [(n, [(run.id, base.run)]) for n in todo], run):
                job.at("base", len(run.found), wanted)
                if done == FIRST and run.body is None and done < len(todo):
                    run.show()
                    job.estimate, job.result = run.members, run.id
                    job.say("estimate", {"run": run.id, "members": run.members})
            job.at("summarising", wanted, wanted)
            run.show()
            run.wanted = max(run.wanted, wanted)
            job.estimate, job.result = run.members, run.id
            job.newest = {"run": run.id, "members": run.members}

        def ending(job: Job) -> None:
            try:
                work(job)
            finally:
                run.job = None

        job = self.jobs.start(run.id, ending, lasting=run.kind != "what_if")
        run.job = job.id if job.status == "running" else None
        return job

    def _members(
        self, job: Job, tasks: Sequence[tuple[int, Sequence[Arm]]], *owners: Run
    ) -> Iterator[int]:
        """Simulate members and keep what they found; yields how many are done."""
        found = {run.id: run.found for run in owners}
        total = sum(len(arms) for _, arms in tasks)
        failed: list[str] = []
        every = members(job, tasks, self.threads)
        for done, (name, number, result) in enumerate(every, start=1):
            if isinstance(result, str):
                failed.append(f"member {number}: {result}")
                if len(failed) > total // 10:
                    raise ArithmeticError("; ".join(failed[:3]))
            else:
                found[name][number] = result
            yield done

    # What if

    def changed(self, run: Run, asked: WhatIf) -> tuple[Scenario, dict[str, list[str]]]:
        """The scenario of a run with what was asked.

        Parameters
        ----------
        run : Run
            The run.
        asked : WhatIf
            What was asked.

        Returns
        -------
        (Scenario, dict)
            The changed scenario, and ids of the policies that went (`without`) and of those that
            are new or have other days (`with`).

        Raises
        ------
        ScenarioError
            If it cannot be done.
        """
        scenario = run.scenario
        assert scenario is not None
        wrong: list[Finding] = []
        known = scenario.by_id("policy")
        for number, name in enumerate(asked.without):
            if name not in known:
                near = nearest(name, known)
                message = "the scenario has no such policy"
                wrong.append(_finding(f"without.{number}", name, message, near))
        for name in rules.too_recent(scenario, asked, date.today()):
            message = "a rule on leaving can be switched 30 days after the last day of the scenario"
            wrong.append(_finding("without", name, message))
        if not (asked.without or asked.moved or asked.added or asked.reports):
            wrong.append(_finding("without", None, "say what is to be changed"))
        if wrong:
            raise api.ScenarioError(wrong)
        try:
            other = rules.put(leave_out(scenario, *dict.fromkeys(asked.without)), asked)
        except rules.CannotError as error:
            raise api.ScenarioError(
                [_finding(error.field, error.read, str(error), error.near)]
            ) from error
        found = [row for row in api.check(other) if row.level == "error"]
        if found:
            raise api.ScenarioError(found)
        after = other.by_id("policy")
        return other, {
            "without": [name for name in known if name not in after],
            "with": [name for name, row in after.items() if known.get(name) != row],
        }

    def ask(self, run: Run, asked: WhatIf) -> Job:
        """Run the same members under other rules in a job.

        Parameters
        ----------
        run : Run
            The run.
        asked : WhatIf
            What is asked of it.

        Raises
        ------
        ScenarioError
            If it cannot be done.
        BusyError
            If there are too many jobs.
        """
        scenario, changes = self.changed(run, asked)
        key = asked.model_dump_json(exclude={"members", "reports"})
        other = next((row for row in self.runs.values() if row.asked == key and row.found), None)
        if other is None:
            other = Run(
                self._name(), run.name, "what_if", scenario, run.as_of, run.seed, asked.members,
                changes=changes, asked=key,
            )  # fmt: skip
        variant = other

        def work(job: Job) -> None:
            wanted = asked.members
            job.at("preparing", 0, wanted)
            other = variant
            self.runs[other.id] = other
            base = run.keeping(self.room)
            branch = Branch(base, other.arrays())
            arms: tuple[tuple[Run, Arm], ...] = (
                (run, (run.id, base.run)),
                (other, (other.id, branch.run)),
            )
            tasks = [
                (number, [arm for owner, arm in arms if number not in owner.found])
                for number in range(wanted)
            ]

            def estimate() -> None:
                both = sorted(n for n in set(run.found) & set(other.found) if n < wanted)
                if not both:
                    raise ArithmeticError("no member ran to the end under both sets of rules")
                pair = Comparison(run.results(both), other.results(both))
                other.show()
                job.estimate, job.result = len(both), other.id
                job.newest = difference(pair, asked, run.id, other.id)

            told = False
            for _ in self._members(job, tasks, run, other):
                done = sum(n in run.found for n in other.found)
                job.at("variant", done, wanted)
                if done >= FIRST and not told and done < wanted:
                    told = True
                    estimate()
                    job.say("estimate", job.newest)
            job.at("summarising", wanted, wanted)
            estimate()

        def ending(job: Job) -> None:
            try:
                work(job)
            finally:
                self._make_room()

        return self.jobs.start(run.id, ending)

    def _make_room(self) -> None:
        answers = [run for run in self.runs.values() if run.kind == "what_if"]
        for run in [run for run in answers if run.body is None]:
            self.runs.pop(run.id, None)
        for run in answers[:-KEPT_MEMBERS]:
            run.found, run.compiled = {}, None
        for run in answers[:-KEPT_RUNS]:
            self.runs.pop(run.id, None)

    def files(self, run: Run, folder: Path) -> None:
        """Write a run into a folder, as ``run --out`` does.

        Parameters
        ----------
        run : Run
            The run; it has members.
        folder : Path
            An empty folder.
        """
        from borderflow import output

        body = run.body or b"{}"
        text = {"view.json": ("what the page shows of the run", body.decode())}
        shown = run.results(sorted(run.found)[: run.members])
        output.write(shown, folder, changes=dict(run.changes), beside=text)


def _finding(column: str, read: object, message: str, near: str | None = None) -> Finding:
    text = None if read is None else str(read)
    return Finding("error", "usage", "request", None, column, text, near, message)
