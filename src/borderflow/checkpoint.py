"""Pieces of a computation that are done, kept on the disk until all are.

A computation may simulate several ensembles; each is a stage with a folder of its own, named after
all that its numbers depend on. So a computation that is gone on from goes the same way again, and
finds done what was done. Arrays are kept in NumPy's own format, which holds numbers and
texts and cannot execute anything.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock

import numpy as np

from borderflow.runfolder import FolderError
from borderflow.wholefile import atomic

WRITE_AFTER = 1.0
"""Seconds between two files at least; a fiftieth of the time spent so far where that is longer."""

WRITE_ABOVE = 64 << 20
"""Bytes that wait at most."""

Piece = dict[str, np.ndarray]


class DamagedError(FolderError):
    """What was kept cannot be gone on from."""


class Stage:
    """The pieces of one ensemble that are done.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    earlier : Stage, optional
        Where pieces of earlier computations are looked for too. Those found are kept here as well,
        and what is new there as well.

    Raises
    ------
    DamagedError
        If what is there cannot be read.
    """

    def __init__(self, folder: Path, earlier: Stage | None = None) -> None:
        self._folder = folder
        self._earlier = earlier
        self._lock = Lock()
        self._files: dict[int, Path] = {}
        self._waiting: dict[int, Piece] = {}
        self._bytes = 0
        self._began = self._written = time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.npz")):
            for number in _numbers(path):
                self._files[number] = path

    @property
    def done(self) -> frozenset[int]:
        """Numbers of the pieces that are kept, those that wait to be written included."""
        return frozenset(self._files) | frozenset(self._waiting)

    @property
    def written(self) -> int:
        """How many pieces are on the disk."""
        return len(self._files)

    def load(self, wanted: frozenset[int]) -> Iterator[tuple[int, Piece]]:
        """The pieces that are kept, file by file.

        Parameters
        ----------
        wanted : frozenset of int
            Which of them.
        """
        for path in sorted(set(self._files.values())):
            here = frozenset(number for number in wanted if self._files.get(number) == path)
            yield from self._read(path, here).items()
        if self._earlier is not None:
            for number, piece in self._earlier.load(wanted - self.done):
                self._keep(number, piece)
                yield number, piece

    def _read(self, path: Path, wanted: frozenset[int]) -> dict[int, Piece]:
        found: dict[int, Piece] = {}
        with np.load(path, allow_pickle=False) as file:
            for name in file.files:
                number, _, field = name.partition("/")
                if int(number) in wanted:
                    found.setdefault(int(number), {})[field] = file[name]
        return found

    def add(self, number: int, piece: Piece) -> None:
        """Keep a piece, at the latest with some that follow it.

        Parameters
        ----------
        number : int
            Its number.
        piece : dict of arrays
            What it found.
        """
        self._keep(number, piece)
        if self._earlier is not None:
            self._earlier.add(number, piece)

    def _keep(self, number: int, piece: Piece) -> None:
        with self._lock:
            self._waiting[number] = piece
            self._bytes += sum(array.nbytes for array in piece.values())
            now = time.monotonic()
            pause = max(WRITE_AFTER, 0.02 * (now - self._began))
            if self._bytes > WRITE_ABOVE or now - self._written > pause:
                self._write()

    def flush(self) -> None:
        """Write what waits."""
        if self._earlier is not None:
            self._earlier.flush()
        with self._lock:
            self._write()

    def _write(self) -> None:
        if not self._waiting:
            return
        path = self._folder / f"{min(self._waiting):07d}-{len(self._files):07d}-{os.getpid()}.npz"
        with (
            atomic(path) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as into,
        ):
            for number, piece in self._waiting.items():
                for name, array in piece.items():
                    data = io.BytesIO()
                    np.lib.format.write_array(data, np.asarray(array), allow_pickle=False)
                    into.writestr(f"{number}/{name}.npy", data.getvalue())
        self._files |= dict.fromkeys(self._waiting, path)
        self._forget()
        self._written = time.monotonic()

    def _forget(self) -> None:
        self._waiting = {}
        self._bytes = 0


def _numbers(path: Path) -> set[int]:
    try:
        with zipfile.ZipFile(path) as file:
            return {int(name.partition("/")[0]) for name in file.namelist()}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DamagedError(f"{path.name} cannot be read: {error}") from error


class Store:
    """Where the stages of a computation are kept.

    Parameters
    ----------
    folder : Path
        The folder.
    earlier : Store, optional
        Where to look for pieces of earlier computations.
    """

    kind = Stage

    def __init__(self, folder: Path, earlier: Store | None = None) -> None:
        self.folder = folder
        self._earlier = earlier
        self._stages: dict[str, Stage] = {}
        self._lock = Lock()

    def stage(self, signature: dict[str, str]) -> Stage:
        """The stage of an ensemble.

        Parameters
        ----------
        signature : dict
            All that its numbers depend on.
        """
        text = json.dumps(signature, sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        with self._lock:
            if name not in self._stages:
                earlier = None if self._earlier is None else self._earlier.stage(signature)
                self._stages[name] = self.kind(self.folder / name, earlier)
            return self._stages[name]

    @property
    def kept(self) -> int:
        """Pieces that are on the disk."""
        return sum(stage.written for stage in self._stages.values())

    def flush(self) -> None:
        """Write what waits, as far as there is room."""
        for stage in self._stages.values():
            with suppress(OSError):
                stage.flush()


STORE: ContextVar[Store | None] = ContextVar("store", default=None)
"""Where everything that is simulated in its context is kept."""


@contextmanager
def keeping(store: Store) -> Iterator[None]:
    """Keep what is simulated, and find done what was done.

    Parameters
    ----------
    store : Store
        Where.
    """
    token = STORE.set(store)
    try:
        yield
    finally:
        STORE.reset(token)
        store.flush()
