"""What an import makes of rows that are wrong, repeated, related, or already there; and what undo leaves."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import error_codes
import pytest
from builders import at

from perennial import people, records
from perennial.kernel import SYSTEM, Actor, Database, Invalid, Tx
from perennial.records import imports


def target(form: str, key: str | None, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"form": form, "key": [key] if key else [], "fields": list(fields), **more}


def column(field: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"field": field, "column": name or field, **more}


def staged(database: Database, tmp_path: Path, text: str, *targets: dict[str, Any], form: str = "", **more: Any) -> int:
    path = tmp_path / "file.csv"
    path.write_text(text, encoding="utf-8")
    with database.begin(SYSTEM) as tx:
        import_id = imports.upload(tx, form or targets[-1]["form"], path.name, path)
        imports.set_mapping(tx, import_id, {"targets": list(targets), **more})
    return import_id


def checked(database: Database, import_id: int) -> dict[str, Any]:
    with database.begin(SYSTEM) as tx:
        return error_codes.told(imports.check(tx, import_id))


def ran(database: Database, import_id: int, **options: Any) -> dict[str, Any]:
    checked(database, import_id)
    with database.begin(SYSTEM) as tx:
        imports.start(tx, import_id, **options)
    return imports.run_now(database, import_id)


def errors(told: dict[str, Any]) -> set[tuple[str, str | None, int]]:
    return {(one["code"], one["field"], one["count"]) for one in told["problems"] if one["severity"] == "error"}


def hints(told: dict[str, Any]) -> set[tuple[str, str | None, int]]:
    return {(one["code"], one["field"], one["count"]) for one in told["problems"] if one["severity"] == "hint"}


CUSTOMER = target("customer", "name", column("name"), column("seats"), column("since"), column("tier"))


def test_every_wrong_cell_is_named_and_nothing_is_written(renewal: Database, tmp_path: Path) -> None:
    text = "name,seats,since,tier,mail\n甲,12万,2026-03-01,A,\n乙,面议,2026.13.5,Z,\n"
    text += "丙,#N/A,3/4/2026,b,\n,5,2026-01-01,a,x\n"
    import_id = staged(renewal, tmp_path, text, CUSTOMER)
    told = checked(renewal, import_id)
    assert errors(told) == {
        ("imports.not_a_number", "seats", 1), ("imports.error_cell", "seats", 1), ("imports.no_such_day", "since", 1),
        ("imports.date_order", "since", 1), ("imports.no_such_option", "tier", 1), ("imports.required", "name", 1),
    }  # fmt: skip
    assert (told["rows"], told["good"], told["bad"]) == (4, 1, 3)
    assert hints(told) == {("imports.unit_applied", "seats", 1)}
    with renewal.begin(SYSTEM) as tx:
        shown = imports.page(tx, import_id)
        assert [row["row"] for row in shown] == [3, 4, 5]
        assert shown[0]["problems"][0]["value"] == "面议" and shown[0]["problems"][0]["column"] == "seats"
        assert imports.read(tx, import_id)["unmapped"] == ["mail"]
        with pytest.raises(Invalid, match=r"imports\.errors"):
            imports.start(tx, import_id)
        assert tx.value(at(tx, "SELECT count(*) FROM data.customer")) == 0


def test_rows_with_errors_are_skipped_only_when_the_person_says_so(renewal: Database, tmp_path: Path) -> None:
    import_id = staged(renewal, tmp_path, "name,seats,since,tier\n甲,1,,A\n乙,x,,A\n", CUSTOMER)
    result = ran(renewal, import_id, skip_errors=True)
    assert (result["good"], result["bad"], result["targets"][0]["created"]) == (1, 1, 1)
    with renewal.begin(SYSTEM) as tx:
        assert tx.rows(at(tx, "SELECT name, seats, tier FROM data.customer")) == [
            {"name": "甲", "seats": Decimal(1), "tier": "a"}
        ]


def test_the_order_of_day_and_month_is_asked_and_then_kept_for_the_column(renewal: Database, tmp_path: Path) -> None:
    fields = [column("name"), column("since")]
    text = "name,since\n甲,3/4/2026\n乙,5/6/2026\n"
    import_id = staged(renewal, tmp_path, text, target("customer", "name", *fields), date_order={"since": "dmy"})
    assert checked(renewal, import_id)["bad"] == 0
    ran(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        days = [row["since"] for row in tx.rows(at(tx, "SELECT since FROM data.customer ORDER BY name"))]
        assert days == [dt.date(2026, 6, 5), dt.date(2026, 4, 3)]


def test_one_day_beyond_the_twelfth_tells_the_order_of_the_whole_column(renewal: Database, tmp_path: Path) -> None:
    fields = [column("name"), column("since")]
    import_id = staged(
        renewal, tmp_path, "name,since\n甲,3/4/2026\n乙,25/6/2026\n", target("customer", "name", *fields)
    )
    assert checked(renewal, import_id)["bad"] == 0
    both = staged(
        renewal, tmp_path, "name,since\n甲,3/4/2026\n乙,25/6/2026\n丙,6/25/2026\n", target("customer", "name", *fields)
    )
    assert errors(checked(renewal, both)) == {("imports.date_order", "since", 3)}


def test_existing_records_are_updated_by_key_and_blank_cells_leave_what_is_there(
    renewal: Database, tmp_path: Path
) -> None:
    with renewal.begin(SYSTEM) as tx:
        kept = records.create(tx, "customer", {"name": "甲", "seats": "5", "tier": "a"})
        records.create(tx, "customer", {"name": "乙", "seats": "7"})
    import_id = staged(renewal, tmp_path, "name,seats,since,tier\n甲,9,,\n乙,7,,\n丙,1,,\n", CUSTOMER)
    told = checked(renewal, import_id)
    assert {k: told["targets"][0][k] for k in ("created", "updated", "unchanged")} == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
    }
    result = ran(renewal, import_id)
    assert {k: result["targets"][0][k] for k in ("created", "updated", "unchanged")} == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
    }
    with renewal.begin(SYSTEM) as tx:
        rows = {
            row["name"]: row for row in tx.rows(at(tx, "SELECT name, seats, tier, version, status FROM data.customer"))
        }
        assert rows["甲"] == {"name": "甲", "seats": 9, "tier": "a", "version": 2, "status": "active"}
        assert (rows["乙"]["version"], rows["丙"]["status"]) == (1, "active")  # the default of a new record
        undone = imports.undo(tx, import_id)
        assert undone["targets"] == [{"form": "customer", "label": "客户", "removed": 1, "restored": 1, "returned": 0}]
        assert tx.value(at(tx, "SELECT seats FROM data.customer WHERE id = %(id)s"), {"id": kept}) == 5


CONTRACT = (
    column("number"), column("start_date"), column("end_date"), column("amount"),
    column("customer", match="name", create=True),
)  # fmt: skip
LINES = "number,start_date,end_date,amount,customer\n"


def test_a_related_record_is_matched_by_name_and_created_once_when_absent(renewal: Database, tmp_path: Path) -> None:
    with renewal.begin(SYSTEM) as tx:
        known = records.create(tx, "customer", {"name": "甲公司"})
    lines = [
        f"C-{i},2026-01-01,2026-12-31,{i}.5,{who}" for i, who in enumerate(["甲公司", "乙公司", "乙公司", "丙公司"])
    ]
    import_id = staged(renewal, tmp_path, LINES + "\n".join(lines), target("contract", "number", *CONTRACT))
    told = checked(renewal, import_id)
    assert hints(told) == {("imports.will_create", "customer", 3)}
    assert [(t["form"], t["created"]) for t in told["targets"]] == [("customer", 2), ("contract", 4)]
    ran(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        both = "SELECT k.number, c.name, c.id FROM data.contract k JOIN data.customer c ON c.id = k.customer ORDER BY 1"
        rows = tx.rows(at(tx, both))
        assert [row["name"] for row in rows] == ["甲公司", "乙公司", "乙公司", "丙公司"] and rows[0]["id"] == known
        assert tx.value(at(tx, "SELECT count(*) FROM data.customer")) == 3
        assert tx.value(at(tx, "SELECT open_amount FROM data.customer WHERE name = '乙公司'")) == Decimal("4.00")


def test_a_name_that_two_records_have_or_none_is_an_error_where_nothing_may_be_created(
    renewal: Database, tmp_path: Path
) -> None:
    with renewal.begin(SYSTEM) as tx:
        for _ in range(2):
            records.create(tx, "customer", {"name": "甲"})
    fields = (*CONTRACT[:4], column("customer", match="name"))
    text = LINES + "C-1,2026-01-01,2026-12-31,1,甲\nC-2,2026-01-01,2026-12-31,1,乙\n"
    told = checked(renewal, staged(renewal, tmp_path, text, target("contract", "number", *fields)))
    assert errors(told) == {("imports.several_records", "customer", 1), ("imports.not_found", "customer", 1)}
    assert told["targets"] == [
        {"form": "contract", "label": "续费合同", "main": True, "created": 0, "updated": 0, "unchanged": 0}
    ]


def test_a_key_that_stands_twice_is_an_error_with_the_other_row(renewal: Database, tmp_path: Path) -> None:
    text = LINES + "C-1,2026-01-01,2026-12-31,1,甲\nC-2,2026-01-01,2026-12-31,1,甲\nC-1,2026-01-01,2026-12-31,2,甲\n"
    import_id = staged(renewal, tmp_path, text, target("contract", "number", *CONTRACT))
    assert errors(checked(renewal, import_id)) == {("imports.same_key", "number", 1)}
    with renewal.begin(SYSTEM) as tx:
        (row,) = imports.page(tx, import_id)
        assert (row["row"], row["problems"][0]["facts"]) == (4, {"other": 2})


def test_persons_and_departments_are_found_by_name_account_mail_or_path(renewal: Database, tmp_path: Path) -> None:
    with renewal.begin(SYSTEM) as tx:
        east = people.save_department(tx, "east", "华东区")
        sales = people.save_department(tx, "east_sales", "销售部", parent_id=east)
        people.save_department(tx, "west_sales", "销售部", parent_id=people.save_department(tx, "west", "华西区"))
        zhou = people.create(tx, "zhou", "周予安", mail="zhou@example.com")
        for account in ("w1", "w2"):
            people.create(tx, account, "王伟")
    fields = [column("name"), column("csm"), column("department")]
    text = "name,csm,department\n甲,周予安,华东区/销售部\n乙,ZHOU@example.com,华东区\n丙,zhou,east_sales\n"
    text += "丁,王伟,销售部\n戊,赵六,北区\n"
    import_id = staged(renewal, tmp_path, text, target("customer", "name", *fields))
    assert errors(checked(renewal, import_id)) == {
        ("imports.several_persons", "csm", 1), ("imports.several_departments", "department", 1),
        ("imports.no_such_person", "csm", 1), ("imports.no_such_department", "department", 1),
    }  # fmt: skip
    ran(renewal, import_id, skip_errors=True)
    with renewal.begin(SYSTEM) as tx:
        rows = tx.rows(at(tx, "SELECT csm, department FROM data.customer ORDER BY id"))
        assert {row["csm"] for row in rows} == {zhou} and sorted(row["department"] for row in rows) == sorted(
            [sales, east, sales]
        )


def test_undo_keeps_and_lists_what_somebody_touched(renewal: Database, tmp_path: Path) -> None:
    lines = [f"C-{i},2026-01-01,2026-12-31,{i},客户{i}" for i in range(4)]
    import_id = staged(renewal, tmp_path, LINES + "\n".join(lines), target("contract", "number", *CONTRACT))
    ran(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        edited = tx.one(at(tx, "SELECT id, version FROM data.contract WHERE number = 'C-1'"))
        assert edited is not None
        records.update(tx, "contract", edited["id"], edited["version"], {"amount": "99"})
        owner = tx.value(at(tx, "SELECT id FROM data.customer WHERE name = '客户2'"))
        records.create(tx, "contract", {"customer": owner, "start_date": "2027-01-01", "end_date": "2027-12-31"})
    with renewal.begin(SYSTEM) as tx:
        undone = imports.undo(tx, import_id)
        assert {(one["form"], one["label"], one["why"]) for one in undone["kept"]} == {
            ("contract", "C-1", "changed"), ("customer", "客户1", "used"), ("customer", "客户2", "used"),
        }  # fmt: skip
        assert {one["form"]: one["removed"] for one in undone["targets"]} == {"contract": 3, "customer": 2}
        live = tx.rows(
            at(tx, "SELECT number FROM data.contract WHERE deleted_at IS NULL AND number LIKE 'C-%%' ORDER BY 1")
        )
        assert [row["number"] for row in live] == ["C-1"]


def test_an_unreadable_record_is_only_taken_and_a_field_without_grant_cannot_be_mapped(
    renewal: Database, tmp_path: Path
) -> None:
    with renewal.begin(SYSTEM) as tx:
        stranger = people.create(tx, "nobody", "无权")
    with renewal.begin(Actor("person", stranger, "无权")) as tx:
        path = tmp_path / "a.csv"
        path.write_text("name\n甲\n")
        with pytest.raises(Exception, match=r"no_such_form|no_right"):
            imports.upload(tx, "customer", "a.csv", path)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"field": "nope", "column": "name"}, "imports.no_such_field"),
        ({"field": "name", "column": "x"}, "imports.no_such_column"),
        ({"field": "health_score", "column": "name"}, "imports.not_writable"),
        ({"field": "name"}, "imports.one_value"),
        ({"field": "seats", "formula": "seets + 1"}, "formula.unknown_name"),
        ({"field": "name", "from": "x"}, "imports.no_such_target"),
        ({"field": "csm", "formula": '"a"'}, "imports.no_formula"),
        ({"field": "name", "colum": "name"}, "imports.unknown_word"),
        ({"field": "seats", "column": "seats"}, "imports.required_unmapped"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_its_place(
    renewal: Database, tmp_path: Path, item: dict[str, Any], code: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,seats\n甲,1\n")
    with renewal.begin(SYSTEM) as tx:
        import_id = imports.upload(tx, "customer", "a.csv", path)
        with pytest.raises(Invalid) as caught:
            imports.set_mapping(tx, import_id, {"targets": [target("customer", None, item)]})
        assert caught.value.code == code and (caught.value.path or "").startswith("targets[0].fields")


def test_a_run_that_fails_writes_nothing_and_says_why(renewal: Database, tmp_path: Path) -> None:
    import_id = staged(
        renewal, tmp_path, LINES + "C-1,2026-01-01,2026-12-31,1,甲\n", target("contract", "number", *CONTRACT)
    )
    checked(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        imports.start(tx, import_id)
        tx.run(f"UPDATE imports.rows_{import_id} SET c4 = 'abc'")  # something changes after the dry run
    assert imports.run(renewal, import_id) is None
    with renewal.begin(SYSTEM) as tx:
        found = imports.read(tx, import_id)
        assert (found["state"], found["error"]["code"]) == ("failed", "imports.changed_since")
        assert tx.value(at(tx, "SELECT count(*) FROM data.customer")) == 0
    assert imports.run(renewal, import_id) is None  # a job that runs twice is harmless


def test_another_sheet_or_header_row_may_be_chosen_afterwards(renewal: Database, tmp_path: Path) -> None:
    text = "台账,,\nname,seats,since\n甲,1,\n乙,2,\n"
    import_id = staged(renewal, tmp_path, text, target("customer", None, column("name")))
    with renewal.begin(SYSTEM) as tx:
        imports.read_again(tx, import_id, header_row=1)
        about = imports.read(tx, import_id)["about"]
    assert [one["name"] for one in about["columns"]] == ["台账", "B", "C"]
    assert about["rows"] == 3


def test_a_new_name_like_an_existing_one_is_asked_about_and_one_fix_settles_all_alike(
    renewal: Database, tmp_path: Path
) -> None:
    with renewal.begin(SYSTEM) as tx:
        for name in (
            "宁波远汐供应链有限公司",
            "成都檀屿智能装备有限公司",
            "苏州栖木医疗器械有限公司",
            "上海云启软件有限公司",
        ):
            records.create(tx, "customer", {"name": name})
    who = ["宁波远汐", "成都檀屿装备有限公司", "宁波远汐", "北京晨曦物流有限公司"]
    lines = [f"C-{i},2026-01-01,2026-12-31,1,{name}" for i, name in enumerate(who)]
    import_id = staged(renewal, tmp_path, LINES + "\n".join(lines), target("contract", "number", *CONTRACT))
    checked(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        rows = imports.page(tx, import_id, only="hint", code="imports.similar")
        asked = {p["value"]: p["facts"] for row in rows for p in row["problems"] if p["code"] == "imports.similar"}
        assert {value: facts["other"] for value, facts in asked.items()} == {
            "宁波远汐": "宁波远汐供应链有限公司",
            "成都檀屿装备有限公司": "成都檀屿智能装备有限公司",
        }
        assert imports.fix(tx, import_id, "customer", old="宁波远汐", new="宁波远汐供应链有限公司") == 2
    told = checked(renewal, import_id)
    assert [(t["form"], t["created"]) for t in told["targets"]] == [("customer", 2), ("contract", 4)]


def test_a_dead_run_is_taken_up_again_and_writes_once(renewal: Database, tmp_path: Path) -> None:
    """The worker died before its commit: state running, nothing written. The rescued job writes everything once."""
    import_id = staged(
        renewal, tmp_path, LINES + "C-1,2026-01-01,2026-12-31,1,甲\n", target("contract", "number", *CONTRACT)
    )
    checked(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        imports.start(tx, import_id)
        tx.run("UPDATE imports.import SET state = 'running' WHERE id = %(id)s", {"id": import_id})
    assert imports.run(renewal, import_id) is not None
    assert imports.run(renewal, import_id) is None
    with renewal.begin(SYSTEM) as tx:
        assert tx.value(at(tx, "SELECT count(*) FROM data.contract")) == 1


def test_what_a_run_costs_in_statements_does_not_depend_on_the_rows(
    renewal: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    real = Tx._execute

    def counting(self: Tx, *given: Any) -> Any:
        counted[-1] += 1
        return real(self, *given)

    monkeypatch.setattr(Tx, "_execute", counting)
    for size in (10, 1_000):
        lines = [f"C-{size}-{i},2026-01-01,2026-12-31,{i},{chr(0x4E00 + size + i % 7)}" for i in range(size)]
        counted.append(0)
        import_id = staged(renewal, tmp_path, LINES + "\n".join(lines), target("contract", "number", *CONTRACT))
        counted[-1] = 0
        ran(renewal, import_id)
    assert counted[0] == counted[1] > 0


def test_a_rehearsal_shows_the_records_as_they_would_stand_and_leaves_nothing(
    renewal: Database, tmp_path: Path
) -> None:
    text = LINES + "C-1,2026-01-01,2026-12-31,1,甲\nC-2,2026-01-01,2026-12-31,2,甲\n"
    import_id = staged(renewal, tmp_path, text, target("contract", "number", *CONTRACT))
    checked(renewal, import_id)
    with renewal.begin(SYSTEM) as tx:
        sql = at(tx, "SELECT count(*) FROM data.contract WHERE id = ANY(%(ids)s)")
        seen = imports.rehearse(
            tx, import_id, lambda form, ids: tx.value(sql, {"ids": ids}) if form == "contract" else len(ids)
        )
        assert seen == {"customer": 1, "contract": 2}
    with renewal.begin(SYSTEM) as tx:
        assert tx.value(at(tx, "SELECT count(*) FROM data.contract")) == 0
        assert tx.value("SELECT count(*) FROM changes.change") == tx.value("SELECT count(*) FROM changes.reaction") == 0
        assert imports.read(tx, import_id)["state"] == "checked"


def test_equal_rows_without_a_key_are_pointed_out(renewal: Database, tmp_path: Path) -> None:
    text = "name,seats\n甲,1\n乙,1\n甲,1\n"
    told = checked(renewal, staged(renewal, tmp_path, text, target("customer", None, column("name"), column("seats"))))
    assert hints(told) == {("imports.same_row", None, 1)} and told["targets"][0]["created"] == 3


def test_after_thirty_days_the_rows_of_an_import_are_swept(renewal: Database, tmp_path: Path) -> None:
    import_id = staged(renewal, tmp_path, "name\n甲\n", target("customer", None, column("name")))
    with renewal.begin(SYSTEM) as tx:
        assert imports.sweep(tx) == 0
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '31 days'")
    with renewal.begin(SYSTEM) as tx:
        assert imports.sweep(tx) == 1 and imports.sweep(tx) == 0
        assert imports.read(tx, import_id)["file_name"] == "file.csv"
        assert imports.page(tx, import_id, only="all") == []
