"""The commands about the page: a report that one can mail, and the server."""

from __future__ import annotations

import argparse
import json
import webbrowser
from pathlib import Path
from typing import Any

from borderflow.cli.answer import Answer, say, tell
from borderflow.cli.options import DEFAULT, add_command, add_json, add_members, add_threads
from borderflow.cli.progress import Progress
from borderflow.errors import ScenarioError, arguments, complaint
from borderflow.workers import KEPT


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_report(commands)
    _add_serve(commands)


def _add_report(commands: Any) -> None:
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


def _add_serve(commands: Any) -> None:
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


def report(options: argparse.Namespace) -> Answer:
    """Write the page of one or more kept runs as one file."""
    from borderflow.web import report as parts

    if len(options.folders) > parts.MOST:
        message = f"a page sets at most {parts.MOST} runs side by side"
        raise ScenarioError([complaint("RUN_DIR", len(options.folders), message)])
    path = Path(options.out)
    with Progress("reading the run ..."):
        runs = [parts.read_view(Path(folder)) for folder in options.folders]
        size = parts.write(runs, path)
    rows = [
        {
            "folder": folder,
            "scenario": run["head"]["scenario"],
            "as_of": run["head"]["as_of"],
            "members": run["head"]["members"],
            "digest": run["head"]["digest"],
        }
        for folder, run in zip(options.folders, runs, strict=True)
    ]
    data = {"report": str(path), "bytes": size, "runs": rows}

    def text() -> str:
        lines = [f"{path}: {size / 1e6:.1f} MB; opens in a browser without any network"]
        lines += [
            f"  {run['head']['name']}: {run['head']['members']} members, "
            f"digest {run['head']['digest'][:16]}…"
            for run in runs
        ]
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: data, text)


def serve(options: argparse.Namespace) -> Answer:
    """Show runs in a browser, and let rules be changed, until it is interrupted."""
    from borderflow.web.listen import Place, listen
    from borderflow.web.store import Store

    wrong = arguments(options.members, options.seed, options.threads)
    if options.members > KEPT:
        message = (
            f"the server keeps members one by one, {KEPT:,} at most; more can be run beforehand, "
            "with 'borderflow run --out DIR', and DIR be served"
        )
        wrong.append(complaint("--members", options.members, message, str(KEPT)))
    place = Place(options.host, options.port, options.share)
    wrong += place.wrong()
    if wrong:
        raise ScenarioError(wrong)
    store = Store(options.threads)
    for what in options.what or [DEFAULT]:
        store.add(what, options.members, options.seed, options.as_of)
    with place.bound() as (socket, guard, url):
        if guard.token is not None:
            say("warning: whoever has the address below can see the runs and use this machine")
        if options.json:
            runs = [run.item() for run in store.runs.values()]
            tell(json.dumps({"serving": {"url": url, "runs": runs}}) + "\n")
        else:
            tell(f"borderflow is at {url} (Ctrl+C ends it)\n")
        if options.open:
            webbrowser.open(url)
        listen(store, guard, socket)
    return Answer(0, str, str)
