"""Where the page's server listens, and under which names it answers there."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest

from borderflow.errors import ScenarioError
from borderflow.web import listen
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


def test_its_cookie_bears_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    assert guard_at(8000, monkeypatch).cookie == "borderflow-token-8000"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Every socket that is made from now on."""
    found: list[socket.socket] = []

    class Kept(socket.socket):
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            found.append(self)

    monkeypatch.setattr(socket, "socket", Kept)
    return found


def test_a_port_that_is_taken_is_said_and_let_go(made: list[socket.socket]) -> None:
    with Place("127.0.0.1", 0).bound() as (held, _, _):
        port = held.getsockname()[1]
        with pytest.raises(ScenarioError) as said, Place("127.0.0.1", port).bound():
            pass
        assert "another --port may be free" in said.value.findings[0].message
        assert [one.fileno() == -1 for one in made] == [False, True]
    assert held.fileno() == -1


@pytest.mark.parametrize(
    ("system", "option"), [("nt", "SO_EXCLUSIVEADDRUSE"), ("posix", "SO_REUSEADDR")]
)
def test_no_system_gives_one_port_to_two_servers(
    system: str, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: list[int] = []
    monkeypatch.setattr(listen, "os", SimpleNamespace(name=system), raising=False)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", -5, raising=False)
    monkeypatch.setattr(socket.socket, "setsockopt", lambda *words: options.append(words[2]))
    with Place("127.0.0.1", 0).bound():
        assert options == [getattr(socket, option)]
