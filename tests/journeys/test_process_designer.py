"""Journey: an administrator opens the running renewal flow, draws an approval into it, mends what is missing,
publishes, and takes the publication back."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, expect

from perennial import apps, processes, records
from perennial.kernel import SYSTEM, Database, Reason
from tests.journeys.conftest import Sit
from tests.journeys.installation import PASSWORD, Installation
from tests.journeys.seat import Seat

pytestmark = pytest.mark.journey

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"


def renewal(database: Database) -> processes.Process:
    with database.begin(SYSTEM) as tx:
        return next(one for one in processes.current(tx) if one.key == "renewal")


def box(me: Seat, name: str) -> Locator:
    return me.page.get_by_role("group", name=re.compile(rf"^{re.escape(name)} "))


def way(me: Seat, from_: str, to: str) -> Locator:
    return me.page.get_by_label(f"从「{from_}」到「{to}」", exact=True)


def drag(me: Seat, kind: str, onto: Locator) -> None:
    """A piece of the palette onto the middle of a way."""
    page = me.page
    piece = page.get_by_role("complementary", name="组件").get_by_role("button", name=kind, exact=True)
    a, b = piece.bounding_box(), onto.locator("path").first.bounding_box()
    assert a is not None
    assert b is not None
    page.mouse.move(a["x"] + 20, a["y"] + 10)
    page.mouse.down()
    page.mouse.move(a["x"] + 60, a["y"] + 20, steps=3)
    page.mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=6)
    me.sees("松开插入到这条连线")
    page.mouse.up()


def exported(me: Seat, folder: Path) -> ElementTree.Element:
    me.press(re.compile("导出$"))
    with me.page.expect_download() as download:
        me.press("BPMN 2.0（.bpmn）", "menuitem")
    download.value.save_as(folder / "renewal.bpmn")
    return ElementTree.parse(folder / "renewal.bpmn").getroot()


def test_an_approval_is_drawn_into_the_running_renewal_flow_published_and_taken_back(
    installation: Installation, sit: Sit, tmp_path: Path
) -> None:
    with installation.on_a_manual_clock() as database, installation.served():
        before = renewal(database)
        me = sit()
        me.open("/processes/renewal")
        me.log_in("zhou", PASSWORD)
        me.press("编辑流程")
        expect(box(me, "续费跟进")).to_be_visible()
        drag(me, "审批", way(me, "续费跟进", "等到到期前 45 天"))
        expect(me.page.get_by_label("名称", exact=True)).to_be_focused()
        me.page.keyboard.type("财务复核")
        expect(way(me, "续费跟进", "财务复核")).to_be_attached()

        below = me.page.get_by_role("region", name="问题与发布预览")
        me.sees("「财务复核」没有设置由谁办理。流程走到这里将无人处理", within=below)
        expect(me.page.get_by_role("button", name=re.compile("发布$")).first).to_be_disabled()
        me.keys("Escape", "F8")
        me.choose("审批人", "业务管理员")
        me.sees("没有发现问题")

        box(me, "催款").focus()
        me.keys("n")
        me.page.keyboard.type("等待")
        me.keys("Enter")
        expect(me.page.get_by_label("名称", exact=True)).to_be_focused()
        me.page.keyboard.type("再等一天")
        me.page.get_by_label("名称", exact=True).blur()
        me.keys("ArrowUp", "ArrowDown", "Delete")
        expect(box(me, "再等一天")).to_have_count(0)
        me.keys("Control+z")
        expect(way(me, "催款", "再等一天")).to_be_attached()

        root = exported(me, tmp_path)
        ids = {node.key for node in before.nodes} | {"approval_1", "wait_1"}
        told = [one.attrib["id"] for one in root.iter() if one.tag.startswith(BPMN) and "id" in one.attrib]
        assert len(told) == len(set(told))
        assert {f"n_{key}" for key in ids} <= set(told)
        assert {
            flow.get(end) for flow in root.iter(f"{BPMN}sequenceFlow") for end in ("sourceRef", "targetRef")
        } <= set(told)
        assert len({shape.get("bpmnElement") for shape in root.iter(f"{DI}BPMNShape")}) >= len(ids)

        me.press("对比 v1")
        me.sees("对比两个版本", "新增")
        me.picture(tmp_path, "compared")
        me.keys("Escape")

        me.press(re.compile("发布$"))
        me.press(re.compile("^发布第"))
        me.sees("已发布 v2")
        after = renewal(database)
        assert {node.key for node in after.nodes} == ids
        assert after.node("follow_up").next == "approval_1"
        me.page.locator(".toast-act").last.click()
        me.sees(re.compile("^已撤销第"))
        expect(box(me, "财务复核")).to_have_count(0)
        assert renewal(database) == before

        phone = sit(width=390, height=844, phone=True)
        phone.open("/design/processes/renewal")
        phone.log_in("zhou", PASSWORD)
        phone.sees("请在电脑上编辑，手机上只能查看", "续费跟进")
        phone.fits()


def deals(database: Database) -> list[Any]:
    """Where all instances of 报价 stand, and what people have to do for them."""
    with database.begin(SYSTEM) as tx:
        return [
            tx.rows("SELECT id, state, version_id, record_id FROM processes.instance WHERE process_id = (SELECT id FROM"
                    " processes.process WHERE key = 'quote') ORDER BY id"),
            tx.rows("SELECT t.id, t.state, t.node_id, t.wake_at, t.entered_at FROM processes.token t"
                    " JOIN processes.instance i ON i.id = t.instance_id JOIN processes.process p ON p.id = i.process_id"
                    " WHERE p.key = 'quote' ORDER BY t.id"),
            tx.rows("SELECT t.id, t.kind_id, t.assignee_id, t.opened_at, t.due_at FROM tasks.task t"
                    "  JOIN tasks.kind k ON k.id = t.kind_id JOIN processes.node n ON n.id = k.node_id"
                    "  JOIN processes.version v ON v.id = n.version_id JOIN processes.process p ON p.id = v.process_id"
                    " WHERE p.key = 'quote' AND t.state = 'open' ORDER BY t.id"),
        ]  # fmt: skip


def thirty_seven(database: Database, owner: int) -> None:
    """So many quotes are under way, of which 8 stand at 法务, 5 at 补充材料 and 4 at 用印."""
    step = {"kind": "task", "who": {"field": "owner"}}
    nodes = [
        {**step, "key": "quote", "label": "报价", "next": "legal"},
        {**step, "key": "legal", "label": "法务", "outcomes": [{"key": "yes", "label": "同意", "next": "seal"},
                                                              {"key": "more", "label": "要材料", "next": "papers"}]},
        {**step, "key": "papers", "label": "补充材料", "next": "seal"},
        {**step, "key": "seal", "label": "用印"},
    ]  # fmt: skip
    with database.begin(SYSTEM, Reason("test")) as tx:
        start = [{"key": "now", "kind": "hand", "label": "发起"}]
        process = {"process": "quote", "label": "报价", "form": "contract", "start": start, "nodes": nodes}
        apps.publish(tx, apps.propose(tx, [apps.Change("process", "quote", process)]), "报价流程")
        customer = records.create(tx, "customer", {"name": "栖木医疗", "csm": owner})
        given = {"customer": customer, "owner": owner, "amount": "1000", "start_date": "2026-06-01"}
        made = [
            records.create(tx, "contract", {**given, "number": f"BJ-{n:02}", "end_date": "2027-12-31"})
            for n in range(37)
        ]
        processes.start(tx, "quote", made)
    for at, (count, outcome) in enumerate([(17, None), (9, "more"), (4, None)]):
        key = ("quote", "legal", "papers")[at]
        with database.begin(SYSTEM) as tx:
            tasks = tx.value(
                "SELECT array_agg(x.id) FROM (SELECT t.id FROM tasks.task t JOIN tasks.kind k ON k.id = t.kind_id"
                " WHERE k.key = %(key)s AND t.state = 'open' ORDER BY t.id LIMIT %(count)s) x",
                {"key": key, "count": count},
            )
            processes.finish_set(tx, tasks, outcome, {})


def test_37_quotes_under_way_follow_a_new_version_and_come_back_as_they_stood(
    installation: Installation, sit: Sit, tmp_path: Path
) -> None:
    with installation.on_a_manual_clock() as database:
        thirty_seven(database, installation.who["su"])
        with installation.served():
            before = deals(database)
            me = sit()
            me.open("/design/processes/quote")
            me.log_in("zhou", PASSWORD)
            drag(me, "审批", way(me, "法务", "用印"))
            expect(me.page.get_by_label("名称", exact=True)).to_be_focused()
            me.page.keyboard.type("财务复核")
            me.page.get_by_label("名称", exact=True).blur()
            me.choose("审批人", "业务管理员")
            box(me, "补充材料").click()
            me.keys("Delete")
            me.sees("没有发现问题", re.compile("在办 37 个中 32 个可迁移.*5 个要选择"))

            me.press("单条试跑")
            me.choose("用哪份记录", "BJ-36")
            me.press("开始试跑")
            stands = me.page.get_by_role("region", name="现在停在")
            me.sees("报价", "等苏禾办理", within=stands)
            me.press("办完", within=stands)
            me.sees("法务", within=stands)
            me.press("办完", within=stands)
            me.press("同意", within=stands)
            me.sees("「财务复核」同意", re.compile("新任务「用印」交给苏禾"))
            me.picture(tmp_path, "walk")
            me.press("撤回上一步")
            me.sees("等周予安办理", within=stands)
            me.page.get_by_role("dialog").get_by_role("button", name=re.compile("关闭|Close")).click()
            assert deals(database) == before

            me.press(re.compile("发布$"))
            me.press(re.compile("^发布第"))
            me.sees("已发布 v2")

            me.press(re.compile("^37 个在旧版本上"))
            me.sees("32 个可直接迁移", "5 个需要选择", "新版本没有这一步")
            me.picture(tmp_path, "migration")
            me.press("全部按建议")
            me.press("迁移 37 个")
            me.sees("已迁移 37 个到第 2 版")
            with database.begin(SYSTEM) as tx:
                stand = {row["key"]: row["n"] for row in tx.rows(
                    "SELECT n.key, count(*) AS n FROM processes.token t JOIN processes.node n ON n.id = t.node_id"
                    " JOIN processes.version v ON v.id = n.version_id WHERE v.number = 2 GROUP BY n.key")}  # fmt: skip
            assert stand == {"quote": 20, "legal": 8, "approval_1": 5, "seal": 4}
            me.page.locator(".toast-act").last.click()
            me.sees("已迁回 37 个")
            assert deals(database) == before
            with database.begin(SYSTEM) as tx:
                assert [one.check for one in processes.doctor(tx) if not one.ok] == []

            phone = sit(width=390, height=844, phone=True)
            phone.open("/processes/quote/migration")
            phone.log_in("zhou", PASSWORD)
            phone.sees("32 个可直接迁移")
            phone.fits()
            phone.picture(tmp_path, "migration_phone")
