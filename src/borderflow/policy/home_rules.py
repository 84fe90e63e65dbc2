"""Rules and news at home that make people want to leave, or stay: drivers act for them."""

from borderflow.policy.base import PolicyKind

_DRIVER = (
    " What it does to the wish to leave is a driver (drivers.csv), which names this policy and is"
    " removed together with it; the rule has no effect of its own."
)

KINDS = (
    PolicyKind(
        "mobilisation_decree",
        "A call-up of reservists is ordered." + _DRIVER,
    ),
    PolicyKind(
        "information_rumour",
        "News of what may come spreads before anything is decided." + _DRIVER,
    ),
    PolicyKind(
        "law_change",
        "A law changes, for instance the penalty for refusing to serve." + _DRIVER,
    ),
    PolicyKind(
        "deferral",
        "Some of those liable are put off from the call-up. It would lower their wish to leave by"
        " a factor that no source gives, so it has no effect; who is liable at all is a column of"
        " cohorts.csv.",
    ),
    PolicyKind(
        "passport_refusal",
        "Passports are no longer issued to some. It concerns those who do not hold one yet, not"
        " the documents people have, so it has no effect.",
    ),
)
