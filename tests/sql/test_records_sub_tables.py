"""Rows of a sub-table live in a record: saved with it, read as it, gone and back with it."""

import json
from typing import Any

import pytest
from worlds import built_once

from perennial import access, forms, people, records
from perennial.access import Grant, Role
from perennial.forms import Check
from perennial.kernel import SYSTEM, Actor, Conflict, Database, Denied, Invalid, Missing, Tx
from perennial.people import Role as Head
from tests.builders import at, field, form, install

ORDER = form(
    "order_form",
    "name: text",
    "owner: person",
    "limit_amount: money",
    field("total: formula", formula="SUMIF(items, TRUE, amount)", stored=True),
    title="name",
    owner="owner",
    checks=(
        Check(
            "OR(ISBLANK(limit_amount), total <= limit_amount)", "合计不能超过限额", "Beyond the limit", "limit_amount"
        ),
    ),
)
ITEM = form(
    "item",
    field("parent: relation", to="order_form", reverse="items", required=True),
    "what: text",
    "amount: money",
    within="order_form",
    title="what",
)


@pytest.fixture
@built_once
def database(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        install(tx, ORDER, ITEM)
    return database


def colleague(database: Database, *grants: Grant) -> int:
    with database.begin(SYSTEM) as tx:
        count = tx.value("SELECT count(*) FROM people.person")
        access.publish(tx, [Role(Head(f"r{count}", f"r{count}"), grants)])
        return people.create(tx, f"p{count}", f"柯{count}", roles=(f"r{count}",))


def acting(database: Database, person: int) -> Any:
    return database.begin(Actor("person", person, "柯"))


def items(tx: Tx, order: int) -> list[tuple[int, int, str, str]]:
    rows = json.loads(records.related(tx, "order_form", order, "items", records.Query()))["rows"]
    return [(row["id"], row["version"], row["what"], row["amount"]) for row in rows]


def test_rows_are_saved_with_their_record_in_one_go(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        order = records.create(
            tx,
            "order_form",
            {"name": "一"},
            {"items": {"create": [{"what": "a", "amount": 2}, {"what": "b", "amount": 3}]}},
        )
        (a, _, *_), (b, _, *_) = items(tx, order)
        assert tx.value(at(tx, "SELECT total FROM data.order_form")) == 5
        version = records.update(
            tx,
            "order_form",
            order,
            1,
            {"name": "二"},
            {
                "items": {
                    "create": [{"what": "c", "amount": 9}],
                    "update": [{"id": a, "version": 1, "values": {"amount": 4}}],
                    "delete": [{"id": b, "version": 1}],
                }
            },
        )
        assert version == 2
        assert [row[1:] for row in items(tx, order)] == [(2, "a", "4.00"), (1, "c", "9.00")]
        assert tx.value(at(tx, "SELECT total FROM data.order_form")) == 13


def test_a_wrong_row_is_named_and_nothing_is_saved(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        order = records.create(tx, "order_form", {"name": "一"})
    rows = {"items": {"create": [{"amount": 1}, {"amount": "x"}, {"amount": 1, "what": "\x00"}]}}
    with database.begin(SYSTEM) as tx, pytest.raises(Invalid) as caught, tx.savepoint():
        records.update(tx, "order_form", order, 1, {"name": "二"}, rows)
    assert caught.value.code == "records.fields"
    assert [(one["field"], one["code"]) for one in caught.value.facts["errors"]] == [
        ("items.create[1].amount", "records.not_money"),
        ("items.create[2].what", "records.character"),
    ]
    with database.begin(SYSTEM) as tx:
        assert (items(tx, order), json.loads(records.read(tx, "order_form", order))["version"]) == ([], 1)


def test_a_stale_row_is_a_conflict_that_names_the_row(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        order = records.create(tx, "order_form", {}, {"items": {"create": [{"what": "a"}]}})
        row = items(tx, order)[0][0]
        records.update(tx, "item", row, 1, {"what": "b"})
    for acts in (
        {"update": [{"id": row, "version": 1, "values": {"what": "c"}}]},
        {"delete": [{"id": row, "version": 1}]},
    ):
        with pytest.raises(Conflict) as caught, database.begin(SYSTEM) as tx:
            records.update(tx, "order_form", order, 1, {}, {"items": acts})
        assert (caught.value.code, caught.value.path) == ("records.stale", f"items.{next(iter(acts))}[0]")


def test_rows_of_another_record_unknown_sub_tables_and_too_many_rows_are_refused(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        one, two = (records.create(tx, "order_form", {}, {"items": {"create": [{}]}}) for _ in range(2))
        stranger = items(tx, two)[0][0]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"items": {"delete": [{"id": stranger, "version": 1}]}}, "records.not_its_row"),
        ({"items": {"update": [{"id": stranger, "version": 1, "values": {}}]}}, "records.not_its_row"),
        ({"things": {"create": [{}]}}, "records.no_sub_table"),
        ({"items": {"create": [{}] * 201}}, "records.rows"),
    ]
    for rows, code in cases:
        with pytest.raises(Invalid) as caught, database.begin(SYSTEM) as tx:
            records.update(tx, "order_form", one, 1, {}, rows)
        assert caught.value.code == code


def test_a_check_over_the_rows_is_asked_when_they_are_written(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        order = records.create(tx, "order_form", {"limit_amount": 10}, {"items": {"create": [{"amount": 9}]}})
    with pytest.raises(Invalid) as caught, database.begin(SYSTEM) as tx:
        records.update(tx, "order_form", order, 1, {"name": "x"}, {"items": {"create": [{"amount": 2}]}})
    assert (caught.value.code, caught.value.path) == ("records.check", "limit_amount")
    with database.begin(SYSTEM) as tx:  # the limit rises with the rows
        records.update(tx, "order_form", order, 1, {"limit_amount": 11}, {"items": {"create": [{"amount": 2}]}})


def test_rows_go_and_come_back_with_their_record(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        order = records.create(tx, "order_form", {}, {"items": {"create": [{"what": "a"}, {"what": "b"}]}})
        first = items(tx, order)[0][0]
        records.delete(tx, "item", first, 1)
    with database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '1 hour'")
    with database.begin(SYSTEM) as tx:
        records.delete(tx, "order_form", order, 1)
        assert tx.value(at(tx, "SELECT count(*) FROM data.item WHERE deleted_at IS NULL")) == 0
    with database.begin(SYSTEM) as tx:
        records.restore(tx, "order_form", order)
        assert [row[2] for row in items(tx, order)] == ["b"]  # what went before stays away
    with database.begin(SYSTEM) as tx:
        records.delete_set(tx, "order_form", [order])
        assert tx.value(at(tx, "SELECT count(*) FROM data.item WHERE deleted_at IS NULL")) == 0
    with database.begin(SYSTEM) as tx:
        records.restore_set(tx, "order_form", [order])
        assert [row[2] for row in items(tx, order)] == ["b"]


def test_the_history_of_a_record_tells_of_its_rows(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        order = records.create(tx, "order_form", {"name": "一"}, {"items": {"create": [{"what": "a"}]}})
        row = items(tx, order)[0][0]
    with database.begin(SYSTEM) as tx:
        records.update(
            tx, "order_form", order, 1, {}, {"items": {"update": [{"id": row, "version": 1, "values": {"what": "b"}}]}}
        )
        found = records.history(tx, "order_form", order)
    assert [(one.op, one.row and one.row["form"]) for one in found] == [
        ("update", "item"),
        ("create", "item"),
        ("create", None),
    ]
    assert found[0].fields == [{"key": "what", "label": "what", "before": "a", "after": "b"}]


def test_where_no_role_names_a_sub_table_the_parents_grant_counts(database: Database) -> None:
    owner = colleague(database, Grant("order_form", "own", ("read", "create", "update"), {"*": "write"}))
    reader = colleague(database, Grant("order_form", "all", ("read",), {"*": "read"}))
    nobody = colleague(database)
    with acting(database, owner) as tx:
        mine = records.create(tx, "order_form", {"owner": owner}, {"items": {"create": [{"what": "a", "amount": 1}]}})
        row = items(tx, mine)[0]
    with database.begin(SYSTEM) as tx:
        other = records.create(tx, "order_form", {"name": "x"}, {"items": {"create": [{"what": "z"}]}})
        theirs = items(tx, other)[0][0]
    with acting(database, owner) as tx:
        assert records.count(tx, "item").count == 1
        with pytest.raises(Missing):
            records.read(tx, "item", theirs)
        with pytest.raises(Missing):
            records.create(tx, "item", {"parent": other})
        records.update(tx, "order_form", mine, 1, {}, {"items": {"delete": [{"id": row[0], "version": 1}]}})
    with acting(database, reader) as tx:
        assert records.count(tx, "item").count == 1
        for act in (
            lambda: records.update(tx, "item", theirs, 1, {"what": "q"}),
            lambda: records.update(tx, "order_form", other, 1, {}, {"items": {"create": [{}]}}),
            lambda: records.create(tx, "item", {"parent": other}),
        ):
            with pytest.raises(Denied):
                act()
    with acting(database, nobody) as tx, pytest.raises(Missing):
        records.count(tx, "item")


def test_a_role_that_names_the_sub_table_decides(database: Database) -> None:
    clerk = colleague(
        database,
        Grant("order_form", "all", ("read",), {"*": "read"}),
        Grant("item", "all", ("read", "create"), {"*": "write", "amount": "hidden"}),
    )
    with database.begin(SYSTEM) as tx:
        order = records.create(tx, "order_form", {})
    with acting(database, clerk) as tx:
        row = records.create(tx, "item", {"parent": order, "what": "a"})
        assert "amount" not in json.loads(records.read(tx, "item", row))["values"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (form("piece", "what: text", within="order_form"), "forms.within"),
        (form("piece", field("p: relation", to="order_form", reverse="pieces"), within="order_form"), "forms.within"),
        (form("piece", "what: text", within="nothing"), "forms.no_such_form"),
        (form("own", field("p: relation", to="own", reverse="x", required=True), within="own"), "forms.within_itself"),
    ],
)
def test_a_sub_table_needs_its_place(database: Database, wrong: forms.Form, code: str) -> None:
    with database.begin(SYSTEM) as tx, pytest.raises(Invalid) as caught:
        install(tx, wrong)
    assert caught.value.code == code


def test_a_menu_knows_sub_tables_apart(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        catalog = forms.catalog(tx)
        assert catalog.sub_tables("order_form") == {"items": ("item", "parent")}
        assert catalog.place_within("item") == ("order_form", "parent")
        assert forms.load(forms.dump(ITEM)) == ITEM
