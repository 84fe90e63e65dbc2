"""What rules do to the world: one file per kind of rule, each emitting effects on knobs."""

from borderflow.policy.base import (
    IN_FORCE,
    KNOBS,
    Effect,
    Knob,
    NotFoundError,
    PolicyKind,
    View,
    effects,
    kind,
    kinds,
    make,
    nothing,
    register,
    unregister,
)

__all__ = [
    "IN_FORCE",
    "KNOBS",
    "Effect",
    "Knob",
    "NotFoundError",
    "PolicyKind",
    "View",
    "effects",
    "kind",
    "kinds",
    "make",
    "nothing",
    "register",
    "unregister",
]
