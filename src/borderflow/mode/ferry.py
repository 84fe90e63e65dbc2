"""Crossing water on a ferry."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="ferry",
        description=(
            "Crossing water on a passenger ferry. Open to everybody who finds a place on board."
        ),
        argument=(
            "15 to 18 knots for a passenger ferry, with some way round capes and shallows; two "
            "hours go on the harbours; fares are between those of a train and of a flight."
        ),
        speed_kmh=30.0,
        detour=1.2,
        access_hours=2.0,
        fare_per_km=4.0,
        fare_fixed=1000.0,
        queue_class="foot",
        scheduled_allowed=True,
    ),
)
