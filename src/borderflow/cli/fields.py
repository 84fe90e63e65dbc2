"""The command that says what may stand in the files of a scenario."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from borderflow.cli.answer import Answer
from borderflow.cli.options import add_command, add_json
from borderflow.errors import ScenarioError, complaint
from borderflow.mode import modes
from borderflow.policy import kinds
from borderflow.scenario.cells import TYPES
from borderflow.scenario.checks.reports import NAMED, UNITS
from borderflow.scenario.fields import FILES, SAYS, Field, quantities
from borderflow.scenario.fields import fields as columns_of
from borderflow.scenario.finding import nearest
from borderflow.scenario.read import HEADER, NEEDED
from borderflow.wording import WIDTH

Row = dict[str, Any]


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "fields",
        "List the files of a scenario folder, or the columns of one: type, unit, default and "
        "meaning. Lists policy kinds, modes of travel and quantities too.",
        "  borderflow fields\n  borderflow fields places.csv\n"
        "  borderflow fields policy-kinds --json",
    )
    command.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="a file (places.csv), a kind of row (place), or a list: "
        f"{', '.join(LISTS)} (default: say which there are)",
    )
    add_json(command)


def fields(options: argparse.Namespace) -> Answer:
    """The files of a scenario folder, or what one of them or a list holds."""
    if options.name is None:
        return _overview()
    names = _names()
    if options.name not in names:
        message = "neither a file of a scenario, nor a kind of row, nor a list"
        near = nearest(options.name, names)
        raise ScenarioError([complaint("NAME", options.name, message, near)])
    name = names[options.name]
    return _list(name) if name in LISTS else _columns(name)


# What there is


def _names() -> dict[str, str]:
    """What may be asked for, by every name that it may be called by."""
    found = {name: name for name in (*SAYS, *LISTS)}
    found |= {"quantity": "quantities", "mode": "modes"}
    found |= {HEADER: "scenario", "countries": "country"}
    for kind, file in FILES.items():
        found |= {file: kind, Path(file).stem: kind}
    return found


def _file(kind: str) -> str:
    """File in which the rows of a kind stand."""
    return FILES.get(kind, HEADER)


def _overview() -> Answer:
    """The files, which of them are needed, and the lists."""
    files: list[Row] = [
        {
            "name": kind,
            "file": _file(kind),
            "needed": kind not in FILES or kind in NEEDED,
            "description": says,
        }
        for kind, says in SAYS.items()
    ]
    lists: list[Row] = [{"name": name, "description": says} for name, (says, _, _) in LISTS.items()]

    def text() -> str:
        lines = ["Files of a scenario folder; those marked * are needed:"]
        for row in files:
            mark = "*" if row["needed"] else " "
            lines += _entry(f"{mark} {_title(row['name'])}", row["description"])
        lines += ["", "Lists of what may stand in some columns:"]
        for row in lists:
            lines += _entry(f"  {row['name']}", row["description"])
        lines += ["", "'borderflow fields places.csv' prints the columns of a file."]
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: {"files": files, "lists": lists}, text)


def _title(kind: str) -> str:
    return FILES.get(kind) or f"{HEADER} {'[countries]' if kind == 'country' else '[scenario]'}"


# Columns


def _columns(kind: str) -> Answer:
    """The columns of a file."""
    found = list(columns_of(kind).values())
    rows = [
        {
            "name": field.attribute,
            "type": field.type,
            "unit": field.unit or None,
            "default": None if field.required else field.default or None,
            "required": field.required,
            "description": field.description,
        }
        for field in found
    ]

    def text() -> str:
        needed = " (needed)" if kind not in FILES or kind in NEEDED else ""
        lines = [*_entry(f"{_title(kind)}{needed}", SAYS[kind]), ""]
        for field in found:
            lines += _entry(f"  {field.attribute}: {_about(field)}", field.description)
        lines += ["", "How cells are written:"]
        for base in dict.fromkeys(field.base for field in found):
            lines.append(f"  {base}: {TYPES[base].says}")
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: {"name": kind, "file": _file(kind), "rows": rows}, text)


def _about(field: Field) -> str:
    """Type, unit and default of a column."""
    parts = [field.type, field.unit]
    parts.append("required" if field.required else field.default and f"default {field.default}")
    return ", ".join(part for part in parts if part)


# Lists


def _list(name: str) -> Answer:
    """The entries of a list."""
    says, found, about = LISTS[name]
    rows = list(found())

    def text() -> str:
        lines = [*_entry(name, says), ""]
        for row in rows:
            head = ": ".join(part for part in (row["id"], about(row)) if part)
            lines += _entry(f"  {head}", row["description"])
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: {"name": name, "file": None, "rows": rows}, text)


def _policy_kinds() -> Iterator[Row]:
    for kind in kinds().values():
        yield {
            "id": kind.id,
            "acts": kind.acts,
            "quantities": list(kind.quantities),
            "description": kind.description,
        }


def _about_kind(row: Row) -> str:
    taken = f"takes {' and '.join(row['quantities'])}" if row["quantities"] else ""
    return taken if row["acts"] else "has no effect of its own"


def _modes() -> Iterator[Row]:
    for mode in modes().values():
        yield {
            "id": mode.id,
            "speed_kmh": mode.speed_kmh,
            "detour": mode.detour,
            "access_hours": mode.access_hours,
            "fare_fixed": mode.fare_fixed,
            "fare_per_km": mode.fare_per_km,
            "lane": mode.queue_class,
            "seats": mode.scheduled_allowed,
            "description": mode.description,
            "argument": mode.argument,
        }


def _about_mode(row: Row) -> str:
    seats = ", may have seats" if row["seats"] else ""
    return (
        f"{row['speed_kmh']:g} km/h, detour {row['detour']:g}, access {row['access_hours']:g} h, "
        f"fare {row['fare_fixed']:g} + {row['fare_per_km']:g} per km, lane {row['lane']}{seats}"
    )


def _quantities() -> Iterator[Row]:
    for one in quantities().values():
        yield {
            "id": one.id,
            "unit": one.unit or None,
            "default": one.default,
            "description": one.description,
        }


def _about_quantity(row: Row) -> str:
    return ", ".join(part for part in (row["unit"], f"default {row['default']:g}") if part)


def _report_quantities() -> Iterator[Row]:
    from borderflow.observe.functionals import counterpart

    for quantity, units in (*UNITS.items(), *NAMED.items()):
        function = counterpart(quantity)
        says = "Nothing is simulated that it could be compared with."
        if function is not None:
            says = (function.__doc__ or "").partition("\n")[0]
        yield {
            "id": quantity,
            "units": list(units),
            "compared": function is not None,
            "description": says,
        }


def _about_report(row: Row) -> str:
    return " or ".join(row["units"])


LISTS: dict[str, tuple[str, Callable[[], Iterator[Row]], Callable[[Row], str]]] = {
    "policy-kinds": (
        "What a rule of policies.csv may be, what it does, and what says how much.",
        _policy_kinds,
        _about_kind,
    ),
    "modes": (
        "How a link of links.csv may be travelled, and what stands in where it gives no number.",
        _modes,
        _about_mode,
    ),
    "quantities": (
        "What a row of parameters.csv may set, and the value where no row does.",
        _quantities,
        _about_quantity,
    ),
    "report-quantities": (
        "What a row of reports.csv may count, in which units, and what it is compared with. "
        "Citizens may be named: entries_citizens is entries_x_citizens as well.",
        _report_quantities,
        _about_report,
    ),
}
"""Lists by name: what they are of, their entries, and how an entry is introduced in print."""


def _entry(head: str, says: str) -> list[str]:
    """Lines of one entry: what it is, and below it what it means."""
    first = textwrap.wrap(head, WIDTH, subsequent_indent=" " * 10, break_on_hyphens=False)
    return [*first, *textwrap.wrap(says, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)]
