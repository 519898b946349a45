"""Typed tree + source -> SQL that never raises on any row.

Three views of a formula, and the polarity that joins them:
  value      what it gives; a truth value is never NULL here, except a blank yes/no field
  loose      a condition where NULL counts as false: bare comparisons that indexes serve (WHERE, under AND and OR, CASE)
  strict     loose, wrapped where NULL could show (under NOT, as a value)
Read in this order: compile, compile_condition, Compiler.value, Compiler.loose, then the groups below.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.expression import ColumnElement

from perennial.formula import compile_history, compile_rows, decide
from perennial.formula.compile_format import compiled_format
from perennial.formula.functions import table
from perennial.formula.pieces import (
    BLANKS,
    CONDITIONS,
    FLIPPED,
    LITERALS,
    ZONE,
    Loose,
    Sql,
    call,
    compared,
    folded,
    numeric,
    solid,
    told,
)
from perennial.formula.sargable import Moved, moved
from perennial.formula.source import SQL_TYPES, Source
from perennial.formula.typed import Typed

_TRUE, _FALSE = sa.true(), sa.false()


def compile(typed: Typed, source: Source) -> Sql:  # noqa: A001
    """The value of a formula over `source`. Read `source.from_` afterwards: it then has the joins."""
    return Compiler(source).value(typed)


def compile_condition(typed: Typed, source: Source) -> ColumnElement[bool]:
    """A WHERE condition: not NULL-safe by itself, since a WHERE takes NULL for false. Bare where indexes can serve."""
    return Compiler(source).loose(typed).sql


@dataclass(frozen=True, slots=True)
class Compiler:
    source: Source

    # values

    def value(self, t: Typed) -> Sql:
        if t.type.kind == "yes_no" and t.op in CONDITIONS:
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
        return told(source.field(t.value[-1]), t)

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
        if t.op in BLANKS:
            return Loose(self.value(t.args[0]).is_(None), True)
        if t.op == "IN":
            return self.among(t)
        special = _CONDITIONS.get(t.op)
        if special is not None:
            return special(self, t)
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
        if t.op in BLANKS:
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
        plain = [self.value(choice) for choice in choices if choice.op in LITERALS]
        parts: list[Loose] = []
        if plain:
            parts.append(Loose(value.in_(plain), solid(subject)))
        for choice in choices:
            if choice.type.kind == "references" and choice.op != "blank":
                parts.append(Loose(self.linked(choice, value)))
            elif choice.op == "blank":
                parts.append(Loose(value.is_(None), True))
            elif choice.op not in LITERALS:
                parts.append(compared("=", value, self.value(choice), solid(subject), solid(choice)))
        return Loose(sa.or_(*(part.sql for part in parts)), all(part.solid for part in parts))

    def linked(self, subject: Typed, part: Sql) -> ColumnElement[bool]:
        """A list of references holds this id. Of records, only those that the source knows count."""
        if subject.type.form in ("person", "department") or subject.op != "field" or subject.args:
            return part == sa.any_(self.value(subject))
        child, tie = self.at(subject.value[:-1]).children(subject.value[-1])
        there, rows = sa.select(sa.literal_column("1")).where(tie, child.field("id") == part), child.from_
        return there.select_from(rows).correlate_except(rows).exists()

    def match(self, t: Typed) -> Loose:
        return Loose(self.matched(t))

    def matched(self, t: Typed) -> ColumnElement[bool]:
        subject, part = t.args
        if subject.type.kind == "references":
            return self.linked(subject, self.value(part))
        if subject.type.kind == "multi_select":
            return self.value(part) == sa.any_(self.value(subject))
        a, b = self.value(subject), self.value(part)
        if t.op == "STARTSWITH":
            return call("pg_catalog.starts_with", a, b, type_=sa.Boolean())
        if t.op == "ENDSWITH":
            return call("pg_catalog.right", a, sa.func.char_length(b), type_=sa.Text()) == b
        return call("pg_catalog.strpos", a, b, type_=sa.Integer()) > sa.literal_column("0")

    def odd(self, t: Typed) -> Loose:
        """XOR: an odd number of conditions holds."""
        parts = [self.loose(arg).strict for arg in t.args]
        return Loose(folded(parts, lambda a, b: Grouping(Grouping(a) != Grouping(b))), True)

    def is_a(self, t: Typed) -> Loose:
        """ISNUMBER, ISTEXT: the kind is known, so only blank is asked for. Dates are numbers, as in Excel."""
        families = ("number", "date", "datetime") if t.op == "ISNUMBER" else ("text",)
        if t.args[0].op == "blank" or t.args[0].type.family not in families:
            return Loose(_FALSE, True)
        return Loose(self.value(t.args[0]).is_not(None), True)

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

    def chosen(self, t: Typed) -> Sql:
        """CHOOSE: by the whole part of a number."""
        place = sa.func.trunc(self.number(t.args[0]), type_=sa.Numeric())
        whens = [(place == sa.literal_column(str(n)), self.typed(arg, t)) for n, arg in enumerate(t.args[1:], 1)]
        return sa.case(*whens, else_=sa.cast(sa.null(), SQL_TYPES[t.type.kind]))

    def equal(self, left: Typed, right: Typed) -> Loose:
        if right.op == "blank":
            return Loose(self.value(left).is_(None), True)
        return compared("=", self.value(left), self.value(right), solid(left), solid(right))

    def typed(self, part: Typed, whole: Typed) -> Sql:
        """A branch in the type of the whole: a blank needs one, integers would make the CASE an integer."""
        if part.op == "blank":
            return sa.cast(sa.null(), SQL_TYPES[whole.type.kind])
        return self.number(part) if whole.type.family == "number" else self.value(part)


def _to_text(c: Compiler, t: Typed) -> Sql:
    inner, kind = t.args[0], t.args[0].type.family
    if kind == "datetime":
        moment = c.value(inner).op("AT TIME ZONE")(ZONE)
        return call("text_moment", moment, sa.literal("YYYY-MM-DD HH24:MI", sa.Text()), type_=sa.Text())
    name = {"number": "num_text", "date": "date_text", "yes_no": "bool_text"}[kind]
    return call(name, c.number(inner) if kind == "number" else c.value(inner), type_=sa.Text())


def _text(c: Compiler, t: Typed) -> Sql:
    subject, found = t.args[0], t.value
    value = c.number(subject) if subject.type.family == "number" else c.value(subject)
    return compiled_format(found, value, subject.type.kind)


def _clock(c: Compiler, t: Typed) -> Sql:
    """HOUR, MINUTE, SECOND of a moment in the workspace's zone, of a part of a day, of a date."""
    subject = t.args[0]
    if subject.type.family == "number":
        inner = c.number(subject)
    elif subject.type.kind == "datetime":
        inner = c.value(subject).op("AT TIME ZONE")(ZONE)
    else:
        inner = sa.cast(c.value(subject), sa.DateTime())
    return call(t.op.lower(), call("seconds", inner, type_=sa.Integer()), type_=sa.Numeric())


def _workdays(c: Compiler, t: Typed) -> Sql:
    a, b = (call("day", c.value(arg), type_=sa.Date()) for arg in t.args)
    return sa.cast(call("kernel.workdays_between", a, b, type_=sa.Integer()), sa.Numeric())


def _shaped(c: Compiler, t: Typed) -> Sql:
    """WORKDAY.INTL, NETWORKDAYS.INTL: over a week of another shape."""
    start, off = call("day", c.value(t.args[0]), type_=sa.Date()), sa.literal(t.value, sa.Text())
    if t.op == "NETWORKDAYS.INTL":
        end = call("day", c.value(t.args[1]), type_=sa.Date())
        return call("workdays_between", start, end, off, type_=sa.Numeric())
    days = call("small", c.number(t.args[1]), type_=sa.Integer())
    return call("workday_offset", start, days, off, type_=sa.Date())


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


_CONDITIONS: dict[str, Callable[[Compiler, Typed], Loose]] = {
    **dict.fromkeys(("CONTAINS", "STARTSWITH", "ENDSWITH"), Compiler.match),
    **dict.fromkeys(("ISNUMBER", "ISTEXT"), Compiler.is_a),
    **dict.fromkeys(("ISEVEN", "ISODD"), lambda c, t: Loose(
        call("is_even" if t.op == "ISEVEN" else "is_odd", c.number(t.args[0]), type_=sa.Boolean()))),
    "XOR": Compiler.odd,
    "EXACT": lambda c, t: c.equal(*t.args),
    "HELD": compile_history.held,
    "CHANGED": compile_history.changed,
}  # fmt: skip
_VALUES: dict[str, Callable[[Compiler, Typed], Sql]] = {
    "number": lambda c, t: numeric(t.value),
    "text": lambda c, t: sa.bindparam(None, t.value, sa.Text(), unique=True),
    "yes_no": lambda c, t: sa.cast(_TRUE if t.value else _FALSE, sa.Boolean()),  # ORDER BY takes no bare constant
    "id": lambda c, t: sa.literal_column(str(t.value), sa.BigInteger()),
    "date": lambda c, t: sa.literal_column(f"DATE '{t.value.isoformat()}'", sa.Date()),
    "blank": lambda c, t: sa.cast(sa.null(), SQL_TYPES[t.type.kind]),
    "field": Compiler.field,
    "-1": lambda c, t: -c.number(t.args[0]),
    "%1": lambda c, t: call("div", c.number(t.args[0]), numeric(100), type_=sa.Numeric()),
    **dict.fromkeys("+-*/^", Compiler.arithmetic),
    "&": lambda c, t: call("cat", *map(c.value, t.args), type_=sa.Text()),
    "to_text": _to_text,
    "to_date": lambda c, t: sa.cast(
        call("moment", c.value(t.args[0]), type_=sa.DateTime(timezone=True)).op("AT TIME ZONE")(ZONE), sa.Date()
    ),
    "to_datetime": lambda c, t: sa.cast(call("day", c.value(t.args[0]), type_=sa.Date()), sa.DateTime()).op(
        "AT TIME ZONE", return_type=sa.DateTime(timezone=True)
    )(ZONE),
    "IF": Compiler.branches,
    "IFS": Compiler.branches,
    "SWITCH": Compiler.branches,
    **dict.fromkeys(("COALESCE", "IFERROR", "IFNA"), lambda c, t: sa.func.coalesce(
        *(c.typed(arg, t) for arg in t.args), type_=SQL_TYPES[t.type.kind])),
    "CHOOSE": Compiler.chosen,
    "TEXT": _text,
    "PI": lambda c, t: numeric("3.1415926536"),
    **dict.fromkeys(("HOUR", "MINUTE", "SECOND"), _clock),
    "TODAY": lambda c, t: sa.bindparam("today", type_=sa.Date()),
    "NOW": lambda c, t: sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    "ME": lambda c, t: sa.bindparam("me", type_=sa.BigInteger()),
    "DAYS": lambda c, t: call("days", *map(c.value, t.args), type_=sa.Numeric()),
    "WORKDAY": _workday,
    "NETWORKDAYS": _workdays,
    **dict.fromkeys(("WORKDAY.INTL", "NETWORKDAYS.INTL"), _shaped),
    **compile_rows.VALUES,
    **compile_history.VALUES,
    **decide.VALUES,
}  # fmt: skip
