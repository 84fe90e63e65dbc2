"""What a travel mode is: how fast, how far round, at what price, and who may use it."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

from borderflow.mode.registry import Registry

QueueClass = Literal["car", "bus", "foot", "lorry"]
Vehicle = Literal["any", "lorry"]

EARTH_RADIUS_KM = 6371.0088


class Traveller(Protocol):
    """The two attributes of a cohort that decide which modes it may use."""

    @property
    def car(self) -> bool: ...
    @property
    def vehicle(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A way of travelling, with the numbers that stand in where a link gives none of its own.

    Every number is an assumption of ours, argued in `argument`; a distance, time or fare in
    links.csv always goes before it.

    Parameters
    ----------
    id : str
        Short name used in links.csv.
    description : str
        What the mode is, in sentences.
    argument : str
        Why these numbers.
    speed_kmh : float
        Mean speed from start to end, ordinary stops included [km/h].
    detour : float
        Length of the way over the great circle distance, at least 1.
    access_hours : float
        Time added to each leg: getting there, checking in, boarding, getting away [h].
    fare_per_km, fare_fixed : float
        Ordinary price per person [scenario currency per km; scenario currency].
    queue_class : {'car', 'bus', 'foot', 'lorry'}
        The lane at a checkpoint.
    needs_car : bool
        Whether only parties with a car can use it.
    vehicle : {'any', 'lorry'}
        The sort of party that uses it: a party with a lorry uses lorry links and nothing else,
        and nobody else uses those.
    scheduled_allowed : bool
        Whether its links may have departures with seats.

    Raises
    ------
    ValueError
        If a number makes no sense: a speed of zero, a detour below 1, a negative time or fare.

    Examples
    --------
    >>> from borderflow.mode import modes
    >>> road = modes()["road"]
    >>> road.hours(130.0)
    2.0
    """

    id: str
    description: str
    argument: str
    speed_kmh: float
    detour: float
    access_hours: float = 0.0
    fare_per_km: float = 0.0
    fare_fixed: float = 0.0
    queue_class: QueueClass
    needs_car: bool = False
    vehicle: Vehicle = "any"
    scheduled_allowed: bool = False

    def __post_init__(self) -> None:
        numbers = (self.speed_kmh, self.detour, self.access_hours, self.fare_per_km)
        if not all(math.isfinite(number) for number in (*numbers, self.fare_fixed)):
            raise ValueError(f"mode {self.id}: every number must be finite")
        if self.speed_kmh <= 0:
            raise ValueError(f"mode {self.id}: speed_kmh is {self.speed_kmh}, must be above 0")
        if self.detour < 1:
            raise ValueError(f"mode {self.id}: detour is {self.detour}, must be at least 1")
        if min(self.access_hours, self.fare_per_km, self.fare_fixed) < 0:
            raise ValueError(f"mode {self.id}: times and fares must not be negative")

    def distance_km(self, great_circle: float) -> float:
        """Length of the way between two places so far apart as the crow flies [km]."""
        return great_circle * self.detour

    def hours(self, distance_km: float) -> float:
        """Travel time over a way of this length, without waiting [h]."""
        return self.access_hours + distance_km / self.speed_kmh

    def fare(self, distance_km: float) -> float:
        """Ordinary price per person for a way of this length [scenario currency]."""
        return self.fare_fixed + self.fare_per_km * distance_km

    def allows(self, cohort: Traveller) -> bool:
        """Whether parties of this cohort can use the mode at all."""
        return self.vehicle == cohort.vehicle and (cohort.car or not self.needs_car)


def great_circle_km(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Distance between two points on a round earth [km]; arguments in degrees.

    The haversine formula, exact on a sphere and steady for short distances.

    Examples
    --------
    >>> round(great_circle_km(0.0, 0.0, 0.0, 90.0))  # a quarter of the equator
    10008
    """
    phi, to_phi = math.radians(lat), math.radians(to_lat)
    half_north = math.sin((to_phi - phi) / 2)
    half_east = math.sin(math.radians(to_lon - lon) / 2)
    chord = half_north**2 + math.cos(phi) * math.cos(to_phi) * half_east**2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


REGISTRY: Registry[Mode] = Registry(Mode, "travel mode", "borderflow.mode", "MODES")


def modes() -> dict[str, Mode]:
    """Every travel mode that a link may have, by id.

    Examples
    --------
    >>> from borderflow.mode import modes
    >>> sorted(modes())
    ['air', 'bicycle', 'bus', 'ferry', 'foot', 'lorry', 'rail', 'road']
    """
    return REGISTRY.all()


def mode(name: str) -> Mode:
    """The travel mode of this id; LookupError names the nearest if there is none."""
    return REGISTRY.get(name)


def register(new: Mode) -> Mode:
    """Add a travel mode for as long as the program runs.

    Raises
    ------
    TypeError
        If it is not a `Mode`.
    ValueError
        If its id is not a valid id, or another mode has it.
    """
    return REGISTRY.register(new)


def unregister(name: str) -> None:
    """Take away a travel mode added with `register`; LookupError if there is none."""
    REGISTRY.unregister(name)
