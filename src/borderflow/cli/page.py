"""The commands about the page: a report that one can mail, and the server."""

from __future__ import annotations

import argparse
from pathlib import Path

from borderflow import api
from borderflow.cli.answer import Answer
from borderflow.cli.progress import Progress


def report(options: argparse.Namespace) -> Answer:
    """Write the page of one or more kept runs as one file."""
    from borderflow.web import report as parts

    if len(options.folders) > parts.MOST:
        message = f"a page sets at most {parts.MOST} runs side by side"
        raise api.ScenarioError([api.complaint("RUN_DIR", len(options.folders), message)])
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
