"""What is said in vector instructions does what the same words in NumPy do."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from borderflow.engine.curves import exponential
from borderflow.engine.lanes import LANES, across, below, blend, closer, likelihoods, lower, lowest

BEYOND = 2**30 - 1


@numba.njit(error_model="numpy")
def lowered(near: Any, p: Any, head: Any, cost: Any, first: Any, last: Any) -> Any:
    return lower(near, p, head, cost, first, last)


@numba.njit(error_model="numpy")
def bits(near: Any, p: Any, q: Any, first: Any, step: Any, least: Any, beyond: Any) -> Any:
    return closer(near, p, q, first, step, least, beyond)


@numba.njit(error_model="numpy")
def blended(part: Any, weight: Any, head: Any, first: Any, last: Any, p: Any) -> None:
    blend(part, weight, head, first, last, p)


@numba.njit(error_model="numpy")
def turned(bits: Any, word: Any, first: Any, last: Any, p: Any, out: Any) -> None:
    across(bits, word, first, last, p, out)


@numba.njit(error_model="numpy")
def weighed(near: Any, p: Any, hops: Any, on: Any, first: Any, last: Any, u: Any, out: Any) -> None:
    likelihoods(near, p, hops, on, first, last, u, out)


@numba.njit(error_model="numpy")
def ranked(numbers: Any, n: Any, out: Any) -> None:
    below(numbers, n, out)


@numba.njit(error_model="numpy")
def first_bit(bits: Any) -> Any:
    return lowest(bits)


def world(seed: int, blocks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    near = random.integers(0, 1000, (9, blocks * LANES)).astype(np.int32)
    near[random.random(near.shape) < 0.3] = BEYOND
    head = random.integers(0, 9, 20).astype(np.uint32)
    return near, head, random.integers(1, 600 if seed % 2 else BEYOND, 20).astype(np.int32)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("blocks", [1, 2, 3])
def test_a_row_is_lowered_to_the_least_of_what_lies_ahead(seed: int, blocks: int) -> None:
    near, head, cost = world(seed, blocks)
    for p, (first, last) in enumerate([(0, 20), (3, 4), (5, 5), (7, 15)]):
        expected = near.astype(np.int64)
        for a in range(first, last):
            expected[p] = np.minimum(expected[p], near[head[a]].astype(np.int64) + cost[a])
        fell = (expected != near).any()
        assert lowered(near, p, head, cost, first, last) == fell
        assert (near == expected).all()
        assert not lowered(near, p, head, cost, first, last)


@pytest.mark.parametrize("seed", range(6))
def test_bits_tell_where_one_gets_closer(seed: int) -> None:
    near, _, _ = world(seed, 2)
    near[1, 3:9] = near[0, 3:9] - 5
    near[1, 40:44] = near[0, 40:44]
    seen = set()
    for p, q in [(0, 1), (1, 0), (2, 3), (4, 4), (5, 6)]:
        for first in (0, LANES):
            for step, least in [(5, -1), (1, -300), (400, -100), (BEYOND - 1, 0)]:
                x = near[p, first : first + LANES].astype(np.int64)
                y = near[q, first : first + LANES].astype(np.int64)
                there = (y < x) & (x - y - step > least) & (x < BEYOND)
                expected = int((there.astype(np.int64) << np.arange(LANES)).sum())
                found = bits(near, p, q, first, np.int32(step), np.int32(least), np.int32(BEYOND))
                assert int(found) == expected
                seen.add(expected)
    assert len(seen) > 5


@pytest.mark.parametrize("blocks", [1, 2])
def test_weights_are_blended_in_order(blocks: int) -> None:
    random = np.random.default_rng(1)
    part = random.random((20, blocks * LANES)) * (random.random((20, blocks * LANES)) < 0.5)
    weight = random.random((9, blocks * LANES))
    head = random.integers(0, 9, 20).astype(np.uint32)
    for p, (first, last) in enumerate([(0, 20), (3, 4), (5, 5), (7, 15)]):
        total = np.zeros(blocks * LANES)
        for a in range(first, last):
            total += part[a] * weight[head[a]]
        expected = weight.copy()
        expected[p] = np.where(total > 0, total, 1.0)
        blended(part, weight, head, first, last, p)
        assert (weight == expected).all()  # to the last bit


@pytest.mark.parametrize(("first", "last"), [(0, 32), (3, 20), (7, 7), (39, 40)])
def test_bits_are_turned_over(first: int, last: int) -> None:
    random = np.random.default_rng(last)
    table = random.integers(0, 2**32, (40, 2), dtype=np.uint32)
    out = np.full((3, 2 * LANES), 77, np.uint32)
    turned(table, 1, first, last, 2, out)
    assert (out[:2] == 77).all()
    assert (out[2, :LANES] == 77).all()
    for lane in range(LANES):
        mine = [a - first for a in range(first, last) if table[a, 1] >> lane & 1]
        assert int(out[2, LANES + lane]) == sum(1 << i for i in mine)


@pytest.mark.parametrize("blocks", [1, 2])
def test_likelihoods_are_exponentials_where_there_is_a_bit(blocks: int) -> None:
    near, head, _ = world(0, blocks)
    random = np.random.default_rng(blocks)
    cost = random.integers(1, 400, 20).astype(np.int32)
    many = random.uniform(1.0, 3.0, 20)
    on = random.integers(0, 2**32, (20, blocks), dtype=np.uint32)
    unit = 1e-3
    out = np.full((20, blocks * LANES), np.nan)
    weighed(near, 4, (head, cost, many), on, 2, 15, unit, out)
    assert np.isnan(out[:2]).all()
    assert np.isnan(out[15:]).all()
    for a in range(2, 15):
        for d in range(blocks * LANES):
            there = on[a, d // LANES] >> (d % LANES) & 1
            if not there:
                assert out[a, d] == 0.0
                continue
            saved = int(near[4, d]) - int(near[head[a], d]) - int(cost[a])
            if abs(saved * unit) < 700.0:
                assert out[a, d] == pytest.approx(np.exp(saved * unit) * many[a], rel=1e-14)
                alone = exponential(float(saved) * unit) * many[a]
                assert out[a, d] == pytest.approx(alone, rel=1e-15)


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 90, 128])
def test_numbers_are_told_how_many_are_less(n: int) -> None:
    numbers = np.random.default_rng(n).integers(-50, 50, 128).astype(np.int32)
    out = np.zeros(128, np.int32)
    ranked(numbers, n, out)
    assert out[:n].tolist() == [int((numbers[:n] < x).sum()) for x in numbers[:n]]


def test_the_lowest_bit() -> None:
    assert [first_bit(np.uint32(x)) for x in (1, 2, 12, 2**31, 2**32 - 1)] == [0, 1, 2, 31, 0]
