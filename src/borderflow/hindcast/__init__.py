"""Hindcasts: forecasts from past days, each from what was known then, beside what came."""

from borderflow.hindcast.make import Hindcast, hindcast

__all__ = ["Hindcast", "hindcast"]
