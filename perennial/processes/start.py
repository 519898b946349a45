"""Start instances in sets."""

from perennial.kernel import Query, Tx
from perennial.processes.nodes.common import LATE, Published


def start_set(tx: Tx, version: Published, wanted: Query, *, entry: str) -> list[int]:
    """One open instance per row of `wanted`, ready at the first node; a record that has an open one gets none.

    wanted  columns record_id, basis (date or NULL), base_at (the moment lateness counts from), quiet, instance_id
    (NULL:
            a new number); a record in it once
    """
    return (
        tx.value(
            f"""
            WITH wanted AS MATERIALIZED ({wanted.text}),
            made AS (
                INSERT INTO processes.instance (id, process_id, version_id, record_id, basis, entry, started_at)
                OVERRIDING SYSTEM VALUE
                SELECT coalesce(w.instance_id, nextval('processes.instance_id_seq')), %(process)s, %(version)s,
                       w.record_id, w.basis, %(entry)s, %(now)s
                  FROM wanted w ORDER BY w.base_at, w.record_id
                ON CONFLICT DO NOTHING
                RETURNING id, record_id),
            placed AS (
                INSERT INTO processes.token (instance_id, node_id, wake_at, entered_at, base_at, late, quiet)
                SELECT m.id, %(first)s, %(now)s, %(now)s, w.base_at, w.base_at < %(now)s::timestamptz - {LATE}, w.quiet
                  FROM made m JOIN wanted w ON w.record_id = m.record_id)
            SELECT array_agg(id ORDER BY id) FROM made
            """,
            {
                **wanted.params, "process": version.process_id, "version": version.id, "entry": entry,
                "first": version.nodes[version.process.first], "zone": tx.zone.key,
            },
        )
        or []
    )  # fmt: skip


def start_by_hand(tx: Tx, version: Published, records: list[int]) -> list[int]:
    """Instances that a person started. They walk from the start as if it were due now."""
    basis = _basis(tx, version)
    query = Query(
        f"SELECT b.rid AS record_id, b.basis, %(now)s::timestamptz AS base_at, NULL::text AS quiet,"
        f" NULL::bigint AS instance_id FROM ({basis.text}) b WHERE b.rid = ANY(%(records)s)",
        {**basis.params, "records": records},
    )
    return start_set(tx, version, query, entry="hand")


def _basis(tx: Tx, version: Published) -> Query:
    from perennial.processes.record import Wanted, rendered

    basis = version.process.basis
    query = rendered(tx, version.process.form, {"basis": Wanted(basis, "date")} if basis else {})
    return query if basis else Query(f"SELECT q.rid, NULL::date AS basis FROM ({query.text}) q", query.params)
