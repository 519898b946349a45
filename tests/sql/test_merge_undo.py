"""What becomes of a merge when life goes on: edits, chains, comments and to-dos of the loser, and the way back."""

import json
from typing import Any

import pytest
from builders import install, install_renewal
from builders_records import acting, customer
from test_merge import DEAL, PARTNER, do, live, pair
from web_client import PASSWORD
from worlds import built_once

from perennial import messages, people, records, tasks
from perennial.kernel import SYSTEM, Database, Tx
from perennial.records import comments, merge


@pytest.fixture
@built_once
def crm(database: Database) -> Database:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    return database


def facts(tx: Tx) -> dict[str, Any]:
    return {key: live(tx, key) for key in ("customer", "contract", "contact")}


def edit(tx: Tx, form: str, record: int, **values: Any) -> None:
    records.update(tx, form, record, json.loads(records.read(tx, form, record))["version"], values)


def test_a_chain_is_taken_back_link_by_link(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        one, two = pair(tx)
        three = customer(tx, name="第三家")
        before = facts(tx)
        first = do(tx, one, two)
    with crm.begin(SYSTEM) as tx:
        second = do(tx, three, one)
    with crm.begin(SYSTEM) as tx:
        assert records.undo(tx, second.transaction).kept_count == 0
    with crm.begin(SYSTEM) as tx:
        assert records.undo(tx, first.transaction).kept_count == 0
        assert facts(tx) == before


def test_what_was_edited_since_keeps_the_edit_and_nothing_else_of_the_merge(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, PARTNER, DEAL)
        one = records.create(tx, "partner", {"name": "甲"})
        two = records.create(tx, "partner", {"name": "乙", "code": "K", "tags": ["x"]})
        deal = records.create(tx, "deal", {"name": "d", "buyer": two})
        done = do(tx, one, two, "partner")
    with database.begin(SYSTEM) as tx:
        edit(tx, "partner", one, name="甲甲", tags=["y"])
        edit(tx, "deal", deal, name="dd")
    with database.begin(SYSTEM) as tx:
        undone = records.undo(tx, done.transaction)
        assert undone.kept_count == 0
        # the unique code is at home again, the deal too, and what was written since stands
        assert [(row["name"], row["code"], row["tags"]) for row in live(tx, "partner")] == [
            ("甲甲", None, ["y"]), ("乙", "K", ["x"])]  # fmt: skip
        assert [(row["name"], row["buyer"]) for row in live(tx, "deal")] == [("dd", two)]


def test_what_comes_out_of_the_bin_later_follows_to_the_record_that_its_own_has_become(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, PARTNER, DEAL)
        one, two, three = (records.create(tx, "partner", {"name": name}) for name in "甲乙丙")
        deal = records.create(tx, "deal", {"name": "d", "buyer": two, "others": [two, three]})
        records.delete(tx, "deal", deal, 1)
        do(tx, one, two, "partner")
        do(tx, three, one, "partner")
        assert merge.follow_late(tx) == 0
        records.restore(tx, "deal", deal)
        assert merge.follow_late(tx) == 1
        assert [(row["buyer"], row["others"]) for row in live(tx, "deal")] == [(three, [three])]
        assert merge.follow_late(tx) == 0


def test_comments_and_to_dos_of_no_process_follow_and_come_back(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        boss = tx.value("SELECT id FROM people.person WHERE account = 'boss'")
        he = people.create(tx, "he", "何知远", roles=["business_admin"])
        one, two = pair(tx)
        kind = tasks.standing_kind(tx, "customer", "contact", "找联系人", "Find a contact")
        tx.run(
            "INSERT INTO tasks.task (kind_id, record_id, assignee_id, found_by, opened_at)"
            " VALUES (%(kind)s, %(two)s, %(boss)s, 'named', %(now)s)",
            {"kind": kind, "two": two, "boss": boss},
        )
    with acting(crm, boss) as tx:
        said = comments.say(tx, "customer", two, "@何知远 请看", [he])
        messages.tell_mentioned(tx, "customer", two, said.id, [he])
        own = comments.say(tx, "customer", one, "甲的")
        done = do(tx, one, two)

    def stand(record: int) -> tuple[list[int], int]:
        with acting(crm, boss) as tx:
            todo = "SELECT count(*) FROM tasks.task WHERE record_id = %(id)s AND state = 'open'"
            return [one.id for one in comments.page(tx, "customer", record)], tx.value(todo, {"id": record})

    assert stand(one) == ([own.id, said.id], 1)
    with acting(crm, he) as tx:
        assert [(row["record_id"], row["subject"]) for row in messages.notices(tx)] == [(one, "厦门屿岸")]
    with acting(crm, boss) as tx:
        later = comments.say(tx, "customer", one, "之后")
        back = records.undo(tx, done.transaction)
    assert (stand(one), stand(two)) == (([later.id, own.id], 0), ([said.id], 1))
    with acting(crm, boss) as tx:
        assert back.transaction is not None
        records.undo(tx, back.transaction)
    assert stand(one) == ([later.id, own.id, said.id], 1)
