"""Put a message together from its template and the values captured when it was decided."""

from collections.abc import Sequence

from perennial.kernel import Tx
from perennial.messages.channels import Wire
from perennial.messages.definition import Template, fill

_WITH_MERGED = """
SELECT o.id, o.name, o.address, o.wire_id, o.captured, t.definition,
       (SELECT coalesce(json_agg(m.captured ORDER BY m.id), '[]')
          FROM messages.outbox m WHERE m.merged_into = o.id) AS others
  FROM messages.outbox o JOIN messages.template t ON t.key = o.template
 WHERE o.id = ANY (%(ids)s)
"""


def compose(tx: Tx, ids: Sequence[int]) -> dict[int, Wire]:
    """The exact text of each message (one page of them at most), merged ones as lines."""
    wires: dict[int, Wire] = {}
    for row in tx.rows(_WITH_MERGED, {"ids": list(ids)}):
        template = Template.load(row["definition"])
        captured = [row["captured"], *row["others"]]
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
