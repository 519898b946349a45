"""Indexes that follow use: what the definitions want, what stands, and the job that builds one at a time.

In:   saved views (filter, order, group), date triggers, what people asked for, the forms themselves (search)
Out:  indexes in schema data, built CONCURRENTLY; `records.index` keeps what people decided and what went wrong
Nobody waits for a build but the publication of that same form, which therefore stops it. Each index makes every save
of its form a little slower, so a form has at most MOST, and a short one none.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import psycopg
from psycopg import errors

from perennial.access import everything
from perennial.forms import catalog
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Row, Tx, defer, log
from perennial.records.index_keys import Index, bounded, date_keys, index_of, keys_of
from perennial.records.search import search_indexes
from perennial.records.view_kind import SharedView, own_views, shared_views

MOST = 6  # of one form, beside those of search, relations and unique fields
LEAST_ROWS = 10_000  # a shorter form is read through quicker than anybody notices
AT_ONCE_ROWS = 2_000  # a form so short gets search's indexes inside the publication: 0.1 s
AGAIN_MINUTES = 60  # after a build that failed: a full disk has room again
TASK = "records.indexes"
_LOCK = (0x696E6465, 1)  # one builder; a publication finds it by this
Why = Literal["trigger", "view", "own_view", "hand", "search", "sound", "title"]


@dataclass(frozen=True, slots=True)
class Watched:
    """A date by which a process finds what is due."""

    form: str
    date: str
    label: str


@dataclass(slots=True)
class Wanted:
    """An index and for whom it is; `reasons`: (why, label)."""

    index: Index
    reasons: list[tuple[Why, str]] = field(default_factory=list[tuple[Why, str]])


def wanted(tx: Tx, watched: Iterable[Watched]) -> list[Wanted]:
    """Indexes that follow use, the most needed first: asked for by hand, triggers, shared views, persons' own. A prefix
    of another one is not wanted apart."""
    found: dict[str, Wanted] = {}

    def want(form: str, keys: Sequence[str], why: Why, label: str) -> None:
        if keys:
            index = index_of(tx, form, keys)
            reasons = found.setdefault(index.name, Wanted(index)).reasons
            if (why, label) not in reasons:
                reasons.append((why, label))

    known = catalog(tx)
    for row in tx.rows("SELECT form, keys FROM records.index WHERE wish = 'keep' ORDER BY at"):
        if row["form"] in known and _hold(tx, row["form"], row["keys"]):
            want(row["form"], row["keys"], "hand", "")
    for one in watched:
        want(one.form, _tried(lambda one=one: date_keys(tx, one.form, one.date)), "trigger", one.label)
    for view in shared_views(tx):
        want(view.form, _tried(lambda view=view: _keys_of_view(tx, view)), "view", view.label)
    for view in own_views(tx):
        want(view.form, _tried(lambda view=view: _keys_of_view(tx, view)), "own_view", "")
    gone = let_go_of(tx)
    standing = [one for name, one in found.items() if name not in gone]
    return [one for one in found.values() if not _within_another(one, standing)]


def let_go_of(tx: Tx) -> set[str]:
    """Names of indexes that a person does not want."""
    return {row["name"] for row in tx.rows("SELECT name FROM records.index WHERE wish = 'drop'")}


def _keys_of_view(tx: Tx, view: SharedView) -> tuple[str, ...]:
    sort = tuple((one["field"], bool(one.get("descending"))) for one in view.tree.get("sort") or ())
    return keys_of(tx, view.form, view.tree.get("filter") or None, sort, view.tree.get("group"))


def _tried(keys: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    """A view whose fields are gone wants nothing."""
    try:
        return keys()
    except (Invalid, Missing):
        return ()


def _hold(tx: Tx, form: str, keys: Sequence[str]) -> bool:
    """Every key still has its column or its order, and fits into an entry."""
    rows = everything(tx, form)
    return bool(_tried(lambda: index_of(tx, form, keys).keys)) and all(
        key.startswith("order:") or (key in rows.target.c and bounded(rows, key)) for key in keys
    )


def _too_large(tx: Tx, row: Row) -> bool:
    """It would refuse a record whose text is too long for an entry; none is built with such a key any longer."""
    if not row["name"].startswith("use_") or row["form"] not in catalog(tx):
        return False
    return not all(bounded(everything(tx, row["form"]), key) for key in row["keys"])


def _within_another(one: Wanted, others: Iterable[Wanted]) -> bool:
    keys = one.index.keys
    return any(
        other.index.form == one.index.form
        and len(other.index.keys) > len(keys)
        and other.index.keys[: len(keys)] == keys
        for other in others
    )


def ensure_indexes(tx: Tx, form: str) -> None:
    """After a publication: a short form has search's indexes at once, a long one gets them from the job."""
    needed = {one.name: one for one in search_indexes(tx, form).values()}
    stand = _stand(tx, list(needed))
    lacking = [one for name, one in needed.items() if not stand.get(name)]
    if not lacking:
        return
    table = lacking[0].table
    rows = tx.value(f"SELECT count(*) FROM (SELECT FROM {table} LIMIT {AT_ONCE_ROWS + 1}) few")
    if rows > AT_ONCE_ROWS:
        defer(tx, TASK)
        return
    for one in lacking:
        for old in _replaced(tx, one):
            tx.run(f'DROP INDEX data."{old}"')
        tx.run(f'DROP INDEX IF EXISTS data."{one.name}"')
        tx.run(f'CREATE INDEX "{one.name}" ON {table} {one.definition}')
    tx.run(f"ANALYZE {table}")


def stop_builds(tx: Tx) -> None:
    """A build holds the lock that a publication needs; it ends at once and is begun again by the job's next run."""
    tx.run(
        "SELECT pg_cancel_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted"
        " AND (l.classid::bigint, l.objid::bigint) = (%(class)s, %(object)s)",
        {"class": _LOCK[0], "object": _LOCK[1]},
    )


def build(database: Database, watched: Callable[[Tx], Iterable[Watched]]) -> list[str]:
    """Everything that is wanted stands; what people let go is gone. Names of what was built. One builder at a time; an
    index whose build was broken off is dropped and built anew, so this may run at any time and any number of times."""
    built: list[str] = []
    with psycopg.connect(database.url, autocommit=True) as connection:
        if connection.execute("SELECT pg_try_advisory_lock(%s, %s)", _LOCK).fetchone() != (True,):
            return built
        try:
            while (step := database.run(SYSTEM, lambda tx: _next(tx, watched(tx)))) is not None:
                sql, index = step
                if index is None:
                    connection.execute(sql.encode())
                elif _made(database, connection, sql, index):
                    built.append(index.name)
        except errors.QueryCanceled:
            log.info("a build of indexes made way for a publication")
    return built


def _made(database: Database, connection: "psycopg.Connection[tuple[object, ...]]", sql: str, index: Index) -> bool:
    began, problem = time.monotonic(), None
    # first, so that people may decide about it though nobody lives to note that it is built
    database.run(SYSTEM, lambda tx: _note(tx, index, None, None))
    try:
        connection.execute(sql.encode())
        connection.execute(f"ANALYZE {index.table}".encode())
    except errors.QueryCanceled:
        raise
    except psycopg.Error as error:
        if connection.closed:  # nothing is wrong with the index: the next run builds it
            raise
        problem = str(error).splitlines()[0][:300]
        log.warning("an index could not be built", index=index.name, why=problem)
    took = round((time.monotonic() - began) * 1000)
    database.run(SYSTEM, lambda tx: _note(tx, index, took, problem))
    return problem is None


def _note(tx: Tx, index: Index, took_ms: int | None, problem: str | None) -> None:
    """`took_ms` of None: its build begins."""
    tx.run(
        "INSERT INTO records.index (name, form, keys, built_at, took_ms, problem) VALUES (%(name)s, %(form)s,"
        " %(keys)s, CASE WHEN %(took)s::int IS NOT NULL THEN %(now)s::timestamptz END, %(took)s, %(problem)s)"
        " ON CONFLICT (name) DO UPDATE"
        " SET built_at = excluded.built_at, took_ms = excluded.took_ms, problem = excluded.problem",
        {"name": index.name, "form": index.form, "keys": list(index.keys), "problem": problem, "took": took_ms},
    )


def _next(tx: Tx, watched: Iterable[Watched]) -> tuple[str, Index | None] | None:
    """The next thing to do: drop what is broken or let go, build what is missing; None when all is as it should be."""
    known = {
        row["name"]: row
        for row in tx.rows(
            "SELECT name, form, keys, wish, problem IS NOT NULL AND built_at BETWEEN"
            " %(now)s - make_interval(mins => %(wait)s) AND %(now)s AS failed FROM records.index",
            {"wait": AGAIN_MINUTES},
        )
    }
    search = [one for form in catalog(tx).forms for one in search_indexes(tx, form.key).values()]
    need = [*search, *(one.index for one in admitted(tx, wanted(tx, watched)))]
    stand = _stand(tx)
    for name, valid in stand.items():
        row = known.get(name)
        if not valid or (row and (row["wish"] == "drop" or _too_large(tx, row))):
            return f'DROP INDEX CONCURRENTLY IF EXISTS data."{name}"', None
    for one in need:
        row = known.get(one.name)
        if one.name not in stand and not (row and (row["failed"] or row["wish"] == "drop")):
            return f'CREATE INDEX CONCURRENTLY "{one.name}" ON {one.table} {one.definition}', one
    for one in search:
        for old in _replaced(tx, one):
            return f'DROP INDEX CONCURRENTLY IF EXISTS data."{old}"', None
    return None


def admitted(tx: Tx, found: Sequence[Wanted]) -> list[Wanted]:
    """Those that are built: of long forms, at most MOST of each; one that a person let go leaves room for another."""
    rows, gone = row_counts(tx), let_go_of(tx)
    taken: dict[str, int] = {}
    out: list[Wanted] = []
    for one in found:
        form = one.index.form
        if one.index.name not in gone and rows.get(form, 0) >= LEAST_ROWS and taken.get(form, 0) < MOST:
            taken[form] = taken.get(form, 0) + 1
            out.append(one)
    return out


def row_counts(tx: Tx) -> dict[str, int]:
    """Form -> about how many rows its table has."""
    tables = {everything(tx, form.key).target.name: form.key for form in catalog(tx).forms}
    found = tx.rows(
        "SELECT relname, reltuples::bigint AS n FROM pg_class WHERE relnamespace = 'data'::regnamespace"
        " AND relname = ANY(%(names)s)",
        {"names": list(tables)},
    )
    return {tables[row["relname"]]: max(0, row["n"]) for row in found}


def _stand(tx: Tx, names: Sequence[str] | None = None) -> dict[str, bool]:
    """Our indexes that exist -> whether they serve."""
    found = tx.rows(
        "SELECT c.relname, i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid"
        " WHERE c.relnamespace = 'data'::regnamespace AND c.relname ~ '^(use|search|sound|title)_[0-9a-f]{16}$'"
        " AND (%(names)s::text[] IS NULL OR c.relname = ANY(%(names)s::text[])) ORDER BY c.relname",
        {"names": None if names is None else list(names)},
    )
    return {row["relname"]: row["indisvalid"] for row in found}


def _replaced(tx: Tx, index: Index) -> list[str]:
    """Older indexes of the same purpose on the same table."""
    what = index.name.partition("_")[0]
    found = tx.rows(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = %(table)s::regclass AND c.relname ~ %(like)s AND c.relname <> %(name)s",
        {"table": index.table, "like": f"^{what}_[0-9a-f]{{16}}$", "name": index.name},
    )
    return [row["relname"] for row in found]
