"""The table that `borderflow validate` prints."""

from __future__ import annotations

from typing import Any

COLUMNS = (
    ("without", "ard_rescaled_nocap"),
    ("plain", "ard_plain_nocap"),
    ("given", "ard_rescaled"),
    ("plain", "ard_plain"),
)
RULES = (
    ("equal", "equal"),
    ("distance", "inverse_distance"),
    ("day 0", "frozen_day0"),
    ("day 30", "frozen_day30"),
    ("capacity", "by_capacity"),
)


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def render(data: dict[str, Any]) -> str:
    """The document of `borderflow validate` as a table.

    Parameters
    ----------
    data : dict
        What `--json` prints.
    """
    rows = data["conflicts"]
    failed = [f"could not be run: {', '.join(data['failed'])}"] if data["failed"] else []
    if not rows:
        return "\n".join(failed) + "\n"
    rules: tuple[tuple[str, str], ...] = RULES
    if data["parameters"]["learn_until"]:
        rules = (*RULES, (f"day {data['parameters']['learn_until']}", "frozen_learned"))
    width = max(*(len(row["name"]) for row in rows), len("conflict"))
    head = f"{'conflict':<{width}} {'days':>5} {'camps':>5} {'people':>11} {'s':>5}"
    head += "".join(f" {title:>8}" for title, _ in COLUMNS) + f" {'energy':>7} {'80 %':>5}"
    head += f" {'Flee':>6} |" + "".join(f" {title:>8}" for title, _ in rules)
    lines = [
        "Averaged relative difference from the counts (0 is perfect, 2 the worst).",
        head,
        "-" * len(head),
    ]
    for row in rows:
        line = f"{row['name']:<{width}} {row['days']:>5} {row['camps']:>5} {row['people']:>11,}"
        line += f" {row['seconds']:>5.1f}"
        line += "".join(f" {_cell(row[key]):>8}" for _, key in COLUMNS)
        cover = row["coverage80"]
        line += f" {_cell(row['energy']):>7} {'-' if cover is None else f'{100 * cover:.0f} %':>5}"
        line += f" {_cell(row['flee']):>6} |"
        line += "".join(f" {_cell(row['baselines'][key]):>8}" for _, key in rules)
        lines.append(line)
    lines.append("-" * len(head))
    means = f"{'mean':<{width}} {'':>5} {'':>5} {'':>11} {'':>5}"
    means += f" {_cell(data['mean_ard_rescaled_nocap']):>8} {'':>8}"
    means += f" {_cell(data['mean_ard_rescaled']):>8}"
    lines.append(means)
    about = data["parameters"]
    learned = about["learn_until"]
    lines += [
        "",
        "without: rescaled, no capacities used; given: rescaled, capacities as given, which in",
        "such folders are the largest of the counts that are scored; plain: totals not made equal.",
        "energy: energy score of shares without capacities; 80 %: counts inside the 80 % band of "
        f"{about['members']} members.",
        "Flee: its own result with capacities, where flee_result.csv is there. Right of the bar:",
        "cheap rules; those frozen on a day are scored on the days after it.",
        f"The daily total is {about['total']}; "
        + (
            f"counts up to day {learned} are used and the days after it scored."
            if learned
            else "of the counts in camps only those of day 0 are used."
        ),
    ]
    if about["leave_one_out"]:
        lines.append("Numbers of the model come from a calibration that never saw the conflict.")
    left = [f"{row['name']} ({len(row['left'])})" for row in rows if row["left"]]
    if left:
        lines.append(f"Not carried over (--json says what): {', '.join(left)}")
    return "\n".join([*lines, *failed]) + "\n"
