"""A cluster computes what threads compute, also when a worker dies in mid-run."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import borderflow
from borderflow import api, machines
from borderflow.cli import main
from borderflow.workers import CLUSTER
from worlds import tiny_folder

distributed = pytest.importorskip("distributed", reason="borderflow[cluster] is not installed")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def lab(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and its workers, each a process of its own, as on several machines."""
    address = f"tcp://127.0.0.1:{free_port()}"
    host, _, port = address.removeprefix("tcp://").partition(":")
    scheduler = ["dask_scheduler", "--host", host, "--port", port, "--no-dashboard"]
    worker = ["dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard"]
    worker += ["--host", host]
    processes = []
    try:
        for words in (scheduler, *[worker] * workers):
            program = [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]]
            env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
            quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            processes.append(subprocess.Popen(program, env=env, **quiet))
            if len(processes) == 1:
                answers(host, int(port))
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def answers(host: str, port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection((host, port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the scheduler does not answer")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_folder(tmp_path_factory.mktemp("machines"))


def test_a_worker_that_is_killed_in_mid_run_changes_nothing(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = 150
    alone = api.run(world, members=members, seed=5, threads=1)
    monkeypatch.setattr("borderflow.workers.KEPT", 100)  # and so are counts
    counted = api.run(world, members=members, seed=5, threads=1)
    assert counted.counted
    pairs = borderflow.compare(world, without=["ban"], members=members, seed=5, threads=1)
    assert pairs.base.digest == counted.digest
    monkeypatch.undo()
    killed: list[int] = []
    with lab(2) as (address, workers), borderflow.cluster(address):
        pool = CLUSTER.get()
        assert isinstance(pool, machines.Dask)
        pool._client.wait_for_workers(2)

        def progress(done: int, total: int) -> None:
            if done >= 10 and not killed:
                os.kill(workers[0].pid, signal.SIGKILL)
                killed.append(done)

        found = api.run(world, members=members, seed=5, progress=progress)
        assert killed
        assert killed[0] < members
        assert workers[0].wait() == -signal.SIGKILL
        assert found.digest == alone.digest
        assert found.people == alone.people
        monkeypatch.setattr("borderflow.workers.KEPT", 100)
        assert api.run(world, members=members, seed=5).digest == counted.digest
        again = borderflow.compare(world, without=["ban"], members=members, seed=5)
        assert again.digest == pairs.digest


def test_the_command_takes_a_cluster(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    words = ["run", str(world), "--members", "6", "--json"]
    assert main(words) == 0
    alone = json.loads(capsys.readouterr().out)
    assert main([*words, "--cluster", "local:1"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == alone["digest"]
    assert CLUSTER.get() is None


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("local:0", "at least one worker"),
        ("nonsense", "neither local:N nor"),
        ("127.0.0.1:99999", "no port above 65535"),
        ("127.0.0.1:PORT", "no scheduler with workers answers"),
    ],
)
def test_a_cluster_that_is_not_there(
    world: Path, where: str, says: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(machines, "WAIT", 1)
    where = where.replace("PORT", str(free_port()))
    assert main(["run", str(world), "--members", "2", "--cluster", where]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "Traceback" not in err


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_what_answers_is_no_scheduler(
    world: Path, greeting: bytes, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(machines, "WAIT", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        met = []

        def answer() -> None:
            with suppress(OSError):  # closed: the test is over
                while True:
                    met.append(server.accept()[0])
                    met[-1].sendall(greeting)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        where = f"127.0.0.1:{server.getsockname()[1]}"
        assert main(["run", str(world), "--members", "2", "--cluster", where]) == 2
    for one in met:
        one.close()
    assert met
    err = capsys.readouterr().err
    assert "no scheduler with workers answers" in err
    assert "Traceback" not in err


def test_dask_is_asked_for_in_a_sentence(
    world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["run", str(world), "--members", "2", "--cluster", "local:2"]) == 2
    assert "pip install 'borderflow[cluster]'" in capsys.readouterr().err


def test_a_strange_worker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machines._task(2, machines.versions(), lambda shared, item: shared + item, 3) == 5
    with pytest.raises(machines.StrangeWorkerError, match="another"):
        machines._task(2, "another", lambda shared, item: shared + item, 3)
