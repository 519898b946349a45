"""The set-based engine leaves the same trace as the reference interpreter, on random graphs and random lives."""

import datetime as dt
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import form, install
from worlds import built_once

sys.path.insert(0, str(Path(__file__).parent.parent / "reference"))

from interpreter import Case, Interpreter
from random_process import ALL, edit, process, record, structured

from perennial import access, messages, people, processes, records
from perennial.kernel import SYSTEM, Database, Reason

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = dt.date(2026, 11, 21)
SEEDS = int(os.environ.get("PERENNIAL_SOAK", "0")) or 10
RECORDS, DAYS = 5, 24
LEAST = {"superseded": 1, "cancelled": 1, "holds": 2, "late": 3, "returns": 1, "steps": 40}  # per five seeds


def formulas() -> tuple[dict[str, Any], dict[str, set[str]]]:
    known = {text: (lambda r, today, f=f: f(r)) for text, (f, _) in ALL.items()}
    return known, {text: fields for text, (_, fields) in ALL.items()}


@built_once
def things(database: Database) -> int:
    """Forms, a template and three people; the number of the first, who owns every thing."""
    with database.begin(SYSTEM, Reason("publish")) as tx:
        install(
            tx,
            form("thing", "n: number", "flag: yes_no", "s: text", "d1: date", "mark: text", "owner: person"),
            form("made", "label: text", _relation()),
            form("letter", "label: text", _relation("letters")),
        )
        owner, *_ = (people.create(tx, name, name) for name in ("he", "second", "third"))
    with database.begin(SYSTEM, Reason("publish")) as tx:
        hello = {
            "template": "hello",
            "label": "你好",
            "form": "thing",
            "channels": ["in_app"],
            "subject": "你好",
            "body": "你好",
        }
        messages.publish_template(tx, messages.Template.load(hello))
    return owner


class Engine:
    """The same doors as the interpreter, on a database."""

    def __init__(self, database: Database, tree: dict[str, Any]) -> None:
        self.database, self.owner = database, things(database)
        with database.begin(SYSTEM, Reason("publish")) as tx:
            processes.publish(tx, tree)

    def add(self, given: dict[str, Any]) -> int:
        with self.database.begin(SYSTEM) as tx:
            made = records.create(tx, "thing", {**_stored(given), "owner": self.owner})
        self.settle()
        return made

    def edit(self, at: int, **values: Any) -> None:
        with self.database.begin(SYSTEM) as tx:
            records.update(tx, "thing", at, self.read(tx, at)["version"], _stored(values))
        self.settle()

    def finish(self, at: int, node: str, outcome: str | None) -> None:
        with self.database.begin(SYSTEM) as tx:
            task = tx.value(
                "SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
                " WHERE t.record_id = %(at)s AND k.key = %(node)s AND t.state = 'open' ORDER BY t.token_id, t.id"
                " LIMIT 1",
                {"at": at, "node": node},
            )
            processes.finish_task(tx, task, {}, outcome)
        self.settle()

    def receive(self, at: int, label: str) -> None:
        with self.database.begin(SYSTEM) as tx:
            records.create(tx, "letter", {"thing": at, "label": label})
        self.settle()

    def hold(self, at: int, until: int) -> None:
        with self.database.begin(SYSTEM) as tx:
            processes.hold(tx, "thing", at, _moment(until), "测试")

    def settle(self) -> None:
        processes.react(self.database)

    def tick(self, day: int) -> None:
        processes.tick(self.database, at=_moment(day))

    def read(self, tx: Any, at: int) -> dict[str, Any]:
        table = access.readable(tx, "thing", actor=SYSTEM).source.table
        row = tx.one(table.select().where(table.c["id"] == at))
        assert row is not None
        return row

    def trace(self, at: int) -> dict[str, Any]:
        with self.database.begin(SYSTEM) as tx:
            row = self.read(tx, at)
            made = access.readable(tx, "made", actor=SYSTEM).source.table
            return {
                "steps": sorted(
                    (one["key"], one["outcome"], _day(one["left_at"]))
                    for one in tx.rows(
                        "SELECT n.key, s.outcome, s.left_at FROM processes.step s JOIN processes.node n ON n.id "
                        "= s.node_id"
                        " JOIN processes.instance i ON i.id = s.instance_id WHERE i.record_id = %(at)s", {"at": at})
                ),
                "decisions": sorted(
                    (one["key"], _ordinal(one["basis"]), _day(one["due_at"]), one["outcome"], one["reason"] or "")
                    for one in tx.rows(
                        "SELECT coalesce(t.key, n.key) AS key, d.basis, d.due_at, d.outcome, d.reason FROM "
                        "processes.decision d"
                        " LEFT JOIN processes.trigger t ON t.id = d.trigger_id LEFT JOIN processes.node n ON "
                        "n.id = d.node_id"
                        " WHERE d.record_id = %(at)s", {"at": at})
                ),
                "tasks": sorted(
                    (one["key"], one["state"], one["outcome"] or "", _day(one["opened_at"]))
                    for one in tx.rows(
                        "SELECT k.key, t.state, t.outcome, t.opened_at FROM tasks.task t JOIN tasks.kind k ON "
                        "k.id = t.kind_id"
                        " WHERE t.record_id = %(at)s", {"at": at})
                ),
                "instances": [
                    (_ordinal(one["basis"]), one["state"], one["past_then"])
                    for one in tx.rows(
                        "SELECT basis, state, past_then FROM processes.instance WHERE record_id = %(at)s ORDER BY id",
                        {"at": at})
                ],
                "record": (
                    None if row["n"] is None else int(row["n"]), bool(row["flag"]), row["s"], _ordinal(row["d1"]),
                    row["mark"]),
                "made": sorted(one["label"] for one in tx.rows(made.select().where(made.c["thing"] == at))),
            }  # fmt: skip


def _relation(reverse: str = "mades") -> Any:
    from perennial.forms import Field

    return Field(key="thing", label="thing", kind="relation", to="thing", reverse=reverse)


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    day = values.get("d1")
    return {**values, **({"d1": str(dt.date.fromordinal(day))} if day is not None else {})}


def _moment(day: int) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromordinal(day), dt.time(9), ZONE)


def _day(moment: dt.datetime) -> int:
    return moment.astimezone(ZONE).date().toordinal()


def _ordinal(day: dt.date | None) -> int:
    return -1 if day is None else day.toordinal()


def reference_trace(case: Case) -> dict[str, Any]:
    row = case.record
    return {
        "steps": sorted(case.steps),
        "decisions": sorted(
            (one.key, -1 if one.basis is None else one.basis, one.due, one.outcome, one.reason or "") for one in
            case.decisions
        ),
        "tasks": sorted((one.node, one.state, one.outcome or "", one.opened) for one in case.tasks),
        "instances": [(-1 if one.basis is None else one.basis, one.state, one.past_then) for one in case.instances],
        "record": (row["n"], bool(row["flag"]), row["s"], row["d1"], row["mark"]),
        "made": sorted(one["label"] for one in case.made),
    }  # fmt: skip


def live(
    database: Database,
    tree: dict[str, Any],
    seed: int,
    met: Counter[str],
    *,
    count: int = RECORDS,
    held: float = 0.06,
    away: tuple[int, ...] = (1, 1, 1, 2, 5),
) -> list[str]:
    """One life of some records under one process, told twice; the differences."""
    pick = random.Random(seed * 7919)
    today = FIRST.toordinal()
    engine, reference = Engine(database, tree), Interpreter(tree, *formulas(), today)
    pairs: list[tuple[int, Case]] = []
    for _ in range(count):
        given = record(pick, today)
        pairs.append((engine.add(given), reference.add(given)))
    day, last = today, today + DAYS
    while day < last:
        for at, case in pairs:
            met[_event(pick, engine, reference, at, case, day, held)] += 1
        day += pick.choice(away)  # some days the service is away
        engine.tick(day)
        reference.tick(day)
    differences: list[str] = []
    for at, case in pairs:
        ours, theirs = engine.trace(at), reference_trace(case)
        met.update(one[1] for one in theirs["instances"])
        met.update(one[3] for one in theirs["decisions"])
        met.update(one[1] for one in theirs["steps"] if one[1] in OUTCOMES)
        met["steps"] += len(theirs["steps"])
        differences += [
            f"record {at} {part}: engine {ours[part]} reference {theirs[part]}"
            for part in ours
            if ours[part] != theirs[part]
        ]
    with database.begin(SYSTEM) as tx:
        bad = [one.as_json() for one in processes.doctor(tx) if not one.ok]
    return [*differences, *(str(one) for one in bad)]


def _event(
    pick: random.Random, engine: Engine, reference: Interpreter, at: int, case: Case, day: int, held: float
) -> str:
    what = pick.random()
    open_ = [one for one in case.tasks if one.state == "open"]
    if what < 0.18:
        values = edit(pick, day)
        engine.edit(at, **values)
        reference.edit(case, **values)
        return "edits"
    if what < 0.18 + held:
        until = day + pick.choice([1, 3, 6])
        engine.hold(at, until)
        reference.hold(case, until)
        return "holds"
    if what < 0.5 and open_:
        node = pick.choice(sorted({one.node for one in open_}))
        spec = reference.nodes[node]
        outcome = pick.choice([one["key"] for one in spec["outcomes"]]) if spec.get("outcomes") else None
        engine.finish(at, node, outcome)
        reference.finish(case, node, outcome)
        return "returns" if outcome == "no" else "finished tasks"
    if what > 0.86:
        label = "a" if what < 0.94 else "b"
        engine.receive(at, label)
        reference.receive(case, label)
        return "letters"
    return "nothing"


OUTCOMES = ("joined", "arrived", "absorbed", "timed out", "cancelled", "came")
met: Counter[str] = Counter()
ALL["TRUE"] = (lambda r: True, set())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_engine_leaves_the_trace_of_the_reference_interpreter(database: Database, seed: int) -> None:
    tree = process(seed)
    assert live(database, tree, seed, met) == []


joined: Counter[str] = Counter()


@pytest.mark.parametrize("seed", range((SEEDS + 1) // 2))
def test_splits_with_joins_leave_the_trace_of_the_reference_interpreter(database: Database, seed: int) -> None:
    assert live(database, structured(seed), seed, joined) == []


def test_the_random_lives_met_what_they_are_meant_to_meet() -> None:
    print(dict(met))
    if sum(met.values()):
        few = {what: met[what] for what, least in LEAST.items() if met[what] < least * SEEDS / 5}
        assert few == {}
    print(dict(joined))
    if sum(joined.values()):
        assert min(joined["joined"], joined["arrived"]) >= SEEDS // 2
        assert joined["cancelled"] >= SEEDS // 5 and joined["timed out"] >= SEEDS // 20
        assert met["came"] + joined["came"] > 0
