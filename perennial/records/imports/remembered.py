"""Mappings that ran once are proposed again for the next file with the same columns."""

import json
from typing import Any

from perennial import access
from perennial.kernel import Missing, Problem, Row, Tx
from perennial.records.imports.mapping import load
from perennial.records.imports.stage import lock, propose_anew


def remember(tx: Tx, row: Row) -> None:
    """The mapping of this import (a row of imports.import) is the one for its form and columns from now on.

    What was decided about one file's values is not kept: how sure a proposal was, and the order of day and month.
    """
    targets = [{key: value for key, value in target.items() if key != "sure"} for target in row["mapping"]["targets"]]
    tx.run(
        "INSERT INTO imports.remembered AS r (form, columns, digest, mapping, file_name, at, by_label)"
        " VALUES (%(form)s, %(columns)s::text[], md5((%(columns)s::text[])::text), %(mapping)s::jsonb, %(file)s,"
        " %(now)s, %(label)s) ON CONFLICT (form, digest) DO UPDATE SET mapping = excluded.mapping,"
        " file_name = excluded.file_name, at = excluded.at, by_label = excluded.by_label",
        {
            "form": row["form"], "columns": _columns(row["about"]), "file": row["file_name"], "label": row["run_label"],
            "mapping": json.dumps({"targets": targets, "date_order": {}}, ensure_ascii=False),
        },
    )  # fmt: skip


def recall(tx: Tx, form: str, about: dict[str, Any]) -> Row | None:
    """id, mapping, file_name, at of the mapping that fits a file with these columns; None also when forms, rights or
    the kinds of values have changed so that it fits no more."""
    found = tx.one(
        "SELECT id, mapping, file_name, at FROM imports.remembered WHERE form = %(form)s"
        " AND digest = md5((%(columns)s::text[])::text) AND columns = %(columns)s::text[]",
        {"form": form, "columns": _columns(about)},
    )
    if found is None:
        return None
    try:
        load(tx, found["mapping"], about)
    except Problem:
        return None
    return found


def remembered(tx: Tx, form: str | None = None) -> list[Row]:
    """What is remembered of forms that this person may read, newest first."""
    known = tx.rows(
        "SELECT id, form, columns, file_name, at, by_label FROM imports.remembered"
        " WHERE %(form)s::text IS NULL OR form = %(form)s ORDER BY at DESC, id DESC",
        {"form": form},
    )
    return [row for row in known if access.may(tx, "read", row["form"])]


def forget(tx: Tx, remembered_id: int) -> None:
    """The next file with these columns is mapped from its names again."""
    if not tx.run("DELETE FROM imports.remembered WHERE id = %(id)s", {"id": remembered_id}):
        raise Missing("imports.not_remembered", id=remembered_id)


def set_aside(tx: Tx, import_id: int) -> None:
    """This import's mapping is proposed from the names of its columns, whatever was remembered."""
    propose_anew(tx, lock(tx, import_id, ("mapping", "checked", "failed")))


def _columns(about: dict[str, Any]) -> list[str]:
    return [column["name"] for column in about["columns"]]
