"""What a mapping may be, what is proposed, what is remembered, and rows whose values clash beyond the file."""

import sys
from pathlib import Path
from typing import Any

import pytest
from builders import form, install
from test_import_rows import checked, column, errors, hints, ran, staged, target
from worlds import built_once

from perennial import access, people, records
from perennial.forms import Unique
from perennial.http.imports import _told
from perennial.kernel import SYSTEM, Actor, Conflict, Database, Denied, Invalid, Missing, Problem, Tx
from perennial.records import imports

TELCO = Path(__file__).parents[1] / "data" / "churn" / "telco_customers.csv"


def proposed(tx: Tx, import_id: int) -> dict[str, dict[str, str | None]]:
    targets = imports.read(tx, import_id)["mapping"]["targets"]
    return {one["form"]: {item["field"]: item.get("column") for item in one["fields"]} for one in targets}


def uploaded(tx: Tx, tmp_path: Path, text: str, into: str) -> int:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    return imports.upload(tx, into, path.name, path)


def test_columns_of_yes_and_no_are_no_phones_departments_or_reasons(renewal: Database) -> None:
    with renewal.begin(SYSTEM) as tx:
        import_id = imports.upload(tx, "contract", TELCO.name, TELCO)
        assert proposed(tx, import_id) == {
            "customer": {"name": "customerID", "code": "customerID"},
            "contract": {"customer": None, "amount": "MonthlyCharges"},
        }
        assert imports.read(tx, import_id)["mapping"]["targets"][0]["key"] == ["code"]


def test_a_phone_or_mail_is_proposed_when_its_values_look_like_one(renewal: Database, tmp_path: Path) -> None:
    with renewal.begin(SYSTEM) as tx:
        good = uploaded(tx, tmp_path, "姓名,联系电话,邮箱\n林,010-8888 6666,lin@example.com\n", "contact")
        assert proposed(tx, good)["contact"] == {"name": "姓名", "phone": "联系电话", "mail": "邮箱"}
        bad = uploaded(tx, tmp_path, "姓名,联系电话,邮箱\n林,有,无\n", "contact")
        assert proposed(tx, bad)["contact"] == {"name": "姓名"}


CUSTOMERS = "名字,人数\n甲,3\n乙,4\n"
NAMES = target("customer", "name", column("name", "名字"), column("seats", "人数"))


def test_the_next_file_with_the_same_columns_begins_with_the_mapping_that_ran(
    renewal: Database, tmp_path: Path
) -> None:
    first = staged(renewal, tmp_path, CUSTOMERS, NAMES)
    with renewal.begin(SYSTEM) as tx:
        assert imports.remembered(tx) == []  # nothing has run
        again = uploaded(tx, tmp_path, CUSTOMERS, "customer")
        assert imports.read(tx, again)["about"]["remembered"] is None
        by_name = proposed(tx, again)
        assert by_name["customer"].get("seats") != "人数"
    ran(renewal, first)
    with renewal.begin(SYSTEM) as tx:
        again = uploaded(tx, tmp_path, "名字,人数\n丙,5\n", "customer")
        known = imports.read(tx, again)["about"]["remembered"]
        assert known["file"] == "file.csv" and known["at"].startswith("2026-11-21")
        assert proposed(tx, again) == {"customer": {"name": "名字", "seats": "人数"}}
        assert imports.check(tx, again)["targets"][0]["created"] == 1  # ready to be tried as it is
        imports.set_aside(tx, again)
        assert proposed(tx, again) == by_name and imports.read(tx, again)["about"]["remembered"] is None
        other = uploaded(tx, tmp_path, "名字,人数,备用\n丙,5,\n", "customer")
        assert imports.read(tx, other)["about"]["remembered"] is None
        (kept,) = imports.remembered(tx, "customer")
        assert (kept["columns"], kept["file_name"]) == (["名字", "人数"], "file.csv")
        imports.forget(tx, kept["id"])
        last = uploaded(tx, tmp_path, CUSTOMERS, "customer")
        assert imports.read(tx, last)["about"]["remembered"] is None
        with pytest.raises(Missing) as caught:
            imports.forget(tx, kept["id"])
        assert (caught.value.code, caught.value.facts) == ("imports.not_remembered", {"id": kept["id"]})


def test_a_remembered_mapping_that_fits_no_more_is_not_proposed(database: Database, tmp_path: Path) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("thing", "name", "size: number", title="name"))
    import_id = staged(
        database, tmp_path, "a,b\nx,1\n", target("thing", None, column("name", "a"), column("size", "b"))
    )
    ran(database, import_id)
    with database.begin(SYSTEM) as tx:
        install(tx, form("thing", "name", "breadth: number", title="name"))
    with database.begin(SYSTEM) as tx:
        again = uploaded(tx, tmp_path, "a,b\nx,1\n", "thing")
        assert imports.read(tx, again)["about"]["remembered"] is None


# -- values that must differ together, of which the file gives only some


@pytest.fixture
@built_once
def rooms(database: Database) -> Database:
    """A room's number is unique in its building; a building may be left out where it has a default."""
    with database.begin(SYSTEM) as tx:
        install(
            tx,
            form(
                "room", "code", "building", "number: number", "floor: number", title="code",
                unique=(Unique(("building", "number")),),
            ),
        )  # fmt: skip
        for code, building, number in (("a1", "A", 1), ("a2", "A", 2), ("b3", "B", 3)):
            records.create(tx, "room", {"code": code, "building": building, "number": str(number)})
    return database


def state(database: Database) -> set[tuple[Any, ...]]:
    from builders import at

    with database.begin(SYSTEM) as tx:
        rows = tx.rows(at(tx, "SELECT code, building, number FROM data.room WHERE deleted_at IS NULL"))
    return {(row["code"], row["building"], int(row["number"])) for row in rows}


BY_CODE = target("room", "code", column("code"), column("number"))


def test_a_part_that_the_file_leaves_out_counts_as_it_stands_in_the_record(rooms: Database, tmp_path: Path) -> None:
    text = "code,number\na1,2\nb3,2\na9,1\n"  # a1 would meet a2; b3 meets nothing; a9 is new and has no building
    import_id = staged(rooms, tmp_path, text, BY_CODE)
    told = checked(rooms, import_id)
    assert errors(told) == {("imports.taken", "number", 1)} and told["bad"] == 1
    with rooms.begin(SYSTEM) as tx:
        (row,) = imports.page(tx, import_id)
    assert (row["row"], row["problems"][0]["value"], row["problems"][0]["column"]) == (2, "2", "number")
    result = ran(rooms, import_id, skip_errors=True)
    assert (result["good"], result["bad"]) == (2, 1)
    with rooms.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM imports.import WHERE state = 'done'") == 1


def test_two_rows_that_would_meet_in_one_building_are_told_apart_by_row(rooms: Database, tmp_path: Path) -> None:
    import_id = staged(rooms, tmp_path, "code,number\na1,7\na2,7\n", BY_CODE)
    told = checked(rooms, import_id)
    assert errors(told) == {("imports.same_value", "number", 1)}
    ran(rooms, import_id, skip_errors=True)
    assert state(rooms) == {("a1", "A", 7), ("a2", "A", 2), ("b3", "B", 3)}


def test_rooms_that_change_numbers_with_each_other_are_no_clash_for_the_check(rooms: Database, tmp_path: Path) -> None:
    import_id = staged(rooms, tmp_path, "code,number\na1,5\na2,1\n", BY_CODE)
    assert checked(rooms, import_id)["bad"] == 0
    ran(rooms, import_id)
    assert state(rooms) == {("a1", "A", 5), ("a2", "A", 1), ("b3", "B", 3)}


def test_a_default_that_completes_the_group_counts(database: Database, tmp_path: Path) -> None:
    from builders import field

    with database.begin(SYSTEM) as tx:
        building = field("building", default='"A"')
        install(
            tx, form("room", "code", building, "number: number", title="code", unique=(Unique(("building", "number")),))
        )
        records.create(tx, "room", {"code": "a1", "number": "1"})
    import_id = staged(database, tmp_path, "code,number\nn1,1\nn2,2\nn3,2\n", BY_CODE)
    told = checked(database, import_id)
    assert errors(told) == {("imports.taken", "number", 1), ("imports.same_value", "number", 1)}
    ran(database, import_id, skip_errors=True)
    assert state(database) == {("a1", "A", 1), ("n2", "A", 2)}


# -- every refusal names its place


NAME = column("name", "名字")


def whole(*fields: dict[str, Any], key: str | None = None, into: str = "customer", **more: Any) -> dict[str, Any]:
    return {"targets": [target(into, key, *fields, **more)]}


@pytest.mark.parametrize(
    ("tree", "code", "path", "facts"),
    [
        ({"targets": []}, "no_target", "targets", {}),
        ({"targets": {}}, "shape", "targets", {}),
        ({"targets": [7]}, "shape", "targets[0]", {}),
        (whole(NAME, into="ship"), "no_such_form", "targets[0].form", {"form": "ship"}),
        (whole(NAME, mode="guess"), "mode", "targets[0].mode", {"mode": "guess"}),
        ({"targets": whole(NAME)["targets"] * 2}, "target_twice", "targets[1].name", {"name": "customer"}),
        (whole(NAME, NAME), "field_twice", "targets[0].fields[1]", {"field": "客户名称"}),
        (whole(), "no_field", "targets[0].fields", {"form": "客户"}),
        (whole(NAME, key="code"), "key_unmapped", "targets[0].key", {"field": "客户编码"}),
        (whole(NAME, mode="update"), "key_needed", "targets[0].key", {"form": "客户"}),
        ({**whole(NAME), "date_order": {"名字": "ymd"}}, "date_order_word", "date_order.名字", {"value": "ymd"}),
    ],
)
def test_a_mapping_that_means_nothing_is_refused_with_its_place(
    renewal: Database, tmp_path: Path, tree: dict[str, Any], code: str, path: str, facts: dict[str, Any]
) -> None:
    with renewal.begin(SYSTEM) as tx:
        import_id = uploaded(tx, tmp_path, CUSTOMERS, "customer")
        with pytest.raises(Invalid) as caught:
            imports.set_mapping(tx, import_id, tree)
        assert (caught.value.code, caught.value.path, caught.value.facts) == (f"imports.{code}", path, facts)


def test_acts_that_an_import_does_not_allow_are_refused(renewal: Database, tmp_path: Path) -> None:
    import_id = staged(renewal, tmp_path, CUSTOMERS, NAMES)
    checked(renewal, import_id)
    ran(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        fresh = uploaded(tx, tmp_path, CUSTOMERS, "customer")
        imports.set_mapping(tx, fresh, {"targets": [NAMES]})
        imports.check(tx, fresh)
        acts = (
            (lambda: imports.read(tx, 999), Missing, "missing", {}),
            (lambda: imports.check(tx, import_id), Conflict, "state", {"state": "已导入"}),
            (lambda: imports.undo(tx, fresh), Conflict, "state", {"state": "已试运行"}),
            (lambda: imports.start(tx, fresh, answer="maybe"), Invalid, "answer", {"answer": "maybe"}),
            (lambda: imports.fix(tx, fresh, "名字", new="x"), Invalid, "which_cell", {}),
            (lambda: imports.fix(tx, fresh, "字", new="x", row=2), Invalid, "no_such_column", {"column": "字"}),
        )
        for act, kind, code, facts in acts:
            with pytest.raises(kind) as caught:
                act()
            assert (caught.value.code, caught.value.facts) == (f"imports.{code}", facts)
        tx.run("DELETE FROM imports.file WHERE import_id = %(id)s", {"id": fresh})
        with pytest.raises(Missing) as gone:
            imports.read_again(tx, fresh, header_row=1)
        assert gone.value.code == "imports.gone"
    with renewal.begin(Actor("person", 77, "别人")) as tx, pytest.raises(Denied) as denied:
        imports.read(tx, import_id)
    assert denied.value.code == "imports.not_yours"


def test_a_run_that_breaks_or_never_ran_says_how_it_stands(
    renewal: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = staged(renewal, tmp_path, CUSTOMERS, NAMES)
    with pytest.raises(Problem) as caught:
        imports.run_now(renewal, import_id)
    assert (caught.value.code, caught.value.facts["state"]) == ("imports.not_done", "mapping")
    checked(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        imports.start(tx, import_id)

    def broken(*_: Any) -> Any:
        raise RuntimeError("out of order")

    monkeypatch.setattr(sys.modules["perennial.records.imports.run"], "create_set", broken)
    with pytest.raises(RuntimeError):
        imports.run(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        stands = imports.read(tx, import_id)
    assert (stands["state"], stands["error"]["code"]) == ("failed", "imports.broken")
    told = _told(stands, "zh")["error"]["text"]
    assert told == "导入时出错，没有写入任何数据。请重试，仍不行请联系管理员"


def test_every_kind_of_wrong_cell_is_named_by_row_column_and_value(database: Database, tmp_path: Path) -> None:
    with database.begin(SYSTEM) as tx:
        kinds = ("money", "yes_no", "phone", "mail", "link", "date", "text")
        install(tx, form("thing", "name", *(f"{kind}: {kind}" for kind in kinds), title="name"))
    header = "name,money,yes_no,phone,mail,link,date,text"
    cells = {
        "money": ("dear", "not_an_amount"), "yes_no": ("maybe", "not_yes_no"), "phone": ("call me", "not_a_phone"),
        "mail": ("at home", "not_a_mail"), "link": ("javascript:x", "not_a_link"), "text": ("x" * 33_000, "too_long"),
    }  # fmt: skip
    lines = [",".join([f"r{n}", *(cells[k][0] if k == key else "" for k in kinds)]) for n, key in enumerate(cells)]
    lines += ["fine,1.005,是,,,,2026-11-21 08:30,ok"]
    told_of = target("thing", None, *(column(name) for name in header.split(",")))
    import_id = staged(database, tmp_path, "\n".join([header, *lines]), told_of)
    told = checked(database, import_id)
    assert errors(told) == {(f"imports.{code}", key, 1) for key, (_, code) in cells.items()}
    assert hints(told) == {("imports.rounded", "money", 1), ("imports.time_dropped", "date", 1)}
    with database.begin(SYSTEM) as tx:
        rows = {row["row"]: row["problems"][0] for row in imports.page(tx, import_id)}
    for n, (key, (text, code)) in enumerate(cells.items()):
        one = rows[n + 2]
        assert (one["code"], one["column"], one["value"]) == (f"imports.{code}", key, text[:200])


def test_a_blank_key_a_value_twice_and_a_taken_one_are_named_by_row(database: Database, tmp_path: Path) -> None:
    from builders import field

    with database.begin(SYSTEM) as tx:
        install(tx, form("thing", "name", field("code", unique=True), title="name"))
        records.create(tx, "thing", {"name": "old", "code": "1"})
        records.create(tx, "thing", {"name": "own", "code": "7"})
    fields = (column("name"), column("code"))
    update = staged(database, tmp_path, "name,code\n,4\nown,1\n", target("thing", "name", *fields, mode="update"))
    assert errors(checked(database, update)) == {("imports.key_blank", "name", 1), ("imports.taken", "code", 1)}
    twice = staged(database, tmp_path, "name,code\na,4\nb,4\n", target("thing", "name", *fields))
    assert errors(checked(database, twice)) == {("imports.same_value", "code", 1)}


def test_rows_that_say_different_things_of_one_customer_are_pointed_out(renewal: Database, tmp_path: Path) -> None:
    text = "n,who,seats,start,end\nC-1,甲,3,2026-01-01,2026-12-31\nC-2,甲,4,2026-01-01,2026-12-31\n"
    customer = target("customer", "name", column("name", "who"), column("seats"))
    contract = target(
        "contract", "number", column("number", "n"), column("start_date", "start"), column("end_date", "end"),
        {"field": "customer", "from": "customer"},
    )  # fmt: skip
    told = checked(renewal, staged(renewal, tmp_path, text, customer, contract))
    assert ("imports.rows_differ", "seats", 1) in hints(told)


def test_a_record_that_the_person_sees_and_may_not_change_is_named(renewal: Database, tmp_path: Path) -> None:
    grant = {"rows": "all", "rights": ["read", "create"], "fields": {"*": "write"}}
    with renewal.begin(SYSTEM) as tx:
        access.publish(tx, [access.load({"role": "clerk", "label": "录入", "forms": {"customer": grant}})])
        clerk = people.create(tx, "clerk", "小录", roles=["clerk"])
        records.create(tx, "customer", {"name": "甲", "seats": "5"})
    with renewal.begin(Actor("person", clerk, "小录")) as tx:
        import_id = uploaded(tx, tmp_path, CUSTOMERS, "customer")
        imports.set_mapping(tx, import_id, {"targets": [NAMES]})
        told = imports.check(tx, import_id)
        assert errors(told) == {("imports.no_right", "name", 1)} and told["targets"][0]["created"] == 1
        (row,) = imports.page(tx, import_id)
        assert (row["row"], row["problems"][0]["value"]) == (2, "甲")
