"""Options that several commands have."""

from __future__ import annotations

import argparse
from typing import Any

DEFAULT = "russia-2022"


def add_command(commands: Any, name: str, text: str, examples: str) -> argparse.ArgumentParser:
    """Add a command, its help and an example."""
    made: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, epilog=f"Example:\n{examples}"
    )
    return made


def add_json(command: argparse.ArgumentParser) -> None:
    """`--json`: one document on standard output."""
    command.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document on standard output, and nothing else there",
    )


def add_format(command: argparse.ArgumentParser) -> None:
    """Whose format."""
    command.add_argument("format", choices=("flee",), help="the other model: flee")


def add_scenario(command: argparse.ArgumentParser) -> None:
    """Which scenario."""
    command.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        default=DEFAULT,
        help="name of a scenario that ships, or a folder (default: %(default)s)",
    )


def add_draws(command: argparse.ArgumentParser) -> None:
    """Parameters from a file."""
    command.add_argument(
        "--draws",
        metavar="FILE",
        help="take the parameters from this file (NetCDF, group 'posterior'), as learned from "
        "reports, instead of drawing them from their priors",
    )


def add_ensemble(command: argparse.ArgumentParser, default: int) -> None:
    """How many members, and the seed."""
    command.add_argument(
        "--members",
        type=int,
        default=default,
        metavar="N",
        help="members of the ensemble; below 100 the bands are rough (default: %(default)s)",
    )
    command.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="S",
        help="seed, 0 to 2^64-1: the same seed gives the same results (default: %(default)s)",
    )


def add_fresh(command: argparse.ArgumentParser) -> None:
    """Whether members that were simulated before are used again."""
    command.add_argument(
        "--fresh",
        action="store_true",
        help="simulate all members; without it, those of a shipped scenario that were simulated "
        "before are used again",
    )


def add_members(command: argparse.ArgumentParser, default: int) -> None:
    """The ensemble, and what was known when."""
    add_ensemble(command, default)
    command.add_argument(
        "--as-of",
        metavar="DATE",
        help="use only what was known at the end of this day (YYYY-MM-DD)",
    )


def add_rules(command: argparse.ArgumentParser) -> None:
    """Rules left out or added."""
    command.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="POLICY",
        help="leave out a policy and its announcement, by id or by kind and place; may be repeated",
    )
    command.add_argument(
        "--with",
        dest="with_",
        action="append",
        default=[],
        metavar="FILE.toml",
        help="add the [[policy]] tables of a file, which have the columns of policies.csv; its "
        "[[parameter]] tables say how much they do; may be repeated",
    )


def add_small_cells(command: argparse.ArgumentParser) -> None:
    """Small numbers shown."""
    command.add_argument(
        "--small-cells",
        action="store_true",
        help="show cells of fewer than 10 people, which are suppressed otherwise; the manifest "
        "says so",
    )


def add_threads(command: argparse.ArgumentParser) -> None:
    """How many threads."""
    command.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="threads to use; the results do not depend on it (default: all processors)",
    )


def add_workers(command: argparse.ArgumentParser) -> None:
    """Threads, or a cluster."""
    add_threads(command)
    command.add_argument(
        "--cluster",
        metavar="WHERE",
        help="simulate on a Dask cluster: local:N for N processes here, or the address of a "
        "running scheduler; the results do not depend on it",
    )
