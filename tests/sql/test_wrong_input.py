"""Wrong input of every kind, over HTTP: a clear sentence in both languages, and not a trace in the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from builders import install_renewal
from builders_records import contract, customer
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import access, people
from perennial.kernel import SYSTEM, Database, Tx

CLERK: dict[str, Any] = {
    "role": "clerk", "label": "文员", "may": ["import"],
    "forms": {
        "customer": {"rows": "own", "rights": ["read", "update"], "fields": {"*": "write", "tier": "read",
                                                                             "note": "hidden"}},
        "contract": {"rows": "all", "rights": ["read"], "fields": {"*": "read"}},
    },
}  # fmt: skip
# sessions say when they were last used, attempts to log in are counted: neither is data
ASIDE = ("people.session", "people.login_attempt")
BROKEN_LEDGER = (
    "合同编号,客户名称,合同金额,开始日期,到期日\n"
    "HT-1,厦门屿岸,100,2026-01-01,2026-12-31\n"
    "HT-2,厦门屿岸,面议,2026-01-01,2026-12-31\n"
)


def footprint(tx: Tx) -> dict[str, str]:
    """Every table of the database and what stands in it: rows, log and versions alike."""
    tables = tx.rows(
        "SELECT format('%%I.%%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    hashed = "SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {} t"
    return {row["name"]: tx.value(hashed.format(row["name"])) for row in tables if row["name"] not in ASIDE}


@dataclass
class Office:
    """An administrator, a clerk with few rights, two customers, a contract that somebody has changed since."""

    database: Database
    mine: int
    theirs: int
    contract: int
    import_id: int = 0

    def footprint(self) -> dict[str, str]:
        with self.database.begin(SYSTEM) as tx:
            return footprint(tx)


@pytest.fixture
@built_once
def office(database: Database) -> Office:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        access.publish(tx, [access.load(CLERK)])
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
        clerk = people.create(tx, "clerk", "何知远", password=PASSWORD, roles=["clerk"])
        mine = customer(tx, name="厦门屿岸", csm=clerk)
        made = Office(database, mine, customer(tx, name="苏州云帆"), contract(tx, customer=mine))
    with logged_in(database, "boss") as client:
        saved = client.patch(f"/api/forms/contract/{made.contract}", json={"version": 1, "values": {"amount": "5"}})
        assert saved.json() == {"version": 2}
        sent = client.post(
            "/api/imports", files={"file": ("台账.csv", BROKEN_LEDGER.encode())}, data={"form": "contract"}
        )
        made.import_id = sent.json()["id"]
        assert client.post(f"/api/imports/{made.import_id}/dry-run").json()["checked"]["bad"] == 1
    return made


Act = Callable[[TestClient, Office], Any]


def listing(**query: Any) -> Act:
    return lambda client, _office: client.post("/api/forms/contract/page", json=query)


def creating(**values: Any) -> Act:
    return lambda client, office: client.post(
        "/api/forms/contract",
        json={"values": {"customer": office.mine, "start_date": "2026-01-01", "end_date": "2026-12-31", **values}},
    )


def changing(form: str, which: str, version: int = 1, **values: Any) -> Act:
    return lambda client, office: client.patch(
        f"/api/forms/{form}/{getattr(office, which)}", json={"version": version, "values": values}
    )


def one_fault(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """The error itself, or the only one of the fields that it lists."""
    error = reply["error"]
    if error["code"] != "records.fields":
        return error
    (inner,) = error["facts"]["errors"]
    return {**inner, "path": inner["field"]}


@dataclass(frozen=True)
class Wrong:
    who: str
    act: Act
    status: int
    code: str
    path: str | None
    zh: str
    en: str


CASES = {
    "a formula with an unknown name": Wrong(
        "boss", listing(filter="DAYS(TODAY(),结束日) > 3"), 422, "formula.unknown_name", "filter",
        "第 14 个字符：没有「结束日」这个字段，是不是「合同结束日期」？",
        'Character 14: no field "结束日". Did you mean "合同结束日期"?',
    ),
    "a formula with an unknown function": Wrong(
        "boss", listing(filter="1 < WORKDYA(TODAY(), 3)"), 422, "formula.unknown_function", "filter",
        "第 5 个字符：没有「WORKDYA」这个函数，是不是「WORKDAY」？",
        'Character 5: no function "WORKDYA". Did you mean "WORKDAY"?',
    ),
    "a formula that stops in the middle": Wrong(
        "boss", listing(filter="amount > "), 422, "formula.end", "filter",
        "第 10 个字符：公式还没写完", "Character 10: the formula ends too early",
    ),
    "a formula that compares an amount with a word": Wrong(
        "boss", listing(filter='amount > "面议"'), 422, "formula.compare_types", "filter",
        "第 10 个字符：「>」左边是金额，右边是文本，不能比较",
        'Character 10: ">" cannot compare an amount of money with text',
    ),
    "a cell that is no amount": Wrong(
        "boss", creating(amount="面议"), 422, "records.not_money", "amount",
        "「面议」不是金额，合同金额请填数字，例如 120000",
        '"面议" is not an amount. Enter Amount as a number such as 120000',
    ),
    "a cell that is no day": Wrong(
        "boss", changing("contract", "contract", 2, end_date="2026-02-30"), 422, "records.not_date", "end_date",
        "「2026-02-30」不是日期，合同结束日期请填日期，例如 2026-11-21",
        '"2026-02-30" is not a date. Enter End as a date such as 2026-11-21',
    ),
    "a cell of a file": Wrong(
        "boss", lambda client, office: client.post(f"/api/imports/{office.import_id}/run", json={}),
        422, "imports.errors", None,
        "还有 1 行有错误。请修正，或选择跳过这些行", "1 rows have errors. Mend them, or choose to skip them",
    ),
    "a stale version": Wrong(
        "boss", changing("contract", "contract", 1, amount="7"), 409, "records.stale", None,
        "周予安在 09:00 改过这条记录，请核对后再保存",
        "周予安 changed this record at 09:00. Compare, then save again",
    ),
    "an unknown field": Wrong(
        "boss", changing("contract", "contract", 2, amuont="7"), 422, "records.unknown_field", "amuont",
        "没有「amuont」这个字段，是不是「amount」？", 'There is no field "amuont". Did you mean "amount"?',
    ),
    "an unknown field in the request itself": Wrong(
        "boss", lambda client, office: client.patch(f"/api/forms/contract/{office.contract}",
                                                    json={"version": 2, "values": {}, "force": True}),
        422, "http.input_unknown", "force", "没有「force」这一项", 'There is no "force"',
    ),
    "no right to change what may be read": Wrong(
        "clerk", changing("contract", "contract", 2, amount="7"), 403, "records.denied_update", None,
        "你可以查看这条续费合同，但不能修改", "You may see this record of Contracts but not change it",
    ),
    "no right to change a field": Wrong(
        "clerk", changing("customer", "mine", tier="a"), 403, "records.denied_field", "tier",
        "你不能修改客户等级", "You may not change Tier",
    ),
    "a field that may not be known": Wrong(
        "clerk", changing("customer", "mine", note="x"), 422, "records.unknown_field", "note",
        "没有「note」这个字段", 'There is no field "note"',
    ),
    "a record that may not be known": Wrong(
        "clerk", changing("customer", "theirs", name="x"), 404, "records.missing", None,
        "找不到这条记录，可能已删除，或者你无权查看",
        "This record cannot be found. It may be deleted, or you may not see it",
    ),
    "no right to create": Wrong(
        "clerk", creating(), 403, "records.denied_create", None, "你没有新建续费合同的权限",
        "You may not create records of Contracts",
    ),
    "no right to manage people": Wrong(
        "clerk", lambda client, _office: client.post("/api/departments", json={"key": "x", "name": "x"}),
        403, "people.may", None, "你没有做这件事的权限", "You have no right to do this",
    ),
    "a file too large": Wrong(
        "boss", lambda client, _office: client.post(
            "/api/imports", files={"file": ("a.csv", b"x" * (83 << 20))}, data={"form": "contract"}),
        413, "http.too_large", None, "文件 83 MB，上限 50 MB。可拆分后分次导入",
        "The file is 83 MB; the limit is 50 MB. Split it and import in parts",
    ),
}  # fmt: skip


def test_wrong_input_is_told_in_both_languages_and_leaves_no_trace(office: Office) -> None:
    wrong: list[str] = []
    for name, case in CASES.items():
        for language, sentence in (("zh", case.zh), ("en", case.en)):
            with logged_in(office.database, case.who) as client:
                assert client.patch("/api/me", json={"language": language}).status_code == 200
                client.headers["Accept-Language"] = language  # as the client does, for what is refused at the door
                before = office.footprint()
                reply = case.act(client, office)
                error = one_fault(reply.json())
                after = office.footprint()
            said = (reply.status_code, error["code"], error.get("path"), error["text"])
            if said != (case.status, case.code, case.path, sentence):
                wrong.append(f"{name}: {said}\n  expected {(case.status, case.code, case.path, sentence)}")
            wrong += [f"{name}: {table} was written" for table in before if before[table] != after.get(table)]
            assert set(before) == set(after), name
    assert not wrong, "\n" + "\n".join(wrong)
