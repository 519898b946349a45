"""The coming months on a scratch copy: what comes out, what is assumed, and that nothing else happens."""

import datetime as dt
import os
import socket
import subprocess
import sys
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from process_world import World, at, found, trees

from perennial import messages, people, processes, records, simulation
from perennial.kernel import SYSTEM, Actor, Database, Invalid
from perennial.kernel.errors import Problem

JUNE = dt.date(2027, 6, 1)
FOLLOW, ESCALATE, EXPIRED = "续费跟进", "临近到期仍未确认", "到期确认"


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def done_before(world: World, person: int, record: int, finished: str, days: int, outcome: str = "done") -> None:
    """A follow-up of the past: opened so many days before it was finished."""
    with world.system() as tx:
        tx.run(
            "INSERT INTO tasks.task (kind_id, record_id, assignee_id, found_by, state, opened_at, finished_at,"
            " finished_by, outcome) SELECT k.id, %(record)s, %(person)s, 'named', 'done',"
            " %(at)s::timestamptz - make_interval(days => %(days)s), %(at)s::timestamptz, %(person)s, %(outcome)s"
            " FROM tasks.kind k WHERE k.key = 'follow_up'",
            {"record": record, "person": person, "at": f"{finished} 10:00+08", "days": days, "outcome": outcome},
        )


def local(moment: str) -> str:
    """Minutes in the workspace's zone."""
    return dt.datetime.fromisoformat(moment).astimezone(ZoneInfo("Asia/Shanghai")).isoformat()[:16]


def load_of(result: simulation.Result, name: str) -> dict[str, int]:
    person = next(one for one in result.people if one["name"] == name)
    return {week: load["count"] for week, load in person["weeks"].items()}


def test_the_load_per_person_and_week_is_what_counting_by_hand_gives(world: World) -> None:
    # Saturday 2026-11-21. T-90 of a, b, c: Friday 11-27, Sunday 11-29, Saturday 12-05; d is entered late, at once
    a = world.contract("2027-02-25", number="HT-a")
    world.contract("2027-02-27", number="HT-b")
    world.contract("2027-03-05", number="HT-c")
    world.contract("2026-12-15", number="HT-d")  # T-15: Monday 11-30; the day after its end: Wednesday 12-16
    for finished, count in (("2026-10-13", 3), ("2026-10-21", 1), ("2026-11-03", 1)):
        for _ in range(count):
            done_before(world, world.tang, a, finished, 2)
    found = simulation.simulate(world.database.url, dt.date(2026, 12, 20), "nobody")
    assert load_of(found, "唐可") == {"2026-11-23": 2, "2026-11-30": 2}
    assert load_of(found, "何知远") == {"2026-12-14": 1}
    tang = next(one for one in found.people if one["name"] == "唐可")
    assert tang["weeks"]["2026-11-30"]["kinds"] == {FOLLOW: 1, ESCALATE: 1}
    assert tang["capacity"] == 1  # the median of 3, 1, 1
    assert tang["over"] == ["2026-11-23", "2026-11-30"] and found.figures["over"] == 2
    assert {(row["week"], row["tasks"]) for row in found.weeks} == {
        ("2026-11-23", 2),
        ("2026-11-30", 2),
        ("2026-12-14", 1),
    }
    tasks = [(local(row["at"]), row["label"], row["record"]) for row in found.entries if row["kind"] == "task"]
    assert tasks == [
        ("2026-11-27T09:00", FOLLOW, "HT-a"),
        ("2026-11-29T09:00", FOLLOW, "HT-b"),
        ("2026-11-30T09:00", ESCALATE, "HT-d"),
        ("2026-12-05T09:00", FOLLOW, "HT-c"),
        ("2026-12-16T09:00", EXPIRED, "HT-d"),
    ]  # fmt: skip


def contents(url: str) -> dict[str, Any]:
    """Every row of every table as a digest, and where every sequence stands."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        ).fetchall()
        found: dict[str, Any] = {
            name: connection.execute(
                f"SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {name} t".encode()
            ).fetchone()
            for (name,) in names
        }
        found["sequences"] = connection.execute(
            "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"
        ).fetchall()
        return found


def scratch(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'perennial_simulation_%'")
        return [row[0] for row in rows]


def test_a_simulation_writes_nothing_sends_nothing_and_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.contract("2027-01-25")  # T-60: 11-26
    world.contract("2027-02-25")  # T-90: 11-27
    with world.system() as tx:
        messages.release(tx, "mail")
    before = contents(world.database.url)
    with socket.create_server(("127.0.0.1", 0)) as postbox:
        postbox.settimeout(0)
        monkeypatch.setenv("PERENNIAL_SMTP_URL", f"smtp://127.0.0.1:{postbox.getsockname()[1]}")
        found = simulation.simulate(world.database.url, dt.date(2026, 11, 30), "nobody")
        with pytest.raises(BlockingIOError):
            postbox.accept()
    assert (found.figures["mails"], found.figures["tasks"]) == (1, 1)  # it would have sent, and did work
    assert contents(world.database.url) == before
    assert before["tasks.task"][0] >= 1 and len(before) > 40 and len(before["sequences"]) > 10
    assert scratch(world.database.url) == []


def test_a_failed_run_leaves_no_copy_and_says_why(world: World) -> None:
    def stop(day: dt.date) -> None:
        raise RuntimeError(f"stopped on {day}")

    with pytest.raises(RuntimeError):
        simulation.simulate(world.database.url, JUNE, "nobody", each=stop)
    assert scratch(world.database.url) == []


PROGRAM = """
import datetime, sys
from perennial import simulation
simulation.simulate(sys.argv[1], datetime.date(2027, 6, 1), "nobody")
"""


@pytest.mark.parametrize("place", ["simulation.created", "simulation.copied"])
def test_the_copy_of_a_killed_program_is_swept_by_the_next_run_and_one_in_use_is_not(world: World, place: str) -> None:
    url = world.database.url
    killed = subprocess.run(
        [sys.executable, "-c", PROGRAM, url], env={**os.environ, "PERENNIAL_FAIL_POINT": place}, check=False
    )
    assert killed.returncode == -9
    (left,) = scratch(url)
    with simulation.scratch_copy(url) as used:
        assert simulation.sweep(url) == 1
        (kept,) = scratch(url)
        assert kept != left and used.url.split("dbname=")[1].startswith(kept)
        with used.begin(SYSTEM) as tx:
            assert tx.value("SELECT count(*) FROM people.person") == 4
    assert scratch(url) == []


def test_every_task_is_done_after_the_median_of_the_past_and_the_result_says_so(world: World) -> None:
    old = world.contract("2026-01-31", status="lost", churn_reason="price")
    for finished, days in (("2026-10-13", 1), ("2026-10-14", 2), ("2026-10-15", 6)):
        done_before(world, world.tang, old, finished, days)
    world.contract("2027-02-24")  # T-90: Thursday 2026-11-26
    found = simulation.simulate(world.database.url, dt.date(2026, 12, 2), "median")
    habit = next(one for one in found.assumption["habits"] if one["key"] == "follow_up")
    assert (habit["label"], habit["days"], habit["seen"]) == (FOLLOW, 2.0, 3)
    unseen = next(one for one in found.assumption["habits"] if one["key"] == "expired")
    assert (unseen["seen"], unseen["days"], unseen["outcome"], unseen["outcome_label"]) == (0, 3.0, "renewed", "已续费")
    assert unseen["outcome_label_en"] == "Renewed"
    assert (found.figures["tasks"], found.figures["done"], found.figures["done_before"]) == (1, 1, 0)
    early = simulation.simulate(world.database.url, dt.date(2026, 11, 28), "median")  # two days are not over
    assert (early.figures["tasks"], early.figures["done"]) == (1, 0)


def test_done_counts_tasks_opened_in_the_span_and_those_that_lay_open_apart(world: World) -> None:
    world.contract("2026-12-31")  # late entry: its follow-up is open now
    found = simulation.simulate(world.database.url, dt.date(2026, 12, 1), "median")
    assert (found.figures["tasks"], found.figures["done"], found.figures["done_before"]) == (0, 0, 1)


def test_a_script_says_how_long_each_kind_takes_and_how_it_ends(world: World) -> None:
    made = world.contract("2026-11-24", number="HT-1")  # the day after its end: Wednesday 11-25
    script = [simulation.Line("contract", "expired", 1, "lost")]
    found = simulation.simulate(world.database.url, dt.date(2026, 11, 28), "script", script=script)
    assert [(one["key"], one["days"], one["outcome_label"]) for one in found.assumption["habits"]] == [
        ("expired", 1, "已流失")
    ]
    # asked on Wednesday, lost on Thursday; its other open tasks are not in the script and nobody does them
    assert [(e["label"], e["at"][:10]) for e in found.entries if e["kind"] == "task"] == [(EXPIRED, "2026-11-25")]
    assert (found.figures["tasks"], found.figures["done"], found.figures["done_before"]) == (1, 1, 0)
    with simulation.scratch_copy(world.database.url) as copy:
        with copy.begin(SYSTEM) as tx:
            lines = simulation.scripted(tx, script)
        simulation.play(copy, dt.date(2026, 11, 25), lines)
        assert World(copy).read(made)["status"] == "pending"
        simulation.play(copy, dt.date(2026, 11, 26), lines)
        assert World(copy).read(made)["status"] == "lost"
    nobody = simulation.simulate(world.database.url, dt.date(2026, 11, 28), "nobody")
    assert nobody.figures["done"] == 0 and nobody.assumption["habits"] == []


def test_what_a_held_channel_would_send_is_assumed_to_leave_and_said(world: World) -> None:
    world.contract("2027-01-25")  # T-60: 2026-11-26
    found = simulation.simulate(world.database.url, dt.date(2026, 11, 30), "nobody")
    assert found.assumption["released"] == ["mail"] and found.figures["mails"] == 1
    with world.system() as tx:
        messages.release(tx, "mail")
    found = simulation.simulate(world.database.url, dt.date(2026, 11, 30), "nobody")
    assert found.assumption["released"] == [] and found.figures["mails"] == 1


def test_what_nobody_reacted_to_yet_is_reacted_to_in_the_copy(world: World) -> None:
    given = {"customer": world.customer, "start_date": "2026-01-01", "end_date": "2026-12-31", "owner": world.tang}
    with world.act() as tx:
        made = records.create(tx, "contract", given)
    with simulation.scratch_copy(world.database.url) as copy:
        processes.react(copy)
        processes.drain(copy)
        with copy.begin(SYSTEM) as tx:
            assert tx.value("SELECT count(*) FROM tasks.task WHERE record_id = %(id)s", {"id": made}) >= 1
            assert tx.value("SELECT count(*) FROM changes.reaction") == 0
    assert world.rows("SELECT count(*) AS n FROM changes.reaction")[0]["n"] >= 1


def asked(world: World, until: str = "2026-11-29", people_: Any = "nobody", *script: simulation.Line) -> int:
    with world.act() as tx:
        run_id = simulation.ask(tx, dt.date.fromisoformat(until), people_, script)
    simulation.run(world.database, run_id)
    return run_id


def test_a_run_knows_when_definitions_or_records_are_newer_than_its_copy(world: World) -> None:
    made = world.contract("2027-02-25")
    run_id = asked(world)

    def stale() -> dict[str, Any]:
        with world.system() as tx:
            return simulation.read(tx, run_id)["stale"]

    assert stale() == {"definitions": False, "draft": False, "changes": 0}
    world.change(made, end_date="2027-02-26")
    assert stale() == {"definitions": False, "draft": False, "changes": 1}
    with world.system() as tx:
        tree = next(tree for tree in trees("processes") if tree["process"] == "renewal")
        tree["start"][0]["days"] = -80
        processes.publish(tx, tree)
    assert stale()["definitions"] is True


def test_two_runs_are_compared_and_what_is_the_same_is_told_too(world: World) -> None:
    world.contract("2026-11-26", number="HT-1")  # asked what became of it on Friday 11-27
    first = asked(world, "2026-11-29", "nobody")
    second = asked(world, "2026-11-29", "script", simulation.Line("contract", "expired", 0, "renewed"))
    with world.system() as tx:
        told = simulation.compare(tx, first, second)
    figures = {one["key"]: (one["first"], one["second"]) for one in told["figures"]}
    # renewed that evening: the completion makes the next contract and tells the owner
    assert figures["tasks"] == (1, 1) and figures["done"] == (0, 1) and figures["notices"] == (0, 1)
    assert figures["started"][0] == 0 < figures["started"][1] and figures["mails"] == (0, 0)
    assert told["kinds"] == [
        {"kind": "task", "label": EXPIRED, "first": 1, "second": 1},
        {"kind": "message", "label": "续费完成（通知负责人）", "first": 0, "second": 1},
    ]
    assert [(one["name"], one["tasks"], one["peak"]) for one in told["people"]] == [("何知远", [1, 1], [1, 1])]
    (notice,) = told["records"]
    assert (notice["record"], notice["name"], notice["first"]) == ("HT-1", "唐可", None)
    assert notice["second"] == at("2026-11-27", "18:00") and told["more"] is False
    with world.system() as tx:
        same = simulation.compare(tx, first, first)
    assert same["records"] == [] and all(one["first"] == one["second"] for one in same["figures"])


def test_entries_are_read_by_who_may_read_their_records(world: World) -> None:
    world.contract("2027-02-25", number="HT-1")
    run_id = asked(world)
    with world.database.begin(Actor("person", world.tang, "唐可")) as tx:
        assert {one["record"] for one in simulation.entries(tx, run_id)} == {"HT-1"}
    with world.system() as tx:
        stranger = people.create(tx, "new", "新来的")
    with world.database.begin(Actor("person", stranger, "新来的")) as tx:
        assert simulation.entries(tx, run_id) == []


LINE = simulation.Line("contract", "expired", 1, "lost")
DANCE = simulation.Line("contract", "dance", 1)
WON = simulation.Line("contract", "expired", 1, "won")
EARLY = simulation.Line("contract", "expired", -1)
KNOWN = "已续费、已流失、延期"
TODAY, FAR, NEAR = dt.date(2026, 11, 21), dt.date(2031, 1, 1), dt.date(2027, 1, 1)


@pytest.mark.parametrize(
    ("until", "assumption", "script", "code", "path", "facts"),
    [
        (TODAY, "nobody", [], "until", "until", {"until": TODAY, "today": TODAY, "most": 1098}),
        (FAR, "nobody", [], "until", "until", {"until": FAR, "today": TODAY, "most": 1098}),
        (NEAR, "script", [], "script", "script", {}),
        (NEAR, "median", [LINE], "script", "script", {}),
        (NEAR, "script", [DANCE], "no_kind", "script[0].key", {"kind": "dance", "form": "contract"}),
        (NEAR, "script", [LINE, LINE], "twice", "script[1]", {"kind": EXPIRED}),
        (
            NEAR, "script", [WON], "no_outcome", "script[0].outcome",
            {"outcome": "won", "kind": EXPIRED, "known": KNOWN},
        ),
        (NEAR, "script", [EARLY], "days", "script[0].days", {"days": -1, "kind": EXPIRED, "most": 366}),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_refused_with_its_place(
    world: World, until: dt.date, assumption: Any, script: Any, code: str, path: str, facts: dict[str, Any]
) -> None:
    with world.act() as tx:
        with pytest.raises(Invalid) as caught:
            simulation.ask(tx, until, assumption, script)
        assert (caught.value.code, caught.value.path) == (f"simulation.{code}", path)
        assert caught.value.facts == facts
        assert simulation.runs(tx) == []


def test_a_run_that_is_not_there_or_not_over_is_named(world: World) -> None:
    with world.act() as tx:
        run_id = simulation.ask(tx, JUNE, "nobody")
        for act, code, id_ in (
            (lambda: simulation.read(tx, 77), "simulation.no_run", 77),
            (lambda: simulation.compare(tx, run_id, run_id), "simulation.not_done", run_id),
        ):
            with pytest.raises(Problem) as caught:
                act()
            assert (caught.value.code, caught.value.facts) == (code, {"run": id_})
        assert simulation.unfinished(tx) == [run_id]
