"""Who computes makes no difference: threads, processes, a cluster, and versions of Python."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

PYTHONS = ("3.11", "3.12", "3.13")
CODE = """\
import json, sys
from borderflow import api
members, threads = int(sys.argv[2]), int(sys.argv[3])
found = api.run(sys.argv[1], members=members, seed=9, threads=threads)
print(json.dumps([found.digest, sys.version.split()[0]]))
"""


@dataclass
class Same:
    """What came of it: a digest for everybody who computed, and who could not."""

    digests: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def digest(python: str, world: Path, members: int, threads: int) -> list[str]:
    """Digest of a run in a process of its own, and the version of Python that computed it."""
    words = [python, "-c", CODE, str(world), str(members), str(threads)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no answer"]
        why = next((line for line in said[::-1] if "Error" in line), said[0])
        raise RuntimeError(f"borderflow is not installed for it ({why.strip()[:60]})")
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def same(world: Path, members: int, pythons: dict[str, str], *, cluster: bool = True) -> Same:
    """Compute a run in every way there is.

    Parameters
    ----------
    world : Path
        Folder of the scenario.
    members : int
        Members of the run.
    pythons : dict of str to str
        Interpreters with borderflow and its lock file, by version.
    cluster : bool
        Whether to start Dask workers too.
    """
    from borderflow import api
    from borderflow.errors import ScenarioError

    found = Same()
    for threads in (1, 2, 4):
        run = api.run(world, members=members, seed=9, threads=threads)
        found.digests[f"{threads} threads"] = run.digest
    for name in ("first process", "second process"):
        found.digests[name] = digest(sys.executable, world, members, 2)[0]
    if cluster:
        try:
            from borderflow.machines import cluster as on

            with on("local:2"):
                found.digests["Dask, 2 workers"] = api.run(world, members=members, seed=9).digest
        except ScenarioError as error:
            found.skipped["Dask"] = str(error)
    for version in PYTHONS:
        python = pythons.get(version) or shutil.which(f"python{version}")
        if version == f"{sys.version_info[0]}.{sys.version_info[1]}":
            python = sys.executable
        if python is None:
            found.skipped[f"CPython {version}"] = "not installed"
            continue
        try:
            value, exact = digest(python, world, members, 1)
            found.digests[f"CPython {exact}"] = value
        except (RuntimeError, OSError) as error:
            found.skipped[f"CPython {version}"] = str(error)
    return found
