"""History told, two moments compared, fields and deleted records brought back."""

import datetime as dt
import json
from typing import Any

import pytest
from builders import field, form, install
from builders_records import acting, contract, customer, representatives
from error_codes import refused
from sqlalchemy import text
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, changes, people, records
from perennial.kernel import SYSTEM, Conflict, Database, Denied, Invalid, Missing, Reason, Tx
from perennial.records import past

ROLE: dict[str, Any] = {
    "role": "rep", "label": "代表",
    "forms": {
        "customer": {"rows": "own", "rights": ["read", "update", "delete"],
                     "fields": {"*": "write", "phone": "masked", "note": "hidden", "tier": "read"}},
        "contract": {"rows": "own", "rights": ["read", "update"], "fields": {"*": "write"}},
    },
}  # fmt: skip


class Office:
    """A representative with a customer that has a past of five changes by different hands, and one of somebody else."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.begin(SYSTEM) as tx:
            self.he, self.yu = representatives(tx, ROLE, password=PASSWORD)
        with database.begin(SYSTEM, Reason("import", {"import": 1, "file": "客户.xlsx"})) as tx:
            self.mine = customer(tx, name="厦门屿岸", csm=self.he, phone="13800001234", tier="a")
            self.theirs = customer(tx, name="苏州云帆", csm=self.yu)
        self.contract = self.do(lambda tx: contract(tx, customer=self.mine, owner=self.he, number="C-1", amount="77"))
        with acting(database, self.he, "何知远") as tx:
            records.update(tx, "customer", self.mine, 1, {"name": "屿岸"})
        with database.begin(SYSTEM, Reason("process", {"process": "renewal", "node": "gone"})) as tx:
            records.update(tx, "customer", self.mine, 2, {"tier": "b"})
            records.update(tx, "contract", self.contract, 1, {"amount": "99"})
            records.update(tx, "customer", self.theirs, 1, {"name": "云帆"})
        self.do(lambda tx: records.update(tx, "customer", self.mine, 3, {"note": "secret"}))
        self.do(lambda tx: records.update(tx, "customer", self.mine, 4, {"phone": "13900009999"}))

    def do(self, act: Any) -> Any:
        with self.database.begin(SYSTEM) as tx:
            return act(tx)


@pytest.fixture
@built_once
def office(database: Database) -> Office:
    return Office(database)


def told(tx: Tx, record: int, **asked: Any) -> list[tuple[str, str, list[str]]]:
    return [(one.op, one.who, [each["key"] for each in one.fields])
            for one in past.history(tx, "customer", record, **asked)]  # fmt: skip


def test_a_history_tells_who_and_what_and_leaves_out_what_is_hidden(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        assert told(tx, office.mine) == [
            ("update", "system", ["phone"]), ("update", "process", ["tier"]), ("update", "person", ["name"]),
            ("create", "import", []),
        ]  # fmt: skip
        assert told(tx, office.mine, who=["import", "person"]) == [
            ("update", "person", ["name"]), ("create", "import", [])]  # fmt: skip
        assert told(tx, office.mine, field="tier") == [("update", "process", ["tier"])]
        first = past.history(tx, "customer", office.mine, limit=2)
        rest = past.history(tx, "customer", office.mine, limit=2, before=first[-1].id)
        assert [one.op for one in rest] == ["update", "create"]
        assert past.changed_days(tx, "customer", office.mine, 2026, 11) == {dt.date(2026, 11, 21): 4}
        assert past.changed_days(tx, "customer", office.mine, 2026, 10) == {}
        with pytest.raises(Invalid) as hidden:
            past.history(tx, "customer", office.mine, field="note")
        with pytest.raises(Invalid) as nobody:
            past.history(tx, "customer", office.mine, field="nope")
        assert hidden.value.code == nobody.value.code == "records.unknown_field"
        with refused("records.no_such_who", "没有「ghost」这类操作者", path="who"):
            past.history(tx, "customer", office.mine, who=["ghost"])
        with pytest.raises(Invalid):
            past.changed_days(tx, "customer", office.mine, 2026, 13)
        with pytest.raises(Missing):
            past.changed_days(tx, "customer", office.theirs, 2026, 11)


def test_two_moments_differ_field_by_field_with_who_changed_it_last(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        created = past.history(tx, "customer", office.mine)[-1].id
        found = past.compare(tx, "customer", office.mine, f"c{created}", "now")
        fields = {one.key: one for one in found.fields}
        assert {key: (one.a, one.b) for key, one in fields.items() if one.changed and not one.computed} == {
            "name": ("厦门屿岸", "屿岸"), "tier": ("a", "b"), "phone": ("138****1234", "139****9999")}  # fmt: skip
        assert "note" not in fields
        last = fields["name"].last or {}
        assert (last["actor"], last["who"]) == ("何知远", "person")
        assert (found.a.state, found.a.version, found.b.version, found.b.title) == ("live", 1, 5, "屿岸")
        assert fields["health_score"].computed
        # the contract changed in the same transaction as the tier; the customer of somebody else did too, unseen
        assert [(one.form, [each["title"] for each in one.records]) for one in found.beside] == [("contract", ["C-1"])]
        before = past.compare(tx, "customer", office.mine, f"b{created}", f"c{created}")
        assert (before.a.state, before.b.state) == ("absent", "live")
        assert [one.key for one in before.fields if one.changed][:1] == ["name"]
        with pytest.raises(Missing):
            past.compare(tx, "customer", office.theirs, "now", "now")
        with pytest.raises(Missing) as other:
            past.compare(tx, "customer", office.mine, "c999999", "now")
        assert other.value.code == "records.no_such_change"
        with pytest.raises(Invalid):
            past.compare(tx, "customer", office.mine, "when", "now")


def test_two_days_are_compared_as_they_were_sealed(office: Office) -> None:
    changes.seal(office.database)
    with office.database.begin(SYSTEM) as tx:
        tx.run("UPDATE kernel.workspace SET clock_at = clock_at + interval '2 days'")
    office.do(lambda tx: records.update(tx, "customer", office.mine, 5, {"name": "新屿岸"}))
    office.do(lambda tx: records.delete(tx, "customer", office.theirs, 2))
    with office.database.begin(SYSTEM) as tx:
        found = past.compare(tx, "customer", office.mine, "2026-11-21", "now")
        assert [(one.key, one.a, one.b) for one in found.fields if one.changed and not one.computed] == [
            ("name", "屿岸", "新屿岸")]  # fmt: skip
        assert past.compare(tx, "customer", office.mine, "2026-11-20", "now").a.state == "absent"
        gone = past.compare(tx, "customer", office.theirs, "2026-11-21T23:00", "now")
        assert (gone.a.state, gone.b.state, gone.a.title) == ("live", "deleted", "云帆")


def test_chosen_fields_come_back_as_a_change_with_a_reason_that_can_be_undone(office: Office) -> None:
    with office.database.begin(SYSTEM) as tx:
        created = past.history(tx, "customer", office.mine)[-1].id
        seen = past.foresee(tx, "customer", office.mine, f"c{created}", ["name", "tier"])
        assert (seen.version, seen.values, seen.errors) == (5, {"name": "厦门屿岸", "tier": "a"}, [])
        done = past.restore_fields(tx, "customer", office.mine, 5, f"c{created}", ["name", "tier"])
        newest = past.history(tx, "customer", office.mine)[0]
        assert (newest.who, {one["key"]: one["after"] for one in newest.fields}) == (
            "restore", {"name": "厦门屿岸", "tier": "a"})  # fmt: skip
        again = past.restore_fields(tx, "customer", office.mine, done.version, f"c{created}", ["name"])
        assert again == past.Restored(done.version, None)
        assert done.transaction is not None
        records.undo(tx, done.transaction)
        values = json.loads(records.read(tx, "customer", office.mine))["values"]
        assert (values["name"], values["tier"]) == ("屿岸", "b")


def test_a_restore_is_refused_as_a_save_is(office: Office) -> None:
    with acting(office.database, office.he) as tx:
        created = past.history(tx, "customer", office.mine)[-1].id

        def restore(*keys: str, at: str = f"c{created}", version: int = 5) -> None:
            past.restore_fields(tx, "customer", office.mine, version, at, keys)

        with pytest.raises(Conflict) as stale:
            restore("name", version=2)
        assert stale.value.code == "records.stale"
        for key in ("phone", "tier"):  # masked, and to be read only
            with pytest.raises(Denied):
                restore(key)
        for key, code in (("note", "records.unknown_field"), ("health_score", "records.computed")):
            with pytest.raises((Invalid, Denied)) as caught:
                restore(key)
            assert caught.value.code == code
        with refused("records.restore_absent", "那时还没有这条记录，请选择晚一些的时刻", path="at"):
            restore("name", at=f"b{created}")
        with pytest.raises(Missing):
            past.restore_fields(tx, "customer", office.theirs, 2, "now", ["name"])


def test_what_a_relation_held_comes_back_only_to_who_may_see_it(office: Office) -> None:
    office.do(lambda tx: records.update(tx, "contract", office.contract, 2, {"customer": office.theirs}))
    office.do(lambda tx: records.update(tx, "contract", office.contract, 3, {"customer": office.mine}))
    with acting(office.database, office.he) as tx:
        moved = past.history(tx, "contract", office.contract, field="customer")
        assert [one.fields[0]["after"] for one in moved] == [
            {"id": office.mine, "label": "屿岸"}, {"id": None, "label": None}]  # fmt: skip
        with refused("records.restore_unseen", "关联客户当时的值已不存在，或者你无权查看，不能恢复", path="customer"):
            past.restore_fields(tx, "contract", office.contract, 4, f"c{moved[1].id}", ["customer"])
        past.restore_fields(tx, "contract", office.contract, 4, f"c{moved[0].id}", ["customer"])


def test_the_bin_lists_what_i_may_bring_back_with_who_deleted_it(office: Office) -> None:
    with acting(office.database, office.he, "何知远") as tx:
        records.delete(tx, "customer", customer_of(tx, office, "甲"), 1)
        records.delete(tx, "customer", customer_of(tx, office, "乙"), 1)
    office.do(lambda tx: records.delete(tx, "customer", office.theirs, 2))
    with acting(office.database, office.he) as tx:
        found = past.bin_of(tx, "customer")
        assert [(one.title, one.actor, one.kind) for one in found.rows] == [
            ("乙", "何知远", "person"), ("甲", "何知远", "person")]  # fmt: skip
        first = past.bin_of(tx, "customer", limit=1)
        assert [one.title for one in past.bin_of(tx, "customer", limit=1, after=first.next).rows] == ["甲"]
        assert [one.title for one in past.bin_of(tx, "customer", search="甲").rows] == ["甲"]
        with pytest.raises(Invalid):
            past.bin_of(tx, "customer", after="x")
        with pytest.raises(Denied):
            past.bin_of(tx, "contract")
        with pytest.raises(Missing):
            past.bin_of(tx, "payment")
        back = found.rows[0].id
        records.restore(tx, "customer", back)
        assert [one.op for one in past.history(tx, "customer", back)][:2] == ["restore", "delete"]
        assert [one.title for one in past.bin_of(tx, "customer").rows] == ["甲"]


def customer_of(tx: Tx, office: Office, name: str) -> int:
    """A customer of whoever acts; the role may not create."""
    me, tx.actor = tx.actor, SYSTEM
    made = customer(tx, name=name, csm=office.he)
    tx.actor = me
    return made


def test_files_and_lists_come_back_and_a_signature_does_not(database: Database) -> None:
    matter = form("matter", "name: text", "watchers: persons", "sign: signature", title="name")
    with database.begin(SYSTEM) as tx:
        install(tx, matter)
        a, b = (people.create(tx, key, key) for key in ("a", "b"))
        made = records.create(tx, "matter", {"name": "m", "watchers": [a, b]})
        created = past.history(tx, "matter", made)[0].id
        tx.run(access.everything(tx, "matter").target.update().values(sign=text("'{\"file\": 1}'::jsonb")))
        signed = past.history(tx, "matter", made)[0].id
        records.update(tx, "matter", made, 1, {"watchers": [a]})
        past.restore_fields(tx, "matter", made, 2, f"c{created}", ["watchers"])
        watchers = json.loads(records.read(tx, "matter", made))["values"]["watchers"]
        assert [one["id"] for one in watchers] == [a, b]
        with refused("records.restore_signature", "sign由本人签名，不能恢复旧的签名", path="sign"):
            past.restore_fields(tx, "matter", made, 3, f"c{signed}", ["sign"])


def test_a_field_that_was_of_another_kind_is_told_as_it_was_and_not_read_as_of_then(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        install(tx, form("matter", "name: text", "size: text", title="name"))
        made = records.create(tx, "matter", {"name": "m", "size": "large"})
        created = past.history(tx, "matter", made)[0].id
        records.update(tx, "matter", made, 1, {"size": "7"})
    with database.begin(SYSTEM) as tx:
        install(tx, form("matter", "name: text", "size: number", title="name"))
        told = [one.fields[0]["before"] for one in past.history(tx, "matter", made) if one.fields]
        assert told[-1] == "large"
        with refused("records.past_kinds", "那时有字段还是另一种类型，看不到那时的数据。请选择晚一些的时刻", path="at"):
            past.compare(tx, "matter", made, f"c{created}", "now")


def test_the_past_over_http(office: Office) -> None:
    with logged_in(office.database, "he") as web:
        at = f"/api/forms/customer/{office.mine}"
        found = web.get(f"{at}/changes").json()
        assert ([one["who"] for one in found["changes"]], found["next"]) == (
            ["system", "process", "person", "import"], None)  # fmt: skip
        assert found["changes"][3]["cause"]["file"] == "客户.xlsx"
        assert found["changes"][1]["words"] == {}  # no such process stands any more
        assert [one["who"] for one in web.get(f"{at}/changes?who=person").json()["changes"]] == ["person"]
        assert web.get(f"{at}/changes/days?year=2026&month=11").json() == [{"day": "2026-11-21", "count": 4}]
        created = found["changes"][3]["id"]
        compared = web.get(f"{at}/compare?a=c{created}").json()
        assert [one["key"] for one in compared["fields"] if one["changed"] and not one["computed"]] == [
            "name", "tier", "phone"]  # fmt: skip
        standing = web.get(f"{at}/standing").json()
        assert (standing["title"], standing["may"], standing["deleted_at"]) == ("屿岸", ["update", "delete"], None)
        body = {"version": standing["version"], "at": f"c{created}", "fields": ["name"]}
        assert web.post(f"{at}/restore-fields/preview", json=body).json()["values"] == {"name": "厦门屿岸"}
        done = web.post(f"{at}/restore-fields", json=body).json()
        assert web.post(f"/api/changes/{done['transaction']}/undo").status_code == 200
        then = web.post("/api/forms/customer/page", json={"at": "2026-11-20"}).json()
        assert then["rows"] == []
        assert web.post("/api/forms/customer/count", json={"at": "2026-11-20"}).json()["count"] == 0
        assert web.get(f"{at}?at=2026-11-20").status_code == 404
        assert web.get(f"{at}?at=soon").json()["error"]["code"] == "records.not_moment"
        other = office.do(lambda tx: customer(tx, name="甲", csm=office.he))
        assert web.delete(f"/api/forms/customer/{other}?version=1").status_code == 204
        assert [one["id"] for one in web.get("/api/deleted/customer").json()["rows"]] == [other]
        assert web.get(f"/api/forms/customer/{other}/standing").json()["deleted_at"]


def test_who_may_not_write_a_record_cannot_undo_what_was_computed_of_it(database: Database) -> None:
    deal = form("deal", "name: text", field("twice: formula", formula="LEN(name) * 2", tracked=True), title="name")
    role = {
        "role": "see",
        "label": "看",
        "forms": {"deal": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}}},
    }
    with database.begin(SYSTEM) as tx:
        install(tx, deal)
        access.publish(tx, [access.load(role)])
        reader = people.create(tx, "r", "r", roles=["see"])
        records.create(tx, "deal", {"name": "a"})
    with database.begin(SYSTEM) as tx:
        tx.run(access.everything(tx, "deal").target.update().values(twice=9))
        number = changes.written(tx)
        assert number is not None
    with acting(database, reader) as tx, pytest.raises(Missing) as caught:
        records.undo(tx, number)
    assert caught.value.code == "records.no_such_change"
