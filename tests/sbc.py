"""`python -m tests.sbc`: are the ranks of true parameters uniform among what was learned?"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from borderflow.assimilate.calibration import ranks
from borderflow.compile import Compiled
from borderflow.compile import compile as compile_scenario
from worlds import Tables, tiny

DAYS = range(20, 26)
BINS = 5


def one_border(tmp_path: Path) -> Compiled:
    """The tiny world with entries and a queue at its one post reported every day."""

    def reported(rows: Tables) -> None:
        first: Any = rows["report"][0]
        rows["report"] = []
        for day in DAYS:
            date = {"date_start": f"2022-09-{day}", "date_end": f"2022-09-{day}"}
            date["known_from"] = f"2022-09-{day + 1}"
            row = {**first, **date, "low": "", "high": ""}
            rows["report"].append({**row, "id": f"entries-{day}", "value": "1234"})
            queue = {"quantity": "queue_vehicles", "unit": "vehicles", "publisher": "A newspaper"}
            rows["report"].append({**row, **queue, "id": f"queue-{day}", "value": "500"})

    return compile_scenario(tiny(tmp_path, change=reported))


def unevenness(found: np.ndarray, members: int) -> np.ndarray:
    """Chi-square of the ranks of each parameter over `BINS` equal bins (`BINS` - 1 degrees)."""
    edges = np.linspace(-0.5, members + 0.5, BINS + 1)
    counts = np.array([np.histogram(column, edges)[0] for column in found.T])
    expected = len(found) / BINS
    return np.asarray(((counts - expected) ** 2 / expected).sum(axis=1))


def main() -> None:
    """Print the ranks' chi-square for each parameter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--members", type=int, default=59)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compiled = one_border(Path(folder))
    found = np.array(list(ranks(compiled, options.replications, options.members)))
    names = [prior.id for prior in compiled.parameters if prior.spread]
    lines = [f"{options.replications} replications; chi-square of {BINS} bins (99 %: below 13.3)"]
    for name, value in zip(names, unevenness(found, options.members), strict=True):
        lines.append(f"{name:30s} {value:6.1f}")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
