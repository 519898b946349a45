"""Journey 1: a company's real file goes in through the wizard, and its renewals manage themselves.

Figures: the data's own description (5,295 rows, 1,392 churned, 343,304.25 of monthly charges), and counted from the
file by hand below.
"""

import csv
import datetime as dt
import re
from pathlib import Path

import pytest

from perennial import records
from perennial.kernel import SYSTEM, Database, Reason, Tx
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.mailserver import mail_server
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey

FILE = Path(__file__).parents[1] / "data" / "churn" / "telco_customers.csv"
TERM = 'IF(Contract = "Month-to-month", 1, IF(Contract = "One year", 12, 24))'
SINCE = "EDATE(DATE(2026, 11, 1), -tenure)"
END = f"EDATE({SINCE}, (INT(tenure / {TERM}) + 1) * {TERM})"


def one_contract(database: Database) -> None:
    """What stood there before stays there."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        customer = records.create(tx, "customer", {"name": "厦门屿岸"})
        dates = {"start_date": "2026-03-01", "end_date": "2028-02-29"}
        records.create(tx, "contract", {"customer": customer, "number": "HT-OLD", **dates})


def open_ends() -> tuple[list[dt.date], int]:
    """End dates of the open contracts, and how many of them run from month to month; counted from the file."""
    ends: list[dt.date] = []
    monthly = 0
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Churn"] == "Yes":
                continue
            term = {"Month-to-month": 1, "One year": 12, "Two year": 24}[row["Contract"]]
            monthly += term == 1
            months = term - int(row["tenure"]) % term  # from 2026-11-01 to the end of the term that runs
            at = 2026 * 12 + 10 + months
            ends.append(dt.date(at // 12, at % 12 + 1, 1))
    return ends, monthly


def upload(me: Seat) -> None:
    me.open("/imports")
    me.press("导入文件")
    me.sees("文件里每一行是什么", "上传和试运行都不会写入数据")
    with me.page.expect_file_chooser() as chooser:
        me.click("选择文件，或把文件拖到这里")
    chooser.value.set_files(FILE)
    me.sees("5,295 行")


def fill_mapping(me: Seat) -> None:
    """Customers and their contracts from one row, some columns computed."""
    customer = me.card("客户")  # proposed, because no column is a contract's customer
    me.source(customer, "部门")
    me.source(customer, "总机")
    me.source(customer, "客户名称", column="customerID")
    me.source(customer, "客户编码", column="customerID")
    me.source(customer, "合作开始", formula=SINCE)
    me.decide_by(customer, "客户编码", instead_of="客户名称")
    contract = me.card("续费合同")
    me.source(contract, "合同编号", formula='customerID & "-1"')
    me.source(contract, "合同金额", column="MonthlyCharges")
    me.source(contract, "合同结束日期", formula=END)
    me.source(contract, "合同开始日期", formula=f"EDATE({END}, -{TERM})")
    me.source(contract, "续费方式", formula='IF(Contract = "Month-to-month", "自动续费", "手动确认")')
    me.source(contract, "续费状态", formula='IF(Churn = "Yes", "已流失", "待续费")')
    me.source(contract, "流失原因", formula='IF(Churn = "Yes", "未知", "")')
    me.decide_by(contract, "合同编号")


def import_it(me: Seat) -> None:
    upload(me)
    fill_mapping(me)
    me.press("试运行")
    me.sees("试运行完成，还没有写入任何数据")


def test_a_real_file_goes_in_once_comes_out_again_and_its_contracts_renew_themselves(
    installation: Installation, sit: Sit
) -> None:
    with mail_server() as (smtp, post), installation.on_a_manual_clock() as database:
        one_contract(database)
        installation.environment["PERENNIAL_SMTP_URL"] = smtp
        with installation.served():
            me = sit()
            me.open()
            me.log_in("zhou", PASSWORD)
            me.sees("工作台")

            import_it(me)
            me.sees("¥343,304.25", "没有发现问题。", "导入的记录现在会触发什么", "续费跟进")
            me.press("导入 5,295 行")
            me.sees("正在导入", re.compile(r"^[\d,]+ / 5,295 行"))  # how far it is, in rows
            me.sees("已导入", "文件共 5,295 行 · 合同金额合计 ¥343,304.25", "只建任务，不发消息")
            me.sees_row("客户", "5,295", "0", "0")  # new, changed, as they were
            me.sees_row("续费合同", "5,295", "0", "0")
            first = me.page.url
            me.press("查看续费合同")
            me.sees("共 5,296 份")  # with the one that was there before
            me.open('/r/contract?f=status = "lost"')
            me.sees("符合 1,392 份")
            known = state(database)

            import_it(me)  # the same file again
            me.sees("无变化")
            me.press("导入 5,295 行")
            me.sees("没有变化，什么都没有写入")
            me.sees_row("客户", "0", "0", "5,295")
            me.sees_row("续费合同", "0", "0", "5,295")
            assert state(database) == known

            me.page.goto(first)
            me.press("撤销本次导入")
            me.sees("没有人改动过的记录会移除或恢复原值")
            me.press("撤销本次导入", within=me.page.get_by_role("dialog"))
            me.sees("已撤销：移除 10,590 条，恢复 0 条")
            me.open("/r/contract")
            me.sees("共 1 份", "HT-OLD")
            me.open("/r/customer")
            me.sees("共 1 家", "厦门屿岸")

            import_it(me)
            me.press("导入 5,295 行")
            me.sees("已导入")
            installation.command("tick")  # whatever the import set off has been done
            looked_after(me, database)

            done = installation.command("tick", "--through", "2026-12-31")
            assert done["stuck"] == {}
            renewed(me, database)
            installation.command("doctor")
            assert post.mails == []


def state(database: Database) -> list[object]:
    """Every row with its version, and how long the change log is."""
    with database.begin(SYSTEM) as tx:
        return [
            *tx.rows("SELECT id, version, updated_at FROM data_read.customer ORDER BY id"),
            *tx.rows("SELECT id, version, updated_at, amount, status FROM data_read.contract ORDER BY id"),
            tx.value("SELECT count(*) FROM changes.change"),
        ]


def looked_after(me: Seat, database: Database) -> None:
    """Every open contract is covered, those inside T-90 have somebody at work, and nobody outside was written to."""
    ends, _monthly = open_ends()
    assert len(ends) == 3903
    inside = sum(end <= dt.date(2026, 11, 21) + dt.timedelta(days=90) for end in ends)
    me.open("/r/contract?f=open")
    me.sees("当前筛选 3,904 份")
    me.open("/plan?tab=uncovered")
    me.sees("无遗漏", "该管的都有流程在管")
    me.open("/messages")
    me.sees("未放行")
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(*) FROM messages.outbox WHERE outward") == 0
        open_instances = tx.value(
            "SELECT count(DISTINCT i.record_id) FROM processes.instance i"
            " JOIN processes.process p ON p.id = i.process_id"
            " WHERE i.state = 'open' AND p.key IN ('renewal', 'auto_renewal')"
        )
        assert open_instances == inside
        assert early(tx) == 0


def early(tx: Tx) -> int:
    """Steps dated before the start of their contract."""
    return tx.value(
        "SELECT count(*) FROM processes.decision d JOIN processes.process p ON p.id = d.process_id"
        " JOIN data_read.contract c ON c.id = d.record_id"
        " WHERE p.key IN ('renewal', 'auto_renewal') AND d.outcome <> 'skipped' AND d.due_at::date < c.start_date"
    )


def renewed(me: Seat, database: Database) -> None:
    """Each monthly contract, all of which ended on 2026-12-01, was renewed by the clock and has one successor."""
    _ends, monthly = open_ends()
    me.open('/r/contract?f=AND(renew_mode = "auto", status = "renewed", renewed_on = DATE(2026, 12, 1))')
    me.sees(f"当前筛选 {monthly:,} 份")
    me.open("/r/contract?f=NOT(ISBLANK(predecessor))")
    me.sees(f"当前筛选 {monthly:,} 份")
    me.open("/r/contract?f=AND(NOT(ISBLANK(predecessor)), start_date = DATE(2026, 12, 2), end_date = DATE(2027, 1, 1))")
    me.sees(f"当前筛选 {monthly:,} 份")
    me.open("/plan")
    me.sees("无遗漏")
    with database.begin(SYSTEM) as tx:
        assert tx.value("SELECT count(DISTINCT predecessor) FROM data_read.contract") == monthly
        assert early(tx) == 0
        assert tx.value("SELECT count(*) FROM messages.attempt") == 0
