"""Processes that firings ask for. Rules are below processes: a wish is a row that the tick takes up."""

from dataclasses import dataclass

from perennial.kernel import Tx


@dataclass(frozen=True, slots=True)
class Wish:
    id: int
    process: str
    record_id: int


def wishes(tx: Tx, limit: int = 5000) -> list[Wish]:
    """Those nobody has taken up, locked; what another worker holds is skipped."""
    rows = tx.rows(
        "SELECT id, process, record_id FROM rules.wish WHERE taken_at IS NULL ORDER BY id LIMIT %(limit)s"
        " FOR UPDATE SKIP LOCKED",
        {"limit": limit},
    )
    return [Wish(row["id"], row["process"], row["record_id"]) for row in rows]


def granted(tx: Tx, ids: list[int]) -> None:
    tx.run("UPDATE rules.wish SET taken_at = %(now)s WHERE id = ANY(%(ids)s::bigint[])", {"ids": ids})
