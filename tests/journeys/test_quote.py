"""Journey: the quote of HT-2026-0117 at 18 % discount, from its submission to the contract that follows, by everybody
whom the shipped approval asks. What each sees of it is read in the trail and in the stream of the customer."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from builders_quotes import NEW_CLAUSE, contract_0117, quote, staff
from playwright.sync_api import Locator, expect

from perennial import processes
from perennial.kernel import SYSTEM, Actor, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, START, Installation
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey
TITLE = "苏州栖木医疗器械有限公司 续费报价审批"


def arranged(database: Database, head: int) -> int:
    """Lin has drafted the quote; the customer's number."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        who = staff(tx, head, password=PASSWORD)
    with database.begin(Actor("person", who["lin"], "林晓棠")) as tx:
        contract = contract_0117(tx, who["lin"])
        quote(tx, contract, ("238170.73", "0.18"))
    processes.react(database)
    with database.begin(SYSTEM) as tx:
        return int(tx.value("SELECT id FROM data_read.customer"))


class Days:
    """Each act has its own moment."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, START

    def pass_(self, hours: int = 1) -> None:
        self.now += dt.timedelta(hours=hours)
        processes.tick(self.database, through=self.now)


def test_ht_2026_0117_at_18_percent_is_signed_sent_back_sealed_and_followed_by_its_successor(
    installation: Installation, sit: Sit, tmp_path: Path
) -> None:
    proposal, sealed = tmp_path / "续费报价单.pdf", tmp_path / "HT-2026-0117 盖章.pdf"
    for paper in (proposal, sealed):
        paper.write_bytes(b"%PDF-1.7\n" + paper.name.encode())
    pictures = tmp_path

    with installation.on_a_manual_clock() as database:
        customer = arranged(database, installation.who["he"])
        days = Days(database)
        with installation.served():

            def enter(account: str, path: str = "/approvals", **given: Any) -> Seat:
                days.pass_()
                seat = sit(**given)
                seat.open(path)
                seat.log_in(account, PASSWORD)
                return seat

            lin = enter("lin", "/home")
            row = finishing(lin, "提交报价", "BJ-2026-0001")
            row.get_by_label("提交审批").check()
            lin.press("完成", within=row)
            lin.sees("请填写报价附件", within=row)  # what is missing is named
            upload(lin, row, "报价附件", proposal)
            lin.picture(pictures, "1_submit")
            lin.press("完成", within=row)
            lin.sees("已完成「提交报价」")

            ming = enter("ming")
            ming.press(re.compile(TITLE), "link")
            ming.sees("¥195,300.00", "18%", "法务与财务会签")
            ming.press("加签")
            sheet = ming.page.get_by_role("dialog", name="加签")
            ming.choose("加签给", "贺一宁 · 客户成功一部", within=sheet)
            ming.keys("Escape")
            ming.type("意见", "开票类目请税务看")
            ming.press("加签", within=sheet)
            ming.sees(re.compile("^已加签"))

            yi = enter("yi")
            yi.press(re.compile(TITLE), "link")
            yi.sees("¥195,300.00", "顾明哲前加签")
            yi.sees_not("验收后 60 日内一次性付清")
            yi.type("意见", "开票类目改为信息技术服务")
            yi.picture(pictures, "2_tax")
            yi.press("同意 A")
            yi.sees(re.compile("^已同意"), "没有等你处理的审批")

            days.pass_()
            ming.open("/approvals")
            ming.press(re.compile(TITLE), "link")
            ming.sees("开票类目改为信息技术服务")
            ming.press("同意 A")
            ming.sees(re.compile("^已同意"))

            shen = enter("shen")
            shen.press(re.compile(TITLE), "link")
            shen.press("转办")
            sheet = shen.page.get_by_role("dialog", name="转办")
            shen.choose("转办给", "陆子衿", within=sheet)
            shen.press("转办", within=sheet)
            shen.sees(re.compile("^已转办"))

            zijin = enter("zijin", phone=True, width=390, height=844)
            zijin.press(re.compile(TITLE), "link")
            zijin.press("退回")
            sheet = zijin.page.get_by_role("dialog", name="退回")
            expect(sheet.get_by_text("直达", exact=True)).to_be_visible()
            zijin.type("意见", "付款周期过长，请改为分两期")
            zijin.picture(pictures, "3_return_phone")
            zijin.press("退回", within=sheet)
            zijin.sees(re.compile("^已退回"))

            days.pass_(24)
            lin.open("/home")
            row = finishing(lin, "提交报价", "BJ-2026-0001")
            row.get_by_label("提交审批").check()
            row.get_by_label("付款条款").fill(NEW_CLAUSE)
            lin.press("完成", within=row)
            lin.sees("已完成「提交报价」")

            days.pass_()
            yi.open("/approvals")
            yi.sees("没有等你处理的审批")  # the tax signer saw nothing that has changed
            ming.open("/approvals")
            ming.press(re.compile(TITLE), "link")
            ming.sees(
                re.compile("^自你上次查看后改了"),
                "付款条款",
                "看过的内容有改动，请重新确认",
                "付款周期过长，请改为分两期",
            )
            ming.picture(pictures, "4_changed")
            ming.press("同意 A")
            ming.sees(re.compile("^已同意"))
            zijin.open("/approvals")
            zijin.press(re.compile(TITLE), "link")
            zijin.sees("付款条款", "¥195,300.00")
            zijin.fits()
            zijin.picture(pictures, "5_changed_phone")
            zijin.press("同意")
            sheet = zijin.page.get_by_role("dialog", name="同意")
            zijin.press("同意", within=sheet)
            zijin.sees(re.compile("^已同意"))

            cheng, zhiyuan = enter("cheng"), enter("zhiyuan")
            for vice in (cheng, zhiyuan):
                vice.press(re.compile(TITLE), "link")
                vice.sees("副总裁审批")
            cheng.press("同意 A")
            cheng.sees(re.compile("^已同意"))
            zhiyuan.sees(re.compile("程砚秋已(先)?同意，无需"))  # the page says so by itself

            wen = enter("wen", "/home")
            row = finishing(wen, "用印", "BJ-2026-0001")
            upload(wen, row, "盖章件", sealed)
            wen.press("完成", within=row)
            wen.sees("已完成「用印」")

            days.pass_()
            lin.open("/home")
            row = finishing(lin, "登记续费", "BJ-2026-0001")
            row.get_by_label("已签回，续费").check()
            lin.press("完成", within=row)
            lin.sees("已完成「登记续费」")

            lin.open("/approvals?view=sent")
            lin.press(re.compile(TITLE), "link")
            trail = lin.card("审批过程")
            lin.sees(
                "提交报价", "送审", "法务与财务会签", "退回到「提交报价」", "副总裁审批", "批准", "用印", sealed.name,
                re.compile("^SHA-256"), "归档", "登记续费", "合同续费", within=trail,
            )  # fmt: skip
            for name in ("沈若溪", "陆子衿", "顾明哲", "贺一宁", "程砚秋", "闻溪"):
                lin.sees(re.compile(name), within=trail)
            lin.picture(pictures, "6_trail")
            lin.open(f"/r/customer/{customer}")
            lin.sees("HT-2026-0118", "登记续费", "用印")  # the number after 0117
            lin.picture(pictures, "7_stream")


def finishing(seat: Seat, title: str, record: str) -> Locator:
    """The form that finishing this task asks for."""
    seat.task(title, record).get_by_role("checkbox").first.click()
    form = seat.page.get_by_role("form", name=re.compile(title))
    expect(form).to_be_visible()
    return form


def upload(seat: Seat, form: Locator, label: str, file: Path) -> None:
    """Choose a file for this field; it is there when its name is."""
    form.locator(".labelled").filter(has_text=label).locator("input[type=file]").set_input_files(file)
    expect(form.get_by_text(file.name)).to_be_visible()
