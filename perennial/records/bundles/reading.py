"""A ZIP comes in: a short one is read while its person waits, a long one by a worker, in parts that stay.

In:   a path; what may be refused at once is (no ZIP, a password, too many files)
Out:  each file kept for a day and taken for a record, a field and a validity; what a killed worker had read stays
"""

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from perennial import access, files, forms
from perennial.forms import Field
from perennial.kernel import Actor, Conflict, Database, Invalid, Row, Tx, defer, fail_point
from perennial.records.bundles.archive import Entry, content, opened
from perennial.records.bundles.match import fields_of, match
from perennial.records.bundles.names import read_name
from perennial.records.errands import Errands
from perennial.records.room import room

AT_ONCE_FILES = 40  # read while the person waits
AT_ONCE_BYTES = 8 << 20
PART = 20  # files per transaction of a worker
ZIP = "application/zip"
_ERRANDS = Errands("bundles.bundle", "bundles.broken")


def upload(tx: Tx, form: str, field: str, name: str, path: Path) -> int:
    """The number of a new bundle. A short one is ready; a long one is queued, and a worker calls `take_in`.

    errors  bundles.not_a_zip, too_big, too_many, bomb, encrypted, empty, no_such_field; a single file that is refused
            (a program, 60 MB) is told with the others
    """
    access.require(tx, "update", form)
    if field not in fields_of(tx, forms.catalog(tx).form(form)):
        raise Invalid("bundles.no_such_field", path="field", field=field)
    with opened(path, name) as (archive, entries):
        row = tx.one(
            "INSERT INTO bundles.bundle (form, field, file_name, state, person, label, created_at, total)"
            " VALUES (%(form)s, %(field)s, %(name)s, 'ready', %(me)s, %(label)s, %(now)s, %(total)s) RETURNING *",
            {"form": form, "field": field, "name": files.clean_name(name), "label": tx.actor.label,
             "total": len(entries)},
        )  # fmt: skip
        assert row is not None
        if len(entries) <= AT_ONCE_FILES and sum(one.size for one in entries) <= AT_ONCE_BYTES:
            _take(tx, row, archive, entries)
            match(tx, row["id"], form)
            return int(row["id"])
    with path.open("rb") as stream:
        kept = files.produce(tx, stream, name, ZIP)
    tx.run(
        "UPDATE bundles.bundle SET state = 'queued', file_id = %(file)s WHERE id = %(id)s",
        {"id": row["id"], "file": kept.id},
    )
    defer(tx, "bundles.run", bundle_id=row["id"])
    return int(row["id"])


def unfinished(tx: Tx) -> list[int]:
    """Bundles that are not read yet: each must have a job."""
    return _ERRANDS.unfinished(tx)


def take_in(database: Database, bundle_id: int) -> bool:
    """Read a long ZIP; True when it is ready. Running it twice is harmless: what was read stays."""

    def act(row: Row, actor: Actor) -> bool:
        with room() as place:
            path = place / "bundle.zip"
            with database.begin(actor) as tx:
                kept = files.known(tx, [row["file_id"]]).get(row["file_id"])
            if kept is None:
                raise Conflict("bundles.too_old")
            with path.open("wb") as stream:
                stream.writelines(files.read(kept))
            with opened(path, row["file_name"]) as (archive, entries):
                for at in range(0, len(entries), PART):
                    part = entries[at : at + PART]
                    if not database.run(actor, lambda tx, part=part: _part(tx, row, archive, part)):
                        return False
                    fail_point("bundles.part")
        return bool(database.run(actor, lambda tx: _finish(tx, row)))

    return bool(_ERRANDS.run(database, bundle_id, act))


def _part(tx: Tx, row: Row, archive: zipfile.ZipFile, entries: Sequence[Entry]) -> bool:
    if not _wanted(tx, row):
        return False
    done = {one["n"] for one in tx.rows("SELECT n FROM bundles.item WHERE bundle_id = %(id)s", {"id": row["id"]})}
    _take(tx, row, archive, [one for one in entries if one.n not in done])
    return True


def _finish(tx: Tx, row: Row) -> bool:
    if not _wanted(tx, row):
        return False
    match(tx, row["id"], row["form"])
    tx.run("UPDATE bundles.bundle SET state = 'ready', file_id = NULL WHERE id = %(id)s", {"id": row["id"]})
    return True


def _wanted(tx: Tx, row: Row) -> bool:
    """Nobody else reads it now, and its person has not thrown it away."""
    state = "SELECT state FROM bundles.bundle WHERE id = %(id)s FOR UPDATE"
    return tx.value(state, {"id": row["id"]}) == "running"


def _take(tx: Tx, row: Row, archive: zipfile.ZipFile, entries: Sequence[Entry]) -> None:
    fields = fields_of(tx, forms.catalog(tx).form(row["form"]))
    if row["field"] not in fields:
        raise Invalid("bundles.no_such_field", path="field", field=row["field"])
    for entry in entries:
        said = read_name(entry.name)
        kept: files.File | None = None
        why: Invalid | None = None
        try:
            with tx.savepoint(), content(archive, entry) as stream:
                kept = files.add(tx, _Checked(stream, entry.name), entry.name)  # pyright: ignore[reportArgumentType]
        except Invalid as problem:
            why = problem
        chosen = _said_field(fields, said.rest) or row["field"]
        if why is None and kept and fields[chosen].kind == "image" and not kept.type.startswith("image/"):
            why = Invalid("records.not_image", field=fields[chosen].label, value=entry.name)
        tx.run(
            "INSERT INTO bundles.item (bundle_id, n, name, size, file_id, field, from_on, until_on, state, why)"
            " VALUES (%(bundle)s, %(n)s, %(name)s, %(size)s, %(file)s, %(field)s, %(from)s, %(until)s, %(state)s,"
            " %(why)s)",
            {
                "bundle": row["id"], "n": entry.n, "name": files.clean_name(entry.name), "size": entry.size,
                "file": None if why else kept and kept.id, "field": chosen, "from": said.from_on,
                "until": said.until_on, "state": "refused" if why else "unknown", "why": why and _why(why),
            },
        )  # fmt: skip


class _Checked:
    """A stream whose damage is said by name."""

    def __init__(self, stream: Any, name: str) -> None:
        self.stream, self.name = stream, name

    def read(self, size: int = -1) -> bytes:
        try:
            return self.stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise Invalid("bundles.damaged", path="file", name=self.name) from error


def _why(problem: Invalid) -> Jsonb:
    return Jsonb({"code": problem.code, "facts": {k: str(v) for k, v in problem.facts.items()}})


def _said_field(fields: dict[str, Field], rest: str) -> str | None:
    """The field whose label stands in the name, the longest label first."""
    text = rest.lower()
    named = [
        (len(label), key) for key, one in fields.items() for label in (one.label, one.label_en)
        if label and label.lower() in text
    ]  # fmt: skip
    return max(named)[1] if named else None
