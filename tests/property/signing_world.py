"""The doors of the reference for people who sign, on a database. The clock moves a little with every act, so that what
happened before and after is told apart; each day the tick comes a second later, after all acts of the day before."""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))

from builders import field, form, install
from random_signing import SIGNERS
from walking import ABOVE, ADMIN, OWNER, ROLES, Asking, Deal, Run, Signer, Walker
from worlds import built_once

from perennial import access, messages, people, processes, records
from perennial.kernel import SYSTEM, Actor, Database, Invalid, Reason, Tx
from perennial.kernel.workspace import advance_clock
from perennial.processes.approvals import returns, vote

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = dt.date(2026, 11, 21)
MOMENT = dt.timedelta(milliseconds=1)
door = processes.approving
HELLO = {
    "template": "hello",
    "label": "你好",
    "form": "thing",
    "channels": ["in_app"],
    "subject": "你好",
    "body": "你好",
}
_VOTES = """
SELECT v.id, n.key, dense_rank() OVER (PARTITION BY a.id ORDER BY v.slot) - 1 AS slot, v.person_id, v.role_key, v.state,
       v.counts, a.state AS of, t.state AS stands, k.assignee_id, k.candidates, k.id AS task
  FROM processes.approval a JOIN processes.vote v ON v.approval_id = a.id JOIN processes.node n ON n.id = a.node_id
  LEFT JOIN processes.token t ON t.id = a.token_id
  LEFT JOIN tasks.task k ON k.vote_id = v.id AND k.state = 'open'
 WHERE a.record_id = %(at)s ORDER BY a.id, v.slot, v.rank, v.id
"""


@built_once
def company(database: Database) -> dict[str, int]:
    """Forms, roles and people by account."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        thing = form("thing", "n: number", "flag: yes_no", "s: text", "d1: date", "mark: text", "owner: person")
        relation = field("thing: relation", to="thing", reverse="mades")
        install(tx, thing, form("made", "label: text", relation))
        every = {key: {"rows": "all", "rights": ["read", "create", "update"], "fields": {"*": "write"}}
                 for key in ("thing", "made")}  # fmt: skip
        for role in ("seller", "legal"):
            access.publish(tx, [access.load({"role": role, "label": role, "forms": every})])
        access.publish(tx, [access.load({"role": "nobody", "label": "nobody", "forms": {}})])
        people.save_role(tx, people.Role("business_admin", "业务管理员", may=("design", "people", "release")))
        sales = people.save_department(tx, "sales", "销售部")
        who: dict[str, int] = {}
        for name in (ABOVE, OWNER, *SIGNERS, *ROLES["legal"], ADMIN):
            more = ["legal"] if name in ROLES["legal"] else ["business_admin"] if name == ADMIN else []
            who[name] = people.create(tx, name, name, roles=["seller", *more], department_id=sales)
        for name in (OWNER, *SIGNERS, *ROLES["legal"]):
            people.update(tx, who[name], superior_id=who[ABOVE])
    return who


class Office:
    """A database with people, a form and one process."""

    def __init__(self, database: Database, tree: dict[str, Any] | None = None) -> None:
        self.database, self.who, self.days = database, dict[str, int](), 0
        if tree is not None:
            self.found(tree)

    def found(self, tree: dict[str, Any]) -> None:
        self.who = company(self.database)
        with self.system() as tx:
            messages.publish_template(tx, messages.Template.load(HELLO))
            processes.publish(tx, tree)

    @contextmanager
    def system(self) -> Generator[Tx]:
        with self.database.begin(SYSTEM, Reason("test")) as tx:
            yield tx

    @contextmanager
    def as_(self, name: str) -> Generator[Tx]:
        with self.database.begin(Actor("person", self.who[name], name)) as tx:
            yield tx
            advance_clock(tx, tx.now + MOMENT)
        self.react()

    def moment_passes(self) -> None:
        with self.system() as tx:
            advance_clock(tx, tx.now + MOMENT)

    def react(self) -> None:
        processes.react(self.database)

    def tick(self, day: int) -> None:
        self.days += 1
        moment = dt.datetime.combine(dt.date.fromordinal(day), dt.time(9), ZONE) + dt.timedelta(seconds=self.days)
        processes.tick(self.database, at=moment)

    # -- records

    def add(self, given: dict[str, Any]) -> int:
        with self.as_(OWNER) as tx:
            return records.create(tx, "thing", {**_stored(given), "owner": self.who[OWNER]})

    def edit(self, at: int, **values: Any) -> None:
        with self.as_(OWNER) as tx:
            records.update(tx, "thing", at, self.row(tx, at)["version"], _stored(values))

    def delete(self, at: int) -> None:
        self.moment_passes()
        with self.system() as tx:
            records.delete(tx, "thing", at, self.row(tx, at)["version"])
        self.react()

    def restore(self, at: int) -> None:
        self.moment_passes()
        with self.system() as tx:
            records.restore(tx, "thing", at)
        self.react()

    def hold(self, at: int, until: int) -> None:
        with self.system() as tx:
            moment = dt.datetime.combine(dt.date.fromordinal(until), dt.time(9), ZONE)
            processes.hold(tx, "thing", at, moment, "测试")

    def row(self, tx: Tx, at: int) -> dict[str, Any]:
        table = access.readable(tx, "thing", actor=SYSTEM).source.table
        row = tx.one(table.select().where(table.c["id"] == at))
        assert row is not None
        return row

    # -- people

    def finish(self, at: int, node: str, outcome: str | None) -> None:
        with self.system() as tx:
            task = tx.value(
                "SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.record_id = %(at)s"
                " AND k.key = %(node)s AND t.state = 'open' AND t.vote_id IS NULL",
                {"at": at, "node": node},
            )
        with self.as_(OWNER) as tx:
            processes.finish_task(tx, task, {}, outcome)

    def disable(self, name: str) -> None:
        with self.system() as tx:
            people.disable(tx, self.who[name])

    def vote(self, at: int, one: Asking, signer: Signer) -> int:
        """The engine's number of what the reference asks."""
        slot = next(nth for nth, slot in enumerate(one.votes.slots) if any(signer in group for group in slot))
        with self.system() as tx:
            names = self.names
            return next(
                row["id"]
                for row in tx.rows(_VOTES, {"at": at})
                if row["key"] == one.node and row["of"] == "open" and row["stands"] == "waiting" and row["counts"]
                and row["state"] == signer.state and row["slot"] == slot and _name(row, names) == signer.name
            )  # fmt: skip

    @property
    def names(self) -> dict[int, str]:
        return {number: name for name, number in self.who.items()}

    def decide(self, number: int, by: str, outcome: str) -> None:
        with self.as_(by) as tx:
            vote.decide(tx, number, outcome, vote.Said("意见"))

    def send_back(self, number: int, by: str, to: str, how: str) -> None:
        with self.as_(by) as tx:
            door.send_back(tx, number, to, how, "退回")

    def back(self, number: int) -> set[str]:
        with self.system() as tx:
            return {one["key"] for one in returns.back(tx, vote.known(tx, number))}

    # -- versions

    def publish(self, tree: dict[str, Any]) -> int | None:
        """Its number, or none: it cannot be published."""
        self.moment_passes()
        try:
            with self.system() as tx:
                return processes.publish(tx, tree).number
        except Invalid:
            return None

    def places(self) -> dict[str, set[tuple[str, frozenset[str]]]]:
        with self.system() as tx:
            found: dict[str, set[tuple[str, frozenset[str]]]] = {}
            for one in processes.foresee(tx, "random")["nodes"]:
                found.setdefault(one["key"], set()).add((one["verdict"], frozenset(one["options"])))
            return found

    def migrate(self, number: int, choices: dict[str, str]) -> tuple[int | None, int]:
        self.moment_passes()
        with self.system() as tx:
            done = processes.migrate(tx, "random", number, choices)
        self.react()
        return done.id, done.moved

    def undo(self, number: int) -> int:
        self.moment_passes()
        with self.system() as tx:
            back = processes.undo_migration(tx, number)["moved"]
        self.react()
        return back

    # -- what is there

    def standing(self, tx: Tx, at: int) -> dict[str, Any]:
        """Where it stands, and what is asked of whom: a join waits, also under a hold."""
        names = self.names
        rows = tx.rows(_VOTES, {"at": at})
        return {
            "tokens": Counter(
                (one["key"], "waiting" if one["kind"] == "join" and one["state"] == "held" else one["state"],
                 one["round"]) for one in tx.rows(
                    "SELECT n.key, n.kind, t.state, t.round FROM processes.token t JOIN processes.node n ON n.id = "
                    "t.node_id JOIN processes.instance i ON i.id = t.instance_id WHERE i.record_id = %(at)s",
                    {"at": at})),
            "votes": Counter((one["key"], _name(one, names), one["state"]) for one in rows),
            "asked": sorted(
                (row["key"], row["slot"], _name(row, names), tuple(sorted(
                    names[one] for one in ([row["assignee_id"]] if row["assignee_id"] else row["candidates"]))))
                for row in rows if row["task"]),
        }  # fmt: skip

    def trace(self, at: int) -> dict[str, Any]:
        with self.system() as tx:
            row, given = self.row(tx, at), {"at": at}
            made = access.readable(tx, "made", actor=SYSTEM).source.table
            return {
                **self.standing(tx, at),
                "steps": Counter(
                    (one["key"], one["outcome"], _day(one["left_at"])) for one in tx.rows(
                        "SELECT n.key, s.outcome, s.left_at FROM processes.step s JOIN processes.node n ON n.id "
                        "= s.node_id JOIN processes.instance i ON i.id = s.instance_id WHERE i.record_id = %(at)s",
                        given)),
                "decisions": Counter(
                    (one["key"], _day(one["due_at"]), one["outcome"], one["reason"] or "") for one in tx.rows(
                        "SELECT n.key, d.due_at, d.outcome, d.reason FROM processes.decision d JOIN processes.node n"
                        " ON n.id = d.node_id WHERE d.record_id = %(at)s", given)),
                "tasks": Counter(
                    (one["key"], one["state"], one["outcome"] or "", _day(one["opened_at"])) for one in tx.rows(
                        "SELECT k.key, t.state, t.outcome, t.opened_at FROM tasks.task t JOIN tasks.kind k ON "
                        "k.id = t.kind_id WHERE t.record_id = %(at)s AND t.vote_id IS NULL", given)),
                "instances": [(one["state"], one["past_then"]) for one in tx.rows(
                    "SELECT state, past_then FROM processes.instance WHERE record_id = %(at)s ORDER BY id", given)],
                "record": (
                    None if row["n"] is None else int(row["n"]), bool(row["flag"]), row["s"],
                    -1 if row["d1"] is None else row["d1"].toordinal(), row["mark"]),
                "made": sorted(one["label"] for one in tx.rows(made.select().where(made.c["thing"] == at))),
            }  # fmt: skip

    def findings(self) -> list[str]:
        with self.system() as tx:
            return [str(one.as_json()) for one in processes.doctor(tx) if not one.ok]


def told(case: Deal) -> dict[str, Any]:
    """The same of the reference."""
    row, askings = case.record, [one for run in case.instances if isinstance(run, Run) for one in run.askings]
    tokens = [one for run in case.instances for one in run.tokens if isinstance(one, Walker)]
    return {
        "steps": Counter(case.steps),
        "decisions": Counter((one.key, one.due, one.outcome, one.reason or "") for one in case.decisions),
        "tasks": Counter((one.node, one.state, one.outcome or "", one.opened) for one in case.tasks),
        "votes": Counter((one.node, signer.name, signer.state) for one in askings for signer in one.votes.every),
        "tokens": Counter(
            (one.node, "waiting" if one.state == "held" and one.node.endswith("_j") else one.state, one.round)
            for one in tokens
        ),
        "instances": [(one.state, one.past_then) for one in case.instances],
        "record": (row["n"], bool(row["flag"]), row["s"], row["d1"], row["mark"]),
        "made": sorted(one["label"] for one in case.made),
    }


def _name(row: dict[str, Any], names: dict[int, str]) -> str:
    role = row["role_key"]
    return names[row["person_id"]] if row["person_id"] else ADMIN if role == "business_admin" else role or "nobody"


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    day = values.get("d1")
    return {**values, **({"d1": str(dt.date.fromordinal(day))} if day is not None else {})}


def _day(moment: dt.datetime) -> int:
    return moment.astimezone(ZONE).date().toordinal()
