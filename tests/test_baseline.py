"""The numbers of two worlds are what they were; `python -m tests.baseline --renew` renews them."""

from __future__ import annotations

import numpy as np
import pytest

import baseline


@pytest.mark.parametrize("name", baseline.WORLDS)
def test_numbers_are_what_they_were(name: str) -> None:
    """If they are meant to differ: renew them, and say why in CHANGELOG.md (changes results)."""
    lines = baseline.differences(name, baseline.kept()[name], baseline.numbers(name))
    assert not lines, "\n".join(lines[:20])


def test_the_frozen_numbers_say_something() -> None:
    for name, old in baseline.kept().items():
        assert old["balance residual"] == 0
        assert old["sum of entries"] > 0, name
        assert sum(key.startswith("median") for key in old) >= 12


def test_one_person_more_is_a_difference() -> None:
    old = {"sum of entries": 100, "median longest wait x": 3.25, "gone": 1}
    new = {"sum of entries": 101, "median longest wait x": 3.25 + 1e-9}
    assert baseline.differences("w", old, old) == []
    assert len(baseline.differences("w", old, new)) == 2  # the wait is the same, to a millionth


def test_the_fold_tells_places_apart() -> None:
    a = np.array([[3, 0], [1, 5]])
    assert baseline.fold(a) != baseline.fold(a[::-1])
    assert baseline.fold(a) == 3 * 1 + 1 * 3 + 5 * 4


def test_the_command_writes_what_it_finds(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"tiny": {"a": 1.0}, "russia-2022": {"a": 2.0}}
    monkeypatch.setattr(baseline, "FILE", tmp_path / "b.json")
    monkeypatch.setattr(baseline, "numbers", found.__getitem__)
    assert baseline.main([]) == 1
    assert baseline.main(["--renew"]) == 0
    assert baseline.main([]) == 0
    found["tiny"]["a"] = 3.0
    assert baseline.main([]) == 1
    assert "tiny: a was 1.0, is 3.0" in capsys.readouterr().out
