"""The engine: parties move through places, queues and departures, step by step, on plain arrays.

Compiled code is kept between runs, in a folder of its own for every version of the sources:
Numba looks only at the file a function stands in, and would go on using a kernel whose callees
have changed.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import numba
from numba.misc.appdirs import AppDirs


def _fingerprint() -> str:
    """Hash of everything that compiled code depends on."""
    here = Path(__file__).parent
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted([*here.glob("*.py"), *here.parent.glob("*.py")]):
        if path.parent == here or path.name in ("arrays.py", "structure.py"):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def users_cache() -> Path:
    """The user's folder for what can be made again."""
    return Path(AppDirs("borderflow", appauthor=False).user_cache_dir)  # type: ignore[no-untyped-call]


def can_write(folder: Path) -> bool:
    """Whether files can be put into a folder, which is made if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _cache_folder() -> Path:
    """Folder for compiled code: the user's cache, or a temporary one where that is closed.

    A temporary one is this process's alone: code that others could put there would be run.
    """
    folder = users_cache() / "compiled" / _fingerprint()
    if can_write(folder):
        return folder
    own = tempfile.mkdtemp(prefix="borderflow-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return Path(own)


if not os.environ.get("NUMBA_CACHE_DIR"):
    numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]
