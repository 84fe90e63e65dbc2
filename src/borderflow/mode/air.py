"""Flying."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="air",
        description=(
            "Flying on a scheduled passenger flight. Open to everybody who finds a seat and can"
            " pay for it."
        ),
        argument=(
            "Block speed of a medium-haul jet is about 750 km/h on nearly the great circle;"
            " three hours go on reaching the airport, the formalities and leaving the other one;"
            " a one-way seat from Moscow cost 8,000 (Yerevan) to 22,000 (Istanbul) in the days"
            " before 21 September 2022, both some 1,800 km away: the fare is near the lower one."
        ),
        speed_kmh=750.0,
        detour=1.05,
        access_hours=3.0,
        fare_per_km=3.5,
        fare_fixed=4000.0,
        queue_class="foot",
        scheduled_allowed=True,
    ),
)
