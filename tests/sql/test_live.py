"""Live events over real connections: who is told what, when streams end, and what they cost."""

import importlib
import threading
import time
from collections.abc import Iterator

import pytest
from builders import form, install
from served import Served, served

from perennial import access, changes, people, records
from perennial.kernel import SYSTEM, Database, Tx

STREAMS = 50


def role(key: str, *forms_: str) -> access.Role:
    grant = {"rows": "all", "rights": ["read", "create", "update"], "fields": {"*": "write"}}
    return access.load({"role": key, "label": key, "forms": dict.fromkeys(forms_, grant)})


@pytest.fixture
def world(database: Database) -> Iterator[Served]:
    """mei reads both forms, tang customers alone."""
    with database.begin(SYSTEM) as tx:
        install(tx, form("customer", "name: text", title="name"), form("deal", "name: text", title="name"))
        access.publish(tx, [role("all", "customer", "deal"), role("some", "customer")])
        people.create(tx, "mei", "梅", roles=["all"])
        people.create(tx, "tang", "唐可", roles=["some"])
    with served(database) as world:
        yield world


def write(database: Database, key: str) -> int:
    with database.begin(SYSTEM) as tx:
        made = records.create(tx, key, {"name": "x"})
    database.notify_soon()
    return made


def person(world: Served, account: str) -> int:
    with world.database.begin(SYSTEM) as tx:
        return people.find(tx, account=account).id


def test_a_stream_begins_with_all_and_tells_of_forms_that_may_be_read_and_of_no_others(world: Served) -> None:
    streams = {name: world.client(person(world, name)).listen() for name in ("mei", "tang")}
    assert [one.next() for one in streams.values()] == [("all", {})] * 2
    write(world.database, "deal")
    assert streams["mei"].next() == ("form", {"form": "deal"})
    write(world.database, "customer")
    assert [one.next() for one in streams.values()] == [("form", {"form": "customer"})] * 2


def test_who_is_given_a_task_hears_of_it_and_nobody_else_does(world: Served) -> None:
    mei, tang = (world.client(person(world, name)) for name in ("mei", "tang"))
    streams = {"mei": mei.listen(), "tang": tang.listen()}
    assert [one.next()[0] for one in streams.values()] == ["all"] * 2
    customer = write(world.database, "customer")
    assert [one.next()[0] for one in streams.values()] == ["form"] * 2
    asked = {"form": "customer", "record_id": customer, "title": "a"}
    assert mei.ask("POST", "/api/tasks", asked)[0] == 201
    assert streams["mei"].next() == ("task", {})
    assert mei.ask("POST", "/api/tasks", {**asked, "person_id": person(world, "tang")})[0] == 201
    assert [one.next() for one in streams.values()] == [("task", {})] * 2  # tang's first


def test_a_stream_ends_with_the_session_and_nobody_listens_without_one(world: Served) -> None:
    mei = world.client(person(world, "mei"))
    stream = mei.listen()
    assert stream.next()[0] == "all"
    assert mei.ask("POST", "/api/logout")[0] in (200, 204)
    assert [stream.next(), stream.next()] == [("end", {}), ("", {})]
    status, answer = mei.ask("GET", "/api/live")
    assert (status, answer["error"]["code"]) == (401, "people.logged_out")


def test_a_disabled_persons_stream_ends_and_a_role_that_is_taken_takes_its_events_along(world: Served) -> None:
    mei, tang = (world.client(person(world, name)).listen() for name in ("mei", "tang"))
    assert (mei.next()[0], tang.next()[0]) == ("all", "all")
    with world.database.begin(SYSTEM) as tx:
        people.disable(tx, people.find(tx, account="tang").id)
        people.assign(tx, people.find(tx, account="mei").id, ["some"])
    assert [tang.next(), tang.next()] == [("end", {}), ("", {})]
    write(world.database, "deal")
    write(world.database, "customer")
    assert mei.next() == ("form", {"form": "customer"})


def test_fifty_streams_hold_no_thread_and_no_connection_each_and_all_hear_of_one_write(world: Served) -> None:
    """There are 40 threads and 10 connections for requests: 50 streams that held one would leave none for a write."""
    before = {one.ident for one in threading.enumerate()}
    client = world.client(person(world, "mei"))
    streams = [client.listen() for _ in range(STREAMS)]
    assert [one.next()[0] for one in streams] == ["all"] * STREAMS
    assert sum(one.name == "live" and one.ident not in before for one in threading.enumerate()) == 1
    with world.database.begin(SYSTEM) as tx:
        sessions = tx.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    assert sessions < 20
    at = time.monotonic()
    assert client.ask("POST", "/api/forms/deal", {"values": {"name": "neu"}})[0] == 201
    assert [one.next() for one in streams] == [("form", {"form": "deal"})] * STREAMS
    print(f"{STREAMS} streams told after {time.monotonic() - at:.2f} s, {sessions} connections")
    for one in streams:
        one.close()
    deadline = time.monotonic() + 10
    while world.app.state.live._listeners and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not world.app.state.live._listeners, "closed streams are forgotten"


def test_what_a_slow_browser_has_not_taken_stays_as_small_as_the_list_of_forms(world: Served) -> None:
    stream = world.client(person(world, "mei")).listen()
    assert stream.next()[0] == "all"
    for _ in range(30):  # nobody reads meanwhile
        write(world.database, "deal")
    (listener,) = world.app.state.live._listeners
    assert len(listener.waiting) <= 2
    assert stream.next() == ("form", {"form": "deal"})


def test_many_streams_end_at_once_when_the_server_stops(database: Database, world: Served) -> None:
    stream = world.client(person(world, "mei")).listen()
    assert stream.next()[0] == "all"
    world.app.state.live.close()
    assert stream.next() == ("", {})


def test_every_commit_is_news_once_also_one_that_began_before_a_later_one_ended(world: Served) -> None:
    database = world.database

    def look(before: changes.Look | None) -> tuple[changes.Look, set[str]]:
        with database.begin(SYSTEM) as tx:
            found, ids = changes.news(tx, before)
            return found, {key for key in ("customer", "deal") if access.everything(tx, key).catalog.id(key) in ids}

    now, told = look(None)
    assert told == set()
    with database.begin(SYSTEM) as slow:
        records.create(slow, "deal", {"name": "began first"})
        write(database, "customer")
        now, told = look(now)
        assert told == {"customer"}
        now, told = look(now)
        assert told == set()
    now, told = look(now)
    assert told == {"deal"}, "its number is smaller than one that was told before"
    assert look(now)[1] == set()


def test_a_look_leaves_old_transactions_behind_only_when_all_of_them_have_ended(
    world: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("perennial.changes.news")
    monkeypatch.setattr(module, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(module, "BEHIND", 0)

    def look(tx: Tx, before: changes.Look | None) -> changes.Look:
        return changes.news(tx, before)[0]

    with world.database.begin(SYSTEM) as tx:
        first = look(tx, None)
    with world.database.begin(SYSTEM) as slow:
        records.create(slow, "deal", {"name": "x"})
        with world.database.begin(SYSTEM) as tx:
            second = look(tx, first)  # everything before the first look has ended
        write(world.database, "customer")
        with world.database.begin(SYSTEM) as tx:
            third = look(tx, second)
        assert third.floor == second.floor, "one that runs may have a number that the second look did not see"
    with world.database.begin(SYSTEM) as tx:
        assert look(tx, third).floor > third.floor or look(tx, third).mark != third.mark


def test_a_stream_with_nothing_to_tell_says_that_it_is_there(world: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perennial.http.live.HEARTBEAT_SECONDS", 0.1)
    stream = world.client(person(world, "mei")).listen()
    told = [stream.next()[0] for _ in range(30)]
    assert {"all", "here"} == set(told)
