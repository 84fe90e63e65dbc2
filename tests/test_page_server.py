"""The page with the server behind it, in a real browser: what if, progress, cancelling, files."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from browser import launch, opened, picture, serious, until
from worlds import tiny_folder

MEMBERS = 12


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own on a free port, started as a user does, with a small world."""
    # A shock that fills the post in every member, so that the sign of what a rule does is sure.
    shock = {"median": "6000", "low": "5000", "high": "7000"}
    cells = {"parameter": {"amplitude-decree": shock}}
    world = tiny_folder(tmp_path_factory.mktemp("serve"), cells=cells)
    start = "import sys; from borderflow.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "serve", str(world), "--port", "0"]
    command += ["--members", str(MEMBERS), "--json"]
    log = world.parent / "serve.log"
    with log.open("w") as said:
        server = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        try:
            end = time.monotonic() + 120
            while time.monotonic() < end and server.poll() is None:
                found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
                if found and answers(found[0]):
                    break
                time.sleep(0.1)
            assert found, log.read_text()
            yield found[0]
        finally:
            server.terminate()
            server.wait(30)


def answers(address: str) -> bool:
    """Whether somebody listens there yet."""
    host, port = address.split("/")[2].split(":")
    with socket.socket() as own:
        return own.connect_ex((host, int(port))) == 0


def panel(page: Page) -> str:
    return page.locator(".whatif").inner_text()


def run(page: Page) -> None:
    """Ask, and wait for the answer."""
    page.get_by_role("button", name="Run", exact=True).click()
    until(page, "!document.querySelector('.whatif .main').disabled")
    assert page.locator(".whatif [role=status]").inner_text() == "Done.", panel(page)


def test_the_page_opens_and_nothing_leaves_the_machine(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        assert "Scenario, not prediction" in page.locator("header").first.inner_text()
        page.locator("[data-tab=whatif]").click()
        assert serious(page) == []
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Download the run").click()
        assert Path(waiting.value.path()).read_bytes()[:2] == b"PK"


def test_a_rule_is_switched_off(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.get_by_role("switch", name=re.compile("Origin")).uncheck()
        run(page)
        said = panel(page)
        assert "Load that is removed" in said
        assert re.search(r"entries above ordinary: -[\d,]+ \(-[\d,]+–-[\d,]+\)", said), said
        assert "Within this model" in said
        assert "stopped" not in page.locator("body").inner_text().lower()
        assert page.locator(".map-told").is_visible()
        assert page.locator(".answer figure").count() == 2
        assert page.locator(".answer .band.outer").count() == 1
        page.locator(".answer").evaluate("element => element.scrollIntoView()")
        picture(page, "what-if")
        assert serious(page) == []
        state = page.url.split("#", 1)[1]
    # The address keeps the question and the answer.
    with opened(browser, address, state) as again:
        again.locator(".answer figure").first.wait_for()
        assert not again.get_by_role("switch", name=re.compile("Origin")).is_checked()
        again.get_by_role("button", name="Start over").click()
        assert again.locator(".answer").count() == 0
        assert again.get_by_role("switch", name=re.compile("Origin")).is_checked()


def test_a_rule_is_moved_by_the_keyboard(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        row = page.locator("[data-policy=ban]")
        row.locator("summary").click()
        slider = row.locator("input[type=range]").first
        slider.focus()
        slider.press("ArrowLeft")
        slider.press("ArrowLeft")
        until(page, "location.hash.includes('moved')")
        assert '"from":"2022-09-24"' in page.evaluate("decodeURIComponent(location.hash)")
        run(page)
        assert "Isle" in panel(page) or "makes no difference" in panel(page)


def test_rules_and_reports_are_added(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.locator("summary", has_text="Add a rule").click()
        form = page.locator("form.add").first
        names = form.locator("select[name=kind] option").evaluate_all(
            "all => all.map(o => o.value)"
        )
        wanted = ["lanes", "staff", "hours", "foot_allowed", "bus", "train", "documents"]
        assert sorted(names) == sorted([*wanted, "open", "close"])
        form.locator("select[name=kind]").select_option("lanes")
        form.locator("input[name=factor]").fill("3")
        form.locator("input[name=from]").fill("2022-09-21")
        form.get_by_role("button").click()
        assert "More or fewer lanes" in page.locator(".added").inner_text()
        page.locator("summary", has_text="Add a report").click()
        report = page.locator("form.add").last
        report.locator("select[name=place]").select_option(label="Gate")
        report.locator("select[name=quantity]").select_option("queue_vehicles")
        report.locator("input[name=start]").fill("2022-09-24")
        report.locator("input[name=value]").fill("250")
        report.locator("input[name=source]").fill("a colleague")
        report.get_by_role("button").click()
        assert "a colleague" in page.locator(".added").inner_text()
        run(page)
        said = panel(page)
        assert re.search(r"Gate: .*(waiting|wait).* -", said), said
        assert "250" in page.locator(".answer").inner_text()


def test_a_job_can_be_cancelled(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.get_by_role("switch", name=re.compile("Isle")).uncheck()
        page.get_by_label("Simulated worlds").select_option("400")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("button", name="Cancel").click()
        until(page, "document.querySelector('.whatif [role=status]').textContent == 'Cancelled.'")
        assert page.get_by_role("button", name="Run", exact=True).is_enabled()
        assert page.locator("progress").is_hidden()


def test_what_cannot_be_asked_is_said(browser: Browser, address: str) -> None:
    question = {"without": ["nonsense"], "moved": [], "added": [], "reports": []}
    state = f"lang=en&tab=whatif&ask={json.dumps(question)}"
    with opened(browser, address, state, quiet=False) as page:
        page.get_by_role("button", name="Run", exact=True).click()
        alert = page.locator(".whatif [role=alert]")
        alert.locator("li").wait_for()
        assert "nonsense" in alert.inner_text() or "policy" in alert.inner_text()


def test_a_what_if_is_compared_with_its_base(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.get_by_role("switch", name=re.compile("Origin")).uncheck()
        run(page)
        page.reload()
        page.locator("[data-tab=compare]").click()
        page.locator(".compare input[type=checkbox]").first.check()
        page.locator(".compare .median").nth(1).wait_for(state="attached")
        assert page.locator(".compare tbody tr").count() == 2
        picture(page, "compare")
