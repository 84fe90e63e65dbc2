# mypy: disable-error-code="no-untyped-call,untyped-decorator"
"""Structures of arrays that compiled code takes as one word.

Numba passes a tuple of arrays piece by piece: with a hundred arrays every call has a thousand
arguments, and compiling takes a quarter of an hour. A `Structure` is passed as the address of a
table that holds, for every field, where its array lies and how long its axes are. In Python it
is an object with attributes; in compiled code `w.tail[link]` reads the same array.

The fields of one kind of structure are fixed (names, types, numbers of axes), so that compiled
code can be kept and used again for any world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, register_model, typeof_impl, unbox
from numba.np import numpy_support

WORDS = 5
"""Words of the table for each field: the address (or the number itself) and up to four axes."""


class Field(NamedTuple):
    """One array (or number) of a structure: its axes, unit, type and meaning."""

    name: str
    axes: str
    dtype: str
    unit: str
    text: str

    @property
    def dims(self) -> tuple[str, ...]:
        """Letters of the axes; empty for a number."""
        return tuple(axis.strip() for axis in self.axes.split(",")) if self.axes else ()

    @property
    def type(self) -> np.dtype[Any]:
        """Type of the elements."""
        return np.dtype("int64" if self.dtype == "int" else self.dtype)


class StructureType(types.Type):
    """Numba's type of one kind of structure."""

    def __init__(self, name: str, fields: tuple[tuple[str, int, str], ...]) -> None:
        self.fields = fields
        # The name is a part of the name of every compiled function: a short one.
        version = hashlib.blake2b(repr(fields).encode(), digest_size=8).hexdigest()
        super().__init__(name=f"borderflow.{name}.{version}")
        self._found: dict[str, tuple[int, types.Type]] = {}
        for i, (attribute, ndim, dtype) in enumerate(fields):
            scalar = numpy_support.from_dtype(np.dtype(dtype))
            self._found[attribute] = (i, types.Array(scalar, ndim, "C") if ndim else scalar)

    def find(self, attribute: str) -> tuple[int, types.Type] | None:
        """Position of a field and Numba's type of it; None if there is none."""
        return self._found.get(attribute)


class Structure:
    """Base of the structures in `borderflow.arrays`; made with `structure`."""

    fields: ClassVar[tuple[Field, ...]]
    numba_type: ClassVar[StructureType]
    address: int

    def __init__(self, **values: Any) -> None:
        missing = {field.name for field in self.fields} ^ set(values)
        if missing:
            raise TypeError(f"{type(self).__name__}: missing or unknown {sorted(missing)}")
        table = np.zeros((len(self.fields), WORDS), dtype=np.int64)
        for i, field in enumerate(self.fields):
            n = len(field.dims)
            array = np.ascontiguousarray(values[field.name], dtype=field.type)
            if n == 0:
                number = array.reshape(()).astype(field.type)
                table[i, 0] = np.frombuffer(number.tobytes().ljust(8, b"\0"), dtype=np.int64)[0]
                object.__setattr__(self, field.name, number.item())
                continue
            if array.ndim != n:
                raise TypeError(f"{field.name} has {array.ndim} axes, not {field.axes}")
            table[i, 0] = array.ctypes.data
            table[i, 1 : 1 + n] = array.shape
            object.__setattr__(self, field.name, array)
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "address", table.ctypes.data)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("the arrays of a structure are fixed; change their elements")

    def as_dict(self) -> dict[str, Any]:
        """Every field by name; arrays are not copied."""
        return {field.name: getattr(self, field.name) for field in self.fields}

    def replace(self, **changes: Any) -> Any:
        """Another structure with some fields changed; the others are shared."""
        return type(self)(**{**self.as_dict(), **changes})

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self.as_dict())


def _rebuild(kind: type[Structure], values: dict[str, Any]) -> Structure:
    return kind(**values)


def structure(name: str, fields: Iterable[Field], module: str) -> Any:
    """Make a kind of structure from the table of its fields.

    Parameters
    ----------
    name : str
        Name of the class.
    fields : iterable of Field
        Its fields, in order.
    module : str
        Module in which the class is kept under its name.
    """
    rows = tuple(fields)
    kind = StructureType(name, tuple((f.name, len(f.dims), f.type.str) for f in rows))
    return type(name, (Structure,), {"fields": rows, "numba_type": kind, "__module__": module})


@typeof_impl.register(Structure)
def _typeof(value: Structure, _context: Any) -> StructureType:
    return value.numba_type


@register_model(StructureType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: StructureType) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@unbox(StructureType)
def _unbox(kind: StructureType, obj: Any, c: Any) -> NativeValue:
    number = c.pyapi.object_getattr_string(obj, "address")
    word = c.pyapi.long_as_longlong(number)
    c.pyapi.decref(number)
    pointer = c.builder.inttoptr(word, ir.IntType(64).as_pointer())
    return NativeValue(pointer, is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred()))


@infer_getattr
class _Attributes(AttributeTemplate):
    key = StructureType

    def generic_resolve(  # type: ignore[override]
        self, kind: StructureType, attribute: str
    ) -> types.Type | None:
        found = kind.find(attribute)
        return None if found is None else found[1]


@lower_getattr_generic(StructureType)
def _getattr(context: Any, builder: Any, kind: StructureType, value: Any, attribute: str) -> Any:
    found = kind.find(attribute)
    assert found is not None, "typed before"
    i, field = found
    never_changes = builder.module.add_metadata([])

    def word(j: int) -> Any:
        at = builder.gep(value, [ir.IntType(64)(i * WORDS + j)])
        loaded = builder.load(at)
        loaded.set_metadata("invariant.load", never_changes)
        return loaded

    first = word(0)
    if not isinstance(field, types.Array):
        wanted = context.get_data_type(field)
        if isinstance(field, types.Float):
            return builder.bitcast(first, wanted)
        if isinstance(field, types.Boolean):
            return builder.icmp_unsigned("!=", first, ir.IntType(64)(0))
        return builder.trunc(first, wanted) if wanted.width < 64 else first
    # As one value: put together in memory, field by field, as numba.np.arrayobj does it, compiling
    # takes a twentieth longer.
    model = context.data_model_manager[field]
    whole = ir.IntType(64)
    item = whole(context.get_abi_sizeof(context.get_data_type(field.dtype)))
    shape = [word(1 + axis) for axis in range(field.ndim)]
    nothing = ir.Constant(cgutils.voidptr_t, None)
    value = ir.Constant(model.get_value_type(), ir.Undefined)
    step = item
    items = whole(1)
    for axis in reversed(range(field.ndim)):
        for name, number in (("shape", shape[axis]), ("strides", step)):
            at = [model.get_field_position(name), axis]
            value = builder.insert_value(value, number, at)
        step = builder.mul(step, shape[axis], flags=["nsw"])
        items = builder.mul(items, shape[axis], flags=["nsw"])
    data = model.get_member_fe_type("data")
    single = {
        "meminfo": nothing,
        "parent": nothing,
        "nitems": items,
        "itemsize": item,
        "data": builder.inttoptr(first, context.get_value_type(data)),
    }
    for name, part in single.items():
        value = builder.insert_value(value, part, model.get_field_position(name))
    return value
