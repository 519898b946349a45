"""Starts by what happens to a record: it was created, or it changed to match.

Matching is remembered as a set of records, so "did not match before, does now" is one comparison of two sets however
the
condition reads. Imported records are no edge unless the answer to the import was "all"; what a publication found is
none.
"""

from perennial.kernel import Query, Tx
from perennial.processes.definition import Start
from perennial.processes.ending import end_set, open_of
from perennial.processes.start import start_set
from perennial.processes.versions import Active
from perennial.rules import Wanted, rendered


def created(tx: Tx, active: Active, start: Start, records: list[int]) -> list[int]:
    """Instances of new records that meet the condition."""
    return _start(tx, active, records, start.when, "created") if records else []


def matched(tx: Tx, active: Active, start: Start, records: list[int], silent: list[int]) -> tuple[list[int], list[int]]:
    """The instances of records that match now and did not before, and the records that match no more.

    silent   records that may match without being an edge (imported, restored)
    """
    if not records:
        return [], []
    trigger = active.triggers[start.key]
    query = rendered(tx, active.process.form, {"matches": Wanted(start.when, "condition")})
    row = tx.one(
        f"""
        WITH now_matching AS MATERIALIZED (
            SELECT r.rid FROM ({query.text}) r WHERE r.matches AND r.rid = ANY(%(records)s::bigint[])
        ), left_it AS (
            DELETE FROM processes.matching m
             WHERE m.trigger_id = %(trigger)s AND m.record_id = ANY(%(records)s::bigint[])
               AND NOT EXISTS (SELECT FROM now_matching n WHERE n.rid = m.record_id)
            RETURNING m.record_id
        ), joined AS (
            INSERT INTO processes.matching (trigger_id, record_id) SELECT %(trigger)s, rid FROM now_matching ORDER BY
              rid
            ON CONFLICT DO NOTHING RETURNING record_id
        )
        SELECT (SELECT array_agg(record_id) FROM joined WHERE NOT record_id = ANY(%(silent)s::bigint[])) AS edges,
               (SELECT array_agg(record_id) FROM left_it) AS gone
        """,
        {**query.params, "records": records, "silent": silent, "trigger": trigger, "zone": tx.zone.key},
    )
    assert row is not None
    if start.undone and row["edges"]:  # it matches again: what was asked because it had not is settled
        end_set(tx, open_of(tx, active, row["edges"], past=True), "superseded", "matched_again")
    begun = _start(tx, active, row["edges"], "", "matched") if row["edges"] else []
    return begun, row["gone"] or []


def _start(tx: Tx, active: Active, records: list[int], when: str, entry: str) -> list[int]:
    basis = active.process.basis
    columns = {"basis": Wanted(basis, "date")} if basis else {}
    columns |= {"wanted": Wanted(when, "condition")} if when else {}
    query = rendered(tx, active.process.form, columns)
    wanted = Query(
        f"SELECT r.rid AS record_id, {'r.basis' if basis else 'NULL::date AS basis'}, %(now)s::timestamptz AS base_at,"
        f" NULL::text AS quiet, NULL::bigint AS instance_id FROM ({query.text}) r"
        f" WHERE r.rid = ANY(%(records)s::bigint[]) {'AND r.wanted' if when else ''}",
        {**query.params, "records": records},
    )
    return start_set(tx, active.version, wanted, entry=entry)
