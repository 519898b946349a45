"""One archive with everything of a workspace, and its way back.

    database.dump     pg_dump's custom format, of one snapshot
    home/…            what the home holds beside the database: uploaded and produced files, the head of the change log
    definitions/…     the apps as YAML, for reading; the database has them too
    manifest.json     last: versions, migrations, and a digest of every part

A restore prepares a fresh database beside the old one, then exchanges the two names in one transaction; files follow.
Killed at any moment it has happened or it has not; `settle` finishes what an interruption left between the two.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any, cast

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from perennial.kernel import postgres
from perennial.kernel.errors import Broken, Conflict, Denied, Invalid, Missing
from perennial.kernel.migrate import migrate, pending

FORMAT = 1
_MARKER = "restoring.json"
_LOCK = 0x726573746F7265  # advisory: one restore at a time
_FRESH, _FORMER = "_restoring", "_before"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. `parts`: archive name -> sha256."""

    perennial: str
    server: int
    made_at: str
    migrations: list[str]
    parts: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    format: int = FORMAT


# --- out


def backup(
    url: str, target: Path, *, home: Mapping[str, Path], definitions: Path | None, facts: Mapping[str, Any]
) -> Manifest:
    """Write the archive; it appears under its name only when it is whole.

    home         name in the home -> file or folder; absent ones are left out
    definitions  a folder of YAML
    facts        more lines for the manifest, such as the head of the change log
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with (
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".perennial-backup-") as room,
            psycopg.connect(url) as connection,
        ):
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            row = connection.execute(
                "SELECT pg_export_snapshot(), now()::text, ARRAY(SELECT name FROM kernel.migration ORDER BY name)"
            ).fetchone()
            assert row is not None
            snapshot, made_at, migrations = row
            server = connection.info.server_version // 10000
            dump = Path(room) / "database.dump"
            as_of = ("--no-owner", "--no-acl", f"--snapshot={snapshot}")
            _tool(url, server, "pg_dump", "--format=custom", *as_of, f"--file={dump}")
            parts: dict[str, str] = {}
            with part.open("wb") as stream:
                part.chmod(0o600)
                with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
                    _add(archive, dump, "database.dump", parts)
                    for name, place in home.items():
                        _add_tree(archive, place, f"home/{name}", parts)
                    if definitions is not None:
                        _add_tree(archive, definitions, "definitions", parts)
                    manifest = Manifest(version("perennial"), server, made_at, migrations, parts, dict(facts))
                    said = Path(room) / "manifest.json"
                    said.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), encoding="utf-8")
                    archive.add(said, "manifest.json")
                stream.flush()
                os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _add_tree(archive: tarfile.TarFile, place: Path, name: str, parts: dict[str, str]) -> None:
    if place.is_file():
        _add(archive, place, name, parts)
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.is_symlink():
            _add(archive, path, f"{name}/{path.relative_to(place).as_posix()}", parts)


def _add(archive: tarfile.TarFile, path: Path, name: str, parts: dict[str, str]) -> None:
    with path.open("rb") as stream:
        parts[name] = hashlib.file_digest(stream, "sha256").hexdigest()
    archive.add(path, name, recursive=False)


# --- back in


def restore(url: str, archive: Path, *, home: Path, replace: bool) -> Manifest:
    """The workspace is as it was when the archive was made. Nothing changes unless all of it succeeds.

    replace  also over a workspace that is in use by people; otherwise that is refused
    """
    name = cast(str, conninfo_to_dict(url)["dbname"])
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(url) as connection:
        if not replace and not _unused(url):
            raise Conflict("kernel.restore_not_empty")
        settle(url, home)  # what an interrupted one left
        (home / _MARKER).unlink(missing_ok=True)
        for left in home.glob("restoring-*"):
            shutil.rmtree(left, ignore_errors=True)
        room = Path(tempfile.mkdtemp(prefix="restoring-", dir=home))
        try:
            manifest = _unpack(archive, room)
            here = connection.info.server_version // 10000
            if manifest.server > here:
                raise Invalid("kernel.backup_newer_server", path="file", made_on=manifest.server, here=here)
            _fill(connection, url, name, room / "database.dump")
            _exchange(connection, name, home / _MARKER, room)
        except BaseException:
            settle(url, home)  # the interruption may have come after the exchange
            (home / _MARKER).unlink(missing_ok=True)
            _drop(connection, name + _FRESH)
            shutil.rmtree(room, ignore_errors=True)
            raise
        settle(url, home)
    return manifest


def settle(url: str, home: Path) -> None:
    """Where a restore exchanged the databases, the home's files are exchanged too."""
    marker = home / _MARKER
    if not marker.exists():
        return
    said = json.loads(marker.read_text(encoding="utf-8"))
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    if row is None or row[0] != said["database"]:
        return  # not exchanged: a restore at work, or one that came to nothing
    room = home / cast(str, said["room"])
    for new in (room / "home").iterdir() if (room / "home").exists() else ():
        there = home / new.name
        if there.exists():
            there.rename(room / f"former-{new.name}")
        new.rename(there)
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
        _drop(connection, f"{conninfo_to_dict(url)['dbname']}{_FORMER}")
    marker.unlink()
    shutil.rmtree(room, ignore_errors=True)


@contextlib.contextmanager
def _alone(url: str) -> Generator["psycopg.Connection[Any]"]:
    """A connection beside the workspace's database; no other restore runs."""
    with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if row is None or not row[0]:
            raise Conflict("kernel.restore_at_work")
        try:
            yield connection
        finally:  # with the connection it would go a moment later
            with contextlib.suppress(psycopg.OperationalError):
                connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _unused(url: str) -> bool:
    """Nobody was entered yet: there is nobody whose work could be lost."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('people.person') IS NOT NULL").fetchone()
        if row is None or not row[0]:
            return True
        return connection.execute("SELECT 1 FROM people.person LIMIT 1").fetchone() is None


def _unpack(archive: Path, room: Path) -> Manifest:
    """The archive's parts in `room`, each as its digest says."""
    digests: dict[str, str] = {}
    try:
        with tarfile.open(archive, mode="r:") as packed:
            for member in packed:
                name = PurePosixPath(member.name)
                content = packed.extractfile(member)
                if not member.isreg() or content is None or name.is_absolute() or ".." in name.parts:
                    raise Invalid("kernel.not_a_backup", path="file", file=archive.name, part=member.name)
                place = room / name
                place.parent.mkdir(parents=True, exist_ok=True)
                digest = hashlib.sha256()
                with place.open("wb") as written:
                    while chunk := content.read(1 << 20):
                        digest.update(chunk)
                        written.write(chunk)
                digests[member.name] = digest.hexdigest()
        said = json.loads((room / "manifest.json").read_text(encoding="utf-8"))
        manifest = Manifest(**said) if said.get("format") == FORMAT else None
    except FileNotFoundError as error:
        if not archive.exists():
            raise Missing("kernel.no_such_file", path="file", file=str(archive)) from error
        raise Invalid("kernel.not_a_backup", path="file", file=archive.name, part="manifest.json") from error
    except (tarfile.TarError, ValueError, TypeError, OSError) as error:
        raise Invalid("kernel.not_a_backup", path="file", file=archive.name, part="?") from error
    if manifest is None:
        raise Invalid("kernel.backup_newer", path="file", file=archive.name, made_by=said.get("perennial"))
    digests.pop("manifest.json")
    if wrong := sorted(name for name in digests | manifest.parts if digests.get(name) != manifest.parts.get(name)):
        raise Invalid("kernel.backup_damaged", path="file", file=archive.name, part=wrong[0])
    known = {name for name, _ in pending(set())} | {"procrastinate"}
    if set(manifest.migrations) - known:
        raise Invalid("kernel.backup_newer", path="file", file=archive.name, made_by=manifest.perennial)
    return manifest


def _fill(connection: "psycopg.Connection[Any]", url: str, name: str, dump: Path) -> None:
    """A fresh database with the dump in it, brought to what this program knows."""
    fresh = name + _FRESH
    _drop(connection, fresh)
    _drop(connection, name + _FORMER)
    try:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
    except pg.InsufficientPrivilege as error:
        raise Denied("kernel.restore_may_not_create") from error
    beside = make_conninfo(url, dbname=fresh)
    _tool(
        beside,
        connection.info.server_version // 10000,
        "pg_restore",
        "--no-owner",
        "--no-acl",
        "--exit-on-error",
        "--jobs=2",
        dump,
    )
    migrate(beside)
    with psycopg.connect(beside, autocommit=True) as there:
        there.execute("ANALYZE")


def _exchange(connection: "psycopg.Connection[Any]", name: str, marker: Path, room: Path) -> None:
    """The fresh database takes the name; the former one keeps another until the files have followed."""
    here, fresh, former = sql.Identifier(name), sql.Identifier(name + _FRESH), sql.Identifier(name + _FORMER)
    row = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [name + _FRESH]).fetchone()
    assert row is not None
    marker.write_text(json.dumps({"database": row[0], "room": room.name}), encoding="utf-8")
    try:
        with connection.transaction():
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(here, former))
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, here))
    except pg.ObjectInUse as error:
        raise Conflict("kernel.restore_in_use") from error


def _drop(connection: "psycopg.Connection[Any]", name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _programs(server: int) -> Path:
    """The folder of programs that a server of this version understands: 16 does not know all that 18 says."""
    folder = postgres.bin_folder()
    return folder if server > 16 or postgres.major_version(folder) <= server else postgres.bin_folder(server)


def _tool(url: str, server: int, name: str, *arguments: str | Path) -> None:
    """One of PostgreSQL's own programs on `url`; a password travels in the environment, where `ps` does not show it."""
    said = conninfo_to_dict(url)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    if password := said.pop("password", None):
        environment["PGPASSWORD"] = str(password)
    done = subprocess.run(
        [_programs(server) / name, f"--dbname={make_conninfo('', **said)}", *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Broken("kernel.tool_failed", tool=name, output=done.stderr.strip()[-500:])


def tool(url: str, name: str, *arguments: str | Path) -> None:
    """pg_dump or pg_restore on `url`, in the version that its server understands. Broken kernel.tool_failed."""
    with psycopg.connect(url) as connection:
        server = connection.info.server_version // 10000
    _tool(url, server, name, *arguments)
