"""Forecasts: nothing known later leaks in, what is kept can be read again, the hub table holds."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import api
from borderflow.cli import main
from borderflow.forecast import Forecast, forecast, hub, read
from borderflow.forecast.kept import presentable, window
from borderflow.forecast.tables import capacities, exceeding, fans
from borderflow.observe import simulate_report
from borderflow.scenario import Report
from worlds import tiny, tiny_folder

AS_OF, UNTIL = date(2022, 9, 23), date(2022, 9, 26)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_folder(tmp_path_factory.mktemp("forecast"))


@pytest.fixture(scope="module")
def kept(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "out"
    words = ["forecast", str(world), "--as-of", str(AS_OF), "--until", str(UNTIL)]
    assert main([*words, "--members", "12", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def found(kept: Path) -> Forecast:
    return read(kept)


def report(**values: Any) -> Report:
    base: dict[str, Any] = {
        "id": "later",
        "date_start": date(2022, 9, 25),
        "date_end": date(2022, 9, 25),
        "place": "Haven",
        "quantity": "entries_russian_citizens",
        "value": 1500.0,
        "unit": "persons/day",
        "known_from": date(2022, 9, 26),
    }
    return Report(**(base | values))


def test_the_kept_members_say_of_a_later_report_what_the_run_says(
    found: Forecast, world: Path
) -> None:
    run = api.run(world, members=12, as_of=AS_OF)
    for quantity, unit in (
        ("entries_russian_citizens", "persons/day"),
        ("entries_all", "persons/day"),
        ("exits_from_host_russian_citizens", "persons/day"),
        ("wait_hours", "hours"),
        ("queue_vehicles", "vehicles"),
    ):
        row = report(quantity=quantity, unit=unit)
        ours, theirs = simulate_report(row, found.main), simulate_report(row, run)
        assert isinstance(ours, tuple)
        assert isinstance(theirs, tuple)
        # Small cells are rounded to 0 or 10: a handful of cells, each off by less than 10.
        np.testing.assert_allclose(ours[0], theirs[0], atol=40)
    assert found.main.ensemble.draws.keys() == run.ensemble.draws.keys()


def test_no_small_cell_is_kept_and_their_sum_is_unbiased(found: Forecast, world: Path) -> None:
    for name in ("entries", "present", "queue_people", "queue_vehicles"):
        values = found.main.arrays[name]
        assert not ((values > 0) & (values < 10)).any()
    run = api.run(world, members=12, as_of=AS_OF)
    shown = slice(0, len(found.main.labels.days))
    truth, ours = run.arrays["present"][:, shown].sum(), found.main.arrays["present"].sum()
    assert ours == pytest.approx(truth, rel=0.01)
    assert [presentable(v) for v in (0, 4.9, 5, 10, 11)] == [0, 0, 10, 10, 11]


def test_what_becomes_known_later_changes_nothing(tmp_path: Path, found: Forecast) -> None:
    later = {"known_from": "2022-09-24", "announced": "2022-09-24", "valid_from": "2022-09-25"}
    policy = {"id": "shut", "place": "Gate", "kind": "crossing_closed", "applies_to": "all"}
    scenario = tiny(
        tmp_path,
        cells={"policy": {"ban": {"valid_until": "2022-09-27"}}, "report": {"r4": None}},
        add={"policy": [{**policy, **later, "status": "in force", "confidence": "high"}]},
    )
    assert forecast(scenario, AS_OF, UNTIL, members=12).digest == found.digest


def test_reports_of_a_file_are_kept_if_they_were_known(world: Path, tmp_path: Path) -> None:
    head = (world / "reports.csv").read_text().splitlines()[0]
    rows = [
        f"x{day},2022-09-{day},2022-09-{day},Gate,entries_russian_citizens,900,,,persons/day,,"
        f"Border office,,,2022-09-{day},,,high"
        for day in (22, 24)
    ]
    file = tmp_path / "more.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    known = forecast(world, AS_OF, UNTIL, members=1, reports=[file])
    assert {"r1", "x22"} <= {row.id for row in known.scenario.reports}
    assert "x24" not in {row.id for row in known.scenario.reports}
    file.write_text("\n".join([head, rows[0].replace("x22", "r1")]) + "\n")
    with pytest.raises(api.ScenarioError, match=r"more\.csv:2 id: another report has this id"):
        forecast(world, AS_OF, UNTIL, members=1, reports=[file])


def test_fans_are_the_quantiles_of_the_members(found: Forecast) -> None:
    rows = fans(found)["entries"]
    (row,) = (
        r
        for r in rows
        if (r["destination"], r["crossing"], r["date"], r["who"])
        == ("Haven", None, "2022-09-25", "above_ordinary")
    )
    x = next(i for i, c in enumerate(found.main.labels.crossings) if c.place == "gate")
    day = found.main.labels.days.index(date(2022, 9, 25))
    values = found.main.arrays["entries"][:, day, x, 0]
    for name, level in (("q025", 0.025), ("q50", 0.5), ("q80", 0.8), ("q975", 0.975)):
        assert row[name] == pytest.approx(np.quantile(values, level), abs=1e-3)
    total = next(
        r for r in rows if r["date"] is None and (r["crossing"], r["who"]) == (None, "all")
    )
    own = window(found.main, date(2022, 9, 24), UNTIL).arrays["entries"][:, :, x, :2]
    assert total["q50"] == pytest.approx(np.median(own.sum(axis=(1, 2))), abs=1e-3)


def test_odds_of_exceeding_a_capacity(found: Forecast) -> None:
    wanted = capacities(found.scenario, ["Haven=0", "Gate=1e9"])
    sure, never = exceeding(found, wanted)
    assert (sure["probability"], sure["first_date"], sure["measure"]) == (
        1.0,
        "2022-09-24",
        "people present",
    )
    assert (never["probability"], never["first_date"]) == (0.0, None)
    present = found.main.arrays["present"][:, -1][:, [0], 0].sum(axis=1)
    middle = float(np.median(present))
    (row,) = exceeding(found, {"Haven": middle})
    assert row["by_day"][-1]["probability"] == pytest.approx((present > middle).mean(), abs=1e-3)
    with pytest.raises(api.ScenarioError) as error:
        capacities(found.scenario, ["Haven", "Havn=3", "Gate=-1", "Gate=many"])
    assert len(error.value.findings) == 4


def test_the_hub_table_holds_its_conventions(found: Forecast, kept: Path) -> None:
    frame = hub.table(found.main, found.as_of)
    assert hub.validate(frame) == []
    assert len(list((kept / "hub").glob("*.csv"))) == 1
    assert "model_abbr: borderflow" in (kept / "hub" / "borderflow.yml").read_text()
    broken = {
        "columns": frame.drop(columns="horizon"),
        "horizon must be the days": frame.assign(horizon=1),
        "value must be": frame.assign(value=-1.0),
        "target must be": frame.assign(target="other"),
        "stands twice": frame.iloc[[0, *range(len(frame))]],
        "lacks quantiles": frame.drop(index=frame.index[3]),
        "must not decrease": frame.assign(value=frame["value"].to_numpy()[::-1]),
        "must be joint": frame.drop(index=frame.index[frame["output_type"] == "sample"][0]),
    }
    for words, table in broken.items():
        assert any(words in says for says in hub.validate(table)), words


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--as-of", "2022-09-23", "--until", "2022-09-23"], "possible here: 2022-09-24"),
        (["--as-of", "2022-09-23", "--until", "2022-11-01"], "to 2022-09-28"),
        (["--as-of", "2022-09-28", "--until", "2022-09-28"], "nothing is left to forecast"),
        (["--as-of", "yesterday", "--until", "2022-09-28"], "not a date"),
        (["--as-of", "2022-09-23", "--until", "soon"], "not a date"),
    ],
)
def test_days_that_cannot_be_forecast_are_refused(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert main(["forecast", str(world), *options, "--out", str(tmp_path / "x")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_that_was_changed_is_refused(kept: Path, tmp_path: Path) -> None:
    import shutil

    with pytest.raises(api.ScenarioError, match="not the folder of a forecast"):
        read(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(kept, copy)
    (copy / "conditional.npz").write_bytes(b"nothing")
    with pytest.raises(api.ScenarioError, match="cannot be read"):
        read(copy)
    shutil.copy(kept / "conditional.npz", copy)
    says = json.loads((copy / "manifest.json").read_text())
    says["digests"]["conditional"] = "0"
    (copy / "manifest.json").write_text(json.dumps(says))
    with pytest.raises(api.ScenarioError, match="was changed after the forecast"):
        read(copy)
