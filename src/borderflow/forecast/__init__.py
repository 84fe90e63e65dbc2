"""Forecasts: what was known on a day, carried forward, kept so that it can be scored later."""

from borderflow.forecast.folder import Forecast, read, write
from borderflow.forecast.make import forecast

__all__ = ["Forecast", "forecast", "read", "write"]
