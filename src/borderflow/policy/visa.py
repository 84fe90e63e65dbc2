"""Rules on visas: the one that bars entry, and those that the documents of links already say."""

from borderflow.policy.base import PolicyKind
from borderflow.policy.entry_ban import bar_entry

_STRUCTURE = (
    " Which documents a link accepts is part of the world (the column documents of links.csv),"
    " so the rule has no effect of its own."
)

KINDS = (
    PolicyKind(
        "visa_required",
        "Travellers of some sort need a visa to enter a country. Closes the links across its"
        " border for those concerned, who are the ones without such a visa; never for its own"
        " citizens.",
        bar_entry,
    ),
    PolicyKind(
        "visa_restriction",
        "Visas become harder to get: fewer, dearer, slower. It concerns those who will apply, not"
        " those who hold one, and takes longer than the days of a crisis, so it has no effect.",
    ),
    PolicyKind(
        "visa_free",
        "Travellers of some sort may enter a country without a visa." + _STRUCTURE,
    ),
    PolicyKind(
        "visa_free_or_on_arrival",
        "Travellers of some sort may enter a country without a visa or get one at the border."
        + _STRUCTURE,
    ),
)
