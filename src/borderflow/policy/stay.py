"""Rules on how long people may stay where they have arrived."""

from borderflow.policy.base import PolicyKind

KINDS = (
    PolicyKind(
        "residence_permit",
        "A country says to whom it gives permits to stay. It concerns people after they have"
        " arrived; how many would otherwise move on is not known, so it has no effect.",
    ),
    PolicyKind(
        "stay_limit",
        "A country limits the days that visitors may stay. It would raise the hazard of moving on"
        " after weeks or months by a factor that no source gives, so it has no effect.",
    ),
)
