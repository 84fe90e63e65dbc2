"""Runs one command: prints its answer, and turns whatever went wrong into findings and a code."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from borderflow.cli.answer import UnwrittenError, listed, say, tell, to_json
from borderflow.cli.commands import COMMANDS
from borderflow.cli.parser import parser
from borderflow.cli.usage import UsageError
from borderflow.errors import GaveUpError, RuleWarning, ScenarioError
from borderflow.scenario.finding import Finding

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after `borderflow`; those of the process by default.

    Returns
    -------
    int
        0: it ran to the end. 1: `check` found errors, a computation gave up, or standard output
        does not take the answer. 2: wrong usage, or a scenario with errors. 130: interrupted.

    Examples
    --------
    >>> main(["check", "no/such/folder"])
    error: command line SCENARIO: neither a scenario that ships nor a folder ...
    no/such/folder: 1 error, no warnings
    1
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        # Windows consoles may have another encoding; names of places need this one.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuleWarning)  # commands say themselves what is odd
            return _run(words)
    except BrokenPipeError:  # whoever read the output has seen enough
        _drop()
        return 0
    except UnwrittenError as error:
        _drop()
        say(f"the answer cannot be written: {error}")
        return 1
    except KeyboardInterrupt:
        print("\nborderflow: interrupted", file=sys.stderr)
        return INTERRUPTED


def _drop() -> None:
    """Let go of what is still to be written: nothing more may be flushed on the way out."""
    with suppress(OSError, AttributeError):  # (where it is closed, there is nothing)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(words: list[str]) -> int:
    as_json = "--json" in words
    try:
        options = _parsed(words)
        if options.version:
            from importlib.metadata import version

            tell(f"borderflow {version('borderflow')}\n")
            return 0
        if options.command is None:
            *most, last = COMMANDS
            parser().error(f"say which command: {', '.join(most)} or {last}")
        where = getattr(options, "cluster", None)
        if where is None:
            return _answer(options, as_json)
        from borderflow.machines import cluster

        with cluster(where):
            return _answer(options, as_json)
    except UsageError as error:
        return _fail([error.finding], 2, as_json, error.usage)
    except ScenarioError as error:
        return _fail(error.findings, 2, as_json)
    except GaveUpError as error:
        return _fail([_gave_up(str(error))], 1, as_json)
    except MemoryError:
        return _fail([_gave_up("out of memory: try fewer members")], 1, as_json)


def _parsed(words: list[str]) -> argparse.Namespace:
    try:
        return parser().parse_args(words)
    except SystemExit:  # the parser has printed its help
        tell("")
        raise


def _answer(options: argparse.Namespace, as_json: bool) -> int:
    answer = COMMANDS[options.command](options)
    _print(answer.data() if as_json else answer.text())
    return answer.code


def _gave_up(message: str) -> Finding:
    return Finding("error", "run", "", None, None, None, None, message)


def _fail(findings: list[Finding], code: int, as_json: bool, usage: str = "") -> int:
    if as_json:
        _print(listed(findings))
        return code
    if usage:
        print(usage.rstrip(), file=sys.stderr)
    for finding in sorted(findings, key=lambda finding: finding.level == "error"):
        print(finding, file=sys.stderr)  # what ended it comes last
    return code


def _print(answer: Any) -> None:
    tell(answer if isinstance(answer, str) else to_json(answer) + "\n")
