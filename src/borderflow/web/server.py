"""The page's server: the built page, the runs as JSON, and jobs that say how far they are."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, FastAPI, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException

from borderflow.errors import ScenarioError
from borderflow.scenario import Finding
from borderflow.scenario.finding import shorten
from borderflow.web import report, rules
from borderflow.web.ask import MOST_MEMBERS, More, WhatIf
from borderflow.web.guard import Guard
from borderflow.web.jobs import BusyError, Job
from borderflow.web.runs import Run
from borderflow.web.store import Store

FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "app.js": ("app.js", "text/javascript; charset=utf-8"),
    "app.css": ("app.css", "text/css; charset=utf-8"),
    "base-map.json": ("base-map.json", "application/json"),
}
"""What is served as files: these and nothing else."""

PAUSE = 0.1
"""Seconds between two looks at what a job has said."""

HEARTBEAT = 10.0
"""Seconds of silence after which a listener gets a sign of life."""

RETRY_SECONDS = 5
"""When to try again where there are too many jobs."""

WRONG: dict[int | str, dict[str, Any]] = {
    422: {"description": "What cannot be done, as findings", "content": {"application/json": {}}},
    404: {"description": "No such run or job", "content": {"application/json": {}}},
    400: {"description": "Not to be read", "content": {"application/json": {}}},
}
BUSY: dict[int | str, dict[str, Any]] = {
    429: {"description": "Too many jobs already", "content": {"application/json": {}}}
}
Name = Annotated[str, InPath(max_length=100)]


def answer(data: object, status: int = 200) -> Response:
    """Plain data as a response; letters outside ASCII are escaped, so that any text can be said.

    Parameters
    ----------
    data : object
        Dictionaries, lists, texts and numbers.
    status : int, optional
        Status code.
    """
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def refusal(findings: list[Finding], status: int) -> Response:
    """Findings as a response.

    Parameters
    ----------
    findings : list of Finding
        What is wrong.
    status : int
        Status code.
    """
    return answer({"findings": [finding.to_json() for finding in findings]}, status)


def complaint(column: str | None, read: object, message: str) -> Finding:
    """Say what is wrong with a request.

    Parameters
    ----------
    column : str or None
        Where in it.
    read : object
        What stands there.
    message : str
        What is wrong with it.
    """
    text = None if read is None else shorten(str(read))
    return Finding("error", "usage", "request", None, column, text, None, message)


def application(store: Store, guard: Guard) -> FastAPI:
    """The server's application.

    Parameters
    ----------
    store : Store
        The runs it shows.
    guard : Guard
        Who may ask, and how much.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.jobs.close()

    app = FastAPI(
        title="borderflow",
        description="Runs as JSON for the page, and jobs on them.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=life,
    )
    app.add_middleware(guard.middleware)
    _errors(app)
    _runs(app, store)
    _jobs(app, store)
    _files(app)
    return app


def _errors(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        findings = [
            complaint(
                ".".join(str(part) for part in row["loc"][1:]) or None,
                repr(row.get("input")),
                str(row["msg"]),
            )
            for row in error.errors()
        ]
        unread = any(row["type"] == "json_invalid" for row in error.errors())
        return refusal(findings, 400 if unread else 422)

    @app.exception_handler(ScenarioError)
    async def wrong(_: Request, error: ScenarioError) -> Response:
        return refusal(error.findings, 422)

    @app.exception_handler(BusyError)
    async def busy(_: Request, error: BusyError) -> Response:
        said = refusal([complaint(None, None, "too many jobs are running; try again later")], 429)
        said.headers["Retry-After"] = str(RETRY_SECONDS)
        return said

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        said = refusal([complaint(None, None, str(error.detail))], error.status_code)
        said.headers.update(error.headers or {})
        return said


def _run(store: Store, name: str) -> Run:
    run = store.runs.get(name)
    if run is None:
        raise HTTPException(404, "there is no such run")
    return run


def _job(store: Store, name: str) -> Job:
    job = store.jobs.all.get(name)
    if job is None:
        raise HTTPException(404, "there is no such job")
    return job


def _runs(app: FastAPI, store: Store) -> None:
    writing = threading.Semaphore(1)

    @app.get("/api/runs", tags=["runs"])
    def runs() -> Response:
        """The runs there are, and the rules that can be added to them."""
        from importlib.metadata import version

        every = list(store.runs.values())
        scenarios = [run.scenario for run in every if run.scenario is not None]
        return answer(
            {
                "version": version("borderflow"),
                "runs": [run.item() for run in every if run.kind != "what_if" or run.body],
                "rules": rules.listed(scenarios),
                "max_members": MOST_MEMBERS,
                "max_jobs": store.jobs.most,
            }
        )

    @app.get("/api/runs/{name}/view", tags=["runs"], responses={**WRONG, 202: {}})
    def see(name: Name) -> Response:
        """All that the page knows of a run; 202 while there is nothing yet."""
        run = _run(store, name)
        if run.body is None:
            with suppress(BusyError):
                store.begin(run)
            return answer({"job": run.job}, 202)
        return Response(run.body, media_type="application/json")

    @app.post("/api/runs/{name}/members", tags=["runs"], status_code=202, responses=WRONG | BUSY)
    def more(name: Name, wanted: Annotated[More, Body()]) -> Response:
        """Simulate more members of a run, in a job; one that is at work goes on to them."""
        run = _run(store, name)
        if run.scenario is None or run.kind == "what_if":
            finding = complaint("name", name, "only its view was kept, so that it cannot go on")
            return refusal([finding], 422)
        return answer(store.simulate(run, wanted.members).data(), 202)

    @app.get(
        "/api/runs/{name}/files.zip",
        tags=["runs"],
        responses={**WRONG, **BUSY, 200: {"content": {"application/zip": {}}}},
        response_class=Response,
    )
    def files(name: Name) -> Response:
        """The whole run as files: labelled arrays, tables, quantiles, manifest."""
        run = _run(store, name)
        if run.folder is None and not run.found:
            finding = complaint("name", name, "its members are not kept any more; run it again")
            return refusal([finding], 422)
        if not writing.acquire(blocking=False):
            raise BusyError
        try:
            path = _zipped(store, run)
        finally:
            writing.release()
        remove = BackgroundTask(path.unlink, missing_ok=True)
        title = f"borderflow-{run.id}.zip"
        return FileResponse(path, media_type="application/zip", filename=title, background=remove)


def _zipped(store: Store, run: Run) -> Path:
    """The files of a run in one archive, which the caller removes."""
    with tempfile.NamedTemporaryFile(suffix=".zip", delete=False) as file:
        target = Path(file.name)
    try:
        with tempfile.TemporaryDirectory() as home:
            folder = run.folder
            if folder is None:
                folder = Path(home)
                store.files(run, folder)
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                for path in sorted(folder.rglob("*")):
                    if path.is_file() and not path.is_symlink():
                        archive.write(path, path.relative_to(folder).as_posix())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _jobs(app: FastAPI, store: Store) -> None:
    @app.post("/api/jobs", tags=["jobs"], status_code=202, responses=WRONG | BUSY)
    def ask(asked: Annotated[WhatIf, Body()]) -> Response:
        """Ask what other rules would do: the same members under both, in a job."""
        run = _run(store, asked.run)
        if run.scenario is None or run.kind == "what_if":
            finding = complaint("run", asked.run, "nothing can be asked of it: only a view is kept")
            return refusal([finding], 422)
        return answer(store.ask(run, asked).data(), 202)

    @app.get("/api/jobs/{name}", tags=["jobs"], responses=WRONG)
    def status(name: Name) -> Response:
        """How far a job is."""
        return answer(_job(store, name).data())

    @app.delete("/api/jobs/{name}", tags=["jobs"], responses=WRONG)
    def cancel(name: Name) -> Response:
        """Stop a job after the members that are being simulated."""
        job = _job(store, name)
        job.cancel()
        return answer(job.data())

    @app.get("/api/jobs/{name}/result", tags=["jobs"], responses={**WRONG, 409: {}})
    def result(name: Name) -> Response:
        """The newest estimate of a job."""
        job = _job(store, name)
        if job.newest is None:
            return refusal([complaint("name", name, "there is no estimate yet")], 409)
        return answer(job.newest)

    @app.get(
        "/api/jobs/{name}/events",
        tags=["jobs"],
        responses={**WRONG, 200: {"content": {"text/event-stream": {}}}},
        response_class=Response,
    )
    async def events(name: Name) -> Response:
        """What a job says, as server-sent events; leaving them ends the job soon after."""
        return StreamingResponse(_told(_job(store, name)), media_type="text/event-stream")


async def _told(job: Job) -> AsyncIterator[str]:
    heard, silent = 0, 0.0
    job.listen()
    try:
        while True:
            over = job.status != "running"
            said = job.told(heard)
            heard += len(said)
            for name, data in _newest(said):
                text = json.dumps(data, allow_nan=False, separators=(",", ":"))
                yield f"event: {name}\ndata: {text}\n\n"
            silent = 0.0 if said else silent + PAUSE
            if over and not job.told(heard):
                return
            if silent >= HEARTBEAT:
                silent = 0.0
                yield ": still at it\n\n"
            await asyncio.sleep(PAUSE)
    finally:
        job.leave()


def _newest(said: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """What was said, without what newer words of the same name have overtaken."""
    last = {name: at for at, (name, _) in enumerate(said)}
    return (row for at, row in enumerate(said) if last[row[0]] == at)


def _files(app: FastAPI) -> None:
    for path, (name, kind) in FILES.items():

        def give(name: str = name, kind: str = kind) -> Response:
            return Response(report.built(name), media_type=kind)

        app.get(f"/{path}", include_in_schema=False)(lambda give=give: give())
