"""Run a scenario, or learn from its reports: what Python users call and the commands go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from borderflow.errors import GaveUpError, ScenarioError, arguments, complaint
from borderflow.loading import Rule, change, known_until, load
from borderflow.scenario import Finding, Scenario
from borderflow.scenario.checks.parameters import impossible

if TYPE_CHECKING:
    from borderflow.assimilate import Posterior
    from borderflow.compile import Compiled
    from borderflow.ensemble import Ensemble, Values
    from borderflow.pooled import Extra
    from borderflow.results import Results


def run(
    scenario: Scenario | str | Path,
    members: int = 100,
    seed: int = 1,
    as_of: date | str | None = None,
    without: Sequence[str] = (),
    with_: Sequence[Rule] = (),
    threads: int | None = None,
    small_cells: bool = False,
    progress: Callable[[int, int], None] | None = None,
    draws: Posterior | str | Path | None = None,
) -> Results:
    """Simulate who crosses where and when, with every prior drawn once by each member.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What to run; the name of a scenario that ships, or a folder.
    members : int, optional
        Members of the ensemble. Below 100 the bands are rough; above 1,000 the members are only
        counted, on a grid that is fine enough for quantiles within 1 %.
    seed : int, optional
        Seed, 0 to 2**64 - 1. The same seed gives the same results.
    as_of : date, optional
        Use only what was known at the end of that day.
    without, with_ : sequence, optional
        Policies to leave out and to add, as for `change`.
    threads : int, optional
        Threads; as many as there are processors by default. The results do not depend on it.
    small_cells : bool, optional
        Show cells of fewer than ten people.
    progress : callable, optional
        Called with the members done and the members in all.
    draws : Posterior, str or Path, optional
        What was learned from reports (see `learn`), or a file of it: members take their
        parameters from there, and draw only those that are not in it.

    Returns
    -------
    Results

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.
    GaveUpError
        If no member ran to the end.

    Examples
    --------
    >>> results = run("russia-2022", members=2)
    >>> results.people["residual"]
    0
    """
    wrong = arguments(members, seed, threads)
    if wrong:
        raise ScenarioError(wrong)
    compiled = changed(scenario, as_of, without, with_)
    own = parameters(compiled, draws)
    return results(compiled, members, seed, threads, small_cells, progress, own)


def changed(
    scenario: Scenario | str | Path,
    as_of: date | str | None,
    without: Sequence[str],
    with_: Sequence[Rule],
) -> Compiled:
    """A scenario as arrays, under other rules and from what was known at the end of a day.

    Parameters
    ----------
    scenario, as_of, without, with_ : optional
        As for `run`.

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    until = known_until(scenario, as_of)
    return compile_known(change(scenario, without, with_), until)


def results(
    compiled: Compiled,
    members: int,
    seed: int,
    threads: int | None = None,
    small_cells: bool = False,
    progress: Callable[[int, int], None] | None = None,
    values: Values | None = None,
    extra: Extra | None = None,
) -> Results:
    """The members of an ensemble, run to the end and kept, or counted above 1,000 members.

    Parameters
    ----------
    compiled : Compiled
        What to run.
    members, seed, threads, small_cells, progress : optional
        As for `run`.
    values : callable, optional
        Parameters that a member has instead of drawing them.
    extra : callable, optional
        What is counted besides the tables, where members are only counted.

    Raises
    ------
    GaveUpError
        If no member ran to the end.
    """
    from borderflow.pooled import Pooled, pool
    from borderflow.results import Results
    from borderflow.workers import KEPT

    if members > KEPT:
        found = pool(compiled, members, seed, threads, progress, values, small_cells, extra)
        if not isinstance(found, Pooled):
            raise _none_ran(found)
        return found
    return Results(simulated(compiled, members, seed, threads, progress, values), small_cells)


def learn(
    scenario: Scenario | str | Path,
    as_of: date | str | None = None,
    members: int = 150,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Posterior:
    """Learn the parameters of a scenario from the reports that were known at the end of a day.

    Parameters
    ----------
    scenario : Scenario, str or Path
        The scenario; the name of one that ships, or a folder.
    as_of : date, optional
        Use only what was known at the end of that day.
    members : int, optional
        Members; they are simulated from the start five times.
    seed, threads, progress : optional
        As for `run`.

    Returns
    -------
    Posterior
        Draws of the parameters; `run` takes them.

    Raises
    ------
    ScenarioError
        If the scenario or an argument cannot be used.
    GaveUpError
        If the reports are out of reach of every member.
    """
    wrong = arguments(members, seed, threads)
    if members < 10:
        wrong.append(complaint("--members", members, "too few to learn anything from", "150"))
    if wrong:
        raise ScenarioError(wrong)
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    compiled = compile_known(scenario, known_until(scenario, as_of))
    from borderflow.assimilate import CollapseError
    from borderflow.assimilate import learn as learned

    try:
        return learned(compiled, members, seed, threads=threads, progress=progress)
    except CollapseError as error:
        raise GaveUpError(str(error)) from error


def parameters(compiled: Compiled, draws: Posterior | str | Path | None) -> Values | None:
    """The parameters of each member where they were learned.

    Parameters
    ----------
    compiled : Compiled
        What is run.
    draws : Posterior, str, Path or None
        What was learned, a file of it, or nothing.

    Raises
    ------
    ScenarioError
        If the file cannot be read, or holds nothing that the scenario has, or numbers that cannot
        be.
    """
    if draws is None:
        return None
    from borderflow.assimilate import Posterior, read_draws

    if isinstance(draws, Posterior):
        return draws.draw
    try:
        found = read_draws(Path(draws))
    except (OSError, ValueError, KeyError) as error:
        message = f"no file of draws (NetCDF with a group 'posterior'): {error}"
        raise ScenarioError([complaint("--draws", draws, message)]) from error
    known = [prior for prior in compiled.parameters if prior.id in found.columns]
    wrong = [
        f"{prior.id!r}: {message}"
        for prior in known
        for values in [found.columns[prior.id]]
        for message, _ in impossible(prior.quantity, values.min(), values.max())
    ]
    if not known:
        wrong.append("none of its parameters is one of the scenario's")
    if wrong:
        raise ScenarioError([complaint("--draws", draws, message) for message in wrong])
    return found


def compile_known(scenario: Scenario, until: date | None, like: Compiled | None = None) -> Compiled:
    """A scenario as arrays, from what was known at the end of a day.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    until : date or None
        The day; None holds nothing back.
    like : Compiled, optional
        Another set of rules over the same scenario, which it then takes less time to compile.

    Raises
    ------
    ScenarioError
        If it cannot be compiled.
    """
    import borderflow.observe  # (its table of reports becomes one of the results')
    from borderflow.compile import compile as compile_scenario

    assert borderflow.observe
    try:
        return compile_scenario(scenario, until, like)
    except (LookupError, ValueError) as error:
        message = f"the scenario cannot be compiled: {error}"
        raise ScenarioError(
            [Finding("error", "compile", "", None, None, None, None, message)]
        ) from error


def simulated(
    compiled: Compiled,
    members: int,
    seed: int,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    values: Values | None = None,
) -> Ensemble:
    """The members of an ensemble, run to the end.

    Parameters
    ----------
    compiled : Compiled
        What to run.
    members, seed, threads, progress : optional
        As for `run`.
    values : callable, optional
        Parameters that a member has instead of drawing them.

    Raises
    ------
    GaveUpError
        If no member ran to the end.
    """
    from borderflow.ensemble import simulate

    ensemble = simulate(compiled, members, seed, threads, progress, values=values)
    if not ensemble.members:
        raise _none_ran(ensemble.failed)
    return ensemble


def _none_ran(failed: Mapping[int, str]) -> GaveUpError:
    reasons = "; ".join(f"member {n}: {why}" for n, why in list(failed.items())[:3])
    return GaveUpError(f"no member ran to the end ({reasons})")
