"""As of a day: what became known later cannot change one byte of what is computed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import borderflow
from borderflow.compile import Compiled, compile, realise
from borderflow.scenario import Driver, Policy, Prospect, Report, Scenario, Use, until
from borderflow.scenario.fields import FILES
from borderflow.scenario.model import attribute
from random_worlds import random_world
from small import (
    day,
    flows,
    haven,
    moment,
    number,
    officers,
    people,
    rule,
    scenario,
    shock,
    simplest,
    usual,
    way,
)
from worlds import tiny

LATER = (Policy, Driver, Report)


@cache
def world(name: str) -> Scenario:
    if name == "tiny":
        with TemporaryDirectory() as folder:
            return tiny(Path(folder))
    return borderflow.load(name)


def arrays(made: Compiled) -> dict[str, bytes]:
    """Every array that all members share, and that one member draws."""
    drawn, values = realise(made, 1, 0)
    both = {**made.world.as_dict(), **{f"member {k}": v for k, v in drawn.as_dict().items()}}
    found = {name: np.asarray(array).tobytes() for name, array in both.items()}
    return {**found, "priors": repr(values).encode(), "labels": repr(made.labels).encode()}


@cache
def reference(name: str, as_of: date) -> dict[str, bytes]:
    return arrays(compile(world(name), as_of))


def days_of(name: str) -> st.SearchStrategy[date]:
    here = world(name)
    return st.dates(here.start, here.end)


def unknown(row: Any, as_of: date) -> bool:
    return row.known_from > as_of


def borrow(draw: Any, row: Any, rows: list[Any], as_of: date) -> Any:
    """The row with some of what it says taken from another row, and known even later."""
    other = draw(st.sampled_from(rows))
    late = as_of + timedelta(days=draw(st.integers(1, 400)))
    said = {
        Policy: ("place", "kind", "applies_to", "valid_from", "valid_until", "status", "detail"),
        Driver: ("place", "applies_to", "shape", "valid_from", "value", "rise_hours", "parameter"),
        Report: ("place", "quantity", "value", "low", "high", "unit", "date_start", "date_end"),
    }[type(row)]
    kept = draw(st.sets(st.sampled_from(said)))
    changes = {name: getattr(other, name) for name in said if name not in kept}
    if "value" in changes:
        changes["value"] = draw(st.floats(-1e6, 1e6))
    return replace(row, known_from=late, **changes)


@st.composite
def rewritten(draw: Any, name: str) -> tuple[Scenario, date]:
    """A world in which whatever is unknown as of a day was left out, moved or scrambled."""
    here, as_of = world(name), draw(days_of(name))
    changes: dict[str, Any] = {}
    for kind in ("policy", "driver", "report"):
        rows = list(here.rows(kind))
        kept: list[Any] = []
        for row in rows:
            if unknown(row, as_of):
                fate = draw(st.sampled_from(["leave out", "keep", "scramble", "scramble"]))
                if fate == "keep":
                    kept.append(row)
                elif fate == "scramble":
                    kept.append(borrow(draw, row, rows, as_of))
                continue
            known = getattr(row, "until_known_from", None)
            if known is not None and known > as_of:  # in force, its end not yet known
                end = draw(st.sampled_from(["keep", "open", "move", "known later"]))
                if end == "open":
                    row = replace(row, valid_until=None, until_known_from=None)
                elif end == "move":
                    shift = timedelta(days=draw(st.integers(1, 60)))
                    row = replace(row, valid_until=row.valid_from + shift)
                elif end == "known later":
                    row = replace(row, until_known_from=known + timedelta(days=30))
            kept.append(row)
        if draw(st.booleans()) and rows:
            new = borrow(draw, draw(st.sampled_from(rows)), rows, as_of)
            kept.append(replace(new, id="later"))
        changes[attribute(kind)] = tuple(kept)
    return replace(here, **changes), as_of


@pytest.mark.parametrize("name", ["tiny", "russia-2022"])
def test_the_reference_days_hide_something(name: str) -> None:
    """What makes the tests below able to fail: there are things to hide, and they count."""
    here = world(name)
    first, last = reference(name, here.start), reference(name, here.end)
    assert first != last
    for kind in ("policy", "report"):
        assert any(unknown(row, here.start) for row in here.rows(kind))
    drivers = (*here.drivers, *here.policies)
    assert any(row.until_known_from and row.until_known_from > here.start for row in drivers)


@settings(max_examples=50, suppress_health_check=list(HealthCheck))
@given(rewritten("tiny"))
def test_nothing_unknown_reaches_the_tiny_world(case: tuple[Scenario, date]) -> None:
    other, as_of = case
    assert arrays(compile(other, as_of)) == reference("tiny", as_of)


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(rewritten("russia-2022"))
def test_nothing_unknown_reaches_the_shipped_world(case: tuple[Scenario, date]) -> None:
    other, as_of = case
    assert arrays(compile(other, as_of)) == reference("russia-2022", as_of)
    assert until(other, as_of).reports == until(world("russia-2022"), as_of).reports


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(rewritten("tiny"))
def test_nothing_unknown_reaches_the_results(case: tuple[Scenario, date]) -> None:
    other, as_of = case
    assert flows(compile(other, as_of)) == flows(compile(world("tiny"), as_of))


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind != "source"])
def test_every_kind_of_row_can_be_known_later(kind: str) -> None:
    """A row that nothing else needs, known from day 5: gone on day 4, there on day 5."""
    rows = {
        "place": haven("later"),
        "link": way("later", "b1", "c2"),
        "checkpoint": officers("later", "post-b"),
        "cohort": people("later", 0.1, share=0.0),
        "traffic": usual("later", "visitors", "c-any", 50),
        "driver": shock("later", 3.0, parameter="amplitude-decree"),
        "policy": rule("later", "crossing_closed", "post-b", 1),
        "report": Report(
            id="later", date_start=day(1), date_end=day(1), place="post-b", quantity="entries",
            value=1.0, unit="persons", known_from=day(5),
        ),
        "parameter": number("rate_factor", 0.5, "b-exit"),
        "use": Use(id="later", report="first", role="unused", reason="a test"),
        "prospect": Prospect(
            id="later", policy="p0", chance=0.5, low=0.2, high=0.8, earliest=day(6), latest=day(9),
            known_from=day(5), source="x",
        ),
        "group": borderflow.scenario.Group(id="later", what="places", selector="b1", source="x"),
    }  # fmt: skip
    base = random_world(1)
    late = replace(rows[kind], known_from=day(5))
    name = attribute(kind)
    full = replace(base, **{name: (*getattr(base, name), late)})
    assert arrays(compile(full, day(4))) == arrays(compile(base, day(4)))
    assert any(row.id == "later" or row is late for row in getattr(until(full, day(5)), name))
    if kind not in ("report", "use", "prospect", "group"):
        assert arrays(compile(full, day(5))) != arrays(compile(base, day(5)))


def closed_on_some_days(known: int | None) -> Scenario:
    """A door shut from day 2 until before day 5; its end was known on a day, or never."""
    shut = rule("shut", "crossing_closed", "BBB", 2, 5)
    end = None if known is None else day(known)
    return simplest(policies=(replace(shut, until_known_from=end),))


def test_a_known_end_counts_and_an_unknown_one_is_open() -> None:
    """Open after day 5 if and only if that was known by the day the forecast was made."""
    for known in (0, 3, 4, None):
        for as_of in range(10):
            w = compile(closed_on_some_days(known), day(as_of)).world
            days = [bool(w.open[w.epoch[d * 8], 0, 0]) for d in range(10)]
            ends = known is not None and known <= as_of
            assert days == [d < 2 or (ends and d >= 5) for d in range(10)]
    # with nothing held back the end is the end, whoever knew it when
    w = compile(closed_on_some_days(3)).world
    assert [bool(w.open[w.epoch[d * 8], 0, 0]) for d in range(10)] == [
        d < 2 or d >= 5 for d in range(10)
    ]


def test_the_end_of_a_driver_counts_once_it_is_known() -> None:
    fear = shock("fear", 2.0, valid_until=moment(5), until_known_from=day(4))
    here = simplest(drivers=(fear,), parameters=(number("amplitude", 2.0, "fear"),))
    for as_of in range(10):
        level = compile(here, day(as_of)).world.term_level[0].reshape(10, 8)[:, 0]
        end = 5 if as_of >= 4 else 10
        assert level.tolist() == [1.0 if 2 <= d < end else 0.0 for d in range(10)]


def test_the_end_of_the_day_is_meant() -> None:
    late = replace(rule("shut", "crossing_closed", "BBB", 1), known_from=day(3))
    here = simplest(policies=(late,))
    assert compile(here, day(2)).world.open.all()
    assert not compile(here, day(3)).world.open.all()


def test_a_day_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="begins on"):
        compile(scenario(), day(-1))


def test_what_rests_on_a_rule_not_yet_known_is_not_known_either() -> None:
    decree = replace(rule("decree", "mobilisation_decree", "AAA", 3), known_from=day(3))
    fear = shock("fear", 3.0, policy="decree")  # its own known_from is the first day
    here = simplest(
        drivers=(fear,), policies=(decree,), parameters=(number("amplitude", 2.0, "fear"),)
    )
    assert len(compile(here, day(2)).world.term_driver) == 0
    assert len(compile(here, day(3)).world.term_driver) == 1
