"""Riding a bicycle or scooter."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="bicycle",
        description=(
            "Riding a bicycle or a scooter. Open to everybody; at a checkpoint it waits in the "
            "lane for people on foot."
        ),
        argument=(
            "12 km/h with luggage and pushing past queues; the detour of a road over a short "
            "distance. The price of getting hold of a bicycle near the post differs so much "
            "that it belongs in the data."
        ),
        speed_kmh=12.0,
        detour=1.2,
        queue_class="foot",
    ),
)
