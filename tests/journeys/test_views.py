"""A list kept as a view, changed where it stands, in bulk and on a board."""

import re

from builders_records import contract, customer
from playwright.sync_api import expect

from perennial.kernel import SYSTEM
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation


def test_a_list_is_edited_in_place_in_bulk_and_on_a_board_and_kept_as_a_view(
    sit: Sit, installation: Installation
) -> None:
    with installation.on_a_manual_clock() as database, database.begin(SYSTEM) as tx:
        who = customer(tx)
        for number in range(4):
            contract(tx, customer=who, number=f"C-{number}", amount="100", status="pending")
    with installation.served():
        seat = sit()
        seat.open()
        seat.log_in("zhou", PASSWORD)
        expect(seat.page.get_by_role("navigation").first).to_be_visible()
        seat.open("/r/contract?c=number,amount,status")
        cells = seat.page.locator(".table-row .table-cell:nth-child(3)")
        expect(cells).to_have_count(4)

        seat.keys("j", "F2")  # the first cell that can be changed: the amount
        expect(
            seat.page.locator(".cell-editor input")
        ).to_be_focused()  # what is no amount is taken back, and stays one click away
        seat.keys("Control+A")
        seat.page.keyboard.type("面议")
        seat.keys("Enter")
        expect(seat.page.locator(".cell-reason")).to_contain_text("「面议」不是金额")
        expect(cells.first).to_have_text("¥100.00")
        seat.keys("Escape")
        seat.press("恢复我的输入")
        expect(seat.page.locator(".cell-editor input")).to_have_value("面议")
        seat.keys("Control+A")
        seat.page.keyboard.type("250.5")
        seat.keys("Enter")
        expect(cells.first).to_have_text("¥250.50")
        seat.keys("Escape")

        seat.page.locator(".table-check input").first.click()  # all four, one change, one undo
        seat.press("批量修改")
        seat.choose("要修改的字段", "续费状态")
        seat.page.locator("#bulk-status").click()
        seat.page.locator(".ant-select-item-option").filter(has_text="已确认", visible=True).click()
        expect(seat.page.get_by_text("将修改 4 份")).to_be_visible()
        seat.press("修改 4 份")
        expect(seat.page.locator(".table-row .chip", has_text="已确认")).to_have_count(4)
        seat.press("撤销")
        expect(seat.page.locator(".table-row .chip", has_text="待续费")).to_have_count(4)

        seat.open("/r/contract?k=board&g=status")
        columns = seat.page.locator(".board-column")
        expect(columns.nth(0).locator(".board-card")).to_have_count(4)
        columns.nth(0).locator(".board-card").first.drag_to(columns.nth(1))
        expect(columns.nth(1).locator(".board-head")).to_contain_text(re.compile("已确认.*1"))
        card = columns.nth(1).locator(".board-card").first
        card.focus()
        seat.keys("Alt+ArrowLeft")
        expect(columns.nth(0).locator(".board-card")).to_have_count(4)

        seat.press("新建视图")
        seat.type("视图名称", "状态看板")
        seat.press("另存为视图")
        expect(seat.page.get_by_role("tab", name="状态看板")).to_have_attribute("aria-selected", "true")
        seat.press("视图操作")
        seat.click("设为我的默认视图")
        expect(seat.page.get_by_text("以后打开列表先看「状态看板」")).to_be_visible()
        seat.open("/r/contract")
        expect(seat.page.locator(".board-column").first).to_be_visible()
