"""The server survives whatever its own OpenAPI description lets be asked, and what it does not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from borderflow.web.guard import Guard
from borderflow.web.server import application
from borderflow.web.store import Store
from test_server import finish
from worlds import tiny_folder

EXAMPLES = 20
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
GUARD = Guard(frozenset({"testserver", "localhost", "127.0.0.1"}))
OPERATIONS = [
    (path, method, mode)
    for path, ways in application(Store(), GUARD).openapi()["paths"].items()
    for method, says in ways.items()
    for mode in MODES
    # What takes nothing cannot be asked wrongly.
    if mode is GenerationMode.POSITIVE or "parameters" in says or "requestBody" in says
]


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The description of a server that shows a tiny world of two members."""
    store = Store(threads=1)
    run = store.add(str(tiny_folder(tmp_path_factory.mktemp("fuzz"))), 2, 1, None)
    finish(store, store.simulate(run, 2).id)
    return schemathesis.openapi.from_asgi("/openapi.json", application(store, GUARD))


def test_everything_that_can_be_asked_is_described() -> None:
    assert {path for path, _, _ in OPERATIONS} == {
        "/api/runs", "/api/runs/{name}/view", "/api/runs/{name}/members",
        "/api/runs/{name}/files.zip", "/api/jobs", "/api/jobs/{name}",
        "/api/jobs/{name}/result", "/api/jobs/{name}/events",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_no_question_breaks_the_server(
    description: Any, path: str, method: str, mode: GenerationMode
) -> None:
    operation = description[path][method]
    checks = [not_a_server_error, status_code_conformance, content_type_conformance]
    statuses = set()

    few = 5 if path.endswith(".zip") else EXAMPLES  # (archives take their time)

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=few, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        # Half of the questions are about the run that is there.
        if len(str(case.path_parameters)) % 2 and "/runs/" in path:
            case.path_parameters["name"] = "r1"
        if isinstance(case.body, dict) and len(str(case.body)) % 2 and path == "/api/jobs":
            case.body["run"] = "r1"
        statuses.add(case.call_and_validate(checks=checks).status_code)

    ask()
    assert statuses
