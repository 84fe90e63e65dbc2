"""Labelled results of an ensemble: tables with quantiles, arrays with names, one digest."""

from borderflow.results import flows, queues, stocks
from borderflow.results.results import Results
from borderflow.results.tables import TABLES, Block, Table, TableKind, register

for _module in (flows, stocks, queues):
    for _kind in _module.KINDS:
        register(_kind)

__all__ = ["TABLES", "Block", "Results", "Table", "TableKind", "register"]
