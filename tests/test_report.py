"""The report is one file that fetches nothing, and no text of a scenario becomes markup in it."""

import base64
import errno
import hashlib
import json
import os
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from borderflow import api, forecast, output
from borderflow.cli import main
from borderflow.errors import ScenarioError
from borderflow.web import report
from borderflow.web.view import beside, view
from worlds import tiny

HOSTILE = '</script><img src=x onerror="alert(1)"><!--\u2028&amp;'
BUILT = {
    "index.html": f"""<!doctype html>
<html lang="en"><head>
<meta charset="utf-8"><title>borderflow</title>
{report.STYLE}
{report.SCRIPT}
</head><body><div id="app"></div></body></html>
""",
    "app.js": 'const a = "</script><!-- b";\nconsole.log(a);\n',
    "app.css": "body { color: #111; }\n",
    "base-map.json": '{"type": "Topology", "objects": {}}',
}


class Elements(HTMLParser):
    """The elements of a page: name, attributes, and the text in them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))
        self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.found[-1][2].append(data)

    def all(self, name: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, "".join(text)) for tag, attrs, text in self.found if tag == name]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page of a few lines in place of the built one."""
    folder = tmp_path / "static"
    folder.mkdir()
    for name, text in BUILT.items():
        (folder / name).write_text(text, "utf-8")
    monkeypatch.setattr(report, "STATIC", folder)
    return folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run whose scenario has hostile names."""
    home = tmp_path_factory.mktemp("report")
    cells = {
        "place": {"haven": {"name": HOSTILE}},
        "report": {"r1": {"source_url": "javascript:alert(1)"}},
    }
    results = api.run(tiny(home, cells=cells), members=2)
    folder = home / "answer"
    folder.mkdir()
    output.write(results, folder, beside=beside(view(results)))
    return folder


def test_the_file_holds_everything_and_fetches_nothing(
    built: Path, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.html"
    assert main(["report", str(kept), "-o", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["bytes"] == path.stat().st_size
    assert said["runs"][0]["members"] == 2
    page = Elements(path.read_text("utf-8"))
    for tag, attrs, _ in page.found:
        assert not attrs.keys() & {"src", "href", "srcset", "action"}, (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
    policy = next(a for a, _ in page.all("meta") if a.get("http-equiv"))["content"]
    assert policy is not None
    assert "default-src 'none'" in policy
    scripts = {attrs.get("id") or attrs["type"]: text for attrs, text in page.all("script")}
    assert set(scripts) == {"base-map", "view", "module"}
    for text in (scripts["module"], page.all("style")[0][1]):
        found = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{found}'" in policy
    assert json.loads(scripts["base-map"]) == json.loads(BUILT["base-map.json"])
    seen = json.loads((kept / "view.json").read_text("utf-8"))
    assert json.loads(scripts["view"]) == {"format": 1, "runs": [seen]}
    assert HOSTILE in [place["name"] for place in seen["places"]]
    assert page.all("title")[0][1] == "A tiny world — borderflow"
    assert page.all("img") == []


def test_only_web_addresses_become_links(kept: Path) -> None:
    seen = report.read_view(kept)
    assert {r["url"] for r in seen["reports"]} == {""}


def test_the_policy_names_its_own_scripts_only(built: Path) -> None:
    (built / "app.js").write_text("x\r\ny", "utf-8")
    assert report.built("app.js") == "x\ny"  # as a browser reads it, so that the hash holds


@pytest.mark.parametrize(
    ("break_", "says"),
    [
        (lambda folder: (folder / "view.json").unlink(), "there is no view.json"),
        (lambda folder: (folder / "view.json").write_text("{", "utf-8"), "there is no view.json"),
        (lambda folder: (folder / "view.json").write_text("[" * 9**5, "utf-8"), "no view.json"),
        (lambda folder: (folder / "view.json").write_text('{"format": 9}', "utf-8"), "another"),
        (lambda folder: (folder / "manifest.json").unlink(), "not the folder of a run"),
    ],
    ids=["missing", "broken", "deep", "other-version", "no-run"],
)
def test_a_folder_that_will_not_do_is_refused(
    break_: Any,
    says: str,
    built: Path,
    kept: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(kept, folder)
    break_(folder)
    assert main(["report", str(folder), "-o", str(tmp_path / "x.html")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x.html").exists()


def test_a_view_of_another_run_is_refused(built: Path, kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(kept, folder)
    text = (folder / "view.json").read_text("utf-8")
    seen = json.loads(text)
    seen["head"]["digest"] = "0" * 64
    (folder / "view.json").write_text(json.dumps(seen), "utf-8")
    with pytest.raises(ScenarioError, match="of another run"):
        report.read_view(folder)


def test_a_forecast_has_a_page_too(built: Path, tmp_path: Path) -> None:
    found = forecast.forecast(tiny(tmp_path), "2022-09-23", "2022-09-26", members=3)
    folder = tmp_path / "forecast"
    folder.mkdir()
    forecast.write(found, folder)
    seen = report.read_view(folder)
    assert seen["head"]["kind"] == "forecast"
    assert seen["head"]["origin_date"] == "2022-09-23"
    assert seen["dates"][-1] == "2022-09-26"
    assert report.write([seen], tmp_path / "f.html") > 1000


def test_where_it_cannot_be_written_it_says_so(
    built: Path, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(kept), "-o", str(tmp_path / "no" / "x.html")]) == 2
    assert main(["report", str(kept), "-o", str(tmp_path)]) == 2
    assert main(["report", *[str(kept)] * 5, "-o", str(tmp_path / "x.html")]) == 2
    said = capsys.readouterr().err
    assert said.count("the file cannot be written") == 2
    assert "at most 4 runs" in said


def test_a_full_disk_is_no_wrong_usage(
    built: Path,
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    page = tmp_path / "x.html"
    page.write_text("of yesterday", "utf-8")
    monkeypatch.setattr(os, "fsync", full)
    assert main(["report", str(kept), "-o", str(page)]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert not list(tmp_path.glob(".x.html*"))
    assert page.read_text("utf-8") == "of yesterday"


def test_without_the_built_page_it_gives_up(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(report, "STATIC", tmp_path / "nowhere")
    assert main(["report", str(kept), "-o", str(tmp_path / "x.html")]) == 1
    assert "without the built page" in capsys.readouterr().err


def test_several_runs_are_side_by_side(built: Path, kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "two.html"
    assert main(["report", str(kept), str(kept), "-o", str(path)]) == 0
    found = re.search(r'id="view">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert len(json.loads(found[1])["runs"]) == 2
