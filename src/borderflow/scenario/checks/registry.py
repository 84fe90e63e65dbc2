"""The list of checks, and how a check says what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from borderflow.scenario.fields import FILES, Field, fields
from borderflow.scenario.finding import Finding, Level, nearest, shorten
from borderflow.scenario.model import KIND_OF, Place, Row, Scenario, file_of
from borderflow.scenario.read import HEADER, line_of

if TYPE_CHECKING:
    from borderflow.mode.base import Mode
    from borderflow.policy.base import PolicyKind

Run = Callable[[Scenario], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One named check of a scenario.

    Parameters
    ----------
    name : str
        Name printed with its findings.
    says : str
        What is as it should be where it finds nothing.
    run : callable
        Looks at a scenario and yields findings; it changes nothing.
    """

    name: str
    says: str
    run: Run

    def __call__(self, scenario: Scenario) -> list[Finding]:
        """Carry the check out."""
        return [replace(finding, check=self.name) for finding in self.run(scenario)]


CHECKS: dict[str, Check] = {}
"""Every check by name, in the order in which they run."""


def named(name: str) -> Callable[[Run], Run]:
    """Put a function on the list of checks; its docstring says what should be so."""

    def add(run: Run) -> Run:
        if name in CHECKS:
            raise ValueError(f"there are two checks {name!r}")
        CHECKS[name] = Check(name, (run.__doc__ or "").split("\n")[0], run)
        return run

    return add


def at(
    row: Row,
    column: str | None,
    message: str,
    *,
    level: Level = "error",
    near: str | None = None,
) -> Finding:
    """Say something about a cell of a row (or about the row)."""
    if column is not None and not row.where.row:  # (it stands in no file: its id must tell it)
        message = f"{row.id!r}: {message}"
    return Finding(
        level, "", file_of(row), row.where.row or None, column, _read(row, column), near, message
    )


def _read(row: Row, column: str | None) -> str | None:
    if column is None:
        return row.id
    if column in row.where.columns:
        return shorten(row.where.cells[row.where.columns.index(column)], 200)
    field = fields(KIND_OF[type(row)])[column]
    return shorten(field.format(getattr(row, field.name)), 200)


def at_key(scenario: Scenario, key: str, message: str, near: str | None = None) -> Finding:
    """Say something about a key of scenario.toml."""
    field = fields("scenario")[key]
    layout = scenario.layout.get(HEADER)
    row = None if layout is None else line_of(layout.header, key)
    read = field.format(getattr(scenario, field.name))
    return Finding("error", "", HEADER, row, key, read, near, message)


def modes() -> Mapping[str, Mode]:
    """Travel modes that are registered; looked up late, for they build on the scenario."""
    from borderflow.mode import modes as registered

    return registered()


def straight_km(one: Place, other: Place) -> float:
    """Straight line between two places [km]; looked up late, for modes build on the scenario."""
    from borderflow.mode.base import great_circle_km

    return great_circle_km(one.lat, one.lon, other.lat, other.lon)


def policy_kinds() -> Mapping[str, PolicyKind]:
    """Policy kinds that are registered; looked up late, for they build on the scenario."""
    from borderflow.policy import kinds as registered

    return registered()


def every_cell(scenario: Scenario, *types: str) -> Iterator[tuple[Row, Field]]:
    """Give all rows, file by file, with each of their columns of some types."""
    for kind in FILES:
        columns = [field for field in fields(kind).values() if field.base in types]
        for row in scenario.rows(kind) if columns else ():
            for field in columns:
                yield row, field


__all__ = [
    "CHECKS",
    "Check",
    "at",
    "at_key",
    "every_cell",
    "modes",
    "named",
    "nearest",
    "policy_kinds",
    "straight_km",
]
