"""Put a message together from its template and the values captured when it was decided."""

from collections.abc import Sequence

from perennial.kernel import Row, Tx
from perennial.messages.channels import Wire
from perennial.messages.definition import LANGUAGE, Template, Text, fill
from perennial.messages.opt_out import path_of
from perennial.messages.policy import policy
from perennial.messages.seen import seen

_WITH_MERGED = """
SELECT o.id, coalesce(o.merged_into, 0) AS leader, o.template, o.form, o.record_id, o.contact_id, o.contact_form,
       o.channel, o.name, o.address, o.language, o.wire_id, o.captured,
       coalesce(v.definition, t.definition) AS definition
  FROM messages.outbox o
  JOIN messages.template t ON t.key = o.template
  LEFT JOIN messages.template_version v ON v.key = o.template AND v.version = o.version
 WHERE o.id = ANY (%(ids)s) OR o.merged_into = ANY (%(ids)s)
 ORDER BY o.id
"""


def compose(tx: Tx, ids: Sequence[int]) -> dict[int, Wire]:
    """The text of each message (one page of them at most) as the actor may see it, merged ones as lines; in the words
    of the template as it was when the message left."""
    wires: dict[int, Wire] = {}
    rows = seen(tx, tx.rows(_WITH_MERGED, {"ids": list(ids)}))
    others: dict[int, list[Row]] = {}
    for row in rows:
        others.setdefault(row["leader"], []).append(row)
    wanted = set(ids)
    for row in rows:
        if row["id"] in wanted:
            wires[row["id"]] = _wire(tx, row, [row, *others.get(row["id"], [])])
    return wires


def _wire(tx: Tx, row: Row, about: Sequence[Row]) -> Wire:
    said = _said(row)
    leaves = tx.actor.kind == "system"  # a reader of the mailbox is not given the link of somebody else
    link = _link(tx, row) if leaves else ""
    values = {
        **row["captured"],
        "recipient": row["name"] or "",
        "count": str(len(about)),
        "lines": "\n".join(_line(one) for one in about),
        "opt_out": link if leaves else "…",
    }
    return Wire(
        wire_id=row["wire_id"] or "",
        name=row["name"] or "",
        address=row["address"] or "",
        subject=fill(said.subject, values),
        body=fill(said.body, values),
        code=said.code,
        params=tuple((name, fill(words, values)) for name, words in said.params),
        opt_out=link,
    )


def _link(tx: Tx, row: Row) -> str:
    base = policy(tx).link_base.rstrip("/")
    return base + path_of(tx, row["contact_form"], row["contact_id"]) if base and row["contact_form"] else ""


def _said(row: Row) -> Text:
    return Template.load(row["definition"]).text(row["channel"], row["language"] or LANGUAGE)


def _line(row: Row) -> str:
    """One of several in a message; of a template without lines its subject says what it is about."""
    said = _said(row)
    return fill(said.line or said.subject, row["captured"])
