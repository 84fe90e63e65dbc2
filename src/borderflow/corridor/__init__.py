"""Corridors: how the departures of a past day divided over the ways abroad, from one place."""

from borderflow.corridor.listing import DAYS_PAST, Corridor, Corridors, Leg, corridors, past

__all__ = ["DAYS_PAST", "Corridor", "Corridors", "Leg", "corridors", "past"]
