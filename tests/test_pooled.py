"""Members that are only counted: the same tables within 1 %, and one digest whoever counts."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from borderflow import api, checkpoint, loading, pooled, tally, workers
from borderflow.cli import main
from borderflow.cli.answer import to_json
from borderflow.document import LISTS, document
from borderflow.errors import ScenarioError
from borderflow.forecast import forecast
from borderflow.hindcast import hindcast
from borderflow.pooled import OnlyCountedError, Pooled, pool
from borderflow.results import Results
from borderflow.results.quantiles import quantiles
from borderflow.results.spread import (
    CODES,
    Counted,
    Sorted,
    add,
    codes_of,
    count,
    median,
    narrow,
    values_of,
    wide,
)
from borderflow.text import render
from worlds import tiny_folder

MEMBERS = 40
LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)
VALUES = hnp.arrays(
    np.float64, (7, 3), elements=st.one_of(st.just(0.0), st.floats(1e-3, 1e9), st.floats(-1e9, -1))
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tiny_folder(tmp_path_factory.mktemp("pooled"))
    return api.compile_known(loading.load(folder), None)


@pytest.fixture(scope="module")
def counted(compiled: Any) -> Pooled:
    found = pool(compiled, MEMBERS, 3, threads=1)
    assert isinstance(found, Pooled)
    return found


@pytest.fixture(scope="module")
def kept(compiled: Any) -> Results:
    return Results(api.simulated(compiled, MEMBERS, 3, threads=1))


@given(VALUES)
def test_a_bin_stands_for_what_is_in_it(values: Any) -> None:
    found = values_of(codes_of(values))
    np.testing.assert_allclose(found, values, rtol=0.01)
    assert ((found == 0) == (values == 0)).all()
    size = np.abs(values)
    assert ((np.abs(found) < 10) == (size < 10)).all()  # suppressed where it would have been


@given(VALUES, st.integers(1, 6))
def test_quantiles_of_counts_are_those_of_the_members(values: Any, at: int) -> None:
    """Read from the middles of the bins, exactly; and whole numbers are exact in any case."""
    codes = codes_of(values)
    whole = np.arange(21).reshape(7, 3) % at
    counts = {
        name: add(*(count(part, 5) for part in (found[:2], found[2:])))
        for name, found in {"": codes, "n": whole}.items()
    }
    seen = Counted(7, slice(5, 8), counts)
    np.testing.assert_allclose(
        seen.quantiles(LEVELS), quantiles(values_of(codes), LEVELS), rtol=1e-12
    )
    true = Sorted(values, {"n": whole})
    assert (seen.nothing("n") == true.nothing("n")).all()
    assert (median(seen, "n") == median(true, "n")).all()
    for rank in range(7):
        ranks = np.full(3, rank)
        assert (seen.ranked("n", ranks) == true.ranked("n", ranks)).all()


@given(st.lists(st.integers(0, 1 << 45), unique=True, min_size=1), st.integers(1, 16))
def test_counts_are_the_same_after_they_have_travelled(keys: list[int], members: int) -> None:
    counts = np.stack([np.sort(np.array(keys)), np.full(len(keys), members)], axis=1)
    found = narrow(counts)
    assert (wide(found) == counts).all()
    longest = np.diff(counts[:, 0], prepend=0).max()
    assert found.dtype == (np.int32 if longest < 1 << 31 else np.int64)


def test_what_is_missing_stays_missing() -> None:
    codes = codes_of(np.array([[np.nan], [3.0], [np.nan]]))
    seen = Counted(3, slice(0, 1), {"": count(codes)})
    assert np.isnan(seen.quantiles((0.5,))).all()
    seen = Counted(4, slice(0, 1), {"": add(count(codes), count(codes_of(np.array([[3.0]]))))})
    assert seen.quantiles((0.1,))[0, 0] == pytest.approx(3, rel=0.01)


@pytest.mark.parametrize("name", LISTS)
def test_tables_agree_with_those_of_the_members(name: str, counted: Pooled, kept: Results) -> None:
    a, b = counted.summary(name), kept.summary(name)
    assert a.columns.keys() == b.columns.keys()
    for column in b.columns:
        if column not in ("inside", "band"):
            assert a.columns[column] == b.columns[column], column
    assert (a.suppressed != b.suppressed).sum() <= 0.01 * len(b)
    both = np.isfinite(a.values) & np.isfinite(b.values)
    np.testing.assert_allclose(a.values[both], b.values[both], rtol=0.011, atol=1e-3)
    # nobody is refused in that world, or brought anywhere by arrangement
    assert np.isfinite(b.values).any() or name in ("refusals", "moved")


def test_whoever_counts_the_digest_is_the_same(
    compiled: Any, counted: Pooled, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pool(compiled, MEMBERS, 4, threads=1)
    assert isinstance(other, Pooled)
    assert other.digest != counted.digest
    monkeypatch.setattr(tally, "ROWS", 0)
    again = pool(compiled, MEMBERS, 3, threads=3)
    assert isinstance(again, Pooled)
    assert again.digest == counted.digest
    assert again.people == counted.people
    assert again.people["residual"] == 0


def test_counts_are_gone_on_from(
    compiled: Any, counted: Pooled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "WRITE_ABOVE", 0)
    true, done = pooled.counted, []

    def some(*words: Any) -> Any:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(words)
        return true(*words)

    monkeypatch.setattr(pooled, "counted", some)
    with pytest.raises(KeyboardInterrupt), checkpoint.keeping(checkpoint.Store(tmp_path)):
        pool(compiled, MEMBERS, 3, threads=1)
    assert len(list(tmp_path.rglob("*.npz"))) == 2
    done.clear()
    with checkpoint.keeping(checkpoint.Store(tmp_path)):
        again = pool(compiled, MEMBERS, 3, threads=1)
    assert isinstance(again, Pooled)
    assert len(done) == 1
    assert again.digest == counted.digest


def test_members_are_not_to_be_had_one_by_one(counted: Pooled) -> None:
    assert counted.members == MEMBERS
    for ask in (
        lambda: counted.arrays,
        counted.to_xarray,
        lambda: counted.to_pandas("entries", members=True),
    ):
        with pytest.raises(OnlyCountedError, match="1,000"):
            ask()
    assert len(counted.to_pandas("entries"))
    with pytest.raises(LookupError, match="no table"):
        counted.summary("nonsense")


def test_it_prints_what_any_run_prints(counted: Pooled, kept: Results) -> None:
    text = render(counted)
    assert "quantiles are within 1 % of those of the members" in " ".join(text.split())
    assert "COUNTED" not in render(kept)
    said = [line for line in text.splitlines() if "COUNTED" not in line]
    assert abs(len(said) - len(render(kept).splitlines())) <= 1  # (the sentence may take two lines)
    said = document(counted)
    assert list(said) == list(document(kept))
    assert (said["quantile_error"], document(kept)["quantile_error"]) == (0.01, 0.0)
    to_json(said)


def test_above_a_thousand_members_the_command_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "KEPT", 20)
    world = tiny_folder(tmp_path)
    out = tmp_path / "out"
    words = ["run", str(world), "--members", "21", "--out", str(out)]
    assert main(words) == 0
    assert "21 members" in capsys.readouterr().out
    assert {"entries-quantiles.csv", "manifest.json"} <= {path.name for path in out.iterdir()}
    assert not (out / "results.nc").exists()
    assert main(["rerun", str(out)]) == 0
    assert "reproduced" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["forecast", "--as-of", "2022-09-23", "--until", "2022-09-24"], "4 rounds of 150"),
        (["hindcast", "--origins", "2022-09-23", "--horizon", "1"], "4 rounds of 150"),
        (["serve", "--port", "0"], "and DIR be served"),
    ],
    ids=lambda words: words[0],
)
def test_what_keeps_its_members_refuses_more(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *more = words
    out = [] if name == "serve" else ["--out", str(tmp_path / "out")]
    assert main([name, str(tiny_folder(tmp_path)), *more, *out, "--members", "1001"]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert says in err
    assert "did you mean '1000'" in err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]


def test_the_functions_refuse_them_too(tmp_path: Path) -> None:
    world = tiny_folder(tmp_path)
    with pytest.raises(ScenarioError, match="at most 1,000 members"):
        forecast(world, "2022-09-23", "2022-09-24", members=1001)
    with pytest.raises(ScenarioError, match="at most 1,000 members"):
        hindcast(world, ["2022-09-23"], 1, members=1001)


def test_codes_fit_beside_the_cells() -> None:
    extremes = np.array([1e-300, 1e300, -1e300, np.inf])
    codes = codes_of(extremes)
    assert ((codes > 0) & (codes < CODES - 1)).all()


def test_none_ran(compiled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*words: Any) -> Any:
        raise ArithmeticError("lost")

    monkeypatch.setattr("borderflow.ensemble.run_one", fail)
    assert pool(compiled, 3, 1, threads=1) == dict.fromkeys(range(3), "ArithmeticError: lost")
