"""The eleven parts of the world that has to come out right first, each of them at work.

Two tests for each part. On a small world what the part does is there, and gone as soon as the
part is switched off. On the autumn of 2022, run once with few members, the figure of the
documentation shows the part at work.
"""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import borderflow
import eleven
from borderflow.corridor import Corridors
from borderflow.observe.plausibility import observed_range
from borderflow.results import Results
from borderflow.scenario import Scenario
from small import (
    Run,
    acting,
    finished,
    flows,
    haven,
    moment,
    number,
    officers,
    people,
    rule,
    shock,
    simplest,
    town,
    way,
)
from worlds import tiny

ROOT = Path(__file__).resolve().parent.parent
FEW = 6


@pytest.fixture(scope="session")
def autumn() -> Results:
    """The shipped scenario, once for all parts."""
    return borderflow.run(eleven.SCENARIO, members=FEW)


@pytest.fixture(scope="session")
def unfollowed() -> Results:
    """The same members, where nobody follows."""
    made = eleven.nobody_follows(borderflow.load(eleven.SCENARIO))
    return borderflow.run(made, members=FEW)


@pytest.fixture(scope="session")
def from_kazan() -> Corridors:
    return borderflow.corridors(eleven.SCENARIO, "Kazan", eleven.ON, members=3)


def exact(made: Scenario) -> Run:
    """A world run to its end with draws off."""
    return finished(made, chance=False)


def left(run: Run, place: str, cohort: str) -> np.ndarray:
    """People of a cohort (a group of its own) who left a place, by day."""
    group = [g.name for g in run.labels.groups].index(cohort)
    return np.asarray(run.flows.departed[:, run.labels.origins.index(place), group])


# 1. A call-up that reaches reservists by place and group, and is dreaded before it reaches them


def called_up(*drivers: Any) -> Run:
    made = simplest(
        places=(town("a", 10**6), town("far", 10**6), haven("b")),
        links=(way("ab", "a", "b"), way("fb", "far", "b")),
        cohorts=(
            people("men", 1e-4, share=0.5, liable=True),
            people("others", 1e-4, share=0.5),
        ),
        drivers=drivers,
        parameters=(number("amplitude", 20.0, "decree"), number("amplitude", 3.0, "rumour")),
    )  # fmt: skip
    return exact(made)


def test_1_the_call_up_reaches_some_first_and_is_dreaded_before() -> None:
    on = called_up(
        shock("rumour", 2.0, valid_until=moment(3), applies_to="liable=yes"),
        shock("decree", 3.0, place="a", applies_to="liable=yes"),
    )
    men, elsewhere, others = left(on, "a", "men"), left(on, "far", "men"), left(on, "a", "others")
    assert men[3] > 15 * men[1]
    assert men[2] > 3 * men[1]  # the day before
    assert elsewhere[3] < 1.01 * elsewhere[1]
    assert others[3] < 1.01 * others[1]
    off = left(called_up(), "a", "men")
    assert off[3] == pytest.approx(off[1], rel=1e-2)
    assert off[2] == pytest.approx(off[1], rel=1e-2)


def test_1_at_work(autumn: Results) -> None:
    shown = eleven.call_up(autumn).numbers
    assert shown["after"] > 20 * shown["before"]
    assert shown["eve"] > 1.5 * shown["before"]
    assert shown["after"] > 3 * max(shown["others"])


# 2. Journeys of several legs


def journey(*missing: str) -> Run:
    fly = {"mode": "air", "seats_day": 500, "departures": (1260,), "hours": 6.0}
    links = (
        way("fly", "a", "hub", **fly),
        way("drive", "hub", "post", mode="road", hours=3.0),
        way("cross", "post", "b", mode="road", hours=2.0, exit_checkpoint="x"),
    )
    return exact(
        simplest(
            1000,
            places=(
                town("a", 1000), town("hub"), town("post", type="post"), haven("b"),
            ),
            links=tuple(link for link in links if link.id not in missing),
            cohorts=(people("p", 0.1, car=True),),
            checkpoints=(officers("x", "post", rate=100.0, share_car=1.0, share_bus=0.0),),
        )
    )  # fmt: skip


def test_2_people_fly_drive_and_cross() -> None:
    run = journey()
    assert run.present("b") > 300
    arrived = run.flows.entries.sum(axis=(1, 2))
    assert arrived[0] == 0  # the flight leaves at nine in the evening
    assert arrived[1] > 50
    for leg in ("fly", "drive", "cross"):
        assert journey(leg).present("b") == 0


def test_2_at_work(from_kazan: Corridors) -> None:
    shown = eleven.journeys(from_kazan).numbers
    assert shown["several"] > 0.2
    assert shown["flown"] > 0.02
    assert shown["west"] >= 0.02


# 3. Flights that sell out while fares rise


def flown(seats: int, rise: float) -> Run:
    fly = {"mode": "air", "seats_day": seats, "departures": (1260,), "hours": 3.0, "fare": 100.0}
    made = simplest(
        10**6, 6e-5,
        links=(way("ab", "a", "b", **fly),), booking_days=30, numbers={"fare_rise": rise},
    )  # fmt: skip
    return exact(made)


def test_3_seats_sell_out_and_fares_rise() -> None:
    on, off = flown(40, 10.0), flown(10**5, 1.0)
    ahead = on.world.dep_step
    for end in (2, 5):  # sixty a day want forty seats
        assert on.flows.first_seat[end, 0] > ahead[end + 1]
        assert off.flows.first_seat[end, 0] == ahead[end + 1]
    fares = on.flows.fare[:5, 0]
    assert (np.diff(fares) > 0).all()
    assert fares[-1] > 2.0
    assert on.flows.seats_sold.max() <= 40
    assert (off.flows.fare[:, 0] == 1.0).all()


def test_3_at_work(autumn: Results) -> None:
    shown = eleven.flights(autumn).numbers
    assert shown["decree"] > shown["before"]  # within hours of the decree
    assert shown["most"] >= 2
    assert shown["fare"] > 3.0


# 4. Entry rules that depend on passport, visa and date


def admitted(documents: tuple[str, ...], *policies: Any) -> Run:
    made = simplest(
        links=(way("ab", "a", "b", documents=documents),),
        cohorts=(
            people("with", 0.1, share=0.5, document="schengen"),
            people("none", 0.1, share=0.5, document="internal"),
        ),
        policies=policies,
    )  # fmt: skip
    return exact(made)


def test_4_papers_and_dates_decide_who_may_enter() -> None:
    on = admitted(("schengen",), rule("ban", "entry_ban", "BBB", start=5))
    assert on.present("b", "with") > 100
    assert on.present("b", "none") == 0
    entries = on.flows.entries.sum(axis=(1, 2))
    assert entries[4] > 0
    assert entries[6:].sum() == 0
    off = admitted(())
    assert off.present("b", "none") == pytest.approx(off.present("b", "with"))
    assert off.flows.entries.sum(axis=(1, 2))[6:].min() > 0


def test_4_at_work(autumn: Results) -> None:
    shown = eleven.entry_rules(autumn).numbers
    assert shown["after"] < 0.5 * shown["before"]
    assert max(shown["shut"].values()) < 0.2 * shown["open"]


# 5. Checkpoints with kilometres of cars


def crossing(rate: float) -> Run:
    made = simplest(
        10**5, 0.02,
        links=(way("ab", "a", "b", mode="road", exit_checkpoint="x"),),
        cohorts=(people("p", 0.02, car=True),),
        checkpoints=(officers("x", "a", rate=rate, share_car=1.0, share_bus=0.0),),
    )  # fmt: skip
    return exact(made)


def test_5_a_post_passes_what_it_can_and_the_queue_grows() -> None:
    on, off = crossing(20.0), crossing(10_000.0)
    assert on.flows.entries.sum(axis=(1, 2))[2:] == pytest.approx(20.0 * 24)
    queue = on.flows.queue_vehicles[:, 0]
    assert (np.diff(queue[8:]) > 0).all()
    assert queue[-1] > 1000
    assert off.flows.queue_vehicles.sum() == 0


def test_5_at_work(autumn: Results) -> None:
    shown = eleven.checkpoints(autumn).numbers
    assert shown["queue"][-1] > 3 * max(shown["queue"][0], 100)
    assert len(shown["passed"]) >= 2  # days on which the queue grows
    assert min(shown["passed"]) > 0.7 * max(shown["passed"])


# 6. Exit controls that turn some back


def guarded(*policies: Any) -> Run:
    made = simplest(
        links=(way("ab", "a", "b", exit_checkpoint="x"),),
        cohorts=(
            people("men", 0.1, share=0.5, liable=True), people("others", 0.1, share=0.5),
        ),
        checkpoints=(officers("x", "a", rate=None),),
        policies=policies,
        parameters=(number("refused_share", 0.4), number("deterrence_hours", 0.0)),
    )  # fmt: skip
    return exact(made)


def test_6_guards_turn_some_back() -> None:
    on = guarded(rule("guards", "exit_control", "a", start=3, applies_to="liable=yes"))
    men, others = ([g.name for g in on.labels.groups].index(name) for name in ("men", "others"))
    refused = on.flows.refused.sum(axis=1)
    assert refused[:3].sum() == 0
    assert (refused[3:, men] > 0).all()
    assert refused[:, others].sum() == 0
    assert guarded().flows.refused.sum() == 0


def test_6_at_work(autumn: Results) -> None:
    """From the 24th of September, and nobody in the week before the call-up."""
    shown = eleven.exit_control(autumn).numbers
    assert shown["before"] == 0
    assert shown["after"] > 100
    refused = autumn.arrays["refused"][:, :, autumn.labels.countries.index("RUS"), :]
    by_day = np.median(refused.sum(axis=2), axis=0)
    since = [i for i, d in enumerate(autumn.labels.days) if date(2022, 9, 24) <= d]
    assert by_day[since[:7]].min() > 0


# 7. Search interest that moves before anybody does


def searched(*drivers: Any) -> Run:
    made = simplest(
        leave=1e-4,
        places=(town("a", 10**6), town("line"), haven("b")),
        links=(way("al", "a", "line", hours=30.0), way("lb", "line", "b")),
        drivers=drivers,
        parameters=(number("amplitude", 4.0, "search"), number("amplitude", 20.0, "decree")),
    )  # fmt: skip
    return exact(made)


def test_7_search_interest_comes_first() -> None:
    decree = shock("decree", 3.0, shape="pulse", rise_hours=24, half_life_days=3.0)
    search = shock("search", 2.0, valid_until=moment(3))
    on, off = (left(searched(*rows), "a", "p") for rows in ((search, decree), (decree,)))
    assert on[2] > 3 * off[2]
    assert on[1] == off[1]
    run = searched(search, decree)
    came = run.flows.entries.sum(axis=(1, 2))
    order = [int(np.argmax(on > 2 * on[0])), int(np.argmax(on)), int(np.argmax(came))]
    assert order == sorted(set(order))  # a sign of it, most departures, most entries


def test_7_at_work(autumn: Results) -> None:
    tops = eleven.search_interest(autumn).numbers["tops"]
    assert tops["search interest"] < tops["departures"] <= tops["entries"]


# 8. Detentions by city and date


def detained(amplitude: float) -> Run:
    made = simplest(
        places=(town("a", 10**6), town("c", 10**6), haven("b")),
        links=(way("ab", "a", "b"), way("cb", "c", "b")),
        cohorts=(people("p", 1e-4),),
        drivers=(shock("detentions", 2.0, valid_until=moment(4), place="a", value=0.5),),
        parameters=(number("amplitude", amplitude, "detentions"),),
    )  # fmt: skip
    return exact(made)


def test_8_detentions_act_where_and_when_they_are_counted() -> None:
    off = detained(0.0)
    for amplitude in (-0.5, 0.5):
        on = detained(amplitude)
        ratio = left(on, "a", "p") / left(off, "a", "p")
        assert ratio[2:4] == pytest.approx(1 + amplitude / 2, rel=0.01)
        assert ratio[:2] == pytest.approx(1.0)
        assert left(on, "c", "p") == pytest.approx(left(off, "c", "p"), abs=1e-9)


def test_8_at_work(autumn: Results) -> None:
    """By city and date, each with a source; and nobody knows the sign."""
    shown = eleven.detentions(autumn).numbers
    assert shown["rows"] >= 5
    rows = [d for d in autumn.scenario.drivers if d.driver == "detentions"]
    assert len({(row.place, row.valid_from.date()) for row in rows}) == len(rows)
    assert all(row.source for row in rows)
    (prior,) = [p for p in autumn.scenario.parameters if p.id == rows[0].parameter]
    assert prior.median == 0
    assert shown["draws"].min() < 0 < shown["draws"].max()


# 9. A policy response that is argued over: words, asylum, a border shut


def answered(*policies: Any) -> Scenario:
    return simplest(
        links=(way("ab", "a", "b", exit_checkpoint="x", entry_checkpoint="y"),),
        checkpoints=(officers("x", "a", rate=100.0), officers("y", "a", "entry", rate=100.0)),
        policies=policies,
    )


def test_9_words_move_nobody_and_rules_do() -> None:
    plain = flows(answered())
    for words in ("asylum_statement", "humanitarian_visa", "announcement", "border_readiness"):
        assert flows(answered(rule("said", words, "BBB", start=2))) == plain
    shut = flows(answered(rule("shut", "crossing_closed", "a", start=2)))
    assert shut["entries"] != plain["entries"]
    undated = rule("meant", "crossing_closed", "a", start=2, status="announced, undated")
    assert flows(answered(undated)) == plain


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_9_some_of_those_refused_at_the_line_ask_for_protection(share: float) -> None:
    entry = {"knob": "admit", "where": ("y",), "value": 0.4, "how": "share"}
    with acting("entry", entry):
        made = answered(rule("none", "entry", "a", 0, 1))
        asked = {"protection_share": share, "refused_home_share": 1.0}
        fixed = tuple(p for p in made.parameters if p.quantity not in asked)
        numbers = tuple(number(name, value) for name, value in asked.items())
        run = Run(replace(made, parameters=(*fixed, *numbers)), chance=False).to(1)
    refused = run.flows.refused.sum()
    assert refused > 0
    assert run.entered("BBB") == pytest.approx(refused * (0.4 / 0.6 + share))


def test_9_at_work(autumn: Results) -> None:
    shown = eleven.responses(autumn).numbers
    assert shown["acts"] >= 15
    assert shown["words"] >= 10


# 10. People who leave alone, and families left behind who may follow, or go together


def household(share: float, follow: float) -> Run:
    made = simplest(
        10**5,
        cohorts=(
            people("men", 0.1, share=0.4, left_behind="families", left_behind_share=share),
            people("families", 0.0, share=0.3, size=2, follow_per_day=follow),
            people("together", 0.1, share=0.3, size=3),
        ),
    )  # fmt: skip
    return exact(made)


def test_10_families_stay_behind_follow_or_go_together() -> None:
    on = household(0.5, 0.2)
    assert on.flows.left_behind.sum(axis=1).max() > 1000
    assert on.present("b", "families") > 1000
    gone = (1 - np.exp(-1.0)) * 10**5 * 0.3
    assert left(on, "a", "together").sum() == pytest.approx(gone, rel=1e-3)
    assert household(0.0, 0.2).flows.left_behind.sum() == 0
    assert household(0.5, 0.0).present("b", "families") == 0


def test_10_at_work(autumn: Results, unfollowed: Results) -> None:
    shown = eleven.families(autumn, unfollowed).numbers
    following = shown["following"]
    assert max(shown["behind"]) > 10_000
    assert following == sorted(following)
    assert following[5] < 0.01 * following[-1]  # nobody follows before anybody has gone
    assert 1000 < following[-1] < max(shown["behind"])
    assert shown["together"][-1] > 1000


# 11. Known only from reports


def test_11_what_is_not_yet_reported_is_not_known(tmp_path: Path) -> None:
    made = tiny(tmp_path)
    every = borderflow.run(made, members=2)
    known = {row["id"] for row in every.table("reports")}
    assert known
    some = sorted(report.known_from for report in made.reports)[0]
    then = borderflow.run(made, members=2, as_of=some)
    assert {row["id"] for row in then.table("reports")} < known
    none = borderflow.run(replace(made, reports=()), members=2)
    assert none.table("reports") == []
    assert none.digest == every.digest  # reports are looked at, never built in


def test_11_reports_are_rounded_one_sided_and_sums_of_others(autumn: Results) -> None:
    reports = autumn.scenario.reports
    rows = {row["id"]: row for row in autumn.table("reports")}
    one_sided = [r for r in reports if observed_range(r)[1] == np.inf]
    ranges = [r for r in reports if 0 < observed_range(r)[0] < observed_range(r)[1] < np.inf]
    windows = [r for r in reports if r.date_end - r.date_start > timedelta(days=1)]
    sums = [r for r in reports if r.derived_from]
    assert one_sided
    assert ranges
    assert windows
    assert sums
    assert all(rows[r.id]["derived"] for r in sums if r.id in rows)
    assert all(r.publisher or r.source_url for r in reports)
    # (some appeared on the very day; none before the day they speak of had begun)
    assert all(r.known_from >= r.date_start for r in reports)


def test_11_at_work(autumn: Results) -> None:
    shown = eleven.reports(autumn).numbers
    assert shown["own"] >= 50
    assert 0.4 * shown["own"] < shown["inside"] < shown["own"]
    assert shown["own"] + shown["unused"] <= len(autumn.scenario.reports)


# The page


def test_every_part_has_its_figure(
    autumn: Results,
    unfollowed: Results,
    from_kazan: Corridors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(eleven, "autumn", lambda: autumn)
    monkeypatch.setattr(eleven, "unfollowed", lambda: unfollowed)
    monkeypatch.setattr(eleven, "from_kazan", lambda: from_kazan)
    page = (ROOT / "docs" / "eleven-parts.md").read_text("utf-8")
    numbers = [int(line.split()[1]) for line in page.splitlines() if line.startswith("```{part}")]
    assert numbers == list(eleven.PARTS) == list(range(1, 12))
    for part in numbers:
        made = eleven.part(part)
        assert "<svg" in made
        assert "nan" not in made
        assert "\n\n" not in made.partition("<figure>")[2].strip()


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(LookupError, match="no part 12"):
        eleven.part(12)


@pytest.mark.parametrize("top", [0.0, 0.7, 3.0, 99.0, 12_345.0, 2e6])
def test_axes_have_few_round_marks(top: float) -> None:
    import svg

    marks = svg.ticks(top)
    assert 2 <= len(marks) <= 7
    assert marks[-1] >= top
