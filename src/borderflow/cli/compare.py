"""The command that runs a scenario under two sets of rules."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from borderflow.cli.answer import Answer
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


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "compare",
        "Run a scenario under its own rules and under others, the same members in both, and "
        "print what differs, within this model.",
        "  borderflow compare --without p75 --members 20\n"
        "  borderflow compare russia-2022 --with rules.toml --json > answer.json",
    )
    add_scenario(command)
    add_rules(command)
    add_members(command, 100)
    add_draws(command)
    command.add_argument(
        "--out", metavar="DIR", help="write the rows (CSV, Parquet) and a manifest into this folder"
    )
    add_fresh(command)
    add_small_cells(command)
    add_workers(command)
    add_json(command)


def compare(options: argparse.Namespace) -> Answer:
    """Run a scenario under two sets of rules, and tell what differs."""
    scenario = sound(options, [])
    ruled(options, scenario)

    def simulate() -> Any:
        from borderflow.comparison import compare as paired

        with Progress() as progress:
            return paired(scenario, **arms(options), progress=progress)

    def write(found: Any, folder: Path) -> None:
        from borderflow.comparison import files

        files.write(found, folder)

    found = answered(options, simulate, write)

    def text() -> str:
        from borderflow.comparison.text import render

        return render(found)

    return Answer(0, found.document, text)
