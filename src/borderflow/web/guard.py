"""Who may ask the server, from where, and how much: before anything else looks at a request."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

MOST_BYTES = 64 * 1024
"""Size of the body of a request."""

COOKIE = "borderflow-token"
"""How the name of the cookie begins; the port follows, since all ports of a host share cookies."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of everything that is served."""

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]


def new_token() -> str:
    """A word that nobody can guess."""
    return os.urandom(16).hex()


@dataclass(frozen=True)
class Guard:
    """What a request must have to be looked at.

    Parameters
    ----------
    hosts : frozenset of str
        Names under which the server may be called (``host:port``); any where there is a token.
    token : str, optional
        What must be shown, once in the address and then by the cookie that it gives.
    port : int, optional
        Where the server listens: its cookie is told from those of other servers by it.
    """

    hosts: frozenset[str]
    token: str | None = None
    port: int = 0

    @property
    def cookie(self) -> str:
        """Name of the cookie that shows the token."""
        return f"{COOKIE}-{self.port}"

    def middleware(self, app: Any) -> _Guarded:
        """The guard before an application.

        Parameters
        ----------
        app : ASGI application
            What it stands before.
        """
        return _Guarded(app, self)

    def refuses(self, headers: dict[str, str], method: str) -> tuple[int, str] | None:
        """Status and reason where a request is refused by its headers alone.

        Parameters
        ----------
        headers : dict of str to str
            Its headers, names in small letters.
        method : str
            Its method.
        """
        host = headers.get("host", "").lower()
        if self.token is None and host not in self.hosts:
            return 421, "this server answers to its own address only"
        origin = headers.get("origin")
        if origin is not None and origin.lower().partition("://")[2] != host:
            return 403, "asked from another page"
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "asked from another page"
        if method in ("POST", "PUT", "PATCH"):
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return 415, "the body must be application/json"
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            return 400, "the length of the body is no number"
        if len(length) > 12 or int(length) > MOST_BYTES:
            return 413, f"a body may have {MOST_BYTES:,} bytes"
        return None

    def known(self, headers: dict[str, str]) -> bool:
        """Whether a request shows the token, in its header or in any cookie of that name.

        Parameters
        ----------
        headers : dict of str to str
            Its headers.
        """
        if self.token is None:
            return True
        shown = [headers.get("authorization", "").removeprefix("Bearer ")]
        # Cookies of others on this host may be written in any way: only ours is read.
        for part in headers.get("cookie", "").split(";"):
            name, _, value = part.partition("=")
            if name.strip() == self.cookie:
                shown.append(value.strip())
        return any(self.same(one) for one in shown)

    def same(self, shown: str) -> bool:
        """Whether a text is the token, in a time that does not tell how much of it is right.

        Parameters
        ----------
        shown : str
            The text.
        """
        return hmac.compare_digest(shown.encode("utf-8", "replace"), (self.token or "").encode())


class TooLongError(Exception):
    """A body that is longer than it said, or than is taken."""


class _Guarded:
    def __init__(self, app: Any, guard: Guard) -> None:
        self.app = app
        self.guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        refused = self.guard.refuses(headers, scope["method"])
        if refused is not None:
            await _refuse(send, *refused)
            return
        if not self.guard.known(headers):
            await self._admit(scope, send)
            return
        started, taken = False, 0

        async def take() -> Any:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise TooLongError
            return message

        async def give(message: Any) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        try:
            await self.app(scope, take, give)
        except TooLongError:
            if not started:
                await _refuse(send, 413, f"a body may have {MOST_BYTES:,} bytes")

    async def _admit(self, scope: Scope, send: Send) -> None:
        """Exchange the token in the address of the page for a cookie."""
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        shown = query.get("token", [""])[0]
        if scope["method"] != "GET" or scope["path"] != "/" or not self.guard.same(shown):
            await _refuse(send, 401, "open the address with the token that the server printed")
            return
        cookie = f"{self.guard.cookie}={self.guard.token}; Path=/; HttpOnly; SameSite=Strict"
        more = ((b"location", b"./"), (b"set-cookie", cookie.encode()))
        await _send(send, 303, b"", more)


async def _refuse(send: Send, status: int, message: str) -> None:
    finding = {
        "level": "error", "check": "usage", "file": "request", "row": None, "column": None,
        "read": None, "nearest": None, "message": message,
    }  # fmt: skip
    body = json.dumps({"findings": [finding]}).encode()
    await _send(send, status, body, ((b"content-type", b"application/json"),))


async def _send(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]]
) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [length, *headers, *HEADERS],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
