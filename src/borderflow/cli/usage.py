"""A command line that cannot be understood, as a finding."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from borderflow.errors import COMMAND_LINE
from borderflow.scenario.finding import Finding, nearest


class UsageError(Exception):
    """A command line that cannot be understood.

    Parameters
    ----------
    finding : Finding
        What is wrong.
    usage : str
        How the command is used.
    """

    def __init__(self, finding: Finding, usage: str) -> None:
        self.finding = finding
        self.usage = usage
        super().__init__(finding.message)


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError` instead of printing and leaving."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """Raise what argparse found wrong as a finding."""
        column, read, near = None, None, None
        options = sorted(set(_options(self)))
        if match := re.match(r"argument ([^:]+): (.*)", message, re.DOTALL):
            column, message = match[1], match[2]
            if quoted := re.search(r"'([^']*)'", message):
                read = quoted[1]
            if "invalid choice" in message and read is not None:
                if column == "COMMAND":
                    near = nearest(read, _commands(self))
                    message = "there is no such command"
                else:
                    valid = message.partition("choose from ")[2].rstrip(")").replace("'", "")
                    near = nearest(read, valid.split(", "))
                    message = f"must be one of: {valid}"
            elif "invalid int value" in message:
                message = "not a whole number"
            column = column.partition("/")[0]
        elif match := re.match(r"unrecognized arguments: (.*)", message, re.DOTALL):
            read = match[1]
            near = nearest(read.split()[0] if read.split() else read, options)
            message = "no such argument"
        finding = Finding("error", "usage", COMMAND_LINE, None, column, read, near, message)
        raise UsageError(finding, self.format_usage())


def _options(parser: argparse.ArgumentParser) -> list[str]:
    found: list[str] = []
    for action in parser._actions:
        found += action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found += _options(command)
    return found


def _commands(parser: argparse.ArgumentParser) -> list[str]:
    return [
        name
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name in action.choices
    ]
