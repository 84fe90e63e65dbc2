"""The directive ``{fields} KIND``: the table of a kind's attributes, read from fields.csv."""

import csv
from importlib.resources import files

from sphinx.application import Sphinx

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


class Fields(Generated):
    required_arguments = 1

    def markdown(self) -> str:
        return fields(self.arguments[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("fields", Fields)
    return {"parallel_read_safe": True}
