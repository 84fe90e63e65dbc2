"""Reports as functionals of what was simulated: what a report would have said of each member."""

from borderflow.observe.functionals import FUNCTIONALS, Unusable, simulate_report
from borderflow.observe.plausibility import TITLE, comparisons, reports_table, unused
from borderflow.observe.scope import areas
from borderflow.results import register

register(reports_table)

__all__ = ["FUNCTIONALS", "TITLE", "Unusable", "areas", "comparisons", "simulate_report", "unused"]
