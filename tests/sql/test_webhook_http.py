"""What designers see and do: addresses of hooks, what signs webhooks, the log of their calls."""

from collections.abc import Iterator

import pytest
from error_codes import refused
from test_processes_hooks import wait
from web_client import PASSWORD, TestClient, logged_in
from webhook_world import Receiver, World, receiving, tree

from perennial import people, processes
from perennial.kernel import SYSTEM, Database, settings


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("PERENNIAL_WEBHOOK_PRIVATE", "1")
    settings.cache_clear()
    with receiving() as it:
        yield it
    settings.cache_clear()


@pytest.fixture
def world(database: Database, receiver: Receiver) -> World:
    world = World(database, tree(receiver.url(), tries=1))
    with database.begin(SYSTEM) as tx:
        people.save_role(tx, people.Role("designer", "设计", may=("design",)))
        people.create(tx, "zhou", "周予安", password=PASSWORD, roles=["designer"])
        processes.publish(tx, tree(receiver.url(), tries=1) | {"process": "other"})
    return world


@pytest.fixture
def designer(database: Database, world: World) -> Iterator[TestClient]:
    with logged_in(database, "zhou") as client:
        yield client


def test_the_address_of_a_hook_is_shown_once_and_renewed_on_demand(world: World, designer: TestClient) -> None:
    waits = tree("https://example.com") | {
        "nodes": [wait(), {"key": "came", "kind": "task"}, {"key": "late", "kind": "task"}]
    }
    with world.database.begin(SYSTEM) as tx:
        processes.publish(tx, waits)
    [mine] = world.begin()
    assert designer.get("/api/processes/random/hooks").json() == []
    first = designer.post("/api/processes/random/hooks/paid").json()["path"]
    second = designer.post("/api/processes/random/hooks/paid").json()["path"]
    assert first != second
    assert designer.post(first, json={"record": mine}).status_code == 404
    assert designer.post(second, json={"record": mine}).status_code == 202
    [listed] = designer.get("/api/processes/random/hooks").json()
    assert (listed["name"], listed["calls"], listed["made_by"]["label"]) == ("paid", 1, "周予安")
    assert second.rpartition("/")[2].startswith(listed["hint"]) and second not in str(listed)


def test_what_signs_is_shown_to_designers_and_renewed(world: World, designer: TestClient, receiver: Receiver) -> None:
    from perennial.processes.webhooks import signature

    assert designer.get("/api/processes/random/signing").json() == {"secret": None, "made_at": None}
    secret = designer.post("/api/processes/random/signing").json()["secret"]
    world.begin()
    world.send()
    [(_, headers, body)] = receiver.got
    at, key = int(headers["X-Perennial-Timestamp"]), headers["X-Perennial-Id"]
    assert headers["X-Perennial-Signature"] == signature(secret, at, key, body.decode())
    assert designer.get("/api/processes/random/signing").json()["secret"] == secret


def test_the_log_says_what_became_of_each_call_and_a_failed_one_is_tried_again(
    world: World, receiver: Receiver, database: Database
) -> None:
    receiver.answers[:] = [404, 200]
    world.begin(2)
    assert world.send() == {"done": 1, "failed": 1}
    with database.begin(SYSTEM) as tx:
        [failed] = processes.webhook_calls(tx, "random", state="failed")
        [done] = processes.webhook_calls(tx, "random", state="done", node="call")
        assert (failed["status"], failed["tries"], failed["again"], len(failed["reply"])) == (404, 1, True, 4096)
        assert (done["status"], done["again"]) == (200, False)
        with refused("processes.no_such_call", f"找不到第 {failed['id']} 次发送，或你没有查看权限"):
            processes.call_again(tx, "other", failed["id"])
        with refused("processes.call_over", f"第 {done['id']} 次发送已经有结果，不能再重试"):
            processes.call_again(tx, "random", done["id"])
        processes.call_again(tx, "random", failed["id"])
    assert world.send() == {"done": 1}
    with database.begin(SYSTEM) as tx:
        assert [one["state"] for one in processes.webhook_calls(tx, "random")] == ["done", "done"]


def test_the_log_tells_only_of_records_that_one_may_read(world: World, designer: TestClient) -> None:
    world.begin(2)
    assert designer.get("/api/processes/random/calls").json() == []  # a designer without a right to the form
    with world.database.begin(SYSTEM) as tx:
        [first, _] = processes.webhook_calls(tx, "random")
    reply = designer.post(f"/api/processes/random/calls/{first['id']}/retry")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "processes.no_such_call")
    with world.database.begin(SYSTEM) as tx:
        assert len(processes.webhook_calls(tx, "random")) == 2
        assert len(processes.webhook_calls(tx, "random", limit=1)) == 1
        [last] = processes.webhook_calls(tx, "random", before=processes.webhook_calls(tx, "random")[0]["id"])
        assert last["state"] == "queued" and last["again"]
