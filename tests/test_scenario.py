"""The schema, the cells, reading and writing, and finding things by name."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from borderflow.scenario import (
    FILES,
    NotFoundError,
    Parameter,
    Policy,
    Scenario,
    check,
    check_folder,
    contents,
    fields,
    pair,
    quantities,
    read,
    read_rules,
    resolve,
    select_areas,
    select_cohorts,
    select_places,
    write,
)
from borderflow.scenario.cells import TYPES, CellError
from borderflow.scenario.fields import Field
from borderflow.scenario.model import CLASSES, Row, attribute
from worlds import SCENARIO, TABLES, render, tables, tiny, tiny_folder

# The schema


@pytest.mark.parametrize("kind", [*FILES, "scenario"])
def test_model_has_the_fields_of_the_schema(kind: str) -> None:
    cls: type[Any] = Scenario if kind == "scenario" else CLASSES[kind]
    attributes = {f.name: f for f in dataclasses.fields(cls)}
    beside = {"where", "layout", "_memo", "countries", *map(attribute, FILES)}
    schema = {field.name: field for field in fields(kind).values()}
    assert [name for name in attributes if name not in beside - set(schema)] == list(schema)
    for name, field in schema.items():
        if name != "id":
            default = attributes[name].default
            assert (default is dataclasses.MISSING) == field.required, name
            assert field.required or default == field.default_value, name


def test_every_type_of_the_schema_can_be_read() -> None:
    for kind in (*FILES, "scenario", "country"):
        for field in fields(kind).values():
            assert field.base in TYPES, field
            assert field.description
            if not field.required and field.default:
                assert field.parse(field.default) == field.default_value


def test_quantities_have_a_number_each() -> None:
    assert quantities()["cost_sensitivity"].default == 0.03
    assert all(q.description for q in quantities().values())


# Cells

NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)
PARTS = (
    st.text(st.characters(exclude_characters="|\0", exclude_categories=["Cs"]), min_size=1)
    .map(str.strip)
    .filter(bool)
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])).map(str.strip)
DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
MINUTES = st.integers(0, 1439)
CODES = st.from_regex(r"[A-Z]{3}", fullmatch=True)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SPANS = st.tuples(MINUTES, st.integers(0, 1440)).filter(lambda span: span[0] != span[1])
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "id": NAMES,
    "ref": NAMES,
    "text": TEXTS,
    "places": TEXTS,
    "cohorts": TEXTS,
    "reportplace": TEXTS,
    "choice": PARTS,
    "texts": st.lists(PARTS).map(tuple),
    "int": st.integers(-(10**17), 10**17),
    "float": FLOATS,
    "floats": st.lists(FLOATS).map(tuple),
    "bool": st.booleans(),
    "date": DAYS,
    "partialdate": DAYS,
    "datetime": st.datetimes(datetime(1900, 1, 1), datetime(2200, 12, 31)).map(
        lambda moment: moment.replace(second=0, microsecond=0)
    ),
    "times": st.lists(MINUTES).map(tuple),
    "hours": st.lists(SPANS).map(tuple),
    "weekdays": st.lists(st.integers(1, 7), unique=True, min_size=1).map(tuple),
    "timezone": st.sampled_from(["UTC", "Europe/Moscow", "Asia/Almaty"]),
    "country": CODES,
    "countries": st.lists(CODES).map(tuple),
}


@pytest.mark.parametrize("base", TYPES)
@given(data=st.data())
def test_what_is_written_is_read_back(base: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[base])
    cell = TYPES[base]
    if value in ("", ()):
        assert cell.blank == value
    else:
        assert cell.parse(cell.format(value).strip()) == value


@pytest.mark.parametrize("base", TYPES)
@given(text=st.text(max_size=20))
def test_nonsense_is_a_cell_error_or_a_value(base: str, text: str) -> None:
    try:
        value = TYPES[base].parse(text.strip() or "x")
    except CellError:
        return
    TYPES[base].format(value)


@pytest.mark.parametrize(
    ("base", "text", "value"),
    [
        ("partialdate", "2022-02", date(2022, 2, 28)),
        ("partialdate", "2022-12", date(2022, 12, 31)),
        ("datetime", "2022-09-21", datetime(2022, 9, 21)),
        ("datetime", "2022-09-21T09:30", datetime(2022, 9, 21, 9, 30)),
        ("hours", "08:00-20:00|22:00-02:00", ((480, 1200), (1320, 120))),
        ("hours", "00:00-24:00", ((0, 1440),)),
        ("times", "07:30|19:00", (450, 1140)),
        ("weekdays", "135", (1, 3, 5)),
        ("texts", "a | b", ("a", "b")),
        ("float", "1e3", 1000.0),
    ],
)
def test_cells_mean(base: str, text: str, value: object) -> None:
    assert TYPES[base].parse(text) == value


@pytest.mark.parametrize(
    ("base", "text"),
    [
        ("id", "Verkhny Lars"),
        ("int", "3.5"),
        ("int", "1,000"),
        ("float", "nan"),
        ("float", "1e999"),
        ("float", "1_000"),
        ("bool", "true"),
        ("date", "21.09.2022"),
        ("date", "20220921"),
        ("date", "2022-02-30"),
        ("date", "0001-01-01"),
        ("datetime", "2022-09-21T24:00"),
        ("times", "25:00"),
        ("hours", "08:00-08:00"),
        ("hours", "always"),
        ("weekdays", "8"),
        ("weekdays", "11"),
        ("timezone", "Moscow"),
        ("timezone", "../etc/passwd"),
        ("country", "RU"),
        ("texts", "a||b"),
    ],
)
def test_cells_refuse(base: str, text: str) -> None:
    with pytest.raises(CellError):
        TYPES[base].parse(text)


def test_a_bad_cell_names_the_nearest_value() -> None:
    for kind, column, text, near in (
        ("place", "type", "airprot", "airport"),
        ("place", "timezone", "Europe/Moskow", "Europe/Moscow"),
        ("link", "two_way", "true", "yes"),
        ("place", "id", "Verkhny Lars", "verkhny-lars"),
        ("place", "country", "geo", "GEO"),
    ):
        with pytest.raises(CellError) as caught:
            fields(kind)[column].parse(text)
        assert caught.value.nearest == near


def test_choice_may_hold_a_comma() -> None:
    assert fields("policy")["status"].parse("announced, undated") == "announced, undated"
    assert Field("a", "b", "choice(x|y)", "", "x", "").default_value == "x"


# Reading and writing


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rewritten(folder: Path, to: Path) -> dict[str, bytes]:
    scenario, findings = read(folder)
    assert scenario is not None, findings
    write(scenario, to)
    return folder_bytes(to)


ODD_LAYOUTS: Mapping[str, Mapping[str, str | bytes]] = {
    "as we write it": {},
    "crlf": {"places.csv": TABLES["place"].replace("\n", "\r\n")},
    "cr": {"places.csv": TABLES["place"].replace("\n", "\r")},
    "bom": {
        "places.csv": "\ufeff" + TABLES["place"],
        "scenario.toml": "\ufeff# a comment\n" + SCENARIO,
    },
    "quoted": {
        "sources.csv": '"id","title",publisher,note\n'
        'made-up , "A ""world"", made up",us,"two\nlines"\n'.replace(' , "', ',"')
    },
    "blank lines": {"sources.csv": "\nid,title,publisher\n\nmade-up,A world,us\n\n\n"},
    "no last line end": {"sources.csv": "id,title,publisher\nmade-up,A world,us"},
    "other order": {"sources.csv": "publisher , title,id\nus,  A world ,made-up\n"},
    "mixed ends": {"sources.csv": "id,title,publisher\r\nmade-up,A world,us\nb,B,us\r\n"},
    "header only": {"traffic.csv": "id,cohort,link,per_day,source\n"},
    "numbers": {
        "traffic.csv": "id,cohort,link,per_day,weekday,source\n"
        "a,visitors,gate-haven,0240.00,1.0|1|1|1|1|01|1e0,made-up\n"
    },
    "month": {
        "reports.csv": "id,date_start,date_end,place,quantity,value,unit,known_from\n"
        "r1,2022-08-01,2022-08-31,Gate,entries_all,5000.,persons/month,2022-09\n"
    },
}


@pytest.mark.parametrize("name", ODD_LAYOUTS)
def test_reading_and_writing_changes_no_byte(name: str, tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path, files=ODD_LAYOUTS[name])
    assert rewritten(folder, tmp_path / "again") == folder_bytes(folder)


def test_the_layout_says_nothing(tmp_path: Path) -> None:
    plain = tiny(tmp_path / "a")
    crlf = {FILES[k]: "\ufeff" + render(r[::1], "\r\n") for k, r in tables().items()}
    other = tiny(tmp_path / "b", files=crlf)
    assert plain == other
    assert hash(plain) == hash(other)
    assert plain.hash == other.hash
    assert len(plain.hash) == 64
    assert tiny(tmp_path / "c", header={"name": '"Another"'}).hash != plain.hash


def test_canonical_files_say_the_same(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    folder = tmp_path / "canonical"
    folder.mkdir()
    for name, content in contents(scenario, canonical=True).items():
        (folder / name).write_bytes(content)
    again, findings = read(folder)
    assert not findings
    assert again == scenario
    assert rewritten(folder, tmp_path / "twice") == folder_bytes(folder)


def test_only_what_is_edited_is_written_anew(tmp_path: Path) -> None:
    text = "publisher,title,id\r\nus,  A world ,made-up\r\nthem,Else,other"
    scenario = tiny(tmp_path, files={"sources.csv": text})
    first, other = scenario.sources
    other = dataclasses.replace(other, publisher="a, b", licence="CC0")
    edited = dataclasses.replace(scenario, sources=(first, other, first))
    assert contents(edited)["sources.csv"].decode() == (
        "publisher,title,id,licence\r\nus,A world,made-up,\r\n"
        '"a, b",Else,other,CC0\r\nus,A world,made-up,\r\n'
    )
    edited = dataclasses.replace(scenario, sources=scenario.sources[::-1])
    assert contents(edited)["sources.csv"].decode() == (
        "publisher,title,id\r\nthem,Else,other\r\nus,  A world ,made-up\r\n"
    )
    header = dataclasses.replace(scenario, name='A "new"\nname')
    assert b'name = "A \\"new\\"\\nname"' in contents(header)["scenario.toml"]


def test_writing_empties_files_that_were_emptied(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    folder = tmp_path / "out"
    write(scenario, folder)
    write(dataclasses.replace(scenario, reports=(), layout={}), folder)
    again, _ = read(folder)
    assert again is not None
    assert again.reports == ()


def test_a_scenario_travels_between_processes(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.hash == scenario.hash
    assert scenario.place("gate").name == "Gate"
    assert scenario.link("gate-haven").from_ == "gate"
    with pytest.raises(KeyError):
        scenario.cohort("nobody")
    with pytest.raises(TypeError):
        scenario.countries["DDD"] = "Else"  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        scenario.name = "x"  # type: ignore[misc]


def test_rows_remember_their_lines(tmp_path: Path) -> None:
    text = 'id,title,publisher,note\n\na,A,us,"two\n\nlines"\n\nb,B,us,\nmade-up,C,us,\n'
    scenario = tiny(tmp_path, files={"sources.csv": text})
    assert [row.where.row for row in scenario.sources] == [3, 7, 8]
    assert {row.where.file for row in scenario.sources} == {"sources.csv"}


def test_the_shipped_and_shared_rows_can_be_read(tmp_path: Path, shared: Path) -> None:
    data = shared / "data" / "russia2022"
    files = {name: (data / name).read_bytes() for name in ("policies.csv", "reports.csv")}
    folder = tiny_folder(tmp_path, files={**files, "drivers.csv": None})
    scenario, findings = read(folder)
    assert not findings
    assert scenario is not None
    assert (len(scenario.policies), len(scenario.reports)) == (83, 180)
    assert rewritten(folder, tmp_path / "again") == folder_bytes(folder)
    units = [f for f in check(scenario) if f.check == "report-units"]
    assert units == []


# What is wrong with files

Files = Mapping[str, str | bytes | None]
Spot = tuple[str, int | None, str | None]
WRONG: list[tuple[str, Files, Spot, str]] = [
    ("no places", {"places.csv": None}, ("places.csv", None, None), "missing"),
    ("empty", {"places.csv": b""}, ("places.csv", None, None), "no header"),
    ("nul", {"places.csv": b"id,name\na\0,b\n"}, ("places.csv", 2, None), "NUL"),
    ("latin-1", {"places.csv": b"id,name\na,b\nc,Caf\xe9\n"}, ("places.csv", 3, None), "UTF-8"),
    ("utf-16", {"places.csv": "id".encode("utf-16")}, ("places.csv", 1, None), "UTF-8"),
    (
        "cut in a quote",
        {"sources.csv": 'id,title,publisher\nmade-up,A,us\nb,"B\n\n'},
        ("sources.csv", 3, None),
        "cut off",
    ),
    (
        "cut in a row",
        {"sources.csv": "id,title,publisher\nmade-up,A,us\nb,B"},
        ("sources.csv", 3, None),
        "2 cells, the header 3",
    ),
    (
        "too many cells",
        {"sources.csv": "id,title,publisher\nmade-up,A,b,us\n"},
        ("sources.csv", 2, None),
        "4 cells",
    ),
    (
        "stray quote",
        {"sources.csv": 'id,title,publisher\nmade-up,"A"x,us\n'},
        ("sources.csv", 2, None),
        "doubled",
    ),
    (
        "semicolons",
        {"sources.csv": "id;title;publisher\nmade-up;A;us\n"},
        ("sources.csv", 1, None),
        "semicolons",
    ),
    (
        "unknown column",
        {"sources.csv": "id,titel,title,publisher\nmade-up,,A,us\n"},
        ("sources.csv", 1, "titel"),
        "no such column",
    ),
    (
        "column twice",
        {"sources.csv": "id,title,publisher,url,url\nmade-up,A,us,,\n"},
        ("sources.csv", 1, "url"),
        "twice",
    ),
    (
        "nameless column",
        {"sources.csv": "id,title,publisher,\nmade-up,A,us,\n"},
        ("sources.csv", 1, None),
        "column 4 has no name",
    ),
    (
        "column missing",
        {"sources.csv": "id,title\nmade-up,A\n"},
        ("sources.csv", 1, "publisher"),
        "missing",
    ),
    (
        "blank cell",
        {"sources.csv": "id,title,publisher\nmade-up,,us\n"},
        ("sources.csv", 2, "title"),
        "blank",
    ),
    (
        "same id",
        {"sources.csv": "id,title,publisher\nmade-up,A,us\nmade-up,B,us\n"},
        ("sources.csv", 3, "id"),
        "twice",
    ),
    ("unknown file", {"polices.csv": b"id\n"}, ("polices.csv", None, None), "no such file"),
    ("bad toml", {"scenario.toml": b"[scenario\n"}, ("scenario.toml", 1, None), "TOML"),
    (
        "unknown key",
        {"scenario.toml": SCENARIO.replace("step_hours", "step_hour")},
        ("scenario.toml", 7, "step_hour"),
        "no such key",
    ),
    (
        "unknown table",
        {"scenario.toml": SCENARIO + "[extra]\na = 1\n"},
        ("scenario.toml", 20, "extra"),
        "no such table",
    ),
    (
        "key missing",
        {"scenario.toml": SCENARIO.replace('currency = "crowns"\n', "")},
        ("scenario.toml", None, "currency"),
        "missing",
    ),
    (
        "bad key",
        {"scenario.toml": SCENARIO.replace("2022-09-19", '"soon"')},
        ("scenario.toml", 5, "start"),
        "not a date",
    ),
    (
        "no countries",
        {"scenario.toml": SCENARIO.replace("[countries]", "[country]")},
        ("scenario.toml", None, None),
        "no table [countries]",
    ),
    (
        "bad country",
        {"scenario.toml": SCENARIO + 'Fin = "Finland"\n'},
        ("scenario.toml", 20, "code"),
        "country code",
    ),
    (
        "country without a name",
        {"scenario.toml": SCENARIO + "FIN = 3\n"},
        ("scenario.toml", 20, "FIN"),
        "is a text",
    ),
]


@pytest.mark.parametrize(
    ("files", "where", "says"), [pytest.param(*case, id=name) for name, *case in WRONG]
)
def test_what_is_wrong_is_found(files: Files, where: Spot, says: str, tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path, files=files)
    scenario, findings = read(folder)
    assert scenario is None
    found = [f for f in findings if (f.file, f.row, f.column) == where and says in f.message]
    assert len(found) == 1, "\n".join(map(str, findings))
    assert found[0].level == "error"
    assert list(found[0].to_json()) == [
        *("level", "check", "file", "row", "column", "read", "nearest", "message")
    ]
    assert check_folder(folder)[0] is None


@pytest.mark.parametrize(
    "column",
    ["name", "first_name", "phone", "passport_number", "email", "date_of_birth", "telegram"],
)
def test_data_about_single_persons_are_refused(column: str, tmp_path: Path) -> None:
    folder = tiny_folder(
        tmp_path, files={"sources.csv": f"id,title,publisher,{column}\nmade-up,A,us,x\n"}
    )
    scenario, findings = read(folder)
    assert scenario is None
    (finding,) = findings
    assert "single persons" in finding.message
    assert finding.nearest is None


def test_everything_is_found_at_once(tmp_path: Path) -> None:
    folder = tiny_folder(
        tmp_path,
        header={"end": '"never"'},
        cells={"place": {"town": {"lat": "north", "population": "many"}}},
        add={"link": [{"id": "x", "from": "town", "to": "nowhere", "mode": "road"}]},
    )
    found = {(f.file, f.column) for f in read(folder)[1]}
    assert found == {("scenario.toml", "end"), ("places.csv", "lat"), ("places.csv", "population")}
    folder = tiny_folder(
        tmp_path,
        cells={"place": {"town": {"lat": "north"}}},
        add={"link": [{"id": "x", "from": "town", "to": "nowhere", "mode": "road", "fare": "0"}]},
    )
    scenario, findings = check_folder(folder)
    assert scenario is None
    found = {(f.file, f.column) for f in findings}
    assert found == {("places.csv", "lat"), ("links.csv", "to")}


def test_what_is_no_scenario_is_one_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for name, says in (("none", "no such"), ("file", "folder"), ("empty", "scenario.toml")):
        scenario, findings = read(tmp_path / name)
        assert scenario is None
        assert len(findings) == 1
        assert says in findings[0].message
    assert len(read("a\0b")[1]) == 1
    (tmp_path / "empty" / "scenario.toml").mkdir()
    assert len(read(tmp_path / "empty")[1]) == 1


def test_a_folder_in_place_of_a_file_is_found(tmp_path: Path) -> None:
    folder = tiny_folder(tmp_path, files={"sources.csv": None})
    (folder / "sources.csv").mkdir()
    findings = read(folder)[1]
    assert [f.file for f in findings] == ["sources.csv"]


@given(content=st.binary(max_size=200), name=st.sampled_from(["places.csv", "scenario.toml"]))
def test_nonsense_is_never_a_traceback(
    content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tiny_folder(tmp_path_factory.mktemp("x"), files={name: content})
    check_folder(folder)


@given(cut=st.integers(0, 2000), name=st.sampled_from(["links.csv", "reports.csv"]))
def test_a_file_cut_off_is_never_a_traceback(
    cut: int, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tiny_folder(tmp_path_factory.mktemp("x"))
    path = folder / name
    path.write_bytes(path.read_bytes()[:cut])
    check_folder(folder)


# Policies of one's own

POLICIES = """\
# what if
[[policy]]
id = "early"
place = ["Isle", "Haven"]
kind = "entry_ban"
known_from = 2022-09-22
valid_from = "2022-09-22"
valid_until = 2022-09-24
until_known_from = 2022-09-22

[[policy]]
id = "late"
place = "Gate"
kind = "crossing_closed"
known_from = 2022-09-22
valid_from = 2022-09-25
"""


NUMBERS = """
[[parameter]]
quantity = "rate_cut"
applies_to = "late"
median = 0.5

[[parameter]]
id = "own"
quantity = "deterrence_hours"
applies_to = "early"
distribution = "uniform"
median = 4
low = 2
high = 6
reason = "As long as a night"
source = "memory"
"""


def test_policies_can_be_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "policies.toml"
    path.write_text(POLICIES)
    (early, late), findings = read_rules(path)
    assert not findings
    assert early == Policy(
        id="early",
        place="Isle|Haven",
        kind="entry_ban",
        known_from=date(2022, 9, 22),
        valid_from=date(2022, 9, 22),
        valid_until=date(2022, 9, 24),
        until_known_from=date(2022, 9, 22),
    )
    assert (late.where.file, late.where.row) == ("policies.toml", 11)


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        (POLICIES.replace("kind =", "knd ="), 2, "knd"),
        (POLICIES.replace("2022-09-25", '"soon"'), 11, "valid_from"),
        (POLICIES.replace("valid_from = 2022-09-25", ""), 11, "valid_from"),
        (POLICIES.replace('"late"', '"early"'), 11, "id"),
        ("[policy]\nid = 3\n", 1, None),
        ("x = 1\n", 1, "x"),
        ("", None, None),
        (NUMBERS.replace('applies_to = "late"', ""), 2, "applies_to"),
        (POLICIES + NUMBERS + NUMBERS.replace('"own"', '"other"'), 34, "quantity"),
        (POLICIES + NUMBERS.replace("median = 0.5", ""), 18, "median"),
        (POLICIES + NUMBERS.replace("low", "least"), 23, "least"),
        (POLICIES + NUMBERS.replace('"own"', '"late-rate-cut"'), 23, "id"),
        (POLICIES + "[parameter]\nid = 3\n", 17, None),
        ("[[policy]\n", 1, None),
    ],
)
def test_what_is_wrong_with_policies_is_found(
    text: str, row: int | None, column: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "policies.toml"
    path.write_text(text)
    policies, findings = read_rules(path)
    assert policies == ()
    assert (row, column) in [(f.row, f.column) for f in findings], findings
    assert read_rules(tmp_path / "none.toml")[1]


def test_numbers_of_rules_need_say_little(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(POLICIES + NUMBERS)
    (_, _, exact, own), findings = read_rules(path)
    assert not findings
    assert exact == Parameter(
        id="late-rate-cut",
        quantity="rate_cut",
        applies_to="late",
        distribution="fixed",
        median=0.5,
        reason="What if",
        source="what-if",
    )
    assert isinstance(own, Parameter)
    assert (own.id, own.distribution, own.low, own.high) == ("own", "uniform", 2.0, 6.0)
    assert (own.where.file, own.where.row) == ("rules.toml", 23)


def test_an_id_that_nobody_wrote_is_not_complained_about(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    for text, column in (
        (NUMBERS.replace('applies_to = "late"', ""), "applies_to"),
        (NUMBERS.replace('"late"', '"Late rule"'), None),
        (NUMBERS.replace('"late"', '"?"').replace('"rate_cut"', '""'), "quantity"),
        (NUMBERS + NUMBERS.partition("[[parameter]]\nid")[0], "quantity"),
    ):
        path.write_text(text)
        _, findings = read_rules(path)
        assert [f.column for f in findings] == [column] * len(findings), findings
        assert len(findings) == (column is not None)


# Names


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("town", ["town"]),
        ("Town", ["town"]),
        ("  old   town ", ["town"]),
        ("gate post|ISLE", ["gate", "isle"]),
        ("Origin", ["town", "gate", "field"]),
        ("AAA", ["town", "gate", "field"]),
        ("abroad", ["haven", "isle"]),
        ("all", ["town", "gate", "field", "haven", "isle"]),
    ],
)
def test_places_by_name(text: str, places: list[str], tmp_path: Path) -> None:
    assert list(select_places(tiny(tmp_path), text)) == places


def test_areas_and_pairs(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    assert select_areas(scenario, "Haven|haven|town") == ("BBB", "haven", "town")
    assert pair(scenario, "Haven-Origin") == (("BBB",), ("AAA",))
    assert pair(scenario, "Town -> abroad") == (("town",), ("BBB", "CCC"))
    assert pair(scenario, "Haven") is None
    assert pair(scenario, "Haven-Nowhere") is None


def test_a_group_may_bear_the_name_of_what_it_holds(tmp_path: Path) -> None:
    scenario = tiny(
        tmp_path,
        add={
            "group": [
                {"id": "Gate", "what": "places", "selector": "gate|town"},
                {"id": "one", "what": "places", "selector": "two"},
                {"id": "two", "what": "places", "selector": "one"},
            ]
        },
    )
    assert select_places(scenario, "Gate") == ("town", "gate")
    with pytest.raises(NotFoundError):
        select_places(scenario, "one")


@pytest.mark.parametrize(
    ("text", "cohorts"),
    [
        ("all", ["men-car", "men", "families", "visitors"]),
        ("men", ["men"]),
        ("Men with a car|families", ["men-car", "families"]),
        ("men of call-up age", ["men-car", "men"]),
        ("liable=yes;document=foreign", ["men-car"]),
        ("document=foreign|internal;ordinary=no", ["men-car", "men", "families"]),
        ("size=3", ["families"]),
        ("vehicle=any", ["men-car", "men", "families", "visitors"]),
    ],
)
def test_cohorts_by_selector(text: str, cohorts: list[str], tmp_path: Path) -> None:
    assert list(select_cohorts(tiny(tmp_path), text)) == cohorts


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("familys", "families"),
        ("document=foriegn", "foreign"),
        ("docment=foreign", "document"),
        ("liable=true", None),
        ("liable=yes;size=3", None),
        ("vehicle=lorry", None),
        ("liable=yes;ordinary", None),
        ("", None),
    ],
)
def test_cohorts_that_are_not_there(text: str, near: str | None, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        select_cohorts(tiny(tmp_path), text)
    assert caught.value.nearest == near
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.nearest) == (str(caught.value), near)


def test_arguments_are_resolved(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    assert resolve(scenario, "place", "the gate") == "gate"
    assert resolve(scenario, "cohort", "FAMILIES") == "families"
    assert resolve(scenario, "policy", "ban") == "ban"
    assert resolve(scenario, "policy", "entry_ban Isle") == "ban"
    assert resolve(scenario, "policy", "isle entry_ban") == "ban"
    assert resolve(scenario, "checkpoint", "gate, exit") == "gate-exit"
    assert resolve(scenario, "country", "haven") == "BBB"
    assert resolve(scenario, "link", "gate-haven") == "gate-haven"
    with pytest.raises(NotFoundError, match="nearest is 'Haven City'"):
        resolve(scenario, "place", "Heaven City")
    twice = dataclasses.replace(
        scenario,
        policies=(*scenario.policies, dataclasses.replace(scenario.policy("ban"), id="ban2")),
    )
    with pytest.raises(NotFoundError, match="ban, ban2"):
        resolve(twice, "policy", "entry_ban Isle")
    with pytest.raises(KeyError):
        resolve(scenario, "thing", "x")


def test_rows_made_in_code_need_no_file(tmp_path: Path) -> None:
    scenario = tiny(tmp_path)
    assert all(isinstance(row, Row) for kind in FILES for row in scenario.rows(kind))
    new = Policy(
        id="new",
        place="Gate",
        kind="crossing_closed",
        known_from=date(2022, 9, 1),
        valid_from=date(2022, 9, 20),
    )
    text = contents(dataclasses.replace(scenario, policies=(new,)))["policies.csv"].decode()
    line = "new,Gate,crossing_closed,all,,2022-09-01,2022-09-20,,,in force,,,medium"
    assert text.split("\n")[1] == line
