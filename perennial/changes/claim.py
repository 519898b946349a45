"""Claim what was written, to react to it: once, by one worker, in the transaction that reacts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, BigInteger, Select, bindparam, column, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from perennial.kernel import Tx, statements

SQL = statements(__file__, "changes.sql")
ATTEMPTS = 5  # then a reaction is parked

CHANGE = table(
    "change",
    *(column(name) for name in ("id", "transaction_id", "form_id", "record_id", "op", "fields", "before", "after")),
    schema="changes",
)


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to one form: `op` is I, U, D, R or X; `fields` the union of what changed."""

    form_id: int
    op: str
    transactions: tuple[int, ...]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Claimed:
    """The reactions of whole transactions. Nobody else gets them unless this transaction rolls back."""

    events: tuple[Event, ...]

    @property
    def transactions(self) -> list[int]:
        return sorted({one for event in self.events for one in event.transactions})

    def of(self, form_id: int) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.form_id == form_id)


def claim(tx: Tx, limit: int = 500, skip: Sequence[int] = ()) -> Claimed | None:
    """Take up to `limit` of the oldest transactions with unhandled reactions; None when there is nothing to take.

    skip    transactions that failed a moment ago
    locks   those reaction rows, skipping what another worker holds; waits for nobody, so it may come first
    """
    rows = tx.rows(SQL["claim"], {"limit": limit, "skip": list(skip)})
    events = (
        Event(row["form_id"], row["op"], tuple(sorted(row["transactions"])), frozenset(row["fields"])) for row in rows
    )
    return Claimed(tuple(events)) if rows else None


def failed(tx: Tx, transactions: Sequence[int], error: str) -> None:
    """Count an attempt against these transactions' reactions, in a transaction of its own after the rollback."""
    tx.run(SQL["failed"], {"transactions": list(transactions), "error": error, "most": ATTEMPTS})


def unhandled_since(tx: Tx) -> dt.datetime | None:
    """The clock of the oldest write whose reaction is on its way. A parked one is not: nobody comes for it by itself,
    `doctor` alarms, and it must not hide what else is wrong."""
    return tx.value(SQL["unhandled_since"])


def claimed_changes(form_id: int) -> Select[tuple[object, ...]]:
    """One row per record that the claimed transactions (bind `transactions`, bigint[]) wrote in this form.

    columns  record_id; fields text[], all that changed; before jsonb, each field as it was before the first of them;
             created, deleted, restored: whether that happened; transaction_id and change_id, of the last
    """
    of = CHANGE
    wanted = bindparam("transactions", type_=ARRAY(BigInteger))
    named = func.unnest(of.c.fields).table_valued("name").render_derived(name="named")
    every = (
        select(func.array_agg(literal_column("name").distinct()))
        .select_from(
            func.jsonb_object_keys(literal_column("net.marks")).table_valued("name").render_derived(name="keys")
        )
        .scalar_subquery()
    )
    marks = select(func.jsonb_object_agg(named.c.name, True)).select_from(named).scalar_subquery()
    net = (
        select(
            of.c.record_id,
            func.changes.merged(aggregate_order_by(marks, of.c.id)).label("marks"),
            func.changes.merged(aggregate_order_by(of.c.before, of.c.id.desc()), type_=JSONB).label("before"),
            func.bool_or(of.c.op == "I").label("created"),
            func.bool_or(of.c.op == "D").label("deleted"),
            func.bool_or(of.c.op == "R").label("restored"),
            func.max(of.c.transaction_id).label("transaction_id"),
            func.max(of.c.id).label("change_id"),
        )
        .where(of.c.form_id == form_id, of.c.transaction_id == wanted.any_(), of.c.op != "X")
        .group_by(of.c.record_id)
        .subquery("net")
    )
    others = [one for one in net.c if one.key not in ("marks",)]
    return select(*others, func.coalesce(every, literal_column("'{}'::text[]")).label("fields")).select_from(net)
