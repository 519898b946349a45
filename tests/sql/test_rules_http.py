"""Alerts and rules over HTTP: whose they are, what may be done to them, what a rule would do."""

from typing import Any

import process_world
import pytest
from process_world import World
from web_client import PASSWORD, code, logged_in
from worlds import built_once

from perennial import people, records, rules
from perennial.kernel import Database

TREE: dict[str, Any] = {
    "rule": "large", "label": "大合同", "form": "contract", "when": {"kind": "changed"},
    "condition": "amount > 1000000", "severity": "high", "actions": [
        {"kind": "task", "label": "复核", "who": {"field": "owner"}},
        {"kind": "notify", "to": {"field": "owner"}, "template": "director_notice"},
        {"kind": "update", "set": {"intent": '"unsure"'}},
    ],
}  # fmt: skip


@pytest.fixture
@built_once
def world(database: Database) -> World:
    """tang's large contract has an alert; he is the head of her department."""
    made = process_world.found(database)
    with made.system() as tx:
        for one in (made.tang, made.he, made.zhou):
            people.set_password(tx, one, PASSWORD)
        rules.publish(tx, rules.load(TREE))
    made.contract("2028-01-15", amount="2000000")
    return made


def test_an_alert_is_seen_explained_acknowledged_and_dismissed_by_whom_it_concerns(world: World) -> None:
    with logged_in(world.database, "tang") as tang:
        (alert,) = tang.get("/api/alerts").json()
        assert (alert["label"], alert["severity"], alert["state"], alert["owner_id"]) == (
            "大合同", "high", "open", world.tang)  # fmt: skip
        assert alert["open_tasks"] == 1
        tree = tang.get(f"/api/alerts/{alert['id']}/why").json()["tree"]
        assert tree["value"] is True and tree["parts"][0]["value"] == "2000000"
        assert tang.post(f"/api/alerts/{alert['id']}/acknowledge").json()["state"] == "acknowledged"
        assert (
            code(tang.get("/api/rules")) == (403, "access.denied_system") or tang.get("/api/rules").status_code == 403
        )
        assert code(tang.get("/api/alerts/999")) == (404, "rules.no_such_alert")
    with logged_in(world.database, "zhou") as zhou:
        assert zhou.get("/api/alerts").json() == []
        assert [one["id"] for one in zhou.get("/api/alerts?view=all").json()] == [alert["id"]]
    with logged_in(world.database, "he") as he:
        assert [one["id"] for one in he.get("/api/alerts?view=team").json()] == [alert["id"]]
        at = f"/api/alerts/{alert['id']}/dismiss"
        assert code(he.post(at, json={"why": " "})) == (422, "rules.no_reason")
        assert code(he.post(at, json={"why": "长" * 501})) == (422, "rules.reason_long")
        assert he.post(at, json={"why": "已经核对过"}).json()["why"] == "已经核对过"
        assert code(he.post(at, json={"why": "再来"})) == (409, "rules.alert_settled")
        assert he.get("/api/alerts?view=team").json() == []
        assert [one["state"] for one in he.get("/api/alerts?view=team&settled=true").json()] == ["dismissed"]
    assert world.rows("SELECT state, why FROM tasks.task WHERE alert_id IS NOT NULL") == [
        {"state": "closed", "why": "dismissed"}]  # fmt: skip


def test_who_dismissed_an_alert_may_take_that_back_and_its_task_is_open_again(world: World) -> None:
    with logged_in(world.database, "tang") as tang:
        (alert,) = tang.get("/api/alerts").json()
        assert code(tang.post(f"/api/alerts/{alert['id']}/reopen")) == (409, "rules.alert_kept")
        tang.post(f"/api/alerts/{alert['id']}/acknowledge")
        tang.post(f"/api/alerts/{alert['id']}/dismiss", json={"why": "看错了"})
        with logged_in(world.database, "he") as he:
            assert code(he.post(f"/api/alerts/{alert['id']}/reopen")) == (409, "rules.alert_kept")
        back = tang.post(f"/api/alerts/{alert['id']}/reopen").json()
        assert (back["state"], back["why"], back["open_tasks"]) == ("acknowledged", None, 1)


def test_the_versions_of_a_rule_stand_newest_first(world: World) -> None:
    with world.system() as tx:
        rules.publish(tx, rules.load({**TREE, "condition": "amount > 2"}))
    with logged_in(world.database, "zhou") as zhou:
        found = zhou.get("/api/rules/large/versions").json()
    assert [(one["number"], one["current"], one["tree"]["condition"]) for one in found] == [
        (2, True, "amount > 2"), (1, False, "amount > 1000000")]  # fmt: skip


def test_somebody_elses_alert_is_not_settled_by_who_merely_reads_the_record(world: World) -> None:
    with world.system() as tx:
        tx.run("UPDATE rules.alert SET owner_id = %(he)s", {"he": world.he})
    with logged_in(world.database, "tang") as tang:
        (alert,) = tang.get("/api/alerts?view=all").json()
        assert code(tang.post(f"/api/alerts/{alert['id']}/acknowledge")) == (403, "rules.not_your_alert")


def test_a_rule_is_tried_on_a_record_and_leaves_nothing(world: World) -> None:
    small = world.contract("2028-02-15", amount="5")
    tree = {**TREE, "rule": "smaller", "condition": "amount < 10"}
    before = world.rows("SELECT (SELECT count(*) FROM rules.rule) AS rules, (SELECT count(*) FROM tasks.task) AS tasks")
    with logged_in(world.database, "zhou") as zhou:
        tried = zhou.post("/api/rules/trial", json={"tree": tree, "record_id": small}).json()
        assert tried["holds"] is True and tried["why"]["parts"][0]["value"] == "5" and tried["stopped"] is None
        assert [(one["label"], one["person"]) for one in tried["tasks"]] == [("复核", "唐可")]
        assert [one["template"] for one in tried["messages"]] == ["director_notice"]
        assert [(one["form"], one["record_id"], one["fields"]) for one in tried["changes"]] == [
            ("contract", small, ["intent"])]  # fmt: skip
        (listed,) = zhou.get("/api/rules").json()
        assert (listed["key"], listed["open"], listed["fired"], listed["stopped"]) == ("large", 1, {"fired": 1}, 0)
        assert zhou.post("/api/rules/large/retry").json() == {"records": 0}
    assert before == world.rows(
        "SELECT (SELECT count(*) FROM rules.rule) AS rules, (SELECT count(*) FROM tasks.task) AS tasks"
    )
    with world.act() as tx:
        assert records.explain(tx, "contract", small, "amount < 10").value is True
