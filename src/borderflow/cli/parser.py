"""The command line as a whole: every command with the arguments that stand beside it."""

from __future__ import annotations

import argparse

from borderflow.cli import (
    again,
    check,
    compare,
    corridors,
    fields,
    flee,
    forecast,
    hindcast,
    lists,
    new,
    page,
    run,
    sensitivity,
)
from borderflow.cli.options import add_json
from borderflow.cli.usage import Parser

PARTS = (
    *(run, compare, corridors, forecast, hindcast, sensitivity, page),
    *(new, fields, check, lists, flee, again),
)
"""Files of the commands, in the order in which the help lists them."""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser(
        prog="borderflow",
        description="Who crosses which border where and when, and how long they wait.",
        epilog="Example:\n  borderflow run --members 20\n\nborderflow COMMAND --help says more.",
    )
    top.add_argument("--version", action="store_true", help="print the version")
    add_json(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    for part in PARTS:
        part.add(commands)
    return top
