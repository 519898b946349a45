"""Where instances stand: for the picture of a process, and for a record's page."""

import datetime as dt
from typing import Any, Literal

from perennial.kernel import Missing, Row, Tx
from perennial.processes import versions
from perennial.processes.children import called_by, counted, counted_at
from perennial.processes.definition import Approval, Condition, Inclusive, Node, Sub, Task, targets
from perennial.processes.load_nodes import kind_of
from perennial.processes.plan import MOST, readable


def listed(tx: Tx, *, counted: bool = True) -> list[Row]:
    """Every process: key, form, label, version; `counted`: the open instances and stuck tokens of records that the
    actor may read."""
    test, own = readable(tx) if counted else ("false", dict[str, Any]())
    return tx.rows(
        f"""
        SELECT p.key, p.form, v.number AS version, v.published_at, v.definition ->> 'label' AS label,
               v.definition ->> 'label_en' AS label_en, v.definition ->> 'about' AS about,
               coalesce(c.open, 0) AS open, coalesce(c.stuck, 0) AS stuck
          FROM processes.process p JOIN processes.version v ON v.id = p.version_id
          LEFT JOIN (SELECT x.process_id, count(*) FILTER (WHERE x.state = 'open') AS open,
                            sum(x.stuck)::bigint AS stuck
                       FROM (SELECT i.process_id, i.state, i.record_id, o.form,
                                    (SELECT count(*) FROM processes.stuck s WHERE s.instance_id = i.id) AS stuck
                               FROM processes.instance i JOIN processes.process o ON o.id = i.process_id
                              WHERE i.state IN ('open', 'suspended')) x
                      WHERE ({test}) GROUP BY x.process_id) c ON c.process_id = p.id
         ORDER BY p.id
        """,
        {**own, "zone": tx.zone.key},
    )


# who stands where: one row per open instance and node, of any version
_STANDING = """
SELECT n.key, i.id AS instance_id, i.record_id, p.form, bool_or(t.state = 'held') AS held,
       bool_or(EXISTS (SELECT FROM processes.stuck s WHERE s.token_id = t.id)) AS stuck
  FROM processes.process p
  JOIN processes.version v ON v.process_id = p.id
  JOIN processes.node n ON n.version_id = v.id
  JOIN processes.token t ON t.node_id = n.id AND t.state <> 'frozen'
  JOIN processes.instance i ON i.id = t.instance_id
 WHERE p.key = %(process)s AND (%(node)s::text IS NULL OR n.key = %(node)s)
 GROUP BY n.key, i.id, i.record_id, p.form
"""
_PASSED = """
SELECT x.key, count(*) AS passed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM x.left_at - x.entered_at)) AS median_s
  FROM (SELECT n.key, s.left_at, s.entered_at, i.record_id, p.form
          FROM processes.node n
          JOIN processes.step s ON s.node_id = n.id
          JOIN processes.instance i ON i.id = s.instance_id
          JOIN processes.process p ON p.id = i.process_id
         WHERE n.version_id = %(version)s) x
 WHERE ({test}) GROUP BY x.key
"""
What = Literal["here", "held", "stuck"]


def at_node(
    tx: Tx, key: str, node: str | None = None, *, what: What = "here", after: int = 0, limit: int = 50
) -> dict[str, Any]:
    """The records behind a count of the picture: those that stand at a node (None: anywhere), that the actor may read.

    returns  form, count (of all), ids (a page, ascending, behind `after`), next (to go on with; None: that was all)
    """
    active = versions.active_of(tx, key)
    if node is not None and node not in {one.key for one in active.process.nodes}:
        raise Missing("processes.no_such_step", node=node)
    test, own = readable(tx)
    which = {"here": "true", "held": "x.held", "stuck": "x.stuck"}[what]
    limit = min(max(limit, 1), MOST)
    row = tx.one(
        f"""
        WITH there AS MATERIALIZED (SELECT DISTINCT x.record_id FROM ({_STANDING}) x WHERE {which} AND ({test}))
        SELECT (SELECT count(*) FROM there) AS count,
               array(SELECT record_id FROM there WHERE record_id > %(after)s ORDER BY record_id LIMIT %(limit)s) AS ids
        """,
        {**own, "process": key, "node": node, "after": after, "limit": limit, "zone": tx.zone.key},
    )
    assert row is not None
    more = row["ids"][-1] if len(row["ids"]) == limit else None
    return {"form": active.process.form, "count": row["count"], "ids": row["ids"], "next": more}


def picture(tx: Tx, key: str) -> dict[str, Any]:
    """The published graph with how many stand at each node (of any version), how many passed, and the median stay; of
    a sub-process its `children` {over, of}; of records that the actor may read."""
    active = versions.active_of(tx, key)
    test, own = readable(tx)
    of = {**own, "process": key, "node": None, "version": active.version.id, "zone": tx.zone.key}
    standing = tx.rows(
        "SELECT x.key, count(DISTINCT x.record_id) AS here, count(*) FILTER (WHERE x.held) AS held,"
        f"      count(*) FILTER (WHERE x.stuck) AS stuck FROM ({_STANDING}) x WHERE ({test}) GROUP BY x.key",
        of,
    )
    counts = {row["key"]: row for row in standing}
    passed = {row["key"]: row for row in tx.rows(_PASSED.format(test=test), of)}
    process = active.process
    calls = any(isinstance(node, Sub) for node in process.nodes)
    children = counted_at(tx, active.version.process_id) if calls else {}
    # notes and places may have changed since the version was read into memory
    tree = tx.value("SELECT definition FROM processes.version WHERE id = %(id)s", {"id": active.version.id})
    shown = {node["key"]: node for node in tree["nodes"]}
    nodes = [
        {
            "key": node.key, "kind": kind_of(node), "label": node.label or node.key, "label_en": node.label_en,
            "spec": shown[node.key], "targets": [target for target in targets(node) if target not in ("", "end")],
            **{name: counts.get(node.key, _NONE)[name] for name in ("here", "held", "stuck")},
            **{name: passed.get(node.key, _NONE)[name] for name in ("passed", "median_s")},
            **({"children": children.get(node.key, {"over": 0, "of": 0})} if isinstance(node, Sub) else {}),
        }
        for node in process.nodes
    ]  # fmt: skip
    edges = [
        {"from": node.key, "to": target, "label": label}
        for node in process.nodes
        for target, label in _edges(node)
        if target not in ("", "end")
    ]
    return {
        "key": process.key, "label": process.label, "label_en": process.label_en, "about": process.about,
        "form": process.form, "version": active.version.number, "first": process.first, "nodes": nodes, "edges": edges,
        "start": tree.get("start", []), "open": at_node(tx, key, limit=1)["count"],
    }  # fmt: skip


_NONE: dict[str, Any] = {"here": 0, "held": 0, "stuck": 0, "passed": 0, "median_s": None}

_DONE = """
SELECT n.key, min(n.label) AS label, min(n.label_en) AS label_en, count(*) AS count, n.kind
  FROM (SELECT k.node_id, k.form, t.record_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id
         WHERE t.opened_at >= %(since)s
        UNION ALL
        SELECT s.node_id, p.form, i.record_id FROM processes.step s
          JOIN processes.instance i ON i.id = s.instance_id JOIN processes.process p ON p.id = i.process_id
         WHERE s.left_at >= %(since)s AND s.outcome IN ('decided', 'created', 'updated')) x
  JOIN processes.node n ON n.id = x.node_id
 WHERE ({test}) GROUP BY n.key, n.kind ORDER BY count(*) DESC, n.key LIMIT 8
"""


def done_since(tx: Tx, since: dt.datetime) -> list[Row]:
    """What happened by itself on records that the actor may read: key, label, label_en, kind, count; the most first."""
    test, own = readable(tx)
    return tx.rows(_DONE.format(test=test), {**own, "since": since, "zone": tx.zone.key})


def _edges(node: Node) -> list[tuple[str, str]]:
    if isinstance(node, Condition | Inclusive):
        return [*((case.next, case.label) for case in node.cases), (node.otherwise, "其余")]
    if isinstance(node, Task) and node.outcomes:
        return [(outcome.next, outcome.label) for outcome in node.outcomes]
    if isinstance(node, Approval):
        return [(node.approved, "同意"), (node.rejected, "拒绝")]
    return [(target, "") for target in targets(node)]


def of_record(tx: Tx, form: str, record_id: int) -> list[Row]:
    """Instances of a record, latest first, with where they stand: process, state, entry, basis, nodes [{key, label,
    state, wake_at, late, children: {over, of} of what is waited for}]; begun {by, reason} of one that a person began
    before its date; called_by {process, label, label_en} of one that another process began."""
    found = tx.rows(
        """
        SELECT i.id, p.key AS process, v.definition ->> 'label' AS label, v.definition ->> 'label_en' AS label_en,
               v.number AS version, i.state, i.entry, i.basis, i.started_at, i.ended_at, i.why,
               (SELECT jsonb_build_object('by', h.name, 'reason', b.reason) FROM processes.begun b
                  LEFT JOIN people.person h ON h.id = b.person_id WHERE b.instance_id = i.id) AS begun,
               (SELECT jsonb_agg(jsonb_build_object('key', n.key, 'kind', n.kind, 'label', n.label, 'label_en',
               n.label_en,
                                 'state', t.state, 'wake_at', t.wake_at, 'late', t.late) ORDER BY t.id)
                  FROM processes.token t JOIN processes.node n ON n.id = t.node_id WHERE t.instance_id = i.id) AS nodes
          FROM processes.instance i
          JOIN processes.process p ON p.id = i.process_id
          JOIN processes.version v ON v.id = i.version_id
         WHERE p.form = %(form)s AND i.record_id = %(record)s ORDER BY i.id DESC LIMIT 50
        """,
        {"form": form, "record": record_id},
    )
    calls = [row["id"] for row in found if any(node["kind"] == "sub" for node in row["nodes"] or ())]
    children, above = counted(tx, calls), called_by(tx, [row["id"] for row in found if row["entry"] == "sub"])
    for row in found:
        row["called_by"] = above.get(row["id"])
        for node in row["nodes"] or ():
            if (row["id"], node["key"]) in children:
                node["children"] = children[row["id"], node["key"]]
    return found
