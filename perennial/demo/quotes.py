"""Quotes and annual reviews of a working day: drafted, submitted, signed, sealed; documents collected and reviewed.

Who does what is drawn as in `script`; somebody slow leaves work at every stage. HT-2026-0117 has its own story.
"""

import datetime as dt
import io
from decimal import Decimal
from random import Random
from typing import Any

from perennial import access, files, processes, records
from perennial.demo.destiny import destiny
from perennial.demo.script import Day, do
from perennial.kernel import Row, Tx

REASONS = (
    "客户预算收紧，竞品报价更低，申请折扣换取一年续约。",
    "续约同时增购账号，按量给予折扣。",
    "老客户连续三年准时付款，申请优惠。",
)
CLAUSES = ("合同生效后 15 日内一次性付清", "合同生效后 30 日内付清", "签约付 50%，验收后 30 日内付余款")
DISCOUNTS = (("0", 14), ("0.03", 16), ("0.05", 20), ("0.08", 18), ("0.12", 14), ("0.15", 10), ("0.18", 8))
_PATIENCE = ((0, 1, 2, 3, 6, 25), (30, 30, 18, 10, 6, 6))


def act(day: Day, contracts: dict[int, Row], tasks: list[Row]) -> None:
    """What people do today about quotes and annual reviews."""
    if day.today.weekday() == 1:
        _draft(day, contracts)
    mine = [task for task in tasks if task["form"] in ("quote", "annual_review")]
    if not mine:
        return
    with day.database.begin(day.person(day.accounts["admin"])) as tx:
        quotes = _known(tx, "quote", "contract", "discount")
        reviews = _known(tx, "annual_review", "customer_type", "personal_data", "due_on")
    untold = {row["id"] for row in quotes.values() if row["contract"] == day.story}
    for task in mine:
        if task["form"] == "quote" and task["record_id"] in quotes and task["record_id"] not in untold:
            _quote(day, task, quotes[task["record_id"]], contracts)
        elif task["form"] == "annual_review" and task["record_id"] in reviews:
            _review(day, task, reviews[task["record_id"]])


def _known(tx: Tx, form: str, *keys: str) -> dict[int, Row]:
    return {row["id"]: row for row in tx.rows(access.everything(tx, form).select(*keys))}


def _draft(day: Day, contracts: dict[int, Row]) -> None:
    """The owner of a contract that will be renewed drafts its quote."""
    with day.database.begin(day.person(day.accounts["admin"])) as tx:
        quoted = {row["contract"] for row in _known(tx, "quote", "contract").values()} | {day.story}
    due = [
        one for one in contracts.values()
        if 20 <= (one["end_date"] - day.today).days <= 75 and one["id"] not in quoted and one["renew_mode"] != "auto"
        and one["owner"] and one["intent"] == "yes" and destiny(day.seed, one["id"]).end == "renewed"
    ]  # fmt: skip
    if due:
        one = day.rng.choice(due)
        share = Decimal(day.rng.choices([key for key, _ in DISCOUNTS], [weight for _, weight in DISCOUNTS])[0])
        price = (Decimal(one["amount"] or 10_000) / (1 - share)).quantize(Decimal("0.01"))
        values = {"reason": day.rng.choice(REASONS), "payment_clause": day.rng.choice(CLAUSES)}
        do(day, one["owner"], lambda tx: draft(tx, one["id"], price, share, values, "软件服务 年度订阅"))


def draft(tx: Tx, contract: int, price: Decimal, share: Decimal, values: dict[str, Any], product: str) -> int:
    """A quote of one line."""
    line = {"product": product, "unit_price": price, "discount": share}
    return records.create(tx, "quote", {"contract": contract, **values}, {"lines": {"create": [line]}})


def paper(tx: Tx, name: str) -> list[dict[str, int]]:
    """A file of the actor's own, of one page."""
    return [{"file": files.add(tx, io.BytesIO(b"%PDF-1.4\n% " + name.encode()), f"{name}.pdf").id}]


def _due(day: Day, task: Row) -> Random | None:
    """The chance of this task, when whoever has it comes to it today."""
    rng = Random(
        f"{day.seed}/{task['form']}/{task['record_id']}/{task['kind']}/{task['age_days'] - day.today.toordinal()}"
    )
    patience = rng.choices(*_PATIENCE)[0]
    return None if task["age_days"] < patience or task["person_id"] is None else rng


def _vote(day: Day, task: Row, rng: Random, refuses: float) -> None:
    said = processes.approving.Said("条款需要再谈，先不批") if rng.random() < refuses else processes.approving.Said()
    outcome = "rejected" if said.opinion else "approved"
    do(day, task["person_id"], lambda tx: processes.approving.decide(tx, task["vote_id"], outcome, said))


def _quote(day: Day, task: Row, quote: Row, contracts: dict[int, Row]) -> None:
    rng = _due(day, task)
    if rng is None:
        return
    if task["vote_id"]:
        _vote(day, task, rng, 0.06)
        return

    def finish(tx: Tx) -> None:
        values: dict[str, Any] = {}
        if task["kind"] == "submit" and (quote["discount"] or 0) > Decimal("0.15"):
            values = {"papers": paper(tx, "续费报价单")}
        elif task["kind"] == "seal":
            values = {"sealed_file": paper(tx, "盖章报价单")}
        outcome = {"submit": "submit", "register": "signed"}.get(task["kind"])
        processes.finish_task(tx, task["id"], values, outcome)

    do(day, task["person_id"], finish)
    if task["kind"] == "register":
        contracts.pop(quote["contract"], None)  # renewed


def _review(day: Day, task: Row, review: Row) -> None:
    rng = _due(day, task)
    if rng is None:
        return
    if task["vote_id"]:
        _vote(day, task, rng, 0.03)
        return
    kind, outcome = task["kind"], None
    if kind == "result":
        outcome = rng.choices(("passed", "conditional"), (90, 10))[0]
    elif kind == "overdue":
        outcome = "extended"

    def finish(tx: Tx) -> None:
        values: dict[str, Any] = {}
        if kind == "collect":
            values = {key: paper(tx, name) for key, name in _wanted(review)}
        elif kind == "service":
            values = {"service_note": "近期工单均已关闭，客户反馈良好", "csat": rng.choice((3, 4, 4, 5))}
        elif kind == "result":
            values = {"conclusion": "资质齐全" if outcome == "passed" else "证照将于半年内到期，到期前补交"}
        elif kind == "overdue":
            values = {"due_on": review["due_on"] + dt.timedelta(days=30)}
        processes.finish_task(tx, task["id"], values, outcome)

    do(day, task["person_id"], finish)


def _wanted(review: Row) -> list[tuple[str, str]]:
    """The documents that the process requires of this customer."""
    kind = review["customer_type"]
    found = [("institution_file", "事业单位法人证书")] if kind == "institution" else [("licence_file", "营业执照")]
    if kind == "platform":
        found.append(("icp_file", "ICP 许可"))
    if kind == "licensed":
        found.append(("permit_file", "行业许可证"))
    if kind == "platform" or review["personal_data"]:
        found.append(("security_file", "等保测评报告"))
    return found
