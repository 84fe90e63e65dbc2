"""What every test file may use: the shared facts where there are any, and how cases are made."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from borderflow.engine.ready import make_ready

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("BORDERFLOW_SHARED") or ROOT.parent / "shared")

# The first call of a compiled function takes seconds, so no case has a deadline; the cases are the
# same in every run, so that a failure seen once can be seen again.
settings.register_profile("borderflow", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("borderflow")

# A run that is repeated shows that numbers are the same only if it is simulated again.
os.environ["BORDERFLOW_MEMBERS"] = ""

MISSING = "the shared facts are missing"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the facts that are kept beside the repository, not in it."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"{MISSING}: no folder 'data' in {SHARED}; BORDERFLOW_SHARED names another")
    return SHARED


def pytest_configure(config: pytest.Config) -> None:
    """Compile the engine before there are several processes, each of which would do it."""
    if not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None):
        make_ready(os.cpu_count() or 1)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud how many tests could not run for want of the shared facts, and the random order."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if MISSING in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests SKIPPED because {MISSING} (looked in {SHARED})", yellow=True
        )
    seed = terminalreporter.config.getoption("randomly_seed", None)
    terminalreporter.write_line(f"order of the tests: --randomly-seed={seed}")
