"""The page: size of the report, time of a what-if, and when the page is there."""

from __future__ import annotations

import contextlib
import gzip
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.table import Row
from bench.timing import ROOT, SEED, child

SCENARIO, RULE = "russia-2022", "p75"
"""What is shown, and the rule that is switched off: who may enter Finland."""

PAIRS = 50


def listened(job: Any, began: tuple[float, float]) -> tuple[float, float, float, float]:
    """Wait for a job as the page does.

    Gives seconds to the first estimate and processor time until then, seconds to the end and
    processor time, all since `began`.
    """
    first = worked = 0.0
    job.listen()
    while job.status == "running":
        if job.estimate and not first:
            first, worked = (now - then for now, then in zip(clocks(), began, strict=True))
        time.sleep(0.02)
    job.leave()
    if job.status != "done":
        raise RuntimeError(job.error)
    whole, work = (now - then for now, then in zip(clocks(), began, strict=True))
    return first, worked, whole, work


def clocks() -> tuple[float, float]:
    """Seconds on the clock, and of this process's work."""
    return time.perf_counter(), time.process_time()


def measured(members: int, threads: int) -> dict[str, Any]:
    """Simulate a base, ask what one rule less would do, write the report, open the page."""
    from borderflow.web import report
    from borderflow.web.ask import WhatIf
    from borderflow.web.branch import ROOM
    from borderflow.web.store import Store

    store = Store(threads)
    run = store.add(SCENARIO, members, SEED, None)
    found: dict[str, Any] = {"members": members, "threads": threads}
    began = clocks()
    first, _, whole, work = listened(store.simulate(run, members), began)
    found |= {"base_first_s": first, "base_s": whole, "base_work_s": work}
    found["kept_mb"] = (ROOM - store.room.left) / 1e6
    asked = WhatIf(run=run.id, members=PAIRS, without=[RULE])
    began = clocks()
    first, worked, whole, work = listened(store.ask(run, asked), began)
    found |= {"first_s": first, "first_work_s": worked, "whole_s": whole, "work_s": work}
    began = time.process_time()
    run.show()
    found["view_s"] = time.process_time() - began
    found["view_mb"] = len(run.body or b"") / 1e6
    with tempfile.TemporaryDirectory() as home:
        size = report.write([json.loads(run.body or b"")], Path(home) / "report.html")
    found["report_mb"] = size / 1e6
    with contextlib.suppress(ImportError):
        found["paint_s"], found["frames"] = paint(store)
    return found


FRAMES = """async () => {
  const play = document.querySelector("button.play");
  const slider = document.querySelector("input[type=range]");
  const began = performance.now();
  const passed = () => performance.now() - began;
  let frames = 0, at = "", same = 0;
  await new Promise(done => {
    const frame = () => {
      frames += 1;
      same = slider.value === at ? same + 1 : 0;
      at = slider.value;
      if (same > 120) { play.click(); same = 0; }
      passed() < 60000 ? requestAnimationFrame(frame) : done();
    };
    requestAnimationFrame(frame);
  });
  return frames / (passed() / 1000);
}"""
"""Frames a second in a minute of play, begun where the slider has stood still for a while."""


def bundle() -> float:
    """Kilobytes of scripts and styles, packed as they travel."""
    static = ROOT / "src" / "borderflow" / "web" / "static"
    return sum(len(gzip.compress((static / n).read_bytes())) for n in ("app.js", "app.css")) / 1e3


def paint(store: Any) -> tuple[float, float]:
    """Seconds until a browser shows something of the page, the median of five; frames in play."""
    from statistics import median

    import uvicorn
    from playwright.sync_api import sync_playwright

    from borderflow.web.listen import Place
    from borderflow.web.server import application

    with Place("127.0.0.1", 0).bound() as (own, guard, url):
        config = uvicorn.Config(application(store, guard), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [own]})
        thread.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
                )
                taken = []
                for _ in range(5):
                    page = browser.new_page(bypass_csp=True)
                    page.goto(url)
                    paints = "performance.getEntriesByName('first-contentful-paint')"
                    page.wait_for_function(f"{paints}.length > 0")
                    taken.append(page.evaluate(f"{paints}[0].startTime") / 1000)
                    page.close()
                page = browser.new_page(bypass_csp=True)
                page.goto(url)
                page.wait_for_selector("button.play")
                frames = page.evaluate(FRAMES)
                browser.close()
        finally:
            server.should_exit = True
            thread.join()
    return float(median(taken)), float(frames)


def page(full: bool) -> Iterator[Row]:
    """The page's figures; 200 members where everything is asked for, else as many as a what-if."""
    run = child("page", 200 if full else PAIRS, 2)
    note = f"{run['members']} members summarised; the view alone {run['view_mb']:.2f} MB"
    yield Row("report, one file", run["report_mb"], "MB", 3, None, note)
    note = f"{run['base_work_s']:.0f} s of processor time; five members after"
    note += f" {run['base_first_s']:.1f} s"
    yield Row(f"base of {run['members']} members, two threads", run["base_s"], "s", note=note)
    note = f"{PAIRS} pairs, the base kept ({run['kept_mb']:.0f} MB); "
    note += f"{run['work_s']:.1f} s of processor time"
    yield Row("what-if, the answer", run["whole_s"], "s", 40, None, note)
    note = f"5 pairs; {run['first_work_s']:.1f} s of processor time"
    yield Row("what-if, the first estimate", run["first_s"], "s", 6, None, note)
    yield Row("view of a run", run["view_s"], "s", note="processor time")
    if "paint_s" in run:
        note = "first contentful paint in a headless browser, median of 5"
        yield Row("first paint", run["paint_s"], "s", 1, None, note)
        note = f"a minute of play in software rendering: {run['frames']:.1f} frames a second"
        yield Row("time of a frame", 1000 / run["frames"], "ms", 40, None, note)
    note = "scripts and styles, packed; the base map is not among them"
    yield Row("bundle", bundle(), "kB", 150, None, note)


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
