"""What a command was asked for, kept in its folder with copies of all it read.

So a folder can be finished or computed again on another day and another machine, whatever has
become of the files that it was made from.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Any

from borderflow import loading, runfolder
from borderflow.errors import ScenarioError, complaint
from borderflow.scenario.fields import FILES

SCENARIO = "scenario"
READS = (SCENARIO, "with_", "draws", "reports")
"""Options that name what is read: a folder, or one or more files."""

LEFT_OUT = (*READS, "command", "out", "json", "version", "threads", "cluster", "resume")
"""Options that are copied, or do not touch the numbers."""


def describe(options: argparse.Namespace) -> dict[str, Any]:
    """What was asked for, as plain data.

    Parameters
    ----------
    options : Namespace
        The options of a command.
    """
    given = vars(options)
    return {
        "command": options.command,
        "code": runfolder.code(),
        "scenario": Path(str(options.scenario)).name,
        "options": {name: value for name, value in given.items() if name not in LEFT_OUT},
        "reads": [name for name in READS if name in given],
    }


def copy(options: argparse.Namespace, folder: Path) -> None:
    """Copy everything that a command reads.

    Parameters
    ----------
    options : Namespace
        The options of a command.
    folder : Path
        Where.

    Raises
    ------
    ScenarioError
        If a file that is to be read cannot be.
    """
    home = loading.folder(options.scenario)
    into = folder / SCENARIO / home.resolve().name
    into.mkdir(parents=True)
    for name in ("scenario.toml", *FILES.values()):
        if (home / name).is_file():
            shutil.copyfile(home / name, into / name)
    for option in READS[1:]:
        for number, file in enumerate(_several(getattr(options, option, None))):
            at = folder / option / str(number)
            at.mkdir(parents=True)
            try:
                data = Path(file).read_bytes()
            except (OSError, ValueError) as error:
                message = f"the file cannot be read: {getattr(error, 'strerror', None) or error}"
                name = f"--{option.rstrip('_')}"
                raise ScenarioError([complaint(name, file, message)]) from error
            (at / Path(file).name).write_bytes(data)


def restore(request: dict[str, Any], inputs: Path) -> argparse.Namespace:
    """The options of a command again, reading the copies.

    Parameters
    ----------
    request : dict
        As `describe` gave it.
    inputs : Path
        Where the copies are.

    Raises
    ------
    ValueError
        If it is not complete.
    """
    try:
        options = dict(request["options"])
        options["command"] = str(request["command"])
        for name in request["reads"]:
            found = sorted((inputs / name).iterdir()) if (inputs / name).is_dir() else []
            if name == SCENARIO:
                options[name] = str(found[0])
                continue
            files = [str(next(at.iterdir())) for at in sorted(found, key=lambda p: int(p.name))]
            options[name] = files if name != "draws" else next(iter(files), None)
    except (KeyError, TypeError, IndexError, OSError, StopIteration) as error:
        message = "its copies of what it was made from are not all there"
        if not isinstance(request.get("options"), dict) or not request.get("command"):
            message = "it does not say what was asked for: it is damaged, or of another program"
        raise ValueError(message) from error
    return argparse.Namespace(**options)


def _several(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(value)] if isinstance(value, str | Path) else [str(one) for one in value]
