"""The same forms at another moment: as sealed in a batch, or as they were before the claimed changes.

Both are catalogs, so scopes, sources and the compiler need not know. Maintained fields whose values the log does not
keep are computed from their sources there. Definitions, people and calendar are today's.
"""

import contextlib
import datetime as dt
import itertools
from collections.abc import Generator
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, FromClause, Select, case, func, literal_column, select, type_coerce

from perennial.changes import as_of_clause, batch_at, claimed_changes
from perennial.forms.catalog import READING, Catalog, catalog
from perennial.forms.ddl import table_name
from perennial.forms.scope import PEOPLE_TABLES
from perennial.formula import TableSource
from perennial.kernel import Tx

_numbers = itertools.count(-(10**12), -1)  # no publication and no supposed catalog has such a version


class Former(Catalog):
    """The catalog of today over tables of then; nobody else has its version."""

    def __init__(self, now: Catalog) -> None:
        super().__init__(next(_numbers), (now.stored(form.key) for form in now.forms), now.decisions.values())
        self._now = now

    def maintained(self, form: str, key: str) -> bool:
        """The log keeps tracked ones; the others are computed from what there was."""
        return self.field(form, key).tracked and super().maintained(form, key)

    @property
    def now(self) -> Catalog:
        return self._now


class Past(Former):
    """The catalog with every table as of the end of a batch, or after one change."""

    def __init__(self, now: Catalog, batch: int, change: int | None = None) -> None:
        super().__init__(now)
        self.batch = batch
        self._change = change
        self._clauses: dict[str, FromClause] = {}

    def rows(self, form: str) -> FromClause:
        """What stands for the form's table; deleted_at is that of then, so filter by it."""
        if form in PEOPLE_TABLES:
            return PEOPLE_TABLES[form]
        if form not in self._clauses:
            columns: list[Column[Any]] = [Column(one.name, one.type) for one in self.table(form).c]
            name = table_name(self._now, form)
            clause = as_of_clause(name, self.id(form), columns, self.batch, change=self._change)
            self._clauses.setdefault(form, clause)  # of two requests at once one made it: a statement has one clause
        return self._clauses[form]

    def source(self, form: str) -> TableSource:
        return TableSource(self.rows(form).alias(), self.scope(form), self.rows)


@lru_cache(maxsize=16)
def _past(now: Catalog, batch: int, change: int | None) -> Past:
    return Past(now, batch, change)


def past(tx: Tx, at: dt.datetime | dt.date | int) -> Past:
    """The forms after the last batch sealed at or before a moment (or that belongs to a day or one before it), or
    after a change of that number."""
    if isinstance(at, int):
        return _past(catalog(tx), 0, at)
    return _past(catalog(tx), batch_at(tx, at), None)


@contextlib.contextmanager
def reading(tx: Tx, was: Past, now: dt.datetime) -> Generator[None]:
    """Inside, `catalog(tx)` is the past one and TODAY and NOW are those of then; nothing may be written."""
    before = tx.now, tx.today
    tx.memo[READING], tx.now, tx.today = was, now, now.date()
    try:
        yield
    finally:
        del tx.memo[READING]
        tx.now, tx.today = before


def previous(of: Catalog, form: str) -> TableSource:
    """The records of claimed changes (bind `transactions`), each as it was before the first of them.

    Records created by them are absent: they were nothing. Related records are read as they are now.
    """
    table, claimed, t, was = _claimed(of, form)
    rows = (
        select(*(type_coerce(was.c[one.name], one.type).label(one.name) for one in table.c))
        .select_from(claimed.join(t, t.c.id == claimed.c.record_id))
        .join(was.lateral(), literal_column("true"))
        .where(~claimed.c.created)
    )
    return TableSource(rows.subquery("previous"), of.scope(form), of.table)


def claimed(of: Catalog, form: str) -> "ClaimedSource":
    """The records of claimed changes as they are now; CHANGED and PREVIOUS know how they were, a created one blank."""
    table, net, t, was = _claimed(of, form)
    now = [t.c[one.name].label(one.name) for one in table.c]
    then = [
        case((~net.c.created, type_coerce(was.c[one.name], one.type))).label(f"{_WAS}{one.name}") for one in table.c
    ]
    rows = (
        select(*now, *then)
        .select_from(net.join(t, t.c.id == net.c.record_id))
        .join(was.lateral(), literal_column("true"))
        .subquery("claimed_rows")
    )
    return ClaimedSource(rows, of.scope(form), of.table)


_WAS = "was "  # no key holds a blank


def _claimed(of: Catalog, form: str) -> tuple[Any, Any, Any, Any]:
    table = of.table(form)
    net: Select[Any] = claimed_changes(of.id(form))
    claimed = net.subquery("claimed")
    names = [one.name for one in table.c]
    was = func.jsonb_populate_record(literal_column("t"), claimed.c.before).table_valued(*names).render_derived("was")
    return table, claimed, table.alias("t"), was


class ClaimedSource(TableSource):
    """Rows that also know how they were."""

    def before(self) -> TableSource:
        return _Before(self.table, self.scope, self.resolve, root=self)


class _Before(TableSource):
    def field(self, key: str) -> Any:
        return self.table.c[key if key == "id" else f"{_WAS}{key}"]
