"""To begin a scenario of one's own: a folder that runs, and what may stand in its files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import borderflow
from borderflow.cli import main
from borderflow.cli.fields import LISTS
from borderflow.mode import modes
from borderflow.observe.functionals import counterpart
from borderflow.policy import kinds
from borderflow.scenario import fields as columns_of
from borderflow.scenario import kinds as all_kinds
from borderflow.scenario import quantities, read, write
from borderflow.scenario.checks.reports import NAMED, UNITS
from borderflow.scenario.fields import FILES, SAYS
from borderflow.scenario.read import HEADER, NEEDED

KEYS = ["level", "check", "file", "row", "column", "read", "nearest", "message"]

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Run a command in an empty folder; gives code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        return code, *capsys.readouterr()

    return run


def refused(call: Call, *words: str) -> dict[str, Any]:
    """The one finding of a command that is refused."""
    code, out, _ = call(*words, "--json")
    assert code == 2
    (finding,) = json.loads(out)["findings"]
    assert list(finding) == KEYS
    return dict(finding)


# new


def test_a_new_folder_has_nothing_wrong_and_comes_back_byte_for_byte(call: Call) -> None:
    code, out, err = call("new", "my-crisis")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    folder = Path("my-crisis")
    assert borderflow.check(folder) == []
    scenario, _ = read(folder)
    assert scenario is not None
    assert scenario.id == "my-crisis"
    write(scenario, "again")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {path.name: path.read_bytes() for path in Path("again").iterdir()} == files
    assert all(name in out and b"\r" not in content for name, content in files.items())
    assert [path.name for path in Path().iterdir() if "my-crisis" in path.name] == ["my-crisis"]


def test_a_new_folder_as_json(call: Call) -> None:
    code, out, _ = call("new", "below/this/one", "--json")
    assert code == 0
    data = json.loads(out)
    assert list(data) == ["folder", "scenario", "files"]
    assert (data["folder"], data["scenario"]) == ("below/this/one", "one")
    assert sorted(data["files"]) == sorted(path.name for path in Path(data["folder"]).iterdir())
    assert data["files"][0] == HEADER


def test_every_number_of_a_new_folder_has_a_reason(call: Call) -> None:
    call("new", "mine")
    scenario = borderflow.load("mine")
    assert {row.id for row in scenario.sources} == {"assumption"}
    assert all(row.reason and row.assumed for row in scenario.parameters)
    for kind in ("place", "link", "checkpoint", "cohort", "traffic", "driver"):
        assert all(getattr(row, "note", "") for row in scenario.rows(kind)), kind
    assert all(link.fare is not None for link in scenario.links)  # (the modes' are in roubles)


def test_a_new_folder_gives_a_queue(call: Call) -> None:
    call("new", "mine")
    results = borderflow.run("mine", members=2)
    waits = results.table("queue_peaks", measure="wait_hours", side="exit", direction="out")
    assert max(row["q50"] for row in waits) > 2
    (left,) = results.table("departures", country=None, date=None, group=None)
    assert 1_000 < left["q50"] < 50_000
    assert any(row["sold_out_until"] for row in results.table("seats", link="field-isle"))
    reports = results.table("reports")
    assert [row["id"] for row in reports] == ["r1", "r2"]


def test_a_folder_that_holds_something_is_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    diary = tmp_path / "full" / "diary.txt"
    diary.write_text("mine", "utf-8")
    finding = refused(call, "new", "full")
    assert (finding["column"], finding["read"]) == ("FOLDER", "full")
    assert "left alone" in finding["message"]
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["diary.txt"]
    assert diary.read_text("utf-8") == "mine"
    (tmp_path / "file").write_text("mine", "utf-8")
    refused(call, "new", "file")
    refused(call, "new", "file/below")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


def test_a_result_of_an_earlier_run_is_not_replaced(call: Call) -> None:
    call("new", "mine")
    assert call("run", "mine", "--members", "2", "--out", "answer")[0] == 0
    before = sorted(path.name for path in Path("answer").iterdir())
    refused(call, "new", "answer")
    assert sorted(path.name for path in Path("answer").iterdir()) == before


def test_an_empty_folder_is_filled_but_not_the_one_that_somebody_is_in(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    assert call("new", "empty")[0] == 0
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert "you are in" in refused(call, "new", ".")["message"]
    assert list((tmp_path / "here").iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "nearest"),
    [
        ("My Crisis", "my-crisis"),
        ("below/Crisis_2", "below/crisis_2"),
        ("-", None),
        ("russia-2022", "my-russia-2022"),
        ("a\0b", None),
    ],
)
def test_a_name_that_cannot_be_an_id(
    call: Call, tmp_path: Path, folder: str, nearest: str | None
) -> None:
    finding = refused(call, "new", folder)
    near = finding["nearest"]
    assert (near and Path(near).as_posix()) == nearest
    assert list(tmp_path.iterdir()) == []
    if nearest is not None:
        assert call("new", nearest)[0] == 0


# fields


def test_every_file_of_a_scenario_is_listed(call: Call) -> None:
    data = json.loads(call("fields", "--json")[1])
    files = {row["name"]: row for row in data["files"]}
    assert set(files) == {"scenario", "country", *FILES} == set(SAYS)
    assert {*files, "quantity"} == set(all_kinds())
    needed = {name for name, row in files.items() if row["needed"]}
    assert needed == {"scenario", "country", *NEEDED}
    assert [row["name"] for row in data["lists"]] == list(LISTS)
    text = call("fields")[1]
    for row in (*data["files"], *data["lists"]):
        assert row.get("file", row["name"]) in text
        assert row["description"] in " ".join(text.split())
        assert row["description"].endswith(".")


@pytest.mark.parametrize("kind", SAYS)
def test_the_columns_of_a_file(call: Call, kind: str) -> None:
    data = json.loads(call("fields", kind, "--json")[1])
    assert (data["name"], data["file"]) == (kind, FILES.get(kind, HEADER))
    assert [row["name"] for row in data["rows"]] == list(columns_of(kind))
    text = call("fields", kind)[1]
    assert max(map(len, text.splitlines())) <= 100
    for row in data["rows"]:
        field = columns_of(kind)[row["name"]]
        assert (row["type"], row["required"]) == (field.type, field.required)
        assert row["default"] == (None if field.required else field.default or None)
        assert f"  {row['name']}: " in text
        assert row["description"] in " ".join(text.split())
    if kind in FILES:
        assert call("fields", FILES[kind])[1] == text


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("policy-kinds", kinds()),
        ("modes", modes()),
        ("quantities", quantities()),
        ("report-quantities", {**UNITS, **NAMED}),
    ],
)
def test_a_list(call: Call, name: str, ids: dict[str, Any]) -> None:
    data = json.loads(call("fields", name, "--json")[1])
    assert (data["name"], data["file"]) == (name, None)
    assert [row["id"] for row in data["rows"]] == list(ids)
    text = call("fields", name)[1]
    assert max(map(len, text.splitlines())) <= 100
    for row in data["rows"]:
        assert f"\n  {row['id']}" in text
        assert " ".join(row["description"].split()) in " ".join(text.split())


def test_a_list_says_what_its_entries_take(call: Call) -> None:
    rows = {
        row["id"]: row for row in json.loads(call("fields", "policy-kinds", "--json")[1])["rows"]
    }
    assert rows["exit_control"]["quantities"] == ["refused_share", "deterrence_hours"]
    assert rows["exit_control"]["acts"]
    assert not rows["mobilisation_decree"]["acts"]
    assert (
        "exit_control: takes refused_share and deterrence_hours"
        in call("fields", "policy-kinds")[1]
    )
    assert "persons_per_vehicle: people, default 2.2" in call("fields", "quantities")[1]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("place.csv", "places.csv"),
        ("polices", "policies"),
        ("policy-kind", "policy-kinds"),
        ("mode-s", "modes"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_a_name_that_is_no_file_and_no_list(call: Call, name: str, nearest: str | None) -> None:
    finding = refused(call, "fields", name)
    assert (finding["column"], finding["read"]) == ("NAME", name)
    assert finding["nearest"] == nearest
    assert call("fields", name)[0] == 2


@pytest.mark.parametrize("quantity", ["entries_citizens", "exits_from_host_citizens"])
def test_citizens_of_any_country_are_counted(quantity: str) -> None:
    named = quantity.replace("citizens", "russian_citizens")
    assert counterpart(quantity) is counterpart(named) is not None
