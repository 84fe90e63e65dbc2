"""The command that writes a small whole scenario, to be overwritten with one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from borderflow import loading
from borderflow.cli.answer import Answer
from borderflow.cli.options import add_command, add_json
from borderflow.errors import ScenarioError, complaint
from borderflow.scenario.cells import CellError, parse_id
from borderflow.scenario.fields import FILES, SAYS
from borderflow.scenario.read import HEADER

TEMPLATE = Path(loading.__file__).with_name("template")
"""Folder of the scenario that is written."""


def add(commands: Any) -> None:
    """Add the command and its arguments."""
    command = add_command(
        commands,
        "new",
        "Write a small invented scenario into a new folder: every file with a few rows, to be "
        "overwritten with your own.",
        "  borderflow new my-crisis\n  borderflow new crises/my-crisis --json",
    )
    command.add_argument(
        "folder",
        metavar="FOLDER",
        help="folder to make; its name becomes the id of the scenario",
    )
    add_json(command)


def new(options: argparse.Namespace) -> Answer:
    """Write the template into a folder that is not there yet, or is empty."""
    name = _name(options.folder)
    files = _files(name)
    _write(options.folder, files)
    data = {"folder": options.folder, "scenario": name, "files": list(files)}
    kinds = {file: kind for kind, file in FILES.items()}

    def text() -> str:
        width = max(map(len, files))
        lines = [f"{options.folder}: an invented scenario; every number in it is an assumption"]
        lines += [f"  {f:<{width}}  {SAYS[kinds.get(f, 'scenario')]}" for f in files]
        typed = f'"{options.folder}"' if " " in options.folder else options.folder
        lines += [
            f"'borderflow check {typed}' says what is wrong with it, 'borderflow run {typed}'",
            "runs it, and 'borderflow fields' says what may stand in each file.",
        ]
        return "\n".join(lines) + "\n"

    return Answer(0, lambda: data, text)


def _name(folder: str) -> str:
    """The id that a scenario in this folder has.

    Raises
    ------
    ScenarioError
        If the folder's name is no id, or is that of a scenario that ships.
    """
    try:
        name = Path(folder).resolve().name
        parse_id(name)
    except CellError as error:
        near = None if error.nearest is None else str(Path(folder).with_name(error.nearest))
        message = f"the folder's name becomes the id of the scenario, and {name!r} is {error}"
        raise _refused(folder, message, near) from error
    except (OSError, ValueError) as error:
        raise _refused(folder, f"no folder can have this name: {error}") from error
    if name in loading.scenarios():
        message = f"{name} is a scenario that ships: every command would take that one"
        raise _refused(folder, message, str(Path(folder).with_name(f"my-{name}")))
    return name


def _files(name: str) -> dict[str, bytes]:
    """What is written: names and bytes, with the id of the scenario filled in."""
    files = {file: (TEMPLATE / file).read_bytes() for file in (HEADER, *FILES.values())
             if (TEMPLATE / file).exists()}  # fmt: skip
    own = f'id = "{TEMPLATE.name}"'.encode()
    return {**files, HEADER: files[HEADER].replace(own, f'id = "{name}"'.encode(), 1)}


def _write(folder: str, files: dict[str, bytes]) -> None:
    """Write the files into a folder that appears whole, where nothing was before.

    Raises
    ------
    ScenarioError
        If something is there, or it cannot be written.
    """
    from borderflow import runfolder

    path = Path(folder)
    try:
        if path.is_dir() and any(path.iterdir()):
            raise _refused(folder, "there is something in this folder already; it is left alone")
        if path.resolve() == Path.cwd():  # it would be taken away from under whoever is in it
            message = "this is the folder you are in: name a new one, from the folder above"
            raise _refused(folder, message)
        with runfolder.fresh(path) as home:
            for file, content in files.items():
                (home / file).write_bytes(content)
    except (OSError, runfolder.FolderError) as error:
        raise _refused(folder, str(error)) from error


def _refused(folder: str, message: str, near: str | None = None) -> ScenarioError:
    return ScenarioError([complaint("FOLDER", folder, message, near)])
