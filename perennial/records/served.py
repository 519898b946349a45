"""A file of a record, for who may read the field that names it there, on that record, in full."""

from typing import Any

from sqlalchemy import BigInteger, bindparam, select

from perennial import files
from perennial.access import Rows, everything, readable
from perennial.files import File
from perennial.kernel import Missing, Tx, render
from perennial.records.attached import file_ids, structured
from perennial.records.compiled import kept


def file(tx: Tx, form: str, record_id: int, key: str, file_id: int) -> File:
    """The file, or Missing files.missing: no such record, field or file for this reader, or the field does not name it.
    Earlier versions of a certificate are named, too."""
    rows = readable(tx, form)
    if rows.fields.get(key) not in ("read", "write") or not structured(rows.catalog.field(form, key)):
        raise Missing("files.missing")

    def build() -> Any:
        fresh = Rows(rows.view, form)
        value, where = fresh.source.field(key), fresh.where
        own = fresh.source.table.c.id == bindparam("v_id", type_=BigInteger)
        return render(select(value).select_from(fresh.from_).where(where, own))

    value = tx.value(kept(("file", rows.key, key), build), {"v_id": record_id}) if 0 < record_id < 2**63 else None
    found = files.known(tx, [file_id]).get(file_id) if file_id in file_ids(value) else None
    if found is None:
        raise Missing("files.missing")
    return found


def upload(tx: Tx, file_id: int) -> File:
    """A file that no record names yet, for who uploaded it."""
    found = files.known(tx, [file_id]).get(file_id) if 0 < file_id < 2**63 else None
    if found is None or found.named or found.by is None or found.by != tx.actor.id:
        raise Missing("files.missing")
    return found


def sweep_files(tx: Tx) -> int:
    """Uploads that no record took within a day are gone; how many. Contents follow with `files.remove_strays`."""
    waiting = set(files.unnamed(tx))
    if not waiting:
        return 0
    named = _named(tx, waiting)
    files.keep(tx, sorted(named))
    return files.remove(tx, waiting - named)


def lost_files(tx: Tx) -> list[tuple[str, str, int, int]]:
    """What records name and is not there: (form, field, record, file)."""
    gone = {file.id for file in files.missing(tx)}
    found: list[tuple[str, str, int, int]] = []
    for form, key, table, column in _columns(tx):
        rows = tx.rows(
            f"SELECT DISTINCT t.id, (f #>> '{{}}')::bigint AS file"
            f" FROM {table} t, jsonb_path_query({column}, '$.**.file') f"
            " WHERE jsonb_typeof(f) = 'number' AND (NOT EXISTS (SELECT FROM files.file x WHERE to_jsonb(x.id) = f)"
            " OR f IN (SELECT to_jsonb(unnest(%(gone)s::bigint[])))) ORDER BY 1, 2 LIMIT 1000",
            {"gone": sorted(gone)},
        )
        found += [(form, key, row["id"], row["file"]) for row in rows]
    return found


def _named(tx: Tx, ids: set[int]) -> set[int]:
    """Those that some record names all the same: a set write put them there."""
    found: set[int] = set()
    for _, _, table, column in _columns(tx):
        found |= set(
            tx.value(
                f"SELECT array_agg(DISTINCT (f #>> '{{}}')::bigint)"
                f" FROM {table}, jsonb_path_query({column}, '$.**.file') f"
                " WHERE f IN (SELECT to_jsonb(unnest(%(ids)s::bigint[])))",
                {"ids": sorted(ids)},
            )
            or ()
        )
    return found


def _columns(tx: Tx) -> list[tuple[str, str, str, str]]:
    """(form, field, table, column) of every field that holds files; deleted records name theirs too."""
    found: list[tuple[str, str, str, str]] = []
    catalog = everything(tx, "person").catalog
    for form in catalog.forms:
        table = everything(tx, form.key).target
        for field in form.fields:
            if structured(field):
                found.append((form.key, field.key, f'{table.schema}."{table.name}"', f'"{field.key}"'))
    return found
