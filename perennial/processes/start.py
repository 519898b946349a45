"""Start instances in sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from perennial.kernel import Query, Tx
from perennial.processes import stuck, versions
from perennial.processes.definition import Parallel
from perennial.processes.nodes.common import LATE, Published, Standing
from perennial.processes.nodes.parallel import opened


@dataclass(frozen=True, slots=True)
class Begun:
    """Instances that began. `ready`: node -> their tokens that are ready there; `went`: node -> how many have left or
    entered it already."""

    instances: list[int] = field(default_factory=list[int])
    ready: Mapping[str, int] = field(default_factory=dict[str, int])
    went: Mapping[str, int] = field(default_factory=dict[str, int])


def start_set(tx: Tx, version: Published, wanted: Query, *, entry: str) -> list[int]:
    """One open instance per row of `wanted`; a record that has an open one gets none."""
    return begin(tx, version, wanted, entry=entry).instances


def begin(tx: Tx, version: Published, wanted: Query, *, entry: str) -> Begun:
    """One open instance per row of `wanted`, at the first node, or behind it when it only splits; a record that has an
    open one gets none.

    wanted  columns record_id, basis (date or NULL), base_at (the moment lateness counts from), quiet, instance_id
            (NULL: a new number); a record in it once
    """
    begun: list[int] = (
        tx.value(
            f"""
            WITH made AS (
                INSERT INTO processes.instance
                       (id, process_id, version_id, record_id, basis, entry, due_at, quiet, started_at)
                OVERRIDING SYSTEM VALUE
                SELECT coalesce(w.instance_id, nextval('processes.instance_id_seq')), %(process)s, %(version)s,
                       w.record_id, w.basis, %(entry)s, w.base_at, w.quiet, %(now)s
                  FROM ({wanted.text}) w ORDER BY w.base_at, w.record_id
                ON CONFLICT DO NOTHING
                RETURNING id)
            SELECT array_agg(id) FROM made
            """,
            {
                **wanted.params,
                "process": version.process_id,
                "version": version.id,
                "entry": entry,
                "zone": tx.zone.key,
            },
        )
        or []
    )
    if not begun:
        return Begun()
    # a statement of its own: joined to what was just inserted, the planner would guess a handful of rows
    instances, first = sorted(begun), version.process.node(version.process.first)
    if isinstance(first, Parallel):
        standing = Standing(tx, version, first, instances, None, versions.statements(tx, version, first.key))
        task = opened(version.process, first)
        try:
            with tx.savepoint():
                went = standing.moved("begin", {"kind": version.kinds[task.key] if task else None})
            ways = (first.key, task.key) if task else (first.key,)
            return Begun(instances, went.onward or {}, dict.fromkeys(ways, went.count) if went.count else {})
        except stuck.DATA:  # one of them has data that no statement likes: the first node finds out which
            pass
    tx.run(
        f"""
        INSERT INTO processes.token (instance_id, node_id, wake_at, entered_at, base_at, late, quiet)
        SELECT i.id, %(first)s, %(now)s, %(now)s, i.due_at, i.due_at < %(now)s::timestamptz - {LATE}, i.quiet
          FROM processes.instance i WHERE i.id = ANY(%(begun)s::bigint[]) ORDER BY i.id
        """,
        {"first": version.nodes[first.key], "begun": begun},
    )
    return Begun(instances, {first.key: len(begun)})


def start_by_hand(tx: Tx, version: Published, records: list[int]) -> list[int]:
    """Instances that a person started. They walk from the start as if it were due now."""
    basis = _basis(tx, version)
    query = Query(
        f"SELECT b.rid AS record_id, b.basis, %(now)s::timestamptz AS base_at, NULL::text AS quiet,"
        f" NULL::bigint AS instance_id FROM ({basis.text}) b WHERE b.rid = ANY(%(records)s::bigint[])",
        {**basis.params, "records": records},
    )
    return start_set(tx, version, query, entry="hand")


def _basis(tx: Tx, version: Published) -> Query:
    from perennial.rules import Wanted, rendered

    basis = version.process.basis
    query = rendered(tx, version.process.form, {"basis": Wanted(basis, "date")} if basis else {})
    return query if basis else Query(f"SELECT q.rid, NULL::date AS basis FROM ({query.text}) q", query.params)
