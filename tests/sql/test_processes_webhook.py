"""A webhook: one call per visit, made again until it is taken, refused or given up."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from error_codes import sentence
from webhook_world import VALUES, Receiver, World, receiving, tree

from perennial import processes, records
from perennial.actions import post, private_url, wrong_url
from perennial.kernel import SYSTEM, Database, Invalid, settings
from perennial.simulation.copy import scratch_copy

DAY_MINUTES = 24 * 60


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as it:
        yield it


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This installation may call its own machine."""
    monkeypatch.setenv("PERENNIAL_WEBHOOK_PRIVATE", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_what_is_called_gets_the_values_signed_and_the_branch_goes_on(database: Database, receiver: Receiver) -> None:
    world = World(database, tree(receiver.url()))
    [mine] = world.begin()
    assert (world.stands(mine), receiver.got) == (["call waiting"], [])
    assert world.send() == {"done": 1}
    assert world.stands(mine) == ["told waiting"]
    [(path, headers, body)] = receiver.got
    assert (path, json.loads(body)) == ("/in", {"no": mine, "n": "5", "who": "x", "on": "2027-01-18"})
    secret = world.rows("SELECT secret FROM processes.signing WHERE process = 'random'")[0]["secret"]
    signed = f"{headers['X-Perennial-Timestamp']}.{headers['X-Perennial-Id']}.".encode() + body
    assert headers["X-Perennial-Signature"] == hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Content-Type"] == "application/json"
    call = world.call()
    assert (call["state"], call["status"], call["tries"], len(call["reply"])) == ("done", 200, 1, 4096)
    [step] = world.rows("SELECT s.outcome, s.facts FROM processes.step s")
    assert (step["outcome"], step["facts"]["status"]) == ("sent", 200)
    assert world.send() == {}


def test_a_server_that_has_a_bad_moment_is_asked_again_with_the_same_number(
    database: Database, receiver: Receiver
) -> None:
    receiver.answers[:] = [500, 429, 204]
    world = World(database, tree(receiver.url()))
    [mine] = world.begin()
    assert world.send() == {"retry": 1}
    world.later(0.9)
    assert world.send() == {}  # at least a minute, then at least two
    world.later(0.4)
    assert world.send() == {"retry": 1}
    world.later(1.9)
    assert world.send() == {}
    world.later(0.7)
    assert world.send() == {"done": 1}
    assert world.stands(mine) == ["told waiting"]
    assert len({headers["X-Perennial-Id"] for _, headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 3


@pytest.mark.parametrize("on_error", ["", "broken"])
def test_who_refuses_is_not_asked_again(database: Database, receiver: Receiver, on_error: str) -> None:
    receiver.answers[:] = [400]
    world = World(database, tree(receiver.url(), on_error=on_error))
    [mine] = world.begin()
    assert world.send() == {"failed": 1}
    assert world.stands(mine) == (["broken waiting"] if on_error else ["call parked"])
    world.later(DAY_MINUTES)
    assert (world.send(), len(receiver.got)) == ({}, 1)
    if not on_error:
        [stuck] = world.rows("SELECT code, facts FROM processes.stuck")
        assert sentence(stuck["code"], stuck["facts"]) == (
            f"「127.0.0.1:{receiver.port}」拒收（HTTP 400）。改好之后请重试"
        )


def test_given_up_after_so_many_tries_it_stands_with_its_error_until_somebody_tries_again(
    database: Database, receiver: Receiver
) -> None:
    receiver.answers[:] = [503]
    world = World(database, tree(receiver.url(), tries=2))
    [mine] = world.begin()
    assert world.send() == {"retry": 1}
    world.later(2)
    assert world.send() == {"failed": 1}
    assert world.stands(mine) == ["call parked"]
    [stuck] = world.rows("SELECT code, facts FROM processes.stuck")
    assert sentence(stuck["code"], stuck["facts"]) == (
        f"「127.0.0.1:{receiver.port}」多次没有接收。确认对方恢复之后请重试"
    )
    receiver.answers[:] = [200]
    with database.begin(SYSTEM) as tx:
        processes.retry(tx)
    processes.drain(database)
    assert world.stands(mine) == ["call waiting"]
    assert world.send() == {"done": 1}
    assert world.stands(mine) == ["told waiting"]
    assert len({headers["X-Perennial-Id"] for _, headers, _ in receiver.got}) == 1


def test_a_redirect_is_followed_on_the_same_server_and_nowhere_else(database: Database, receiver: Receiver) -> None:
    with receiving() as other:
        receiver.answers[:] = [(307, {"Location": "/there"}), 200, (308, {"Location": other.url()})]
        world = World(database, tree(receiver.url()))
        first, second = world.begin(2)
        assert world.send() == {"done": 1, "failed": 1}
        stands = [world.stands(first), world.stands(second)]
        assert sorted(stands) == [["call parked"], ["told waiting"]]
        assert other.got == []
        [stuck] = world.rows("SELECT code, facts FROM processes.stuck")
        assert sentence(stuck["code"], stuck["facts"]) == (
            f"「{receiver.url()}」转到了别的地址，为安全起见没有跟过去。请把网址改成新的"
        )


@pytest.mark.parametrize("way", ["hang", "drip", "reset"])
def test_no_answer_is_asked_for_again(receiver: Receiver, way: str) -> None:
    receiver.answers[:] = [way]
    answer = post(receiver.url(), b"{}", {}, private=True, seconds=0.3)
    assert (answer.state, answer.why) == ("again", "unreachable" if way == "reset" else "timeout")
    assert len(receiver.got) == 1


def test_a_server_that_does_not_answer_does_not_hold_up_the_others(database: Database, receiver: Receiver) -> None:
    world = World(database, tree("http://127.0.0.1:1/in"))
    made = world.begin(70)
    assert world.send() == {"retry": 64}  # one batch; the rest is for the next run
    assert world.stands(made[0]) == ["call waiting"]


def test_a_private_address_is_called_only_where_that_is_allowed(
    database: Database, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(database, tree(f"http://localhost.example.com:{receiver.port}/in"))
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("127.0.0.1", receiver.port))])
    monkeypatch.delenv("PERENNIAL_WEBHOOK_PRIVATE")
    settings.cache_clear()
    [mine] = world.begin()
    assert world.send() == {"failed": 1}
    assert (world.stands(mine), receiver.got) == (["call parked"], [])
    for url in ("http://10.1.2.3/", "http://[::1]/x", "https://localhost/", "http://169.254.169.254/latest",
                "http://[::ffff:192.168.0.1]/"):  # fmt: skip
        with database.begin(SYSTEM) as tx:
            [first, *_] = processes.problems(tx, tree(url))
        assert (first.problem.code, first.problem.path) == ("processes.webhook_private", "nodes[0].url")
    assert sentence(first.problem.code, {"url": "http://10.1.2.3/"}) == (
        "「http://10.1.2.3/」在内网，这个系统没有允许向内网发送（PERENNIAL_WEBHOOK_PRIVATE）"
    )


def test_an_address_that_is_none_cannot_be_published(database: Database) -> None:
    world = World(database, tree("https://example.com/in"))
    for url in ("ftp://example.com", "example.com/in", "https://me:secret@example.com/", "https:///in", "http://a b/"):
        assert wrong_url(url), url
        with world.database.begin(SYSTEM) as tx, pytest.raises(Invalid) as caught:
            processes.publish(tx, tree(url))
        assert (caught.value.code, caught.value.path) == ("processes.webhook_url", "nodes[0].url")
    assert sentence("processes.webhook_url", {"url": "ftp://a"}) == (
        "「ftp://a」不是可以发送的网址，请以 http:// 或 https:// 开头，不要把用户名和密码写在里面"
    )
    assert not wrong_url("https://erp.example.com:8443/in?x=1") and not private_url("https://8.8.8.8/")
    wrong = tree("https://example.com/in")
    wrong["nodes"][0]["set"] = {"total": "amont"}
    with world.database.begin(SYSTEM) as tx:
        [first, *_] = processes.problems(tx, wrong)
    assert first.problem.path == "nodes[0].set.total"


def test_a_hold_keeps_a_queued_call_and_what_is_cancelled_or_deleted_is_not_called(
    database: Database, receiver: Receiver
) -> None:
    world = World(database, tree(receiver.url(), cancel_when="flag"))
    held, over, gone, moved = world.begin(4)
    today = 739_000
    with database.begin(SYSTEM) as tx:
        today = tx.today.toordinal()
    world.hold(held, today + 2)
    with database.begin(SYSTEM) as tx:  # committed, and nobody has reacted yet
        records.update(tx, "thing", over, world.read(tx, over)["version"], {"flag": True})
        records.delete(tx, "thing", gone, world.read(tx, gone)["version"])
    assert world.send() == {"held": 2, "cancelled": 1, "done": 1}
    assert [json.loads(body)["no"] for _, _, body in receiver.got] == [moved]
    world.settle()
    with database.begin(SYSTEM) as tx:
        records.restore(tx, "thing", gone)
    world.settle()
    world.tick(today + 2)
    world.send()
    assert sorted(json.loads(body)["no"] for _, _, body in receiver.got) == sorted([moved, held, gone])
    assert (world.stands(held), world.stands(gone), world.stands(over)) == (["told waiting"], ["told waiting"], [])


def test_an_answer_that_comes_in_a_hold_moves_nobody_until_its_end(database: Database, receiver: Receiver) -> None:
    world = World(database, tree(receiver.url()))
    [mine] = world.begin()
    with database.begin(SYSTEM) as tx:
        today = tx.today.toordinal()

    def out(url: str, body: bytes, headers: Any) -> Any:
        world.hold(mine, today + 2)
        return post(url, body, headers, private=True)

    assert processes.send_webhooks(database, wire=out).counts == {"done": 1}
    assert world.stands(mine) == ["call held"]
    world.tick(today + 2)
    assert (world.stands(mine), len(receiver.got)) == (["told waiting"], 1)


def test_who_is_taken_elsewhere_is_not_called_for_and_comes_back_to_its_call(
    database: Database, receiver: Receiver
) -> None:
    world = World(database, tree(receiver.url()))
    [mine] = world.begin()
    plain = tree(receiver.url()) | {"nodes": [{"key": "told", "kind": "task"}]}
    with database.begin(SYSTEM) as tx:
        number = processes.publish(tx, plain).number
    with database.begin(SYSTEM) as tx:
        done = processes.migrate(tx, "random", number, {"call": "told"})
    assert (done.moved, world.stands(mine)) == (1, ["told waiting"])
    assert (world.send(), receiver.got) == ({"cancelled": 1}, [])
    assert done.id is not None
    with database.begin(SYSTEM) as tx:
        processes.undo_migration(tx, done.id)
    assert world.stands(mine) == ["call waiting"]
    assert world.send() == {"done": 1}
    assert world.stands(mine) == ["told waiting"]


def test_a_workspace_whose_clock_is_moved_by_hand_sends_nothing_and_goes_on(
    database: Database, receiver: Receiver
) -> None:
    world = World(database, tree(receiver.url()))
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET kind = 'demo'")
    [mine] = world.begin()
    assert world.stands(mine) == ["told waiting"]
    assert (world.call()["state"], world.send(), receiver.got) == ("recorded", {}, [])
    assert [row["outcome"] for row in world.rows("SELECT outcome FROM processes.step")] == ["recorded"]


def test_in_a_simulation_who_waits_for_an_answer_has_had_it_and_nothing_leaves(
    database: Database, receiver: Receiver
) -> None:
    world = World(database, tree(receiver.url()))
    world.begin()
    with scratch_copy(database.url) as copy:
        processes.tick(copy)
        assert processes.send_webhooks(copy).counts == {}
        with copy.begin(SYSTEM) as tx:
            assert tx.value("SELECT count(*) FROM tasks.task WHERE state = 'open'") == 1
            assert [one.check for one in processes.doctor(tx) if not one.ok] == []
    assert receiver.got == []
    assert world.send() == {"done": 1}


def test_what_was_sent_back_to_an_earlier_step_is_not_called_meanwhile(database: Database, receiver: Receiver) -> None:
    world = World(database, tree(receiver.url()))
    [mine] = world.begin()
    with database.begin(SYSTEM) as tx:  # as a return straight back leaves what it comes back to
        tx.run("UPDATE processes.token SET state = 'frozen', frozen_by = 1")
    assert (world.send(), receiver.got) == ({"held": 1}, [])
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE processes.token SET state = 'ready', frozen_by = NULL, wake_at = %(now)s")
    processes.drain(database)
    assert world.send() == {"done": 1}
    assert world.stands(mine) == ["told waiting"]


def test_a_trial_calls_nobody_and_may_assume_an_answer(database: Database, receiver: Receiver) -> None:
    world = World(database, tree(receiver.url()))
    mine = world.add(VALUES)
    with database.begin(SYSTEM) as tx:
        walk = processes.trial(tx, tree(receiver.url()), mine)
        assert [one.node for one in walk.stands] == ["call"]
        walk = processes.trial(tx, tree(receiver.url()), mine, [processes.Choice("assume", "call")])
        assert [one.node for one in walk.stands] == ["told"]
    assert (world.send(), receiver.got) == ({}, [])


_KILLED = """
import sys
from perennial import processes
from perennial.kernel import Database
database = Database(sys.argv[1])
processes.send_webhooks(database)
"""


@pytest.mark.parametrize(("place", "came"), [("call_attempt_committed", 1), ("call_answered", 2)])
def test_a_call_whose_sender_was_killed_is_made_again_with_the_same_number(
    database: Database, receiver: Receiver, place: str, came: int
) -> None:
    world = World(database, tree(receiver.url()))
    [mine] = world.begin()
    env = {**os.environ, "PERENNIAL_FAIL_POINT": f"processes.{place}"}
    killed = subprocess.run([sys.executable, "-c", _KILLED, database.url], env=env, timeout=60, check=False)
    assert killed.returncode == -9
    assert (world.call()["state"], world.stands(mine)) == ("sending", ["call waiting"])
    assert world.send() == {"uncertain": 1, "done": 1}
    assert world.stands(mine) == ["told waiting"]
    assert len(receiver.got) == came
    assert len({headers["X-Perennial-Id"] for _, headers, _ in receiver.got}) == 1


def test_the_number_of_statements_does_not_grow_with_those_who_call(database: Database, receiver: Receiver) -> None:
    world = World(database, tree(receiver.url()))
    counts: list[int] = []
    for many in (2, 40):
        made = [world.add({"n": 5, "flag": False, "s": "x", "d1": 739_999, "mark": None}) for _ in range(many)]
        with database.begin(SYSTEM) as tx:
            count, run = [0], tx.connection.execute

            def counting(*given: Any, run: Any = run, count: list[int] = count, **more: Any) -> Any:
                count[0] += 1
                return run(*given, **more)

            tx.connection.execute = counting  # type: ignore[method-assign]
            processes.start(tx, "random", made)
            tx.connection.execute = run  # type: ignore[method-assign]
            counts.append(count[0])
    assert counts[0] == counts[1]
