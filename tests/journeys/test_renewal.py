"""Journey 2: contracts walk towards their ends on a manual clock, people do their part, days away are caught up.

Dates by hand. 屿岸 ends 2027-03-01: T-90 2026-12-01, T-60 2026-12-31, T-45 2027-01-15, T-15 2027-02-14.
云栖 ends 2027-03-20: T-60 2027-01-19, T-50 2027-01-29, T-45 2027-02-03, T-15 2027-03-05.
岭南 ends 2027-05-01: T-60 2027-03-02, T-45 2027-03-17.
"""

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from perennial import records
from perennial.kernel import SYSTEM, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.mailserver import mail_server
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey


def arrange(database: Database, who: dict[str, int]) -> None:
    """Three customers with one contact each; two contracts. The first contract is typed in during the journey."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        for name, contact, number, start, end in (
            ("厦门屿岸", "林女士", None, None, None),
            ("苏州云栖", "陈先生", "HT-YUNQI", "2026-03-21", "2027-03-20"),
            ("广州岭南", "梁女士", "HT-LINGNAN", "2026-05-02", "2027-05-01"),
        ):
            customer = records.create(tx, "customer", {"name": name, "csm": who["tang"]})
            mail = f"{number or 'ht-yuan'}@example.com".lower()
            records.create(tx, "contact", {"customer": customer, "name": contact, "mail": mail, "role": "renewal"})
            if number:
                records.create(
                    tx,
                    "contract",
                    {"customer": customer, "number": number, "amount": "60000", "start_date": start, "end_date": end,
                     "owner": who["tang"], "product_line": "crm"},
                )  # fmt: skip


def test_contracts_walk_to_their_renewal_and_three_days_away_are_caught_up(
    installation: Installation, sit: Sit
) -> None:
    with mail_server() as (smtp, post), installation.on_a_manual_clock() as database:
        arrange(database, installation.who)
        installation.environment["PERENNIAL_SMTP_URL"] = smtp
        with installation.served():
            tang, zhou, gu = sit(), sit(), sit()
            for seat, account in ((tang, "tang"), (zhou, "zhou"), (gu, "gu")):
                seat.open()
                seat.log_in(account, PASSWORD)
                seat.sees("今天要做")

            tang.open("/r/contract?new=1")
            tang.choose("关联客户", "厦门屿岸")
            tang.type("合同编号", "HT-YUAN")
            tang.choose("产品线", "客户管理")
            tang.type("合同金额", "120000")
            tang.date("合同开始日期", "2026-03-02")
            tang.date("合同结束日期", "2027-03-01")
            tang.press("新建", within=tang.page.locator("form"))
            tang.sees("已保存", "HT-YUAN")

            # T-90: the task. The owner asks the customer.
            installation.command("tick", "--through", "2026-12-01")
            tang.open("/home")
            tang.sees("续费跟进", "厦门屿岸 · HT-YUAN", "剩 90 天")
            tang.finish_task("续费跟进", "HT-YUAN", 续费意向="愿意")

            # T-60: the intent mail waits for the channel, then leaves.
            installation.command("tick", "--through", "2026-12-31")
            intent = "关于「厦门屿岸」合同续约意向的征询"
            zhou.open("/messages")
            zhou.sees(intent, "林女士", "1 封待放行")
            assert post.mails == []
            zhou.press("看谁会收到")
            zhou.press("放行，发出 1 封")
            zhou.sees("已放行")
            zhou.until(lambda: len(post.mails) == 1)
            assert (post.mails[0]["subject"], post.mails[0]["to"]) == (intent, "林女士 <ht-yuan@example.com>")
            assert "合同 HT-YUAN，客户管理，金额 ¥120,000.00，2027-03-01 到期" in text_of(post.mails[0])

            # T-45: confirmed by the owner's task, so the first reminder leaves.
            installation.command("tick", "--through", "2027-01-15")
            installation.deliver(database)
            zhou.until(lambda: len(post.mails) == 2)
            zhou.open("/messages?tab=sent")
            zhou.sees("续费提醒：「厦门屿岸」的合同即将到期", intent)

            # The second contract: its customer said yes at T-50, so nothing more goes there; it waits for the money.
            installation.command("tick", "--through", "2027-01-29")
            assert letters(zhou, "苏州云栖") == 1  # T-60
            open_contract(tang, "HT-YUNQI")
            tang.press("编辑")
            tang.choose("续费状态", "已确认")
            tang.press(SAVE)
            tang.sees("已保存")

            # T-15 of the first: a pressing task for the owner, a notice for the director.
            installation.command("tick", "--through", "2027-02-14")
            tang.open("/home")
            tang.sees("临近到期仍未确认", "剩 15 天")
            gu.open("/notices")
            gu.sees("厦门屿岸 的合同 HT-YUAN 将于 2027-03-01 到期，客户仍未确认")

            # Renewed: what was open is over, one next contract.
            open_contract(tang, "HT-YUAN")
            tang.press("编辑")
            tang.choose("续费状态", "已续费")
            tang.type("续费金额", "130000")
            tang.press(SAVE)
            tang.sees("已保存")
            installation.command("tick")
            tang.open("/home")
            tang.sees_not("临近到期仍未确认")
            tang.open("/r/contract?f=" + 'customer.name = "厦门屿岸"')
            tang.sees("当前筛选 2 份", "2028-03-01", "¥130,000.00")
            tang.open("/notices")
            tang.sees("厦门屿岸 的合同 HT-YUAN 已续费，下一份合同已生成")

            # Away from 4 to 8 March: what was due on 5 March is decided once, late.
            installation.command("tick", "--through", "2027-03-04")
            installation.command("tick", "--at", "2027-03-08T09:00")
            installation.command("tick")  # once more changes nothing
            zhou.open("/plan?tab=ledger")
            zhou.sees("无遗漏", "迟到补做 1 项", "迟 3 天")
            zhou.press(re.compile("补做$"), "link")
            zhou.sees("1 项")
            zhou.sees("等到到期前 15 天", "HT-YUNQI")
            tang.open("/home")
            tang.sees("催款", "苏州云栖 · HT-YUNQI")
            assert letters(zhou, "苏州云栖") == 1

            # A date goes away and comes back: what was sent stays, nothing is repeated.
            assert letters(zhou, "广州岭南") == 1  # T-60 on 2 March
            move_end(tang, "2027-05-21")
            assert "04-06" in next_reminder(tang)
            move_end(tang, "2027-05-01")
            assert "03-17" in next_reminder(tang)
            installation.command("tick")
            assert letters(zhou, "广州岭南") == 1
            tang.open("/home")
            tang.finish_task("续费跟进", "HT-LINGNAN", 续费意向="观望")
            installation.command("tick", "--through", "2027-03-17")
            assert letters(zhou, "广州岭南") == 2
            zhou.sees("续费提醒：「广州岭南」的合同即将到期")
            zhou.open("/plan")
            zhou.sees("无遗漏")
            installation.command("doctor")


SAVE = re.compile("^(保存|保存新计划)$")


def open_contract(seat: Seat, number: str) -> None:
    """Found in the list, opened beside it."""
    seat.open("/r/contract")
    seat.click(number)
    expect(seat.page.get_by_role("button", name="编辑")).to_be_visible()


def letters(seat: Seat, customer: str) -> int:
    """How many mails about this customer stand in the mailbox."""
    seat.open("/messages")
    seat.sees(re.compile("已显示 [0-9]+ 条"))
    return seat.page.get_by_role("button").filter(has_text=f"「{customer}」").count()


def move_end(seat: Seat, day: str) -> None:
    """The editor shows the old plan against the new one before it is saved."""
    open_contract(seat, "HT-LINGNAN")
    seat.press("编辑")
    seat.date("合同结束日期", day)
    seat.sees("计划会变")
    seat.press("保存新计划")
    seat.sees("已保存")


def next_reminder(seat: Seat) -> str:
    """When the record's plan shows T-45."""
    open_contract(seat, "HT-LINGNAN")
    seat.press("计划", "tab")
    seat.sees("等到到期前 45 天")
    return seat.page.get_by_role("listitem").filter(has_text="等到到期前 45 天").first.inner_text()


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return body.get_content()
