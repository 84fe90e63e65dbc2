"""Files that appear whole or not at all, and a full disk that is said to be one."""

from __future__ import annotations

import errno
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFullError(OSError):
    """There is no room left on the disk."""


@contextmanager
def writing() -> Iterator[None]:
    """Say plainly that the disk is full where that is what went wrong.

    Libraries that write tables and arrays each have an error of their own for it.

    Raises
    ------
    DiskFullError
        If there is no room left.
    """
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        number = getattr(error, "errno", None)
        texts = {os.strerror(code).lower() for code in FULL}
        if number in FULL or any(text in str(error).lower() for text in texts):
            raise DiskFullError("the disk is full") from error
        raise


def flush(path: Path) -> None:
    """Wait until a file, or the list of files of a folder, is on the disk.

    Parameters
    ----------
    path : Path
        What.
    """
    if path.is_dir() and os.name == "nt":  # Windows has no handle for that
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name only once all of it is on the disk.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    DiskFullError
        If there is no room for it; nothing of it is left.
    """
    part = path.with_name(f".{path.name}.tmp")
    try:
        with writing():
            with part.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
            flush(path.parent)
    finally:
        part.unlink(missing_ok=True)


class Patient(io.RawIOBase):
    """A file that goes on where it cannot: what went wrong is raised when it is left.

    HDF5 may crash the process when it meets a full disk: closing, it still has to write.

    Parameters
    ----------
    path : Path
        The file, made anew.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("w+b", buffering=0)
        self._wrong: OSError | None = None

    def __exit__(self, *error: object) -> None:
        """Close the file, and say what went wrong.

        Raises
        ------
        DiskFullError
            If there was no room left.
        """
        self.close()
        if self._wrong is not None:
            with writing():
                raise self._wrong

    def _try(self, do: Callable[[], int | None], instead: int) -> int:
        if self._wrong is None:
            try:
                return do() or 0
            except OSError as error:
                self._wrong = error
        return instead

    def write(self, data: Any) -> int:
        """Write all of some bytes, or pretend to."""
        view = memoryview(data).cast("B")

        def all_of_it() -> int:
            done = 0
            while done < len(view):
                done += self._file.write(view[done:]) or 0
            return done

        return self._try(all_of_it, len(view))

    def readinto(self, buffer: Any) -> int:
        """Read some bytes."""
        return self._try(lambda: self._file.readinto(buffer), len(buffer))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go somewhere."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where one is."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Make the file as long as this."""
        return self._try(lambda: self._file.truncate(size), size or 0)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def writable(self) -> bool:
        """It can be written."""
        return True

    def seekable(self) -> bool:
        """One can go anywhere in it."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def write_json(path: Path, says: Any) -> None:
    """Write plain data as a JSON file, at once or not at all.

    Parameters
    ----------
    path : Path
        The file.
    says : object
        Dictionaries, lists, texts and finite numbers.
    """
    with atomic(path) as file:
        text = json.dumps(says, ensure_ascii=False, indent=2, allow_nan=False)
        file.write(text.encode() + b"\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Plain data from a JSON file; None where there is none that can be read.

    Parameters
    ----------
    path : Path
        The file.
    """
    found = None
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else None
