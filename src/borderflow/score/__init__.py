"""Scores of probabilistic forecasts: pure functions of predictions and what was observed."""

from borderflow.score.intervals import LEVELS, PARTS, coverage, wis, wis_parts
from borderflow.score.members import at_least, at_most, crps, log_score, pit
from borderflow.score.relative import Relative, relative_wis

__all__ = [
    "LEVELS",
    "PARTS",
    "Relative",
    "at_least",
    "at_most",
    "coverage",
    "crps",
    "log_score",
    "pit",
    "relative_wis",
    "wis",
    "wis_parts",
]
