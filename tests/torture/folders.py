"""Broken scenario folders: whatever is in one, there are findings or a run, and nothing else.

Changes are drawn by hypothesis: cells, rows, columns and header keys that are awkward but in
place, and bytes that are not.
"""

from __future__ import annotations

import re
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from borderflow import api, loading
from borderflow.errors import ScenarioError

LIMIT = 10
"""Seconds after which a case counts as hanging."""

MEMORY = 1_000_000_000
"""Bytes that the process may have had at most."""

AWKWARD = (
    "", " ", "0", "-1", "1e308", "-1e308", "1e-320", "nan", "inf", "-inf", "999999999999999999999",
    "0.5", "2", "1000000", "yes", "no", "maybe", "NULL", "None", "2022-09-24", "2022-13-45",
    "9999-12-31", "0001-01-01", "2022-09-24T12:00", "24:00", "25:61", "08:00-20:00", "08:00-07:00",
    "all", "town", "gate", "haven", "Haven", "AAA", "ZZZ", "a|b|c", "|", "||", "=", "liable=yes",
    "x=y=z", "road", "air", "é", "\u202e", "\u0000", "💥", "x" * 5000, '"', "'", ",", "\n",
    "../../etc/passwd", "{}", "[[policy]]", "Europe/Moscow", "Mars/Olympus", "1_000", "０", "+1",
    "1,5", "1.7976931348623157e+309", "--", "#", "=1+1", "%s", "${x}",
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.integers(-(10**6), 10**12).map(str),
    st.floats(0, 3).map(lambda x: f"{x:.3f}"),
)
TEXTS = st.one_of(st.sampled_from(AWKWARD), NUMBERS, st.text(max_size=12))
NUMBER = re.compile(r"(?<=[,=\n ])\d+(\.\d+)?(?=[,\n\r])")
Edit = tuple[str, int, int, int, str, bytes]
PLACES = (st.integers(0, 1 << 30),) * 3
BROKEN = ("cell",) * 8 + (
    "scale", "swap", "row", "drop", "column", "rename", "key", "key", "value", "bytes", "cut",
    "insert", "empty", "gone",
)  # fmt: skip
"""Kinds of edits that mostly leave something to complain of."""

SUBTLE = ("scale",) * 12 + ("cell", "swap", "drop", "value")
"""Kinds of edits that mostly leave a scenario that runs."""

FACTORS = (0.0, 0.01, 0.5, 2.0, 10.0, 1000.0, 1e6, -1.0)


def edits(kinds: tuple[str, ...]) -> st.SearchStrategy[Edit]:
    """One edit of some kinds."""
    return st.tuples(st.sampled_from(kinds), *PLACES, TEXTS, st.binary(min_size=1, max_size=8))


@dataclass
class Fuzz:
    """What came of it."""

    cases: int = 0
    read: int = 0
    ran: int = 0
    refused: int = 0
    slowest: float = 0.0
    troubles: list[str] = field(default_factory=list)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def changed(files: dict[str, bytes], wanted: list[Edit]) -> dict[str, bytes]:
    """The files of a folder after some edits."""
    found = dict(files)
    for kind, a, b, c, text, raw in wanted:
        names = sorted(found)
        if not names:
            break
        header = kind in ("key", "value") and "scenario.toml" in found
        name = "scenario.toml" if header else names[a % len(names)]
        data = found[name]
        if kind == "gone":
            del found[name]
        elif kind == "empty":
            found[name] = b""
        elif kind in ("bytes", "cut", "insert"):
            found[name] = _bytes(kind, data, b, c, raw)
        elif kind == "scale":
            found[name] = _scaled(data, b, FACTORS[c % len(FACTORS)])
        elif name.endswith(".toml"):
            found[name] = _lines(data, b, c, text, value=kind != "key")
        else:
            found[name] = _table(kind, data, b, c, text)
    return found


def _bytes(kind: str, data: bytes, b: int, c: int, raw: bytes) -> bytes:
    at = b % (len(data) + 1)
    if kind == "cut":
        return data[:at]
    if kind == "insert":
        return data[:at] + raw + data[at:]
    return data[:at] + raw + data[at + c % 9 :]


def _scaled(data: bytes, b: int, factor: float) -> bytes:
    """One of the numbers of a file multiplied."""
    text = data.decode("utf-8", "replace")
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return data
    one = numbers[b % len(numbers)]
    value = float(one[0]) * factor
    said = str(int(value)) if "." not in one[0] and value == int(value) else f"{value:.6g}"
    return (text[: one.start()] + said + text[one.end() :]).encode()


def _lines(data: bytes, b: int, c: int, text: str, *, value: bool) -> bytes:
    lines = data.decode("utf-8", "replace").split("\n")
    at = b % len(lines)
    key, equals, old = lines[at].partition(" = ")
    if equals and value:
        quoted = old.startswith('"') and c % 4
        lines[at] = f'{key} = "{text}"' if quoted else f"{key} = {text}"
    elif equals:
        lines[at] = f"{text} = {old}"
    else:
        lines[at] = text
    return "\n".join(lines).encode("utf-8", "replace")


def _table(kind: str, data: bytes, b: int, c: int, text: str) -> bytes:
    rows = [line.split(",") for line in data.decode("utf-8", "replace").split("\n")]
    at = b % len(rows)
    row = rows[at]
    col = c % len(row)
    if kind == "swap":
        other = rows[c % len(rows)]
        row[col], other[b % len(other)] = other[b % len(other)], row[col]
    elif kind == "row":
        rows.insert(at, list(row))
    elif kind == "drop":
        del rows[at]
    elif kind == "column":
        for one in rows:
            one.insert(min(col, len(one)), text if one is rows[0] else "")
    elif kind == "rename":
        rows[0][c % len(rows[0])] = text
    elif at == 0 and len(rows) > 1:  # a cell is no title
        rows[1][c % len(rows[1])] = text
    else:
        row[col] = text
    return "\n".join(",".join(one) for one in rows).encode("utf-8", "replace")


@contextmanager
def alarm() -> Iterator[None]:
    """Stop what hangs."""

    def stop(number: int, frame: Any) -> None:
        raise TimeoutError(f"longer than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fuzz(base: Path, place: Path, cases: int, *, run: bool, seed: int = 0) -> Fuzz:
    """Read and check so many mutated folders; or run those in which nothing is wrong.

    Parameters
    ----------
    base : Path
        A sound folder.
    place : Path
        Where the mutated one is written.
    cases : int
        How many.
    run : bool
        Whether to run, with one member.
    seed : int
        Seed of the cases.
    """
    if run:  # where nothing was compiled yet, the first run takes longer than a hang
        api.run(base, members=1, threads=1)
    whole = contents(base)
    found = Fuzz()
    # The system tells the most a process ever had: a process that has been large before these
    # folders (other tests) may grow by as much as one that was not may have.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    most = MEMORY if before < MEMORY else before + MEMORY
    place.mkdir(parents=True, exist_ok=True)
    there: dict[str, bytes] = {}

    def put(files: dict[str, bytes]) -> None:
        for name in set(there) - set(files):
            (place / name).unlink()
            del there[name]
        for name, data in files.items():
            if there.get(name) != data:
                (place / name).write_bytes(data)
                there[name] = data

    def one(wanted: list[Edit]) -> None:
        if found.cases >= cases:
            return
        found.cases += 1
        put(changed(whole, wanted))
        began = time.perf_counter()
        try:
            with alarm():
                _look(place, found, run=run)
        except BaseException as error:
            where = "".join(traceback.format_exception(error)[-3:])
            found.troubles.append(f"{wanted!r}: {error!r}\n{where}")
            if isinstance(error, KeyboardInterrupt):
                raise
        found.slowest = max(found.slowest, time.perf_counter() - began)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if peak > most and not any("bytes of memory" in t for t in found.troubles):
            found.troubles.append(f"{wanted!r}: {peak:,} bytes of memory")

    import hypothesis

    how = settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    many = st.lists(edits(SUBTLE if run else BROKEN), min_size=1, max_size=4)
    test = hypothesis.seed(seed)(how(given(many)(one)))
    while found.cases < cases:
        before = found.cases
        test()
        seed += 1
        test = hypothesis.seed(seed)(how(given(many)(one)))
        if found.cases == before:
            break
    return found


def _look(folder: Path, found: Fuzz, *, run: bool) -> None:
    scenario, findings = loading.examine(folder)
    errors = [finding for finding in findings if finding.level == "error"]
    for finding in findings:
        assert str(finding)
        assert finding.message
    if scenario is None:
        assert errors, "it cannot be read, and nothing says why"
    if errors:
        found.refused += 1
        return
    found.read += 1
    if not run:
        return
    try:
        results = api.run(folder, members=1, threads=1)
    except ScenarioError:
        found.refused += 1
        return
    assert results.people["residual"] == 0
    start, added, removed, end = (results.people[n] for n in ("start", "added", "removed", "end"))
    assert start + added - removed == end
    found.ran += 1
