"""Counts are what the reader may read, and every count opens exactly its records."""

import datetime as dt

import pytest
from process_world import World, at, found
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people, processes, records
from perennial.kernel import Database, Missing

TODAY = dt.date(2026, 11, 21)


@pytest.fixture
@built_once
def world(database: Database) -> World:
    """xu, a salesperson, sells to one customer with two contracts; three more belong to another customer."""
    world = found(database)
    with world.system() as tx:
        world.xu = people.create(tx, "xu", "徐行", roles=["sales"])
        for person in (world.xu, world.zhou):
            people.set_password(tx, person, PASSWORD)
    with world.act() as tx:
        hers = records.create(tx, "customer", {"name": "苏州云岭", "csm": world.tang, "sales": world.xu})
    for days in (95, 70):
        world.imported(TODAY + dt.timedelta(days=days), customer=hers)
    for days in (96, 70, 40):
        world.imported(TODAY + dt.timedelta(days=days))
    world.until(TODAY + dt.timedelta(days=12))
    return world


def mine(world: World, sql: str) -> list[int]:
    """Of xu's contracts, by hand."""
    rows = world.rows(
        f"SELECT x.record_id FROM ({sql}) x JOIN data_read.contract c ON c.id = x.record_id"
        "  JOIN data_read.customer k ON k.id = c.customer WHERE k.sales = %(xu)s ORDER BY 1", xu=world.xu)  # fmt: skip
    return [row["record_id"] for row in rows]


DECIDED = "SELECT d.record_id, d.outcome FROM processes.decision d WHERE d.due_at >= '2026-11-21 00:00+08'"


def test_the_proof_line_of_a_salesperson_counts_their_own_records(world: World) -> None:
    with world.act(world.xu) as tx:
        proof = processes.proof(tx, at(TODAY, "00:00"))
        ledger = processes.ledger(tx, since=at(TODAY, "00:00"), limit=1000)
    with world.act() as tx:
        whole = processes.proof(tx, at(TODAY, "00:00"))
    own = mine(world, DECIDED)
    assert proof.owed == len(own) == len(ledger) > 0
    assert proof.fired + proof.late == len(mine(world, f"{DECIDED} AND d.outcome IN ('fired', 'late')"))
    assert proof.skipped == sum(proof.reasons.values()) == len(mine(world, f"{DECIDED} AND d.outcome = 'skipped'"))
    assert whole.owed == len(world.rows(DECIDED)) > proof.owed


def test_what_is_missing_or_forgotten_elsewhere_is_not_told_to_a_salesperson(world: World) -> None:
    lost = max(
        row["id"] for row in world.rows("SELECT id FROM data_read.contract WHERE customer = %(c)s", c=world.customer)
    )
    others = (
        "SELECT min(id) FROM processes.instance WHERE record_id <> %(id)s"
        "   AND record_id IN (SELECT id FROM data_read.contract WHERE customer = %(c)s)"
    )
    with world.system() as tx:
        tx.run("DELETE FROM processes.instance WHERE record_id = %(id)s", {"id": lost})
        tx.run(
            "UPDATE processes.token SET wake_at = %(now)s::timestamptz - interval '1 day'"
            f" WHERE instance_id = ({others})",
            {"id": lost, "c": world.customer},
        )
    with world.act(world.xu) as tx:
        seen = processes.proof(tx, at(TODAY, "00:00"))
        listed = processes.uncovered(tx)
        doctor = {one.check: one.count for one in processes.doctor(tx)}
    with world.act() as tx:
        whole = processes.proof(tx, at(TODAY, "00:00"))
    assert (seen.missing, seen.uncovered, listed) == (0, 0, [])
    assert whole.missing > 0
    assert whole.uncovered == 1
    assert (doctor["forgotten_record"], doctor["overdue_token"]) == (1, whole.missing)  # the law is checked over all


def test_the_picture_the_list_and_the_workbench_count_what_the_reader_may_read(world: World) -> None:
    here = (
        "SELECT DISTINCT i.record_id FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
        "  JOIN processes.instance i ON i.id = t.instance_id WHERE t.state <> 'frozen' AND n.key = '{}'"
    )
    passed = (
        "SELECT i.record_id FROM processes.step s JOIN processes.node n ON n.id = s.node_id"
        "  JOIN processes.instance i ON i.id = s.instance_id WHERE n.key = '{}'"
    )
    with logged_in(world.database, "xu") as client:
        nodes = {node["key"]: node for node in client.get("/api/processes/renewal").json()["nodes"]}
        for key in ("follow_up", "wait_t60", "wait_t15", "first_reminder"):
            assert nodes[key]["here"] == len(mine(world, here.format(key))), key
            assert nodes[key]["passed"] == len(mine(world, passed.format(key))), key
        assert nodes["follow_up"]["here"] == 2
        listed = {one["key"]: one for one in client.get("/api/processes").json()}
        assert listed["renewal"]["open"] == client.get("/api/processes/renewal").json()["open"] == 2
        bench = client.get("/api/workbench").json()
        proof = client.get("/api/proof?days=12").json()
        assert bench["proof"]["missing"] == proof["missing"] == 0
    with logged_in(world.database, "zhou") as client:
        nodes = {node["key"]: node for node in client.get("/api/processes/renewal").json()["nodes"]}
        assert nodes["follow_up"]["here"] == 5
        midnight = "2026-12-03 00:00+08"
        planned = client.get("/api/workbench").json()["proof"]["planned"]
        assert planned == len(world.rows(f"SELECT 1 FROM processes.decision WHERE due_at >= '{midnight}'"))


def test_what_was_done_today_is_counted_over_readable_records(world: World) -> None:
    opened = "SELECT t.record_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE k.key = 'follow_up'"
    with world.act(world.xu) as tx:
        done = {row["key"]: row["count"] for row in processes.done_since(tx, at(TODAY, "00:00"))}
    with world.act() as tx:
        whole = {row["key"]: row["count"] for row in processes.done_since(tx, at(TODAY, "00:00"))}
    assert done["follow_up"] == len(mine(world, opened)) == 2
    assert whole["follow_up"] == len(world.rows(opened)) == 5


def test_a_count_at_a_node_opens_exactly_those_records_page_by_page(world: World) -> None:
    with logged_in(world.database, "zhou") as client:
        node = next(node for node in client.get("/api/processes/renewal").json()["nodes"] if node["key"] == "follow_up")
        ids: list[int] = []
        after = 0
        while after is not None:
            page = client.get(f"/api/processes/renewal/records?node=follow_up&limit=2&after={after}").json()
            assert (page["form"], page["count"]) == ("contract", node["here"])
            ids += [one["id"] for one in page["records"]]
            assert all(one["title"].startswith("HT-") for one in page["records"])
            after = page["next"]
        tasks = world.rows(
            "SELECT record_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
            " WHERE k.key = 'follow_up' AND t.state = 'open' ORDER BY 1"
        )
        assert ids == [row["record_id"] for row in tasks]
        assert len(ids) == node["here"] == 5
        assert client.get("/api/processes/renewal/records").json()["count"] == 5
        assert client.get("/api/processes/renewal/records?what=stuck").json()["records"] == []
        refused = client.get("/api/processes/renewal/records?node=nowhere")
        assert (refused.status_code, refused.json()["error"]["text"]) == (404, "这个流程里没有「nowhere」这一步")
        assert client.get("/api/processes/nothing/records").status_code == 404
    with logged_in(world.database, "xu") as client:
        page = client.get("/api/processes/renewal/records?node=follow_up").json()
        hers = "SELECT t.record_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE k.key = 'follow_up'"
        assert [one["id"] for one in page["records"]] == mine(world, hers)
        assert page["count"] == 2


def test_held_tokens_are_opened_by_their_count(world: World) -> None:
    with world.act() as tx:
        processes.hold(tx, "customer", world.customer, at("2027-06-01"), "搬迁")
    world.until("2027-01-10")
    with world.act() as tx:
        picture = {node["key"]: node for node in processes.picture(tx, "renewal")["nodes"]}
        waiting = next(key for key, node in picture.items() if node["held"])
        found = processes.at_node(tx, "renewal", waiting, what="held")
        with pytest.raises(Missing) as refused:
            processes.at_node(tx, "renewal", "nowhere")
    assert found["count"] == picture[waiting]["held"] == len(found["ids"])
    assert refused.value.facts == {"node": "nowhere"}
