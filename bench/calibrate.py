"""Calibrates the movement model on a folder of conflicts in Flee's format: `make calibrate`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from borderflow.errors import ScenarioError
from borderflow.machines import cluster
from borderflow.validate.calibrate import calibrate
from borderflow.validate.conflict import read_conflict
from borderflow.validate.parameters import FILE

SHARED = Path(os.environ.get("BORDERFLOW_SHARED") or "../shared")


def main(words: Sequence[str]) -> int:
    """Calibrate on every conflict in a folder, and write the sets of numbers to a file."""
    parser = argparse.ArgumentParser(prog="make calibrate", description=__doc__)
    home_of = SHARED / "data" / "flee"
    parser.add_argument("folder", nargs="?", type=Path, default=home_of, help="holds conflicts")
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help="where the numbers go")
    parser.add_argument(
        "--cluster", metavar="WHERE", help="local:N, or the address of a running Dask scheduler"
    )
    asked = parser.parse_args(words)
    home: Path = asked.folder
    if not home.is_dir():
        print(f"no folder {home}: name one that holds conflicts", file=sys.stderr)
        return 2
    conflicts = []
    for path in sorted(home.iterdir()):
        if not (path / "input_csv").is_dir():
            continue
        conflict, findings = read_conflict(path)
        if conflict is None:
            print(*findings, sep="\n", file=sys.stderr)
            return 2
        conflicts.append(conflict)
    if len(conflicts) < 3:
        print("three conflicts or more are needed", file=sys.stderr)
        return 2
    try:
        with cluster(asked.cluster):
            document = calibrate(conflicts, lambda text: print(text, file=sys.stderr))
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    asked.file.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(asked.file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
