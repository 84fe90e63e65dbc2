"""Members that were simulated before: who asks again gets them from the disk.

Only members of scenarios that ship with borderflow are kept. What somebody simulates of facts of
their own is written where they say, and nowhere else.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from borderflow.checkpoint import Piece, Stage, Store, keeping
from borderflow.engine import can_write, users_cache
from borderflow.machines import versions
from borderflow.runfolder import FolderError

PLACE = "BORDERFLOW_MEMBERS"
"""Environment variable: the folder to keep members in; empty, and none are kept."""

ROOM = 400 << 20
"""Bytes that are kept at most; what has not been asked for the longest goes first."""

OURS = re.compile("[0-9a-f]{16}")
"""Names of folders that are made here: nothing else is deleted where somebody names a folder."""


class Spare(Stage):
    """Pieces that could be made again: one that cannot be read or written is not kept.

    Attributes
    ----------
    used : int
        How many were asked for and found.
    """

    def __init__(self, folder: Path, earlier: Stage | None = None) -> None:
        self.used = 0
        with suppress(OSError):  # a folder that cannot be made holds nothing, and takes nothing
            try:
                super().__init__(folder, earlier)
            except FolderError:
                shutil.rmtree(folder, ignore_errors=True)
                super().__init__(folder, earlier)
            os.utime(folder)

    def add(self, number: int, piece: Piece) -> None:
        """Keep a piece; a member that failed, perhaps for want of memory, is tried again."""
        if "failed" not in piece:
            super().add(number, piece)

    def _read(self, path: Path, wanted: frozenset[int]) -> dict[int, Piece]:
        try:
            found = super()._read(path, wanted)
        except Exception:  # a broken file breaks in many ways, and any of them means the same
            with suppress(OSError):
                path.unlink()
            found = {}
        for number in wanted - found.keys():
            del self._files[number]
        self.used += len(found)
        return found

    def _write(self) -> None:
        try:
            super()._write()
        except OSError:
            self._forget()


class Memory(Store):
    """Where members of shipped scenarios are kept.

    Parameters
    ----------
    folder : Path
        The folder.
    """

    kind = Spare

    @property
    def used(self) -> int:
        """Pieces that were asked for and found."""
        return sum(stage.used for stage in self._stages.values() if isinstance(stage, Spare))


@contextmanager
def remembering() -> Iterator[Memory | None]:
    """Keep what is simulated, and find what was simulated before by the same program.

    Yields
    ------
    Memory or None
        None where nothing can be kept.
    """
    root = place()
    if root is None:
        yield None
        return
    memory = Memory(root / hashlib.sha256(versions().encode()).hexdigest()[:16])
    try:
        with keeping(memory):
            yield memory
    finally:
        make_room(root)


def place() -> Path | None:
    """Folder that members are kept in: `PLACE`, or one in the user's cache; None if none can be."""
    named = os.environ.get(PLACE)
    if named == "":
        return None
    root = Path(named) if named else users_cache() / "members"
    return root if can_write(root) else None


def make_room(root: Path, room: int = ROOM) -> None:
    """Delete what has not been asked for the longest, until what is left fits.

    Parameters
    ----------
    root : Path
        The folder that members are kept in.
    room : int
        Bytes.
    """
    with suppress(OSError):
        ours = [
            folder
            for folder in root.glob("*/*/")
            if OURS.fullmatch(folder.name) and OURS.fullmatch(folder.parent.name)
        ]
        left = room
        for folder in sorted(ours, key=lambda folder: folder.stat().st_mtime, reverse=True):
            left -= sum(path.stat().st_size for path in folder.iterdir())
            if left < 0:
                shutil.rmtree(folder, ignore_errors=True)
