"""Take back what one transaction did: created records go to the bin, changed ones get their values before, deleted ones
come back. What somebody touched since stays, and is told.

In:   the number of a writing transaction (`changes.transaction`), and its log as the memory
Out:  an ordinary write with the reason "undo", in sets, form by form, children before parents
A record counts as touched when a field that people write is another now than it was then, or when a live record
that stays points at it; of a merge each field counts for itself. An undo is a transaction like any other: undoing it
does again what was taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from perennial import access, changes, forms
from perennial.forms import Catalog
from perennial.kernel import SYSTEM, Missing, Reason, Tx
from perennial.records.followed import follow_back
from perennial.records.sets import delete_set, restore_set, update_set

TOLD = 500  # kept records that are listed; all are counted


@dataclass(slots=True)
class Undone:
    """`targets`: per form what was removed, restored and brought back; `kept`: form, id, label and why, as far as the
    person may see them. why: changed, deleted, used, no_right."""

    targets: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    kept: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    kept_count: int = 0
    transaction: int | None = None  # of the undo itself: undoing that does it again

    def as_json(self) -> dict[str, Any]:
        return {
            "targets": self.targets, "kept": self.kept, "kept_count": self.kept_count, "transaction": self.transaction,
        }  # fmt: skip


def undo(tx: Tx, transaction: int, *, reason: Reason | None = None, trusted: bool = False) -> Undone:
    """Take back a transaction.

    trusted  the caller has checked the right; else the person undoes their own act, or may write the records
    errors   Missing when there is no such transaction, or the person neither made it nor may write a record of it
    """
    known = tx.one("SELECT actor, reason FROM changes.transaction WHERE id = %(id)s", {"id": transaction})
    if known is None:
        raise Missing("records.no_such_change")
    own = trusted or (known["actor"].get("kind"), known["actor"].get("id")) == (tx.actor.kind, tx.actor.id)
    merged = (known["reason"] or {}).get("kind") == "merge"  # two records are two again, whatever else was written
    catalog = forms.catalog(tx)
    found = Undone()
    with tx.because(reason or Reason("undo", {"of": transaction})):
        here = _collect(tx, catalog, transaction)
        _lock(tx, here)
        for form in here:
            _touched(tx, catalog, form, transaction, by_field=merged)
            if not trusted:
                _no_right(tx, catalog, form, own=own)
        _pointed_at(tx, catalog, here)
        for form in reversed(_children_first(catalog, here)):
            _orphaned(tx, catalog, form)
        if not own and not tx.value("SELECT EXISTS (SELECT FROM undo_u WHERE why IS NULL)"):
            raise Missing("records.no_such_change")
        order = _children_first(catalog, here)
        for form in order:
            found.targets.append({"form": form, "label": catalog.form(form).label, **_take_back(tx, catalog, form)})
        for form in order:
            kept = _kept(tx, catalog, form)
            found.kept_count += kept.count
            found.kept += kept.rows
        for form in reversed(order):  # parents first: a child's relation needs its parent back
            back = restore_set(tx, form, _mine(catalog, form, "D"))
            _told(found, form)["returned"] = back.count
        found.transaction = changes.written(tx)
    if found.transaction is not None:
        follow_back(tx, transaction, found.transaction)
    found.kept = found.kept[:TOLD]
    tx.run("DROP TABLE undo_u")
    return found


def _told(found: Undone, form: str) -> dict[str, Any]:
    return next(one for one in found.targets if one["form"] == form)


def _collect(tx: Tx, catalog: Catalog, transaction: int) -> list[str]:
    """undo_u: the net of what the transaction did to each record, I, U or D; the forms of them that still stand."""
    tx.run(
        "CREATE TEMP TABLE undo_u (form_id int, id bigint, op text, why text, before jsonb, PRIMARY KEY (form_id, id))"
        " ON COMMIT DROP"
    )
    tx.run(
        "INSERT INTO undo_u (form_id, id, op, before)"
        " SELECT form_id, record_id, CASE WHEN bool_or(op = 'I') THEN 'I'"
        "   WHEN (array_agg(op ORDER BY id DESC) FILTER (WHERE op IN ('D', 'R')))[1] = 'D' THEN 'D'"
        "   WHEN (array_agg(op ORDER BY id DESC) FILTER (WHERE op IN ('D', 'R')))[1] = 'R' THEN 'R' ELSE 'U' END,"
        "   changes.merged(before ORDER BY id DESC) FILTER (WHERE op = 'U') FROM changes.change"
        "  WHERE transaction_id = %(transaction)s AND op <> 'X' GROUP BY form_id, record_id",
        {"transaction": transaction},
    )
    tx.run("ANALYZE undo_u")
    ids = [one["form_id"] for one in tx.rows("SELECT DISTINCT form_id FROM undo_u ORDER BY form_id")]
    return [form.key for i in ids if (form := catalog.by_id(i)) is not None]


def _u() -> sa.TableClause:
    return sa.table(
        "undo_u", sa.column("form_id", sa.Integer()), sa.column("id", sa.BigInteger()), sa.column("op", sa.Text()),
        sa.column("why", sa.Text()), sa.column("before", JSONB()),
    )  # fmt: skip


def _lock(tx: Tx, here: Sequence[str]) -> None:
    """Records in id order, form by form, before anything is read of them."""
    catalog = forms.catalog(tx)
    for form in here:
        rows = access.readable(tx, form, actor=SYSTEM, deleted=None)
        id_, u = rows.target.c.id, _u()
        mine = sa.select(u.c.id).where(u.c.form_id == catalog.id(form))
        locked = sa.select(id_).where(id_.in_(mine)).order_by(id_).with_for_update(key_share=True)
        tx.value(sa.select(sa.func.count()).select_from(locked.subquery("locked")))


def _touched(tx: Tx, catalog: Catalog, form: str, transaction: int, *, by_field: bool) -> None:
    """What people wrote is another now than it was after the transaction; computed fields follow others and do not
    count, nor does what was taken back since. `by_field`: the other fields of such a record are put back."""
    keys = [one.key for one in catalog.form(form).fields if one.kind != "formula"]
    tx.run(
        _TOUCHED, {"form": catalog.id(form), "transaction": transaction, "keys": keys, "by_field": by_field}
    )  # fmt: skip


# The first change since knows what was before it, the last one what is now.
_TOUCHED = """
WITH later AS MATERIALIZED (
    SELECT c.id, c.record_id, c.op, c.fields, c.before, c.after
      FROM changes.change c JOIN undo_u u ON u.id = c.record_id AND u.form_id = c.form_id
     WHERE c.form_id = %(form)s AND c.transaction_id <> %(transaction)s
       AND c.id > (SELECT min(id) FROM changes.change WHERE transaction_id = %(transaction)s)
), place AS (
    SELECT record_id, (array_agg(op ORDER BY id DESC))[1] AS last FROM later WHERE op <> 'U' GROUP BY record_id
    HAVING bool_or(op = 'X') OR (array_agg(op ORDER BY id))[1] = (array_agg(op ORDER BY id DESC))[1]
), field AS (
    SELECT record_id, key FROM later, unnest(fields) AS key WHERE op = 'U' AND key = ANY (%(keys)s)
     GROUP BY record_id, key
    HAVING (array_agg(before -> key ORDER BY id))[1] IS DISTINCT FROM (array_agg(after -> key ORDER BY id DESC))[1]
), touched AS (
    SELECT record_id, max(last) AS last, coalesce(array_agg(key) FILTER (WHERE key IS NOT NULL), '{}') AS keys
      FROM (SELECT record_id, last, NULL AS key FROM place UNION ALL SELECT record_id, NULL, key FROM field) x
     GROUP BY record_id
)
UPDATE undo_u u SET before = CASE WHEN %(by_field)s AND u.op = 'U' THEN u.before - t.keys ELSE u.before END,
       why = CASE WHEN t.last = 'D' THEN 'deleted'
                  WHEN t.last IS NULL AND %(by_field)s AND u.op = 'U' AND (u.before - t.keys) ?| %(keys)s THEN NULL
                  ELSE 'changed' END
  FROM touched t WHERE u.form_id = %(form)s AND u.id = t.record_id
"""


def _no_right(tx: Tx, catalog: Catalog, form: str, *, own: bool) -> None:
    """What the person may not write stays. What they created or deleted themselves they may take back."""
    u = _u()
    here = u.c.form_id == catalog.id(form)
    names = sa.func.jsonb_object_keys(u.c.before).table_valued("key").render_derived(name="names")
    changed = sa.select(sa.func.array_agg(names.c.key.distinct())).select_from(u, names)
    keys: list[str] = tx.value(changed.where(here)) or []
    known = [key for key in keys if (one := catalog.form(form).field(key)) and one.kind != "formula"]
    if known or not own:
        allowed = _allowed(tx, form, "update", known)
        tx.run(_refused(u, here, u.c.op == "U", u.c.id.not_in(allowed)))
    if not own:
        tx.run(_refused(u, here, u.c.op != "U", u.c.id.not_in(_allowed(tx, form, "delete", ()))))


def _refused(u: sa.TableClause, *where: "sa.ColumnElement[bool]") -> sa.Update:
    return sa.update(u).values(why="no_right").where(u.c.why.is_(None), *where)


def _allowed(tx: Tx, form: str, right: str, keys: Sequence[str]) -> "sa.Select[Any]":
    if not access.may(tx, right, form):
        return sa.select(sa.cast(sa.null(), sa.BigInteger())).where(sa.false())
    rows = access.writable(tx, form, right=right)
    chosen = sa.select(rows.source.field("id")).where(rows.where, *([rows.may_write(*keys)] if keys else []))
    return chosen.select_from(rows.from_)


def _pointed_at(tx: Tx, catalog: Catalog, here: Sequence[str]) -> None:
    """A created record stays while a live record points at it that stays itself."""
    for _ in range(len(here) + 1):
        moved = 0
        for form in here:
            for child, key in catalog.collections(form).values():
                rows = access.readable(tx, child, actor=SYSTEM)
                id_, back = rows.source.field("id"), rows.source.field(key)
                live = (
                    sa.select(id_.label("id"), back.label("back")).select_from(rows.from_).where(rows.where).subquery()
                )
                u, c = _u(), _u().alias("c")
                going = sa.exists().where(
                    c.c.form_id == catalog.id(child), c.c.id == live.c.id, c.c.op.in_(["I", "R"]), c.c.why.is_(None)
                )
                # a child that gets its relation before back points elsewhere afterwards
                leaving = sa.exists().where(
                    c.c.form_id == catalog.id(child), c.c.id == live.c.id, c.c.op == "U", c.c.why.is_(None),
                    c.c.before.op("?", return_type=sa.Boolean())(key),
                )  # fmt: skip
                many = catalog.field(child, key).kind == "relations"
                points = u.c.id == sa.any_(live.c.back) if many else live.c.back == u.c.id
                stays = sa.exists().where(points, ~going, ~leaving)
                moved += tx.run(
                    sa.update(u)
                    .values(why="used")
                    .where(u.c.form_id == catalog.id(form), u.c.op.in_(["I", "R"]), u.c.why.is_(None), stays)
                )
        if not moved:
            return


def _orphaned(tx: Tx, catalog: Catalog, form: str) -> None:
    """A deleted record stays so while what it must refer to is deleted and does not come back itself."""
    rows, u, back = access.everything(tx, form, deleted=None), _u(), _u().alias("back")
    own = rows.target.alias("own")
    for one in catalog.form(form).fields:
        if one.kind != "relation" or not one.required or one.to is None:
            continue
        parent = access.everything(tx, one.to, deleted=None).target.alias("parent")
        coming = sa.exists().where(
            back.c.form_id == catalog.id(one.to), back.c.id == parent.c.id, back.c.op == "D", back.c.why.is_(None)
        )
        gone = sa.exists().where(
            own.c.id == u.c.id, parent.c.id == own.c[one.key], parent.c.deleted_at.is_not(None), ~coming
        )
        tx.run(
            sa.update(u)
            .values(why="deleted")
            .where(u.c.form_id == catalog.id(form), u.c.op == "D", u.c.why.is_(None), gone)
        )


def _children_first(catalog: Catalog, here: Sequence[str]) -> list[str]:
    """A form before those that it points at."""

    def depth(form: str, seen: frozenset[str] = frozenset()) -> int:
        points = [
            one.to
            for one in catalog.form(form).fields
            if one.kind == "relation" and one.to in here and one.to != form and one.to not in seen
        ]
        return 1 + max((depth(to or "", seen | {form}) for to in points), default=0)

    return sorted(here, key=lambda form: (-depth(form), form))


def _mine(catalog: Catalog, form: str, *ops: str) -> "sa.Select[Any]":
    u = _u()
    return sa.select(u.c.id).where(u.c.form_id == catalog.id(form), u.c.op.in_(ops), u.c.why.is_(None))


def _take_back(tx: Tx, catalog: Catalog, form: str) -> dict[str, int]:
    restored = _restore(tx, catalog, form)
    removed = delete_set(tx, form, _mine(catalog, form, "I", "R")).count
    return {"removed": removed, "restored": restored, "returned": 0}


def _restore(tx: Tx, catalog: Catalog, form: str) -> int:
    """Changed records get the values that the change log kept; a field that the transaction did not change stays."""
    mine = _mine(catalog, form, "U").subquery()
    if not tx.value(sa.select(sa.exists().where(mine.c.id.is_not(None)))):
        return 0
    keys = [one.key for one in catalog.form(form).fields if one.kind != "formula"]
    u, now = _u(), access.everything(tx, form).target.alias("r")
    # the row as it is, with the values before on top: PostgreSQL reads back what its triggers wrote, whatever the kind
    types = {column.name: column.type for column in now.c}
    before = sa.func.jsonb_populate_record(sa.literal_column("r"), u.c.before).table_valued(
        *(sa.column(key, types[key]) for key in keys), name="b"
    )
    given = (
        sa.select(u.c.id, *(before.c[key] for key in keys))
        .select_from(u.join(now, now.c.id == u.c.id).join(before.lateral(), sa.true()))
        .where(u.c.form_id == catalog.id(form), u.c.op == "U", u.c.why.is_(None))
    )
    selected: Any = given
    return update_set(tx, form, selected).count


@dataclass(frozen=True, slots=True)
class _Kept:
    count: int
    rows: list[dict[str, Any]]


def _kept(tx: Tx, catalog: Catalog, form: str) -> _Kept:
    """What stays, as this person may see it."""
    u = _u()
    here = sa.and_(u.c.form_id == catalog.id(form), u.c.why.is_not(None), u.c.why != "deleted")
    count = int(tx.value(sa.select(sa.func.count()).select_from(u).where(here)) or 0)
    if not count:
        return _Kept(0, [])
    rows = access.readable(tx, form)
    shown = sa.select(u.c.id, u.c.why, rows.label().label("label")).where(
        here, rows.where, rows.source.field("id") == u.c.id
    )
    found = tx.rows(shown.select_from(rows.from_, u).order_by(u.c.id).limit(TOLD))
    return _Kept(count, [{"form": form, **row} for row in found])
