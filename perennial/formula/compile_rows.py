"""SQL over several values and over rows: aggregates, look-ups, places in a set, running totals.

A whole form's set is an uncorrelated sub-select, which PostgreSQL computes once per statement.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.expression import ColumnElement

from perennial.formula.functions import table
from perennial.formula.pieces import Sql, call, compared, folded, solid
from perennial.formula.source import SQL_TYPES, Source
from perennial.formula.typed import Typed

if TYPE_CHECKING:
    from perennial.formula.compile import Compiler

_DOUBLES = ARRAY(sa.Double())
_AGGREGATES: dict[str, Callable[[Sql], Sql]] = {
    "SUMIF": lambda x: call("num", sa.func.coalesce(sa.func.sum(x), sa.literal_column("0")), type_=sa.Numeric()),
    "AVERAGEIF": lambda x: call("num", sa.func.avg(x), type_=sa.Numeric()),
    "MAXIF": sa.func.max,
    "MINIF": sa.func.min,
}
_ALONE = {"SUM": "SUMIF", "MIN": "MINIF", "MAX": "MAXIF"}


def rows(c: "Compiler", path: tuple[str, ...]) -> "tuple[Compiler, Source, ColumnElement[bool]]":
    """The rows that a path leads to, and what ties them to this one."""
    if path[0].startswith("!"):
        child, tie = c.source.rows(path[0][1:])
    else:
        child, tie = c.at(path[:-1]).children(path[-1])
    return type(c)(child), child, tie


def selected(found: Sql, child: Source, *where: ColumnElement[bool], type_: Any, order: Any = None) -> Sql:
    """The one value of a sub-select over `child`."""
    over = child.from_  # read last: conditions and values may have added joins
    statement = sa.select(found).select_from(over).where(*where)
    if order is not None:
        statement = statement.order_by(*order).limit(sa.literal_column("1"))
    return sa.type_coerce(statement.correlate_except(over).scalar_subquery(), type_)


def _aggregate(c: "Compiler", t: Typed) -> Sql:
    inner, child, tie = rows(c, t.value)
    where = [tie]
    if t.args and not (t.args[0].op == "yes_no" and t.args[0].value):
        where.append(inner.loose(t.args[0]).sql)
    if t.op == "COUNTIF":
        found: Sql = sa.cast(sa.func.count(), sa.Numeric())
    else:
        found = _AGGREGATES[t.op](_plain(inner, t.args[1], t))
    return selected(found, child, *where, type_=SQL_TYPES[t.type.kind])


def _plain(c: "Compiler", part: Typed, whole: Typed) -> Sql:
    return c.number(part) if whole.type.family == "number" else c.value(part)


def _column(c: "Compiler", t: Typed, take: Callable[[Sql, Source], Sql], *more: str, type_: Any) -> Sql:
    """An aggregate of a column; `more`: filled, so that blanks stay out."""
    inner, child, tie = rows(c, t.value)
    value = inner.number(t.args[0]) if t.type.family == "number" else inner.value(t.args[0])
    where = [tie, value.is_not(None)] if "filled" in more else [tie]
    return selected(take(value, child), child, *where, type_=type_)


def _listed(value: Sql, child: Source) -> Sql:
    return sa.func.array_agg(value)


def _set(c: "Compiler", args: tuple[Typed, ...], element: Any) -> Sql:
    """All values of the arguments as one array."""
    type_ = ARRAY(element)
    plain = [c.typed(arg, arg) for arg in args if arg.op != "column"]
    found: list[Sql] = [sa.cast(array(plain), type_)] if plain else []
    for arg in args:
        if arg.op == "column":
            listed = _column(c, arg, _listed, "filled", type_=type_)
            found.append(sa.func.coalesce(listed, sa.cast(sa.literal_column("'{}'"), type_), type_=type_))
    whole = found[0]
    for more in found[1:]:
        whole = sa.func.array_cat(whole, more, type_=type_)
    return whole


def _summed(c: "Compiler", t: Typed) -> Sql:
    """SUM: a column in it is one number."""
    parts = [_one(c, arg, "SUM") if arg.op == "column" else c.number(arg) for arg in t.args]
    return call("sum_of", sa.cast(array(parts), ARRAY(sa.Numeric())), type_=sa.Numeric())


def _one(c: "Compiler", arg: Typed, name: str) -> Sql:
    take = _AGGREGATES[_ALONE[name]]
    return _column(c, arg, lambda value, _: take(value), type_=SQL_TYPES[arg.type.kind])


def _extreme(c: "Compiler", t: Typed) -> Sql:
    function = sa.func.least if t.op == "MIN" else sa.func.greatest
    parts = [_one(c, arg, t.op) if arg.op == "column" else c.typed(arg, t) for arg in t.args]
    return function(*parts, type_=SQL_TYPES[t.type.kind])


def _averaged(c: "Compiler", t: Typed) -> Sql:
    name = table()[t.op].sql
    assert name is not None
    return call(name, _set(c, t.args, sa.Numeric()), type_=sa.Numeric())


def _counted(c: "Compiler", t: Typed) -> Sql:
    """COUNT, COUNTA, COUNTBLANK: the sum of what each argument counts."""
    parts: list[Sql] = []
    one, none = sa.literal_column("1"), sa.literal_column("0")
    for arg in t.args:
        numbers = arg.type.family in ("number", "date", "datetime")
        if arg.op == "COUNTIF" and arg.value and not arg.args and t.op != "COUNTBLANK":
            parts.append(c.value(arg))
        elif t.op == "COUNT" and not numbers:
            continue
        elif arg.op == "column":
            inner, child, tie = rows(c, arg.value)
            value = inner.value(arg.args[0])
            test = value.is_(None) if t.op == "COUNTBLANK" else value.is_not(None)
            parts.append(selected(sa.cast(sa.func.count(), sa.Numeric()), child, tie, test, type_=sa.Numeric()))
        else:
            blank = c.value(arg).is_(None)
            parts.append(
                sa.case((blank, one), else_=none) if t.op == "COUNTBLANK" else sa.case((blank, none), else_=one)
            )
    whole = [none, *(sa.type_coerce(part, sa.Integer()) for part in parts)]
    return sa.cast(folded(whole, lambda a, b: Grouping(a + b)), sa.Numeric())


def _joined(c: "Compiler", t: Typed) -> Sql:
    mark: Sql = sa.literal("", sa.Text())
    skip: Sql = sa.false()
    args = t.args
    if t.op == "TEXTJOIN":
        mark, skip, args = c.value(args[0]), c.loose(args[1]).strict, args[2:]
    if args[0].op != "column":
        parts = sa.cast(array([c.value(arg) for arg in args]), ARRAY(sa.Text()))
        return call("text_join", mark, skip, parts, type_=sa.Text())
    inner, child, tie = rows(c, args[0].value)
    value = inner.value(args[0].args[0])
    kept = sa.or_(value.is_not(None), sa.not_(skip))
    together = sa.func.formula.joined(value, aggregate_order_by(mark, child.field("id")), type_=sa.Text())
    return selected(together, child, tie, kept, type_=sa.Text())


def _placed(c: "Compiler", t: Typed) -> Sql:
    element = SQL_TYPES[t.type.kind]
    name = table()[t.op].sql
    assert name is not None
    return call(name, _set(c, t.args[:1], element), c.number(t.args[1]), type_=element)


def _lookup(c: "Compiler", t: Typed) -> Sql:
    """The result of the first row (by id) whose key is the value; a blank value finds nothing."""
    value, key, result, *otherwise = t.args
    type_ = SQL_TYPES[t.type.kind]

    def found(of: Callable[["Compiler"], Sql]) -> tuple[Sql, Source, ColumnElement[bool], ColumnElement[bool]]:
        inner, child, tie = rows(c, key.value)
        return of(inner), child, tie, inner.value(key.args[0]) == c.value(value)

    sql, child, tie, same = found(lambda inner: inner.typed(result.args[0], t))
    first = selected(sql, child, tie, same, type_=type_, order=[child.field("id")])
    if not otherwise:
        return first
    _, other, tie, same = found(lambda inner: sa.literal_column("1"))
    over = other.from_
    there = sa.select(sa.literal_column("1")).select_from(over).where(tie, same).correlate_except(over).exists()
    return sa.case((there, first), else_=c.typed(otherwise[0], t))


def _ranked(c: "Compiler", t: Typed) -> Sql:
    """RANK and PERCENTRANK: the place in a sorted array of the set, found by halves."""

    def sorted_(value: Sql, child: Source) -> Sql:
        return sa.func.array_agg(aggregate_order_by(value, value), type_=_DOUBLES)

    def of(sign: int) -> Sql:
        inner, child, tie = rows(c, t.args[1].value)
        value = call("double", inner.number(t.args[1].args[0]), type_=sa.Double())
        value = value if sign > 0 else -value
        return selected(sorted_(value, child), child, tie, value.is_not(None), type_=_DOUBLES)

    own = c.number(t.args[0])
    if t.op == "PERCENTRANK":
        return call("percent_rank", own, of(-1), type_=sa.Numeric())
    down = call("rank", own, of(1), type_=sa.Numeric())
    if len(t.args) < 3:
        return down
    up = call("rank", -own, of(-1), type_=sa.Numeric())
    return sa.case((c.number(t.args[2]) != sa.literal_column("0"), up), else_=down)


def _running(c: "Compiler", t: Typed) -> Sql:
    """The sum over the siblings up to this record, in an order, then by id."""
    value, order, own = t.args
    inner, child, tie = rows(c, value.value)
    mine, theirs = c.value(own), inner.value(order.args[0])
    ties = compared("=", theirs, mine, solid(order), solid(own)).sql
    before = sa.or_(theirs < mine, sa.and_(ties, child.field("id") <= c.source.field("id")))
    total = _AGGREGATES["SUMIF"](inner.number(value.args[0]))
    found = selected(total, child, tie, before, type_=sa.Numeric())
    return sa.case((mine.is_(None), sa.cast(sa.null(), sa.Numeric())), else_=found)


VALUES: "dict[str, Callable[[Compiler, Typed], Sql]]" = {
    **dict.fromkeys(("COUNTIF", "SUMIF", "AVERAGEIF", "MAXIF", "MINIF"), _aggregate),
    **dict.fromkeys(("COUNT", "COUNTA", "COUNTBLANK"), _counted),
    **dict.fromkeys(("AVERAGE", "MEDIAN", "STDEV", "PRODUCT"), _averaged),
    **dict.fromkeys(("MIN", "MAX"), _extreme),
    **dict.fromkeys(("CONCAT", "CONCATENATE", "TEXTJOIN"), _joined),
    **dict.fromkeys(("LARGE", "SMALL", "PERCENTILE", "QUARTILE"), _placed),
    **dict.fromkeys(("RANK", "PERCENTRANK"), _ranked),
    "SUM": _summed, "XLOOKUP": _lookup, "RUNNINGTOTAL": _running,
}  # fmt: skip
