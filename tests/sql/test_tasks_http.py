"""Tasks over HTTP: many at once with each refusal in words, one notice per colleague, and nothing of hidden records."""

from collections.abc import Iterator

import process_world
import pytest
from process_world import World
from web_client import PASSWORD, TestClient, code, logged_in
from worlds import built_once

from perennial import access, people, records
from perennial.kernel import Database

NARROW = {"role": "narrow", "label": "组长", "forms": {}}


@pytest.fixture
@built_once
def world(database: Database) -> World:
    """he, head of tang's department, reads nothing; tang has two contracts with a task each."""
    made = process_world.found(database)
    with made.system() as tx:
        access.publish(tx, [access.load(NARROW)])
        for one in (made.tang, made.he, made.zhou):
            people.set_password(tx, one, PASSWORD)
        people.assign(tx, made.he, ["narrow"])
    for end in ("2027-01-15", "2027-01-16"):
        made.contract(end)
    return made


@pytest.fixture
def tang(world: World) -> Iterator[TestClient]:
    with logged_in(world.database, "tang") as client:
        yield client


def test_a_supervisor_shares_out_urges_and_takes_back_without_learning_what_they_may_not_read(
    world: World, tang: TestClient
) -> None:
    name = world.read(world.customer, "customer")["name"]
    mine = tang.get("/api/tasks/inbox").json()["rows"]
    assert len(mine) == 2
    assert {row["customer"] for row in mine} == {name}
    assert [row["basis"] for row in mine] == ["2027-01-15", "2027-01-16"]
    assert {row["process"] for row in mine} == {"renewal"}
    with logged_in(world.database, "he") as he:
        team = he.get("/api/tasks/inbox?view=team").json()["rows"]
        assert [row["id"] for row in team] == [row["id"] for row in mine]
        for row in team:
            assert (row["title"], row["proposal"], row["basis"], row.get("record_title")) == (
                row["label"],
                None,
                None,
                None,
            )
        assert he.get("/api/tasks/inbox?view=team", params={"search": name}).json()["rows"] == []
        assert [one["open"] for one in he.get("/api/tasks/team").json()["people"]] == [2]
        targets = he.post("/api/tasks/targets", json={"ids": [row["id"] for row in team]}).json()
        assert {"id": world.zhou, "readable": 2} in targets
        assert world.he not in [one["id"] for one in targets]
        to = [{"id": team[0]["id"], "to": world.zhou}, {"id": team[1]["id"], "to": world.he}]
        moved = he.post("/api/tasks/transfer", json={"moves": to}).json()
        assert moved["done"] == [team[0]["id"]]
        assert [(one["id"], one["code"]) for one in moved["refused"]] == [(team[1]["id"], "tasks.cannot_read")]
        assert "没有查看" in moved["refused"][0]["text"]
        assert he.post("/api/tasks/urge", json={"ids": [team[1]["id"]]}).json()["refused"] == []
        assert he.post(f"/api/tasks/acts/{moved['act']}/undo").json() == {"kept": 0}
    told = [(one["what"], one["number"]) for one in tang.get("/api/notices").json()["rows"] if one["what"]]
    assert told == [("urged", 1), ("taken", 1)]


def test_many_are_finished_with_one_outcome_and_who_cannot_be_is_named(world: World, tang: TestClient) -> None:
    first, second = tang.get("/api/tasks/inbox").json()["rows"]
    with world.system() as tx:
        tx.run("UPDATE tasks.task SET assignee_id = %(id)s WHERE id = %(task)s", {"id": world.he, "task": second["id"]})
    sent = {"ids": [first["id"], second["id"], 999], "values": {"intent": "yes"}}
    reply = tang.post("/api/tasks/finish", json=sent).json()
    codes = {one["id"]: one["code"] for one in reply["refused"]}
    assert (reply["done"], codes) == ([first["id"]], {second["id"]: "tasks.not_yours", 999: "tasks.no_such"})


def test_the_calendar_shows_what_is_due_and_what_is_expected_for_my_records_alone(
    world: World, tang: TestClient
) -> None:
    made = tang.post(
        "/api/tasks", json={"form": "customer", "record_id": world.customer, "title": "寄合同", "due_on": "2026-12-01"}
    )
    assert made.status_code == 201
    found = tang.get("/api/tasks/calendar?since=2026-11-21&until=2027-01-20").json()
    assert found["days"]["2026-12-01"] == 1
    assert found["tasks"][-1]["title"] == "寄合同"
    assert {one["process"] for one in found["steps"]} == {"renewal"}
    assert all(one["record_title"] for one in found["steps"])
    with world.act() as tx:
        for row in found["steps"]:
            records.update(
                tx, "contract", row["record_id"], world.read(row["record_id"])["version"], {"owner": world.zhou}
            )
            break
    less = tang.get("/api/tasks/calendar?since=2026-11-21&until=2027-01-20").json()
    assert {row["record_id"] for row in less["steps"]} < {row["record_id"] for row in found["steps"]}
    assert (
        code(tang.get(f"/api/tasks/calendar?since=2026-11-21&until=2026-11-22&person={world.he}"))[1]
        == "tasks.not_team"
    )
    assert code(tang.get("/api/tasks/calendar?since=2026-11-21&until=2027-11-22"))[1] == "tasks.calendar_span"


def test_finishing_many_asks_each_for_what_it_needs(world: World, tang: TestClient) -> None:
    both = [row["id"] for row in tang.get("/api/tasks/inbox").json()["rows"]]
    reply = tang.post("/api/tasks/finish", json={"ids": both}).json()
    assert (reply["done"], [one["code"] for one in reply["refused"]]) == ([], ["tasks.required", "tasks.required"])
    assert len(tang.get("/api/tasks/inbox").json()["rows"]) == 2
