"""Who manages people, and who does not."""

import pytest
from web_client import PASSWORD, logged_in, visitor
from worlds import built_once

from perennial import people
from perennial.kernel import SYSTEM, Database


@pytest.fixture
@built_once
def boss(database: Database) -> int:
    with database.begin(SYSTEM) as tx:
        people.create(tx, "worker", "员工", password=PASSWORD)
        return people.create(tx, "boss", "老板", password=PASSWORD, roles=["business_admin"])


def test_an_administrator_adds_a_colleague_who_can_then_log_in(database: Database, boss: int) -> None:
    with logged_in(database, "boss") as client:
        unit = client.post("/api/departments", json={"key": "sales", "name": "销售"}).json()
        new = {"account": "li", "name": "李", "password": PASSWORD, "department_id": unit, "superior_id": boss}
        person = client.post("/api/colleagues", json=new).json()
        assert (person["department"], person["superior_id"], person["active"]) == ("销售", boss, True)
        taken = client.post("/api/colleagues", json=new)
        assert (taken.status_code, taken.json()["error"]["path"]) == (422, "account")
        assert client.patch(f"/api/colleagues/{person['id']}", json={"phone": "138"}).json()["name"] == "李"
        with logged_in(database, "li") as other:
            assert other.get("/api/me").json()["department"] == "销售"
            assert client.post(f"/api/colleagues/{person['id']}/disable").json()["active"] is False
            assert other.get("/api/me").status_code == 401


def test_nobody_locks_themselves_out(database: Database, boss: int) -> None:
    with logged_in(database, "boss") as client:
        refused = client.patch(f"/api/colleagues/{boss}", json={"roles": []})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "people.own_rights")
        assert client.post(f"/api/colleagues/{boss}/disable").json()["error"]["code"] == "people.disable_self"
        assert client.get("/api/me").json()["may"] != []


def test_who_does_not_manage_people_changes_nobody(database: Database, boss: int) -> None:
    with logged_in(database, "worker") as client:
        for method, path in (("GET", "/api/colleagues"), ("POST", "/api/colleagues"), ("GET", "/api/roles"),
                             ("PATCH", f"/api/colleagues/{boss}"), ("POST", f"/api/colleagues/{boss}/disable"),
                             ("PATCH", "/api/workspace")):  # fmt: skip
            refused = client.request(method, path, json=None if method == "GET" else {})
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "people.may"), path
        assert [person["name"] for person in client.get("/api/people").json()] == ["老板", "员工"]


def test_nothing_but_the_front_door_is_open_to_nobody(database: Database) -> None:
    with visitor(database) as client:
        paths = client.get("/api/openapi.json").json()["paths"]
        front = {
            "/api/state",
            "/api/login",
            "/api/demo-login",
            "/api/setup",
            "/api/hooks/{secret}",
            "/api/callbacks/{channel}",
            "/api/opt-out/{token}",
            "/api/entrances",
        }
        for path, methods in paths.items():
            if path in front:
                continue
            for method in methods:
                reply = client.request(method.upper(), path.replace("{", "").replace("}", ""), json={})
                assert reply.status_code in (401, 422), f"{method} {path} {reply.status_code}"
