"""Journey: an administrator moves the limit of a shipped rule, sees on one customer and over the past what that does,
publishes, takes it back, publishes again; readings come, and who looks after the customer has an alert."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from perennial import processes, records, rules
from perennial.kernel import SYSTEM, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation

pytestmark = pytest.mark.journey

ZONE = ZoneInfo("Asia/Shanghai")
MONDAYS = [dt.date(2026, 11, 23) + dt.timedelta(weeks=n) for n in range(3)]


def used(database: Database, customer: int, monday: dt.date, users: int) -> None:
    """So many of a hundred seats were in use; health is 0.35 × use + 51.5, rounded."""
    with database.begin(SYSTEM, Reason("test")) as tx:
        given = {"customer": customer, "week_on": str(monday), "active_users": str(users)}
        records.create(tx, "usage", given)


def later(database: Database, monday: dt.date) -> None:
    """It is the Tuesday after this week."""
    day = monday + dt.timedelta(days=8)
    processes.tick(database, through=dt.datetime(day.year, day.month, day.day, 9, tzinfo=ZONE))


def condition(database: Database) -> str:
    with database.begin(SYSTEM) as tx:
        return next(one.condition for one in rules.current(tx) if one.key == "health_low")


def test_a_moved_limit_is_tried_tested_published_taken_back_and_warns_when_readings_come(
    installation: Installation, sit: Sit
) -> None:
    with installation.on_a_manual_clock() as database:
        with database.begin(SYSTEM, Reason("test")) as tx:
            low, near = (
                records.create(tx, "customer", {"name": name, "csm": installation.who["tang"], "seats": "100"})
                for name in ("杭州云麓", "青岛远帆")
            )
        for monday in MONDAYS[:2]:
            used(database, low, monday, 13)  # 56
            used(database, near, monday, 25)  # 60
            later(database, monday)
        with installation.served():
            me = sit()
            me.open("/design/rules")
            me.log_in("zhou", PASSWORD)
            me.sees("每周一 09:00", "启用")
            me.press("健康度连续两周低于 60", "link")
            beside = me.page.get_by_role("region", name="回测", exact=True)
            me.press("开始回测", within=beside)
            me.sees("涉及 1 家客户", "杭州云麓", within=beside)

            me.type("界限", "62")
            me.sees(re.compile("健康度评分 < 62"))
            me.press("单条测试")
            me.choose("用哪份记录", "青岛远帆")
            me.sees("满足条件，会触发", "新建任务「高风险客户跟进」")
            me.keys("Escape")
            me.sees("规则已改，下面是改之前的结果。", within=beside)
            me.press("重新回测", within=beside)
            me.sees("涉及 2 家客户", within=beside)
            me.type("另一个阈值", "60")
            me.press("比较", within=beside)
            me.sees_row("触发次数", "2", "1", "少 1 次")
            assert condition(database) == 'HELD(health_score < 60, 2, "week")'

            me.press(re.compile("发布$"))
            me.sees("满足什么条件", within=me.page.get_by_role("dialog"))
            me.press(re.compile("^发布第"))
            me.sees("已发布 v2")
            assert condition(database) == 'HELD(health_score < 62, 2, "week")'
            me.page.locator(".toast-act").last.click()
            me.sees(re.compile("^已撤销第"))
            expect(me.page.get_by_label("界限", exact=True)).to_have_value("60")
            me.type("界限", "62")
            me.press(re.compile("发布$"))
            me.press(re.compile("^发布第"))
            me.until(lambda: condition(database) == 'HELD(health_score < 62, 2, "week")')

            used(database, low, MONDAYS[2], 13)
            used(database, near, MONDAYS[2], 25)
            installation.command("tick", "--through", "2026-12-15")

            tang = sit()
            tang.open("/alerts")
            tang.log_in("tang", PASSWORD)
            row = tang.page.get_by_role("listitem").filter(has_text="青岛远帆")
            row.click()
            tang.keys(".")
            tang.sees(re.compile("健康度评分 · 2026-12-13"))
            tang.keys("Escape", "a")
            tang.sees("已知晓「青岛远帆」的预警")
            tang.press("忽略", within=row)
            dialog = tang.page.get_by_role("dialog")
            tang.type("为什么忽略", "已电话确认，读数有误")
            tang.press("忽略", within=dialog)
            tang.sees("已忽略「青岛远帆」的预警")
            expect(row).to_have_count(0)
            tang.page.locator(".toast-act").last.click()
            tang.sees("已知晓", within=row)
            tang.press("忽略", within=row)
            tang.type("为什么忽略", "已电话确认，读数有误")
            tang.press("忽略", within=dialog)
            tang.press(re.compile("^已了结"), "tab")
            tang.sees(re.compile("原因：已电话确认，读数有误"))

            phone = sit(width=390, height=844, phone=True)
            phone.open("/alerts")
            phone.log_in("tang", PASSWORD)
            phone.sees("杭州云麓")
            phone.fits()
        with database.begin(SYSTEM) as tx:
            states = tx.rows("SELECT record_id, state FROM rules.alert ORDER BY record_id")
    assert [(one["record_id"], one["state"]) for one in states] == [(low, "open"), (near, "dismissed")]
