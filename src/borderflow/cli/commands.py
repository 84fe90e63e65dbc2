"""What each command does: it gives what to print, as data and as text."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from borderflow import loading
from borderflow.cli import again, flee, forecast, hindcast, page, run, sensitivity
from borderflow.cli.answer import Answer
from borderflow.cli.progress import Progress
from borderflow.cli.simulate import answered, arms, sound
from borderflow.scenario.finding import Finding


def check(options: argparse.Namespace) -> Answer:
    """Everything that is wrong with a scenario; 1 if there is an error."""
    _, findings = loading.examine(options.folder)
    errors = sum(finding.level == "error" for finding in findings)

    def text() -> str:
        lines = [str(finding) for finding in findings]
        warnings = len(findings) - errors
        lines.append(
            f"{options.folder}: {_several(errors, 'error')}, {_several(warnings, 'warning')}"
        )
        return "\n".join(lines) + "\n"

    return Answer(1 if errors else 0, lambda: listed(findings), text)


def _several(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def listed(findings: list[Finding]) -> dict[str, Any]:
    """Findings as the document that ``--json`` prints.

    Parameters
    ----------
    findings : list of Finding
        What was found.
    """
    return {"findings": [finding.to_json() for finding in findings]}


def scenarios(options: argparse.Namespace) -> Answer:
    """The scenarios that ship."""
    found = [loading.load(name) for name in loading.scenarios()]
    rows = [
        {
            "id": scenario.id,
            "name": scenario.name,
            "description": scenario.description,
            "start": scenario.start.isoformat(),
            "end": scenario.end.isoformat(),
            "policies": [row.id for row in scenario.policies],
            "cohorts": [row.id for row in scenario.cohorts],
            "places": [row.id for row in scenario.places],
        }
        for scenario in found
    ]

    def text() -> str:
        lines = []
        for row, scenario in zip(rows, found, strict=True):
            lines += [f"{row['id']}: {row['name']}, {row['start']} to {row['end']}"]
            lines += _indented(scenario.description)
            for kind in ("policies", "cohorts", "places"):
                lines += ["", f"  {kind}:"]
                names = {
                    r.id: getattr(r, "name", None) or f"{getattr(r, 'kind', '')}, {r.place}"
                    for r in getattr(scenario, kind)
                }
                width = max(map(len, names), default=0)
                lines += [
                    textwrap.shorten(f"{name:<{width}}  {says}", 94, placeholder=" ...").replace(
                        name, f"    {name:<{width}} ", 1
                    )
                    for name, says in names.items()
                ]
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: {"scenarios": rows}, text)


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, 98, initial_indent="  ", subsequent_indent="  ")


def plan(options: argparse.Namespace) -> Answer:
    """The stages of a step."""
    from borderflow.engine.step import PLAN, print_plan

    data = {"plan": [{"name": stage.name, "text": stage.text} for stage in PLAN]}
    return Answer(0, lambda: data, lambda: print_plan() + "\n")


def compare(options: argparse.Namespace) -> Answer:
    """Run a scenario under two sets of rules, and tell what differs."""
    scenario = sound(options, [])

    def simulate() -> Any:
        from borderflow.comparison import compare as paired

        with Progress() as progress:
            return paired(scenario, **arms(options), progress=progress)

    def write(found: Any, folder: Path) -> None:
        from borderflow.comparison import files

        files.write(found, folder)

    found = answered(options, simulate, write)

    def text() -> str:
        from borderflow.comparison.text import render

        return render(found)

    return Answer(0, found.document, text)


def corridors(options: argparse.Namespace) -> Answer:
    """Tell how the departures of a day divided over the ways abroad."""
    from borderflow import corridor

    corridor.past(options.on)  # before anything is read: such a date is refused whatever it says
    scenario = sound(options, [])
    with Progress() as progress:
        found = corridor.corridors(
            scenario,
            options.from_,
            options.on,
            members=options.members,
            seed=options.seed,
            as_of=options.as_of,
            threads=options.threads,
            progress=progress,
        )

    def text() -> str:
        from borderflow.corridor.text import render

        return render(found)

    return Answer(0, found.document, text)


COMMANDS: dict[str, Callable[[argparse.Namespace], Answer]] = {
    "run": run.run,
    "compare": compare,
    "corridors": corridors,
    "forecast": forecast.forecast,
    "score": forecast.score,
    "hindcast": hindcast.hindcast,
    "report": page.report,
    "serve": page.serve,
    "check": check,
    "scenarios": scenarios,
    "plan": plan,
    "import": flee.import_,
    "export": flee.export,
    "validate": flee.validate,
    "sensitivity": sensitivity.sensitivity,
    "resume": lambda options: again.resume(options, COMMANDS),
    "rerun": lambda options: again.rerun(options, COMMANDS),
    "cite": again.cite,
}
"""The commands by name."""
