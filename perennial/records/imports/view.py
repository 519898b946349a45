"""What the client sees of an import, and the small acts before a run: mapping, fixes, skipped rows."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from perennial.formula import Name, parse
from perennial.kernel import Invalid, Row, Tx
from perennial.records.imports.mapping import load
from perennial.records.imports.stage import lock, own, rows_table, sees_all, undo_until

_OPEN = ("mapping", "checked", "failed")
MOST_ROWS = 500


def read(tx: Tx, import_id: int) -> dict[str, Any]:
    """State, columns with samples, mapping, unmapped columns, reports, progress, whether the file was here before.

    about.remembered   the import whose mapping this one began with: id, file, at; or None
    undo_until         the last moment at which a finished import may be undone
    """
    row = own(tx, import_id)
    used = _columns_used(row["mapping"])
    names = [column["name"] for column in row["about"]["columns"]]
    progress = tx.one(
        "SELECT step, steps, label, rows, total FROM imports.progress WHERE import_id = %(id)s", {"id": import_id}
    )
    before = tx.one(
        "SELECT id, finished_at, created_label FROM imports.import WHERE sha256 = %(sha)s AND id <> %(id)s"
        " AND state = 'done' ORDER BY id DESC LIMIT 1",
        {"sha": row["sha256"], "id": import_id},
    )
    keys = ("id", "form", "state", "file_name", "options", "about", "mapping", "checked", "result", "undone", "answer",
            "skip_errors", "error", "created_at", "created_label", "finished_at")  # fmt: skip
    return {key: row[key] for key in keys} | {
        "unmapped": [name for name in names if name not in used],
        "progress": progress,
        "imported_before": before,
        "undo_until": undo_until(row) if row["state"] == "done" else None,
    }


def _columns_used(mapping: Mapping[str, Any]) -> set[str]:
    items = [item for target in mapping.get("targets", []) for item in target.get("fields", [])]
    plain = {item["column"] for item in items if item.get("column")}
    return plain.union(*(_words(str(item["formula"])) for item in items if item.get("formula")))


def _words(text: str) -> set[str]:
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, Name):
            found.add(node.parts[0])
        for name in getattr(node, "__slots__", ()) or getattr(node, "__dataclass_fields__", ()):
            value = getattr(node, name)
            for one in value if isinstance(value, tuple) else (value,):
                if hasattr(one, "__dataclass_fields__"):
                    walk(one)

    with contextlib.suppress(Invalid):  # a mapping that fits no more names no columns
        walk(parse(text))
    return found


def imports(tx: Tx, form: str | None = None, limit: int = 50) -> list[Row]:
    """The newest imports of this person; for a form everybody's, as far as this person may see them."""
    return tx.rows(
        "SELECT id, form, state, file_name, created_at, created_label, finished_at, result FROM imports.import"
        " WHERE coalesce(form = %(form)s, true) AND (created_by IS NOT DISTINCT FROM %(me)s"
        "  OR %(form)s::text IS NOT NULL AND %(all)s)"
        " ORDER BY id DESC LIMIT %(limit)s",
        {"form": form, "limit": limit, "all": sees_all(tx)},
    )


def set_mapping(tx: Tx, import_id: int, tree: Mapping[str, Any]) -> None:
    """The mapping is this one from now on; Invalid with its path when it fits neither the file nor the forms."""
    row = lock(tx, import_id, _OPEN)
    load(tx, tree, row["about"])
    tx.run(
        "UPDATE imports.import SET mapping = %(tree)s::jsonb, state = 'mapping', checked = NULL, error = NULL"
        " WHERE id = %(id)s",
        {"id": import_id, "tree": json.dumps(tree, ensure_ascii=False)},
    )


def _position(row: Row, column: str) -> int:
    found = next((one["position"] for one in row["about"]["columns"] if one["name"] == column), None)
    if found is None:
        raise Invalid("imports.no_such_column", path="column", column=column)
    return found


def fix(tx: Tx, import_id: int, column: str, *, new: str | None, row: int | None = None, old: str | None = None) -> int:
    """The cell of `row` in this column says `new`, or every cell that says `old`; how many changed. The upload stays
    as it is; the fixes are remembered."""
    found = lock(tx, import_id, _OPEN)
    position = _position(found, column)
    text = (new or "").replace("\0", "").strip() or None
    if (row is None) == (old is None):
        raise Invalid("imports.which_cell", path="row")
    where = "row = %(row)s" if row is not None else f"c{position} = %(old)s"
    binds = {"id": import_id, "position": position, "row": row, "old": old, "new": text}
    tx.run(
        "INSERT INTO imports.fix (import_id, position, row, old, new, by)"
        " VALUES (%(id)s, %(position)s, %(row)s, %(old)s, %(new)s, %(me)s)",
        binds,
    )
    count = tx.run(f"UPDATE {rows_table(import_id)} SET c{position} = %(new)s WHERE {where}", binds)
    _unchecked(tx, import_id)
    return count


def skip(tx: Tx, import_id: int, rows: list[int], *, skipped: bool = True) -> int:
    """These rows are left out of the import (or taken in again)."""
    lock(tx, import_id, _OPEN)
    count = tx.run(
        f"UPDATE {rows_table(import_id)} SET skip = %(skip)s WHERE row = ANY(%(rows)s) AND skip <> %(skip)s",
        {"rows": rows, "skip": skipped},
    )
    _unchecked(tx, import_id)
    return count


def _unchecked(tx: Tx, import_id: int) -> None:
    tx.run("UPDATE imports.import SET state = 'mapping' WHERE id = %(id)s AND state <> 'mapping'", {"id": import_id})


def page(
    tx: Tx, import_id: int, *, only: str = "error", code: str | None = None, field: str | None = None, after: int = 0,
    limit: int = 100,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of the file for the grid: row, skip, cells {column: text}, problems [{severity, code, field, column, …}].

    only   error, hint, all; `code` and `field` narrow to one kind of problem
    after  the last row number of the page before
    """
    found = own(tx, import_id)
    columns = {column["position"]: column["name"] for column in found["about"]["columns"]}
    binds = {
        "id": import_id,
        "only": only,
        "code": code,
        "field": field,
        "after": after,
        "limit": min(limit, MOST_ROWS),
    }
    matching = (
        "EXISTS (SELECT FROM imports.problem p WHERE p.import_id = %(id)s AND p.row = r.row AND p.severity = %(only)s"
        " AND (%(code)s::text IS NULL OR p.code = %(code)s) AND (%(field)s::text IS NULL OR p.field = %(field)s))"
    )
    where = "r.row > %(after)s" + ("" if only == "all" else f" AND {matching}")
    if not tx.value("SELECT to_regclass(%(table)s) IS NOT NULL", {"table": rows_table(import_id)}):
        return []  # swept
    rows = tx.rows(f"SELECT r.* FROM {rows_table(import_id)} r WHERE {where} ORDER BY r.row LIMIT %(limit)s", binds)
    problems = tx.rows(
        "SELECT row, severity, code, form, field, position, value, facts FROM imports.problem"
        " WHERE import_id = %(id)s AND row = ANY(%(rows)s) ORDER BY row, severity, position",
        {"id": import_id, "rows": [row["row"] for row in rows]},
    )
    told: dict[int, list[dict[str, Any]]] = {}
    for one in problems:
        number, position = one.pop("row"), one.pop("position")
        told.setdefault(number, []).append({**one, "column": columns.get(position)})
    return [
        {
            "row": row["row"],
            "skip": row["skip"],
            "cells": {name: row[f"c{position}"] for position, name in columns.items()},
            "problems": told.get(row["row"], []),
        }
        for row in rows
    ]


def written(tx: Tx, import_id: int) -> dict[str, list[int]]:
    """Form id (as the change log has it) -> records that this import created, for the question what they set off."""
    rows = tx.rows(
        "SELECT c.form_id, array_agg(c.record_id ORDER BY c.record_id) AS ids FROM imports.import i"
        " JOIN changes.change c ON c.transaction_id = i.transaction_id AND c.op = 'I' WHERE i.id = %(id)s GROUP BY 1",
        {"id": import_id},
    )
    return {row["form_id"]: row["ids"] for row in rows}
