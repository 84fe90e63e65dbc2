"""Faults and fuzz at length: kills, broken folders, random worlds, and who computes.

`make torture` runs all of it and keeps the figures; the tests run a sample of each part.
"""
