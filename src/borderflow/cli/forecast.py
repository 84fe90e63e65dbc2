"""The commands about forecasts: make one and keep it, score one that was kept."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from borderflow.cli.answer import Answer, say
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import kept, sound


def forecast(options: argparse.Namespace) -> Answer:
    """Say how things go on after a day, and keep it so that it can be scored."""
    from borderflow import forecast as parts
    from borderflow.forecast import hub, tables, text
    from borderflow.forecast.make import dates, too_many

    scenario = sound(options, too_many(options.members))
    dates(scenario, options.as_of, options.until)
    wanted = tables.capacities(scenario, options.capacity)

    def simulate() -> Any:
        with Progress() as progress:
            return parts.forecast(
                scenario,
                options.as_of,
                options.until,
                members=options.members,
                seed=options.seed,
                reports=options.reports,
                threads=options.threads,
                progress=progress,
            )

    def write(found: Any, folder: Path) -> None:
        hub.write(found, folder)
        parts.write(found, folder)

    found = kept(options, simulate, write)
    return Answer(
        0, lambda: tables.document(found, wanted), lambda: text.render(found, wanted, options.out)
    )


def score(options: argparse.Namespace) -> Answer:
    """Hold a kept forecast against reports that came later."""
    from borderflow import verify
    from borderflow.verify import text

    with Progress("reading the forecast ..."):
        found = verify.score(options.folder, options.reports, options.skip_invalid)
    for finding in found.findings:
        say(str(finding))
    return Answer(0, found.document, lambda: text.render(found))
