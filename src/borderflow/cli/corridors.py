"""The command that tells how the departures of a day divided over the ways abroad."""

from __future__ import annotations

import argparse
from typing import Any

from borderflow.cli.answer import Answer
from borderflow.cli.options import add_command, add_json, add_members, add_scenario, add_threads
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import sound


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "corridors",
        "Print how the departures of a past day from one place divided over the ways abroad, all "
        "cohorts together.",
        "  borderflow corridors --from Kazan --on 2022-09-22",
    )
    add_scenario(command)
    command.add_argument(
        "--from",
        dest="from_",
        metavar="PLACE",
        required=True,
        help="place where people leave home, by id or name",
    )
    command.add_argument(
        "--on",
        metavar="DATE",
        required=True,
        help="day of departure (YYYY-MM-DD), at least 30 days past",
    )
    add_members(command, 20)
    add_threads(command)
    add_json(command)


def corridors(options: argparse.Namespace) -> Answer:
    """Tell how the departures of a day divided over the ways abroad."""
    from borderflow import corridor

    corridor.past(options.on)  # before anything is read: such a date is refused whatever it says
    scenario = sound(options, [])
    with Progress() as progress:
        found = corridor.corridors(
            scenario,
            options.from_,
            options.on,
            members=options.members,
            seed=options.seed,
            as_of=options.as_of,
            threads=options.threads,
            progress=progress,
        )

    def text() -> str:
        from borderflow.corridor.text import render

        return render(found)

    return Answer(0, found.document, text)
