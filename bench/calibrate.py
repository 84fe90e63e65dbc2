"""Calibrates the movement model on a folder of conflicts in Flee's format: `make calibrate`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from borderflow.validate.calibrate import calibrate
from borderflow.validate.conflict import read_conflict
from borderflow.validate.parameters import FILE

SHARED = Path(os.environ.get("BORDERFLOW_SHARED") or "../shared")


def main(words: Sequence[str]) -> int:
    """Calibrate on every conflict in a folder, and write the sets of numbers to a file."""
    if len(words) > 2:
        print("usage: python -m bench.calibrate [FOLDER [FILE]]", file=sys.stderr)
        return 2
    home = Path(words[0]) if words else SHARED / "data" / "flee"
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
    document = calibrate(conflicts, lambda text: print(text, file=sys.stderr))
    target = Path(words[1]) if len(words) > 1 else FILE
    target.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
