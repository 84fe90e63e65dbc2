"""Holds plain data against the interfaces of a TypeScript file: enough of the language for ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


class Types:
    """The interfaces and types that a file declares.

    Parameters
    ----------
    path : Path
        A file of `export interface` and `export type` declarations.
    """

    def __init__(self, path: Path) -> None:
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        self.named: dict[str, str] = {}
        for match in re.finditer(r"export interface (\w+) \{", text):
            self.named[match[1]] = _braced(text, match.end() - 1)
        for match in re.finditer(r"export type (\w+) =(.*?);", text, re.DOTALL):
            self.named[match[1]] = match[2]

    def wrong(self, data: Any, kind: str, at: str = "") -> list[str]:
        """What in some data is not of a type, in words; the first few of each list."""
        kind = kind.strip()
        choices = _split(kind.removeprefix("|"), "|")
        if len(choices) > 1:
            tries = [self.wrong(data, choice, at) for choice in choices]
            return [] if any(not found for found in tries) else max(tries, key=len)
        if kind.endswith("[]"):
            if not isinstance(data, list):
                return [f"{at}: no list"]
            return [
                says
                for i, part in enumerate(data)
                for says in self.wrong(
                    part, kind[:-2].removeprefix("(").removesuffix(")"), f"{at}[{i}]"
                )
            ][:5]
        if kind.startswith("{"):
            return self._fields(data, kind, at)
        if kind.startswith("["):
            parts = _split(kind[1:-1], ",")
            if not isinstance(data, list) or len(data) != len(parts):
                return [f"{at}: not {len(parts)} values"]
            pairs = zip(data, parts, strict=True)
            return [s for i, (d, k) in enumerate(pairs) for s in self.wrong(d, k, f"{at}[{i}]")]
        indexed = re.fullmatch(r'(\w+)\["(\w+)"\]', kind)
        if indexed:
            own = {n: t for n, _, t in self._declared(self.named[indexed[1]])}
            return self.wrong(data, own[indexed[2]], at)
        if kind in self.named:
            return self.wrong(data, self.named[kind], at)
        return [] if _plain(data, kind) else [f"{at}: {data!r} is no {kind}"]

    def _declared(self, body: str) -> list[tuple[str, bool, str]]:
        found = []
        for line in _split(body.strip()[1:-1], ";"):
            if line.strip():
                name, _, kind = line.strip().partition(":")
                found.append((name.removesuffix("?"), name.endswith("?"), kind.strip()))
        return found

    def _fields(self, data: Any, body: str, at: str) -> list[str]:
        if not isinstance(data, dict):
            return [f"{at}: no object"]
        declared = self._declared(body)
        says = [f"{at}: unknown {name!r}" for name in data.keys() - {n for n, _, _ in declared}]
        for name, optional, kind in declared:
            if name in data:
                says += self.wrong(data[name], kind, f"{at}.{name}")
            elif not optional:
                says.append(f"{at}: lacks {name!r}")
        return says


def _plain(data: Any, kind: str) -> bool:
    if kind == "number":
        return isinstance(data, int | float) and not isinstance(data, bool)
    if kind.startswith('"'):
        return bool(data == kind.strip('"'))
    if re.fullmatch(r"\d+", kind):
        return type(data) is int and data == int(kind)
    known = {"string": str, "boolean": bool, "null": type(None)}
    if kind not in known:
        raise LookupError(f"the type {kind!r} is not declared")
    return isinstance(data, known[kind])


def _braced(text: str, start: int) -> str:
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start : at + 1]
    raise ValueError("a brace is not closed")


def _split(text: str, mark: str) -> list[str]:
    found, depth, last = [], 0, 0
    for at, letter in enumerate(text):
        depth += {"{": 1, "[": 1, "(": 1, "}": -1, "]": -1, ")": -1}.get(letter, 0)
        if letter == mark and depth == 0:
            found.append(text[last:at])
            last = at + 1
    return [*found, text[last:]]
