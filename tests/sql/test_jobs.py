"""The worker as it runs: woken by commits, it works off jobs, takes over from the dead, and ends when told."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from builders import form, install
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, changes, jobs, people, processes, records
from perennial.kernel import SYSTEM, Database, Reason, defer
from perennial.records import imports

pytestmark = pytest.mark.usefixtures("home")

QUICK = jobs.Pace(react_s=60, tick_s=0.2, seal_s=0.2, rescue_s=0.3, heartbeat_s=1, stalled_s=3)
GREET = {
    "process": "greet", "label": "欢迎", "form": "deal",
    "start": [{"key": "new", "kind": "created"}],
    "nodes": [{"key": "call", "kind": "task", "label": "打电话", "who": {"field": "owner"}, "due_workdays": 1}],
}  # fmt: skip
BOSS = {
    "role": "boss", "label": "主管", "may": ["import"],
    "forms": {"deal": {"rows": "all", "rights": ["read", "create", "update"], "fields": {"*": "write"}}},
}  # fmt: skip
REMIND = {
    **GREET, "process": "remind",
    "start": [{"key": "day", "kind": "date", "date": "ends_on", "days": -1}],
}  # fmt: skip


@contextlib.contextmanager
def working(database: Database, pace: jobs.Pace = QUICK) -> Iterator[None]:
    """A worker runs in this program; it must end within five seconds of being told."""
    stop = threading.Event()
    thread = threading.Thread(target=jobs.run_worker, args=(database, stop, pace), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive(), "the worker did not end"


def until(condition: Callable[[], object], seconds: float = 15) -> float:
    """`condition()` becomes true in time; how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "not in time"
        time.sleep(0.02)
    return time.monotonic() - began


def value(database: Database, sql: str) -> object:
    with database.begin(SYSTEM) as tx:
        return tx.value(sql)


def in_queue(database: Database, sql: str) -> None:
    with psycopg.connect(database.url, options="-c search_path=procrastinate") as connection:
        connection.execute(sql.encode())


@pytest.fixture
@built_once
def company(database: Database) -> Database:
    """A form of deals, somebody who owns them and may do everything, and a process that greets each new one."""
    with database.begin(SYSTEM, Reason("publish")) as tx:
        install(tx, form("deal", "name: text", "ends_on: date", "owner: person", title="name"))
        access.publish(tx, [access.load(BOSS)])
        people.create(tx, "he", "何知远", roles=["boss"], password=PASSWORD)
    with database.begin(SYSTEM, Reason("publish")) as tx:
        processes.publish(tx, GREET)
    return database


def tasks(database: Database) -> int:
    return int(str(value(database, "SELECT count(*) FROM tasks.task")))


def test_a_committed_change_is_reacted_to_at_once_not_at_the_next_look(company: Database) -> None:
    with working(company):
        time.sleep(1)  # the first look is over; the next one would be a minute later
        with company.begin(SYSTEM) as tx:
            records.create(tx, "deal", {"name": "a", "owner": 1})
        company.notify_soon()
        assert until(lambda: tasks(company) == 1) < 5


def test_what_a_person_saves_over_http_wakes_the_reactor(company: Database) -> None:
    with logged_in(company, "he") as client, working(company):
        time.sleep(1)
        made = client.post("/api/forms/deal", json={"values": {"name": "a", "owner": 1}})
        assert made.status_code == 201, made.text
        assert until(lambda: tasks(company) == 1) < 5


def test_a_lost_notification_costs_the_poll_and_nothing_more(company: Database) -> None:
    with working(company, jobs.Pace(react_s=0.5)):
        with company.begin(SYSTEM) as tx:
            records.create(tx, "deal", {"name": "a", "owner": 1})
        until(lambda: tasks(company) == 1)


def test_the_clock_ticks_when_it_is_real_and_only_then(company: Database) -> None:
    with company.begin(SYSTEM, Reason("publish")) as tx:
        processes.publish(tx, REMIND)
        tx.run("UPDATE processes.trigger SET watermark = '2020-01-01', published_at = '2020-01-01'")
    with company.begin(SYSTEM) as tx:
        records.create(tx, "deal", {"name": "a", "owner": 1, "ends_on": "2020-05-05"})
    processes.react(company)
    decided = "SELECT count(*) FROM processes.decision"
    before = value(company, decided)
    with working(company):
        time.sleep(1.5)
        assert value(company, decided) == before
        with company.begin(SYSTEM) as tx:
            records.create(tx, "deal", {"name": "b", "owner": 1, "ends_on": str(tx.today)})
            tx.run("UPDATE kernel.workspace SET clock_kind = 'real', clock_at = clock_at + interval '1 day'")
        until(lambda: value(company, "SELECT count(*) FROM processes.instance WHERE entry = 'date'"))


def started_import(database: Database, tmp_path: Path) -> int:
    file = tmp_path / "deals.csv"
    file.write_text("name\na\nb\n", encoding="utf-8")
    with database.begin(SYSTEM) as tx:
        made = imports.upload(tx, "deal", file.name, file)
        imports.set_mapping(tx, made, {"targets": [{"form": "deal", "fields": [{"field": "name", "column": "name"}]}]})
    with database.begin(SYSTEM) as tx:
        imports.check(tx, made)
    with database.begin(SYSTEM) as tx:
        imports.start(tx, made)
    return made


STATE = "SELECT state FROM imports.import"
LEFT = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = 'imports.run'"


def test_a_deferred_import_runs_and_its_job_is_gone(company: Database, tmp_path: Path) -> None:
    started_import(company, tmp_path)
    with working(company):
        until(lambda: value(company, STATE) == "done")
        until(lambda: value(company, LEFT) == 0)


def test_the_import_of_a_worker_that_died_runs_again(company: Database, tmp_path: Path) -> None:
    started_import(company, tmp_path)
    with company.begin(SYSTEM) as tx:
        tx.run("UPDATE imports.import SET state = 'running'")
    in_queue(company, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')")
    in_queue(
        company,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)",
    )
    with working(company):
        until(lambda: value(company, STATE) == "done")
        until(lambda: value(company, LEFT) == 0)


def test_a_started_import_without_a_job_gets_one(company: Database, tmp_path: Path) -> None:
    started_import(company, tmp_path)
    in_queue(company, "DELETE FROM procrastinate_jobs")
    with working(company):
        until(lambda: value(company, STATE) == "done")


def test_a_stop_drops_a_long_job_which_runs_again_later(
    company: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, over = threading.Event(), threading.Event()

    def slow(database: Database, import_id: int) -> None:
        began.set()
        over.wait(60)

    started_import(company, tmp_path)
    with monkeypatch.context() as patch, working(company):
        patch.setattr(imports, "run", slow)
        assert began.wait(10)
    over.set()
    assert value(company, LEFT) == 1
    in_queue(company, "UPDATE procrastinate_jobs SET scheduled_at = now()")  # in ten seconds, normally
    with working(company):
        until(lambda: value(company, STATE) == "done")


def test_what_is_committed_is_sealed_and_its_head_is_kept_outside_the_database(company: Database, home: Path) -> None:
    with working(company):
        with company.begin(SYSTEM) as tx:
            records.create(tx, "deal", {"name": "a", "owner": 1})
        until((home / changes.HEAD_FILE).exists)
        until(lambda: value(company, "SELECT count(*) FROM changes.transaction WHERE batch IS NULL") == 0)
    with company.begin(SYSTEM) as tx:
        assert changes.verify(tx, home / changes.HEAD_FILE) is None


def test_a_delivery_is_a_job(company: Database) -> None:
    with company.begin(SYSTEM) as tx:
        defer(tx, "messages.deliver")
    with working(company):
        until(lambda: value(company, "SELECT count(*) FROM procrastinate.procrastinate_jobs") == 0)


def test_a_turn_that_fails_is_repeated_and_takes_nobody_along(
    company: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    truly, failures = processes.react, iter([RuntimeError("no"), RuntimeError("no")])

    def react(database: Database) -> processes.Reacted:
        for error in failures:
            raise error
        return truly(database)

    monkeypatch.setattr(processes, "react", react)
    with company.begin(SYSTEM) as tx:
        records.create(tx, "deal", {"name": "a", "owner": 1})
    with working(company):
        until(lambda: tasks(company) == 1)
        until(lambda: value(company, "SELECT count(*) FROM changes.transaction WHERE batch IS NULL") == 0)
