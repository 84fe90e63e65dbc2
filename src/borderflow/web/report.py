"""The page as one file that one can mail: everything in it, nothing fetched, ever."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from borderflow.errors import GaveUpError, ScenarioError, complaint
from borderflow.runfolder import MANIFEST, PROGRAM, missing
from borderflow.web.view import FILE, FORMAT, View, compact, view
from borderflow.wholefile import DiskFullError, atomic, read_json

STATIC = Path(__file__).with_name("static")
"""Folder of the built page."""

SCRIPT = '<script type="module" src="./app.js"></script>'
STYLE = '<link rel="stylesheet" href="./app.css">'

MOST = 4
"""Runs that one page can set side by side."""


def read_view(folder: Path) -> View:
    """What the page shows of a run that was kept: of `run --out` or of `forecast --out`.

    Parameters
    ----------
    folder : Path
        The folder.

    Raises
    ------
    ScenarioError
        If it is no such folder.
    """
    says = read_json(folder / MANIFEST)
    if says is None or says.get("program") != PROGRAM:
        message = "not the folder of a run (borderflow run --out makes one)"
        raise _refuse(folder, missing(folder, message))
    if says.get("kind") == "forecast":
        from borderflow import forecast

        found = forecast.read(folder)
        day = found.as_of.isoformat()
        learned = found.unlearned is not None
        return view(
            found.main,
            kind="forecast",
            origin_date=day,
            learned=learned,
            before=found.unlearned,
        )
    seen = read_json(folder / FILE)
    if seen is None:
        message = (
            f"there is no {FILE} in it: only 'run' and 'forecast' leave what the page shows, "
            "and those of earlier versions are run again"
        )
        raise _refuse(folder, message)
    if seen.get("format") != FORMAT or View.__required_keys__ - seen.keys():
        raise _refuse(folder, f"its {FILE} was written by another version of borderflow; run again")
    if seen.get("head", {}).get("digest") != says.get("digest"):
        raise _refuse(folder, f"its {FILE} is of another run than its {MANIFEST}; run again")
    return cast(View, seen)


def _refuse(folder: Path, message: str) -> ScenarioError:
    return ScenarioError([complaint("RUN_DIR", folder, message)])


def page(runs: Sequence[View]) -> str:
    """The page with runs in it, as one HTML file.

    Its own scripts and styles are named by their hashes in a content security policy that allows
    nothing else: no script from data, and no request.

    Parameters
    ----------
    runs : sequence of View
        The main run first; more to compare with.

    Raises
    ------
    GaveUpError
        If this copy of borderflow came without the built page.
    """
    index, base = built("index.html"), built("base-map.json")
    # What would end the element, or hide its end, is written so that it means the same.
    script = re.sub(r"</(script)", r"<\\/\1", built("app.js"), flags=re.IGNORECASE)
    script = script.replace("<!--", r"\x3c!--")
    style = re.sub(r"</(style)", r"<\\/\1", built("app.css"), flags=re.IGNORECASE)
    policy = (
        "default-src 'none'; "
        f"script-src '{digest(script)}'; style-src '{digest(style)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    blocks = [
        data_block("base-map", json.loads(base)),
        data_block("view", {"format": FORMAT, "runs": list(runs)}),
        f'<script type="module">{script}</script>',
    ]
    for mark in (SCRIPT, STYLE, "</body>", "<head>"):
        if index.count(mark) != 1:
            raise GaveUpError(f"the built page lacks {mark}: build it again")
    head = f'<head>\n<meta http-equiv="Content-Security-Policy" content="{policy}">'
    title = html.escape(f"{runs[0]['head']['name']} — borderflow")
    title = f"<title>{title}</title>"
    index = re.sub(r"<title>.*?</title>", lambda _: title, index, flags=re.DOTALL)
    return (
        index.replace(SCRIPT, "")
        .replace("<head>", head)
        .replace(STYLE, f"<style>{style}</style>")
        .replace("</body>", "\n".join([*blocks, "</body>"]))
    )


def built(name: str) -> str:
    """A file of the built page.

    Parameters
    ----------
    name : str
        Its name.

    Raises
    ------
    GaveUpError
        If it is not there.
    """
    try:
        return (STATIC / name).read_text(encoding="utf-8").replace("\r\n", "\n")
    except OSError as error:
        message = f"this copy of borderflow came without the built page: {name} is missing"
        raise GaveUpError(message) from error


def digest(text: str) -> str:
    """A script or style as a content security policy names it.

    Parameters
    ----------
    text : str
        What stands between its tags.
    """
    found = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(found).decode()}"


def data_block(name: str, data: object) -> str:
    r"""Plain data as a block of an HTML page that no text in it can end.

    Parameters
    ----------
    name : str
        Id of the element.
    data : object
        Dictionaries, lists, texts and numbers.

    Examples
    --------
    >>> data_block("view", ["</script>"])
    '<script type="application/json" id="view">["\\u003c/script\\u003e"]</script>'
    """
    text = compact(data)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return f'<script type="application/json" id="{name}">{text}</script>'


def write(runs: Sequence[View], path: Path) -> int:
    """Write the page with runs in it; nothing half-written is left under its name.

    Parameters
    ----------
    runs : sequence of View
        The main run first.
    path : Path
        The file.

    Returns
    -------
    int
        Its size in bytes.

    Raises
    ------
    ScenarioError
        If it cannot be written.
    GaveUpError
        If the disk is full. A file that was there stays as it was.
    """
    content = page(runs).encode()
    try:
        with atomic(path) as file:
            file.write(content)
    except DiskFullError as error:
        raise GaveUpError(f"the disk is full; {path} is not written") from error
    except (OSError, ValueError) as error:
        says = getattr(error, "strerror", None) or str(error)
        message = f"the file cannot be written: {says}"
        raise ScenarioError([complaint("--out", path, message)]) from error
    return len(content)
