"""Members that go on under other rules from the first step that the change can reach.

A member draws by address: up to that step it is the same under both sets of rules. Members of a
base are kept as they stood at a few steps, and a what-if goes on from the latest that it can.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from borderflow.arrays import FLOWS, STATE, Flows, State, new_flows, new_state
from borderflow.compile import realise
from borderflow.engine.run import resume, run_member
from borderflow.ensemble import MemberResult, finished, run_one
from borderflow.packed import Packed
from borderflow.web.reach import Reach

if TYPE_CHECKING:
    from borderflow.compile import Compiled

DAYS = (2, 10)
"""Fewest and most days from one step at which members are kept to the next."""

ROOM = 1 << 30
"""Bytes that kept members may take in all; members for which there is none begin at the start."""

AT_EVERY_NEWS = {
    "factor", "hops", "is_way", "hours", "choice", "choice_news", "choice_any",
}  # fmt: skip
"""Tables that are made anew at every news, or (`hours`) whenever they are read: members are kept at
steps that begin with news, without them."""

FORGOTTEN = AT_EVERY_NEWS | {field.name for field in STATE if field.text.startswith("work space")}


class Room:
    """Bytes that there is room for.

    Parameters
    ----------
    size : int, optional
        How many.
    """

    def __init__(self, size: int = ROOM) -> None:
        self.left = size
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Take some, if there is room.

        Parameters
        ----------
        size : int
            How many bytes.
        """
        with self._lock:
            if size > self.left:
                return False
            self.left -= size
            return True


@dataclass(frozen=True)
class Stand:
    """A member as it stood before a step: where its arrays differ from those of a fresh one.

    Attributes
    ----------
    pool : int
        List nodes of the state.
    packed : Packed
        Name of each array to positions and values.
    """

    pool: int
    packed: Packed


def stops(world: Any) -> tuple[int, ...]:
    """Steps before which members are kept: where rules begin or end, and now and then.

    Parameters
    ----------
    world : World
        The rules as they are.
    """
    spd, news = int(world.spd), int(world.news_steps)
    fewest, most = (days * spd for days in DAYS)
    begins = np.flatnonzero(np.diff(world.epoch)) + 1
    wanted = {*begins.tolist(), *world.hazard_step[:, 0].tolist(), *world.move_step.tolist()}
    wanted |= set(range(most, int(world.steps), most))
    chosen = [0]
    for step in sorted(int(step) // news * news for step in wanted):
        if chosen[-1] + fewest <= step < world.steps:
            chosen.append(step)
    return tuple(chosen[1:])


class Base:
    """Members under the rules as they are, kept at a few steps.

    Parameters
    ----------
    compiled : Compiled
        The rules as they are.
    seed : int
        Seed.
    room : Room
        Where they are kept.

    Attributes
    ----------
    stops : tuple of int
        Steps before which members are kept.
    kept : dict of int to dict
        Members by number: each as it stood, by step.
    """

    def __init__(self, compiled: Compiled, seed: int, room: Room) -> None:
        self.compiled = compiled
        self.seed = seed
        self.room = room
        self.stops = stops(compiled.world)
        self._fresh: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.kept: dict[int, dict[int, Stand]] = {}

    def run(self, number: int) -> MemberResult:
        """Run a member from the start, and keep it at the stops while there is room.

        Parameters
        ----------
        number : int
            Which.
        """
        if not self.stops or self.room.left <= 0 or number in self.kept:
            return run_one(self.compiled, self.seed, number)
        made, draws = realise(self.compiled, self.seed, number)
        stands: dict[int, Stand] = {}

        def keep(step: int, state: Any, flows: Any) -> None:
            stand = self._pack(state, flows)
            if step in stands or self.room.take(len(stand.packed.data)):
                stands[step] = stand

        state, flows = run_member(self.compiled.world, made, stops=self.stops, keep=keep)
        self.kept[number] = stands
        return finished(self.compiled, number, state, flows, draws)

    def fresh(self, pool: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """State and flows before the first step, not to be written to.

        Parameters
        ----------
        pool : int
            List nodes of the state.
        """
        if pool not in self._fresh:
            world = self.compiled.world
            self._fresh[pool] = new_state(world, pool).as_dict(), new_flows(world).as_dict()
        return self._fresh[pool]

    def _pack(self, state: Any, flows: Any) -> Stand:
        pool = len(state.node_n)
        now, results = state.as_dict(), flows.as_dict()
        before, empty = self.fresh(pool)
        names = [field.name for field in STATE if field.name not in FORGOTTEN]
        kept = {name: _odd(now[name], before[name]) for name in names}
        kept |= {f"flows {name}": _odd(results[name], empty[name]) for name in results}
        return Stand(pool, Packed.of(kept))


class Branch:
    """The same members under other rules.

    Parameters
    ----------
    base : Base
        The rules as they are.
    other : Compiled
        The other rules.
    """

    def __init__(self, base: Base, other: Compiled) -> None:
        self.base = base
        self.other = other
        self.reach = Reach(base.compiled, other)

    def run(self, number: int) -> MemberResult:
        """Run a member, from the latest step at which it was kept before the change reaches it.

        Parameters
        ----------
        number : int
            Which.
        """
        base, other, seed = self.base, self.other, self.base.seed
        made, draws = realise(other, seed, number)
        first = self.first(number, made)
        if not first:
            return run_one(other, seed, number)
        assert self.reach.classes is not None
        state, flows = self._unpack(base.kept[number][first], self.reach.classes)
        last = int(other.world.steps)
        state, flows = resume(other.world, made, state, flows, first, last)
        return finished(other, number, state, flows, draws)

    def first(self, number: int, made: Any) -> int:
        """The step from which a member has to be run; 0 for the start.

        Parameters
        ----------
        number : int
            Which.
        made : Member
            The member under the other rules.
        """
        kept = self.base.kept.get(number)
        if not kept or self.reach.classes is None:
            return 0
        before = realise(self.base.compiled, self.base.seed, number)[0]
        reach = self.reach.of(self.base.compiled, before, self.other, made)
        return max((step for step in kept if step <= reach), default=0)

    def _unpack(self, stand: Stand, classes: NDArray[Any]) -> tuple[Any, Any]:
        """State and flows in the world of the other rules, whose classes may be others."""
        kept = stand.packed.open()
        state = new_state(self.other.world, stand.pool).as_dict()
        flows = new_flows(self.other.world).as_dict()
        own, _ = self.base.fresh(stand.pool)
        for field in STATE:
            if field.name in FORGOTTEN:
                continue
            if "K" in field.dims:
                array = _put(own[field.name].copy(), *kept[field.name])
                state[field.name] = array.take(classes, axis=field.dims.index("K"))
            else:
                _put(state[field.name], *kept[field.name])
        for field in FLOWS:
            _put(flows[field.name], *kept["flows " + field.name])
        return State(**state), Flows(**flows)


def _odd(array: NDArray[Any], fresh: NDArray[Any]) -> tuple[NDArray[np.uint32], NDArray[Any]]:
    """Where an array differs from a fresh one, and what stands there."""
    at = np.flatnonzero(array.reshape(-1) != fresh.reshape(-1))
    return at.astype(np.uint32), array.reshape(-1)[at]


def _put(array: NDArray[Any], at: NDArray[np.uint32], values: NDArray[Any]) -> NDArray[Any]:
    array.reshape(-1)[at] = values
    return array
