"""Single values as this reader may see them, outside a SELECT over rows: history, conflicts.

Grants are those of today, tested on the record of today: a hidden field is absent, a masked one shows its mask.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, case, cast, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from perennial.access import Rows, may, readable
from perennial.kernel import Tx, render
from perennial.records.compiled import kept
from perennial.records.names import PSEUDO


def levels(tx: Tx, rows: Rows, record_id: int) -> dict[str, str]:
    """Field -> read, masked or hidden, on this record."""
    return _levels(tx, rows, [record_id])[record_id]


def _levels(tx: Tx, rows: Rows, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Record -> its levels; what varies is hidden of one that is not there."""
    found = {record_id: dict.fromkeys(rows.fields, "read") for record_id in ids}
    varying = [key for key in rows.fields if not rows.view.always(rows.form, key)]
    if not varying or not found:
        return found

    def build() -> Any:
        fresh = Rows(rows.view, rows.form, deleted=rows.deleted)
        columns = [level_of(fresh, key).label(key) for key in varying]
        number = fresh.source.table.c.id
        these = number == any_(cast(bindparam("ids"), ARRAY(BigInteger)))
        return render(select(number.label("id"), *columns).select_from(fresh.from_).where(these))

    given = {
        row.pop("id"): row for row in tx.rows(kept(("levels", rows.key, tuple(varying)), build), {"ids": [*found]})
    }
    for record_id, level in found.items():
        level.update(given.get(record_id) or dict.fromkeys(varying, "hidden"))
    return found


def level_of(rows: Rows, key: str) -> ColumnElement[Any]:
    """read, masked or hidden, on the row at hand."""
    if rows.view.always(rows.form, key):
        return literal_column("'read'", Text)
    scopes = rows.view.levels(rows.form, key)
    full = [scope for level in ("write", "read") for scope in scopes.get(level, [])]
    branches = [
        (rows.source.in_any(at), word) for at, word in ((full, "read"), (scopes.get("masked", []), "masked")) if at
    ]
    whens = [(condition, literal_column(f"'{word}'", Text)) for condition, word in branches]
    hidden = literal_column("'hidden'", Text)
    return case(*whens, else_=hidden) if whens else hidden


def present(tx: Tx, rows: Rows, record_id: int, pairs: Iterable[tuple[str, Any]]) -> "Shown":
    """How these values of one record are shown; names and masks are looked up for all pairs at once."""
    return present_all(tx, rows, {record_id: pairs})[record_id]


def present_all(tx: Tx, rows: Rows, pairs: Mapping[int, Iterable[tuple[str, Any]]]) -> dict[int, "Shown"]:
    """How these values of each record of one form are shown; looked up for all records at once."""
    level = _levels(tx, rows, pairs)
    wanted = [
        (level[record_id].get(key, "hidden"), key, value)
        for record_id, given in pairs.items()
        for key, value in given
        if value is not None
    ]
    names = _names(tx, rows, [(key, value) for at, key, value in wanted if at == "read"])
    masks = _masks(tx, rows, [(key, plain(tx, rows, key, value)) for at, key, value in wanted if at == "masked"])
    return {record_id: Shown(tx, rows, level[record_id], names, masks) for record_id in pairs}


@dataclass(frozen=True, slots=True)
class Shown:
    """`shown(field, value)`: the value as the client gets it, its mask, or None where the reader may not see it."""

    tx: Tx
    rows: Rows
    levels: dict[str, str]
    names: dict[tuple[str, int], str]
    masks: dict[tuple[str, str], str]

    def level(self, key: str) -> str:
        return self.levels.get(key, "hidden")

    def __call__(self, key: str, value: Any) -> Any:
        if value is None or self.level(key) == "hidden":
            return None
        if self.level(key) == "masked":
            return self.masks.get((key, str(plain(self.tx, self.rows, key, value))))
        target = _target(self.rows, key)
        if isinstance(value, list) and target is not None:
            return self._several(target, value)
        if target is None:
            return plain(self.tx, self.rows, key, value)
        number = _known(value)[0]
        name = self.names.get((target, number))
        word = "name" if target in PSEUDO else "label"
        return {"id": None if name is None else number, word: name}

    def _several(self, target: str, ids: list[Any]) -> list[dict[str, Any]]:
        """A list as it was; what the reader may not read, or is gone by now, without its name."""
        names = [(int(one), self.names.get((target, int(one)))) for one in ids]
        return [{"denied": True} if name is None else {"id": one, "label": name} for one, name in names]


def _known(value: Any) -> list[int]:
    several: list[Any] = value if isinstance(value, list) else [value]
    return [int(one) for one in several]


def _target(rows: Rows, key: str) -> str | None:
    field = rows.catalog.form(rows.form).field(key)
    if field is None:
        return None
    if field.kind in ("relation", "relations"):
        return field.to
    return "person" if field.kind == "persons" else field.kind if field.kind in PSEUDO else None


def _names(tx: Tx, rows: Rows, pairs: list[tuple[str, Any]]) -> dict[tuple[str, int], str]:
    """(form, id) -> name, of the records that the actor may read: one statement per form referred to."""
    wanted: dict[str, set[int]] = {}
    for key, value in pairs:
        target = _target(rows, key)
        if target is not None:
            wanted.setdefault(target, set()).update(_known(value))
    found: dict[tuple[str, int], str] = {}
    for target, ids in wanted.items():
        if not may(tx, "read", target):
            continue
        others = readable(tx, target)
        query = kept(("names", others.key), lambda others=others: render(_name_by_id(others)))
        for row in tx.rows(query, {"ids": sorted(ids)}):
            found[target, row["id"]] = row["name"]
    return found


def _name_by_id(rows: Rows) -> Any:
    name, where = rows.label(), rows.where
    named = rows.source.table.c.id == any_(cast(bindparam("ids"), ARRAY(BigInteger)))
    return select(rows.source.table.c.id, name.label("name")).select_from(rows.from_).where(where, named)


def _masks(tx: Tx, rows: Rows, pairs: list[tuple[str, Any]]) -> dict[tuple[str, str], str]:
    if not pairs:
        return {}
    texts = list(dict.fromkeys((key, str(value)) for key, value in pairs))
    kinds = [rows.catalog.field(rows.form, key).kind for key, _ in texts]
    given = tx.rows(
        "SELECT n, access.mask(kind, value) AS mask"
        " FROM unnest(%(kinds)s::text[], %(values)s::text[]) WITH ORDINALITY AS t (kind, value, n)",
        {"kinds": kinds, "values": [text for _, text in texts]},
    )
    return {texts[row["n"] - 1]: row["mask"] for row in given}


def plain(tx: Tx, rows: Rows, key: str, value: Any) -> Any:
    """A stored value, or the JSON of one from the change log, as the client gets it."""
    kind = rows.catalog.column_kind(rows.form, rows.catalog.field(rows.form, key)) or "text"
    try:
        if kind in ("money", "number", "percent"):
            number = value if isinstance(value, Decimal) else Decimal(str(value))
            return f"{number:.2f}" if kind == "money" else f"{number.normalize():f}"
        if kind == "datetime":
            moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
            return moment.astimezone(tx.zone).strftime("%Y-%m-%dT%H:%M:%S")
    except (ArithmeticError, ValueError):
        return str(value)  # the field was of another kind then
    if isinstance(value, dt.date):
        return value.isoformat()
    return value
