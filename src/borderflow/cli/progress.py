"""Says on standard error how far a run has come, once it takes longer than two seconds."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType

PATIENCE = 2.0
"""Seconds before anything is said."""

EVERY = 5.0
"""Seconds between two lines, where lines cannot be overwritten."""


FIRST = "preparing; the first run on a machine compiles the engine (up to a minute) ..."
"""What is said while no member is done yet."""


class Progress:
    """Says what is going on, from a thread of its own; used as a context.

    Calling it with the members done and in all is what `simulate` expects.

    Parameters
    ----------
    note : str, optional
        What is said once patience is over and no member is done yet.
    unit : str, optional
        What is counted.
    """

    def __init__(self, note: str = FIRST, unit: str = "members") -> None:
        self._note = note
        self._unit = unit
        self._done, self._total = 0, 0
        self._first: tuple[float, int] | None = None  # when something was first done, and how much
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._said = False

    def __call__(self, done: int, total: int) -> None:
        """Take note of how many members are done."""
        if done and self._first is None:
            self._first = time.monotonic(), done
        self._done, self._total = done, total

    def __enter__(self) -> Progress:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching, and leave a clean line."""
        self._over.set()
        self._thread.join()
        if self._said and self._live:
            _say("\r\x1b[K")

    def _watch(self) -> None:
        if self._over.wait(PATIENCE):
            return
        began = time.monotonic()
        if self._done == 0:
            self._line(self._note)
        while not self._over.wait(0.5 if self._live else EVERY):
            if self._done and self._done < self._total:
                spent = time.monotonic() - began + PATIENCE
                left = self._left()
                told = "" if left is None else f"; about {length(left)} left"
                self._line(f"{self._done} of {self._total} {self._unit}, {length(spent)}{told} ...")

    def _left(self) -> float | None:
        """Seconds that the rest will take, None while nobody can say.

        At the pace since something was first done: what came before it was compiling, not members.
        """
        when, done = self._first or (0.0, 0)
        if self._done <= done:
            return None
        pace = (time.monotonic() - when) / (self._done - done)
        return pace * (self._total - self._done)

    def _line(self, text: str) -> None:
        self._said = True
        _say(f"\r\x1b[Kborderflow: {text}" if self._live else f"borderflow: {text}\n")


def length(seconds: float) -> str:
    """A length of time as one says it.

    Parameters
    ----------
    seconds : float
        The length.

    Examples
    --------
    >>> length(12.4), length(400), length(20_000)
    ('12 s', '7 min', '5.6 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _say(text: str) -> None:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass  # nobody listens there: the answer does not depend on it
