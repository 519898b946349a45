"""What the colleagues and customers do on a working day. Seeded by day, task and contract, so it can be taken up again.

Every contract has a destiny (renewed, lost, or slow to decide); people learn of it step by step, as they do: the
follow-up task, a confirmation, a payment, a signature. The engine is never told.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from perennial import access, people, processes, records
from perennial.demo import alerts, rows, world
from perennial.demo.destiny import Destiny, destiny
from perennial.demo.fading import fading
from perennial.kernel import Actor, Conflict, Database, Invalid, Reason, Row, Tx, statements

_SQL = statements(__file__, "script.sql")
_TICKETS = (
    "登录后页面空白",
    "导出报表很慢",
    "想增加一个字段",
    "数据对不上",
    "如何批量修改",
    "希望支持移动端审批",
    "发票信息要改",
)
_CALLS = ("了解使用情况", "沟通续约意向", "处理反馈的问题", "介绍新功能", "回访满意度", "确认付款安排")


@dataclass(slots=True)
class Day:
    """One working day: who is who, and the day's chance."""

    database: Database
    seed: int
    today: dt.date
    rng: Random
    names: dict[int, str]
    accounts: dict[str, int]
    story: int | None  # the contract whose quote has a story of its own

    def person(self, id_: int) -> Actor:
        return Actor("person", id_, self.names[id_])


def act(database: Database, seed: int, day: dt.date, left: int) -> None:
    """Everything that people do on this day, each under their own name; `left` working days are left."""
    from perennial.demo import quotes, story

    with database.begin(Actor("system", None, "demo")) as tx:
        staff = people.people(tx)
        tasks = tx.rows(_SQL["tasks"], {"zone": tx.zone.key})
        every = _contracts(tx)
        customers = tx.rows(access.everything(tx, "customer").select("csm", "sales", "seats"))
    contracts = {id_: row for id_, row in every.items() if row["open"]}
    by_account = {person.account: person.id for person in staff}
    told = next((one["id"] for one in contracts.values() if one["number"] == world.STORY), None)
    names = {person.id: person.name for person in staff}
    today = Day(database, seed, day, Random(f"{seed}/{day}"), names, by_account, told)
    for task in tasks:
        if task["form"] == "contract" and not task["vote_id"]:
            _task(today, task, contracts)
    for contract in contracts.values():
        if contract["id"] != told:
            _contract(today, contract, by_account["gumingzhe"])
    quotes.act(today, contracts, tasks)
    alerts.act(today, tasks, {one["customer"] for one in contracts.values()})
    story.act(today, left)
    _write_down(today, customers, fading(seed, day, every.values()), by_account)


def _contracts(tx: Tx) -> dict[int, Row]:
    keys = ("version", "customer", "number", "amount", "forecast_amount", "start_date", "end_date", "status",
            "renew_mode", "intent", "owner", "paid_for_renewal", "product_line", "open")  # fmt: skip
    found = access.everything(tx, "contract")
    query = found.select(*keys)
    return {row["id"]: row for row in tx.rows(query)}


def _task(day: Day, task: Row, contracts: dict[int, Row]) -> None:
    """The person does the task, on the day when they come to it."""
    opened_on = day.today - dt.timedelta(days=task["age_days"])
    rng = Random(f"{day.seed}/task/{task['record_id']}/{task['kind']}/{opened_on}")  # whatever numbers tasks get
    patience = rng.choices((0, 1, 2, 3, 5, 8, 14, 400), (24, 22, 16, 12, 10, 8, 5, 3))[0]
    contract = contracts.get(task["record_id"])
    if task["age_days"] < patience or contract is None or task["person_id"] is None:
        return
    fate = destiny(day.seed, contract["id"])
    values: dict[str, Any] = {}
    outcome: str | None = None
    if task["kind"] == "follow_up":
        values = {"intent": fate.intent, "intent_checked_on": day.today, "forecast_amount": _renewed(contract, fate)}
    elif task["kind"] == "escalate":
        values = {"intent": fate.intent}
    elif task["kind"] in ("expired", "by_hand"):
        outcome, values = _settled(day, contract, fate, rng)
    elif task["kind"] == "ask":
        outcome = "is_not"
    elif task["kind"] == "update_status":
        values = {"status": "renewed", "renewed_amount": _renewed(contract, fate), "renewed_on": day.today}
    if outcome == "wait":
        return
    do(
        day,
        task["person_id"],
        lambda tx: processes.finish_task(tx, task["id"], values, outcome, _version(tx, contract)),
    )
    if values.get("status") or outcome in ("renewed", "lost"):
        contracts.pop(contract["id"], None)


def _settled(day: Day, contract: Row, fate: Destiny, rng: Random) -> tuple[str, dict[str, Any]]:
    if fate.end == "lost":
        return "lost", {"churn_reason": fate.reason, "lost_on": day.today}
    if fate.end == "slow" and (day.today - contract["end_date"]).days < 25:
        return "wait", {}
    if fate.end == "slow" and rng.random() < 0.4:
        return "lost", {"churn_reason": fate.reason, "lost_on": day.today}
    return "renewed", {"renewed_amount": _renewed(contract, fate), "renewed_on": day.today}


def _contract(day: Day, contract: Row, finance: int) -> None:
    """The customer answers, pays, or leaves; somebody of ours writes it down."""
    fate, left = destiny(day.seed, contract["id"]), (contract["end_date"] - day.today).days
    if contract["renew_mode"] == "auto" or not -40 < left < 88 or contract["owner"] is None:
        return
    pending = contract["status"] in (None, "pending")
    if fate.end == "renewed" and pending and contract["intent"] == "yes" and left <= fate.confirms:
        _change(day, contract, {"status": "confirmed"})
    elif (
        fate.end == "renewed"
        and contract["status"] == "confirmed"
        and left <= fate.pays
        and not contract["paid_for_renewal"]
    ):
        amount = _renewed(contract, fate)
        payment = {"contract": contract["id"], "amount": amount, "purpose": "renewal", "paid_on": day.today}
        do(day, finance, lambda tx: records.create(tx, "payment", payment))
    elif fate.end == "lost" and contract["intent"] == "no" and left <= fate.confirms - 20:
        _change(day, contract, {"status": "lost", "lost_on": day.today, "churn_reason": fate.reason})


def _renewed(contract: Row, fate: Destiny) -> Decimal:
    return (Decimal(contract["amount"] or 0) * max(fate.factor, Decimal(1))).quantize(Decimal(1))


def _change(day: Day, contract: Row, values: dict[str, Any]) -> None:
    do(
        day,
        contract["owner"],
        lambda tx: records.update(tx, "contract", contract["id"], _version(tx, contract), values),
    )


def _version(tx: Tx, contract: Row) -> int:
    found = access.everything(tx, "contract")
    return int(tx.value(found.select("version").where(found.source.field("id") == contract["id"]).with_only_columns(
        found.source.field("version"))))  # fmt: skip


def do(day: Day, person: int, what: Any) -> None:
    """One act of one person; what is no longer possible is left, as people do."""
    try:
        with day.database.begin(day.person(person), Reason("user")) as tx:
            what(tx)
    except (Conflict, Invalid):
        return


def _write_down(day: Day, customers: list[Row], faded: dict[int, float], by_account: dict[str, int]) -> None:
    """Calls, tickets, feedback, usage, new business: a set per form and author."""
    monday = day.today - dt.timedelta(days=day.today.weekday())
    rng = day.rng
    csm = rng.choice([by_account[account] for account in world.CSMS])
    mine = [one for one in customers if one["csm"] == csm] or customers
    calls = [
        {
            "customer": one["id"], "way": rng.choice(("call", "visit", "chat", "meeting")), "happened_on": day.today,
            "summary": rng.choice(_CALLS), "person": csm,
        }
        for one in rng.sample(mine, k=min(len(mine), rng.randrange(3, 9)))
    ]  # fmt: skip
    with day.database.begin(day.person(csm), Reason("user")) as tx:
        rows.create(tx, "interaction", calls)
    tickets = [
        {
            "customer": rng.choice(customers)["id"], "subject": rng.choice(_TICKETS),
            "category": rng.choice(("question", "fault", "request", "complaint")),
            "state": rng.choices(("closed", "solved", "working", "open"), (70, 18, 8, 4))[0], "opened_on": day.today,
            "assignee": csm,
        }
        for _ in range(rng.randrange(1, 6))
    ]  # fmt: skip
    feedback = [
        {"customer": rng.choice(customers)["id"], "answered_on": day.today, "csat": rng.choice((2, 3, 4, 4, 5, 5)),
         "nps": rng.choice((5, 6, 7, 8, 9, 9, 10))}
        for _ in range(rng.randrange(0, 4))
    ]  # fmt: skip
    _complaints(day, faded, tickets, feedback, csm)
    with day.database.begin(day.person(by_account["admin"]), Reason("user")) as tx:
        rows.create(tx, "ticket", tickets)
        if feedback:
            rows.create(tx, "feedback", feedback)
        if day.today == monday:
            rows.create(tx, "usage", [_usage(day, one, monday, faded.get(one["id"], 1)) for one in customers])
        if day.today.weekday() == 2:
            rows.create(tx, "contract", [_new_business(rng, rng.choice(customers), day.today)])


def _complaints(
    day: Day, faded: dict[int, float], tickets: list[dict[str, Any]], feedback: list[dict[str, Any]], csm: int
) -> None:
    """Who is about to leave has open questions, and says so when asked."""
    rng = Random(f"{day.seed}/complaints/{day.today}")
    for customer, share in sorted(faded.items()):
        if share < 0.7 and rng.random() < 0.05:
            tickets.append({
                "customer": customer, "subject": rng.choice(_TICKETS), "category": rng.choice(("fault", "complaint")),
                "state": rng.choice(("open", "working", "closed")), "opened_on": day.today, "assignee": csm,
            })  # fmt: skip
        if share < 0.7 and rng.random() < 0.02:
            feedback.append({
                "customer": customer, "answered_on": day.today, "csat": rng.choice((1, 2, 2, 3)),
                "nps": rng.choice((1, 3, 4, 5)),
            })  # fmt: skip


def _usage(day: Day, customer: Row, monday: dt.date, usual: float) -> dict[str, Any]:
    """Falling for some, for most around its level; `usual`: the share of it that is left."""
    own = Random(f"{day.seed}/usage/{customer['id']}")
    level, falls = own.uniform(0.45, 0.95), own.random() < 0.12
    week = monday.isocalendar().week
    share = level * (1 - week / 80 if falls else 1) * day.rng.uniform(0.9, 1.08)
    seats = int(customer["seats"] or 10)
    active = min(seats, max(0, round(seats * share * usual)))
    return {
        "customer": customer["id"],
        "week_on": monday,
        "active_users": active,
        "calls": active * day.rng.randrange(20, 60),
    }


def _new_business(rng: Random, customer: Row, today: dt.date) -> dict[str, Any]:
    start = today + dt.timedelta(days=rng.randrange(1, 15))
    try:
        end = start.replace(year=start.year + 1) - dt.timedelta(days=1)
    except ValueError:
        end = start + dt.timedelta(days=364)
    return {
        "customer": customer["id"], "product_line": rng.choice(("crm", "erp", "hr", "bi")), "status": "pending",
        "amount": rng.randrange(80, 900) * 100, "start_date": start, "end_date": end, "renew_mode": "manual",
        "owner": customer["csm"],
    }  # fmt: skip
