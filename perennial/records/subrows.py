"""Rows of a sub-table: saved with the record that they live in, gone and back with it.

rows = {"items": {"create": [{…}], "update": [{"id", "version", "values"}], "delete": [{"id", "version"}]}}
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, bindparam, cast, func, select

from perennial import forms
from perennial.access import everything, may
from perennial.forms import Catalog
from perennial.kernel import Conflict, Denied, Invalid, Tx

MOST_ROWS = 200  # in one save
Rows = Mapping[str, Mapping[str, Sequence[Any]]]


def refuse_unknown(tx: Tx, form: str, rows: Rows) -> None:
    """Each collection is a sub-table that the actor may see, and there are not too many rows."""
    catalog = forms.catalog(tx)
    count = sum(len(acts) for one in rows.values() for acts in one.values())
    if count > MOST_ROWS:
        raise Invalid("records.rows", path="rows", value=count, most=MOST_ROWS)
    for collection in rows:
        place = catalog.sub_tables(form).get(collection)
        if place is None or not may(tx, "read", place[0]):
            label = catalog.form(form).words
            raise Invalid("records.no_sub_table", path=collection, form=label, collection=collection)


def save(
    tx: Tx, form: str, record_id: int, rows: Rows, *,
    create: Callable[..., int], update: Callable[..., int], delete: Callable[..., None],
) -> None:  # fmt: skip
    """Delete, change, then add the rows of one record; everything that is wrong with them is told at once.

    errors   of each act, its path in front: items.create[0].amount; a stale row: Conflict with the path of the row
    """
    catalog = forms.catalog(tx)
    wrong: list[Invalid] = []
    for collection, acts in rows.items():
        child, back = catalog.sub_tables(form)[collection]
        _refuse_strangers(tx, catalog, child, back, record_id, collection, acts)
        for act in ("delete", "update", "create"):
            for at, one in enumerate(acts.get(act, ())):
                path = f"{collection}.{act}[{at}]"
                try:
                    with tx.savepoint():
                        if act == "delete":
                            delete(tx, child, one["id"], one["version"])
                        elif act == "update":
                            update(tx, child, one["id"], one["version"], {**one["values"], back: record_id})
                        else:
                            create(tx, child, one, forced={back: record_id})
                except Invalid as error:
                    wrong += _each(error, path)
                except (Conflict, Denied) as error:
                    error.path = f"{path}.{error.path}" if error.path else path
                    raise
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        told = [{"field": one.path, "code": one.code, "facts": one.facts} for one in wrong]
        raise Invalid("records.fields", path=wrong[0].path, count=len(wrong), errors=told)


def _each(error: Invalid, path: str) -> list[Invalid]:
    if error.code != "records.fields":
        error.path = f"{path}.{error.path}" if error.path else path
        return [error]
    return [Invalid(one["code"], path=f"{path}.{one['field']}", **one["facts"]) for one in error.facts["errors"]]


def _refuse_strangers(
    tx: Tx, catalog: Catalog, child: str, back: str, record_id: int, collection: str, acts: Mapping[str, Sequence[Any]]
) -> None:
    named = [one["id"] for act in ("update", "delete") for one in acts.get(act, ())]
    if not named:
        return
    table = everything(tx, child).target
    ids = cast(bindparam("ids"), ARRAY(BigInteger))
    own = select(func.array_agg(table.c.id)).where(table.c.id.in_(select(func.unnest(ids))), table.c[back] == record_id)
    known = set(tx.value(own, {"ids": named}) or ())
    for one in named:
        if one not in known:
            label = catalog.form(child).words
            raise Invalid("records.not_its_row", path=collection, form=label, value=one)


def living_in(tx: Tx, form: str, ids: Sequence[int], *, gone_with: bool) -> dict[str, list[int]]:
    """child form -> its rows in these records: the live ones, or those that went when their record did."""
    found: dict[str, list[int]] = {}
    catalog = forms.catalog(tx)
    for child, back in catalog.sub_tables(form).values():
        table, above = everything(tx, child).target, everything(tx, form).target
        gone = table.c.deleted_at == above.c.deleted_at if gone_with else table.c.deleted_at.is_(None)
        wanted = cast(bindparam("ids"), ARRAY(BigInteger))
        rows = (
            select(func.array_agg(table.c.id))
            .select_from(table.join(above, above.c.id == table.c[back]))
            .where(above.c.id.in_(select(func.unnest(wanted))), gone)
        )
        found[child] = tx.value(rows, {"ids": list(ids)}) or []
    return {child: rows for child, rows in found.items() if rows}
