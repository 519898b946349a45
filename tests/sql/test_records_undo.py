"""One undo for every transaction: what nobody touched goes back, the rest is kept and told."""

from typing import Any

import pytest
from builders import install_renewal
from builders_records import acting, contract, customer
from sqlalchemy import Date, String, literal, select
from worlds import built_once

from perennial import access, changes, people, records
from perennial.kernel import SYSTEM, Database, Missing, Reason, Tx

ROLE: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": "own", "rights": ["read", "create", "update"], "fields": {"*": "write", "tier": "read"}},
        "contract": {"rows": "own", "rights": ["read", "update"], "fields": {"*": "write"}},
    },
}  # fmt: skip


@pytest.fixture
@built_once
def crm(database: Database) -> Database:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(ROLE)])
        people.create(tx, "he", "何知远", roles=["rep"])
        people.create(tx, "yu", "周予安", roles=["rep"])
    return database


def who(tx: Tx, account: str) -> int:
    return tx.value("SELECT id FROM people.person WHERE account = %(account)s", {"account": account})


def facts(tx: Tx, form: str) -> list[dict[str, Any]]:
    """Live rows without what every write stamps."""
    rows = tx.rows(f"SELECT to_jsonb(r) - 'version' - 'updated_at' - 'updated_by' AS row FROM data_read.{form} r")
    return sorted((row["row"] for row in rows), key=lambda row: row["id"])


def act(database: Database, do: Any) -> int:
    """Do it in a transaction of its own; its number."""
    with database.begin(SYSTEM, Reason("bulk")) as tx:
        do(tx)
        found = changes.written(tx)
    assert found is not None
    return found


def test_created_changed_and_deleted_records_are_as_before_and_a_second_undo_does_it_again(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        one = customer(tx, name="厦门屿岸", tier="a", seats=12, since="2024-02-29")
        two = customer(tx, name="苏州云帆")
        kept = contract(tx, customer=one, number="C-1", amount="100.50")
        before = {form: facts(tx, form) for form in ("customer", "contract")}

    def do(tx: Tx) -> None:
        third = customer(tx, name="新客户")
        contract(tx, customer=third, number="C-2")
        given = select(
            literal(one).label("id"), literal("别名", String).label("name"), literal(None, Date).label("since")
        )
        records.update_set(tx, "customer", given)
        records.update_set(tx, "contract", select(literal(kept).label("id"), literal(third).label("customer")))
        records.delete_set(tx, "customer", [two])

    done = act(crm, do)
    with crm.begin(SYSTEM) as tx:
        after = {form: facts(tx, form) for form in ("customer", "contract")}
        assert after != before
    with crm.begin(SYSTEM) as tx:
        undone = records.undo(tx, done)
        assert {form: facts(tx, form) for form in ("customer", "contract")} == before
        assert undone.kept_count == 0
        assert {one["form"]: (one["removed"], one["restored"], one["returned"]) for one in undone.targets} == {
            "customer": (1, 1, 1), "contract": (1, 1, 0)}  # fmt: skip
    with crm.begin(SYSTEM) as tx:
        assert undone.transaction is not None and records.undo(tx, undone.transaction).kept_count == 0
        assert {form: facts(tx, form) for form in ("customer", "contract")} == after


def test_what_somebody_touched_since_is_kept_and_told(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        ids = [customer(tx, name=f"客户 {n}") for n in range(4)]
    done = act(crm, lambda tx: [records.update(tx, "customer", i, 1, {"tier": "a"}) for i in ids])
    with crm.begin(SYSTEM) as tx:
        records.update(tx, "customer", ids[0], 2, {"note": "called"})
        records.delete(tx, "customer", ids[1], 2)
    with crm.begin(SYSTEM) as tx:
        undone = records.undo(tx, done)
        assert [(one["id"], one["label"], one["why"]) for one in undone.kept] == [(ids[0], "客户 0", "changed")]
        assert [row["tier"] for row in facts(tx, "customer")] == ["a", None, None]


def test_a_created_record_that_a_later_one_points_at_stays(crm: Database) -> None:
    made: list[int] = []
    done = act(crm, lambda tx: made.append(customer(tx, name="新客户")))
    with crm.begin(SYSTEM) as tx:
        contract(tx, customer=made[0])
    with crm.begin(SYSTEM) as tx:
        undone = records.undo(tx, done)
        assert (undone.kept_count, undone.kept[0]["why"]) == (1, "used")
        assert len(facts(tx, "customer")) == 1


def test_another_persons_act_is_undone_only_where_one_may_write_and_is_unknown_otherwise(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        he, yu = who(tx, "he"), who(tx, "yu")
        mine, theirs = (customer(tx, name=name, csm=csm) for name, csm in (("厦门屿岸", he), ("苏州云帆", yu)))
    done = act(crm, lambda tx: [records.update(tx, "customer", i, 1, {"note": "x"}) for i in (mine, theirs)])
    tiers = act(crm, lambda tx: records.update(tx, "customer", theirs, 2, {"tier": "b"}))
    with acting(crm, he) as tx:
        undone = records.undo(tx, done)
        assert undone.kept_count == 1
        assert undone.kept == []  # a record that they may not see has no name
        assert {row["id"]: row["note"] for row in facts(tx, "customer")} == {mine: None, theirs: "x"}
    for unknown in (tiers, 999_999):
        with acting(crm, he) as tx, pytest.raises(Missing) as refused:
            records.undo(tx, unknown)
        assert refused.value.code == "records.no_such_change"


def test_a_field_that_one_may_only_read_is_not_put_back(crm: Database) -> None:
    with crm.begin(SYSTEM) as tx:
        he = who(tx, "he")
        mine, other = (customer(tx, name=name, csm=he) for name in ("厦门屿岸", "苏州云帆"))

    def do(tx: Tx) -> None:
        records.update(tx, "customer", mine, 1, {"tier": "a"})
        records.update(tx, "customer", other, 1, {"note": "x"})

    done = act(crm, do)
    with acting(crm, he) as tx, pytest.raises(Missing):
        records.undo(tx, done)
