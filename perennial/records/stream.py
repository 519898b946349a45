"""Everything that happened around one record, newest first, in one stream that is paged by a key.

In:   a record, the collections of its form (its overview says in which order and without which), kinds to keep
Out:  records that point here, on the day that they tell of; tasks, messages, answers and comments on the record or
      those around it; what was changed. One statement over rows that the reader may read; what was before and after is
      shown for the page alone, by the functions that show a history.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql.expression import ColumnElement

from perennial.access import Rows, readable
from perennial.forms import Field, Form
from perennial.kernel import Invalid, Query, Row, Tx, render, statements
from perennial.records import cursor
from perennial.records.compiled import kept
from perennial.records.names import column_of
from perennial.records.present import Shown, present_all
from perennial.records.read import ID, visible

_SQL = statements(__file__, "stream.sql")
# A collection's key has no colon.
TASK, MESSAGE, REPLY, COMMENT, CHANGE = APART = (":task", ":message", ":reply", ":comment", ":change")
MOST = 100
FACTS = 3  # values told of a record beside its title
_ZONE = sa.bindparam("zone", type_=sa.Text)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entries: `key` is a path of collections (`contracts.payments`) of which `form` are the records."""

    key: str
    form: str | None = None
    field: str | None = None  # of a record that points here itself: its relation


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `told` depends on the kind. What a message says, `messages.subjects` knows,
    what was answered `messages.answers`."""

    kind: str
    id: int
    at: str
    form: str
    record_id: int
    title: str | None
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stream:
    """`next`: send as `after`; None on the last page."""

    kinds: list[Kind]
    entries: list[Entry]
    next: str | None


def stream(
    tx: Tx, form: str, record_id: int, *, kinds: Sequence[str] = (), after: str | None = None, limit: int = 30,
    open_only: bool = False,
) -> Stream:  # fmt: skip
    """A page of what happened around a record that the reader may read, else Missing.

    kinds      keys to keep; none: all. What the reader may not know of is as if it did not exist.
    open_only  of tasks those that wait
    """
    rows = readable(tx, form)
    visible(tx, rows, record_id)
    known = _kinds(rows)
    unknown = set(kinds) - {kind.key for kind in known}
    if unknown:
        raise Invalid("records.no_such_kind", path="kinds", value=min(unknown))
    place = None if after is None else cursor.decode(after, 2)
    mark = cursor.shape(("stream", form))
    if place is not None and (place.mark != mark or not _moment(place.values[0]) or place.values[1] is None):
        raise Invalid("records.cursor", path="after")
    chosen = tuple(kind for kind in known if not kinds or kind.key in kinds)
    query = kept(("stream", rows.key, chosen), lambda: _compile(tx, form, known, chosen))
    limit = min(limit, MOST)
    binds = {"v_id": record_id, "zone": tx.zone.key, "limit": limit + 1, "open": open_only}
    at, kind = place.values if place else (None, None)
    last = {"after_at": at, "after_kind": kind, "after_id": place and place.record_id}
    found = tx.rows(query, {**query.params, **binds, **last})
    page, following = cursor.cut(mark, found, limit, "mark", "kind")
    return Stream(list(known), _told(tx, page), following)


def _moment(text: str | None) -> bool:
    try:
        return dt.datetime.fromisoformat(text or "").tzinfo is not None
    except ValueError:
        return False


def _kinds(rows: Rows) -> tuple[Kind, ...]:
    """What this reader may meet."""
    overview = rows.catalog.form(rows.form).overview
    first, without = (overview.stream, overview.without) if overview else ((), ())
    rest = (one.key for one in rows.scope.collections() if one.key not in (*first, *without))
    found: list[Kind] = []
    for key in (*first, *rest):
        scope, back = rows.scope, None
        for at, step in enumerate(key.split(".")):
            one = scope.collection(step)
            if one is None or one.key != step or one.inside or (at and one.many):
                break
            scope, back = one.scope, one.back
        else:
            found.append(Kind(key, scope.form, None if "." in key else back))
    return (*found, *(Kind(key) for key in APART))


def happens(form: Form) -> Field | None:
    """The day that a record tells of: a date that is today unless somebody says otherwise."""
    dates = (one for one in form.fields if one.kind in ("date", "datetime"))
    return next((one for one in dates if (one.default or "").replace(" ", "").upper() in ("TODAY()", "NOW()")), None)


def _compile(tx: Tx, form: str, known: Sequence[Kind], chosen: Sequence[Kind]) -> Query:
    """CTEs: `around`, the record and all that points to it; `item`, what is asked for."""
    keys = {kind.key for kind in chosen}
    apart = [one.removeprefix(":") for one in APART if one in keys]
    given: dict[str, Any] = {}
    texts: list[str] = []
    around = [_around(tx, form, None), *(_around(tx, form, kind) for kind in known if kind.form)]
    wanted = [_records(tx, form, kind) for kind in chosen if kind.form]
    for parts in (around if apart else [], wanted):
        if parts:
            query = render(sa.union_all(*parts) if len(parts) > 1 else parts[0])
            # both are rendered apart, so equal names of binds need not mean equal values
            names = {name: f"s{len(given) + at}" for at, name in enumerate(query.params)}
            given |= {names[name]: value for name, value in query.params.items()}
            text = query.text
            for name, new in names.items():
                text = text.replace(f"%({name})s", f"%({new})s")
            texts.append(text)
    head = f"around AS MATERIALIZED ({texts.pop(0)}), " if apart else ""
    items = [*texts, *(_SQL[name] for name in apart)]
    columns = "at, kind, id, form, record_id, title, told"
    whole = f"WITH {head}item ({columns}) AS ({' UNION ALL '.join(f'({one})' for one in items)}) {_SQL['page']}"
    return Query(whole, given)


def _reached(tx: Tx, form: str, kind: Kind) -> tuple[Rows, list[ColumnElement[bool]]]:
    """The rows of a kind and what ties them to the record, every relation on the way read with the reader's eyes."""
    assert kind.form is not None
    steps: list[tuple[str, str]] = []
    scope = readable(tx, form).scope
    for step in kind.key.split("."):
        collection = scope.collection(step)
        assert collection is not None
        scope = collection.scope
        steps.append((scope.form, collection.back))
    rows = readable(tx, kind.form)
    source, ties = rows.source, list[ColumnElement[bool]]()
    for at, (child, back) in enumerate(reversed(steps)):
        if at + 1 < len(steps):
            source = source.parent(back)
            continue
        many = rows.catalog.field(child, back).kind == "relations"
        for column in (source.raw.field(back), source.field(back)):  # the first has an index, the second is readable
            tie = (
                column.op("@>", is_comparison=True)(sa.cast(array([ID]), ARRAY(sa.BigInteger)))
                if many
                else column == ID
            )
            ties.append(tie)
    return rows, ties


def _around(tx: Tx, form: str, kind: Kind | None) -> sa.Select[Any]:
    """The record itself, or all of one kind; `known`: the fields of which the reader reads something on any row."""
    rows, ties = (readable(tx, form), []) if kind is None else _reached(tx, form, kind)
    own = kind is None
    if own:
        ties = [rows.source.table.c["id"] == ID]
    where = rows.where
    columns = [
        sa.literal_column(f"'{rows.form}'", sa.Text).label("form"),
        rows.source.table.c["id"].label("record_id"),
        rows.label().label("title"),
        sa.literal_column(str(int(rows.catalog.id(rows.form)))).label("form_id"),
        sa.literal_column(str(own).lower(), sa.Boolean).label("own"),
        sa.cast(array([sa.literal_column(f"'{key}'", sa.Text) for key in stored_fields(rows)]), ARRAY(sa.Text))
        .label("known"),
    ]  # fmt: skip
    return sa.select(*columns).select_from(rows.from_).where(where, *ties)


def stored_fields(rows: Rows) -> list[str]:
    """Fields with a column of which the reader sees something."""
    form = rows.catalog.form(rows.form)
    seen = rows.readable_fields()
    return [one.key for one in form.fields if one.key in seen and rows.catalog.column_kind(rows.form, one)]


def _records(tx: Tx, form: str, kind: Kind) -> sa.Select[Any]:
    rows, ties = _reached(tx, form, kind)
    assert kind.form is not None
    source, made = rows.source, rows.source.table.c["created_at"]
    day, at = happens(rows.catalog.form(kind.form)), made
    if day is not None:
        value = source.field(day.key)  # blank, so not told, where the reader may not read it
        if day.kind == "date":
            night = sa.cast(value + sa.literal_column("1"), sa.DateTime)
            value = sa.func.timezone(_ZONE, night) - sa.literal_column("interval '1 second'")
        at = sa.func.least(made, value)
    where = rows.where
    facts = _facts(rows, kind, day)
    pairs = [part for key in facts for part in (sa.literal_column(f"'{key}'", sa.Text), column_of(rows, key))]
    maker = sa.table("person", sa.column("id"), sa.column("name"), schema="people")
    who = sa.select(maker.c.name).where(maker.c.id == source.table.c["created_by"]).scalar_subquery()
    told = sa.func.json_build_object(
        sa.literal_column("'who'"), who, sa.literal_column("'dated'"), sa.literal_column(str(day is not None).lower()),
        sa.literal_column("'values'"), sa.func.json_build_object(*pairs),
    )  # fmt: skip
    columns = [
        at.label("at"),
        sa.literal_column(f"'{kind.key}'", sa.Text).label("kind"),
        source.table.c["id"].label("id"),
        sa.literal_column(f"'{kind.form}'", sa.Text).label("form"),
        source.table.c["id"].label("record_id"),
        rows.label().label("title"),
        told.label("told"),
    ]
    return sa.select(*columns).select_from(rows.from_).where(where, *ties)


def _facts(rows: Rows, kind: Kind, day: Field | None) -> list[str]:
    """A few short values: what a card shows, else what must be said, choices, amounts and the rest."""
    form = rows.catalog.form(rows.form)
    shown = [key for key in rows.readable_fields() if key not in (form.title, kind.field, day and day.key)]
    ranks = (("select", "rating", "nps"), ("money", "percent", "date", "number", "text", "phone", "mail"))
    own = [field for field in form.fields if field.key in shown]
    said = [field.key for field in own if field.kind == "text" and field.required]
    short = [field.key for rank in ranks for field in own if field.kind in rank and field.key not in said]
    return ([key for key in form.card if key in shown] or [*said, *short])[:FACTS]


def _told(tx: Tx, page: list[Row]) -> list[Entry]:
    found: list[Entry] = []
    changed = _changed(tx, [row for row in page if row["kind"] == CHANGE])
    for row in page:
        told = changed[row["id"]] if row["kind"] == CHANGE else row["told"]
        if told is not None:
            entry = {name: row[name] for name in ("kind", "id", "form", "record_id", "title")}
            found.append(Entry(**entry, at=row["at"].astimezone(tx.zone).isoformat(), told=told))
    return found


def _changed(tx: Tx, page: list[Row]) -> dict[int, dict[str, Any] | None]:
    """Change -> what is told of it; None: it touched nothing that the reader may see on its record."""
    forms = {row["form"]: readable(tx, row["form"]) for row in page}
    stored = {form: set(stored_fields(rows)) for form, rows in forms.items()}
    pairs: dict[str, dict[int, list[tuple[str, Any]]]] = {form: {} for form in forms}
    touched: dict[int, dict[str, tuple[Any, Any]]] = {}
    for row in page:
        before, after = row["told"].pop("before") or {}, row["told"].pop("after") or {}
        keys = [key for key in row["told"]["fields"] or () if key in stored[row["form"]] and key in before]
        touched[row["id"]] = {key: (before[key], after.get(key)) for key in keys}
        values = pairs[row["form"]].setdefault(row["record_id"], [])
        values += [(key, value) for key, both in touched[row["id"]].items() for value in both]
    shown = {form: present_all(tx, rows, pairs[form]) for form, rows in forms.items()}
    return {row["id"]: _told_of(row, touched[row["id"]], shown[row["form"]][row["record_id"]]) for row in page}


def _told_of(row: Row, touched: Mapping[str, tuple[Any, Any]], shown: Shown) -> dict[str, Any] | None:
    fields = [
        {"key": key, "before": shown(key, before), "after": shown(key, after)}
        for key, (before, after) in touched.items()
        if shown.level(key) != "hidden"
    ]
    return {**row["told"], "fields": fields} if fields or row["told"]["op"] != "update" else None
