"""用印: a task that is finished by the sealed file. Who brought it, when, and what its content is are kept for good.

In:   the end of such a task, with a file that was uploaded for it
Out:  rows of processes.sealed; whether what stands in the store today is still what was sealed
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from perennial import access, files, forms
from perennial.kernel import Invalid, Missing, Problem, Row, Tx
from perennial.tasks import Finishing

Same = Literal["same", "changed", "gone"]
MOST = 50  # seals of a record that are looked at again at once


def here(tx: Tx, done: Finishing) -> set[int]:
    """The files that stand in the field of the seal."""
    if not done.seal:
        return set()
    rows = access.everything(tx, done.form)
    value = rows.source.field(done.seal)
    known = rows.source.field("id") == done.record_id
    return {one["file"] for one in tx.value(sa.select(value).select_from(rows.from_).where(known)) or ()}


_KEEP = """
INSERT INTO processes.sealed (instance_id, node_id, task_id, form, record_id, field, file_id, sha256, person_id, at)
SELECT t.instance_id, k.node_id, t.id, %(form)s, t.record_id, %(field)s, f.id, f.sha256, t.finished_by, %(now)s
  FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
  JOIN files.file f ON f.id IN (SELECT unnest(%(files)s::bigint[]))
 WHERE t.id = %(task)s ORDER BY f.id
"""


def keep(tx: Tx, done: Finishing, before: set[int]) -> None:
    """What came with the end of this task is sealed; `before`: the files that stood there until now.

    errors  Invalid processes.seal_missing: nothing was uploaded for it
    """
    if not done.seal:
        return
    fresh = here(tx, done) - before
    if not fresh:
        label = forms.catalog(tx).field(done.form, done.seal).label
        raise Invalid("processes.seal_missing", path=f"values.{done.seal}", field=label)
    tx.run(_KEEP, {"task": done.id, "form": done.form, "field": done.seal, "files": sorted(fresh)})


_SEALED = """
SELECT s.id, s.instance_id, s.task_id, s.form, s.record_id, s.field, s.file_id AS file, s.sha256, s.at,
       s.person_id AS by_id, p.name AS by_name, coalesce(f.name, '') AS name, coalesce(f.size, 0) AS size,
       n.key AS node, n.label, n.label_en
  FROM processes.sealed s
  JOIN processes.node n ON n.id = s.node_id
  LEFT JOIN files.file f ON f.id = s.file_id
  LEFT JOIN people.person p ON p.id = s.person_id
"""


def of_tasks(tx: Tx, tasks: Collection[int]) -> dict[int, list[Row]]:
    """task -> what was sealed by it, of records and fields that the actor may read in full."""
    where = " WHERE s.task_id IN (SELECT unnest(%(tasks)s::bigint[])) ORDER BY s.id"
    found: dict[int, list[Row]] = {}
    for row in _shown(tx, tx.rows(_SEALED + where, {"tasks": list(tasks)}) if tasks else []):
        found.setdefault(row["task_id"], []).append(row)
    return found


def sealed(tx: Tx, form: str, record_id: int) -> list[Row]:
    """What was sealed of a record, the latest first, each with `still`: same, changed, or gone from the store.

    errors  Missing when the record may not be read
    """
    rows = access.readable(tx, form)
    known = rows.source.field("id") == sa.literal(record_id, sa.BigInteger)
    if not 0 < record_id < 2**63 or not tx.one(rows.select().where(known)):
        raise Missing("records.missing")
    where = " WHERE s.form = %(form)s AND s.record_id = %(record)s ORDER BY s.id DESC LIMIT %(most)s"
    found = _shown(tx, tx.rows(_SEALED + where, {"form": form, "record": record_id, "most": MOST}))
    known_files = files.known(tx, [row["file"] for row in found])
    return [{**row, "still": _still(row, known_files.get(row["file"]))} for row in found]


def _still(row: Row, file: files.File | None) -> Same:
    """What the store gives is read and hashed: a row of a table could be changed along with a file."""
    if file is None:
        return "gone"
    digest = hashlib.sha256()
    try:
        for part in files.read(file):
            digest.update(part)
    except Problem as problem:
        return "changed" if problem.code == "files.damaged" else "gone"
    return "same" if digest.hexdigest() == row["sha256"] else "changed"


def _shown(tx: Tx, rows: Sequence[Row]) -> list[Row]:
    """Of these, those whose record and field the actor may read; a statement for each form and field."""
    found: set[tuple[str, str, int]] = set()
    for form, field in sorted({(row["form"], row["field"]) for row in rows}):
        if access.may(tx, "read", form):
            ids = sorted({row["record_id"] for row in rows if (row["form"], row["field"]) == (form, field)})
            found |= {(form, field, one["id"]) for one in tx.rows(_readable(tx, form, field, ids))}
    return [row for row in rows if (row["form"], row["field"], row["record_id"]) in found]


def _readable(tx: Tx, form: str, field: str, ids: list[int]) -> sa.Select[Any]:
    rows = access.readable(tx, form)
    levels = rows.view.levels(form, field)
    full = rows.source.in_any(
        ["all"] if rows.view.always(form, field) else [*levels.get("write", ()), *levels.get("read", ())]
    )
    at = rows.source.table.c["id"]
    where = rows.where
    wanted = at.in_(sa.select(sa.func.unnest(sa.cast(ids, sa.ARRAY(sa.BigInteger)))))
    return sa.select(at.label("id")).select_from(rows.from_).where(where, full, wanted)
