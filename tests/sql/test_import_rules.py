"""Checks, conditions, formats and the new kinds in an import: what is wrong is an error of its row."""

from pathlib import Path

import pytest
from test_import_rows import checked, column, errors, ran, staged, target
from worlds import built_once

from perennial import people, records
from perennial.forms import Check
from perennial.kernel import SYSTEM, Database
from tests.builders import at, field, form, install

DEAL = form(
    "deal",
    "name: text",
    "start: date",
    "stop: date",
    "amount: money",
    field("state: select", default='"y"'),
    field("why: text", label="原因", label_en="Reason", required_when='state = "x"'),
    field("code: text", format="credit_code"),
    "stars: rating",
    "team: persons",
    "place: address",
    "papers: attachment",
    field("days: formula", formula="DAYS(stop, start)", stored=True),
    checks=(Check("OR(ISBLANK(days), days >= 0)", "结束早于开始", "The end is before the start", "stop"),),
)
KEYS = ("name", "start", "stop", "state", "why", "code", "stars", "team", "place")
MAPPED = target("deal", "name", *(column(key) for key in KEYS))
HEAD = ",".join(KEYS) + "\n"


@pytest.fixture
@built_once
def deals(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        install(tx, DEAL)
        people.create(tx, "a", "安一")
        people.create(tx, "b", "白二")
    return database


def test_each_row_that_breaks_a_rule_is_an_error_of_that_row(deals: Database, tmp_path: Path) -> None:
    text = HEAD + (
        "甲,2026-01-01,2026-02-01,x,价格,91350100M000100Y43,5,安一、白二,杭州\n"
        "乙,2026-03-01,2026-02-01,,,,,,\n"
        "丙,,,X,,,,,\n"
        "丁,,,,,91350100M000100Y44,6,无人,\n"
        "戊,2026-01-01,,y,,９１３５０１００ｍ０００１００ｙ４３,4.5,,\n"
    )
    told = checked(deals, staged(deals, tmp_path, text, MAPPED))
    assert errors(told) == {
        ("imports.check", "stop", 1),
        ("imports.required_when", "why", 1),
        ("imports.not_a_credit_code", "code", 1),
        ("imports.not_points", "stars", 2),
        ("imports.no_such_person", "team", 1),
    }
    assert (told["rows"], told["bad"]) == (5, 4)
    sentences = {one["code"]: one["facts"] for one in told["problems"]}
    assert sentences["imports.check"] == {"message": "结束早于开始", "message_en": "The end is before the start"}
    ran(deals, staged(deals, tmp_path, text, MAPPED), skip_errors=True)
    with deals.begin(SYSTEM) as tx:
        row = tx.one(at(tx, "SELECT name, code, stars, cardinality(team) AS team, place, days FROM data.deal"))
    assert row == {"name": "甲", "code": "91350100M000100Y43", "stars": 5, "team": 2, "place": "杭州", "days": 31}


def test_an_update_is_judged_by_the_record_as_it_would_be(deals: Database, tmp_path: Path) -> None:
    with deals.begin(SYSTEM) as tx:
        for name, start in (("甲", "2026-01-01"), ("乙", "2026-06-01"), ("丙", None)):
            records.create(tx, "deal", {"name": name, "start": start, "why": "w" if name == "甲" else None})
    mapped = target("deal", "name", column("name"), column("stop"), column("state"), mode="upsert")
    text = "name,stop,state\n甲,2026-03-01,x\n乙,2026-03-01,\n丙,2026-03-01,x\n"
    told = checked(deals, staged(deals, tmp_path, text, mapped))
    assert errors(told) == {("imports.check", "stop", 1), ("imports.required_when", "why", 1)}


def test_files_do_not_come_from_cells(deals: Database, tmp_path: Path) -> None:
    mapped = target("deal", "name", column("name"), column("papers"))
    told = checked(deals, staged(deals, tmp_path, "name,papers\n甲,a.pdf\n", mapped))
    assert errors(told) == {("imports.not_from_cells", "papers", 1)}


def test_identity_numbers_come_from_cells(database: Database, tmp_path: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("one", "name: text", field("no: text", format="id_number")))
    mapped = target("one", "name", column("name"), column("no"))
    told = checked(database, staged(database, tmp_path, "name,no\n甲,11010519491231002x\n乙,1101\n", mapped))
    assert errors(told) == {("imports.not_an_id_number", "no", 1)}
