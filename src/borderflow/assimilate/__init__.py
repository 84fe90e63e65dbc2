"""Learning parameters from reports that are known."""

from borderflow.assimilate.learning import learn
from borderflow.assimilate.posterior import CollapseError, Posterior, read_draws, summary

__all__ = ["CollapseError", "Posterior", "learn", "read_draws", "summary"]
