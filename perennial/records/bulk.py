"""One value for many records at once: told first, then written as one change that one undo takes back.

In:   a form, which records (ids, or all that a filter and a search keep), the new values
Out:  how many will change, how many have the value already, how many the person may not change
Everything is decided in sets; records that the person may not see are not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, bindparam, cast, func, or_, select

from perennial import changes
from perennial.access import Rows, everything, may, readable, writable
from perennial.forms import KINDS
from perennial.kernel import Denied, Invalid, Reason, Tx
from perennial.records.check import accepted, examine, refuse
from perennial.records.check import stored as as_stored
from perennial.records.page import conditions
from perennial.records.search import NOTHING_SOUGHT, seek
from perennial.records.sets import lock_set, update_set

MOST = 100_000
ALONE = ("attachment", "image", "signature", "certificate", "relations", "auto_number")  # filled in one by one


@dataclass(frozen=True, slots=True)
class Chosen:
    """Records by id, or (ids None) all of a list."""

    ids: Sequence[int] | None = None
    filter: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """`changing` of the `count` chosen records will change; `same` have the values; the rest may not be changed."""

    count: int
    changing: int
    same: int
    no_right: int
    transaction: int | None = None  # what to undo


def foresee(tx: Tx, form: str, chosen: Chosen, values: Mapping[str, Any]) -> Effect:
    """What `apply` would do now; writes nothing. Invalid or Denied at a field, as of a save."""
    stored = _stored(tx, form, values)
    return _effect(tx, form, _chosen(tx, form, chosen), stored)


def apply(tx: Tx, form: str, chosen: Chosen, values: Mapping[str, Any]) -> Effect:
    """The records that the person may change have these values; the others stay. One transaction, `take_back` its way
    back; a record that then breaks a check refuses them all."""
    stored = _stored(tx, form, values)
    ids = _chosen(tx, form, chosen)
    table = everything(tx, form).target
    if ids and lock_set(tx, table, table.c.id.in_(select(func.unnest(cast(ids, ARRAY(BigInteger)))))):
        # what somebody changed while we waited for it is asked again whether it belongs to the list
        ids = _chosen(tx, form, Chosen(ids, chosen.filter, chosen.search))
    before = _effect(tx, form, ids, stored)
    definition = readable(tx, form).catalog.form(form)
    rows = writable(tx, form)
    keep = [rows.where, rows.may_write(*stored), _among(rows, ids)]
    given: Select[Any] = select(
        rows.source.field("id").label("id"), *(_typed(rows, key, value).label(key) for key, value in stored.items())
    )
    given = given.select_from(rows.from_).where(*keep)
    with tx.because(Reason("bulk", {"form": form, "fields": [definition.field(key).label for key in stored]})):  # pyright: ignore[reportOptionalMemberAccess]
        done = update_set(tx, form, given).count
        number = changes.written(tx) if done else None
    return Effect(before.count, done, before.count - before.no_right - done, before.no_right, number)


def _stored(tx: Tx, form: str, values: Mapping[str, Any]) -> dict[str, Any]:
    rows = readable(tx, form)
    if not values:
        raise Invalid("records.bulk_nothing", path="values")
    if not may(tx, "update", form):
        raise Denied("records.denied_update", form=rows.catalog.form(form).words)
    allowed = writable(tx, form)
    definition = rows.catalog.form(form)
    for key in values:
        field = definition.field(key)
        if field is not None and (field.kind in ALONE or field.unique or field.read_only_when):
            raise Invalid("records.bulk_alone", path=key, field=field.words)
    given, errors = accepted(tx, allowed, values)
    refuse(errors)
    for key, value in given.items():
        field = definition.field(key)
        if field is not None and field.required and value is None:
            raise Invalid("records.required", path=key, field=field.words)
    named = {
        key: value
        for key, value in given.items()
        if value is not None and rows.catalog.field(form, key).kind in ("relation", "person", "department", "persons")
    }
    if named:  # it exists, and the person may see it
        wrong = examine(tx, allowed, named, id=0, given=named, before=dict.fromkeys(named)).errors
        refuse([error for error in wrong if error.path in named])
    return given


def _chosen(tx: Tx, form: str, chosen: Chosen) -> list[int]:
    """The ids of those that the person may see."""
    rows = readable(tx, form)
    sought = seek(tx, rows, chosen.search) if chosen.search else NOTHING_SOUGHT
    if sought.nothing:
        return []
    where = conditions(tx, rows, chosen.filter, sought, ())
    if chosen.ids is not None:
        where.append(rows.source.field("id").in_(select(func.unnest(cast(list(chosen.ids), ARRAY(BigInteger))))))
    ids = select(rows.source.field("id").label("id")).select_from(rows.from_).where(*where).limit(MOST + 1)
    found: list[int] = tx.value(select(func.array_agg(ids.subquery().c.id)), sought.binds) or []
    if len(found) > MOST:
        raise Invalid("records.bulk_many", path="ids", most=MOST)
    return found


def _among(rows: Rows, ids: list[int]) -> ColumnElement[bool]:
    return rows.source.field("id").in_(select(func.unnest(cast(ids, ARRAY(BigInteger)))))


def _effect(tx: Tx, form: str, ids: list[int], stored: Mapping[str, Any]) -> Effect:
    rows = readable(tx, form)
    acting = writable(tx, form).over(rows.source)
    allowed = acting.where & acting.may_write(*stored)
    table = rows.source.table
    differs = or_(*(table.c[key].is_distinct_from(_typed(rows, key, value)) for key, value in stored.items()))
    where = [rows.where, _among(rows, ids)]
    asked = select(
        func.count().label("count"),
        func.count().filter(allowed, differs).label("changing"),
        func.count().filter(allowed, ~differs).label("same"),
    )
    row = tx.one(asked.select_from(rows.from_).where(*where))
    assert row is not None
    return Effect(row["count"], row["changing"], row["same"], row["count"] - row["changing"] - row["same"])


def _typed(rows: Rows, key: str, value: Any) -> ColumnElement[Any]:
    field = rows.catalog.field(rows.form, key)
    return cast(
        bindparam(f"b_{key}", as_stored(field, value), type_=KINDS[field.kind].type()), KINDS[field.kind].type()
    )
