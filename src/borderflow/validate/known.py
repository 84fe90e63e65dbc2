"""Where people were by a day, from what had been reported by then."""

from __future__ import annotations

import numpy as np

from borderflow.validate.conflict import Conflict


def nowcast(conflict: Conflict, until: int, simulated: np.ndarray) -> np.ndarray:
    """People in each camp on each day up to one, from reports dated by then and the daily total.

    Between two reports of a camp people come evenly. What the total grows by and no report
    explains is divided over the camps without a report, as the model divides it.

    Parameters
    ----------
    conflict : Conflict
        The conflict. Of counts in camps only those of day 0 and reports dated by `until` are used.
    until : int
        The day.
    simulated : array [day, camp]
        People whom the model puts into each camp, from day 0 on.

    Returns
    -------
    array [day, camp]
        From day 0 to `until`.
    """
    total = conflict.counted[: until + 1].sum(axis=1)
    people = np.zeros((until + 1, len(conflict.camps)))
    people[0] = conflict.counted[0]
    known = np.full(people.shape, np.nan)
    for at, camp in enumerate(conflict.camps):
        counts = conflict.folder.known(camp, until)
        last = max(counts.days, default=0)
        if last > 0:
            known[: last + 1, at] = [counts.on(day) for day in range(last + 1)]
    for day in range(1, until + 1):
        seen = ~np.isnan(known[day])
        people[day] = np.where(seen, known[day], people[day - 1])
        rest = max(0.0, total[day] - people[day].sum())
        share = np.where(seen, 0.0, np.maximum(simulated[day] - simulated[day - 1], 0.0))
        if share.sum() > 0:
            people[day] += rest * share / share.sum()
        if people[day].sum() > 0:
            people[day] *= total[day] / people[day].sum()
    return people
