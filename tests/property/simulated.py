"""A company whose coming days are lived twice: by a simulation in sets, and by its people one by one."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from builders import at as tables
from process_world import World, at, found
from sqlalchemy import select

from perennial import access, forms, formula, messages, people, processes, records, simulation
from perennial.kernel import SYSTEM, Actor, Database, Reason, Row

FIRST = dt.date(2026, 11, 21)
door = processes.approving

# people sign a contract twenty days before its end; legal does not read why a customer leaves, finance reads all
LEGAL = {"role": "legal", "label": "法务", "forms": {
    "customer": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
    "contract": {"rows": "all", "rights": ["read", "update"], "fields": {"*": "write", "churn_reason": "hidden"}},
}}  # fmt: skip
SIGNING: dict[str, Any] = {
    "process": "signing", "label": "签署", "form": "contract", "cancel_when": 'status = "lost"',
    "start": [{"key": "due", "kind": "date", "date": "end_date", "days": -20, "when": 'product_line = "bi"'}],
    "nodes": [
        {"key": "quote", "kind": "task", "label": "准备报价", "who": {"field": "owner"}, "outcomes": [
            {"key": "ready", "label": "可以", "next": "sign"}, {"key": "drop", "label": "放弃", "next": "end"}]},
        {"key": "sign", "kind": "approval", "label": "法务财务会签", "who": [{"role": "legal"}, {"role": "finance"}],
         "approved": "large", "rejected": "rework"},
        {"key": "rework", "kind": "task", "label": "修改", "who": {"field": "owner"}, "next": "sign"},
        {"key": "large", "kind": "condition", "cases": [{"when": "amount > 150000", "next": "vote"}],
         "otherwise": "split"},
        {"key": "vote", "kind": "approval", "label": "投票", "who": [{"role": "director"}, {"role": "legal"},
         {"field": "owner"}], "mode": "vote", "ratio": 0.6, "skip_repeated": True, "due_workdays": 2,
         "on_timeout": "pass", "approved": "split", "rejected": "end"},
        {"key": "split", "kind": "parallel", "branches": ["check", "stamp"]},
        {"key": "check", "kind": "approval", "label": "依次复核", "who": [{"role": "finance"}, {"role": "legal"}],
         "mode": "order", "skip_repeated": True, "approved": "both", "rejected": "both"},
        {"key": "stamp", "kind": "task", "label": "盖章", "who": {"role": "director"}, "next": "both"},
        {"key": "both", "kind": "join", "of": "split", "next": "told"},
        {"key": "told", "kind": "notify", "label": "告知", "to": {"field": "owner"}, "template": "renewed_notice",
         "next": "confirm"},
        {"key": "confirm", "kind": "update", "label": "确认", "set": {"status": '"confirmed"'}, "next": "end"},
    ],
}  # fmt: skip

# what happened, told by names and not by numbers: the copy counts on by itself
OF = "JOIN data.contract r ON r.id = "
FACTS = {
    "tasks": "SELECT k.key, {record}, t.state, t.outcome, t.why, t.assignee_id, t.candidates, t.opened_at, t.due_at,"
    " t.finished_at, t.finished_by FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id {of} t.record_id",
    "messages": "SELECT o.template, {record}, o.person_id, o.state, o.due_at, o.settled_at"
    " FROM messages.outbox o {of} o.record_id",
    "decisions": "SELECT p.key, coalesce(t.key, n.key), {record}, d.due_at, d.decided_at, d.outcome, d.reason"
    " FROM processes.decision d JOIN processes.process p ON p.id = d.process_id"
    " LEFT JOIN processes.trigger t ON t.id = d.trigger_id LEFT JOIN processes.node n ON n.id = d.node_id"
    " {of} d.record_id",
    "votes": "SELECT n.key, {record}, a.round, a.state, a.submitter_id, a.opened_at, a.decided_at AS over_at, v.slot,"
    " v.rank, v.kind, v.person_id, v.role_key, v.state AS vote, v.counts, v.why, v.asked_at, v.due_at,"
    " v.decided_at, v.decided_by FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id"
    " JOIN processes.node n ON n.id = a.node_id {of} a.record_id",
    "returns": "SELECT n.key, {record}, x.how, x.way, x.at, x.over_at FROM processes.returned x"
    " JOIN processes.instance i ON i.id = x.instance_id JOIN processes.node n ON n.id = x.to_id {of} i.record_id",
    "steps": "SELECT n.key, {record}, s.outcome, s.entered_at, s.due_at, s.left_at FROM processes.step s"
    " JOIN processes.node n ON n.id = s.node_id JOIN processes.instance i ON i.id = s.instance_id {of} i.record_id",
    "instances": "SELECT p.key, {record}, i.entry, i.state, i.why, i.started_at, i.ended_at FROM processes.instance i"
    " JOIN processes.process p ON p.id = i.process_id {of} i.record_id",
    "contracts": "SELECT {record}, r.status, r.intent, r.end_date, r.owner, r.renewed_on, r.lost_on, r.archived_on,"
    " r.churn_reason, r.renewed_amount, r.deleted_at, r.version FROM data.contract r",
}  # fmt: skip
RECORD = "r.customer || '/' || r.amount || '/' || r.product_line || '/' || r.start_date AS record"


def facts(database: Database) -> dict[str, Counter[str]]:
    """How often each fact stands there."""
    with database.begin(SYSTEM) as tx:
        return {
            name: Counter(
                repr([value for _, value in sorted(row.items())])
                for row in tx.rows(tables(tx, sql.format(record=RECORD, of=OF)))
            )
            for name, sql in FACTS.items()
        }


def apart(one: dict[str, Counter[str]], other: dict[str, Counter[str]]) -> list[str]:
    """What stands in one of them only; nothing: they are equal, in whatever order it came about."""
    return [
        f"{name} {side}: {fact}"
        for name in FACTS
        for side, left in (("first", one[name] - other[name]), ("second", other[name] - one[name]))
        for fact in sorted(left)[:3]
    ]


def company(database: Database, pick: random.Random, count: int, days: int) -> World:
    """So many contracts whose ends lie around the span, some held, on a channel that is released."""
    world = found(database)
    with world.system() as tx:
        messages.release(tx, "mail")
        access.publish(tx, [access.load(LEGAL)])
        people.create(tx, "fa", "沈若溪", roles=["legal"])
        people.create(tx, "cai", "顾明哲", roles=["finance"])
        people.create(tx, "fei", "陆子衿", roles=["legal", "finance"])
        processes.publish(tx, SIGNING)
    made: list[int] = []
    for start in range(0, count, 500):
        with world.act() as tx:
            made += [
                records.create(tx, "contract", one(world, pick, n, days)) for n in range(start, min(count, start + 500))
            ]
        world.settle()
    for record in pick.sample(made, count // 12):
        with world.act() as tx:
            until = at(FIRST + dt.timedelta(days=pick.randrange(2, days)), "09:00")
            processes.hold(tx, "contract", record, until, "等待")
    world.settle()
    return world


def one(world: World, pick: random.Random, n: int, days: int) -> dict[str, Any]:
    first = n < 20 and n % 2 == 1  # however few there are, some are signed in the span
    end = FIRST + dt.timedelta(days=pick.randrange(20, 22 + days) if first else pick.randrange(-5, days + 95))
    mode = pick.choice(["auto", "manual", None])
    return {
        "customer": world.customer, "owner": world.tang, "end_date": str(end), "amount": str(100_000 + n * 97 % 90_000),
        "start_date": str(end - dt.timedelta(days=pick.choice([30, 90, 90, *[364] * 17]) + n % 25)),
        "renew_mode": mode, "status": pick.choice([None, "pending", "confirmed"]),
        "product_line": "bi" if first else pick.choice(["bi", "erp", "bi", "crm", *(["crm"] * 12 if n >= 20 else [])]),
        "notice_days": pick.choice([None, 5]) if mode == "auto" else None,
    }  # fmt: skip


@dataclass
class Script:
    lines: list[simulation.Line]
    edits: list[simulation.Edit] = field(default_factory=list[simulation.Edit])


def script(pick: random.Random, seed: int, days: int, first: dt.date = FIRST) -> Script:
    """What people do: much, a little, nothing, in turn; and what else becomes of the records."""
    line, some = simulation.Line, pick.choice
    much = [
        line("contract", "expired", some([0, 1, 3]), some(["renewed", "lost"])),
        line("contract", "follow_up", some([0, 2])),
        line("contract", "quote", some([0, 1]), "ready"),
        line("contract", "rework", 1),
        line("contract", "stamp", some([0, 2])),
        line("contract", "sign", some([0, 1]), some(["approved", "returned", "straight", "rejected"])),
        line("contract", "vote", some([0, 3]), some(["approved", "rejected"])),
        line("contract", "check", some([0, 1]), some(["approved", "straight", "returned"])),
    ]
    # whoever rejects always never comes to an end: it is the same work each day
    edits = [
        simulation.Edit(
            first + dt.timedelta(days=pick.randrange(1, days)), "contract",
            some([{"intent": '"unsure"'}, {"churn_reason": '"price"'}, {"end_date": "end_date + 3"},
                  {"renewed_amount": "amount + 1"}, {"status": '"confirmed"'}]),
            some(['product_line = "bi"', 'AND(product_line = "erp", renew_mode = "manual")', "DAY(end_date) < 4"]),
        )
        for _ in range(max(2, days // 30))
    ]  # fmt: skip
    return Script((much, much[2:6], much, [])[seed % 4], edits)


def live(world: World, since: dt.date, until: dt.date, habits: Sequence[simulation.Habit],
         edits: Iterable[simulation.Edit], pick: random.Random) -> Counter[str]:  # fmt: skip
    """The same days by the real workspace under its moving clock, stopped anywhere in between: each record is changed
    and each task finished, vote decided or sent back by the person who has it, one by one. How many acts of which
    kind."""
    met: Counter[str] = Counter()
    day = since
    while day < until:
        day += dt.timedelta(days=1)
        for minutes in sorted(pick.randrange(24 * 60 - 361) for _ in range(pick.randrange(3))):
            processes.tick(world.database, through=at(day, "00:00") + dt.timedelta(minutes=minutes))
        processes.tick(world.database, through=at(day, "18:00"))
        messages.deliver(world.database, {"mail": messages.Recorder()}, guard=processes.delivery_guard)
        for edit in edits:
            if edit.on == day:
                met["edits"] += changed(world, edit)
                processes.tick(world.database)
        if day.weekday() > 4:
            continue
        for habit in habits:
            for task in ripe(world, habit, at(day, "18:00") - dt.timedelta(days=habit.days)):
                met[act(world, habit, task, day)] += 1
        processes.tick(world.database)
    return met


def changed(world: World, edit: simulation.Edit) -> int:
    """Who meets the condition gets what the formulas say, each record written by itself."""
    with world.system() as tx:
        scope, rows = forms.catalog(tx).scope(edit.form), access.readable(tx, edit.form, actor=SYSTEM)
        column = rows.source.field
        asked = [
            formula.compile(formula.check(text, scope), rows.source).label(key) for key, text in edit.values.items()
        ]
        test = formula.compile_condition(formula.check(edit.when, scope, "yes_no"), rows.source)
        found = select(column("id").label("id"), column("version").label("version"), *asked).select_from(rows.from_)
        chosen = tx.rows(found.where(rows.where, test).order_by(column("id")))
    for row in chosen:
        with world.act() as tx:
            values = {key: None if row[key] is None else str(row[key]) for key in edit.values}
            records.update(tx, edit.form, row["id"], row["version"], values)
    return len(chosen)


def ripe(world: World, habit: simulation.Habit, before: dt.datetime) -> list[Row]:
    return world.rows(
        "SELECT t.id, t.vote_id, coalesce(t.assignee_id, t.candidates[1]) AS person FROM tasks.task t"
        " JOIN tasks.kind k ON k.id = t.kind_id WHERE t.state = 'open' AND k.form = %(form)s"
        " AND k.key = %(key)s AND t.opened_at <= %(before)s ORDER BY t.id",
        form=habit.form, key=habit.key, before=before,
    )  # fmt: skip


SENT_BACK = """
SELECT EXISTS (SELECT FROM processes.vote v JOIN processes.approval a ON a.id = v.approval_id
                 JOIN processes.returned r ON r.instance_id = a.instance_id
                 JOIN processes.approval o ON o.id = r.approval_id AND o.node_id = a.node_id
               WHERE v.id = %(vote)s) AS yes
"""


def act(world: World, habit: simulation.Habit, task: Row, day: dt.date) -> str:
    """Somebody does what the script says of this task, if it still waits for them."""
    if not world.rows("SELECT id FROM tasks.task WHERE id = %(id)s AND state = 'open'", id=task["id"]):
        return "too late"
    with world.database.begin(Actor("person", task["person"], "someone"), Reason("act")) as tx:
        if task["vote_id"] is None:
            values = {key: str(day) if value == "today" else value for key, value in habit.values.items()}
            processes.finish_task(tx, task["id"], values, habit.outcome)
            return "finished"
        outcome = habit.outcome or "approved"
        if outcome in ("returned", "straight"):
            ways = door.page(tx, task["vote_id"]).back
            if ways and not tx.value(SENT_BACK, {"vote": task["vote_id"]}):
                door.send_back(
                    tx, task["vote_id"], ways[0]["key"], "redo" if outcome == "returned" else outcome, "再看"
                )
                return outcome
            outcome = "approved"
        door.decide(tx, task["vote_id"], outcome, door.Said("说明"))
        return outcome
