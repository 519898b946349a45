"""Values of the customer data centre's kinds: what is taken, what is refused and why, what readers get back."""

import io
import json
from typing import Any

import pytest
from PIL import Image
from worlds import built_once

from perennial import access, files, people, records
from perennial.access import Grant, Role
from perennial.kernel import SYSTEM, Actor, Database, Invalid, Missing, Tx
from perennial.people import Role as Head
from tests.builders import at, field, form, install

pytestmark = pytest.mark.usefixtures("home")

TAG = form("tag", "name: text", "secret: text", title="name")
MATTER = form(
    "matter",
    "name: text",
    "place: address",
    "stars: rating",
    "score: nps",
    "team: persons",
    field("tags: relations", to="tag", reverse="matters"),
    "papers: attachment",
    "photos: image",
    "signed: signature",
    field("license: certificate", label="营业执照"),
    field("code: text", format="credit_code", label="统一社会信用代码"),
    field("tel: text", format="phone"),
    title="name",
)


@pytest.fixture
@built_once
def me(database: Database) -> int:
    """A colleague who may do all with both forms."""
    with database.begin(SYSTEM) as tx:
        install(tx, TAG, MATTER)
        everything = ("read", "create", "update", "delete")
        grants = tuple(Grant(key, "all", everything, {"*": "write"}) for key in ("tag", "matter"))
        access.publish(tx, [Role(Head("all", "全部"), grants)])
        return people.create(tx, "wei", "韦一", roles=("all",))


def acting(database: Database, person: int, name: str = "韦一") -> Any:
    return database.begin(Actor("person", person, name))


def png(size: int = 4) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (size, size), "red").save(out, "PNG")
    out.seek(0)
    return out


def values_of(tx: Tx, record: int, form: str = "matter") -> dict[str, Any]:
    return json.loads(records.read(tx, form, record))["values"]


def test_values_come_back_as_they_were_given(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        tag = records.create(tx, "tag", {"name": "甲"})
        paper, photo = files.add(tx, io.BytesIO(b"%PDF-1.7 x"), "合同.pdf"), files.add(tx, png(), "门头.png")
        given = {
            "place": "浙江省 杭州市 西湖区 文三路 1 号",
            "stars": "4",
            "score": 10,
            "team": [me, {"id": me}],
            "tags": [{"id": tag, "label": "甲"}],
            "papers": [{"file": paper.id, "name": "盖章.pdf"}],
            "photos": [photo.id],
            "signed": {"file": photo.id},
            "tel": "138 0000 0000",
            "code": "91350100m000100y43",
            "license": {
                "number": "A-1",
                "issuer": "市监局",
                "from": "2024-01-01",
                "until": "2026-12-31",
                "files": [paper.id],
            },
        }
        record = records.create(tx, "matter", {"name": "一", **given})
        values = values_of(tx, record)
        page = json.loads(records.page(tx, "matter", records.Query()))["rows"][0]
    told = {"file": paper.id, "name": "合同.pdf", "type": "application/pdf", "size": 10}
    assert values["place"] == "浙江省 杭州市 西湖区 文三路 1 号"
    assert (values["stars"], values["score"]) == (4, 10)
    assert values["team"] == [{"id": me, "label": "韦一"}]
    assert values["tags"] == [{"id": tag, "label": "甲"}]
    assert values["papers"] == [{**told, "name": "盖章.pdf"}]
    assert values["photos"][0] | {"size": 0} == {
        "file": photo.id,
        "name": "门头.png",
        "type": "image/png",
        "size": 0,
        "width": 4,
        "height": 4,
    }
    assert values["signed"] == {"file": photo.id, "by": me, "name": "韦一", "at": "2026-11-21T09:00:00+08:00"}
    assert values["license"] == {
        "number": "A-1",
        "issuer": "市监局",
        "from": "2024-01-01",
        "until": "2026-12-31",
        "files": [told],
        "versions": [],
    }
    assert values["code"] == "91350100M000100Y43"
    assert {key: page[key] for key in given} == {key: values[key] for key in given}


WRONG: list[tuple[str, Any, str]] = [
    ("stars", 0, "not_points"),
    ("stars", 4.5, "not_points"),
    ("stars", "viel", "not_points"),
    ("stars", True, "not_points"),
    ("score", 11, "not_points"),
    ("score", "NaN", "not_points"),
    ("team", 7, "not_references"),
    ("team", ["x"], "reference"),
    ("team", [999], "reference"),
    ("tags", [999], "reference"),
    ("tags", list(range(1, 1002)), "many"),
    ("papers", "x", "not_files"),
    ("papers", [{"name": "a"}], "not_files"),
    ("papers", [999], "no_file"),
    ("papers", list(range(1, 102)), "many"),
    ("license", "A", "not_certificate"),
    ("license", {"until": "morgen"}, "not_date"),
    ("license", {"from": "2026-01-02", "until": "2026-01-01"}, "certificate_dates"),
    ("license", {"number": {}}, "not_text"),
    ("code", "91350100M000100Y44", "not_credit_code"),
    ("tel", "call", "not_phone"),
    ("place", 5.5j, "not_text"),
]


@pytest.mark.parametrize(("key", "value", "code"), WRONG)
def test_a_wrong_value_is_refused_at_its_field(database: Database, me: int, key: str, value: Any, code: str) -> None:
    with acting(database, me) as tx:
        with pytest.raises(Invalid) as caught:
            records.create(tx, "matter", {key: value})
        assert (caught.value.code, caught.value.path) == (f"records.{code}", key)
        assert tx.value(at(tx, "SELECT count(*) FROM data.matter")) == 0


def test_identity_numbers_and_mails_are_checked_too(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("one", field("a: text", format="id_number"), field("b: text", format="mail")))
        records.create(tx, "one", {"a": "11010519491231002x", "b": "a@b.cn"})
        with pytest.raises(Invalid) as caught:
            records.create(tx, "one", {"a": "11010519491231002Y", "b": "a@b"})
    assert [(one["code"], one["field"]) for one in caught.value.facts["errors"]] == [
        ("records.not_id_number", "a"),
        ("records.not_mail", "b"),
    ]


def test_a_file_of_somebody_else_cannot_be_named(database: Database, me: int) -> None:
    with database.begin(SYSTEM) as tx:
        other = people.create(tx, "o", "欧二", roles=("all",))
    with acting(database, other) as tx:
        paper = files.add(tx, io.BytesIO(b"%PDF-1"), "a.pdf")
    with acting(database, me) as tx, pytest.raises(Invalid) as caught:
        records.create(tx, "matter", {"papers": [paper.id]})
    assert caught.value.code == "records.no_file"
    with acting(database, other) as tx:
        record = records.create(tx, "matter", {"papers": [paper.id]})
    with acting(database, me) as tx:  # where the record names it, it may stay, but not go elsewhere
        version = records.update(tx, "matter", record, 1, {"name": "x", "papers": [{"file": paper.id}]})
        assert version == 2
        with pytest.raises(Invalid):
            records.update(tx, "matter", record, 2, {"license": {"files": [paper.id]}})


def test_images_must_be_images(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        paper = files.add(tx, io.BytesIO(b"%PDF-1"), "a.pdf")
        for key in ("photos", "signed"):
            with pytest.raises(Invalid) as caught:
                records.create(tx, "matter", {key: [paper.id] if key == "photos" else {"file": paper.id}})
            assert (caught.value.code, caught.value.path) == ("records.not_image", key)


def test_a_renewed_certificate_keeps_the_one_before(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        first, second = (files.add(tx, io.BytesIO(b"%PDF-" + n), f"{n!r}.pdf") for n in (b"1", b"2"))
        record = records.create(tx, "matter", {"license": {"number": "A", "until": "2025-12-31", "files": [first.id]}})
        version = records.update(
            tx, "matter", record, 1, {"license": {"number": "AA", "until": "2025-12-31", "files": [first.id]}}
        )
        assert values_of(tx, record)["license"]["versions"] == []  # a correction is no version
        renewed = {"number": "B", "until": "2028-12-31", "files": [second.id], "renew": True}
        version = records.update(tx, "matter", record, version, {"license": renewed})
        found = values_of(tx, record)["license"]
        assert (found["number"], [one["number"] for one in found["versions"]]) == ("B", ["AA"])
        # what was read may be sent back as it is
        assert records.update(tx, "matter", record, version, {"license": found}) == version
        assert records.file(tx, "matter", record, "license", first.id).id == first.id
        rows = json.loads(
            records.page(
                tx,
                "matter",
                records.Query(
                    filter="license.until > DATE(2028, 1, 1)",
                    sort=(("license", True),),
                    columns=("license.until", "license.number"),
                ),
            )
        )["rows"]
    assert [{key: row[key] for key in row if "." in key} for row in rows] == [
        {"license.until": "2028-12-31", "license.number": "B"}
    ]


def test_history_shows_lists_and_files_as_they_were(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        one, two = (records.create(tx, "tag", {"name": name}) for name in ("甲", "乙"))
        record = records.create(tx, "matter", {"tags": [one], "stars": 2})
        records.update(tx, "matter", record, 1, {"tags": [one, two], "stars": 5})
        fields = {one["key"]: one for one in records.history(tx, "matter", record)[0].fields}
    assert fields["stars"]["before"] == 2
    assert fields["tags"]["before"] == [{"id": one, "label": "甲"}]
    assert fields["tags"]["after"] == [{"id": one, "label": "甲"}, {"id": two, "label": "乙"}]


def test_a_deleted_record_is_absent_from_lists_and_back_when_restored(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        one, two = (records.create(tx, "tag", {"name": name}) for name in ("甲", "乙"))
        record = records.create(tx, "matter", {"tags": [one, two]})
        records.delete(tx, "tag", one, 1)
        assert values_of(tx, record)["tags"] == [{"id": two, "label": "乙"}]
        assert records.count(tx, "matter", filter=f"CONTAINS(tags, {one})").count == 0
        assert records.count(tx, "matter", filter="COUNTIF(tags, TRUE) = 1").count == 1
        # who saves the list as they see it does not lose what they do not see
        records.update(tx, "matter", record, 1, {"tags": [two]})
        records.restore(tx, "tag", one)
        assert [tag["id"] for tag in values_of(tx, record)["tags"]] == [two, one]
        related = json.loads(records.related(tx, "tag", one, "matters", records.Query(columns=("name",))))["rows"]
        assert [row["id"] for row in related] == [record]
        with pytest.raises(Missing):
            records.related(tx, "matter", record, "tags", records.Query())


def test_what_a_reader_may_not_read_of_a_list_is_denied_and_stays(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        mine, theirs = (records.create(tx, "tag", {"name": name}) for name in ("甲", "乙"))
        record = records.create(tx, "matter", {"tags": [theirs, mine], "license": {"number": "N-9"}, "stars": 3})
    with database.begin(SYSTEM) as tx:
        grants = (
            Grant("tag", 'name = "甲"', ("read",), {"*": "read"}),
            Grant("matter", "all", ("read", "update"), {"*": "write", "license": "masked", "stars": "hidden"}),
        )
        access.publish(tx, [Role(Head("some", "一些"), grants)])
        other = people.create(tx, "o", "欧二", roles=("some",))
    with acting(database, other) as tx:
        values = values_of(tx, record)
        assert values["tags"] == [{"denied": True}, {"id": mine, "label": "甲"}]
        assert values["license"] == "****"
        assert "stars" not in values
        assert records.count(tx, "matter", filter=f"CONTAINS(tags, {theirs})").count == 0
        assert records.count(tx, "matter", filter="COUNTIF(tags, TRUE) = 1").count == 1
        with pytest.raises(Invalid):
            records.count(tx, "matter", filter="ISBLANK(license.until)")
        version = records.update(tx, "matter", record, 1, {"tags": values["tags"][:1]})
        records.update(tx, "matter", record, version, {"tags": None})
    with acting(database, me) as tx:
        assert [tag["id"] for tag in values_of(tx, record)["tags"]] == [theirs]


def test_files_are_served_only_through_a_field_that_names_them_and_is_readable(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        paper, other = (files.add(tx, io.BytesIO(b"%PDF-" + n), "a.pdf") for n in (b"1", b"2"))
        record = records.create(tx, "matter", {"name": "一", "papers": [paper.id]})
        assert records.file(tx, "matter", record, "papers", paper.id).name == "a.pdf"
        for form_, id_, key, number in [
            ("matter", record, "papers", other.id),
            ("matter", record, "photos", paper.id),
            ("matter", record + 1, "papers", paper.id),
            ("matter", record, "name", paper.id),
            ("matter", record, "nothing", paper.id),
            ("matter", record, "papers", 10**30),
        ]:
            with pytest.raises(Missing) as caught:
                records.file(tx, form_, id_, key, number)
            assert caught.value.code == "files.missing"
    for level in ("masked", "hidden"):
        with database.begin(SYSTEM) as tx:
            grant = Grant("matter", "all", ("read",), {"*": "read", "papers": level})
            access.publish(tx, [Role(Head(level, level), (grant,))])
            reader = people.create(tx, level, level, roles=(level,))
        with acting(database, reader) as tx, pytest.raises(Missing):
            records.file(tx, "matter", record, "papers", paper.id)


def test_an_upload_is_its_uploaders_until_a_record_names_it(database: Database, me: int) -> None:
    with acting(database, me) as tx:
        paper = files.add(tx, io.BytesIO(b"%PDF-1"), "a.pdf")
        assert records.upload(tx, paper.id).id == paper.id
    with database.begin(SYSTEM) as tx, pytest.raises(Missing):
        records.upload(tx, paper.id)
    with acting(database, me) as tx:
        records.create(tx, "matter", {"papers": [paper.id]})
        with pytest.raises(Missing):
            records.upload(tx, paper.id)
