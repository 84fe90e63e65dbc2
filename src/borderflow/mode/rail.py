"""Riding a train."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="rail",
        description="Riding a passenger train. Open to everybody who finds a seat.",
        argument=(
            "Long-distance night trains average about 60 km/h with stops, on lines somewhat "
            "more direct than roads; an hour goes on the stations; an open sleeper costs about "
            "2.5 per kilometre plus a fixed part."
        ),
        speed_kmh=60.0,
        detour=1.25,
        access_hours=1.0,
        fare_per_km=2.5,
        fare_fixed=300.0,
        queue_class="foot",
        scheduled_allowed=True,
    ),
)
