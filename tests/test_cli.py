"""The command line: exit codes, one JSON document and nothing else, findings and no tracebacks."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from borderflow import api, loading
from borderflow.cli import main
from borderflow.cli import progress as progress_module
from borderflow.cli.commands import COMMANDS
from borderflow.cli.progress import Progress
from borderflow.document import LISTS
from borderflow.errors import GaveUpError, RuleWarning, ScenarioError
from borderflow.scenario import Parameter, Policy
from borderflow.scenario.finding import Finding
from worlds import POLICY, tiny_folder

KEYS = ["level", "check", "file", "row", "column", "read", "nearest", "message"]
FEW = ["--members", "2"]


class Said:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> Any:
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.data["findings"]
        assert list(self.data) == ["findings"]
        assert all(list(finding) == KEYS for finding in found)
        return found


Call = Callable[..., Said]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def run(*words: str | Path) -> Said:
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Said(code, printed.out, printed.err)

    return run


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path)


def program(*words: str | Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run the program itself, as somebody at a terminal would."""
    return subprocess.run(
        [sys.executable, "-m", "borderflow", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
        **settings,
    )


# What works


def test_run_prints_the_tables(call: Call, world: Path) -> None:
    said = call("run", world, *FEW)
    assert said.code == 0
    for words in ("scenario, not prediction", "Haven", "Gate", "ROUGH", "plausibility"):
        assert words in said.out


def test_run_prints_the_largest_crossings_and_all_of_them_where_asked(
    call: Call, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = call("run", world, *FEW).out
    monkeypatch.setattr("borderflow.text.CROSSINGS", -1)
    short = call("run", world, *FEW).out
    assert "1 smaller ones: --all" in short
    assert len(short.splitlines()) <= len(whole.splitlines())
    assert call("run", world, *FEW, "--all").out == whole


def test_run_gives_one_document(call: Call, world: Path) -> None:
    said = call("run", world, *FEW, "--seed", "5", "--json")
    assert said.code == 0
    assert said.out.count("\n") == 1
    data = said.data
    assert set(LISTS) <= set(data)
    assert (data["scenario"], data["seed"], data["members"]) == ("tiny", 5, 2)
    assert data["as_of"] is None
    assert data["seconds"] > 0
    assert set(data["people"]) == {"start", "added", "removed", "end", "residual"}
    assert data["people"]["residual"] == 0


def test_the_command_is_a_thin_layer(call: Call, world: Path) -> None:
    data = call("run", world, *FEW, "--json", "--without", "ban", "--as-of", "2022-09-25").data
    results = api.run(world, members=2, without=["ban"], as_of="2022-09-25")
    assert data["digest"] == results.digest
    assert data["as_of"] == "2022-09-25"
    rows = json.loads(json.dumps(results.table("entries")))
    assert data["entries"] == rows


def test_rules_taken_away_and_added(call: Call, world: Path, tmp_path: Path) -> None:
    rules = tmp_path / "shut.toml"
    rules.write_text(POLICY, "utf-8")
    plain = call("run", world, *FEW, "--json").data
    shut = call("run", world, *FEW, "--json", "--with", rules).data
    without = call("run", world, *FEW, "--json", "--without", "decree").data

    def entered(data: Any, day: str) -> float:
        rows = [
            row["q50"] or 0
            for row in data["entries"]
            if (row["crossing"], row["date"], row["who"]) == ("Gate", day, "all")
        ]
        return float(sum(rows))

    assert entered(plain, "2022-09-27") > entered(shut, "2022-09-27") == 0
    assert entered(shut, "2022-09-22") == entered(plain, "2022-09-22")
    assert entered(without, "2022-09-23") < entered(plain, "2022-09-23")
    kind_and_place = call("run", world, *FEW, "--json", "--without", "Origin mobilisation_decree")
    if kind_and_place.code == 0:
        assert kind_and_place.data["digest"] == without["digest"]


def test_out_keeps_everything(call: Call, world: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    said = call("run", world, *FEW, "--out", out, "--full", "--small-cells", "--without", "ban")
    assert said.code == 0
    assert "MB" in said.err
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert manifest["small_cells"] is True
    assert manifest["full"] is True
    assert manifest["changes"] == {"without": ["ban"], "with": []}
    assert len(list((out / "full").iterdir())) == 2
    again = call("run", world, *FEW, "--out", out, "--json")
    assert again.code == 0
    assert not (out / "full").exists()
    assert "suppressed" in json.dumps(again.data)


def test_check_of_a_sound_folder(call: Call, world: Path) -> None:
    said = call("check", world)
    assert said.code == 0
    assert "no errors" in said.out
    findings = call("check", world, "--json").findings
    assert all(finding["level"] == "warning" for finding in findings)


def test_scenarios_names_everything(call: Call) -> None:
    (row,) = [r for r in call("scenarios", "--json").data["scenarios"] if r["id"] == "russia-2022"]
    assert {"policies", "cohorts", "places"} <= set(row)
    text = call("scenarios").out
    for kind in ("policies", "cohorts", "places"):
        assert row[kind]
        for name in row[kind]:
            assert f"    {name} " in text


def test_plan_prints_every_stage(call: Call) -> None:
    stages = call("plan", "--json").data["plan"]
    text = call("plan").out
    assert len(stages) == len(text.splitlines()) > 5
    for stage in stages:
        assert f" {stage['name']} " in text
        assert stage["text"] in text


def test_version_and_help(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--version").out.startswith("borderflow 0.")
    for name in COMMANDS:
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        assert f"borderflow {name}" in capsys.readouterr().out.partition("Example")[2]


# What goes wrong


def test_check_finds_errors(call: Call, tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path, cells={"link": {"town-gate": {"to": "gaet"}}})
    said = call("check", folder, "--json")
    assert said.code == 1
    (finding,) = [f for f in said.findings if f["read"] == "gaet"]
    assert (finding["file"], finding["row"], finding["column"]) == ("links.csv", 2, "to")
    assert finding["nearest"] == "gate"
    assert "did you mean 'gate'" in call("check", folder).out
    run = call("run", folder, "--json")
    assert run.code == 2
    assert run.findings == said.findings


@pytest.mark.parametrize("folder", ["no/such/folder", "."])
def test_check_of_what_is_no_scenario(
    call: Call, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call("check", folder, "--json")
    assert said.code == 1
    assert len(said.findings) == 1
    assert call("run", folder).code == 2


@pytest.mark.parametrize(
    ("words", "column", "read", "near"),
    [
        (["--members", "0"], "--members", "0", "1"),
        (["--members", "few"], "--members", "few", None),
        (["--members"], "--members", None, None),
        (["--seed", "-1"], "--seed", "-1", None),
        (["--seed", str(2**64)], "--seed", str(2**64), None),
        (["--threads", "0"], "--threads", "0", "1"),
        (["--as-of", "tomorrow"], "--as-of", "tomorrow", None),
        (["--as-of", "2022-02-30"], "--as-of", "2022-02-30", None),
        (["--as-of", "2021-01-01"], "--as-of", "2021-01-01", "2022-09-19"),
        (["--as-of", "2023-01-01"], "--as-of", "2023-01-01", "2022-09-28"),
        (["--without", "decre"], "--without", "decre", "decree"),
        (["--membres", "3"], None, "--membres 3", "--members"),
        (["--full"], "--full", None, None),
        (["extra"], None, "extra", None),
    ],
)
def test_wrong_usage(
    call: Call, world: Path, words: list[str], column: str | None, read: str | None, near: str
) -> None:
    said = call("run", world, *words, "--json")
    assert said.code == 2
    (finding,) = [f for f in said.findings if f["level"] == "error"]
    assert (finding["check"], finding["column"]) == ("usage", column)
    assert finding["read"] == read
    if near is not None:
        assert finding["nearest"] == near
    plain = call("run", world, *words)
    assert plain.code == 2
    assert plain.out == ""
    assert finding["message"] in plain.err


def test_several_wrong_arguments_at_once(call: Call, world: Path) -> None:
    said = call("run", world, "--members", "0", "--seed", "-1", "--full", "--json")
    assert {f["column"] for f in said.findings} >= {"--members", "--seed", "--full"}


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["rum"], "run"),
        ([], None),
        (["--jsn"], "--json"),
        (["nonsense"], None),
        (["run", "russia-2021"], "russia-2022"),
    ],
)
def test_wrong_commands_and_names(call: Call, words: list[str], near: str | None) -> None:
    said = call(*words, "--json")
    assert said.code == 2
    assert said.findings[0]["nearest"] == near


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[policy", "not valid TOML"),
        ("", "no [[policy]]"),
        (POLICY.replace("Gate", "Gaet"), "Gaet"),
        (POLICY.replace("crossing_closed", "crossing_shut"), "crossing_shut"),
        (POLICY.replace("shut", "ban", 1), "already"),
        (POLICY + "colour = 1\n", "colour"),
        (POLICY.replace("2022-09-25", "2022-09-35"), "TOML"),
    ],
)
def test_bad_rules(call: Call, world: Path, tmp_path: Path, text: str, says: str) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(text, "utf-8")
    said = call("run", world, *FEW, "--with", rules, "--json")
    assert said.code == 2
    assert any(f["level"] == "error" for f in said.findings)
    assert says in said.out


SLOWER = POLICY.replace("crossing_closed", "service_rate_cut")
NUMBER = """
[[parameter]]
quantity = "rate_cut"
applies_to = "shut"
median = 0.25
"""


def test_a_rule_that_is_added_does_as_much_as_its_file_says(
    call: Call, world: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(SLOWER, "utf-8")
    unsaid = call("run", world, *FEW, "--with", rules)
    assert "no parameter" not in unsaid.out
    assert "rules.toml:1 kind: no parameter sets rate_cut for 'shut'" in unsaid.err
    rules.write_text(SLOWER + NUMBER, "utf-8")
    said = call("run", world, *FEW, "--with", rules)
    assert "no parameter" not in said.err
    assert "(in force); rate_cut 0.25" in said.out
    rules.write_text(SLOWER + NUMBER.replace("0.25", "0.6"), "utf-8")  # as much as the default
    usual = call("run", world, *FEW, "--with", rules, "--json").data
    rules.write_text(SLOWER, "utf-8")
    default = call("run", world, *FEW, "--with", rules, "--json").data
    assert usual["digest"] == default["digest"]
    rules.write_text(SLOWER + NUMBER, "utf-8")
    slow = call("run", world, *FEW, "--with", rules, "--json").data
    assert slow["digest"] != default["digest"]


def test_an_answer_says_how_much_a_rule_did(call: Call, world: Path, tmp_path: Path) -> None:
    rules, number = tmp_path / "rules.toml", tmp_path / "number.toml"
    rules.write_text(SLOWER, "utf-8")
    number.write_text(NUMBER, "utf-8")
    both = ("--with", rules, "--with", number)  # a rule's numbers may stand in another file
    [rule] = call("compare", world, *FEW, *both, "--json").data["rules"]
    assert rule["numbers"] == [
        {
            "quantity": "rate_cut",
            "median": 0.25,
            "low": None,
            "high": None,
            "parameter": "shut-rate-cut",
        }
    ]
    assert rule["acts_on"] == ["gate-back-entry", "gate-back-exit", "gate-entry", "gate-exit"]
    [rule] = call("run", world, *FEW, "--with", rules, "--json").data["rules"]
    assert (rule["numbers"][0]["median"], rule["numbers"][0]["parameter"]) == (0.6, None)
    assert "rate_cut 0.6 (the default)" in call("run", world, *FEW, "--with", rules).out
    assert call("run", world, *FEW, "--with", number).code == 2


def test_a_rule_that_does_nothing_is_told_beside_one_that_acts(
    call: Call, world: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    nowhere = POLICY.replace('id = "shut"', 'id = "idle"').replace('"Gate"', '"Town"')
    rules.write_text(POLICY + nowhere, "utf-8")
    said = call("compare", world, *FEW, "--with", rules)
    assert "idle has no effect within this model: nothing and nobody" in said.out
    assert "shut has no effect" not in said.out
    assert "Nothing changes" not in said.out


def test_what_is_odd_about_a_scenario_is_not_told_of_a_rule(
    call: Call, world: Path, tmp_path: Path
) -> None:
    """A mistake in somebody's file is not hidden among the warnings of the whole scenario."""
    rules = tmp_path / "rules.toml"
    rules.write_text(SLOWER + NUMBER.replace("0.25", "25"), "utf-8")
    said = call("run", "russia-2022", *FEW, "--with", rules, "--json")
    assert said.code == 2
    assert {f["file"] for f in said.findings} == {"rules.toml"}


def test_python_is_warned_of_rules_as_the_command_line_is(world: Path) -> None:
    scenario = loading.load(world)
    rule = replace(scenario.policies[0], id="slow", place="Gate", kind="service_rate_cut")
    with pytest.warns(RuleWarning, match=r"with_:2 kind: no parameter sets rate_cut for 'slow'"):
        loading.change(scenario, with_=[replace(rule, id="ban2", kind="entry_ban"), rule])
    with pytest.raises(ScenarioError, match="with_:1 id: this is the name of a kind of rule"):
        loading.change(scenario, with_=replace(rule, id="entry_ban"))


def test_rules_given_as_rows_may_hold_texts_and_say_what_they_cannot_be(world: Path) -> None:
    scenario = loading.load(world)
    shut = {"id": "shut", "place": "Gate", "kind": "crossing_closed"}
    day: Any = "2022-09-24"
    text = Policy(**shut, known_from=day, valid_from=day)
    exact = Policy(**shut, known_from=date(2022, 9, 24), valid_from=datetime(2022, 9, 24))
    assert loading.change(scenario, with_=text) == loading.change(scenario, with_=exact)
    number: Any = {"median": float("nan"), "reason": "What if", "source": "what-if"}
    half = Parameter(id="half", quantity="rate_cut", applies_to="shut", **number)
    wrong: Any = Policy(**shut, known_from=day, valid_from=24)  # type: ignore[arg-type]
    with pytest.raises(ScenarioError) as caught:
        loading.change(scenario, with_=[wrong, half])
    assert {(f.file, f.row, f.column) for f in caught.value.findings} == {
        ("with_", 1, "valid_from"),
        ("with_", 2, "median"),
    }


@pytest.mark.parametrize(
    ("number", "column", "nearest"),
    [
        (NUMBER.replace('"shut"', '"shot"'), "applies_to", "shut"),
        (NUMBER.replace('"shut"', '"ban"'), "applies_to", None),  # a rule that was there
        (NUMBER.replace("rate_cut", "rate_cat"), "quantity", "rate_cut"),
        (NUMBER.replace("0.25", "-1"), "median", None),
        (NUMBER + 'id = "home"\n', "id", None),  # a parameter that was there
    ],
)
def test_numbers_of_rules_that_make_no_sense(
    call: Call, world: Path, tmp_path: Path, number: str, column: str, nearest: str | None
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(SLOWER + number, "utf-8")
    said = call("compare", world, *FEW, "--with", rules, "--json")
    assert said.code == 2
    found = {(f["column"], f["nearest"]) for f in said.findings if f["file"] == "rules.toml"}
    assert (column, nearest) in found


def test_rules_of_two_files_have_two_names(call: Call, world: Path, tmp_path: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(POLICY, "utf-8")
    both = ("--with", tmp_path / "one.toml", "--with", tmp_path / "two.toml")
    said = call("run", world, *FEW, *both, "--json")
    assert said.code == 2
    assert [(f["file"], f["column"]) for f in said.findings] == [("two.toml", "id")]
    assert "another policy that is added has this id" in said.out


def test_a_folder_named_like_a_scenario_that_ships_is_told_of(
    call: Call, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "the folder here" not in call("check", "russia-2022").err
    world.rename(tmp_path / "russia-2022")
    assert "the folder here is ./russia-2022" in call("check", "russia-2022").err
    assert "the folder here" not in call("check", "./russia-2022").err


@pytest.mark.parametrize("name", ["missing.toml", "folder", "bytes.toml"])
def test_files_of_rules_that_cannot_be_read(
    call: Call, world: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00[[policy]]")
    said = call("run", world, *FEW, "--with", tmp_path / name, "--json")
    assert said.code == 2
    assert said.findings


@pytest.mark.parametrize("what", ["a file", "a strange folder", "below a file", "a bad name"])
def test_out_that_cannot_be_written(
    call: Call, world: Path, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*words: Any, **settings: Any) -> None:
        pytest.fail("the run must not begin where its results cannot be kept")

    monkeypatch.setattr(api, "run", never)
    taken = tmp_path / "taken"
    taken.write_text("mine", "utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").write_text("mine", "utf-8")
    out = {
        "a file": str(taken),
        "a strange folder": str(tmp_path / "full"),
        "below a file": str(taken / "answer"),
        "a bad name": "answer\0",
    }[what]
    said = call("run", world, *FEW, "--out", out, "--json")
    assert said.code == 2
    (finding,) = [f for f in said.findings if f["level"] == "error"]
    assert finding["column"] == "--out"
    assert taken.read_text("utf-8") == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["full", "taken", "tiny"]


def test_warnings_never_change_the_code(call: Call, tmp_path: Path) -> None:
    quantity = {"report": {"r1": {"quantity": "nonsense"}}}
    folder = tiny_folder(tmp_path, cells=quantity)
    assert call("check", folder).code == 0
    said = call("run", folder, *FEW, "--json")
    assert said.code == 0
    assert f"a warning about the scenario: 'borderflow check {folder}' lists it" in said.err
    assert "nonsense" not in said.err
    assert [row["id"] for row in said.data["reports_unused"]] == ["r1"]


def test_warnings_of_an_earlier_day_are_printed(call: Call, tmp_path: Path) -> None:
    """What only comes true with facts of later days is nothing that check can list."""
    rule = {"place": "Haven", "kind": "entry_ban", "applies_to": "all", "valid_from": "2022-09-01"}
    rule |= {
        "known_from": "2022-09-19",
        "valid_until": "2022-09-23",
        "until_known_from": "2022-09-22",
    }
    folder = tiny_folder(tmp_path, add={"policy": [{"id": "shut", **rule}]})
    assert call("check", folder).out.endswith("no warnings\n")
    early = call("run", folder, *FEW, "--as-of", "2022-09-21")
    assert "nobody can get to this destination" in early.err
    assert "borderflow check" not in early.err
    assert "warning" not in call("run", folder, *FEW, "--as-of", "2022-09-22").err


def test_a_computation_that_gives_up(
    call: Call, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_up(*words: Any, **settings: Any) -> None:
        raise GaveUpError("no member ran to the end")

    monkeypatch.setattr(api, "results", give_up)
    said = call("run", world, "--json")
    assert said.code == 1
    assert said.findings[0]["message"] == "no member ran to the end"

    def too_much(*words: Any, **settings: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(api, "run", too_much)
    assert call("run", world).code == 1


def test_an_interrupt_is_clean(call: Call, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*words: Any, **settings: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "results", interrupt)
    said = call("run", world)
    assert said.code == 130
    assert said.out == ""
    assert "interrupted" in said.err


# The program itself


def test_the_program_on_a_narrow_console(world: Path) -> None:
    """Whatever the console's encoding, the output is UTF-8."""
    done = program("run", world, *FEW, env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 0, done.stderr
    assert "A tiny world — scenario, not prediction" in done.stdout


def test_the_program_says_findings_as_json() -> None:
    done = program("run", "--members", "0", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["findings"][0]["column"] == "--members"


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes there")
def test_a_reader_that_stops_listening() -> None:
    code = "import sys; from borderflow.cli import main; sys.exit(main(['scenarios']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(60) == 0
    assert said == ""


PRINTING = [
    ["scenarios"],
    ["plan", "--json"],
    ["--version"],
    ["run", "--help"],
    ["check", "no/such/folder", "--json"],
]


def onto(where: str, words: list[str], unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program with its output led somewhere by a shell."""
    return subprocess.run(
        ["sh", "-c", f'"$@" {where}', "sh", sys.executable, "-m", "borderflow", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device there")
@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_an_output_that_is_full(words: list[str]) -> None:
    done = onto("> /dev/full", words)
    assert done.stderr == f"borderflow: the answer cannot be written: {os.strerror(28)}\n"
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device there")
def test_an_output_that_is_full_and_not_buffered() -> None:
    done = onto("> /dev/full", ["scenarios"], unbuffered="1")
    assert done.stderr == f"borderflow: the answer cannot be written: {os.strerror(28)}\n"
    assert done.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such shell there")
@pytest.mark.parametrize("words", PRINTING, ids=" ".join)
def test_an_output_that_is_closed(words: list[str]) -> None:
    done = onto(">&-", words)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == "borderflow: the answer cannot be written: standard output is closed"
    assert "Traceback" not in done.stderr


# Progress


def test_a_quick_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress(1, 2)
    assert capsys.readouterr().err == ""


def test_a_slow_run_says_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress_module, "PATIENCE", 0.01)
    monkeypatch.setattr(progress_module, "EVERY", 0.01)
    import time

    with Progress() as progress:
        time.sleep(0.1)
        progress(3, 7)
        time.sleep(0.1)
    said = capsys.readouterr()
    assert said.out == ""
    assert "compiles" in said.err.splitlines()[0]
    assert "3 of 7 members" in said.err


def test_what_came_before_the_first_member_tells_nothing_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr("borderflow.cli.progress.time.monotonic", lambda: now[0])
    progress = Progress()
    assert progress._left() is None
    now[0] = 187.0  # compiled
    progress(1, 20)
    assert progress._left() is None
    now[0] = 195.0
    progress(5, 20)
    assert progress._left() == pytest.approx(15 * 2.0)


def test_findings_print_as_json_keys() -> None:
    finding = Finding("error", "usage", "", None, None, None, None, "x")
    assert list(finding.to_json()) == KEYS


def test_an_answer_says_which_rules_were_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tiny_folder(tmp_path))
    rules = tmp_path / "rules.toml"
    idle = POLICY.replace('id = "shut"', 'id = "word"') + 'status = "rumoured"\n'
    nowhere = POLICY.replace('id = "shut"', 'id = "idle"').replace('"Gate"', '"Town"')
    rules.write_text(POLICY + idle + nowhere, encoding="utf-8")
    words = ["run", folder, "--members", "1", "--without", "Entry_Ban, isle", "--with", str(rules)]
    assert main(words) == 0
    out, said = capsys.readouterr()
    head = out.splitlines()[:12]
    assert [line.split(":")[0] for line in head if line.startswith("with")] == [
        "without ban", "with shut", "with word", "with idle"
    ]  # fmt: skip
    warned = [line.split()[0] for line in out.splitlines() if "has no effect" in line]
    assert warned == ["word", "idle"]
    assert "rules.toml:16 place: 'idle' does nothing: nothing and nobody" in said
    assert main([*words, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["without"], data["with"]) == (["ban"], ["shut", "word", "idle"])
    gone, shut, word, none = data["rules"]
    assert (gone["id"], gone["change"], gone["kind"]) == ("ban", "without", "entry_ban")
    assert (shut["valid_from"], shut["no_effect"]) == ("2022-09-25", None)
    assert "gate-haven" in shut["acts_on"]
    assert (word["status"], word["acts_on"]) == ("rumoured", [])
    assert "until it is a rule" in word["no_effect"]
    assert "nothing and nobody" in none["no_effect"]
    scenario = loading.load(folder)
    assert loading.change(scenario, without="ban") == loading.change(scenario, without=["ban"])
    with pytest.raises(ScenarioError, match="whole number"):
        api.run(scenario, members=1, seed=1.5)  # type: ignore[arg-type]
