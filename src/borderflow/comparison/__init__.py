"""The same members with one set of rules and with another: what a rule changes, in pairs."""

from borderflow.comparison.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
