"""A draft, or an older version, on the coming months: beside what is in force, and what runs comes along or not."""

import contextlib
import csv
import datetime as dt
import io
from typing import Any

import pytest
from process_world import World, found
from web_client import PASSWORD, logged_in
from worlds import built_once

from perennial import access, apps, people, processes, simulation
from perennial.kernel import Conflict, Database, Invalid, Missing

LAST = dt.date(2026, 11, 26)
SIGNING: dict[str, Any] = {
    "process": "signing", "label": "签署", "form": "contract",
    "start": [{"key": "due", "kind": "date", "date": "end_date", "days": -20}],
    "nodes": [
        {"key": "quote", "kind": "task", "label": "准备报价", "who": {"field": "owner"}, "next": "large"},
        {"key": "large", "kind": "condition", "label": "金额够大？",
         "cases": [{"when": "amount > 100000", "label": "大额", "next": "sign"}], "otherwise": "end"},
        {"key": "sign", "kind": "approval", "label": "总监审批", "who": [{"role": "director"}], "approved": "end",
         "rejected": "end"},
    ],
}  # fmt: skip
FINANCE = {
    "key": "finance", "kind": "approval", "label": "财务复核", "who": [{"role": "finance"}], "approved": "end",
    "rejected": "end",
}  # fmt: skip
WITH_FINANCE = {
    **SIGNING,
    "nodes": [*SIGNING["nodes"][:2], {**SIGNING["nodes"][2], "approved": "finance"}, FINANCE],
}
DONE = [simulation.Line("contract", "quote", 0), simulation.Line("contract", "sign", 0, "approved")]


@pytest.fixture
@built_once
def world(database: Database) -> World:
    """Four contracts: a stands at the quote today, the others' quotes come on the next days; d is small."""
    world = found(database)
    with world.system() as tx:
        people.create(tx, "boss", "老板", password=PASSWORD, roles=["business_admin"])
        people.create(tx, "cai", "顾明哲", roles=["finance"])
        processes.publish(tx, SIGNING)
    world.contract("2027-06-20", number="HT-a")
    with world.act() as tx:
        processes.start(tx, "signing", [1])
    for day, name, amount in ((13, "b", 120000), (14, "c", 120000), (15, "d", 90000)):
        world.contract(f"2026-12-{day}", number=f"HT-{name}", amount=str(amount))
    return world


def draft(world: World, tree: dict[str, Any] = WITH_FINANCE) -> None:
    with world.act() as tx:
        apps.save(tx, "process", "signing", tree, version=None)


def run(world: World, *script: simulation.Line, **more: Any) -> int:
    with world.act() as tx:
        run_id = simulation.ask(tx, LAST, "script", list(script), process="signing", **more)
    simulation.run(world.database, run_id)
    return run_id


def compared(world: World, run_id: int) -> dict[str, Any]:
    with world.act() as tx:
        base = simulation.read(tx, run_id)["base_id"]
        return simulation.compare(tx, base, run_id)


def test_a_draft_is_compared_with_what_is_in_force_on_the_same_days(world: World) -> None:
    draft(world)
    run_id = run(world, *DONE, instead=simulation.Instead("signing"))
    told = compared(world, run_id)
    # a, b and c are large and signed; the draft asks finance about each of them, and nothing else differs
    figures = {one["key"]: (one["first"], one["second"]) for one in told["figures"]}
    assert figures["approvals"] == (3, 6) and figures["mails"] == (0, 0)
    assert {one["label"]: (one["first"], one["second"]) for one in told["kinds"]} == {
        "总监审批": (3, 3), "财务复核": (0, 3), "准备报价": (3, 3),
    }  # fmt: skip
    assert told["counted"] == {"records": 3, "gained": 3, "lost": 0, "moved": 0} and told["more"] is False
    assert [(one["record"], one["label"], one["name"], one["first"]) for one in told["records"]] == [
        (name, "财务复核", "顾明哲", None) for name in ("HT-a", "HT-b", "HT-c")
    ]
    assert [(one["name"], one["tasks"]) for one in told["people"] if one["tasks"][0] != one["tasks"][1]] == [
        ("顾明哲", [0, 3])
    ]
    with world.act() as tx:
        row = simulation.read(tx, run_id)
        assert row["instead"] == {
            "process": "signing", "label": "签署", "label_en": "", "version": None, "draft": True, "number": 1,
            "migrate": True,
        }  # fmt: skip
        assert row["result"]["assumption"]["migrated"] == {"moved": 1, "stayed": 0}
        assert row["stale"] == {"definitions": False, "draft": False, "changes": 0}
        assert [one["id"] for one in simulation.runs(tx)] == [run_id]  # the run beside it is no run of its own
        assert processes.current(tx)[-1].key == "signing" and len(processes.current(tx)[-1].nodes) == 3
        steps = [
            (one["kind"], one["label"], one["outcome"], one["why"])
            for one in simulation.entries(tx, run_id, record_id=1, form="contract")
        ]
        large = {"label": "金额够大？", "label_en": "", "way": "大额", "otherwise": False}
        assert steps == [
            ("open", "准备报价", "", {"entry": "hand"}),
            ("approval", "总监审批", "同意", large),
            ("approval", "财务复核", None, large),
        ]
        apps.discard(tx, "process", "signing")
        assert simulation.read(tx, run_id)["stale"]["draft"] is True


def test_what_runs_stays_on_its_version_when_that_is_chosen(world: World) -> None:
    draft(world)
    run_id = run(world, *DONE, instead=simulation.Instead("signing", migrate=False))
    told = compared(world, run_id)
    assert told["counted"]["gained"] == 2 and [one["record"] for one in told["records"]] == ["HT-b", "HT-c"]
    with world.act() as tx:
        assert simulation.read(tx, run_id)["result"]["assumption"]["migrated"] == {"moved": 0, "stayed": 1}
    with world.act() as tx:  # published for good, the older version is what could come instead
        processes.publish(tx, WITH_FINANCE)
        with pytest.raises(Missing) as caught:
            simulation.drawn(tx, simulation.Instead("signing", 7))
        assert (caught.value.code, caught.value.facts) == ("simulation.no_version", {"process": "signing", "number": 7})
        with pytest.raises(Invalid) as same:
            simulation.drawn(tx, simulation.Instead("signing", 2))
        assert (same.value.code, same.value.path) == ("simulation.same", "instead")
        assert simulation.drawn(tx, simulation.Instead("signing", 1))["number"] == 2


def test_signers_reject_and_send_back_as_the_script_says(world: World) -> None:
    line = simulation.Line
    back = run(world, line("contract", "quote", 0), line("contract", "sign", 0, "returned"))
    with world.act() as tx:
        steps = [
            (one["label"], one["outcome"])
            for one in simulation.entries(tx, back, record_id=1, form="contract") if one["kind"] != "open"
        ]  # fmt: skip
        # decided on Monday; sent back once, the quote is made again, and then it is approved
        assert [one[0] for one in steps] == ["总监审批", "准备报价", "总监审批"]
        assert steps[-1] == ("总监审批", "同意")
        with pytest.raises(Invalid) as caught:
            simulation.scripted(tx, [line("contract", "sign", 0, "maybe")])
        assert caught.value.facts["known"] == "同意、拒绝、退回一次，重走、退回一次，直达"
        with pytest.raises(Invalid) as edit:
            simulation.ask(tx, LAST, "script", edits=[simulation.Edit(LAST, "contract", {"nothing": "1"})])
        assert (edit.value.code, edit.value.path) == ("simulation.edit", "edits[0].values.nothing")


def test_a_draft_is_asked_for_cancelled_and_exported_over_http(world: World) -> None:
    draft(world)
    with logged_in(world.database, "boss") as client:
        kinds = {one["key"]: one for one in client.get("/api/simulations/kinds?process=signing").json()}
        assert kinds["finance"]["seen"] == 0 and kinds["finance"]["approval"] is True
        lines = [{"form": "contract", "key": key, "days": 0, "outcome": None} for key in ("quote", "sign", "finance")]
        asked = {"until": str(LAST), "people": "script", "script": lines, "instead": {"process": "signing"}}
        first = client.post("/api/simulations", json=asked).json()["id"]
        assert client.post(f"/api/simulations/{first}/cancel").status_code == 204
        simulation.run(world.database, first)
        assert client.get(f"/api/simulations/{first}").json()["state"] == "cancelled"
        again = client.post(f"/api/simulations/{first}/cancel")
        assert (again.status_code, again.json()["error"]["text"]) == (409, f"第 {first} 次模拟已经结束，不能取消")
        run_id = client.post("/api/simulations", json={**asked, "process": "signing"}).json()["id"]
        simulation.run(world.database, run_id)
        told = client.get(f"/api/simulations/{run_id}").json()
        assert told["migrated"] == {"moved": 1, "stayed": 0} and told["figures"]["approvals"] == 6
        both = client.get(f"/api/simulations/compare?first={told['base_id']}&second={run_id}").json()
        assert both["counted"]["gained"] == 3
        file = client.get(f"/api/simulations/{run_id}/file")
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
        assert rows[0][0] == "模拟结果，没有写入数据，也没有发送消息" and rows[1] == [
            "对人的假设：按脚本，没有写到的没有人处理"
        ]
        assert [row[1:5] for row in rows if row[2:3] == ["财务复核"]] == [
            [name, "财务复核", "审批", "顾明哲"] for name in ("HT-a", "HT-b", "HT-c")
        ]


def test_a_run_that_is_given_up_on_its_way_keeps_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.act() as tx:
        run_id = simulation.ask(tx, LAST, "nobody")
    real = processes.tick

    def tick(*given: Any, **more: Any) -> processes.Ticked:
        with world.act() as tx, contextlib.suppress(Conflict):  # given up already
            simulation.cancel(tx, run_id)
        return real(*given, **more)

    monkeypatch.setattr(processes, "tick", tick)
    simulation.run(world.database, run_id)
    with world.act() as tx:
        row = simulation.read(tx, run_id)
        assert (row["state"], row["result"], simulation.unfinished(tx)) == ("cancelled", None, [])


@pytest.mark.parametrize(("field", "asked"), [("churn_reason", False), ("intent", True)])
def test_a_signer_is_asked_again_only_about_what_they_may_see(database: Database, field: str, asked: bool) -> None:
    world = found(database)
    with world.system() as tx:
        every = {"rows": "all", "rights": ["read"], "fields": {"*": "read", "churn_reason": "hidden"}}
        access.publish(tx, [access.load({"role": "legal", "label": "法务", "forms": {"contract": every}})])
        people.create(tx, "fa", "沈若溪", roles=["legal"])
        sign = {**FINANCE, "key": "sign", "label": "法务审核", "who": [{"person": "fa"}], "approved": "quote"}
        again = {**sign, "key": "again", "label": "法务复核", "approved": "end", "skip_repeated": True}
        nodes = [sign, {**SIGNING["nodes"][0], "next": "again"}, again]
        processes.publish(tx, {**SIGNING, "start": [{"key": "now", "kind": "hand"}], "nodes": nodes})
    made = world.contract("2027-06-20")
    with world.act() as tx:
        processes.start(tx, "signing", [made])
    script = [simulation.Line("contract", "sign", 0), simulation.Line("contract", "quote", 1)]
    value = {"churn_reason": '"price"', "intent": '"unsure"'}[field]
    edit = simulation.Edit(dt.date(2026, 11, 24), "contract", {field: value})
    with world.act() as tx:  # signed on Monday, changed and quoted on Tuesday
        run_id = simulation.ask(tx, dt.date(2026, 11, 24), "script", script, edits=[edit], process="signing")
    simulation.run(world.database, run_id)
    with world.act() as tx:
        labels = [one["label"] for one in simulation.entries(tx, run_id, record_id=made, form="contract")]
    assert labels == ["法务审核", "准备报价", *(["法务复核"] if asked else [])]
