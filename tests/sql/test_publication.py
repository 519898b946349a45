"""Publications: what they touch, what they refuse, that they are kept, and that undoing one gives back what was."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from builders import install_shipped
from process_world import World, found
from psycopg.types.json import Jsonb
from worlds import built_once

from perennial import apps, forms, processes
from perennial.kernel import SYSTEM, Conflict, Database, Invalid, Missing, Tx, advance_clock, text
from tests.builders import at, run

Tree = dict[str, Any]


@pytest.fixture
@built_once
def renewal(database: Database) -> Database:
    install_shipped(database)
    return database


@pytest.fixture
def tx(renewal: Database) -> Iterator[Tx]:
    with renewal.begin(SYSTEM) as tx:
        yield tx


def tree_of(tx: Tx, kind: str, key: str) -> Tree:
    tree = apps.in_force(tx, kind, key)
    assert tree is not None
    return tree


def trees(tx: Tx) -> dict[str, dict[str, Tree]]:
    app = apps.current(tx)
    return {kind.name: {key: kind.dump(one) for key, one in app.of(kind).items()} for kind in apps.KINDS}


def without(tree: Tree, *keys: str) -> Tree:
    return {**tree, "fields": [one for one in tree["fields"] if one["key"] not in keys]}


def with_field(tree: Tree, **attributes: Any) -> Tree:
    return {**tree, "fields": [*(one for one in tree["fields"] if one["key"] != attributes["key"]), attributes]}


def edited(tree: Tree, key: str, **attributes: Any) -> Tree:
    return {**tree, "fields": [{**one, **attributes} if one["key"] == key else one for one in tree["fields"]]}


def node(tree: Tree, key: str, **attributes: Any) -> Tree:
    return {**tree, "nodes": [{**one, **attributes} if one["key"] == key else one for one in tree["nodes"]]}


def change(kind: str, key: str, tree: Tree | None) -> apps.Change:
    return apps.Change(kind, key, tree)


def publish(tx: Tx, *changes: apps.Change, note: str = "") -> int:
    return apps.publish(tx, apps.propose(tx, changes), note)


def contract(tx: Tx) -> Tree:
    return tree_of(tx, "form", "contract")


# --- what uses a field


def test_every_kind_says_which_fields_it_uses_and_where(tx: Tx) -> None:
    whole = apps.in_use(tx)
    notice = apps.uses(whole, "contract", "notice_days")
    assert {(one.kind, one.key, one.path, one.place) for one in notice} == {
        ("process", "auto_renewal", "nodes[1].until", "等到通知期限前 15 天"),
        ("process", "auto_renewal", "nodes[4].case_2", "可以自动续费吗"),
        ("process", "completion", "nodes[1].set.notice_days", "生成下一份合同"),
    }
    amount = {(one.kind, one.key) for one in apps.uses(whole, "contract", "amount")}
    assert amount >= {("form", "contract"), ("process", "paid"), ("template", "intent"), ("dashboard", "cockpit")}
    assert {one.kind for one in apps.uses(whole, "contact", "customer")} == {"audience", "role"}
    own = [one for one in apps.uses(whole, "contract", "predecessor") if one.kind == "process"]
    assert {one.key for one in own} == {"completion", "is_it_renewal", "linked"}
    assert {one.kind for one in apps.uses(whole, "customer") if one.field == ""} >= {"form", "role"}


def test_a_look_up_in_another_form_uses_that_form_and_its_fields(tx: Tx) -> None:
    look = {"key": "tier_name", "label": "等级", "kind": "formula",
            "formula": "XLOOKUP(customer.name, feedback.comment, feedback.nps)"}  # fmt: skip
    publish(tx, change("form", "contract", with_field(contract(tx), **look)))
    for key in ("comment", "nps", ""):
        used = [one.path for one in apps.uses(apps.in_use(tx), "feedback", key) if one.place == "等级"]
        assert len(set(used)) == 1
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "feedback", without(tree_of(tx, "form", "feedback"), "nps")))
    assert "等级" in {one["place"] for one in refused.value.facts["uses"]}


def test_a_field_in_use_cannot_be_hidden_and_every_place_is_named_at_once(tx: Tx) -> None:
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "contract", without(contract(tx), "notice_days")))
    problem = refused.value
    assert problem.code == "apps.in_use"
    assert [(one["key"], one["path"]) for one in problem.facts["uses"]] == [
        ("auto_renewal", "nodes[1].until"), ("auto_renewal", "nodes[4].case_2"),
        ("completion", "nodes[1].set.notice_days"),
    ]  # fmt: skip
    assert problem.facts["fields"] == ["通知期限天数"]
    assert text(problem, "zh") == "2 个流程仍在使用「通知期限天数」。先改好这些地方，或与它们一起发布"
    assert text(problem, "en").startswith('"Notice days" is still used by 2 processes.')
    assert apps.publications(tx)[0].id == 1  # nothing happened but the first publication


def test_kinds_are_counted_in_words(tx: Tx) -> None:
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "contract", without(contract(tx), "churn_reason")))
    assert (refused.value.facts["where_zh"], refused.value.facts["where_en"]) == (
        "3 个流程和 1 个仪表盘", "3 processes and 1 dashboard")  # fmt: skip


VIEW: Tree = {
    "view": "mine", "form": "contract", "label": "60 天内到期", "roles": ["csm"], "kind": "board", "group": "status",
    "filter": "notice_days > 30", "sort": [{"field": "end_date", "descending": True}],
    "columns": [{"path": "customer.name", "width": 200}, {"path": "notice_days"}],
    "colours": [{"when": "days_left < 10", "level": "urgent"}],
}  # fmt: skip


def test_a_shared_view_is_a_definition_and_keeps_the_fields_that_it_shows(tx: Tx) -> None:
    publish(tx, change("view", "mine", VIEW))
    assert tree_of(tx, "view", "mine") == VIEW
    own = {"tree": Jsonb({"kind": "table", "columns": [{"path": "notice_days"}]})}
    tx.run("INSERT INTO records.view (form, label, tree) VALUES ('contract', '我的', %(tree)s)", own)
    plan = apps.propose(tx, [change("form", "contract", without(contract(tx), "notice_days"))])
    shown = [(one.label, one.path, one.effect) for one in plan.uses if one.kind in ("view", "own_view")]
    assert shown == [
        ("60 天内到期", "filter", "breaks"), ("60 天内到期", "columns[1].path", "breaks"),
        ("我的", "columns[0].path", "check"),
    ]  # fmt: skip
    with pytest.raises(Invalid) as refused:
        apps.publish(tx, plan)
    assert text(refused.value).startswith("1 个视图和 2 个流程仍在使用「通知期限天数」")
    number = publish(tx, change("view", "mine", None))
    assert apps.in_force(tx, "view", "mine") is None
    apps.undo(tx, number)
    assert tree_of(tx, "view", "mine") == VIEW
    for wrong, path in (
        ({**VIEW, "spell": 1}, "spell"),
        ({**VIEW, "label": ""}, "label"),
        ({**VIEW, "sort": 1}, "sort"),
    ):
        [problem] = apps.propose(tx, [change("view", "mine", wrong)]).problems
        assert (problem.problem.code, problem.path) == ("records.view_shape", path)
    for wrong, path in (({**VIEW, "group": "nothing"}, "group"), ({**VIEW, "form": "nothing"}, "form")):
        plan = apps.propose(tx, [change("view", "mine", wrong)])
        assert path in {one.path for one in plan.problems} | {one.path for one in plan.faults}


def test_hiding_is_possible_together_with_the_drafts_that_no_longer_need_the_field(tx: Tx) -> None:
    auto, done = tree_of(tx, "process", "auto_renewal"), tree_of(tx, "process", "completion")
    auto = node(auto, "wait_notice", until="end_date - 30")
    ask = next(one for one in auto["nodes"] if one["key"] == "may_renew")
    auto = node(auto, "may_renew", cases=[one for one in ask["cases"] if "notice_days" not in one.get("when", "")])
    values = next(one for one in done["nodes"] if one["key"] == "successor")["set"]
    done = node(done, "successor", set={key: one for key, one in values.items() if key != "notice_days"})
    plan = apps.propose(tx, [
        change("form", "contract", without(contract(tx), "notice_days")),
        change("process", "auto_renewal", auto), change("process", "completion", done),
    ])  # fmt: skip
    assert (plan.publishable, plan.problems, plan.faults) == (True, (), ())
    number = apps.publish(tx, plan, "不再要求通知期限")
    assert forms.catalog(tx).form("contract").field("notice_days") is None
    [first, _] = apps.publications(tx)
    assert (first.id, first.note, [one["key"] for one in first.definitions]) == (
        number, "不再要求通知期限", ["contract", "auto_renewal", "completion"])  # fmt: skip
    apps.undo(tx, number)
    assert apps.plan(tx, apps.load(apps.BUNDLED / "renewal")).empty


def test_a_formula_that_no_longer_types_is_a_use_that_breaks(tx: Tx) -> None:
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "contract", edited(contract(tx), "amount", kind="text")))
    broken = {(one["kind"], one["key"]) for one in refused.value.facts["uses"]}
    processes = {("process", key) for key in ("paid", "completion", "renewal", "linked", "auto_renewal")}
    rest = {("form", "contract"), ("form", "customer"), ("rule", "end_unconfirmed")}
    assert broken == {*rest, *processes}  # not what only reads 应续金额
    assert refused.value.facts["fields"] == ["合同金额"]


def test_a_computed_field_that_becomes_volatile_breaks_a_start_that_waits_for_a_match(tx: Tx) -> None:
    tree = edited(contract(tx), "open", formula='AND(status <> "renewed", end_date > TODAY())')
    plan = apps.propose(tx, [change("form", "contract", tree)])
    assert not plan.publishable
    assert ("processes.matched_today", "paid") in {(one.problem.code, one.key) for one in plan.problems}


def test_a_role_keeps_a_grant_on_a_hidden_field_and_its_row_condition_must_hold(tx: Tx) -> None:
    role = tree_of(tx, "role", "csm")
    role["forms"]["contract"] = {
        "rows": 'intent <> "no"',
        "rights": ["read"],
        "fields": {"*": "read", "note": "hidden"},
    }
    publish(tx, change("role", "csm", role))
    plan = apps.propose(tx, [change("form", "contract", without(contract(tx), "note"))])
    assert [(one.kind, one.key, one.effect) for one in plan.uses] == [("role", "csm", "none")]
    assert plan.publishable
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "contract", without(contract(tx), "intent", "intent_checked_on")))
    assert ("role", "csm", "forms.contract.rows") in {
        (one["kind"], one["key"], one["path"]) for one in refused.value.facts["uses"]
    }


def test_what_names_a_template_keeps_it(tx: Tx) -> None:
    with pytest.raises(Invalid) as refused:
        publish(tx, change("template", "intent", None))
    assert [(one["key"], one["why"]) for one in refused.value.facts["uses"]] == [("renewal", "apps.gone")]
    tree = tree_of(tx, "process", "completion")
    with pytest.raises(Invalid) as unknown:
        publish(tx, change("process", "completion", node(tree, "tell", template="nothing")))
    assert (unknown.value.code, unknown.value.path) == ("apps.gone", "nodes[2].template")


def test_work_that_still_runs_on_an_old_version_keeps_the_fields_it_reads(database: Database) -> None:
    world = found(database)
    world.imported("2027-01-31", renew_mode="auto", notice_days=30)
    with world.system() as tx:
        auto, done = tree_of(tx, "process", "auto_renewal"), tree_of(tx, "process", "completion")
        auto = node(auto, "wait_notice", until="end_date - 30")
        ask = next(one for one in auto["nodes"] if one["key"] == "may_renew")
        auto = node(auto, "may_renew", cases=[one for one in ask["cases"] if "notice_days" not in one.get("when", "")])
        values = next(one for one in done["nodes"] if one["key"] == "successor")["set"]
        done = node(done, "successor", set={key: one for key, one in values.items() if key != "notice_days"})
        both = [change("process", "auto_renewal", auto), change("process", "completion", done)]
        plan = apps.propose(tx, both)
        assert [(one.process.key, one.number, one.open) for one in plan.running] == [("auto_renewal", 1, 1)]
        with pytest.raises(Invalid) as refused:
            publish(tx, *both, change("form", "contract", without(contract(tx), "notice_days")))
        assert {(one["label"], one["open"]) for one in refused.value.facts["uses"]} == {("自动续费 v1", 1)}


# --- the plan


def test_a_plan_says_what_is_lost_who_falls_short_and_what_follows(tx: Tx) -> None:
    run(tx, "INSERT INTO data.customer (name, credit_code) VALUES ('甲', '12'), ('乙', 'x9'), ('丙', NULL)")
    customer = tree_of(tx, "form", "customer")
    tree = edited(edited(customer, "credit_code", kind="number", format=None, required=True), "name", label="客户全称")
    plan = apps.propose(tx, [change("form", "customer", tree)])
    by_field = {one.field: one for one in plan.steps[0].operations}
    code = by_field["credit_code"]
    assert (code.grade, code.facts) == ("lossy", {"values": 2, "lost": 1})
    assert [(one.label, one.value) for one in code.lost] == [("乙", "x9")]
    assert (code.short, [one.label for one in code.first_short]) == (2, ["乙", "丙"])
    assert by_field["name"].grade == "instant"
    hints = [(one.severity, text(one.problem)) for one in apps.of_plan(plan)]
    assert ("hint", "统一社会信用代码 的新要求，现有 2 条还不满足，下次保存时才会要求") in hints
    assert ("hint", "统一社会信用代码 有 1 个值不再显示，撤销发布后恢复") in hints
    assert "template" in {one.kind for one in plan.uses if one.field == "name"}
    assert {one.effect for one in plan.uses if one.field == "name"} == {"none"}
    assert plan.checked > 200


def test_records_that_do_not_meet_a_new_check_are_counted_and_the_first_shown(tx: Tx) -> None:
    run(tx, "INSERT INTO data.customer (name) VALUES ('甲')")
    run(tx, "INSERT INTO data.contract (customer, amount) VALUES (1, 5), (1, NULL), (1, -1), (1, -2)")
    run(tx, "UPDATE data.contract SET deleted_at = %(now)s WHERE id = 4")
    check = {"formula": "amount >= 0", "message": "金额不能为负", "field": "amount"}
    tree = contract(tx)
    plan = apps.propose(tx, [change("form", "contract", {**tree, "checks": [*tree.get("checks", []), check]})])
    [operation] = plan.steps[0].operations
    assert (operation.act, operation.short) == ("change_form", 2)
    assert [(one.id, one.value) for one in operation.first_short] == [(2, "金额不能为负"), (3, "金额不能为负")]
    assert plan.publishable


def test_a_sub_table_in_a_layout_keeps_the_form_that_it_shows(tx: Tx) -> None:
    up = {"key": "of", "label": "合同", "kind": "relation", "to": "contract", "reverse": "items", "required": True}
    item = {"form": "item", "label": "明细", "within": "contract", "fields": [up]}
    layout = [{"sections": [{"rows": [[{"sub_table": "items"}]]}]}]
    publish(tx, change("form", "item", item), change("form", "contract", {**contract(tx), "layout": layout}))
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "item", None))
    assert ("form", "contract", "layout[0].sections[0].rows[0][0]") in {
        (one["kind"], one["key"], one["path"]) for one in refused.value.facts["uses"]
    }


def test_nothing_to_change_is_said(tx: Tx) -> None:
    with pytest.raises(Invalid) as refused:
        publish(tx, change("form", "contract", contract(tx)))
    assert refused.value.code == "apps.nothing"


def test_a_definition_must_bear_the_key_that_it_is_published_under(tx: Tx) -> None:
    plan = apps.propose(tx, [change("form", "deal", contract(tx)), change("form", "x", {"form": "x"})])
    assert [(one.key, one.problem.code) for one in plan.problems] == [("deal", "apps.key"), ("x", "forms.attribute")]
    with pytest.raises(Invalid) as refused:
        apps.publish(tx, plan)
    assert (refused.value.code, refused.value.facts["count"]) == ("apps.problems", 2)
    with pytest.raises(Invalid) as unknown:
        apps.propose(tx, [change("spell", "x", {})])
    assert unknown.value.code == "apps.kind"


# --- undo


def test_an_added_field_is_hidden_with_its_data_and_returns_with_it(tx: Tx) -> None:
    added = with_field(contract(tx), key="special", label="年审特殊要求", kind="long_text")
    number = publish(tx, change("form", "contract", added))
    run(tx, "INSERT INTO data.customer (name) VALUES ('甲')")
    run(tx, "INSERT INTO data.contract (customer, special) VALUES (1, '需提供经营许可证副本')")
    undone = apps.undo(tx, number, "写错了")
    assert forms.catalog(tx).form("contract").field("special") is None
    again = apps.undo(tx, undone)
    assert tx.value(at(tx, "SELECT special FROM data.contract")) == "需提供经营许可证副本"
    shown = [(one.id, one.note, one.undoes, one.undone_by) for one in apps.publications(tx)]
    assert shown == [
        (again, "", undone, None), (undone, "写错了", number, again), (number, "", None, undone),
        (1, "renewal", None, None),
    ]  # fmt: skip
    with pytest.raises(Conflict) as twice:
        apps.undo(tx, number)
    assert (twice.value.code, twice.value.facts) == ("apps.undone_already", {"id": number, "by": undone})


def test_what_was_changed_later_elsewhere_stays_and_in_the_same_place_is_undone_first(tx: Tx) -> None:
    first = publish(tx, change("form", "contract", edited(contract(tx), "note", label="说明")))
    second = publish(tx, change("form", "contract", edited(contract(tx), "amount", label="总额")))
    apps.undo(tx, first)
    form = forms.catalog(tx).form("contract")
    assert [one.label for one in form.fields if one.key in ("note", "amount")] == ["总额", "备注"]
    third = publish(tx, change("form", "contract", edited(contract(tx), "amount", label="金额")))
    with pytest.raises(Conflict) as refused:
        apps.undo(tx, second)
    assert refused.value.code == "apps.changed_since"
    assert (refused.value.facts["id"], refused.value.facts["places"]) == (third, ["fields[amount].label"])


def test_an_undo_that_would_break_what_came_later_is_refused(tx: Tx) -> None:
    added = with_field(contract(tx), key="special", label="特殊要求", kind="text")
    number = publish(tx, change("form", "contract", added))
    template = tree_of(tx, "template", "intent")
    publish(tx, change("template", "intent", {**template, "subject": "{{special}}"}))
    with pytest.raises(Invalid) as refused:
        apps.undo(tx, number)
    assert refused.value.facts["where_zh"] == "1 个模板"
    with pytest.raises(Missing) as missing:
        apps.undo(tx, 99)
    assert missing.value.code == "apps.no_publication"


def test_every_kind_can_come_change_and_go_and_each_is_undone(tx: Tx) -> None:
    before = trees(tx)
    text_field = {"key": "t", "label": "T", "kind": "text"}
    made = [
        change("form", "idea", {"form": "idea", "label": "想法", "fields": [text_field]}),
        change("role", "guest", {"role": "guest", "label": "访客"}),
        change("template", "hello", {"template": "hello", "label": "你好", "form": "contract", "subject": "{{number}}",
                                     "body": "x"}),
        change("audience", "all", {**tree_of(tx, "audience", "renewal_contacts"), "audience": "all"}),
        change("process", "tiny", {"process": "tiny", "label": "小", "form": "contract",
                                   "nodes": [{"key": "a", "kind": "task", "who": {"field": "owner"}}]}),
        change("dashboard", "d", {"dashboard": "d", "label": "D", "charts": []}),
    ]  # fmt: skip
    created = publish(tx, *made)
    after = trees(tx)
    assert all(change.key in after[change.kind] for change in made)
    removed = publish(tx, *(apps.Change(one.kind, one.key, None) for one in made))
    assert trees(tx) == before
    undone = apps.undo(tx, removed)
    assert trees(tx) == after
    apps.undo(tx, undone)
    assert trees(tx) == before
    assert [one["act"] for one in apps.publication(tx, created).definitions] == ["create"] * 6


def test_a_role_that_people_hold_does_not_go(database: Database) -> None:
    world = found(database)
    with world.system() as tx:
        publish(tx, change("role", "guest", {"role": "guest", "label": "访客"}))
        from perennial import people

        people.assign(tx, world.tang, ["guest"])
        with pytest.raises(Invalid) as refused:
            publish(tx, change("role", "guest", None))
    assert (refused.value.code, refused.value.facts) == ("apps.role_held", {"role": "guest", "count": 1})


def test_after_undoing_another_offset_the_start_owes_what_it_owed_before(database: Database) -> None:
    world = found(database)
    contract = world.imported("2027-03-31")  # T-90 is 2026-12-31
    with world.system() as tx:
        renewal = tree_of(tx, "process", "renewal")
        start = [{**one, "days": -20} if one["key"] == "t90" else one for one in renewal["start"]]
        number = publish(tx, change("process", "renewal", {**renewal, "start": start}))
    with world.system() as tx:
        advance_clock(tx, tx.now + dt.timedelta(days=60))  # T-90 passed while the other offset was in force
        apps.undo(tx, number)
    processes.tick(world.database)
    with world.system() as tx:
        rows = processes.ledger(tx, form="contract", record_id=contract)
    assert [(row["key"], row["outcome"]) for row in rows if row["process"] == "renewal" and row["kind"] == "start"] == [
        ("t90", "late")
    ]


def numbers(world: World, record: int) -> list[tuple[int, str]]:
    """The versions that the record's instances of the renewal stand on."""
    return [
        (row["number"], row["state"])
        for row in world.rows(
            "SELECT v.number, i.state FROM processes.instance i JOIN processes.version v ON v.id = i.version_id"
            "  JOIN processes.process p ON p.id = v.process_id"
            " WHERE p.key = 'renewal' AND i.record_id = %(record)s ORDER BY i.id",
            record=record,
        )
    ]


def test_instances_that_began_on_the_publication_go_on_on_their_version_when_it_is_undone(database: Database) -> None:
    world = found(database)
    old = world.imported("2027-01-31")
    with world.system() as tx:
        renewal = tree_of(tx, "process", "renewal")
        labelled = {**renewal, "nodes": [{**renewal["nodes"][0], "label": "新名"}, *renewal["nodes"][1:]]}
        number = publish(tx, change("process", "renewal", labelled))
    new = world.imported("2027-01-31", number="HT-2")
    with world.system() as tx:
        plan = apps.propose_undo(tx, number)
        assert [(one.number, one.open, one.current) for one in plan.running] == [(1, 1, False), (2, 1, True)]
        apps.undo(tx, number)
    assert (numbers(world, old), numbers(world, new)) == ([(1, "open")], [(2, "open")])
    third = world.imported("2027-01-31", number="HT-3")
    assert numbers(world, third) == [(3, "open")]
    for record in (old, new, third):
        world.change(record, status="lost", churn_reason="price")
    assert [numbers(world, record)[0][1] for record in (old, new, third)] == ["cancelled"] * 3
    with world.system() as tx:
        assert all(one.ok for one in processes.doctor(tx))


def test_work_on_the_version_that_is_undone_keeps_a_field_that_only_it_reads(database: Database) -> None:
    world = found(database)
    with world.system() as tx:
        renewal = tree_of(tx, "process", "renewal")
        added = with_field(contract(tx), key="special", label="特殊要求", kind="text")
        asks = {**renewal, "cancel_when": f'OR({renewal["cancel_when"]}, special = "x")'}
        number = publish(tx, change("form", "contract", added), change("process", "renewal", asks))
    record = world.imported("2027-01-31")
    with world.system() as tx:
        with pytest.raises(Invalid) as refused:
            apps.undo(tx, number)
        assert {(one["label"], one["open"], tuple(one["reads"])) for one in refused.value.facts["uses"]} == {
            ("续费跟进 v2", 1, ("contract.special",))
        }
    world.change(record, special="x")
    with world.system() as tx:
        apps.undo(tx, number)
        assert forms.catalog(tx).form("contract").field("special") is None


# --- drafts


def test_a_draft_is_kept_with_its_errors_and_a_colleague_does_not_overwrite_it(tx: Tx) -> None:
    wrong = edited(contract(tx), "open", formula='AND(statu <> "renewed")')
    draft = apps.save(tx, "form", "contract", wrong, version=None)
    [problem] = apps.problems(tx, draft)
    place = [field["key"] for field in wrong["fields"]].index("open")
    assert (problem.severity, problem.problem.code, problem.path) == (
        "error", "formula.unknown_name", f"fields[{place}].formula")  # fmt: skip
    fix = apps.fix(problem, draft.tree)
    assert fix is not None and fix.value == 'AND(status <> "renewed")'
    saved = apps.save(tx, "form", "contract", contract(tx), version=draft.version)
    assert apps.problems(tx, saved) == []
    for version in (None, draft.version):
        with pytest.raises(Conflict) as stale:
            apps.save(tx, "form", "contract", wrong, version=version)
        assert (stale.value.code, stale.value.facts["version"]) == ("apps.draft_stale", 2)
    apps.discard(tx, "form", "contract")
    with pytest.raises(Conflict) as gone:
        apps.save(tx, "form", "contract", wrong, version=2)
    assert gone.value.code == "apps.draft_gone"
    for act in (apps.discard, apps.read):
        with pytest.raises(Missing) as missing:
            act(tx, "form", "contract")
        assert missing.value.code == "apps.no_draft"
    with pytest.raises(Missing) as nothing:
        apps.save(tx, "form", "deal", None, version=None)
    assert nothing.value.code == "apps.no_definition"


def test_a_draft_that_breaks_another_definition_says_so(tx: Tx) -> None:
    draft = apps.save(tx, "form", "contract", without(contract(tx), "notice_days"), version=None)
    found = apps.problems(tx, draft)
    assert {(one.kind, one.key, one.problem.code) for one in found} == {
        ("process", "auto_renewal", "apps.breaks"), ("process", "completion", "apps.breaks")}  # fmt: skip
    assert "「自动续费」等到通知期限前 15 天 用到「通知期限天数」" in text(found[0].problem)


def test_what_others_published_meanwhile_is_merged_or_asked(tx: Tx) -> None:
    draft = apps.save(tx, "form", "contract", edited(contract(tx), "note", label="说明"), version=None)
    assert not draft.stale
    publish(tx, change("form", "contract", edited(contract(tx), "amount", label="总额")))
    draft = apps.read(tx, "form", "contract")
    assert (draft.stale, draft.clashes) == (True, [])
    publish(tx, *apps.changes_of([draft]))
    labels = [one.label for one in forms.catalog(tx).form("contract").fields if one.key in ("note", "amount")]
    assert labels == ["总额", "说明"]

    publish(tx, change("form", "contract", edited(contract(tx), "note", label="附注")))
    draft = apps.read(tx, "form", "contract")
    with pytest.raises(Conflict) as refused:
        apps.changes_of([draft])
    assert refused.value.code == "apps.draft_conflict"
    assert refused.value.facts["conflicts"] == [
        {"path": "fields[note].label", "base": "备注", "mine": "说明", "theirs": "附注"}
    ]
    assert [one.problem.code for one in apps.problems(tx, draft)] == ["apps.draft_conflict"]
    with pytest.raises(Conflict):
        apps.rebase(tx, "form", "contract", {})
    based = apps.rebase(tx, "form", "contract", {"fields[note].label": "mine"})
    assert not based.stale
    publish(tx, *apps.changes_of([based]))
    assert forms.catalog(tx).field("contract", "note").label == "说明"
