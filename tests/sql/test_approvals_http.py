"""The doors of approvals: what waits for whom, the page of one, decisions, and every refusal in words."""

from collections.abc import Generator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest
from approval_world import NAMES, Deals, approval, founded, task
from error_codes import refused
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import people, processes
from perennial.kernel import Database

pytestmark = pytest.mark.usefixtures("home")
RIGHTS = [{"field": "note", "right": "hidden"}, {"field": "terms", "right": "required"}]


@pytest.fixture
@built_once
def deals(database: Database) -> Deals:
    made = founded(database)
    with made.system() as tx:
        for number in made.who.values():
            people.set_password(tx, number, PASSWORD)
    return made


class Opened(Protocol):
    def __call__(self, name: str) -> TestClient: ...


@pytest.fixture
def as_(deals: Deals) -> Generator[Opened]:
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(logged_in(deals.database, name))


def lines(client: TestClient, view: str = "mine") -> list[dict[str, Any]]:
    return client.get("/api/approvals", params={"view": view}).json()["rows"]


def test_a_person_reads_decides_and_is_told_who_was_first(deals: Deals, as_: Opened) -> None:
    deals.publish(
        task("submit", "sign"),
        approval(
            "cai", "fa", mode="any", fields=RIGHTS, copy_to=[{"person": "he"}], approved="on", title='"报价 " & name'
        ),
        task("on"),
    )  # fmt: skip
    at = deals.deal("HT-2026-0117", terms="验收后 60 日内")
    deals.start(at)
    deals.finish(at, "submit")
    cai, fa, liang, he, gao = (as_(name) for name in ("cai", "fa", "liang", "he", "gao"))

    [line] = lines(cai)
    assert (line["title"], line["record_title"], line["round"], line["at_once"]) == (
        "报价 HT-2026-0117",
        "HT-2026-0117",
        1,
        False,
    )
    assert line["submitter"] == {"id": deals.who["liang"], "name": NAMES["liang"]}
    path = f"/api/approvals/{line['vote']}"
    assert [one["to"] for one in cai.get("/api/tasks").json()] == [f"/approvals/{line['vote']}"]
    page = cai.get(path).json()
    assert page["mine"] and sorted(page["may"]) == [
        "add",
        "approve",
        "delegate",
        "read",
        "reject",
        "return",
        "transfer",
    ]
    rights = {one["field"]: one["right"] for one in page["fields"]}
    assert (rights["terms"], rights["amount"], "note" in rights) == ("required", "read", False)
    assert [one["kind"] for one in page["trail"]] == ["task", "approval"]
    assert [(one["person"]["name"], one["state"]) for one in page["trail"][1]["votes"]] == [
        ("顾明哲", "asked"), ("沈若溪", "asked"),
    ]  # fmt: skip
    assert [one["label"] for one in page["onward"]] == ["on", ""]

    assert [one["vote"] for one in lines(he, "copied")] and lines(he, "copied")[0]["read_at"] is None
    assert [one["approval_state"] for one in lines(liang, "sent")] == ["open"]
    assert gao.get(path).status_code == 404

    told = cai.post(f"{path}/decide", json={"outcome": "approved", "values": {"terms": None}}).json()["error"]
    assert (told["code"], told["path"], told["text"]) == ("tasks.required", "values.terms", "请填写terms")
    told = cai.post(f"{path}/decide", json={"outcome": "approved", "values": {"amount": "1"}}).json()["error"]
    assert (told["code"], told["path"]) == ("tasks.not_asked", "values.amount")
    told = cai.post(f"{path}/decide", json={"outcome": "rejected"}).json()["error"]
    assert (told["path"], told["text"]) == ("opinion", "请填写「会签」的意见")
    values = {"values": {"terms": "15 日内"}, "version": page["version"]}
    done = cai.post(f"{path}/decide", json={"outcome": "approved", "opinion": "违约金条款已按模板更新", **values})
    assert done.status_code == 200
    assert deals.rows("SELECT terms, version FROM data_read.deal") == [{"terms": "15 日内", "version": 2}]

    late = fa.post(f"/api/approvals/{line['vote'] + 1}/decide", json={"outcome": "approved"})
    assert (late.status_code, late.json()["error"]["text"]) == (409, "顾明哲已先同意，无需你处理")
    again = cai.post(f"{path}/decide", json={"outcome": "approved"})
    assert (again.status_code, again.json()["error"]["text"]) == (409, "「会签」你已处理过")
    assert lines(cai) == [] and [one["state"] for one in lines(cai, "done")] == ["approved"]
    assert he.post(f"{path}/read").status_code == 200 and lines(he, "copied")[0]["read_at"] is not None
    assert he.get(path).json()["trail"][1]["votes"][0]["opinion"] == "违约金条款已按模板更新"


def test_what_changed_since_the_last_look_is_shown_to_who_may_see_it(deals: Deals, as_: Opened) -> None:
    at = deals.begun(approval("cai", fields=RIGHTS), terms="验收后 60 日内")
    cai = as_("cai")
    path = f"/api/approvals/{deals.vote('cai')}"
    assert (cai.get(path).json()["changed"], cai.get(path).json()["changed_since"]) == ([], None)
    cai.post(f"{path}/read")
    deals.edit(at, "liang", terms="15 日内", note="only between us")
    [changed] = cai.get(path).json()["changed"]
    assert (changed["field"], changed["before"], changed["after"], changed["by"]) == (
        "terms", "验收后 60 日内", "15 日内", "梁小北",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("due", "left"),
    [("2026-11-24 18:00", 2), ("2026-11-23 18:00", 1), ("2026-11-21 18:00", 0), ("2026-11-18 18:00", -2)],
)
def test_what_is_left_until_it_is_due_is_told_in_workdays(deals: Deals, as_: Opened, due: str, left: int) -> None:
    deals.begun(approval("cai"))
    with deals.system() as tx:
        tx.run("UPDATE tasks.task SET due_at = %(due)s::timestamp AT TIME ZONE 'Asia/Shanghai'", {"due": due})
    [line] = lines(as_("cai"))
    assert line["workdays_left"] == left


def test_many_are_decided_at_once_and_those_that_cannot_be_are_named(deals: Deals, as_: Opened) -> None:
    deals.publish(approval("cai", "fa"))
    first, second = deals.deal("a"), deals.deal("b")
    deals.start(first, second)
    cai = as_("cai")
    votes = [one["vote"] for one in lines(cai)]
    assert all(one["at_once"] for one in lines(cai))
    deals.decide("cai", at=first)
    told = cai.post("/api/approvals/decide-many", json={"votes": [*votes, 999], "outcome": "approved"}).json()
    assert told["done"] == [votes[1]]
    assert [(one["vote"], one["text"]) for one in told["refused"]] == [
        (votes[0], "「会签」你已处理过"), (999, "找不到这项审批，或你没有查看权限"),
    ]  # fmt: skip


def test_signatures_files_and_opinions_are_asked_for_as_the_node_says(deals: Deals, as_: Opened) -> None:
    at = deals.begun(approval("cai", "fa", signature=True, attachments=False, opinion="always"))
    cai, fa = as_("cai"), as_("fa")
    path = f"/api/approvals/{deals.vote('cai', at)}"
    made = cai.post("/api/files", files={"file": ("sign.txt", b"signed", "text/plain")}).json()["file"]
    words = [
        ({"outcome": "approved"}, "opinion", "请填写「会签」的意见"),
        ({"outcome": "approved", "opinion": "x"}, "signature", "「会签」需要手写签名"),
        ({"outcome": "approved", "opinion": "x", "signature": made, "files": [made]}, "files", "「会签」不收附件"),
        ({"outcome": "approved", "opinion": "x", "signature": 999}, None, "找不到这个文件，可能已删除，或者你无权查看"),
    ]  # fmt: skip
    for body, where, sentence in words:
        told = cai.post(f"{path}/decide", json=body).json()["error"]
        assert (told.get("path"), told["text"]) == (where, sentence)
    assert fa.post(f"{path}/decide", json={"outcome": "approved"}).json()["error"]["text"] == "「会签」现在不是等你处理"
    assert (
        cai.post(f"{path}/decide", json={"outcome": "approved", "opinion": "x", "signature": made}).status_code == 200
    )
    assert fa.get(f"{path}/files/{made}").content == b"signed"
    assert fa.get(f"{path}/files/999").status_code == 404


def test_a_decision_that_cannot_be_is_refused_in_words(deals: Deals) -> None:
    deals.begun(approval("cai"))
    with refused("processes.vote_outcome", "请选择同意或拒绝", path="outcome"):
        deals.decide("cai", "maybe")
    with refused("processes.opinion_long", "意见最多 4000 个字", path="opinion"):
        deals.decide("cai", opinion="长" * 4001)
    with deals.as_("cai") as tx, refused("processes.votes_many", "一次最多处理 200 项审批", path="votes"):
        processes.approving.decide_many(tx, list(range(1, 202)), "approved")


def test_signers_are_added_taken_back_handed_on_and_urged(deals: Deals, as_: Opened) -> None:
    at = deals.begun(approval("cai", "fa"))
    cai, fa, shui = as_("cai"), as_("fa"), as_("shui")
    path = f"/api/approvals/{deals.vote('cai', at)}"
    assert cai.post(f"{path}/add", json={"people": [deals.who["shui"]], "where": "before"}).status_code == 200
    page = cai.get(path).json()
    assert (page["may"], len(page["removable"])) == (["read"], 1)
    added = f"/api/approvals/{page['removable'][0]}"
    assert cai.post(f"{added}/urge").status_code == 200
    assert [one["what"] for one in shui.get("/api/notices").json()["rows"]] == ["urged"]
    assert cai.post(f"{added}/remove").status_code == 200
    assert cai.post(f"{path}/delegate", json={"person": deals.who["shui"], "opinion": "?"}).status_code == 200
    told = shui.post(f"/api/approvals/{lines(shui)[0]['vote']}/decide", json={"outcome": "approved", "opinion": "可以"})
    assert told.status_code == 200
    assert cai.post(f"{path}/transfer", json={"person": deals.who["gu"]}).status_code == 200
    votes = fa.get(f"/api/approvals/{deals.vote('fa', at)}").json()["trail"][0]["votes"]
    assert [(one["kind"], one["state"], one["counts"]) for one in votes] == [
        ("before", "dropped", False), ("opinion", "given", True), ("signer", "handed", False),
        ("signer", "asked", True), ("signer", "asked", True),
    ]  # fmt: skip
