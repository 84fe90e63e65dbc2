# mypy: disable-error-code="misc,no-untyped-call"
"""Rows of numbers, many at once: what the search of ways does most, in vector instructions.

The compiler finds out by itself that a loop over a row can run many abreast. Where rows of an
array are read and another of them is written, it has to make sure every time that they are others,
and what is asked of the whole row it packs and unpacks: most of the time went into that. So three
functions say it outright, in LLVM's own terms, which it turns into what the processor has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from borderflow.engine.compiled import said

LANES = 32
"""Numbers taken at once; rows have a whole multiple of it. A bit for each fits into a word."""

_INT = ir.IntType(32)
_INDEX = ir.IntType(64)
_ROW = ir.VectorType(_INT, LANES)
_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)


def _all(builder: Any, number: Any) -> Any:
    """The same number in every lane."""
    none = ir.Constant(_ROW, ir.Undefined)
    first = builder.insert_element(none, number, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, none, ir.Constant(_ROW, [0] * LANES))


def _pointer(context: Any, builder: Any, kind: Any, array: Any, *index: Any) -> Any:
    """Where an element of an array begins."""
    found = context.make_array(kind)(context, builder, array)
    return cgutils.get_item_pointer(context, builder, kind, found, index)


def _row(
    context: Any, builder: Any, kind: Any, array: Any, row: Any, lane: Any, lanes: Any = _ROW
) -> Any:
    """Where the lanes of a row begin, from one of them on."""
    pointer = _pointer(context, builder, kind, array, row, lane)
    return builder.bitcast(pointer, lanes.as_pointer())


def _blocks(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    """How many times the lanes go into a row."""
    width = builder.extract_value(context.make_array(kind)(context, builder, array).shape, 1)
    return builder.udiv(width, ir.Constant(_INDEX, LANES))


@said
def lower(_: Any, near: Any, p: Any, head: Any, cost: Any, first: Any, last: Any) -> Any:
    """Lower row `p` of `near` to the least of `cost[a] + near[head[a]]`; whether any of it fell.

    Parameters
    ----------
    near : array [row, lane], int32
        What is lowered; sums have to stay within 32 bits.
    p : int
        The row.
    head : array, uint32
        Rows that are looked at.
    cost : array, int32
        What comes to each of them.
    first, last : int
        Where to begin in `head` and `cost`, and before which to stop.
    """
    whole = types.intp
    signature = types.boolean(near, whole, head, cost, whole, whole)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, row, heads, costs, begin, end = values
        fell = cgutils.alloca_once_value(builder, ir.Constant(_ROW, [0] * LANES))
        blocks = _blocks(context, builder, signature.args[0], array)
        with cgutils.for_range(builder, blocks, intp=_INDEX) as block:
            at = builder.mul(block.index, ir.Constant(_INDEX, LANES))
            here = _row(context, builder, signature.args[0], array, row, at)
            before = builder.load(here, align=4)
            least = cgutils.alloca_once(builder, _ROW)
            builder.store(before, least)
            step = ir.Constant(_INDEX, 1)
            with cgutils.for_range_slice(builder, begin, end, step, intp=_INDEX) as (a, _count):
                q = builder.load(_pointer(context, builder, signature.args[2], heads, a))
                q = builder.zext(q, _INDEX)
                more = builder.load(_pointer(context, builder, signature.args[3], costs, a))
                there = _row(context, builder, signature.args[0], array, q, at)
                way = builder.add(builder.load(there, align=4), _all(builder, more))
                old = builder.load(least)
                builder.store(builder.select(builder.icmp_signed("<", way, old), way, old), least)
            after = builder.load(least)
            builder.store(after, here, align=4)
            builder.store(builder.or_(builder.load(fell), builder.xor(before, after)), fell)
        bits = ir.IntType(32 * LANES)
        changed = builder.bitcast(builder.load(fell), bits)
        return builder.icmp_unsigned("!=", changed, ir.Constant(bits, 0))

    return signature, build


@said
def closer(
    _: Any, near: Any, p: Any, q: Any, first: Any, step: Any, least: Any, beyond: Any
) -> Any:
    """Where row `q` of `near` is below row `p` and near enough, a bit for each lane.

    That is where `near[q] < near[p] < beyond` and `near[p] - near[q] - step > least`.

    Parameters
    ----------
    near : array [row, lane], int32
        The numbers.
    p, q : int
        The rows.
    first : int
        The first of the lanes.
    step, least, beyond : int32
        The numbers to compare with.
    """
    whole, number = types.intp, types.int32
    signature = types.uint32(near, whole, whole, whole, number, number, number)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, row, other, lane = values[:4]
        more, lowest, top = (_all(builder, number) for number in values[4:])
        x, y = (
            _row(context, builder, signature.args[0], array, number, lane)
            for number in (row, other)
        )
        x, y = builder.load(x, align=4), builder.load(y, align=4)
        saved = builder.sub(builder.sub(x, y), more)
        found = builder.and_(
            builder.icmp_signed("<", y, x),
            builder.and_(builder.icmp_signed(">", saved, lowest), builder.icmp_signed("<", x, top)),
        )
        return builder.bitcast(found, _INT)

    return signature, build


@said
def blend(_: Any, part: Any, weight: Any, head: Any, first: Any, last: Any, p: Any) -> Any:
    """Make row `p` of `weight` the sum of `part[a] * weight[head[a]]`, and 1 where that is 0.

    Parameters
    ----------
    part, weight : arrays [row, lane], float64
        What is multiplied, lane by lane, and added up in the order of `a`.
    head : array, uint32
        Rows of `weight` that are looked at.
    first, last : int
        Where to begin in `part` and `head`, and before which to stop.
    p : int
        The row.
    """
    whole = types.intp
    signature = types.void(part, weight, head, whole, whole, whole)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        parts, weights, heads, begin, end, row = values
        part_kind, kind, head_kind = signature.args[:3]
        none, one = (ir.Constant(_NUMBERS, [x] * LANES) for x in (0.0, 1.0))
        total = cgutils.alloca_once(builder, _NUMBERS)
        for_block = cgutils.for_range(
            builder, _blocks(context, builder, kind, weights), intp=_INDEX
        )
        with for_block as block:
            at = builder.mul(block.index, ir.Constant(_INDEX, LANES))
            builder.store(none, total)
            step = ir.Constant(_INDEX, 1)
            with cgutils.for_range_slice(builder, begin, end, step, intp=_INDEX) as (a, _count):
                q = builder.load(_pointer(context, builder, head_kind, heads, a))
                q = builder.zext(q, _INDEX)
                x, y = (
                    builder.load(_row(context, builder, *which, at, _NUMBERS), align=8)
                    for which in ((part_kind, parts, a), (kind, weights, q))
                )
                builder.store(builder.fadd(builder.load(total), builder.fmul(x, y)), total)
            x = builder.load(total)
            x = builder.select(builder.fcmp_ordered(">", x, none), x, one)
            builder.store(x, _row(context, builder, kind, weights, row, at, _NUMBERS), align=8)
        return context.get_dummy_value()

    return signature, build
