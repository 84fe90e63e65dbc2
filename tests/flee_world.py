"""A tiny conflict in Flee's format, made in code, and a way to spoil one line of it."""

from __future__ import annotations

from pathlib import Path

DAYS = 60

FILES = {
    "input_csv/locations.csv": """\
#name,region,country,latitude,longitude,location_type,conflict_date,population
Alpha,North,Homeland,10.0,20.0,conflict_zone,0,50000
Beta Town,North,Homeland,10.5,20.5,conflict_zone,20,40000

Gamma,North,Homeland,10.2,20.9,town,,
Hub,West,Away,10.1,21.5,forwarding_hub,,
Near,West,Away,10.1,21.8,camp,,9000
Far,West,Away,10.1,23.8,camp,,4000
Other,East,Yonder,11.9,19.8,camp,,
Inside,North,Homeland,10.9,20.9,idpcamp,,3000
Sign,North,Homeland,10.9,20.8,marker,,
""",
    "input_csv/routes.csv": """\
#name1,name2,distance,forced_redirection
Alpha,Beta Town,40,
Alpha,Gamma,60,0
Gamma,Hub,70,
Hub,Near,20,2
Near,Far,180,
Beta Town,Other,150,
Gamma,Sign,20,
Sign,Inside,30,
""",
    "input_csv/closures.csv": """\
#closure_type,name1,name2,closure_start,closure_end
country,Homeland,Yonder,0,10
camp,Far,,0,30
link,Alpha,Beta Town,5,8
location,Inside,,40,-1
remove_forced_redirection,Hub,Near,50,0
# a comment in between
""",
    "input_csv/conflicts.csv": "#Day,Alpha,Beta Town\n"
    + "".join(f"{day},1,{int(day >= 20)}\n" for day in range(DAYS)),
    "input_csv/sim_period.csv": f"StartDate,2020-01-30\n\nLength,{DAYS}\n",
    "input_csv/registration_corrections.csv": "Near,2020-02-19,normalize\n",
    "source_data/data_layout.csv": "total,all.csv\nNear,near.csv\nFar,far.csv,far2.csv\n"
    "Other,other.csv\nInside,inside.csv\nElsewhere,elsewhere.csv\n",
    "source_data/all.csv": "2020-01-30,100\n2020-03-30,10000\n",
    "source_data/near.csv": "#Date,count\n2020-01-30,100\n2020-02-18,4000\n2020-02-19,2000\n"
    "2020-03-10,5000\n2020-03-12,\n2020-03-30,4600\n",
    "source_data/far.csv": "2020-01-30,0\n2020-02-29,0\n2020-03-30,1500\n",
    "source_data/far2.csv": "2020-01-30,0\n2020-02-29,0\n2020-03-30,500\n",
    "source_data/other.csv": "2020-01-20,0\n2020-02-10,0\n2020-03-30,2500\n",
    "source_data/inside.csv": "2020-01-30,0\n2020-03-30,900\n",
    "source_data/elsewhere.csv": "2020-01-30,0\n2020-03-30,60\n",
}
"""Name and text of every file."""

TEXTS = {Path(name).stem: text for name, text in FILES.items()}
"""The texts by the last part of the name, without the ending."""


def flee_world(home: Path, **changes: str | None) -> Path:
    """Write the conflict into a folder; a file may be given another text, or None to leave it out.

    Files are named by their last part without the ending: ``routes="..."``.
    """
    for name, text in FILES.items():
        stem = Path(name).stem
        content = changes.pop(stem, text)
        if content is None:
            continue
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert not changes, f"no such file: {changes}"
    return home


def replaced(stem: str, old: str, new: str) -> dict[str, str]:
    """A change of one file: one text in it becomes another."""
    text = TEXTS[stem]
    assert text.count(old) == 1, (stem, old)
    return {stem: text.replace(old, new)}


def separated(stem: str, mark: str) -> dict[str, str]:
    """A change of one file: its cells are separated by something else than commas."""
    return {stem: TEXTS[stem].replace(",", mark)}
