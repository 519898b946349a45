"""One box over all forms: as written, by pinyin initials, by number; best first; through access."""

import json
from typing import Any

import pytest
from builders import at, field, form, install, install_renewal
from builders_records import contract, customer
from pypinyin import Style, lazy_pinyin
from web_client import PASSWORD, logged_in, visitor

from perennial import access, people, records
from perennial.kernel import SYSTEM, Database, Tx
from perennial.records import Query


@pytest.fixture
def crm(renewal: Database, tx: Tx) -> Tx:
    return tx


def found(tx: Tx, text: str, limit: int = 20) -> list[tuple[str, int]]:
    return [(one["form"], one["id"]) for one in hits(tx, text, limit)]


def hits(tx: Tx, text: str, limit: int = 20) -> list[dict[str, Any]]:
    return json.loads(records.find(tx, text, limit))


def test_a_customer_is_found_by_initials_pieces_and_single_characters(crm: Tx) -> None:
    one = customer(crm, name="厦门屿岸", code="KH-A1", phone="0592-123 4567")
    customer(crm, name="苏州云帆")
    written = ("xmya", "XMYA", "mya", "xm 屿岸", "sm", "屿", "门屿", "kh-a", "kha1", "05921234567", "0592-123", "4567")
    for text in written:
        assert found(crm, text) == [("customer", one)], text
    for text in ("xmyb", "ymx", "岸屿", "x", "", "%", "屿 帆", "xm 云帆"):
        assert found(crm, text) == [], text


def test_the_initials_are_those_of_the_dictionary(tx: Tx) -> None:
    for name in ("厦门屿岸", "重庆银行", "长沙市朝阳区", "鑫淼垚科技", "（北京）中关村Ab9·股份"):
        text = "".join(c for c in name if c not in "（）·")
        plain = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
        assert tx.value("SELECT records.sounds_as(%(n)s, %(s)s)", {"n": name, "s": plain}) == 2, name
    sounds = "SELECT records.sounds_as(%(n)s, %(s)s)"
    assert tx.value(sounds, {"n": "新厦门", "s": "xm"}) == 1
    assert tx.value(sounds, {"n": "厦\n门", "s": "xm"}) == 0
    assert tx.value(sounds, {"n": "厦か门", "s": "xm"}) == 0
    assert sorted(tx.value("SELECT records.sound_keys('厦门')")) == ["sm", "xm", "厦", "门"]


def test_the_best_stands_first_and_says_where_it_was_found(crm: Tx) -> None:
    inside = customer(crm, name="上海云帆集团有限公司")
    ahead = customer(crm, name="云帆科技")
    exact = customer(crm, name="云帆")
    noted = customer(crm, name="苏州远航", code="云帆-7")
    bought = contract(crm, customer=exact, number="B-1001")
    assert found(crm, "云帆") == [("customer", exact), ("customer", ahead), ("customer", inside), ("customer", noted),
                                ("contract", bought)]  # fmt: skip
    by = {one["id"]: one for one in hits(crm, "云帆") if one["form"] == "customer"}
    assert (by[exact]["field"], by[exact]["value"]) == (None, None)
    assert (by[noted]["field"], by[noted]["value"], by[noted]["title"]) == ("code", "云帆-7", "苏州远航")
    contract_ = hits(crm, "b-1001")[0]
    assert (contract_["title"], contract_["subject"]) == ("B-1001", {"id": exact, "label": "云帆"})
    assert found(crm, "云帆", 2) == [("customer", exact), ("customer", ahead)]


def test_an_exact_number_stands_first_among_many_that_hold_it(crm: Tx) -> None:
    one = customer(crm, name="厦门屿岸")
    table = at(crm, "data.contract")
    crm.run(
        f"INSERT INTO {table} (customer, number, amount, start_date, end_date)"
        " SELECT %(one)s, 'B-12' || n, 1, '2026-01-01', '2026-12-31' FROM generate_series(100, 999) n",
        {"one": one},
    )
    exact = contract(crm, customer=one, number="B-12")
    assert found(crm, "b-12")[0] == ("contract", exact)


def test_wildcards_are_ordinary_characters(crm: Tx) -> None:
    one = customer(crm, name="100%_纯\\棉")
    customer(crm, name="100 纯棉")
    for text in ("%_", "0%", "纯\\"):
        assert found(crm, text) == [("customer", one)], text


def test_what_is_typed_full_width_or_with_other_brackets_is_found(crm: Tx) -> None:
    half = customer(crm, name="福州(中国)", code="KH-A1", phone="0592-123 4567")
    full = customer(crm, name="厦门（中国）ＡＢＢ")
    for text, one in (
        ("福州（中国）", half), ("厦门(中国)", full), ("ＡＢＢ", full), ("ＫＨ－Ａ１", half), ("kh—a1", half),
        ("（０５９２）１２３４５６７", half), ("福\x00州", half), ("福州\x00", half), ("\ud83d福州", half),
    ):  # fmt: skip
        assert found(crm, text) == [("customer", one)], text
        page = json.loads(records.page(crm, "customer", Query(search=text, columns=("name",))))
        assert [row["id"] for row in page["rows"]] == [one], text


def test_deleted_records_and_rows_of_sub_tables_are_not_found(crm: Tx) -> None:
    one = customer(crm, name="厦门屿岸")
    records.delete(crm, "customer", one, 1)
    assert found(crm, "xmya") == found(crm, "屿岸") == []
    install(
        crm,
        form("parcel", "name: text", title="name"),
        form("piece", field("parcel: relation", to="parcel", reverse="pieces", required=True), "name: text",
             title="name", within="parcel"),
    )  # fmt: skip
    parent = records.create(crm, "parcel", {"name": "包裹"})
    records.create(crm, "piece", {"parcel": parent, "name": "零件"})
    assert found(crm, "零件") == []
    assert found(crm, "包裹") == [("parcel", parent)]


def test_a_search_among_many_asks_indexes_alone(crm: Tx) -> None:
    records.ensure_indexes(crm, "customer")
    table = crm.value("SELECT physical FROM forms.form WHERE key = 'customer'")
    crm.run(f"INSERT INTO data.{table} (name) SELECT '客户' || n || '有限公司' FROM generate_series(1, 20000) n")
    crm.run(f"ANALYZE data.{table}")
    one = customer(crm, name="厦门屿岸科技")
    assert found(crm, "xmyakj") == [("customer", one)]
    texts = "coalesce(code, '') || chr(10) || coalesce(name, '') || chr(10) || coalesce(phone, '')"
    for sought in ("xmya", "屿"):
        plan = crm.rows(
            f"EXPLAIN SELECT id FROM data.{table} WHERE records.sound_keys({texts}) @> records.sound_keys('{sought}')"
        )
        assert "Bitmap Index Scan on sound_" in "\n".join(row["QUERY PLAN"] for row in plan)


def test_the_box_is_one_door_and_finds_nothing_of_others(database: Database) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        grant = {"rows": "sales = ME()", "rights": ["read"], "fields": {"*": "read", "phone": "masked"}}
        access.publish(tx, [access.load({"role": "sales", "label": "销售", "forms": {"customer": grant}})])
        lu = people.create(tx, "lu", "陆", password=PASSWORD, roles=["sales"])
        mine = customer(tx, name="厦门屿岸", sales=lu, phone="05927774321")
        customer(tx, name="厦门云岸")
    with logged_in(database, "lu") as client:
        reply = client.get("/api/search", params={"text": "xmya"})
        assert reply.json() == [
            {"form": "customer", "id": mine, "title": "厦门屿岸", "field": None, "value": None, "subject": None}
        ]
        for text in ("05927774321", "7774", "云岸", "x"):
            assert client.get("/api/search", params={"text": text}).json() == [], text
        assert client.get("/api/search", params={"text": "x" * 101}).status_code == 422
    with visitor(database) as client:
        assert client.get("/api/search", params={"text": "xmya"}).status_code == 401


def test_long_texts_show_the_place_and_colleagues_their_department(crm: Tx) -> None:
    sales = crm.value("INSERT INTO people.department (key, name) VALUES ('s', '销售一部') RETURNING id")
    he = people.create(crm, "he", "何知远", password=PASSWORD, department_id=sales)
    people.create(crm, "hu", "胡越", password=PASSWORD)
    one = contract(
        crm, customer=customer(crm, name="厦门屿岸"), number="B-1", note="甲" * 500 + "对方要求延长账期" + "乙" * 500
    )
    hit = hits(crm, "延长账期")[0]
    assert (hit["form"], hit["id"], hit["field"]) == ("contract", one, "note")
    assert "要求延长账期乙" in hit["value"]
    assert len(hit["value"]) == 60
    for text in ("何知远", "知远", "hzy", "何"):
        assert hits(crm, text) == [{"form": "person", "id": he, "title": "何知远", "field": None, "value": None,
                                    "subject": {"id": sales, "label": "销售一部"}}], text  # fmt: skip
    assert [(one["title"], one["subject"]) for one in hits(crm, "胡越")] == [("胡越", None)]
    crm.run("UPDATE people.person SET active = false WHERE id = %(he)s", {"he": he})
    assert found(crm, "hzy") == []


def test_a_scope_leads_where_a_word_is_too_common(crm: Tx) -> None:
    """Six thousand names hold the word; the only one of the reader's is found, the others are not."""
    table = at(crm, "data.customer")
    crm.run(f"INSERT INTO {table} (name) SELECT '云帆' || n FROM generate_series(1, 6000) n")
    grant = {"rows": "sales = ME()", "rights": ["read"], "fields": {"*": "read"}}
    access.publish(crm, [access.load({"role": "sales", "label": "销售", "forms": {"customer": grant}})])
    lu = people.create(crm, "lu", "陆", password=PASSWORD, roles=["sales"])
    mine = customer(crm, name="甲云帆", sales=lu)
    with access.seeing_as(crm, lu):
        assert found(crm, "云帆") == found(crm, "云帆 甲") == found(crm, "jyf") == [("customer", mine)]
    assert len(found(crm, "云帆")) == 8
