"""A company in three forms, as `forms` would describe it: the world that formula tests speak about."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from perennial.formula import SQL_TYPES, Collection, FieldInfo, Option, StaticScope, Type

STATUS = (Option("pending", "待续费"), Option("renewed", "已续费"), Option("lost", "已流失"))
TAGS = (Option("vip", "重点"), Option("risk", "风险"))


@dataclass
class Company:
    scopes: dict[str, StaticScope]
    tables: dict[str, sa.Table]


def company() -> Company:
    person = StaticScope("person", [FieldInfo("name", "姓名", Type("text"))])
    customer = StaticScope(
        "customer",
        [
            FieldInfo("name", "客户名称", Type("text", False)),
            FieldInfo("score", "健康度评分", Type("number"), tracked=True),
            FieldInfo("owner", "客户成功经理", Type("relation", form="person")),
        ],
        {"owner": person},
    )
    contract = StaticScope(
        "contract",
        [
            FieldInfo("number", "合同编号", Type("text")),
            FieldInfo("end_date", "合同结束日期", Type("date", False)),
            FieldInfo("status", "续费状态", Type("select", options=STATUS)),
            FieldInfo("amount", "合同金额", Type("money"), tracked=True),
            FieldInfo("rate", "折扣", Type("percent")),
            FieldInfo("customer", "关联客户", Type("relation", form="customer")),
            FieldInfo("auto", "自动续费", Type("yes_no")),
            FieldInfo("tags", "标签", Type("multi_select", options=TAGS)),
            FieldInfo("signed_at", "签署时间", Type("datetime")),
            FieldInfo("days_left", "剩余天数", Type("number"), formula="DAYS(end_date, TODAY())"),
            FieldInfo("urgent", "紧急", Type("yes_no"), formula='AND(status <> "已续费", days_left <= 30)'),
        ],
        {"customer": customer},
    )
    # both keep readings: one table stands for every field and period
    note = sa.table("reading", sa.column("record_id", sa.BigInteger), sa.column("day", sa.Date),
                    sa.column("value", sa.Numeric), schema="t")  # fmt: skip
    for scope, key in ((customer, "score"), (contract, "amount")):
        scope.noted.update({(key, period): sa.select(note).subquery("reading") for period in ("day", "week")})
    customer.others["contract"] = contract.others["contract"] = contract
    customer.collection_list.append(Collection("contracts", "合同", contract, "customer"))
    scopes = {"person": person, "customer": customer, "contract": contract}
    meta = sa.MetaData(schema="t")
    tables = {form: _table(meta, scope) for form, scope in scopes.items()}
    return Company(scopes, tables)


def _table(meta: sa.MetaData, scope: StaticScope) -> sa.Table:
    columns = [sa.Column(field.key, SQL_TYPES[field.type.kind]) for field in scope.fields() if field.formula is None]
    extra = [] if scope.form == "person" else [sa.Column("deleted_at", sa.DateTime(timezone=True))]
    assert isinstance(SQL_TYPES["multi_select"], ARRAY)
    return sa.Table(scope.form, meta, sa.Column("id", sa.BigInteger), *columns, *extra)
