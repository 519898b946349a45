"""A small company for tests of tasks.

总部 (head gao) above 华东 (head he) above 一部 (no head), where tang and liu work. mei is in none. zhou is the
administrator. The clock stands at 2026-11-21 09:00.
"""

import datetime as dt
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from builders import form, install
from worlds import built_once

from perennial import access, people, records, tasks
from perennial.kernel import SYSTEM, Actor, Database, Query, Row, Tx

TODAY = dt.date(2026, 11, 21)  # a Saturday
ZONE = ZoneInfo("Asia/Shanghai")


def at(day: str, time: str = "18:00") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZONE)


@dataclass
class Company:
    database: Database
    who: dict[str, int] = field(default_factory=dict[str, int])
    kind: int = 0

    @contextmanager
    def as_(self, name: str) -> Generator[Tx]:
        with self.database.begin(Actor("person", self.who[name], name)) as tx:
            yield tx

    @contextmanager
    def system(self) -> Generator[Tx]:
        with self.database.begin(SYSTEM) as tx:
            yield tx

    def opened(self, named: str | None = None, owner: str | None = None, role: str | None = None,
               **values: Any) -> Row:  # fmt: skip
        """A task that was just opened; `values` are columns of its row."""
        with self.system() as tx:
            wanted = Query(
                "SELECT %(kind)s::int AS kind_id, 1::bigint AS record_id, NULL::bigint AS instance_id,"
                " NULL::bigint AS token_id, NULL::text AS title, %(named)s::bigint AS named_id,"
                " %(role)s::text AS role_key,"
                " %(owner)s::bigint AS owner_id, %(now)s::timestamptz AS due_at, 0::smallint AS priority,"
                " NULL::jsonb AS proposal",
                {"kind": self.kind, "role": role,
                 "named": self.who.get(named or ""), "owner": self.who.get(owner or "")},
            )  # fmt: skip
            query = tasks.opening(wanted)
            assert tx.value(query, query.params) == 1
            sets = ", ".join(f"{name} = %({name})s" for name in {"due_at": 0, **values})
            last = "(SELECT max(id) FROM tasks.task)"
            tx.run(f"UPDATE tasks.task SET {sets} WHERE id = {last}", {"due_at": tx.now, **values})
            row = tx.one(f"SELECT * FROM tasks.task WHERE id = {last}")
        assert row is not None
        return row

    def found(self, named: str | None = None, owner: str | None = None) -> tuple[str | None, str]:
        """Whom the order finds, and at which step."""
        return self.told(self.opened(named, owner))

    def told(self, task: Row) -> tuple[str | None, str]:
        names = {number: name for name, number in self.who.items()}
        return names.get(task["assignee_id"]), task["found_by"]

    def now(self, task: Row) -> Row:
        with self.system() as tx:
            row = tx.one("SELECT * FROM tasks.task WHERE id = %(id)s", {"id": task["id"]})
        assert row is not None
        return row

    def disable(self, *names: str) -> None:
        with self.system() as tx:
            for name in names:
                people.disable(tx, self.who[name])

    def away(self, name: str, deputy: str | None, until: str = "2026-12-01") -> None:
        with self.system() as tx:
            values = {
                "away_from": "2026-11-20",
                "away_until": until,
                "deputy": self.who.get(deputy or ""),
                "id": self.who[name],
            }
            tx.run("UPDATE people.person SET away_from = %(away_from)s, away_until = %(away_until)s,"
                   " deputy_id = %(deputy)s WHERE id = %(id)s", values)  # fmt: skip


@built_once
def stand(database: Database) -> Company:
    """Everybody above; tang, mei and gao may read every deal, of which there is one."""
    made = Company(database)
    with database.begin(SYSTEM) as tx:
        install(tx, form("deal", "name: text", "note: text", title="name"))
        access.publish(tx, [access.load({"role": "seller", "label": "销售", "forms": {
            "deal": {"rows": "all", "rights": ["read", "create", "update"], "fields": {"*": "write"}}}})])  # fmt: skip
        people.save_role(tx, people.Role("business_admin", "业务管理员", may=("design", "people", "release")))
        top = people.save_department(tx, "top", "总部")
        east = people.save_department(tx, "east", "华东", parent_id=top)
        first = people.save_department(tx, "first", "一部", parent_id=east)
        places = {"gao": top, "he": east, "tang": first, "liu": first}
        for name in ("gao", "he", "tang", "liu", "mei", "zhou"):
            roles = ["business_admin"] if name == "zhou" else ["seller"] if name in ("tang", "mei") else []
            made.who[name] = people.create(tx, name, name, roles=roles, department_id=places.get(name))
        people.save_department(tx, "top", "总部", head_id=made.who["gao"])
        people.save_department(tx, "east", "华东", parent_id=top, head_id=made.who["he"])
        outcomes = [{"key": "won", "label": "成交", "label_en": "", "fill": [{"field": "note", "required": True}]}]
        made.kind = tasks.kinds(tx, [tasks.Kind(0, "deal", "call", "回访", fill=[{"field": "name", "required": False}],
                                                outcomes=outcomes)])["call"]  # fmt: skip
        records.create(tx, "deal", {"name": "a"})
    return made
