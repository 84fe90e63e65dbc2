"""Members that stop at the end of `as_of`, are kept there, and go on once they are weighed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from borderflow.arrays import FLOWS, Flows, State
from borderflow.compile import realise
from borderflow.compile.shorten import first_days
from borderflow.engine.run import resume, run_member
from borderflow.ensemble import Ensemble, MemberResult, Progress, Run, Values, finished, simulate
from borderflow.packed import Packed

if TYPE_CHECKING:
    from borderflow.compile import Compiled


@dataclass(frozen=True)
class Held:
    """A member as it stood at the end of `as_of`.

    Attributes
    ----------
    draws : mapping of str to float
        What it drew for each prior.
    packed : Packed
        Its state and what was written down so far.
    """

    draws: Mapping[str, float]
    packed: Packed

    def unpack(self) -> tuple[Any, Any]:
        """State and flows, fresh."""
        state, flows = self.packed.open()
        return State(**state), Flows(**flows)


class Hold:
    """Runs members to the end of a day, keeps them there, and lets them go on.

    Parameters
    ----------
    compiled : Compiled
        The scenario as known at `as_of`.
    as_of, until : date
        Where members stop, and where they go on to.
    seed : int
        Seed.
    wanted : mapping of int to int
        For each round whose members are kept, how many of them.
    """

    def __init__(
        self, compiled: Compiled, as_of: date, until: date, seed: int, wanted: Mapping[int, int]
    ) -> None:
        self.until = until
        self.whole = self.ended(compiled)
        self.known = first_days(compiled, as_of)
        self.seed = seed
        self.held: dict[int, dict[int, Held]] = {number: {} for number in wanted}
        self._wanted = dict(wanted)

    def ended(self, compiled: Compiled) -> Compiled:
        """A compiled scenario that ends with the forecast; a day more for posts further west."""
        return first_days(compiled, self.until, int(compiled.world.spd))

    def runner(self, number: int, values: Values) -> Run | None:
        """How the members of a round are run; None where they are not kept."""
        if number not in self._wanted:
            return None
        return lambda member: self._to_the_day(number, member, values)

    def _to_the_day(self, number: int, member: int, values: Values) -> MemberResult:
        own = values(member)
        made, draws = realise(
            self.whole, self.seed, member, override=lambda prior: own.get(prior.id)
        )
        stop = int(self.known.world.steps)
        state, flows = run_member(self.whole.world, made, stop)
        if member < self._wanted[number]:
            self.held[number][member] = Held(draws, Packed.of((state.as_dict(), flows.as_dict())))
        return finished(self.known, member, state, _cut(flows, self.known.world), draws)

    def go_on(
        self,
        number: int,
        ancestors: Sequence[int],
        threads: int | None = None,
        progress: Progress | None = None,
        worlds: Callable[[int, Mapping[str, float]], Compiled] | None = None,
    ) -> Ensemble:
        """Let members of a round go on to the end, each under a number of its own.

        Parameters
        ----------
        number : int
            The round.
        ancestors : sequence of int
            Which member each goes on from; two that go on from one draw apart from then on.
        threads, progress : optional
            As for `simulate`.
        worlds : callable, optional
            The scenario in which a member (its number, and what it drew) goes on; alike until
            `as_of`.
        """
        held = self.held[number]
        stop = int(self.known.world.steps)

        def run(member: int) -> MemberResult:
            one = held[ancestors[member]]
            whole = self.whole if worlds is None else worlds(member, one.draws)
            made, draws = realise(
                whole, self.seed, member, override=lambda prior: one.draws.get(prior.id)
            )
            state, flows = one.unpack()
            state, flows = resume(whole.world, made, state, flows, stop, whole.world.steps)
            return finished(whole, member, state, flows, draws)

        return simulate(self.whole, len(ancestors), self.seed, threads, progress, run=run)


def _cut(flows: Any, world: Any) -> Any:
    """What was written down within the steps and days of a shorter world."""
    arrays = {}
    for field in FLOWS:
        array = getattr(flows, field.name)
        if field.dims[0] == "T":
            array = array[: world.steps]
        elif field.dims[0] == "Y":
            array = array[: world.n_days]
        arrays[field.name] = array
    return Flows(**arrays)
