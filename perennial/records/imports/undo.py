"""Undo of an import: its transaction is taken back, and the import says so."""

import json
from typing import Any

from perennial.kernel import Reason, Tx
from perennial.records.imports.stage import lock, refuse_late
from perennial.records.undo import Undone
from perennial.records.undo import undo as take_back


def undo(tx: Tx, import_id: int) -> dict[str, Any]:
    """What was removed and restored per form, and what was kept because somebody touched it.

    returns  {"targets": [{form, label, removed, restored, returned}], "kept": [{form, id, label, why}], "kept_count"}
    errors   Conflict imports.too_late, 30 days after the run on the workspace's clock
    """
    row = lock(tx, import_id, ("done",))
    refuse_late(tx, row)
    reason = Reason("undo", {"of": import_id, "import": import_id, "file": row["file_name"]})
    wrote = row["transaction_id"] is not None  # a run that found everything as it is wrote nothing
    undone = take_back(tx, row["transaction_id"], reason=reason, trusted=True) if wrote else Undone()
    result = undone.as_json()
    tx.run(
        "UPDATE imports.import SET state = 'undone', undone = %(told)s::jsonb WHERE id = %(id)s",
        {"id": import_id, "told": json.dumps(result, ensure_ascii=False)},
    )
    return result
