"""Exponential and logarithm that the compiler can take for several numbers at once.

The library's functions take one number a call. These are plain sums, products and moves of bits,
good to 4e-15, so that a loop over an array runs eight abreast where the processor can.
"""

from __future__ import annotations

from typing import cast

import numba
import numpy as np

from borderflow.engine.compiled import Function

LEAST = -700.0
"""Smallest exponent: what is less likely than exp(-700) counts as that."""

LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
SHIFT = 6755399441055744.0  # 1.5 * 2**52: added, it leaves the nearest whole number in the bits
# exp on half a binary order around 0, interpolated at Chebyshev's points
# fmt: off
EXP = (
    2.63067990309652e-07, 2.7634303398340087e-06, 2.480519221089692e-05, 0.00019841184669569745,
    0.001388888536328528, 0.00833333337440902, 0.04166666668057812, 0.1666666666658385,
    0.4999999999998047, 1.0000000000000053, 1.0000000000000004,
)
# fmt: on
_LOG = tuple(2.0 / n for n in range(19, 0, -2))  # ln((1 + f) / (1 - f)) in odd powers of f
_FRACTION = np.int64((1 << 52) - 1)
_ROOT = np.int64(0x3FE6A09E667F3BCD)  # the bits of sqrt(1/2)
_BITS = np.int64(52)


def _woven(function: Function) -> Function:
    """Compile into the callers, a product and a sum in one where the processor can."""
    compiler = numba.njit(
        nogil=True, error_model="numpy", forceinline=True, fastmath={"contract", "nnan", "ninf"}
    )
    return cast(Function, compiler(function))


@_woven
def exponential(x: float) -> float:
    """Give e to the power of x, for x from -700 to 700, to 4e-15.

    >>> abs(exponential(-2.0) - 0.1353352832366127) < 1e-15
    True
    """
    shifted = x * LOG2E + SHIFT
    whole = shifted - SHIFT
    r = (x - whole * LN2_HIGH) - whole * LN2_LOW
    y = EXP[0]
    for i in range(1, 11):
        y = y * r + EXP[i]
    bits = np.float64(y).view(np.int64) + (np.float64(shifted).view(np.int64) << _BITS)
    return float(np.int64(bits).view(np.float64))


@_woven
def logarithm(x: float) -> float:
    """Give the natural logarithm of x, for x above 1e-300, to 4e-15 of it or of 1.

    >>> abs(logarithm(10.0) - 2.302585092994046) < 1e-15
    True
    """
    above = np.float64(x).view(np.int64) - _ROOT
    order = above >> _BITS
    part = np.int64((above & _FRACTION) + _ROOT).view(np.float64)
    f = (part - 1.0) / (part + 1.0)
    square = f * f
    y = _LOG[0]
    for i in range(1, 10):
        y = y * square + _LOG[i]
    return float(y * f + order * (LN2_HIGH + LN2_LOW))
