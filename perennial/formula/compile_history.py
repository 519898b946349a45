"""SQL over how a field was. Only closed periods count: days before today, weeks whose Sunday is over.

A run of periods is broken by the first one without a reading, or whose reading is otherwise.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.expression import ColumnElement, FromClause

from perennial.formula.pieces import TODAY, Loose, Sql, call, compared
from perennial.formula.source import SQL_TYPES, Source
from perennial.formula.suggest import at as problem_at
from perennial.formula.typed import Typed
from perennial.kernel import Broken

if TYPE_CHECKING:
    from perennial.formula.compile import Compiler

DAYS = {"day": 1, "week": 7}
_LONGEST = 5000  # periods that AVG_OVER looks back at most


class Noted:
    """The one tracked field, read as a reading: `path` leads to it, everything else is refused when checked."""

    def __init__(self, value: Sql) -> None:
        self._value = value

    @property
    def from_(self) -> FromClause:
        raise Broken("formula.source", key="reading")

    def field(self, key: str) -> Sql:
        return self._value

    def parent(self, key: str) -> "Source":
        return self

    def children(self, key: str) -> Any:
        raise Broken("formula.source", key=key)

    def rows(self, form: str) -> Any:
        raise Broken("formula.source", key=form)

    def readings(self, key: str, period: str) -> Any:
        raise Broken("formula.source", key=key)

    def before(self) -> "Source | None":
        return None


def closed(period: str) -> Sql:
    """The last day of the latest period that is over."""
    if period == "day":
        return TODAY - sa.literal_column("1", sa.Integer())
    weekday = sa.cast(sa.func.date_part("isodow", TODAY), sa.Integer())
    return sa.type_coerce(TODAY.op("-")(weekday), sa.Date())


def readings(c: "Compiler", t: Typed) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """The closed readings of the field for this record: day and value."""
    path, period = t.value
    found, tie = c.at(path[:-1]).readings(path[-1], period)
    return found, [tie, found.c.day <= closed(period)]


def _latest(c: "Compiler", t: Typed) -> Sql:
    found, where = readings(c, t)
    wanted = found.c.value if t.op == "READING" else found.c.day
    statement = sa.select(wanted).where(*where).order_by(found.c.day.desc()).limit(sa.literal_column("1"))
    return sa.type_coerce(statement.correlate_except(found).scalar_subquery(), SQL_TYPES[t.type.kind])


def streak(c: "Compiler", t: Typed) -> Sql:
    """How many periods, from the latest closed one back, the condition held without a gap."""
    found, where = readings(c, t)
    period = t.value[1]
    place = sa.func.row_number().over(order_by=found.c.day.desc())
    due = closed(period) - sa.literal_column(str(DAYS[period]), sa.Integer()) * (sa.cast(place, sa.Integer()) - 1)
    holds = type(c)(Noted(found.c.value)).loose(t.args[0]).strict
    run = (
        sa.select(place.label("place"), sa.and_(holds, found.c.day == sa.type_coerce(due, sa.Date())).label("good"))
        .where(*where)
        .correlate_except(found)
        .lateral()
    )
    broken = sa.func.min(run.c.place).filter(sa.not_(run.c.good)) - sa.literal_column("1")
    length = sa.func.coalesce(broken, sa.func.count())
    statement = sa.select(sa.cast(length, sa.Numeric())).select_from(run).correlate_except(run)
    return sa.type_coerce(statement.scalar_subquery(), sa.Numeric())


def _average(c: "Compiler", t: Typed) -> Sql:
    found, where = readings(c, t)
    count = sa.func.least(call("small", c.number(t.args[1]), type_=sa.Integer()), sa.literal_column(str(_LONGEST)))
    since = closed(t.value[1]).op("-")(count * sa.literal_column(str(DAYS[t.value[1]]), sa.Integer()))
    filled = [*where, found.c.day > since, call("small", c.number(t.args[1]), type_=sa.Integer()) > 0]
    average = call("num", sa.func.avg(found.c.value), type_=sa.Numeric())
    return sa.type_coerce(sa.select(average).where(*filled).correlate_except(found).scalar_subquery(), sa.Numeric())


def recent(c: "Compiler", t: Typed, count: int) -> Sql:
    """The readings of the last closed periods, for an explanation: [{day, value}]."""
    found, where = readings(c, t)
    since = closed(t.value[1]) - sa.literal_column(str(count * DAYS[t.value[1]]), sa.Integer())
    pair = sa.func.jsonb_build_object(
        sa.literal_column("'day'"), found.c.day, sa.literal_column("'value'"), sa.cast(found.c.value, sa.Text())
    )
    listed = sa.select(sa.func.jsonb_agg(pair)).where(*where, found.c.day > since)
    return sa.type_coerce(listed.correlate_except(found).scalar_subquery(), JSONB())


def held(c: "Compiler", t: Typed) -> Loose:
    return Loose(streak(c, t) >= c.number(t.args[1]))


def _before(c: "Compiler", t: Typed) -> "Compiler":
    before = c.source.before()
    if before is None:
        raise problem_at("formula.no_changes", t.node.span, function=t.op)
    return type(c)(before)


def _previous(c: "Compiler", t: Typed) -> Sql:
    return _before(c, t).value(t.args[0])


def changed(c: "Compiler", t: Typed) -> Loose:
    return compared("<>", c.value(t.args[0]), _before(c, t).value(t.args[0]), False, False)


VALUES: "dict[str, Callable[[Compiler, Typed], Sql]]" = {
    "READING": _latest, "READING_ON": _latest, "STREAK": streak, "AVG_OVER": _average, "PREVIOUS": _previous,
}  # fmt: skip
