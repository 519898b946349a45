"""Two people changed one record: what each of them did, field by field, through the eyes of the later one."""

from collections.abc import Mapping
from typing import Any

from perennial import changes
from perennial.access import Rows
from perennial.kernel import Conflict, Row, Tx
from perennial.records.present import present

LOOKED_AT = 200  # changes of the record; one that lags further behind must be read again


def stale(tx: Tx, rows: Rows, record_id: int, version: int, now: Row, mine: Mapping[str, Any]) -> Conflict:
    """The error for a write that names an old version.

    facts    version: the one to send when merging; fields: key -> label, base, theirs, mine, both; mergeable: no field
             was changed to different values by both; who and at: the last change
    """
    form = rows.catalog.form(rows.form)
    seen = set(rows.readable_fields())
    written = {field.key for field in form.fields if field.kind != "formula"}
    base, last, complete = _since(tx, rows, record_id, now["version"] - version, written)
    keys = [field.key for field in form.fields if field.key in seen and (field.key in base or field.key in mine)]
    both = {key for key in mine if mine[key] != now[key] and (key in base or not complete)}
    shown = present(tx, rows, record_id, [
        *((key, base[key]) for key in keys if key in base),
        *((key, now[key]) for key in keys),
        *((key, mine[key]) for key in keys if key in mine),
    ])  # fmt: skip
    fields: dict[str, Any] = {}
    for key in keys:
        fields[key] = {
            "label": form.field(key).label if form.field(key) else key,  # pyright: ignore[reportOptionalMemberAccess]
            "base": shown(key, base[key] if key in base else now[key]),
            "theirs": shown(key, now[key]),
            "mine": shown(key, mine[key]) if key in mine else None,
            "sent": key in mine,
            "both": key in both,
        }
    actor = (last or {}).get("actor") or {}
    return Conflict(
        "records.stale", version=now["version"], fields=fields, mergeable=not both, who=actor.get("label") or "",
        by=actor.get("id"), at=now["updated_at"].astimezone(tx.zone).strftime("%H:%M"),
        changed_at=now["updated_at"].astimezone(tx.zone).isoformat(),
    )  # fmt: skip


def _since(
    tx: Tx, rows: Rows, record_id: int, versions: int, written: set[str]
) -> tuple[dict[str, Any], Row | None, bool]:
    """What people changed in the last `versions` versions: field -> its value before, the newest change, and whether
    the log reaches back that far."""
    base: dict[str, Any] = {}
    last: Row | None = None
    for row in changes.history(tx, rows.catalog.id(rows.form), record_id, limit=LOOKED_AT):
        touched = written & set(row["fields"] or ())
        if row["op"] != "U" or not touched:
            continue
        if versions <= 0:
            return base, last, True
        last = last or row
        versions -= 1
        base |= {key: value for key, value in row["before"].items() if key in touched}
    return base, last, versions <= 0
