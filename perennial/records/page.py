"""One page of a form, and its count: PostgreSQL builds the JSON, the bytes pass through.

In:   a form, a Query, the rows that the actor may read (`access.readable`)
Out:  {"rows": [{"id", "version", <column>: <value>, …}], "next": cursor or null}
The SQL text is compiled once per (definitions, compiled scope, shape of the query); a page whose shape was seen before
costs a look-up and one statement. An inner select finds the ids of the page through an index, the outer one fetches
columns and names of related records for those alone.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import errors as pg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import array

from perennial import formula
from perennial.access import Rows, readable
from perennial.kernel import Invalid, Tx, render
from perennial.kernel import Query as Sql
from perennial.records import cursor
from perennial.records.compiled import kept
from perennial.records.hot import Statement, fetch, statement
from perennial.records.keyset import page_of_ids
from perennial.records.names import as_text, column_of, condition, sort_key
from perennial.records.query import COLOURS, Query
from perennial.records.questions import note
from perennial.records.search import NOTHING_SOUGHT, Sought, matches, seek

LONGEST_NAME = 63  # bytes of an identifier
MOST_SPELLED = 50  # pairs of json_build_object
Extra = tuple[tuple[str, int], ...]  # field = value, set by the caller and not by the reader: a related list


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL of one page shape, and what its cursors hold."""

    statement: Statement
    mark: str
    keys: int


def page(tx: Tx, form: str, query: Query, *, within: Extra = ()) -> bytes:
    """The page as JSON; `next` is null on the last one.

    Rows come in the asked order, blanks last, ids break ties; paging by `next` skips nothing and repeats nothing that
    stood there from the first page on. Money, numbers and percents are texts, a relation {"id", "label"}, a person or
    department {"id", "name"}; null in both means that the reader may not see that record.
    """
    rows = readable(tx, form)
    sought = seek(tx, rows, query.search) if query.search else NOTHING_SOUGHT
    after = None if query.after is None else cursor.decode(query.after, len(query.sort))
    blanks = None if after is None else tuple(value is None for value in after.values)
    shape = ("page", rows.key, query.filter, query.sort, query.columns, query.limit, blanks, sought.shape,
             tuple(key for key, _ in within), query.colours, query.skip > 0)  # fmt: skip
    compiled = kept(shape, lambda: _compile(tx, rows, query, sought, blanks, within))
    if sought.nothing:
        return b'{"rows": [], "next": null}'
    params: dict[str, Any] = {"today": tx.today, "now": tx.now, "me": tx.actor.id, "zone": tx.zone.key, **sought.binds}
    if query.skip:
        params["skip"] = query.skip
    if within:
        params |= {f"within_{key}": value for key, value in within}
    if after is not None:
        if after.mark != compiled.mark:
            raise Invalid("records.cursor", path="after")
        params |= {f"after_{at}": value for at, value in enumerate(after.values)} | {"after_id": after.record_id}
    try:
        began = time.perf_counter()
        found = _run(tx, compiled, params, query.limit)
        note(tx, form, query, time.perf_counter() - began)
        return found
    except (pg.DataError, pg.UndefinedFunction) as error:
        if after is not None:  # a forged cursor; values of our own making always cast
            raise Invalid("records.cursor", path="after") from error
        raise


def _run(tx: Tx, compiled: Compiled, params: dict[str, Any], limit: int) -> bytes:
    result = fetch(tx, compiled.statement, params)
    found = result.get_value(0, 0) or b"[]"
    following = b"null"
    if int(result.get_value(0, 1) or b"0") > limit:
        values = [result.get_value(0, 3 + at) for at in range(compiled.keys)]
        texts = [None if value is None else value.decode() for value in values]
        following = b'"' + cursor.encode(compiled.mark, texts, int(result.get_value(0, 2) or b"0")).encode() + b'"'
    return b'{"rows": ' + found + b', "next": ' + following + b"}"


def _compile(
    tx: Tx, inner: Rows, query: Query, sought: Sought, blanks: tuple[bool, ...] | None, within: Extra
) -> Compiled:
    keys = [sort_key(inner, path, descending) for path, descending in query.sort]
    where = conditions(tx, inner, query.filter, sought, within)
    ids = page_of_ids(inner.from_, where, inner.source.field("id"), keys, blanks, skips=query.skip > 0).cte("page")
    outer = readable(tx, inner.form)
    paths = outer.readable_fields() if query.columns is None else query.columns
    columns = {path: column_of(outer, path) for path in ("id", "version", *paths)}
    if query.colours:
        columns[COLOURS] = _colours(outer, query.colours)
    now = outer.catalog.now is outer.catalog
    # a join does not reach into a past table, an array of ids does
    these = true() if now else outer.source.field("id") == any_(func.array(select(ids.c.id).scalar_subquery()))
    body = (
        select(*(column.label(name) for name, column in _named(columns).items()))
        .select_from(ids.join(outer.from_, ids.c.id == outer.source.field("id")))
        .where(ids.c.n <= bindparam("shown"), these)
        .order_by(ids.c.n)
        .subquery("r")
    )
    one = literal_column("r" if len(body.c) > 1 else "r.whole")
    rows_json = select(func.json_agg(one)).select_from(body).scalar_subquery()
    count = select(func.count()).select_from(ids).scalar_subquery()
    end = [ids.c.id, *(cast(ids.c[f"k{at}"], Text) for at in range(len(keys)))]
    last = [select(value).where(ids.c.n == bindparam("shown")).scalar_subquery() for value in end]
    whole = select(rows_json.label("rows"), count.label("count"), *(x.label(f"e{at}") for at, x in enumerate(last)))
    sizes = {"limit": query.limit + 1, "shown": query.limit}
    # a search brings its matches along: their number decides the plan
    sql = statement(tx, render(whole), sizes, lasting=now and not sought.shape and not query.skip)
    return Compiled(sql, cursor.shape((inner.form, query.sort)), len(keys))


def _colours(rows: Rows, conditions: tuple[str, ...]) -> ColumnElement[Any]:
    """The places of the conditions that the row meets, as an array."""
    met = [
        case((condition(rows, text, "colours"), literal_column(str(at), Integer))) for at, text in enumerate(conditions)
    ]
    return func.array_remove(array(met), null())


def _named(columns: Mapping[str, ColumnElement[Any]]) -> Mapping[str, ColumnElement[Any]]:
    """A row becomes JSON by its column names; PostgreSQL cuts those off after 63 bytes, so longer paths are spelled."""
    if max(map(len, columns)) <= LONGEST_NAME:
        return columns
    if len(columns) > MOST_SPELLED:
        raise Invalid("records.too_many_columns", path="columns", value=len(columns), most=MOST_SPELLED)
    pairs = [part for path, column in columns.items() for part in (literal(path, Text), column)]
    return {"whole": func.json_build_object(*pairs)}


def conditions(tx: Tx, rows: Rows, text: str | None, sought: Sought, within: Extra) -> list[ColumnElement[bool]]:
    """Readable, and what the query asks."""
    where = [rows.where]
    if text is not None:
        where.append(condition(rows, text))
    where += [_points(rows, key, bindparam(f"within_{key}", type_=BigInteger)) for key, _ in within]
    return [*where, *matches(tx, rows, sought)]


def _points(rows: Rows, key: str, record: ColumnElement[Any]) -> ColumnElement[bool]:
    """The row's relation, or list of relations, names the record."""
    value = rows.source.field(key)
    if rows.catalog.field(rows.form, key).kind != "relations":
        return value == record
    return value.op("@>", is_comparison=True)(cast(array([record]), ARRAY(BigInteger)))


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a query has, and the totals of some fields as exact text (None: no row has a value)."""

    count: int
    sums: dict[str, str | None]


def count(
    tx: Tx, form: str, *, filter: str | None = None, search: str | None = None, sums: tuple[str, ...] = ()
) -> Count:
    """Asked apart from the page: it costs many times as much."""
    rows = readable(tx, form)
    sought = seek(tx, rows, search)
    if sought.nothing:
        return Count(0, dict.fromkeys(sums))
    query = kept(
        ("count", rows.key, filter, sums, sought.shape), lambda: _compile_count(tx, rows, filter, sought, sums)
    )
    row = tx.one(query, sought.binds)
    assert row is not None
    return Count(row["n"], {key: row[f"s{at}"] for at, key in enumerate(sums)})


def _compile_count(tx: Tx, rows: Rows, text: str | None, sought: Sought, sums: tuple[str, ...]) -> Sql:
    totals: list[ColumnElement[Any]] = []
    for at, path in enumerate(sums):
        typed = formula.check(path, rows.scope)
        if typed.type.family != "number":
            raise Invalid("records.sum", path="sums", field=path)
        value = as_text(func.sum(formula.compile(typed, rows.source)), typed.type.kind)
        totals.append(value.label(f"s{at}"))
    where = conditions(tx, rows, text, sought, ())
    return render(select(func.count().label("n"), *totals).select_from(rows.from_).where(*where))
