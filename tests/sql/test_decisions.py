"""Decision tables in force: published and undone like everything else, asked by formulas, told why, in files."""

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from builders import at, field, form, install, run
from web_client import PASSWORD, TestClient, logged_in

from perennial import apps, formula, people, records
from perennial.forms import Option, catalog, decisions
from perennial.kernel import SYSTEM, Database, Invalid, Missing, Tx, text
from tests.unit.test_decisions import TREE

QUOTE = form(
    "quote", "name: text", "rate: percent", "amount: money",
    field("tier: select", options=(Option("a", "重点客户"), Option("b", "普通客户"))),
    field("who: formula", formula='DECIDE("discount", rate, amount, tier)', stored=True),
    field("days: formula", formula='DECIDE("discount.days", rate, amount, tier)'),
    field("late: formula", formula='IF(days > 2, "慢", "快") & who'), label="报价",
)  # fmt: skip


def change(tree: dict[str, Any] | None) -> list[apps.Change]:
    return [apps.Change("decision", "discount", tree)]


def publish(tx: Tx, tree: dict[str, Any] | None) -> int:
    return apps.publish(tx, apps.propose(tx, change(tree)))


def shown(tx: Tx) -> list[tuple[Any, ...]]:
    rows = tx.rows("SELECT name, who, days, late FROM data_read.quote ORDER BY id")
    return [tuple(row.values()) for row in rows]


@pytest.fixture
def quotes(tx: Tx) -> Tx:
    publish(tx, TREE)
    install(tx, QUOTE)
    for name, rate, amount, tier in (("甲", "0.04", 1, "a"), ("乙", "0.05", 199999, "b"), ("丙", "0.05", 200000, None),
                                     ("丁", "0.1", 1, "a"), ("戊", "0.1", 1, None), ("己", None, 1, "a")):  # fmt: skip
        records.create(tx, "quote", {"name": name, "rate": rate, "amount": amount, "tier": tier})
    return tx


def test_a_republished_table_changes_what_stored_and_inlined_fields_answer_and_undo_gives_it_back(quotes: Tx) -> None:
    before = [
        ("甲", "自动通过", 0, "快自动通过"), ("乙", "团队主管", 1, "快团队主管"), ("丙", "销售总监", 1, "快销售总监"),
        ("丁", "总经理", 5, "慢总经理"), ("戊", "不允许", None, "快不允许"), ("己", None, None, "快"),
    ]  # fmt: skip
    assert shown(quotes) == before
    rules = [*TREE["rules"][:4], {**TREE["rules"][4], "give": ["董事长", "1"]}]
    changed = {**TREE, "rules": rules, "otherwise": ["管理员", "9"]}
    follows = {
        (one.kind, one.key, one.place) for one in apps.propose(quotes, change(changed)).uses if one.effect == "follows"
    }
    assert follows == {("form", "quote", "who"), ("form", "quote", "days")}
    number = publish(quotes, changed)
    assert shown(quotes)[3:] == [("丁", "董事长", 1, "快董事长"), ("戊", "不允许", None, "快不允许"),
                                 ("己", "管理员", 9, "慢管理员")]  # fmt: skip
    stored = quotes.rows(at(quotes, "SELECT who FROM data.quote ORDER BY id"))
    assert [row["who"] for row in stored][3] == "董事长"
    apps.undo(quotes, number)
    assert shown(quotes) == before
    assert decisions.dump(decisions.one(quotes, "discount")) == TREE


def test_a_save_asks_the_table_and_why_names_the_row(quotes: Tx) -> None:
    number = quotes.value("SELECT id FROM data_read.quote WHERE name = '丙'")
    records.update(quotes, "quote", number, 1, {"rate": "0.2", "tier": "b"})
    assert quotes.value("SELECT who FROM data_read.quote WHERE name = '丙'") == "不允许"
    found = records.explain(quotes, "quote", number, "days")
    [part] = found.parts
    assert (part.rules, part.value, [one.label for one in part.parts]) == ((4,), None, ["rate", "amount", "tier"])


def test_a_condition_reads_a_table_and_a_table_of_the_form_knows_its_inputs(quotes: Tx) -> None:
    inputs = [{**one, "formula": one["key"]} for one in TREE["inputs"]]
    apps.publish(quotes, apps.propose(quotes, [
        apps.Change("decision", "own", {**TREE, "decision": "own", "label": "本表", "form": "quote", "inputs": inputs}),
    ]))  # fmt: skip
    scope = catalog(quotes).scope("quote")
    typed = formula.check('DECIDE("本表.时限") >= 1', scope, "yes_no")
    assert formula.print_(typed) == 'DECIDE("own.days") >= 1'
    source = catalog(quotes).source("quote")
    where = formula.compile_condition(typed, source)
    names = quotes.rows(formula.select(source.field("name").label("name"), source=source).where(where).order_by("id"))
    assert [row["name"] for row in names] == ["乙", "丙", "丁"]
    nested = formula.check('COUNTIF(quote, DECIDE("own.days") > 1)', scope)
    assert "!decision/own" in {read.rpartition("!")[1] + read.rpartition("!")[2] for read in nested.reads}
    plan = apps.propose(
        quotes, [apps.Change("form", "quote", {**_tree(quotes), "fields": _tree(quotes)["fields"][:1]})]
    )
    assert ("decision", "own") in {(one.kind, one.key) for one in plan.faults}


def _tree(tx: Tx) -> dict[str, Any]:
    return apps.in_force(tx, "form", "quote") or {}


@pytest.mark.parametrize(("written", "code"), [
    ('DECIDE("折扣", rate, amount, tier)', "formula.unknown_decision"),
    ('DECIDE("discount.审批", rate, amount, tier)', "formula.unknown_output"),
    ('DECIDE("discount", rate)', "formula.decision_inputs"),
    ('DECIDE("discount")', "formula.decision_inputs"),
    ('DECIDE("discount", name, amount, tier)', "formula.argument_type"),
    ('DECIDE("discount", rate, amount, "c")', "formula.unknown_option"),
    ("DECIDE(name, rate)", "formula.literal_wanted"),
])  # fmt: skip
def test_a_wrong_question_is_refused_when_it_is_written(written: str, code: str, tx: Tx) -> None:
    decisions.publish(tx, [decisions.load(TREE)])
    install(tx, form("quote", "name: text", "rate: percent", "amount: money", "tier: select"))
    with pytest.raises(Invalid) as caught:
        formula.check(written, catalog(tx).scope("quote"))
    assert caught.value.code == code and "?" not in text(caught.value)


def test_a_table_in_use_is_not_taken_away_and_keeps_the_kind_of_what_is_stored(quotes: Tx) -> None:
    plan = apps.propose(quotes, change(None))
    assert {(one.kind, one.key, one.place) for one in plan.faults} == {
        ("form", "quote", "who"),
        ("form", "quote", "days"),
    }
    with pytest.raises(Invalid) as caught:
        apps.publish(quotes, plan)
    assert caught.value.code == "apps.in_use" and "折扣审批" in str(caught.value.facts["fields"])
    outputs = [{**TREE["outputs"][0], "kind": "yes_no"}, TREE["outputs"][1]]
    rules = [{**one, "give": ["是", "1"]} for one in TREE["rules"]]
    with pytest.raises(Invalid) as caught:
        decisions.publish(quotes, [decisions.load({**TREE, "outputs": outputs, "rules": rules})])
    assert caught.value.code == "decisions.stored" and "报价" in text(caught.value)
    with pytest.raises(Missing) as gone:
        decisions.one(quotes, "other")
    assert gone.value.code == "decisions.none" and "other" in text(gone.value)


def test_a_form_and_the_table_that_it_asks_are_published_and_taken_back_together(tx: Tx) -> None:
    tree = {"form": "quote", "label": "报价", "fields": [
        {"key": "rate", "label": "折扣", "kind": "percent"},
        {"key": "who", "label": "审批人", "kind": "formula", "stored": True,
         "formula": 'DECIDE("discount", rate, 1, "重点客户")'},
    ]}  # fmt: skip
    number = apps.publish(tx, apps.propose(tx, [apps.Change("form", "quote", tree), *change(TREE)]))
    records.create(tx, "quote", {"rate": "0.5"})
    assert tx.value("SELECT who FROM data_read.quote") == "总经理"
    apps.undo(tx, number)
    assert (list(catalog(tx).decisions), "quote" in catalog(tx)) == ([], False)


def test_a_table_with_a_gap_is_not_published(tx: Tx) -> None:
    plan = apps.propose(tx, change({**TREE, "rules": TREE["rules"][1:]}))
    [found] = plan.problems
    assert (found.severity, found.problem.code, found.path) == ("error", "decisions.gap", "rules[0]")
    with pytest.raises(Invalid, match=r"decisions\.gap"):
        apps.publish(tx, plan)


@pytest.fixture
def admin(database: Database) -> Iterator[TestClient]:
    apps.ensure(database)
    with database.begin(SYSTEM) as tx:
        people.create(tx, "boss", "周予安", password=PASSWORD, roles=["business_admin"])
    with logged_in(database, "boss") as client:
        yield client


def test_a_draft_is_checked_tried_and_goes_through_files(admin: TestClient) -> None:
    wrong = {**TREE, "rules": [*TREE["rules"][1:], {"when": ["< 6%", "-", "-"], "give": ["x", "1"]}]}
    found = admin.post("/api/decisions/check", json={"tree": wrong}).json()
    assert [(one["first"], one["second"], one["cells"]) for one in found["overlaps"]] == [
        (0, 4, ["[5%..6%)", "[0..200000)", "-"]), (1, 4, ["[5%..6%)", ">= 200000", "-"]),
    ]  # fmt: skip
    assert found["gaps"] == [] and found["problems"][0]["text"].startswith("第 1 行和第 5 行重叠：折扣 5%")
    assert (
        admin.post("/api/decisions/check", json={"tree": {"decision": "x"}}).json()["problems"][0]["severity"]
        == "error"
    )

    def tried(**values: str) -> Any:
        return admin.post("/api/decisions/try", json={"tree": TREE, "values": values}).json()

    assert tried(rate="7%", amount="20万", tier="重点客户") == {"rules": [3], "answers": ["销售总监", "1"]}
    assert tried(rate="12%", tier="b") == {"rules": [4], "answers": ["不允许", None]}
    assert tried(amount="1") == {"rules": [], "answers": [None, None]}
    assert tried(rate="许多")["error"]["code"] == "decisions.not_number"
    assert admin.get("/api/design/definitions?kind=decision").json() == []

    for kind in ("xlsx", "dmn"):
        content = admin.post("/api/decisions/export", json={"tree": TREE, "format": kind}).content
        back = admin.post("/api/decisions/import", files={"file": (f"a.{kind}", io.BytesIO(content))}).json()
        assert back["problems"] == []
        one, other = decisions.load(back["tree"]), decisions.load(TREE)
        assert (one.inputs, one.outputs, one.policy) == (other.inputs, other.outputs, other.policy)
        assert decisions.check(one) == decisions.check(other) and len(one.rules) == 5
        if kind == "xlsx":
            assert decisions.dump(one) == TREE
    refused = admin.post("/api/decisions/import", files={"file": ("a.pdf", b"%PDF")})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "decisions.file")
    broken = {**TREE, "rules": [{"when": ["面议", "-", "-"], "give": ["x", "1"]}]}
    unread = admin.post("/api/decisions/export", json={"tree": broken, "format": "dmn"})
    assert (unread.status_code, unread.json()["error"]["code"]) == (422, "decisions.not_number")


def test_an_answer_never_raises_whatever_the_values(tx: Tx) -> None:
    decisions.publish(tx, [decisions.load(TREE)])
    install(tx, QUOTE)
    run(tx, "INSERT INTO data.quote (rate, amount, tier) VALUES (-9999999999999999, -1, 'gone'), (9e19, NULL, NULL)")
    assert [row["days"] for row in tx.rows("SELECT days FROM data_read.quote ORDER BY id")] == [
        Decimal(0),
        None,
    ]  # below 5 % and so beyond 100 %, not for key customers
