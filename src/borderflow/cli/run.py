"""The command that runs a scenario."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from borderflow import api
from borderflow.cli.answer import Answer, say
from borderflow.cli.options import (
    add_command,
    add_draws,
    add_fresh,
    add_json,
    add_members,
    add_rules,
    add_scenario,
    add_small_cells,
    add_workers,
)
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import answered, arms, ruled, sound
from borderflow.errors import complaint
from borderflow.scenario.edit import Switched
from borderflow.workers import KEPT


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "run",
        "Run a scenario and print who crosses where and when, how long they wait and where "
        "they are.",
        "  borderflow run --members 20\n"
        "  borderflow run russia-2022 --as-of 2022-09-27 --out answer\n"
        "  borderflow run --without p40 --json > answer.json",
    )
    add_scenario(command)
    add_members(command, 100)
    add_draws(command)
    add_rules(command)
    command.add_argument(
        "--out",
        metavar="DIR",
        help="write labelled arrays (NetCDF), tidy tables (CSV, Parquet), quantiles and a "
        "manifest into this folder",
    )
    command.add_argument(
        "--full", action="store_true", help="with --out: write every array of every member too"
    )
    command.add_argument(
        "--all",
        dest="every",
        action="store_true",
        help="print every crossing and sold-out service, and not the largest alone; --json always "
        "has them",
    )
    add_fresh(command)
    add_small_cells(command)
    add_workers(command)
    add_json(command)


def run(options: argparse.Namespace) -> Answer:
    """Run a scenario, write the folder that was asked for, and tell what came out."""
    wrong = []
    if options.full and options.out is None:
        message = "--full adds to a folder: say which with --out"
        wrong.append(complaint("--full", None, message))
    if options.full and options.members > KEPT:
        message = f"with more than {KEPT:,} members only tables are kept"
        wrong.append(complaint("--full", None, message))
    scenario = sound(options, wrong)
    changed = ruled(options, scenario)
    rules = Switched(scenario, changed)

    def simulate() -> Any:
        given = arms(options)
        draws = given.pop("draws")
        as_of, *_ = (given.pop(name) for name in ("as_of", "without", "with_"))
        from borderflow.web.counted import record

        extra = None if options.out is None else record
        with Progress() as progress:
            compiled = api.changed(changed, as_of, (), ())
            values = api.parameters(compiled, draws)
            return api.results(compiled, **given, progress=progress, values=values, extra=extra)

    def write(results: Any, folder: Path) -> None:
        from borderflow import output, runfolder
        from borderflow.web.counted import MixedUpError
        from borderflow.web.view import beside

        if options.full:
            size = output.full_size(results)
            say(f"--full writes {size / 1e6:,.0f} MB before compression")
            if size > shutil.disk_usage(folder).free:
                raise runfolder.FolderError("there is not enough room on the disk for --full")
        changes = {"without": options.without, "with": [Path(file).name for file in options.with_]}
        try:
            page = beside(_view(options, results, changes))
        except MixedUpError as error:  # the numbers of hours are not lost for that
            say(f"there is no page in the folder: {error}")
            page = {}
        output.write(results, folder, full=options.full, changes=changes, beside=page)

    results = answered(options, simulate, write)

    def data() -> Any:
        from borderflow.document import document

        with Progress("working out quantiles ..."):
            return document(results, rules)

    def text() -> str:
        from borderflow.text import render

        with Progress("working out quantiles ..."):
            return render(results, options.every, rules)

    return Answer(0, data, text)


def _view(options: argparse.Namespace, results: Any, changes: dict[str, list[str]]) -> Any:
    """What the page shows of the run."""
    from borderflow.results import Results
    from borderflow.web.counted import MARKED, counted_view
    from borderflow.web.view import view

    without, added = changes["without"], changes["with"]
    learned = options.draws is not None
    if not results.counted:
        return view(results, without=without, added=added, learned=learned)
    some = None
    if learned:
        values = api.parameters(results.compiled, options.draws)
        seed, threads = options.seed, options.threads
        some = Results(api.simulated(results.compiled, MARKED, seed, threads, None, values))
    return counted_view(results, without, added, some)
