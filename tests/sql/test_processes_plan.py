"""The plan is a query, the ledger is fact, and the proof line adds up."""

import datetime as dt

import pytest
from process_world import World, at, found
from web_client import PASSWORD, logged_in

from perennial import people, processes
from perennial.kernel import Database

TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def world(database: Database) -> World:
    return found(database)


def plan(world: World, contract: int, days: int = 400) -> list[tuple[str, str, bool]]:
    with world.system() as tx:
        rows = processes.plan(
            tx, tx.now + dt.timedelta(days=days), form="contract", record_id=contract, process="renewal"
        )
    return [
        (row["key"], row["due_at"].astimezone(at(TODAY).tzinfo).strftime("%Y-%m-%d %H:%M"), row["certain"])
        for row in rows
    ]


def test_the_plan_of_a_contract_before_t_90_is_its_start_and_the_expected_waits(world: World) -> None:
    contract = world.imported("2027-03-31")  # T-90 is 2026-12-31
    assert plan(world, contract) == [
        ("t90", "2026-12-31 09:00", True),
        ("wait_t60", "2027-01-30 09:00", False),
        ("wait_t45", "2027-02-14 09:00", False),
        ("wait_t15", "2027-03-16 09:00", False),
        ("wait_end", "2027-04-01 09:00", False),
    ]


def test_dates_that_tokens_wait_for_are_certain_and_those_behind_a_task_are_expected(world: World) -> None:
    contract = world.imported("2027-01-31")
    assert plan(world, contract) == [
        ("wait_t60", "2026-12-02 09:00", True),
        ("wait_t45", "2026-12-17 09:00", False),
        ("wait_t15", "2027-01-16 09:00", True),
        ("wait_end", "2027-02-01 09:00", True),
    ]


def test_an_edit_of_the_date_shows_old_plan_against_new_and_writes_nothing(world: World) -> None:
    contract = world.imported("2027-03-31")
    with world.act() as tx:
        version = world.read_in(tx, contract)["version"]
        shown = processes.preview_change(tx, "contract", contract, version, {"end_date": "2027-04-10"})
    assert [row["due_at"].date().isoformat() for row in shown["added"] if row["key"] == "t90" and row["wanted"]] == [
        "2027-01-10"
    ]
    assert [row["due_at"].date().isoformat() for row in shown["dropped"] if row["key"] == "t90" and row["wanted"]] == [
        "2026-12-31"
    ]
    assert str(world.read(contract)["end_date"]) == "2027-03-31"


def test_an_import_is_previewed_by_what_its_records_would_set_off_now(world: World) -> None:
    contract = world.imported("2026-12-01", answer="none")
    assert world.tasks(contract) == []
    with world.system() as tx:
        listed = processes.uncovered(tx)
        tx.run("DELETE FROM processes.uncovered")
        shown = processes.preview(tx, "contract", [contract])
        tx.connection.rollback()
    assert [(row["record_id"], row["reason"]) for row in listed] == [(contract, "import")]
    assert {(row["node"], row["kind"], row["outward"], row["count"]) for row in shown} >= {
        ("follow_up", "task", False, 1), ("escalate", "task", False, 1), ("director_notice", "notify", False, 1),
        ("intent_mail", "notify", True, 1),
    }  # fmt: skip
    assert world.tasks(contract, None) == []


@pytest.mark.parametrize(
    ("answer", "mails"), [("tasks", []), ("latest", ["first_reminder"]), ("all", ["intent", "first_reminder"])]
)
def test_an_import_sends_what_its_answer_says(world: World, answer: str, mails: list[str]) -> None:
    with world.system() as tx:
        tree = next(processes.dump(one) for one in processes.current(tx) if one.key == "renewal")
        lines = next(node for node in tree["nodes"] if node["key"] == "lines")
        lines["branches"] = ["wait_t60", "wait_t45", "wait_t15", "follow_up", "wait_end"]
        next(node for node in tree["nodes"] if node["key"] == "follow_up")["next"] = "end"
        processes.publish(tx, tree)
    contract = world.imported("2026-12-26", answer=answer)  # T-35
    assert world.mails(contract) == mails


def test_the_proof_line_adds_up_and_the_doctor_is_content(world: World) -> None:
    for days in (-3, 10, 40, 70, 95, 120):
        world.imported(TODAY + dt.timedelta(days=days))
    world.until("2026-12-31")
    with world.system() as tx:
        proof = processes.proof(tx, at(TODAY))
        assert proof.owed == proof.fired + proof.late + proof.skipped + proof.held + proof.missing
        assert proof.missing == 0
        assert proof.fired > 0
        assert [one.check for one in processes.doctor(tx) if not one.ok] == []


def test_the_doctor_finds_a_decision_that_was_lost_and_a_forgotten_record(world: World) -> None:
    contract = world.imported("2027-03-01")
    world.until("2026-12-15")
    with world.system() as tx:
        tx.run("DELETE FROM processes.decision WHERE record_id = %(id)s AND trigger_id IS NOT NULL", {"id": contract})
        tx.run("DELETE FROM processes.instance WHERE record_id = %(id)s", {"id": contract})
        bad = {one.check for one in processes.doctor(tx) if not one.ok}
        tx.connection.rollback()
    assert {"missed_occurrence", "forgotten_record", "token_without_instance"} <= bad


def test_what_is_missing_in_the_ledger_is_counted_by_the_proof_line(world: World) -> None:
    contract = world.imported("2027-03-01")
    world.until("2026-12-15")
    with world.system() as tx:
        tx.run("DELETE FROM processes.decision WHERE record_id = %(id)s AND trigger_id IS NOT NULL", {"id": contract})
        assert processes.proof(tx, at(TODAY)).missing == 2  # renewal and auto_renewal both owe one for T-90
        tx.connection.rollback()


def test_plan_ledger_holds_and_tasks_over_http(world: World) -> None:
    contract = world.imported("2027-01-31")
    with world.system() as tx:
        people.set_password(tx, world.tang, PASSWORD)
        people.set_password(tx, world.zhou, PASSWORD)
    with logged_in(world.database, "tang") as client:
        mine = client.get("/api/tasks").json()
        assert [(task["label"], task["record_id"], task["found_by"]) for task in mine] == [
            ("续费跟进", contract, "named")
        ]
        assert mine[0]["customer"] == "厦门屿岸"
        assert mine[0]["values"] == {"intent": None, "intent_checked_on": None, "forecast_amount": None}
        refused = client.post(f"/api/tasks/{mine[0]['id']}/finish", json={"values": {}})
        assert (refused.status_code, refused.json()["error"]["text"]) == (422, "请填写续费意向")
        done = client.post(
            f"/api/tasks/{mine[0]['id']}/finish", json={"values": {"intent": "yes"}, "version": mine[0]["version"]}
        )
        assert done.status_code == 200, done.text
        assert client.get("/api/tasks").json() == []
        assert client.get("/api/plan?days=100").json()[0]["key"] == "wait_t60"
        assert client.get("/api/workbench").json()["proof"]["missing"] == 0
        assert client.get("/api/doctor").status_code == 403
    with logged_in(world.database, "zhou") as client:
        made = client.post(
            "/api/holds",
            json={"form": "contract", "record_id": contract, "until": "2026-12-20T09:00", "reason": "搬迁"},
        )
        assert made.status_code == 200, made.text
        assert [one["reason"] for one in client.get("/api/holds").json()] == ["搬迁"]
        assert all(one["held"] for one in client.get(f"/api/plan?form=contract&record_id={contract}").json())
        assert client.post(f"/api/holds/{made.json()['id']}/end").status_code == 200
        assert client.get("/api/holds").json() == []
        picture = client.get("/api/processes/renewal").json()
        assert {node["key"]: node["here"] for node in picture["nodes"]}["wait_t60"] == 1
        assert {one["key"] for one in client.get("/api/processes").json()} >= {"renewal", "auto_renewal", "completion"}
        assert [one["ok"] for one in client.get("/api/doctor").json() if one["alarm"]].count(False) == 0
        assert client.get("/api/ledger").status_code == 200
        assert client.get(f"/api/forms/contract/{contract}/processes").json()["instances"][0]["process"] == "renewal"
