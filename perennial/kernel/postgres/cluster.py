"""One data folder and its server: made once, started, asked whether it lives, stopped.

Every function that changes something is called under `lease.exclusive`.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import psycopg
from psycopg.conninfo import make_conninfo

from perennial.kernel.errors import Broken
from perennial.kernel.postgres import processes
from perennial.kernel.postgres.account import Account, account, give
from perennial.kernel.postgres.binaries import bin_folder, major_version
from perennial.kernel.postgres.lease import Say
from perennial.kernel.postgres.settings import configuration

PORT = 5432  # names the socket file only; the server listens on no address
SOCKET_LIMIT = 107 - len(f"/.s.PGSQL.{PORT}.lock")
FAST_SECONDS, IMMEDIATE_SECONDS, ORPHAN_SECONDS = 10.0, 5.0, 5.0
TELL_AFTER_SECONDS = 3.0
_KEPT_LOG_BYTES = 10_000_000
_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Cluster:
    """The folder HOME/postgres: `data` belongs to the server, the rest to us."""

    folder: Path
    bin: Path
    owner: Account
    trial: bool = False
    """A throw-away: nothing is synced to disk, and the server dies with this program."""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def socket(self) -> Path:
        """Where a new server puts its socket: in the data folder, or in a short private one when that is too long."""
        if len(os.fsencode(self.data)) <= SOCKET_LIMIT:
            return self.data
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"perennial-{self.owner.uid}-{mark}"

    def conninfo(self, **more: str) -> str:
        """How to reach the server, from what it wrote itself: another program may have chosen the socket's place."""
        host = (_pid_file(self.data)[4:5] or [str(self.socket())])[0]
        return make_conninfo(host=host, port=PORT, connect_timeout=10, **more)


def cluster(home: Path) -> Cluster:
    """The cluster of a Perennial home. Refuses one that another major version made."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = home.resolve() / "postgres"
    folder.mkdir(mode=0o700, exist_ok=True)
    return Cluster(folder, bin_folder(), account(folder / "data"))


def version_of(data: Path) -> int | None:
    """The major version that made the data folder; None when there is none yet."""
    try:
        return int((data / "PG_VERSION").read_text().strip())
    except FileNotFoundError:
        return None


def _environment() -> dict[str, str]:
    """No PG* variable of the caller reaches the server."""
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ}


def _run(cluster: Cluster, *command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        cluster.owner.command(*command, folder=folder), cwd=folder, env=_environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, start_new_session=True, check=False,
    )  # fmt: skip


def make(cluster: Cluster, say: Say) -> None:
    """The data folder exists, whole: it is made beside its place and then renamed."""
    if version_of(cluster.data) is not None:
        return
    if cluster.data.exists() and any(cluster.data.iterdir()):
        raise Broken("kernel.data_unknown", folder=str(cluster.data))
    for left in cluster.folder.glob("making-*"):
        shutil.rmtree(left, ignore_errors=True)
    say("creating the database folder")
    new = cluster.folder / f"making-{os.getpid()}"
    new.mkdir(mode=0o700)
    give(new, cluster.owner)
    common = (cluster.bin / "initdb", "-D", new, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-instructions",
              *(["--no-sync"] if cluster.trial else []))  # fmt: skip
    locales = [("--locale-provider=libc", "--locale=C.UTF-8"), ("--locale=C",)]
    if major_version(cluster.bin) >= 17:
        locales = [("--locale-provider=builtin", "--locale=C.UTF-8", "--builtin-locale=C.UTF-8")]
    output = ""
    for locale in locales:
        done = _run(cluster, *common, *locale, folder=new)
        output = done.stderr.strip()[-500:]
        if done.returncode == 0:
            break
    else:
        shutil.rmtree(new, ignore_errors=True)
        raise Broken("kernel.initdb_failed", output=output)
    if cluster.data.exists():
        cluster.data.rmdir()
    new.rename(cluster.data)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def postmaster(data: Path) -> int | None:
    """The pid of the living postmaster of this folder; None when the file is absent or stale."""
    lines = _pid_file(data)
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    return pid if pid and processes.is_postgres_of(pid, data) else None


def answers(cluster: Cluster) -> bool:
    """A real connection succeeds. That alone counts as alive."""
    try:
        with connect(cluster):
            return True
    except psycopg.OperationalError:
        return False


@contextlib.contextmanager
def connect(cluster: Cluster, dbname: str = "postgres") -> Generator["psycopg.Connection[tuple[object, ...]]"]:
    """As the server's superuser, for its own upkeep only."""
    with psycopg.connect(cluster.conninfo(user="postgres", dbname=dbname), autocommit=True) as connection:
        yield cast("psycopg.Connection[tuple[object, ...]]", connection)


def _clear_remains(cluster: Cluster, say: Say) -> None:
    """After a crash: no process of an older server lives here, and no stale postmaster.pid stands in the way."""
    orphans = processes.postgres_of(cluster.data)
    if orphans:
        say("ending what a crashed database server left running")
        orphans = processes.wait_until_gone(orphans, cluster.data, 1.0)  # they notice by themselves, mostly
        orphans = processes.end(
            orphans, cluster.data, (signal.SIGQUIT, ORPHAN_SECONDS), (signal.SIGKILL, ORPHAN_SECONDS)
        )
        if orphans:
            raise Broken("kernel.postgres_orphans", pids=", ".join(map(str, orphans)), folder=str(cluster.data))
    # only now is it certain that no pid in these files is ours; PostgreSQL itself would take a zombie for a server
    places = {cluster.data, cluster.socket(), *map(Path, _pid_file(cluster.data)[4:5])}
    for place in (place for place in places if place == cluster.data or _private(cluster, place)):
        (place / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        (place / f".s.PGSQL.{PORT}").unlink(missing_ok=True)
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)


def _private(cluster: Cluster, folder: Path) -> bool:
    """A real folder of the server's account that nobody else may enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == cluster.owner.uid and not found.st_mode & 0o077


def _socket_folder(cluster: Cluster) -> Path:
    folder = cluster.socket()
    if folder == cluster.data:
        return folder
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if cluster.owner.switch:
            os.chown(folder, cluster.owner.uid, cluster.owner.gid)
    if not _private(cluster, folder):
        raise Broken("kernel.socket_folder", folder=str(folder))
    return folder


def _launch(cluster: Cluster) -> int:
    """Start the server in a session of its own; return its pid."""
    if cluster.log.exists() and cluster.log.stat().st_size > _KEPT_LOG_BYTES:
        cluster.log.replace(cluster.log.with_suffix(".1"))
    socket = _socket_folder(cluster)
    words = cluster.owner.command(
        cluster.bin / "postgres", "-D", cluster.data, "-k", socket, "-p", str(PORT), "-c", "listen_addresses=",
        folder=cluster.data, bound=cluster.trial,
    )  # fmt: skip
    # posix_spawn and not Popen: the server outlives this object, and often this program
    return os.posix_spawn(
        words[0], words, _environment(), setsid=True, setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGPIPE, signal.SIGTERM],
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(cluster.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )  # fmt: skip


def start(cluster: Cluster, say: Say) -> None:
    """The server answers. Recovery after a crash may take long; then a line tells so every few seconds."""
    if postmaster(cluster.data) is not None:
        _wait(cluster, None, say)
        return
    _clear_remains(cluster, say)
    give(cluster.data, cluster.owner)
    conf = cluster.data / "perennial.conf"
    conf.write_text(configuration(trial=cluster.trial), encoding="utf-8")
    included = cluster.data / "postgresql.conf"
    if "perennial.conf" not in (text := included.read_text(encoding="utf-8")):
        included.write_text(f"{text}\ninclude 'perennial.conf'\ninclude_if_exists 'own.conf'\n", encoding="utf-8")
    if cluster.owner.switch:
        os.chown(conf, cluster.owner.uid, cluster.owner.gid)
    _wait(cluster, _launch(cluster), say)


def _wait(cluster: Cluster, launched: int | None, say: Say) -> None:
    """Until a connection succeeds. Raises when the server has died instead; knows no limit while it lives."""
    since = time.monotonic()
    tell_at = since + TELL_AFTER_SECONDS
    while True:
        living = processes.runs(launched) if launched else postmaster(cluster.data) is not None
        if (cluster.data / "postmaster.pid").exists() and answers(cluster):
            return
        if not living:
            raise Broken("kernel.postgres_died", log=str(cluster.log), output=_last_lines(cluster.log))
        if time.monotonic() > tell_at:
            say(f"the database is recovering, {time.monotonic() - since:.0f} s so far ({_last_lines(cluster.log, 1)})")
            tell_at += TELL_AFTER_SECONDS
        time.sleep(0.02)


def _last_lines(log: Path, lines: int = 5) -> str:
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def kill(cluster: Cluster) -> None:
    """End everything in the data folder at once; for throw-away servers, and after a stop that did not do."""
    left = processes.postgres_of(cluster.data)
    processes.end(left, cluster.data, (signal.SIGQUIT, IMMEDIATE_SECONDS), (signal.SIGKILL, IMMEDIATE_SECONDS))


def stop(cluster: Cluster, say: Say) -> None:
    """Nothing runs in the data folder. A checkpoint first; when that takes too long, the log alone keeps all."""
    pid = postmaster(cluster.data)
    if pid is not None and processes.end([pid], cluster.data, (signal.SIGINT, FAST_SECONDS)):
        say("the database takes long to stop; it will recover at the next start")
    processes.wait_until_gone(processes.postgres_of(cluster.data), cluster.data, 0.5 if pid else 0)
    kill(cluster)
    if cluster.socket() != cluster.data and _private(cluster, cluster.socket()):
        with contextlib.suppress(OSError):
            cluster.socket().rmdir()
