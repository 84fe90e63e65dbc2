"""`python -m bench`: measure, print and keep a dated table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.table import Row, heading, keep, machine, markdown
from bench.timing import ROOT, child, environment

MEMBERS = 1000


def stages(name: str, people: float) -> Iterator[Row]:
    """The stages of the step in one member of a world, and its draws."""
    from bench.members import limit

    with tempfile.TemporaryDirectory() as cache:
        found = child("stages", name, people, env=environment(NUMBA_CACHE_DIR=cache))
    whole = sum(seconds for seconds, _ in found.values())
    for stage, (seconds, looked_up) in found.items():
        note = f"{seconds / whole:.0%} of the time; {looked_up:,} random numbers"
        yield Row(f"stage `{stage}`", seconds, "s", note=note)
    drawn = sum(looked_up for _, looked_up in found.values())
    yield Row("all stages", whole, "s", note=f"{drawn:,} random numbers in a member")
    note = "random numbers over the time of the stages, everything else included"
    yield Row("draws in a member", drawn / whole, "1/s", note=note)
    for row in limit():
        part = drawn / whole / row.value
        yield replace(row, note=f"{row.note}; the draws of a member reach {part:.1%} of it")


def many(full: bool) -> Iterator[Row]:
    """A thousand members on two threads: run, or extended from a hundred."""
    members = MEMBERS if full else 100
    run = child("ensemble", members, 2)
    more = (MEMBERS - members) / (members - run["early"])

    def extended(part: str, answer: float) -> float:
        """What simulating takes, in proportion from the early members on, and the answer."""
        first, last = run[f"early_{part}"], run[f"run_{part}"]
        return float(last + more * (last - first) + answer * MEMBERS / members)

    time_taken = extended("s", run["answer_s"])
    worked = extended("work_s", run["work_s"] - run["run_work_s"])
    memory = extended("mb", run["peak_mb"] - run["run_mb"])
    note = f"{worked / 2:.0f} s of each core's time; "
    if not full:
        note += f"NOT RUN (--full does), but extended from {members} members, "
    note += (
        f"which took {run['run_s']:.1f} s to simulate and {run['answer_s']:.1f} s for the answer"
    )
    if run["failed"]:
        note += f"; {run['failed']} FAILED"
    yield Row(f"{MEMBERS:,} members, two threads", time_taken, "s", 600, 180, note)
    note = (
        f"{'measured' if full else 'extended'}: {run['early_mb']:.0f} MB after {run['early']}"
        f" members, {run['run_mb']:.0f} after {members}, {run['peak_mb']:.0f} with the answer"
    )
    yield Row(f"{MEMBERS:,} members, peak memory", memory, "MB", 1500, None, note)


def single() -> Iterable[Row]:
    """Single members."""
    from bench.members import single as measured

    return measured()


def people() -> Iterable[Row]:
    """More and more people."""
    from bench.members import people as measured

    return measured()


def starts() -> Iterable[Row]:
    """First and later starts."""
    from bench.starts import starts as measured

    return measured()


def sizes(full: bool) -> Iterable[Row]:
    """Worlds of many sizes."""
    from bench.sizes import sizes as measured

    return measured(full)


def scaling() -> Iterable[Row]:
    """Threads and Dask workers."""
    from bench.scaling import scaling as measured

    return measured()


def forecast() -> Iterable[Row]:
    """A forecast that learns."""
    from bench.starts import forecast as measured

    return measured()


def page(full: bool) -> Iterable[Row]:
    """The page, its report and its what-ifs."""
    from bench.page import page as measured

    return measured(full)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parts: dict[str, tuple[str, Callable[[], Iterable[Row]]]] = {
        "starts": ("Starts", starts),
        "single": ("One member on one core", single),
        "many": ("Many members", lambda: many(options.full)),
        "page": ("The page", lambda: page(options.full)),
        "forecast": ("A forecast", forecast),
        "people": ("More people", people),
        "sizes": ("Growth with size", lambda: sizes(options.full)),
        "scaling": ("More workers", scaling),
        "stages": (
            "Where the time of a member goes",
            lambda: stages("shipped" if options.shipped else "generated", options.people),
        ),
    }
    parser.add_argument(
        "parts",
        nargs="*",
        help=f"some of {', '.join(parts)} (default: all of these); or known-outcome alone; or "
        "power-scaling and the folder of a forecast",
    )
    parser.add_argument("--members", type=int, help="members of known-outcome (default: 100)")
    parser.add_argument(
        "--full",
        action="store_true",
        help="run 1,000 members; 200 for the page; every size, however long it takes",
    )
    parser.add_argument("--keep", action="store_true", help="keep a table of some parts alone")
    parser.add_argument("--shipped", action="store_true", help="stages of the shipped scenario")
    parser.add_argument("--people", type=float, default=1, help="stages with so many times more")
    options = parser.parse_args()
    if (options.shipped or options.people != 1) and options.parts != ["stages"]:
        parser.error("--shipped and --people go with the part `stages` alone")
    if options.parts == ["known-outcome"]:
        from bench.known_outcome import MEMBERS as HUNDRED
        from bench.known_outcome import known_outcome

        kept = known_outcome(options.members or HUNDRED)
        print(f"kept in {kept.relative_to(ROOT)}")
        return
    if len(options.parts) == 2 and options.parts[0] == "power-scaling":
        from bench.power_scaling import keep as power_scaling

        print(f"kept in {power_scaling(Path(options.parts[1])).relative_to(ROOT)}")
        return
    unknown = set(options.parts) - set(parts)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    chosen = options.parts or list(parts)
    on, began = machine(), time.perf_counter()
    text, every = heading(on), list[Row]()
    print(text)
    with tempfile.TemporaryDirectory() as cache:
        if "starts" in chosen:  # compiles from nothing; what it compiled serves the other parts
            os.environ["NUMBA_CACHE_DIR"] = cache
        for name, (title, measured) in parts.items():
            if name not in chosen:
                continue
            print(f"({name} ...)", file=sys.stderr, flush=True)
            rows = list(measured())
            every += rows
            text += "\n" + markdown(title, rows)
            print(markdown(title, rows), flush=True)
    print(f"({time.perf_counter() - began:.0f} s)", file=sys.stderr)
    if options.keep or not options.parts:  # a part of a table is kept where that is asked for
        name = "-".join(part for part in parts if part in options.parts)
        print(f"kept in {keep(text, every, on, name).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
