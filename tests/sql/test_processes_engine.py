"""How the engine works: in sets, beside other workers, past bad data, and twice without effect."""

import datetime as dt
import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from builders import form, install

from perennial import people, processes, records
from perennial.forms import Field
from perennial.kernel import SYSTEM, Database, Invalid, Reason, Tx
from perennial.kernel.database import Tx as KernelTx

ZONE = ZoneInfo("Asia/Shanghai")
DUE = dt.datetime(2026, 12, 1, 9, tzinfo=ZONE)
PROCESS: dict[str, Any] = {
    "process": "call", "label": "回访", "form": "deal", "cancel_when": "closed",
    "start": [{"key": "t30", "kind": "date", "date": "ends_on", "days": -30}],
    "nodes": [
        {"key": "big", "kind": "condition", "cases": [{"when": "amount > 5", "next": "both"}], "otherwise": "ring"},
        {"key": "both", "kind": "parallel", "branches": ["ring", "mail"]},
        {"key": "ring", "kind": "task", "label": "打电话", "who": {"field": "owner"}, "next": "done"},
        {"key": "mail", "kind": "task", "label": "写信", "who": {"field": "owner"}, "next": "done"},
        {"key": "done", "kind": "update", "set": {"calls": "calls + 1"}},
    ],
}  # fmt: skip


def prepare(database: Database, tree: dict[str, Any] = PROCESS) -> int:
    fields = (
        "name: text",
        "ends_on: date",
        "owner: person",
        "amount: number",
        "calls: number",
        "note: text",
        "closed: yes_no",
    )
    with database.begin(SYSTEM, Reason("publish")) as tx:
        install(tx, form("deal", *fields, title="name"))
        person = people.create(tx, "he", "何知远")
    with database.begin(SYSTEM, Reason("publish")) as tx:
        processes.publish(tx, tree)
    return person


def deals(database: Database, count: int, person: int, ends_on: str = "2026-12-31") -> None:
    given = sa.text(
        "SELECT 'n' || g AS name, CAST(:ends_on AS date) AS ends_on, CAST(:person AS bigint) AS owner,"
        " (g % 10)::numeric AS amount, 0::numeric AS calls FROM generate_series(1, :count) g"
    ).bindparams(count=count, person=person, ends_on=ends_on)
    columns = given.columns(name=sa.Text, ends_on=sa.Date, owner=sa.BigInteger, amount=sa.Numeric, calls=sa.Numeric)
    with database.begin(SYSTEM) as tx:
        records.create_set(tx, "deal", sa.select(columns.subquery("given")))
    processes.react(database)


def counted(database: Database, monkeypatch: pytest.MonkeyPatch, at: dt.datetime) -> int:
    """Statements of a tick that starts everything due."""
    real, count = KernelTx._execute, [0]

    def execute(self: Tx, sql: Any, params: Any) -> Any:
        count[0] += 1
        return real(self, sql, params)

    with monkeypatch.context() as patched:
        patched.setattr(KernelTx, "_execute", execute)
        processes.tick(database, at=at)
    return count[0]


def test_ten_thousand_instances_take_as_many_statements_as_ten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = prepare(database)
    deals(database, 10, person)
    deals(database, 10_000, person, "2027-01-31")
    few = counted(database, monkeypatch, DUE)
    many = counted(database, monkeypatch, dt.datetime(2027, 1, 1, 9, tzinfo=ZONE))
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM tasks.task") == 14 + 14_000  # four of ten stand in two branches
    assert abs(many - few) <= 3  # the planner is told of three grown tables


def test_a_record_whose_data_makes_a_statement_fail_is_parked_and_the_others_go_on(database: Database) -> None:
    tree = {**PROCESS, "nodes": [
        {"key": "copy", "kind": "create", "form": "copy", "set": {"deal": "this", "label": "name"}, "next": "ring"},
        {"key": "ring", "kind": "task", "label": "打电话", "who": {"field": "owner"}},
    ]}  # fmt: skip
    with database.begin(SYSTEM, Reason("publish")) as tx:
        relation = Field(key="deal", label="deal", kind="relation", to="deal", reverse="copies")
        install(
            tx,
            form("deal", "name: text", title="name"),
            form("copy", Field(key="label", label="名", kind="text", unique=True), relation),
        )
    person = prepare(database, tree)
    with database.begin(SYSTEM) as tx:
        for name in ("a", "b", "c", "b", "d"):
            records.create(tx, "deal", {"name": name, "ends_on": "2026-12-31", "owner": person})
    processes.react(database)
    done = processes.tick(database, at=DUE)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM tasks.task WHERE state = 'open'") == 4
        stuck = tx.rows("SELECT s.code, n.key FROM processes.stuck s JOIN processes.node n ON n.id = s.node_id")
        assert [(row["code"], row["key"]) for row in stuck] == [("records.taken", "copy")]
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []
        assert [one.count for one in processes.doctor(tx) if one.check == "stuck"] == [1]
    assert done.advanced.stuck == {"call.copy": {"records.taken": 1}}
    with database.begin(SYSTEM) as tx:
        bad = tx.value("SELECT record_id FROM processes.instance i JOIN processes.stuck s ON s.instance_id = i.id")
        records.update(tx, "deal", bad, 1, {"name": "e"})
        processes.retry(tx)
    processes.tick(database)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM tasks.task WHERE state = 'open'") == 5


def test_replaying_a_tick_changes_nothing(database: Database) -> None:
    person = prepare(database)
    deals(database, 50, person)
    processes.tick(database, at=DUE)

    def all_rows() -> list[Any]:
        with database.begin(SYSTEM) as tx:
            tables = ("processes.instance", "processes.token", "processes.decision", "processes.step", "tasks.task")
            return [tx.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]

    before = all_rows()
    again = processes.tick(database)
    assert (again.decided, again.started, again.advanced.count) == ({}, 0, 0)
    assert all_rows() == before


def test_three_tickers_at_once_start_everything_once(database: Database, url: str) -> None:
    person = prepare(database)
    deals(database, 1_500, person)
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = %(at)s", {"at": DUE})
    failures: list[BaseException] = []

    def work() -> None:
        own = Database(url)
        try:
            processes.tick(own)
        except BaseException as error:
            failures.append(error)
        finally:
            own.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    processes.tick(database)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM processes.instance") == 1_500
        assert tx.value("SELECT count(*) FROM processes.decision") == 1_500
        assert tx.value("SELECT count(*) FROM tasks.task") == 2_100
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def test_two_people_finishing_parallel_branches_at_once_lose_nothing(database: Database, url: str) -> None:
    person = prepare(database)
    with database.begin(SYSTEM) as tx:
        deal = records.create(
            tx, "deal", {"name": "a", "ends_on": "2026-12-31", "owner": person, "amount": 9, "calls": 0}
        )
    processes.tick(database, at=DUE)
    with database.begin(SYSTEM) as tx:
        both = [row["id"] for row in tx.rows("SELECT id FROM tasks.task ORDER BY id")]
    assert len(both) == 2
    gate = threading.Barrier(2)
    failures: list[BaseException] = []

    def finish(task: int) -> None:
        own = Database(url)
        try:
            gate.wait()
            own.run(SYSTEM, lambda tx: processes.finish_task(tx, task))
        except BaseException as error:
            failures.append(error)
        finally:
            own.close()

    people_ = [threading.Thread(target=finish, args=(task,)) for task in both]
    for one in people_:
        one.start()
    for one in people_:
        one.join()
    assert failures == []
    processes.tick(database)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT state FROM processes.instance") == "finished"
        assert tx.value("SELECT calls FROM data_read.deal WHERE id = %(id)s", {"id": deal}) == 2


def test_a_deleted_record_suspends_its_instance_and_its_restoration_brings_it_back(database: Database) -> None:
    person = prepare(database)
    with database.begin(SYSTEM) as tx:
        deal = records.create(tx, "deal", {"name": "a", "ends_on": "2026-12-31", "owner": person})
    processes.tick(database, at=DUE)
    with database.begin(SYSTEM) as tx:
        records.delete(tx, "deal", deal, 1)
    processes.tick(database)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT state FROM processes.instance") == "suspended"
        assert tx.value("SELECT state FROM tasks.task") == "closed"
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []
        records.restore(tx, "deal", deal)
    processes.tick(database)
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT state FROM processes.instance") == "open"
        assert tx.value("SELECT state FROM tasks.task") == "open"
        assert tx.value("SELECT count(*) FROM tasks.task") == 1
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def _wrong(change: dict[str, Any]) -> dict[str, Any]:
    return {**PROCESS, **change}


TASK: dict[str, Any] = {"key": "a", "kind": "task"}
WRONG = {
    "processes.unknown_attribute": _wrong({"colour": "red"}),
    "processes.attribute": _wrong({"nodes": []}),
    "processes.key": _wrong({"process": "Übel"}),
    "processes.one_of": _wrong({"nodes": [{"key": "a", "kind": "robot"}]}),
    "processes.time": _wrong({"start": [{"key": "t", "kind": "date", "date": "ends_on", "at": "25:00"}]}),
    "processes.wait_for_one": _wrong({"nodes": [{"key": "a", "kind": "wait"}]}),
    "processes.node_twice": _wrong({"nodes": [TASK, TASK]}),
    "processes.no_such_node": _wrong({"nodes": [{**TASK, "next": "b"}]}),
    "processes.unreachable": _wrong({"nodes": [TASK, {"key": "b", "kind": "task"}]}),
    "processes.no_otherwise": _wrong({"nodes": [{"key": "a", "kind": "condition", "cases": [{"when": "closed"}]}]}),
    "processes.one_branch": _wrong(
        {"nodes": [{"key": "a", "kind": "parallel", "branches": ["b"]}, {"key": "b", "kind": "end"}]}
    ),
    "processes.endless": _wrong({"nodes": [{"key": "a", "kind": "wait", "until": "ends_on", "next": "a"}]}),
    "processes.covers_without_date": _wrong({"start": [], "covers": "closed"}),
    "processes.no_such_form": _wrong({"form": "nothing"}),
    "processes.no_such_field": _wrong({"nodes": [{**TASK, "fill": ["colour"]}]}),
    "processes.not_relation": _wrong(
        {"nodes": [{"key": "a", "kind": "update", "record": "name", "set": {"name": '"x"'}}]}
    ),
    "processes.hold_by": _wrong({"hold_by": ["name"]}),
    "processes.matched_today": _wrong({"start": [{"key": "m", "kind": "matched", "when": "ends_on < TODAY()"}]}),
    "processes.met_today": _wrong({"nodes": [{"key": "a", "kind": "wait", "met": "ends_on < TODAY()"}]}),
    "processes.match_without_value": _wrong(
        {"nodes": [{"key": "a", "kind": "create", "form": "deal", "set": {"name": "name"}, "match": ["note"]}]}
    ),
    "formula.unknown_name": _wrong({"cancel_when": "clozed"}),
}  # fmt: skip


def test_a_wrong_definition_is_refused_with_its_path_and_changes_nothing(database: Database) -> None:
    prepare(database)
    with database.begin(SYSTEM) as tx:
        versions = tx.value("SELECT count(*) FROM processes.version")
        for code, tree in WRONG.items():
            with pytest.raises(Invalid) as refused, tx.savepoint():
                processes.publish(tx, tree)
            assert refused.value.code == code or code.startswith("formula."), (code, refused.value)
            assert refused.value.path is not None, code
        assert tx.value("SELECT count(*) FROM processes.version") == versions


def test_every_shipped_process_reads_back_to_itself() -> None:
    from process_world import trees

    for tree in trees("processes"):
        process = processes.load(tree)
        assert processes.load(processes.dump(process)) == process
