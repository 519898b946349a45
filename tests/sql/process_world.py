"""A small company for process tests: the shipped renewal app, colleagues, a customer with contacts, a manual clock."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from builders import install_renewal
from worlds import built_once

import perennial
from perennial import access, messages, people, processes, records
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row, Tx

ZONE = ZoneInfo("Asia/Shanghai")
BUNDLED = Path(perennial.__file__).parent / "bundled" / "renewal"


def at(day: str | dt.date, time: str = "09:00") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZONE)


def trees(folder: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / folder).glob("*.yaml"))]


@dataclass
class World:
    """Who: the CSM `tang`, her head `he`, the director `gu`, the administrator `zhou`. `customer` has a contact."""

    database: Database
    tang: int = 0
    he: int = 0
    gu: int = 0
    zhou: int = 0
    customer: int = 0
    xu: int = 0  # a salesperson, where a test wants one

    @contextmanager
    def act(self, person: int | None = None, why: Reason | None = None) -> Iterator[Tx]:
        actor = Actor("person", person or self.zhou, "someone")
        with self.database.begin(actor, why) as tx:
            yield tx

    @contextmanager
    def system(self, why: Reason | None = None) -> Iterator[Tx]:
        with self.database.begin(SYSTEM, why or Reason("test")) as tx:
            yield tx

    # -- arrange

    def contract(self, end: str | dt.date, *, why: Reason | None = None, **values: Any) -> int:
        """A contract of a year ending on `end`; the reactor has followed."""
        given = {
            "customer": self.customer, "end_date": str(end), "amount": "120000", "owner": self.tang,
            "start_date": str(dt.date.fromisoformat(str(end)) - dt.timedelta(days=364)),
            "product_line": "crm", **values,
        }  # fmt: skip
        with self.act(why=why) as tx:
            made = records.create(tx, "contract", given)
        processes.react(self.database)
        processes.drain(self.database)
        return made

    def imported(self, end: str | dt.date, answer: str | None = None, **values: Any) -> int:
        facts = {"import": 1, **({"answer": answer} if answer else {})}
        return self.contract(end, why=Reason("import", facts), **values)

    # -- act

    def change(
        self,
        record: int,
        *,
        form: str = "contract",
        why: Reason | None = None,
        person: int | None = None,
        **values: Any,
    ) -> None:
        """Somebody edits a record; the reactor has followed."""
        with self.act(person, why) as tx:
            version = self.read_in(tx, record, form)["version"]
            records.update(tx, form, record, version, values)
        self.settle()

    def settle(self) -> None:
        processes.react(self.database)
        processes.drain(self.database)

    def finish(self, kind: str, record: int, outcome: str | None = None, **values: Any) -> None:
        """Whoever has the task does it."""
        task = self.task(kind, record)
        with self.act(task["assignee_id"]) as tx:
            processes.finish_task(tx, task["id"], values, outcome)
        self.settle()

    def until(self, day: str | dt.date, time: str = "09:00") -> processes.Ticked:
        return processes.tick(self.database, through=at(day, time))

    def away_until(self, day: str | dt.date, time: str = "09:00") -> processes.Ticked:
        return processes.tick(self.database, at=at(day, time))

    # -- look

    def read_in(self, tx: Tx, record: int, form: str = "contract") -> Row:
        rows = access.readable(tx, form, actor=SYSTEM, deleted=None)
        table = rows.source.table
        row = tx.one(table.select().where(table.c["id"] == record))
        assert row is not None
        return row

    def read(self, record: int, form: str = "contract") -> Row:
        with self.system() as tx:
            return self.read_in(tx, record, form)

    def rows(self, sql: str, **params: Any) -> list[Row]:
        with self.system() as tx:
            return tx.rows(sql, params)

    def tasks(self, record: int, state: str | None = "open") -> list[str]:
        """Keys of the record's tasks, in the order they were opened."""
        return [
            row["key"]
            for row in self.rows(
                "SELECT k.key FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(record)s"
                " AND (%(state)s::text IS NULL OR t.state = %(state)s) ORDER BY t.id",
                record=record, state=state,
            )
        ]  # fmt: skip

    def task(self, kind: str, record: int, state: str = "open") -> Row:
        rows = self.rows(
            "SELECT t.* FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(record)s"
            " AND k.key = %(kind)s AND t.state = %(state)s ORDER BY t.id DESC",
            record=record, kind=kind, state=state,
        )  # fmt: skip
        assert rows, f"no {state} task {kind}; there are {self.tasks(record, None)}"
        return rows[0]

    def mails(self, record: int) -> list[str]:
        """Templates of what was decided for the customer and not taken back."""
        return [
            row["template"]
            for row in self.rows(
                "SELECT template FROM messages.outbox WHERE record_id = %(record)s AND outward"
                " AND state NOT IN ('cancelled', 'expired') ORDER BY id", record=record)
        ]  # fmt: skip

    def notices(self, record: int) -> list[tuple[str, int]]:
        return [
            (row["template"], row["person_id"])
            for row in self.rows(
                "SELECT template, person_id FROM messages.outbox WHERE record_id = %(record)s AND NOT outward "
                "ORDER BY id",
                record=record)
        ]  # fmt: skip

    def instances(self, record: int, process: str = "renewal") -> list[tuple[str, str]]:
        """(entry, state) of the record's instances of a process, oldest first."""
        return [
            (row["entry"], row["state"])
            for row in self.rows(
                "SELECT i.entry, i.state FROM processes.instance i JOIN processes.process p ON p.id = i.process_id"
                " WHERE i.record_id = %(record)s AND p.key = %(process)s ORDER BY i.id",
                record=record, process=process)
        ]  # fmt: skip

    def decisions(self, record: int, process: str = "renewal") -> list[tuple[str, str, str | None]]:
        """(trigger or wait, outcome, reason) of one process, in the order of their moments."""
        return [
            (row["what"], row["outcome"], row["reason"])
            for row in self.rows(
                "SELECT coalesce(t.key, n.key) AS what, d.outcome, d.reason FROM processes.decision d"
                "  LEFT JOIN processes.trigger t ON t.id = d.trigger_id LEFT JOIN processes.node n ON n.id = d.node_id"
                "  JOIN processes.process p ON p.id = d.process_id"
                " WHERE d.record_id = %(record)s AND p.key = %(process)s ORDER BY d.due_at, d.id",
                record=record, process=process)
        ]  # fmt: skip

    def successors(self, record: int) -> list[Row]:
        with self.system() as tx:
            rows = access.readable(tx, "contract", actor=SYSTEM)
            table = rows.source.table
            return tx.rows(table.select().where(table.c["predecessor"] == record, rows.where).order_by(table.c["id"]))


@built_once
def found(database: Database) -> World:
    """The company stands, with nothing in it but one customer."""
    world = World(database)
    install_renewal(database)
    with database.begin(SYSTEM, Reason("publish")) as tx:
        for tree in trees("roles"):
            access.publish(tx, [access.load(tree)])
        for tree in trees("audiences"):
            messages.publish_audience(tx, messages.Audience.load(tree))
        for tree in trees("templates"):
            messages.publish_template(tx, messages.Template.load(tree))
        for tree in trees("processes"):
            processes.publish(tx, tree)
        sales = people.save_department(tx, "sales", "客户成功部")
        world.zhou = people.create(tx, "zhou", "周予安", roles=["business_admin"])
        world.he = people.create(tx, "he", "何知远", roles=["supervisor"], department_id=sales)
        world.tang = people.create(tx, "tang", "唐可", roles=["csm"], department_id=sales)
        world.gu = people.create(tx, "gu", "顾书言", roles=["director"])
        people.save_department(tx, "sales", "客户成功部", head_id=world.he)
    with world.act() as tx:
        world.customer = records.create(tx, "customer", {"name": "厦门屿岸", "csm": world.tang})
        records.create(
            tx, "contact", {"customer": world.customer, "name": "林女士", "mail": "lin@example.com", "role": "renewal"}
        )
    processes.react(database)
    return world
