"""The commands about forecasts: make one and keep it, score one that was kept."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from borderflow.cli.answer import Answer, say
from borderflow.cli.options import add_command, add_ensemble, add_json, add_scenario, add_workers
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import kept, sound


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_forecast(commands)
    _add_score(commands)


def _add_forecast(commands: Any) -> None:
    command = add_command(
        commands,
        "forecast",
        "Say how things go on after a day, from what was known at its end: bands by day, when the "
        "peak comes, and how likely a capacity is exceeded. What was reported by then is learned "
        "from; one reading keeps the rules as known, the other draws those that may come.",
        "  borderflow forecast --as-of 2022-09-27 --until 2022-10-11 --out forecast\n"
        "  borderflow forecast russia-2022 --as-of 2022-09-25 --until 2022-10-02 "
        "--capacity Georgia=60000 --out forecast --json",
    )
    add_scenario(command)
    command.add_argument(
        "--as-of", metavar="DATE", required=True, help="use only what was known on this day's end"
    )
    command.add_argument(
        "--until",
        metavar="DATE",
        required=True,
        help="last day of the forecast, within the scenario",
    )
    add_ensemble(command, 100)
    command.add_argument(
        "--capacity",
        action="append",
        default=[],
        metavar="PLACE=N",
        help="people that can be received in a country or place, or can wait at a post: print how "
        "likely more come, and when; may be repeated",
    )
    command.add_argument(
        "--reports",
        action="append",
        default=[],
        metavar="FILE",
        help="more reports, with the columns of reports.csv: those known by then are kept with "
        "the forecast, and the comparators start from them; may be repeated",
    )
    command.add_argument(
        "--out", metavar="DIR", required=True, help="the folder of the forecast, for `score`"
    )
    add_workers(command)
    add_json(command)


def _add_score(commands: Any) -> None:
    command = add_command(
        commands,
        "score",
        "Hold a kept forecast against reports that came later, beside simple comparators.",
        "  borderflow score forecast --reports later.csv\n"
        "  borderflow score forecast --reports later.csv --skip-invalid --json",
    )
    command.add_argument("folder", metavar="FORECAST_DIR", help="the folder of the forecast")
    command.add_argument(
        "--reports",
        metavar="FILE",
        required=True,
        help="the reports, with the columns of reports.csv",
    )
    command.add_argument(
        "--skip-invalid",
        action="store_true",
        help="leave broken rows out, and say so, instead of refusing the file",
    )
    add_json(command)


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
