"""The last question before a message leaves: is what made us say it still so?"""

from collections.abc import Mapping, Sequence

from perennial import rules
from perennial.kernel import Tx
from perennial.processes import versions
from perennial.processes.definition import Notify
from perennial.processes.nodes.common import control, held
from perennial.rules import Wanted, rendered


def delivery_guard(tx: Tx, outbox_ids: Sequence[int]) -> Mapping[int, str]:
    """Of these outbox rows, those that must not leave now: {id: reason}. `hold` and `hold_deleted` (it may be
    restored) are to be asked again later; `cancel_when` and `condition` are for good."""
    rows = tx.rows(
        "SELECT DISTINCT i.version_id, o.node FROM messages.outbox o JOIN processes.instance i ON i.id = o.instance_id"
        " WHERE o.id = ANY(%(ids)s::bigint[]) AND o.node IS NOT NULL",
        {"ids": list(outbox_ids)},
    )
    refused = dict(rules.guard(tx, outbox_ids))
    for row in rows:
        published = versions.version(tx, row["version_id"])
        node = next((node for node in published.process.nodes if node.key == row["node"]), None)
        if isinstance(node, Notify):
            refused |= _of_node(tx, published, node, outbox_ids)
    return refused


def _of_node(tx: Tx, published: versions.Published, node: Notify, outbox_ids: Sequence[int]) -> dict[int, str]:
    process = published.process
    wanted = {"wanted": Wanted(node.when, "yes_no")} if node.when else {}
    query = rendered(tx, process.form, {**control(process), **wanted})
    tests = ["WHEN r.rid IS NULL THEN 'hold_deleted'"]
    if process.cancel_when:
        tests.append("WHEN r.cancelled AND NOT i.past_then THEN 'cancel_when'")
    if node.when:
        tests.append("WHEN NOT r.wanted THEN 'condition'")
    tests.append(f"WHEN {held(process, versions.forms_held(tx, process))} THEN 'hold'")
    found = tx.rows(
        f"""
        SELECT x.id, x.reason FROM (
            SELECT o.id, CASE {" ".join(tests)} END AS reason
              FROM messages.outbox o
              JOIN processes.instance i ON i.id = o.instance_id AND i.version_id = %(version)s
              LEFT JOIN ({query.text}) r ON r.rid = o.record_id
             WHERE o.id = ANY(%(ids)s::bigint[]) AND o.node = %(key)s) x
         WHERE x.reason IS NOT NULL
        """,
        {**query.params, "version": published.id, "ids": list(outbox_ids), "key": node.key, "zone": tx.zone.key},
    )
    return {row["id"]: row["reason"] for row in found}
