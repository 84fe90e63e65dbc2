"""What a policy does to the world: effects on a short, closed list of knobs."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Target = Literal["link", "checkpoint", "place", "link or checkpoint", "from and to"]


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing about the world that a policy can turn.

    Parameters
    ----------
    id : str
        Short name.
    target : str
        What `Effect.where` lists.
    by_cohort : bool
        Whether the effect may concern some cohorts only (`Effect.who`).
    unit : str
        Unit of the number; empty for a share or a factor.
    combine : str
        How several effects on the same thing are put together. Every rule commutes, so the order
        of policies cannot matter.
    how : tuple of str
        The readings of the number that are allowed; the first is the usual one.
    description : str
        What turning it means, in sentences.
    """

    id: str
    target: Target
    by_cohort: bool
    unit: str
    combine: str
    how: tuple[str, ...]
    description: str


def _table(*knobs: Knob) -> dict[str, Knob]:
    return {knob.id: knob for knob in knobs}


KNOBS: dict[str, Knob] = _table(
    Knob(
        "open",
        "link",
        True,
        "",
        "and",
        ("",),
        "Whether the link may be used at all. The value 0 closes it for those concerned.",
    ),
    Knob(
        "permit",
        "link",
        True,
        "",
        "or",
        ("",),
        "Lets people use a link that is not permitted in ordinary times. The value is 1; a"
        " closure goes before it.",
    ),
    Knob(
        "admit",
        "link or checkpoint",
        True,
        "",
        "product",
        ("refused", "share"),
        "Share let through; the rest is refused. With 'refused' the number is the share turned"
        " back, with 'share' the share that passes.",
    ),
    Knob(
        "service_rate",
        "checkpoint",
        False,
        "people/h for a cap",
        "product of factors, then min of caps",
        ("factor", "cap"),
        "How fast a checkpoint works. A 'factor' multiplies its ordinary rate, a 'cap' is the most"
        " it does in an hour.",
    ),
    Knob(
        "seats",
        "link",
        False,
        "people/d",
        "sum of supply, then min of caps",
        ("add", "cap"),
        "Seats a day on each link of a scheduled service. 'add' brings more, 'cap' leaves no more"
        " than that.",
    ),
    Knob(
        "utility",
        "link",
        True,
        "h",
        "sum",
        ("cost", "saved"),
        "Hours of cost that a link takes or saves in the eyes of those concerned, beside its time"
        " and fare. With 'cost' the number is added to the cost, with 'saved' taken off it.",
    ),
    Knob(
        "attraction",
        "place",
        False,
        "",
        "sum",
        ("",),
        "Log attraction that a destination gains while it lasts: e to this power is how many times"
        " as many choose it, as long as few do.",
    ),
    Knob(
        "hazard",
        "place",
        True,
        "",
        "product",
        ("leave", "return", "onward"),
        "Factor on the hazard of leaving, of returning home or of moving on from a place.",
    ),
    Knob(
        "transfer",
        "from and to",
        True,
        "people",
        "list",
        ("",),
        "People moved in all from the first place to the second, evenly over the days in force.",
    ),
)
"""The closed list of knobs, by id."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that one policy does to the world while it is in force.

    Parameters
    ----------
    knob : str
        What is turned: a key of `KNOBS`.
    policy : str
        Id of the policy it comes from.
    start, end : date
        Local days, half-open: in force from `start` until the day before `end`; None is open.
    where : tuple of str
        Ids of the links, checkpoints or places concerned, sorted; for `transfer` the place people
        leave and the place they are brought to, in this order. The link that `two_way` adds is
        named by its own id, which ends in ``-back``.
    who : tuple of str
        Ids of the cohorts concerned, sorted; empty means everybody.
    value : float, optional
        The number, in the unit of the knob; None when a parameter gives it.
    parameter : (str, str), optional
        Quantity and policy id of the parameter that gives the number.
    how : str
        How the number is read; see `KNOBS`.

    Raises
    ------
    ValueError
        If the knob or the reading is unknown, nothing is concerned, the days are none, or not
        exactly one of `value` and `parameter` is given.

    Examples
    --------
    >>> from datetime import date
    >>> shut = Effect("open", "p66", date(2022, 9, 28), None, ("pskov-riga",), value=0.0)
    >>> shut.amount(0.0)
    0.0
    """

    knob: str
    policy: str
    start: date
    end: date | None
    where: tuple[str, ...]
    who: tuple[str, ...] = ()
    value: float | None = None
    parameter: tuple[str, str] | None = None
    how: str = ""

    def __post_init__(self) -> None:
        knob = KNOBS.get(self.knob)
        if knob is None:
            raise ValueError(f"'{self.knob}' is no knob; the knobs are {', '.join(KNOBS)}")
        if self.how not in knob.how:
            raise ValueError(f"'{self.how}' is no reading of {self.knob}: {knob.how}")
        if (self.value is None) == (self.parameter is None):
            raise ValueError(f"{self.knob} of {self.policy} needs a value or a parameter")
        if self.who and not knob.by_cohort:
            raise ValueError(f"{self.knob} cannot concern some cohorts only")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"{self.knob} of {self.policy} ends before it begins")
        if self.knob == "transfer":
            if len(self.where) != 2:
                raise ValueError("a transfer has one place to leave and one to be brought to")
        elif not self.where or self.where != tuple(sorted(set(self.where))):
            raise ValueError(f"{self.knob} of {self.policy}: where must be sorted and not empty")
        if self.who != tuple(sorted(set(self.who))):
            raise ValueError(f"{self.knob} of {self.policy}: who must be sorted")

    def amount(self, number: float) -> float:
        """What the number (the value, or the parameter drawn) puts on the knob.

        A share refused becomes the share admitted, and a cost becomes a negative utility; every
        other number is taken as it is.

        Examples
        --------
        >>> from datetime import date
        >>> day = date(2022, 9, 26)
        >>> Effect("admit", "p56", day, None, ("svo",), value=0.02, how="refused").amount(0.02)
        0.98
        >>> Effect("utility", "p60", day, None, ("lars",), value=6.0, how="cost").amount(6.0)
        -6.0
        """
        if self.knob == "admit" and self.how == "refused":
            return 1.0 - number
        if self.knob == "utility" and self.how == "cost":
            return -number
        return number

    def sort_key(self) -> tuple[object, ...]:
        """Where the effect stands in the canonical order, which forgets how it was found."""
        return (
            self.knob,
            self.policy,
            self.start,
            self.end or date.max,
            self.where,
            self.who,
            self.how,
            self.parameter or ("", ""),
            0.0 if self.value is None else self.value,
        )
