"""Nobody locks themselves out, and two together do not lock out everybody."""

import threading
from typing import Any

import pytest
from error_codes import refused
from web_client import PASSWORD, code, logged_in

from perennial import access, people, processes
from perennial.kernel import SYSTEM, Actor, Database, Invalid

OWN = "这样会取消你自己的人员管理权限，请让另一位管理员来改"
LAST = "这样就再没有人能管理人员或设计了，请先把这项权限交给另一位同事"


@pytest.fixture
def two(database: Database) -> tuple[int, int]:
    """Both administrators, and nobody else is."""
    with database.begin(SYSTEM) as tx:
        first = people.first_administrator(tx, "boss", "周予安", PASSWORD)
        return first, people.create(tx, "deputy", "何知远", password=PASSWORD, roles=["business_admin"])


def test_two_administrators_who_take_each_others_rights_at_once_leave_one(
    database: Database, two: tuple[int, int]
) -> None:
    told: list[Any] = []

    def second() -> None:
        try:
            with database.begin(Actor("person", two[1], "")) as tx:
                people.assign(tx, two[0], [])
        except Invalid as error:
            told.append(error.code)

    with database.begin(Actor("person", two[0], "")) as tx:
        people.assign(tx, two[1], [])
        beside = threading.Thread(target=second)
        beside.start()
        beside.join(0.3)
        assert beside.is_alive(), "one such change at a time"
    beside.join(10)
    assert told == ["people.last_administrator"]
    with database.begin(SYSTEM) as tx:
        assert people.holders(tx, "business_admin") == [two[0]]
        with refused("people.last_administrator", LAST, path="roles"):
            people.disable(tx, two[0])


def test_a_role_keeps_who_publishes_it_in_the_house(database: Database, two: tuple[int, int]) -> None:
    designer = {"role": "business_admin", "label": "业务管理员", "may": ["design"]}
    keeper = {"role": "business_admin", "label": "业务管理员", "may": ["people"]}
    with database.begin(Actor("person", two[0], "")) as tx:
        with refused("people.own_rights", OWN, path="roles"), tx.savepoint():
            access.publish(tx, [access.load(designer)])
        with pytest.raises(Invalid, match=r"access\.own_administration"), tx.savepoint():
            access.publish(tx, [access.load(keeper)])
        with pytest.raises(Invalid, match=r"access\.own_administration"), tx.savepoint():
            access.publish(tx, [], removed=["business_admin"])
        both = [{**designer, "role": "other", "may": ["people"]}, designer]
        people.assign(tx, two[0], ["business_admin"])
        with pytest.raises(Invalid, match=r"people\.own_rights"), tx.savepoint():
            access.publish(tx, [access.load(one) for one in both])
    with database.begin(SYSTEM) as tx, refused("people.last_administrator", LAST, path="roles"):
        access.publish(tx, [access.load(keeper)])  # as `perennial apply` would


def test_a_handover_that_brought_my_rights_is_not_undone_by_me(database: Database, two: tuple[int, int]) -> None:
    with database.begin(SYSTEM) as tx:
        people.assign(tx, two[1], [])
        heir = people.create(tx, "heir", "唐可", password=PASSWORD)
        number = processes.hand_over(tx, two[0], [processes.Share(heir)])
    with logged_in(database, "heir") as client:
        assert client.post(f"/api/colleagues/{two[0]}/disable").status_code == 200
        assert code(client.post(f"/api/handovers/{number}/undo")) == (422, "people.own_rights")
        assert "people" in client.get("/api/me").json()["may"]


def test_an_import_that_brought_my_rights_is_not_undone_by_me(database: Database, two: tuple[int, int]) -> None:
    with database.begin(SYSTEM) as tx:
        people.create(tx, "tang", "唐可", password=PASSWORD)
    sent = {"file": ("名单.csv", "账号,角色\ntang,业务管理员\n".encode())}
    with logged_in(database, "boss") as client, logged_in(database, "tang") as other:
        done = client.post("/api/people-imports", files=sent).json()
        assert code(other.post(f"/api/people-imports/{done['id']}/undo")) == (422, "people.own_rights")
        assert client.post(f"/api/people-imports/{done['id']}/undo").json() == {"kept": 0}
        assert other.get("/api/colleagues").status_code == 403
