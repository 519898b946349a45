"""Files that another program puts into a folder are imported by themselves.

In:   PERENNIAL_HOME/inbox/<name>, a folder that somebody set up for a form, and the mapping remembered for its columns
Out:  an import as by hand; the file moved to done/ or failed/ beside it; a line that tells what became of it
Nothing is guessed: a file whose columns nobody has confirmed before, or with wrong cells, waits in the list of imports
for a person. A file is taken into .taken/ before it is read, so whatever comes under its name meanwhile is another one;
what a killed program left there goes on with the import that it had begun.
"""

import contextlib
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import psycopg

from perennial import access
from perennial.kernel import SYSTEM, Actor, Busy, Conflict, Database, Invalid, Missing, Problem, Row, Tx, log, settings
from perennial.records.imports.files import SUFFIXES
from perennial.records.imports.run import ANSWERS, check, run, start
from perennial.records.imports.stage import upload

SETTLED_SECONDS = 10  # a file that was written to more recently may not be whole
MOST_AT_ONCE = 20  # files of one folder in one look
LONGEST_NAME = 60
TAKEN = ".taken"


def folder_of(name: str) -> Path:
    return settings().home / "inbox" / name


def save_folder(
    tx: Tx, name: str, form: str, *, daily_at: dt.time | None = None, answer: str = "tasks", skip_errors: bool = False,
    active: bool = True,
) -> int:  # fmt: skip
    """The folder of this name is looked into on the acting person's behalf.

    errors  Invalid imports.folder_name, imports.answer · Conflict imports.folder_taken by a colleague
    """
    access.require(tx, "create" if access.may(tx, "create", form) else "update", form)
    name = name.strip()
    if (
        not name
        or len(name) > LONGEST_NAME
        or name.startswith(".")
        or any(c in "/\\" or not c.isprintable() for c in name)
    ):
        raise Invalid("imports.folder_name", path="name", name=name)
    if answer not in ANSWERS:
        raise Invalid("imports.answer", path="answer", answer=answer)
    found = tx.value(
        "INSERT INTO imports.folder AS f (name, form, daily_at, answer, skip_errors, active, person, label)"
        " VALUES (%(name)s, %(form)s, %(daily)s, %(answer)s, %(skip)s, %(active)s, %(me)s, %(label)s)"
        " ON CONFLICT (name) DO UPDATE SET form = excluded.form, daily_at = excluded.daily_at,"
        " answer = excluded.answer, skip_errors = excluded.skip_errors, active = excluded.active"
        " WHERE f.person IS NOT DISTINCT FROM excluded.person RETURNING id",
        {"name": name, "form": form, "daily": daily_at, "answer": answer, "skip": skip_errors, "active": active,
         "label": tx.actor.label},
    )  # fmt: skip
    if found is None:
        raise Conflict("imports.folder_taken", name=name)
    tx.after_commit(lambda: _prepared(folder_of(name)))
    return int(found)


def _prepared(place: Path) -> None:
    with contextlib.suppress(OSError):  # a look tells of it
        _make(place)


def _make(place: Path) -> None:
    for one in (place, place / TAKEN, place / "done", place / "failed"):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)


def folders(tx: Tx) -> list[Row]:
    """The acting person's folders, each with `place` and its last `arrivals`: file_name, import_id, done, error, at."""
    rows = tx.rows(
        "SELECT id, name, form, daily_at, answer, skip_errors, active, looked_at FROM imports.folder"
        " WHERE person IS NOT DISTINCT FROM %(me)s ORDER BY name"
    )
    arrivals = tx.rows(
        "SELECT a.folder_id, a.file_name, a.import_id, a.done, a.error, a.at FROM imports.folder f CROSS JOIN LATERAL"
        " (SELECT * FROM imports.arrival WHERE folder_id = f.id ORDER BY id DESC LIMIT 10) a"
        " WHERE f.person IS NOT DISTINCT FROM %(me)s ORDER BY a.id DESC"
    )
    for row in rows:
        row["place"] = str(folder_of(row["name"]))
        row["arrivals"] = [one for one in arrivals if one["folder_id"] == row["id"]]
    return rows


def remove_folder(tx: Tx, folder_id: int) -> None:
    """It is no longer looked into; what lies there stays."""
    if not tx.run("DELETE FROM imports.folder WHERE id = %(id)s AND person IS NOT DISTINCT FROM %(me)s",
                  {"id": folder_id}):  # fmt: skip
        raise Missing("imports.no_folder")


def look(database: Database) -> int:
    """Import what lies in the folders that are due; how many files were taken."""
    with database.begin(SYSTEM) as tx:
        due = tx.rows(
            "SELECT id, name, form, answer, skip_errors, person, label FROM imports.folder WHERE active AND"
            " (daily_at IS NULL OR ((%(now)s AT TIME ZONE %(zone)s)::time >= daily_at AND (looked_at IS NULL OR"
            " (looked_at AT TIME ZONE %(zone)s)::date < %(today)s"
            " OR (looked_at AT TIME ZONE %(zone)s)::time < daily_at))) ORDER BY id",
            {"zone": tx.zone.key},
        )
        outside = float(tx.value("SELECT extract(epoch FROM clock_timestamp())"))  # files have the time of the machine
    taken = 0
    for folder in due:
        try:
            for path in _waiting(folder_of(folder["name"]), outside - SETTLED_SECONDS):
                if path.parent.name == TAKEN or _settled(path, outside - SETTLED_SECONDS):
                    _take(database, folder, path)
                    taken += 1
        except OSError as problem:  # the other folders are looked into all the same
            log.warning("a folder of imports cannot be used", folder=folder["name"], why=str(problem))
            _tell_closed(database, folder)
        with database.begin(SYSTEM) as tx:
            tx.run("UPDATE imports.folder SET looked_at = %(now)s WHERE id = %(id)s", {"id": folder["id"]})
    return taken


def _waiting(place: Path, before: float) -> list[Path]:
    """What a killed program had taken; then whole files of a kind that we read, the oldest first, each taken as it is
    given. Links lead out of the folder and are left alone."""
    _make(place)
    left = [path for path in sorted((place / TAKEN).iterdir()) if path.is_file()]
    found: list[tuple[float, Path]] = []
    with os.scandir(place) as entries:
        for one in entries:
            wanted = one.is_file(follow_symlinks=False) and not one.name.startswith((".", "~$"))
            if wanted and Path(one.name).suffix.lower().lstrip(".") in SUFFIXES:
                changed = one.stat(follow_symlinks=False).st_mtime
                if changed < before:
                    found.append((changed, Path(one.path)))
    return [*left, *(path for _, path in sorted(found))][:MOST_AT_ONCE]


def _settled(path: Path, before: float) -> bool:
    """Also when its turn comes: files before it may have taken their time."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat(follow_symlinks=False).st_mtime < before
    return False


def _take(database: Database, folder: Row, path: Path) -> None:
    actor = SYSTEM if folder["person"] is None else Actor("person", folder["person"], folder["label"])
    begun: Row | None = None
    if path.parent.name == TAKEN:
        begun = _begun(database, folder, path)
    else:
        path = _moved(path, path.parent / TAKEN)
    error: dict[str, Any] | None = None
    try:
        if begun is None:
            begun = database.run(actor, lambda tx: _uploaded(tx, folder, path))
        number = int(begun["import_id"])
        if begun["state"] in ("mapping", "checked"):
            database.run(actor, lambda tx: _begin(tx, folder, number))
        run(database, number)
        with database.begin(SYSTEM) as tx:
            row = tx.one("SELECT state, error FROM imports.import WHERE id = %(id)s", {"id": number}) or {}
        if row["state"] in ("queued", "running"):
            return  # another worker is at it
        error = row["error"] or (None if row["state"] == "done" else {"code": "imports.broken", "facts": {}})
    except (Busy, psycopg.OperationalError):
        return  # a lock, a lost connection: it lies there for the next look
    except Problem as problem:
        error = {"code": problem.code, "facts": {**problem.facts, "path": problem.path}}
    except OSError:
        raise
    except Exception:  # ours to mend; the file is out of the way of the next look
        _over(database, folder, path, begun, {"code": "imports.broken", "facts": {}})
        raise
    _over(database, folder, path, begun, error)


def _over(database: Database, folder: Row, path: Path, begun: Row | None, error: dict[str, Any] | None) -> None:
    """The file is put away, and a line tells what became of it."""
    _moved(path, path.parent.parent / ("failed" if error else "done"))
    with database.begin(SYSTEM) as tx:
        arrival = begun["arrival"] if begun else _arrived(tx, folder, path, None)
        tx.run(
            "UPDATE imports.arrival SET done = %(done)s, error = %(error)s::jsonb, at = %(now)s WHERE id = %(id)s",
            {"id": arrival, "done": error is None,
             "error": json.dumps(error, ensure_ascii=False, default=str) if error else None},
        )  # fmt: skip


def _uploaded(tx: Tx, folder: Row, path: Path) -> Row:
    number = upload(tx, folder["form"], path.name, path)
    return {"import_id": number, "state": "mapping", "arrival": _arrived(tx, folder, path, number)}


def _arrived(tx: Tx, folder: Row, path: Path, import_id: int | None, error: str | None = None) -> int | None:
    """None when the folder was taken away meanwhile."""
    return tx.value(
        "INSERT INTO imports.arrival (folder_id, file_name, import_id, done, error, at) SELECT id, %(file)s,"
        " %(import)s, false, %(error)s::jsonb, %(now)s FROM imports.folder WHERE id = %(folder)s RETURNING id",
        {"folder": folder["id"], "file": path.name, "import": import_id,
         "error": json.dumps({"code": error, "facts": {}}) if error else None},
    )  # fmt: skip


def _begun(database: Database, folder: Row, path: Path) -> Row | None:
    """The import of a file that was taken before, when it came so far: else it would be written twice."""
    with database.begin(SYSTEM) as tx:
        return tx.one(
            "SELECT a.id AS arrival, a.import_id, i.state FROM imports.arrival a JOIN imports.import i"
            " ON i.id = a.import_id WHERE a.folder_id = %(folder)s AND a.file_name = %(file)s AND NOT a.done"
            " AND a.error IS NULL ORDER BY a.id DESC LIMIT 1",
            {"folder": folder["id"], "file": path.name},
        )


def _tell_closed(database: Database, folder: Row) -> None:
    """Once, not every minute."""
    with database.begin(SYSTEM) as tx:
        last = tx.value(
            "SELECT error ->> 'code' FROM imports.arrival WHERE folder_id = %(id)s ORDER BY id DESC LIMIT 1",
            {"id": folder["id"]},
        )
        if last != "imports.folder_closed":
            _arrived(tx, folder, folder_of(folder["name"]), None, "imports.folder_closed")


def _begin(tx: Tx, folder: Row, import_id: int) -> None:
    about = tx.value("SELECT about FROM imports.import WHERE id = %(id)s", {"id": import_id})
    if not about.get("remembered"):
        raise Invalid("imports.columns_unknown")
    told = check(tx, import_id)
    if told["bad"] and not folder["skip_errors"]:
        raise Invalid("imports.errors", count=told["bad"])
    start(tx, import_id, skip_errors=folder["skip_errors"], answer=folder["answer"])


def _moved(path: Path, place: Path) -> Path:
    """Beside what came before under the same name."""
    place.mkdir(mode=0o700, exist_ok=True)
    target, number = place / path.name, 1
    while target.exists():
        number += 1
        target = place / f"{path.stem} ({number}){path.suffix}"
    path.replace(target)
    return target
