"""Learning parameters from reports that are known."""

from borderflow.assimilate.posterior import CollapseError, Posterior, learn, read_draws

__all__ = ["CollapseError", "Posterior", "learn", "read_draws"]
