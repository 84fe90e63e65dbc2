"""What to cite for the numbers of a scenario: the software, and every source behind them."""

from __future__ import annotations

import textwrap
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from borderflow.scenario.fields import FILES

if TYPE_CHECKING:
    from borderflow.scenario import Scenario

TITLE = "borderflow: who crosses which border where and when after a sudden decision"
AUTHORS = "The borderflow developers"
LICENCE = "Apache-2.0"


def citation(scenario: Scenario, manifest: dict[str, Any]) -> dict[str, Any]:
    """What to cite, as plain data.

    Parameters
    ----------
    scenario : Scenario
        What was run.
    manifest : dict
        What the folder of the run says of itself; empty for a scenario alone.
    """
    uses: dict[str, dict[str, int]] = {}
    for kind, file in FILES.items():
        if kind == "source":
            continue
        for row in scenario.rows(kind):
            for name in str(getattr(row, "source", None) or "").split("|"):
                if name:
                    rows = uses.setdefault(name, {})
                    rows[file] = rows.get(file, 0) + 1
    pages: dict[str, list[str]] = {}
    written = [(row.source_url, row.id) for row in scenario.policies]
    written += [(row.source_url, row.id) for row in scenario.reports]
    for text, name in written:
        for page in text.split("|"):
            if page.strip():
                pages.setdefault(page.strip(), []).append(name)
    return {
        "software": {
            "title": TITLE,
            "authors": AUTHORS,
            "version": str(manifest.get("version") or version("borderflow")),
            "licence": LICENCE,
        },
        "scenario": {"id": scenario.id, "name": scenario.name, "hash": scenario.hash},
        "as_of": manifest.get("as_of"),
        "digest": manifest.get("digest"),
        "sources": [
            {
                "id": row.id,
                "title": row.title,
                "publisher": row.publisher,
                "url": row.url,
                "date": row.date,
                "licence": row.licence,
                "rows": uses[row.id],
            }
            for row in scenario.sources
            if row.id in uses
        ],
        "pages": [{"page": page, "rows": ids} for page, ids in sorted(pages.items())],
    }


def render(data: dict[str, Any]) -> str:
    """What to cite, for people.

    Parameters
    ----------
    data : dict
        As `citation` gives it.
    """
    soft, what = data["software"], data["scenario"]
    lines = [
        f"{soft['authors']}. {soft['title']}. Version {soft['version']}. {soft['licence']}.",
        f"Scenario {what['id']} ({what['name']}), SHA-256 {what['hash'][:16]}…",
    ]
    if data["digest"]:
        lines.append(f"Results: digest {data['digest']}")
    lines += ["", f"Sources behind it ({len(data['sources'])}):"]
    for row in data["sources"]:
        when = f", {row['date']}" if row["date"] else ""
        url = f" {row['url']}" if row["url"] else ""
        text = f"{row['publisher'] or row['id']}{when}: {row['title'] or row['id']}.{url}"
        lines += textwrap.wrap(text, 98, initial_indent="- ", subsequent_indent="  ",
                               break_long_words=False, break_on_hyphens=False)  # fmt: skip
        rows = ", ".join(f"{n} in {file}" for file, n in row["rows"].items())
        lines += textwrap.wrap(
            f"licence: {row['licence'] or 'not stated'}; rows: {rows}",
            98,
            initial_indent="  ",
            subsequent_indent="  ",
        )
    lines += ["", f"Where its rules and reports are written ({len(data['pages'])}):"]
    for row in data["pages"]:
        lines += textwrap.wrap(f"{row['page']} ({', '.join(row['rows'])})", 98,
                               initial_indent="- ", subsequent_indent="  ",
                               break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return "\n".join(lines) + "\n"
