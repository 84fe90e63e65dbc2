"""Folders a second time: finish one that was not finished, compute one again, cite it."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from borderflow import loading, runfolder
from borderflow.cli.answer import Answer
from borderflow.cli.options import DEFAULT, add_command, add_json, add_workers
from borderflow.cli.request import restore
from borderflow.errors import ScenarioError, complaint
from borderflow.wholefile import read_json

Run = Callable[[argparse.Namespace], Answer]


def add(commands: Any) -> None:
    """Add the commands and their arguments."""
    _add_resume(commands)
    _add_rerun(commands)
    _add_cite(commands)


def _add_resume(commands: Any) -> None:
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


def _add_rerun(commands: Any) -> None:
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


def _add_cite(commands: Any) -> None:
    command = add_command(
        commands,
        "cite",
        "Print what to cite for the numbers of a folder: the software, and every source of data "
        "behind them, with its licence.",
        f"  borderflow cite answer\n  borderflow cite {DEFAULT} --json",
    )
    command.add_argument("folder", metavar="DIR", help="the folder of a run, or a scenario")
    add_json(command)


def resume(options: argparse.Namespace, commands: dict[str, Run]) -> Answer:
    """Finish a folder that was not finished, to the same digest as if nothing had happened."""
    folder = runfolder.wanted(Path(options.folder))
    home = runfolder.partial(folder)
    request = read_json(home / runfolder.REQUEST)
    if request is None:
        if (read_json(folder / runfolder.MANIFEST) or {}).get("program"):
            message = "nothing is left to do: it is finished"
        else:
            message = (
                "there is no unfinished run of this name (one ended before it began is run anew)"
            )
        raise _wrong("DIR", options.folder, message)
    if request.get("code") != runfolder.code():
        message = "the program has changed since it was begun, so the digest would not be the same"
        raise _wrong("DIR", options.folder, message)
    given = _restored(request, home / runfolder.INPUTS, options)
    given.out, given.resume = str(folder), True
    return commands[given.command](given)


def _restored(
    request: dict[str, Any], inputs: Path, options: argparse.Namespace
) -> argparse.Namespace:
    """What was asked for then, done by the threads or cluster that are given now."""
    try:
        given = restore(request, inputs)
    except ValueError as error:
        raise _wrong("DIR", options.folder, str(error)) from error
    for name in ("threads", "cluster", "json"):
        setattr(given, name, getattr(options, name, None))
    return given


def _wrong(option: str, read: object, message: str) -> ScenarioError:
    return ScenarioError([complaint(option, read, message)])


def rerun(options: argparse.Namespace, commands: dict[str, Run]) -> Answer:
    """Compute a folder again from what it says of itself, and compare the digests."""
    folder = Path(options.folder)
    says = read_json(folder / runfolder.MANIFEST)
    if says is None or says.get("program") != runfolder.PROGRAM or "digest" not in says:
        message = runfolder.missing(folder, "not the folder of a run: it has no manifest")
        raise _wrong("DIR", options.folder, message)
    request = says.get("request")
    if not isinstance(request, dict):
        message = "its manifest does not say how it was made; older versions left that out"
        raise _wrong("DIR", options.folder, message)
    given = _restored(request, folder / runfolder.INPUTS, options)
    with tempfile.TemporaryDirectory() as place:
        given.out, given.passing = str(Path(place) / "again"), True
        commands[given.command](given)
        found = read_json(Path(given.out) / runfolder.MANIFEST) or {}
    data = {
        "folder": options.folder,
        "digest": says["digest"],
        "again": found.get("digest"),
        "reproduced": found.get("digest") == says["digest"],
        "differs": differences(says, found),
    }
    return Answer(0 if data["reproduced"] else 1, lambda: data, lambda: _told(data))


def differences(then: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    """What was different when a folder was made: versions, machine, the scenario itself.

    Parameters
    ----------
    then, now : dict
        Two manifests.
    """
    names = ("version", "code", "python", "platform", "scenario_hash")
    rows = [(name, then.get(name), now.get(name)) for name in names]
    old, new = then.get("dependencies") or {}, now.get("dependencies") or {}
    rows += [(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]
    return [{"what": name, "then": a, "now": b} for name, a, b in rows if a != b]


def _told(data: dict[str, Any]) -> str:
    if data["reproduced"]:
        head = f"{data['folder']}: reproduced; digest {data['digest'][:16]}…"
    else:
        head = (
            f"{data['folder']}: NOT reproduced; digest {str(data['again'])[:16]}…, "
            f"was {data['digest'][:16]}…"
        )
    lines = [head]
    lines += [f"  {row['what']}: then {row['then']}, now {row['now']}" for row in data["differs"]]
    if not data["reproduced"] and not data["differs"]:
        lines.append("  nothing that the manifest knows is different: the folder may be changed")
    return "\n".join(lines) + "\n"


def cite(options: argparse.Namespace) -> Answer:
    """Say what to cite for the numbers of a folder: the software, and every source behind it."""
    from borderflow.cite import citation, render

    path = Path(options.folder)
    inputs = path / runfolder.INPUTS / "scenario"
    found = sorted(inputs.iterdir()) if inputs.is_dir() else []
    says = read_json(path / runfolder.MANIFEST)
    if says is not None and not found:
        message = "its manifest does not say what it was made from; older versions left that out"
        if says.get("request"):
            message = "the copy of the scenario that it was made from is no longer in it"
        raise _wrong("DIR", options.folder, message)
    if says is None and (message := runfolder.missing(path, "")):
        raise _wrong("DIR", options.folder, message)
    data = citation(loading.load(found[0] if found else options.folder), says or {})
    return Answer(0, lambda: data, lambda: render(data))
