"""The command that says which assumptions move which answer."""

from __future__ import annotations

import argparse
from typing import Any

from borderflow.cli.answer import Answer
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import kept, sound


def sensitivity(options: argparse.Namespace) -> Answer:
    """Vary the assumptions together, and tell how far each moves the answers."""
    from borderflow.screening import sensitivity as ask
    from borderflow.screening import text

    options.members = 1  # (every run is one member; `sound` looks at it)
    scenario = sound(options, [])

    def simulate() -> Any:
        with Progress(unit="runs") as progress:
            return ask(
                scenario,
                options.target,
                options.method,
                options.size,
                options.seed,
                options.as_of,
                options.only,
                options.without,
                options.with_,
                options.threads,
                progress,
            )

    found = simulate() if options.out is None else kept(options, simulate, text.write)
    return Answer(0, found.document, lambda: text.render(found))
