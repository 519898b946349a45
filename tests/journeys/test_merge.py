"""Journey: what is perhaps twice is compared and becomes one, and is two again; colleagues come from a file."""

import io

import openpyxl
import pytest
from playwright.sync_api import expect

from perennial import people, records
from perennial.kernel import SYSTEM, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey
ONE, TWO = "厦门屿岸科技有限公司", "屿岸信息（厦门）有限公司"


def arrange(database: Database, who: dict[str, int]) -> int:
    """A customer that was entered twice; a colleague who has work, and one who has none."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        records.create(tx, "customer", {"name": ONE, "tier": "a"})
        two = records.create(tx, "customer", {"name": TWO, "tier": "b", "phone": "13800000000"})
        given = {"customer": two, "owner": who["tang"], "start_date": "2026-01-01", "end_date": "2027-06-30"}
        records.create(tx, "contract", given)
        people.create(tx, "idle", "陈曦")
    return two


def test_two_customers_become_one_and_two_again_and_colleagues_come_from_a_file(
    installation: Installation, sit: Sit
) -> None:
    with installation.on_a_manual_clock() as database:
        two = arrange(database, installation.who)
        with installation.served():
            zhou = sit()
            zhou.open()
            zhou.log_in("zhou", PASSWORD)
            zhou.sees("工作台")
            merge(zhou, two)
            roster(zhou)


def merge(zhou: Seat, two: int) -> None:
    zhou.open("/r/customer")
    zhou.press("疑似重复")
    zhou.sees("名称相近")
    zhou.press("对比合并")
    zhou.sees("续费合同 1 份转到")
    expect(zhou.page.locator("td.chosen")).to_have_text([ONE, "A", "13800000000"])
    zhou.press(f"并入「{TWO}」")
    zhou.sees(f"「{TWO}」已并入「{ONE}」")
    zhou.press("撤销")
    zhou.sees("已撤销，两条记录恢复原样")
    zhou.open(f"/r/customer/{two}")
    expect(zhou.page.get_by_role("heading", name=TWO)).to_be_visible()


def roster(zhou: Seat) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["账号", "姓名", "部门", "状态"], ["wang", "王磊", "销售部/一组", None], ["idle", None, None, "离职"],
                ["tang", None, None, "离职"], ["bad", None, None, None]):  # fmt: skip
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    zhou.open("/people/import")
    chosen = {"name": "名单.xlsx", "mimeType": kind, "buffer": kept.getvalue()}
    zhou.page.locator("input[type=file]").set_input_files(files=[chosen])  # pyright: ignore[reportArgumentType]
    zhou.sees("姓名：新同事要填写姓名")
    zhou.sees("名下还有工作，导入不会停用。")
    zhou.press("跳过 1 行，导入 2 人")
    zhou.sees("已导入 2 人")
    zhou.open("/people")
    zhou.sees("王磊")
