"""What of a report is scored: increments, one-sided words, revisions, counts told twice."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from borderflow.scenario import Report, Scenario
from borderflow.verify.outcomes import Outcome, Told, counted, newest, outcome, primary, series_of
from borderflow.verify.read import judge
from borderflow.verify.summary import binomial_band, summary
from worlds import tiny

AS_OF = date(2022, 9, 23)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return tiny(tmp_path_factory.mktemp("outcomes"))


def report(id_: str, start: int, end: int, value: float, **more: Any) -> Report:
    cells: dict[str, Any] = {
        **{"id": id_, "date_start": date(2022, 9, start), "date_end": date(2022, 9, end)},
        **{"place": "Haven", "quantity": "entries_russian_citizens", "value": value},
        **{"unit": "persons/period", "publisher": "Border office"},
        **{"known_from": date(2022, 9, min(end + 1, 30))},
    }
    return Report(**(cells | more))


def since(id_: str, start: int, end: int, value: float, **more: Any) -> Report:
    return report(id_, start, end, value, quantity="cumulative_entries", unit="persons", **more)


def daily(id_: str, day: int, value: float, **more: Any) -> Report:
    return report(id_, day, day, value, unit="persons/day", **more)


def scored(scenario: Scenario, one: Report, *others: Report) -> tuple[int, int, float, str]:
    found = outcome(scenario, one, AS_OF, others)
    assert isinstance(found, Outcome), found
    window = found.report.date_start.day, found.report.date_end.day
    return *window, found.observed, found.side


def test_a_total_counts_from_the_last_day_up_to_which_it_is_known(scenario: Scenario) -> None:
    total = since("t", 20, 26, 9000)
    assert scored(scenario, total, since("a", 20, 23, 4000)) == (24, 26, 5000, "")
    # Known up to the 22nd only: the 23rd is a part of what is scored.
    assert scored(scenario, total, since("a", 20, 22, 3000)) == (23, 26, 6000, "")
    # Reports are laid end to end, and the newest vintage of one counts.
    days = [daily("d22", 22, 900), daily("d22b", 22, 1000, known_from=date(2022, 9, 25))]
    assert scored(scenario, total, since("a", 20, 21, 2000), *days) == (23, 26, 6000, "")
    # A gap ends it; what comes behind the gap tells no total.
    assert scored(scenario, total, daily("d20", 20, 100), daily("d22", 22, 900))[0] == 21
    # Of another place, by air, or later than the origin date: nothing of this series up to then.
    other = [
        since("a", 20, 22, 3000, place="Isle"),
        since("a", 20, 22, 3000, scope="air"),
        since("a", 20, 24, 3000),
        since("a", 20, 22, 3000, low=3000),
    ]
    assert "how much of the total" in str(outcome(scenario, total, AS_OF, other))
    less = outcome(scenario, total, AS_OF, [since("a", 20, 23, 9500)])
    assert less == "less than was reported up to 2022-09-23"


def test_a_total_that_is_no_cumulative_counts_whole_if_most_of_it_is_ahead(
    scenario: Scenario,
) -> None:
    assert scored(scenario, report("w", 22, 28, 7000)) == (22, 28, 7000, "")
    assert scored(scenario, report("w", 22, 28, 7000), daily("d", 22, 500)) == (23, 28, 6500, "")
    late = outcome(scenario, report("w", 19, 25, 7000), AS_OF, [])
    assert late == "most of what it counts came before the origin date"
    mean = report("m", 22, 25, 1000, unit="persons/day")
    assert scored(scenario, mean, daily("d", 22, 400)) == (23, 25, 1200, "")
    hours = report("h", 23, 24, 1000, unit="persons/24h")
    assert scored(scenario, hours, daily("d", 23, 400)) == (23, 24, 1000, "")


def test_ranges_and_one_sided_words(scenario: Scenario) -> None:
    assert scored(scenario, daily("r", 24, 1100, low=1000, high=1100)) == (24, 24, 1050, "")
    assert scored(scenario, daily("r", 24, 1000, low=1000))[3] == "at least"
    assert scored(scenario, daily("r", 24, 1000, high=1000))[3] == "at most"
    more = since("t", 20, 26, 9000, low=9000)
    assert scored(scenario, more, since("a", 20, 23, 4000)) == (24, 26, 5000, "at least")
    both = since("t", 20, 26, 9000, low=8000, high=9000)
    found = outcome(scenario, both, AS_OF, [since("a", 20, 23, 4000)])
    assert isinstance(found, Outcome)
    assert (found.observed, found.low, found.high) == (4500, 4000, 5000)


def test_a_queue_seen_over_days_counts_from_the_day_after_the_origin(scenario: Scenario) -> None:
    queue = report("q", 22, 25, 12, quantity="wait_hours", unit="hours", place="Gate")
    assert scored(scenario, queue) == (24, 25, 12, "")


def test_what_is_no_outcome_says_why(scenario: Scenario) -> None:
    for more, why in (
        ({"quantity": "share_men"}, "no outcome that is scored: share_men"),
        ({"quantity": "mood"}, "no outcome that is scored: mood"),
        ({"derived_from": "a and b"}, "derived from other reports"),
        ({"place": "Atlantis"}, "the scenario knows no place"),
    ):
        assert why in str(outcome(scenario, daily("x", 24, 1, **more), AS_OF, []))


def test_only_the_newest_of_a_count_that_its_source_revised(scenario: Scenario) -> None:
    first = daily("first", 24, 900, publisher="Border office via A")
    later = daily("later", 24, 950, publisher="Border office via B", known_from=date(2022, 9, 27))
    other = daily("other", 24, 400, publisher="A newspaper", known_from=date(2022, 9, 28))
    old = newest(scenario, [later, first, other])
    assert set(old) == {"first"}
    assert "'later'" in old["first"]
    queues = [
        report(id_, 24, 24, n, quantity="queue_vehicles", unit="vehicles", place="Gate", **more)
        for id_, n, more in (("q1", 50, {}), ("q2", 90, {"known_from": date(2022, 9, 26)}))
    ]
    assert newest(scenario, queues) == {}
    nameless = [daily("a", 24, 1, publisher=""), daily("b", 24, 2, publisher="")]
    assert newest(scenario, nameless) == {}


def test_who_counted() -> None:
    assert primary("derived from Frontex") == primary("Frontex via press") == "frontex"
    assert primary("Bukvy quoting Border Guard tweet") == "border guard tweet"


def test_the_same_count_and_a_contradiction_are_told_apart(scenario: Scenario) -> None:
    told = Told()
    rows = [daily("a", 24, 1000), daily("b", 24, 1000), daily("c", 24, 700), daily("d", 24, 1010)]
    found = []
    for one in rows:
        held = outcome(scenario, one, AS_OF, [])
        assert isinstance(held, Outcome)
        found.append(told.compare(held))
    assert found == [(None, None), ("a", None), (None, "a"), (None, "c")]
    warnings = [f for f in judge(scenario, rows) if f.check == "report-contradiction"]
    assert [f.message for f in warnings] == ["contradicts 'a', which says 1000: both are kept"]


def test_series_are_places_ways_and_quantities(scenario: Scenario) -> None:
    one = series_of(scenario, daily("a", 24, 1))
    assert series_of(scenario, since("b", 20, 24, 1)) == one
    assert series_of(scenario, daily("c", 24, 1, quantity="entries_citizens", place="BBB")) == one
    assert series_of(scenario, daily("d", 24, 1, place="Haven and Isle")) != one
    assert series_of(scenario, daily("e", 24, 1, scope="by air")) != one
    assert counted(scenario, daily("f", 24, 1), one, AS_OF, [])[0] == AS_OF


def test_a_count_told_twice_counts_once() -> None:
    base: dict[str, Any] = {
        **{f"q{name}": 90.0 for name in ("025", "05", "10", "25", "50")},
        **{f"q{name}": 110.0 for name in ("75", "90", "95", "975")},
        **{"wis": 1.0, "wis_log": 0.1, "series": "s", "observed": 100.0, "reported_before": True},
        **{"baselines": {"persistence": {"wis": 2.0, "wis_log": 0.2}}, "repeats": None},
    }
    miss = {**base, "observed": 500.0, "series": "t"}
    told = {**base, "repeats": "a"}
    side = {**base, "wis": None}
    says = summary([base, miss, told, side])
    assert says["n_rows"] == says["n_series"] == 2
    assert says["coverage"] == {"50": 0.5, "80": 0.5, "95": 0.5}
    assert says["relative_wis_log"]["persistence"]["value"] == 0.5
    assert says["relative_wis_log"] == says["relative_wis_log_reported"]


def test_where_calibrated_coverage_lies() -> None:
    """Against the distribution itself: at least nine in ten, and no narrower one would hold it."""
    from scipy import stats

    for count in (1, 5, 20, 60):
        ends = binomial_band(count, 0.8)
        assert ends is not None
        low, high = (round(end * count) for end in ends)
        assert stats.binom.cdf(high, count, 0.8) - stats.binom.cdf(low - 1, count, 0.8) >= 0.9
        assert stats.binom.cdf(low - 1, count, 0.8) <= 0.05
        assert stats.binom.sf(high, count, 0.8) <= 0.05
    assert binomial_band(0, 0.8) is None


def test_places_as_the_press_spells_them(tmp_path: Path) -> None:
    from borderflow.observe.scope import UnusableError, areas

    world = tiny(tmp_path)
    for text in ("Haven+Isle", "Haven, Isle", "Haven and Isle", "BBB; CCC", "abroad by land"):
        assert set(areas(world, text)) == {"BBB", "CCC"}, text
    for text in ("Gate", "Haven: Gate", "Gate (Haven)", "Elsewhere/Gate", "Gate/Elsewhere"):
        assert areas(world, text) == ("gate",), text
    for text in ("Haven: all crossings", "Origin-Haven border", "Haven (land)", "Haven-Origin"):
        assert areas(world, text) == ("BBB",), text
    for text in ("Atlantis", "Haven and Atlantis", "Haven: Atlantis"):
        with pytest.raises(UnusableError, match="knows no place"):
            areas(world, text)
