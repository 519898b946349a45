"""What people, processes, apps and the formula room refuse, in their own words."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from builders import install_renewal
from error_codes import refused
from web_client import PASSWORD, logged_in

from perennial import apps, forms, people, processes
from perennial.cli.processes import _moment
from perennial.kernel import SYSTEM, Database, Tx
from perennial.processes import by_hand, versions

CALLING: dict[str, Any] = {
    "process": "calling", "label": "回访", "form": "contract",
    "start": [{"key": "hand", "kind": "hand"}],
    "nodes": [{"key": "call", "kind": "task", "label": "打电话", "who": {"field": "owner"}}],
}  # fmt: skip


def test_people_are_found_and_their_choices_are_known(tx: Tx) -> None:
    who = people.create(tx, "he", "何知远")
    with refused("people.no_person", "找不到这个人，或已停用"):
        people.find(tx, 4711)
    with refused("people.theme", "没有「pink」这种外观，可选 system、light 或 dark", path="theme"):
        people.update(tx, who, theme="pink")
    with refused("people.unknown_role", "没有「emperor」这个角色", path="roles"):
        people.assign(tx, who, ["emperor"])


@pytest.mark.usefixtures("renewal")
def test_a_hold_needs_a_reason_and_a_future(tx: Tx) -> None:
    tomorrow, yesterday = tx.now + dt.timedelta(days=1), tx.now - dt.timedelta(days=1)
    with refused("processes.hold_in_the_past", "暂停的截止时间 2026-11-20T09:00:00+08:00 已经过去", path="until"):
        processes.hold(tx, "contract", 1, yesterday, "等客户答复")
    with refused("processes.hold_without_reason", "请填写暂停原因", path="reason"):
        processes.hold(tx, "contract", 1, tomorrow, "  ")
    with refused("processes.no_such_form", "没有「nope」这个表单", path="form"):
        processes.hold(tx, "nope", 1, tomorrow, "等客户答复")
    with refused("processes.no_such_hold", "这条暂停已经结束或不存在（7）"):
        processes.end_hold(tx, 7)
    assert processes.holding(tx) == []


@pytest.mark.usefixtures("renewal")
def test_a_process_and_its_version_must_exist(tx: Tx) -> None:
    with refused("processes.no_such_process", "没有「nope」这个流程"):
        by_hand.start(tx, "nope", [1])
    with refused("processes.no_such_version", "没有这个流程版本（99）"):
        versions.version(tx, 99)


@pytest.mark.usefixtures("renewal")
def test_a_count_is_opened_at_a_step_of_the_process(tx: Tx) -> None:
    processes.publish(tx, CALLING)
    assert processes.at_node(tx, "calling", "call")["count"] == 0
    with refused("processes.no_such_step", "这个流程里没有「shout」这一步"):
        processes.at_node(tx, "calling", "shout")


@pytest.mark.usefixtures("renewal")
def test_a_published_process_keeps_its_form(tx: Tx) -> None:
    processes.publish(tx, CALLING)
    sentence = "已发布的流程不能换表单，请另建一个（「customer」）"
    with refused("processes.other_form", sentence, path="form"):
        processes.publish(
            tx, {**CALLING, "form": "customer", "nodes": [{**CALLING["nodes"][0], "who": {"field": "csm"}}]}
        )


def test_a_moment_on_the_command_line_is_a_date_or_a_date_with_time() -> None:
    sentence = "「年底」不是时间，请写成 2026-12-31 或 2026-12-31T09:00"
    with refused("processes.moment", sentence, path="at"):
        _moment("年底", end=True)


def test_an_app_is_a_folder_of_known_folders_with_yaml_in_which_nothing_stands_twice(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    with refused("apps.no_folder", f"没有「{missing}」这个文件夹", path=str(missing)):
        apps.load(missing)
    roles = tmp_path / "roles"
    roles.mkdir()
    (roles / "a.yaml").write_text("- a list\n", encoding="utf-8")
    with refused("apps.not_yaml", "「roles/a.yaml」不是有效的 YAML：", path="roles/a.yaml"):
        apps.load(tmp_path)
    for name in ("a", "b"):
        (roles / f"{name}.yaml").write_text("{role: csm, label: 客户成功经理}\n", encoding="utf-8")
    with refused("apps.twice", "「csm」定义了两次", path="roles/b.yaml"):
        apps.load(tmp_path)
    (tmp_path / "rolls").mkdir()
    known = "forms、roles、views、audiences、templates、processes、dashboards"
    with refused("apps.unknown_folder", f"不认识文件夹「rolls」，可用的有 {known}", path="rolls"):
        apps.load(tmp_path)


@pytest.mark.usefixtures("renewal")
def test_a_source_that_lost_a_relation_says_which(tx: Tx) -> None:
    with refused("formula.source", "表单定义已变，找不到「nope」，请刷新后再试"):
        forms.catalog(tx).source("contract").parent("nope")


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh", "没有「colour」这种类型"), ("en", 'There is no kind "colour"')]
)
def test_a_kind_that_is_wanted_of_a_formula_must_exist(database: Database, language: str, sentence: str) -> None:
    install_renewal(database)
    with database.begin(SYSTEM) as tx:
        people.first_administrator(tx, "boss", "周予安", PASSWORD)
    with logged_in(database, "boss") as client:
        client.patch("/api/me", json={"language": language})
        reply = client.post("/api/formula/check", json={"form": "contract", "text": "1", "want": "colour"})
        error = reply.json()["error"]
        assert (reply.status_code, error["code"], error["text"]) == (422, "formula.unknown_kind", sentence)
