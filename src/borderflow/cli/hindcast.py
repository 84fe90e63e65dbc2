"""The command that forecasts from past days and scores it."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from typing import Any

from borderflow.cli.answer import Answer, say
from borderflow.cli.options import add_command, add_ensemble, add_json, add_scenario, add_workers
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import draft, sound


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "hindcast",
        "Forecast from several past days, each from what was known then, and score them on the "
        "reports that came, beside simple comparators.",
        "  borderflow hindcast --origins 2022-09-23,2022-09-25 --horizon 5\n"
        "  borderflow hindcast russia-2022 --origins 2022-09-27 --horizon 14 --reports later.csv "
        "--out hindcast --json",
    )
    add_scenario(command)
    command.add_argument(
        "--origins",
        metavar="DATES",
        required=True,
        help="days at whose end a forecast is made, joined by commas",
    )
    command.add_argument(
        "--horizon",
        type=int,
        default=14,
        metavar="DAYS",
        help="days ahead, within the scenario (default: %(default)s)",
    )
    add_ensemble(command, 100)
    command.add_argument(
        "--reports",
        action="append",
        default=[],
        metavar="FILE",
        help="more reports, with the columns of reports.csv: those known at an origin go into its "
        "forecast, later ones are scored; may be repeated",
    )
    command.add_argument(
        "--skip-invalid",
        action="store_true",
        help="leave broken rows of these files out, and say so, instead of refusing them",
    )
    command.add_argument(
        "--out",
        metavar="DIR",
        help="keep the forecast of each origin, and the scores, in this folder",
    )
    add_workers(command)
    add_json(command)


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
