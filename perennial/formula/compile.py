"""Typed tree + source -> SQL that never raises on any row.

Three views of a formula, and the polarity that joins them:
  value      what it gives; a truth value is never NULL here, except a blank yes/no field
  loose      a condition where NULL counts as false: bare comparisons that indexes serve (WHERE, under AND and OR, CASE)
  strict     loose, wrapped where NULL could show (under NOT, as a value)
Read in this order: compile, compile_condition, Compiler.value, Compiler.loose, then the groups below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping, UnaryExpression
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.operators import custom_op

from perennial.formula.formats import NumberPattern
from perennial.formula.functions import table
from perennial.formula.sargable import Moved, moved
from perennial.formula.source import SQL_TYPES, Source, told
from perennial.formula.typed import Typed

Sql = ColumnElement[Any]
FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ZONE = sa.literal_column("(SELECT zone FROM kernel.workspace)", sa.Text())
_TRUE, _FALSE = sa.true(), sa.false()


def compile(typed: Typed, source: Source) -> Sql:  # noqa: A001
    """The value of a formula over `source`. Read `source.from_` afterwards: it then has the joins."""
    return Compiler(source).value(typed)


def compile_condition(typed: Typed, source: Source) -> ColumnElement[bool]:
    """A WHERE condition: not NULL-safe by itself, since a WHERE takes NULL for false. Bare where indexes can serve."""
    return Compiler(source).loose(typed).sql


@dataclass(frozen=True, slots=True)
class Loose:
    """A condition that may be NULL where it is not true; `solid` when it never is."""

    sql: ColumnElement[bool]
    solid: bool = False

    @property
    def strict(self) -> ColumnElement[bool]:
        return self.sql if self.solid else _tested(self.sql, "IS TRUE")

    @property
    def negated(self) -> "Loose":
        if self.solid:
            return Loose(sa.not_(self.sql), True)
        return Loose(_tested(self.sql, "IS NOT TRUE"), True)


def _tested(sql: ColumnElement[bool], test: str) -> ColumnElement[bool]:
    """`(sql) IS TRUE`: a BooleanTest of PostgreSQL, which SQLAlchemy would write without the brackets it needs."""
    return Grouping(UnaryExpression(Grouping(sql), modifier=custom_op(test, is_comparison=True), type_=sa.Boolean()))


@dataclass(frozen=True, slots=True)
class Compiler:
    source: Source

    # values

    def value(self, t: Typed) -> Sql:
        if t.type.kind == "yes_no" and t.op in _CONDITIONS:
            return Grouping(self.loose(t).strict)  # it may stand beside = or IS, whose precedence SQLAlchemy misjudges
        special = _VALUES.get(t.op)
        if special is not None:
            return special(self, t)
        name = table()[t.op].sql
        assert name is not None, t.op
        return call(name, *map(self.value, t.args), type_=SQL_TYPES[t.type.kind])

    def field(self, t: Typed) -> Sql:
        source = self.at(t.value[:-1])
        if t.args:
            return Compiler(source).value(t.args[0])
        return told(source.field(t.value[-1]), t.type)

    def at(self, path: tuple[str, ...]) -> Source:
        source = self.source
        for key in path:
            source = source.parent(key)
        return source

    def number(self, t: Typed) -> Sql:
        """A number to calculate with: whole-number columns would overflow and divide as integers."""
        found = self.value(t)
        return sa.cast(found, sa.Numeric()) if isinstance(found.type, sa.Integer) else found

    def arithmetic(self, t: Typed) -> Sql:
        left, right = t.args
        if _of_numbers(t):
            if t.op in "/^":
                name = "div" if t.op == "/" else "power"
                return call(name, self.number(left), self.number(right), type_=sa.Numeric())
            return call("num", self.unbounded(t), type_=sa.Numeric())
        type_ = SQL_TYPES[t.type.kind]
        if t.type.family == "number":
            return call("days", self.value(left), self.value(right), type_=type_)
        if left.type.family == "number":
            left, right = right, left
        days = self.number(right)
        return call("add_days", self.value(left), -days if t.op == "-" else days, type_=type_)

    def unbounded(self, t: Typed) -> Sql:
        """+ - * without the bounds of numbers: they are set once, where the calculation ends."""
        sides = [self.unbounded(arg) if _chained(t, arg) else self.number(arg) for arg in t.args]
        joined = sides[0].op(t.op, precedence=7 if t.op == "*" else 6)(sides[1])
        return Grouping(joined)

    def aggregate(self, t: Typed) -> Sql:
        child, tie = self.at(t.value[:-1]).children(t.value[-1])
        inner = Compiler(child)
        where = [tie]
        if t.args and not (t.args[0].op == "yes_no" and t.args[0].value):
            where.append(inner.loose(t.args[0]).sql)
        type_ = SQL_TYPES[t.type.kind]
        if t.op == "COUNTIF":
            found: Sql = sa.cast(sa.func.count(), sa.Numeric())
        else:
            value = inner.number(t.args[1]) if t.type.family == "number" else inner.value(t.args[1])
            found = _AGGREGATES[t.op](value)
        rows = child.from_  # read last: the condition and the value may have added joins
        return sa.type_coerce(
            sa.select(found).select_from(rows).where(*where).correlate_except(rows).scalar_subquery(), type_
        )

    # conditions

    def loose(self, t: Typed) -> Loose:
        if t.op == "NOT":
            return self.opposite(t.args[0])
        if t.op in ("AND", "OR"):
            parts = [self.loose(arg) for arg in t.args]
            join = sa.and_ if t.op == "AND" else sa.or_
            return Loose(join(*(part.sql for part in parts)), all(part.solid for part in parts))
        if t.op in FLIPPED:
            return self.comparison(t.op, t)
        if t.op == "yes_no":
            return Loose(_TRUE if t.value else _FALSE, True)
        if t.op == "ISBLANK":
            return Loose(self.value(t.args[0]).is_(None), True)
        if t.op == "IN":
            return self.among(t)
        if t.op in ("CONTAINS", "STARTSWITH"):
            return Loose(self.match(t))
        if t.op == "field" and t.args:
            return Compiler(self.at(t.value[:-1])).loose(t.args[0])
        return Loose(self.value(t))

    def opposite(self, t: Typed) -> Loose:
        """NOT t, pushed inwards as far as indexes profit from it."""
        if t.op == "NOT":
            return self.loose(t.args[0])
        if t.op in ("=", "<>"):
            return self.comparison("<>" if t.op == "=" else "=", t)
        if t.op in ("AND", "OR"):
            parts = [self.opposite(arg) for arg in t.args]
            join = sa.or_ if t.op == "AND" else sa.and_
            return Loose(join(*(part.sql for part in parts)), all(part.solid for part in parts))
        if t.op == "ISBLANK":
            return Loose(self.value(t.args[0]).is_not(None), True)
        return self.loose(t).negated

    def comparison(self, op: str, t: Typed) -> Loose:
        rewritten = moved(op, *t.args)
        if rewritten is not None:
            return self.shifted(rewritten)
        left, right = t.args
        if left.op == "blank" or right.op == "blank":
            other = right if left.op == "blank" else left
            if op not in ("=", "<>"):
                return Loose(_FALSE, True)
            if other.op == "blank":
                return Loose(_TRUE if op == "=" else _FALSE, True)
            value = self.value(other)
            return Loose(value.is_(None) if op == "=" else value.is_not(None), True)
        if "ME" in (left.op, right.op):  # the system is nobody: its ME() equals no blank owner, and an index serves
            mine = Loose(self.value(left) == self.value(right))
            return mine if op == "=" else mine.negated
        return compared(op, self.value(left), self.value(right), solid(left), solid(right))

    def shifted(self, found: Moved) -> Loose:
        """date column, operator, row-free date plus days."""
        bound = self.value(found.bound)
        if found.days:
            sign = "+" if found.days > 0 else "-"
            bound = bound.op(sign)(sa.literal_column(str(abs(found.days)), sa.Integer()))
        bound.type = sa.Date()
        return compared(found.op, self.value(found.column), bound, solid(found.column), True)

    def among(self, t: Typed) -> Loose:
        subject, choices = t.args[0], t.args[1:]
        value = self.value(subject)
        plain = [self.value(choice) for choice in choices if choice.op in _LITERALS]
        parts: list[Loose] = []
        if plain:
            parts.append(Loose(value.in_(plain), solid(subject)))
        for choice in choices:
            if choice.type.kind == "references" and choice.op != "blank":
                parts.append(Loose(self.linked(choice, value)))
            elif choice.op == "blank":
                parts.append(Loose(value.is_(None), True))
            elif choice.op not in _LITERALS:
                parts.append(compared("=", value, self.value(choice), solid(subject), solid(choice)))
        return Loose(sa.or_(*(part.sql for part in parts)), all(part.solid for part in parts))

    def linked(self, subject: Typed, part: Sql) -> ColumnElement[bool]:
        """A list of references holds this id. Of records, only those that the source knows count."""
        if subject.type.form in ("person", "department") or subject.op != "field" or subject.args:
            return part == sa.any_(self.value(subject))
        child, tie = self.at(subject.value[:-1]).children(subject.value[-1])
        there, rows = sa.select(sa.literal_column("1")).where(tie, child.field("id") == part), child.from_
        return there.select_from(rows).correlate_except(rows).exists()

    def match(self, t: Typed) -> ColumnElement[bool]:
        subject, part = t.args
        if subject.type.kind == "references":
            return self.linked(subject, self.value(part))
        if subject.type.kind == "multi_select":
            return self.value(part) == sa.any_(self.value(subject))
        a, b = self.value(subject), self.value(part)
        if t.op == "STARTSWITH":
            return call("pg_catalog.starts_with", a, b, type_=sa.Boolean())
        return call("pg_catalog.strpos", a, b, type_=sa.Integer()) > sa.literal_column("0")

    # branches

    def branches(self, t: Typed) -> Sql:
        """IF, IFS, SWITCH as CASE: a CASE takes NULL for false, so its conditions stay bare."""
        whens: list[tuple[ColumnElement[bool], Sql]] = []
        rest = list(t.args)
        subject = rest.pop(0) if t.op == "SWITCH" else None
        while len(rest) > 1:
            head, then = rest.pop(0), rest.pop(0)
            test = self.loose(head) if subject is None else self.equal(subject, head)
            whens.append((test.sql, self.typed(then, t)))
        otherwise = self.typed(rest[0], t) if rest else sa.null()
        return sa.case(*whens, else_=sa.cast(otherwise, SQL_TYPES[t.type.kind]) if not rest else otherwise)

    def equal(self, left: Typed, right: Typed) -> Loose:
        if right.op == "blank":
            return Loose(self.value(left).is_(None), True)
        return compared("=", self.value(left), self.value(right), solid(left), solid(right))

    def typed(self, part: Typed, whole: Typed) -> Sql:
        """A branch in the type of the whole: a blank needs one, integers would make the CASE an integer."""
        if part.op == "blank":
            return sa.cast(sa.null(), SQL_TYPES[whole.type.kind])
        return self.number(part) if whole.type.family == "number" else self.value(part)


def call(name: str, *args: Sql, type_: Any) -> Sql:
    """A function of schema `formula`, or of the one named before the dot."""
    schema, _, bare = name.rpartition(".")
    return getattr(getattr(sa.func, schema or "formula"), bare)(*args, type_=type_)


def compared(op: str, a: Sql, b: Sql, a_solid: bool, b_solid: bool) -> Loose:
    """Blank equals only blank; the order knows no blank. Bare SQL where one side cannot be blank."""
    both = a_solid and b_solid
    if op == "=":
        if a_solid or b_solid:
            return Loose(a == b, both)
        return Loose(a.is_not_distinct_from(b), True)
    if op == "<>":
        return Loose(a != b if both else a.is_distinct_from(b), True)
    return Loose(a.op(op, is_comparison=True)(b), both)


_LITERALS = ("number", "text", "yes_no", "date", "id")
_NEVER_BLANK = {*_LITERALS, "TODAY", "NOW", "LEN", "COUNTIF", "SUMIF", "AND", "OR", "NOT", "ISBLANK", "IN", "CONTAINS",
                "STARTSWITH", *FLIPPED}  # fmt: skip


def solid(t: Typed) -> bool:
    """The SQL cannot be NULL. A required field is not trusted: a draft, a mask or the past may leave it blank."""
    if t.op == "SUMIF":
        return False  # beyond the range of numbers a sum is blank
    if t.op == "COALESCE":
        return any(solid(arg) for arg in t.args)
    return t.op in _NEVER_BLANK


def _extreme(c: Compiler, t: Typed) -> Sql:
    function = sa.func.least if t.op == "MIN" else sa.func.greatest
    return function(*(c.typed(arg, t) for arg in t.args), type_=SQL_TYPES[t.type.kind])


def _to_text(c: Compiler, t: Typed) -> Sql:
    inner, kind = t.args[0], t.args[0].type.family
    if kind == "datetime":
        moment = c.value(inner).op("AT TIME ZONE")(_ZONE)
        return call("text_moment", moment, sa.literal("YYYY-MM-DD HH24:MI", sa.Text()), type_=sa.Text())
    name = {"number": "num_text", "date": "date_text", "yes_no": "bool_text"}[kind]
    return call(name, c.number(inner) if kind == "number" else c.value(inner), type_=sa.Text())


def _text(c: Compiler, t: Typed) -> Sql:
    subject, found = t.args[0], t.value
    if isinstance(found, NumberPattern):
        words = [sa.literal(part, sa.Text()) for part in found[:3]]
        return call("text_number", c.number(subject), *words, _numeric(found.scale), type_=sa.Text())
    moment, pattern = c.value(subject), sa.literal(found.pattern, sa.Text())
    if subject.type.kind == "datetime":
        return call("text_moment", moment.op("AT TIME ZONE")(_ZONE), pattern, type_=sa.Text())
    if len(found.pattern) > _PLAIN_PATTERN:
        return call("text_moment", sa.cast(moment, sa.DateTime()), pattern, type_=sa.Text())
    # a date lies within 1900 to 9999 and a short pattern gives a short text: grouping by month need not pay for a guard
    plain = call("pg_catalog.to_char", sa.cast(moment, sa.DateTime()), pattern, type_=sa.Text())
    return sa.func.nullif(plain, sa.literal_column("''"), type_=sa.Text())


_PLAIN_PATTERN = 200


def _numeric(value: Any) -> Sql:
    return sa.literal_column(f"{format(Decimal(value), 'f')}::numeric", sa.Numeric())


def _workdays(c: Compiler, t: Typed) -> Sql:
    a, b = (call("day", c.value(arg), type_=sa.Date()) for arg in t.args)
    return sa.cast(call("kernel.workdays_between", a, b, type_=sa.Integer()), sa.Numeric())


def _workday(c: Compiler, t: Typed) -> Sql:
    days = call("small", c.number(t.args[1]), type_=sa.Integer())
    start = call("day", c.value(t.args[0]), type_=sa.Date())
    return call("day", call("kernel.workday_offset", start, days, type_=sa.Date()), type_=sa.Date())


def _of_numbers(t: Typed) -> bool:
    return t.op in ("*", "/", "^") or (t.op in ("+", "-") and {arg.type.family for arg in t.args} == {"number"})


def _chained(t: Typed, arg: Typed) -> bool:
    """A part of the same calculation; after four factors the numbers would grow long, so they are bounded there."""
    return arg.op in ("+", "-", "*") and _of_numbers(arg) and (t.op != "*" or _factors(arg) < 4)


def _factors(t: Typed) -> int:
    return 1 + sum(map(_factors, t.args)) if t.op in ("+", "-", "*") else 0


_AGGREGATES: dict[str, Callable[[Sql], Sql]] = {
    "SUMIF": lambda x: call("num", sa.func.coalesce(sa.func.sum(x), sa.literal_column("0")), type_=sa.Numeric()),
    "AVERAGEIF": lambda x: call("num", sa.func.avg(x), type_=sa.Numeric()),
    "MAXIF": sa.func.max,
    "MINIF": sa.func.min,
}
_CONDITIONS = {"AND", "OR", "NOT", "ISBLANK", "IN", "CONTAINS", "STARTSWITH", *FLIPPED}
_VALUES: dict[str, Callable[[Compiler, Typed], Sql]] = {
    "number": lambda c, t: _numeric(t.value),
    "text": lambda c, t: sa.bindparam(None, t.value, sa.Text(), unique=True),
    "yes_no": lambda c, t: _TRUE if t.value else _FALSE,
    "id": lambda c, t: sa.literal_column(str(t.value), sa.BigInteger()),
    "date": lambda c, t: sa.literal_column(f"DATE '{t.value.isoformat()}'", sa.Date()),
    "blank": lambda c, t: sa.cast(sa.null(), SQL_TYPES[t.type.kind]),
    "field": Compiler.field,
    "-1": lambda c, t: -c.number(t.args[0]),
    "%1": lambda c, t: call("div", c.number(t.args[0]), _numeric(100), type_=sa.Numeric()),
    **dict.fromkeys("+-*/^", Compiler.arithmetic),
    "&": lambda c, t: call("cat", *map(c.value, t.args), type_=sa.Text()),
    "to_text": _to_text,
    "to_date": lambda c, t: sa.cast(
        call("moment", c.value(t.args[0]), type_=sa.DateTime(timezone=True)).op("AT TIME ZONE")(_ZONE), sa.Date()
    ),
    "to_datetime": lambda c, t: sa.cast(call("day", c.value(t.args[0]), type_=sa.Date()), sa.DateTime()).op(
        "AT TIME ZONE", return_type=sa.DateTime(timezone=True)
    )(_ZONE),
    "IF": Compiler.branches,
    "IFS": Compiler.branches,
    "SWITCH": Compiler.branches,
    "COALESCE": lambda c, t: sa.func.coalesce(*(c.typed(arg, t) for arg in t.args), type_=SQL_TYPES[t.type.kind]),
    "MIN": _extreme,
    "MAX": _extreme,
    "TEXT": _text,
    "TODAY": lambda c, t: sa.bindparam("today", type_=sa.Date()),
    "NOW": lambda c, t: sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    "ME": lambda c, t: sa.bindparam("me", type_=sa.BigInteger()),
    "DAYS": lambda c, t: call("days", *map(c.value, t.args), type_=sa.Numeric()),
    "WORKDAY": _workday,
    "NETWORKDAYS": _workdays,
    **dict.fromkeys(("COUNTIF", "SUMIF", "AVERAGEIF", "MAXIF", "MINIF"), Compiler.aggregate),
}
