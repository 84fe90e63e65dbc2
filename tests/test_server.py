"""The page's server: what it shows, what-ifs as jobs, and what it lets nobody do."""

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from borderflow import api, loading, output
from borderflow.assimilate import weights
from borderflow.comparison import compare
from borderflow.comparison.cells import cells
from borderflow.errors import ScenarioError
from borderflow.observe import Unusable, evidence, simulate_report
from borderflow.observe.discrepancy import Errors
from borderflow.policy import effects
from borderflow.results.quantiles import quantiles
from borderflow.scenario import Scenario
from borderflow.web import jobs, rules
from borderflow.web.ask import AddedReport, WhatIf
from borderflow.web.branch import Base, Branch
from borderflow.web.changes import changed, too_recent
from borderflow.web.guard import MOST_BYTES, Guard
from borderflow.web.jobs import Jobs
from borderflow.web.numbers import THREE, rounded
from borderflow.web.server import application
from borderflow.web.store import FIRST, Store
from borderflow.web.view import beside, view
from borderflow.web.weighing import as_report, weigh
from conftest import ROOT
from typescript import Types
from worlds import tiny, tiny_folder

GUARD = Guard(frozenset({"testserver"}))
CONTRACT = Types(ROOT / "web" / "src" / "view.ts")
MEMBERS = 8


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # A shock that fills the post in every member, so that the sign of what a rule does is sure.
    shock = {"median": "6000", "low": "5000", "high": "7000"}
    cells = {"parameter": {"amplitude-decree": shock}}
    return tiny_folder(tmp_path_factory.mktemp("server"), cells=cells)


@pytest.fixture(scope="module")
def store(world: Path) -> Store:
    made = Store(threads=2)
    run = made.add(str(world), MEMBERS, 7, None)
    finish(made, made.simulate(run, MEMBERS).id)
    return made


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    # What goes wrong inside is an answer (500), not an exception of the test.
    with TestClient(application(store, GUARD), raise_server_exceptions=False) as made:
        yield made


def finish(store: Store, job: str) -> jobs.Job:
    """Wait for a job as a listener does."""
    found = store.jobs.all[job]
    found.listen()
    end = time.monotonic() + 60
    while found.status == "running" and time.monotonic() < end:
        time.sleep(0.01)
    found.leave()
    return found


def ask(client: TestClient, store: Store, **asked: Any) -> dict[str, Any]:
    """Ask a what-if of the first run, wait, and give the difference."""
    said = client.post("/api/jobs", json={"run": "r1", "members": MEMBERS, **asked})
    assert said.status_code == 202, said.text
    assert CONTRACT.wrong(said.json(), "Job") == []
    job = finish(store, said.json()["id"])
    assert job.status == "done", job.error
    found = client.get(f"/api/jobs/{job.id}/result").json()
    assert CONTRACT.wrong(found, "Difference") == []
    return dict(found)


def whole(found: dict[str, Any], what: str, at: str | None) -> dict[str, Any]:
    return next(r for r in found["rows"] if (r["what"], r["at"]) == (what, at))


# What it shows


def test_the_listing_and_the_view_are_as_agreed(client: TestClient, store: Store) -> None:
    listing = client.get("/api/runs")
    assert CONTRACT.wrong(listing.json(), "Listing") == []
    assert [row["ready"] for row in listing.json()["runs"] if row["id"] == "r1"] == [True]
    seen = client.get("/api/runs/r1/view")
    assert CONTRACT.wrong(seen.json(), "View") == []


def test_the_digest_is_that_of_run(client: TestClient, world: Path) -> None:
    results = api.run(world, members=MEMBERS, seed=7)
    seen = client.get("/api/runs/r1/view").json()
    assert seen["head"]["digest"] == results.digest


def test_a_first_estimate_comes_before_the_end(world: Path) -> None:
    made = Store(threads=1)
    made.add(str(world), 12, 1, None)
    with TestClient(application(made, GUARD)) as client:
        begun = client.get("/api/runs/r1/view")  # there is nothing yet: it begins
        assert begun.status_code == 202
        found = finish(made, begun.json()["job"])
        names = [name for name, _ in found.events]
        assert names.index("estimate") < names.index("done")
        first = next(data for name, data in found.events if name == "estimate")
        assert first == {"run": "r1", "members": FIRST}
        with client.stream("GET", f"/api/jobs/{found.id}/events") as stream:
            text = "".join(stream.iter_text())
        assert "event: done\ndata: " in text
        more = client.post("/api/runs/r1/members", json={"members": 14})
        finish(made, more.json()["id"])
        assert client.get("/api/runs/r1/view").json()["head"]["members"] == 14


def test_the_run_can_be_had_as_files(client: TestClient) -> None:
    said = client.get("/api/runs/r1/files.zip")
    with zipfile.ZipFile(io.BytesIO(said.content)) as archive:
        names = archive.namelist()
        assert {"manifest.json", "results.nc", "entries-quantiles.csv", "view.json"} <= set(names)
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["members"] == MEMBERS


def test_a_kept_run_is_shown_and_given_back(world: Path, tmp_path: Path) -> None:
    results = api.run(world, members=2)
    folder = tmp_path / "answer"
    folder.mkdir()
    output.write(results, folder, beside=beside(view(results)))
    made = Store()
    run = made.add(str(folder), 50, 1, None)
    assert run.members == 2
    with TestClient(application(made, GUARD)) as client:
        assert client.get("/api/runs/r1/view").json()["head"]["digest"] == results.digest
        said = client.get("/api/runs/r1/files.zip")
        assert "results.nc" in zipfile.ZipFile(io.BytesIO(said.content)).namelist()
        refused = client.post("/api/jobs", json={"run": "r1", "without": ["ban"]})
        assert refused.status_code == 422  # the world in the folder is not at hand


# What if


def test_a_what_if_is_the_paired_comparison(client: TestClient, store: Store, world: Path) -> None:
    found = ask(client, store, without=["ban"])
    same = compare(world, without=["ban"], members=MEMBERS, seed=7)
    assert found["base"]["digest"] == same.base.digest
    assert found["other"]["digest"] == same.other.digest
    row = next(
        row for row in same.rows
        if (row["what"], row["location"], row["date"]) == ("entries_above_ordinary", "Isle", None)
    )  # fmt: skip
    here = whole(found, "entries_above_ordinary", "CCC")
    assert here["diff"][1] == pytest.approx(row["diff_q50"], rel=0.005)
    assert here["diff"][1] > 0
    assert found["caveat"] == "within_model"
    assert not found["changes_nothing"]
    positions = found["more"] + found["less"]
    assert found["rows"][found["more"][0]]["diff"][1] > 0
    assert all(0 <= at < len(found["rows"]) for at in positions)
    variant = client.get(f"/api/runs/{found['other']['run']}/view").json()
    assert CONTRACT.wrong(variant, "View") == []
    assert variant["head"]["kind"] == "what_if"
    assert variant["head"]["without"] == ["ban"]


def test_the_base_is_kept_and_more_members_are_added(client: TestClient, store: Store) -> None:
    before = set(store.runs["r1"].found)
    less = ask(client, store, without=["ban"], members=4)
    assert less["members"] == 4
    more = ask(client, store, without=["ban"], members=10)
    assert more["members"] == 10
    assert more["other"]["run"] == less["other"]["run"]
    assert set(store.runs["r1"].found) == before | set(range(10))


def test_no_member_is_simulated_twice(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Store(threads=2)
    made.jobs.most = 4
    run = made.add(str(world), 6, 3, None)
    simulated: list[tuple[int, int]] = []
    asked = threading.Event()
    for kind in (Base, Branch):

        def counting(self: Any, number: int, real: Any = kind.run) -> Any:
            assert asked.wait(60)
            simulated.append((id(self), number))
            return real(self, number)

        monkeypatch.setattr(kind, "run", counting)
    with TestClient(application(made, GUARD)) as client:

        def post(path: str, **body: Any) -> str:
            said = client.post(path, json=body)
            assert said.status_code == 202, said.text
            return str(said.json()["id"])

        question = {"run": "r1", "without": ["ban"]}
        grown = post("/api/runs/r1/members", members=6)
        jobs_ = [
            post("/api/jobs", **question, members=24),
            post("/api/jobs", **question, members=20),
            post("/api/jobs", run="r1", without=["decree"], members=16),
        ]
        # Who asks for more while members are being simulated gets the same job, with more to do.
        assert post("/api/runs/r1/members", members=26) == grown
        asked.set()
        assert {finish(made, job).status for job in [grown, *jobs_]} == {"done"}
        assert client.get("/api/runs/r1/view").json()["head"]["members"] == 26
        answers = [client.get(f"/api/jobs/{job}/result").json() for job in jobs_]
    assert [answer["members"] for answer in answers] == [24, 20, 16]
    assert answers[0]["other"]["run"] == answers[1]["other"]["run"]
    assert sorted(run.found) == list(range(26))
    assert len(simulated) == len(set(simulated)) == 26 + 24 + 16
    assert made.jobs.all[grown].total == 26
    # What was shared is what one job alone finds.
    assert run.results().digest == api.run(world, members=26, seed=3).digest


def test_a_member_whose_job_was_stopped_is_simulated_by_the_next(world: Path) -> None:
    run = Store(threads=1).add(str(world), 2, 3, None)
    begun, other_waits = threading.Event(), threading.Event()

    def never(number: int) -> Any:
        begun.set()
        other_waits.wait(30)
        raise jobs.StoppedError

    def stopped() -> None:
        with pytest.raises(jobs.StoppedError):
            run.member(0, never, lambda: None)

    first = threading.Thread(target=stopped)
    first.start()
    assert begun.wait(30)
    result = object()
    assert run.member(0, lambda number: result, other_waits.set) is result  # type: ignore[arg-type, return-value]
    first.join(30)
    assert run.found == {0: result}


def test_what_others_work_on_is_not_forgotten(world: Path) -> None:
    made = Store(threads=1)
    run = made.add(str(world), 2, 3, None)
    wait = threading.Event()
    begun = threading.Event()
    real = made._estimate

    def slow(job: jobs.Job, asked: WhatIf, *arms: Any) -> None:
        if asked.without == ["ban"]:
            begun.set()
            wait.wait(60)
        real(job, asked, *arms)

    made._estimate = slow  # type: ignore[method-assign]
    slowly = made.ask(run, WhatIf(run="r1", members=2, without=["ban"]))
    assert begun.wait(60)
    for day in ("2022-09-22", "2022-09-23", "2022-09-24"):
        asked = WhatIf.model_validate(
            {"run": "r1", "members": 2, "moved": [{"id": "decree", "from": day}]}
        )
        assert finish(made, made.ask(run, asked).id).status == "done"
    wait.set()
    assert finish(made, slowly.id).status == "done"
    assert made.runs[str(slowly.result)].body is not None


def test_no_result_counts_people_stopped(client: TestClient, store: Store) -> None:
    found = ask(client, store, added=[{"kind": "close", "at": "gate", "from": "2022-09-22"}])
    assert "stopped" not in json.dumps(found).lower()
    assert whole(found, "entries_above_ordinary", "BBB")["diff"][1] < 0
    assert whole(found, "entries_above_ordinary", "CCC")["diff"][1] >= 0


def test_no_small_number_is_in_a_difference(client: TestClient, store: Store) -> None:
    found = ask(client, store, without=["ban"])
    for row in found["rows"]:
        if row["what"].startswith("wait_hours"):
            continue
        for number in [row["base"], row["other"], *row["diff"]]:
            assert number is None or number == 0 or abs(number) >= 10, row


@pytest.mark.parametrize(
    ("rule", "what", "at", "sign"),
    [
        ({"kind": "lanes", "at": "gate", "factor": 3}, "entries_above_ordinary", "gate", 1),
        ({"kind": "staff", "at": "gate", "factor": 0.2}, "entries_above_ordinary", "gate", -1),
        ({"kind": "hours", "at": "gate", "open": "09:00", "close": "12:00"},
         "entries_above_ordinary", "gate", -1),
        ({"kind": "foot_allowed", "at": "gate"}, "entries_above_ordinary", "gate", 1),
        ({"kind": "bus", "at": "gate", "seats_day": 2000}, "entries_above_ordinary", "gate", 1),
        ({"kind": "train", "at": "gate", "seats_day": 2000}, "entries_above_ordinary", "gate", 1),
        ({"kind": "documents", "at": "BBB", "document": "internal"},
         "entries_above_ordinary", "BBB", -1),
        ({"kind": "close", "at": "BBB"}, "entries_above_ordinary", "BBB", -1),
        ({"kind": "open", "at": "CCC", "from": "2022-09-26"}, "entries_above_ordinary", "CCC", 1),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)  # fmt: skip
def test_every_rule_of_the_list_does_what_it_says(
    client: TestClient, store: Store, rule: dict[str, Any], what: str, at: str, sign: int
) -> None:
    found = ask(client, store, added=[{"from": "2022-09-21", **rule}])
    assert whole(found, what, at)["diff"][1] * sign > 0


def test_the_short_list_is_the_one_that_is_tested() -> None:
    listed = {row["id"] for row in rules.listed([])}
    assert listed == set(rules.KINDS)
    tested = {"lanes", "staff", "hours", "foot_allowed", "bus", "train", "documents", "close",
              "open"}  # fmt: skip
    assert listed == tested


def test_a_moved_rule_takes_what_it_drives_along(store: Store) -> None:
    asked = WhatIf.model_validate(
        {"run": "r1", "moved": [{"id": "decree", "from": "2022-09-24", "until": None}]}
    )
    run = store.runs["r1"]
    assert run.scenario is not None
    scenario, changes = changed(run.scenario, asked)
    assert changes == {"without": [], "with": ["decree"]}
    assert scenario.policy("decree").valid_from == date(2022, 9, 24)
    shock = scenario.by_id("driver")["decree-shock"]
    assert str(shock.valid_from) == "2022-09-24 09:00:00"  # type: ignore[attr-defined]


def test_an_added_report_stands_beside_both_arms(client: TestClient, store: Store) -> None:
    report = {
        "place": "Gate", "quantity": "entries_russian_citizens", "value": 900,
        "unit": "persons/day", "start": "2022-09-23", "source": "A call",
    }  # fmt: skip
    odd = {**report, "quantity": "moods"}
    found = ask(client, store, without=["ban"], reports=[report, odd])
    assert len(found["reports"][0]["base"]) == 5
    assert found["reports"][1]["base"] is None
    assert "no counterpart" in found["reports"][1]["note"]


HEARD = {
    "place": "Gate", "quantity": "queue_vehicles", "value": 700, "unit": "vehicles",
    "start": "2022-09-28", "source": "A call",
}  # fmt: skip


def test_members_count_by_the_likelihood_of_what_was_heard(store: Store) -> None:
    results = store.runs["r1"].results(range(MEMBERS))
    heard = AddedReport.model_validate(HEARD)
    said = simulate_report(as_report(heard), results)
    assert not isinstance(said, Unusable)
    nearest = np.argsort(np.abs(np.log(said[0] + 10) - np.log(710)))
    found = weigh(results, [heard])
    assert found is not None
    assert (found.reports, found.members) == (1, MEMBERS)
    assert found.effective >= 0.3 * MEMBERS
    counts = [found.chosen.count(int(number)) for number in nearest]
    assert counts == sorted(counts, reverse=True)  # the nearer, the more it counts
    assert len(found.chosen) == MEMBERS
    # By hand: one report of the press, and what the model gets wrong of a queue.
    gaps = np.log(710) - np.log(said[0] + 10)
    scales = Errors([evidence.weigh(as_report(heard))], results).fit(
        np.array([gaps.mean()]), np.atleast_2d(np.cov(np.log(said[0] + 10)))
    )
    variance = (np.log(1.6) / 1.28155) ** 2 + (0.5 * scales["queue"]) ** 2
    shares, power = weights.tempered(-(gaps**2) / 2 / variance, 0.3 * MEMBERS)
    assert found.power == pytest.approx(power)
    assert found.effective == pytest.approx(weights.effective(shares), rel=1e-4)
    # What lies far off counts with a power below 1, so that enough members are left.
    far = weigh(results, [heard.model_copy(update={"value": 50_000.0, "start": day}) for day in
                          (date(2022, 9, 22), date(2022, 9, 24), date(2022, 9, 26))])  # fmt: skip
    assert far is not None
    assert far.effective >= 0.3 * MEMBERS - 1e-6


def test_reports_weigh_both_sets_of_rules(client: TestClient, store: Store) -> None:
    plain = ask(client, store, without=["decree"])
    assert plain["weighed"] is None
    found = ask(client, store, without=["decree"], reports=[HEARD])
    run = store.runs["r1"]
    weighing = weigh(run.results(range(MEMBERS)), [AddedReport.model_validate(HEARD)])
    assert weighing is not None
    assert found["weighed"] == {**weighing.data(), "alone": False}
    row = whole(found, "entries_above_ordinary", "BBB")
    assert row["unweighed"] == whole(plain, "entries_above_ordinary", "BBB")["diff"]
    other = store.runs[plain["other"]["run"]]
    change = [
        cell.values[:, 0].astype(float)
        for arm in (run, other)
        for cell in cells(arm.results(weighing.chosen))
        if (cell.what, cell.location) == ("entries_above_ordinary", "Haven")
    ]
    expected = rounded(quantiles((change[1] - change[0])[:, None], THREE)[0])
    assert row["diff"] == expected
    assert len(set(weighing.chosen)) < MEMBERS  # some count more than once
    assert any(one["unweighed"] != one["diff"] for one in found["rows"])
    shown = client.get(f"/api/runs/{found['other']['run']}/view").json()
    assert CONTRACT.wrong(shown, "View") == []
    assert (shown["head"]["heard"], shown["head"]["members"]) == (1, round(weighing.effective))
    assert shown["head"]["without"] == ["decree"]
    # The report stands beside what all members would have said.
    assert found["reports"][0]["base"] == ask(client, store, reports=[HEARD])["reports"][0]["base"]


def test_reports_alone_weigh_the_run_as_it_is(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Branch, "run", None)  # nothing is simulated under other rules
    found = ask(client, store, reports=[HEARD])
    assert found["weighed"]["alone"]
    assert found["base"]["run"] == "r1"
    assert found["flows"] == []
    seen = client.get("/api/runs/r1/view").json()
    shown = client.get(f"/api/runs/{found['other']['run']}/view").json()
    assert shown["head"]["heard"] == 1
    row = whole(found, "queue_people_exit", "gate")
    before, after = row["ranges"]
    assert before[1] == row["base"]
    assert after[1] == row["other"]
    assert before != after
    assert seen["headlines"][2]["values"] != shown["headlines"][2]["values"]
    items = {item["id"]: item for item in client.get("/api/runs").json()["runs"]}
    assert items[found["other"]["run"]]["heard"] == 1
    assert not items[found["other"]["run"]]["can_ask"]
    odd = ask(client, store, reports=[{**HEARD, "quantity": "moods"}])
    assert odd["weighed"] is None
    assert odd["changes_nothing"]


def test_a_report_does_not_end_before_it_begins(client: TestClient) -> None:
    report = {**HEARD, "end": "2022-09-27"}
    said = client.post("/api/jobs", json={"run": "r1", "reports": [report]})
    assert said.status_code == 422
    assert said.json()["findings"][0]["column"] == "reports.0.end"


def test_opening_ends_what_closes(store: Store) -> None:
    rule = {"kind": "open", "at": "CCC", "from": "2022-09-27"}
    asked = WhatIf.model_validate({"run": "r1", "added": [rule]})
    known = store.runs["r1"].scenario
    assert known is not None
    scenario, changes = changed(known, asked)
    assert changes == {"without": [], "with": ["ban"]}
    assert scenario.policy("ban").valid_until == date(2022, 9, 27)
    rule["from"] = "2022-09-22"
    asked = WhatIf.model_validate({"run": "r1", "added": [rule]})
    assert changed(known, asked)[1] == {"without": ["ban"], "with": []}


def opened(scenario: Scenario, *rows: tuple[str, str]) -> tuple[Scenario, dict[str, list[str]]]:
    """A scenario in which places are opened from a day on, and what was changed for it."""
    added = [{"kind": "open", "at": at, "from": day} for at, day in rows]
    return changed(scenario, WhatIf.model_validate({"run": "r1", "added": added}))


def shut(scenario: Scenario, day: int) -> set[tuple[str, tuple[str, ...]]]:
    """Links that are closed on a day of September, and to whom."""
    now = date(2022, 9, day)
    return {
        (link, effect.who)
        for effect in effects(scenario)
        if effect.knob == "open"
        and effect.start <= now
        and (effect.end is None or now < effect.end)
        for link in effect.where
    }


def test_a_rule_ends_at_the_place_that_is_opened(tmp_path: Path) -> None:
    known = tiny(tmp_path, cells={"policy": {"ban": {"place": "abroad"}}})
    isle = {row for row in shut(known, 26) if row[0] == "field-isle"}
    assert isle < shut(known, 26) == shut(known, 27)
    scenario, changes = opened(known, ("CCC", "2022-09-27"))
    assert changes == {"without": [], "with": ["ban", "ban-elsewhere-1"]}
    assert shut(scenario, 26) == shut(known, 26)
    assert shut(scenario, 27) == shut(known, 27) - isle
    assert shut(scenario, 28) == set()
    rest, ban = scenario.policy("ban-elsewhere-1"), known.policy("ban")
    assert rest == replace(ban, id=rest.id, place="BBB", valid_from=date(2022, 9, 27))


def test_a_rule_that_has_not_begun_never_comes_where_it_is_opened(tmp_path: Path) -> None:
    known = tiny(tmp_path, cells={"policy": {"ban": {"place": "abroad"}}})
    scenario, changes = opened(known, ("CCC", "2022-09-22"))
    assert changes == {"without": [], "with": ["ban"]}
    assert scenario.policy("ban") == replace(known.policy("ban"), place="BBB")


def test_places_of_a_rule_are_opened_one_after_the_other(tmp_path: Path) -> None:
    known = tiny(
        tmp_path, cells={"policy": {"ban": {"place": "abroad", "valid_until": "2022-10-02"}}}
    )
    scenario, _ = opened(known, ("CCC", "2022-09-27"), ("BBB", "2022-09-28"))
    days = [shut(scenario, day) for day in (26, 27, 28)]
    assert days[0] > days[1] > days[2] == set()
    scenario, _ = opened(known, ("CCC", "2022-09-28"), ("BBB", "2022-09-27"))
    days = [shut(scenario, day) for day in (26, 27, 28)]
    assert days[0] > days[1] > days[2] == set()


CLOSURE = {
    "id": "shut", "applies_to": "all", "known_from": "2022-09-20", "valid_from": "2022-09-20",
    "status": "in force", "confidence": "high",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "place", "at", "group", "rest"),
    [
        ("crossing_closed", "Haven-Origin", "BBB", None, None),
        ("service_suspended", "gate|haven", "gate", None, None),
        ("crossing_closed", "Gate", "field", ("Gate", "gate|field"), "Gate Post"),
    ],
    ids=["a pair", "a line", "a group with the name of a place"],
)
def test_what_is_left_of_a_rule_is_said_in_its_own_words(
    tmp_path: Path, kind: str, place: str, at: str, group: tuple[str, str] | None, rest: str | None
) -> None:
    add: dict[str, Any] = {"policy": [{**CLOSURE, "kind": kind, "place": place}]}
    if group is not None:
        add["group"] = [{"id": group[0], "what": "places", "selector": group[1]}]
    scenario, changes = opened(tiny(tmp_path, add=add), (at, "2022-09-27"))
    assert changes["with"] == ["shut", *([] if rest is None else ["shut-elsewhere-1"])]
    assert scenario.policy("shut").valid_until == date(2022, 9, 27)
    if rest is not None:
        assert scenario.policy("shut-elsewhere-1").place == rest


@pytest.mark.parametrize(
    ("marks", "rest"),
    [({"bars": True, "line": True}, None), ({"bars": True}, "BBB"), ({}, "not closed")],
    ids=["a line", "places", "no bar"],
)
def test_kinds_say_themselves_what_opening_does_to_them(
    tmp_path: Path, marks: dict[str, bool], rest: str | None
) -> None:
    from borderflow.policy import PolicyKind, kind, register, unregister

    register(PolicyKind("wall", "A wall that is closed.", kind("crossing_closed").emit, **marks))
    try:
        world = tiny(tmp_path, add={"policy": [{**CLOSURE, "kind": "wall", "place": "gate|BBB"}]})
        if rest == "not closed":
            with pytest.raises(ScenarioError, match="no rule of the scenario closes it"):
                opened(world, ("gate", "2022-09-27"))
            return
        _, changes = opened(world, ("gate", "2022-09-27"))
        assert changes["with"] == ["shut", *([] if rest is None else ["shut-elsewhere-1"])]
    finally:
        unregister("wall")


@pytest.mark.parametrize(
    ("kind", "place", "at", "group"),
    [
        ("car_ban", "Town|Gate", "gate", None),
        ("crossing_closed", "abroad-Origin", "CCC", None),
        ("crossing_closed", "Field", "gate", ("Field", "field|gate")),
        ("crossing_closed", "gate|Gate Post|BBB|AAA", "BBB", None),
    ],
    ids=["a region", "one side of a pair", "no name of its own", "closed all the same"],
)
def test_what_cannot_be_opened_in_part_is_refused(
    tmp_path: Path, kind: str, place: str, at: str, group: tuple[str, str] | None
) -> None:
    add: dict[str, Any] = {"policy": [{**CLOSURE, "kind": kind, "place": place}]}
    if group is not None:
        add["group"] = [{"id": group[0], "what": "places", "selector": group[1]}]
    with pytest.raises(ScenarioError) as said:
        opened(tiny(tmp_path, add=add), (at, "2022-09-27"))
    (finding,) = said.value.findings
    assert finding.column == "added.0.at"
    assert finding.message.startswith("shut closes it together with others")


def test_recent_rules_on_leaving_are_not_switched(tmp_path: Path) -> None:
    control = {
        "id": "lists", "place": "gate", "kind": "exit_control", "applies_to": "all",
        "known_from": "2022-09-22", "valid_from": "2022-09-22", "status": "in force",
        "confidence": "high",
    }  # fmt: skip
    share = {"id": "share", "quantity": "refused_share", "distribution": "fixed", "median": "0.1",
             "reason": "Made up"}  # fmt: skip
    scenario = loading.load(tiny_folder(tmp_path, add={"policy": [control], "parameter": [share]}))
    asked = WhatIf(run="r1", without=["lists"])
    assert too_recent(scenario, asked, date(2022, 10, 20)) == ["lists"]
    assert too_recent(scenario, asked, date(2022, 10, 28)) == []


# Jobs


def test_at_most_a_few_jobs_at_once(client: TestClient, store: Store) -> None:
    wait = threading.Event()
    held = [store.jobs.start("r1", lambda _: wait.wait(30) and None) for _ in range(2)]
    try:
        said = client.post("/api/jobs", json={"run": "r1", "without": ["ban"]})
        assert said.status_code == 429
        assert int(said.headers["retry-after"]) > 0
        assert "too many" in said.json()["findings"][0]["message"]
    finally:
        wait.set()
        for job in held:
            finish(store, job.id)


def test_a_job_ends_when_it_is_cancelled(client: TestClient, store: Store) -> None:
    def work(job: jobs.Job) -> None:
        while True:
            job.check()
            time.sleep(0.005)

    job = store.jobs.start("r1", work)
    job.listen()
    assert client.delete(f"/api/jobs/{job.id}").status_code == 200
    assert finish(store, job.id).status == "cancelled"


def test_a_job_ends_when_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "GRACE", 0.05)

    def work(job: jobs.Job) -> None:
        while True:
            job.check()
            time.sleep(0.005)

    made = Jobs()
    job = made.start("r1", work)
    job.listen()
    time.sleep(0.1)
    assert job.status == "running"
    job.leave()
    end = time.monotonic() + 10
    while job.status == "running" and time.monotonic() < end:
        time.sleep(0.01)
    assert job.status == "cancelled"
    lasting = made.start("r1", lambda job: job.check(), lasting=True)
    lasting.leave()


def test_a_job_that_fails_says_why() -> None:
    made = Jobs()

    def work(job: jobs.Job) -> None:
        raise ArithmeticError("people were lost")

    job = made.start("r1", work)
    while job.status == "running":
        time.sleep(0.005)
    assert job.error == "ArithmeticError: people were lost"
    assert job.told(0)[-1][0] == "failed"


class Seen:
    """The lock of a job, which looks at the job as often as it is free to be looked at."""

    def __init__(self, job: jobs.Job) -> None:
        self.job = job
        self.own = threading.Lock()
        self.rows: list[tuple[str, str]] = []

    def look(self) -> None:
        self.rows.append((self.job.status, self.job.events[-1][0] if self.job.events else ""))

    def __enter__(self) -> None:
        self.look()
        self.own.acquire()

    def __exit__(self, *_: object) -> None:
        self.own.release()
        self.look()


@pytest.mark.parametrize(
    ("error", "how"),
    [(None, "done"), (jobs.StoppedError(), "cancelled"), (MemoryError(), "failed"),
     (ValueError("no"), "failed")],
)  # fmt: skip
def test_nobody_sees_the_end_of_a_job_before_it_is_told(error: Exception | None, how: str) -> None:
    def work(job: jobs.Job) -> None:
        job.at("base", 1, 1)
        if error is not None:
            raise error

    job = jobs.Job("1", "r1")
    seen = job._lock = Seen(job)  # type: ignore[assignment]
    jobs._work(job, work)
    assert seen.rows[-1] == (how, how)
    assert {row for row in seen.rows if row[0] != "running"} == {(how, how)}


# What it lets nobody do


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/static/app.js", "/api/runs/..%2f..%2fetc",
     "/api/runs/r1/../../../etc/passwd/view", "/app.js%00", "//etc/passwd", "/api/jobs/..",
     "/.env", "/index.html"],
)  # fmt: skip
def test_no_path_leads_out(client: TestClient, path: str) -> None:
    said = client.get(path)
    assert said.status_code in (404, 405), (path, said.status_code)
    assert "root:" not in said.text


def test_every_answer_has_a_strict_policy(client: TestClient) -> None:
    for path in ("/", "/app.js", "/api/runs", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 60_000, 400),
        (b'{"run": 1e99999}', 422),
        (b'{"run": "r1", "members": 1' + b"0" * 5000 + b"}", 400),
        (b'{"run": "\\ud800"}', 422),
        (b'{"run": "r1", "surprise": 1}', 422),
        (b'{"run": "r1", "members": 100000}', 422),
        (b'{"run": "r1", "members": NaN}', 422),
        (b'{"run": "nobody", "without": ["ban"]}', 404),
        (b'{"run": "r1"}', 422),
        (b'{"run": "r1", "without": ["bam"]}', 422),
        (b'{"run": "r1", "without": ["../../etc/passwd"]}', 422),
        (b'{"run": "r1", "moved": [{"id": "x", "from": "2022-09-21"}]}', 422),
        (b'{"run": "r1", "moved": [{"id": "ban", "from": "2022-13-21"}]}', 422),
        (b'{"run": "r1", "moved": [{"id": "ban", "from": "0001-01-01", "until": "9999-12-31"}]}',
         422),
        (b'{"run": "r1", "added": [{"kind": "magic", "at": "gate", "from": "2022-09-21"}]}', 422),
        (b'{"run": "r1", "added": [{"kind": "lanes", "at": "gate", "from": "2022-09-21"}]}', 422),
        (b'{"run": "r1", "added": [{"kind": "bus", "at": "field", "seats_day": 9,'
         b' "from": "2022-09-21"}]}', 422),
        (b"x" * (MOST_BYTES + 1), 413),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_gets_a_clear_answer(
    client: TestClient, body: bytes, status: int
) -> None:
    said = client.post("/api/jobs", content=body, headers={"content-type": "application/json"})
    assert said.status_code == status, said.text
    findings = said.json()["findings"]
    assert findings
    assert all(row["message"] for row in findings)


def test_the_nearest_policy_is_named(client: TestClient) -> None:
    said = client.post("/api/jobs", json={"run": "r1", "without": ["bam"]})
    assert said.json()["findings"][0]["nearest"] == "ban"


def test_a_body_without_a_length_is_cut_off(client: TestClient) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 10_000

    said = client.post("/api/jobs", content=drip(), headers={"content-type": "application/json"})
    assert said.status_code in (400, 413)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-length": "-1"}, 400),
    ],
)
def test_other_pages_cannot_ask(client: TestClient, headers: dict[str, str], status: int) -> None:
    body = {"content-type": "application/json", **headers}
    said = client.post("/api/jobs", content=b'{"run": "r1", "without": ["ban"]}', headers=body)
    assert said.status_code == status


def test_strangers_need_the_token(store: Store) -> None:
    guard = Guard(frozenset(), "f00d")
    with TestClient(application(store, guard), follow_redirects=False) as client:
        assert client.get("/api/runs").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        assert client.get("/api/runs?token=f00d").status_code == 401
        said = client.get("/?token=f00d")
        assert said.status_code == 303
        assert "HttpOnly" in said.headers["set-cookie"]
        client.cookies.set(guard.cookie, "f00d")
        assert client.get("/api/runs").status_code == 200
        client.cookies.set(guard.cookie, "é")
    with TestClient(application(store, guard)) as client:
        assert client.get("/api/runs", headers={"authorization": "Bearer f00d"}).status_code == 200
        assert client.get("/api/runs", headers={"cookie": 'a="'}).status_code == 401


OURS = "borderflow-token-8000"


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({"cookie": f"{OURS}=f00d"}, True),
        ({"cookie": f'prefs={{"a":1,"b":"x"}}; {OURS}=f00d'}, True),
        ({"cookie": f"a=[1, 2];{OURS} = f00d ;b"}, True),
        ({"cookie": f"{OURS}=stale; {OURS}=f00d"}, True),
        ({"cookie": f"{OURS}=stale", "authorization": "Bearer f00d"}, True),
        ({"cookie": f"{OURS}=f00d", "authorization": "Basic someone"}, True),
        ({"cookie": f"{OURS}=stale", "authorization": "Bearer stale"}, False),
        ({"cookie": f"x{OURS}=f00d; borderflow-token-8001=f00d; f00d"}, False),
        ({"cookie": f"{OURS}=; ;=;"}, False),
        ({}, False),
    ],
)
def test_cookies_of_others_lock_nobody_out(headers: dict[str, str], known: bool) -> None:
    assert Guard(frozenset(), "f00d", 8000).known(headers) is known


def test_two_servers_of_one_host_give_two_cookies(store: Store) -> None:
    def given(port: int) -> str:
        with TestClient(
            application(store, Guard(frozenset(), "f00d", port)), follow_redirects=False
        ) as client:
            return str(client.get("/?token=f00d").headers["set-cookie"])

    assert given(8000).startswith(f"{OURS}=f00d;")
    assert given(8001).startswith("borderflow-token-8001=f00d;")
