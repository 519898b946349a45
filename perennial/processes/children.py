"""Who waits for whom, as the reader may know it: children count and are listed where their records may be read."""

from collections.abc import Sequence
from typing import Any

from perennial.kernel import Missing, Row, Tx
from perennial.processes.plan import readable

MOST = 200

# of each parent that waits, or (of one) of all that it ever meant
_CHILDREN = """
SELECT s.id, s.parent_id, s.token_id, n.key, s.record_id, p.form, p.key AS process, v.definition ->> 'label' AS label,
       v.definition ->> 'label_en' AS label_en, c.state, c.why, c.started_at, c.ended_at, s.begun, s.left_at
  FROM processes.sub s
  JOIN processes.node n ON n.id = s.node_id
  JOIN processes.instance c ON c.id = s.child_id
  JOIN processes.version v ON v.id = c.version_id
  JOIN processes.process p ON p.id = c.process_id
 WHERE {which}
"""
_WAITED = "s.left_at IS NULL AND s.parent_id IN (SELECT unnest(%(parents)s::bigint[]))"


def counted(tx: Tx, parents: Sequence[int]) -> dict[tuple[int, str], dict[str, int]]:
    """(instance that waits, node) -> `of` how many children, and how many are `over`."""
    if not parents:
        return {}
    test, own = readable(tx)
    rows = tx.rows(
        "SELECT x.parent_id, x.key, count(*)::int AS of, count(*) FILTER (WHERE x.state <> 'open')::int AS over"
        f"  FROM ({_CHILDREN.format(which=_WAITED)}) x WHERE ({test}) GROUP BY x.parent_id, x.key",
        {**own, "parents": list(parents), "zone": tx.zone.key},
    )
    return {(row["parent_id"], row["key"]): {"over": row["over"], "of": row["of"]} for row in rows}


def counted_at(tx: Tx, process_id: int) -> dict[str, dict[str, int]]:
    """Node -> the same of all instances of a process."""
    test, own = readable(tx)
    open_here = "SELECT i.id FROM processes.instance i WHERE i.state = 'open' AND i.process_id = %(process)s"
    which = f"s.left_at IS NULL AND s.parent_id IN ({open_here})"
    rows = tx.rows(
        "SELECT x.key, count(*)::int AS of, count(*) FILTER (WHERE x.state <> 'open')::int AS over"
        f"  FROM ({_CHILDREN.format(which=which)}) x WHERE ({test}) GROUP BY x.key",
        {**own, "process": process_id, "zone": tx.zone.key},
    )
    return {row["key"]: {"over": row["over"], "of": row["of"]} for row in rows}


def children(
    tx: Tx, form: str, record_id: int, instance_id: int, *, node: str | None = None, after: int = 0, limit: int = 50
) -> dict[str, Any]:
    """What an instance of this record means at its steps, in the order in which it began. Whether the record may be
    read is the caller's question.

    returns  rows: id, node, form, record_id, process, label, label_en, state, why, begun, started_at, ended_at,
             waited · next (to go on with; None: that was all)
    errors   Missing processes.no_such_instance
    """
    known = tx.value(
        "SELECT i.id FROM processes.instance i JOIN processes.process p ON p.id = i.process_id"
        " WHERE i.id = %(instance)s AND i.record_id = %(record)s AND p.form = %(form)s",
        {"instance": instance_id, "record": record_id, "form": form},
    )
    if known is None:
        raise Missing("processes.no_such_instance", instance=instance_id)
    test, own = readable(tx)
    limit = min(max(limit, 1), MOST)
    rows = tx.rows(
        f"""
        SELECT x.id, x.key AS node, x.form, x.record_id, x.process, x.label, x.label_en, x.state, x.why, x.begun,
               x.started_at, x.ended_at, x.left_at IS NULL AS waited
          FROM ({_CHILDREN.format(which="s.parent_id = %(instance)s AND s.id > %(after)s")}) x
         WHERE (%(node)s::text IS NULL OR x.key = %(node)s) AND ({test}) ORDER BY x.id LIMIT %(limit)s
        """,
        {**own, "instance": instance_id, "node": node, "after": after, "limit": limit, "zone": tx.zone.key},
    )
    return {"rows": rows, "next": rows[-1]["id"] if len(rows) == limit else None}


def called_by(tx: Tx, instances: Sequence[int]) -> dict[int, Row]:
    """Of these instances, those that another process has begun: its key, label and label_en."""
    if not instances:
        return {}
    rows = tx.rows(
        "SELECT s.child_id, p.key AS process, v.definition ->> 'label' AS label,"
        "       v.definition ->> 'label_en' AS label_en"
        "  FROM processes.sub s JOIN processes.instance i ON i.id = s.parent_id"
        "  JOIN processes.version v ON v.id = i.version_id JOIN processes.process p ON p.id = i.process_id"
        " WHERE s.begun AND s.child_id IN (SELECT unnest(%(instances)s::bigint[]))",
        {"instances": list(instances)},
    )
    return {row.pop("child_id"): row for row in rows}
