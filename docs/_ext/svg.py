"""Small figures as SVG text: lines over days, bars, and what was reported beside what came out."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 28, 34, 26
COLOURS = ("#1b6ca8", "#c2571a", "#3c8d40", "#7d4a9c", "#777777")


def number(value: float) -> str:
    """A number as an axis says it."""
    if value >= 1e6:
        return f"{value / 1e6:g} m"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:g}"


def ticks(top: float) -> list[float]:
    """Three to six round numbers from 0 to a little above the highest value."""
    if top <= 0 or not math.isfinite(top):
        return [0.0, 1.0]
    rough = top / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * f for f in (1, 2, 2.5, 5, 10) if power * f >= rough)
    return [step * i for i in range(math.ceil(top / step - 1e-9) + 1)]


def text(
    x: float, y: float, words: str, anchor: str = "start", colour: str = "currentColor"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, more: str = "") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>'


def whole(parts: Sequence[str], height: float, says: str) -> str:
    """The parts as one picture, with a text for those who do not see it."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{escape(says, quote=True)}" font-size="12" font-family="sans-serif" '
        'style="max-width:100%;height:auto">'
    )
    return "".join((head, f"<title>{escape(says)}</title>", *parts, "</svg>"))


def lines(
    days: Sequence[str],
    series: Mapping[str, Sequence[float]],
    says: str,
    events: Mapping[str, str] | None = None,
) -> str:
    """Series over days, on one scale; events are marked on the day on which they happen."""
    marks = ticks(max((max(values) for values in series.values()), default=0.0))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def across(i: float) -> float:
        return LEFT + (right - LEFT) * i / max(1, len(days) - 1)

    def up(value: float) -> float:
        return bottom - (bottom - TOP) * value / marks[-1]

    parts = []
    for mark in marks:
        faint = 'stroke="currentColor" stroke-opacity="0.15"'
        parts.append(line(LEFT, up(mark), right, up(mark), faint))
        parts.append(text(LEFT - 6, up(mark) + 4, number(mark), "end"))
    for i, name in enumerate(days):
        when = date.fromisoformat(name)
        if when.weekday() == 0:
            parts.append(text(across(i), HEIGHT - 8, f"{when.day} {when:%b}", "middle"))
            parts.append(line(across(i), bottom, across(i), bottom + 4, 'stroke="currentColor"'))
    for when_, words in (events or {}).items():
        if when_ in days:
            x = across(days.index(when_))
            dashed = 'stroke="currentColor" stroke-dasharray="3 3" stroke-opacity="0.6"'
            parts.append(line(x, TOP, x, bottom, dashed))
            parts.append(text(x + 4, TOP + 10, words))
    at = float(LEFT)
    for (name, values), colour in zip(series.items(), COLOURS, strict=False):
        path = " ".join(f"{across(i):.1f},{up(v):.1f}" for i, v in enumerate(values))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(at, 16, f"— {name}", colour=colour))
        at += 7.0 * (len(name) + 5)
    return whole(parts, HEIGHT, says)


def bars(rows: Sequence[tuple[str, float]], says: str, unit: str = "") -> str:
    """Horizontal bars, each with its name and number."""
    row, names = 22, 330
    marks = ticks(max((value for _, value in rows), default=0.0))
    parts = []
    for i, (name, value) in enumerate(rows):
        y = 8 + row * i
        width = (WIDTH - names - 90) * value / marks[-1]
        parts.append(text(names - 6, y + 13, name, "end"))
        parts.append(
            f'<rect x="{names}" y="{y}" width="{width:.1f}" height="{row - 6}" '
            f'fill="{COLOURS[0]}"/>'
        )
        parts.append(text(names + width + 6, y + 13, f"{number(value)}{unit}"))
    return whole(parts, 16 + row * len(rows), says)


def ranges(rows: Sequence[tuple[str, float, float, float, float]], says: str) -> str:
    """Per row a name, a low and a high end, a median, and a dot for what was reported (log)."""
    row, names = 20, 330
    every = [value for _, *values in rows for value in values if value > 0]
    low, high = math.log10(min(every, default=1.0)), math.log10(max(every, default=10.0))
    low, high = math.floor(low), max(math.ceil(high), math.floor(low) + 1)

    def across(value: float) -> float:
        place = (math.log10(max(value, 10.0**low)) - low) / (high - low)
        return names + (WIDTH - RIGHT - names) * place

    parts = []
    bottom = 8 + row * len(rows)
    for power in range(low, high + 1):
        x = across(10.0**power)
        parts.append(line(x, 4, x, bottom, 'stroke="currentColor" stroke-opacity="0.15"'))
        parts.append(text(min(x, WIDTH - 30), bottom + 16, number(10.0**power), "middle"))
    for i, (name, least, middle, most, reported) in enumerate(rows):
        y = 16 + row * i
        thick = f'stroke="{COLOURS[0]}" stroke-width="5" stroke-opacity="0.5"'
        parts.append(text(names - 8, y + 4, name, "end"))
        parts.append(line(across(least), y, max(across(most), across(least) + 1), y, thick))
        tick = f'stroke="{COLOURS[0]}" stroke-width="2"'
        parts.append(line(across(middle), y - 5, across(middle), y + 5, tick))
        parts.append(f'<circle cx="{across(reported):.1f}" cy="{y}" r="4" fill="{COLOURS[1]}"/>')
    return whole(parts, bottom + 24, says)
