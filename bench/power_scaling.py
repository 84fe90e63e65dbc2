"""Prior sensitivity of a forecast by power scaling: which assumptions its headlines rest on.

The density of one prior is raised to a power, which makes it narrower or wider, and the members are
weighted accordingly instead of being run again (Kallioinen and others 2024,
doi:10.1007/s11222-023-10366-5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.table import RESULTS, heading, machine, number

if TYPE_CHECKING:
    from borderflow.compile.priors import Prior
    from borderflow.forecast import Forecast

Numbers = NDArray[np.float64]

POWERS = (0.8, 1.25)
"""Powers between which the distance is measured."""

WIDER, NARROWER = 0.5, 2.0
"""Powers for which median and band are told: a prior 1.4 times as wide, and 1.4 times narrower."""

NOTICEABLE = 0.05
"""Distance per doubling of the power from which a prior is called informative (as there)."""

SHUFFLES = 5
"""Times that all priors are dealt out to the members anew, to see what chance alone makes."""

MOST = 20
"""Rows of the table."""


@dataclass(frozen=True)
class Moved:
    """What a headline does when one prior is made wider or narrower.

    Attributes
    ----------
    target, parameter : str
        The headline and the parameter.
    distance : float
        How far the distribution of the headline moves per doubling of the power, from 0 to 1.
    by_chance : float
        Distance that one in a hundred priors reaches which have nothing to do with the headline.
    bands : tuple of (float, float, float)
        10 %, 50 % and 90 % quantile: with the prior wider, as it is, and narrower.
    """

    target: str
    parameter: str
    distance: float
    by_chance: float
    bands: tuple[tuple[float, float, float], ...]


def power_scaling(found: Forecast) -> list[Moved]:
    """The priors that move the headlines of a forecast, the most telling first.

    Only priors that set one number for all; those of which every post or host draws its own move
    what is theirs. Left out are those whose distance is not noticeable, or no larger than chance
    alone makes of one in a hundred.

    Parameters
    ----------
    found : Forecast
        A forecast, as read from its folder.
    """
    every = found.main.compiled.parameters
    priors = [prior for prior in every if prior.spread and "[" not in prior.id]
    scores = scores_of_members(found, priors)
    rows = []
    for target, values in headlines(found):
        least = by_chance(values, scores)
        for prior, score in zip(priors, scores.T, strict=True):
            size = distance(values, score)
            if size > max(NOTICEABLE, least):
                powers = (WIDER, 1.0, NARROWER)
                bands = tuple(band(values, weights(score, power)) for power in powers)
                rows.append(Moved(target, prior.id, size, least, bands))
    return sorted(rows, key=lambda row: -row.distance)


def scores_of_members(found: Forecast, priors: Iterable[Prior]) -> Numbers:
    """What each member drew, on the scale on which the prior is standard normal [member, prior]."""
    from scipy.stats import norm

    grid = np.linspace(-6.0, 6.0, 2401)
    chances = norm.cdf(grid).tolist()
    columns = []
    for prior in priors:
        values = np.array([prior.quantile(u) for u in chances])
        up = values[-1] > values[0]
        own = found.main.ensemble.draws[prior.id]
        columns.append(np.interp(own, values if up else values[::-1], grid if up else grid[::-1]))
    return np.column_stack(columns)


def headlines(found: Forecast) -> list[tuple[str, Numbers]]:
    """Entries above ordinary after the origin date, by destination and in all, by member."""
    from borderflow.forecast.kept import window
    from borderflow.results.flows import by_who

    later = window(found.main, found.as_of + timedelta(days=1), found.until)
    rows = []
    for code, index in later.lookup.entered.items():
        people = sum(by_who(later, i)[:, :, 0].sum(axis=1, dtype=np.float64) for i in index)
        rows.append((later.lookup.country(code), np.asarray(people)))
    rows.sort(key=lambda row: -float(np.median(row[1])))
    total = np.sum([values for _, values in rows], axis=0)
    return [("all destinations", total), *rows[:6]]


def weights(score: Numbers, power: float) -> Numbers:
    """Shares of the members when the density of a standard normal prior is raised to a power."""
    logs = (1.0 - power) * score**2 / 2
    found = np.exp(logs - logs.max())
    return np.asarray(found / found.sum())


def band(values: Numbers, shares: Numbers) -> tuple[float, float, float]:
    """10 %, 50 % and 90 % quantile of weighted members."""
    order = np.argsort(values)
    middle = np.cumsum(shares[order]) - shares[order] / 2
    low, half, high = np.interp((0.1, 0.5, 0.9), middle, values[order]).tolist()
    return low, half, high


def distance(values: Numbers, score: Numbers) -> float:
    """How far the distribution of `values` moves per doubling of the power.

    The cumulative Jensen-Shannon distance to the members as they are, over both ends of `POWERS`.
    """
    logs = np.log(values + 10.0)
    ends = [_apart(logs, weights(score, power)) for power in POWERS]
    return float(sum(ends) / np.diff(np.log2(POWERS))[0])


def _apart(values: Numbers, shares: Numbers) -> float:
    return max(_one_sided(values, shares), _one_sided(-values, shares))


def _one_sided(values: Numbers, shares: Numbers) -> float:
    order = np.argsort(values)
    bins = np.diff(values[order])
    p = np.arange(1, len(values)) / len(values)
    q = np.cumsum(shares[order])[:-1]
    bound = float(bins @ (p + q))
    if bound <= 0.0:
        return 0.0
    both = (p + q) / 2
    apart = bins @ (p * np.log2(p / both) + q * np.log2(q / both))
    return float(np.sqrt(max(apart, 0.0) / bound))


def by_chance(values: Numbers, scores: Numbers) -> float:
    """Distance of one in a hundred priors when they are dealt out to the members anew.

    Copies of one draw stay together.
    """
    random = np.random.default_rng(1)
    draws, copy = np.unique(scores, axis=0, return_inverse=True)
    found = []
    for _ in range(SHUFFLES):
        dealt = draws[random.permutation(len(draws))][copy.reshape(-1)]
        found += [distance(values, score) for score in dealt.T]
    return float(np.quantile(found, 0.99))


def keep(folder: Path) -> Path:
    """Work it out for the forecast in a folder, print it, and keep the table of the day."""
    from borderflow import forecast

    found = forecast.read(folder)
    text = table(found, power_scaling(found))
    print(text)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"power-scaling-{date.today():%Y-%m-%d}.md"
    path.write_text(heading(machine()) + "\n" + text, encoding="utf-8")
    return path


def table(found: Forecast, rows: list[Moved]) -> str:
    """The rows as Markdown."""
    lines = [
        "## Prior sensitivity by power scaling",
        "",
        f"Forecast of {found.scenario.name}, {found.as_of} to {found.until}, "
        f"{found.main.members} members; entries above ordinary after the origin date, all and for "
        "the six destinations with most. "
        "Median and 80 % band as they are, and with the prior of the parameter "
        f"{NARROWER**0.5:.1f} times as wide and as narrow.",
        "",
        "| headline | parameter | distance (by chance) | prior wider | as it is | prior narrower |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    for row in rows[:MOST]:
        cells = [f"{number(half)} ({number(low)}–{number(high)})" for low, half, high in row.bands]
        lines.append(
            f"| {row.target} | {row.parameter} | {row.distance:.2f} ({row.by_chance:.2f}) | "
            f"{' | '.join(cells)} |"
        )
    if len(rows) > MOST:
        lines += ["", f"{len(rows) - MOST} more, less telling, are left out."]
    return "\n".join(lines) + "\n"
