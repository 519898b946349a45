"""Take a pack into an empty workspace, in one transaction: all of it as it was, or nothing."""

import contextlib
import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import IO, Any

from perennial import files, forms, people, records
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Reason, Row, Tx
from perennial.packs.pack import FORMAT, Manifest
from perennial.packs.parts import CANONICAL, Part, fixed_parts, form_parts, hashes, quoted

_CHUNK = 1 << 20
_SEQUENCE = re.compile(r'^(records)\.("?)([a-z0-9_ ]+)\2$')
_KEYS = (
    "SELECT c.conname AS name, c.conrelid::regclass::text AS table, pg_get_constraintdef(c.oid) AS definition"
    "  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
    " WHERE c.contype = 'f' AND n.nspname <> 'procrastinate' ORDER BY 2, 1"
)


def take_in(database: Database, source: Path, then: Callable[[Tx], None] = lambda tx: None) -> Manifest:
    """The workspace is what the pack says, and a digest of every table agrees. `then` happens with it or not at all.

    errors  Invalid packs.not_a_pack, packs.damaged, packs.other_version, packs.differs · Conflict packs.not_empty
    """
    with _opened(source) as archive, database.begin(SYSTEM, Reason("pack"), lock_timeout_ms=60_000) as tx:
        manifest = _manifest(tx, archive, source.name)
        tx.lock("packs.take_in")
        if not people.is_empty(tx):
            raise Conflict("packs.not_empty")
        keys = tx.rows(_KEYS)
        forms.drop_tables(tx)
        fixed = fixed_parts(tx)
        _prepare(tx, fixed, keys)
        _make_sequences(tx, manifest.sequences)
        for part in fixed:
            if part.name != "system/files.file":
                _load(tx, archive, part, manifest)
        _load_files(tx, archive, next(part for part in fixed if part.name == "system/files.file"), manifest)
        tx.catalog_version = tx.value("SELECT catalog_version FROM kernel.workspace")
        tx.memo.clear()
        forms.create_tables(tx, manifest.columns)
        for part in form_parts(tx):
            _load(tx, archive, part, manifest)
        forms.finish_tables(tx)
        for form in forms.catalog(tx).forms:
            records.ensure_indexes(tx, form.key)
        _finish(tx, fixed, keys)
        _set_sequences(tx, manifest.sequences)
        _compare(tx, manifest)
        then(tx)
        return manifest


@contextlib.contextmanager
def _opened(source: Path) -> Generator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise Invalid("packs.not_a_pack", path="file", name=source.name) from error
    with archive:
        yield archive


def _manifest(tx: Tx, archive: zipfile.ZipFile, name: str) -> Manifest:
    try:
        tree: dict[str, Any] = json.loads(archive.read("manifest.json"))
        columns = {form: [(str(a), str(b)) for a, b in each] for form, each in tree.pop("columns").items()}
        manifest = Manifest(columns=columns, **tree)
        ours = manifest.format == FORMAT
    except (KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise Invalid("packs.not_a_pack", path="file", name=name) from error
    here = {row["name"] for row in tx.rows("SELECT name FROM kernel.migration")}
    if not ours or set(manifest.migrations) != here:
        raise Invalid("packs.other_version", path="file", version=manifest.perennial)
    return manifest


def _prepare(tx: Tx, fixed: Sequence[Part], keys: Sequence[Row]) -> None:
    """Rows may come in any order, and nothing reacts to them."""
    for key in keys:
        tx.run(f"ALTER TABLE IF EXISTS {key['table']} DROP CONSTRAINT IF EXISTS {quoted(key['name'])}")
    for part in fixed:
        tx.run(f"ALTER TABLE {part.table} DISABLE TRIGGER USER")
        tx.run(f"DELETE FROM {part.table}")


def _finish(tx: Tx, fixed: Sequence[Part], keys: Sequence[Row]) -> None:
    for part in fixed:
        tx.run(f"ALTER TABLE {part.table} ENABLE TRIGGER USER")
    standing = {
        row["table"] for row in tx.rows("SELECT oid::regclass::text AS table FROM pg_class WHERE relkind = 'r'")
    }
    for key in keys:
        if key["table"] in standing and not key["table"].startswith("data."):
            tx.run(f"ALTER TABLE {key['table']} ADD CONSTRAINT {quoted(key['name'])} {key['definition']}")
    for part in (*fixed, *form_parts(tx)):
        tx.run(f"ANALYZE {part.table}")


def _load(tx: Tx, archive: zipfile.ZipFile, part: Part, manifest: Manifest, table: str = "") -> None:
    """The rows of a part; what they are is compared with the manifest as they pass."""
    expected = manifest.digests().get(part.name)
    if expected is None:
        raise Invalid("packs.damaged", path="file", part=part.name)
    digest = hashlib.sha256()
    with _member(archive, part.path, part.name) as stream:
        header = stream.readline()
        digest.update(header)
        names = [one.strip('"') for one in header.decode().rstrip("\r\n").split(",")]
        if set(names) - set(part.columns):
            raise Invalid("packs.damaged", path="file", part=part.name)
        listed = ", ".join(map(quoted, names))
        tx.run(CANONICAL)
        copy = f"COPY {table or part.table} ({listed}) FROM STDIN (FORMAT csv)"
        with tx.connection.cursor() as cursor, cursor.copy(copy.encode()) as sink:
            while piece := stream.read(_CHUNK):
                digest.update(piece)
                sink.write(piece)
    if digest.hexdigest() != expected.sha256:
        raise Invalid("packs.damaged", path="file", part=part.name)


@contextlib.contextmanager
def _member(archive: zipfile.ZipFile, path: str, name: str) -> Generator[IO[bytes]]:
    try:
        with archive.open(path) as stream:
            yield stream
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise Invalid("packs.damaged", path="file", part=name) from error


def _load_files(tx: Tx, archive: zipfile.ZipFile, part: Part, manifest: Manifest) -> None:
    """Contents first, then their rows, which say where they stand in this installation's store."""
    listed = ", ".join(map(quoted, part.columns))
    tx.run(f"CREATE TEMP TABLE pack_file ON COMMIT DROP AS SELECT {listed} FROM files.file WHERE false")
    _load(tx, archive, part, manifest, "pack_file")
    tx.run("CREATE TEMP TABLE pack_place (sha256 text, place text, thumb text, sealed boolean) ON COMMIT DROP")
    lost = set(manifest.lost)
    for row in tx.rows("SELECT sha256, min(type) AS type FROM pack_file GROUP BY sha256 ORDER BY sha256"):
        name = f"files/{row['sha256']}"
        with contextlib.ExitStack() as stack:
            stream = None if row["sha256"] in lost else stack.enter_context(_member(archive, name, name))
            here = files.adopt(tx, row["sha256"], stream, row["type"])
        tx.run(
            "INSERT INTO pack_place VALUES (%(sha256)s, %(place)s, %(thumb)s, %(sealed)s)",
            {"sha256": row["sha256"], "place": here.place, "thumb": here.thumb, "sealed": here.sealed},
        )
    tx.run(
        f"INSERT INTO files.file ({listed}, place, thumb, sealed) OVERRIDING SYSTEM VALUE"
        f" SELECT {', '.join('f.' + quoted(one) for one in part.columns)}, p.place, p.thumb, p.sealed"
        " FROM pack_file f JOIN pack_place p USING (sha256)"
    )


def _make_sequences(tx: Tx, sequences: Sequence[dict[str, Any]]) -> None:
    """Those of automatic numbers stand alone; the others come with their tables."""
    for one in sequences:
        if one["table"] is None:
            found = _SEQUENCE.match(str(one["name"]))
            if found is None:
                raise Invalid("packs.damaged", path="file", part=f"sequence {one['name']}")
            tx.run(f"CREATE SEQUENCE IF NOT EXISTS records.{quoted(found[3])}")


def _set_sequences(tx: Tx, sequences: Sequence[dict[str, Any]]) -> None:
    for one in sequences:
        own = one["table"] is not None
        place = "pg_get_serial_sequence(%(table)s::text, %(column)s::text)" if own else "%(name)s::text"
        tx.run(f"SELECT setval({place}::regclass, %(value)s::bigint, %(called)s::boolean)", one)


def _compare(tx: Tx, manifest: Manifest) -> None:
    here = hashes(tx)
    wanted = manifest.digests()
    for name in sorted({*here, *wanted}):
        if here.get(name) != wanted.get(name):
            raise Invalid("packs.differs", path="file", part=name)
