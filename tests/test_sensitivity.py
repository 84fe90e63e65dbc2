"""Which assumptions move which answer: closed forms, names, and the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import borderflow
from borderflow import api, loading
from borderflow.cli import main
from borderflow.ensemble import simulate
from borderflow.results import Results
from borderflow.scenario import Parameter, Scenario
from borderflow.screening import sensitivity
from borderflow.screening.targets import KINDS, TargetError, target
from small import haven, officers, people, rule, scenario, town, way
from worlds import tiny_folder

pytest.importorskip("SALib", reason="borderflow[sensitivity] is not installed")


def prior(quantity: str, low: float, high: float, of: str = "") -> Parameter:
    name = f"{quantity}-{of}" if of else quantity
    return Parameter(
        id=name.replace("_", "-"), quantity=quantity, applies_to=of, distribution="uniform",
        median=(low + high) / 2, low=low, high=high, reason="a test", source="made-up",
    )  # fmt: skip


def world(*parameters: Parameter) -> Scenario:
    """One large town, two havens behind a post: what leaves is known in closed form, nearly."""
    return scenario(
        days=5,
        places=(town("a", 1_000_000_000), town("post", type="post"), haven("b"),
                haven("c", country="CCC")),
        links=(
            way("a-post", "a", "post"),
            way("ab", "post", "b", exit_checkpoint="exit"),
            way("ac", "a", "c"),
        ),
        checkpoints=(officers("exit", "post", rate=2e7),),
        cohorts=(people("p", 0.01),),
        policies=(rule("control", "exit_control", "AAA"),),
        parameters=parameters,
    )  # fmt: skip


LEAVE = prior("leave_factor", 0.5, 1.5)
FARE = prior("fare_rise", 1.0, 9.0)  # nothing has seats: it moves nothing


def test_the_effect_of_what_is_known_in_closed_form() -> None:
    found = sensitivity(world(LEAVE, FARE), ["departures"], size=4, threads=1)
    (index,) = found.indices
    by_name = dict(zip(found.assumptions, index["mu_star"].tolist(), strict=True))
    assert by_name["fare-rise"] == 0
    # From the 10 % to the 90 % quantile the hazard goes from 0.6 to 1.4 per cent a day. mu* is
    # that slope over the whole unit interval of the design, which is exactly those quantiles.
    low, high = (1_000_000_000 * (1 - np.exp(-0.01 * f * 5)) for f in (0.6, 1.4))
    assert by_name["leave-factor"] == pytest.approx(high - low, rel=0.02)
    assert found.document()["targets"][0]["rows"][0]["assumption"] == "leave-factor"
    levels = np.array([0.6, 0.6 + 0.8 / 3, 1.4 - 0.8 / 3, 1.4])
    known = 1_000_000_000 * (1 - np.exp(-0.01 * levels * 5))
    nearest = np.abs(found.answers / known - 1).min(axis=1)
    assert (nearest < 5e-4).all()


def test_shares_of_the_variance() -> None:
    found = sensitivity(world(LEAVE, FARE), ["departures"], "sobol", 32, threads=1)
    (index,) = found.indices
    by_name = dict(zip(found.assumptions, index["ST"].tolist(), strict=True))
    assert by_name["fare-rise"] == pytest.approx(0, abs=1e-9)
    assert by_name["leave-factor"] == pytest.approx(1, abs=0.25)
    assert len(found.answers) == 32 * 4


def test_numbers_of_one_row_are_one_assumption() -> None:
    each = prior("rate_factor", 0.5, 1.5)
    found = sensitivity(world(each, LEAVE), ["peak_queue:post"], size=2, threads=1)
    assert found.assumptions == ("leave-factor", "rate-factor")


def test_who_computes_makes_no_difference(tmp_path: Path) -> None:
    one, two = (sensitivity(world(LEAVE, FARE), ["departures"], size=4, threads=n) for n in (1, 2))
    assert one.digest == two.digest
    assert one.document() == two.document()
    other = sensitivity(world(LEAVE, FARE), ["departures"], size=4, seed=2, threads=1)
    assert other.digest != one.digest


def test_targets_say_what_tables_say(tmp_path: Path) -> None:
    made = api.compile_known(loading.load(tiny_folder(tmp_path)), None)
    one = Results(simulate(made, 1, 1, 1), small_cells=True)
    last = one.lookup.days[-1]

    def table(name: str, **where: Any) -> float:
        return float(sum(row["q50"] for row in one.table(name, **where)))

    gate = one.lookup.servers[0].name
    expected = {
        "entries:Haven": table("entries", destination="Haven", crossing=None, date=None,
                               who="above_ordinary"),
        "departures": table("departures", country=None, date=None, group=None),
        "present:Haven": table("present", destination="Haven", date=last, group=None),
        "left_behind": table("left_behind", date=last, group=None),
    }  # fmt: skip
    for text, value in expected.items():
        assert target(text, one).values(one) == pytest.approx([value], abs=0.01), text
    peaks = one.table("queue_peaks", crossing=gate, direction="out", measure="people")
    assert target(f"peak_queue:{gate}", one).values(one) == pytest.approx(
        [max(row["q50"] for row in peaks)], abs=0.01
    )
    assert set(KINDS) >= {text.partition(":")[0] for text in expected}
    for wrong in ("nonsense", "entries", "departures:Haven", "entries:Havn"):
        with pytest.raises(TargetError):
            target(wrong, one)
    with pytest.raises(TargetError) as error:
        target("entries:Havn", one)
    assert error.value.nearest == "entries:Haven"


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny_folder(tmp_path)
    rows = borderflow.load(folder).parameters
    varied = [row.id for row in rows if row.distribution != "fixed" and row.low != row.high][:2]
    words = ["sensitivity", str(folder), "--target", "departures", "--size", "2"]
    words += [word for name in varied for word in ("--only", name)]
    assert main([*words, "--out", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["runs"] == 6
    assert {row["assumption"] for row in said["targets"][0]["rows"]} == set(varied)
    svg = (tmp_path / "out" / "sensitivity.svg").read_text("utf-8")
    assert varied[0] in svg
    assert main(["rerun", str(tmp_path / "out")]) == 0
    assert "reproduced" in capsys.readouterr().out
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "effect" in text
    assert varied[0] in text
    assert "nan" not in text


@pytest.mark.parametrize(
    ("words", "column"),
    [
        (["--target", "nonsense"], "--target"),
        (["--target", "departures", "--size", "1"], "--size"),
        (["--target", "departures", "--method", "sobol", "--size", "3"], "--size"),
        (["--target", "departures", "--only", "nonsense"], "--only"),
        (["--target", "departures", "--as-of", "2031-01-01"], "--as-of"),
    ],
)
def test_what_cannot_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], column: str
) -> None:
    assert main(["sensitivity", str(tiny_folder(tmp_path)), *words, "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["findings"]
    assert column in [finding["column"] for finding in found]


def test_salib_is_asked_for_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "SALib", None)
    words = ["sensitivity", str(tiny_folder(tmp_path)), "--target", "departures"]
    assert main(words) == 2
    assert "pip install 'borderflow[sensitivity]'" in capsys.readouterr().err
