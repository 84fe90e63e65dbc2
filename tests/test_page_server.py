"""The page with the server behind it, in a real browser: what if, progress, cancelling, files."""

import itertools
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from browser import launch, opened, picture, serious, until
from worlds import tiny_folder

MEMBERS = 12


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of its own on a free port, started as a user does, with a small world."""
    # A shock that fills the post in every member, so that the sign of what a rule does is sure.
    shock = {"median": "6000", "low": "5000", "high": "7000"}
    cells = {"parameter": {"amplitude-decree": shock}}
    world = tiny_folder(folder, cells=cells)
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
            yield found[0], server
        finally:
            server.terminate()
            server.wait(30)


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("serve")) as (found, _):
        yield found


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


def drag(page: Page, mark: Locator, days: float) -> None:
    """Drag with the mouse, and stop before the button is let go."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    width = page.locator(".timeline").bounding_box()
    assert box is not None
    assert width is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    day = (width["width"] - 16) / 10  # ten days are shown
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * day / 2, y + 3)
    page.mouse.move(x + days * day, y + 3)


def asked(page: Page) -> list[dict[str, str]]:
    """The moved rules of the question, as the address keeps them."""
    page.wait_for_timeout(300)  # the address follows a quarter of a second later
    found = page.evaluate("new URLSearchParams(location.hash.slice(1)).get('ask')")
    return [] if found is None else list(json.loads(found)["moved"])


BAN = ".timeline .item[data-policy=ban]"
NARROW = {"width": 360, "height": 740}


@pytest.mark.parametrize(
    "look", [{}, {"reduced_motion": "reduce", "viewport": NARROW}, {"lang": "ar"}], ids=str
)
def test_a_rule_is_dragged_on_the_timeline(
    browser: Browser, address: str, look: dict[str, Any]
) -> None:
    settings = dict(look)
    state = f"lang={settings.pop('lang', 'en')}&tab=whatif&t=8"
    with opened(browser, address, state, **settings) as page:
        moment = page.locator(".moment").inner_text()
        drag(page, page.locator(f"{BAN} .grip"), -3)
        assert page.locator(BAN).evaluate("e => e.classList.contains('dragged')")
        assert asked(page) == []  # nothing is asked before it is dropped
        page.mouse.up()
        assert asked(page) == [{"id": "ban", "from": "2022-09-23", "until": "2022-09-28"}]
        assert page.locator(".moment").inner_text() == moment  # no click came of it
        assert page.locator(f"{BAN}.moved").count() == 1
        # The panel says the same, and moving it back there takes it out of the question.
        row = page.locator("[data-policy=ban].rule")
        row.locator("summary").click()
        slider = row.locator("input[type=range]").first
        assert slider.input_value() == "4"
        for _ in range(3):
            slider.press("ArrowLeft" if "lang" in look else "ArrowRight")
        assert asked(page) == []
        assert page.locator(f"{BAN}.moved").count() == 0
        # Its end is dragged too, and not beyond its beginning; Escape leaves it where it was.
        drag(page, page.locator(".timeline .grip-end[data-policy=ban]"), -5)
        page.keyboard.press("Escape")
        page.mouse.up()
        assert asked(page) == []
        drag(page, page.locator(".timeline .grip-end[data-policy=ban]"), -5)
        page.mouse.up()
        assert asked(page) == [{"id": "ban", "from": "2022-09-26", "until": "2022-09-27"}]
        # A click still shows the moment of the rule.
        page.locator(f"{BAN} .mark").click(force=True)
        assert page.locator(".moment").inner_text() != moment
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_rule_is_moved_by_keys_on_the_timeline(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=details&t=8") as page:
        said = page.locator(".timeline-section .said")
        assert "Shift" in said.inner_text()
        page.locator(".timeline .item").first.focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.dataset.policy") == "ban"
        for key in ("Shift+ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowDown"):
            page.keyboard.press(key)
        assert asked(page) == [{"id": "ban", "from": "2022-09-24", "until": "2022-09-27"}]
        assert "t=8" in page.url  # the time of the page stays
        # What is moved keeps the focus and says so; from there it is one step to the question.
        assert page.evaluate("document.activeElement.dataset.policy") == "ban"
        assert "in this run: 26 Sept 2022 – 28 Sept 2022" in said.inner_text()
        said.get_by_role("button", name="To the what-if").click()
        assert page.evaluate("document.activeElement.innerText") == "Run"
        run(page)
        assert "Isle" in panel(page)


def test_a_finger_drags_the_mark_of_a_rule(browser: Browser, address: str) -> None:
    touching = {"viewport": NARROW, "has_touch": True, "is_mobile": True}
    with opened(browser, address, "lang=en&t=8", **touching) as page:
        mark = page.locator(f"{BAN} .grip")
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        touch = page.context.new_cdp_session(page)
        day = page.evaluate("(document.querySelector('.timeline').clientWidth - 16) / 10")

        def finger(kind: str, *points: float) -> None:
            touch.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": at, "y": y} for at in points]},
            )

        finger("touchStart", x)
        for step in range(1, 9):
            finger("touchMove", x - step * day / 4)
        finger("touchEnd")
        assert [move["from"] for move in asked(page)] == ["2022-09-24"]


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
        report_vehicles(page, "250")
        assert "a colleague" in page.locator(".added").inner_text()
        run(page)
        said = panel(page)
        assert re.search(r"Gate: .*(waiting|wait).* -", said), said
        assert "250" in page.locator(".answer").inner_text()


def report_vehicles(page: Page, number: str, day: str = "2022-09-24") -> None:
    """Add a report of the queue at the post, as somebody who heard of it does."""
    page.locator("summary", has_text="Add a report").click()
    report = page.locator("form.add").last
    report.locator("select[name=place]").select_option(label="Gate")
    report.locator("select[name=quantity]").select_option("queue_vehicles")
    report.locator("input[name=start]").fill(day)
    report.locator("input[name=value]").fill(number)
    report.locator("input[name=source]").fill("a colleague")
    report.get_by_role("button").click()


def test_reports_alone_say_what_they_change(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        # Far below what the worlds hold on the last day: those with the shortest queues count.
        report_vehicles(page, "200", "2022-09-28")
        run(page)
        said = panel(page)
        counted = re.search(r"Weighed by added reports \(1\): (\d+) of 50 simulated worlds", said)
        assert counted, said
        assert 15 <= int(counted[1]) < 50
        assert "An approximation: a forecast learns properly." in said
        assert "What the reports change" in said
        arms = r"([\d,]+) \([\d,]+–[\d,]+\)"
        waiting = re.search(rf"Gate: people waiting at the exit \(highest\): {arms} → {arms}", said)
        assert waiting, said
        before, after = (int(one.replace(",", "")) for one in waiting.groups())
        assert after < before
        # Both arms with their bands, and no difference: nothing is paired.
        assert page.locator(".answer figure").count() == 1
        assert page.locator(".answer .band.outer").count() == 2
        page.locator("summary", has_text="All differences").click()
        heads = page.locator(".answer th[scope=col]").all_inner_texts()
        assert heads[1] == "without the reports"
        assert heads[3] == "with the reports"
        assert page.locator(".map-told").is_hidden()
        assert serious(page) == []
        # The run with the reports can be compared, and says on its own page that they weigh it.
        page.reload()
        page.locator(".answer figure").first.wait_for()
        page.locator("[data-tab=compare]").click()
        page.locator(".compare label", has_text="weighed by reports (1)").first.click()
        page.locator(".compare .median").nth(1).wait_for(state="attached")
        page.locator(".compare tbody tr").nth(1).wait_for()
        page.get_by_label("Run", exact=True).select_option(
            page.locator("option", has_text="weighed by reports").first.get_attribute("value")
        )
        page.get_by_text("The worlds are weighed by added reports (1)").wait_for()


def test_reports_and_rules_together(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.get_by_role("switch", name=re.compile("Origin")).uncheck()
        report_vehicles(page, "600")
        run(page)
        said = panel(page)
        assert "Weighed by added reports (1)" in said
        number = r"-[\d,]+ \(-[\d,]+–-[\d,]+\)"
        line = rf"entries above ordinary: {number} · without the reports {number}"
        assert re.search(line, said), said
        assert page.locator(".answer figure").count() == 2
        assert page.locator(".answer .band.outer").count() == 3
        assert serious(page) == []


def test_a_job_can_be_cancelled(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.get_by_role("switch", name=re.compile("Isle")).uncheck()
        page.get_by_label("Simulated worlds").select_option("400")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("button", name="Cancel").click()
        until(page, "document.querySelector('.whatif [role=status]').textContent == 'Cancelled.'")
        assert page.get_by_role("button", name="Run", exact=True).is_enabled()
        assert page.locator("progress").is_hidden()


def test_a_question_ends_with_its_server(browser: Browser, tmp_path: Path) -> None:
    with (
        serving(tmp_path) as (own, server),
        opened(browser, own, "lang=en&tab=whatif", quiet=False) as page,
    ):
        page.get_by_role("switch", name=re.compile("Isle")).uncheck()
        page.get_by_label("Simulated worlds").select_option("400")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text(re.compile(r"\d / 400")).wait_for()
        server.kill()
        until(page, "!document.querySelector('.whatif .main').disabled")
        assert page.locator(".whatif [role=status]").inner_text() == "This failed."
        assert page.locator(".whatif progress").is_hidden()


def test_a_job_that_is_forgotten_has_failed(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif", quiet=False) as page:
        page.route("**/api/jobs", lambda route: route.fulfill(status=202, json={"id": "lost"}))
        page.get_by_role("switch", name=re.compile("Isle")).uncheck()
        page.get_by_role("button", name="Run", exact=True).click()
        until(page, "document.querySelector('.whatif [role=status]').textContent == 'This failed.'")
        assert page.get_by_role("button", name="Run", exact=True).is_enabled()


@pytest.mark.parametrize("times", [1, 1000])
def test_a_broken_line_costs_no_answer(browser: Browser, address: str, times: int) -> None:
    broken = itertools.chain(itertools.repeat("abort", times), itertools.repeat("continue_"))
    with opened(browser, address, "lang=en&tab=whatif", quiet=False) as page:
        page.route("**/api/jobs/*/events", lambda route: getattr(route, next(broken))())
        page.get_by_role("switch", name=re.compile("Isle")).uncheck()
        run(page)
        page.locator(".answer figure").first.wait_for()


def test_more_worlds_are_asked_for_while_a_question_runs(browser: Browser, address: str) -> None:
    with opened(browser, address, "lang=en&tab=whatif") as page:
        page.get_by_role("switch", name=re.compile("Isle")).uncheck()
        page.get_by_label("Simulated worlds").select_option("200")
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_role("button", name="Simulate 200 worlds").click()
        page.get_by_text("200 simulated worlds are ready.").wait_for()
        until(page, "!document.querySelector('.whatif .main').disabled")
        assert page.locator(".whatif [role=status]").inner_text() == "Done.", panel(page)
        assert "200 simulated worlds, each with and without" in panel(page)
        page.get_by_role("button", name="Show them").click()
        page.get_by_text("200 simulated worlds that follow").wait_for()


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
