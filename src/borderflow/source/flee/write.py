"""Writes a scenario as a Flee folder, and says what Flee has no words for."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from borderflow.scenario.checks.registry import modes, straight_km
from borderflow.scenario.model import Driver, Link, Place, Policy, Scenario
from borderflow.scenario.select import select_places

Rows = list[list[object]]


def write_folder(scenario: Scenario, folder: Path | str) -> tuple[str, ...]:
    """Write `input_csv` and `source_data` of a scenario.

    Parameters
    ----------
    scenario : Scenario
        What to say in Flee's words.
    folder : Path or str
        Where to write; it is made.

    Returns
    -------
    tuple of str
        What the scenario says and the folder does not, a sentence each.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    home = Path(folder)
    names, left = _names(scenario), _Left()
    conflicts = _conflicts(scenario, left)
    _table(home / "input_csv/locations.csv", _locations(scenario, names, conflicts, left))
    _table(home / "input_csv/routes.csv", _routes(scenario, names, left))
    _table(home / "input_csv/closures.csv", _closures(scenario, names, left))
    days = (scenario.end - scenario.start).days + 1
    zones = list(conflicts)
    header: list[object] = ["#Day", *(names[zone] for zone in zones)]
    grid: Rows = [[day, *(conflicts[zone][day] for zone in zones)] for day in range(days)]
    _table(home / "input_csv/conflicts.csv", [header, *grid])
    _table(
        home / "input_csv/sim_period.csv",
        [["StartDate", scenario.start.isoformat()], ["Length", days]],
    )
    _counts(scenario, names, conflicts, home / "source_data", left)
    _rest(scenario, left)
    return left.lines()


class _Left:
    """What could not be said: sentences, equal ones counted."""

    def __init__(self) -> None:
        self._found: Counter[str] = Counter()

    def say(self, text: str, times: int = 1) -> None:
        if times:
            self._found[text] += times

    def lines(self) -> tuple[str, ...]:
        return tuple(text if n == 1 else f"{text} ({n})" for text, n in self._found.items())


def _table(path: Path, rows: Iterable[Iterable[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _names(scenario: Scenario) -> dict[str, str]:
    """Flee's name of each place: the place beside a camp that may be shut is the camp itself."""
    names = {place.id: place.name for place in scenario.places}
    for id_ in names:
        whole = id_.removesuffix(".place")
        if whole != id_ and whole in names:
            names[id_] = names[whole]
    return names


def _conflicts(scenario: Scenario, left: _Left) -> dict[str, list[float]]:
    """Intensity of each zone on each day: constant rows of a driver called conflict."""
    days = (scenario.end - scenario.start).days + 1
    found: dict[str, list[float]] = {}
    for row in scenario.drivers:
        if row.driver != "conflict" or row.assumed or row.value <= 0 or row.place == "all":
            continue
        first, last = _window(scenario, row)
        for zone in select_places(scenario, row.place):
            series = found.setdefault(zone, [0.0] * days)
            for day in range(max(first, 0), min(last, days)):
                series[day] = min(1.0, series[day] + row.value)
    if not found:
        left.say("no driver is called conflict: all places with people are zones from day 0")
        for place in scenario.places:
            if place.population > 0 and place.country in scenario.origin_countries:
                found[place.id] = [1.0] * days
    return found


def _window(scenario: Scenario, row: Driver) -> tuple[int, int]:
    first = (row.valid_from.date() - scenario.start).days
    if row.valid_until is None:
        return first, (scenario.end - scenario.start).days + 1
    return first, (row.valid_until.date() - scenario.start).days


def _locations(
    scenario: Scenario,
    names: Mapping[str, str],
    conflicts: Mapping[str, list[float]],
    left: _Left,
) -> Rows:
    home = scenario.origin_countries
    both = [place for place in scenario.places if place.population and place.attraction is not None]
    zones = sum(place.id in conflicts for place in both)
    left.say("places where people live and others come to stay: written as conflict zones", zones)
    left.say("inhabitants of places that are written as camps", len(both) - zones)
    rows: Rows = [
        ["#name", "region", "country", "latitude", "longitude", "location_type", "conflict_date",
         "population"]
    ]  # fmt: skip
    for place in sorted(scenario.places, key=lambda p: p.country not in home):
        if names[place.id] != place.name:
            continue
        kind = _type(place, scenario, conflicts)
        began: object = ""
        people: object = place.population or ""
        if kind == "conflict_zone":
            began = next((i for i, value in enumerate(conflicts[place.id]) if value > 0), 0)
        elif "camp" in kind:
            people = place.capacity or 0
        country = scenario.countries.get(place.country, place.country)
        rows.append(
            [place.name, country, country, place.lat, place.lon, kind, began, people]
        )  # fmt: skip
    return rows


def _type(place: Place, scenario: Scenario, conflicts: Mapping[str, list[float]]) -> str:
    if place.attraction is not None and not (place.population and place.id in conflicts):
        return "idpcamp" if place.country in scenario.origin_countries else "camp"
    if place.id in conflicts:
        return "conflict_zone"
    return "forwarding_hub" if place.type in ("hub", "airport", "station") else "town"


def _routes(scenario: Scenario, names: Mapping[str, str], left: _Left) -> Rows:
    rows: Rows = [["#name1", "name2", "distance", "forced_redirection"]]
    pairs: dict[frozenset[str], tuple[str, str, float, set[str]]] = {}
    for link in scenario.links:
        one, other = names[link.from_], names[link.to]
        if one == other:
            continue
        km = link.distance_km
        if km is None:
            left.say("links without a distance: the straight line times the detour of their mode")
            km = _distance(scenario, link)
        key = frozenset((one, other))
        ends = {one, other} if link.two_way else {one}
        if key in pairs:
            first, second, length, from_ = pairs[key]
            if link.mode == "air" or km != length:
                left.say("further links between the same two places: the shortest is kept")
            pairs[key] = (first, second, min(length, km), from_ | ends)
        else:
            pairs[key] = (one, other, km, ends)
    lifted = {
        frozenset(names[side] for side in arrow)
        for policy in scenario.policies
        if (arrow := _arrow(scenario, policy)) is not None
    }
    for key, (one, other, km, from_) in pairs.items():
        forced = len(from_) == 1 or key in lifted
        rows.append([one, other, f"{km:g}", (2 if one in from_ else 1) if forced else 0])
    return rows


def _distance(scenario: Scenario, link: Link) -> float:
    """Length of a link whose distance nobody gave, as a run takes it [km]."""
    line = straight_km(scenario.place(link.from_), scenario.place(link.to))
    return round(max(line * modes()[link.mode].detour, 1.0), 1)


def _arrow(scenario: Scenario, policy: Policy) -> tuple[str, str] | None:
    """The two places of a road closed in one direction."""
    if policy.kind != "road_closed" or "->" not in policy.place:
        return None
    ends = [select_places(scenario, part) for part in policy.place.split("->")]
    return (ends[0][0], ends[1][0]) if all(len(end) == 1 for end in ends) else None


def _closures(scenario: Scenario, names: Mapping[str, str], left: _Left) -> Rows:
    rows: Rows = [["#closure_type", "name1", "name2", "closure_start", "closure_end"]]
    last = (scenario.end - scenario.start).days
    for policy in scenario.policies:
        start = max(0, (policy.valid_from - scenario.start).days)
        end = -1 if policy.valid_until is None else (policy.valid_until - scenario.start).days
        said = _closure(scenario, policy, names)
        if said is None or policy.status != "in force":
            left.say(f"policies of the kind {policy.kind}")
            continue
        if said[0] == "remove_forced_redirection":
            start, end = max(end, 0), 0
        elif policy.valid_until is not None and end <= 0:
            continue  # over before day 0; Flee would take such an end for none
        if start > last:
            continue
        rows.append([*said, start, end])
    return rows


def _closure(
    scenario: Scenario, policy: Policy, names: Mapping[str, str]
) -> tuple[str, str, str] | None:
    from borderflow.scenario.select import pair

    def country(code: str) -> str:
        return scenario.countries[code]

    if policy.applies_to != "all":
        return None
    arrow = _arrow(scenario, policy)
    if arrow is not None:
        if policy.valid_until is None:
            return None
        return "remove_forced_redirection", names[arrow[1]], names[arrow[0]]
    sides = pair(scenario, policy.place)
    if sides is not None:
        (one, *more), (other, *others) = sides
        if more or others:
            return None
        if policy.kind == "crossing_closed" and {one, other} <= set(scenario.countries):
            return "country", country(one), country(other)
        if policy.kind == "road_closed" and one in names and other in names:
            return "link", names[one], names[other]
        return None
    places = select_places(scenario, policy.place)
    if len(places) != 1:
        return None
    name = names[places[0]]
    if policy.kind == "road_closed":
        return "location", name, ""
    if policy.kind == "camp_closed":
        home = scenario.place(places[0]).country in scenario.origin_countries
        return ("idpcamp" if home else "camp"), name, ""
    return None


def _counts(
    scenario: Scenario,
    names: Mapping[str, str],
    conflicts: Mapping[str, list[float]],
    folder: Path,
    left: _Left,
) -> None:
    camps = [place for place in scenario.places if "camp" in _type(place, scenario, conflicts)]
    series: dict[str, dict[str, float]] = {place.id: {} for place in camps}
    known = {text: place.id for place in camps for text in (place.id, place.name, *place.aliases)}
    other = 0
    for report in scenario.reports:
        camp = known.get(report.place)
        if camp is None or report.quantity != "present" or report.date_start != report.date_end:
            other += 1
            continue
        series[camp][report.date_start.isoformat()] = report.value
    left.say("reports that are no count of people in a camp on a day", other)
    layout: Rows = [["total", "refugees.csv"]]
    dates = {date for counts in series.values() for date in counts}
    for place in camps:
        counts = series[place.id]
        if not counts:
            left.say(f"nobody was counted in {place.name}: those present at the start are written")
            counts[scenario.start.isoformat()] = float(place.present)
        file = f"{place.id}.csv"
        layout.append([names[place.id], file])
        _table(folder / file, [["#date", "people"], *_sorted(counts)])
    _table(folder / "data_layout.csv", layout)
    dates.add(scenario.start.isoformat())
    total: dict[str, float] = {}
    for date in sorted(dates):
        total[date] = sum(_last(counts, date) for counts in series.values())
    _table(folder / "refugees.csv", [["#date", "people"], *_sorted(total)])


def _sorted(counts: Mapping[str, float]) -> Rows:
    return [[date, round(value)] for date, value in sorted(counts.items())]


def _last(counts: Mapping[str, float], date: str) -> float:
    """The last count up to a date."""
    before = [day for day in counts if day <= date]
    return counts[max(before)] if before else 0.0


def _rest(scenario: Scenario, left: _Left) -> None:
    """Kinds of rows that Flee does not know."""
    left.say("checkpoints: queues, waits and refusals at borders", len(scenario.checkpoints))
    left.say("ordinary traffic", len(scenario.traffic))
    left.say("cohorts: everybody is the same in Flee", max(0, len(scenario.cohorts) - 1))
    left.say("links with seats", sum(link.seats_day is not None for link in scenario.links))
    left.say("links with a fare", sum(bool(link.fare) for link in scenario.links))
    others = [row for row in scenario.drivers if row.driver not in ("conflict", "volume", "decay")]
    left.say("drivers of leaving other than the conflict", len(others))
    if any(row.driver == "decay" for row in scenario.drivers):
        left.say("the decay of leaving with time: conflict_spawn_decay in Flee's simsetting.yml")
    if any(row.driver == "volume" for row in scenario.drivers):
        left.say("how many leave each day: Flee takes it from the counts")
    left.say("parameters of the movement model", len(scenario.parameters))
    if scenario.step_hours != timedelta(days=1) / timedelta(hours=1):
        left.say("steps shorter than a day")
