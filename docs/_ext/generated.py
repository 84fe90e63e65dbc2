"""Small helpers for the directives: text becomes Markdown, Markdown becomes a part of the page."""

import re
from collections.abc import Iterable, Sequence

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


def plain(text: str) -> str:
    """The text as Markdown that shows it as it stands."""
    return re.sub(r"([\\`*_<>\[\]|#$])", r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """The text as code in a table cell; nothing where there is none."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


class Generated(SphinxDirective):
    """A directive that stands for Markdown written by ``markdown``."""

    def markdown(self) -> str:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        try:
            text = self.markdown()
        except LookupError as wrong:
            raise self.error(str(wrong)) from wrong
        # What is generated depends on code and data that Sphinx does not watch.
        self.env.note_reread()
        return self.parse_text_to_nodes(text)
