"""The past of a record is read, compared and brought back; a list is looked at as it was."""

import datetime as dt
import re
from pathlib import Path

from builders_records import contract, customer
from playwright.sync_api import expect

from perennial import changes
from perennial.kernel import SYSTEM, advance_clock
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, START, Installation
from tests.journeys.seat import Seat


def at_work(sit: Sit, account: str, *, phone: bool = False) -> Seat:
    seat = sit(width=390, height=844, phone=True) if phone else sit()
    seat.open()
    seat.log_in(account, PASSWORD)
    expect(seat.page.get_by_role("navigation").first).to_be_visible()
    return seat


def change(seat: Seat, **values: str) -> None:
    """Edit the open record."""
    seat.press("编辑")
    for label, value in values.items():
        seat.type(label, value)
    seat.press("保存")
    seat.sees("已保存")


def test_a_past_is_read_compared_and_brought_back(sit: Sit, installation: Installation, tmp_path: Path) -> None:
    with installation.on_a_manual_clock() as database:
        with database.begin(SYSTEM) as tx:
            tang = installation.who["tang"]
            who = customer(tx, name="厦门屿岸", csm=tang)
            made = contract(tx, customer=who, number="C-1", amount="100", owner=tang)
            contract(tx, customer=who, number="C-2", amount="300", owner=tang)
        changes.seal(database)
        with database.begin(SYSTEM) as tx:
            advance_clock(tx, START + dt.timedelta(days=2))
    with installation.served():
        zhou, tang_ = at_work(sit, "zhou"), at_work(sit, "tang")
        path = f"/r/contract/{made}"

        # two people change it: who, when and what stands in its history
        tang_.open(path)
        change(tang_, 合同金额="120")
        tang_.sees("¥120.00")
        zhou.open(path)
        change(zhou, 合同金额="150", 备注="已谈好")
        zhou.press("变更记录", role="tab")
        zhou.click("查看全部，比较与恢复")
        line = zhou.page.locator(".past-line")
        entries = line.locator(".past-entry")
        expect(entries).to_have_count(3)
        expect(entries.nth(0)).to_contain_text("周予安")
        expect(entries.nth(0)).to_contain_text("改 2 个字段：合同金额、备注")
        expect(entries.nth(1)).to_contain_text("唐可")
        expect(line).to_contain_text("11-23")
        zhou.choose("按字段", "备注", within=line)
        expect(entries).to_have_count(1)
        zhou.choose("按字段", "全部字段", within=line)
        expect(entries).to_have_count(3)

        # two moments field by field, and one field of then comes back while the other stays
        zhou.press("2026-11-21，改过 1 次")
        compared = zhou.page.locator(".past-table")
        amount = compared.get_by_role("row").filter(has_text="合同金额")
        for told in ("¥100.00", "¥150.00", "周予安"):
            expect(amount).to_contain_text(told)
        zhou.picture(tmp_path, "compared")
        zhou.page.get_by_role("checkbox", name="选择恢复 合同金额", exact=True).click()
        zhou.press("恢复 1 个字段")
        zhou.sees("已恢复 1 个字段")
        expect(entries.first).to_contain_text("恢复为 2026-11-21")
        expect(compared).not_to_contain_text("合同金额")
        expect(compared).to_contain_text("已谈好")
        tang_.sees("¥100.00")  # the page that a colleague has open follows

        # deleted, found again, back where it was
        zhou.press("返回记录")
        zhou.press("更多")
        zhou.press("删除", role="menuitem")
        zhou.sees("已删除 C-1")
        zhou.open("/r/contract")
        rows = zhou.page.locator(".table-row")
        expect(rows).to_have_count(1)
        zhou.press("回收站", role="link")
        gone = zhou.page.get_by_role("listitem").filter(has_text="C-1")
        expect(gone).to_contain_text("周予安")
        zhou.press("恢复", within=gone)
        zhou.sees("已恢复 C-1", "回收站是空的")
        zhou.press("返回列表")
        expect(rows).to_have_count(2)

        # the list of a past day: the values of then, and nothing to change; then today again
        tang_.open(path)
        change(tang_, 合同金额="175")
        zhou.open("/r/contract?c=number,amount")
        expect(rows.filter(has_text="¥175.00")).to_have_count(1)
        zhou.press("截至今天")
        zhou.press("昨天")
        zhou.sees("正在查看 2026-11-22 的数据，只读")
        expect(rows.filter(has_text="¥100.00")).to_have_count(1)
        zhou.sees_not("¥175.00", "新建续费合同")
        zhou.keys("j", "F2")
        expect(zhou.page.locator(".cell-editor")).to_have_count(0)
        rows.filter(has_text="¥100.00").click()
        side = zhou.page.get_by_role("dialog")
        expect(side).to_contain_text("¥100.00")
        expect(side.get_by_role("button", name="编辑")).to_have_count(0)
        zhou.picture(tmp_path, "then")
        zhou.keys("Escape")
        zhou.press("回到现在")
        expect(rows.filter(has_text="¥175.00")).to_have_count(1)
        zhou.sees_not(re.compile("正在查看"))

        zhou.open(f"{path}?at=2026-11-20")
        zhou.sees("那个时刻没有这条记录")
        zhou.open("/r/contract/99/history")
        zhou.click("返回列表")
        expect(rows).to_have_count(2)

        small = at_work(sit, "tang", phone=True)
        small.open("/r/contract")
        small.sees("¥175.00")
        small.press("截至今天")
        small.press("昨天")
        small.sees("正在查看 2026-11-22 的数据，只读", "¥100.00")
        small.sees_not("¥175.00")
        small.fits()
        small.picture(tmp_path, "phone")
