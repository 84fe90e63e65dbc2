"""The directives ``{uses}`` and ``{prospects}``: what the shipped scenario makes of its reports,
and what may come of the words and rumours that are no rules yet."""

from sphinx.application import Sphinx

import borderflow
from generated import Generated, code, plain, table

SCENARIO = "russia-2022"
MADE = {
    "report": "compared with what is simulated",
    "driver": "level of the driver",
    "prior": "behind a prior or an ordinary level",
    "unused": "not used",
}


def uses() -> str:
    """Every report and what is made of it as a Markdown table."""
    scenario = borderflow.load(SCENARIO)
    reports = {report.id: report for report in scenario.reports}
    rows = []
    for use in scenario.uses:
        report = reports[use.report]
        first, last = f"{report.date_start:%d %b %Y}", f"{report.date_end:%d %b %Y}"
        rows.append(
            (
                code(report.id),
                plain(report.place),
                plain(report.quantity.replace("_", " ")),
                first if first == last else f"{first} to {last}",
                f"{report.value:,g}",
                plain(report.unit),
                MADE[use.role],
                plain(use.reason or use.of),
            )
        )
    head = ("report", "place", "what", "days", "value", "unit", "made of it", "which, or why not")
    return table(head, rows)


def prospects() -> str:
    """Everything that is no rule yet, with its chance and its days, as a Markdown table."""
    scenario = borderflow.load(SCENARIO)
    policies = {policy.id: policy for policy in scenario.policies}
    rows = [
        (
            code(row.policy),
            plain(policies[row.policy].place),
            plain(policies[row.policy].status),
            f"{row.chance:.0%} ({row.low:.0%} to {row.high:.0%})",
            f"{row.earliest:%d %b} to {row.latest:%d %b}",
            code(row.becomes or policies[row.policy].kind),
            plain(row.note),
        )
        for row in scenario.prospects
    ]
    return table(("policy", "place", "status", "chance", "days", "becomes", "argument"), rows)


class Uses(Generated):
    def markdown(self) -> str:
        return uses()


class Prospects(Generated):
    def markdown(self) -> str:
        return prospects()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("uses", Uses)
    app.add_directive("prospects", Prospects)
    return {"parallel_read_safe": True}
