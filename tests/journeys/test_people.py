"""Journey 3: what a person may see, two people at once, a formula with a fault, tasks put off, and the phone.

Today is 2026-11-21, so "within 60 days" ends on 2027-01-20.
"""

import re

import pytest

from perennial import people, records
from perennial.kernel import SYSTEM, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey


def arrange(database: Database, who: dict[str, int]) -> None:
    """A salesperson with one customer and three contracts that end soon; another customer's contract beside them."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        lu = people.create(tx, "lu", "陆沉", roles=["sales"], password=PASSWORD)
        yuan = records.create(tx, "customer", {"name": "厦门屿岸", "csm": who["tang"], "sales": lu})
        yunqi = records.create(tx, "customer", {"name": "苏州云栖", "csm": who["tang"], "sales": who["gu"]})
        for customer, number, end in (
            (yuan, "HT-1", "2026-11-28"),
            (yuan, "HT-2", "2026-12-10"),
            (yuan, "HT-3", "2027-01-05"),
            (yuan, "HT-4", "2027-06-30"),
            (yunqi, "HT-5", "2026-12-01"),
        ):
            records.create(tx, "contract", {
                "customer": customer, "number": number, "amount": "50000", "owner": who["tang"],
                "start_date": "2026-01-01", "end_date": end,
            })  # fmt: skip


def test_each_sees_their_own_two_at_once_lose_nothing_and_the_phone_shows_it_all(
    installation: Installation, sit: Sit
) -> None:
    with installation.on_a_manual_clock() as database:
        arrange(database, installation.who)
        with installation.served():
            own_rows(enter(sit(), "lu"))
            tang, zhou = enter(sit(), "tang"), enter(sit(), "zhou")
            two_at_once(tang, zhou)
            wrong_formula(zhou)
            puts_off(tang)
            phone(enter(sit(width=390, height=844, phone=True), "tang"))


def enter(seat: Seat, account: str) -> Seat:
    seat.open()
    seat.log_in(account, PASSWORD)
    seat.sees("工作台")
    return seat


def own_rows(lu: Seat) -> None:
    """List, search and dashboard hold the same rows, and a figure opens exactly what it counts."""
    lu.open("/r/contract")
    lu.sees("共 4 份", "HT-4")
    lu.sees_not("HT-5")
    lu.open("/r/customer")
    lu.sees("共 1 家")
    lu.keys("Control+k")
    lu.type("搜索客户、合同、电话，或输入命令", "云栖")
    lu.sees("没有找到「云栖」")
    lu.type("搜索客户、合同、电话，或输入命令", "屿岸")
    lu.press("厦门屿岸 客户", "option")
    lu.sees("合同时间轴", "厦门屿岸")
    lu.open("/dashboards/cockpit")
    figure = lu.card("60 天内到期")
    lu.press(re.compile("^3 ?份"), within=figure)
    lu.sees("当前筛选 3 份", "HT-1", "HT-2", "HT-3")
    lu.press("筛选 2")
    lu.sees("¥150,000.00")
    lu.sees_not("HT-4")


def two_at_once(tang: Seat, zhou: Seat) -> None:
    """Both edit one contract; whoever saves second decides field by field."""
    for seat in (tang, zhou):
        seat.open("/r/contract")
        seat.click("HT-4")
        seat.press("编辑")
    tang.type("合同金额", "80000")
    tang.choose("产品线", "人事")
    tang.press("保存")
    tang.sees("已保存")
    zhou.type("合同金额", "90000")
    zhou.type("备注", "客户要求按季付款")
    zhou.press("保存")
    zhou.sees("唐可刚刚也改了，有 1 个字段需要你选择", "¥80,000.00", "¥90,000.00", "已合并")
    zhou.click("保留我的")
    zhou.press("合并并保存")
    zhou.sees("已保存", "¥90,000.00", "人事", "客户要求按季付款")


def wrong_formula(zhou: Seat) -> None:
    zhou.open("/r/contract")
    zhou.press("筛选")
    zhou.press("改用公式")
    write(zhou, "合同金额 > 60000 AND 1")
    zhou.sees("第 14 个字符")
    write(zhou, "结束日 > TODAY()")
    zhou.sees("第 1 个字符：没有「结束日」这个字段，是不是「合同结束日期」？")
    write(zhou, "合同金额 > 60000")
    zhou.sees("当前筛选 1 份", "HT-4")


def write(seat: Seat, formula: str) -> None:
    """Instead of what the formula editor holds."""
    seat.page.locator(".cm-content").click()
    seat.keys("Control+a")
    seat.page.keyboard.type(formula)


def puts_off(tang: Seat) -> None:
    """A task stands under 稍后 until tomorrow, and Ctrl Z brings it back at once."""
    tang.open("/tasks")
    tang.press("选择「续费跟进」", "checkbox")
    tang.press("稍后", within=tang.page.get_by_role("toolbar"))
    tang.press(re.compile("^明天"))
    tang.sees("推迟到 11-22 周日")
    tang.press("稍后 1", "tab")
    tang.sees("续费跟进", "推迟到")
    tang.keys("Control+z")
    tang.sees("已撤销", "没有推迟的任务。按 S 可以把任务推迟到以后")


def phone(tang: Seat) -> None:
    """Workbench, list and record at 390 px; nothing is wider than the screen."""
    tang.sees("续费跟进", "HT-1")
    tang.fits()
    tang.press("客户", "link")
    tang.sees("厦门屿岸", "苏州云栖")
    tang.fits()
    tang.click("厦门屿岸")
    tang.sees("概览", "变更记录")
    tang.fits()
    tang.press(re.compile("审批$"), "link")
    tang.sees("没有等你处理的审批")
    tang.press("我的", "link")
    tang.press("待办", "link")
    tang.sees("续费跟进")
    tang.fits()
