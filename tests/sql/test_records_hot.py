"""Prepared pages: the same answer before and after they are prepared, forgotten, or outlived by a definition."""

import json
from dataclasses import replace
from typing import Any

import pytest
from builders import field, form, install, install_renewal, renewal_forms
from builders_records import contract, customer

from perennial import records
from perennial.kernel import SYSTEM, Database, Invalid, Tx
from perennial.records import Query
from perennial.records.hot import MOST_PREPARED


@pytest.fixture
def crm(renewal: Database, tx: Tx) -> Tx:
    return tx


def page(tx: Tx, of: str = "contract", **asked: Any) -> list[dict[str, Any]]:
    return json.loads(records.page(tx, of, Query(**asked)))["rows"]


def prepared(tx: Tx) -> int:
    return int(tx.value("SELECT count(*) FROM pg_prepared_statements"))


def test_a_page_seen_twice_is_prepared_and_answers_the_same(crm: Tx) -> None:
    who = customer(crm, name="100% 'quoted' \\ 名")
    for amount in ("1", "2", "3"):
        contract(crm, customer=who, amount=amount)
    asked: dict[str, Any] = {"filter": "amount > 1", "sort": (("amount", True),), "columns": ("amount", "customer")}
    first = page(crm, **asked)
    assert prepared(crm) == 0
    assert [page(crm, **asked) for _ in range(8)] == [first] * 8
    assert prepared(crm) == 1
    assert [row["amount"] for row in first] == ["3.00", "2.00"]


def test_constants_of_a_filter_are_written_safely(crm: Tx) -> None:
    nasty = "a'); DROP TABLE x; -- %s $1 %(me)s \\ \" 名"
    one = customer(crm, name=nasty)
    customer(crm, name="b")
    quoted = nasty.replace('"', '""')
    for _ in range(3):
        assert [row["id"] for row in page(crm, "customer", filter=f'name = "{quoted}"', columns=("name",))] == [one]


def test_a_prepared_page_outlives_a_new_definition_on_its_connection(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        contract(tx, amount="5", notice_days="30")
        for _ in range(4):
            assert page(tx, columns=("amount", "notice_days"))[0]["notice_days"] == "30"
        assert prepared(tx) == 1
        back = tx.connection.info.backend_pid
    with database.begin(SYSTEM) as tx:
        old = next(one for one in renewal_forms() if one.key == "contract")
        changed = tuple(
            replace(one, kind="text") if one.key == "notice_days" else one for one in old.fields if one.key != "note"
        )
        install(tx, replace(old, fields=(*changed, field("extra: text"))))
    with database.begin(SYSTEM) as tx:
        assert tx.connection.info.backend_pid == back
        for _ in range(4):
            assert page(tx, columns=("amount", "notice_days", "extra"))[0] == {
                "id": 1, "version": 1, "amount": "5.00", "notice_days": "30", "extra": None}  # fmt: skip


def test_a_connection_forgets_the_pages_that_it_did_not_see_for_long(crm: Tx) -> None:
    contract(crm, amount="5")
    for at in range(MOST_PREPARED + 5):
        for _ in range(2):
            page(crm, filter=f"amount < {at + 10}", columns=("amount",))
    assert prepared(crm) == MOST_PREPARED
    assert page(crm, filter="amount < 10", columns=("amount",))[0]["amount"] == "5.00"


def test_a_forged_cursor_is_refused_whatever_it_holds(crm: Tx) -> None:
    for at in range(3):
        contract(crm, amount=str(at), end_date=f"2026-12-0{at + 1}")
    asked: dict[str, Any] = {"sort": (("end_date", False),), "limit": 1}
    following = json.loads(records.page(crm, "contract", Query(**asked)))["next"]
    from perennial.records import cursor

    place = cursor.decode(following, 1)
    for values in (["no date"], ["2026-12-01"] * 2, ["9" * 3000], ["\x00"]):
        forged = cursor.encode(place.mark, values, place.record_id)
        with pytest.raises(Invalid) as caught, crm.savepoint():
            records.page(crm, "contract", Query(**asked, after=forged))
        assert caught.value.code == "records.cursor"
    with pytest.raises(Invalid):
        records.page(crm, "contract", Query(sort=(("amount", False),), limit=1, after=following))
    assert page(crm, **asked, after=following)[0]["end_date"] == "2026-12-02"


def test_a_column_with_a_very_long_path_keeps_its_name(tx: Tx) -> None:
    far, back = "a" * 40, "b" * 40
    install(tx, form("other", f"{far}: text", title=far), form("thing", field(f"{back}: relation", to="other")))
    other = records.create(tx, "other", {far: "x"})
    records.create(tx, "thing", {back: other})
    found = page(tx, "thing", columns=(f"{back}.{far}",))
    assert found == [{"id": 1, "version": 1, f"{back}.{far}": "x"}]
