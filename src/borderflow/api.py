"""Load a scenario, change its rules, run it: what Python users call and the commands go through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from borderflow.scenario import Finding, Policy, Scenario
from borderflow.scenario.check import check as find
from borderflow.scenario.check import check_folder
from borderflow.scenario.checks.parameters import impossible
from borderflow.scenario.edit import TOO_RECENT, may_not_switch, with_policies
from borderflow.scenario.edit import without as leave_out
from borderflow.scenario.finding import nearest
from borderflow.scenario.read import read_policies_toml
from borderflow.scenario.select import NotFoundError, resolve

if TYPE_CHECKING:
    from borderflow.assimilate import Posterior
    from borderflow.compile import Compiled
    from borderflow.ensemble import Ensemble, Values
    from borderflow.pooled import Extra
    from borderflow.results import Results

HOME = Path(__file__).with_name("scenarios")
"""Folder of the scenarios that ship."""

COMMAND_LINE = "command line"
"""What findings about an argument give as their file."""


class ScenarioError(ValueError):
    """A scenario (or a change to one) that cannot be run, with everything that is wrong.

    Parameters
    ----------
    findings : iterable of Finding
        What is wrong; warnings may be among them.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        errors = [finding for finding in self.findings if finding.level == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more}" if errors else "the scenario cannot be run")


class GaveUpError(RuntimeError):
    """A computation that could not come to an end."""


def complaint(option: str, text: object, message: str, near: str | None = None) -> Finding:
    """Say that an argument of a command or function cannot be used.

    Parameters
    ----------
    option : str
        Its name.
    text : object
        What was given.
    message : str
        What is wrong with it.
    near : str, optional
        The nearest that could be used.
    """
    read_ = None if text is None else str(text)
    return Finding("error", "usage", COMMAND_LINE, None, option, read_, near, message)


def scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship with borderflow.

    Examples
    --------
    >>> "russia-2022" in scenarios()
    True
    """
    return tuple(sorted(path.name for path in HOME.iterdir() if (path / "scenario.toml").is_file()))


def folder(name_or_path: str | Path) -> Path:
    """Folder of a scenario: a shipped one by its name, any other by its path.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped scenario, or a folder.

    Raises
    ------
    ScenarioError
        If there is neither.
    """
    if str(name_or_path) in scenarios():
        return HOME / str(name_or_path)
    path = Path(name_or_path)
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        near = nearest(str(name_or_path), scenarios())
        message = "neither a scenario that ships nor a folder"
        raise ScenarioError([complaint("SCENARIO", name_or_path, message, near)])
    return path


def load(name_or_path: str | Path) -> Scenario:
    """Read a scenario: one that ships by its name, or any folder.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped scenario (see `scenarios`), or a folder.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If anything in it is an error; all of them are in its `findings`.

    Examples
    --------
    >>> load("russia-2022").nationality
    'RUS'
    """
    scenario, findings = examine(name_or_path)
    if scenario is None or any(finding.level == "error" for finding in findings):
        raise ScenarioError(findings)
    return scenario


def examine(name_or_path: str | Path) -> tuple[Scenario | None, list[Finding]]:
    """Read a scenario as far as it can be read, and everything there is to say about it.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a shipped scenario, or a folder.

    Returns
    -------
    (Scenario or None, list of Finding)
        None where it could not be read.
    """
    try:
        path = folder(name_or_path)
    except ScenarioError as error:
        return None, error.findings
    return check_folder(path)


def check(scenario: Scenario | str | Path) -> list[Finding]:
    """Everything that is wrong (errors) or odd (warnings) in a scenario, all at once.

    Parameters
    ----------
    scenario : Scenario, str or Path
        A scenario, the name of one that ships, or a folder.

    Examples
    --------
    >>> [finding.message for finding in check("no/such/folder")]
    ['neither a scenario that ships nor a folder']
    """
    if isinstance(scenario, Scenario):
        return list(find(scenario))
    return examine(scenario)[1]


def change(
    scenario: Scenario,
    without: str | Sequence[str] = (),
    with_: Policy | str | Path | Sequence[Policy | str | Path] = (),
) -> Scenario:
    """The scenario without some of its policies, and with others.

    Removing a rule removes its announcement too.

    Parameters
    ----------
    scenario : Scenario
        What to change.
    without : sequence of str
        Policies to leave out, by id (or kind and place).
    with_ : sequence of Policy, str or Path
        Policies to add, or TOML files with `[[policy]]` tables.

    Raises
    ------
    ScenarioError
        If a policy is not there, a file cannot be read, or the outcome contradicts itself; if a
        rule on leaving is to be left out of a scenario that ended less than 30 days ago.
    """
    wrong: list[Finding] = []
    gone = []
    without = (without,) if isinstance(without, str) else without
    with_ = (with_,) if isinstance(with_, str | Path | Policy) else with_
    for text in without:
        try:
            gone.append(resolve(scenario, "policy", text))
        except NotFoundError as error:
            wrong.append(complaint("--without", text, error.says, error.nearest))
            continue
        if gone[-1] in may_not_switch(scenario, date.today()):
            wrong.append(complaint("--without", text, TOO_RECENT))
    added: list[Policy] = []
    for item in with_:
        if isinstance(item, Policy):
            added.append(item)
            continue
        policies, found = read_policies_toml(item)
        added.extend(policies)
        wrong.extend(found)
    kept = {row.id for row in scenario.policies} - set(gone)
    for policy in added:
        if policy.id in kept:
            wrong.append(
                Finding(
                    "error",
                    "usage",
                    policy.where.file or COMMAND_LINE,
                    policy.where.row or None,
                    "id",
                    policy.id,
                    None,
                    "the scenario has a policy of this id already (leave it out to replace it)",
                )
            )
        kept.add(policy.id)
    if any(finding.level == "error" for finding in wrong):
        raise ScenarioError(wrong)
    if not gone and not added:
        return scenario
    changed = with_policies(leave_out(scenario, *gone), added)
    found = check(changed)
    if any(finding.level == "error" for finding in found):
        raise ScenarioError(found)
    return changed


def run(
    scenario: Scenario | str | Path,
    members: int = 100,
    seed: int = 1,
    as_of: date | str | None = None,
    without: Sequence[str] = (),
    with_: Sequence[Policy | str | Path] = (),
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
    with_: Sequence[Policy | str | Path],
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


def arguments(members: int, seed: int, threads: int | None) -> list[Finding]:
    """What is wrong with the numbers that a run is given.

    Parameters
    ----------
    members, seed, threads : int
        As for `run`.
    """
    wrong = []
    if members < 1:
        wrong.append(complaint("--members", members, "there must be at least one member", "1"))
    if seed != int(seed) or not 0 <= seed < 2**64:
        wrong.append(complaint("--seed", seed, "the seed is a whole number from 0 to 2**64 - 1"))
    if threads is not None and threads < 1:
        wrong.append(complaint("--threads", threads, "there must be at least one thread", "1"))
    return wrong


def known_until(scenario: Scenario, as_of: date | str | None) -> date | None:
    """The day at whose end facts are cut off, from what somebody gave.

    Parameters
    ----------
    scenario : Scenario
        The scenario, which must be running on that day.
    as_of : date, str or None
        The day, or its ISO spelling; None holds nothing back.

    Raises
    ------
    ScenarioError
        If it is no date, or outside the scenario.
    """
    if isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            message = "not a date (YYYY-MM-DD)"
            raise ScenarioError([complaint("--as-of", as_of, message)]) from None
    if as_of is not None and not scenario.start <= as_of <= scenario.end:
        near = (scenario.start if as_of < scenario.start else scenario.end).isoformat()
        message = f"outside the scenario, which runs from {scenario.start} to {scenario.end}"
        raise ScenarioError([complaint("--as-of", as_of, message, near)])
    return as_of


__all__ = [
    "GaveUpError",
    "ScenarioError",
    "change",
    "check",
    "examine",
    "learn",
    "load",
    "run",
    "scenarios",
]
