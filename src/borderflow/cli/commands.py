"""What answers each command: it gives what to print, as data and as text."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from borderflow.cli import (
    again,
    check,
    compare,
    corridors,
    fields,
    flee,
    forecast,
    hindcast,
    lists,
    new,
    page,
    run,
    sensitivity,
)
from borderflow.cli.answer import Answer

COMMANDS: dict[str, Callable[[argparse.Namespace], Answer]] = {
    "run": run.run,
    "compare": compare.compare,
    "corridors": corridors.corridors,
    "forecast": forecast.forecast,
    "score": forecast.score,
    "hindcast": hindcast.hindcast,
    "report": page.report,
    "serve": page.serve,
    "new": new.new,
    "fields": fields.fields,
    "check": check.check,
    "scenarios": lists.scenarios,
    "plan": lists.plan,
    "import": flee.import_,
    "export": flee.export,
    "validate": flee.validate,
    "sensitivity": sensitivity.sensitivity,
    "resume": lambda options: again.resume(options, COMMANDS),
    "rerun": lambda options: again.rerun(options, COMMANDS),
    "cite": again.cite,
}
"""The commands by name."""
