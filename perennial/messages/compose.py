"""Put a message together from its template and the values captured when it was decided."""

from collections.abc import Sequence

from perennial.kernel import Tx
from perennial.messages.channels import Wire
from perennial.messages.definition import Template, fill
from perennial.messages.seen import seen

_WITH_MERGED = """
SELECT o.id, coalesce(o.merged_into, 0) AS leader, o.template, o.form, o.record_id, o.contact_id, o.name, o.address,
       o.wire_id, o.captured, t.definition
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
 WHERE o.id = ANY (%(ids)s) OR o.merged_into = ANY (%(ids)s)
 ORDER BY o.id
"""


def compose(tx: Tx, ids: Sequence[int]) -> dict[int, Wire]:
    """The text of each message (one page of them at most) as the actor may see it, merged ones as lines."""
    wires: dict[int, Wire] = {}
    rows = seen(tx, tx.rows(_WITH_MERGED, {"ids": list(ids)}))
    others: dict[int, list[dict[str, str]]] = {}
    for row in rows:
        others.setdefault(row["leader"], []).append(row["captured"])
    wanted = set(ids)
    for row in rows:
        if row["id"] not in wanted:
            continue
        template = Template.load(row["definition"])
        captured = [row["captured"], *others.get(row["id"], [])]
        values = {
            **row["captured"],
            "recipient": row["name"] or "",
            "count": str(len(captured)),
            "lines": "\n".join(fill(template.line, one) for one in captured),
        }
        wires[row["id"]] = Wire(
            wire_id=row["wire_id"] or "",
            name=row["name"] or "",
            address=row["address"] or "",
            subject=fill(template.subject, values),
            body=fill(template.body, values),
        )
    return wires
