"""Undo of an import: rows that nobody touched since are removed or restored, touched ones are kept and listed.

The change log is the memory: what the import's transaction created goes to the bin, what it changed gets its values
before. A record counts as touched when a later change names it, or when a record that stays points at it.
"""

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from perennial import access, forms
from perennial.forms import KINDS, Catalog
from perennial.kernel import SYSTEM, Reason, Tx
from perennial.records.imports.stage import lock
from perennial.records.imports.values import temporary
from perennial.records.sets import update_set


def undo(tx: Tx, import_id: int) -> dict[str, Any]:
    """What was removed and restored per form, and what was kept because somebody touched it.

    returns  {"targets": [{form, label, removed, restored}], "kept": [{form, id, label, why}], "kept_count"}
    """
    row = lock(tx, import_id, ("done",))
    catalog = forms.catalog(tx)
    told: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    count = 0
    with tx.because(Reason("undo", {"of": import_id, "import": import_id, "file": row["file_name"]})):
        touched = temporary(
            tx, "imp_u", sa.Column("form_id", sa.Integer), sa.Column("id", sa.BigInteger), sa.Column("op", sa.Text),
            sa.Column("why", sa.Text), sa.Column("before", JSONB),
        )  # fmt: skip
        _collect(tx, row["transaction_id"])
        ids = [one["form_id"] for one in tx.rows("SELECT DISTINCT form_id FROM imp_u ORDER BY form_id")]
        known = [form.key for i in ids if (form := catalog.by_id(i)) is not None]
        _lock(tx, known)
        _touched(tx, catalog, known, row["transaction_id"])
        _pointed_at(tx, catalog, known)
        for form in _children_first(catalog, known):
            removed = _remove(tx, catalog, form)
            restored = _restore(tx, catalog, form, touched)
            label = catalog.form(form).label
            told.append({"form": form, "label": label, "removed": removed, "restored": restored})
            found = _kept(tx, catalog, form)
            count += len(found)
            kept += found[:200]
    result = {"targets": told, "kept": kept[:500], "kept_count": count}
    tx.run(
        "UPDATE imports.import SET state = 'undone', undone = %(told)s::jsonb WHERE id = %(id)s",
        {"id": import_id, "told": json.dumps(result, ensure_ascii=False)},
    )
    return result


def _collect(tx: Tx, transaction: int | None) -> None:
    """imp_u: what the import did to each record."""
    tx.run(
        "INSERT INTO imp_u (form_id, id, op, before)"
        " SELECT form_id, record_id, CASE WHEN bool_or(op = 'I') THEN 'I' ELSE 'U' END,"
        " changes.merged(before ORDER BY id DESC) FROM changes.change WHERE transaction_id = %(transaction)s"
        " GROUP BY form_id, record_id",
        {"transaction": transaction},
    )
    tx.run("ANALYZE imp_u")


def _lock(tx: Tx, known: list[str]) -> None:
    """Records in id order, form by form, before anything is read of them."""
    catalog = forms.catalog(tx)
    for form in known:
        rows = access.readable(tx, form, actor=SYSTEM, deleted=None)
        mine = (
            sa.text("SELECT id FROM imp_u WHERE form_id = :form")
            .bindparams(form=catalog.id(form))
            .columns(id=sa.BigInteger)
        )
        id_ = rows.target.c.id
        locked = sa.select(id_).where(id_.in_(mine.subquery().select())).order_by(id_).with_for_update(key_share=True)
        tx.value(sa.select(sa.func.count()).select_from(locked.subquery("locked")))


def _touched(tx: Tx, catalog: Catalog, known: list[str], transaction: int | None) -> None:
    """A later change of a field that people may write; computed fields follow others and do not count."""
    for form in known:
        keys = [field.key for field in catalog.form(form).fields if field.kind != "formula"]
        tx.run(
            "UPDATE imp_u u SET why = CASE WHEN c.op = 'D' THEN 'deleted' ELSE 'changed' END"
            " FROM (SELECT DISTINCT ON (c.record_id) c.record_id, c.op FROM changes.change c"
            " JOIN imp_u u ON u.id = c.record_id AND u.form_id = c.form_id WHERE c.form_id = %(form)s"
            " AND c.transaction_id <> %(transaction)s AND (c.op <> 'U' OR c.fields && %(keys)s::text[]) AND c.id >"
            " (SELECT min(id) FROM changes.change WHERE transaction_id = %(transaction)s)"
            " ORDER BY c.record_id, c.id DESC) c WHERE u.form_id = %(form)s AND u.id = c.record_id",
            {"form": catalog.id(form), "transaction": transaction, "keys": keys},
        )


def _pointed_at(tx: Tx, catalog: Catalog, known: list[str]) -> None:
    """A created record stays while a live record points at it that stays itself."""
    for _ in range(len(known) + 1):
        moved = 0
        for form in known:
            for child, key in catalog.collections(form).values():
                rows = access.readable(tx, child, actor=SYSTEM)
                id_, back = rows.source.field("id"), rows.source.field(key)
                live = (
                    sa.select(id_.label("id"), back.label("back")).select_from(rows.from_).where(rows.where).subquery()
                )
                u, c = sa.table("imp_u", *_columns()), sa.table("imp_u", *_columns()).alias("c")
                going = sa.exists().where(
                    c.c.form_id == catalog.id(child), c.c.id == live.c.id, c.c.op == "I", c.c.why.is_(None)
                )
                stays = sa.exists().where(live.c.back == u.c.id, ~going)
                change = sa.update(u).values(why="used").where(
                    u.c.form_id == catalog.id(form), u.c.op == "I", u.c.why.is_(None), stays
                )  # fmt: skip
                moved += tx.run(change)
        if not moved:
            return


def _columns() -> list[sa.ColumnClause[Any]]:
    return [sa.column("form_id", sa.Integer()), sa.column("id", sa.BigInteger()), sa.column("op", sa.Text()),
            sa.column("why", sa.Text()), sa.column("before", JSONB())]  # fmt: skip


def _children_first(catalog: Catalog, known: list[str]) -> list[str]:
    """A form before those that it points at."""
    order: list[str] = []

    def visit(form: str) -> None:
        if form in order:
            return
        order.append(form)

    def depth(form: str, seen: frozenset[str] = frozenset()) -> int:
        points = [
            f.to for f in catalog.form(form).fields if f.kind == "relation" and f.to in known and f.to not in seen
        ]
        return 1 + max((depth(to or "", seen | {form}) for to in points if to != form), default=0)

    for form in sorted(known, key=lambda one: (-depth(one), one)):
        visit(form)
    return order


def _mine(catalog: Catalog, form: str, op: str) -> "sa.Select[Any]":
    u = sa.table("imp_u", *_columns())
    return sa.select(u.c.id).where(u.c.form_id == catalog.id(form), u.c.op == op, u.c.why.is_(None))


def _remove(tx: Tx, catalog: Catalog, form: str) -> int:
    rows = access.readable(tx, form, actor=SYSTEM)
    table = rows.target
    gone = sa.update(table).values(deleted_at=sa.cast(sa.bindparam("now"), sa.DateTime(timezone=True)))
    gone = gone.where(table.c.deleted_at.is_(None), table.c.id.in_(_mine(catalog, form, "I"))).returning(table.c.id)
    ids = tx.value(sa.select(sa.func.array_agg(gone.cte("gone").c.id))) or []
    if ids:
        forms.recompute(tx, form, ids, None)
    return len(ids)


def _restore(tx: Tx, catalog: Catalog, form: str, u: sa.Table) -> int:
    """Changed records get the values that the change log kept; a field that the import did not change stays."""
    mine = _mine(catalog, form, "U").subquery()
    if not tx.value(sa.select(sa.exists().where(mine.c.id.is_not(None)))):
        return 0
    keys = [f.key for f in catalog.form(form).fields if f.kind != "formula"]
    rows = access.readable(tx, form, actor=SYSTEM)
    now = rows.select(*keys).subquery("now")
    columns: list[Any] = []
    for key in keys:
        kind = KINDS[catalog.field(form, key).kind]
        old: Any = sa.cast(u.c.before.op("->>", return_type=sa.Text())(key), kind.type())
        if kind.value == "texts":
            part = sa.func.jsonb_array_elements_text(u.c.before.op("->", return_type=JSONB())(key)).column_valued(
                "part"
            )
            old = sa.select(sa.func.array_agg(part)).scalar_subquery()
            old = sa.case((sa.func.jsonb_typeof(u.c.before.op("->", return_type=JSONB())(key)) == "array", old))
            old = sa.cast(old, ARRAY(sa.Text()))
        columns.append(sa.case((u.c.before.op("?", return_type=sa.Boolean())(key), old), else_=now.c[key]).label(key))
    given = sa.select(u.c.id, *columns).select_from(u.join(now, now.c.id == u.c.id))
    given = given.where(u.c.form_id == catalog.id(form), u.c.op == "U", u.c.why.is_(None))
    selected: Any = given
    return update_set(tx, form, selected).count


def _kept(tx: Tx, catalog: Catalog, form: str) -> list[dict[str, Any]]:
    """What stays, as this person may see it."""
    found = tx.rows(
        "SELECT id, why FROM imp_u WHERE form_id = %(form)s AND why <> 'deleted' ORDER BY id",
        {"form": catalog.id(form)},
    )
    if not found:
        return []
    rows = access.readable(tx, form)
    label = rows.label().label("label")
    shown = sa.select(rows.source.field("id").label("id"), label).select_from(rows.from_)
    ids = sa.cast([one["id"] for one in found], ARRAY(sa.BigInteger()))
    labels = {
        one["id"]: one["label"] for one in tx.rows(shown.where(rows.where, rows.source.field("id") == sa.any_(ids)))
    }
    return [{"form": form, "id": one["id"], "label": labels.get(one["id"]), "why": one["why"]} for one in found]
