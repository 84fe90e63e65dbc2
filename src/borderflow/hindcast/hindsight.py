"""The reading that knows which rules came, and nothing else that was not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from borderflow import api
from borderflow.compile.shorten import first_days
from borderflow.forecast import Forecast
from borderflow.forecast.kept import keep
from borderflow.results import Results
from borderflow.scenario import Scenario
from borderflow.scenario.checks.parameters import OF_RULES

HINDSIGHT = "hindsight"
"""Its name."""


def rules_that_came(scenario: Scenario, known: Scenario) -> Scenario:
    """What was known on a day, with the rules that came later.

    Parameters
    ----------
    scenario : Scenario
        Everything that is known now.
    known : Scenario
        What was known then: reports, drivers and all numbers that are not of rules are from there.
    """
    of_rules = (row for row in scenario.parameters if row.quantity in OF_RULES)
    parameters = {row.id: row for row in (*of_rules, *known.parameters)}
    return replace(
        known,
        policies=scenario.policies,
        prospects=(),
        parameters=tuple(parameters.values()),
    )


def hindsight(found: Forecast, scenario: Scenario, threads: int | None) -> Results:
    """The members of a forecast under the rules that came.

    Each member keeps what it learned or drew; only the rules differ.

    Parameters
    ----------
    found : Forecast
        The forecast; its first reading gives the members.
    scenario : Scenario
        Everything that is known now.
    threads : int, optional
        Threads to use.

    Returns
    -------
    Results

    Raises
    ------
    ScenarioError
        If the rules cannot be compiled.
    GaveUpError
        If no member ran to the end.
    """
    first = next(iter(found.readings.values()))
    rules = rules_that_came(scenario, found.scenario)
    if rules.policies == found.scenario.policies:
        return first
    compiled = api.compile_known(rules, None)
    compiled = first_days(compiled, found.until, int(compiled.world.spd))
    drawn = first.ensemble.draws
    place = {number: i for i, number in enumerate(first.ensemble.members)}

    def values(number: int) -> dict[str, float]:
        return {name: float(of[place[number]]) for name, of in drawn.items()}

    ensemble = api.simulated(compiled, first.members, first.seed, threads, None, values)
    results = Results(ensemble)
    return keep(found.reported(results) if found.reported else results, found.until)


def horizon_end(scenario: Scenario, origin: date, days: int) -> date:
    """Last day of a forecast so many days ahead, within the scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    origin : date
        Day at whose end the forecast is made.
    days : int
        Days ahead.
    """
    return min(scenario.end, date.fromordinal(origin.toordinal() + days))
