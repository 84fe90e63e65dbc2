"""Past conflicts with known counts, run as forecasts of their split and scored."""
