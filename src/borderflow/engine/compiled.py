# mypy: disable-error-code="misc,no-untyped-call,method-assign"
"""How the engine's functions are compiled: one decorator for each part they play.

Numba makes machine code of every function by itself, and of all that it calls with it, each time
anew. Functions that compiled code calls are spared that: they are tidied up and handed to their
callers, which make machine code of all at once. Compiling the engine takes half the time so. The
stages of a step are compiled each by itself, and called by their addresses.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar, cast

import numba
from numba.core import cgutils, ir, typed_passes, types, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import signature
from numba.extending import intrinsic

UNTIDY = 100_000
"""New objects after which Python looks for rubbish while the engine is compiled."""

UNUSED = (
    untyped_passes.FindLiterallyCalls,
    untyped_passes.InlineClosureLikes,
    untyped_passes.InlineInlinables,
    untyped_passes.LiteralPropagationSubPipelinePass,
    untyped_passes.LiteralUnroll,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.RewriteDynamicRaises,
    untyped_passes.WithLifting,
    typed_passes.InlineOverloads,
    typed_passes.NopythonRewrites,
)
"""Steps of compiling for what no part has: functions within functions, loops over literals, blocks
of `with`, sums of whole arrays. To look for them takes a tenth of the time."""

_found: dict[Any, Any] = {}
"""What each function came to for each kinds of arguments, for all that this process compiles."""

Function = TypeVar("Function", bound=Callable[..., Any])


def kept(function: Function) -> Function:
    """Compile a function that Python calls, and keep it for the next start of the program."""
    compiler = numba.njit(cache=True, nogil=True, error_model="numpy", pipeline_class=KeptCompiler)
    return cast(Function, compiler(function))


def compiled(function: Function) -> Function:
    """Compile a function as a part of those that call it; not kept on its own."""
    return cast(Function, Part(function))


def woven(function: Function) -> Function:
    """Compile a small function into its callers, so that their loops run several draws at once."""
    return cast(Function, Part(function, forceinline=True))


def said(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function for compiled callers that says itself which instructions it is made of."""
    return cast(Callable[..., Any], intrinsic(function))


@said
def call(_context: Any, address: Any, w: Any, m: Any, s: Any, f: Any, t: Any) -> Any:
    """Call the stage that begins at an address; what it raises, the caller raises."""
    kinds = (w, m, s, f, t)

    def build(context: Any, builder: Any, _: Any, values: Any) -> Any:
        at, *handed = values
        form = context.call_conv.get_function_type(types.none, kinds)
        stage = builder.inttoptr(at, form.as_pointer())
        status, _ = context.call_conv.call_function(builder, stage, types.none, kinds, handed)
        with cgutils.if_unlikely(builder, status.is_error):
            context.call_conv.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.none(address, *kinds), build


def entry(function: Any, kinds: tuple[types.Type, ...]) -> int:
    """Address at which a kept function begins, for `call`; compiled if it has not been.

    Parameters
    ----------
    function : callable
        What `kept` gave.
    kinds : tuple
        Numba's types of what it takes.
    """
    function.compile(kinds)
    made = function.overloads[kinds]
    return int(made.library.get_pointer_to_function(made.fndesc.llvm_func_name))


class QuickFlags(Flags):
    """Numba's settings for a function, told from others in less time.

    They are a part of what Numba looks up for every operation, and it goes through all of their
    names and values each time.
    """

    _hash = hash(Flags())  # of the names alone

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Flags) and self._values == other._values
        return same or super().__eq__(other)


def unsigned(index: Any) -> Any:
    """The type of an index that counts from the front only."""
    if isinstance(index, types.Integer):
        return types.uintp
    if isinstance(index, (types.Tuple, types.UniTuple)):
        return types.Tuple([unsigned(each) for each in index])
    return index


def from_front(calls: dict[Any, Any]) -> dict[Any, Any]:
    """The types of calls, changed so that arrays are indexed from the front only.

    In Python -1 is the last: compiled code looks at the sign of every index, and adds the length
    where it is negative. That takes a tenth of the time. In the engine nothing counts from the end.
    """
    changed = dict(calls)
    for place, call in calls.items():
        item = isinstance(place, ir.SetItem) or getattr(place, "op", None) == "getitem"
        if item and isinstance(call.args[0], types.Array):
            array, index, *value = call.args
            changed[place] = signature(call.return_type, array, unsigned(index), *value)
    return changed


@contextmanager
def asked_once(target: Any) -> Iterator[None]:
    """Let Numba find out but once what a call is, and what is registered, while it compiles.

    The same few hundred calls (an index, a sum of two numbers) come thousands of times; each time
    Numba tries all that they may be, and goes through its registries. Compiling takes a sixth of
    the time more so. Nothing new is registered meanwhile, and nobody else compiles: Numba has a
    lock for that.

    Parameters
    ----------
    target : object
        Numba's context in which code is made.
    """
    find = types.BaseFunction.get_call_type

    def once(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:
            return find(self, context, args, kws)
        key = self, tuple(args)
        if key not in _found:
            _found[key] = find(self, context, args, kws)
        return _found[key]

    target.refresh()
    types.BaseFunction.get_call_type = once
    target.refresh = lambda: None
    try:
        yield
    finally:
        types.BaseFunction.get_call_type = find
        del target.refresh


class PartLibrary(JITCodeLibrary):
    """The code of a part and of the parts that it calls, of which no machine code is made."""

    def _optimize_final_module(self) -> None:
        steps, builder = self._codegen._module_pass_manager(
            loop_vectorize=self._codegen._loopvect,
            slp_vectorize=False,
            opt=self._codegen._opt_level,
            cost="cheap",
        )
        steps.run(self._final_module, builder)

    def _finalize_final_module(self) -> None:
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class Lowering(typed_passes.NativeLowering):
    """The last step of compiling: arrays are indexed from the front."""

    _name = "borderflow_lowering"

    def run_pass(self, state: Any) -> bool:
        """Translate the function."""
        state.calltypes = from_front(state.calltypes)
        return bool(super().run_pass(state))


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(Lowering):
    """The last step of compiling a part: no machine code."""

    _name = "borderflow_part_lowering"

    def run_pass(self, state: Any) -> bool:
        """Translate the function, and let its callers know of it."""
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        state.flags.no_cpython_wrapper = True
        state.flags.no_cfunc_wrapper = True
        super().run_pass(state)
        known_as = object()
        state.targetctx.insert_user_function(known_as, state.cr.fndesc, [state.library])
        state.cr = state.cr._replace(cfunc=known_as)
        return True


class EngineCompiler(CompilerBase):
    """Numba's own compiler, but for the last step and those that find nothing to do."""

    lowering = Lowering

    def compile_extra(self, func: Any) -> Any:
        """Compile a function, and all that it calls."""
        self.state.flags = QuickFlags(self.state.flags)
        return super().compile_extra(func)

    def define_pipelines(self) -> list[PassManager]:
        """The steps."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.passes = [
            (self.lowering if step is typed_passes.NativeLowering else step, text)
            for step, text in steps.passes
            if step not in UNUSED
        ]
        steps.finalize()
        return [steps]


class PartCompiler(EngineCompiler):
    """Compiles parts."""

    lowering = PartLowering


class KeptCompiler(EngineCompiler):
    """Compiles what Python calls, and looks for rubbish less often.

    Compiling makes some million objects that last until it is done. To look through them at
    Python's usual intervals takes a tenth of the time.
    """

    def compile_extra(self, func: Any) -> Any:
        """Compile a function, and all that it calls."""
        usual = gc.get_threshold()
        if usual[0]:  # 0: whoever runs this has switched it off
            gc.set_threshold(max(usual[0], UNTIDY), *usual[1:])
        try:
            with asked_once(self.state.targetctx):
                return super().compile_extra(func)
        finally:
            gc.set_threshold(*usual)


class Part(CPUDispatcher):
    """A function that is compiled as a part of those that call it.

    Parameters
    ----------
    function : callable
        The function.
    options : object
        Options of `numba.njit`.
    """

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        options = {"nopython": True, "nogil": True, "error_model": "numpy", **options}
        super().__init__(function, targetoptions=options, pipeline_class=PartCompiler)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """The code for a call; a constant among the arguments gets no code of its own."""
        return super().get_call_template([types.unliteral(arg) for arg in args], kws)

    def add_overload(self, cres: Any) -> None:
        """Remember the code for its types, for callers that are compiled."""
        self.overloads[tuple(cres.signature.args)] = cres

    @cached_property
    def alone(self) -> Any:
        """The same function with machine code of its own, made when Python calls it."""
        return numba.njit(nogil=True, error_model="numpy")(self.py_func)

    def __call__(self, *args: Any, **kws: Any) -> Any:
        """What Python calls; compiled code has the part itself."""
        return self.alone(*args, **kws)
