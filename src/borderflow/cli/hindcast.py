"""The command that forecasts from past days and scores it."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

from borderflow.cli.answer import Answer, say
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import draft, sound


def hindcast(options: argparse.Namespace) -> Answer:
    """Forecast from several past days, each as known then, and score it on what came."""
    from borderflow import hindcast as parts
    from borderflow.forecast.make import too_many
    from borderflow.hindcast import folder, text

    scenario = sound(options, too_many(options.members))
    origins = [part.strip() for part in options.origins.split(",") if part.strip()]
    wanted = nullcontext() if options.out is None else draft(options)
    with wanted as out:

        def made(found: Any) -> None:
            if out is not None:
                folder.add(found, out)

        with Progress() as progress:
            found = parts.hindcast(
                scenario,
                origins,
                options.horizon,
                options.members,
                options.seed,
                options.reports,
                options.threads,
                progress,
                made,
                options.skip_invalid,
            )
        if out is not None:
            folder.finish(found, out)
    for finding in found.findings:
        if finding.file != "reports.csv" or options.reports:
            say(str(finding))
    for origin, why in found.failed.items():
        say(f"{origin}: the forecast gave up: {why}")
    return Answer(1 if found.failed else 0, found.document, lambda: text.render(found))
