"""How the engine's functions are compiled: one decorator for each part they play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_NOT_FROM_PYTHON: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

Function = TypeVar("Function", bound=Callable[..., Any])


def kept(function: Function) -> Function:
    """Compile a function that Python calls, and keep it for the next start of the program."""
    compiler = numba.njit(cache=True, nogil=True, error_model="numpy")
    return cast(Function, compiler(function))


def compiled(function: Function) -> Function:
    """Compile a function as a part of those that call it; not kept on its own.

    Python cannot call it: what that would need took a sixth of the time of the first start.
    """
    compiler = numba.njit(nogil=True, error_model="numpy", **_NOT_FROM_PYTHON)
    return cast(Function, compiler(function))


def shared(function: Function) -> Function:
    """Compile a function as a part of those that call it, and for Python."""
    compiler = numba.njit(nogil=True, error_model="numpy")
    return cast(Function, compiler(function))


def woven(function: Function) -> Function:
    """Compile a small function into its callers, so that their loops run several draws at once."""
    compiler = numba.njit(nogil=True, error_model="numpy", forceinline=True)
    return cast(Function, compiler(function))
