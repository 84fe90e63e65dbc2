"""Global sensitivity: which assumptions move which answer, all of them varied together."""

from borderflow.screening.make import Sensitivity, sensitivity

__all__ = ["Sensitivity", "sensitivity"]
