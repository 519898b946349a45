"""An upload becomes an import: the file is read in a child process, its rows are copied into a table of their own."""

import datetime as dt
import hashlib
import json
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from perennial import access, people
from perennial.kernel import Conflict, Denied, Invalid, Missing, Row, Tx, Words
from perennial.records.imports import files
from perennial.records.imports.propose import propose
from perennial.records.imports.template import EXAMPLE

_STATES = {
    "mapping": Words("未完成", "unfinished"), "checked": Words("已试运行", "checked"),
    "queued": Words("排队中", "waiting"), "running": Words("正在导入", "running"),
    "done": Words("已导入", "done"), "failed": Words("没有导入", "not done"), "undone": Words("已撤销", "undone"),
}  # fmt: skip
KEPT_DAYS = 30  # how long rows and file of an import are kept, and how long it may be undone
_CHUNK = 1 << 20


def rows_table(import_id: int) -> str:
    return f"imports.rows_{int(import_id)}"


def upload(tx: Tx, form: str, name: str, path: Path, **chosen: Any) -> int:
    """The id of a new import of the file at `path` into `form`, read and staged, with a proposed mapping.

    chosen  sheet, header_row, encoding, delimiter; absent ones are found out
    errors  imports.kind, too_big, encrypted, truncated … of the file; Denied without the right to import
    """
    access.require(tx, "create" if access.may(tx, "create", form) else "update", form)
    options = {key: value for key, value in chosen.items() if value is not None}
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with files.read(path, name, **options) as reading:
        if not reading.rows and len(reading.sheets) < 2:  # of several sheets the person may name another
            raise Invalid("imports.no_rows", path="file", name=name)
        about = _about(reading)
        import_id = tx.value(
            "INSERT INTO imports.import (form, state, file_name, sha256, options, about, created_at, created_by,"
            " created_label) VALUES (%(form)s, 'mapping', %(name)s, %(digest)s, %(options)s::jsonb,"
            " %(about)s::jsonb, %(now)s, %(me)s, %(label)s) RETURNING id",
            {
                "form": form, "name": name[:250], "digest": digest, "options": json.dumps(options),
                "about": json.dumps(about, ensure_ascii=False), "label": tx.actor.label,
            },
        )  # fmt: skip
        _copy(tx, import_id, reading)
    tx.run("INSERT INTO imports.file (import_id, content) VALUES (%(id)s, %(content)s)",
           {"id": import_id, "content": path.read_bytes()})  # fmt: skip
    _propose(tx, import_id, form, about)
    return import_id


def read_again(tx: Tx, import_id: int, **chosen: Any) -> None:
    """The same upload with another sheet, header row or encoding; what was chosen before stays, but a header row is
    one of its sheet. Mapping and fixes start anew."""
    found = lock(tx, import_id, ("mapping", "checked", "failed"))
    content = tx.value("SELECT content FROM imports.file WHERE import_id = %(id)s", {"id": import_id})
    if content is None:
        raise Missing("imports.gone")
    given = {key: value for key, value in chosen.items() if value is not None}
    before = {key: value for key, value in found["options"].items() if key != "header_row" or "sheet" not in given}
    options = before | given
    with _temporary(bytes(content)) as path, files.read(path, found["file_name"], **options) as reading:
        about = _about(reading)
        tx.run(f"DROP TABLE IF EXISTS {rows_table(import_id)}")
        _copy(tx, import_id, reading)
    for table in ("problem", "fix"):
        tx.run(f"DELETE FROM imports.{table} WHERE import_id = %(id)s", {"id": import_id})
    tx.run(
        "UPDATE imports.import SET options = %(options)s::jsonb, about = %(about)s::jsonb, state = 'mapping',"
        " checked = NULL, error = NULL WHERE id = %(id)s",
        {"id": import_id, "options": json.dumps(options), "about": json.dumps(about, ensure_ascii=False)},
    )
    _propose(tx, import_id, found["form"], about)


def lock(tx: Tx, import_id: int, states: tuple[str, ...]) -> Row:
    """The import of this person, nobody else changing it; Conflict when it is in another state."""
    found = own(tx, import_id, " FOR UPDATE")
    if found["state"] not in states:
        raise Conflict("imports.state", state=_STATES[found["state"]])
    return found


def own(tx: Tx, import_id: int, suffix: str = "") -> Row:
    """An import that this person may see: their own, or any for those who design the workspace and the system."""
    found = tx.one(f"SELECT * FROM imports.import WHERE id = %(id)s{suffix}", {"id": import_id})
    if found is None:
        raise Missing("imports.missing")
    if found["created_by"] != tx.actor.id and not sees_all(tx):
        raise Denied("imports.not_yours")
    return found


def sees_all(tx: Tx) -> bool:
    """A file says more than its reader might read of the rows that it became."""
    return "design" in people.standing(tx).may


def undo_until(row: Row) -> dt.datetime | None:
    """Until when a finished import may be undone, on the workspace's clock."""
    return row["finished_at"] + dt.timedelta(days=KEPT_DAYS) if row["finished_at"] else None


def refuse_late(tx: Tx, row: Row) -> None:
    """An undo comes within 30 days of the run; what was written before is changed record by record."""
    until = undo_until(row)
    if until is not None and tx.now > until:
        raise Conflict("imports.too_late", until=until.astimezone(tx.zone).date(), days=KEPT_DAYS)


def discard(tx: Tx, import_id: int) -> None:
    """Rows, file and problems of an import that was not run are gone."""
    lock(tx, import_id, ("mapping", "checked", "failed"))
    tx.run(f"DROP TABLE IF EXISTS {rows_table(import_id)}")
    tx.run("DELETE FROM imports.problem WHERE import_id = %(id)s", {"id": import_id})
    tx.run("DELETE FROM imports.import WHERE id = %(id)s", {"id": import_id})


def sweep(tx: Tx) -> int:
    """Rows, files and problems of imports older than 30 days are gone, whatever became of them; how many imports."""
    old = tx.rows(
        "SELECT i.id FROM imports.import i WHERE i.created_at < %(now)s - make_interval(days => %(days)s)"
        " AND i.state NOT IN ('queued', 'running') AND to_regclass('imports.rows_' || i.id) IS NOT NULL",
        {"days": KEPT_DAYS},
    )
    for row in old:
        tx.run(f"DROP TABLE {rows_table(row['id'])}")
    ids = [row["id"] for row in old]
    for table in ("problem", "file"):
        tx.run(f"DELETE FROM imports.{table} WHERE import_id = ANY(%(ids)s)", {"ids": ids})
    return len(ids)


def _about(reading: files.Reading) -> dict[str, Any]:
    return {
        "kind": reading.kind, "sheets": reading.sheets, "sheet": reading.sheet, "header_row": reading.header_row,
        "columns": reading.columns, "rows": reading.rows, "notes": reading.notes, "encoding": reading.encoding,
        "delimiter": reading.delimiter,
    }  # fmt: skip


def _copy(tx: Tx, import_id: int, reading: files.Reading) -> None:
    """imports.rows_<id>: row, skip, c1 … as text. Logged: a crash between upload and run must not empty it."""
    table = rows_table(import_id)
    columns = [f"c{position}" for position in range(1, reading.width + 1)]
    tx.run(
        f"CREATE TABLE {table} (row int, skip boolean NOT NULL DEFAULT false"
        + "".join(f", {column} text" for column in columns)
        + ") WITH (autovacuum_enabled = off)"
    )
    copy = f"COPY {table} ({', '.join(['row', *columns])}) FROM STDIN (FORMAT csv)"
    with tx.connection.cursor() as cursor, cursor.copy(copy.encode()) as stream, reading.path.open("rb") as file:
        while block := file.read(_CHUNK):
            stream.write(block)
    tx.run(f"ALTER TABLE {table} ADD PRIMARY KEY (row)")
    if columns:  # the first row of a template of ours is an example
        tx.run(
            f"UPDATE {table} SET skip = true WHERE row = (SELECT min(row) FROM {table})"
            f" AND ARRAY[{', '.join(columns)}] && %(examples)s::text[]",
            {"examples": list(EXAMPLE.values())},
        )
    tx.run(f"ANALYZE {table}")


def samples(tx: Tx, import_id: int, positions: list[int], count: int = 3) -> dict[int, list[str]]:
    """The first different values of each column."""
    if not positions:
        return {}
    parts = [
        f"(SELECT {p} AS position, array_agg(v) AS found FROM (SELECT c{p} AS v FROM (SELECT c{p}, row FROM"
        f" {rows_table(import_id)} WHERE c{p} IS NOT NULL ORDER BY row LIMIT 200) s GROUP BY c{p} ORDER BY min(row)"
        f" LIMIT {count}) t)"
        for p in positions
    ]
    return {row["position"]: row["found"] or [] for row in tx.rows(" UNION ALL ".join(parts))}


def _propose(tx: Tx, import_id: int, form: str, about: dict[str, Any]) -> None:
    """The mapping that ran for the last file with these columns, else one from their names."""
    from perennial.records.imports.remembered import recall  # it reads imports that are staged here

    positions = [column["position"] for column in about["columns"]]
    shown = samples(tx, import_id, positions)
    for column in about["columns"]:
        column["samples"] = shown.get(column["position"], [])
    known = recall(tx, form, about)
    about["remembered"] = (
        {"id": known["id"], "file": known["file_name"], "at": known["at"].isoformat()} if known else None
    )
    _map(tx, import_id, about, known["mapping"] if known else propose(tx, form, about))


def propose_anew(tx: Tx, row: Row) -> None:
    """An import's mapping comes from the names of its columns alone."""
    about = {**row["about"], "remembered": None}
    _map(tx, row["id"], about, propose(tx, row["form"], about))


def _map(tx: Tx, import_id: int, about: dict[str, Any], mapping: dict[str, Any]) -> None:
    tx.run(
        "UPDATE imports.import SET about = %(about)s::jsonb, mapping = %(mapping)s::jsonb, state = 'mapping',"
        " checked = NULL, error = NULL WHERE id = %(id)s",
        {
            "id": import_id,
            "about": json.dumps(about, ensure_ascii=False),
            "mapping": json.dumps(mapping, ensure_ascii=False),
        },
    )


@contextmanager
def _temporary(content: bytes) -> Generator[Path]:
    with tempfile.NamedTemporaryFile(prefix="perennial-upload-") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def refuse_size(size: int) -> None:
    """Before a byte is kept."""
    if size > files.MAX_FILE_MB << 20:
        raise Invalid("imports.too_big", path="file", size_mb=-(-size // (1 << 20)), limit_mb=files.MAX_FILE_MB)
