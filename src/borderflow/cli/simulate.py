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
    GaveUpError
        If the disk is full; members that are done stay for `borderflow resume`.
    """
    from borderflow.checkpoint import keeping
    from borderflow.cli.request import copy, describe
    from borderflow.runfolder import DiskFullError, Draft, FolderError, writing

    out = Path(options.out)
    done = False
    try:
        draft = Draft(out, resume=getattr(options, "resume", False))
    except FolderError as error:
        raise refused(options, error) from error
    store = None
    try:
        with writing():
            if not getattr(options, "resume", False):
                copy(options, draft.inputs)
                draft.ask(describe(options))
            with keeping(draft.members) as store:
                results = simulate()
            with Progress(f"writing {options.out} ..."):
                write(results, draft.result)
                draft.finish()
        done = True
    except FolderError as error:
        raise refused(options, error) from error
    except (DiskFullError, KeyboardInterrupt, MemoryError) as error:
        done = store is not None and store.kept > 0
        kept_ = f"{store.kept} members are kept" if store is not None and done else ""
        if done:
            draft.close()
        if isinstance(error, DiskFullError):
            after = f"{kept_}: make room, then 'borderflow resume {out}' goes on"
            raise api.GaveUpError(
                f"the disk is full; {after if done else 'nothing is left behind'}"
            ) from error
        if done:
            say(f"{kept_}; 'borderflow resume {out}' goes on")
        raise
    finally:
        if not done:
            draft.discard()
    say(f"results are in {options.out}")
    return results


def refused(options: argparse.Namespace, error: Exception) -> api.ScenarioError:
    """Why a folder cannot be written, as a finding.

    Parameters
    ----------
    options : Namespace
        `out` is the folder.
    error : Exception
        What went wrong.
    """
    return api.ScenarioError([api.complaint("--out", options.out, str(error))])


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
