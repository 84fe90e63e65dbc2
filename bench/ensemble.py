"""Many members of the generated world on some threads: time and peak memory of one process."""

from __future__ import annotations

import json
import sys
import time

from bench.timing import SEED
from bench.worlds import FULL, world
from borderflow import run


def peak() -> float:
    """Most memory that this process has held so far, in megabytes; 0 where nobody can say."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3 / 1.024)


def ensemble(members: int, threads: int) -> dict[str, float]:
    """Run members and put their answer together, as `borderflow run` does.

    What it took up to a fifth of the members is told too: results fill up as members end, so
    time and memory between there and the end tell what a member more takes.
    """
    scenario = world(FULL)
    early: dict[str, float] = {}
    began = time.perf_counter()

    def note(done: int, _: int) -> None:
        if done == members // 5:
            early["early"] = done
            early["early_s"] = time.perf_counter() - began
            early["early_work_s"] = time.process_time()
            early["early_mb"] = peak()

    results = run(scenario, members=members, seed=SEED, threads=threads, progress=note)
    simulated, worked = time.perf_counter() - began, time.process_time()
    held = peak()
    from borderflow.text import render

    render(results)
    return {
        "members": results.members,
        "failed": len(results.ensemble.failed),
        "run_s": simulated,
        "answer_s": time.perf_counter() - began - simulated,
        "run_work_s": worked,
        "work_s": time.process_time(),
        "run_mb": held,
        "peak_mb": peak(),
        "residual": float(results.people["residual"]),
        **early,
    }


if __name__ == "__main__":
    print(json.dumps(ensemble(int(sys.argv[1]), int(sys.argv[2]))))
