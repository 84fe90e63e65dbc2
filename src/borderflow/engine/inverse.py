"""Distributions inverted: the count below which a share of chance lies, by one uniform each.

So counts rise with their uniform and with their probability, and paired runs differ only where
causes reach.
"""

import math

import numpy as np

from borderflow.engine.compiled import compiled, woven

SEARCH = 15.0  # largest mean (of the rarer outcome) that is drawn by exact search

# 1/x for the searches, none of which passes 100: with a mean of 15 that has a chance of 1e-48
_INVERSE = 1.0 / np.maximum(np.arange(128.0), 1.0)

# Algorithm AS 241: the normal quantile as ratios of polynomials, in three pieces.
# fmt: off
_CENTRE_TOP = (
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.3871328727963666080,
)
_CENTRE_BOTTOM = (
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
    2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
    4.2313330701600911252e1, 1.0,
)
_FLANK_TOP = (
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258, 3.64784832476320460504, 5.76949722146069140550,
    4.63033784615654529590, 1.42343711074968357734,
)
_FLANK_BOTTOM = (
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940,
    2.05319162663775882187, 1.0,
)
_TAIL_TOP = (
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580,
    5.46378491116411436990, 6.65790464350110377720,
)
_TAIL_BOTTOM = (
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0,
)
# fmt: on


@woven
def _ratio(top: tuple[float, ...], bottom: tuple[float, ...], r: float) -> float:
    """Divide one polynomial of degree seven by another, coefficients from the highest power."""
    above, below = top[0], bottom[0]
    for i in range(1, 8):
        above = above * r + top[i]
        below = below * r + bottom[i]
    return above / below


@compiled
def normal_quantile(u: float) -> float:
    """Give the normal deviate below which a share u lies, to 1e-15 (AS 241: Wichura 1988)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(_CENTRE_TOP, _CENTRE_BOTTOM, 0.180625 - q * q)
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        z = _ratio(_FLANK_TOP, _FLANK_BOTTOM, r - 1.6)
    else:
        z = _ratio(_TAIL_TOP, _TAIL_BOTTOM, r - 5.0)
    return -z if q < 0.0 else z


@compiled
def _expanded(
    u: float, mean: float, variance: float, third: float, fourth: float, fifth: float
) -> float:
    """Invert the distribution of a large count from its first five cumulants (Cornish-Fisher).

    A count's cumulative at k is a smooth curve read at k + 1/2; its even cumulants are those of
    the count less those of a unit box (Euler-Maclaurin), hence the 1/12 and the 1/120.
    """
    variance -= 1.0 / 12.0
    deviation = math.sqrt(variance)
    skew = third / (variance * deviation)
    excess = (fourth + 1.0 / 120.0) / (variance * variance)
    last = fifth / (variance * variance * deviation)
    z = normal_quantile(u)
    square = z * z
    z += (
        skew * (square - 1.0) / 6.0
        + excess * z * (square - 3.0) / 24.0
        - skew * skew * z * (2.0 * square - 5.0) / 36.0
        + last * ((square - 6.0) * square + 3.0) / 120.0
        - skew * excess * ((square - 5.0) * square + 2.0) / 24.0
        + skew * skew * skew * ((12.0 * square - 53.0) * square + 17.0) / 324.0
    )
    return math.ceil(mean + deviation * z - 0.5)


@compiled
def _rare_binomial(u: float, n: float, p: float) -> float:
    """Invert the binomial for p up to one half."""
    mean = n * p
    if mean > SEARCH:
        spread = mean * (1.0 - p)
        part = spread / n
        third = spread * (1.0 - 2.0 * p)
        fourth = spread * (1.0 - 6.0 * part)
        x = _expanded(u, mean, spread, third, fourth, third * (1.0 - 12.0 * part))
        return min(max(x, 0.0), n)
    if u <= 1.0 - mean:  # the chance of none is at least that (Bernoulli's inequality)
        return 0.0
    odds = p / (1.0 - p)
    lift = (n + 1.0) * odds
    # the chance of none, at least 4**-15: never underflows
    mass = (1.0 - p) ** int(n) if n <= 64.0 else math.exp(n * math.log1p(-p))
    below = mass
    top = min(n, _INVERSE.size - 1.0)
    x = 0
    while u > below and x < top:
        x += 1
        mass *= lift * _INVERSE[x] - odds
        if below + mass == below:  # the tail has run out of bits
            break
        below += mass
    return float(x)


@compiled
def binomial(u: float, n: float, p: float) -> float:
    """Give how many of n take part when each does so with probability p: the u-quantile.

    Exact (search) while the rarer outcome's mean is at most 15. Beyond, the total-variation
    distance to the exact law is at most 5e-5 (measured for n up to 1e9, p from 1e-8 to 1 - 1e-8;
    greatest just above 15). Rises with u; within [0, n].

    >>> binomial(0.5, 10.0, 0.3)
    3.0
    """
    if not (n > 0.0 and p > 0.0):
        return math.nan if math.isnan(n) or math.isnan(p) else 0.0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - _rare_binomial(1.0 - u, n, 1.0 - p)
    return _rare_binomial(u, n, p)


@compiled
def poisson(u: float, mean: float) -> float:
    """Give how many arrive when on average ``mean`` do: the u-quantile.

    Exact (search) up to a mean of 15; beyond, within 5e-5 of the law in total variation
    (measured up to 1e8).

    >>> poisson(0.5, 3.0)
    3.0
    """
    if not mean > 0.0:
        return math.nan if math.isnan(mean) else 0.0
    if mean > SEARCH:
        return max(_expanded(u, mean, mean, mean, mean, mean), 0.0)
    if u <= 1.0 - mean:  # the chance of none is more than that
        return 0.0
    mass = math.exp(-mean)
    below = mass
    x = 0
    while u > below and x < _INVERSE.size - 1:
        x += 1
        mass *= mean * _INVERSE[x]
        if below + mass == below:
            break
        below += mass
    return float(x)


@compiled
def _chance_of_none(good: float, bad: float, sample: float) -> float:
    """Give the chance that a sample (at most good, good at most bad) holds none of the good."""
    total = good + bad
    rest = bad - sample
    if sample <= 30.0 or rest < 16.0:
        mass = 1.0
        for i in range(int(sample)):
            mass *= (bad - i) / (total - i)
        return mass
    # Stirling's series for bad! (total - sample)! / (rest! total!), arranged so that nothing
    # large cancels.
    left = total - sample
    powers = (
        sample * math.log1p(-good / total)
        + (left + 0.5) * math.log1p(-sample / total)
        - (rest + 0.5) * math.log1p(-sample / bad)
    )
    return math.exp(powers + _stirling(bad) + _stirling(left) - _stirling(rest) - _stirling(total))


@compiled
def _stirling(x: float) -> float:
    """Give what Stirling's formula leaves out of ln x!, for x of 16 and more (to 1e-15)."""
    r = 1.0 / (x * x)
    return (
        1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))
    ) / x


@compiled
def _rare_hypergeometric(u: float, good: float, bad: float, sample: float) -> float:
    """Invert the hypergeometric where good and sample are each at most half of all."""
    if sample > good:
        good, sample, bad = sample, good, bad + good - sample  # the law is symmetric in the two
    total = good + bad
    mean = sample * (good / total)
    if mean > SEARCH:
        left = total - sample
        # cumulants by powers of the shares, free of overflow
        p, f = good / total, sample / total
        pq, fg = p * (bad / total), f * (left / total)
        variance = total * pq * fg * (total / (total - 1.0))
        third = variance * (1.0 - 2.0 * p) * (1.0 - 2.0 * f) * (total / (total - 2.0))
        inner = (1.0 - 1.0 / total) * (1.0 + 1.0 / total - 6.0 * pq - 6.0 * fg) + 6.0 * pq * fg * (
            5.0 - 6.0 / total
        )
        scale = (total / (total - 2.0)) * (total / (total - 3.0))
        fourth = variance * variance * inner * scale / (total * pq * fg)
        # the fifth as it is where all four cells are large
        fifth = third * (1.0 - 12.0 * (pq + fg) + 84.0 * pq * fg)
        x = _expanded(u, mean, variance, third, fourth, fifth)
        return min(max(x, 0.0), sample)
    rest = bad - sample
    mass = _chance_of_none(good, bad, sample)
    below = mass
    x = 0.0
    while u > below and x < sample:
        ways = (good - x) * (sample - x)
        x += 1.0
        mass *= ways / (x * (rest + x))
        if below + mass == below:
            break
        below += mass
    return x


@compiled
def hypergeometric(u: float, good: float, bad: float, sample: float) -> float:
    """Give how many of the good are in a sample without return from good and bad: the u-quantile.

    Exact (search) while the mean of the rarest of the four cells (good or bad, taken or left) is
    at most 15; beyond, within 5e-5 of the law in total variation (measured for totals up to 1e7).
    Rises with u; within max(0, sample - bad) .. min(good, sample).

    >>> hypergeometric(0.5, 5.0, 5.0, 4.0)
    2.0
    """
    total = good + bad
    if math.isnan(total) or math.isnan(sample):
        return math.nan
    if good <= 0.0 or sample <= 0.0:
        return 0.0
    if bad <= 0.0 or sample >= total:
        return min(good, sample)
    many_good, many_drawn = good + good > total, sample + sample > total
    if many_good and many_drawn:
        return good + sample - total + _rare_hypergeometric(u, bad, good, total - sample)
    if many_good:
        return sample - _rare_hypergeometric(1.0 - u, bad, good, sample)
    if many_drawn:
        return good - _rare_hypergeometric(1.0 - u, good, bad, total - sample)
    return _rare_hypergeometric(u, good, bad, sample)
