"""What happened to one record, newest first."""

from perennial.changes.claim import SQL
from perennial.kernel import Row, Tx

_FROM_THE_END = 2**63 - 1


def history(tx: Tx, form_id: int, record_id: int, *, limit: int = 50, before: int | None = None) -> list[Row]:
    """Rows of id, at, actor, reason, op, fields, before, after. Nothing is masked: that is for `access`.

    before  the smallest id of the page shown last
    """
    bound: dict[str, object] = {
        "form_id": form_id,
        "record_id": record_id,
        "limit": limit,
        "before": before or _FROM_THE_END,
    }
    return tx.rows(SQL["history"], bound)


def written(tx: Tx) -> int | None:
    """The number under which this transaction's writes stand in the log, of its last reason; None: nothing written."""
    known: str | None = tx.value("SELECT nullif(current_setting('perennial.tx', true), '')")
    return None if known is None else int(known)


def histories(tx: Tx, records: dict[int, list[int]], *, limit: int = 50, before: int | None = None) -> list[Row]:
    """The same of several records at once, newest first, with form_id and record_id.

    records  form id -> record ids
    """
    pairs = [(form, one) for form, ids in records.items() for one in ids]
    bound: dict[str, object] = {
        "forms": [form for form, _ in pairs], "records": [one for _, one in pairs], "limit": limit,
        "before": before or _FROM_THE_END,
    }  # fmt: skip
    return tx.rows(SQL["histories"], bound) if pairs else []
