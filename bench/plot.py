"""The plot of the sizes: seconds against size, both as logarithms, with the fitted power."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bench.sizes import fit
from bench.table import RESULTS, number

WIDE, HIGH, EDGE, ROW = 300, 210, 48, 3
"""Size of a panel, the room around what it shows, and panels in a row."""

Points = Sequence[tuple[float, float]]


def keep(found: Mapping[str, Points]) -> Path:
    """Write the plot of the day."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"sizes-{date.today():%Y-%m-%d}.svg"
    path.write_text(figure(found), encoding="utf-8")
    return path


def figure(found: Mapping[str, Points]) -> str:
    """A panel for each size that was changed, as SVG."""
    panels = [
        f'<g transform="translate({WIDE * (i % ROW)},{HIGH * (i // ROW)})">\n'
        + "\n".join(_panel(name, points))
        + "\n</g>"
        for i, (name, points) in enumerate(found.items())
        if len(points) > 1
    ]
    width, height = WIDE * min(ROW, len(found)), HIGH * math.ceil(len(found) / ROW)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(panels)
        + "\n</svg>\n"
    )


def _panel(name: str, points: Points) -> list[str]:
    sizes, seconds = [x for x, _ in points], [y for _, y in points]
    power = fit(sizes, seconds)
    fitted = [power.at(x) for x in (sizes[0], sizes[-1])]
    left, right = math.log10(sizes[0]), math.log10(sizes[-1])
    low = math.floor(math.log10(min(*seconds, *fitted)))
    high = math.ceil(math.log10(max(*seconds, *fitted)))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - left) / (right - left)
        up = (math.log10(y) - low) / (high - low)
        return EDGE + across * (WIDE - 2 * EDGE), HIGH - EDGE - up * (HIGH - 2 * EDGE)

    base, right_end = HIGH - EDGE, WIDE - EDGE
    drawn = [
        f'<text x="{EDGE}" y="{EDGE - 18}" font-weight="bold">{name}: seconds</text>',
        f'<text x="{right_end}" y="{EDGE - 18}" text-anchor="end">'
        f"exponent {power.exponent:.2f}</text>",
        f'<path d="M{EDGE} {EDGE}V{base}H{right_end}" fill="none" stroke="#777"/>',
    ]
    for power_of_ten in range(low, high + 1):
        _, y = at(sizes[0], 10.0**power_of_ten)
        drawn += [
            f'<line x1="{EDGE - 4}" x2="{right_end}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
            f'<text x="{EDGE - 7}" y="{y + 4:.1f}" text-anchor="end">{10.0**power_of_ten:g}</text>',
        ]
    (x1, y1), (x2, y2) = at(sizes[0], fitted[0]), at(sizes[-1], fitted[1])
    drawn.append(
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#c2571a"/>'
    )
    for size, taken in points:
        x, y = at(size, taken)
        drawn += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#1b6ca8"/>',
            f'<text x="{x:.1f}" y="{base + 15}" text-anchor="middle">{_short(size)}</text>',
        ]
    return drawn


def _short(size: float) -> str:
    return f"{size / 1e6:g} M" if size >= 1e6 else number(size)
