"""Journey: an administrator draws two forms, links them, publishes, thinks better of it, and publishes again.

The fields are those that a business person names for renewals: 客户信息表 and 续费合同表.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from perennial import apps, people
from perennial.kernel import SYSTEM, Database, Reason
from tests.journeys import drawn
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


def in_force(database: Database) -> list[list[tuple[str, ...]]]:
    with database.begin(SYSTEM) as tx:
        found = [apps.in_force(tx, "form", tree["form"]) for tree in drawn.TREES]
    return [drawn.told(tree) for tree in found if tree is not None]


def test_an_administrator_draws_two_linked_forms_publishes_and_undoes(
    installation: Installation, sit: Sit, tmp_path: Path
) -> None:
    with installation.on_a_manual_clock() as database, installation.served():
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
        designer.drag("人员", "负责人")
        me.keys("Escape", "Escape")
        me.choose("负责人字段", "负责人")
        designer.drag("明细表", "服务明细")
        expect(designer.cell("服务明细 明细表")).to_contain_text("名称数量金额")
        me.type("列 1", "服务项目")
        me.press("添加列")
        me.type("列 4", "服务起始")
        me.choose("列 4的类型", "日期")
        me.sees("没有发现问题")
        me.picture(tmp_path, "drawn")
        designer.publish("续费合同表")
        me.sees("已发布 v1")

        designer.drag("长文本", "年审特殊要求")
        me.press("显示条件", "tab")
        shown = me.page.get_by_role("group", name="满足条件时显示")
        me.press("添加条件", within=shown)  # about the first field of choices
        me.choose("值", "待续费", within=shown)
        assert serious(me) == []
        me.sees("草稿 v2")
        designer.publish("续费合同表")
        me.sees("已发布 v2")
        assert in_force(database) == [drawn.told(tree) for tree in drawn.TREES]
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


COLUMNS = (
    "客户名称", "行业", "规模", "联系人信息", "客户健康度评分", "客户状态",
    "合同编号", "合同金额", "合同开始日期", "合同结束日期", "续费状态", "续费方式", "负责人", "年审特殊要求",
)  # fmt: skip
YUAN = "厦门屿岸,软件,小型,林女士 13800000001,82,服务中"
QIMU = "宁波栖木,制造业,中型,顾先生 13800000002,55,服务中"
LINES = (
    ",".join(COLUMNS),
    f"{YUAN},HT-001,12万,2026-01-01,2026-12-31,待续费,手动确认,唐可,附上三年审计报告",
    f"{QIMU},HT-002,86000,2026-02-01,2027-01-31,待续费,自动续费,苏禾,",
    f"{QIMU},HT-003,4500.50,2026-03-01,2027-02-28,已续费,自动续费,苏禾,",
)


def test_what_was_drawn_takes_a_file_becomes_a_board_and_shows_each_person_what_they_may(
    installation: Installation, sit: Sit, tmp_path: Path
) -> None:
    (tmp_path / "renewals.csv").write_text("\n".join(LINES), encoding="utf-8")
    with installation.on_a_manual_clock() as database:
        with database.begin(SYSTEM, Reason("test")) as tx:
            forms = [apps.Change("form", tree["form"], tree) for tree in drawn.TREES]
            role = apps.Change("role", "renewal_sales", drawn.SALESPERSON)
            apps.locked(tx)
            apps.publish(tx, apps.propose(tx, [*forms, role]), "drawn")
            people.assign(tx, installation.who["su"], ["renewal_sales"])
        with installation.served():
            me = sit()
            me.open()
            me.log_in("zhou", PASSWORD)
            me.sees("工作台")
            import_it(me, tmp_path / "renewals.csv")
            board(me)
            me.picture(tmp_path, "board")
            conditions(me)
            me.open(f"/r/xu_fei_he_tong_biao/{number_of(database, 'HT-001')}")
            me.sees("附上三年审计报告", "服务明细")
            assert serious(me) == []

            su = sit()
            su.open()
            su.log_in("su", PASSWORD)
            su.sees("工作台")
            sees_what_they_may(su, "/r/xu_fei_he_tong_biao")
            su.sees("宁波栖木", "自动续费")
            su.picture(tmp_path, "salesperson")
            other = number_of(database, "HT-001")
            su.open(f"/r/xu_fei_he_tong_biao/{other}")
            su.sees_not("附上三年审计报告", "HT-001")

            phone = sit(width=390, height=844, phone=True)
            phone.open()
            phone.log_in("su", PASSWORD)
            phone.sees("我的")
            sees_what_they_may(phone, "/r/xu_fei_he_tong_biao")
            phone.fits()
            phone.picture(tmp_path, "phone")
            assert serious(phone) == []


def import_it(me: Seat, file: Path) -> None:
    """One line of the file is a customer and a contract."""
    me.open("/imports")
    me.press("导入文件")
    me.choose("文件里每一行是什么", "续费合同表")
    with me.page.expect_file_chooser() as chooser:
        me.click("选择文件，或把文件拖到这里")
    chooser.value.set_files(file)
    me.sees("3 行")
    me.press("同时导入客户信息表")
    customer = me.card("客户信息表")
    for column in COLUMNS[:6]:
        me.source(customer, column, column=column)
    me.decide_by(customer, "客户名称")
    me.press("试运行")
    me.sees("试运行完成，还没有写入任何数据", "¥210,500.50")  # 120,000 + 86,000 + 4,500.50
    me.press("导入 3 行")
    me.sees("已导入")
    me.sees_row("客户信息表", "2", "0", "0")
    me.sees_row("续费合同表", "3", "0", "0")


def board(me: Seat) -> None:
    """Contracts by 续费状态, kept as a view; a card dragged is a status changed."""
    me.open("/r/xu_fei_he_tong_biao?k=board&g=xu_fei_zhuang_tai")
    columns = me.page.locator(".board-column")
    expect(columns.nth(0).locator(".board-card")).to_have_count(2)
    columns.nth(0).locator(".board-card", has_text="HT-002").drag_to(columns.nth(1))
    expect(columns.nth(1).locator(".board-card")).to_have_count(2)
    me.press("新建视图")
    me.type("视图名称", "续费看板")
    me.press("另存为视图")
    expect(me.page.get_by_role("tab", name="续费看板")).to_have_attribute("aria-selected", "true")


def conditions(me: Seat) -> None:
    """A condition in rows, the same as a formula with the argument being written, and in rows again."""
    me.open("/r/xu_fei_he_tong_biao?k=table")
    me.press("筛选")
    me.press("添加条件")
    me.choose("字段", "合同金额")
    me.choose("关系", "大于等于")
    me.type("值", "86,000")
    me.sees("符合 2 条")
    assert serious(me) == []
    me.press("改用公式")
    formula = me.page.locator(".cm-content")
    expect(formula).to_have_text("he_tong_jin_e >= 86000")
    formula.click()
    me.keys("Control+Home")
    me.page.keyboard.type("AND(")
    expect(me.page.locator(".formula-hint b")).to_be_visible()
    me.keys("Control+End")
    me.page.keyboard.type(', CONTAINS(he_tong_bian_hao, "1"))')
    me.sees("符合 1 条")
    me.press("改用条件")
    expect(me.page.get_by_role("combobox", name="关系", exact=True)).to_have_count(2)


def sees_what_they_may(seat: Seat, address: str) -> None:
    """The two contracts of their department, without amounts; not the third."""
    seat.open(address)
    seat.sees(re.compile("^(共 )?2 条$"), "HT-002", "HT-003")  # a phone has room for the figure alone
    seat.sees_not("HT-001", "厦门屿岸", "合同金额", re.compile("86,000"))


def number_of(database: Database, number: str) -> int:
    with database.begin(SYSTEM) as tx:
        return tx.value(
            "SELECT id FROM data_read.xu_fei_he_tong_biao WHERE he_tong_bian_hao = %(number)s", {"number": number}
        )
