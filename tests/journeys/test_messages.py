"""A business person changes what customers read 30 days before the end, seen for a real contract; an administrator
looks at what waits, sends it to themselves, releases the batch; one is refused by its server and sent again.

Both contracts end on 2026-12-31, so T-30 is 2026-12-01.
"""

import re

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
    with database.begin(SYSTEM, Reason("test")) as tx:
        tx.run("UPDATE people.person SET mail = 'zhou@example.com' WHERE account = 'zhou'")
        for name, contact, number in (("厦门屿岸", "林女士", "HT-YUAN"), ("苏州云栖", "陈先生", "HT-YUNQI")):
            customer = records.create(tx, "customer", {"name": name, "csm": who["tang"]})
            values = {"customer": customer, "name": contact, "mail": f"{number.lower()}@example.com", "role": "renewal"}
            records.create(tx, "contact", values)
            term = {"start_date": "2026-01-01", "end_date": "2026-12-31", "amount": "60000", "product_line": "crm"}
            records.create(tx, "contract", {"customer": customer, "number": number, "owner": who["tang"], **term})


def write(seat: Seat) -> None:
    """A placeholder by completion, the preview, an SMS with its length, published."""
    seat.open("/design/templates")
    seat.click("到期前 30 天提醒")
    seat.page.get_by_label("主题", exact=True).click()
    seat.keys("End")
    seat.page.keyboard.type("（{{合同编")
    seat.page.locator(".cm-tooltip-autocomplete").get_by_text("合同编号").first.click()
    seat.page.keyboard.type("）")
    paper = seat.page.get_by_label("电脑上的样子")
    expect(paper.get_by_role("heading")).to_have_text(re.compile("合同将在一个月后到期（HT-(YUAN|YUNQI)）$"))
    seat.sees("收件人", re.compile("ht-.*@example.com"))

    seat.press("短信 · 中文")
    seat.sees(re.compile("^[0-9]+ 字$"), re.compile("^计费 [12] 条$"), "短信 · 没有收件人")

    seat.press("发布")
    seat.press(re.compile("^发布第 [0-9]+ 版$"))
    seat.sees(re.compile("^已发布 v[0-9]$"))


def test_a_text_is_changed_and_previewed_and_what_waits_is_released_refused_and_sent_again(
    installation: Installation, sit: Sit
) -> None:
    with mail_server() as (smtp, post), installation.on_a_manual_clock() as database:
        arrange(database, installation.who)
        installation.environment["PERENNIAL_SMTP_URL"] = smtp
        with installation.served():
            zhou = sit()
            zhou.open()
            zhou.log_in("zhou", PASSWORD)
            zhou.sees("今天要做")
            write(zhou)

            installation.command("tick", "--through", "2026-12-01")
            zhou.open("/messages")
            zhou.sees("「厦门屿岸」的合同将在一个月后到期（HT-YUAN）", "苏州云栖", "2 封待放行")
            zhou.press("看谁会收到")
            zhou.sees("封发出，2 家客户")
            zhou.press("先发给我")
            zhou.sees("已交给渠道")
            assert [mail["to"] for mail in post.mails] == ["周予安 <zhou@example.com>"]
            assert "HT-" in post.mails[0]["subject"]

            post.refuses.add("ht-yuan@example.com")
            zhou.press("放行，发出 2 封")
            zhou.sees("已放行邮件，2 封正在发出")
            zhou.until(lambda: len(post.mails) == 2)
            assert post.mails[1]["to"] == "陈先生 <ht-yunqi@example.com>"
            zhou.open("/messages?tab=failed")
            zhou.sees("失败", "林女士")
            zhou.click(re.compile("「厦门屿岸」的合同将在一个月后到期"))
            zhou.sees("已请负责人打电话", re.compile("550 5.1.1 no such user"))

            post.refuses.clear()
            zhou.press("重发")
            zhou.press("重发", within=zhou.page.get_by_role("dialog"))
            zhou.sees("已排队重发")
            zhou.until(lambda: len(post.mails) == 3)
            assert post.mails[2]["to"] == "林女士 <ht-yuan@example.com>"
