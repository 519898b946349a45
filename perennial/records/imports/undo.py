"""Undo of an import: its transaction is taken back, and the import says so."""

import json
from typing import Any

from perennial.kernel import Reason, Tx
from perennial.records.imports.stage import lock
from perennial.records.undo import undo as take_back


def undo(tx: Tx, import_id: int) -> dict[str, Any]:
    """What was removed and restored per form, and what was kept because somebody touched it.

    returns  {"targets": [{form, label, removed, restored, returned}], "kept": [{form, id, label, why}], "kept_count"}
    """
    row = lock(tx, import_id, ("done",))
    reason = Reason("undo", {"of": import_id, "import": import_id, "file": row["file_name"]})
    result = take_back(tx, row["transaction_id"], reason=reason, trusted=True).as_json()
    tx.run(
        "UPDATE imports.import SET state = 'undone', undone = %(told)s::jsonb WHERE id = %(id)s",
        {"id": import_id, "told": json.dumps(result, ensure_ascii=False)},
    )
    return result
