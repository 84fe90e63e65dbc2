"""What ships beside the code is true: no network, bill of materials, licences, citations."""

import json
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

from borderflow import loading
from borderflow.cite import AUTHORS, TITLE
from worlds import tiny_folder

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
BLOCKED = """\
import socket, sys

def refuse(*words, **more):
    sys.exit("a socket was opened")

socket.socket.__init__ = refuse
socket.getaddrinfo = socket.create_connection = refuse
from borderflow.cli import main
sys.exit(main())
"""


def test_a_run_opens_no_socket(tmp_path: Path) -> None:
    world = tiny_folder(tmp_path)
    few = ["--members", "10", "--out", str(tmp_path / "out")]
    days = ["--as-of", "2022-09-23", "--until", "2022-09-25"]
    for words in (["run", str(world), *few], ["forecast", str(world), *days, *few]):
        done = subprocess.run(
            [sys.executable, "-c", BLOCKED, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
    seen = subprocess.run(
        [sys.executable, "-c", BLOCKED.replace("sys.exit(main())", "socket.socket()")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "a socket was opened" in seen.stderr


def test_the_bill_of_materials_is_that_of_the_lock_file() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    bill = runpy.run_path(str(ROOT / ".ci" / "sbom"))["bill"](lock, PROJECT)
    kept = json.loads((ROOT / "sbom.cdx.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(bill)), "renew it with make sbom"
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert {one["name"] for one in kept["components"]} == pinned
    assert all(one["hashes"] for one in kept["components"])


def test_every_source_has_its_licence_listed() -> None:
    text = (ROOT / "DATA.md").read_text("utf-8")
    for name in loading.scenarios():
        assert f"`{name}`" in text
        for row in loading.load(name).sources:
            listed = rf"^\| `{re.escape(row.id)}` \| .* \| {re.escape(row.licence)} \|$"
            assert row.licence, f"{row.id} has no licence"
            assert re.search(listed, text, re.MULTILINE), f"{row.id}: not so in DATA.md"


def test_citation_files_agree() -> None:
    zenodo = json.loads((ROOT / ".zenodo.json").read_text("utf-8"))
    meta = json.loads((ROOT / "codemeta.json").read_text("utf-8"))
    cff = (ROOT / "CITATION.cff").read_text("utf-8")
    version = PROJECT["version"]
    assert zenodo["version"] == meta["version"] == version
    assert f"version: {version}" in cff
    assert zenodo["title"] == TITLE
    assert TITLE in cff
    assert zenodo["creators"] == [{"name": AUTHORS}]
    assert meta["license"].endswith(zenodo["license"])
    assert (ROOT / "SECURITY.md").is_file()
