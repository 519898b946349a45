"""The designers' doors: a draft is saved, planned, published and undone over HTTP; nobody else comes in."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders import install_shipped
from web_client import PASSWORD, TestClient, logged_in
from worlds import built_once

from perennial import apps, people
from perennial.kernel import SYSTEM, Database
from tests.builders import run

Json = dict[str, Any]


@pytest.fixture
@built_once
def renewal(database: Database) -> Database:
    install_shipped(database)
    with database.begin(SYSTEM) as tx:
        for role in ("business_admin", "csm"):
            people.create(tx, role, "周予安" if role == "business_admin" else "林晓棠", password=PASSWORD, roles=[role])
    return database


@pytest.fixture
def admin(renewal: Database) -> Iterator[TestClient]:
    with logged_in(renewal, "business_admin") as client:
        yield client


def current(client: TestClient, kind: str, key: str) -> Json:
    return client.get(f"/api/design/definitions/{kind}/{key}").json()["current"]


def save(client: TestClient, kind: str, key: str, tree: Json | None, version: int | None = None) -> Json:
    reply = client.put(f"/api/design/drafts/{kind}/{key}", json={"tree": tree, "version": version})
    assert reply.status_code == 200, reply.text
    return reply.json()


SPECIAL = {"key": "special", "label": "年审特殊要求", "kind": "long_text"}


def test_a_draft_becomes_a_publication_and_is_undone(admin: TestClient) -> None:
    tree = current(admin, "form", "contract")
    tree["fields"].append(SPECIAL)
    saved = save(admin, "form", "contract", tree)
    assert (saved["problems"], saved["draft"]["version"], saved["draft"]["stale"]) == ([], 1, False)
    assert saved["draft"]["by"]["label"] == "周予安"
    [listed] = [one for one in admin.get("/api/design/definitions?kind=form").json() if one["key"] == "contract"]
    assert (listed["state"], listed["number"], listed["label"], listed["published"]["note"]) == (
        "changed", 1, "续费合同", "renewal")  # fmt: skip

    plan = admin.post("/api/design/plan", json={"drafts": [saved["draft"]["id"]]}).json()
    assert (plan["publishable"], plan["problems"], plan["breaks"], plan["version"]) == (True, [], 0, 1)
    [step] = plan["steps"]
    assert (step["act"], step["label"], step["number"]) == ("change", "续费合同", 2)
    assert [(one["act"], one["label"], one["grade"]) for one in step["operations"]] == [
        ("add_field", "年审特殊要求", "instant")
    ]
    body = {"drafts": [saved["draft"]["id"]], "note": " 增加年审特殊要求 ", "version": plan["version"]}
    done = admin.post("/api/design/publish", json=body).json()
    assert (done["id"], done["note"], done["by"]["label"]) == (2, "增加年审特殊要求", "周予安")
    assert "special" in {one["key"] for one in current(admin, "form", "contract")["fields"]}
    assert admin.get("/api/design/drafts").json() == []

    undo = admin.get("/api/design/publications/2/undo").json()
    assert [one["act"] for one in undo["steps"][0]["operations"]] == ["hide_field"]
    undone = admin.post("/api/design/publications/2/undo", json={}).json()
    assert (undone["id"], undone["undoes"]) == (3, 2)
    shown = admin.get("/api/design/publications").json()
    assert [(one["id"], one["undone_by"]) for one in shown] == [(3, None), (2, 3), (1, None)]
    assert [one["id"] for one in admin.get("/api/design/publications?before=2").json()] == [1]
    assert "special" not in {one["key"] for one in current(admin, "form", "contract")["fields"]}


def test_a_form_and_its_sub_table_are_drawn_checked_and_published_together(admin: TestClient) -> None:
    """Neither stands alone: the rows need the form, the form's layout names the rows."""
    back = {"key": "of", "label": "所属", "kind": "relation", "to": "offer", "reverse": "items", "required": True}
    amount = {"key": "amount", "label": "金额", "kind": "money"}
    part: Json = {"form": "offer_items", "label": "明细", "within": "offer", "fields": [amount, back]}
    number = {"key": "number", "label": "编号", "kind": "text"}
    total = {"key": "total", "label": "合计", "kind": "formula", "formula": "SUM(items.amount)"}
    layout = [{"sections": [{"rows": [["number", "total"], [{"sub_table": "items", "span": 2}]]}]}]
    tree: Json = {"form": "offer", "label": "报价单", "fields": [number, total], "layout": layout}
    alone = save(admin, "form", "offer_items", part)
    assert {one["code"] for one in alone["problems"]} == {"forms.no_such_form"}
    both = save(admin, "form", "offer", tree)
    assert both["problems"] == []
    assert admin.get("/api/design/drafts/form/offer_items/problems").json() == []
    wrong = part | {"fields": [amount | {"key": "price"}, back]}  # the form adds up a column that is gone
    faults = save(admin, "form", "offer_items", wrong, 1)["problems"]
    assert {(one["key"], one["code"]) for one in faults} == {("offer", "formula.unknown_name")}
    save(admin, "form", "offer_items", part, 2)
    drafts = [alone["draft"]["id"], both["draft"]["id"]]
    assert admin.post("/api/design/plan", json={"drafts": drafts}).json()["publishable"]
    assert admin.post("/api/design/publish", json={"drafts": drafts, "note": "", "version": 1}).status_code == 200
    [shown] = [one for one in admin.get("/api/forms").json() if one["key"] == "offer_items"]
    assert shown["within"] == "offer"

    gone = save(admin, "form", "offer_items", None)  # and go together, too
    left = save(admin, "form", "offer", tree | {"fields": [number], "layout": []})
    assert left["problems"] == []
    drafts = [gone["draft"]["id"], left["draft"]["id"]]
    assert admin.post("/api/design/publish", json={"drafts": drafts, "note": "", "version": 2}).status_code == 200
    assert "offer_items" not in {one["key"] for one in admin.get("/api/forms").json()}


def test_a_wrong_formula_is_an_error_with_its_place_and_a_fix(admin: TestClient) -> None:
    tree = current(admin, "form", "contract")
    at = next(at for at, one in enumerate(tree["fields"]) if one["key"] == "term_months")
    tree["fields"][at]["formula"] = 'DATEDIF(start_dat, end_date + 1, "M")'
    saved = save(admin, "form", "contract", tree)
    [problem] = saved["problems"]
    assert (problem["severity"], problem["code"], problem["path"]) == (
        "error", "formula.unknown_name", f"fields[{at}].formula")  # fmt: skip
    assert problem["text"].startswith("第 9 个字符：没有「start_dat」")
    assert problem["fix"] == {"path": f"fields[{at}].formula", "value": 'DATEDIF(start_date, end_date + 1, "M")'}
    reply = admin.post("/api/design/publish", json={"drafts": [saved["draft"]["id"]]})
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "formula.unknown_name")
    assert admin.get("/api/design/drafts/form/contract/problems").json() == saved["problems"]
    assert admin.get("/api/design/drafts/form/contract").json() == saved["draft"]


def test_a_field_in_use_names_its_uses_in_the_plan_and_in_the_refusal(admin: TestClient) -> None:
    uses = admin.get("/api/design/uses/contract?field=notice_days").json()
    assert {one["key"] for one in uses} == {"auto_renewal", "completion"}
    tree = current(admin, "form", "contract")
    tree["fields"] = [one for one in tree["fields"] if one["key"] != "notice_days"]
    saved = save(admin, "form", "contract", tree)
    assert {one["code"] for one in saved["problems"]} == {"apps.breaks"}
    plan = admin.post("/api/design/plan", json={"drafts": [saved["draft"]["id"]]}).json()
    assert (plan["publishable"], plan["breaks"]) == (False, 3)
    assert [(one["act"], one["grade"]) for one in plan["steps"][0]["operations"]] == [("hide_field", "instant")]
    reply = admin.post("/api/design/publish", json={"drafts": [saved["draft"]["id"]]})
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], len(error["facts"]["uses"])) == (422, "apps.in_use", 3)
    assert error["text"].startswith("2 个流程仍在使用「通知期限天数」")


def test_a_plan_that_somebody_overtook_is_looked_at_again(admin: TestClient, renewal: Database) -> None:
    tree = current(admin, "template", "intent")
    saved = save(admin, "template", "intent", {**tree, "label": "意向"})
    with renewal.begin(SYSTEM) as tx:
        other = {**(apps.in_force(tx, "template", "intent") or {}), "subject": "关于续约"}
        apps.publish(tx, apps.propose(tx, [apps.Change("template", "intent", other)]))
    body = {"drafts": [saved["draft"]["id"]], "version": 1}
    reply = admin.post("/api/design/publish", json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "apps.overtaken")
    plan = admin.post("/api/design/plan", json=body).json()
    assert (plan["merged"], plan["version"]) == (True, 2)
    assert admin.post("/api/design/publish", json={**body, "version": 2}).status_code == 200
    merged = current(admin, "template", "intent")
    assert (merged["label"], merged["subject"]) == ("意向", "关于续约")


def test_a_draft_that_a_colleague_changed_since_the_plan_is_looked_at_again(admin: TestClient) -> None:
    tree = current(admin, "form", "contract")
    draft = save(admin, "form", "contract", {**tree, "fields": [*tree["fields"], SPECIAL]})["draft"]
    seen = admin.post("/api/design/plan", json={"drafts": [draft["id"]]}).json()["seen"]
    save(admin, "form", "contract", {**tree, "label": "别的"}, draft["version"])
    reply = admin.post("/api/design/publish", json={"drafts": [draft["id"]], "version": 1, "seen": seen})
    assert (reply.status_code, reply.json()["error"]["text"]) == (
        409, "周予安 刚改了「别的」的草稿，看过新的修改再发布")  # fmt: skip


def test_two_who_draw_one_form_lose_nothing_and_clash_only_in_one_place(admin: TestClient) -> None:
    tree = current(admin, "form", "ticket")
    note = 1

    def put(tree: Json, version: int | None, **more: Any) -> Any:
        return admin.put("/api/design/drafts/form/ticket", json={"tree": tree, "version": version, **more})

    mine = {**tree, "label": "我的"}
    theirs = {**tree, "fields": [*tree["fields"], SPECIAL]}
    first = put(theirs, None).json()["draft"]
    joined = put(mine, None, had=tree).json()["draft"]
    assert (joined["version"], joined["tree"]["label"], joined["tree"]["fields"][-1]["key"]) == (2, "我的", "special")

    clash = put({**theirs, "label": "她的"}, first["version"], had=theirs)
    assert (clash.status_code, clash.json()["error"]["code"]) == (409, "apps.draft_stale")
    assert put({**theirs, "label": "她的"}, 1, had=theirs, insist=True).json()["draft"]["tree"]["label"] == "她的"

    done = admin.post("/api/design/publish", json={"drafts": [first["id"]]})
    assert done.status_code == 200, done.text
    renamed = [{**one, "label": "要点"} if at == note else one for at, one in enumerate(tree["fields"])]
    late = put({**mine, "fields": [*renamed, SPECIAL]}, 2, had={**mine, "fields": [*tree["fields"], SPECIAL]})
    after = late.json()["draft"]["tree"]
    assert (after["label"], after["fields"][note]["label"], late.json()["draft"]["version"]) == ("她的", "要点", 1)


ODD = {"key": "odd", "label": "怪", "kind": "text"}


def test_whatever_a_draft_holds_it_is_kept_listed_and_told_what_is_wrong(admin: TestClient) -> None:
    version = None
    wrong_trees: list[tuple[Json, str]] = [
        ({"card": 5}, "card"),
        ({"card": [{}]}, "card"),
        ({"unique": [5]}, "unique[0]"),
        ({"within": {}}, "within"),
        ({"label_en": [5]}, "label_en"),
        ({"label": "  "}, "label"),
        ({"layout": {}}, "layout"),
        ({"fields": [ODD, {**ODD, "key": "pick", "kind": "select", "options": True}]}, "fields[1].options"),
        ({"fields": [{**ODD, "label": "\u3000 "}]}, "fields[0].label"),
        ({"fields": [{**ODD, "label": "a\u0000b"}]}, "fields[0].label"),
        ({"fields": [{**ODD, "label": "长" * 201}]}, "fields[0].label"),
        ({"fields": [{**ODD, "kind": "select", "options": [" "]}]}, "fields[0].options[0].label"),
        ({"fields": [{**ODD, "kind": "relation", "to": "customer", "reverse": "a b"}]}, "fields[0].reverse"),
        ({"fields": [{**ODD, "kind": "auto_number", "pattern": "HT-{year}"}]}, "fields[0].pattern"),
    ]  # fmt: skip
    for wrong, path in wrong_trees:
        saved = save(admin, "form", "odd", {"form": "odd", "label": "怪", "fields": [ODD], **wrong}, version)
        version = saved["draft"]["version"]
        assert [(one["severity"], one["path"]) for one in saved["problems"]] == [("error", path)], wrong
        assert admin.get("/api/design/definitions?kind=form").status_code == 200
    plan = admin.post("/api/design/plan", json={"drafts": [saved["draft"]["id"]]}).json()  # pyright: ignore[reportPossiblyUnboundVariable]
    assert plan["publishable"] is False


def test_a_clash_waits_for_a_choice(admin: TestClient, renewal: Database) -> None:
    tree = current(admin, "template", "intent")
    saved = save(admin, "template", "intent", {**tree, "label": "意向"})
    with renewal.begin(SYSTEM) as tx:
        other = {**(apps.in_force(tx, "template", "intent") or {}), "label": "征询"}
        apps.publish(tx, apps.propose(tx, [apps.Change("template", "intent", other)]))
    reply = admin.post("/api/design/plan", json={"drafts": [saved["draft"]["id"]]})
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "apps.draft_conflict")
    [clash] = admin.get("/api/design/drafts/template/intent").json()["conflicts"]
    assert (clash["path"], clash["mine"], clash["theirs"]) == ("label", "意向", "征询")
    based = admin.post("/api/design/drafts/template/intent/rebase", json={"take": {"label": "theirs"}}).json()
    assert (based["draft"]["tree"]["label"], based["draft"]["stale"]) == ("征询", False)
    assert admin.delete("/api/design/drafts/template/intent").status_code == 200
    assert admin.delete("/api/design/drafts/template/intent").status_code == 404


def test_a_new_definition_and_one_that_goes_are_drafts_too(admin: TestClient) -> None:
    save(admin, "form", "idea", {"form": "idea", "label": "想法", "fields": []})
    save(admin, "form", "amendment", None)
    states = {one["key"]: one["state"] for one in admin.get("/api/design/definitions?kind=form").json()}
    assert (states["idea"], states["amendment"], states["contract"]) == ("new", "going", "published")
    found = admin.get("/api/design/definitions/form/idea").json()
    assert (found["current"], found["draft"]["label"]) == (None, "想法")
    assert admin.get("/api/design/definitions/form/nothing").status_code == 404
    assert admin.get("/api/design/definitions?kind=spell").status_code == 422


def test_a_publication_waits_for_an_open_save_and_says_when_it_waited_too_long(
    admin: TestClient, renewal: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = current(admin, "form", "customer")
    tree["fields"].append({"key": "desks", "label": "工位", "kind": "number"})
    body = {"drafts": [save(admin, "form", "customer", tree)["draft"]["id"]]}
    monkeypatch.setattr(Database.begin, "__kwdefaults__", {"lock_timeout_ms": 300})
    with ThreadPoolExecutor() as pool, renewal.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.customer (name) VALUES ('甲')")
        reply = pool.submit(admin.post, "/api/design/publish", json=body).result()
    assert (reply.status_code, reply.json()["error"]["code"]) == (429, "kernel.busy")
    with ThreadPoolExecutor() as pool:
        with renewal.begin(SYSTEM) as tx:
            run(tx, "INSERT INTO data.customer (name) VALUES ('乙')")
            waiting = pool.submit(admin.post, "/api/design/publish", json=body)
            time.sleep(0.2)
        assert waiting.result().status_code == 200
        with renewal.begin(SYSTEM) as tx:  # what a program that was killed while it published leaves behind
            run(tx, "LOCK TABLE data.customer")
            starting = pool.submit(apps.ensure, renewal)
            time.sleep(0.5)
        assert starting.result() is False


DOORS = [
    ("GET", "definitions?kind=form"), ("GET", "definitions/form/contract"), ("GET", "drafts"),
    ("GET", "drafts/form/contract"), ("PUT", "drafts/form/contract"), ("POST", "drafts/form/contract/rebase"),
    ("DELETE", "drafts/form/contract"), ("GET", "drafts/form/contract/problems"), ("POST", "plan"),
    ("POST", "publish"), ("GET", "publications"), ("GET", "publications/1/undo"), ("POST", "publications/1/undo"),
    ("GET", "uses/contract"),
]  # fmt: skip


def test_only_who_may_design_comes_in(renewal: Database) -> None:
    body = {"tree": None, "drafts": [1], "take": {}}
    with logged_in(renewal, "csm") as client:
        for method, path in DOORS:
            reply = client.request(method, f"/api/design/{path}", json=None if method == "GET" else body)
            assert (reply.status_code, reply.json()["error"]["code"]) == (403, "people.may"), (method, path)
