"""A company whose days can be lived by programs that are killed, and what is true of it, by names and not by ids."""

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from perennial import messages, records
from perennial.kernel import SYSTEM, Database
from perennial.records import imports
from tests.sql.process_world import World
from tests.sql.process_world import found as founded

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = dt.date(2026, 11, 23)
CUSTOMERS = 5
MAPPING = {
    "targets": [
        {
            "form": "contract", "key": ["number"],
            "fields": [
                {"field": "customer", "column": "customer", "match": "name"},
                *({"field": name, "column": name} for name in ("number", "start_date", "end_date", "amount")),
            ],
        }
    ]
}  # fmt: skip


def found(database: Database) -> World:
    """Five customers with a contact each; mail is released."""
    world = founded(database)
    for n in range(CUSTOMERS):
        with world.act() as tx:
            made = records.create(tx, "customer", {"name": f"客户{n}", "csm": world.tang})
            records.create(
                tx, "contact", {"customer": made, "name": f"联系人{n}", "mail": f"c{n}@example.com", "role": "renewal"}
            )
    with world.system() as tx:
        messages.release(tx, "mail")
    return world


def moment(day: dt.date, hour: int) -> str:
    return dt.datetime.combine(day, dt.time(hour), ZONE).isoformat()


def stage(database: Database, day: int, folder: Path) -> None:
    """The file of a day is uploaded, checked and started; a worker has to find its job. Two of its six contracts reach
    T-60 the day after, two T-90, two are far away."""
    today = FIRST + dt.timedelta(days=day)
    lines = ["customer,number,start_date,end_date,amount"]
    for k, ahead in enumerate((61, 61, 91, 91, 200, 300)):
        end = today + dt.timedelta(days=ahead)
        lines.append(f"客户{(day + k) % CUSTOMERS},I{day}-{k},2026-01-01,{end},{1000 + k}")
    file = folder / f"day{day}.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with database.begin(SYSTEM) as tx:
        made = imports.upload(tx, "contract", file.name, file)
        imports.set_mapping(tx, made, MAPPING)
    with database.begin(SYSTEM) as tx:
        told = imports.check(tx, made)
        assert told["bad"] == 0, told
    with database.begin(SYSTEM) as tx:
        imports.start(tx, made)


def writes(world: World, day: int) -> list[dict[str, Any]]:
    """Two contracts that reach T-60 and T-90 on this very day, and one of the day before yesterday is renewed."""
    today = FIRST + dt.timedelta(days=day)
    made = [
        {
            "do": "create", "number": f"W{day}-{ahead}",
            "values": {
                "customer": world.customer + 1 + day % CUSTOMERS, "start_date": "2026-01-01", "amount": "5000",
                "end_date": str(today + dt.timedelta(days=ahead)), "owner": world.tang,
            },
        }
        for ahead in (60, 90)
    ]  # fmt: skip
    return [*made, {"do": "renew", "number": f"I{day - 2}-0"}] if day >= 2 else made


class Laborer:
    """The program of `laborer.py`, kept warm: each order is worked off by a fork of it."""

    def __init__(self, program: str = "laborer.py") -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(program))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def begin(self, order: dict[str, Any]) -> int:
        """Its process id."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self) -> int:
        """Its exit code, once it is over; -9 when it was killed."""
        assert self.process.stdout
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        if self.process.stdin.closed:
            return
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


_NAMES = """
WITH RECURSIVE named AS (
    SELECT id, number AS name FROM data_read.contract WHERE left(number, 1) IN ('I', 'W')
    UNION ALL
    SELECT c.id, n.name || '+' FROM data_read.contract c JOIN named n ON c.predecessor = n.id
)"""
FACTS = {
    "contracts": "SELECT n.name, c.status, c.start_date, c.end_date FROM named n JOIN data_read.contract c USING (id)",
    "decisions": """
        SELECT n.name, p.key AS process, coalesce(t.key, o.key) AS what, d.basis, d.due_at, d.decided_at, d.outcome,
               d.reason
          FROM processes.decision d JOIN named n ON n.id = d.record_id JOIN processes.process p ON p.id = d.process_id
          LEFT JOIN processes.trigger t ON t.id = d.trigger_id LEFT JOIN processes.node o ON o.id = d.node_id
         WHERE p.form = 'contract'""",
    "instances": """
        SELECT n.name, p.key AS process, i.entry, i.state, i.basis, i.started_at, i.ended_at FROM processes.instance i
          JOIN named n ON n.id = i.record_id JOIN processes.process p ON p.id = i.process_id
         WHERE p.form = 'contract'""",
    "steps": """
        SELECT n.name, o.key, s.entered_at, s.left_at, s.outcome FROM processes.step s
          JOIN processes.instance i ON i.id = s.instance_id JOIN named n ON n.id = i.record_id
          JOIN processes.process p ON p.id = i.process_id JOIN processes.node o ON o.id = s.node_id
         WHERE p.form = 'contract'""",
    "tasks": """
        SELECT n.name, k.key, t.state, t.assignee_id, t.opened_at, t.due_at FROM tasks.task t
          JOIN tasks.kind k ON k.id = t.kind_id JOIN named n ON n.id = t.record_id WHERE k.form = 'contract'""",
    "outbox": """
        SELECT n.name, o.template, o.node, o.channel, o.address, o.person_id, o.decided_at FROM messages.outbox o
          JOIN named n ON n.id = o.record_id WHERE o.form = 'contract'""",
    "changes": """
        SELECT n.name, c.op::text AS op, c.fields, t.at, t.reason ->> 'kind' AS why FROM changes.change c
          JOIN changes.transaction t ON t.id = c.transaction_id JOIN named n ON n.id = c.record_id
         WHERE c.form_id = (SELECT id FROM forms.form WHERE key = 'contract')""",
}


def facts(database: Database) -> dict[str, list[str]]:
    """Everything that happened, sorted, each line a fact. Two lives of one company with the same days are equal."""
    with database.begin(SYSTEM) as tx:
        return {
            name: sorted(str(tuple(row.values())) for row in tx.rows(f"{_NAMES} {sql}")) for name, sql in FACTS.items()
        }
