"""Addressed draws: known answers, exact laws, and that nothing moves but what causes reach."""

import math
from collections.abc import Callable

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from borderflow.engine import draws, inverse

Floats = NDArray[np.float64]
SEED = 20220921
BOUND = 5e-5  # total variation where a law is approximated; 2e-3 is promised, 4.3e-5 was measured


# --- compiled helpers ---------------------------------------------------------------------------


@numba.njit
def uniforms(seed, process, step, member, things, alternative, out):
    for i in range(things.size):
        out[i] = draws.uniform(seed, process, step, member, things[i], alternative)


@numba.njit
def binomials(us, n, p, out):
    for i in range(us.size):
        out[i] = inverse.binomial(us[i], n, p)


@numba.njit
def poissons(us, mean, unused, out):
    for i in range(us.size):
        out[i] = inverse.poisson(us[i], mean)


@numba.njit
def hypergeometrics(us, good, bad, sample, out):
    for i in range(us.size):
        out[i] = inverse.hypergeometric(us[i], good, bad, sample)


@numba.njit
def binomial_steps(ks, n, p, unused, out):
    """Find where the count passes each k, by bisection: the cumulative that is really drawn."""
    for i in range(ks.size):
        low, high = 0.0, 1.0
        for _ in range(52):
            middle = 0.5 * (low + high)
            if inverse.binomial(middle, n, p) <= ks[i]:
                low = middle
            else:
                high = middle
        out[i] = low


@numba.njit
def poisson_steps(ks, mean, unused, unused_too, out):
    for i in range(ks.size):
        low, high = 0.0, 1.0
        for _ in range(52):
            middle = 0.5 * (low + high)
            if inverse.poisson(middle, mean) <= ks[i]:
                low = middle
            else:
                high = middle
        out[i] = low


@numba.njit
def hypergeometric_steps(ks, good, bad, sample, out):
    for i in range(ks.size):
        low, high = 0.0, 1.0
        for _ in range(52):
            middle = 0.5 * (low + high)
            if inverse.hypergeometric(middle, good, bad, sample) <= ks[i]:
                low = middle
            else:
                high = middle
        out[i] = low


@numba.njit
def splits(things, chance, n, probs, alts, out):
    for i in range(things.size):
        draws.split(chance, 7, 3, 2, 1, things[i], n, probs, alts, out[i])


def things(count: int) -> NDArray[np.uint64]:
    return np.array([draws.hash_id(f"place-{i}") for i in range(count)], dtype=np.uint64)


def grid(seed: int, process: int, step: int, member: int, alternative: int = 0) -> Floats:
    out = np.empty(2000)
    uniforms(seed, process, step, member, things(2000), np.uint64(alternative), out)
    return out


def distance(law: stats.rv_discrete, steps: Callable[..., None], *args: float) -> float:
    """Total variation between what is drawn and the law (a comb of values where it is wide)."""
    lowest, highest = law.support()
    with np.errstate(all="ignore"):  # scipy divides by zero for totals below four
        mean, deviation = law.mean(), law.std()
    low = max(lowest, math.floor(mean - 7 * deviation - 15))
    high = min(highest, math.ceil(mean + 7 * deviation + 15))
    stride = max(1, int((high - low) // 500))
    ks = np.arange(low, high + 1, stride, dtype=float)
    below, upto = np.empty(ks.size), np.empty(ks.size)
    padded = (*args, 0.0, 0.0)[:3]
    steps(ks - 1, *padded, below)
    steps(ks, *padded, upto)
    return 0.5 * stride * float(np.abs(upto - below - law.pmf(ks)).sum())


# --- the generator ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 6, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_known_answers(words, expected):
    """The three vectors that Random123 publishes for philox4x32-10."""
    assert draws.philox4x32(*words) == expected


def test_mixing_is_splitmix_in_plain_integers():
    def scramble(word):
        word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
        return word ^ word >> 31

    assert scramble(0x9E3779B97F4A7C15) == 0xE220A8397B1DCDAF  # first output of splitmix64(0)
    for a, b in [(0, 0), (1, 2), (2, 1), (2**64 - 1, 2**64 - 1), (SEED, 5)]:
        assert draws.mix64(np.uint64(a), np.uint64(b)) == scramble(
            (scramble((a + 0x9E3779B97F4A7C15) % 2**64) + b) % 2**64
        )


def test_a_uniform_is_its_address_through_philox():
    """The layout is a promise: results made with it can be made again."""
    seed, process, step, member = SEED, 3, 17, 5
    thing, alternative = draws.hash_id("verkhny-lars"), draws.hash_id("larsi")
    key = draws.mix64(seed, process)
    for other in (0, alternative):
        word = draws.mix64(np.uint64(thing), np.uint64(other)) if other else thing
        high, low, _, _ = draws.philox4x32(
            word % 2**32, word >> 32, member, step, key % 2**32, key >> 32
        )
        u = draws.uniform(seed, process, step, member, np.uint64(thing), np.uint64(other))
        assert u == (2 * ((high << 32 | low) >> 12) + 1) / 2**53


def test_ids_hash_to_words_that_are_never_none():
    words = {draws.hash_id(f"id-{i}") for i in range(10_000)}
    assert len(words) == 10_000
    assert 0 not in words
    assert max(words) < 2**64


def test_uniforms_are_uniform():
    for args in [(SEED, 1, 0, 0), (0, 0, 0, 0), (SEED, 2, 700, 999)]:
        assert stats.kstest(grid(*args), "uniform").pvalue > 1e-3
    numbered = np.empty(50_000)  # small consecutive numbers make as good addresses as hashes
    uniforms(SEED, 1, 0, 0, np.arange(50_000, dtype=np.uint64), np.uint64(0), numbered)
    assert stats.kstest(numbered, "uniform").pvalue > 1e-3
    assert abs(np.corrcoef(numbered[:-1], numbered[1:])[0, 1]) < 4 / math.sqrt(50_000)
    assert numbered.min() > 0.0
    assert numbered.max() < 1.0


def test_every_part_of_the_address_counts():
    """Changing any one part gives numbers unrelated to those before."""
    base = (SEED, 1, 5, 3, 0)
    first = grid(*base)
    others = [grid(*(v + (i == part) for i, v in enumerate(base))) for part in range(5)]
    others += [grid(SEED, 1, 3, 5), grid(1, SEED, 5, 3)]  # parts do not stand in for each other
    for a in range(len(others)):
        for b in [first, *others[:a]]:
            assert not np.any(others[a] == b)
            assert abs(np.corrcoef(others[a], b)[0, 1]) < 4.5 / math.sqrt(2000)


def test_one_thing_or_member_more_moves_nothing():
    words = things(300)
    alone, together = np.empty(300), np.empty(301)
    uniforms(SEED, 1, 4, 2, words, np.uint64(0), alone)
    more = np.insert(words, 100, np.uint64(draws.hash_id("a new place")))
    uniforms(SEED, 1, 4, 2, more, np.uint64(0), together)
    assert np.array_equal(np.delete(together, 100), alone)
    shuffled = np.empty(300)
    uniforms(SEED, 1, 4, 2, words[::-1].copy(), np.uint64(0), shuffled)
    assert np.array_equal(shuffled[::-1], alone)


# --- the laws -----------------------------------------------------------------------------------


def test_normal_quantile_is_right_to_fourteen_digits():
    us = [1e-300, 2.0**-53, 1e-11, 1e-3, 0.0749, 0.0751, 0.3, 0.6, 0.926, 0.99, 1 - 2.0**-53]
    expected = stats.norm.ppf(us)
    assert np.allclose([inverse.normal_quantile(u) for u in us], expected, rtol=1e-14, atol=1e-15)


SHARES = [1e-8, 5.1e-6, 1e-4, 5.1e-3, 0.051, 0.2, 0.34, 0.5, 0.51, 0.9, 0.999, 1 - 5.1e-6]


@pytest.mark.parametrize("n", [1, 2, 10, 64, 65, 100, 101, 150, 1000, 10**4, 10**7, 10**9])
def test_binomial_follows_its_law(n):
    for p in SHARES:
        exact = n * min(p, 1 - p) <= inverse.SEARCH
        far = distance(stats.binom(n, p), binomial_steps, n, p)
        assert far < (1e-8 if exact else BOUND), (n, p)


@pytest.mark.parametrize("mean", [1e-3, 0.3, 7, 14.9, 15.1, 20, 60, 100, 1000, 1e6])
def test_poisson_follows_its_law(mean):
    far = distance(stats.poisson(mean), poisson_steps, mean)
    assert far < (1e-11 if mean <= inverse.SEARCH else BOUND)


@pytest.mark.parametrize("total", [2, 5, 30, 70, 210, 400, 1000, 3000, 10**7])
def test_hypergeometric_follows_its_law(total):
    for p in (0.001, 0.05, 0.2, 0.5, 0.8, 0.99):
        for f in (0.001, 0.1, 0.3, 0.5, 0.6, 0.95):
            good, sample = round(total * p), round(total * f)
            bad = total - good
            if min(good, bad, sample, total - sample) < 1:
                continue
            exact = min(good, bad) * min(sample, total - sample) / total <= inverse.SEARCH
            law = stats.hypergeom(total, good, sample)
            far = distance(law, hypergeometric_steps, good, bad, sample)
            assert far < (2e-9 if exact else BOUND), (good, bad, sample)


def test_counts_rise_with_the_uniform_and_stay_within_bounds():
    tail = 2.0 ** -np.arange(1.0, 54.0)
    us = np.unique(np.concatenate([np.linspace(0, 1, 20_002)[1:-1], tail, 1.0 - tail]))
    out = np.empty(us.size)
    cases = [
        (3, 0.3),
        (1e9, 1e-8),
        (1e9, 1.6e-8),
        (31, 0.5),
        (101, 0.5),
        (120, 0.45),
        (1e7, 0.9),
        (64, 0.7),
    ]
    for n, p in cases:
        binomials(us, float(n), p, out)
        assert np.all(np.diff(out) >= 0)
        assert out.min() >= 0
        assert out.max() <= n
        assert np.array_equal(out, np.floor(out))
    for mean in (1e-9, 3.0, 15.0, 16.0, 1e7):
        poissons(us, mean, 0.0, out)
        assert np.all(np.diff(out) >= 0)
        assert out.min() >= 0
        assert out.max() < mean + 12 * math.sqrt(mean) + 30
    for good, bad, sample in [
        (5, 3, 6),
        (32, 32, 31),
        (1000, 10, 900),
        (10**6, 10**6, 10**6),
        (400, 420, 410),
    ]:
        hypergeometrics(us, float(good), float(bad), float(sample), out)
        assert np.all(np.diff(out) >= 0)
        assert out.min() >= max(0, sample - bad)
        assert out.max() <= min(good, sample)


def test_binomial_counts_rise_with_the_probability():
    ps = np.linspace(0.001, 0.999, 999)
    for n in (4.0, 40.0, 90.0):  # paired runs never cross, where the search ends neither
        for u in (0.01, 0.3, 0.77):
            assert np.all(np.diff([inverse.binomial(u, n, p) for p in ps]) >= 0)


def test_the_far_tail_ends():
    top = 1 - 2.0**-53
    assert inverse.binomial(top, 1e9, 1e-9) < 25
    assert inverse.poisson(top, 1e-3) < 10
    assert inverse.hypergeometric(top, 1e6, 1e8, 10.0) <= 10


# --- drawing at an address ----------------------------------------------------------------------

ADDRESS = (SEED, 2, 9, 4, np.uint64(77), np.uint64(5))


def test_a_draw_is_the_quantile_at_its_address():
    u = draws.uniform(*ADDRESS)
    assert draws.draw_binomial(True, *ADDRESS, 20.0, 0.3) == inverse.binomial(u, 20.0, 0.3)
    assert draws.draw_poisson(True, *ADDRESS, 8.0) == inverse.poisson(u, 8.0)
    got = draws.draw_hypergeometric(True, *ADDRESS, 9.0, 7.0, 5.0)
    assert got == inverse.hypergeometric(u, 9.0, 7.0, 5.0)


@pytest.mark.parametrize("chance", [True, False])
def test_the_certain_is_not_drawn(chance):
    assert draws.draw_binomial(chance, *ADDRESS, 0.0, 0.5) == 0.0
    assert draws.draw_binomial(chance, *ADDRESS, 9.0, 0.0) == 0.0
    assert draws.draw_binomial(chance, *ADDRESS, 9.0, 1.0) == 9.0
    assert draws.draw_poisson(chance, *ADDRESS, 0.0) == 0.0
    assert draws.draw_hypergeometric(chance, *ADDRESS, 4.0, 3.0, 7.0) == 4.0
    assert draws.draw_hypergeometric(chance, *ADDRESS, 0.0, 3.0, 2.0) == 0.0
    assert draws.draw_hypergeometric(chance, *ADDRESS, 4.0, 0.0, 3.0) == 3.0


def test_without_chance_counts_are_expectations():
    assert draws.draw_binomial(False, *ADDRESS, 12.7, 0.3) == 12.7 * 0.3
    assert draws.draw_poisson(False, *ADDRESS, 0.4) == 0.4
    assert draws.draw_hypergeometric(False, *ADDRESS, 2.5, 7.5, 3.3) == 3.3 * 2.5 / 10.0


def test_what_is_not_a_number_stays_so():
    assert math.isnan(inverse.binomial(0.5, math.nan, 0.5))
    assert math.isnan(inverse.binomial(0.5, 3.0, math.nan))
    assert math.isnan(inverse.poisson(0.5, math.nan))
    assert math.isnan(inverse.hypergeometric(0.5, 3.0, math.nan, 2.0))
    for chance in (True, False):
        assert math.isnan(draws.draw_binomial(chance, *ADDRESS, 3.0, math.nan))
        assert math.isnan(draws.draw_poisson(chance, *ADDRESS, math.nan))
        assert math.isnan(draws.draw_hypergeometric(chance, *ADDRESS, 3.0, math.nan, 2.0))


# --- splitting ----------------------------------------------------------------------------------

WEIGHTS = np.array([0.0, 3.0, 1.0, 0.0, 2.0, 4.0, 0.0])
OPEN = WEIGHTS > 0
ALTS = np.array([draws.hash_id(f"way-{k}") for k in range(7)], dtype=np.uint64)


def divided(n: float, weights: Floats, count: int = 4000, chance: bool = True) -> Floats:
    out = np.full((count, weights.size), np.nan)
    splits(things(count), chance, n, weights, ALTS[: weights.size], out)
    return out


@pytest.mark.parametrize("n", [1.0, 3.0, 4.0, 5.0, 17.0, 600.0, 1e6])
def test_a_split_loses_nobody_and_follows_the_weights(n):
    out = divided(n, WEIGHTS)
    assert np.all(out.sum(axis=1) == n)
    assert np.all(out[:, ~OPEN] == 0.0)
    assert np.array_equal(out, np.floor(out))
    assert out.min() >= 0.0
    shares = WEIGHTS / WEIGHTS.sum()
    expected = 4000 * n * shares[OPEN]
    assert stats.chisquare(out.sum(axis=0)[OPEN], expected).pvalue > 1e-3
    for k in np.flatnonzero(OPEN):  # each number alone is binomial: its spread too
        variance = n * shares[k] * (1 - shares[k])
        assert out[:, k].var() == pytest.approx(variance, rel=0.12)
    # and any two go together as in a multinomial
    assert np.cov(out[:, 1], out[:, 5])[0, 1] == pytest.approx(
        -n * shares[1] * shares[5], abs=0.1 * n * math.sqrt(shares[1] * shares[5])
    )


def test_hopeless_weights_do_not_leak():
    """Rounding at the end of the chain gives nobody to a closed alternative."""
    for weights in ([1.0, 1e-17, 0.0], [1e-300, 1.0, 0.0], [0.1] * 3 + [0.0], [1e300, 1e300, 0.0]):
        for n in (4.0, 1000.0):
            for chance in (True, False):
                out = divided(n, np.array(weights), 500, chance)
                assert np.all(out[:, -1] == 0.0)
                assert np.all(out.sum(axis=1) == n)
    assert divided(50.0, np.array([0.0, 2.0, 0.0]), 1)[0].tolist() == [0.0, 50.0, 0.0]


def test_without_chance_a_split_is_proportional():
    for n in (1.0, 7.3, 1e6 / 3):
        out = divided(n, WEIGHTS, 1, chance=False)[0]
        assert np.allclose(out, n * WEIGHTS / WEIGHTS.sum(), rtol=1e-15, atol=0)
        assert out.sum() == pytest.approx(n, rel=3e-16)
        assert np.all(out[~OPEN] == 0.0)


def test_a_split_of_nobody_is_nothing_and_a_choice_of_nothing_is_an_error():
    assert divided(0.0, WEIGHTS, 1)[0].tolist() == [0.0] * 7
    assert divided(0.0, np.zeros(2), 1)[0].tolist() == [0.0] * 2
    with pytest.raises(ValueError, match="weight 0"):
        divided(3.0, np.zeros(2), 1)


def test_each_of_a_few_parties_keeps_its_choice():
    """One party more leaves those before it where they were."""
    fewer, more = divided(2.0, WEIGHTS), divided(3.0, WEIGHTS)
    assert np.all(more - fewer >= 0.0)


@pytest.mark.parametrize("n", [1.0, 40.0])
def test_closing_a_way_takes_nobody_from_the_first(n):
    """Every alternative is drawn at its own address, so the first can only gain."""
    closed = WEIGHTS.copy()
    closed[5] = 0.0
    before, after = divided(n, WEIGHTS), divided(n, closed)
    assert np.all(after[:, 1] >= before[:, 1])
    assert np.any(after[:, 1] > before[:, 1])
