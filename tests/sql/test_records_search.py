"""Search: pieces of words, Chinese ones too, through an index."""

import json

import pytest
from builders_records import contract, customer

from perennial import access, people, records
from perennial.kernel import Database, Tx
from perennial.records import Query


@pytest.fixture
def crm(renewal: Database, tx: Tx) -> Tx:
    return tx


def found(tx: Tx, form: str, word: str) -> list[int]:
    return [row["id"] for row in json.loads(records.page(tx, form, Query(search=word)))["rows"]]


def test_pairs_are_distinct_neighbours_in_lower_case(tx: Tx) -> None:
    def pairs(text: str | None) -> list[str]:
        return sorted(tx.value("SELECT records.bigrams(%(text)s)", {"text": text}))

    assert pairs("屿岸屿岸A") == sorted(["屿岸", "岸屿", "岸a"])
    assert (pairs("X"), pairs(""), pairs(None)) == ([], [], [])


def test_any_piece_of_a_name_finds_the_record(crm: Tx) -> None:
    one = customer(crm, name="厦门屿岸科技", code="KH-A1", phone="0592-1234567")
    customer(crm, name="苏州云帆")
    for word in ("屿岸", "门屿", "科", "kh-a", "592-12", "厦门 科技", "  屿岸 "):
        assert found(crm, "customer", word) == [one], word
    for word in ("岸屿", "厦门 云帆", "%", "_", "\\"):
        assert found(crm, "customer", word) == [], word


def test_a_contract_is_found_by_its_number_its_customer_and_its_owner(crm: Tx) -> None:
    owner = crm.value("INSERT INTO people.person (account, name) VALUES ('he', '何知远') RETURNING id")
    one = contract(crm, customer=customer(crm, name="厦门屿岸"), owner=owner, number="C-77")
    contract(crm, customer=customer(crm, name="苏州云帆"), number="C-88")
    for word in ("77", "屿岸", "知远", "屿岸 C-"):
        assert found(crm, "contract", word) == [one], word
    assert records.count(crm, "contract", search="屿岸").count == 1


def test_a_list_is_searched_by_digits_and_initials_where_nothing_is_written_so(crm: Tx) -> None:
    one = customer(crm, name="厦门屿岸", phone="0592-123 4567")
    for text in ("05921234567", "(0592)1234567", "0592 1234567", "xmya", "XMYA"):
        assert found(crm, "customer", text) == [one], text
        assert records.count(crm, "customer", search=text).count == 1
    for text in ("05921234568", "xmyb", "x"):
        assert found(crm, "customer", text) == [], text
    grant = {"rows": "all", "rights": ["read"], "fields": {"*": "read", "phone": "hidden"}}
    access.publish(crm, [access.load({"role": "partly", "label": "部分", "forms": {"customer": grant}})])
    with access.seeing_as(crm, people.create(crm, "lu", "陆", roles=["partly"])):
        assert (found(crm, "customer", "05921234567"), found(crm, "customer", "xmya")) == ([], [one])


def test_wildcards_are_ordinary_characters(crm: Tx) -> None:
    one = customer(crm, name="100%_纯\\棉")
    customer(crm, name="100 纯棉")
    for word in ("%_", "0%", "纯\\", "_纯"):
        assert found(crm, "customer", word) == [one], word


def test_a_search_among_many_uses_the_index_and_finds_the_same(crm: Tx) -> None:
    records.ensure_indexes(crm, "customer")
    table = crm.value("SELECT physical FROM forms.form WHERE key = 'customer'")
    crm.run(f"INSERT INTO data.{table} (name) SELECT '客户' || n || '有限公司' FROM generate_series(1, 20000) n")
    crm.run(f"ANALYZE data.{table}")
    one = customer(crm, name="厦门屿岸科技")
    assert found(crm, "customer", "屿岸") == [one]
    plan = crm.rows(
        f"EXPLAIN SELECT id FROM data.{table} WHERE records.bigrams(coalesce(address, '') || chr(10)"
        " || coalesce(code, '') || chr(10) || coalesce(credit_code, '') || chr(10) || coalesce(name, '') || chr(10)"
        " || coalesce(left(note, 2000), '') || chr(10) || coalesce(phone, '')) @> records.bigrams('屿岸')"
    )
    assert "Bitmap Index Scan" in "\n".join(row["QUERY PLAN"] for row in plan)
    records.ensure_indexes(crm, "customer")  # a second time changes nothing
    assert crm.value("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'search%%'") == 1


def test_names_sort_by_pinyin(crm: Tx) -> None:
    for name in ("周", "吴", "阿", "何", "Abc"):
        customer(crm, name=name)
    rows = json.loads(records.page(crm, "customer", Query(sort=(("name", False),), columns=("name",))))["rows"]
    assert [row["name"] for row in rows] == ["Abc", "阿", "何", "吴", "周"]
