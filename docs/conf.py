"""How Sphinx builds these pages: Markdown, five local extensions, no warnings."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "borderflow"
author = "The borderflow developers"
copyright = "2026, The borderflow developers"
version = release = installed("borderflow")

extensions = ["myst_parser", "fields", "registries", "commands", "eleven", "uses"]
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"borderflow {release}"
html_show_sourcelink = False
html_copy_source = False
