"""What colleagues do about alerts: most look soon, some too late; a few are no alert; who is asked to look after a
customer calls."""

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

from perennial import processes, rules
from perennial.demo import rows
from perennial.kernel import SYSTEM, Row, Tx, statements

if TYPE_CHECKING:
    from perennial.demo.script import Day

_SQL = statements(__file__, "alerts.sql")
_LOOKS = ((0, 1, 2, 3, 6), (34, 28, 20, 10, 8))  # days until somebody looks, and how many in a hundred do
_NONE = ("客户在放假，用量下月恢复", "客户正在换季停产，已电话核实", "读数偏低是账号合并所致")
_LEFT = "客户已决定不再续约，转流失复盘"
_CALLS = ("回访：用量下降的原因与对策", "上门了解不满意的地方", "约了产品经理一起答疑")


def act(day: "Day", tasks: list[Row], under_contract: set[int]) -> None:
    """`under_contract`: customers with a contract that is not settled."""
    from perennial.demo.script import do

    with day.database.begin(SYSTEM) as tx:
        waiting = tx.rows(_SQL["alerts"], {"zone": tx.zone.key})
    for alert in waiting:
        rng, age = _chance(day, "alert", alert), alert["age_days"]
        looks, none, gone = rng.choices(*_LOOKS)[0], rng.random() < 0.12, rng.randrange(3, 12)
        said = rng.choice(_NONE)
        if alert["state"] == "open" and age >= looks:
            do(day, alert["owner_id"], lambda tx, id_=alert["id"]: rules.acknowledge(tx, id_))
        elif alert["rule"] == "health_low" and alert["state"] == "acknowledged":
            left = alert["record_id"] not in under_contract and age >= gone
            if left or (none and age >= looks + 2):
                why = _LEFT if left else said
                do(day, alert["owner_id"], lambda tx, id_=alert["id"], why=why: rules.dismiss(tx, id_, why))
    for task in tasks:
        if task["kind"].startswith("rule:health_low") and task["person_id"] is not None:
            rng = _chance(day, "task", task)
            if task["age_days"] >= rng.choices(*_LOOKS)[0] + 1:
                do(day, task["person_id"], lambda tx, task=task, rng=rng: _call(tx, day, task, rng))


def _chance(day: "Day", what: str, row: Row) -> Random:
    """Of this alert or task, whatever its number."""
    opened_on = day.today - dt.timedelta(days=row["age_days"])
    return Random(f"{day.seed}/{what}/{row.get('rule') or row['kind']}/{row['record_id']}/{opened_on}")


def _call(tx: Tx, day: "Day", task: Row, rng: Random) -> None:
    told = {"customer": task["record_id"], "way": "call", "happened_on": day.today, "summary": rng.choice(_CALLS)}
    rows.create(tx, "interaction", [{**told, "person": task["person_id"]}])
    processes.finish_task(tx, task["id"], {}, None)
