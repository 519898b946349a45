"""How a process ran over a period: figures by hand, every way as it was gone, nothing of records one may not read."""

import csv
import datetime as dt
import io
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest
from approval_world import Deals, approval, founded, task
from error_codes import refused
from process_world import World, at
from process_world import found as company
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import people, processes, records
from perennial.kernel import Database

door = processes.approving
SINCE, UNTIL = at("2026-11-01", "00:00"), at("2026-12-01", "00:00")
NODES = [
    {**task("ask"), "outcomes": [{"key": "yes", "label": "是", "next": "sure"}, {"key": "no", "label": "否"}]},
    {"key": "sure", "kind": "condition", "cases": [{"when": "flag", "next": "tell"}, {"when": "amount > 5",
     "next": "tell"}], "otherwise": "end"},
    task("tell"),
]  # fmt: skip


@pytest.fixture
def deals(database: Database) -> Deals:
    return founded(database)


@pytest.fixture
@built_once
def world(database: Database) -> World:
    """xu sells to one customer with a contract; two more belong to another. Three contracts fall due on 11-23."""
    world = company(database)
    with world.system() as tx:
        world.xu = people.create(tx, "xu", "徐行", roles=["sales"])
        for person in (world.xu, world.zhou):
            people.set_password(tx, person, PASSWORD)
    with world.act() as tx:
        hers = records.create(tx, "customer", {"name": "苏州云岭", "csm": world.tang, "sales": world.xu})
    for customer in (hers, world.customer, world.customer):
        world.contract("2027-02-21", customer=customer)
    return world


def watched(deals: Deals, **more: Any) -> dict[str, Any]:
    with deals.system() as tx:
        return processes.watch(tx, "quote", SINCE, UNTIL, **more)


def node(found: dict[str, Any], key: str) -> dict[str, Any]:
    return next(one for one in found["nodes"] if one["key"] == key)


def ways(found: dict[str, Any]) -> dict[str, tuple[int, float]]:
    return {f"{one['from']} {one['to']}": (one["visits"], round(one["share"], 3)) for one in found["edges"]}


def lived(deals: Deals, key: str, outcome: str, *visits: tuple[str, str]) -> None:
    """Visits of a step as they would have been written, of the one instance there is."""
    with deals.system() as tx:
        for entered, left in visits:
            tx.run(
                "INSERT INTO processes.step (instance_id, node_id, token_id, entered_at, left_at, outcome)"
                " SELECT (SELECT max(id) FROM processes.instance), n.id, 1, %(entered)s, %(left)s, %(outcome)s"
                "   FROM processes.node n WHERE n.key = %(key)s",
                {"key": key, "outcome": outcome, "entered": at(*entered.split()), "left": at(*left.split())},
            )


def test_median_and_ninetieth_percentile_are_those_of_a_hand_calculation(deals: Deals) -> None:
    """From Monday 11-02 on: 1, 2, 3, 4 and 10 days, of which the last spans a weekend (8 workdays)."""
    deals.begun(*NODES)
    began = "2026-11-02 09:00"
    lived(deals, "ask", "yes", (began, "2026-11-03 09:00"), (began, "2026-11-04 09:00"), (began, "2026-11-12 09:00"))
    lived(deals, "ask", "no", (began, "2026-11-05 09:00"), (began, "2026-11-06 09:00"))
    lived(deals, "ask", "asked again", (began, "2026-11-20 09:00"))  # it stood there still
    lived(deals, "ask", "yes", (began, "2026-12-01 00:00"), ("2026-10-12 09:00", "2026-10-15 09:00"))  # outside
    found = watched(deals)
    ask, day = node(found, "ask"), 86_400
    assert (ask["visits"], ask["stay"], ask["workdays"]) == (5, [3 * day, 7.6 * day], [3, 6.4])
    assert (ask["allowed"], ask["beyond"], ask["slow"], ask["few"]) == (3, 2, True, False)
    assert (ask["was"]["visits"], ask["was"]["stay"], ask["was"]["workdays"]) == (1, [3 * day, 3 * day], [3, 3])
    ways_out = {one["to"]: one for one in found["edges"] if one["from"] == "ask"}
    assert (ways_out["sure"]["visits"], ways_out["sure"]["share"]) == (3, 0.6)
    assert ways_out["sure"]["stay"] == [2 * day, 8.4 * day]
    assert (ways_out["end"]["visits"], ways_out["end"]["stay"]) == (2, [3.5 * day, 3.9 * day])
    assert found["slowest"] == ["ask"]
    assert node(found, "tell") | {"label": "", "was": 0} == {
        "key": "tell", "label": "", "label_en": "", "kind": "task", "allowed": 3, "gone": False, "visits": 0,
        "stay": None, "workdays": None, "beyond": 0, "slow": False, "few": True, "was": 0, "here": 0, "overdue": 0,
        "stuck": 0, "oldest_at": None, "paused": False,
    }  # fmt: skip


def test_a_stay_that_began_years_ago_has_its_workdays(deals: Deals) -> None:
    deals.begun(*NODES)
    lived(deals, "ask", "no", ("2024-11-01 09:00", "2026-11-03 09:00"))
    days = deals.rows("SELECT kernel.workdays_between('2024-11-02', '2026-11-03') AS n")[0]["n"]
    assert node(watched(deals), "ask")["workdays"] == [days, days]


def test_every_way_is_counted_as_it_was_gone(deals: Deals) -> None:
    """Two cases to one node are one way; a split is as many as it opened; a return goes where it went."""
    deals.publish(
        task("submit", "parts"),
        {"key": "parts", "kind": "inclusive", "otherwise": "c", "cases": [
            {"when": "flag", "next": "a"}, {"when": "amount > 1", "next": "b"}, {"when": "amount > 2", "next": "b"}]},
        task("a", "both"), task("b", "both"), task("c", "both"),
        {"key": "both", "kind": "join", "of": "parts", "next": "sign"},
        approval("fa", approved="done", rejected="submit"), {"key": "done", "kind": "end", "label": "完成"},
    )  # fmt: skip
    one, two = deals.deal(flag=True, amount="2"), deals.deal("HT-2", flag=False, amount="0")
    deals.start(one, two)
    for deal in (one, two):
        deals.finish(deal, "submit")
    for deal, key in ((one, "a"), (one, "b"), (two, "c")):
        deals.finish(deal, key)
    with deals.as_("fa") as tx:  # straight back to the first step, and from there straight to who sent it back
        door.send_back(tx, deals.vote("fa", one), "submit", "straight", "少一份")
    deals.finish(one, "submit")
    deals.decide("fa", at=one)
    with deals.as_("fa") as tx:
        door.send_back(tx, deals.vote("fa", two), "submit", "redo", "重来")
    found = watched(deals)
    told = {key: count for key, (count, _) in ways(found).items() if not key.startswith("start:")}
    assert told == {
        "submit parts": 2, "submit sign": 1, "parts a": 1, "parts b": 1, "parts c": 1, "a both": 1, "b both": 1,
        "c both": 1, "both sign": 2, "sign submit": 2, "sign done": 1, "done end": 1,
    }  # fmt: skip
    assert ways(found)["start:now submit"] == (2, 1)
    assert (node(found, "submit")["here"], node(found, "both")["visits"]) == (1, 2)
    with deals.system() as tx:
        gone = processes.behind(tx, "quote", "way", SINCE, UNTIL, node="parts", to="b")
        assert (gone["form"], gone["ids"], gone["count"]) == ("deal", [one], 1)
        assert processes.behind(tx, "quote", "way", SINCE, UNTIL, node="sign", to="submit")["ids"] == [one, two]
        assert processes.behind(tx, "quote", "passed", SINCE, UNTIL, node="done")["ids"] == [one]
        assert processes.behind(tx, "quote", "ended", SINCE, UNTIL)["ids"] == [one]
        assert processes.behind(tx, "quote", "began", SINCE, UNTIL, limit=1)["next"] == one
        assert processes.behind(tx, "quote", "began", SINCE, UNTIL, after=one)["ids"] == [two]


def test_a_node_of_an_earlier_version_is_told_apart(deals: Deals) -> None:
    at_ = deals.begun(task("old", "tell"), task("tell"))
    deals.finish(at_, "old")
    deals.publish(task("tell"))
    found = watched(deals)
    assert [(one["key"], one["gone"], one["visits"]) for one in found["nodes"]] == [
        ("tell", False, 0),
        ("old", True, 1),
    ]
    assert [one["key"] for one in watched(deals, version=2)["nodes"]] == ["tell"]
    with deals.system() as tx, refused("processes.no_such_version", "没有这个流程版本（7）"):
        processes.watch(tx, "quote", SINCE, UNTIL, version=7)
    with deals.system() as tx, refused("processes.no_such_step", "这个流程里没有「nowhere」这一步"):
        processes.behind(tx, "quote", "passed", SINCE, UNTIL, node="nowhere")
    with (
        deals.system() as tx,
        refused("processes.no_period", "时间段要从早到晚，最长三年（2026-12-01 至 2026-11-01）", path="until"),
    ):
        processes.watch(tx, "quote", UNTIL, SINCE)


def test_the_funnel_of_a_renewal_goes_from_due_to_renewed(world: World) -> None:
    """Three fall due on 11-23. One is followed up, confirmed and renewed; one confirmed and lost; one left alone."""
    world.until("2026-11-25")
    first, second, third = (row["id"] for row in world.rows("SELECT id FROM data_read.contract ORDER BY id"))
    world.finish("follow_up", first, intent="yes")
    for contract in (first, second):
        world.change(contract, status="confirmed")
    world.change(first, status="renewed")
    world.change(second, status="lost", churn_reason="price")
    with world.system() as tx:
        found = processes.watch(tx, "renewal", at("2026-11-21", "00:00"), at("2026-11-26", "00:00"))["funnel"]
        lost = processes.behind(
            tx, "renewal", "stage", at("2026-11-21", "00:00"), at("2026-11-26", "00:00"), stage="end:lost"
        )
        outside = processes.watch(tx, "renewal", at("2026-11-24", "00:00"), at("2026-11-26", "00:00"))["funnel"]
    assert [(one["key"], one["count"]) for one in found["stages"]] == [
        ("due", 3), ("started", 3), ("acted", 1), ("value:confirmed", 2),
    ]  # fmt: skip
    assert [(one["key"], one["label"], one["count"]) for one in found["ends"]] == [
        ("end:renewed", "已续费", 1), ("end:lost", "已流失", 1), ("end:open", "", 1),
    ]  # fmt: skip
    assert (lost["ids"], found["not_meant"]) == ([second], 0)
    assert {one["count"] for one in outside["stages"]} == {0}
    assert third not in lost["ids"]


def test_a_salesperson_watches_their_own_records_alone(world: World) -> None:
    world.until("2026-12-01")
    period = {"since": "2026-11-21", "until": "2026-12-01"}
    mine = "SELECT c.id FROM data_read.contract c JOIN data_read.customer k ON k.id = c.customer WHERE k.sales = %(xu)s"
    steps = f"SELECT n.key, i.record_id FROM processes.step s JOIN processes.node n ON n.id = s.node_id" \
            f"  JOIN processes.instance i ON i.id = s.instance_id JOIN processes.process p ON p.id = i.process_id" \
            f" WHERE p.key = 'renewal' AND i.record_id IN ({mine})"  # fmt: skip
    own = Counter(row["key"] for row in world.rows(steps, xu=world.xu))
    with logged_in(world.database, "xu") as client:
        seen = client.get("/api/processes/renewal/watch", params=period).json()
        log = client.get("/api/processes/renewal/watch/log", params={**period, "format": "csv"})
        late = client.get("/api/processes/renewal/watch/records", params={**period, "of": "overdue"}).json()
        assert client.post("/api/processes/renewal/retry", json={}).status_code == 403
    with logged_in(world.database, "zhou") as client:
        whole = client.get("/api/processes/renewal/watch", params=period).json()
    assert {one["key"]: one["visits"] for one in seen["nodes"] if one["visits"]} == dict(own)
    assert (seen["funnel"]["stages"][0]["count"], whole["funnel"]["stages"][0]["count"]) == (1, 3)
    assert (seen["overdue"]["count"], whole["overdue"]["count"]) == (1, 3)  # five workdays from 11-23 are over
    assert seen["overdue"]["rows"][0]["record_title"].startswith("HT-")
    assert [one["id"] for one in late["records"]] == [row["id"] for row in world.rows(mine, xu=world.xu)]
    assert len(list(csv.reader(io.StringIO(log.text.lstrip("\ufeff"))))) == 1 + sum(own.values())


def test_the_step_log_is_a_sheet_that_runs_nothing_and_a_log_that_miners_read(deals: Deals) -> None:
    with deals.system() as tx:
        people.set_password(tx, deals.who["zhou"], PASSWORD)
    at_ = deals.begun(*NODES, name='=1+"2"<&>\x0b', flag=True)
    deals.finish(at_, "ask", outcome="yes")
    lived(deals, "tell", "done", ("2026-11-02 09:00", "2026-11-05 21:00"))
    asked = {"since": "2026-11-01", "until": "2026-11-30"}
    with logged_in(deals.database, "zhou") as client:
        sheet = client.get("/api/processes/quote/watch/log", params={**asked, "format": "csv"})
        mined = client.get("/api/processes/quote/watch/log", params={**asked, "format": "xes"})
    assert 'filename="quote 2026-11-01 2026-11-30.csv"' in sheet.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    steps = deals.rows(
        "SELECT s.*, n.key FROM processes.step s JOIN processes.node n ON n.id = s.node_id ORDER BY s.id"
    )
    assert [(row["步骤标识"], row["结果"]) for row in rows] == [(one["key"], one["outcome"]) for one in steps]
    assert {row["记录"][0] for row in rows} == {"'"}
    assert rows[0]["办理人"] == "梁小北"
    tell = next(row for row in rows if row["步骤标识"] == "tell")
    assert (tell["开始"], tell["结束"], tell["时长（小时）"]) == (
        "2026-11-02 09:00:00",
        "2026-11-05 21:00:00",
        "84.000",
    )

    log = ElementTree.fromstring(mined.content)
    xes = "{http://www.xes-standard.org/}"
    assert (log.tag, log.attrib["xes.version"]) == (f"{xes}log", "1.0")
    order = [one.tag.removeprefix(xes) for one in log]
    parts = ["extension", "global", "classifier", "string", "trace"]  # the schema's sequence
    assert order == sorted(order, key=parts.index)
    traces = log.findall(f"{xes}trace")
    assert [_given(one)["concept:name"] for one in traces] == [
        str(row["id"]) for row in deals.rows("SELECT DISTINCT instance_id AS id FROM processes.step ORDER BY 1")
    ]
    assert _given(traces[0])["record"] == '=1+"2"<&>'
    events = [_given(one) for one in traces[0].findall(f"{xes}event")]
    assert Counter(one["lifecycle:transition"] for one in events) == {
        "complete": len(steps), "start": sum(one["left_at"] > one["entered_at"] for one in steps),
    }  # fmt: skip
    moments = [dt.datetime.fromisoformat(one["time:timestamp"]) for one in events]
    assert moments == sorted(moments)
    assert all(set(one) >= {"concept:name", "org:resource"} for one in events)
    assert [one["time:timestamp"] for one in events if one["step"] == "tell"] == [
        "2026-11-02T09:00:00.000+08:00", "2026-11-05T21:00:00.000+08:00",
    ]  # fmt: skip
    with logged_in(deals.database, "zhou") as client:
        empty = client.get("/api/processes/quote/watch/log", params={"since": "2020-01-01", "until": "2020-01-02",
                                                                     "format": "xes"})  # fmt: skip
    assert ElementTree.fromstring(empty.content).findall(f"{xes}trace") == []


def _given(of: ElementTree.Element) -> dict[str, str]:
    return {one.attrib["key"]: one.attrib["value"] for one in of if "key" in one.attrib}


def test_what_is_stuck_says_why_and_tries_again_at_once(deals: Deals) -> None:
    with deals.system() as tx:
        for name in ("zhou", "liang"):
            people.set_password(tx, deals.who[name], PASSWORD)
    deals.publish(task("tell"))
    with deals.system() as tx:
        tx.run("UPDATE processes.node SET paused_at = %(now)s")
    at_ = deals.deal()
    deals.start(at_)
    with deals.system() as tx:
        tx.run("UPDATE processes.token SET state = 'parked'")
        tx.run(
            "INSERT INTO processes.stuck (token_id, instance_id, node_id, code, facts, at)"
            " SELECT id, instance_id, node_id, '22003', '{\"error\": \"numeric field overflow\"}', %(now)s"
            "   FROM processes.token"
        )
    watch = "/api/processes/quote/watch?since=2026-11-01&until=2026-11-30"
    with logged_in(deals.database, "liang") as client:
        [row] = client.get(watch).json()["stuck"]["rows"]
        assert (row["record_title"], row["key"], row["fault"]) == ("HT-1", "tell", None)
    with logged_in(deals.database, "zhou") as client:
        found = client.get(watch).json()
        assert [one["paused"] for one in found["nodes"]] == [True]
        [row] = found["stuck"]["rows"]
        assert row["fault"] == "numeric field overflow"
        told = client.post("/api/processes/quote/retry", json={"node": "tell"}).json()
        assert told == {"tried": 1, "again": 0, "later": 0}
        assert client.get(watch).json()["stuck"] == {"count": 0, "rows": []}
        gone = client.post("/api/processes/quote/retry", json={"token": row["token"]})
        assert (gone.status_code, gone.json()["error"]["text"]) == (404, "这一项已经不再卡住，或你没有查看它的权限")
        assert client.post("/api/processes/quote/retry", json={"node": "nowhere"}).status_code == 404
    assert deals.rows("SELECT state FROM processes.token") == [{"state": "waiting"}]
    deals.sound()
