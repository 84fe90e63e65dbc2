"""What a command gives back, and how it speaks on standard output and standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from borderflow.scenario.finding import Finding


class Answer(NamedTuple):
    """What a command found: the exit code, the document for ``--json`` and the text otherwise."""

    code: int
    data: Callable[[], Any]
    text: Callable[[], str]


def listed(findings: list[Finding]) -> dict[str, Any]:
    """Findings as the document that ``--json`` prints.

    Parameters
    ----------
    findings : list of Finding
        What was found.
    """
    return {"findings": [finding.to_json() for finding in findings]}


def to_json(data: object) -> str:
    """Write plain data as JSON; a number that is infinite or missing is refused.

    Parameters
    ----------
    data : object
        Dictionaries, lists, texts and numbers.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


class UnwrittenError(Exception):
    """Standard output does not take the answer, and why."""


def tell(text: str) -> None:
    """Write on standard output, and wait until it has taken everything.

    Parameters
    ----------
    text : str
        What to write; may be empty.

    Raises
    ------
    BrokenPipeError
        If whoever read it has gone.
    UnwrittenError
        If it cannot be written for another reason.
    """
    if sys.stdout is None:
        raise UnwrittenError("standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UnwrittenError(error.strerror or str(error)) from error


def say(text: str) -> None:
    """Print a line on standard error.

    Parameters
    ----------
    text : str
        The line.
    """
    if sys.stderr is not None:
        print(f"borderflow: {text}", file=sys.stderr)
