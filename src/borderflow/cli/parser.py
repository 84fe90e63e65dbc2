"""The commands and their options."""

from __future__ import annotations

import argparse
from typing import Any

from borderflow.cli.options import (
    DEFAULT,
    add_command,
    add_draws,
    add_ensemble,
    add_format,
    add_fresh,
    add_json,
    add_members,
    add_rules,
    add_scenario,
    add_small_cells,
    add_threads,
    add_workers,
)
from borderflow.cli.usage import Parser


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser(
        prog="borderflow",
        description="Who crosses which border where and when, and how long they wait.",
        epilog="Example:\n  borderflow run --members 20\n\nborderflow COMMAND --help says more.",
    )
    top.add_argument("--version", action="store_true", help="print the version")
    add_json(top)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _run(commands)
    _compare(commands)
    _corridors(commands)
    _forecast(commands)
    _score(commands)
    _hindcast(commands)
    _sensitivity(commands)
    _report(commands)
    _serve(commands)
    _check(commands)
    _simple(
        commands,
        "scenarios",
        "List the scenarios that ship, with the ids of their policies, cohorts and places.",
    )
    _simple(commands, "plan", "Print what happens in one step of the simulation, in order.")
    _flee(commands)
    _again(commands)
    return top


def _simple(commands: Any, name: str, text: str) -> None:
    add_json(add_command(commands, name, text, f"  borderflow {name}\n  borderflow {name} --json"))


def _flee(commands: Any) -> None:
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


def _again(commands: Any) -> None:
    command = add_command(
        commands,
        "resume",
        "Finish a folder whose run was ended too early (killed, no power, disk full): members that "
        "were done are not run again, and the digest is that of an undisturbed run.",
        "  borderflow resume answer\n  borderflow resume answer --threads 2 --json",
    )
    command.add_argument("folder", metavar="DIR", help="the folder that --out named")
    add_workers(command)
    add_json(command)
    command = add_command(
        commands,
        "rerun",
        "Compute the folder of a run, comparison, forecast, hindcast or sensitivity again from "
        "what it says of itself, and say whether the digest is the same; if not, which version "
        "differs.",
        "  borderflow rerun answer\n  borderflow rerun answer --json",
    )
    command.add_argument("folder", metavar="DIR", help="the folder of a finished run")
    add_workers(command)
    add_json(command)
    command = add_command(
        commands,
        "cite",
        "Print what to cite for the numbers of a folder: the software, and every source of data "
        "behind them, with its licence.",
        f"  borderflow cite answer\n  borderflow cite {DEFAULT} --json",
    )
    command.add_argument("folder", metavar="DIR", help="the folder of a run, or a scenario")
    add_json(command)


def _check(commands: Any) -> None:
    command = add_command(
        commands,
        "check",
        "Say everything that is wrong with a scenario folder, all at once.",
        f"  borderflow check my-scenario\n  borderflow check {DEFAULT} --json",
    )
    command.add_argument(
        "folder", metavar="FOLDER", help="folder of the scenario, or the name of one that ships"
    )
    add_json(command)


def _run(commands: Any) -> None:
    command = add_command(
        commands,
        "run",
        "Run a scenario and print who crosses where and when, how long they wait and where "
        "they are.",
        "  borderflow run --members 20\n"
        "  borderflow run russia-2022 --as-of 2022-09-27 --out answer\n"
        "  borderflow run --without p40 --json > answer.json",
    )
    add_scenario(command)
    add_members(command, 100)
    add_draws(command)
    add_rules(command)
    command.add_argument(
        "--out",
        metavar="DIR",
        help="write labelled arrays (NetCDF), tidy tables (CSV, Parquet), quantiles and a "
        "manifest into this folder",
    )
    command.add_argument(
        "--full", action="store_true", help="with --out: write every array of every member too"
    )
    command.add_argument(
        "--all",
        dest="every",
        action="store_true",
        help="print every crossing and sold-out service, and not the largest alone; --json always "
        "has them",
    )
    add_fresh(command)
    add_small_cells(command)
    add_workers(command)
    add_json(command)


def _compare(commands: Any) -> None:
    command = add_command(
        commands,
        "compare",
        "Run a scenario under its own rules and under others, the same members in both, and "
        "print what differs, within this model.",
        "  borderflow compare --without p75 --members 20\n"
        "  borderflow compare russia-2022 --with rules.toml --json > answer.json",
    )
    add_scenario(command)
    add_rules(command)
    add_members(command, 100)
    add_draws(command)
    command.add_argument(
        "--out", metavar="DIR", help="write the rows (CSV, Parquet) and a manifest into this folder"
    )
    add_fresh(command)
    add_small_cells(command)
    add_workers(command)
    add_json(command)


def _corridors(commands: Any) -> None:
    command = add_command(
        commands,
        "corridors",
        "Print how the departures of a past day from one place divided over the ways abroad, all "
        "cohorts together.",
        "  borderflow corridors --from Kazan --on 2022-09-22",
    )
    add_scenario(command)
    command.add_argument(
        "--from",
        dest="from_",
        metavar="PLACE",
        required=True,
        help="place where people leave home, by id or name",
    )
    command.add_argument(
        "--on",
        metavar="DATE",
        required=True,
        help="day of departure (YYYY-MM-DD), at least 30 days past",
    )
    add_members(command, 20)
    add_threads(command)
    add_json(command)


def _forecast(commands: Any) -> None:
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


def _score(commands: Any) -> None:
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


def _hindcast(commands: Any) -> None:
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


def _report(commands: Any) -> None:
    command = add_command(
        commands,
        "report",
        "Write the page of a run as one HTML file that one can mail: map, charts and sources, with "
        "no network request ever. More runs are there to compare with.",
        "  borderflow report answer -o report.html\n"
        "  borderflow report answer without-p75 --out report.html --json",
    )
    command.add_argument(
        "folders",
        metavar="RUN_DIR",
        nargs="+",
        help="the folder that `run --out` or `forecast --out` left; up to four, the main one first",
    )
    command.add_argument(
        "-o", "--out", metavar="FILE", required=True, help="the file; one that is there is replaced"
    )
    add_json(command)


def _serve(commands: Any) -> None:
    command = add_command(
        commands,
        "serve",
        "Open a local page that shows runs on a map and lets one ask what other rules would do. "
        "It listens on this machine alone, and ends with Ctrl+C.",
        f"  borderflow serve\n  borderflow serve {DEFAULT} --members 100 --open\n"
        "  borderflow serve answer without-p75 --port 0",
    )
    command.add_argument(
        "what",
        metavar="SCENARIO|RUN_DIR",
        nargs="*",
        help="scenarios (names or folders) and folders that `run --out` or `forecast --out` left "
        f"(default: {DEFAULT})",
    )
    add_members(command, 50)
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on; any but this machine's own needs --share (default: "
        "%(default)s)",
    )
    command.add_argument(
        "--port",
        type=int,
        default=8765,
        metavar="N",
        help="port; 0 takes a free one (default: %(default)s)",
    )
    command.add_argument(
        "--share",
        action="store_true",
        help="let others in who have the address with the token that is printed",
    )
    command.add_argument("--open", action="store_true", help="open the page in a browser")
    add_threads(command)
    add_json(command)


def _sensitivity(commands: Any) -> None:
    command = add_command(
        commands,
        "sensitivity",
        "Say which assumptions move which answer: all rows of parameters.csv that have a range are "
        "varied together, with the same luck in every run.",
        "  borderflow sensitivity --target entries:Georgia --target 'peak_queue:Verkhny Lars'\n"
        "  borderflow sensitivity russia-2022 --target departures --method sobol --size 64 --json",
    )
    add_scenario(command)
    command.add_argument(
        "--target",
        action="append",
        required=True,
        metavar="TARGET",
        help="an answer: entries:NAME (a country or crossing), peak_queue:NAME, peak_wait:NAME, "
        "present:COUNTRY, refusals:COUNTRY, departures or left_behind; may be repeated",
    )
    command.add_argument(
        "--method",
        choices=("morris", "sobol"),
        default="morris",
        help="morris screens many assumptions with few runs; sobol gives shares of the variance, "
        "and needs many (default: %(default)s)",
    )
    command.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="trajectories (morris, default 10) or base samples (sobol, default 64, a power of "
        "two); the runs are about this times the number of assumptions",
    )
    command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help="vary only this row of parameters.csv; may be repeated",
    )
    command.add_argument(
        "--seed", type=int, default=1, metavar="S", help="seed of the design (default: %(default)s)"
    )
    command.add_argument(
        "--as-of", metavar="DATE", help="use only what was known at the end of this day"
    )
    add_rules(command)
    command.add_argument(
        "--out", metavar="DIR", help="write tables, a figure and a manifest into this folder"
    )
    add_workers(command)
    add_json(command)
