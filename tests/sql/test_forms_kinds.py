"""The kinds of the customer data centre: what each stores, what the database refuses, what formulas see of it."""

import datetime as dt
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from perennial import forms, formula
from perennial.kernel import Invalid, Tx
from tests.builders import at, field, form, install, run

TAG = form("tag", "name: text", "price: money", title="name")
CASE = form(
    "matter", "name: text", "place: address", "stars: rating", "score: nps", "team: persons",
    field("tags: relations", to="tag", reverse="cases"), "papers: attachment", "photos: image", "signed: signature",
    field("license: certificate", label="营业执照"),
    field("due: formula", formula="license.until"), field("photo_count: formula", formula="photos + 0"),
    field("worth: formula", formula="SUMIF(tags, TRUE, price)", stored=True), title="name",
)  # fmt: skip
FILES = [{"file": 1, "name": "a.pdf", "type": "application/pdf", "size": 3}]
LICENSE = {
    "number": "A-1",
    "issuer": "市监局",
    "from": "2024-01-01",
    "until": "2026-12-31",
    "files": FILES,
    "versions": [],
}


@pytest.fixture
def case(tx: Tx) -> int:
    install(tx, TAG, CASE)
    return tx.value(at(tx, "INSERT INTO data.matter (name) VALUES ('一') RETURNING id"))


def value(tx: Tx, text: str) -> Any:
    catalog = forms.catalog(tx)
    source = catalog.source("matter")
    typed = formula.check(text, catalog.scope("matter"))
    return tx.value(formula.select(formula.compile(typed, source), source=source))


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        ("stars", 0), ("stars", 6), ("score", -1), ("score", 11), ("team", []), ("team", [None]), ("tags", []),
        ("papers", Jsonb([])), ("papers", Jsonb({})), ("signed", Jsonb([])), ("license", Jsonb("A")), ("place", ""),
    ],
)  # fmt: skip
def test_the_database_refuses_values_beyond_a_kinds_limits(tx: Tx, case: int, column: str, wrong: Any) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), tx.savepoint():
        run(tx, f"UPDATE data.matter SET {column} = %(wrong)s", {"wrong": wrong})


def test_formulas_see_files_as_a_count_and_a_certificate_as_a_record(tx: Tx, case: int) -> None:
    asked = ["COALESCE(papers, 0)", "ISBLANK(license)", "license.until", "ISBLANK(signed)", "NOT(signed)", "stars * 2"]
    assert [value(tx, text) for text in asked] == [0, True, None, True, True, None]
    run(
        tx,
        "UPDATE data.matter SET papers = %(f)s, license = %(l)s, signed = %(s)s, stars = 4, score = 9",
        {"f": Jsonb(FILES), "l": Jsonb(LICENSE), "s": Jsonb({"file": 1})},
    )
    assert [value(tx, text) for text in asked] == [1, False, dt.date(2026, 12, 31), False, False, 8]
    assert value(tx, '[营业执照].issuer & "/" & license.number') == "市监局/A-1"
    assert value(tx, "AND(DAYS(license.until, TODAY()) <= 40, score >= 9, license.files = 1)") is True
    assert value(tx, "due") == value(tx, "license.until")


@pytest.mark.parametrize("stored", [{}, {"until": "soon"}, {"until": 7, "number": ["x"], "files": "no"}])
def test_a_certificate_of_any_shape_never_raises(tx: Tx, case: int, stored: dict[str, Any]) -> None:
    run(tx, "UPDATE data.matter SET license = %(l)s", {"l": Jsonb(stored)})
    assert value(tx, "license.until") is None
    assert value(tx, "license.number") is None
    assert value(tx, "license.files") == 0


def test_a_list_of_records_is_a_collection_in_both_directions(tx: Tx, case: int) -> None:
    ids = tx.value(
        at(tx, "WITH n AS (INSERT INTO data.tag (name, price) VALUES ('x', 3), ('y', 4), ('z', 8) RETURNING id)"
               " SELECT array_agg(id ORDER BY id) FROM n")
    )  # fmt: skip
    run(tx, "UPDATE data.matter SET tags = %(tags)s", {"tags": ids[:2]})
    assert value(tx, "SUMIF(tags, price > 3, price)") == 4
    assert value(tx, "COUNTIF(tags, TRUE)") == 2
    assert value(tx, f"CONTAINS(tags, {ids[0]})") is True
    assert value(tx, f"CONTAINS(tags, {ids[2]})") is False
    catalog = forms.catalog(tx)
    source = catalog.source("tag")
    typed = formula.check('COUNTIF(cases, name = "一")', catalog.scope("tag"))
    rows = tx.rows(
        formula.select(formula.compile(typed, source).label("n"), source.field("id").label("id"), source=source)
    )
    assert {row["id"]: row["n"] for row in rows} == dict(zip(ids, [1, 1, 0], strict=True))


def test_a_maintained_sum_over_a_list_follows_the_list_and_its_records(tx: Tx, case: int) -> None:
    ids = tx.value(at(tx, "WITH n AS (INSERT INTO data.tag (name, price) VALUES ('x', 3), ('y', 4) RETURNING id)"
                          " SELECT array_agg(id ORDER BY id) FROM n"))  # fmt: skip
    run(tx, "UPDATE data.matter SET tags = %(tags)s", {"tags": ids})
    forms.recompute(tx, "matter", [case], ["tags"])
    assert tx.value(at(tx, "SELECT worth FROM data.matter")) == 7
    run(tx, "UPDATE data.tag SET price = 10 WHERE name = 'y'")
    forms.recompute(tx, "tag", [ids[1]], ["price"])
    assert tx.value(at(tx, "SELECT worth FROM data.matter")) == 13


def test_persons_are_asked_by_in_contains_and_countif(tx: Tx, case: int) -> None:
    me = tx.value("INSERT INTO people.person (account, name) VALUES ('k', '柯一') RETURNING id")
    run(tx, "UPDATE data.matter SET team = %(team)s", {"team": [me]})
    assert value(tx, f"CONTAINS(team, {me})") is True
    assert value(tx, 'COUNTIF(team, name = "柯一")') == 1
    assert value(tx, "IN(ME(), team)") is False
    assert value(tx, "ISBLANK(team)") is False


def test_a_field_cannot_be_computed_as_a_list_of_records(tx: Tx) -> None:
    with pytest.raises(Invalid) as caught:
        install(tx, TAG, form("matter", field("tags: relations", to="tag"), field("same: formula", formula="tags")))
    assert caught.value.code == "forms.no_result"
    assert caught.value.path == "matter.fields[1].formula"
    with pytest.raises(Invalid) as caught:  # no list could show it
        install(tx, form("matter", field("owner: person"), field("who: formula", formula="IF(TRUE, owner)")))
    assert (caught.value.code, caught.value.facts["field"]) == ("forms.no_result", "who")


CONVERSIONS = [
    ("number", "rating", "3.6", 4), ("number", "rating", "9", None), ("text", "nps", "'10'", 10),
    ("text", "nps", "'ten'", None), ("rating", "text", "4", "4"), ("nps", "number", "7", 7),
    ("text", "long_text", "'x'", "x"), ("text", "address", "'北京'", "北京"),
    ("attachment", "certificate", "'[{\"file\": 1}]'::jsonb", {"files": [{"file": 1}], "versions": []}),
    ("attachment", "image", "'[{\"file\": 1, \"type\": \"image/png\"}, {\"file\": 2, \"type\": \"a/b\"}]'::jsonb",
     [{"file": 1, "type": "image/png"}]),
    ("person", "persons", "NULL::bigint", None),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "stored", "expected"), CONVERSIONS)
def test_values_are_converted_between_kinds(tx: Tx, before: str, after: str, stored: str, expected: Any) -> None:
    install(tx, form("matter", f"v: {before}"))
    run(tx, f"INSERT INTO data.matter (v) VALUES ({stored})")
    install(tx, form("matter", f"v: {after}"))
    assert tx.value(at(tx, "SELECT v FROM data.matter")) == expected


# the example of GB 32100-2015, and codes as registered; the wrong ones differ in one place
VALID = ["91350100M000100Y43", "9144030071526726XG", "91330100799655058B", "914403001922038216", "91110000802100433B"]
WRONG = ["91350100M000100Y44", "91350100M000010Y43", "9144030071526726XA", "91350100I000100Y43", "91350100M000100Y4",
         "91350100M000100Y433", "", "91350100m000100y43", "９1350100M000100Y43"]  # fmt: skip


def test_credit_codes_are_checked_by_their_last_character(tx: Tx) -> None:
    ok = "SELECT forms.has_format('credit_code', %(code)s)"
    assert [code for code in VALID if not tx.value(ok, {"code": code})] == []
    assert [code for code in WRONG if tx.value(ok, {"code": code})] == []


@pytest.mark.parametrize(
    ("format", "value", "expected"),
    [
        ("id_number", "11010519491231002X", True),  # the example of GB 11643-1999
        ("id_number", "440524188001010014", True),
        ("id_number", "11010519491331002X", False),
        ("id_number", "110105194912310021", False),
        ("phone", "13800000000", True),
        ("phone", "call me", False),
        ("mail", "a@b.cn", True),
        ("mail", "a@b", False),
    ],
)
def test_other_formats(tx: Tx, format: str, value: str, expected: bool) -> None:
    assert tx.value("SELECT forms.has_format(%(f)s, %(v)s)", {"f": format, "v": value}) is expected
