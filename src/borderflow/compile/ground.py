"""What rules do not change of a compiled scenario: shared by all sets of rules over it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from borderflow.compile.clock import Clock
from borderflow.compile.network import Network, compile_network
from borderflow.compile.people import compile_drivers, compile_traffic, usable
from borderflow.scenario.model import Scenario


@dataclass(frozen=True)
class Ground:
    """Places, links, departures, ordinary traffic and drivers as arrays that cannot be written to.

    Attributes
    ----------
    scenario : Scenario
        All that they are made of: the scenario without rules and parameters.
    clock : Clock
        Its steps.
    network : Network
        Its places and links.
    traffic, drivers : dict of str to array
        Ordinary traffic, and the terms of drivers.
    driver_names : tuple of (str, str)
        Driver and parameter, in the order of the arrays.
    usable : array [L, C]
        Which cohort may use which link by its structure.
    """

    scenario: Scenario
    clock: Clock
    network: Network
    traffic: dict[str, Any]
    drivers: dict[str, Any]
    driver_names: tuple[tuple[str, str], ...]
    usable: np.ndarray


def ground(known: Scenario, like: Ground | None = None) -> Ground:
    """What rules do not change of a scenario.

    Parameters
    ----------
    known : Scenario
        The scenario.
    like : Ground, optional
        That of another scenario, which is given back where it is the same.
    """
    bare = replace(known, policies=(), prospects=(), parameters=(), reports=())
    if like is not None and like.scenario == bare:
        return like
    clock = Clock(bare)
    network = compile_network(bare, clock)
    traffic = compile_traffic(bare, network, clock)
    drivers, names = compile_drivers(bare, network, clock)
    table = usable(bare, network)
    for array in (*network.arrays.values(), *traffic.values(), *drivers.values(), table):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return Ground(bare, clock, network, traffic, drivers, names, table)
