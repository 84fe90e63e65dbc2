"""All of it, and the figures kept: ``make torture``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from torture import split
from torture.kills import COMMANDS, kill
from torture.same import same
from torture.worlds import CHECKS
from worlds import tiny_folder

RESULTS = Path(__file__).resolve().parents[2] / "bench" / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--folders", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--members", type=int, default=200, help="members of the runs that agree")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1,
                        help="processes that share folders and worlds (default: one per core)")  # fmt: skip
    parser.add_argument("--python", action="append", default=[], metavar="3.12=PATH",
                        help="an interpreter with borderflow and its lock file")  # fmt: skip
    parser.add_argument("--no-keep", action="store_true", help="print the figures only")
    asked = parser.parse_args()
    lines: list[str] = []
    bad, whole = 0, _now()

    def say(text: str) -> None:
        lines.append(text)
        print(text, flush=True)

    def troubles(found: list[str]) -> None:
        nonlocal bad
        bad += len(found)
        for text in found[:20]:
            say(f"  - TROUBLE: {text}")

    say(f"# Faults and fuzz, {date.today():%Y-%m-%d}")
    say("")
    say(f"borderflow {version('borderflow')}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, load {load()} when this began; folders and worlds over "
        f"{asked.processes} processes; seed {asked.seed}")  # fmt: skip
    say("")
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        world = tiny_folder(home)
        if asked.folders:
            began = _now()
            read, most = split.folders(
                world, home / "read", asked.folders,
                run=False, seed=asked.seed, processes=asked.processes,
            )  # fmt: skip
            say(f"- mutated folders read and checked: {read.cases}; {read.refused} ended with "
                f"findings, {read.read} were sound; slowest {read.slowest:.2f} s; peak memory of a "
                f"process {most:.0f} MB; {len(read.troubles)} troubles; {_now() - began:.0f} s")  # fmt: skip
            troubles(read.troubles)
        if asked.runs:
            began = _now()
            ran, most = split.folders(
                world, home / "ran", asked.runs,
                run=True, seed=asked.seed + 1, processes=asked.processes,
            )  # fmt: skip
            say(f"- mutated folders run: {ran.cases}; {ran.ran} ran with people conserved, "
                f"{ran.refused} ended with findings; slowest {ran.slowest:.2f} s; peak memory of a "
                f"process {most:.0f} MB; {len(ran.troubles)} troubles; {_now() - began:.0f} s")  # fmt: skip
            troubles(ran.troubles)
        if asked.worlds:
            began = _now()
            made = split.worlds(asked.worlds, processes=asked.processes)
            say(f"- generated worlds: {made.worlds}, {len(CHECKS)} checks each "
                f"({'; '.join(CHECKS)}); {len(made.troubles)} troubles; {_now() - began:.0f} s")  # fmt: skip
            troubles(made.troubles)
        if asked.kills:
            began = _now()
            (home / "kills").mkdir()
            hit = kill(world, home / "kills", asked.kills, asked.seed)
            say(f"- kills at random moments of {', '.join(COMMANDS)}: {hit.kills}; gone on from "
                f"{hit.resumed} times, begun again {hit.begun_again} times (killed before there was "
                f"anything), {hit.too_late} came too late; digests "
                f"{ {name: len(values) for name, values in hit.digests.items()} } (one each is "
                f"right); {len(hit.troubles)} troubles; {_now() - began:.0f} s")  # fmt: skip
            more = [f"{name}: {values}" for name, values in hit.digests.items() if len(values) != 1]
            troubles(hit.troubles + more)
        if asked.members:
            began = _now()
            pythons = dict(text.split("=", 1) for text in asked.python)
            agree = same(world, asked.members, pythons)
            distinct = set(agree.digests.values())
            say(f"- who computes {asked.members} members: {', '.join(agree.digests)}: "
                f"{len(distinct)} digest{'s' if len(distinct) > 1 else ''}; {_now() - began:.0f} s")  # fmt: skip
            troubles([] if len(distinct) == 1 else [str(agree.digests)])
            for name, why in agree.skipped.items():
                say(f"  - SKIPPED: {name}: {why}")
    say("")
    say(f"{bad} troubles in all; {_now() - whole:.0f} s")
    if not asked.no_keep:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"torture-{date.today():%Y-%m-%d}.md"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"kept in {path}")
    return 1 if bad else 0


def _now() -> float:
    return time.monotonic()


def load() -> str:
    """How busy the machine is: 1 is one core's worth."""
    try:
        return f"{os.getloadavg()[0]:.1f}"
    except OSError:
        return "unknown"


if __name__ == "__main__":
    sys.exit(main())
