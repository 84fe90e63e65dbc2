"""Walking."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="foot",
        description=(
            "Walking. Open to everybody; at a checkpoint it waits in the lane for people on foot."
        ),
        argument=(
            "Walking with luggage at 4 km/h; foot paths follow roads but over short distances "
            "the detour is small."
        ),
        speed_kmh=4.0,
        detour=1.2,
        queue_class="foot",
    ),
)
