"""A company with one customer, two contracts and texts for several channels; channels that answer as they are told."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from builders import at, run
from worlds import built_once

from perennial import forms, messages
from perennial.kernel import SYSTEM, Database, Tx

BUNDLED = Path(__file__).parents[2] / "perennial" / "bundled" / "renewal"
AUDIENCE = {
    "audience": "people", "label": "联系人", "form": "contact", "relation": "customer", "of": "customer",
    "when": "ISBLANK(left_on)", "prefer": ['role = "renewal"', 'role = "primary"'], "name": "name", "address": "mail",
    "addresses": {"sms": "phone"},
}  # fmt: skip
REMINDER = {
    "template": "reminder", "label": "提醒", "form": "contract", "kind": "reminder",
    "subject": "合同 {{number}} 即将到期", "body": "{{recipient}}，您好：\n{{lines}}\n{{opt_out}}",
    "line": "合同 {{number}}",
    "texts": [
        {"channel": "sms", "code": "due", "body": "合同{{number}}将于{{end_date}}到期",
         "params": {"number": "{{number}}"}},
        {"language": "en", "subject": "Contract {{number}} ends soon", "body": "{{recipient}}: {{lines}}",
         "line": "contract {{number}}"},
    ],
}  # fmt: skip


def trees(kind: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / kind).glob("*.yaml"))]


@built_once
def stand(database: Database) -> None:
    """林晓棠 owns the contracts HT-1 and HT-2 of 宁波远汐, which end on 2027-01-05."""
    with database.begin(SYSTEM) as tx:
        forms.apply(tx, forms.propose(tx, forms.load_all(trees("forms"))))
        messages.publish_audience(tx, messages.Audience.load(AUDIENCE))
        messages.publish_template(tx, messages.Template.load(REMINDER))
        run(tx, "INSERT INTO people.person (account, name) VALUES ('lin', '林晓棠')")
        run(tx, "INSERT INTO data.customer (name, code, csm) VALUES ('宁波远汐', 'KH-0001', 1)")
        contracts(tx, 2)


def contracts(tx: Tx, count: int, customer: int = 1) -> None:
    run(
        tx,
        "INSERT INTO data.contract (customer, number, start_date, end_date, amount, owner)"
        " SELECT %(of)s, 'HT-' || n, '2026-01-06', '2027-01-05', 1000 * n, 1 FROM generate_series(1, %(count)s) n",
        {"of": customer, "count": count},
    )


def contact(tx: Tx, name: str = "甲", *, mail: str | None = "a@example.com", mobile: str | None = None,
            role: str = "primary", customer: int = 1) -> int:  # fmt: skip
    sql = (
        "INSERT INTO data.contact (customer, name, role, mail, phone)"
        " VALUES (%(of)s, %(name)s, %(role)s, %(mail)s, %(mobile)s) RETURNING id"
    )
    return int(tx.value(at(tx, sql), {"of": customer, "name": name, "role": role, "mail": mail, "mobile": mobile}))


def decide(
    tx: Tx, *records: int, channels: Sequence[str] | None = None, act: str = "d", template: str = "reminder"
) -> int:
    rows = sa.values(sa.column("decision", sa.Text), sa.column("record_id", sa.BigInteger), name="v").data(
        [(f"{act}{record}", record) for record in records]
    )
    items = sa.select(
        rows.c.decision, rows.c.record_id, (rows.c.record_id + 100).label("instance_id"), sa.literal("n").label("node"),
        sa.literal(tx.now, sa.DateTime(timezone=True)).label("due_at"),
        sa.cast(sa.null(), sa.DateTime(timezone=True)).label("not_after"),
    )  # fmt: skip
    return messages.decide_set(tx, items, template_key=template, audience_key="people", channels=channels)


class Way:
    """A channel that remembers what it was given, and answers as it is told; `meanwhile` happens on the wire."""

    instant = False

    def __init__(self, *answers: messages.Outcome, meanwhile: Callable[[], object] | None = None) -> None:
        self.answers, self.meanwhile = list(answers), meanwhile
        self.taken: list[messages.Wire] = []
        self._lock = threading.Lock()

    def send(self, wire: messages.Wire) -> messages.Outcome:
        with self._lock:
            self.taken.append(wire)
            act, self.meanwhile = self.meanwhile, None
            answer = self.answers.pop(0) if self.answers else messages.Outcome("sent")
        if act is not None:
            act()
        return answer


NO = messages.Outcome("permanent", "550 no such user", why="no_such_recipient")
LOST = messages.Outcome("uncertain", "timeout", why="timeout")


def rows(database: Database, columns: str = "channel, state, why, address") -> list[tuple[Any, ...]]:
    with database.begin(SYSTEM) as tx:
        return [tuple(row.values()) for row in tx.rows(f"SELECT {columns} FROM messages.outbox ORDER BY id")]


def clock(database: Database, at_: str) -> None:
    """The clock stands at this moment of Shanghai."""
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = %(at)s::timestamptz", {"at": f"{at_}+08"})
