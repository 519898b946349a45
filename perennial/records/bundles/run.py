"""Fill in the matched files: one set write per field, in one transaction that one undo takes back."""

import json
from collections import defaultdict
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from perennial import access, changes, files, forms
from perennial.files import File
from perennial.kernel import Conflict, Denied, Invalid, Reason, Row, Tx
from perennial.records.bundles.match import own
from perennial.records.sets import update_set
from perennial.records.undo import Undone
from perennial.records.undo import undo as take_back

_DATES = ("from", "until")


def run(tx: Tx, bundle_id: int) -> int:
    """How many files reached their records. Those that are not matched, refused or left out stay behind.

    errors  Conflict bundles.state when it was run already, bundles.too_old when a day has passed · Invalid
            bundles.nothing · Denied bundles.no_right when a record or field may not be changed; nothing is written then
    """
    row = own(tx, bundle_id, " FOR UPDATE")
    if row["state"] != "ready":
        raise Conflict("bundles.state")
    items = tx.rows(
        "SELECT n, file_id, field, from_on, until_on, record_id FROM bundles.item WHERE bundle_id = %(id)s"
        " AND state = 'matched' AND NOT skip ORDER BY until_on NULLS LAST, n",
        {"id": bundle_id},
    )
    if not items:
        raise Invalid("bundles.nothing")
    known = files.known(tx, [item["file_id"] for item in items])
    if len(known) < len({item["file_id"] for item in items}):
        raise Conflict("bundles.too_old")
    by_field: dict[str, list[Row]] = defaultdict(list)
    for item in items:
        by_field[item["field"]].append(item)
    with tx.because(Reason("user", {"file": row["file_name"]})):
        for field, mine in by_field.items():
            _fill(tx, row["form"], field, mine, known)
        written = changes.written(tx)
    files.keep(tx, list(known))
    tx.run(
        "UPDATE bundles.bundle SET state = 'done', filled = %(filled)s, transaction_id = %(transaction)s,"
        " finished_at = %(now)s WHERE id = %(id)s",
        {"id": bundle_id, "filled": len(items), "transaction": written},
    )
    return len(items)


def _fill(tx: Tx, form: str, field: str, items: list[Row], known: dict[int, File]) -> None:
    ids = sorted({item["record_id"] for item in items})
    rows = access.writable(tx, form)
    among = rows.source.field("id").in_(sa.select(sa.func.unnest(sa.cast(ids, sa.ARRAY(sa.BigInteger())))))
    value, where = rows.source.field(field), sa.and_(rows.where, rows.may_write(field), among)
    # nobody else changes them until we are done, so what stands there is what we add to
    target = rows.target
    tx.rows(sa.select(target.c.id).where(target.c.id.in_(ids)).order_by(target.c.id).with_for_update(key_share=True))
    found = sa.select(rows.source.field("id").label("id"), value.label("value")).select_from(rows.from_).where(where)
    now = {row["id"]: row["value"] for row in tx.rows(found)}
    if len(now) < len(ids):
        raise Denied("bundles.no_right", count=len(ids) - len(now))
    certificate = forms.catalog(tx).field(form, field).kind == "certificate"
    for item in items:
        add = _certified if certificate else _attached
        now[item["record_id"]] = add(now[item["record_id"]], item, known[item["file_id"]].told())
    filled = sa.literal(json.dumps([{"id": id_, "v": now[id_]} for id_ in ids], ensure_ascii=False), sa.Text())
    columns = (sa.column("id", sa.BigInteger()), sa.column("v", JSONB()))
    given = (
        sa.func.jsonb_to_recordset(sa.cast(filled, JSONB))
        .table_valued(*columns)
        .render_derived("given", with_types=True)
    )
    update_set(tx, form, cast(Any, sa.select(given.c.id, given.c.v.label(field))))


def _attached(value: Any, item: Row, told: dict[str, Any]) -> list[dict[str, Any]]:
    return [*(value or []), told]


def _certified(value: Any, item: Row, told: dict[str, Any]) -> dict[str, Any]:
    """Of the same validity: one more file of this certificate. Of another one: renewed, what was before is kept."""
    validity = {
        name: day.isoformat() for name, day in zip(_DATES, (item["from_on"], item["until_on"]), strict=True) if day
    }
    if value is None:
        return {**validity, "files": [told], "versions": []}
    if not validity or all(value.get(name) == validity.get(name) for name in _DATES):
        return {**value, "files": [*value.get("files", []), told]}
    former = {name: part for name, part in value.items() if name != "versions"}
    kept = {name: value[name] for name in ("number", "issuer") if name in value}
    return {**kept, **validity, "files": [told], "versions": [former, *value.get("versions", [])]}


def undo(tx: Tx, bundle_id: int) -> Undone:
    """The records are as they were, where nobody changed the field since. Conflict bundles.state unless it is done."""
    row = own(tx, bundle_id, " FOR UPDATE")
    if row["state"] != "done":
        raise Conflict("bundles.state")
    found = take_back(tx, row["transaction_id"])
    tx.run("UPDATE bundles.bundle SET state = 'undone' WHERE id = %(id)s", {"id": bundle_id})
    return found
