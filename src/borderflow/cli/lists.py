"""The commands that list what there is: the scenarios that ship, the stages of a step."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any

from borderflow import loading
from borderflow.cli.answer import Answer
from borderflow.cli.options import add_command, add_json


def add(commands: Any) -> None:
    """Add the commands."""
    _simple(
        commands,
        "scenarios",
        "List the scenarios that ship, with the ids of their policies, cohorts and places.",
    )
    _simple(commands, "plan", "Print what happens in one step of the simulation, in order.")


def _simple(commands: Any, name: str, text: str) -> None:
    add_json(add_command(commands, name, text, f"  borderflow {name}\n  borderflow {name} --json"))


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
