"""Folders of Flee: read as they are, said as a scenario, written back."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from borderflow.cli.main import main
from borderflow.compile import compile, realise
from borderflow.engine.run import run_member
from borderflow.scenario.check import check
from borderflow.source.flee.counts import Counts
from borderflow.source.flee.folder import FleeFolder
from borderflow.source.flee.movement import Movement
from borderflow.source.flee.read import read_folder
from borderflow.source.flee.scenario import to_scenario
from borderflow.source.flee.volume import arrivals
from borderflow.source.flee.write import write_folder
from flee_world import DAYS, TEXTS, flee_world, replaced, separated


def folder(home: Path) -> FleeFolder:
    found, findings = read_folder(home / "input_csv", home / "source_data")
    assert found is not None, findings
    return found


@pytest.fixture
def tiny(tmp_path: Path) -> FleeFolder:
    return folder(flee_world(tmp_path / "tiny"))


# Counts


def test_counts_are_interpolated_and_cut() -> None:
    counts = Counts((0, 10), (0.0, 25.0))
    assert [counts.on(day) for day in (-3, 0, 3, 9, 10, 99)] == [0, 0, 7, 22, 25, 25]


def test_a_registration_corrects_what_stands_before() -> None:
    counts = Counts((0, 5, 6, 9), (10.0, 40.0, 20.0, 30.0)).corrected(6)
    assert counts.people == (5.0, 20.0, 20.0, 30.0)
    with pytest.raises(LookupError):
        counts.corrected(7)
    with pytest.raises(LookupError):
        counts.corrected(0)
    with pytest.raises(ZeroDivisionError):
        Counts((0, 1), (0.0, 5.0)).corrected(1)


def test_two_tables_of_one_camp_are_added_as_in_flee() -> None:
    both = Counts((0, 10), (1.0, 11.0)).plus(Counts((5, 10, 30), (100.0, 200.0, 300.0)))
    assert both == Counts((0, 5, 10), (101.0, 111.0, 211.0))


# Reading


def test_a_folder_is_read_as_it_is(tiny: FleeFolder) -> None:
    assert (tiny.name, tiny.start, tiny.days) == ("tiny", date(2020, 1, 30), DAYS)
    kinds = [place.kind for place in tiny.locations]
    assert kinds == [
        *("conflict", "conflict", "town", "forward", "camp", "camp", "camp", "idpcamp", "marker")
    ]
    assert [place.capacity for place in tiny.camps] == [9000, 4000, 0, 3000]
    assert tiny.routes[3].redirect == 2
    assert [(c.kind, c.start, c.end) for c in tiny.closures] == [
        ("country", 0, 10),
        ("camp", 0, 30),
        ("link", 5, 8),
        ("location", 40, None),
        ("remove_forced_redirection", 50, None),
    ]
    assert tiny.conflicts["Beta Town"].index(1.0) == 20
    assert tiny.counts["Near"].on(0) == 50  # halved by the registration
    assert tiny.counts["Far"].on(60) == 2000
    assert list(tiny.elsewhere) == ["Elsewhere"]
    assert tiny.left == ()


BAD = [
    ({"routes": None}, "input_csv/routes.csv", None, "missing"),
    ({"data_layout": None}, "source_data/data_layout.csv", None, "missing"),
    ({"near": None}, "source_data/data_layout.csv", 2, "missing"),
    (
        replaced("data_layout", "Inside,inside.csv\n", ""),
        "input_csv/locations.csv",
        10,
        "nobody was counted",
    ),
    (replaced("routes", "Near,Far", "Near,Fat"), "input_csv/routes.csv", 6, "no such location"),
    (replaced("routes", "70", "seventy"), "input_csv/routes.csv", 4, "not a number"),
    (replaced("locations", "50000", "many"), "input_csv/locations.csv", 2, "not a whole number"),
    (replaced("locations", "10.5,20.5", "x,20.5"), "input_csv/locations.csv", 3, "not a number"),
    (
        replaced("locations", "Sign,", "Alpha,x,y,1,2,town,,\nSign,"),
        "input_csv/locations.csv",
        11,
        "named already",
    ),
    (replaced("closures", "link,", "lnik,"), "input_csv/closures.csv", 4, "no closure type"),
    (replaced("closures", "0,30", "soon,30"), "input_csv/closures.csv", 3, "not a day"),
    (replaced("conflicts", "59,1,1\n", ""), "input_csv/conflicts.csv", 60, "ends on day 58"),
    (replaced("conflicts", "\n7,1,0", "\n7,yes,0"), "input_csv/conflicts.csv", 9, "not an intens"),
    (replaced("sim_period", "2020-01-30", "30.1.20"), "input_csv/sim_period.csv", 1, "not a date"),
    (replaced("sim_period", "60", "0"), "input_csv/sim_period.csv", 3, "one day or more"),
    (replaced("near", "4000", "4k"), "source_data/near.csv", 3, "not a number"),
    (replaced("other", "2020-02-10", "10/2"), "source_data/other.csv", 2, "not a date"),
    ({"other": "#nothing\n"}, "source_data/other.csv", None, "no counts"),
    ({"locations": ""}, "input_csv/locations.csv", None, "no rows"),
    ({"locations": "\udcff"}, "input_csv/locations.csv", None, "not UTF-8"),
    ({"routes": "#name1,name2,distance\n"}, "input_csv/routes.csv", None, "no rows"),
    ({"sim_period": ""}, "input_csv/sim_period.csv", None, "no rows"),
    ({"conflicts": "#Day,Alpha\n"}, "input_csv/conflicts.csv", None, "no rows"),
    ({"data_layout": ""}, "source_data/data_layout.csv", None, "no rows"),
    (separated("locations", ";"), "input_csv/locations.csv", 2, "separated by semicolons"),
    (separated("near", "\t"), "source_data/near.csv", 2, "separated by tabs"),
    (replaced("data_layout", ",other.csv", ","), "source_data/data_layout.csv", 4, "no file"),
    (replaced("routes", "Near,Far,180", "Near,Far"), "input_csv/routes.csv", 6, "not a number"),
    (replaced("locations", "50000", '"50,000"'), "input_csv/locations.csv", 2, "not a whole"),
    (replaced("near", "2020-02-18", "18/02/2020"), "source_data/near.csv", 3, "not a date"),
    (replaced("near", "4000", "1e30"), "source_data/near.csv", 3, "not a number of people"),
    (
        replaced("locations", "50000", "1e30"),
        "input_csv/locations.csv",
        2,
        "whole number of people",
    ),
    (replaced("near", "2020-02-18,4000", "18.2.,4k"), "source_data/near.csv", 3, "not a date"),
    (replaced("near", "4000", '"4000'), "source_data/near.csv", 3, "a quotation mark"),
    (replaced("routes", "Gamma,Hub", '"Gamma,Hub'), "input_csv/routes.csv", 4, "a quotation mark"),
    (replaced("near", "4000", "nan"), "source_data/near.csv", 3, "not a number"),
    (
        {"registration_corrections": "Nowhere,2020-02-19\n"},
        "input_csv/registration_corrections.csv",
        1,
        "no such camp",
    ),
]


@pytest.mark.parametrize(("change", "file", "row", "says"), BAD)
def test_bad_input_is_one_finding_with_file_and_row(
    change: dict[str, str | None], file: str, row: int | None, says: str, tmp_path: Path
) -> None:
    home = flee_world(tmp_path / "bad", **change)
    found, findings = read_folder(home / "input_csv", home / "source_data")
    assert found is None
    errors = [finding for finding in findings if finding.level == "error"]
    assert [(finding.file, finding.row) for finding in errors] == [(file, row)], errors
    assert says in errors[0].message


ODD = [
    (replaced("near", "4600", "-5"), "below 0"),
    (replaced("locations", "forwarding_hub", "fortress"), "no type that Flee knows"),
    (replaced("routes", "Hub,Near,20,2\n", "Hub,Near,20,2\nNear,Hub,25,\n"), "stands in line"),
    (replaced("conflicts", "Beta Town", "Beta_Town"), "taken for Beta Town"),
    (replaced("closures", "40,-1", "400,-1"), "never acts"),
    (replaced("closures", "Yonder", "Yonda"), "no such country: the closure is left out"),
    (replaced("closures", "Inside", "Outside"), "no such location: the closure is left out"),
    (replaced("closures", "Alpha,Beta Town", "Alpha,beta_town"), "taken for Beta Town"),
    (replaced("locations", "town,,", "conflict_zone,12,"), "never a zone"),
    ({"registration_corrections": "Near,2020-02-20,x\n"}, "ignored"),
    (replaced("other", "2020-02-10", "2021-02-10"), "read in file order"),
    (replaced("near", "#Date,count", "when,people"), "taken for a header"),
    (replaced("locations", "#name", "Name"), "a header without its #"),
    (replaced("routes", "#name1", "name1"), "a header without its #"),
    (replaced("closures", "#closure", "closure"), "a header without its #"),
    (replaced("conflicts", "\n7,1,0", "\n17,1,0"), "this one is day 7"),
    (replaced("closures", "camp,Far,,0,30\n", "camp,Far,,0,30\n" * 2), "stands in line 3"),
    (replaced("locations", "50000", "-5"), "below 0"),
    (replaced("conflicts", "\n7,1,0", "\n7,3,0"), "cut"),
    (
        {"closures": "#closure_type,name1,name2,closure_start,closure_end\ncamp,Far,,90,99\n"},
        "never acts",
    ),
]


@pytest.mark.parametrize(("change", "says"), ODD)
def test_odd_input_is_a_warning(change: dict[str, str], says: str, tmp_path: Path) -> None:
    home = flee_world(tmp_path / "odd", **change)
    found, findings = read_folder(home / "input_csv", home / "source_data")
    assert found is not None, findings
    assert any(says in finding.message for finding in findings)


SAME = {
    "CRLF": {stem: text.replace("\n", "\r\n") for stem, text in TEXTS.items()},
    "a byte order mark": {stem: "\ufeff" + text for stem, text in TEXTS.items()},
    "spaces": {stem: text.replace(",", " , ") for stem, text in TEXTS.items()},
    "other capitals": replaced("locations", "#name,region,country", "#Name,REGION,Country"),
    "quotes": replaced("locations", "Near,West,Away", '"Near","West","Away"'),
    "further columns": replaced("routes", "Near,Far,180,", "Near,Far,180,0,by boat,"),
    "blank lines": {stem: "\n,,\n" + text for stem, text in TEXTS.items()},
    "numbers with a point": replaced("locations", "50000", "50000.0"),
    "capital letters of types": replaced("locations", "10.1,21.8,camp", "10.1,21.8,CAMP"),
    "a time of day": replaced("near", "2020-02-18", "2020-02-18T00:00:00"),
}
"""Ways of other people's spreadsheets to write the same."""


@pytest.mark.parametrize("how", SAME)
def test_the_same_in_other_spelling_is_the_same(how: str, tiny: FleeFolder, tmp_path: Path) -> None:
    home = flee_world(tmp_path / "tiny", **SAME[how])
    found, findings = read_folder(home / "input_csv", home / "source_data")
    assert found is not None, findings
    assert findings == []
    for name in ("days", "start", "conflicts", "counts", "elsewhere", "total"):
        assert getattr(found, name) == getattr(tiny, name), name
    for name in ("locations", "routes", "closures", "corrections"):
        ours = [replace(row, row=0) for row in getattr(found, name)]
        theirs = [replace(row, row=0) for row in getattr(tiny, name)]
        if name == "locations":
            ours = [replace(row, type_text=row.type_text.casefold()) for row in ours]
        assert ours == theirs, name


def test_a_camp_opens_once(tmp_path: Path) -> None:
    twice = replaced("closures", "camp,Far,,0,30\n", "camp,Far,,0,30\nlocation,Far,,0,20\n")
    made = to_scenario(folder(flee_world(tmp_path / "twice", **twice)))
    (opened,) = [rule for rule in made.scenario.policies if rule.kind == "camp_opened"]
    assert opened.valid_from == date(2020, 2, 29)


def test_every_public_conflict_is_read_as_flee_reads_it(shared: Path) -> None:
    for home in sorted((shared / "data" / "flee").iterdir()):
        if not home.is_dir():
            continue
        found = folder(home)
        with (home / "flee_result.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        camps = list(found.counts)
        ours = np.array([[found.counts[c].on(d) for c in camps] for d in range(len(rows))])
        theirs = np.array([[float(row[f"{c} data"]) for c in camps] for row in rows])
        parts = ours.sum() / theirs.sum()  # Flee was run with a part of the people only
        scale = round(parts) if parts < 1000 else round(parts, -1)
        assert np.abs(ours / scale - theirs).max() < 6, home.name


def test_a_closure_of_what_is_not_there_closes_nothing(tmp_path: Path) -> None:
    home = flee_world(tmp_path / "odd", **replaced("closures", "Yonder", "Yonda"))
    assert "country" not in [closure.kind for closure in folder(home).closures]
    spelt = flee_world(tmp_path / "spelt", **replaced("closures", "Beta Town", "beta_town"))
    (link,) = [closure for closure in folder(spelt).closures if closure.kind == "link"]
    assert (link.one, link.other) == ("Alpha", "Beta Town")


def test_zones_without_a_population_are_equally_large(tiny: FleeFolder, tmp_path: Path) -> None:
    text = TEXTS["locations"].replace("50000", "").replace("40000", "0")
    home = flee_world(tmp_path / "empty", locations=text)
    found, findings = read_folder(home / "input_csv", home / "source_data")
    assert found is not None
    assert ["equally large" in finding.message for finding in findings] == [True]
    assert {p.name: p.population for p in found.locations if p.population} == {
        **{"Alpha": 10000, "Beta Town": 10000}
    }
    people, _ = run(found, capacities=False)
    peopled, _ = run(tiny, capacities=False)
    assert people.sum(axis=1)[-1] == pytest.approx(peopled.sum(axis=1)[-1], rel=0.005)


# As a scenario


def run(tiny: FleeFolder, **how: object) -> tuple[np.ndarray, dict[str, str]]:
    made = to_scenario(tiny, Movement(), reports=False, **how)  # type: ignore[arg-type]
    compiled = compile(made.scenario)
    member, _ = realise(compiled, 1, 0, chance=False)
    _, flows = run_member(compiled.world, member)
    at = [d.place for d in compiled.labels.destinations]
    columns = [at.index(made.places[camp.name]) for camp in tiny.camps]
    return flows.present.sum(axis=2)[:, columns], made.places


def test_the_scenario_is_sound_and_says_everything(tiny: FleeFolder) -> None:
    made = to_scenario(tiny)
    assert [f for f in check(made.scenario) if f.level == "error"] == []
    assert made.left == ()
    assert {policy.kind for policy in made.scenario.policies} == {
        *("crossing_closed", "camp_closed", "camp_opened", "road_closed")
    }
    near = [r for r in made.scenario.reports if r.place == made.places["Near"]]
    assert near[0].value == 50.0
    assert near[0].known_from == date(2020, 2, 19)  # what the registration put right was not known


@pytest.mark.parametrize(("old", "new"), [("Near", "all"), ("Alpha", "All"), ("Near", "hub")])
def test_what_a_place_is_called_changes_nothing(
    old: str, new: str, tiny: FleeFolder, tmp_path: Path
) -> None:
    """Neither a word that scenarios know nor a name that differs in capitals alone."""
    changed = {stem: text.replace(old, new) for stem, text in TEXTS.items()}
    found = folder(flee_world(tmp_path / "tiny", **changed))
    made = to_scenario(found)
    assert [f for f in check(made.scenario) if f.level == "error"] == []
    ours, _ = run(found)
    theirs, _ = run(tiny)
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-6)


def test_nobody_leaves_where_nobody_was_counted(tmp_path: Path) -> None:
    counts = ("all", "near", "far", "far2", "other", "inside", "elsewhere")
    changed: dict[str, str | None] = dict.fromkeys(counts, "2020-01-30,0\n2020-03-30,0\n")
    home = flee_world(tmp_path / "none", registration_corrections=None, **changed)
    people, _ = run(folder(home))
    assert people.sum(axis=1).max() < 0.5


def test_as_many_arrive_as_were_counted(tiny: FleeFolder) -> None:
    people, _ = run(tiny, capacities=False)
    total = np.array([tiny.everybody(day) for day in range(DAYS)])
    top = np.maximum.accumulate(total)
    assert people[0].sum() == sum(tiny.counts[c.name].on(0) for c in tiny.camps)
    assert sum(arrivals(tiny, 0)) == top[-1] - top[0]
    assert abs(people[-1].sum() / top[-1] - 1) < 0.08
    under_way = top - people.sum(axis=1)
    assert under_way.max() < 6 * max(arrivals(tiny, 0))
    assert under_way.min() > -1


def test_closed_camps_and_borders_take_nobody(tiny: FleeFolder) -> None:
    people, _ = run(tiny, capacities=False)
    near, far, other, inside = people.T
    assert far[:30].max() == 0
    assert far[-1] > 0
    assert other[:10].max() == 0
    assert other[-1] > 0
    assert inside[45:].max() - inside[45:].min() < 1e-6  # all roads to it are shut from day 40
    assert near[5] > near[0]


def test_capacities_are_limits(tiny: FleeFolder) -> None:
    free, _ = run(tiny, capacities=False)
    held, _ = run(tiny, capacities=True)
    limits = np.array([camp.capacity or math.inf for camp in tiny.camps])
    assert (held[-1] <= limits * 1.2).all()
    assert not np.allclose(free, held)


def test_a_run_may_begin_later_with_the_counts_of_that_day(tiny: FleeFolder) -> None:
    people, _ = run(tiny, capacities=False, first_day=25)
    assert len(people) == DAYS - 25
    assert people[0] == pytest.approx([tiny.counts[c.name].on(25) for c in tiny.camps])


def test_people_sent_on_go_one_way_until_it_ends(tiny: FleeFolder) -> None:
    made = to_scenario(tiny)
    links = {link.id: link for link in made.scenario.links}
    assert not links["hub-near"].two_way
    assert links["gamma-hub"].two_way
    (rule,) = [p for p in made.scenario.policies if "->" in p.place]
    assert (rule.place, rule.valid_until) == ("near -> hub", date(2020, 3, 20))


def test_there_is_always_somebody_who_can_leave(tmp_path: Path) -> None:
    shut = replaced("closures", "location,Inside,,40,-1", "location,Alpha,,0,30")
    cut = folder(flee_world(tmp_path / "cut", **shut))
    people, _ = run(cut, capacities=False)
    top = max(cut.everybody(day) for day in range(DAYS))
    assert abs(people[-1].sum() / top - 1) < 0.05
    few = folder(flee_world(tmp_path / "few", **replaced("locations", "50000", "10")))
    made = to_scenario(few)
    assert any("populations are multiplied" in line for line in made.left)


# And back


def test_what_is_written_back_says_the_same(tiny: FleeFolder, tmp_path: Path) -> None:
    left = write_folder(to_scenario(tiny).scenario, tmp_path / "back")
    again = folder(tmp_path / "back")
    assert again.days == tiny.days
    assert [p.name for p in again.camps] != []
    assert {p.name: p.capacity for p in again.camps} == {p.name: p.capacity for p in tiny.camps}
    assert again.conflicts == tiny.conflicts
    one = {(frozenset((r.one, r.other)), r.km, r.redirect) for r in tiny.routes}
    assert {(frozenset((r.one, r.other)), r.km, r.redirect) for r in again.routes} == one
    told = {(c.kind, c.one, c.start, c.end) for c in again.closures}
    assert told == {(c.kind, c.one, c.start, c.end) for c in tiny.closures}
    for camp in tiny.camps:
        ours = [again.counts[camp.name].on(day) for day in range(DAYS)]
        theirs = [tiny.counts[camp.name].on(day) for day in range(DAYS)]
        assert np.abs(np.array(ours) - theirs).max() <= 1
    assert any("how many leave" in line for line in left)


def test_what_was_over_before_the_first_day_is_not_closed_for_good(
    tiny: FleeFolder, tmp_path: Path
) -> None:
    scenario = to_scenario(tiny).scenario
    (border,) = [rule for rule in scenario.policies if rule.kind == "crossing_closed"]
    early = date(2020, 1, 1)
    over = replace(border, id="over", valid_from=early, known_from=early, valid_until=tiny.start)
    scenario = replace(scenario, policies=(over, *scenario.policies))
    write_folder(scenario, tmp_path / "back")
    told = [(c.start, c.end) for c in folder(tmp_path / "back").closures if c.kind == "country"]
    assert told == [(0, 10)]


@pytest.mark.parametrize("command", ["import", "export"])
def test_a_folder_that_is_there_is_left_alone(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One's own too: it may have been edited since, as it is there for that."""
    home, made, back = flee_world(tmp_path / "tiny"), tmp_path / "made", tmp_path / "back"
    importing = ["import", "flee", str(home / "input_csv"), str(home / "source_data")]
    assert main([*importing, "--out", str(made)]) == 0
    assert main(["export", "flee", str(made), "--out", str(back)]) == 0
    out = made if command == "import" else back
    told = importing if command == "import" else ["export", "flee", str(made)]
    before = {path: path.read_bytes() for path in out.rglob("*.csv")}
    capsys.readouterr()
    assert main([*told, "--out", str(out)]) == 2
    assert "it is left alone" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in out.rglob("*.csv")} == before


def test_what_flee_cannot_say_is_listed(tmp_path: Path) -> None:
    from borderflow import load

    left = " ".join(write_folder(load("russia-2022"), tmp_path / "russia"))
    for word in ("checkpoints", "traffic", "cohorts", "seats", "fare", "drivers", "entry_ban"):
        assert word in left
    assert folder(tmp_path / "russia").days == 48
