"""Journey: an administrator draws two forms, links them, publishes, thinks better of it, and publishes again.

The fields are those that a business person names for renewals: 客户信息表 and 续费合同表.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"


class Designer:
    """The form designer in front of a person."""

    def __init__(self, me: Seat) -> None:
        self.me = me

    def begin(self, name: str) -> None:
        self.me.open("/design/forms")
        self.me.press("新建表单")
        self.me.type("表单名称", name)
        self.me.press("开始设计")
        self.me.sees("从左边把字段拖到这里，或按 N 添加")

    def drag(self, kind: str, name: str) -> None:
        """A piece of the palette to the end of the form; then its name."""
        page = self.me.page
        end = page.locator(".canvas-end").last
        end.scroll_into_view_if_needed()
        source = page.get_by_role("complementary", name="组件").get_by_role("button", name=kind, exact=True)
        a, b = source.bounding_box(), end.bounding_box()
        assert a is not None
        assert b is not None
        page.mouse.move(a["x"] + 20, a["y"] + 10)
        page.mouse.down()
        page.mouse.move(a["x"] + 50, a["y"] + 20, steps=3)
        page.mouse.move(b["x"] + 60, b["y"] + b["height"] / 2, steps=6)
        self.me.sees("+ 松开放到这里")
        page.mouse.up()
        expect(page.get_by_label("名称", exact=True)).to_be_focused()
        page.keyboard.type(name)  # at once: whoever drops types on
        expect(self.cell(f"{name} {kind}")).to_be_visible()

    def cell(self, name: str) -> Locator:
        """The field with this name and kind; marks and its value follow."""
        named = self.me.page.get_by_role("button", name=re.compile(rf"^{re.escape(name)}( |$)"))
        return self.me.page.locator(".canvas-field").and_(named)

    def options(self, *labels: str) -> None:
        page = self.me.page
        for number, label in enumerate(labels, 1):
            if number > 2:
                self.me.press("添加选项")
            page.get_by_label(f"选项 {number}", exact=True).fill(label)

    def publish(self, name: str) -> None:
        self.me.press("发布")
        self.me.sees(f"发布「{name}」")
        self.me.press(re.compile("^发布第"))


def serious(me: Seat) -> list[str]:
    """What axe finds that keeps people out."""
    me.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = me.page.evaluate("axe.run().then((r) => r.violations)")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")
    ]


def test_an_administrator_draws_two_linked_forms_publishes_and_undoes(installation: Installation, sit: Sit) -> None:
    with installation.on_a_manual_clock(), installation.served():
        me = sit()
        me.open()
        me.log_in("zhou", PASSWORD)
        me.sees("工作台")
        designer = Designer(me)

        designer.begin("客户信息表")
        designer.drag("文本", "客户名称")
        expect(me.page.get_by_label(re.compile("^字段标识"))).to_have_value("ke_hu_ming_cheng")
        designer.drag("单选", "行业")
        designer.options("制造业", "软件")
        designer.drag("单选", "规模")
        designer.options("小型", "中型", "大型")
        designer.drag("文本", "联系人信息")
        designer.drag("数字", "客户健康度评分")
        designer.drag("单选", "客户状态")
        designer.options("服务中", "已流失")
        me.sees("没有发现问题")
        designer.publish("客户信息表")
        me.sees("已发布 v1")

        designer.begin("续费合同表")
        designer.drag("文本", "合同编号")
        designer.drag("关联", "关联客户")
        me.choose("关联到", "客户信息表")
        designer.drag("金额", "合同金额")
        designer.drag("日期", "合同开始日期")
        designer.drag("日期", "合同结束日期")
        designer.drag("单选", "续费状态")
        designer.options("待续费", "已续费", "已流失")
        designer.drag("单选", "续费方式")
        designer.options("自动续费", "手动确认")
        designer.drag("明细表", "服务明细")
        expect(designer.cell("服务明细 明细表")).to_contain_text("名称数量金额")
        me.type("列 1", "服务项目")
        me.press("添加列")
        me.type("列 4", "服务起始")
        me.choose("列 4的类型", "日期")
        me.sees("没有发现问题")
        designer.publish("续费合同表")
        me.sees("已发布 v1")

        designer.drag("长文本", "年审特殊要求")
        me.sees("草稿 v2")
        designer.publish("续费合同表")
        me.sees("已发布 v2")
        me.page.locator(".toast-act").last.click()
        me.sees(re.compile("^已撤销第"))
        expect(designer.cell("年审特殊要求 长文本")).to_have_count(0)  # the publication is undone, field and all
        expect(designer.cell("服务明细 明细表")).to_contain_text("服务项目数量金额服务起始")

        me.open("/design/forms")
        me.sees("发布记录", "撤销第 4 次")  # the first publication was the founding of the app
        assert serious(me) == []

        other = sit()  # who was given no right to the new forms sees none of them
        other.open()
        other.log_in("su", PASSWORD)
        other.sees("工作台")
        other.open("/r/xu_fei_he_tong_biao")
        other.sees_not("合同金额")
        other.open("/design/forms")
        other.sees_not("客户信息表")


def test_a_form_is_drawn_by_keyboard_alone_and_nothing_keeps_readers_out(installation: Installation, sit: Sit) -> None:
    with installation.on_a_manual_clock(), installation.served():
        me = sit()
        me.open()
        me.log_in("zhou", PASSWORD)
        me.sees("工作台")
        designer = Designer(me)
        designer.begin("回访表")
        page = me.page
        for kind, name in (("日期", "回访日期"), ("长文本", "结论")):
            page.keyboard.press("Escape")
            page.locator("body").press("n")
            page.keyboard.type(kind)
            page.keyboard.press("Enter")
            expect(page.get_by_label("名称", exact=True)).to_be_focused()
            page.keyboard.type(name)
            expect(designer.cell(f"{name} {kind}")).to_be_visible()
        designer.cell("结论 长文本").focus()
        me.keys("Alt+ArrowLeft")  # before the date
        expect(page.locator(".canvas-field").first).to_contain_text("结论")
        me.keys("Control+c", "Control+v")
        expect(page.locator(".canvas-field")).to_have_count(3)
        me.keys("Delete")
        expect(page.locator(".canvas-field")).to_have_count(2)
        me.keys("Control+z")
        expect(page.locator(".canvas-field")).to_have_count(3)
        me.sees(re.compile("^已自动保存"))
        assert serious(me) == []

        phone = sit(width=390, height=844, phone=True)
        phone.open()
        phone.log_in("zhou", PASSWORD)
        phone.sees("我的")
        phone.open("/design/forms/hui_fang_biao")
        phone.sees("请在电脑上编辑，手机上只能查看", "回访日期")
        phone.sees_not("发布")
        phone.fits()
        assert serious(phone) == []
