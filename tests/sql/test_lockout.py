"""Nobody locks themselves out, and two together do not lock out everybody."""

import threading
from typing import Any

import pytest
from error_codes import refused
from web_client import PASSWORD, code, logged_in
from worlds import built_once

from perennial import access, people, processes
from perennial.kernel import SYSTEM, Actor, Database, Denied, Invalid

OWN = "这样会取消你自己的人员管理权限，请让另一位管理员来改"
LAST = "这样就再没有人能管理人员或设计了，请先把这项权限交给另一位同事"


@pytest.fixture
@built_once
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


@pytest.fixture
def clerk(database: Database, two: tuple[int, int]) -> int:
    """Manages people and nothing else."""
    with database.begin(SYSTEM) as tx:
        people.save_role(tx, people.Role("clerk", "人事", may=("people",)))
        people.save_role(tx, people.Role("csm", "客户成功经理"))
        return people.create(tx, "clerk", "方怡", password=PASSWORD, roles=["clerk"])


def test_nobody_gives_a_right_that_they_have_not(database: Database, two: tuple[int, int], clerk: int) -> None:
    given = "你自己没有「设计、导入、放行」权限，不能给别人。请让有这项权限的管理员来改"
    own = "不能给自己增加角色，请让另一位管理员来改"
    with logged_in(database, "clerk") as client:
        made = client.post("/api/colleagues", json={"account": "new", "name": "新同事", "roles": ["csm"]})
        assert made.status_code == 200, "whom the business roles suit is theirs to say"
        new, boss = made.json()["id"], two[0]
        probes = [
            (client.patch(f"/api/colleagues/{clerk}", json={"roles": ["clerk", "business_admin"]}), given),
            (client.patch(f"/api/colleagues/{clerk}", json={"roles": ["clerk", "csm"]}), own),
            (client.patch(f"/api/colleagues/{new}", json={"roles": ["business_admin"]}), given),
            (client.post("/api/colleagues", json={"account": "p", "name": "p", "roles": ["business_admin"]}), given),
            (client.patch(f"/api/colleagues/{boss}", json={"password": "mine from now on"}), given),
        ]
        with database.begin(SYSTEM) as tx:
            people.disable(tx, two[1])
        probes.append((client.post(f"/api/colleagues/{two[1]}/enable"), given))
        assert [(one.status_code, one.json()["error"]["text"]) for one, _ in probes] == [(403, t) for _, t in probes]
        assert client.patch(f"/api/colleagues/{new}", json={"roles": ["clerk"]}).status_code == 200
        assert client.patch(f"/api/colleagues/{new}", json={"password": "theirs from now on"}).status_code == 200
        file = "账号,姓名,角色\nlate,晚来,business_admin\nboss,周予安,business_admin、clerk\n".encode()
        taken = client.post("/api/people-imports", files={"file": ("people.csv", file)}).json()
        told = [(line["account"], line["act"], line["troubles"][0]) for line in taken["lines"] if line["troubles"]]
        assert told == [("late", "refused", "角色：角色「business_admin」有你自己没有的系统权限，不能给别人")]
    with database.begin(SYSTEM) as tx:
        assert people.holders(tx, "business_admin") == [two[0]]


def test_who_designs_puts_no_right_into_a_role_that_they_have_not(database: Database, two: tuple[int, int]) -> None:
    tree = {"role": "designer", "label": "设计", "may": ["design"]}
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(tree)])
        designer = people.create(tx, "designer", "贺一宁", roles=["designer"])
    with database.begin(Actor("person", designer, "")) as tx:
        with pytest.raises(Denied, match=r"people\.beyond_own"), tx.savepoint():
            access.publish(tx, [access.load({**tree, "may": ["design", "release"]})])
        access.publish(tx, [access.load({**tree, "label": "设计人员"})])
