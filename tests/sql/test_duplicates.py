"""What is perhaps twice: found by name and numbers, told with a reason, remembered when it is not."""

import re

import pytest
import sqlalchemy as sa
from builders import field, form, install
from builders_records import acting
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, people, records
from perennial.access import everything
from perennial.kernel import SYSTEM, Database, Denied, Missing, Tx, render
from perennial.records import duplicates, suspects
from perennial.records.search import search_indexes

FIRM = form(
    "firm", "name: text", field("code", format="credit_code"), "phone: phone", "mail: mail", "note: text", title="name"
)


@pytest.fixture
@built_once
def firms(database: Database) -> Database:
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
        install(tx, FIRM)
        records.ensure_indexes(tx, "firm")
    return database


def add(tx: Tx, *names: str, **values: str) -> list[int]:
    return [records.create(tx, "firm", {"name": name, **values}) for name in names]


def told(tx: Tx) -> list[tuple[int, int, list[str]]]:
    return [(one.one.id, one.other.id, one.why) for one in duplicates.pairs(tx, "firm")]


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("北京云帆科技有限公司", "北京云帆科技有限责任公司", 100),
        ("厦门屿岸信息（厦门）有限公司", "厦门屿岸信息(厦门) 有限公司", 100),
        ("ＡＣＭＥ Co., Ltd.", "acme", 100),
        ("北京星河远航科技有限公司", "星河远航网络（北京）有限公司", 90),
        ("星河远航科技有限公司", "深圳市星河远航实业有限公司", 90),
        ("北京星河远航科技有限公司", "上海星河远航科技有限公司", 72),  # the same name in two places
        ("星河远航有限公司", "星河远大有限公司", 60),  # two of three pairs: 90 · 2·2/6
        ("星河远航有限公司", "金鼎恒瑞有限公司", None),
    ],
)
def test_names_compare_without_legal_form_marks_place_and_common_words(
    firms: Database, one: str, other: str, score: int | None
) -> None:
    with firms.begin(SYSTEM) as tx:
        first, second = add(tx, one, other)
        found = [(pair.one.id, pair.other.id, pair.score) for pair in duplicates.pairs(tx, "firm")]
        assert found == ([] if score is None else [(first, second, score)])


def test_equal_codes_phones_and_mails_are_reasons_and_several_weigh_more(firms: Database) -> None:
    with firms.begin(SYSTEM) as tx:
        [one] = add(tx, "云帆", code="91350200MA2YWC6J8G", phone="+86 138-1234-8888", mail="A@ex.com")
        [two] = add(tx, "另一个名字", code="91350200MA2YWC6J8G", phone="13812348888")
        [three] = add(tx, "第三家企业", mail="a@EX.com")
        pairs = duplicates.pairs(tx, "firm")
        assert [(pair.one.id, pair.other.id, pair.score, pair.why) for pair in pairs] == [
            (one, two, 100, ["code", "phone"]), (one, three, 85, ["mail"])]  # fmt: skip


def test_a_number_that_many_share_is_no_evidence(firms: Database) -> None:
    with firms.begin(SYSTEM) as tx:
        add(tx, *(f"{name}号" for name in "甲乙丙丁戊己庚辛壬癸子"), phone="01061234567")
        assert told(tx) == []


def test_what_is_judged_to_be_two_is_told_no_more_until_the_judgement_is_taken_back(firms: Database) -> None:
    with firms.begin(SYSTEM) as tx:
        one, two = add(tx, "北京云帆科技有限公司", "北京云帆科技有限责任公司")
        duplicates.differ(tx, "firm", two, one)
        duplicates.differ(tx, "firm", one, two)
        assert told(tx) == []
        duplicates.may_be_one(tx, "firm", one, two)
        assert told(tx) == [(one, two, ["same_name"])]
        for wrong in ((one, one), (one, 999), (one, 2**63)):
            with pytest.raises(Missing):
                duplicates.differ(tx, "firm", *wrong)


def test_while_a_name_is_typed_what_is_there_is_named(firms: Database) -> None:
    with firms.begin(SYSTEM) as tx:
        one, two, _ = add(tx, "北京星河远航科技有限公司", "星河远航网络", "金鼎恒瑞贸易")
        [three] = add(tx, "完全不同", phone="13812348888")

        def like(**values: str) -> list[tuple[int, list[str]]]:
            return [(found.id, found.why) for found in duplicates.alike(tx, "firm", values)]

        assert like(name="星河远航（北京）科技") == [(one, ["name"]), (two, ["name"])]
        assert like(name="星河远航网络") == [(two, ["same_name"]), (one, ["name"])]
        assert like(name="星河") == [(one, ["name"]), (two, ["name"])]
        assert like(phone="13812348888") == [(three, ["phone"])]
        [four] = add(tx, "代码在此", code="91350200MA2YWC6J8G")
        for typed in ("91350200ma2ywc6j8g", " ９１３５０２００ＭＡ２ＹＷＣ６Ｊ８Ｇ", "9135 0200 MA2Y WC6J 8G"):
            assert like(code=typed) == [(four, ["code"])]
        assert like(code="91350200MA2YWC6J8H") == like(name="\x00星河远航") == like(name="\ud800远航") == []
        assert like(name="星") == like(name="瑞祥") == like(note="星河远航网络") == []


def test_a_reader_is_told_of_records_and_fields_that_they_read_and_of_nothing_else(firms: Database) -> None:
    tree = {
        "role": "rep", "label": "代表",
        "forms": {"firm": {"rows": 'ISBLANK(note)', "rights": ["read", "update"],
                           "fields": {"*": "write", "phone": "masked", "note": "hidden"}}},
    }  # fmt: skip
    looker = {
        "role": "looker",
        "label": "旁观",
        "forms": {"firm": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}},
    }
    with firms.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(tree), access.load(looker)])
        he, see = (
            people.create(tx, account, account, roles=[role]) for account, role in (("he", "rep"), ("see", "looker"))
        )
        one, two = add(tx, "北京云帆科技有限公司", "北京云帆科技有限责任公司", phone="13812348888")
        [hidden] = add(tx, "北京云帆科技公司", phone="13812348888", note="x")
        assert len(told(tx)) == 3
    with acting(firms, he) as tx:
        assert told(tx) == [(one, two, ["same_name"])]
        assert {found.id for found in duplicates.alike(tx, "firm", {"name": "云帆科技"})} == {one, two}
        assert duplicates.alike(tx, "firm", {"phone": "13812348888"}) == []
        with pytest.raises(Missing):
            duplicates.differ(tx, "firm", one, hidden)
    with acting(firms, see) as tx, pytest.raises(Denied):
        duplicates.pairs(tx, "firm")


def test_over_http_pairs_are_listed_and_judged(firms: Database) -> None:
    with firms.begin(SYSTEM) as tx:
        one, two = add(tx, "北京云帆科技有限公司", "北京云帆科技有限责任公司")
    with logged_in(firms, "boss") as client:
        told_ = client.get("/api/duplicates/firm").json()
        assert (told_["kept"], told_["stale"], told_["looking"]) == (False, False, False)
        assert {key: told_[key] for key in ("pairs", "more")} == {
            "pairs": [{"one": {"id": one, "label": "北京云帆科技有限公司"},
                       "other": {"id": two, "label": "北京云帆科技有限责任公司"}, "score": 100, "why": ["same_name"]}],
            "more": False,
        }  # fmt: skip
        found = client.post("/api/duplicates/firm/alike", json={"values": {"name": "云帆科技"}}).json()
        assert [one["id"] for one in found] == [one, two]
        both = {"one": one, "other": two}
        assert client.post("/api/duplicates/firm/different", json=both).status_code == 204
        assert client.get("/api/duplicates/firm").json()["pairs"] == []
        assert client.post("/api/duplicates/firm/undecided", json=both).status_code == 204
        assert len(client.get("/api/duplicates/firm").json()["pairs"]) == 1


def test_a_large_form_is_looked_through_by_a_job_and_told_with_todays_eyes(
    firms: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspects, "SMALL", 2)
    tree = {
        "role": "rep", "label": "代表",
        "forms": {"firm": {"rows": 'ISBLANK(note)', "rights": ["read", "update"],
                           "fields": {"*": "write", "phone": "masked", "note": "hidden"}}},
    }  # fmt: skip
    with firms.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(tree)])
        he = people.create(tx, "he", "he", roles=["rep"])
        one, two = add(tx, "北京云帆科技有限公司", "北京云帆科技有限责任公司", phone="13812348888")
        add(tx, "北京云帆科技公司", phone="13812348888", note="x")
        [four] = add(tx, "甲乙丙", phone="13812348888")

    def seen() -> tuple[list[tuple[int, int, list[str]]], bool]:
        with acting(firms, he) as tx:
            found = suspects.find(tx, "firm")
            assert found.kept
            return [(pair.one.id, pair.other.id, pair.why) for pair in found.pairs], found.stale

    assert seen() == ([], True)
    with acting(firms, he) as tx:
        suspects.ask(tx, "firm")
        suspects.ask(tx, "firm")
        assert suspects.find(tx, "firm").looking
        jobs = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = 'duplicates.look'"
        assert tx.value(jobs) == 1
    suspects.look(firms, "firm")
    assert seen() == ([(one, two, ["same_name"])], False)  # neither the hidden record nor the masked number counts
    with firms.begin(SYSTEM) as tx:
        assert len(suspects.find(tx, "firm").pairs) == 6
        records.update(tx, "firm", two, 1, {"name": "金鼎恒瑞"})
        left = {(pair.one.id, pair.other.id): pair.why for pair in suspects.find(tx, "firm").pairs}
        assert left[one, two] == ["phone"]  # what was said of the name is true no more
        duplicates.differ(tx, "firm", one, two)
        records.delete(tx, "firm", four, 1)
        assert {pair.one.id for pair in suspects.find(tx, "firm").pairs} == {one, two}
    assert seen() == ([], True)
    suspects.look(firms, "gone")


def test_over_http_a_large_form_says_how_fresh_it_is(firms: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "SMALL", 1)
    with firms.begin(SYSTEM) as tx:
        add(tx, "北京云帆科技有限公司", "北京云帆科技有限责任公司")
    with logged_in(firms, "boss") as client:
        first = client.get("/api/duplicates/firm").json()
        assert (first["pairs"], first["at"], first["looking"]) == ([], None, False)
        assert client.post("/api/duplicates/firm/look").status_code == 204
        assert client.get("/api/duplicates/firm").json()["looking"]
        suspects.look(firms, "firm")
        found = client.get("/api/duplicates/firm").json()
        assert (len(found["pairs"]), found["at"][:16], found["stale"], found["looking"]) == (
            1, "2026-11-21T09:00", False, False)  # fmt: skip


@pytest.mark.usefixtures("renewal")
def test_what_is_there_already_is_asked_of_the_index_of_the_search(tx: Tx) -> None:
    rows = everything(tx, "customer")
    asked = render(sa.select(duplicates._stored(rows))).text
    built = search_indexes(tx, "customer")["search"].definition
    plain = re.sub(r"t_\w+\.|[()\"\s]", "", asked)
    assert re.sub(r"[()\"\s]", "", built).removeprefix("USINGgin") in plain
