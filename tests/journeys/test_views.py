"""A list kept as a view, changed where it stands, in bulk, by pasting, on a board and on a calendar; long lists."""

import re
from typing import Any

import pytest
from builders_records import contract, customer
from playwright.sync_api import Response, expect
from sqlalchemy import Date, Numeric, cast, func, literal, select

from perennial import records
from perennial.kernel import SYSTEM, Tx
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.seat import Seat


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
        seat.keys("Enter", "Escape")  # it is sent again, not taken for what stood there
        expect(seat.page.locator(".cell-reason")).to_contain_text("「面议」不是金额")
        seat.press("恢复我的输入")
        seat.keys("Control+A")
        seat.page.keyboard.type("250.5")
        seat.keys("Enter")
        expect(cells.first).to_have_text("¥250.50")
        seat.keys("Escape", "Control+z")
        expect(cells.first).to_have_text("¥100.00")
        cells.nth(1).hover()  # F2 changes the cell that is chosen
        seat.page.mouse.down()
        cells.nth(2).hover()
        seat.page.mouse.up()
        seat.keys("ArrowDown", "F2")
        expect(seat.page.locator(".table-row:has(.cell-editor)")).to_contain_text("C-3")
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


_SCROLL = """async ([to, by]) => {
  const list = document.querySelector(".list-scroll");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const waiting = () => document.querySelectorAll(".row-waiting").length;
  let most = 0;
  for (let y = list.scrollTop + by; y <= to; y += by) {
    list.scrollTop = y;
    await frame();
    most = Math.max(most, waiting());
  }
  list.scrollTop = to;
  for (let rest = 0; rest < 5 || waiting() > 0; rest++) {
    await frame();
    most = Math.max(most, waiting());
  }
  return most;
}"""
PAGE = 100  # rows of one request


def _many(tx: Tx, count: int) -> None:
    """Contracts C-1, C-2, … of one customer; the amounts are the numbers, the ends run through a hundred days."""
    n = func.generate_series(1, count).column_valued("n")
    who = customer(tx)
    records.create_set(
        tx,
        "contract",
        select(
            literal(who).label("customer"),
            func.concat("C-", n).label("number"),
            cast("2026-01-01", Date).label("start_date"),
            (cast("2026-11-01", Date) + n % 100).label("end_date"),
            cast(n, Numeric).label("amount"),
            literal("pending").label("status"),
        ),
    )


def _scrolled(seat: Seat, count: int, step: int) -> None:
    """From above to below and into the middle: never more than a page of rows is waited for, and each is asked once."""
    came: list[dict[str, Any]] = []
    page = seat.page

    def note(response: Response) -> None:
        if response.url.endswith("/forms/contract/page") and response.request.post_data_json:
            came.append(response.request.post_data_json)

    seat.open("/r/contract?c=number,amount&s=amount")
    expect(page.get_by_text("C-1", exact=True)).to_be_visible()
    page.wait_for_timeout(500)  # what the page asks for by itself is there
    page.on("response", note)
    assert page.evaluate(_SCROLL, [min(count, 3_000) * 36, step]) <= PAGE
    places = [str(one.get("skip") or one.get("after")) for one in came]
    assert len(places) == len(set(places)) > 5 and all(one["limit"] == PAGE for one in came)
    before = len(came)
    assert page.evaluate(_SCROLL, [count * 18, count * 36]) <= PAGE  # a scroll bar dragged to the middle
    expect(page.get_by_text(f"C-{count // 2 + 5}", exact=True)).to_be_visible()
    assert len(came) - before <= 2  # what is seen may lie on two pages


def test_a_range_is_pasted_dates_are_laid_elsewhere_and_a_long_list_scrolls(
    sit: Sit, installation: Installation
) -> None:
    with installation.on_a_manual_clock() as database, database.begin(SYSTEM) as tx:
        _many(tx, 1_500)
    with installation.served():
        seat = sit()
        page = seat.page
        seat.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=installation.address)
        seat.open()
        seat.log_in("zhou", PASSWORD)
        expect(page.get_by_role("navigation").first).to_be_visible()
        _scrolled(seat, 1_500, 900)

        seat.open("/r/contract?c=number,amount,status&s=amount")
        cells = page.locator(".table-row:not(.row-waiting)").nth(0).locator(".table-cell")
        expect(cells.nth(0)).to_have_text("C-1")
        cells.nth(1).hover()  # two rows of amount and status, with the pointer
        page.mouse.down()
        page.locator(".table-row").nth(1).locator(".table-cell").nth(2).hover()
        page.mouse.up()
        expect(page.locator(".table-cell.chosen")).to_have_count(4)
        seat.keys("Control+c")
        assert page.evaluate("navigator.clipboard.readText()") == "1.00\t待续费\n2.00\t待续费"
        seat.keys("ArrowUp", "ArrowUp", "ArrowLeft", "Shift+ArrowDown", "Shift+ArrowRight")
        expect(page.locator(".table-cell.chosen")).to_have_count(4)
        page.evaluate("navigator.clipboard.writeText('1万\\t已确认\\n面议\\t已流失\\n')")
        seat.keys("Control+v")
        seat.sees("第 2 行 合同金额：「面议」不是金额")
        seat.press("取消")
        expect(cells.nth(1)).to_have_text("¥1.00")
        page.evaluate("navigator.clipboard.writeText('0.5\\t已确认\\n0.7\\t待续费\\n')")
        seat.keys("Control+v")
        expect(cells.nth(1)).to_have_text("¥0.50")
        expect(cells.nth(2)).to_have_text("已确认")
        seat.press("撤销")
        expect(cells.nth(1)).to_have_text("¥1.00")

        handle = page.get_by_role("separator", name="「合同金额」的列宽")  # widths and frozen columns go with the view
        handle.focus()
        seat.keys("ArrowRight", "ArrowRight")
        seat.press("列")
        seat.press("固定「合同编号」")
        seat.keys("Escape")
        seat.press("新建视图")
        seat.type("视图名称", "金额")
        seat.press("另存为视图")
        seat.open("/r/contract")
        seat.press("金额", "tab")
        expect(page.locator(".table-cell.stays").first).to_have_text("C-1")
        assert "w=amount" in page.url
        seat.open("/r/contract?c=number,amount&s=amount&h=warn~~amount+%3C+3")
        expect(page.locator(".tone-mark")).to_have_count(2)
        expect(page.locator(".tone-warn .table-cell").first).to_have_text("临近C-1")

        seat.open("/r/contract?g=customer")
        expect(page.locator(".table-group-name").first).to_contain_text("厦门屿岸1,500 份")

        seat.open("/r/contract?k=calendar&g=end_date&y=week&f=amount+%3C+30")
        item = page.locator(".calendar-item", has_text="C-20")
        expect(item).to_be_visible()
        item.focus()
        seat.keys("Alt+ArrowRight")  # an end shows its plan before it moves
        expect(page.get_by_role("dialog")).to_contain_text("把 C-20 的合同结束日期改为 2026-11-22？")
        seat.press("保存新计划")
        expect(page.locator('[data-day="2026-11-22"] .calendar-item', has_text="C-20")).to_be_visible()
        seat.press("撤销")
        expect(page.locator('[data-day="2026-11-21"] .calendar-item', has_text="C-20")).to_be_visible()

        phone = sit(width=390, height=844, phone=True)
        phone.open()
        phone.log_in("zhou", PASSWORD)
        expect(phone.page.get_by_role("navigation").first).to_be_visible()
        phone.open("/r/contract?k=calendar&g=end_date&f=amount+%3C+30")
        expect(phone.page.locator(".calendar-count").first).to_be_visible()
        expect(phone.page.locator(".card-item")).to_contain_text("C-20")
        phone.fits()
        phone.open("/r/contract?k=gallery&f=amount+%3C+30")
        expect(phone.page.locator(".gallery-card").first).to_be_visible()
        phone.fits()


@pytest.mark.soak
def test_a_list_of_100_000_rows_scrolls_with_at_most_a_page_of_rows_to_come(
    sit: Sit, installation: Installation
) -> None:
    with installation.on_a_manual_clock() as database, database.begin(SYSTEM) as tx:
        _many(tx, 100_000)
    with installation.served():
        seat = sit()
        seat.open()
        seat.log_in("zhou", PASSWORD)
        expect(seat.page.get_by_role("navigation").first).to_be_visible()
        _scrolled(seat, 100_000, 600)
