"""Addressed chance: every draw is a pure function of where it stands, never of what came before it.

A uniform has an *address*: ``(seed, process, step, member, thing, alternative)``. ``process`` is a
small number for the kind of decision, ``thing`` and ``alternative`` are 64-bit hashes of ids
(`hash_id`, `mix64`). So a place, policy or member more moves no other uniform. Philox-4x32-10
(Salmon et al. 2011, doi:10.1145/2063384.2063405) turns the address into bits:

=============  ====================================================================
key, 64 bits   ``mix64(seed, process)``
counter 0, 1   ``thing``, or ``mix64(thing, alternative)`` where an alternative is given
counter 2      ``member`` modulo 2**32
counter 3      ``step`` modulo 2**32
=============  ====================================================================

What can coincide: under one key, addresses with different member, step or thing word never share
a counter. One seed's processes never share a key, nor do two seeds of one process. Only where two
64-bit words were mixed into one, a pair of addresses meets with a chance of 2**-64: two things with
their alternatives, or two (seed, process) pairs. Ids whose hashes meet are refused at compile.

Counts are float64 holding whole numbers. With ``chance=False`` the ``draw_`` functions and `split`
touch no uniform and return expectations: that is the deterministic limit, by the same code.
One uniform makes one count (`borderflow.engine.inverse`).
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from borderflow.engine.compiled import compiled, kept, woven
from borderflow.engine.inverse import binomial, hypergeometric, poisson

Word = int | np.uint64
NONE = np.uint64(0)  # the alternative of a draw that has none

FEW = 4.0  # up to so many parties, `split` gives each one's choice its own address

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLY_0, _MULTIPLY_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FINAL_0, _FINAL_1 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S12, _S27, _S30, _S31 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31)
_PARTY = np.uint64(0x243F6A8885A308D3)  # sets party numbers apart from hashes of alternatives


def hash_id(text: str) -> int:
    """Hash an id to the 64-bit word by which its draws are addressed; never 0, which means none.

    >>> hex(hash_id("verkhny-lars"))
    '0x6cf595931d7d61f5'
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") or 1


@woven
def _scramble(word: np.uint64) -> np.uint64:
    """Turn a word into another one-to-one, all bits mixed (the finaliser of splitmix64)."""
    word = (word ^ (word >> _S30)) * _FINAL_0
    word = (word ^ (word >> _S27)) * _FINAL_1
    return word ^ (word >> _S31)


@woven
def mix64(a: Word, b: Word) -> np.uint64:
    """Combine two ids into the word of the pair, in that order; one-to-one while either is fixed.

    >>> mix64(1, 2) != mix64(2, 1)
    True
    """
    return _scramble(_scramble(np.uint64(a) + _GOLDEN) + np.uint64(b))


@woven
def philox4x32(
    c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Encrypt a counter of four 32-bit words under a key of two: ten rounds of Philox."""
    w0, w1, w2, w3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    q0, q1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        first = _MULTIPLY_0 * w0
        second = _MULTIPLY_1 * w2
        w0, w1, w2, w3 = (
            (second >> _HALF) ^ w1 ^ q0,
            second & _MASK,
            (first >> _HALF) ^ w3 ^ q1,
            first & _MASK,
        )
        q0 = (q0 + _WEYL_0) & _MASK
        q1 = (q1 + _WEYL_1) & _MASK
    return w0, w1, w2, w3


@woven
def uniform(
    seed: Word, process: int, step: int, member: int, thing: Word, alternative: Word
) -> float:
    """Look up the one random number in (0, 1) that lives at an address; alternative 0 means none.

    An odd multiple of 2**-53: never 0 or 1, and ``1 - u`` is exact and one of them too.

    >>> uniform(7, 1, 0, 0, 42, 0) == uniform(7, 1, 0, 0, 42, 0)
    True
    """
    key = mix64(seed, np.uint64(process))
    word = np.uint64(thing)
    if np.uint64(alternative) != NONE:
        word = mix64(word, alternative)
    high, low, _, _ = philox4x32(
        word & _MASK,
        word >> _HALF,
        np.uint64(member) & _MASK,
        np.uint64(step) & _MASK,
        key & _MASK,
        key >> _HALF,
    )
    return (float(np.int64(((high << _HALF) | low) >> _S12)) + 0.5) * 2.0**-52


@kept
def uniforms(
    seed: Word, process: int, step: int, member: int, things: NDArray[np.uint64]
) -> NDArray[np.float64]:
    """Give the uniform of each of several things; for those who draw from Python.

    >>> things = np.array([1, 2], dtype=np.uint64)
    >>> bool(uniforms(np.uint64(7), 1, 0, 0, things)[1] == uniform(7, 1, 0, 0, things[1], NONE))
    True
    """
    out = np.empty(things.size)
    for i in range(things.size):
        out[i] = uniform(seed, process, step, member, things[i], NONE)
    return out


@compiled
def draw_binomial(
    chance: bool,
    seed: Word,
    process: int,
    step: int,
    member: int,
    thing: Word,
    alternative: Word,
    n: float,
    p: float,
) -> float:
    """Draw how many of n take part with probability p each; n * p when chance is off.

    >>> draw_binomial(False, 7, 1, 0, 0, 42, 0, 10.0, 0.25)
    2.5
    """
    if n <= 0.0 or p <= 0.0:
        return 0.0
    if p >= 1.0:
        return n
    if not chance:
        return n * p
    return binomial(uniform(seed, process, step, member, thing, alternative), n, p)


@compiled
def draw_poisson(
    chance: bool,
    seed: Word,
    process: int,
    step: int,
    member: int,
    thing: Word,
    alternative: Word,
    mean: float,
) -> float:
    """Draw how many arrive; the mean itself when chance is off.

    >>> draw_poisson(False, 7, 1, 0, 0, 42, 0, 2.5)
    2.5
    """
    if mean <= 0.0:
        return 0.0
    if not chance:
        return mean
    return poisson(uniform(seed, process, step, member, thing, alternative), mean)


@compiled
def draw_hypergeometric(
    chance: bool,
    seed: Word,
    process: int,
    step: int,
    member: int,
    thing: Word,
    alternative: Word,
    good: float,
    bad: float,
    sample: float,
) -> float:
    """Draw how many of the good are among those served; their fair share when chance is off.

    >>> draw_hypergeometric(False, 7, 1, 0, 0, 42, 0, 6.0, 2.0, 4.0)
    3.0
    """
    if good <= 0.0 or sample <= 0.0:
        return 0.0
    if bad <= 0.0 or sample >= good + bad:
        return min(good, sample)
    if not chance:
        return sample * good / (good + bad)
    u = uniform(seed, process, step, member, thing, alternative)
    return hypergeometric(u, good, bad, sample)


@compiled
def split(
    chance: bool,
    seed: Word,
    process: int,
    step: int,
    member: int,
    thing: Word,
    n: float,
    probs: NDArray[np.float64],
    alts: NDArray[np.uint64],
    out: NDArray[np.float64],
) -> None:
    """Divide n parties among alternatives, each choosing by the weights; writes their numbers.

    Up to four parties each draw at an address of their own (the thing's, mixed with the party's
    number) and walk the alternatives in order. More are split by conditional binomials in the
    order of alternatives, each at its alternative's address, so the order must not depend on
    what is open: a closed alternative stays in its place with weight 0, and gets exactly 0.

    Parameters
    ----------
    n : float
        Parties to divide: a whole number when chance is on.
    probs : array [alternative]
        Weights, 0 or more, not all 0; they need not sum to 1.
    alts : array [alternative]
        Hash of each alternative's id.
    out : array [alternative]
        Filled with numbers that sum to n: exactly when drawn; when chance is off they are n times
        the shares, the most likely alternative taking what rounding leaves.

    Raises
    ------
    ValueError
        When there is somebody to divide and no weight is above 0.
    """
    total = 0.0
    last = -1
    for k in range(probs.size - 1, -1, -1):
        if probs[k] > 0.0:
            total += probs[k]
            if last < 0:
                last = k
        out[k] = total  # weight of this and all later alternatives, until its number replaces it
    if n <= 0.0:
        out[:] = 0.0
        return
    if last < 0:
        raise ValueError("nobody can choose: every alternative has weight 0")
    if not chance:
        largest = last
        given = 0.0
        for k in range(probs.size):
            out[k] = n * (max(probs[k], 0.0) / total)
            given += out[k]
            if probs[k] > probs[largest]:
                largest = k
        out[largest] += n - given
    elif n <= FEW:
        out[:] = 0.0
        for party in range(int(n)):
            own = mix64(thing, _PARTY + np.uint64(party))
            height = uniform(seed, process, step, member, own, NONE) * total
            for k in range(last + 1):
                if probs[k] > 0.0:
                    height -= probs[k]
                    if height <= 0.0 or k == last:
                        out[k] += 1.0
                        break
    else:
        left = n
        for k in range(probs.size):
            rest = out[k]
            if probs[k] <= 0.0 or left <= 0.0:
                out[k] = 0.0
            elif k == last:
                out[k] = left
            else:
                out[k] = draw_binomial(
                    True, seed, process, step, member, thing, alts[k], left, probs[k] / rest
                )
            left -= out[k]
