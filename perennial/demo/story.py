"""HT-2026-0117: ¥195,300.00 at 18 % discount. Its quote goes through many hands in the last days and waits for finance.

Told by working days before the demo's end, so that it is always fresh.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from perennial import access, processes
from perennial.demo import quotes
from perennial.demo.script import Day, do
from perennial.kernel import SYSTEM, Tx

door = processes.approving
CLAUSE, NEW_CLAUSE = "验收后 60 日内一次性付清", "合同生效后 15 日内付 50%，余款 90 日内付清"
REASON = (
    "客户今年预算压缩 8%，竞品报价 ¥188,000.00。本次申请 18% 折扣换取 12 个月续约。"
    "客户质量部已确认明年增加 2 条产线，预计下半年增购 ¥60,000.00。"
)


def act(day: Day, left: int) -> None:
    """What happens to it when `left` working days are left."""
    step = _STEPS.get(left)
    if step is not None and day.story is not None:
        step(day)


def _number(day: Day) -> int | None:
    with day.database.begin(SYSTEM) as tx:
        found = access.everything(tx, "quote")
        rows = tx.rows(found.select("contract").where(found.source.field("contract") == day.story))
    return rows[0]["id"] if rows else None


def _as(day: Day, account: str, what: Callable[[Tx, int], object]) -> None:
    """That colleague does this with the vote or the task that is theirs."""
    me, record = day.accounts[account], _number(day)
    with day.database.begin(SYSTEM) as tx:
        rows = tx.rows(
            "SELECT t.id, t.vote_id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE t.state = 'open'"
            " AND k.form = 'quote' AND t.record_id = %(record)s AND (t.assignee_id = %(me)s OR t.assignee_id IS NULL"
            " AND t.candidates @> ARRAY[%(me)s::bigint])", {"record": record, "me": me},
        )  # fmt: skip
    if rows:
        do(day, me, lambda tx: what(tx, rows[0]["vote_id"] or rows[0]["id"]))


def _draft(day: Day) -> None:
    contract = day.story
    assert contract is not None
    values = {"payment_clause": CLAUSE, "reason": REASON}
    price, share = Decimal("238170.73"), Decimal("0.18")
    do(day, day.accounts["linxiaotang"], lambda tx: quotes.draft(tx, contract, price, share, values, "质检云 企业版"))


def _submit(day: Day) -> None:
    def submit(tx: Tx, task: int) -> None:
        processes.finish_task(tx, task, {"papers": quotes.paper(tx, "续费报价单 第 1 版")}, "submit")

    _as(day, "linxiaotang", submit)


def _add_tax(day: Day) -> None:
    tax = day.accounts["heyining"]
    _as(day, "gumingzhe", lambda tx, vote: door.add(tx, vote, [tax], "before", "开票类目请税务先看"))
    _as(day, "heyining", lambda tx, vote: door.decide(tx, vote, "approved", door.Said("开票类目改为信息技术服务")))
    _as(
        day, "gumingzhe", lambda tx, vote: door.decide(tx, vote, "approved", door.Said("", values={"cost": "75190.50"}))
    )


def _send_back(day: Day) -> None:
    other = day.accounts["luzijin"]
    _as(day, "shenruoxi", lambda tx, vote: door.transfer(tx, vote, other, "付款条款请陆子衿看"))
    said = "付款周期过长，请改为分两期。改后直接回到我。"
    _as(day, "luzijin", lambda tx, vote: door.send_back(tx, vote, "submit", "straight", said))


def _again(day: Day) -> None:
    _as(day, "linxiaotang", lambda tx, task: processes.finish_task(tx, task, {"payment_clause": NEW_CLAUSE}, "submit"))
    _as(day, "luzijin", lambda tx, vote: door.decide(tx, vote, "approved", door.Said("分两期可以接受")))


_STEPS: dict[int, Callable[[Day], None]] = {6: _draft, 5: _submit, 4: _add_tax, 3: _send_back, 2: _again}


def working_days_left(today: dt.date, end: dt.date) -> int:
    """Mondays to Fridays from today up to the end, today included."""
    return sum((today + dt.timedelta(days=n)).weekday() < 5 for n in range(max((end - today).days, 0)))
