"""Every example in the documentation runs, and everything there is to set is documented."""

import doctest
import importlib
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import borderflow
from borderflow.mode import modes
from borderflow.policy import KNOBS, kinds

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(borderflow.__file__).resolve().parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(
    r"^(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FEW = "2"  # members: an example that shows no output need not be run at length


@dataclass(frozen=True)
class Step:
    """A command of a console block, the output shown below it, and the exit code it says."""

    line: str
    output: str
    code: int

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line, comments=True)


def steps(block: str) -> Iterator[Step]:
    """The commands of a console block. ``# exit code N`` behind one says that it may fail so."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, output = part.replace("\\\n", " ").partition("\n")
        code = re.search(r"# exit code (\d)", line)
        yield Step(line, output, int(code[1]) if code else 0)


def quick(words: list[str]) -> list[str]:
    """The words of a command that simulates, with few members instead of those it says."""
    if words[0] not in ("run", "compare", "corridors", "validate", "forecast", "hindcast"):
        return words
    if "--members" in words:
        at = words.index("--members")
        return [*words[: at + 1], FEW, *words[at + 2 :]]
    return [*words, "--members", FEW]


def call(words: list[str]) -> int:
    from borderflow.cli import main

    try:
        return int(main(words) or 0)
    except SystemExit as stop:
        return int(stop.code or 0)


def console(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    """Run one command of a console block; compare its output where the page shows it."""
    words = step.words
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert words[1] in targets
    if words[0] != "borderflow":
        return
    words = words[1:]
    into = None
    if ">" in words:
        words, into = words[: words.index(">")], Path(words[words.index(">") + 1])
    code = call(words if step.output.strip() else quick(words))
    printed = capsys.readouterr()
    assert code == step.code, printed.err
    if into is not None:
        into.write_text(printed.out, "utf-8")
    elif step.output.strip():
        checker = doctest.OutputChecker()
        example = doctest.Example(step.line, step.output)
        shown = printed.out or printed.err
        assert checker.check_output(step.output, shown, FLAGS), checker.output_difference(
            example, shown, FLAGS
        )


def python(text: str, names: dict[str, Any], where: str) -> None:
    """Run one Python block, in the names that the blocks before it on the page have left."""
    text = re.sub(r"\bmembers=\d+", f"members={FEW}", text)
    if text.lstrip().startswith(">>>"):
        test = doctest.DocTestParser().get_doctest(text, names, where, where, 0)
        runner = doctest.DebugRunner(optionflags=FLAGS)
        runner.run(test, clear_globs=False)
        names.update(test.globs)
    else:
        exec(compile(text, where, "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_runs(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text("utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in FENCE.finditer(text):
        if block["file"]:
            Path(block["file"]).write_text(block["text"], "utf-8")
        elif block["language"] == "python":
            line = text.count("\n", 0, block.start()) + 1
            python(block["text"], names, f"{page.name}, line {line}")
        elif block["language"] == "console":
            for step in steps(block["text"]):
                console(step, capsys)


def test_examples_are_found() -> None:
    """The pages hold examples, and none hides behind a spelling that the test does not know."""
    found = [block for page in PAGES for block in FENCE.finditer(page.read_text("utf-8"))]
    assert {"python", "console"} <= {block["language"] for block in found}
    known = re.compile(r"python|console|text|toml|csv|json|\{[a-z]+\}.*")
    assert [b["language"] for b in found if not known.fullmatch(b["language"])] == []
    lines = sum(page.read_text("utf-8").count("\n```") for page in PAGES)
    assert lines == 2 * len(found)


@pytest.mark.parametrize("wrong", ["$ borderflow nonsense\n", "$ borderflow scenarios\nother\n"])
def test_a_wrong_example_is_seen(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    (step,) = steps(wrong)
    with pytest.raises(AssertionError):
        console(step, capsys)


def modules() -> list[str]:
    """Every module of the package with examples in its docstrings."""
    files = [f for f in sorted(HOME.rglob("*.py")) if ">>> " in f.read_text("utf-8")]
    names = [".".join(["borderflow", *f.relative_to(HOME).with_suffix("").parts]) for f in files]
    return [name.removesuffix(".__init__") for name in names]


def documented(module: ModuleType) -> Iterator[doctest.DocTest]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    yield from finder.find(module)
    for name, thing in vars(module).items():
        source = getattr(thing, "py_func", None)  # what Numba compiled
        if getattr(source, "__module__", None) == module.__name__:
            yield from finder.find(source, f"{module.__name__}.{name}", module, vars(module))


@pytest.mark.parametrize("name", modules())
def test_every_docstring_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    tests = [test for test in documented(module) if test.examples]
    assert tests, "an example stands where no docstring is"
    for test in tests:
        test.globs = dict(test.globs)
        doctest.DebugRunner(optionflags=FLAGS).run(test)


def given(page: str, directive: str) -> list[str]:
    """The arguments with which a page uses a directive."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(rf"^```\{{{directive}\}} *(\S*)$", text, re.MULTILINE)


def listed(markdown: str) -> list[str]:
    """What the first column of a Markdown table names."""
    return re.findall(r"^\| `([^`]+)` \|", markdown, re.MULTILINE)


def sentences(text: str) -> bool:
    return bool(text.strip()) and text.strip()[-1] in ".)" and text.strip()[0].isupper()


def test_every_field_is_documented() -> None:
    import fields

    assert sorted(given("scenario.md", "fields")) == sorted(fields.kinds())
    for kind, rows in fields.kinds().items():
        assert listed(fields.fields(kind)) == [row["attribute"] for row in rows]
        for row in rows:
            assert row["description"].strip(), f"{kind}.{row['attribute']} has no description"


def test_every_type_of_cell_is_explained() -> None:
    import fields

    text = (ROOT / "docs" / "scenario.md").read_text("utf-8").partition("## Dates")[0]
    explained = set(re.findall(r"`([a-z]+)(?:\([^`]*\))?`(?=,| \|)", text))
    used = {row["type"].partition("(")[0] for rows in fields.kinds().values() for row in rows}
    assert used - explained == set()


@pytest.mark.parametrize(
    ("page", "directive", "registry"),
    [
        ("policies.md", "policies", kinds),
        ("policies.md", "knobs", lambda: KNOBS),
        ("modes.md", "modes", modes),
    ],
    ids=["policies", "knobs", "modes"],
)
def test_everything_registered_is_documented(
    page: str, directive: str, registry: Callable[[], dict[str, Any]]
) -> None:
    import registries

    assert given(page, directive) == [""]
    assert listed(getattr(registries, directive)()) == list(registry())
    for name, entry in registry().items():
        assert sentences(entry.description), f"{directive}: {name} is not described in sentences"


def test_every_command_and_option_is_documented() -> None:
    import commands

    assert sorted(given("cli.md", "command")) == sorted(commands.commands())
    for name in commands.commands():
        page = commands.page(name)
        for argument in commands.arguments(name):
            assert f"`{commands.spelling(argument)}`".replace("|", "\\|") in page
            assert argument.help, f"{name} {argument.dest} has no help"
        assert "--json" in [o for a in commands.arguments(name) for o in a.option_strings]


def test_the_document_of_every_command_is_described() -> None:
    import commands
    from borderflow.web.runs import Run

    text = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    sections = dict(part.partition("\n")[::2] for part in text.split("\n## ")[1:])
    titles = {word for title in sections for word in re.findall(r"[a-z]+", title)}
    assert "`check` always prints findings" in sections["Findings"]
    assert set(commands.commands()) - {"check"} <= titles
    item = Run("r1", "", "run", None, None, 1, 2).item()
    assert [key for key in ("serving", "url", *item) if f"`{key}`" not in sections["serve"]] == []


def test_the_help_of_every_command_shows_an_example_that_parses() -> None:
    import commands
    from borderflow.cli import parser

    for name in commands.commands():
        assert commands.examples(name), f"the help of {name} shows no example"
        for line in commands.examples(name):
            words = shlex.split(line, comments=True)[1:]
            assert words[0] == name
            parser().parse_args(words[: words.index(">")] if ">" in words else words)
