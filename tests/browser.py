"""A real browser for the tests of the page: Debian's chromium, watched for requests and errors."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, Playwright, Request

from conftest import ROOT

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_BROWSER = "there is no chromium: apt install chromium, or name one in BORDERFLOW_CHROMIUM"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 60_000
"""Milliseconds for anything to appear: a loaded machine is slow, and that is no failure."""


def chromium() -> str:
    """Where the browser is; installed if it is missing and the user is root; else a skip."""
    found = os.environ.get("BORDERFLOW_CHROMIUM") or shutil.which("chromium")
    if not found and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["update", "-qq"],
            ["install", "-y", "-qq", "chromium", "fonts-dejavu-core"],
        ):
            subprocess.run(
                ["apt-get", *command], env=env, capture_output=True, timeout=600, check=False
            )
        found = shutil.which("chromium")
    if not found:
        pytest.skip(NO_BROWSER)
    return found


def launch(playwright: Playwright) -> Browser:
    """A browser in software rendering that talks to nobody by itself."""
    return playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))


class Watch:
    """What a page asked of the network and what it complained about."""

    def __init__(self, page: Page, allowed: tuple[str, ...]) -> None:
        self.page = page
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.allowed = ("data:", "blob:", *allowed)
        page.on("request", self._request)
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _request(self, request: Request) -> None:
        if not request.url.startswith(self.allowed):
            self.foreign.append(request.url)

    def check(self) -> None:
        """Nothing left the machine, nothing went wrong."""
        assert self.foreign == []
        assert self.errors == []


@contextmanager
def opened(
    browser: Browser, address: str, state: str = "", *, quiet: bool = True, **context: Any
) -> Iterator[Page]:
    """A page at an address with a state in its hash, watched until it is closed.

    Parameters
    ----------
    browser : Browser
        The browser.
    address : str
        Of the file, or of the server.
    state : str
        What stands after ``#``.
    quiet : bool
        Nothing in the console may be an error (a test of refused input expects some).
    **context
        Of the browser's context: size, colours, language ...
    """
    settings: dict[str, Any] = {
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        **context,
    }
    with browser.new_context(**settings) as held:
        page = held.new_page()
        page.set_default_timeout(PATIENCE)
        root = address if address.startswith("file:") else address.split("/", 3)[2]
        watch = Watch(page, (address,) if address.startswith("file:") else (f"http://{root}/",))
        page.goto(f"{address}#{state}" if state else address)
        page.wait_for_selector(".map canvas", timeout=3 * PATIENCE)
        yield page
        if quiet:
            watch.check()
        assert watch.foreign == []


def until(page: Page, condition: str) -> None:
    """Wait for something to become true (the page's policy forbids Playwright's own way)."""
    for _ in range(PATIENCE // 50):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {condition}")


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical against WCAG 2.2 AA: rule and element."""
    if not AXE.is_file():
        pytest.skip("axe-core is missing: run 'make page' once (it needs Node)")
    # A page with a strict policy takes no script of strangers; the tool is put in beside it.
    try:
        page.evaluate(AXE.read_text(encoding="utf-8"))
    except Error as error:  # pragma: no cover
        raise AssertionError(f"axe could not be put into the page: {error}") from error
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: tags, resultTypes: ['violations']})", tags)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def picture(page: Page, name: str) -> None:
    """Keep a picture for the documentation where BORDERFLOW_PICTURES names a folder."""
    folder = os.environ.get("BORDERFLOW_PICTURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.jpg"), quality=80)
