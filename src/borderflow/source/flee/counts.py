"""Counts of people in a camp by date, read as Flee reads them: interpolated and cut to whole."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted in one place: days since the start and people, in file order.

    Attributes
    ----------
    days : tuple of int
        Days since the start; below 0 before it. Not always ascending: published files hold typos.
    people : tuple of float
        People counted, after registration corrections.
    """

    days: tuple[int, ...]
    people: tuple[float, ...]

    def on(self, day: int) -> float:
        """People on a day: linear between two counts, cut to a whole number, held at both ends.

        The first count dated after the day and the row before it in the file are taken, as Flee
        takes them, so that rows out of order mean the same here and there.

        Examples
        --------
        >>> Counts((0, 10), (100.0, 205.0)).on(5)
        152.0
        """
        if not self.days:
            return 0.0
        at = next((i for i, later in enumerate(self.days) if day < later), None)
        if at is None or at == 0:
            return float(int(self.people[-1 if at is None else 0]))
        before, later = self.days[at - 1], self.days[at]
        part = (day - before) / (later - before)
        old = self.people[at - 1]
        return float(int(old + part * (self.people[at] - old)))

    def corrected(self, day: int) -> Counts:
        """The counts after a new registration on a day put right all that went before.

        Where a date stands in the file twice, both rows correct what stands above them, as in
        Flee.

        Raises
        ------
        LookupError
            If nothing was counted on that day, or nothing before it.
        ZeroDivisionError
            If the count before it is below one.
        """
        rows = [at for at, found in enumerate(self.days) if found == day and at > 0]
        if not rows:
            raise LookupError(day)
        people = self.people
        for at in rows:
            if people[at - 1] < 1:
                raise ZeroDivisionError(day)
            factor = people[at] / people[at - 1]
            people = (*(value * factor for value in people[:at]), *people[at:])
        return replace(self, people=people)

    def plus(self, other: Counts) -> Counts:
        """Two tables of one camp added up the way Flee does, so that scores compare.

        Between two counts of the other table the *next* one is taken, and the sum ends where the
        shorter table ends.
        """
        days: list[int] = []
        people: list[float] = []
        a = b = 0
        while a < len(self.days) and b < len(other.days):
            day = min(self.days[a], other.days[b])
            days.append(day)
            people.append(self.people[a] + other.people[b])
            step_a = self.days[a] == day
            step_b = other.days[b] == day
            a += step_a
            b += step_b
        return Counts(tuple(days), tuple(people))
