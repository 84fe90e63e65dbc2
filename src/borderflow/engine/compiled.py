"""How the engine's functions are compiled: one decorator for each part they play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kept(function: Function) -> Function:
    """Compile a function that Python calls, and keep it for the next start of the program."""
    compiler = numba.njit(cache=True, nogil=True, error_model="numpy")
    return cast(Function, compiler(function))


def compiled(function: Function) -> Function:
    """Compile a function as a part of those that call it; not kept on its own."""
    compiler = numba.njit(nogil=True, error_model="numpy")
    return cast(Function, compiler(function))


def woven(function: Function) -> Function:
    """Compile a small function into its callers, so that their loops run several draws at once."""
    compiler = numba.njit(nogil=True, error_model="numpy", forceinline=True)
    return cast(Function, compiler(function))
