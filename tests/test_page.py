"""The page as a file, in a real browser: each thing that a reader does with it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from borderflow import api, loading
from borderflow.web import report
from borderflow.web.view import View, view
from browser import launch, opened, picture, serious, until
from conftest import ROOT

WORDS = ROOT / "web" / "src" / "words"
LANGUAGES = ("en", "fr", "es", "ru", "uk", "ar")
POST = "lars"
NOON = "t=100"
"""26 September, noon: the queue at Verkhny Lars stands."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def views() -> list[View]:
    """Two small runs of the shipped scenario: with all facts, and as known on 27 September."""
    scenario = loading.load("russia-2022")
    runs = [api.run(scenario, members=4), api.run(scenario, members=4, as_of="2022-09-27")]
    return [view(results) for results in runs]


@pytest.fixture(scope="module")
def file(views: list[View], tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    report.write(views, path)
    return path.as_uri()


def test_a_report_can_be_mailed(views: list[View], tmp_path: Path) -> None:
    path = tmp_path / "one.html"
    report.write(views[:1], path)
    assert path.stat().st_size < 3e6


def step(page: Page) -> int:
    return int(page.locator(".slider").input_value())


def text(where: Locator) -> str:
    return where.inner_text()


def test_the_first_screen_says_what_it_shows(
    browser: Browser, file: str, views: list[View]
) -> None:
    with opened(browser, file) as page:
        assert "Scenario, not prediction" in text(page.locator("header").first)
        assert "who crosses the borders of Russia" in text(page.locator(".sentence"))
        names = page.locator(".cards dt").all_inner_texts()
        assert [name.split(" (")[0] for name in names] == [
            "Crossings above ordinary travel",
            "People staying abroad, above ordinary",
            "Longest queue, people",
        ]
        middle = views[0]["headlines"][0]["values"][2]
        assert middle is not None
        shown = re.sub(r"\D", "", text(page.locator(".cards .big").first).split("(")[0])
        assert abs(int(shown) - middle) < 0.15 * middle
        assert page.locator(".cards .badge").count() == 3
        assert "crossings, not persons" in text(page.locator(".headline"))
        # The map is moving without being asked.
        first = step(page)
        until(page, f"Number(document.querySelector('.slider').value) > {first}")


def test_time_is_played_stepped_and_slowed_by_keys(browser: Browser, file: str) -> None:
    with opened(browser, file, f"lang=en&{NOON}") as page:
        assert step(page) == 100
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert step(page) == 101
        assert "26 Sept 2022, 15:00" in text(page.locator(".moment"))
        page.select_option(".player select", "4")
        page.locator("body").click(position={"x": 3, "y": 3})
        page.keyboard.press("Space")
        until(page, "Number(document.querySelector('.slider').value) > 104")
        page.keyboard.press("Space")
        rest = step(page)
        page.wait_for_timeout(300)
        assert step(page) == rest
        assert text(page.locator(".play")) == "Play"


def test_the_map_draws_other_things_at_other_times(browser: Browser, file: str) -> None:
    look = "document.querySelector('.map-moving').toDataURL()"
    with opened(browser, file, "lang=en&t=10") as page:
        before = page.evaluate(look)
        page.locator(".slider").focus()
        page.keyboard.press("PageUp")
        page.locator(".slider").fill("120")
        assert page.evaluate(look) != before
        label = page.locator(f".mark[data-id={POST}]").get_attribute("aria-label")
        assert label is not None
        assert re.search(r"Verkhny Lars.*Georgia: waiting before the exit [\d,]{5,}", label)


def test_a_post_shows_its_queue_with_reports(browser: Browser, file: str) -> None:
    with opened(browser, file, f"lang=en&{NOON}") as page:
        page.locator(f".mark[data-id={POST}]").click()
        panel = page.locator(".details")
        assert text(panel.locator("h3").first).startswith("Verkhny Lars")
        titles = panel.locator("figcaption").all_inner_texts()
        assert any(title.startswith("People waiting: exit side (Russia)") for title in titles)
        assert any(title.startswith("Hours from joining") for title in titles)
        figure = panel.locator("figure", has_text="Hours from joining to passing: exit side").first
        assert figure.locator(".band.outer").count() == 1
        assert figure.locator(".band.inner").count() == 1
        dot = figure.locator(".dot").first
        dot.focus()
        said = text(figure.locator(".said"))
        assert re.search(r"Sept 2022: \d+.* hours\. \w+", said), said
        picture(page, "post")


def test_kilometres_of_a_queue_stand_on_a_chart_of_their_own(
    browser: Browser, file: str, views: list[View]
) -> None:
    with opened(browser, file, f"lang=en&{NOON}&sel=post:{POST}") as page:
        panel = page.locator(".details")
        figure = panel.locator("figure", has_text="queue, km: Verkhny Lars")
        assert figure.locator(".tick.unit").text_content() == "km"
        assert figure.locator(".band.outer").count() == 1
        assert figure.locator(".dot").count() == 3
        figure.locator(".dot").first.hover(force=True)
        assert re.search(r"25 Sept 2022: 14 km\. \w+", text(figure.locator(".said")))
        both = panel.locator("figure", has_text="crossings, both directions: Verkhny Lars")
        both.locator(".dot").focus()
        said = text(both.locator(".said"))
        assert re.search(r"19 Sept 2022 – 25 Sept 2022: [\d,]+ persons/week\. On average", said)
    with opened(browser, file, f"lang=en&{NOON}&sel=country:TUR") as page:
        panel = page.locator(".details")
        fare = panel.locator("figure", has_text="one-way fare, roubles: Moscow-Istanbul")
        assert fare.locator(".dot").count() == 2
        panel.locator("summary", has_text="Reports").click()
        assert "On no chart" in text(panel.locator(".reports"))


def test_every_report_is_a_dot_or_says_why_not(
    browser: Browser, file: str, views: list[View]
) -> None:
    seen = views[0]
    ids = [f"post:{row['id']}" for row in seen["posts"]]
    ids += [f"country:{row['id']}" for row in seen["countries"]]
    dots: set[str] = set()
    with opened(browser, file, f"lang=en&{NOON}") as page:
        for name in ids:
            page.evaluate(f"location.hash = 'lang=en&{NOON}&sel={name}'")
            until(page, f"location.hash.includes('{name.split(':')[1]}')")
            dots |= set(
                page.locator(".details .dot").evaluate_all(
                    "all => all.map(dot => dot.getAttribute('aria-label'))"
                )
            )
    for row in seen["reports"]:
        if row["at"] or row["series"]:
            here = any(row["text"] in label and row["publisher"] in label for label in dots)
            assert here == (row["uncharted"] is None), (row, here)
    why = {row["quantity"] for row in seen["reports"] if row["uncharted"] == "unlike"}
    # Of a post: lorries are not among those who wait, vehicles of both directions are not counted.
    assert {row["quantity"] for row in seen["reports"]
            if row["uncharted"] == "unlike" and set(row["at"]) & {p["id"] for p in seen["posts"]}
            } == {"queue_lorries", "vehicles_both_directions", "share_men"}, why  # fmt: skip


def test_band_and_dots_of_a_measure_are_like_for_like(views: list[View]) -> None:
    seen = views[0]
    days = {(row["quantity"], row["place"]): row["days"] for row in seen["measures"]}
    single = [
        row for row in seen["reports"]
        if row["start"] == row["end"] and (row["quantity"], row["place"]) in days
        and row["start"] in seen["dates"] and row["simulated"] is not None
    ]  # fmt: skip
    assert len(single) > 10
    for row in single:
        position = seen["dates"].index(row["start"])
        band = days[row["quantity"], row["place"]]
        here = [0 if level == 0 else level[position] for level in band] if band else [0] * 5
        assert here == row["simulated"], row["id"]


def test_a_country_shows_who_is_there_who_came_and_who_left(browser: Browser, file: str) -> None:
    with opened(browser, file, f"lang=en&{NOON}&tab=tables") as page:
        page.get_by_role("button", name="Georgia", exact=True).first.click()
        panel = page.locator(".details")
        titles = " | ".join(panel.locator("figcaption").all_inner_texts())
        for part in (
            "People staying, above",
            "by group",
            "Entries a day, all",
            "Exits a day above",
        ):
            assert part in titles
        assert "Staying at the end" in text(panel)
        assert panel.locator("figure", has_text="Entries a day, all").locator(".dot").count() > 3


def test_the_timeline_holds_rules_drivers_and_reports(browser: Browser, file: str) -> None:
    with opened(browser, file, "lang=en&t=0") as page:
        line = page.locator(".timeline")
        assert line.locator(".item.acts").count() > 10
        assert line.locator(".item.driver").count() > 5
        assert line.locator(".item.report").count() > 50
        hidden = line.locator(".item").count()
        page.get_by_label("Also rules without effect").check()
        assert page.locator(".timeline .item").count() > hidden + 10
        page.locator(".timeline .item.acts").first.focus()
        told = text(page.locator(".timeline-section .said"))
        assert "acts in the model" in told
        page.keyboard.press("ArrowRight")
        assert text(page.locator(".timeline-section .said")) != told
        page.keyboard.press("Enter")
        assert step(page) > 0
        page.locator(".timeline .item.report").nth(40).focus()
        assert re.search(r"20\d\d\. |2022", text(page.locator(".timeline-section .said")))


def test_runs_are_compared_and_known_on_a_day(browser: Browser, file: str) -> None:
    with opened(browser, file, f"lang=en&{NOON}&tab=compare") as page:
        panel = page.locator(".compare")
        panel.locator("input[type=checkbox]").first.check()
        panel.locator(".median").nth(1).wait_for(state="attached")
        assert panel.locator("tbody tr").count() == 2
        page.get_by_label("What to compare").select_option("e:GEO")
        assert "Georgia" in text(panel.locator("figcaption"))
        until(page, "location.hash.includes('with=2')")
        page.get_by_label("As known on", exact=True).select_option(label="27 Sept 2022")
        until(page, "document.querySelector('footer').innerText.includes('27 Sept 2022')")


def test_pairs_are_filtered_by_group_and_mode(
    browser: Browser, file: str, views: list[View]
) -> None:
    with opened(browser, file, f"lang=en&{NOON}&tab=pairs") as page:
        panel = page.locator(".pairs")
        rows = panel.locator("tbody tr")
        everybody = rows.all_inner_texts()
        assert len(everybody) == 10
        group = next(i for i, one in enumerate(views[0]["groups"]) if one["name"] == "Women")
        panel.get_by_label("Group").select_option(str(group))
        panel.get_by_label("Way of travel").select_option("air")
        assert rows.all_inner_texts() != everybody
        best = max(
            (p for p in views[0]["pairs"] if p["group"] == group and p["mode"] == "air"),
            key=lambda pair: pair["total"][1] or 0,
        )
        assert best["from"] == "RUS"
        first = text(rows.first)
        assert first.startswith("Russia → ")
        assert "–" in first


def save(page: Page, figure: Locator, kind: str) -> bytes:
    with page.expect_download() as waiting:
        figure.get_by_role("button", name=re.compile(f"as {kind}$")).click()
    name = waiting.value.suggested_filename
    assert name.startswith("borderflow_russia-2022_seed1_v")
    assert name.endswith(f".{kind.lower()}")
    path = waiting.value.path()
    return Path(path).read_bytes()


def test_charts_are_tables_and_files(browser: Browser, file: str, views: list[View]) -> None:
    with opened(browser, file, f"lang=en&sel=post:{POST}") as page:
        figure = page.locator("figure", has_text="Entries a day above ordinary travel").first
        figure.get_by_role("button", name="Table").click()
        assert figure.locator("tbody tr").count() == len(views[0]["dates"])
        rows = list(csv.reader(io.StringIO(save(page, figure, "CSV").decode("utf-8-sig"))))
        assert rows[0] == ["Date", "10 %", "25 %", "50 %", "75 %", "90 %"]
        band = next(post for post in views[0]["posts"] if post["id"] == POST)["entries_above"]
        assert isinstance(band, list)
        middle = band[2]
        assert isinstance(middle, list)
        assert [row[3] for row in rows[1:]] == ["" if n is None else f"{n:g}" for n in middle]
        root = ElementTree.fromstring(save(page, figure, "SVG"))
        assert root.tag.endswith("svg")
        assert "Scenario, not prediction" in "".join(root.itertext())
        picture_ = save(page, figure, "PNG")
        assert picture_[:8] == b"\x89PNG\r\n\x1a\n"
        assert len(picture_) > 5000
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Download the run").click()
        assert json.loads(Path(waiting.value.path()).read_text())["head"]["seed"] == 1


def test_an_address_restores_the_exact_view(browser: Browser, file: str) -> None:
    look = """() => ({
        moment: document.querySelector('.moment').innerText,
        title: document.querySelector('.details h3')?.innerText,
        marks: [...document.querySelectorAll('.mark')].map(m => [m.dataset.id, m.style.left]),
        boxes: [...document.querySelectorAll('.map-tools input')].map(i => i.checked),
        choices: [...document.querySelectorAll('select')].map(s => s.value),
        dir: document.documentElement.dir,
        tab: document.querySelector('[aria-selected=true]').dataset.tab,
    })"""
    with opened(browser, file, "lang=en") as page:
        page.keyboard.press("ArrowRight")
        page.locator(".slider").fill("133")
        page.locator(f".mark[data-id={POST}]").click()
        page.get_by_role("button", name="Closer").click()
        page.get_by_role("button", name="Closer").click()
        page.get_by_label("back", exact=True).check()
        page.get_by_label("Show", exact=True).select_option("citizens")
        page.get_by_label("Language").select_option("ar")
        page.locator("[data-tab=pairs]").click()
        page.locator(".pairs select").last.select_option("land")
        page.wait_for_timeout(400)
        address, before = page.url, page.evaluate(look)
    with opened(browser, file, address.split("#", 1)[1]) as page:
        assert page.evaluate(look) == before
    assert before["dir"] == "rtl"
    assert before["tab"] == "pairs"
    assert "sel=post%3Alars" in address


def test_the_brief_prints_on_one_page(browser: Browser, file: str) -> None:
    with opened(browser, file, "lang=en&t=120") as page:
        page.get_by_role("button", name="One-page brief").click()
        said = text(page.locator("dialog"))
        for part in (
            "Scenario, not prediction",
            "What changed in the week",
            "Since the run that knew the facts up to 27 Sept 2022",
            "How sure is this",
            "Where it comes from",
            "do not imply any opinion",
            "Verkhny Lars",
        ):
            assert part in said
        fits = "element => element.scrollWidth <= element.clientWidth"
        assert page.locator("dialog").evaluate(fits)  # nothing is cut at its edge
        picture(page, "brief")
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def test_every_language_has_every_word() -> None:
    words = {name: json.loads((WORDS / f"{name}.json").read_text("utf-8")) for name in LANGUAGES}
    gaps = re.compile(r"\{\w+\}")
    for name, own in words.items():
        assert list(own) == list(words["en"]), name
        for key, value in own.items():
            assert value, (name, key)
            assert sorted(gaps.findall(value)) == sorted(gaps.findall(words["en"][key])), (
                name,
                key,
            )
        if name != "en":
            plain = {key: gaps.sub("", value) for key, value in words["en"].items()}
            same = [key for key in own if own[key] == words["en"][key] and len(plain[key]) > 12]
            assert same == [], name


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_page_speaks_the_language(browser: Browser, file: str, name: str) -> None:
    words = json.loads((WORDS / f"{name}.json").read_text("utf-8"))
    with opened(browser, file, f"lang={name}&{NOON}&sel=country:GEO") as page:
        assert page.evaluate("document.documentElement.lang") == name
        assert page.evaluate("document.documentElement.dir") == ("rtl" if name == "ar" else "ltr")
        assert text(page.locator(".warning")) == words["not.prediction"]
        assert text(page.locator(".play")) == words["player.play"]
        georgia = {
            "en": "Georgia",
            "fr": "Géorgie",
            "es": "Georgia",
            "ru": "Грузия",
            "uk": "Грузія",
        }
        assert text(page.locator(".details h3").first).strip() == georgia.get(name, "جورجيا")
        if name == "ar":
            side = page.locator(".side").bounding_box()
            map_ = page.locator(".map").bounding_box()
            assert side is not None
            assert map_ is not None
            assert side["x"] < map_["x"]
            picture(page, "arabic")


LOOKS: list[dict[str, Any]] = [
    {"state": f"lang=en&{NOON}&sel=post:{POST}", "color_scheme": "light"},
    {"state": f"lang=en&{NOON}&sel=country:GEO", "color_scheme": "dark"},
    {"state": f"lang=en&{NOON}&tab=tables", "viewport": {"width": 360, "height": 740}},
    {"state": f"lang=ar&{NOON}&tab=pairs", "color_scheme": "dark"},
    {"state": f"lang=en&{NOON}&tab=compare&with=2", "color_scheme": "light"},
]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look["state"][:40])
def test_axe_finds_nothing_serious(browser: Browser, file: str, look: dict[str, Any]) -> None:
    settings = {key: value for key, value in look.items() if key != "state"}
    with opened(browser, file, look["state"], **settings) as page:
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if "viewport" in settings:
            page.evaluate("document.querySelector('.map').scrollIntoView()")
            picture(page, "narrow")
        page.get_by_role("button", name=re.compile("brief|موجز")).click()
        assert serious(page) == []


def test_the_keyboard_reaches_everything_and_is_seen(browser: Browser, file: str) -> None:
    with opened(browser, file, f"lang=en&{NOON}") as page:
        seen: set[str] = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            where = page.evaluate(
                """() => { const e = document.activeElement; const s = getComputedStyle(e);
                return [(e.className.baseVal ?? e.className) || e.tagName,
                        e.dataset?.tab || e.dataset?.id || '',
                        s.outlineStyle !== 'none' || e.closest('.timeline') !== null]; }"""
            )
            if where[0] == "BODY":
                continue
            seen.add(f"{where[0]} {where[1]}".strip())
            assert where[2], f"focus is not seen on {where}"
        assert {"slider", "play", f"mark {POST}", "BUTTON details"} <= seen
        assert any("item" in name for name in seen)
        # On the map: one stop, arrows move, and choose on Enter.
        page.locator(f".mark[data-id={POST}]").focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.tagName") == "H3"
        # Tabs: the same.
        page.locator("[data-tab=details]").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert (
            page.evaluate("document.querySelector('[aria-selected=true]').dataset.tab") == "whatif"
        )


def test_it_rests_where_motion_is_not_wanted(browser: Browser, file: str) -> None:
    with opened(browser, file, reduced_motion="reduce") as page:
        page.wait_for_timeout(500)
        assert text(page.locator(".play")) == "Play"


def test_in_a_file_nothing_is_asked_and_the_page_says_so(browser: Browser, file: str) -> None:
    with opened(browser, file, f"lang=en&{NOON}&tab=whatif") as page:
        assert "borderflow serve" in text(page.locator(".panel:visible"))
        assert page.locator(".timeline .item.acts").count() > 10
        assert page.locator(".timeline .movable, .timeline .grip-end").count() == 0
        assert page.get_by_role("button", name="Run", exact=True).count() == 0


def test_names_of_a_scenario_are_text(browser: Browser, views: list[View], tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)></script><b>Lars</b>"
    data = json.loads(json.dumps(views[0]))
    data["head"]["name"] = evil
    for post in data["posts"]:
        if post["id"] == POST:
            post["name"] = evil
    for place in data["places"]:
        place["name"] = evil
    for one in data["reports"]:
        one["publisher"] = one["text"] = evil
        one["url"] = "javascript:alert(1)"
    for rule in data["policies"]:
        rule["place"] = rule["text"] = evil
        rule["url"] = "javascript:alert(1)"
    for group in data["groups"]:
        group["name"] = evil
    path = tmp_path / "evil.html"
    report.write([data], path)
    with opened(browser, path.as_uri(), f"lang=en&{NOON}&sel=post:{POST}&told=1") as page:
        assert text(page.locator(".details h3").first).startswith(evil)
        for tab in ("whatif", "compare", "pairs", "tables"):
            page.locator(f"[data-tab={tab}]").click()
        page.get_by_role("button", name="One-page brief").click()
        assert page.locator("img, b").count() == 0
        assert page.locator("a[href^='javascript']").count() == 0
