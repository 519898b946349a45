"""Where instances stand: for the picture of a process, and for a record's page."""

from typing import Any

from perennial.kernel import Missing, Row, Tx
from perennial.processes import versions
from perennial.processes.definition import Condition, Node, Task, targets
from perennial.processes.dump import dump
from perennial.processes.load import kind_of


def listed(tx: Tx) -> list[Row]:
    """Every process: key, form, label, version, open instances, stuck tokens."""
    return tx.rows(
        """
        SELECT p.key, p.form, v.number AS version, v.published_at, v.definition ->> 'label' AS label,
               v.definition ->> 'label_en' AS label_en, v.definition ->> 'about' AS about,
               (SELECT count(*) FROM processes.instance i WHERE i.process_id = p.id AND i.state = 'open') AS open,
               (SELECT count(*) FROM processes.stuck s JOIN processes.instance i ON i.id = s.instance_id
                 WHERE i.process_id = p.id) AS stuck
          FROM processes.process p JOIN processes.version v ON v.id = p.version_id ORDER BY p.id
        """
    )


_COUNTS = """
SELECT n.key,
       (SELECT count(*) FROM processes.token t JOIN processes.node o ON o.id = t.node_id
         WHERE o.key = n.key AND o.version_id = ANY(%(versions)s::int[]) AND t.state <> 'frozen') AS here,
       (SELECT count(*) FROM processes.token t JOIN processes.node o ON o.id = t.node_id
         WHERE o.key = n.key AND o.version_id = ANY(%(versions)s::int[]) AND t.state = 'held') AS held,
       (SELECT count(*) FROM processes.stuck s JOIN processes.node o ON o.id = s.node_id
         WHERE o.key = n.key AND o.version_id = ANY(%(versions)s::int[])) AS stuck,
       m.passed, m.median_s
  FROM processes.node n
  LEFT JOIN LATERAL (
       SELECT count(*) AS passed,
              percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM s.left_at - s.entered_at)) AS median_s
         FROM processes.step s WHERE s.node_id = n.id) m ON true
 WHERE n.version_id = %(version)s
"""


def picture(tx: Tx, key: str) -> dict[str, Any]:
    """The published graph with how many stand at each node (of any version), how many passed, and the median stay."""
    active = next((one for one in versions.active(tx) if one.process.key == key), None)
    if active is None:
        raise Missing("processes.no_such_process", process=key)
    of = {"p": active.version.process_id}
    ids = [row["id"] for row in tx.rows("SELECT id FROM processes.version WHERE process_id = %(p)s", of)]
    counts = {row["key"]: row for row in tx.rows(_COUNTS, {"versions": ids, "version": active.version.id})}
    process = active.process
    shown = {node["key"]: node for node in dump(process)["nodes"]}
    nodes = [
        {
            "key": node.key, "kind": kind_of(node), "label": node.label or node.key, "label_en": node.label_en,
            "spec": shown[node.key], "targets": [target for target in targets(node) if target not in ("", "end")],
            **{name: counts[node.key][name] for name in ("here", "held", "stuck", "passed", "median_s")},
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
        "start": dump(process).get("start", []),
        "open": tx.value(
            "SELECT count(*) FROM processes.instance WHERE process_id = %(p)s AND state = 'open'", of
        ),
    }  # fmt: skip


def _edges(node: Node) -> list[tuple[str, str]]:
    if isinstance(node, Condition):
        return [*((case.next, case.label) for case in node.cases), (node.otherwise, "其余")]
    if isinstance(node, Task) and node.outcomes:
        return [(outcome.next, outcome.label) for outcome in node.outcomes]
    return [(target, "") for target in targets(node)]


def of_record(tx: Tx, form: str, record_id: int) -> list[Row]:
    """Instances of a record, latest first, with where they stand: process, state, entry, basis, nodes [{key, label,
    state, wake_at, late}]."""
    return tx.rows(
        """
        SELECT i.id, p.key AS process, v.definition ->> 'label' AS label, v.definition ->> 'label_en' AS label_en,
               v.number AS version, i.state, i.entry, i.basis, i.started_at, i.ended_at, i.why,
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
