# mypy: disable-error-code="misc,no-untyped-call"
"""Rows of numbers, many at once: what the search of ways does most, in vector instructions.

The compiler finds out by itself that a loop over a row can run many abreast. Where rows of an
array are read and another of them is written, it has to make sure every time that they are others,
and what is asked of the whole row it packs and unpacks: most of the time went into that. So some
functions say it outright, in LLVM's own terms, which it turns into what the processor has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from borderflow.engine.compiled import said
from borderflow.engine.curves import EXP, LN2_HIGH, LN2_LOW, LOG2E, SHIFT

LANES = 32
"""Numbers taken at once; rows have a whole multiple of it. A bit for each fits into a word."""

_INT = ir.IntType(32)
_INDEX = ir.IntType(64)
_ROW = ir.VectorType(_INT, LANES)
_BITS = ir.VectorType(ir.IntType(1), LANES)
_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)


def _all(builder: Any, number: Any, lanes: Any = _ROW) -> Any:
    """The same number in every lane."""
    none = ir.Constant(lanes, ir.Undefined)
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


def _exponential(builder: Any, x: Any) -> Any:
    """What `curves.exponential` does, in every lane."""
    words = ir.VectorType(_INDEX, LANES)

    def number(value: float) -> Any:
        return ir.Constant(_NUMBERS, [value] * LANES)

    def times_plus(a: Any, b: Any, c: Any) -> Any:
        product = builder.fmul(a, b, flags=("contract",))
        return builder.fadd(product, c, flags=("contract",))

    shifted = times_plus(x, number(LOG2E), number(SHIFT))
    whole = builder.fsub(shifted, number(SHIFT))
    r = times_plus(whole, number(-LN2_HIGH), x)
    r = times_plus(whole, number(-LN2_LOW), r)
    y = number(EXP[0])
    for term in EXP[1:]:
        y = times_plus(y, r, number(term))
    order = builder.shl(builder.bitcast(shifted, words), ir.Constant(words, [52] * LANES))
    return builder.bitcast(builder.add(builder.bitcast(y, words), order), _NUMBERS)


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
def across(_: Any, bits: Any, word: Any, first: Any, last: Any, p: Any, out: Any) -> Any:
    """Turn bits over: into each lane of row `p` of `out`, which of some rows have its bit.

    Bit `i` of a lane is the lane's own bit in `bits[first + i, word]`.

    Parameters
    ----------
    bits : array [row, word], uint32
        A bit for each of 32 lanes.
    word : int
        Which lanes.
    first, last : int
        The first row, and before which to stop: at most 32 rows.
    p : int
        The row to write.
    out : array [row, lane], uint32
        Where it is written.
    """
    whole = types.intp
    signature = types.void(bits, whole, whole, whole, whole, out)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        table, block, begin, end, row, array = values
        none = ir.Constant(_ROW, [0] * LANES)
        found = cgutils.alloca_once_value(builder, none)
        step = ir.Constant(_INDEX, 1)
        with cgutils.for_range_slice(builder, begin, end, step, intp=_INDEX) as (a, _count):
            on = builder.load(_pointer(context, builder, signature.args[0], table, a, block))
            bit = builder.trunc(builder.sub(a, begin), _INT)
            bit = _all(builder, builder.shl(ir.Constant(_INT, 1), bit))
            some = builder.select(builder.bitcast(on, _BITS), bit, none)
            builder.store(builder.or_(builder.load(found), some), found)
        at = builder.mul(block, ir.Constant(_INDEX, LANES))
        into = _row(context, builder, signature.args[5], array, row, at)
        builder.store(builder.load(found), into, align=4)
        return context.get_dummy_value()

    return signature, build


@said
def likelihoods(
    _: Any, near: Any, p: Any, hops: Any, bits: Any, first: Any, last: Any, to_unit: Any, out: Any
) -> Any:
    """Likelihood of the hops out of a place for every lane, into their rows of `out`.

    That is `exp((near[p] - near[head[a]] - cost[a]) * to_unit) * many[a]` where row `a` has a bit,
    and 0 elsewhere.

    Parameters
    ----------
    near : array [row, lane], int32
        Costs from the places.
    p : int
        The place.
    hops : tuple of arrays
        `head`, uint32, `cost`, int32, and `many`, float64, of every hop.
    bits : array [hop, word], uint32
        A bit for each of 32 lanes.
    first, last : int
        The first hop, and before which to stop.
    to_unit : float
        What makes an exponent of a cost.
    out : array [hop, lane], float64
        What is written.
    """
    whole = types.intp
    signature = types.void(near, whole, hops, bits, whole, whole, types.float64, out)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, place, arrays, table, begin, end, unit, rows = values
        kind, _place, (head_kind, cost_kind, many_kind), table_kind = signature.args[:4]
        head, cost, many = (builder.extract_value(arrays, i) for i in range(3))
        none = ir.Constant(_NUMBERS, [0.0] * LANES)
        unit = _all(builder, unit, _NUMBERS)
        for_block = cgutils.for_range(builder, _blocks(context, builder, kind, array), intp=_INDEX)
        with for_block as block:
            at = builder.mul(block.index, ir.Constant(_INDEX, LANES))
            here = builder.load(_row(context, builder, kind, array, place, at), align=4)
            step = ir.Constant(_INDEX, 1)
            with cgutils.for_range_slice(builder, begin, end, step, intp=_INDEX) as (a, _count):
                q = builder.load(_pointer(context, builder, head_kind, head, a))
                q = builder.zext(q, _INDEX)
                there = builder.load(_row(context, builder, kind, array, q, at), align=4)
                own = builder.load(_pointer(context, builder, cost_kind, cost, a))
                saved = builder.sub(builder.sub(here, there), _all(builder, own))
                factor = builder.load(_pointer(context, builder, many_kind, many, a))
                y = _exponential(builder, builder.fmul(builder.sitofp(saved, _NUMBERS), unit))
                y = builder.fmul(y, _all(builder, factor, _NUMBERS))
                on = builder.load(_pointer(context, builder, table_kind, table, a, block.index))
                y = builder.select(builder.bitcast(on, _BITS), y, none)
                into = _row(context, builder, signature.args[7], rows, a, at, _NUMBERS)
                builder.store(y, into, align=8)
        return context.get_dummy_value()

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


@said
def below(_: Any, numbers: Any, n: Any, out: Any) -> Any:
    """Count for each of the first `n` numbers how many of them are less.

    Parameters
    ----------
    numbers : array, int32
        The numbers; as long as a whole multiple of the lanes.
    n : int
        How many.
    out : array, int32
        As long as `numbers`; what follows the first `n` means nothing.
    """
    signature = types.void(numbers, types.intp, out)

    def build(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, size, counts = values
        kind, _size, out_kind = signature.args
        lanes = ir.Constant(_INDEX, LANES)
        blocks = builder.udiv(builder.add(size, ir.Constant(_INDEX, LANES - 1)), lanes)
        with cgutils.for_range(builder, blocks, intp=_INDEX) as block:
            at = builder.mul(block.index, lanes)
            here = _pointer(context, builder, kind, array, at)
            here = builder.load(builder.bitcast(here, _ROW.as_pointer()), align=4)
            count = cgutils.alloca_once(builder, _ROW)
            builder.store(ir.Constant(_ROW, [0] * LANES), count)
            with cgutils.for_range(builder, size, intp=_INDEX) as other:
                x = builder.load(_pointer(context, builder, kind, array, other.index))
                less = builder.icmp_signed("<", _all(builder, x), here)
                so_far = builder.load(count)
                more = builder.add(so_far, ir.Constant(_ROW, [1] * LANES))
                builder.store(builder.select(less, more, so_far), count)
            into = _pointer(context, builder, out_kind, counts, at)
            builder.store(builder.load(count), builder.bitcast(into, _ROW.as_pointer()), align=4)
        return context.get_dummy_value()

    return signature, build


@said
def lowest(_: Any, bits: Any) -> Any:
    """Number of the lowest bit that is set."""
    signature = types.intp(types.uint32)

    def build(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        some = builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))
        return builder.zext(some, _INDEX)

    return signature, build
