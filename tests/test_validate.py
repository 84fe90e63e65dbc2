"""Past conflicts run and scored: the scores, the cheap rules, the commands."""

from __future__ import annotations

import csv
import json
import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from borderflow.cli import main
from borderflow.source.flee.movement import Movement
from borderflow.validate import calibrate as calibration
from borderflow.validate.conflict import Conflict, read_conflict
from borderflow.validate.discrepancy import Taught, drawn, expected
from borderflow.validate.forecast import persistence, prepare
from borderflow.validate.forecast import run as run_conflict
from borderflow.validate.known import nowcast
from borderflow.validate.learn import FLOOR, learned
from borderflow.validate.parameters import movement_for, stored
from borderflow.validate.rules import inverse_distance, road_distances, rules
from borderflow.validate.run import Settings, begin, validate_one
from borderflow.validate.scores import coverage, energy, relative_difference, shares
from borderflow.workers import CLUSTER, Threads
from flee_world import DAYS, flee_world, replaced

SEVEN = ("burundi2015", "car2013", "mali2012", "nigeria2016", "ssudan2013", "syria2013",
         "ukraine2022")  # fmt: skip
FEW = Settings(members=4, threads=1)
MOVEMENT = Movement(spread=0.4, country_spread=0.6)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Conflict:
    conflict, findings = read_conflict(flee_world(tmp_path_factory.mktemp("flee") / "tiny"))
    assert conflict is not None, findings
    return conflict


# Scores


def test_relative_difference_by_hand() -> None:
    counted = np.array([[10.0, 0.0], [30.0, 10.0]])
    simulated = np.array([[5.0, 5.0], [10.0, 10.0]])
    plain = np.mean([(5 + 5) / 10, (20 + 0) / 40])
    rescaled = np.mean([(5 + 5) / 10, (10 + 10) / 40])
    assert relative_difference(simulated, counted, rescaled=False) == pytest.approx(plain)
    assert relative_difference(simulated, counted, rescaled=True) == pytest.approx(rescaled)
    assert relative_difference(3 * counted, counted, rescaled=True) == pytest.approx(0)
    nobody = np.zeros((1, 2))
    assert relative_difference(nobody, counted[1:], rescaled=True) == pytest.approx(1)
    assert relative_difference(nobody, nobody, rescaled=True) == 0
    assert math.isnan(relative_difference(nobody[:0], nobody[:0], rescaled=True))


def test_energy_of_one_member_is_its_distance_and_of_the_truth_nothing() -> None:
    counted = np.array([[30.0, 10.0]])
    other = np.array([[[10.0, 30.0]]])
    assert energy(other, counted) == pytest.approx(math.hypot(0.5, 0.5))
    assert energy(np.array([counted, counted]), counted) == pytest.approx(0)
    both = np.array([[[10.0, 30.0]], [[30.0, 10.0]]])
    assert energy(both, counted) == pytest.approx(math.hypot(0.5, 0.5) * (1 / 2 - 1 / 4))


def test_coverage_counts_camps_and_days() -> None:
    members = np.array([[[a, 100.0 - a]] for a in np.linspace(20, 40, 101)])
    assert coverage(members, np.array([[30.0, 70.0]])) == 1
    assert coverage(members, np.array([[21.0, 79.0]])) == 0
    assert coverage(members, np.array([[23.0, 77.0]])) == 1


def test_a_band_of_few_members_holds_what_it_says() -> None:
    """Of equally likely values each is the truth once, and the others are the members."""
    values = np.sort(np.random.default_rng(1).normal(50, 5, 21))
    inside = []
    for i, truth in enumerate(values):
        members = np.array([[[a, 100.0 - a]] for a in np.delete(values, i)])
        inside.append(coverage(members, np.array([[truth, 100.0 - truth]])))
    assert np.mean(inside) == pytest.approx(0.8, abs=0.05)


def test_shares_of_nobody_are_equal() -> None:
    assert shares(np.array([0.0, 0.0])).tolist() == [0.5, 0.5]


# Rules


def test_distances_are_along_roads(tiny: Conflict) -> None:
    km = road_distances(tiny.folder)
    assert km[0].tolist() == [150, 330, 190, 110]  # Alpha to Near, Far, Other, Inside
    assert inverse_distance(tiny.folder).sum() == pytest.approx(1)
    assert int(np.argmax(inverse_distance(tiny.folder))) == 3


def test_rules_by_hand(tiny: Conflict) -> None:
    found = rules(tiny)
    start = tiny.counted[0] / tiny.counted[0].sum()
    frozen = np.tile(start, (DAYS, 1))
    expected = relative_difference(frozen, tiny.counted, rescaled=True)
    assert found["frozen_day0"] == pytest.approx(expected)
    late = np.tile(tiny.counted[30], (DAYS - 31, 1))
    expected = relative_difference(late, tiny.counted[31:], rescaled=True)
    assert found["frozen_day30"] == pytest.approx(expected)
    learned = rules(tiny, 40)
    assert learned["frozen_learned"] < found["frozen_day0"]
    assert all(0 <= value <= 2 for value in (*found.values(), *learned.values()))


# Runs


def test_both_halves_are_scored_and_do_not_depend_on_threads(tiny: Conflict) -> None:
    one = validate_one(tiny, FEW)
    two = validate_one(tiny, Settings(members=4, threads=3))
    assert (one.given.members == two.given.members).all()
    data = one.to_json()
    for key in ("ard_rescaled", "ard_plain", "ard_rescaled_nocap", "ard_plain_nocap", "energy"):
        assert 0 <= data[key] < 1.2, key
    assert data["flee"] is None
    assert (data["days"], data["camps"]) == (DAYS, 4)
    people = one.without.members
    assert (np.abs(people.sum(axis=2) - people[0].sum(axis=1)) < 900).all()
    assert (people == np.rint(people)).all()


def test_learning_never_sees_a_later_count(tmp_path: Path, tiny: Conflict) -> None:
    how = Settings(members=2, threads=1, learn_until=25, forecast_total=True)
    other, _ = read_conflict(
        flee_world(tmp_path / "tiny", **replaced("far", "2020-03-30,1500", "2020-03-30,9500"))
    )
    assert other is not None
    before, after = validate_one(tiny, how), validate_one(other, how)
    assert (before.without.best == after.without.best).all()
    assert (before.without.members == after.without.members).all()
    assert before.to_json()["ard_rescaled"] != after.to_json()["ard_rescaled"]
    assert before.to_json()["scored_from_day"] == 26
    assert persistence(tiny.folder, 25)[:26] == [0.0] * 26
    assert len(before.without.best) == DAYS - 26


def test_more_people_than_expected_make_a_camp_attractive_for_a_while() -> None:
    days = np.arange(31)[:, None]
    known = days * np.array([[30.0, 10.0, 0.0]])
    simulated = days * np.array([[20.0, 20.0, 0.0]])
    taught = learned(known, simulated, fled=np.array([1200.0, 2400.0, 4800.0]))
    more = math.log((0.75 + FLOOR) / (0.5 + FLOOR))
    less = math.log((0.25 + FLOOR) / (0.5 + FLOOR))
    assert taught.deviation == pytest.approx([more, less, 0])
    assert taught.kept == pytest.approx([1, 0.5, 0.25])
    assert expected(MOVEMENT, taught, 3, 3)[1] == pytest.approx(
        MOVEMENT.learning * 0.5 * taught.deviation
    )
    nobody = learned(0 * known, simulated, fled=np.zeros(3))
    assert (nobody.kept == 0).all()


def test_only_the_last_arrivals_teach() -> None:
    early = np.array([[0, 0], *[[900, 100]] * 15, [900, 200]], dtype=float)
    simulated = np.outer(np.arange(17), (1.0, 1.0))
    taught = learned(early, simulated, fled=np.array([1100.0, 1200.0]))
    assert taught.deviation[1] > 0 > taught.deviation[0]


def test_what_nobody_knows_is_partly_shared_by_a_country() -> None:
    own = np.zeros(3)
    draws = np.array(
        [drawn(MOVEMENT, None, 4, ("A", "A", "B"), own, 1, member) for member in range(400)]
    )
    assert (draws == draws[:, :1]).all()
    assert (draws[:, 0, 0] == draws[:, 0, 1]).all()
    assert draws[:, 0].std(axis=0) == pytest.approx(MOVEMENT.country_spread, rel=0.15)
    assert abs(np.corrcoef(draws[:, 0, 0], draws[:, 0, 2])[0, 1]) < 0.15
    taught = Taught(np.array([1.0, 0.0, -1.0]), np.array([1.0, 0.1]))
    sure = replace(MOVEMENT, learning=1.0)
    some = np.array([drawn(sure, taught, 2, ("A", "A", "B"), own, 1, n) for n in range(50)])
    assert some[:, 0].std(axis=0) == pytest.approx(0, abs=1e-12)
    assert some[0, 0] == pytest.approx(taught.deviation)
    assert some[:, 1].std(axis=0).min() > 0.5 * MOVEMENT.country_spread


def test_attraction_may_change_as_days_pass(tiny: Conflict) -> None:
    ready = prepare(tiny, capacities=False)
    sure = replace(MOVEMENT, learning=1.0)
    plain = run_conflict(ready, sure)
    camp = tiny.camps.index("Other")
    deviation = np.eye(len(tiny.camps))[camp] * 3
    late = np.where(np.arange(DAYS) >= 40, 1.0, 0.0)
    moved = run_conflict(ready, sure, taught=Taught(deviation, late))
    assert (moved[:40] == plain[:40]).all()
    assert moved[-1, camp] > plain[-1, camp] + 100
    none = run_conflict(ready, sure, taught=Taught(deviation, 0 * late))
    assert (none == plain).all()


def test_reports_alone_know_nothing_of_the_next_count(tmp_path: Path, tiny: Conflict) -> None:
    ready = prepare(tiny, capacities=False)
    simulated = run_conflict(ready, MOVEMENT)
    people = nowcast(tiny, 35, simulated)
    assert people.sum(axis=1) == pytest.approx(tiny.counted[:36].sum(axis=1))
    changed = replaced("inside", "2020-03-30,900", "2020-03-30,90")
    other, _ = read_conflict(flee_world(tmp_path / "tiny", **changed))
    assert other is not None
    assert other.counted[35].tolist() != tiny.counted[35].tolist()
    same_total = replace(other, counted=tiny.counted)
    assert (nowcast(same_total, 35, simulated) == people).all()
    far = tiny.camps.index("Far")
    assert people[30, far] == pytest.approx(0)  # reported that day
    assert tiny.folder.known("Near", 19).people == (100.0, 4000.0)
    assert tiny.folder.known("Near", 20).people == (50.0, 2000.0, 2000.0)
    how = Settings(learn_until=35, reports_only=True)
    later, _ = begin(tiny, MOVEMENT, how, capacities=False)
    assert later.present.sum() == pytest.approx(tiny.counted[35].sum())
    assert later.present.tolist() != tiny.counted[35].tolist()


def test_each_conflict_has_the_numbers_that_never_saw_it() -> None:
    assert set(stored()) == {*SEVEN, "all"}
    for name in SEVEN:
        assert movement_for(name, leave_one_out=True)[0] == name
        assert movement_for(name, leave_one_out=False)[0] == "all"
    assert movement_for("elsewhere", leave_one_out=True)[0] == "all"


# The commands


def call(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, object]]:
    code = main([*map(str, words), "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)


def test_validate_says_what_failed_and_runs_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = flee_world(tmp_path / "good")
    bad = flee_world(tmp_path / "bad", **replaced("routes", "Near,Far", "Near,Fat"))
    out = tmp_path / "out"
    code, data = call(
        capsys, "validate", "flee", good, bad, "--members", "2", "--out", out, "--threads", "1"
    )
    assert code == 1
    assert [row["name"] for row in data["conflicts"]] == ["good"]  # type: ignore[index,attr-defined]
    assert data["failed"] == ["bad"]
    assert {"conflicts", "mean_ard_rescaled", "mean_ard_rescaled_nocap", "parameters"} <= set(data)
    (finding,) = [f for f in data["findings"] if f["level"] == "error"]  # type: ignore[attr-defined]
    assert (finding["file"], finding["row"]) == ("bad/input_csv/routes.csv", 6)
    with (out / "good" / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == DAYS
    assert rows[0]["Date"] == "2020-01-31"
    assert list(rows[0])[:5] == ["Day", "Date", "Near sim", "Near data", "Near error"]
    camps = ("Near", "Far", "Other", "Inside")
    simulated = np.array([[float(row[f"{camp} sim"]) for camp in camps] for row in rows])
    counted = np.array([[float(row[f"{camp} data"]) for camp in camps] for row in rows])
    told = data["conflicts"][0]["ard_rescaled"]  # type: ignore[index]
    assert relative_difference(simulated, counted, rescaled=True) == pytest.approx(told, abs=2e-3)


def test_import_check_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = flee_world(tmp_path / "tiny")
    made, back = tmp_path / "made", tmp_path / "back"
    words = ("import", "flee", home / "input_csv", home / "source_data", "--out", made)
    code, data = call(capsys, *words)
    assert (code, data["left"]) == (0, [])
    assert call(capsys, "check", made)[0] == 0
    code, data = call(capsys, "export", "flee", made, "--out", back)
    assert code == 0
    assert any("how many leave" in line for line in data["left"])  # type: ignore[attr-defined]
    assert (back / "input_csv" / "locations.csv").is_file()
    assert main(["validate", "flee", str(back), "--members", "1"]) == 0
    text = capsys.readouterr().out
    assert "back" in text
    assert "Not carried over" not in text
    (back / "input_csv" / "demographics_age.csv").write_text("age,Default\n20,1\n")
    assert main(["validate", "flee", str(back), "--members", "1"]) == 0
    assert "Not carried over (--json says what): back (1)" in capsys.readouterr().out


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = flee_world(tmp_path / "tiny", routes=None)
    words = ("import", "flee", home / "input_csv", home / "source_data", "--out", tmp_path / "no")
    code, data = call(capsys, *words)
    assert code == 2
    assert data["findings"][0]["file"] == "input_csv/routes.csv"  # type: ignore[index]
    assert not (tmp_path / "no").exists()
    assert call(capsys, "validate", "flee", home, home)[0] == 2
    assert call(capsys, "validate", "flee", home, "--total", "forecast")[0] == 2
    assert call(capsys, "validate", "flee", home, "--learn-until", "-3")[0] == 2
    code, data = call(capsys, "validate", "flee", tmp_path / "none")
    assert (code, data["conflicts"]) == (1, [])
    (finding,) = data["findings"]  # type: ignore[misc]
    assert (finding["file"], finding["read"]) == ("none", str(tmp_path / "none"))  # type: ignore[index]
    assert main(["validate", "flee", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().out == "could not be run: none\n"
    (tmp_path / "bare").mkdir()
    code, data = call(capsys, "validate", "flee", tmp_path / "bare")
    files = [finding["file"] for finding in data["findings"]]  # type: ignore[attr-defined]
    assert (code, files) == (1, ["bare/input_csv", "bare/source_data"])
    good = flee_world(tmp_path / "good")
    assert call(capsys, "validate", "flee", good, "--learn-until", "900")[0] == 1
    code, data = call(capsys, "validate", "fleet", good)
    assert code == 2
    assert data["findings"][0]["nearest"] == "flee"  # type: ignore[index]


def test_the_public_conflicts_reach_what_the_documents_say(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    homes = [shared / "data" / "flee" / name for name in SEVEN]
    code, data = call(capsys, "validate", "flee", *homes, "--leave-one-out", "--members", "2")
    assert code == 0
    assert data["mean_ard_rescaled"] <= 0.27  # type: ignore[operator]
    assert data["mean_ard_rescaled_nocap"] <= 0.60  # type: ignore[operator]
    flee = {row["name"]: row["flee"] for row in data["conflicts"]}  # type: ignore[index,attr-defined]
    assert flee["mali2012"] == pytest.approx(0.316, abs=0.001)
    for row in data["conflicts"]:  # type: ignore[attr-defined]
        assert row["ard_rescaled"] < row["flee"], row["name"]
    how = ("--leave-one-out", "--members", "1", "--learn-until", "30")
    code, data = call(capsys, "validate", "flee", *homes, *how)
    assert code == 0
    assert data["mean_ard_rescaled_nocap"] <= 0.34  # type: ignore[operator]
    frozen = [row["baselines"]["frozen_learned"] for row in data["conflicts"]]  # type: ignore[index,attr-defined]
    assert np.mean(frozen) == pytest.approx(0.502, abs=0.001)


# Who computes


class Elsewhere(Threads):
    """Does the pieces from the last to the first, and only with what can travel."""

    def __init__(self) -> None:
        super().__init__(1)
        self.done = 0

    def map(
        self, task: Callable[[Any, Any], Any], shared: Any, items: Sequence[Any]
    ) -> Iterator[Any]:
        task, shared, items = pickle.loads(pickle.dumps((task, shared, list(items))))
        for item in items[::-1]:
            self.done += 1
            yield pickle.loads(pickle.dumps(task(shared, item)))


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    own = Elsewhere()
    token = CLUSTER.set(own)
    yield own
    CLUSTER.reset(token)


def test_a_cluster_runs_the_members_of_a_conflict(tiny: Conflict, elsewhere: Elsewhere) -> None:
    other = validate_one(tiny, FEW)
    assert elsewhere.done == 2 * FEW.members
    token = CLUSTER.set(None)
    here = validate_one(tiny, FEW)
    CLUSTER.reset(token)
    assert (other.given.members == here.given.members).all()
    assert (other.without.members == here.without.members).all()


def test_a_cluster_calibrates(
    tiny: Conflict, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    grids: dict[str, Any] = {
        "COST": (0.01, 0.03), "PULL": (0.3, 0.5), "POWER": (0.1, 0.3), "OPENING": (0.0, 2.0),
        "SPREADS": ((0.3, 0.0), (0.6, 0.4)), "LEARNING": (0.2, 0.8), "MEMBERS": 3,
    }  # fmt: skip
    for name, grid in grids.items():
        monkeypatch.setattr(calibration, name, grid)
    three = [replace(tiny, folder=replace(tiny.folder, name=name)) for name in ("a", "b", "c")]
    three[1] = replace(three[1], counted=three[1].counted[:, ::-1])
    said: list[str] = []
    other = calibration.calibrate(three, said.append)
    assert elsewhere.done == 3 * 2 + 3 + 3 * 2
    assert [line.partition(":")[0] for line in said] == ["movement", "learning", "spreads"]
    token = CLUSTER.set(None)
    assert calibration.calibrate(three, said.append, threads=2) == other
    CLUSTER.reset(token)
    assert other["sets"]["a"] == other["sets"]["c"] != other["sets"]["b"]
