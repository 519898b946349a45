"""Write a pack, from one snapshot of the workspace."""

import contextlib
import datetime as dt
import json
import tempfile
import zipfile
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from perennial import apps, files, forms
from perennial.kernel import SYSTEM, Broken, Database, Reason, Tx
from perennial.packs.parts import LEFT_OUT, LEFT_OUT_SCHEMAS, Digest, copied, fixed_parts, form_parts

FORMAT = 1
# texts, which compress well; contents of files mostly do not
_PACKED, _STORED = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED
Note = Callable[[int, int], bool]  # parts done, parts in all; False: nobody wants it any more

README = """Perennial exit pack {made_at}, written by Perennial {perennial}

data/<form>.csv        the records of each form, deleted ones too (deleted_at). UTF-8, first line: columns; a blank
                       cell without quotes is no value. Moments are in UTC, lists as {{1,2}}, files as JSON.
schema.json            each form with its fields: key, label, kind, options, what a relation points to, formula
definitions/           forms, roles, views, templates, processes and dashboards as YAML
files/<sha256>         contents of files; system/files.file.csv gives their names
system/*.csv           people and roles (with the hashes of their passwords: keep this file safe), tasks, messages, the
                       change log, processes with what is running, publications
manifest.json          what every part holds: rows and SHA-256; the migrations of the program that wrote it

Not included:
{left_out}

`perennial import-pack FILE` takes it into an empty workspace of the same version of Perennial: ids, times and versions
stay as they are.
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack says of itself. `parts`: part -> rows and digest; `lost`: contents that were not in the store."""

    perennial: str
    made_at: str
    migrations: list[str]
    parts: dict[str, dict[str, Any]]
    columns: dict[str, list[tuple[str, str]]]
    sequences: list[dict[str, Any]]
    lost: list[str]
    format: int = FORMAT

    def digests(self) -> dict[str, Digest]:
        return {name: Digest(**one) for name, one in self.parts.items()}


def write(database: Database, target: Path, note: Note = lambda done, total: True) -> Manifest | None:
    """The pack stands at `target` once it is whole; None when `note` said that nobody wants it any more."""
    part = target.with_name(f".{target.name}.part")
    try:
        with _one_snapshot(database) as tx, zipfile.ZipFile(part, "w", _PACKED) as archive:
            part.chmod(0o600)
            manifest = _write(tx, archive, note)
        if manifest is None:
            return None
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


@contextlib.contextmanager
def _one_snapshot(database: Database) -> Generator[Tx]:
    with database.begin(SYSTEM, Reason("pack")) as tx:
        tx.connection.execute("COMMIT")  # an isolation level is chosen before anything is read
        tx.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield tx


def _write(tx: Tx, archive: zipfile.ZipFile, note: Note) -> Manifest | None:
    parts = [*fixed_parts(tx), *form_parts(tx)]
    contents = tx.rows(
        "SELECT DISTINCT ON (sha256) id, sha256 FROM files.file WHERE named_at IS NOT NULL ORDER BY sha256, id"
    )
    total, done = len(parts) + len(contents), 0
    digests: dict[str, Any] = {}
    for one in parts:
        with archive.open(one.path, "w", force_zip64=True) as stream:
            digests[one.name] = asdict(copied(tx, one, stream.write))
        done += 1
        if not note(done, total):
            return None
    lost: list[str] = []
    for row in contents:
        if not _content(tx, archive, row["id"], row["sha256"]):
            lost.append(row["sha256"])
        done += 1
        if not note(done, total):
            return None
    _definitions(tx, archive)
    made_at = tx.now.astimezone(dt.UTC).isoformat(timespec="seconds")
    manifest = Manifest(
        version("perennial"), made_at, _migrations(tx), digests,
        {key: forms.columns(tx, key) for key in forms.tables(tx)}, _sequences(tx), lost,
    )  # fmt: skip
    left_out = {**LEFT_OUT, **{f"{schema}.*": why for schema, why in LEFT_OUT_SCHEMAS.items()}}
    lines = "\n".join(f"{name}: {why}" for name, why in left_out.items())
    archive.writestr("schema.json", _json({"forms": [forms.dump(one) for one in forms.catalog(tx).forms]}))
    archive.writestr("README.txt", README.format(made_at=made_at, perennial=manifest.perennial, left_out=lines))
    archive.writestr("manifest.json", _json(asdict(manifest)))
    return manifest


def _content(tx: Tx, archive: zipfile.ZipFile, file_id: int, sha256: str) -> bool:
    """False when the store no longer has it: that must not keep a company from leaving with the rest."""
    try:
        pieces = files.read(files.known(tx, [file_id])[file_id])
        first = next(pieces, b"")
    except Broken:
        return False
    info = zipfile.ZipInfo(f"files/{sha256}")
    info.compress_type = _STORED
    with archive.open(info, "w", force_zip64=True) as stream:
        stream.write(first)
        for piece in pieces:
            stream.write(piece)
    return True


def _definitions(tx: Tx, archive: zipfile.ZipFile) -> None:
    with tempfile.TemporaryDirectory() as room:
        apps.export(tx, Path(room))
        for path in sorted(Path(room).rglob("*.yaml")):
            archive.write(path, f"definitions/{path.relative_to(room).as_posix()}")


def _migrations(tx: Tx) -> list[str]:
    return [row["name"] for row in tx.rows('SELECT name FROM kernel.migration ORDER BY name COLLATE "C"')]


def _sequences(tx: Tx) -> list[dict[str, Any]]:
    """Where each running number stands, by the column that it fills; those of automatic numbers by their own name."""
    found: list[dict[str, Any]] = []
    rows = tx.rows(
        "SELECT s.oid::regclass::text AS name, n.nspname AS schema, t.oid::regclass::text AS table, a.attname AS column"
        "  FROM pg_class s JOIN pg_namespace n ON n.oid = s.relnamespace"
        "  LEFT JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
        "  LEFT JOIN pg_class t ON t.oid = d.refobjid"
        "  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
        " WHERE s.relkind = 'S' AND n.nspname NOT IN ('procrastinate', 'exports', 'simulation') ORDER BY 1"
    )
    for row in rows:
        at = tx.one(f"SELECT last_value AS value, is_called AS called FROM {row['name']}") or {}
        found.append({"name": row["name"], "table": row["table"], "column": row["column"], **at})
    return found


def _json(tree: Any) -> str:
    return json.dumps(tree, ensure_ascii=False, indent=1)
