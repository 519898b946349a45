"""Two people at the same records: they see each other, talk, follow what the other does, and overwrite nothing."""

import re
from pathlib import Path

from builders_records import contract, customer
from playwright.sync_api import expect

from perennial.kernel import SYSTEM
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.seat import Seat


def at_work(sit: Sit, account: str, *, phone: bool = False) -> Seat:
    seat = sit(width=390, height=844, phone=True) if phone else sit()
    seat.open()
    seat.log_in(account, PASSWORD)
    expect(seat.page.get_by_role("navigation").first).to_be_visible()
    return seat


def test_two_people_see_each_other_talk_follow_and_merge(sit: Sit, installation: Installation, tmp_path: Path) -> None:
    with installation.on_a_manual_clock() as database, database.begin(SYSTEM) as tx:
        tang = installation.who["tang"]
        who = customer(tx, name="厦门屿岸", csm=tang)
        made = [contract(tx, customer=who, number=f"C-{n}", amount="100", owner=tang) for n in range(3)]
    with installation.served():
        zhou, tang_ = at_work(sit, "zhou"), at_work(sit, "tang")
        path = f"/r/contract/{made[0]}"

        # faces, and who changes something
        zhou.open(path)
        tang_.open(path)
        expect(zhou.page.locator(".faces")).to_contain_text("唐可正在查看")
        expect(tang_.page.locator(".faces")).to_contain_text("周予安正在查看")
        tang_.press("编辑")
        expect(zhou.page.locator(".faces-words")).to_have_text("唐可正在编辑")
        zhou.picture(tmp_path, "faces")

        # both change it: who is later hears of it while typing, and merges
        zhou.press("编辑")
        zhou.type("合同金额", "120")
        zhou.type("备注", "周写的")
        zhou.press("保存")
        zhou.sees("已保存")
        expect(tang_.page.get_by_role("status").filter(has_text="周予安刚刚改了")).to_contain_text("合同金额")
        tang_.type("合同金额", "90")
        tang_.picture(tmp_path, "overtaken")
        tang_.press("保存")
        sheet = tang_.page.get_by_role("dialog")
        expect(sheet).to_contain_text("周予安")
        expect(sheet).to_contain_text("¥100.00")
        expect(sheet).to_contain_text("¥120.00")
        tang_.picture(tmp_path, "conflict")
        tang_.click("保留我的", within=sheet)
        tang_.press("合并并保存", within=sheet)
        tang_.sees("已保存")
        expect(zhou.page.get_by_text("¥90.00").filter(visible=True).first).to_be_visible()  # the open page follows
        zhou.sees("周写的")

        # a comment that names somebody, by keyboard; the other one reads it at once and is led to it
        tang_.press("评论", role="tab")
        box = tang_.page.get_by_role("textbox", name="评论")
        box.click()
        tang_.page.keyboard.type("请看金额 @")
        expect(tang_.page.locator(".ant-mentions-dropdown")).to_contain_text("周予安")
        expect(tang_.page.locator(".ant-mentions-dropdown")).not_to_contain_text("苏禾")  # who may not read it
        tang_.picture(tmp_path, "mention")
        tang_.keys("ArrowUp", "Enter")  # the last of them
        tang_.page.keyboard.type("尽快")
        tang_.keys("Control+Enter")
        expect(tang_.page.locator(".comment")).to_contain_text("请看金额 @周予安 尽快")
        bell = zhou.page.get_by_role("button", name=re.compile("通知.*1"))
        expect(bell).to_be_visible()
        bell.click()
        zhou.click("唐可在「C-0」的评论里提到你")
        expect(zhou.page.locator(".comment-meant")).to_contain_text("请看金额 @周予安 尽快")
        zhou.picture(tmp_path, "comment")
        tang_.press("撤回")
        expect(zhou.page.locator(".comment")).to_have_count(0)
        tang_.press("撤销")
        expect(zhou.page.locator(".comment")).to_have_count(1)

        # a list: what changes in place is shown, what would move waits
        zhou.open("/r/contract?c=number,amount,status")
        rows = zhou.page.locator(".table-row")
        expect(rows).to_have_count(3)
        tang_.open("/r/contract?c=number,amount,status")
        expect(tang_.page.locator(".table-row")).to_have_count(3)
        tang_.keys("j", "F2")
        expect(tang_.page.locator(".cell-editor input")).to_be_focused()
        tang_.keys("Control+A")
        tang_.page.keyboard.type("777")
        tang_.keys("Enter", "Escape")
        expect(zhou.page.locator(".cell-fresh")).to_have_text("¥777.00")
        expect(zhou.page.locator(".cell-fresh")).to_have_count(0)  # soon a value like any other
        expect(zhou.page.get_by_text("¥777.00").first).to_be_visible()
        expect(zhou.page.locator(".list-news")).to_have_count(0)
        tang_.open("/r/contract?new=1")
        tang_.choose("关联客户", "厦门屿岸")
        tang_.date("合同开始日期", "2027-01-01")
        tang_.date("合同结束日期", "2027-12-31")
        tang_.press("新建", within=tang_.page.locator(".editor-foot"))
        news = zhou.page.locator(".list-news")
        expect(news).to_contain_text("有 1 条更新")
        expect(rows).to_have_count(3)
        zhou.picture(tmp_path, "pill")
        zhou.click("刷新", within=news)
        expect(rows).to_have_count(4)
        expect(news).to_have_count(0)

        small = at_work(sit, "zhou", phone=True)
        small.open(f"{path}?tab=comments")
        expect(small.page.locator(".comment")).to_have_count(1)
        small.fits()
        small.picture(tmp_path, "phone")
