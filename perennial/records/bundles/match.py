"""Which record each file of a ZIP is about. Keys of records are their titles and unique texts; the longest key that
stands in the name wins, two records with it are ambiguous. Only records that the person reads are found."""

import datetime as dt

import sqlalchemy as sa

from perennial import access, forms
from perennial.forms import KINDS, Field, Form
from perennial.kernel import Conflict, Invalid, Missing, Row, Tx
from perennial.records.bundles.names import read_name

FILLED = ("certificate", "attachment", "image")
MOST_CANDIDATES = 5
READING = ("queued", "running", "failed")


def fields_of(tx: Tx, form: Form) -> dict[str, Field]:
    """The fields that files may go to, as far as the person may fill them in."""
    levels = access.writable(tx, form.key).fields
    return {one.key: one for one in form.fields if one.kind in FILLED and levels.get(one.key) == "write"}


def match(tx: Tx, bundle_id: int, form: str) -> None:
    """All files at once: every piece of a name against every key, by one hash join per key."""
    definition = forms.catalog(tx).form(form)
    levels = access.readable(tx, form).fields
    keys = [
        one.key for one in definition.fields
        if one.kind != "formula" and KINDS[one.kind].value == "text" and levels.get(one.key) in ("read", "write")
        and (one.unique or one.key == definition.title or one.kind == "auto_number")
    ]  # fmt: skip
    tx.run("CREATE TEMP TABLE bundle_piece (n int, piece text) ON COMMIT DROP")
    tx.run("CREATE TEMP TABLE bundle_found (n int, id bigint, length int) ON COMMIT DROP")
    for row in tx.rows(
        "SELECT n, name FROM bundles.item WHERE bundle_id = %(id)s AND state <> 'refused'", {"id": bundle_id}
    ):
        tx.run(
            "INSERT INTO bundle_piece SELECT %(n)s, bundles.pieces(%(rest)s)",
            {"n": row["n"], "rest": read_name(row["name"]).rest},
        )
    tx.run("ANALYZE bundle_piece")
    pieces = sa.table("bundle_piece", sa.column("n", sa.Integer()), sa.column("piece", sa.Text()))
    found = sa.table("bundle_found", sa.column("n"), sa.column("id"), sa.column("length"))
    for key in keys:
        rows = access.readable(tx, form)
        value, where = rows.source.field(key), rows.where
        hit = sa.select(pieces.c.n, rows.source.field("id"), sa.func.char_length(value))
        hit = hit.select_from(rows.from_.join(pieces, sa.func.lower(value) == pieces.c.piece)).where(where)
        tx.run(sa.insert(found).from_select(["n", "id", "length"], hit))
    tx.run(
        "UPDATE bundles.item i SET candidates = (b.ids)[1:%(most)s], record_id = CASE WHEN cardinality(b.ids) = 1 THEN"
        " b.ids[1] END, state = CASE WHEN cardinality(b.ids) = 1 THEN 'matched' ELSE 'ambiguous' END"
        " FROM (SELECT f.n, array_agg(DISTINCT f.id) AS ids FROM bundle_found f"
        "  JOIN (SELECT n, max(length) AS length FROM bundle_found GROUP BY n) m USING (n, length) GROUP BY f.n) b"
        " WHERE i.bundle_id = %(id)s AND i.n = b.n",
        {"id": bundle_id, "most": MOST_CANDIDATES},
    )
    tx.run("DROP TABLE bundle_piece, bundle_found")


def own(tx: Tx, bundle_id: int, suffix: str = "") -> Row:
    """The bundle of this person."""
    row = tx.one(
        f"SELECT * FROM bundles.bundle WHERE id = %(id)s AND person IS NOT DISTINCT FROM %(me)s{suffix}",
        {"id": bundle_id},
    )
    if row is None:
        raise Missing("bundles.missing")
    return row


def read(tx: Tx, bundle_id: int) -> Row:
    """form, field, file_name, state, filled, total and read (files), error, fields it may go to, items once all are
    read: n, name, size, field, from_on, until_on, state, why, fixed, skip, record and candidates as {id, label}."""
    row = own(tx, bundle_id)
    fields = fields_of(tx, forms.catalog(tx).form(row["form"])) if access.may(tx, "update", row["form"]) else {}
    items = tx.rows(
        "SELECT n, name, size, field, from_on, until_on, record_id, state, why, candidates, fixed, skip"
        " FROM bundles.item WHERE bundle_id = %(id)s ORDER BY n",
        {"id": bundle_id},
    )
    row["read"] = len(items)
    if row["state"] in READING:
        items = []
    ids = {one for item in items for one in (*item["candidates"], item["record_id"]) if one}
    labels = _labels(tx, row["form"], sorted(ids))
    for item in items:
        record = item.pop("record_id")
        item["record"] = {"id": record, "label": labels[record]} if record in labels else None
        item["candidates"] = [{"id": one, "label": labels[one]} for one in item["candidates"] if one in labels]
    shown = [{"key": one.key, "label": one.label, "label_en": one.label_en} for one in fields.values()]
    return {**row, "fields": shown, "items": items}


def bundles(tx: Tx, *, limit: int = 20) -> list[Row]:
    """The acting person's own, the newest first."""
    return tx.rows(
        "SELECT id, form, file_name, state, total, filled, created_at FROM bundles.bundle"
        " WHERE person IS NOT DISTINCT FROM %(me)s ORDER BY id DESC LIMIT %(limit)s",
        {"limit": limit},
    )


def discard(tx: Tx, bundle_id: int) -> None:
    """Nothing of it was filled in, and nothing will be; a worker at it stops. Its files go within a day."""
    if own(tx, bundle_id, " FOR UPDATE")["state"] in ("done", "undone"):
        raise Conflict("bundles.state")
    tx.run("DELETE FROM bundles.bundle WHERE id = %(id)s", {"id": bundle_id})


def _labels(tx: Tx, form: str, ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = access.readable(tx, form)
    label, id_, where = rows.label().label("label"), rows.source.field("id"), rows.where
    among = id_.in_(sa.select(sa.func.unnest(sa.cast(ids, sa.ARRAY(sa.BigInteger())))))
    return {
        row["id"]: row["label"]
        for row in tx.rows(sa.select(id_.label("id"), label).select_from(rows.from_).where(where, among))
    }


def fix(
    tx: Tx, bundle_id: int, n: int, *, record_id: int | None = None, field: str | None = None,
    from_on: dt.date | None = None, until_on: dt.date | None = None, skip: bool = False,
) -> None:  # fmt: skip
    """What a person says of one file: its record, field and validity as given, or left out."""
    row = own(tx, bundle_id, " FOR UPDATE")
    if row["state"] != "ready":
        raise Conflict("bundles.state")
    if field is not None and field not in fields_of(tx, forms.catalog(tx).form(row["form"])):
        raise Invalid("bundles.no_such_field", path="field", field=field)
    if record_id is not None and not _labels(tx, row["form"], [record_id]):
        raise Invalid("bundles.no_such_record", path="record_id", value=record_id)
    if from_on is not None and until_on is not None and from_on > until_on:
        raise Invalid("bundles.order", path="until_on")
    done = tx.run(
        "UPDATE bundles.item SET record_id = %(record)s, field = coalesce(%(field)s, field), from_on = %(from)s,"
        " until_on = %(until)s, skip = %(skip)s, fixed = true, state = CASE WHEN %(record)s::bigint IS NULL THEN"
        " CASE WHEN cardinality(candidates) > 1 THEN 'ambiguous' ELSE 'unknown' END ELSE 'matched' END"
        " WHERE bundle_id = %(id)s AND n = %(n)s AND state <> 'refused'",
        {"id": bundle_id, "n": n, "record": record_id, "field": field, "from": from_on, "until": until_on,
         "skip": skip},
    )  # fmt: skip
    if not done:
        raise Missing("bundles.missing")
