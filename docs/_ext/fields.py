"""The directives ``{fields} KIND`` and ``{files}``: columns of a kind, and the files, as tables."""

import csv
from importlib.resources import files

from sphinx.application import Sphinx

from borderflow.scenario.fields import FILES, SAYS
from borderflow.scenario.read import HEADER, NEEDED
from generated import Generated, code, plain, table

Row = dict[str, str]


def kinds() -> dict[str, list[Row]]:
    """The rows of fields.csv, by kind, in the order of the file."""
    text = files("borderflow.scenario").joinpath("fields.csv").read_text("utf-8-sig")
    found: dict[str, list[Row]] = {}
    for row in csv.DictReader(text.splitlines()):
        found.setdefault(row["kind"], []).append(row)
    return found


def fields(kind: str) -> str:
    """The attributes of one kind as a Markdown table.

    Raises
    ------
    LookupError
        If fields.csv has no such kind.
    """
    if kind not in kinds():
        raise LookupError(f"fields.csv has no kind '{kind}': {', '.join(kinds())}")
    rows = [
        (
            code(row["attribute"]),
            code(row["type"]),
            plain(row["unit"]),
            "*required*" if row["default"] == "required" else code(row["default"]),
            plain(row["description"]),
        )
        for row in kinds()[kind]
    ]
    return table(("attribute", "type", "unit", "default", "meaning"), rows)


def scenario_files() -> str:
    """The files of a scenario folder as a Markdown table."""
    rows = [
        (
            code(FILES.get(kind, HEADER)),
            code(kind),
            "yes" if kind not in FILES or kind in NEEDED else "",
            plain(says),
        )
        for kind, says in SAYS.items()
    ]
    return table(("file", "kind of row", "needed", "what it says"), rows)


class Files(Generated):
    def markdown(self) -> str:
        return scenario_files()


class Fields(Generated):
    required_arguments = 1

    def markdown(self) -> str:
        return fields(self.arguments[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("fields", Fields)
    app.add_directive("files", Files)
    return {"parallel_read_safe": True}
