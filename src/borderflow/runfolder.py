"""The folder that a command leaves: written beside its place, then put there whole.

While a command runs, everything is in ``NAME.partial`` next to the wanted ``NAME``: what was asked
for, the members that are done, and the files being written. ``NAME`` itself appears at the end, by
renaming, when every file of it is on the disk. So a run killed at any moment leaves either the
finished folder or one that is plainly partial, which can be gone on from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from borderflow.wholefile import flush, read_json, write_json, writing

MANIFEST = "manifest.json"
PROGRAM = "borderflow"
PARTIAL = ".partial"
"""What the name of an unfinished folder ends in."""

REQUEST = "request.json"
INPUTS = "inputs"
MEMBERS = "members"
RESULT = "result"
LOCK = "lock"
OLD = "old"
PATHS = "paths"
"""Where the manifest lists every file of its folder: what else is in there is somebody's own."""

SHOWN = 5
"""Files of somebody's own that are named one by one."""

CLUTTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that systems leave wherever somebody looks."""

KNOWN = {REQUEST, f".{REQUEST}.tmp", INPUTS, MEMBERS, RESULT, LOCK, OLD}


class FolderError(ValueError):
    """A folder that cannot be written, and why."""


@cache
def code() -> str:
    """SHA-256 over the program's own sources: equal ones compute equal numbers."""
    home = Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(home.rglob("*.py")):
        found.update(path.relative_to(home).as_posix().encode() + b"\0")
        found.update(path.read_bytes())
    return found.hexdigest()


def partial(folder: Path) -> Path:
    """Where a folder is while it is being written.

    Parameters
    ----------
    folder : Path
        The wanted folder.
    """
    return folder.with_name(folder.name + PARTIAL)


def wanted(path: Path) -> Path:
    """The folder that is meant by its own name, or by the one it has while it is being written.

    Parameters
    ----------
    path : Path
        What was named.
    """
    if path.name.endswith(PARTIAL):
        return path.with_name(path.name.removesuffix(PARTIAL))
    return path


def missing(folder: Path, otherwise: str) -> str:
    """Why a folder is not the one that is meant: it may not be finished yet, or be damaged.

    Parameters
    ----------
    folder : Path
        The wanted folder.
    otherwise : str
        What to say where nothing of it is there.
    """
    with suppress(OSError, ValueError):
        if not folder.exists() and (partial(folder) / REQUEST).is_file():
            return f"it is not finished: 'borderflow resume {folder}' goes on"
        if (folder / REQUEST).is_file() and not (folder / MANIFEST).exists():
            return f"it is not finished: 'borderflow resume {wanted(folder)}' goes on"
        if (folder / MANIFEST).exists() and read_json(folder / MANIFEST) is None:
            return f"its {MANIFEST} cannot be read: the folder is damaged"
    return otherwise


class Draft:
    """A folder on its way: locked against other processes until it is finished or given up.

    Parameters
    ----------
    folder : Path
        The wanted folder.
    resume : bool, optional
        Whether to go on from what is there.

    Raises
    ------
    FolderError
        If it cannot be made, holds something else, or another process is at it.
    """

    def __init__(self, folder: Path, resume: bool = False) -> None:
        try:
            self.named, self.folder = folder, folder.resolve()
        except (OSError, ValueError) as error:
            raise FolderError(f"no folder can have this name: {error}") from error
        self.home = partial(self.folder)
        refuse_strangers(self.folder)
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self.home / LOCK)
        except OSError as error:
            raise FolderError(f"the folder cannot be made: {error.strerror or error}") from error
        try:
            self._mend()
            if not resume:
                self._begin()
            shutil.rmtree(self.result, ignore_errors=True)
            self.result.mkdir()
        except OSError as error:
            self.close()
            raise FolderError(f"the folder cannot be made: {error.strerror or error}") from error
        except BaseException:
            self.close()
            raise

    def _mend(self) -> None:
        """Refuse a folder of somebody else's; put back an earlier run that was being replaced."""
        strange = {path.name for path in self.home.iterdir()} - KNOWN
        if strange:
            raise FolderError(f"{self.home.name} beside it holds something else; it is left alone")
        if (self.home / OLD).exists() and not self.folder.exists():
            (self.home / OLD).rename(self.folder)

    def _begin(self) -> None:
        begun = (self.home / REQUEST).exists() and self.members.is_dir()
        if begun and any(self.members.rglob("*.npz")):
            raise FolderError(
                f"{self.home.name} beside it holds members of a run that was not finished: go on "
                f"with 'borderflow resume {self.named}', or remove it first"
            )
        for path in self.home.iterdir():
            if path.name != LOCK:
                _remove(path)
        self.inputs.mkdir()
        self.members.mkdir()

    def ask(self, request: dict[str, Any]) -> None:
        """Write down what was asked for, once the inputs are there: from then on it can be resumed.

        Parameters
        ----------
        request : dict
            Plain data.
        """
        for path in self.inputs.rglob("*"):
            flush(path)
        write_json(self.home / REQUEST, request)

    @property
    def result(self) -> Path:
        """Where the files are written."""
        return self.home / RESULT

    @property
    def inputs(self) -> Path:
        """Copies of what the command read."""
        return self.home / INPUTS

    @property
    def members(self) -> Path:
        """The members that are done."""
        return self.home / MEMBERS

    def finish(self) -> None:
        """Put the folder in its place.

        Raises
        ------
        FolderError
            If that is not possible.
        """
        try:
            request = read_json(self.home / REQUEST)
            says = read_json(self.result / MANIFEST)
            if request is not None:
                shutil.copytree(self.inputs, self.result / INPUTS)
                says = {**(says or {}), "request": request}
            if says is not None:
                paths = sorted({MANIFEST, *_files(self.result)})
                write_json(self.result / MANIFEST, {**says, PATHS: paths})
            for path in sorted(self.result.rglob("*"), reverse=True):
                flush(path)
            flush(self.result)
            old = self.home / OLD
            shutil.rmtree(old, ignore_errors=True)
            if self.folder.exists():
                self.folder.rename(old)
            self.result.rename(self.folder)
            flush(self.folder.parent)
        except OSError as error:
            raise FolderError(f"the folder cannot be written: {error.strerror or error}") from error
        self.discard()

    def discard(self) -> None:
        """Remove everything that is beside the folder."""
        _remove(self.home / REQUEST)  # first: what is left without it is not gone on from
        for path in self.home.iterdir():
            if path.name != LOCK:
                _remove(path)
        if os.name == "nt":  # where a file that is open cannot be removed
            self.close()
        with suppress(OSError):
            (self.home / LOCK).unlink(missing_ok=True)
            self.close()
            self.home.rmdir()
        self.close()

    def close(self) -> None:
        """Let other processes at it."""
        self._lock.close()


def _files(folder: Path) -> set[str]:
    """Every file below a folder, by its path from there; a link is one, wherever it leads."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _lock(path: Path) -> IO[bytes]:
    """Hold a file for as long as this process lives; the system lets go of it however it ends."""
    file = path.open("a+b")
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise BlockingIOError  # it was finished and cleared away in between
    except OSError as error:
        file.close()
        if isinstance(error, BlockingIOError | FileNotFoundError | PermissionError):
            raise FolderError(
                "another process is writing this folder; wait until it is done"
            ) from None
        raise
    return file


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """A new folder beside the wanted one, which takes its place once everything is written.

    Nothing half-written is ever left under the wanted name. An empty folder or the folder of an
    earlier run, with nothing else in it, is replaced; anything else is refused. What was written is
    lost where it is not finished: commands that take long use `Draft` itself.

    Parameters
    ----------
    folder : Path
        Where the results are to be.

    Yields
    ------
    Path
        Where to write them.

    Raises
    ------
    FolderError
        If the folder cannot be made, or holds something else.
    """
    draft = Draft(folder)
    done = False
    try:
        with writing():
            yield draft.result
        draft.finish()
        done = True
    except OSError as error:
        raise FolderError(f"the folder cannot be written: {error.strerror or error}") from error
    finally:
        if not done:
            draft.discard()


def refuse_strangers(folder: Path) -> None:
    """Refuse to write where something other than an earlier run is, or something beside it.

    Parameters
    ----------
    folder : Path
        Where the results are to be.

    Raises
    ------
    FolderError
        If it holds something else, or is no folder.
    """
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise FolderError("there is a file of this name")
        if not any(folder.iterdir()):
            return
    except (OSError, ValueError) as error:
        if isinstance(error, FolderError):
            raise
        raise FolderError(f"the folder cannot be read: {error}") from error
    earlier = read_json(folder / MANIFEST)
    if earlier is None or earlier.get("program") != PROGRAM:
        raise FolderError("the folder holds something other than an earlier run; it is left alone")
    _refuse_added(folder, earlier.get(PATHS))


def _refuse_added(folder: Path, paths: object) -> None:
    """Refuse where somebody added files to an earlier run: they would be lost with it."""
    if not isinstance(paths, list):
        return  # of an earlier version, which did not say what it wrote
    try:
        more_files = _files(folder) - set(map(str, paths))
        added = sorted(path for path in more_files if Path(path).name not in CLUTTER)
    except OSError as error:
        raise FolderError(f"the folder cannot be read: {error}") from error
    if added:
        more = f" and {len(added) - SHOWN} more" if len(added) > SHOWN else ""
        raise FolderError(
            f"the folder holds what the earlier run did not write: {', '.join(added[:SHOWN])}"
            f"{more}; move it away first, or name another folder"
        )
