"""Riding a bus, minibus or shared taxi."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="bus",
        description=(
            "Riding a coach, a minibus or a shared taxi. Open to everybody; at a checkpoint it "
            "waits in the bus lane."
        ),
        argument=(
            "Slower than a car by its stops, with an hour to find it and board it; long-"
            "distance coaches cost about as much per kilometre as the cheapest seats on a "
            "train."
        ),
        speed_kmh=50.0,
        detour=1.3,
        access_hours=1.0,
        fare_per_km=2.5,
        fare_fixed=200.0,
        queue_class="bus",
        scheduled_allowed=True,
    ),
)
