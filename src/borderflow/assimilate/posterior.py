"""Parameters as the reports known by a day leave them, and the files they are kept in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.observe.discrepancy import Errors

if TYPE_CHECKING:
    from borderflow.compile.priors import Prior

Numbers = NDArray[np.float64]

LEVELS = (0.1, 0.5, 0.9)
WORTH_TELLING = 0.2
"""Parameters that are learned less far than this are left out of the summary: chance alone makes
one or two in ten of some hundreds of draws."""


class CollapseError(ArithmeticError):
    """No parameters of the scenario come near what was reported."""


@dataclass(frozen=True)
class Lesson:
    """What one report taught: the parameter that it moved most.

    Attributes
    ----------
    report : str
        Id of the report.
    parameter : str or None
        Id of the parameter; None where it taught nothing.
    moved : float
        By how many prior standard deviations, upwards or downwards.
    narrowed : float
        Share of that parameter's prior variance that this report takes away beyond the others.
    """

    report: str
    parameter: str | None
    moved: float
    narrowed: float


@dataclass(frozen=True)
class Posterior:
    """What was learned: a set of parameters per member, and how far each moved and narrowed.

    Attributes
    ----------
    parameters : tuple of str
        Ids of the parameters, in the order of the columns.
    values : array [member, parameter]
        Values, in the units of the scenario; the members count alike.
    scores : array [member, parameter]
        The same on the scale on which the prior is standard normal.
    reports : tuple of str
        Ids of the reports that were learned from.
    distance : float
        Mean squared distance of the reports from the members after the last round, in standard
        deviations; about 1 where the scenario can explain them.
    spreads : array [parameter]
        Standard deviation of each score before the members were weighted; 1 is the prior's.
    ancestors : tuple of int
        Which draw of the last round each member goes on from.
    effective : float
        Effective number of those draws after weighting.
    power : float
        Power to which their weights were raised: 1 is full importance correction, 0 none.
    scales : dict of str to float
        Factor on the assumed size of what the model gets wrong, by class.
    lessons : tuple of Lesson
        What each report taught.
    errors : Errors or None
        How the reports lie around what is simulated.
    gaps : array [member, report]
        What was reported less what each member simulated, on the log scale.
    """

    parameters: tuple[str, ...]
    values: Numbers
    scores: Numbers
    reports: tuple[str, ...]
    distance: float
    spreads: Numbers | None = None
    ancestors: tuple[int, ...] = ()
    effective: float = 0.0
    power: float = 1.0
    scales: dict[str, float] = field(default_factory=dict)
    lessons: tuple[Lesson, ...] = ()
    errors: Errors | None = field(default=None, repr=False)
    gaps: Numbers | None = field(default=None, repr=False)

    @property
    def learned(self) -> dict[str, float]:
        """How far each parameter is learned: 1 - posterior / prior standard deviation."""
        spread = self.spreads
        if spread is None:
            spread = np.std(self.scores, axis=0, ddof=min(1, len(self.scores) - 1))
        return dict(zip(self.parameters, np.clip(1 - spread, 0, 1).tolist(), strict=True))

    def draw(self, member: int) -> dict[str, float]:
        """Parameters of a member; after the last one they begin again."""
        row = self.values[member % len(self.values)]
        return dict(zip(self.parameters, row.tolist(), strict=True))

    def to_xarray(self) -> Any:
        """The draws as ArviZ reads them: one variable per parameter, by chain and draw."""
        import xarray as xr

        data = {
            name: (("chain", "draw"), self.values[None, :, i])
            for i, name in enumerate(self.parameters)
        }
        attributes = {"reports": " ".join(self.reports), "distance": self.distance}
        return xr.Dataset(data, {"draw": np.arange(len(self.values)), "chain": [0]}, attributes)

    def write(self, path: Path) -> None:
        """Write the draws as NetCDF, in the group `posterior`."""
        self.to_xarray().to_netcdf(path, group="posterior", engine="h5netcdf")


def summary(found: Posterior, priors: Sequence[Prior]) -> dict[str, Any]:
    """What was learned, in short, as plain data.

    Parameters
    ----------
    found : Posterior
        What was learned.
    priors : sequence of Prior
        The parameters' priors.
    """
    own = {prior.id: prior for prior in priors}
    learned = found.learned
    column = {name: i for i, name in enumerate(found.parameters)}
    rows = [
        {
            "parameter": name,
            "learned": round(learned[name], 3),
            **_quantiles("", np.quantile(found.values[:, column[name]], LEVELS)),
            **_quantiles("prior_", [own[name].quantile(level) for level in LEVELS]),
        }
        for name in sorted(learned, key=lambda name: -learned[name])
        if learned[name] >= WORTH_TELLING and found.reports
    ]
    return {
        "reports": list(found.reports),
        "draws": len(found.values),
        "distance": round(found.distance, 3),
        "effective_draws": round(found.effective, 1),
        "power": round(found.power, 4),
        "scales": found.scales,
        "parameters": rows,
        "lessons": [asdict(lesson) for lesson in found.lessons],
    }


def _quantiles(prefix: str, values: Any) -> dict[str, float]:
    names = (f"{prefix}q{round(100 * level)}" for level in LEVELS)
    return {name: float(f"{value:.5g}") for name, value in zip(names, values, strict=True)}


@dataclass(frozen=True)
class Draws:
    """Draws of parameters from a file; called with the number of a member, it gives its own.

    Attributes
    ----------
    columns : dict of str to array [draw]
        Every parameter's draws, by id.
    """

    columns: Mapping[str, Numbers]

    def __call__(self, member: int) -> dict[str, float]:
        """Values of a member, by parameter; members beyond the draws begin again."""
        return {name: float(v[member % len(v)]) for name, v in self.columns.items()}


def read_draws(path: Path) -> Draws:
    """Draws from a NetCDF file with a group `posterior`.

    Parameters
    ----------
    path : Path
        A file as `Posterior.write` makes it, or any other that ArviZ reads with the same names.

    Raises
    ------
    ValueError
        If a parameter has no draws, other numbers of them than the rest, or any that is no number.
    """
    import xarray as xr

    with xr.open_dataset(path, group="posterior", engine="h5netcdf") as data:
        columns = {str(name): data[name].to_numpy().reshape(-1) for name in data.data_vars}
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError("each parameter needs the same number of draws, at least one")
    for name, values in columns.items():
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise ValueError(f"{name!r} has draws that are no numbers")
    return Draws(columns)
