"""What commands share that take a scenario: reading it, a folder for results, warnings."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from borderflow import loading
from borderflow.cli.answer import say
from borderflow.cli.progress import Progress
from borderflow.errors import GaveUpError, ScenarioError, arguments, complaint
from borderflow.scenario.finding import Finding
from borderflow.workers import KEPT

SHOWN = 5
"""Warnings of an earlier day that a run prints one by one."""


def examined(name: str) -> tuple[Any, list[Finding]]:
    """The scenario of a name or folder, and what there is to say about it.

    Parameters
    ----------
    name : str
        As it was typed.
    """
    if loading.namesake(name) is not None:
        say(f"{name} is the scenario that ships; the folder here is ./{name}")
    return loading.examine(name)


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
    findings = [*arguments(options.members, options.seed, options.threads), *wrong]
    scenario, found = examined(options.scenario)
    broken = scenario is None or any(finding.level == "error" for finding in found)
    if broken or findings:  # what is odd about a sound scenario does not belong to a wrong word
        raise ScenarioError([*findings, *found] if broken else findings)
    findings = found
    as_of = loading.known_until(scenario, getattr(options, "as_of", None))
    if as_of is not None:  # what is odd about facts of later days was not known either
        from borderflow.scenario.edit import until

        findings = loading.check(until(scenario, as_of))
    warn(findings, found, options.scenario)
    return scenario


def arms(options: argparse.Namespace) -> dict[str, Any]:
    """Options that `run` and `compare` share, as arguments of their functions.

    Parameters
    ----------
    options : Namespace
        Their arguments.
    """
    names = ("members", "seed", "as_of", "without", "with_", "threads", "small_cells", "draws")
    return {name: getattr(options, name) for name in names}


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
    ScenarioError, GaveUpError
        As for `draft`.
    """
    with draft(options) as folder:
        results = simulate()
        with Progress(f"writing {options.out} ..."):
            write(results, folder)
    return results


def answered(
    options: argparse.Namespace, simulate: Callable[[], Any], write: Callable[[Any, Path], None]
) -> Any:
    """Run, with members of earlier runs, and into a folder where one is asked for.

    Parameters
    ----------
    options, simulate, write : optional
        As for `kept` and `recalling`.
    """
    with recalling(options):
        return simulate() if options.out is None else kept(options, simulate, write)


@contextmanager
def recalling(options: argparse.Namespace) -> Iterator[None]:
    """Use members again that were simulated before, where the facts are public ones.

    Parameters
    ----------
    options : Namespace
        What was asked: `scenario`, `members`, `with_`, `draws` and `fresh`.
    """
    from borderflow.remembered import remembering

    public = options.scenario in loading.scenarios() and not options.with_ and options.draws is None
    if options.fresh or not public or options.members > KEPT:
        yield
        return
    with remembering() as memory:
        yield
        used = 0 if memory is None else memory.used
        if used:
            say(f"{used:,} members were simulated before (--fresh simulates them anew)")


@contextmanager
def draft(options: argparse.Namespace) -> Iterator[Path]:
    """A folder for the results, and members kept on the way so that `resume` can go on from them.

    Parameters
    ----------
    options : Namespace
        `out` is the folder.

    Yields
    ------
    Path
        Where to write; it takes its place when all is done.

    Raises
    ------
    ScenarioError
        If the folder cannot be written.
    GaveUpError
        If the disk is full. Whatever ends it, members that are done stay for `borderflow resume`.
    """
    from borderflow.checkpoint import STORE, Store, keeping
    from borderflow.cli.request import copy, describe
    from borderflow.runfolder import Draft, FolderError
    from borderflow.wholefile import DiskFullError, writing

    going_on = getattr(options, "resume", False)
    try:
        made = Draft(Path(options.out), resume=going_on)
    except FolderError as error:
        raise refused(options, error) from error
    store, stays = Store(made.members, STORE.get()), False
    try:
        with writing():
            if not going_on:
                copy(options, made.inputs)
                made.ask(describe(options))
            with keeping(store):
                yield made.result
            made.finish()
        stays = True
    except FolderError as error:
        raise refused(options, error) from error
    except ScenarioError:
        raise
    except BaseException as error:
        hopeless = isinstance(error.__cause__, ArithmeticError)  # the same would come of it again
        stays = store.kept > 0 and not hopeless
        after = "nothing is left behind"
        if stays:
            made.close()
            after = f"what is done is kept; 'borderflow resume {options.out}' goes on"
        if isinstance(error, DiskFullError):
            raise GaveUpError(f"the disk is full; {after}") from error
        say(after)
        raise
    finally:
        if not stays:
            made.discard()
    if not getattr(options, "passing", False):  # (a rerun's folder goes when it has been compared)
        say(f"results are in {options.out}")


def refused(options: argparse.Namespace, error: Exception) -> ScenarioError:
    """Why a folder cannot be written, as a finding.

    Parameters
    ----------
    options : Namespace
        `out` is the folder.
    error : Exception
        What went wrong.
    """
    option = "DIR" if getattr(options, "resume", False) else "--out"
    return ScenarioError([complaint(option, options.out, str(error))])


def ruled(options: argparse.Namespace, scenario: Any) -> Any:
    """The scenario under other rules; what is odd about those that are added is said.

    Parameters
    ----------
    options : Namespace
        `without` and `with_`.
    scenario : Scenario
        As it is.
    """
    changed, findings = loading.examine_change(scenario, options.without, options.with_)
    for finding in findings:
        say(str(finding))
    return changed


def warn(findings: list[Finding], checked: list[Finding], name: str) -> None:
    """Say on standard error how many warnings there are, and how to read them.

    They are the same at every run. Those that only an earlier day brings with it are not among
    what `check` lists: the first few of them are printed one by one.

    Parameters
    ----------
    findings : list of Finding
        What was found.
    checked : list of Finding
        What `check` says of the scenario.
    name : str
        The scenario.
    """
    warnings = [finding for finding in findings if finding.level == "warning"]
    own = [finding for finding in warnings if finding not in checked]
    for finding in own[:SHOWN]:
        say(str(finding))
    if len(own) > SHOWN:
        say(f"{len(own) - SHOWN} more warnings as of this day")
    if count := len(warnings) - len(own):
        several = f"{count} warnings" if count > 1 else "a warning"
        lists = "them" if count > 1 else "it"
        typed = f'"{name}"' if " " in name else name
        say(f"{several} about the scenario: 'borderflow check {typed}' lists {lists}")
