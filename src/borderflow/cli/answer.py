"""What a command gives back, and how it speaks on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What a command found: the exit code, the document for ``--json`` and the text otherwise."""

    code: int
    data: Callable[[], Any]
    text: Callable[[], str]


def say(text: str) -> None:
    """Print a line on standard error.

    Parameters
    ----------
    text : str
        The line.
    """
    if sys.stderr is not None:
        print(f"borderflow: {text}", file=sys.stderr)
