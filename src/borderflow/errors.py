"""What cannot be run, and why: the errors that functions raise and commands turn into findings."""

from __future__ import annotations

from collections.abc import Iterable

from borderflow.scenario.finding import Finding

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


class RuleWarning(UserWarning):
    """Something odd about a rule that somebody added to a scenario."""


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
