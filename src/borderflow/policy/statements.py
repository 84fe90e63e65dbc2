"""What governments say and prepare: it moves nobody until it becomes a rule."""

from borderflow.policy.base import PolicyKind

_SAID = " A statement moves nobody until it becomes a rule, so it has no effect."

KINDS = (
    PolicyKind(
        "announcement",
        "A government says what it means to do." + _SAID,
    ),
    PolicyKind(
        "asylum_statement",
        "A government says whom it would, or would not, give asylum." + _SAID,
    ),
    PolicyKind(
        "border_readiness",
        "A government prepares to guard or close a border: patrols, equipment, plans." + _SAID,
    ),
    PolicyKind(
        "extradition_rule",
        "A government says whom it would send back on request. It concerns people after they have"
        " arrived, a few by name, so it has no effect.",
    ),
    PolicyKind(
        "humanitarian_visa",
        "A government speaks of visas on humanitarian grounds, or refuses them. They are given"
        " one by one and after weeks, so it has no effect.",
    ),
    PolicyKind(
        "reception_statement",
        "A government says how those who arrive will be received." + _SAID,
    ),
)
