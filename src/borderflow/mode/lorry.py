"""Driving a lorry with goods."""

from borderflow.mode.base import Mode

MODES = (
    Mode(
        id="lorry",
        description=(
            "Driving a lorry with goods. Only parties whose vehicle is a lorry use it, and they"
            " use nothing else; they share the servers of a checkpoint with everybody."
        ),
        argument=(
            "50 km/h with the rests that drivers must take, on the same roads as cars; nobody "
            "pays a fare, since the freight pays for the journey."
        ),
        speed_kmh=50.0,
        detour=1.3,
        queue_class="lorry",
        vehicle="lorry",
    ),
)
