"""Forecasts: nothing known later leaks in, what is kept can be read again, the hub table holds."""

import json
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow import api, loading
from borderflow.assimilate import Posterior
from borderflow.cli import main
from borderflow.compile.ahead import carried_on
from borderflow.ensemble import simulate
from borderflow.errors import ScenarioError
from borderflow.forecast import Forecast, forecast, hub, read
from borderflow.forecast.futures import Futures
from borderflow.forecast.kept import keep, presentable, window
from borderflow.forecast.reported import as_reported, wanted
from borderflow.forecast.resume import Hold
from borderflow.forecast.shares import share
from borderflow.forecast.split import matters
from borderflow.forecast.tables import capacities, exceeding, fans
from borderflow.forecast.worth import worth
from borderflow.observe import simulate_report
from borderflow.observe.discrepancy import Paths, of_country, of_queue
from borderflow.results import Results
from borderflow.scenario import Policy, Prospect, Report
from borderflow.scenario.edit import until as as_known
from worlds import tiny, tiny_folder

MAIN = "unconditional"
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


@pytest.fixture(scope="module")
def results(world: Path) -> Results:
    return api.run(world, members=12, as_of=AS_OF)


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


def test_members_that_stop_and_go_on_are_members_that_ran_through(world: Path) -> None:
    compiled = api.compile_known(loading.load(world), AS_OF)
    hold = Hold(compiled, AS_OF, UNTIL, 1, {0: 3})
    run = hold.runner(0, lambda member: {})
    assert run is not None
    stopped = simulate(hold.known, 3, 1, run=run)
    whole = api.run(world, members=3, as_of=AS_OF)
    days = (UNTIL - whole.labels.days[0]).days + 1
    on = hold.go_on(0, range(3))
    for name in ("entries", "present", "fare", "refused"):
        np.testing.assert_array_equal(on.arrays[name], whole.arrays[name][:, :days])
    for name in ("queue_people", "passed"):
        steps = on.arrays[name].shape[1]
        np.testing.assert_array_equal(on.arrays[name], whole.arrays[name][:, :steps])
    known = (AS_OF - whole.labels.days[0]).days + 1
    np.testing.assert_array_equal(stopped.arrays["entries"], whole.arrays["entries"][:, :known])
    copies = hold.go_on(0, [1, 1, 1])
    last = copies.arrays["entries"][:, known:].reshape(3, -1)
    assert (copies.arrays["entries"][:, :known] == stopped.arrays["entries"][1]).all()
    assert (last[0] != last[1]).any(), "two that go on from one draw apart"
    np.testing.assert_array_equal(copies.arrays["entries"][1], on.arrays["entries"][1])


def test_what_is_kept_is_what_would_be_reported(results: Results) -> None:
    parts = wanted(results)
    crossing = next(c for c in results.labels.crossings if c.place == "gate")
    index = results.labels.crossings.index(crossing)
    values = np.zeros((results.members, len(parts), len(results.labels.days)), dtype=np.float32)
    values[:, parts.index(of_country(crossing, results.lookup.home))] = np.log(2)
    values[:, parts.index(of_queue("gate"))] = np.log(3)
    found = as_reported(results, Paths(tuple(parts), values))
    before, after = results.arrays, found.arrays
    np.testing.assert_allclose(after["entries"][:, :, index], 2 * before["entries"][:, :, index])
    haven = [i for i, d in enumerate(results.labels.destinations) if d.country == "BBB"]
    above = [i for i, g in enumerate(results.labels.groups) if g.subject and not g.ordinary]
    for group in above:
        ours, theirs = (a["present"][:, -1, haven, group] for a in (after, before))
        np.testing.assert_allclose(ours, 2 * theirs, atol=1)
    others = [i for i, d in enumerate(results.labels.destinations) if d.country == "CCC"]
    np.testing.assert_array_equal(after["present"][:, :, others], before["present"][:, :, others])
    gate = next(s for s in results.lookup.servers if s.post == "gate" and s.side == "exit")
    lines = [a["queue_people"][:, :, list(gate.columns)] for a in (after, before)]
    np.testing.assert_allclose(lines[0], 3 * lines[1], atol=1)
    seen = as_reported(results, Paths(tuple(parts), values), [of_queue("gate")])
    shown = seen.lookup.local_days(gate.timezone) >= 0
    line = seen.arrays["queue_people"][:, shown][:, :, list(gate.columns)]
    assert line.min() == 40, "where somebody told of a queue there may be one of twice the shift"


def test_no_small_cell_is_kept_and_their_sum_is_unbiased(found: Forecast, results: Results) -> None:
    for name in ("entries", "present", "queue_people", "queue_vehicles"):
        for kept in (found.main, found.unlearned):
            assert kept is not None
            values = kept.arrays[name]
            assert not ((values > 0) & (values < 10)).any()
    until = results.labels.days[-1]
    ours = keep(results, until).arrays["present"].sum()
    assert ours == pytest.approx(results.arrays["present"].sum(), rel=0.01)
    assert [presentable(v) for v in (0, 4.9, 5, 10, 11)] == [0, 0, 10, 10, 11]


def test_a_forecast_learns_and_says_what_and_how(found: Forecast, kept: Path) -> None:
    says = found.posterior
    assert set(says["reports"]) == {"r1", "r3", "r4"}
    assert says["effective_draws"] >= 0.25 * 12
    assert found.unlearned is not None
    assert len(found.ancestors) == 12
    assert "Learned from 3 reports" in found.learning
    assert [lesson["report"] for lesson in says["lessons"]] == says["reports"]


def test_learning_brings_a_forecast_nearer_to_the_reports(tmp_path: Path) -> None:
    """Reports made by a run with three times the decree's median: the forecast must follow."""
    scenario = tiny(tmp_path)
    truth = api.run(scenario, members=1, draws=_fixed(tmp_path, {"amplitude-decree": 2400.0}))
    rows = []
    for day in (21, 22, 23):
        when = {"date_start": date(2022, 9, day), "date_end": date(2022, 9, day)}
        row = report(id=f"x{day}", known_from=date(2022, 9, day), place="Gate", **when)
        said = simulate_report(row, truth)
        assert isinstance(said, tuple)
        rows.append(replace(row, value=round(float(said[0][0]))))
    known = replace(scenario, reports=tuple(rows))
    found = forecast(known, AS_OF, UNTIL, members=40)
    later = report(place="Gate", date_start=date(2022, 9, 24))
    actual = simulate_report(later, truth)
    known_rules = found.readings["conditional"]
    ours, prior = simulate_report(later, known_rules), simulate_report(later, found.unlearned)
    assert isinstance(actual, tuple)
    assert isinstance(ours, tuple)
    assert isinstance(prior, tuple)
    error, before = (abs(np.median(v[0]) - actual[0][0]) for v in (ours, prior))
    assert error < 0.5 * before
    assert np.ptp(np.log(ours[0])) < np.ptp(np.log(prior[0]))


def _fixed(folder: Path, values: dict[str, float]) -> Posterior:
    array = np.array([list(values.values())])
    return Posterior(tuple(values), array, np.zeros_like(array), (), 1.0)


def test_what_becomes_known_later_changes_nothing(tmp_path: Path, found: Forecast) -> None:
    later = {"known_from": "2022-09-24", "announced": "2022-09-24", "valid_from": "2022-09-25"}
    policy = {"id": "shut", "place": "Gate", "kind": "crossing_closed", "applies_to": "all"}
    scenario = tiny(
        tmp_path,
        cells={"policy": {"ban": {"valid_until": "2022-09-27"}}, "report": {"r2": None}},
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
    with pytest.raises(ScenarioError, match=r"more\.csv:2 id: another report has this id"):
        forecast(world, AS_OF, UNTIL, members=1, reports=[file])


def test_fans_are_the_quantiles_of_the_members(found: Forecast) -> None:
    rows = fans(found)["entries"]
    (row,) = (
        r
        for r in rows
        if (r["destination"], r["crossing"], r["date"], r["who"], r["reading"])
        == ("Haven", None, "2022-09-25", "above_ordinary", MAIN)
    )
    x = next(i for i, c in enumerate(found.main.labels.crossings) if c.place == "gate")
    day = found.main.labels.days.index(date(2022, 9, 25))
    values = found.main.arrays["entries"][:, day, x, 0]
    for name, level in (("q025", 0.025), ("q50", 0.5), ("q80", 0.8), ("q975", 0.975)):
        assert row[name] == pytest.approx(np.quantile(values, level), abs=1e-3)
    total = next(
        r
        for r in rows
        if (r["date"], r["crossing"], r["who"], r["reading"]) == (None, None, "all", MAIN)
    )
    own = window(found.main, date(2022, 9, 24), UNTIL).arrays["entries"][:, :, x, :2]
    assert total["q50"] == pytest.approx(np.median(own.sum(axis=(1, 2))), abs=1e-3)


def test_odds_of_exceeding_a_capacity(found: Forecast) -> None:
    wanted = capacities(found.scenario, ["Haven=0", "Gate=1e9"])
    sure, never = (r for r in exceeding(found, wanted) if r["reading"] == "conditional")
    assert (sure["probability"], sure["first_date"], sure["measure"]) == (
        1.0,
        "2022-09-24",
        "people present",
    )
    assert (never["probability"], never["first_date"]) == (0.0, None)
    present = found.main.arrays["present"][:, -1][:, [0], 0].sum(axis=1)
    middle = float(np.median(present))
    (row,) = (r for r in exceeding(found, {"Haven": middle}) if r["reading"] == MAIN)
    assert row["by_day"][-1]["probability"] == pytest.approx((present > middle).mean(), abs=1e-3)
    with pytest.raises(ScenarioError) as error:
        capacities(found.scenario, ["Haven", "Havn=3", "Gate=-1", "Gate=many"])
    assert len(error.value.findings) == 4


def test_the_hub_table_holds_its_conventions(found: Forecast, kept: Path) -> None:
    frame = hub.table(found.main, found.as_of)
    assert hub.validate(frame) == []
    assert len(list((kept / "hub").glob("*.csv"))) == 2
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

    with pytest.raises(ScenarioError, match="not the folder of a forecast"):
        read(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(kept, copy)
    (copy / "conditional.npz").write_bytes(b"nothing")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read(copy)
    shutil.copy(kept / "conditional.npz", copy)
    says = json.loads((copy / "manifest.json").read_text())
    says["digests"]["conditional"] = "0"
    (copy / "manifest.json").write_text(json.dumps(says))
    with pytest.raises(ScenarioError, match="was changed after the forecast"):
        read(copy)


def far(world: Path) -> Any:
    scenario = loading.load(world)
    announced = Policy(
        id="talk", place="Haven", kind="announcement", applies_to="all", known_from=AS_OF,
        valid_from=AS_OF, status="announced, undated",
    )  # fmt: skip
    prospect = Prospect(
        id="closing", policy="talk", chance=0.5, low=0.3, high=0.7, earliest=date(2022, 9, 22),
        latest=date(2022, 9, 27), becomes="entry_ban", known_from=AS_OF, source="made-up",
    )  # fmt: skip
    return replace(scenario, policies=(*scenario.policies, announced), prospects=(prospect,))


def test_prospects_come_with_their_chance_on_days_that_are_left(world: Path) -> None:
    futures = Futures(as_known(far(world), AS_OF), AS_OF, 1)
    days = [futures.days(member, {}).get("talk") for member in range(2000)]
    came = [day for day in days if day is not None]
    # 0.5 over six days, two of which have passed without it
    expected = 0.5 * 4 / 6 / (1 - 0.5 * 2 / 6)
    assert len(came) / 2000 == pytest.approx(expected, abs=0.04)
    counts = [came.count(date(2022, 9, day)) for day in (24, 25, 26, 27)]
    assert sum(counts) == len(came)
    assert min(counts) > 0.8 * max(counts) - 20
    none = [set(futures.days(member, {})) - {"talk"} for member in range(2000)]
    hazard = futures.base.ahead["tightening_per_day"].value
    days_left = (futures.known.end - AS_OF).days
    once = 1 - np.exp(-hazard * days_left)
    assert np.mean([bool(names) for names in none]) == pytest.approx(once, abs=0.04)


def test_a_rule_that_comes_acts_from_its_day_on_and_nowhere_before(world: Path) -> None:
    known = as_known(far(world), AS_OF)
    futures = Futures(known, AS_OF, 1)
    hold = Hold(futures.base, AS_OF, UNTIL, 1, {0: 12})
    run = hold.runner(0, lambda member: {})
    assert run is not None
    simulate(hold.known, 12, 1, run=run)
    free = hold.go_on(0, range(12), worlds=partial(futures.world, hold, rules=False))
    bound = hold.go_on(0, range(12), worlds=partial(futures.world, hold, rules=True))
    index = next(i for i, c in enumerate(futures.base.labels.crossings) if c.destination == "BBB")
    first = futures.base.labels.days[0]
    seen = set()
    for member in range(12):
        days = futures.days(member, {})
        since = min(days.values(), default=date.max)
        stop = min((since - first).days, free.arrays["entries"].shape[1])
        ours, theirs = (e.arrays["entries"][member] for e in (bound, free))
        np.testing.assert_array_equal(ours[:stop], theirs[:stop])
        day = days.get("talk")
        if day is not None and day <= UNTIL:
            seen.add("talk")
            # those on the road are in by the next day
            after = slice((day - first).days + 1, None)
            assert ours[after, index].sum() <= 0.1 * theirs[-1, index].sum()
        if not days:
            seen.add("none")
            np.testing.assert_array_equal(ours, theirs)
    assert seen == {"talk", "none"}


def test_drivers_go_on_around_their_shape(world: Path) -> None:
    compiled = api.compile_known(loading.load(world), AS_OF)
    first = 48
    levels = []
    for member in range(400):
        on = carried_on(compiled, first, 1, member, {})
        levels.append(np.asarray(on.world.term_level))
        assert (levels[-1][:, :first] == np.asarray(compiled.world.term_level)[:, :first]).all()
    rows = [row.id for row in sorted(compiled.scenario.drivers, key=lambda row: row.id)]
    shape = np.asarray(compiled.world.term_level)[rows.index("decree-shock"), -1]
    last = np.array([level[rows.index("decree-shock"), -1] for level in levels])
    ratio = np.log(last / shape)
    # the walk's spread after five and a half days, and now and then a jump on top
    walk = 0.4 * np.sqrt(1 - np.exp(-2 * 6 / 5))
    low, middle = np.percentile(ratio, (16, 50))
    assert middle == pytest.approx(0, abs=0.12)
    assert middle - low == pytest.approx(walk, rel=0.2)
    assert ratio.max() > 4 * walk, "something new happens to a few"


def test_the_two_readings_share_their_members_until_the_rules_differ(found: Forecast) -> None:
    assert list(found.readings) == ["conditional", "unconditional"]
    one, other = found.readings.values()
    same = [i for i, rules in enumerate(found.rules) if not rules]
    assert same
    for name in one.arrays:
        np.testing.assert_array_equal(one.arrays[name][same], other.arrays[name][same])


def test_rules_are_split_by_what_they_move() -> None:
    values = np.arange(40.0)
    came = values >= 20
    entries = {"all": values, "Here": values, "There": np.tile([1.0, 2.0], 20)}
    assert matters(entries, came) == pytest.approx(20 * 0.5)
    assert matters({"There": entries["There"]}, came) == 0, "no more than chance"


def test_a_number_says_how_far_it_is_learned(found: Forecast) -> None:
    rows = fans(found)
    lots = [row["learned"] for name in ("entries", "present", "queues") for row in rows[name]]
    told = [value for value in lots if value is not None]
    assert told
    assert all(0 <= value < 1 for value in told)
    before = np.log1p(np.array([[1.0, 10.0, 100.0]])).std()
    assert share(before / 4, before) == pytest.approx(0.75)
    assert (share(2 * before, before), share(1.0, 0.0)) == (0, None)


def test_what_would_be_worth_knowing_is_what_goes_with_the_headline(found: Forecast) -> None:
    rows = worth(found)
    assert rows == sorted(rows, key=lambda row: -row["narrower"])
    assert {row["series"] for row in rows} <= {"entries", "exits", "queue"}
    assert all(0 < row["narrower"] < 1 for row in rows)
