"""Quotes of the shipped app: who takes part in their approval, contract HT-2026-0117, a quote with its lines."""

from collections.abc import Mapping
from typing import Any

from perennial import people, records
from perennial.kernel import Tx

# account -> name, role; lin sells, his head gu is copied, cheng and he are the vice presidents
TAKING_PART: Mapping[str, tuple[str, str]] = {
    "lin": ("林晓棠", "csm"),
    "shen": ("沈若溪", "legal"),
    "ming": ("顾明哲", "finance"),
    "yi": ("贺一宁", "tax"),
    "cheng": ("程砚秋", "vp"),
    "zhiyuan": ("何志远", "vp"),
    "wen": ("闻溪", "seal_keeper"),
}
ZIJIN = "陆子衿"  # of the law department, by no role of it: whom legal hands a quote to
CUSTOMER = "苏州栖木医疗器械有限公司"
CLAUSE = "验收后 60 日内一次性付清"
NEW_CLAUSE = "合同生效后 15 日内付 50%，余款 90 日内付清"
REASON = "客户今年预算压缩 8%，竞品报价 ¥188,000.00。本次申请 18% 折扣换取 12 个月续约。"


def staff(tx: Tx, head: int, *, password: str | None = None) -> dict[str, int]:
    """Everybody who takes part, in the department that `head` heads; account -> number."""
    at = people.save_department(tx, "quoting", "客户成功一部", head_id=head)
    who = {
        account: people.create(tx, account, name, roles=[role], department_id=at, password=password)
        for account, (name, role) in TAKING_PART.items()
    }
    who["zijin"] = people.create(tx, "zijin", ZIJIN, roles=["legal"], password=password, department_id=None)
    return who


def contract_0117(tx: Tx, owner: int) -> int:
    """HT-2026-0117: a year that ends with 2026, at ¥198,600.00."""
    customer = records.create(tx, "customer", {"name": CUSTOMER, "csm": owner, "tier": "a"})
    return records.create(tx, "contract", {
        "customer": customer, "number": "HT-2026-0117", "product_line": "bi", "amount": "198600",
        "start_date": "2026-01-01", "end_date": "2026-12-31", "status": "pending", "renew_mode": "manual",
        "owner": owner,
    })  # fmt: skip


def quote(tx: Tx, contract: int, *lines: tuple[str, str], **values: Any) -> int:
    """A quote of that contract; a line is (unit price, discount)."""
    rows = [{"product": "质检云 企业版", "unit_price": price, "discount": discount} for price, discount in lines]
    given = {"contract": contract, "payment_clause": CLAUSE, "reason": REASON, **values}
    return records.create(tx, "quote", given, {"lines": {"create": rows}})
