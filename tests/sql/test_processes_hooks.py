"""Somebody outside says that something happened: a hook is an address with a secret, and a wait for its calls."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from error_codes import refused, sentence
from test_processes_arrivals import DAY, VALUES, World, tree
from web_client import TestClient, visitor
from worlds import built_once

from perennial import processes
from perennial.forms import Field
from perennial.kernel import SYSTEM, Database, Reason


def wait(**more: Any) -> dict[str, Any]:
    return {"key": "w", "kind": "wait", "hook": "paid", "limit_days": 10, "on_limit": "late", "next": "came"} | more


@pytest.fixture
@built_once
def world(database: Database) -> World:
    return World(database, tree(wait()))


@pytest.fixture
def client(database: Database) -> Iterator[TestClient]:
    with visitor(database) as outside:
        yield outside


def address(world: World, name: str = "paid", process: str = "random") -> str:
    with world.database.begin(SYSTEM) as tx:
        return f"/api/hooks/{processes.renew_address(tx, process, name)}"


def calls(world: World) -> int:
    with world.database.begin(SYSTEM) as tx:
        return tx.value("SELECT count(*) FROM processes.called")


def test_who_is_called_about_goes_on_and_the_step_says_by_which_call(world: World, client: TestClient) -> None:
    mine, other = world.begin(2)
    reply = client.post(address(world), json={"record": mine, "amount": "12"})
    assert (reply.status_code, reply.json()) == (202, {"state": "accepted"})
    assert world.stands(mine) == ["w"]  # the reaction follows, as it follows everything
    world.settle()
    assert (world.stands(mine), world.stands(other)) == (["came"], ["w"])
    outcome, facts = world.step()
    assert (outcome, facts["hook"]) == ("called", "paid")
    with world.database.begin(SYSTEM) as tx:
        body = tx.value("SELECT body FROM processes.called WHERE id = %(id)s", {"id": facts["call"]})
    assert body == {"record": mine, "amount": "12"}


def test_a_call_that_is_repeated_counts_once(world: World, client: TestClient) -> None:
    [mine] = world.begin()
    to, key = address(world), {"Idempotency-Key": "bank-4711"}
    states = [client.post(to, json={"record": mine}, headers=key).json()["state"] for _ in range(3)]
    assert states == ["accepted", "duplicate", "duplicate"]
    assert client.post(to, json={"record": mine}, headers={"Idempotency-Key": "k" * 5000}).status_code == 202
    assert client.post(to, json={"record": mine}, headers={"Idempotency-Key": "k" * 5000}).json() == {
        "state": "duplicate"
    }
    assert [client.post(to, json={"record": mine}).json()["state"] for _ in range(2)] == ["accepted", "accepted"]
    assert calls(world) == 4


@pytest.mark.parametrize(("since", "stands"), [("here", ["w"]), ("start", ["came"])])
def test_a_call_that_nobody_waits_for_yet_is_kept_for_who_asks_from_the_start(
    database: Database, client: TestClient, since: str, stands: list[str]
) -> None:
    world = World(database, tree({"key": "first", "kind": "task", "next": "w"}, wait(since=since)))
    [mine] = world.begin()
    client.post(address(world), json={"record": mine})
    world.settle()
    world.tick(DAY + 1)
    world.finish(mine, "first", None)
    assert world.stands(mine) == stands


def test_an_address_that_nobody_was_given_is_none_and_the_door_closes_after_many(
    world: World, client: TestClient
) -> None:
    [mine] = world.begin()
    old = address(world)
    new = address(world)
    reply = client.post(old, json={"record": mine})
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "processes.no_such_hook")
    assert reply.json()["error"]["text"] == "没有这个地址。它可能已更换，请向流程管理员索取新的"
    for one in range(49):
        assert client.post(f"/api/hooks/guess{one}", json={"record": mine}).status_code == 404
    reply = client.post("/api/hooks/again", json={"record": mine})
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "people.login_throttled")
    assert client.post(new, json={"record": mine}).status_code == 202  # whoever knows it is not shut out by who guesses
    with world.database.begin(SYSTEM) as tx:
        stored = tx.one("SELECT secret_hash, hint FROM processes.hook")
    assert stored is not None and new.rpartition("/")[2].encode() not in bytes(stored["secret_hash"])
    assert len(stored["hint"]) == 6


def test_an_address_is_of_one_process_and_one_name(database: Database, client: TestClient) -> None:
    world = World(database, tree(wait()))
    with database.begin(SYSTEM, Reason("publish")) as tx:
        processes.publish(tx, tree(wait()) | {"process": "another"})
        processes.publish(tx, tree(wait(hook="signed")) | {"process": "third"})
    [mine] = world.begin()
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "another", [mine])
        processes.start(tx, "third", [mine])
    client.post(address(world), json={"record": mine})
    world.settle()
    assert sorted(world.stands(mine)) == ["came", "w", "w"]
    unused = address(world, "elsewhere")  # no version waits for it
    assert client.post(unused, json={"record": mine}).status_code == 404


WRONG = {
    "hook_body": [
        b"", b"[1]", b"{}", b"\xff", b"[" * 60_000, b'{"record": NaN}', b'{"record": 1, "x": "\\u0000"}',
        b'{"record": 1, "x": "\\ud800"}', b'{"record": [1]}', b'{"record": {"a": 1, "b": 2}}', b'{"record": true}',
    ],
    "hook_record": [b'{"record": 0}', b'{"record": 99999999999999999999999}', b'{"record": 4711}'],
    "hook_field": [b'{"record": {"n": "5"}}', b'{"record": {"nothing": "5"}}', b'{"record": {"id": "1"}}'],
}  # fmt: skip


def test_what_cannot_be_understood_is_refused_with_a_reason_and_changes_nothing(
    world: World, client: TestClient
) -> None:
    world.begin()
    to = address(world)
    for body, code in ((body, code) for code, bodies in WRONG.items() for body in bodies):
        reply = client.post(to, content=body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, f"processes.{code}"), body[:40]
        assert reply.json()["error"]["path"] == "record"
    big = client.post(to, content=json.dumps({"record": 1, "x": "y" * 65_536}).encode())
    assert (big.status_code, big.json()["error"]["code"]) == (413, "http.hook_too_large")
    assert sentence("http.hook_too_large", {"limit_kb": 64}) == "内容超过 64 KB，没有接收"
    assert calls(world) == 0
    assert sentence("processes.hook_record", {"record": "4711", "count": 0}) == "4711 对应 0 条记录，要正好一条"
    assert sentence("processes.hook_field", {"field": "n", "form": "物"}) == (
        "不能用「n」找「物」的记录，请用编号、标题字段或不重复的文本字段"
    )
    assert sentence("processes.hook_body", {}) == (
        '请发送 JSON 对象，用 record 说明是哪条记录：编号，或 {"字段": "值"}'
    )


def test_a_record_is_told_by_its_unique_text(database: Database, client: TestClient) -> None:
    from builders import form, install

    world = World(database, tree(wait()))
    with database.begin(SYSTEM, Reason("publish")) as tx:
        extra = Field(key="code", label="编号", kind="text", unique=True)
        install(tx, form("thing", "n: number", "flag: yes_no", "s: text", "d1: date", "mark: text", "owner: person",
                         extra))  # fmt: skip
    first, second = world.add({**VALUES, "code": "A-1"}), world.add({**VALUES, "code": "A-2"})
    with database.begin(SYSTEM) as tx:
        processes.start(tx, "random", [first, second])
    assert client.post(address(world), json={"record": {"code": "A-2"}}).status_code == 202
    assert client.post(address(world), json={"record": {"code": "A-3"}}).status_code == 422
    world.settle()
    assert (world.stands(first), world.stands(second)) == (["w"], ["came"])


def test_a_deleted_record_is_not_called_about_and_a_hold_only_puts_a_call_off(world: World, client: TestClient) -> None:
    from perennial import records

    mine, gone = world.begin(2)
    to = address(world)
    world.hold(mine, DAY + 2)
    with world.database.begin(SYSTEM) as tx:
        records.delete(tx, "thing", gone, world.read(tx, gone)["version"])
    assert client.post(to, json={"record": gone}).json()["error"]["code"] == "processes.hook_record"
    assert client.post(to, json={"record": mine}).status_code == 202
    world.settle()
    assert world.stands(mine) == ["w"]
    world.tick(DAY + 2)
    assert world.stands(mine) == ["came"]


def test_a_call_that_cannot_be_followed_is_left_after_five_times_and_shown(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perennial.processes import hooks

    good, bad = world.begin(2)
    to = address(world)
    for one in (bad, good):
        client.post(to, json={"record": one})
    follow = hooks._follow

    def failing(tx: Any, rows: Any) -> Any:
        if any(row["record_id"] == bad for row in rows):
            raise RuntimeError("no")
        return follow(tx, rows)

    monkeypatch.setattr(hooks, "_follow", failing)
    for _ in range(6):
        world.settle()
    assert world.rows_stand(good) == ["came"]
    with world.database.begin(SYSTEM) as tx:
        found = {one.check: one.count for one in processes.doctor(tx) if not one.ok}
        assert tx.value("SELECT attempts FROM processes.called WHERE handled_at IS NULL") == 5
    assert found == {"parked_calls": 1}


def test_a_hook_has_a_name_that_can_stand_in_an_address(world: World) -> None:
    with world.database.begin(SYSTEM) as tx:
        [first, *_] = processes.problems(tx, tree(wait(hook="到账")))
        assert (first.problem.code, first.problem.path) == ("processes.key", "nodes[0].hook")
        with refused("processes.key", "「到账」不能作为标识，请用小写字母、数字和下划线，字母开头", path="name"):
            processes.renew_address(tx, "random", "到账")
