"""What a run tells: every row is recomputed by hand from the arrays, and nothing small gets out."""

import dataclasses
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from borderflow import api, output
from borderflow.arrays import FLOWS
from borderflow.cli.answer import to_json
from borderflow.document import LISTS, document
from borderflow.lookup import UnknownNameError
from borderflow.results import TABLES, Results
from borderflow.results import quantiles as q
from borderflow.results.labelled import VARIABLES
from borderflow.results.spread import Sorted
from borderflow.results.stocks import BEYOND, sold_out_until
from borderflow.results.tidy import VARIABLES as TIDY
from borderflow.runfolder import FolderError, fresh
from borderflow.source.flee.write import write_folder
from borderflow.text import render
from borderflow.wording import WIDTH, grid
from worlds import tiny

MEMBERS = 12
SHOWN = dict.fromkeys(("entries", "exits", "present", "in_transit", "left_behind", "departures"))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    lists = {
        "id": "lists",
        "place": "gate",
        "kind": "exit_control",
        "applies_to": "men of call-up age",
        "known_from": "2022-09-22",
        "valid_from": "2022-09-22",
        "status": "in force",
        "confidence": "high",
    }
    share = {
        "id": "refused",
        "quantity": "refused_share",
        "distribution": "fixed",
        "median": "0.1",
        "reason": "Made up",
    }
    add = {"policy": [lists], "parameter": [share]}
    scenario = tiny(tmp_path_factory.mktemp("results"), add=add)
    return api.run(scenario, members=MEMBERS, seed=7)


@pytest.fixture(scope="module")
def shown(results: Results) -> Results:
    """The same run with small cells shown."""
    return Results(results.ensemble, small_cells=True)


def crossing(results: Results, place: str, into: str) -> int:
    return next(
        i
        for i, c in enumerate(results.labels.crossings)
        if (c.place, c.destination) == (place, into)
    )


def groups(results: Results, *, ordinary: bool) -> list[int]:
    return [
        i for i, g in enumerate(results.labels.groups) if g.subject and (ordinary or not g.ordinary)
    ]


def quantiles(values: np.ndarray) -> dict[str, float]:
    return {
        f"q{round(p * 100):02d}": float(np.quantile(values.astype(float), p))
        for p in (0.1, 0.5, 0.9)
    }


def check(row: dict[str, Any], values: np.ndarray) -> None:
    for name, expected in quantiles(values).items():
        assert row[name] == pytest.approx(expected, abs=1e-3), (row, name)


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(("who", "ordinary"), [("above_ordinary", False), ("all", True)])
def test_entries_are_sums_within_each_member(shown: Results, who: str, ordinary: bool) -> None:
    array = shown.arrays["entries"]
    chosen = groups(shown, ordinary=ordinary)
    gate = array[:, :, crossing(shown, "gate", "BBB"), :][..., chosen].sum(axis=2)
    assert gate.any()
    where = {"destination": "Haven", "who": who}
    for day, label in enumerate(shown.lookup.days):
        check(only(shown.table("entries", crossing="Gate", date=label, **where)), gate[:, day])
    check(only(shown.table("entries", crossing="Gate", date=None, **where)), gate.sum(axis=1))
    every = shown.lookup.entered["BBB"]
    total = array[:, :, every, :][..., chosen].sum(axis=(1, 2, 3))
    check(only(shown.table("entries", crossing=None, date=None, **where)), total)


def test_the_sum_over_crossings_is_the_sum_of_each_member(shown: Results) -> None:
    """Quantiles of the sum, not the sum of quantiles."""
    rows = shown.table("entries", who="all_nationalities", date=None)
    for destination in {row["destination"] for row in rows}:
        code = next(c for c, name in shown.scenario.countries.items() if name == destination)
        own = [r for r in rows if r["destination"] == destination]
        array = shown.arrays["entries"][:, :, shown.lookup.entered[code], :]
        check(only([r for r in own if r["crossing"] is None]), array.sum(axis=(1, 2, 3)))


def test_nobody_enters_the_countries_people_leave(results: Results) -> None:
    assert {row["destination"] for row in results.table("entries")} == {"Haven", "Isle"}
    assert {row["origin"] for row in results.table("exits")} == {"Haven", "Isle"}
    assert any(row["q50"] for row in results.table("exits", origin="Haven"))


def test_present_by_group_and_in_all(shown: Results) -> None:
    last = shown.lookup.days[-1]
    haven = shown.arrays["present"][:, -1, shown.lookup.hosts["BBB"], :].sum(axis=1)
    for index, group in enumerate(shown.labels.groups):
        row = only(shown.table("present", destination="Haven", date=last, group=group.name))
        check(row, haven[:, index])
    row = only(shown.table("present", destination="Haven", date=last, group=None))
    check(row, haven[:, groups(shown, ordinary=False)].sum(axis=1))


def test_queues_are_the_highest_of_the_local_day(results: Results) -> None:
    server = results.labels.checkpoints.index("gate-exit")
    starts = results.labels.step_start
    # The gate keeps the scenario's time, three hours ahead of UTC: 21:00 begins the next day.
    local = (starts + np.timedelta64(3, "h")).astype("datetime64[D]")
    wait = results.arrays["wait_hours"][:, :, server]
    assert wait.max() > 3
    for label in results.lookup.days:
        during = local == np.datetime64(label)
        where = {"crossing": "Gate", "side": "exit", "direction": "out", "date": label}
        row = only(results.table("queues", measure="wait_hours", **where))
        check(row, wait[:, during].max(axis=1))
    assert {row["side"] for row in results.table("queues")} == {"exit", "entry"}
    assert {row["direction"] for row in results.table("queues")} == {"out", "in"}


def test_a_checkpoint_without_a_rate_has_no_queue(results: Results) -> None:
    assert {row["crossing"] for row in results.table("queues")} == {"Gate"}


def test_the_peak_comes_when_it_comes(results: Results) -> None:
    where = {"crossing": "Gate", "side": "exit", "direction": "out", "measure": "wait_hours"}
    peak = only(results.table("queue_peaks", **where))
    days = {row["date"]: row["q50"] for row in results.table("queues", **where)}
    assert days[peak["date"]] >= 0.8 * max(days.values())
    assert peak["date_low"] <= peak["date"] <= peak["date_high"]


def test_refusals_are_never_finer_than_country_and_week(results: Results, shown: Results) -> None:
    rows = shown.table("refusals")
    assert rows
    assert {date.fromisoformat(row["week"]).weekday() for row in rows} == {0}
    index = results.labels.countries.index(
        next(c for c, name in results.scenario.countries.items() if name == rows[0]["country"])
    )
    refused = results.arrays["refused"][:, :, index, :].sum(axis=2)
    monday = date.fromisoformat(rows[0]["week"])
    during = [monday <= day < monday + timedelta(days=7) for day in results.labels.days]
    check(rows[0], refused[:, during].sum(axis=1))
    assert rows[0]["days"] == sum(during)
    assert VARIABLES["refused"].dims == ("member", "week", "country")
    assert results.to_xarray()["refused"].sizes["week"] == len(results.lookup.weeks)


def test_seats_are_those_left(results: Results) -> None:
    link = results.labels.scheduled.index("field-isle")
    free = results.arrays["seats_offered"] - results.arrays["seats_sold"]
    for day, label in enumerate(results.lookup.days):
        row = only(results.table("seats", link="field-isle", date=label))
        check(row, free[:, day, link])
        assert row["seats"] == round(float(results.arrays["seats_offered"][0, day, link]))


def fake_seats(departures: list[int], booking: int = 80) -> Any:
    """Results with one link that departs in certain steps."""
    starts = np.datetime64("2022-09-18T21:00", "m") + np.arange(200) * np.timedelta64(180, "m")
    lookup = SimpleNamespace(
        departures=[np.array(departures)],
        link_zone=lambda link: "Europe/Moscow",
        on_sale={"a"},
    )
    world = SimpleNamespace(day_end=np.array([7, 15]), booking_steps=booking)
    return SimpleNamespace(
        compiled=SimpleNamespace(world=world),
        lookup=lookup,
        labels=SimpleNamespace(scheduled=("a",), beginning=starts.__getitem__),
    )


def sold_out(first: list[list[int]], departures: list[int]) -> list[str | None]:
    steps = np.array(first, dtype=np.int64)
    codes = {"first": np.where(steps < 0, BEYOND, steps)}
    return sold_out_until(fake_seats(departures), 0, Sorted(steps, codes))


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ([[12, 20]] * 3, [None, None]),
        ([[20, 28]] * 3, ["2022-09-21", "2022-09-22"]),
        ([[12, 28], [20, 28], [28, 28]], ["2022-09-21", "2022-09-22"]),
        ([[-1, -1]] * 3, ["2022-09-25", "2022-09-25"]),
    ],
    ids=["free", "next day", "median", "nothing left"],
)
def test_sold_out_until(first: list[list[int]], expected: list[str | None]) -> None:
    # A departure at noon of each day: step 4 of 8, from 19 September.
    departures = [4 + 8 * day for day in range(6)]
    assert sold_out(first, departures) == expected


def test_no_departure_is_not_sold_out() -> None:
    assert sold_out([[-1, -1]], [4]) == [None, None]


def test_the_days_of_departures_are_local() -> None:
    # Step 8 begins at 21:00 UTC on the 19th, which is midnight of the 20th in Moscow.
    assert sold_out([[16, 24]], [8, 16, 24]) == ["2022-09-21", "2022-09-22"]


def test_what_is_never_on_sale_is_not_sold_out(tmp_path: Path) -> None:
    """All seats of one flight belong to others, and the airport of two more is closed."""
    held = {"field-isle": {"reserved_share": "1", "departures": "07:30"}}
    place = {"id": "strip", "name": "Strip", "country": "AAA", "type": "airport"}
    place |= {"lat": "55.2", "lon": "37.2"}
    flight = {"mode": "air", "distance_km": "500", "hours": "1", "fare": "4000"}
    flight |= {"seats_day": "90", "departures": "12:00", "reserved_share": "0.5"}
    shut = {
        "id": "shut-strip",
        "place": "strip",
        "kind": "airport_closed",
        "known_from": "2022-03-01",
        "valid_from": "2022-03-01",
        "status": "in force",
        "confidence": "high",
    }
    add = {
        "place": [place],
        "link": [
            {"id": "town-strip", "from": "town", "to": "strip", "mode": "bus", "two_way": "yes",
             "distance_km": "20", "hours": "0.5", "fare": "60"},
            {"id": "strip-field", "from": "strip", "to": "field", **flight},
            {"id": "field-strip", "from": "field", "to": "strip", **flight},
        ],
        "policy": [shut],
    }  # fmt: skip
    found = api.run(tiny(tmp_path, cells={"link": held}, add=add), members=2, seed=7)
    for link in ("field-isle", "strip-field", "field-strip"):
        rows = found.table("seats", link=link)
        assert {(row["seats"], row["sold_out_until"]) for row in rows} == {(0, None)}
    text = render(found, every=True)
    assert "Field to Isle City" not in text
    assert "1 of 1 scheduled links never sell out" in text
    assert found.lookup.on_sale == {"isle-field"}


@given(
    hnp.arrays(np.float32, (7, 5), elements=st.floats(0, 1e6, width=32)),
    st.floats(0, 1),
)
def test_quantiles_are_those_of_numpy(values: np.ndarray, level: float) -> None:
    expected = np.quantile(values.astype(np.float64), level, axis=0)
    assert q.quantiles(values, (level,))[:, 0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_chunks_do_not_change_quantiles(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.arange(300.0).reshape(10, 30) % 37
    whole = q.quantiles(values, (0.1, 0.9))
    monkeypatch.setattr(q, "CHUNK", 8 * 10 * 7)
    assert (q.quantiles(values, (0.1, 0.9)) == whole).all()


def test_a_wider_band_from_200_members_on() -> None:
    assert [q.name(level) for level in q.levels(199)] == ["q10", "q50", "q90"]
    assert [q.name(level) for level in q.levels(200)] == ["q05", "q10", "q50", "q90", "q95"]


def counted(table: str, row: dict[str, Any]) -> bool:
    """Whether a row counts people."""
    if table == "seats" or row.get("measure") == "wait_hours":
        return False
    return table != "reports" or row["unit"].startswith("persons")


@pytest.mark.parametrize("table", LISTS)
def test_no_small_cell_gets_out(results: Results, shown: Results, table: str) -> None:
    some = False
    for row, open_row in zip(results.table(table), shown.table(table), strict=True):
        small = [
            name
            for name in ("q10", "q50", "q90")
            if counted(table, row) and 0 < (open_row[name] or 0) < 10
        ]
        assert [name for name in ("q10", "q50", "q90") if row[name] is None] == small
        assert row.get("suppressed", False) == bool(small)
        assert "suppressed" not in open_row
        some = some or bool(small)
    assert some or table not in SHOWN, "the tiny world has no small cell in this table"


def test_no_small_cell_gets_out_member_by_member(results: Results) -> None:
    data = results.to_xarray()
    for name, variable in VARIABLES.items():
        if variable.people:
            found = data[name].values
            assert not ((found > 0) & (found < 10)).any(), name
    assert np.isnan(data["entries"].values).any()
    frame = results.to_pandas("entries", members=True)
    assert frame["people"].isna().any()
    assert (frame["people"].isna() == frame["suppressed"]).all()


def test_tidy_rows_hold_all_that_is_not_nothing(shown: Results) -> None:
    frame = shown.to_pandas("entries", members=True)
    assert len(frame) == np.count_nonzero(shown.arrays["entries"])
    assert frame["people"].sum() == shown.arrays["entries"].sum(dtype=float)
    gate = shown.arrays["entries"][3, :, crossing(shown, "gate", "BBB"), :].sum()
    own = frame[
        (frame["member"] == shown.ensemble.members[3])
        & (frame["crossing"] == "Gate")
        & (frame["destination"] == "Haven")
    ]
    assert own["people"].sum() == gate


@pytest.mark.parametrize("name", TIDY)
def test_every_tidy_table_has_names(shown: Results, name: str) -> None:
    frame = shown.to_pandas(name, members=True)
    assert {"member", "suppressed", *TIDY[name].values()} <= set(frame.columns)
    assert set(frame["member"]) <= set(shown.ensemble.members)


def test_xarray_says_what_everything_is(results: Results) -> None:
    data = results.to_xarray()
    assert data.attrs["statement"] == "scenario, not prediction"
    assert data.attrs["digest"] == results.digest
    for name, array in data.data_vars.items():
        assert array.attrs["kind"] in ("stock", "flow"), name
        assert array.attrs["description"]
        assert array.dims[0] == "member"
        assert all(dim in data.coords for dim in array.dims), name
    assert data.sizes["time"] == 8 * len(results.labels.days)


def test_every_flow_is_labelled_or_only_in_full() -> None:
    inner = {"joined", "passed"}  # what waits are worked out from
    assert {field.name for field in FLOWS} - set(VARIABLES) == inner


def test_ids_and_names_find_the_same(results: Results) -> None:
    by_name = results.table("entries", destination="Haven", crossing="Gate")
    assert by_name == results.table("entries", destination="BBB", crossing="gate")
    assert len(by_name) > 10
    day = results.labels.days[2]
    assert results.table("left_behind", date=day) == results.table(
        "left_behind", date=day.isoformat()
    )


def test_an_unknown_name_says_the_nearest(results: Results) -> None:
    with pytest.raises(UnknownNameError, match="'Haven'"):
        results.table("entries", destination="Havn")
    with pytest.raises(LookupError, match="no column 'place'"):
        results.table("entries", place="Gate")
    with pytest.raises(LookupError, match="entries"):
        results.table("entry")
    with pytest.raises(LookupError, match="member by member"):
        results.to_pandas("reports", members=True)


def test_the_digest_is_that_of_the_arrays(results: Results) -> None:
    again = api.run(results.scenario, members=MEMBERS, seed=7, threads=1)
    assert again.digest == results.digest
    arrays = {name: array.copy() for name, array in results.arrays.items()}
    arrays["fare"].flat[-1] += 0.125
    other = Results(dataclasses.replace(results.ensemble, arrays=arrays))
    assert other.digest != results.digest
    striped = {name: np.asfortranarray(array) for name, array in results.arrays.items()}
    assert Results(dataclasses.replace(results.ensemble, arrays=striped)).digest == results.digest


def test_the_document_holds_what_it_promises(results: Results) -> None:
    data = json.loads(to_json(document(results)))
    assert data["people"]["residual"] == 0
    people = data["people"]
    assert people["start"] + people["added"] - people["removed"] == people["end"]
    assert (data["scenario"], data["seed"], data["members"]) == ("tiny", 7, MEMBERS)
    assert data["digest"] == results.digest
    for name in LISTS:
        assert data[name] or name == "moved", name  # (nobody is moved by arrangement here)
        for row in data[name]:
            assert {"q10", "q50", "q90", *TABLES[name].columns} <= set(row)


def test_not_a_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"q50": float("nan")})


def test_the_printed_page(results: Results) -> None:
    text = render(results)
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    for words in (
        "scenario, not prediction",
        "data cut-off",
        "seed 7; 12 members",
        "ROUGH",
        "Haven",
        "Gate",
        "plausibility of the assumptions (not a test: these reports were known)",
    ):
        assert words in text
    assert "nan" not in text


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_of_a_run(results: Results, tmp_path: Path) -> None:
    import pandas as pd
    import xarray as xr

    out = tmp_path / "there" / "answer"
    with fresh(out) as folder:
        output.write(results, folder, full=True)
    assert [path.name for path in out.parent.iterdir()] == ["answer"]
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["digest"] == results.digest
    assert manifest["scenario_hash"] == results.scenario.hash
    assert manifest["small_cells"] is False
    assert {"numpy", "numba", "xarray"} <= set(manifest["dependencies"])
    named = {name for name in manifest["files"] if not name.endswith("/")}
    assert named | {"manifest.json"} == {name for name in files(out) if "/" not in name}
    with xr.open_dataset(out / "results.nc") as data:
        xr.testing.assert_identical(
            data["queue_people"].load(), results.to_xarray()["queue_people"]
        )
        xr.testing.assert_equal(data["first_seat"].load(), results.to_xarray()["first_seat"])
        assert data.sizes["parameter"] == len(results.ensemble.draws)
    whole = results.to_pandas("entries", members=True)
    for read, name in ((pd.read_csv, "entries.csv"), (pd.read_parquet, "entries.parquet")):
        frame = read(out / name)
        assert list(frame.columns) == list(whole.columns)
        assert len(frame) == len(whole)
        assert frame["people"].sum() == whole["people"].sum()
    frame = pd.read_csv(out / "queues-quantiles.csv")
    assert len(frame) == len(results.table("queues"))
    assert len(list((out / "full").iterdir())) == MEMBERS
    with xr.open_dataset(out / "full" / "member-00003.nc") as data:
        assert "refused" not in data
        assert "departed" in data
        found = data["entries"].values
        assert not ((found > 0) & (found < 10)).any()


def test_no_small_cell_gets_out_of_the_file_of_a_member(results: Results, tmp_path: Path) -> None:
    """The vehicles of a queue would tell how many people wait in it."""
    import xarray as xr

    arrays = {name: array.copy() for name, array in results.arrays.items()}
    arrays["queue_people"][3, 40, 0], arrays["queue_vehicles"][3, 40, 0] = 6.0, 2.5
    few = Results(dataclasses.replace(results.ensemble, arrays=arrays))
    with fresh(tmp_path / "answer") as folder:
        output.write(few, folder, full=True)
    with xr.open_dataset(tmp_path / "answer" / "full" / "member-00003.nc") as data:
        assert np.isnan(data["queue_people"].values[40, 0])
        assert np.isnan(data["queue_vehicles"].values[40, 0])
        for name, variable in VARIABLES.items():
            if name in data:
                found = data[name].values
                small = variable.people and ((found > 0) & (found < 10)).any()
                assert not small, name
                assert variable.people or not np.isnan(found.astype(float)).any(), name


def test_a_strange_folder_is_left_alone(results: Results, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(FolderError, match="left alone"), fresh(tmp_path):
        pytest.fail("it must not get this far")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with (
        pytest.raises(FolderError, match="a file"),
        fresh(tmp_path / "notes.txt"),
    ):
        pytest.fail("it must not get this far")


def test_an_added_file_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "answer"

    def write() -> None:
        with fresh(out) as folder:
            (folder / "manifest.json").write_text('{"program": "borderflow"}', "utf-8")
            (folder / "full").mkdir()
            (folder / "full" / "member.nc").write_text("numbers", "utf-8")

    write()
    (out / "full" / "member.nc").unlink()  # what is missing is nobody's loss
    write()
    before = files(out)
    own = {"full/mine.txt", *(f"note-{i}.txt" for i in range(6))}
    for name in own:
        (out / name).write_text("mine", "utf-8")
    with pytest.raises(FolderError, match=r"full/mine\.txt, .*note-3\.txt and 2 more"):
        write()
    assert files(out) == before | own
    assert [path.name for path in tmp_path.iterdir()] == ["answer"]
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert set(manifest.pop("paths")) == before
    (out / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    write()  # an earlier version did not say what it wrote
    assert files(out) == before


@pytest.mark.skipif(sys.platform == "win32", reason="links are not for everybody there")
def test_an_added_link_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "answer"
    with fresh(out) as folder:
        (folder / "manifest.json").write_text('{"program": "borderflow"}', "utf-8")
    (out / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(FolderError, match="not write: elsewhere;"), fresh(out):
        pytest.fail("it must not get this far")
    assert (out / "elsewhere").is_symlink()


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    def begin() -> None:
        with fresh(tmp_path / "answer") as folder:
            (folder / "part").write_text("half", "utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "answer"
    for text in ("first", "second"):
        with fresh(out) as folder:
            (folder / "manifest.json").write_text('{"program": "borderflow"}', "utf-8")
            (folder / text).write_text(text, "utf-8")
    assert {path.name for path in out.iterdir()} == {"manifest.json", "second"}
    assert [path.name for path in tmp_path.iterdir()] == ["answer"]


def test_who_is_moved_by_arrangement_is_told_of(tmp_path: Path) -> None:
    """3,000 people are brought from Town to Haven over two days, past no checkpoint."""
    days = {"known_from": "2022-09-22", "valid_from": "2022-09-22", "applies_to": "all"}
    until = {"valid_until": "2022-09-24", "until_known_from": "2022-09-22"}
    rule = {"id": "bridge", "place": "Town -> Haven City", "kind": "evacuation", **days, **until}
    number = {
        "id": "bridge-people", "quantity": "transfer_people", "applies_to": "bridge",
        "distribution": "fixed", "median": "3000", "reason": "Made up", "source": "made-up",
    }  # fmt: skip
    found = api.run(tiny(tmp_path, add={"policy": [rule], "parameter": [number]}), members=3)
    by_day = {row["date"]: row["q50"] for row in found.table("moved", destination="Haven")}
    assert by_day[None] == pytest.approx(3000, rel=0.1)
    assert by_day["2022-09-22"] == pytest.approx(1500, rel=0.1)
    assert not any(by_day[day] for day in by_day if day not in (None, "2022-09-22", "2022-09-23"))
    assert {row["destination"] for row in found.table("moved")} == {"Haven"}
    assert "Brought to Haven by arrangement" in render(found)


def test_whoever_flees_is_above_ordinary(tmp_path: Path) -> None:
    """Citizens are those whose crossings reports count: others who flee are people as well."""
    own = api.run(tiny(tmp_path / "own"), members=3, small_cells=True)
    foreign = {"cohort": {name: {"nationality": "BBB"} for name in ("men", "men-car", "families")}}
    other = api.run(tiny(tmp_path / "other", cells=foreign), members=3, small_cells=True)
    for name in ("departures", "present", "left_behind", "under_way"):
        assert own.table(name) == other.table(name), name
    above = {"who": "above_ordinary", "crossing": None, "date": None}
    assert own.table("entries", **above) == other.table("entries", **above)
    assert "gross, all nationalities" in render(other)
    assert "gross, citizens of Origin" in render(own)


def test_a_long_title_takes_more_lines() -> None:
    lines = grid(("Longest of all queues out, by side", "x" * 80), [["Gate", "1"]])
    assert [line.split()[:3] for line in lines[:3]] == [
        ["Longest", "of", "all"], ["queues", "out,", "by"], ["side", "x" * 80]
    ]  # fmt: skip
    assert set(lines[3]) == {"-"}
    assert max(map(len, lines)) <= WIDTH


def test_a_train_is_counted_at_the_post_of_the_officers_who_see_it_off(tmp_path: Path) -> None:
    """A bus with seats begins at Haven City and meets its first officers at the gate."""
    seats = {"seats_day": "40", "departures": "08:00", "exit_checkpoint": "gate-back-exit"}
    found = api.run(tiny(tmp_path, cells={"link": {"haven-gate": {**seats, "mode": "bus"}}}), 2)
    assert {c.place for c in found.labels.crossings if c.origin == "BBB"} == {"gate"}


def test_inhabitants_are_exported_and_lengths_that_nobody_gave(tmp_path: Path) -> None:
    cells = {
        "place": {"town": {"attraction": "0"}},
        "link": {"town-gate": {"distance_km": ""}, "town-gate-bus": {"distance_km": ""}},
    }
    made = tiny(tmp_path, cells=cells)
    left = write_folder(made, tmp_path / "flee")
    places = (tmp_path / "flee/input_csv/locations.csv").read_text("utf-8").splitlines()
    [town] = [line.split(",") for line in places if line.startswith("Town,")]
    assert (town[5], town[7]) == ("conflict_zone", "100000")
    assert any("written as conflict zones" in line for line in left)
    roads = (tmp_path / "flee/input_csv/routes.csv").read_text("utf-8").splitlines()
    [road] = [line.split(",") for line in roads if line.startswith("Town,Gate,")]
    assert 120 < float(road[2]) < 200  # 127 km as the crow flies, times a detour
