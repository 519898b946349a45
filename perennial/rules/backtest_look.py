"""What a rule would have read: its formulas over many records and many moments of the past, a statement for all.

In:   tables of moments: `rid, at` (a place in the log, see forms.Course), `was` (the one before), `today, now`
Out:  temporary tables of the transaction; nothing is written that stays
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from perennial import forms, formula
from perennial.kernel import Query, Tx, render
from perennial.rules.common import held, holds
from perennial.rules.definition import Rule
from perennial.rules.selects import Wanted

_LAST = 2**63 - 1
_ACTIVE = "h.ended_at IS NULL"  # as `holding.held` asks for now


class Look:
    """The past from `since` on, in one transaction. `until` is the last moment that counts."""

    def __init__(self, tx: Tx, since: dt.datetime, until: dt.datetime) -> None:
        self.tx, self.since, self.until = tx, since, until
        self.now = forms.catalog(tx)
        self.course = forms.Course(self.now)
        self.base = self.course.begin(tx, since)  # the place before everything that is read

    def keep(self, name: str, sql: str, params: Mapping[str, Any] | None = None) -> int:
        """A temporary table of that name holds what the statement finds, and nothing of before; how many rows."""
        self.tx.run(f"DROP TABLE IF EXISTS {name}")
        every = {"since": self.since, "until": self.until, "zone": self.tx.zone.key, **(params or {})}
        found = self.tx.run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {sql}", every)
        self.tx.run(f"ANALYZE {name}")
        return found

    def states(self, form: str) -> str:
        """The name of the table of this form's states."""
        name = self.course.states(form)
        self.course.lay(self.tx)
        return name

    def place_before(self, moment: str) -> str:
        return self.course.place_before(moment)

    def read(self, form: str, columns: Mapping[str, Wanted], points: str, where: str = "") -> Query:
        """The select of these columns for the records of `points` that were there then: `rid, at, now, today` beside
        them. `where`: a condition; only where it held."""
        scope, source = self.course.scope(form), self.course.moments(form, points)
        made = [_compiled(one, scope, source).label(name) for name, one in columns.items()]
        moment = source.table.c
        known = (source.field("id").label("rid"), moment.course_at.label("at"), moment.course_now.label("now"),
                 moment.course_today.label("today"))  # fmt: skip
        live: list[sa.ColumnElement[bool]] = [source.field("deleted_at").is_(None)]
        if where:
            live.append(formula.compile_condition(formula.check(where, scope, "yes_no"), source))
        made_of = render(sa.select(*known, *made).select_from(source.from_).where(*live))
        self.course.lay(self.tx)
        return Query(self.course.timed(made_of.text), made_of.params)

    def held(self, rule: Rule, r: str = "r") -> str:
        """SQL: a hold was active at the moment of this row, which has `hold_…` columns as `common.holds` gives."""
        then = f"h.since < {r}.now AND coalesce(h.ended_at, 'infinity') > {r}.now"
        return held(self.tx, rule, r).replace(_ACTIVE, then)

    def freed(self, rule: Rule, kept: str) -> None:
        """`bt_free`: rid, began, at, now: the first moment at which no hold kept a record any more, for each row of
        `kept`, a select of `rid, now`. A hold had ended, or the record belonged elsewhere."""
        moved = "SELECT NULL::bigint AS at, NULL::timestamptz AS now WHERE false"
        if rule.hold_by:
            self.hits("bt_hold_hits", rule.form, rule.hold_by)
            moved = "SELECT p.at, p.now FROM bt_hold_hits p WHERE p.rid = k.rid AND p.now > k.now"
        self.keep(
            "bt_try",
            "SELECT k.rid, k.now AS began, x.at, x.at AS was, x.now, (x.now AT TIME ZONE %(zone)s)::date AS today"
            f" FROM (SELECT DISTINCT w.rid, w.now FROM ({kept}) w) k CROSS JOIN LATERAL ("
            f" SELECT {self.place_before('h.ended_at')} AS at, h.ended_at AS now FROM processes.hold h"
            f"  WHERE h.ended_at > k.now AND h.ended_at <= %(until)s UNION {moved}) x",
        )
        query = self.read(rule.form, holds(rule), "bt_try")
        self.keep(
            "bt_free",
            "SELECT DISTINCT ON (t.rid, t.began) t.rid, t.began, t.at, t.was, t.now, t.today FROM bt_try t"
            f" JOIN ({query.text}) r ON r.rid = t.rid AND r.at = t.at AND r.now = t.now WHERE NOT ({self.held(rule)})"
            " ORDER BY t.rid, t.began, t.now, t.at",
            query.params,
        )

    # -- moments

    def always(self, form: str, moment: dt.datetime) -> str:
        """The select of every record at one moment, as a table of moments."""
        place = self.place_before(f"'{moment.isoformat()}'::timestamptz")
        name = self.states(form)
        return (
            f"SELECT s.id AS rid, x.place AS at, x.place AS was, '{moment.date()}'::date AS today,"
            f" '{moment.isoformat()}'::timestamptz AS now FROM (SELECT {place} AS place OFFSET 0) x"
            f" JOIN {name} s ON s.course_from <= x.place AND x.place < s.course_until"
        )

    def hits(self, name: str, form: str, paths: Iterable[str]) -> int:
        """A table of moments: each transaction that wrote what these paths read from a record, or made, removed or
        brought back the record. `own`: the record itself changed; `restored`: it, or what is
        read, came back."""
        parts = [self._own(form, fields) for fields in [self._fields(form, paths).pop((), set())]]
        for way, fields in self._fields(form, paths).items():
            if way:
                parts.append(self._along(form, way, fields))
        return self.keep(
            name,
            "SELECT y.rid, y.at, y.at - 1 AS was, s.day AS today, s.at AS now, y.own, y.restored, s.reason"
            " FROM (SELECT x.rid, x.at, bool_or(x.own) AS own, bool_or(x.restored) AS restored"
            f" FROM ({' UNION ALL '.join(parts)}) x GROUP BY x.rid, x.at) y JOIN course_steps s ON s.place = y.at"
            " WHERE s.at <= %(until)s",
        )

    def _fields(self, form: str, paths: Iterable[str]) -> dict[tuple[str, ...], set[str]]:
        """The way from a record to a form, and the fields of it that are read."""
        found: dict[tuple[str, ...], set[str]] = {(): set()}
        for path in paths:
            parts = path.split(".")
            if parts[0].startswith("!"):
                continue  # a whole form: no change of it is one of this record
            here = form
            for at, (owner, field) in enumerate(self.now.steps(form, path)):
                child = here in self.now and self.now.collections(here).get(parts[at]) == (owner, field)
                found.setdefault(tuple(parts[: at + 1 if child else at]), set()).add(field)
                known = None if child else self.now.form(owner).field(field)
                here = owner if child else known.to or known.kind if known else owner
        return found

    def _written(self, form: str, fields: set[str], record: str) -> str:
        """SQL: the log's rows of this form that wrote these fields, as `place` and `op`."""
        listed = ", ".join(f"'{one}'" for one in sorted(fields))
        test = f"c.op <> 'U' OR c.fields && ARRAY[{listed}]::text[]"
        return (
            f"SELECT s.place, c.op, c.record_id FROM changes.change c JOIN course_steps s ON s.id = c.transaction_id"
            f" WHERE c.form_id = {self.now.id(form)} AND ({test}){record}"
        )

    def _own(self, form: str, fields: set[str]) -> str:
        written = self._written(form, fields, "")
        return f"SELECT w.record_id AS rid, w.place AS at, true AS own, w.op = 'R' AS restored FROM ({written}) w"

    def _along(self, form: str, way: tuple[str, ...], fields: set[str]) -> str:
        """Records from which `way` led to the written row at any moment since."""
        at, alias, joins = form, "a0", f"{self.states(form)} a0"
        for n, key in enumerate(way, 1):
            child = self.now.collections(at).get(key)
            field = None if child else self.now.form(at).field(key)
            at = child[0] if child else (field.to or field.kind) if field else at
            if at not in self.now:
                return "SELECT 0::bigint AS rid, 0::bigint AS at, false AS own, false AS restored WHERE false"
            table, here = self.states(at), f"a{n}"
            if child:
                many = self.now.field(child[0], child[1]).kind == "relations"
                back = f'{here}."{child[1]}"'
                joins += f" JOIN {table} {here} ON " + (f"{alias}.id = ANY({back})" if many else f"{back} = {alias}.id")
            else:
                many = field is not None and field.kind == "relations"
                to = f'{alias}."{key}"'
                joins += f" JOIN {table} {here} ON " + (f"{here}.id = ANY({to})" if many else f"{here}.id = {to}")
            alias = here
        written = self._written(at, fields, "")
        return (
            f"SELECT l.rid, w.place AS at, false AS own, w.op = 'R' AS restored FROM ({written}) w"
            f" JOIN (SELECT DISTINCT a0.id AS rid, {alias}.id AS oid FROM {joins}) l ON l.oid = w.record_id"
        )


def _compiled(one: Wanted, scope: formula.Scope, source: formula.Source) -> sa.ColumnElement[Any]:
    typed = formula.check(one.text, scope, one.kind)  # type: ignore[arg-type]
    if one.kind == "yes_no":
        return formula.compile_condition(typed, source).is_(sa.true())
    return formula.compile(typed, source)
