"""Imports point one way, nobody draws but by address, and the package is quick to import."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import borderflow

HOME = Path(borderflow.__file__).resolve().parent
FILES = sorted(HOME.rglob("*.py"))

# A part of the package may import itself and the parts before it, never one after it.
ORDER = (
    "wholefile",
    "runfolder",
    "checkpoint",
    "workers",
    "packed",
    "structure",
    "arrays",
    "engine",
    "scenario",
    "mode",
    "policy",
    "source",
    "compile",
    "lookup",
    "prior",
    "results",
    "ensemble",
    "observe",
    "tally",
    "pooled",
    "switches",
    "document",
    "cite",
    "output",
    "wording",
    "text",
    "baseline",
    "score",
    "assimilate",
    "validate",
    "report",
    "export",
    "errors",
    "loading",
    "api",
    "machines",
    "remembered",
    "comparison",
    "screening",
    "corridor",
    "forecast",
    "verify",
    "hindcast",
    "web",
    "cli",
    "__main__",
)
# What describes the world knows nothing of arrays; the engine knows nothing of the world.
CLOSED = {
    "structure": {"structure"},
    "arrays": {"structure", "arrays"},
    "engine": {"structure", "arrays", "engine"},
    "scenario": {"scenario"},
    "mode": {"scenario", "mode"},
    "policy": {"scenario", "mode", "policy"},
    "source": {"scenario", "source"},
}
# The reader and its checks look into the registries when they are called, not when imported.
LATE = {("scenario", "mode"), ("scenario", "policy")}
ENGINE_MAY_USE = {"numpy", "numba", "llvmlite"}
HEAVY = {"h5netcdf", "h5py", "llvmlite", "numba", "numpy.random", "pandas", "pyarrow", "xarray"}


def part(file: Path) -> str:
    """The part of the package that a file belongs to; '' for the package's own ``__init__``."""
    first = file.relative_to(HOME).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imports(source: str, package: str = "borderflow") -> Iterator[tuple[str, bool]]:
    """Every module that a source text imports when run, and whether only inside a function."""

    def walk(node: ast.AST, late: bool) -> Iterator[tuple[str, bool]]:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            children: list[ast.AST] = list(node.orelse)
        else:
            children = list(ast.iter_child_nodes(node))
        late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            yield from ((alias.name, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                yield (f"{base}.{alias.name}", late)
        for child in children:
            yield from walk(child, late)

    yield from walk(ast.parse(source), late=False)


def wrong_ways(name: str, source: str, package: str) -> list[str]:
    """The imports of a part that point where they must not, in words."""
    wrong = []
    for module, late in imports(source, package):
        top, _, rest = module.partition(".")
        if top != "borderflow":
            if name == "engine" and top not in ENGINE_MAY_USE | sys.stdlib_module_names:
                wrong.append(f"the engine imports {module}")
            continue
        other = rest.partition(".")[0]
        if other not in ORDER:
            if other and (HOME / other).exists() | (HOME / f"{other}.py").exists():
                wrong.append(f"{other} has no place in the order of parts")
            continue
        if late and (name, other) in LATE:
            continue
        if ORDER.index(other) > ORDER.index(name) or other not in CLOSED.get(name, ORDER):
            wrong.append(f"{name} imports {module}")
    return wrong


def drawing(source: str) -> list[str]:
    """The places where a source text uses a random generator of Python or numpy, in words."""
    found = [
        f"imports {module}"
        for module, _ in imports(source)
        if module.split(".")[0] in {"random", "secrets"} or module.startswith("numpy.random")
    ]
    found += [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr == "random"
        and isinstance(node.value, ast.Name)
        and node.value.id in {"np", "numpy"}
    ]
    return found


def title(file: Path) -> str:
    return file.relative_to(HOME).as_posix()


@pytest.mark.parametrize("file", [f for f in FILES if part(f)], ids=title)
def test_imports_point_one_way(file: Path) -> None:
    name = part(file)
    assert name in ORDER, f"give {name} a place in ORDER"
    package = ".".join(["borderflow", *file.relative_to(HOME).parent.parts])
    assert wrong_ways(name, file.read_text("utf-8"), package) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("scenario", "from borderflow.policy import kinds"),
        ("scenario", "def f():\n    from borderflow import compile"),
        ("policy", "import borderflow.compile"),
        ("policy", "from ..engine.draws import uniform"),
        ("engine", "from borderflow.scenario.model import Scenario"),
        ("engine", "import pandas as pd"),
        ("arrays", "from borderflow.engine.draws import uniform"),
        ("results", "def f():\n    import borderflow.cli"),
    ],
)
def test_a_wrong_import_is_seen(name: str, source: str) -> None:
    assert wrong_ways(name, source, f"borderflow.{name}") != []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("scenario", "def f():\n    from borderflow.policy import kinds"),
        ("scenario", "if TYPE_CHECKING:\n    from borderflow.policy import PolicyKind"),
        ("policy", "from borderflow.scenario import Scenario\nimport math"),
        ("engine", "from numba import njit\nfrom .draws import uniform"),
        ("cli", "from borderflow import api"),
    ],
)
def test_a_right_import_is_let_through(name: str, source: str) -> None:
    assert wrong_ways(name, source, f"borderflow.{name}") == []


@pytest.mark.parametrize("file", FILES, ids=title)
def test_nobody_draws_from_a_generator(file: Path) -> None:
    assert drawing(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import numpy.random",
        "from numpy import random",
        "from numpy.random import default_rng",
        "import numpy as np\nnp.random.default_rng(1)",
        "def f(numpy):\n    return numpy.random.rand()",
    ],
)
def test_a_generator_is_seen(source: str) -> None:
    assert drawing(source) != []


@pytest.mark.parametrize(
    "name",
    ["borderflow", "borderflow.scenario", "borderflow.mode", "borderflow.policy", "borderflow.cli"],
)
def test_import_leaves_the_heavy_libraries_alone(name: str) -> None:
    code = f"import json, sys, {name}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert HEAVY.isdisjoint(json.loads(done.stdout))


def test_the_public_names_are_there() -> None:
    for name in borderflow.__all__:
        assert getattr(borderflow, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        borderflow.nonsense  # noqa: B018
