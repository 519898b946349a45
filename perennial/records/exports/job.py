"""Ask for an export, write it as its person may see the form at that time, hand it to that person alone."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from psycopg.rows import tuple_row

from perennial import files, people
from perennial.access import readable
from perennial.files import File
from perennial.kernel import (
    SYSTEM,
    Actor,
    Conflict,
    Database,
    Denied,
    Invalid,
    Language,
    Missing,
    Row,
    Tx,
    defer,
    render,
)
from perennial.kernel import Query as Sql
from perennial.records.errands import Errands
from perennial.records.exports.cells import Cell, Kind, cell, usual
from perennial.records.exports.sheet import MOST_XLSX_ROWS, write_csv, write_xlsx
from perennial.records.names import sort_key
from perennial.records.page import conditions, count
from perennial.records.query import Query
from perennial.records.room import room
from perennial.records.search import NOTHING_SOUGHT, Sought, seek

Format = Literal["xlsx", "csv"]
Note = Callable[[int, int], bool]  # how far of how much; False: nobody wants it any more
Writer = Callable[[Path, Note], bool]  # writes a file; False when nobody wants it any more
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "pack": "application/zip",
}
PACK_RIGHTS = ("design", "people")  # everything is in it
KEPT_HOURS = 24  # as long as an upload that no record names
MOST_AT_ONCE = 3  # of one person
AT_ONCE_ROWS = 2_000  # from the server's cursor; after each, progress and a look whether it was cancelled
_COLUMNS = (
    "id, form, format, file_name, state, total, written, error, created_at, finished_at, expires_at,"
    " state = 'done' AND expires_at <= %(now)s AS expired"
)
_ERRANDS = Errands("exports.export", "exports.broken", begins=", written = 0", fails=", finished_at = %(now)s")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list shows. `columns` None: every field that the reader may see."""

    columns: tuple[str, ...] | None = None
    filter: str | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    search: str | None = None

    def query(self) -> Query:
        return Query(filter=self.filter, sort=self.sort, columns=self.columns, search=self.search)


def ask(tx: Tx, form: str, asked: Asked, *, format: Format = "xlsx", language: Language = "zh") -> int:
    """The number of a new export, which a worker will write. What cannot be exported is said at once.

    errors  those of a page · Invalid exports.too_many_rows for xlsx · Conflict exports.too_many
    """
    rows = readable(tx, form)
    _selection(tx, form, asked, language)
    total = count(tx, form, filter=asked.filter, search=asked.search).count
    if format == "xlsx" and total > MOST_XLSX_ROWS:
        raise Invalid("exports.too_many_rows", path="format", count=total, most=MOST_XLSX_ROWS)
    words = rows.catalog.form(form).words
    label = words.english if language == "en" else str(words)
    name = files.clean_name(f"{label} {tx.now:%Y-%m-%d %H%M}.{format}")
    tree = json.dumps(asdict(asked), ensure_ascii=False)
    return _queue(tx, form, tree, format, language, name, total)


def ask_pack(tx: Tx, language: Language = "zh") -> int:
    """The number of a new exit pack, for who may both design and look after people: it holds all that there is."""
    _may_pack(tx)
    name = f"Perennial {tx.now:%Y-%m-%d %H%M}.zip"
    return _queue(tx, "", "{}", "pack", language, name, None)


def _may_pack(tx: Tx) -> None:
    for right in PACK_RIGHTS:
        if right not in people.standing(tx).may:
            raise Denied("people.may", right=right)


def _queue(tx: Tx, form: str, query: str, format: str, language: str, name: str, total: int | None) -> int:
    under_way = tx.value(
        "SELECT count(*) FROM exports.export WHERE person IS NOT DISTINCT FROM %(me)s"
        " AND state IN ('queued', 'running')"
    )
    if under_way >= MOST_AT_ONCE:
        raise Conflict("exports.too_many", count=under_way)
    export_id = tx.value(
        "INSERT INTO exports.export (person, label, form, query, format, language, file_name, state, total, created_at)"
        " VALUES (%(me)s, %(label)s, %(form)s, %(query)s::jsonb, %(format)s, %(language)s, %(name)s, 'queued',"
        " %(total)s, %(now)s) RETURNING id",
        {
            "label": tx.actor.label, "form": form, "query": query, "format": format, "language": language,
            "name": name, "total": total,
        },
    )  # fmt: skip
    defer(tx, "exports.run", export_id=export_id)
    return int(export_id)


def exports(tx: Tx, *, limit: int = 50) -> list[Row]:
    """The acting person's own, the newest first."""
    return tx.rows(
        f"SELECT {_COLUMNS} FROM exports.export WHERE person IS NOT DISTINCT FROM %(me)s ORDER BY id DESC"
        " LIMIT %(limit)s",
        {"limit": limit},
    )


def read(tx: Tx, export_id: int) -> Row:
    """How far it is. Missing exports.missing when it is not the acting person's."""
    found = tx.one(
        f"SELECT {_COLUMNS} FROM exports.export WHERE id = %(id)s AND person IS NOT DISTINCT FROM %(me)s",
        {"id": export_id},
    )
    if found is None:
        raise Missing("exports.missing")
    return found


def known(tx: Tx, export_id: int) -> Row:
    """Whose it is: person, format, file_name. For programs."""
    found = tx.one("SELECT person, format, file_name FROM exports.export WHERE id = %(id)s", {"id": export_id})
    assert found is not None
    return found


def cancel(tx: Tx, export_id: int) -> None:
    """A worker at it stops soon; what it wrote is gone. One that is over stays as it is."""
    read(tx, export_id)
    tx.run(
        "UPDATE exports.export SET state = 'cancelled', finished_at = %(now)s"
        " WHERE id = %(id)s AND state IN ('queued', 'running')",
        {"id": export_id},
    )


def file(tx: Tx, export_id: int) -> File:
    """The file, for its person, within a day; a pack for who may still have everything.

    errors  Missing exports.missing, exports.expired · Conflict exports.not_ready · Denied people.may
    """
    found = read(tx, export_id)
    if found["state"] != "done":
        raise Conflict("exports.not_ready")
    if found["format"] == "pack":
        _may_pack(tx)
    number = tx.value("SELECT file_id FROM exports.export WHERE id = %(id)s", {"id": export_id})
    known = files.known(tx, [number]).get(number)
    if found["expired"] or known is None:
        raise Missing("exports.expired", at=f"{found['expires_at'].astimezone(tx.zone):%Y-%m-%d %H:%M}")
    return known


def unfinished(tx: Tx) -> list[int]:
    """Exports that somebody asked for and that are not over: each must have a job."""
    return _ERRANDS.unfinished(tx)


def run(database: Database, export_id: int, pack: Writer | None = None) -> bool:
    """Write the file of an export; True when it is done. Running it twice is harmless: what is over stays. What goes
    wrong stands with it. `pack` writes an exit pack."""

    def act(row: Row, actor: Actor) -> bool:
        with room() as place:
            path = place / f"export.{row['format']}"
            with database.begin(actor) as tx:
                if row["format"] != "pack":
                    wanted = _write(database, tx, row, path)
                else:
                    _may_pack(tx)
                    wanted = pack is not None and pack(path, lambda n, all_: _noted(database, export_id, n, all_))
            if not wanted:
                return False
            with database.begin(actor) as tx:
                return _keep(tx, row, path)

    return bool(_ERRANDS.run(database, export_id, act))


def _asked(tree: dict[str, Any]) -> Asked:
    columns = tree["columns"]
    sort = tuple((path, bool(descending)) for path, descending in tree["sort"])
    return Asked(None if columns is None else tuple(columns), tree["filter"], sort, tree["search"])


def _selection(tx: Tx, form: str, asked: Asked, language: Language) -> tuple[list[Cell], Sql, Sought]:
    """The columns, and one statement over all rows in the order of the list."""
    rows = readable(tx, form)
    query = asked.query()
    sought = seek(tx, rows, query.search) if query.search else NOTHING_SOUGHT
    cells = [cell(rows, path, language) for path in query.columns or usual(rows)]
    keys = [sort_key(rows, path, descending) for path, descending in query.sort]
    where = conditions(tx, rows, query.filter, sought, ())
    order: list[Any] = [
        (key.expression.desc() if key.descending else key.expression.asc()).nulls_last() for key in keys
    ]
    record_id = rows.source.field("id")
    order.append(record_id.desc() if keys and keys[0].descending else record_id.asc())
    columns = [one.value.label(f"c{at}") for at, one in enumerate(cells)]
    found = sa.select(*columns).select_from(rows.from_).where(*where).order_by(*order)
    return cells, render(found), sought


def written(tx: Tx, form: str, asked: Asked, path: Path, format: Format, language: Language) -> Iterator[int]:
    """Write what the actor may see of the list to `path`; the number of each row once it is written."""
    cells, sql, sought = _selection(tx, form, asked, language)
    header = [one.label for one in cells]
    kinds: list[Kind] = [one.kind for one in cells]
    write = write_xlsx if format == "xlsx" else write_csv
    binds = {"today": tx.today, "now": tx.now, "me": tx.actor.id, "zone": tx.zone.key, **sql.params, **sought.binds}
    with tx.connection.cursor("export", row_factory=tuple_row) as cursor:
        cursor.itersize = AT_ONCE_ROWS
        rows: Iterator[Any] = iter(())
        if not sought.nothing:
            cursor.execute(sql.text.encode(), binds)
            rows = iter(cursor)
        for number, _ in enumerate(write(path, header, kinds, rows, language), 1):
            yield number


def _write(database: Database, tx: Tx, row: Row, path: Path) -> bool:
    """The file at `path` is written; False when the person cancelled meanwhile."""
    number = 0
    for number in written(tx, row["form"], _asked(row["query"]), path, row["format"], row["language"]):
        if number % AT_ONCE_ROWS == 0 and not _noted(database, row["id"], number):
            return False
    return _noted(database, row["id"], number)


def _noted(database: Database, export_id: int, written: int, total: int = 0) -> bool:
    """How far it is, for others to see; False when it is no longer wanted."""
    with database.begin(SYSTEM) as tx:
        return bool(
            tx.run(
                "UPDATE exports.export SET written = %(written)s, total = greatest(total, %(written)s, %(total)s)"
                " WHERE id = %(id)s AND state = 'running'",
                {"id": export_id, "written": written, "total": total},
            )
        )


def _keep(tx: Tx, row: Row, path: Path) -> bool:
    """False when it was cancelled meanwhile."""
    with path.open("rb") as stream:
        made = files.produce(tx, stream, row["file_name"], TYPES[row["format"]])
    done = tx.run(
        "UPDATE exports.export SET state = 'done', file_id = %(file)s, total = written, finished_at = %(now)s,"
        " expires_at = %(until)s WHERE id = %(id)s AND state = 'running'",
        {"id": row["id"], "file": made.id, "until": tx.now + dt.timedelta(hours=KEPT_HOURS)},
    )
    return bool(done)
