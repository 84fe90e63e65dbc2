"""The runs that a server shows, and the work it does on them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from borderflow import loading
from borderflow.comparison import Comparison
from borderflow.ensemble import MemberResult
from borderflow.runfolder import MANIFEST
from borderflow.scenario.edit import until
from borderflow.web.ask import WhatIf
from borderflow.web.branch import Branch, Room
from borderflow.web.changes import changed
from borderflow.web.difference import Taught, difference
from borderflow.web.jobs import Arm, BusyError, Job, Jobs, members
from borderflow.web.report import read_view
from borderflow.web.runs import Run
from borderflow.web.view import compact
from borderflow.web.weighing import Weighing, weigh

FIRST = 5
"""Members of the first estimate."""

KEPT_RUNS = 12
"""What-ifs whose views are kept; the oldest make room."""

KEPT_MEMBERS = 2
"""What-ifs whose members are kept, so that more can be added."""


NO_RULES: dict[str, list[str]] = {"without": [], "moved": [], "added": []}
"""What a question lacks that adds reports alone."""


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
        self._lock = threading.Lock()

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
        if what not in loading.scenarios() and (Path(what) / MANIFEST).is_file():
            return self._kept(Path(what))
        scenario = loading.load(what)
        day = loading.known_until(scenario, as_of)
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
            scenario = loading.load(name) if name in loading.scenarios() else None
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
        with self._lock:
            job = self.jobs.all.get(run.job or "")
            if job is not None and run.growing:
                run.goal = max(run.goal, wanted)
                return job
            run.goal, run.growing = wanted, True
            try:
                job = self.jobs.start(run.id, lambda job: self._grow(job, run), lasting=True)
            except BusyError:
                run.growing = False
                raise
            run.job = job.id
            return job

    def _grow(self, job: Job, run: Run) -> None:
        """Simulate members until the goal, which may move on meanwhile, and show them."""
        try:
            job.at("preparing", 0, run.goal)
            base = run.keeping(self.room)
            tried = 0
            while not self._reached(run, tried):
                begin, tried = tried, run.goal
                todo = [number for number in range(begin, tried) if number not in run.found]
                tasks = [(number, [self._arm(job, run, base.run)]) for number in todo]
                job.at("base", run.have(tried), tried)
                for done in self._members(job, tasks):
                    job.at("base", run.have(run.goal), run.goal)
                    if done == FIRST and run.body is None and done < len(todo):
                        run.show()
                        job.estimate, job.result = run.members, run.id
                        job.say("estimate", {"run": run.id, "members": run.members})
            job.at("summarising", tried, tried)
            run.show()
            run.wanted = max(run.wanted, tried)
            job.estimate, job.result = run.members, run.id
            job.newest = {"run": run.id, "members": run.members}
        finally:
            with self._lock:
                run.job, run.growing = None, False

    def _reached(self, run: Run, tried: int) -> bool:
        """Whether there is nothing more to simulate; from then on more is another job."""
        with self._lock:
            run.growing = tried < run.goal
            return not run.growing

    def _arm(self, job: Job, run: Run, simulate: Callable[[int], MemberResult]) -> Arm:
        return run.id, lambda number: run.member(number, simulate, job.check)

    def _members(self, job: Job, tasks: Sequence[tuple[int, Sequence[Arm]]]) -> Iterator[int]:
        """Simulate members, which their runs keep; yields how many are done."""
        total = sum(len(arms) for _, arms in tasks)
        failed: list[str] = []
        every = members(job, tasks, self.threads)
        for done, (_, number, result) in enumerate(every, start=1):
            if isinstance(result, str):
                failed.append(f"member {number}: {result}")
                if len(failed) > total // 10:
                    raise ArithmeticError("; ".join(failed[:3]))
            yield done

    # What if

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
        assert run.scenario is not None
        scenario, changes = changed(run.scenario, asked)
        key = asked.model_dump_json(exclude={"members", "reports"})
        with self._lock:
            kept = (one for one in self.runs.values() if one.asked == key and one.alive)
            other = run if asked.alone else next(kept, None)
            if other is None:
                other = Run(
                    self._name(), run.name, "what_if", scenario, run.as_of, run.seed,
                    asked.members, changes=changes, asked=key,
                )  # fmt: skip
            arms = run, other
            job = self.jobs.start(run.id, lambda job: self._pairs(job, asked, *arms))
            self.runs[other.id] = other
            other.users += 1
        return job

    def _pairs(self, job: Job, asked: WhatIf, run: Run, other: Run) -> None:
        """Simulate the same members under both sets of rules, and tell the difference."""
        try:
            wanted = asked.members
            job.at("preparing", 0, wanted)
            base = run.keeping(self.room)
            arms = [(run, self._arm(job, run, base.run))]
            if other is not run:
                branch = Branch(base, other.arrays(like=base.compiled))
                arms.append((other, self._arm(job, other, branch.run)))
            tasks = [
                (number, [arm for owner, arm in arms if number not in owner.found])
                for number in range(wanted)
            ]
            told = False
            for _ in self._members(job, tasks):
                done = sum(n < wanted for n in run.found.keys() & other.found.keys())
                job.at("base" if other is run else "variant", done, wanted)
                if done >= FIRST and not told and done < wanted:
                    told = True
                    self._estimate(job, asked, run, other)
                    job.say("estimate", job.newest)
            job.at("summarising", wanted, wanted)
            self._estimate(job, asked, run, other)
        finally:
            with self._lock:
                other.users -= 1
                self._make_room()

    def _estimate(self, job: Job, asked: WhatIf, run: Run, other: Run) -> None:
        """Tell the difference between the members that are there under both sets of rules."""
        both = sorted(n for n in run.found.keys() & other.found.keys() if n < asked.members)
        if not both:
            raise ArithmeticError("no member ran to the end under both sets of rules")
        plain = Comparison(run.results(both), other.results(both))
        weighing = weigh(plain.base, asked.reports) if asked.reports else None
        job.estimate = len(both)
        if weighing is None:
            if other is not run:
                other.show()
            job.result = other.id
            job.newest = difference(plain, asked, run.id, other.id)
            return
        found = Comparison(run.results(weighing.chosen), other.results(weighing.chosen))
        here = self._weighed(run, asked.model_copy(update=NO_RULES), weighing)
        there = here if asked.alone else self._weighed(other, asked, weighing)
        if asked.alone:
            # Nothing is paired: the run without the reports stands beside the run with them.
            found.base = plain.base
        base = run if asked.alone else here
        taught = Taught(weighing, plain, asked.alone)
        job.result = there.id
        job.newest = difference(found, asked, base.id, there.id, taught)

    def _weighed(self, of: Run, question: WhatIf, weighing: Weighing) -> Run:
        """What shows the members of a run that count after the reports of a question."""
        key = question.model_dump_json(exclude={"members"})
        with self._lock:
            kept = next((one for one in self.runs.values() if one.asked == key), None)
        shown = kept or Run(
            self._name(), of.name, "what_if", of.scenario, of.as_of, of.seed, question.members,
            changes=of.changes, asked=key,
        )  # fmt: skip
        shown.show_weighed(of, weighing)
        with self._lock:
            self.runs[shown.id] = shown
        return shown

    def _make_room(self) -> None:
        """Forget the oldest what-ifs on which nobody works."""
        answers = [run for run in self.runs.values() if run.kind == "what_if" and not run.users]
        for run in [run for run in answers if run.body is None]:
            self.runs.pop(run.id, None)
        for run in [run for run in answers if run.found][:-KEPT_MEMBERS]:
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
