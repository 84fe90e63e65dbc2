"""The directive ``{command} NAME``: what ``borderflow NAME --help`` says, as a part of a page."""

import argparse
import re

from sphinx.application import Sphinx

from borderflow.cli import parser
from generated import Generated, code, plain, table


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command, by the command's name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            found.update(action.choices)
    return found


def arguments(command: str) -> list[argparse.Action]:
    """What a command can be given, its help left out.

    Raises
    ------
    LookupError
        If there is no such command.
    """
    if command not in commands():
        raise LookupError(f"there is no command '{command}': {', '.join(commands())}")
    actions = commands()[command]._actions
    return [action for action in actions if not isinstance(action, argparse._HelpAction)]


def spelling(action: argparse.Action) -> str:
    """How an argument is written on the command line."""
    value = action.metavar or action.dest.upper()
    if not action.option_strings:
        return str(value)
    taken = "" if action.nargs == 0 else f" {value}"
    return ", ".join(action.option_strings) + taken


def examples(command: str) -> list[str]:
    """The command lines that the help of a command shows."""
    shown = commands()[command].epilog or ""
    return [line.strip() for line in re.findall(r"^[ $]*(borderflow .*)$", shown, re.MULTILINE)]


def meaning(command: str, action: argparse.Action) -> str:
    """What the help of a command says of an argument, defaults filled in."""
    formatter = commands()[command]._get_formatter()
    return formatter._expand_help(action)


def page(command: str) -> str:
    """The help of one command as Markdown."""
    rows = [
        (code(spelling(action)), plain(meaning(command, action))) for action in arguments(command)
    ]
    text = plain(commands()[command].description or "") + "\n\n"
    text += table(("argument", "meaning"), rows)
    return text + "\n```text\n" + "\n".join(examples(command)) + "\n```\n"


class Command(Generated):
    required_arguments = 1

    def markdown(self) -> str:
        return page(self.arguments[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("command", Command)
    return {"parallel_read_safe": True}
