"""Journey: two people are asked about a quote. One writes what the step requires and approves at the desk, the other
sees on the phone what has changed since and sends it back; both read it in the trail."""

import re
from pathlib import Path
from typing import Any

import pytest
from builders_records import contract, customer
from playwright.sync_api import expect

from perennial import processes, records
from perennial.kernel import SYSTEM, Actor, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation

pytestmark = pytest.mark.journey

QUOTE: dict[str, Any] = {
    "process": "quote", "label": "报价审批", "form": "contract", "owner": "owner",
    "start": [{"key": "now", "kind": "hand"}],
    "nodes": [
        {"key": "submit", "kind": "task", "label": "提交报价", "who": {"field": "owner"}, "next": "sign"},
        {
            "key": "sign", "kind": "approval", "label": "主管与总监会签", "who": [{"person": "he"}, {"person": "gu"}],
            "fields": [{"field": "forecast_amount", "right": "required"}, {"field": "note", "right": "hidden"}],
            "approved": "archive", "rejected": "end",
        },
        {"key": "archive", "kind": "task", "label": "归档", "who": {"field": "owner"}, "next": "end"},
    ],
}  # fmt: skip


def submitted(database: Database, tang: int) -> list[int]:
    """Two quotes of Tang's wait for their signers."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        processes.publish(tx, QUOTE)
        who = customer(tx, name="厦门屿岸", csm=tang)
        made = [contract(tx, customer=who, number=f"C-{n}", amount="195300", note="内部", owner=tang) for n in (1, 2)]
        processes.start(tx, "quote", made)
    with database.begin(Actor("person", tang, "唐可")) as tx:
        for row in tx.rows(
            "SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id WHERE k.key = 'submit' ORDER BY t.id"
        ):
            processes.finish_task(tx, row["id"], {}, None)
    return made


def test_one_approves_at_the_desk_and_the_other_sends_it_back_by_phone(
    installation: Installation, sit: Sit, tmp_path: Path
) -> None:
    with installation.on_a_manual_clock() as database:
        tang = installation.who["tang"]
        made = submitted(database, tang)
        with installation.served():
            he = sit()
            he.open("/approvals")
            he.log_in("he", PASSWORD)
            he.sees("C-1 主管与总监会签", "C-2 主管与总监会签", "唐可提交")
            expect(he.page.get_by_role("link", name="审批 2", exact=True)).to_be_visible()
            he.picture(tmp_path, "list")
            he.keys("j", "Enter")
            he.sees("第 1 项，共 2 项", "由你填写", "¥195,300.00", "同意后：归档")
            he.sees_not("内部")
            he.keys("a")
            he.sees("请填写预计续费金额")
            he.type("预计续费金额", "18万")
            he.type("意见", "折扣在授权之内")
            he.picture(tmp_path, "page")
            he.press("同意 A")
            he.sees("已同意「主管与总监会签」", "C-2 主管与总监会签")

            gu = sit(width=390, height=844, phone=True)
            gu.open("/home")
            gu.log_in("gu", PASSWORD)
            gu.press("2 审批", "link")
            gu.press("C-1 主管与总监会签", "link")
            gu.sees("审批过程", "折扣在授权之内", "同意")
            gu.fits()
            gu.press("审批", "link")
            with database.begin(Actor("person", tang, "唐可")) as tx:
                records.update(tx, "contract", made[0], 2, {"amount": "97650"})
            gu.press("C-1 主管与总监会签", "link")
            gu.sees(re.compile("^自你上次查看后改了"), "¥195,300.00", "¥97,650.00", "唐可")
            gu.page.get_by_text("¥97,650.00").nth(1).wait_for()  # among the key terms, too
            gu.picture(tmp_path, "phone")
            gu.press("退回")
            sheet = gu.page.get_by_role("dialog", name="退回")
            expect(sheet.get_by_text("改完后直接回到你")).to_be_visible()
            expect(sheet.get_by_role("button", name="退回")).to_be_disabled()
            gu.type("意见", "付款周期过长")
            gu.picture(tmp_path, "sheet")
            gu.press("退回", within=sheet)
            gu.sees("已退回「主管与总监会签」", "C-2 主管与总监会签")
            gu.fits()

            he.open("/approvals?view=done")
            he.press("C-1 主管与总监会签", "link")
            he.sees("退回到「提交报价」", "付款周期过长", "直达", "已退回「提交报价」，等待那里改完")
            he.picture(tmp_path, "trail")
            he.open("/approvals?view=copied")
            he.sees("没有抄送给你的审批")
            he.picture(tmp_path, "empty")
