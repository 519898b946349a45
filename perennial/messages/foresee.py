"""Who gets this, before it is switched on: what a template would say about records, decided and taken back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from perennial import access, formula
from perennial.kernel import Tx, statements
from perennial.messages.compose import compose
from perennial.messages.decide import decide_set
from perennial.messages.definition import Audience, Template, publish_audience, publish_template, template
from perennial.messages.policy import policy
from perennial.messages.segments import length

_SQL = statements(__file__, "foresee.sql")
MOST = 10_000  # records looked at
SHOWN = 50


class Back(Exception):
    """What was decided to be looked at is gone."""


def asked_about(tx: Tx, rows: access.Rows, meets: Any, limit: int = MOST) -> sa.Select[Any]:
    """Decisions about these records, to be made and taken back."""
    id_ = rows.source.field("id")
    made: Any = (
        sa.select(
            sa.func.concat("foresee:", id_).label("decision"),
            id_.label("record_id"),
            sa.cast(sa.null(), sa.BigInteger).label("instance_id"),
            sa.cast(sa.null(), sa.Text).label("node"),
            sa.literal(tx.now, sa.DateTime(timezone=True)).label("due_at"),
            sa.cast(sa.null(), sa.DateTime(timezone=True)).label("not_after"),
        )
        .select_from(rows.from_)
        .where(rows.where, meets)
        .order_by(id_)
        .limit(limit)
    )
    return made


def foresee(
    tx: Tx,
    template_key: str,
    audience_key: str,
    *,
    where: str = "",
    channels: Sequence[str] | None = None,
    drawn: Sequence[Template | Audience] = (),
) -> dict[str, Any]:
    """Counts and the first messages, in words, of the records that the actor may read and that meet `where`.

    drawn    a template or an audience as it is being drawn, instead of the one in force

    returns  records, ways: channel -> {messages, merged, unaddressed, opted_out, parts, price}, shown: the first rows
    """
    said = next((one for one in drawn if isinstance(one, Template)), None) or template(tx, template_key)
    rows = access.readable(tx, said.form)
    meets: Any = sa.true()
    if where:
        meets = formula.compile_condition(formula.check(where, rows.scope, want="yes_no"), rows.source)
    found: dict[str, Any] = {}
    try:
        with tx.savepoint():
            for one in drawn:
                if isinstance(one, Template):
                    publish_template(tx, one)
                else:
                    publish_audience(tx, one)
            items = asked_about(tx, rows, meets)
            decide_set(tx, items, template_key=template_key, audience_key=audience_key, channels=channels)
            found = _counted(tx)
            raise Back
    except Back:
        return found


def _counted(tx: Tx) -> dict[str, Any]:
    by_customer = policy(tx).merge == "customer"
    ways = {row.pop("channel"): row for row in tx.rows(_SQL["counted"], {"by_customer": by_customer})}
    first = tx.rows(_SQL["first"], {"limit": SHOWN})
    wires = compose(tx, [row["id"] for row in first])
    settings = tx.value("SELECT settings -> 'values' FROM messages.channel WHERE key = 'sms'") or {}
    shown: list[dict[str, Any]] = []
    for row in first:
        wire = wires[row["id"]]
        size = length(wire.body, settings.get("sign_name", "")) if row["channel"] == "sms" else None
        told = {"subject": wire.subject, "body": wire.body, "name": wire.name or None, "address": wire.address or None}
        shown.append({**row, **told, "units": size and size.units, "parts": size and size.parts})
    parts = [row["parts"] for row in shown if row["parts"]]
    if parts and "sms" in ways:  # of the first ones, taken for all
        each = sum(parts) / len(parts)
        ways["sms"]["parts"] = round(each * ways["sms"]["messages"])
        ways["sms"]["price"] = round(each * ways["sms"]["messages"] * float(settings.get("price") or 0), 2)
    records = int(tx.value("SELECT count(DISTINCT record_id) FROM messages.outbox WHERE decision LIKE 'foresee:%%'"))
    return {"records": records, "more": records >= MOST, "ways": ways, "shown": shown}
