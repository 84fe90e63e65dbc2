"""The directives ``{policies}``, ``{knobs}``, ``{modes}``, ``{compared}``: registries as tables."""

from sphinx.application import Sphinx

from borderflow.comparison.cells import WHATS
from borderflow.mode import modes as all_modes
from borderflow.policy import KNOBS, kinds
from generated import Generated, code, plain, table


def policies() -> str:
    """Every policy kind as a Markdown table."""
    rows = [
        (
            code(kind.id),
            "yes" if kind.acts else "no",
            ", ".join(code(quantity) for quantity in kind.quantities),
            plain(kind.description),
        )
        for kind in kinds().values()
    ]
    return table(("kind", "acts", "parameters", "what it is and does"), rows)


def knobs() -> str:
    """Every knob that an effect may turn as a Markdown table."""
    rows = [
        (
            code(knob.id),
            plain(knob.target),
            plain(knob.unit),
            plain(knob.combine),
            ", ".join(code(how) for how in knob.how if how),
            plain(knob.description),
        )
        for knob in KNOBS.values()
    ]
    return table(("knob", "on", "unit", "several effects", "readings", "meaning"), rows)


def modes() -> str:
    """Every travel mode as a Markdown table."""
    rows = [
        (
            code(mode.id),
            f"{mode.speed_kmh:g}",
            f"{mode.detour:g}",
            f"{mode.access_hours:g}",
            f"{mode.fare_fixed:g} + {mode.fare_per_km:g} per km",
            plain(mode.queue_class),
            plain(f"{mode.description} {mode.argument}"),
        )
        for mode in all_modes().values()
    ]
    head = (
        "mode",
        "km/h",
        "detour",
        "access h",
        "fare",
        "lane",
        "what it is, and why these numbers",
    )
    return table(head, rows)


def compared() -> str:
    """Every quantity that two arms are compared in as a Markdown table."""
    return table(("what", "meaning"), [(code(what), plain(text)) for what, text in WHATS.items()])


class Policies(Generated):
    def markdown(self) -> str:
        return policies()


class Knobs(Generated):
    def markdown(self) -> str:
        return knobs()


class Modes(Generated):
    def markdown(self) -> str:
        return modes()


class Compared(Generated):
    def markdown(self) -> str:
        return compared()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("policies", Policies)
    app.add_directive("knobs", Knobs)
    app.add_directive("modes", Modes)
    app.add_directive("compared", Compared)
    return {"parallel_read_safe": True}
