"""The list of everything of one sort that a scenario may name: travel modes, policy kinds.

An entry comes from one of three places: a file of the package itself (found by looking, so that a
source tree works without being installed), an installed package that declares an entry point, or
a call of ``register`` while the program runs.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from threading import RLock
from typing import Generic, Protocol, TypeVar

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Entry(Protocol):
    """Something that a scenario names by a short id and the docs describe in sentences."""

    @property
    def id(self) -> str: ...
    @property
    def description(self) -> str: ...


T = TypeVar("T", bound=Entry)


class Registry(Generic[T]):
    """Everything of one sort that a scenario may name, by id.

    Parameters
    ----------
    sort : type
        What an entry must be an instance of.
    word : str
        What an entry is called in messages.
    package : str
        Package whose modules are searched for a tuple of entries.
    attribute : str
        Name of that tuple in the modules.
    """

    def __init__(self, sort: type[T], word: str, package: str, attribute: str) -> None:
        self._sort = sort
        self._word = word
        self._package = package
        self._attribute = attribute
        self._lasting: dict[str, T] | None = None
        self._added: dict[str, T] = {}
        self._lock = RLock()

    def all(self) -> dict[str, T]:
        """Every entry in the order of its id; a fresh dict that the caller may change."""
        merged = {**self._found(), **self._added}
        return {name: merged[name] for name in sorted(merged)}

    def get(self, name: str) -> T:
        """The entry of this id.

        Raises
        ------
        LookupError
            If there is none; the message names the nearest one.
        """
        known = self.all()
        if name in known:
            return known[name]
        near = get_close_matches(name, known, n=1)
        hint = f"; the nearest is '{near[0]}'" if near else ""
        raise LookupError(f"there is no {self._word} '{name}'{hint}")

    def register(self, entry: T) -> T:
        """Add an entry for as long as the program runs, and hand it back.

        Raises
        ------
        TypeError
            If it is not an entry of this sort.
        ValueError
            If its id is not a valid id, or another entry has it.
        """
        self._add(entry, self._added, "register")
        return entry

    def unregister(self, name: str) -> None:
        """Take away an entry added with ``register``; the others cannot be taken away.

        Raises
        ------
        LookupError
            If no entry of this id was added with ``register``.
        """
        if name not in self._added:
            raise LookupError(f"no {self._word} '{name}' was added with register")
        del self._added[name]

    def _found(self) -> dict[str, T]:
        with self._lock:  # other threads wait until all are there
            if self._lasting is None:
                found: dict[str, T] = {}
                self._lasting = found
                try:
                    self._search(lambda entry, origin: self._add(entry, found, origin))
                except BaseException:
                    self._lasting = None  # so that the next call reports the fault again
                    raise
            return self._lasting

    def _search(self, add: Callable[[object, str], None]) -> None:
        package = import_module(self._package)
        for module in sorted(m.name for m in iter_modules(package.__path__)):
            loaded = import_module(f"{self._package}.{module}")
            for entry in getattr(loaded, self._attribute, ()):
                add(entry, loaded.__name__)
        for point in sorted(entry_points(group=self._package), key=lambda p: (p.name, p.value)):
            loaded = point.load()
            for entry in loaded if isinstance(loaded, tuple) else (loaded,):
                add(entry, f"entry point {point.name} = {point.value}")

    def _add(self, entry: object, into: dict[str, T], origin: str) -> None:
        if not isinstance(entry, self._sort):
            raise TypeError(f"{origin}: {entry!r} is not a {self._word} ({self._sort.__name__})")
        if not _ID.fullmatch(entry.id):
            raise ValueError(f"{origin}: '{entry.id}' is not a valid id of a {self._word}")
        taken = {**(self._lasting or {}), **self._added, **into}
        if into is self._added:
            taken = {**self._found(), **taken}
        if taken.get(entry.id, entry) is not entry:
            raise ValueError(f"{origin}: there already is another {self._word} '{entry.id}'")
        into[entry.id] = entry
