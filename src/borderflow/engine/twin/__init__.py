"""The two slow twins of the engine: the same world, person by person and in expectations.

The rules of a step are written once more here, in plain Python and apart from the compiled
engine. What an *amount* of parties is comes in two kinds. For `Expectations` it is a number that
every decision multiplies by a chance: the engine with its draws off must give the same to 1e-9.
For `Agents` it is a list of parties, each of which makes every decision of its own with uniforms
of its own: the engine with draws on must give the same in distribution.

A *crowd* holds amounts by cell: (cohort, destination).

One module builds on another: `situation`, `perceiving`, `moving`, `doors`, `posts`, `run`. Each
adds stages to the class of the one before it; the last is the `Twin`.
"""

from __future__ import annotations

from borderflow.engine.twin.crowds import Agents, Expectations
from borderflow.engine.twin.facts import Facts
from borderflow.engine.twin.run import Twin

__all__ = ["Agents", "Expectations", "Facts", "Twin"]
