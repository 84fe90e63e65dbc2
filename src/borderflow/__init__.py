"""Who crosses which border where and when, and how long they wait, after a sudden decision.

The public names are loaded on first use, so that ``import borderflow`` stays quick: the compiler
and the table libraries are only read when something is loaded or run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from borderflow.api import learn, run
    from borderflow.comparison import compare
    from borderflow.corridor import corridors
    from borderflow.loading import check, load
    from borderflow.scenario import Scenario

    __version__: str

__all__ = [
    "Scenario",
    "__version__",
    "check",
    "cluster",
    "compare",
    "corridors",
    "learn",
    "load",
    "run",
    "sensitivity",
]

_HOMES = {
    "Scenario": "borderflow.scenario",
    "check": "borderflow.loading",
    "cluster": "borderflow.machines",
    "compare": "borderflow.comparison",
    "corridors": "borderflow.corridor",
    "learn": "borderflow.api",
    "load": "borderflow.loading",
    "run": "borderflow.api",
    "sensitivity": "borderflow.screening",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("borderflow")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'borderflow' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "__version__"})
