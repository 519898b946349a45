"""One term, one instance: what becomes of an open instance when its record's date moves.

Moved by at least the same-term limit with the new start ahead: superseded. Back to where an earlier instance belongs:
that one comes back. Anything else: the same instance goes on and its waits compute their moment anew.
"""

from perennial.kernel import Tx
from perennial.processes.ending import end_set, resume_set
from perennial.processes.occurrences import occurrences
from perennial.processes.versions import Active


def move(tx: Tx, active: Active, records: list[int]) -> list[int]:
    """Instances that came back and have to be advanced.

    locks   the caller holds all instances of these records
    """
    process = active.process
    start = next((start for start in process.starts if start.on == "date"), None)
    if start is None or not records:
        return []
    occurring = occurrences(tx, process, start, only="AND r.rid = ANY(%(records)s::bigint[])")
    rows = tx.rows(
        f"""
        SELECT i.id AS open_id, s.id AS earlier_id,
               abs(i.basis - o.basis) < {process.same_term_days} AS same, o.due_at > %(now)s AS ahead
          FROM ({occurring.text}) o
          LEFT JOIN processes.instance i ON i.process_id = %(process)s AND i.record_id = o.record_id AND i.state =
            'open'
          LEFT JOIN LATERAL (
               SELECT e.id FROM processes.instance e
                WHERE e.process_id = %(process)s AND e.record_id = o.record_id AND e.state = 'superseded'
                  AND abs(e.basis - o.basis) < {process.same_term_days}
                ORDER BY e.id DESC LIMIT 1) s ON true
         WHERE (i.id IS NOT NULL OR s.id IS NOT NULL) AND (i.basis IS NOT NULL OR i.id IS NULL)
        """,
        {**occurring.params, "process": active.version.process_id, "records": records, "zone": tx.zone.key},
    )
    away = [
        row["open_id"] for row in rows if row["open_id"] and not row["same"] and (row["ahead"] or row["earlier_id"])
    ]
    back = [row["earlier_id"] for row in rows if row["earlier_id"] and not (row["open_id"] and row["same"])]
    if away:
        end_set(tx, away, "superseded", "date_moved")
    if back:
        resume_set(tx, back)
    return back
