"""Driving one's own car."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="road",
        description="Driving one's own car. Only parties that have a car can use it.",
        argument=(
            "A day of 650 km in ten hours, stops for fuel and food included, is what a "
            "determined driver does on two-lane main roads; road distances are 1.2 to 1.5 times"
            " the great circle in most countries; the fare is a person's share of the fuel (8 "
            "litres per 100 km at 55, shared by two)."
        ),
        speed_kmh=65.0,
        detour=1.3,
        fare_per_km=2.2,
        queue_class="car",
        needs_car=True,
    ),
)
