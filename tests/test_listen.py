"""Where the page's server listens, and under which names it answers there."""

import socket

import pytest

from borderflow.web.guard import Guard
from borderflow.web.listen import Place


def guard_at(port: int, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """The guard of a server that got this port, which the test need not really take."""
    monkeypatch.setattr(socket.socket, "getsockname", lambda _: ("127.0.0.1", port))
    with Place("127.0.0.1", 0).bound() as (_, guard, _):
        return guard


@pytest.mark.parametrize("name", ["127.0.0.1", "LOCALHOST", "[::1]"])
def test_a_browser_leaves_out_the_port_of_the_web(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard = guard_at(80, monkeypatch)
    assert guard.refuses({"host": name, "origin": f"http://{name}"}, "GET") is None
    assert guard.refuses({"host": f"{name}:80"}, "GET") is None


@pytest.mark.parametrize(
    ("port", "host"), [(80, "evil.example"), (8000, "127.0.0.1"), (8000, "127.0.0.1:80")]
)
def test_under_other_names_it_does_not_answer(
    port: int, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = guard_at(port, monkeypatch).refuses({"host": host}, "GET")
    assert refused is not None
    assert refused[0] == 421
