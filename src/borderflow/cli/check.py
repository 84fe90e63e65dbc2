"""The command that says what is wrong with a scenario."""

from __future__ import annotations

import argparse
from typing import Any

from borderflow.cli.answer import Answer, listed
from borderflow.cli.options import DEFAULT, add_command, add_json
from borderflow.cli.simulate import examined


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "check",
        "Say everything that is wrong with a scenario folder, all at once.",
        f"  borderflow check my-scenario\n  borderflow check {DEFAULT} --json",
    )
    command.add_argument(
        "folder", metavar="FOLDER", help="folder of the scenario, or the name of one that ships"
    )
    add_json(command)


def check(options: argparse.Namespace) -> Answer:
    """Everything that is wrong with a scenario; 1 if there is an error."""
    _, findings = examined(options.folder)
    errors = sum(finding.level == "error" for finding in findings)

    def text() -> str:
        lines = [str(finding) for finding in findings]
        warnings = len(findings) - errors
        lines.append(
            f"{options.folder}: {_several(errors, 'error')}, {_several(warnings, 'warning')}"
        )
        return "\n".join(lines) + "\n"

    return Answer(1 if errors else 0, lambda: listed(findings), text)


def _several(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
