"""A small company for approvals: deals of liang, whose superiors are he and above him gao; fa and fei hold 法务, cai
holds 财务, zhou administers. The clock stands at 2026-11-21, a Saturday."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from builders import form, install
from worlds import built_once

from perennial import access, people, processes, records
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row, Tx
from perennial.processes.approvals import vote

Tree = dict[str, Any]
NAMES = {
    "liang": "梁小北", "he": "何知远", "gao": "高山", "fa": "沈若溪", "fei": "陆子衿", "cai": "顾明哲",
    "gu": "程砚秋", "zhou": "周予安", "shui": "贺一宁",
}  # fmt: skip
ROLES = {"fa": ["legal"], "fei": ["legal"], "cai": ["finance"], "zhou": ["business_admin"]}


@dataclass
class Deals:
    """`who`: account -> number; `approve` and its like act as the person who is named."""

    database: Database
    who: dict[str, int] = field(default_factory=dict[str, int])

    @contextmanager
    def as_(self, name: str) -> Generator[Tx]:
        with self.database.begin(Actor("person", self.who[name], NAMES[name])) as tx:
            yield tx

    @contextmanager
    def system(self) -> Generator[Tx]:
        with self.database.begin(SYSTEM, Reason("test")) as tx:
            yield tx

    # -- arrange

    def publish(self, *nodes: Tree, key: str = "quote", **more: Any) -> None:
        with self.system() as tx:
            processes.publish(tx, {
                "process": key, "label": "报价", "form": "deal", "owner": "owner",
                "start": [{"key": "now", "kind": "hand"}], "nodes": list(nodes), **more,
            })  # fmt: skip

    def deal(self, name: str = "HT-1", **values: Any) -> int:
        with self.system() as tx:
            given = {"name": name, "owner": self.who["liang"], "legal": self.who["fa"], "amount": "195300", **values}
            return records.create(tx, "deal", given)

    def start(self, *records_: int, key: str = "quote") -> None:
        with self.system() as tx:
            processes.start(tx, key, list(records_))

    def begun(self, *nodes: Tree, name: str = "HT-1", **values: Any) -> int:
        """A deal whose process has just begun."""
        self.publish(*nodes)
        at = self.deal(name, **values)
        self.start(at)
        return at

    # -- act

    def finish(self, at: int, key: str, by: str = "liang", outcome: str | None = None, **values: Any) -> None:
        task = self.rows(
            "SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(at)s"
            " AND k.key = %(key)s AND t.state = 'open'", at=at, key=key)[0]["id"]  # fmt: skip
        with self.as_(by) as tx:
            processes.finish_task(tx, task, values, outcome)

    def vote(self, name: str, at: int | None = None) -> int:
        """The vote that is asked of somebody, at any one of the records."""
        found = [
            row["id"] for row in self.rows(
                "SELECT v.id, a.record_id FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
                "  JOIN tasks.task t ON t.vote_id = v.id AND t.state = 'open'"
                " WHERE v.state = 'asked' AND (t.assignee_id = %(who)s OR t.assignee_id IS NULL"
                "   AND %(who)s = ANY(t.candidates)) ORDER BY v.id", who=self.who[name])
            if at in (None, row["record_id"])
        ]  # fmt: skip
        assert found, f"nothing is asked of {name}; asked are {self.asked(at)}"
        return found[0]

    def decide(
        self, name: str, outcome: str = "approved", opinion: str = "", at: int | None = None, **more: Any
    ) -> None:
        number = self.vote(name, at)
        with self.as_(name) as tx:
            vote.decide(tx, number, outcome, vote.Said(opinion or ("不行" if outcome == "rejected" else ""), **more))

    def edit(self, at: int, by: str | None = None, **values: Any) -> None:
        actor = Actor("person", self.who[by], NAMES[by]) if by else SYSTEM
        with self.database.begin(actor, Reason("test")) as tx:
            table = access.readable(tx, "deal", actor=SYSTEM).source.table
            version = tx.value(table.select().with_only_columns(table.c["version"]).where(table.c["id"] == at))
            records.update(tx, "deal", at, int(version), values)

    # -- look

    def rows(self, sql: str, **params: Any) -> list[Row]:
        with self.system() as tx:
            return tx.rows(sql, params)

    def asked(self, at: int | None = None) -> list[str]:
        """Whose turn it is, by the tasks that are open: accounts, a role as `a|b`."""
        names = {number: name for name, number in self.who.items()}
        rows = self.rows(
            "SELECT t.assignee_id, t.candidates FROM tasks.task t WHERE t.state = 'open' AND t.vote_id IS NOT NULL"
            " AND (%(at)s::bigint IS NULL OR t.record_id = %(at)s) ORDER BY t.vote_id", at=at)  # fmt: skip
        return [
            names[row["assignee_id"]] if row["assignee_id"] else "|".join(names[one] for one in row["candidates"])
            for row in rows
        ]

    def votes(self, at: int | None = None) -> list[tuple[str, str]]:
        """(who, state) of every vote, in order: the person named, or the role."""
        names = {number: name for name, number in self.who.items()}
        return [
            (names.get(row["person_id"], row["role_key"] or "-"), row["state"])
            for row in self.rows(
                "SELECT v.* FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
                " WHERE (%(at)s::bigint IS NULL OR a.record_id = %(at)s) ORDER BY v.approval_id, v.slot, v.rank, v.id",
                at=at)
        ]  # fmt: skip

    def stands(self, at: int) -> list[str]:
        """The nodes where the record's instance stands; none: it is over."""
        return [
            row["key"] for row in self.rows(
                "SELECT n.key FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
                "  JOIN processes.instance i ON i.id = t.instance_id WHERE i.record_id = %(at)s AND t.state <> 'frozen'"
                " ORDER BY t.id", at=at)
        ]  # fmt: skip

    def steps(self, at: int) -> list[str]:
        return [
            f"{row['key']} {row['outcome']}" for row in self.rows(
                "SELECT n.key, s.outcome FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
                "  JOIN processes.instance i ON i.id = s.instance_id WHERE i.record_id = %(at)s ORDER BY s.id", at=at)
        ]  # fmt: skip

    def sound(self) -> None:
        """Nothing is wrong by what the doctor checks."""
        with self.system() as tx:
            assert [(one.check, one.examples) for one in processes.doctor(tx) if not one.ok] == []


@built_once
def founded(database: Database) -> Deals:
    """The company stands; nothing is published."""
    made = Deals(database)
    with database.begin(SYSTEM, Reason("test")) as tx:
        fields = ("name: text", "amount: money", "terms: text", "note: text", "owner: person", "legal: person",
                  "flag: yes_no", "papers: attachment", "license: certificate")  # fmt: skip
        install(tx, form("deal", *fields, title="name"))
        every = {"deal": {"rows": "all", "rights": ["read", "create", "update"], "fields": {"*": "write"}}}
        access.publish(tx, [access.load({"role": "seller", "label": "销售", "forms": every})])
        for key, label in (("legal", "法务"), ("finance", "财务")):
            access.publish(tx, [access.load({"role": key, "label": label, "forms": every})])
        people.save_role(tx, people.Role("business_admin", "业务管理员", may=("design", "people", "release")))
        sales = people.save_department(tx, "sales", "销售部")
        for name, label in NAMES.items():
            roles = [*ROLES.get(name, []), "seller"]
            made.who[name] = people.create(tx, name, label, roles=roles, department_id=sales)
        for below, above in (("liang", "he"), ("he", "gao")):
            people.update(tx, made.who[below], superior_id=made.who[above])
    return made


def approval(*who: Any, key: str = "sign", **more: Any) -> Tree:
    """An approval by persons (accounts) or whatever else is given as a tree."""
    people_ = [one if isinstance(one, dict) else {"person": one} for one in who]
    return {
        "key": key,
        "kind": "approval",
        "label": "会签",
        "who": people_,
        "approved": "end",
        "rejected": "end",
        **more,
    }


def task(key: str, then: str = "end", **more: Any) -> Tree:
    return {"key": key, "kind": "task", "label": key, "who": {"field": "owner"}, "next": then, **more}
