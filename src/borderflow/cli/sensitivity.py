"""The command that says which assumptions move which answer."""

from __future__ import annotations

import argparse
from typing import Any

from borderflow.cli.answer import Answer
from borderflow.cli.options import add_command, add_json, add_rules, add_scenario, add_workers
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import kept, ruled, sound


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "sensitivity",
        "Say which assumptions move which answer: all rows of parameters.csv that have a range are "
        "varied together, with the same luck in every run.",
        "  borderflow sensitivity --target entries:Georgia --target 'peak_queue:Verkhny Lars'\n"
        "  borderflow sensitivity russia-2022 --target departures --method sobol --size 64 --json",
    )
    add_scenario(command)
    command.add_argument(
        "--target",
        action="append",
        required=True,
        metavar="TARGET",
        help="an answer: entries:NAME (a country or crossing), peak_queue:NAME, peak_wait:NAME, "
        "present:COUNTRY, refusals:COUNTRY, departures or left_behind; may be repeated",
    )
    command.add_argument(
        "--method",
        choices=("morris", "sobol"),
        default="morris",
        help="morris screens many assumptions with few runs; sobol gives shares of the variance, "
        "and needs many (default: %(default)s)",
    )
    command.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="trajectories (morris, default 10) or base samples (sobol, default 64, a power of "
        "two); the runs are about this times the number of assumptions",
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help="vary only this row of parameters.csv; may be repeated",
    )
    command.add_argument(
        "--seed", type=int, default=1, metavar="S", help="seed of the design (default: %(default)s)"
    )
    command.add_argument(
        "--as-of", metavar="DATE", help="use only what was known at the end of this day"
    )
    add_rules(command)
    command.add_argument(
        "--out", metavar="DIR", help="write tables, a figure and a manifest into this folder"
    )
    add_workers(command)
    add_json(command)


def sensitivity(options: argparse.Namespace) -> Answer:
    """Vary the assumptions together, and tell how far each moves the answers."""
    from borderflow.screening import sensitivity as ask
    from borderflow.screening import text

    options.members = 1  # (every run is one member; `sound` looks at it)
    scenario = sound(options, [])
    ruled(options, scenario)

    def simulate() -> Any:
        with Progress(unit="runs") as progress:
            return ask(
                scenario,
                options.target,
                options.method,
                options.size,
                options.seed,
                options.as_of,
                options.only,
                options.without,
                options.with_,
                options.threads,
                progress,
            )

    found = simulate() if options.out is None else kept(options, simulate, text.write)
    return Answer(0, found.document, lambda: text.render(found))
