"""The commands that speak Flee's format: import, export and validate."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from borderflow import loading
from borderflow.cli.answer import Answer, say
from borderflow.cli.options import add_command, add_format, add_json, add_workers
from borderflow.cli.progress import Progress
from borderflow.errors import ScenarioError, arguments, complaint
from borderflow.scenario.finding import Finding


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_import(commands)
    _add_export(commands)
    _add_validate(commands)


def _add_import(commands: Any) -> None:
    command = add_command(
        commands,
        "import",
        "Turn a conflict in another model's format into a scenario folder, and list what cannot "
        "be carried over.",
        "  borderflow import flee mali2012/input_csv mali2012/source_data --out mali",
    )
    add_format(command)
    command.add_argument("input_csv", metavar="INPUT_CSV_DIR", help="folder with locations.csv")
    command.add_argument("source_data", metavar="SOURCE_DATA_DIR", help="folder with the counts")
    command.add_argument("--out", metavar="FOLDER", required=True, help="the scenario folder")
    add_json(command)


def _add_export(commands: Any) -> None:
    command = add_command(
        commands,
        "export",
        "Write a scenario in another model's format, and list what that cannot say.",
        "  borderflow export flee mali --out mali-flee",
    )
    add_format(command)
    command.add_argument("scenario", metavar="SCENARIO", help="a folder, or one that ships")
    command.add_argument("--out", metavar="DIR", required=True, help="the folder to write")
    add_json(command)


def _add_validate(commands: Any) -> None:
    command = add_command(
        commands,
        "validate",
        "Run past conflicts with known counts, with their capacities and without any, and score "
        "the split over camps beside cheap rules and the other model's own result.",
        "  borderflow validate flee conflicts/* --leave-one-out\n"
        "  borderflow validate flee mali2012 --learn-until 30 --out out --json",
    )
    add_format(command)
    command.add_argument(
        "directories", metavar="DIR", nargs="+", help="folders with input_csv/ and source_data/"
    )
    command.add_argument(
        "--learn-until",
        type=int,
        metavar="DAY",
        help="use the counts up to this day; what comes after it is scored",
    )
    command.add_argument(
        "--learn-from",
        choices=("daily", "reports"),
        default="daily",
        help="daily: the counts of every day up to DAY, which between two reports lie on a line to "
        "the next one; reports: only what reports dated by DAY say (default: %(default)s)",
    )
    command.add_argument(
        "--leave-one-out",
        action="store_true",
        help="give each conflict that took part in the calibration the numbers that never saw it",
    )
    command.add_argument(
        "--total",
        choices=("given", "forecast"),
        default="given",
        help="whether the daily total is given, or forecast too (default: %(default)s)",
    )
    command.add_argument(
        "--members", type=int, default=20, metavar="N", help="members (default: %(default)s)"
    )
    command.add_argument(
        "--seed", type=int, default=1, metavar="S", help="seed (default: %(default)s)"
    )
    add_workers(command)
    command.add_argument(
        "--out", metavar="DIR", help="write each result also in the layout of Flee's out.csv"
    )
    add_json(command)


def import_(options: argparse.Namespace) -> Answer:
    """Turn a Flee folder into a scenario folder, and list what cannot be carried over."""
    from borderflow import runfolder
    from borderflow.scenario.check import check
    from borderflow.scenario.write import write
    from borderflow.source.flee.read import read_folder
    from borderflow.source.flee.scenario import to_scenario
    from borderflow.validate.parameters import movement_for

    folder, findings = read_folder(options.input_csv, options.source_data)
    if folder is None:
        raise ScenarioError(findings)
    _, movement = movement_for(folder.name, leave_one_out=False)
    made = to_scenario(folder, movement)
    findings = [*findings, *check(made.scenario)]
    if any(finding.level == "error" for finding in findings):
        raise ScenarioError(findings)
    try:
        with runfolder.fresh(Path(options.out)) as home:
            write(made.scenario, home)
    except runfolder.FolderError as error:
        raise ScenarioError([complaint("--out", options.out, str(error))]) from error
    scenario = made.scenario
    data = {
        "scenario": scenario.id,
        "folder": str(options.out),
        "days": folder.days,
        "rows": {kind: len(scenario.rows(kind)) for kind in KINDS},
        "left": list(made.left),
        "findings": [finding.to_json() for finding in findings],
    }

    def text() -> str:
        counts = ", ".join(f"{n} {PLURAL[kind]}" for kind, n in data["rows"].items() if n)  # type: ignore[attr-defined]
        lines = [f"{options.out}: {folder.name}, {folder.days} days; {counts}"]
        lines += [str(finding) for finding in findings]
        lines += _listed("not carried over", made.left)
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: data, text)


SHOWN = 3
"""Warnings about one file that are said one by one."""

KINDS = ("place", "link", "driver", "policy", "report", "parameter")
PLURAL = {
    "place": "places", "link": "links", "driver": "drivers", "policy": "policies",
    "report": "reports", "parameter": "parameters",
}  # fmt: skip


def _listed(what: str, lines: Sequence[str]) -> list[str]:
    return [f"{what}:", *(f"  {line}" for line in lines)] if lines else [f"{what}: nothing"]


def export(options: argparse.Namespace) -> Answer:
    """Write a scenario as a Flee folder, and list what Flee cannot say."""
    from borderflow import runfolder
    from borderflow.source.flee.write import write_folder

    scenario, findings = loading.examine(options.scenario)
    if scenario is None or any(finding.level == "error" for finding in findings):
        raise ScenarioError(findings)
    try:
        with runfolder.fresh(Path(options.out)) as home:
            left = write_folder(scenario, home)
    except runfolder.FolderError as error:
        raise ScenarioError([complaint("--out", options.out, str(error))]) from error
    data = {"scenario": scenario.id, "folder": str(options.out), "left": list(left)}

    def text() -> str:
        head = f"{options.out}: input_csv and source_data of {scenario.id}"
        return "\n".join([head, *_listed("what Flee cannot say", left)]) + "\n"

    return Answer(0, lambda: data, text)


def validate(options: argparse.Namespace) -> Answer:
    """Run conflicts, score them, and say which could not be run; 1 if one could not."""
    from borderflow.validate.conflict import read_conflict
    from borderflow.validate.run import Outcome, Settings, summary, validate_one
    from borderflow.validate.text import render

    settings = Settings(
        members=options.members,
        seed=options.seed,
        learn_until=options.learn_until or 0,
        reports_only=options.learn_from == "reports",
        leave_one_out=options.leave_one_out,
        forecast_total=options.total == "forecast",
        threads=options.threads,
    )
    findings = _usage(options)
    if findings:
        raise ScenarioError(findings)
    outcomes: list[Outcome] = []
    failed: list[str] = []
    told: list[Finding] = []
    out = Path(options.out) if options.out is not None else None
    with Progress(unit="conflicts") as progress:
        for at, directory in enumerate(options.directories):
            name = Path(directory).resolve().name
            conflict, found = read_conflict(directory)
            found = [replace(f, file="/".join(filter(None, (name, f.file)))) for f in found]
            if conflict is not None:
                try:
                    outcomes.append(validate_one(conflict, settings))
                except (ArithmeticError, ValueError, LookupError) as error:
                    found.append(Finding("error", "run", name, None, None, None, None, str(error)))
                    conflict = None
            if conflict is None:
                failed.append(name)
            told += found
            progress(at + 1, len(options.directories))
    if out is not None:
        try:
            for outcome in outcomes:
                outcome.write(out)
        except OSError as error:
            raise ScenarioError([complaint("--out", options.out, str(error))]) from error
    data = summary(outcomes, settings)
    data["failed"] = failed
    data["findings"] = [finding.to_json() for finding in told]
    _tell(told)
    return Answer(1 if failed else 0, lambda: data, lambda: render(data))


def _tell(findings: Sequence[Finding]) -> None:
    """Say errors, and the first few warnings of each file, on standard error."""
    seen: dict[str, int] = {}
    for finding in findings:
        if finding.level == "warning":
            seen[finding.file] = seen.get(finding.file, 0) + 1
            if seen[finding.file] > SHOWN:
                continue
        say(str(finding))
    for file, count in seen.items():
        if count > SHOWN:
            say(f"{count - SHOWN} more warnings about {file}")


def _usage(options: argparse.Namespace) -> list[Finding]:
    """What is wrong with the options."""
    wrong = list(arguments(options.members, options.seed, options.threads))
    names: dict[str, Any] = {}
    for directory in options.directories:
        name = Path(directory).resolve().name
        if name in names:
            message = "two conflicts of this name: rename one folder"
            wrong.append(complaint("DIR", directory, message))
        names[name] = directory
    if options.learn_until is not None and options.learn_until < 1:
        message = "counts are learned up to day 1 or a later one"
        wrong.append(complaint("--learn-until", options.learn_until, message))
    if options.total == "forecast" and options.learn_until is None:
        message = "the total is forecast from the first counts: add --learn-until DAY"
        wrong.append(complaint("--total", options.total, message))
    if options.learn_from == "reports" and options.learn_until is None:
        message = "says what is learned from: add --learn-until DAY"
        wrong.append(complaint("--learn-from", options.learn_from, message))
    return wrong
