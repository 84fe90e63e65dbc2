"""The command line: a thin layer over `borderflow.api`."""

from borderflow.cli.main import main
from borderflow.cli.parser import parser

__all__ = ["main", "parser"]
