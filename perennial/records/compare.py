"""One record at two moments, field by field, and what else changed with it in between.

A moment is `now`, a day or a minute as `as_of` takes them, `c12` after change 12 of this record, `b12` before it. Each
side is one read of the record as of then, through today's grants; what is masked compares as its mask.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Boolean, ColumnElement, Select, Text, and_, bindparam, func, literal_column, or_, select
from sqlalchemy import column as named
from sqlalchemy import table as relation
from sqlalchemy.dialects.postgresql import JSONB, array

from perennial import changes, forms
from perennial.access import Rows, may, readable
from perennial.kernel import Missing, Row, Tx
from perennial.records.act import because
from perennial.records.as_of import clock, moment, reading
from perennial.records.history import always
from perennial.records.present import level_of
from perennial.records.read import stood, visible

_CHANGE = re.compile(r"([bc])(\d{1,18})")
_NOW = 2**63 - 1
MOST_BESIDE = 20  # records of one form that are named; all are counted


@dataclass(frozen=True, slots=True)
class Moment:
    """`change`: the record's last change up to then; `past`: what to read, None for now."""

    change: int
    at: dt.datetime
    past: forms.Past | None


@dataclass(frozen=True, slots=True)
class Side:
    """The record at one moment. `state`: live, deleted, or absent when it was not there yet."""

    at: str
    state: str
    version: int | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. `last`: its last change in between (id, at, actor, kind, who, reason), None for what is computed."""

    key: str
    a: Any
    b: Any
    changed: bool
    computed: bool
    level: str
    last: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Records of a form that changed in the same transactions: how many the reader may see, the first ones named."""

    form: str
    count: int
    records: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Compared:
    a: Side
    b: Side
    fields: list[Difference] = field(default_factory=list[Difference])
    beside: list[Beside] = field(default_factory=list[Beside])


def found_moment(tx: Tx, form: str, record_id: int, text: str) -> Moment:
    """Invalid records.not_moment · Missing records.no_such_change for a change of another record."""
    number = forms.catalog(tx).id(form)
    if text == "now":
        return Moment(_NOW, tx.now, None)
    if (match := _CHANGE.fullmatch(text)) is not None:
        row = tx.one(
            "SELECT t.at FROM changes.change c JOIN changes.transaction t ON t.id = c.transaction_id"
            " WHERE c.form_id = %(form)s AND c.record_id = %(record)s AND c.id = %(id)s",
            {"form": number, "record": record_id, "id": int(match[2])},
        )
        if row is None:
            raise Missing("records.no_such_change")
        change = int(match[2]) - (match[1] == "b")
        return Moment(change, row["at"].astimezone(tx.zone), forms.past(tx, change))
    then = moment(tx, text)
    was = forms.past(tx, then)
    return Moment(changes.last_at(tx, number, record_id, was.batch), clock(tx, then), was)


def at_moment(tx: Tx, form: str, record_id: int, when: Moment) -> dict[str, Any] | None:
    """The record as the reader sees it then: as `read`, with `deleted_at`; None when it was not there."""
    if when.past is None:
        text = stood(tx, readable(tx, form, deleted=None), record_id)
    else:
        with reading(tx, when.past, when.at):
            text = stood(tx, readable(tx, form, deleted=None), record_id)
    return None if text is None else json.loads(text)


def compare(tx: Tx, form: str, record_id: int, a: str, b: str) -> Compared:
    """Fields in the order of the form. Missing when the reader may not see the record of today."""
    rows = readable(tx, form, deleted=None)
    visible(tx, rows, record_id)
    first, second = (found_moment(tx, form, record_id, text) for text in (a, b))
    before, after = (at_moment(tx, form, record_id, one) for one in (first, second))
    between = sorted((first.change, second.change))
    last = changes.last_of_fields(tx, rows.catalog.id(form), record_id, between[0], between[1])
    found: list[Difference] = []
    for one in rows.catalog.form(form).fields:
        levels = {**(before or {}).get("fields", {}), **(after or {}).get("fields", {})}
        level = levels.get(one.key, "hidden")
        if level == "hidden":
            continue
        values = [(side or {}).get("values", {}).get(one.key) for side in (before, after)]
        changed = _plain(values[0]) != _plain(values[1])
        computed = one.kind == "formula"
        by = _told(tx, last[one.key]) if changed and one.key in last else None
        found.append(Difference(one.key, values[0], values[1], changed, computed, level, by))
    sides = [_side(when, record) for when, record in ((first, before), (second, after))]
    return Compared(sides[0], sides[1], found, _beside(tx, rows, record_id, between[0], between[1]))


def _side(when: Moment, record: Mapping[str, Any] | None) -> Side:
    at = when.at.isoformat(timespec="seconds")
    if record is None:
        return Side(at, "absent", None, None)
    return Side(at, "deleted" if record["deleted_at"] else "live", record["version"], record["title"])


def _plain(value: Any) -> Any:
    """A reference is what it points to, whatever that is called by now."""
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[Any]", value)]
    if isinstance(value, Mapping) and "id" in value:
        return cast("Mapping[str, Any]", value)["id"]
    return value


def _told(tx: Tx, row: Row) -> dict[str, Any]:
    at = row["at"].astimezone(tx.zone).isoformat()
    return {"id": row["id"], "at": at, "who": row["who"], **because(row)}


# -- other records of the same transactions

_LOG = relation(
    "change", *(named(name) for name in ("id", "transaction_id", "form_id", "record_id", "op")),
    named("before", JSONB()), schema="changes",
)  # fmt: skip


def _beside(tx: Tx, rows: Rows, record_id: int, after: int, until: int) -> list[Beside]:
    own = _LOG.alias("own")
    transactions = select(own.c.transaction_id).where(
        own.c.form_id == rows.catalog.id(rows.form), own.c.record_id == record_id,
        own.c.id > bindparam("after"), own.c.id <= bindparam("until"),
    )  # fmt: skip
    binds = {"after": after, "until": until}
    numbers = tx.rows(select(_LOG.c.form_id).distinct().where(_LOG.c.transaction_id.in_(transactions)), binds)
    found: list[Beside] = []
    for number in sorted(row["form_id"] for row in numbers):
        form = rows.catalog.by_id(number)
        if form is not None and may(tx, "read", form.key):
            one = _beside_of(tx, form.key, number, transactions, {"not_id": record_id, **binds}, rows.form == form.key)
            found += [one] if one.count else []
    return found


def _beside_of(
    tx: Tx, form: str, number: int, transactions: "Select[Any]", binds: dict[str, Any], same: bool
) -> Beside:
    rows = readable(tx, form, deleted=None)
    id_, where = rows.source.table.c.id, [rows.where]
    log = _LOG.alias("log")
    if same:
        where.append(id_ != bindparam("not_id"))
    touched = select(
        log.c.record_id, func.max(log.c.id).label("change"), func.array_agg(log.c.op.distinct()).label("ops")
    ).where(log.c.form_id == number, log.c.transaction_id.in_(transactions), log.c.op != "X")
    # only what says something of a field that the reader sees on that row
    each = touched.where(log.c.record_id == id_, or_(log.c.op != "U", _says(rows, log.c.before)))
    each = each.group_by(log.c.record_id).lateral("each")
    name = rows.label()
    chosen = (
        select(id_, name.label("title"), each.c.change, each.c.ops, func.count().over().label("count"))
        .select_from(rows.from_.join(each, literal_column("true")))
        .where(*where, id_.in_(select(log.c.record_id).where(
            log.c.form_id == number, log.c.transaction_id.in_(transactions))))
        .order_by(id_)
        .limit(MOST_BESIDE)
    )  # fmt: skip
    found = tx.rows(chosen, binds)
    ops = {"I": "create", "D": "delete", "R": "restore"}
    records = [
        {"id": row["id"], "title": row["title"], "change": row["change"],
         "op": next((ops[op] for op in "IDR" if op in row["ops"]), "update")}
        for row in found
    ]  # fmt: skip
    return Beside(form, found[0]["count"] if found else 0, records)


def _says(rows: Rows, before: ColumnElement[Any]) -> ColumnElement[bool]:
    kept = set(rows.catalog.logged(rows.form))
    known = [key for key in rows.readable_fields() if key in kept]
    plain = [key for key in known if key in always(rows)]
    keys = func.coalesce(before.op("?|", return_type=Boolean())(array(plain, type_=Text)), literal_column("false"))
    varying = [
        and_(before.op("?", return_type=Boolean())(key), level_of(rows, key) != "hidden")
        for key in known
        if key not in plain
    ]
    return or_(keys if plain else literal_column("false", Boolean), *varying)
