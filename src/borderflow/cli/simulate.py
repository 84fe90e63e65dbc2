"""What commands that simulate share: a sound scenario, a folder for results, warnings."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from borderflow import api
from borderflow.cli.answer import say
from borderflow.cli.progress import Progress
from borderflow.scenario.finding import Finding

SHOWN = 5
"""Warnings that a run prints one by one."""


def sound(options: argparse.Namespace, wrong: list[Finding]) -> Any:
    """The scenario that a command is given; everything that is wrong with it or the numbers.

    Parameters
    ----------
    options : Namespace
        Its arguments: `scenario`, `members`, `seed`, `threads`, and `as_of` where it has one.
    wrong : list of Finding
        What is wrong with them already.

    Raises
    ------
    ScenarioError
        If anything is an error.
    """
    findings = [*api.arguments(options.members, options.seed, options.threads), *wrong]
    scenario, found = api.examine(options.scenario)
    findings += found
    if scenario is None or any(finding.level == "error" for finding in findings):
        raise api.ScenarioError(findings)
    as_of = api.known_until(scenario, getattr(options, "as_of", None))
    if as_of is not None:  # what is odd about facts of later days was not known either
        from borderflow.scenario.edit import until

        findings = api.check(until(scenario, as_of))
    warn(findings, options.scenario)
    return scenario


def kept(
    options: argparse.Namespace, simulate: Callable[[], Any], write: Callable[[Any, Path], None]
) -> Any:
    """Run with a folder ready to take the results: what cannot be written is said at once.

    Parameters
    ----------
    options : Namespace
        `out` is the folder.
    simulate, write : callable
        Gives what is to be written; writes it into a folder.

    Raises
    ------
    ScenarioError
        If the folder cannot be written.
    """
    from borderflow import output

    try:
        with output.fresh(Path(options.out)) as folder:
            results = simulate()
            with Progress(f"writing {options.out} ..."):
                write(results, folder)
    except output.FolderError as error:
        raise api.ScenarioError([api.complaint("--out", options.out, str(error))]) from error
    say(f"results are in {options.out}")
    return results


def warn(findings: list[Finding], name: str) -> None:
    """Print warnings on standard error, the first few one by one.

    Parameters
    ----------
    findings : list of Finding
        What was found.
    name : str
        The scenario.
    """
    warnings = [finding for finding in findings if finding.level == "warning"]
    for finding in warnings[:SHOWN]:
        say(str(finding))
    if len(warnings) > SHOWN:
        say(f"{len(warnings) - SHOWN} more warnings: borderflow check {name}")
