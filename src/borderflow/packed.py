"""Things kept small in memory for a while; never written to a file, nor read from one."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

CODEC = "zstd"


@dataclass(frozen=True)
class Packed:
    """Something that waits in memory, compressed.

    Attributes
    ----------
    data : bytes
        Compressed.
    size : int
        Bytes before that.

    Examples
    --------
    >>> Packed.of({"a": 1}).open()
    {'a': 1}
    """

    data: bytes
    size: int

    @classmethod
    def of(cls, thing: Any) -> Packed:
        """Pack something.

        Parameters
        ----------
        thing : object
            Arrays and plain things.
        """
        plain = pickle.dumps(thing, protocol=5)
        return cls(pa.compress(plain, CODEC, asbytes=True), len(plain))

    def open(self) -> Any:
        """A fresh copy of what was packed."""
        return pickle.loads(pa.decompress(self.data, self.size, CODEC, asbytes=True))
