"""The forms at every moment since a day at once: what a condition said then, for many records and moments in one go.

In:   the change log since a moment; pairs of a record and a place in the log, which a statement brings
Out:  a catalog whose tables have a row per state that a record was in, from one place in the log to the next
A place is the number of a transaction's last change: what was there when it had committed. Readings, people, calendar
and definitions are today's, as in `past`.
"""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    FromClause,
    MetaData,
    Table,
    and_,
    column,
    literal_column,
    select,
    table,
    true,
)
from sqlalchemy.sql.expression import ColumnElement

from perennial.forms.catalog import Catalog
from perennial.forms.ddl import table_name
from perennial.forms.past import Former
from perennial.forms.scope import PEOPLE_TABLES
from perennial.formula import PartsScope, Source, TableSource
from perennial.kernel import Tx

FROM, UNTIL = "course_from", "course_until"  # of a state: the place where it began, the one where it was over
AT, WAS, TODAY, NOW = "course_at", "course_was", "course_today", "course_now"  # of a moment
STEPS, LAST = "course_steps", 2**63 - 1
_OLD = "was "  # no key holds a blank

_STEPS = f"""
CREATE TEMP TABLE {STEPS} ON COMMIT DROP AS
SELECT t.id, x.place, t.at, t.day, t.reason
  FROM changes.transaction t
  JOIN (SELECT c.transaction_id, max(c.id) AS place FROM changes.change c
         WHERE c.transaction_id >= %(first)s GROUP BY 1) x ON x.transaction_id = t.id
"""
_STATES = """
CREATE TEMP TABLE {name} ON COMMIT DROP AS
WITH net AS MATERIALIZED (
    SELECT c.record_id, s.place, changes.merged(c.before ORDER BY c.id DESC) AS before,
           (array_agg(c.op ORDER BY c.id))[1] = 'I' AS made
      FROM changes.change c JOIN course_steps s ON s.id = c.transaction_id
     WHERE c.form_id = {form_id} GROUP BY c.record_id, s.place
), states AS (
    SELECT n.record_id, n.made, n.place AS until,
           coalesce(lag(n.place) OVER (PARTITION BY n.record_id ORDER BY n.place), 0) AS began,
           changes.merged(n.before) OVER (PARTITION BY n.record_id ORDER BY n.place DESC) AS before
      FROM net n
)
SELECT {then}, s.began AS course_from, s.until AS course_until
  FROM states s LEFT JOIN {table} t ON t.id = s.record_id
 CROSS JOIN LATERAL jsonb_populate_record(t, s.before || jsonb_build_object('id', s.record_id)) p
 WHERE NOT s.made
UNION ALL
SELECT {now}, coalesce((SELECT max(n.place) FROM net n WHERE n.record_id = t.id), 0), {last}
  FROM {table} t
"""


class Course(Former):
    """A catalog of states, laid out in temporary tables of one transaction."""

    def __init__(self, now: Catalog) -> None:
        super().__init__(now)
        self._states: dict[str, Table] = {}
        self._laid: set[str] = set()

    def rows(self, form: str) -> FromClause:
        if form in PEOPLE_TABLES:
            return PEOPLE_TABLES[form]
        if form not in self._states:
            kept = [Column(one.name, one.type) for one in self.table(form).c]
            more = [Column(name, BigInteger()) for name in (FROM, UNTIL)]
            self._states[form] = Table(f"course_{self.id(form)}", MetaData(), *kept, *more)
        return self._states[form]

    @staticmethod
    def place_before(moment: str) -> str:
        """SQL: the place in the log just before a moment; what was written at it came after."""
        last = f"SELECT s.place FROM {STEPS} s WHERE s.at < {moment} ORDER BY s.at DESC, s.place DESC LIMIT 1"
        return f"coalesce(({last}), 0)"

    @staticmethod
    def timed(sql: str) -> str:
        """The text of a statement over `moments`, with TODAY and NOW of each moment instead of the clock's."""
        return sql.replace("%(today)s", f"moment.{TODAY}").replace("%(now)s", f"moment.{NOW}")

    def states(self, form: str) -> str:
        """The name of the table of its states; it is there after `lay`."""
        self.rows(form)
        return f"course_{self.id(form)}"

    def moments(self, form: str, points: str) -> "CourseSource":
        """Records at the moments of `points`, a table of `rid, at` (a place), `was` (the place before), `today, now`.
        A record that was not there then is absent."""
        then, p = self.rows(form).alias("v"), _points(points)
        before = self.rows(form).alias("w")
        columns = [one.label(one.name) for one in then.c]
        columns += [before.c[one.name].label(f"{_OLD}{one.name}") for one in self.table(form).c]
        known = (p.c.at.label(AT), p.c.was.label(WAS), p.c.today.label(TODAY), p.c.now.label(NOW))
        joined = p.join(then, and_(then.c["id"] == p.c.rid, then.c[FROM] <= p.c.at, p.c.at < then.c[UNTIL])).outerjoin(
            before, and_(before.c["id"] == p.c.rid, before.c[FROM] <= p.c.was, p.c.was < before.c[UNTIL])
        )
        moment = select(*columns, *known).select_from(joined).subquery("moment")
        return CourseSource(moment, self.scope(form), self.rows)

    def begin(self, tx: Tx, since: dt.datetime) -> int:
        """The log from a moment on: places before it are 0. The number of the last change before it."""
        first = tx.value("SELECT min(id) FROM changes.transaction WHERE at >= %(since)s", {"since": since})
        tx.run(_STEPS, {"first": LAST if first is None else first})
        for columns in ("at, place", "place"):
            tx.run(f"CREATE INDEX ON {STEPS} ({columns})")
        tx.run(f"ANALYZE {STEPS}")
        before = "SELECT coalesce(max(c.id), 0) FROM changes.change c WHERE %(first)s::bigint IS NULL OR"
        return int(tx.value(f"{before} c.transaction_id < %(first)s", {"first": first}))

    def lay(self, tx: Tx) -> None:
        """The tables that were asked for are there until the transaction ends. First `begin`."""
        for form in [one for one in self._states if one not in self._laid]:
            name, own = self.states(form), [one.name for one in self.table(form).c]
            tx.run(_STATES.format(
                name=name, form_id=self.id(form), table=table_name(self._now, form), last=LAST,
                then=", ".join("s.record_id AS id" if one == "id" else f'p."{one}"' for one in own),
                now=", ".join(f't."{one}"' for one in own),
            ))  # fmt: skip
            tied_by = [field.key for field in self.form(form).fields if field.kind == "relation"]
            for one in ["id", *tied_by]:
                tx.run(f'CREATE INDEX ON {name} ("{one}", {FROM})')
            tx.run(f"ANALYZE {name}")
            self._laid.add(form)


def _points(name: str) -> Any:
    return table(name, *(column(one) for one in ("rid", "at", "was", "today", "now"))).alias("p")


def _then(of: FromClause, place: str) -> ColumnElement[bool]:
    """The state that a row was in at the moment of the record at hand."""
    at = literal_column(f"moment.{place}", BigInteger())
    return and_(of.c[FROM] <= at, at < of.c[UNTIL]) if FROM in of.c else true()


class CourseSource(TableSource):
    """Every related row as it was at the moment of its root."""

    place = AT

    def parent(self, key: str) -> TableSource:
        known = self._parents.get(key)
        if known is None:
            scope = self.scope.relation(key)
            if scope is None or isinstance(scope, PartsScope):
                return super().parent(key)
            of = self.resolve(scope.form).alias()
            known = self._parents[key] = type(self)(of, scope, self.resolve, root=self._root)
            self._root._joins.append((of, and_(of.c["id"] == self.field(key), _then(of, self.place))))
        return known

    def children(self, key: str) -> tuple[TableSource, ColumnElement[bool]]:
        child, tie = super().children(key)
        return type(self)(child.table, child.scope, self.resolve), and_(tie, _then(child.table, self.place))

    def rows(self, form: str) -> tuple[Source, ColumnElement[bool]]:
        source, live = super().rows(form)
        assert isinstance(source, TableSource)
        return type(self)(source.table, source.scope, self.resolve), and_(live, _then(source.table, self.place))

    def before(self) -> TableSource:
        return _Before(self.table, self.scope, self.resolve, root=self)


class _Before(CourseSource):
    """The same records before the change at hand, blank where there was none; what is related, as it is after it."""

    def field(self, key: str) -> Any:
        return self.table.c[key if key == "id" else f"{_OLD}{key}"]
