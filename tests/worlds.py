"""A tiny world that runs: one town, one border post, an airport, two ways abroad, a shock.

100,000 people live in Town. A post that serves 100 people an hour leads to Haven; a flight with 150
seats a day leads to Isle. On day 3 of 10 a decree makes people leave.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from borderflow.scenario import Scenario, read
from borderflow.scenario.fields import FILES

Cells = dict[str, str]
Tables = dict[str, list[Cells]]

POLICY = """\
[[policy]]
id = "shut"
place = "Gate"
kind = "crossing_closed"
applies_to = "all"
known_from = 2022-09-24
valid_from = 2022-09-25
"""
"""A file of rules for `--with`: the one post shuts."""

SCENARIO = """\
[scenario]
id = "tiny"
name = "A tiny world"
description = "A decree on the third day; who gets through the one post and the one flight?"
start = 2022-09-19
end = 2022-09-28
step_hours = 3
warmup_days = 2
news_hours = 6
booking_days = 14
timezone = "Europe/Moscow"
nationality = "AAA"
origin_countries = ["AAA"]
currency = "crowns"

[countries]
AAA = "Origin"
BBB = "Haven"
CCC = "Isle"
"""

TABLES: dict[str, str] = {
    "place": """\
id,name,aliases,country,type,lat,lon,timezone,population,attraction,source
town,Town,Old Town,AAA,settlement,55.0,37.0,,100000,,made-up
gate,Gate,Gate Post|The Gate,AAA,post,55.0,39.0,,,,made-up
field,Field,,AAA,airport,55.1,37.1,,,,made-up
haven,Haven City,,BBB,destination,55.0,39.5,Europe/Helsinki,,0.5,made-up
isle,Isle City,,CCC,destination,41.0,29.0,Europe/Istanbul,,0,made-up
""",
    "link": """\
id,from,to,mode,two_way,distance_km,hours,fare,exit_checkpoint,entry_checkpoint,documents,permitted,\
seats_day,departures,weekdays,reserved_share,source
town-gate,town,gate,road,yes,150,2.5,200,,,,,,,,,made-up
town-gate-bus,town,gate,bus,yes,150,3.5,400,,,,,,,,,made-up
town-field,town,field,bus,yes,15,0.5,50,,,,,,,,,made-up
gate-haven,gate,haven,road,,40,0.7,50,gate-exit,gate-entry,,,,,,,made-up
gate-haven-bus,gate,haven,bus,,40,0.9,150,gate-exit,gate-entry,,,,,,,made-up
gate-haven-foot,gate,haven,foot,,5,1,0,gate-exit,gate-entry,,no,,,,,made-up
haven-gate,haven,gate,road,,40,0.7,50,gate-back-exit,gate-back-entry,,,,,,,made-up
field-isle,field,isle,air,,1700,3,8000,field-exit,,foreign,,150,07:30|19:00,,0.6,made-up
isle-field,isle,field,air,,1700,3,8000,,field-entry,,,150,12:00,,0.6,made-up
""",
    "checkpoint": """\
id,name,post,side,country,rate_hour,size,room,share_car,share_bus,share_foot,source
gate-exit,"Gate, exit",gate,exit,AAA,100,known,,0.6,0.3,0.1,made-up
gate-entry,"Gate, Haven's side",gate,entry,BBB,140,known,120,0.6,0.3,0.1,made-up
gate-back-exit,"Gate, Haven's exit",gate,exit,BBB,140,medium,,1,0,0,made-up
gate-back-entry,"Gate, entry",gate,entry,AAA,100,medium,,1,0,0,made-up
field-exit,"Field, exit",field,exit,AAA,,known,,1,0,0,made-up
field-entry,"Field, entry",field,entry,AAA,,known,,1,0,0,made-up
""",
    "cohort": """\
id,name,group,nationality,document,liable,size,share,ordinary,stays,car,value_of_time,budget,\
leave_per_day,return_per_day,onward_per_day,patience_hours,left_behind,left_behind_share,\
follow_per_day,source
men-car,Men with a car,Men of call-up age,AAA,foreign,yes,1,0.1,,,yes,400,60000,0.0002,0.01,0.002,\
48,families,0.5,,made-up
men,Men without a car,Men of call-up age,AAA,internal,yes,1,0.1,,,no,250,20000,0.0002,0.01,,48,,,,\
made-up
families,Families,Families,AAA,foreign,no,3,0.8,,,yes,400,30000,0.0001,0.01,,24,,,0.02,made-up
visitors,Visitors,Ordinary travellers,AAA,foreign,no,1,,yes,yes,yes,300,,,0.25,,24,,,,made-up
""",
    "traffic": """\
id,cohort,link,per_day,weekday,source
visitors-gate,visitors,gate-haven,240,0.9|0.9|0.9|0.9|1|1.5|0.9,made-up
visitors-field,visitors,field-isle,60,,made-up
""",
    "driver": """\
id,driver,place,applies_to,shape,valid_from,valid_until,value,rise_hours,half_life_days,parameter,\
policy,known_from,until_known_from,assumed,source
decree-shock,decree,all,liable=yes,pulse,2022-09-21T09:00,,1,12,4,amplitude-decree,decree,\
2022-09-21,,no,made-up
rumour,rumour,Town,all,constant,2022-09-20T18:00,2022-09-21T09:00,1,,,amplitude-rumour,,2022-09-20,\
2022-09-21,yes,made-up
""",
    "policy": """\
id,place,kind,applies_to,announced,known_from,valid_from,valid_until,until_known_from,status,detail,\
source_url,confidence
decree,Origin,mobilisation_decree,all,2022-09-21,2022-09-21,2022-09-21,,,in force,The call-up,,high
ban,Isle,entry_ban,men of call-up age,2022-09-23,2022-09-23,2022-09-26,2022-09-28,2022-09-27,\
in force,"No entry for men, for two days",,high
""",
    "report": """\
id,date_start,date_end,place,quantity,value,low,high,unit,scope,publisher,source_url,published_date,\
known_from,derived_from,quote_or_paraphrase,confidence
r1,2022-09-20,2022-09-20,Gate,entries_russian_citizens,250,,,persons/day,daily,Border office,,\
2022-09-21,2022-09-21,,An ordinary day,high
r2,2022-09-23,2022-09-23,Gate,entries_russian_citizens,2300,2200,2400,persons/day,daily,\
Border office,,2022-09-24,2022-09-24,,,high
r3,2022-09-23,2022-09-23,Gate,queue_vehicles,450,,,vehicles,snapshot,A newspaper,,2022-09-23,\
2022-09-23,,,medium
r4,2022-09-23,2022-09-23,Gate,wait_hours,12,10,15,hours,snapshot,A newspaper,,2022-09-23,\
2022-09-23,,"Half a day, they said",low
""",
    "parameter": """\
id,quantity,applies_to,distribution,median,low,high,assumed,reason,source
amplitude-decree,amplitude,decree,lognormal,800,300,2000,yes,Enough to fill the post,made-up
amplitude-rumour,amplitude,rumour,lognormal,10,2,50,yes,A little,made-up
rate-known,rate_factor,known,lognormal,1,0.8,1.25,yes,Officers differ,made-up
home,refused_home_share,,logitnormal,0.6,0.3,0.8,yes,A guess,made-up
people-in-a-car,persons_per_vehicle,car,fixed,2.2,,,yes,Counted once,made-up
""",
    "group": """\
id,what,selector,source
men of call-up age,cohorts,liable=yes,made-up
abroad,places,BBB|CCC,made-up
""",
    "source": """\
id,title,publisher,url,date,licence,note
made-up,A world made up for tests,The borderflow developers,,2022,CC0,
""",
}


def tables() -> Tables:
    """The rows of the tiny world, file by file, as cells; change them as you like."""
    return {kind: list(csv.DictReader(io.StringIO(text))) for kind, text in TABLES.items()}


def render(rows: list[Cells], newline: str = "\n") -> str:
    """Rows as comma-separated text; the columns are all that any row has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator=newline)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def tiny_folder(
    tmp_path: Path,
    *,
    header: Mapping[str, str] | None = None,
    cells: Mapping[str, Mapping[str, Mapping[str, Any] | None]] | None = None,
    add: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
    change: Callable[[Tables], None] | None = None,
    files: Mapping[str, str | bytes | None] | None = None,
) -> Path:
    """Write the tiny world into `tmp_path / "tiny"` and give the folder.

    Parameters
    ----------
    tmp_path : Path
        Where the folder is made.
    header : mapping, optional
        Keys of scenario.toml with what is to stand behind the equals sign: `{"id": '"x"'}`.
    cells : mapping, optional
        Cells to change, by kind, id and column; None in place of the columns deletes the row.
    add : mapping, optional
        Rows to add, by kind; columns that are missing are blank (`source` is filled in).
    change : callable, optional
        Gets all rows before they are written, to do what it likes with them.
    files : mapping, optional
        Whole contents by file name; None deletes the file.
    """
    rows = tables()
    for kind, changes in (cells or {}).items():
        for name, columns in changes.items():
            found = [row for row in rows[kind] if row["id"] == name]
            assert found, f"the tiny world has no {kind} {name!r}"
            if columns is None:
                rows[kind].remove(found[0])
            else:
                found[0].update({column: str(value) for column, value in columns.items()})
    for kind, more in (add or {}).items():
        for new in more:
            row = {column: str(value) for column, value in new.items()}
            if "source" in rows[kind][0]:
                row.setdefault("source", "made-up")
            rows[kind].append(row)
    if change is not None:
        change(rows)
    text = SCENARIO
    for key, value in (header or {}).items():
        lines = [f"{key} = {value}" if ln.startswith(f"{key} =") else ln for ln in text.split("\n")]
        assert "\n".join(lines) != text, f"scenario.toml has no key {key!r}, or it says so already"
        text = "\n".join(lines)
    folder = tmp_path / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    contents: dict[str, str | bytes | None] = {"scenario.toml": text}
    contents |= {FILES[kind]: render(kept) for kind, kept in rows.items() if kept}
    contents |= files or {}
    for name, content in contents.items():
        path = folder / name
        if content is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def tiny(tmp_path: Path, **changes: Any) -> Scenario:
    """The tiny world as a scenario; the changes are those of `tiny_folder`."""
    scenario, findings = read(tiny_folder(tmp_path, **changes))
    assert scenario is not None, "\n".join(map(str, findings))
    return scenario
