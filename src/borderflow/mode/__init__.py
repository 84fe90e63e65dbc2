"""How people travel: one file per travel mode, and the list of them."""

from borderflow.mode.base import (
    Mode,
    QueueClass,
    great_circle_km,
    mode,
    modes,
    register,
    unregister,
)

__all__ = [
    "Mode",
    "QueueClass",
    "great_circle_km",
    "mode",
    "modes",
    "register",
    "unregister",
]
