"""Where the server listens: on this machine alone, unless somebody says otherwise."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from borderflow.errors import ScenarioError, complaint
from borderflow.scenario import Finding
from borderflow.web.guard import Guard, new_token
from borderflow.web.store import Store

WEB_PORT = 80
"""The port that a browser leaves out of the address that it asks for."""

PATIENCE = 2
"""Seconds that open connections have when the server ends."""


@dataclass(frozen=True)
class Place:
    """An address to listen on.

    Parameters
    ----------
    host : str
        Address or name.
    port : int
        Port; 0 takes a free one.
    share : bool
        Whether others may be let in: then a token is needed.
    """

    host: str
    port: int
    share: bool = False

    @property
    def own(self) -> bool:
        """Whether only this machine can reach it."""
        with suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"

    @property
    def shown(self) -> str:
        """The address or name as it stands in the address of the page."""
        return f"[{self.host}]" if ":" in self.host else self.host

    def names(self, port: int) -> frozenset[str]:
        """What a browser on this machine may call the server, as in the header ``Host``.

        Parameters
        ----------
        port : int
            The port that was taken.

        Examples
        --------
        >>> sorted(Place("127.0.0.1", 0).names(8000))
        ['127.0.0.1:8000', '[::1]:8000', 'localhost:8000']
        """
        names = {self.shown.lower(), "localhost", "127.0.0.1", "[::1]"}
        called = {f"{name}:{port}" for name in names}
        return frozenset(called | names if port == WEB_PORT else called)

    def wrong(self) -> list[Finding]:
        """What is wrong with it."""
        found = []
        if not 0 <= self.port < 2**16:
            found.append(complaint("--port", self.port, "a port is a number from 0 to 65535"))
        if not self.own and not self.share:
            message = "others could reach this address: add --share if they may, or leave it out"
            found.append(complaint("--host", self.host, message, "127.0.0.1"))
        return found

    @contextmanager
    def bound(self) -> Iterator[tuple[socket.socket, Guard, str]]:
        """Take the address.

        Yields
        ------
        (socket, Guard, str)
            What to listen on, who may ask, and the address of the page.

        Raises
        ------
        ScenarioError
            If it cannot be taken.
        """
        try:
            own = self._take()
        except (OSError, UnicodeError) as error:
            says = getattr(error, "strerror", None) or str(error)
            message = f"this address cannot be taken: {says}; another --port may be free"
            read = f"{self.host}:{self.port}"
            raise ScenarioError([complaint("--port", read, message)]) from error
        with own:
            port = own.getsockname()[1]
            token = None if self.own else new_token()
            query = "" if token is None else f"?token={token}"
            guard = Guard(self.names(port), token, port)
            yield own, guard, f"http://{self.shown}:{port}/{query}"

    def _take(self) -> socket.socket:
        kind, *_, address = socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with ExitStack() as stack:
            own = stack.enter_context(socket.socket(kind, socket.SOCK_STREAM))
            own.setsockopt(socket.SOL_SOCKET, _alone(), 1)
            own.bind(address)
            own.listen(128)  # (so that the address holds as soon as it is told)
            stack.pop_all()  # it stays open where nothing went wrong
        return own


def _alone() -> int:
    """The option with which a port that another server listens on is refused."""
    if os.name == "nt":
        # There, SO_REUSEADDR lets two servers listen on one port.
        return int(socket.SO_EXCLUSIVEADDRUSE)  # type: ignore[attr-defined]
    # Elsewhere it only lets a port be taken right after its last server has ended.
    return socket.SO_REUSEADDR


def listen(store: Store, guard: Guard, own: socket.socket) -> None:
    """Serve until interrupted; the first run is simulated meanwhile where it has no members yet.

    Parameters
    ----------
    store : Store
        The runs.
    guard : Guard
        Who may ask.
    own : socket
        What to listen on.
    """
    import uvicorn

    from borderflow.web.server import application

    store.begin(next(iter(store.runs.values())))
    config = uvicorn.Config(
        application(store, guard),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[own])
    store.jobs.close()
