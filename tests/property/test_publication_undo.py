"""Undo of a publication: with no write in between everything equals what it was; with writes, DESIGN section 13 holds.

Definition, data, indexes and constraints, behaviour (SQL of pages and formulas, triggers of the change log, the plan of
processes) are compared as a whole. What is written in between is foretold by a few lines of Python that share no code
with the engine.
"""

import datetime as dt
import os
import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perennial import access, apps, forms, formula, processes
from perennial.kernel import SYSTEM, Database, Invalid, Tx, advance_clock, render
from tests.builders import at, run

EXAMPLES = int(os.environ.get("PERENNIAL_SOAK") or 20)
met: Counter[str] = Counter()
Tree = dict[str, Any]


class Undo(Exception):
    """Ends an example: nothing of it stays in the database."""


# --- the workspace


def field(key: str, kind: str, **attributes: Any) -> Tree:
    return {"key": key, "label": key.upper(), "kind": kind, **attributes}


OPTIONS = [{"key": "x", "label": "甲"}, {"key": "y", "label": "乙"}]
CUST: Tree = {"form": "cust", "label": "客户", "title": "name", "fields": [
    field("name", "text"), field("total", "formula", formula="SUMIF(deals, TRUE, amount)", stored=True)]}  # fmt: skip
DEAL: Tree = {"form": "deal", "label": "合同", "title": "t", "owner": "who", "card": ["t", "amount"], "fields": [
    field("t", "text"), field("cust", "relation", to="cust", reverse="deals"), field("amount", "money"),
    field("n", "number"), field("day", "date"), field("flag", "yes_no"), field("s", "select", options=OPTIONS),
    field("m", "multi_select", options=OPTIONS), field("memo", "long_text"), field("who", "person"),
    field("twice", "formula", formula="amount * 2", stored=True), field("late", "formula", formula="day < TODAY()"),
]}  # fmt: skip
PROCESS: Tree = {"process": "walk", "label": "流程", "form": "deal", "start": [
    {"key": "before", "kind": "date", "label": "前", "date": "day", "days": -30}], "nodes": [
    {"key": "ask", "kind": "task", "label": "问", "who": {"field": "who"}, "next": "pause"},
    {"key": "pause", "kind": "wait", "label": "等", "until": "day"}]}  # fmt: skip
ROLE: Tree = {"role": "reader", "label": "读者", "forms": {
    "deal": {"rows": "amount > 10", "rights": ["read"], "fields": {"*": "read", "memo": "hidden"}}}}  # fmt: skip
TEMPLATE: Tree = {"template": "hello", "label": "信", "form": "deal", "subject": "{{t}}", "body": "{{amount}}"}
BOARD: Tree = {"dashboard": "b", "label": "板", "charts": [{"key": "c", "label": "图", "kind": "metric", "form": "deal",
               "measures": [{"key": "sum", "label": "和", "aggregate": "sum", "of": "amount"}]}]}  # fmt: skip
VIEW: Tree = {"view": "v", "form": "deal", "label": "视图", "kind": "table", "filter": "amount > 1",
              "columns": [{"path": "t"}, {"path": "cust.name"}]}  # fmt: skip
WORKSPACE = [("form", CUST), ("form", DEAL), ("role", ROLE), ("view", VIEW), ("template", TEMPLATE),
             ("process", PROCESS), ("dashboard", BOARD)]  # fmt: skip

TEXTS = ["12.50", " 7 ", "007", "zwölf", "2026-12-01", "是", "否", "甲", "x", "-3", None]
ROWS = [
    {"t": text, "n": n, "day": day, "flag": flag, "s": s, "amount": amount, "memo": text}
    for text, n, day, flag, s, amount in zip(
        TEXTS, [1, 2, Decimal("2.50"), None, 0, -1, 5, 6, 7, 8, 9],
        ["2026-12-31", "2027-01-15", None, "2026-11-30", "2027-03-01"] * 2 + [None],
        [True, False, None] * 3 + [True, None],
        ["x", "y", None, "x", "old"] * 2 + ["y"], [100, 200, None, Decimal("12.34"), 0] * 2 + [1], strict=True,
    )
]  # fmt: skip


def key_of(kind: str, tree: Tree) -> str:
    return str(tree[apps.kind_of(kind).name])


def found(database: Database) -> None:
    with database.begin(SYSTEM) as tx:
        apps.publish(tx, apps.propose(tx, [apps.Change(kind, key_of(kind, tree), tree) for kind, tree in WORKSPACE]))
    with database.begin(SYSTEM) as tx:
        run(tx, "INSERT INTO data.cust (name) VALUES ('甲'), ('乙')")
        for place, row in enumerate(ROWS):
            run(
                tx,
                "INSERT INTO data.deal (t, n, day, flag, s, m, amount, memo, cust, deleted_at) VALUES (%(t)s, %(n)s,"
                " %(day)s, %(flag)s, %(s)s, CASE WHEN %(s)s::text IS NOT NULL THEN ARRAY[%(s)s, 'y'] END, %(amount)s,"
                " %(memo)s, %(cust)s, CASE WHEN %(gone)s THEN %(now)s END)",
                {**row, "cust": 1 + place % 2, "gone": place == 3},
            )
        forms.recompute(tx, "deal", [row["id"] for row in tx.rows(at(tx, "SELECT id FROM data.deal"))])
        advance_clock(
            tx, tx.now + dt.timedelta(days=2)
        )  # starts were published two days ago, and are decided up to then


# --- changes


def mapped(tree: Tree, list_: str, key: str, **attributes: Any) -> Tree:
    return {**tree, list_: [{**one, **attributes} if one["key"] == key else one for one in tree[list_]]}


def without_extra(tree: Tree) -> Tree:
    return {**tree, "fields": [one for one in tree["fields"] if one["key"] != "extra"]}


CONVERSIONS = {
    "t": ("number", "date", "yes_no", "select", "long_text"), "n": ("text", "money", "percent", "yes_no"),
    "day": ("datetime",), "flag": ("text", "number"), "s": ("text", "multi_select"), "m": ("text", "select"),
    "memo": ("text", "number", "date"),
}  # fmt: skip


Edit = tuple[str, str, Callable[[Tree], Tree]]


@st.composite
def a_conversion(draw: Any) -> Edit:
    key = draw(st.sampled_from(sorted(CONVERSIONS)))
    kind = draw(st.sampled_from(CONVERSIONS[key]))
    options = {"options": OPTIONS if "select" in kind else None}
    return "form", "deal", lambda tree: mapped(tree, "fields", key, kind=kind, **options)


@st.composite
def a_change(draw: Any) -> Edit:
    """A kind, a key, and what becomes of the tree."""
    what = draw(st.sampled_from(
        ["hide", "add", "label", "required", "unique", "unique pair", "formula", "store", "options",
         "order", "card", "noun", "role", "offset", "node", "template", "board", "view", "layout", "check",
         "behaviour", "formula of parent"]
    ))  # fmt: skip
    name = draw(st.sampled_from(["t", "n", "day", "flag", "s", "m", "memo", "amount"]))
    met[what] += 1
    match what:
        case "hide":
            gone = draw(st.sampled_from(["n", "flag", "s", "m", "memo"]))
            return "form", "deal", lambda tree: {**tree, "fields": [o for o in tree["fields"] if o["key"] != gone]}
        case "add":
            kind = draw(st.sampled_from(["text", "number", "date", "formula", "person"]))
            more = {"formula": "amount + 1", "stored": draw(st.booleans())} if kind == "formula" else {}
            return (
                "form",
                "deal",
                lambda tree: {
                    **without_extra(tree),
                    "fields": [*without_extra(tree)["fields"], field("extra", kind, **more)],
                },
            )
        case "label":
            return "form", "deal", lambda tree: mapped(tree, "fields", name, label=f"{name} 新名")
        case "required":
            return "form", "deal", lambda tree: mapped(tree, "fields", name, required=True)
        case "unique":
            return "form", "deal", lambda tree: mapped(tree, "fields", "t", unique=True)
        case "unique pair":
            return "form", "deal", lambda tree: {**tree, "unique": [["cust", "t"]]}
        case "formula":
            text = draw(st.sampled_from(["amount * 3", "n + amount", "DAYS(day, TODAY())", "t", "amount"]))
            return "form", "deal", lambda tree: mapped(tree, "fields", "twice", formula=text)
        case "store":
            return "form", "deal", lambda tree: mapped(tree, "fields", "twice", stored=False)
        case "options":
            kept = draw(st.sampled_from([OPTIONS[:1], [*OPTIONS, {"key": "z", "label": "丙"}], OPTIONS[::-1]]))
            return "form", "deal", lambda tree: mapped(tree, "fields", "s", options=kept)
        case "order":
            return "form", "deal", lambda tree: {**tree, "fields": tree["fields"][::-1]}
        case "card":
            return "form", "deal", lambda tree: {**tree, "card": ["day", "t"]}
        case "noun":
            return "form", "deal", lambda tree: {**tree, "noun": "份", "label": "续费合同"}
        case "role":
            rows = draw(st.sampled_from(["own", "all", 'amount > 10 AND t <> "x"'.replace(" AND ", ", ")]))
            rows = f"AND({rows})" if "," in rows else rows
            grant = {"rows": rows, "rights": ["read", "update"], "fields": {"*": "write"}}
            return "role", "reader", lambda tree: {**tree, "forms": {"deal": grant, "cust": {**grant, "rows": "all"}}}
        case "offset":
            days = draw(st.sampled_from([-60, -20, 5]))
            return "process", "walk", lambda tree: mapped(tree, "start", "before", days=days)
        case "node":
            return "process", "walk", lambda tree: mapped(tree, "nodes", "pause", until="day + 7")
        case "template":
            return "template", "hello", lambda tree: {**tree, "subject": "{{t}} {{late}}"}
        case "view":
            return "view", "v", lambda tree: {**tree, "group": "s", "columns": [{"path": "day", "width": 90}]}
        case "layout":
            rows = [[name, {"field": "day", "span": 2}]] if name != "day" else [["day"]]
            return "form", "deal", lambda tree: {**tree, "layout": [{"tab": "页", "sections": [{"rows": rows}]}]}
        case "check":
            check = {"formula": "amount >= 0", "message": "不能为负", "field": "amount"}
            return "form", "deal", lambda tree: {**tree, "checks": [check]}
        case "behaviour":
            return "form", "deal", lambda tree: mapped(tree, "fields", name, required_when="amount > 5", note="说明")
        case "board":
            return "dashboard", "b", lambda tree: mapped(tree, "charts", "c", label="新图", where="amount > 5")
        case _:
            text = "COUNTIF(deals, TRUE) + SUMIF(deals, TRUE, amount)"
            return "form", "cust", lambda tree: mapped(tree, "fields", "total", formula=text)


def proposed(tx: Tx, changes: list[Edit]) -> list[apps.Change]:
    trees: dict[tuple[str, str], Tree] = {}
    for kind, key, change in changes:
        tree = trees.get((kind, key)) or apps.in_force(tx, kind, key)
        assert tree is not None
        changed = change(tree)
        plain = [{name: v for name, v in one.items() if v is not None} for one in changed.get("fields", ())]
        trees[kind, key] = {**changed, "fields": plain} if "fields" in changed else changed
    return [apps.Change(kind, key, tree) for (kind, key), tree in trees.items()]


# --- everything that must be equal


def everything(tx: Tx) -> dict[str, Any]:
    tx.memo.clear()
    return {"definitions": definitions(tx), "data": data(tx), "storage": storage(tx), "behaviour": behaviour(tx)}


def definitions(tx: Tx) -> dict[str, Any]:
    app = apps.current(tx)
    return {kind.name: {key: kind.dump(one) for key, one in app.of(kind).items()} for kind in apps.KINDS}


def data(tx: Tx) -> dict[str, Any]:
    known = forms.catalog(tx)
    return {
        form.key: [
            dict(row)
            for row in tx.rows(at(tx, f"SELECT id, version, updated_at, deleted_at, {columns(known, form.key)}"
                                      f" FROM data.{form.key} ORDER BY id"))
        ]
        for form in known.forms
    }  # fmt: skip


def columns(known: forms.Catalog, form: str) -> str:
    return ", ".join(f'"{key}"' for key in sorted(known.columns(form)))


def storage(tx: Tx) -> dict[str, Any]:
    live = "attname NOT LIKE '%%\\_\\_%%'"
    return {
        "columns": tx.rows(
            "SELECT attrelid::regclass::text AS t, attname, format_type(atttypid, atttypmod) AS type, attnotnull,"
            " pg_get_expr(d.adbin, d.adrelid) AS standard FROM pg_attribute a LEFT JOIN pg_attrdef d"
            "   ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)"
            " WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'data'::regnamespace AND relkind = 'r')"
            f" AND attnum > 0 AND NOT attisdropped AND {live} ORDER BY 1, 2"
        ),
        "constraints": tx.rows(
            "SELECT conname, pg_get_constraintdef(oid) AS is FROM pg_constraint"
            " WHERE connamespace = 'data'::regnamespace ORDER BY 1"
        ),
        "indexes": tx.rows("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'data' ORDER BY 1"),
    }


def behaviour(tx: Tx) -> dict[str, Any]:
    known = forms.catalog(tx)
    found: dict[str, Any] = {}
    for form in known.forms:
        rows = access.readable(tx, form.key)
        query = render(rows.select(*[one.key for one in form.fields]))
        found[f"page {form.key}"] = (query.text, {name: str(value) for name, value in query.params.items()})
        for one in form.fields:
            if one.kind == "formula":
                source = known.source(form.key)
                compiled = formula.compile(known.typed(form.key, one.key), source)
                found[f"{form.key}.{one.key}"] = render(formula.select(compiled, source=source)).text
    found["views"] = tx.rows("SELECT viewname, definition FROM pg_views WHERE schemaname = 'data_read' ORDER BY 1")
    found["log"] = tx.rows(
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'changes'::regnamespace AND proname LIKE 'form%%'"
        " ORDER BY 1"
    )
    found["plan"] = processes.plan(tx, tx.now + dt.timedelta(days=400), everybody=True)
    found["starts"] = processes.marks(tx, ["walk"])
    return found


# --- no write in between


def test_with_no_write_in_between_an_undo_gives_back_everything_and_so_does_its_own_undo(database: Database) -> None:
    found(database)
    met.clear()
    unwritten(database)
    print(dict(met))
    assert met["undone"] >= 5 and met["converted"] >= 3 and met["several kinds"] >= 1


@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(turned=st.lists(a_conversion(), max_size=2), others=st.lists(a_change(), max_size=3))
def unwritten(database: Database, turned: list[Edit], others: list[Edit]) -> None:
    def example(tx: Tx) -> None:
        before = everything(tx)
        number = published(tx, turned + others)
        if number is None:
            return
        after = everything(tx)
        undone = apps.undo(tx, number)
        assert everything(tx) == before
        met["undone"] += 1
        again = apps.undo(tx, undone)
        assert everything(tx) == after
        apps.undo(tx, again)
        assert everything(tx) == before

    rolled_back(database, example)


def published(tx: Tx, changes: list[Edit]) -> int | None:
    """The publication; None when it is refused, for the reasons for which these changes may be."""
    plan = apps.propose(tx, proposed(tx, changes))
    try:
        with tx.savepoint():
            number = apps.publish(tx, plan)
    except Invalid as refused:
        reasons = {"apps.in_use", "apps.problems", "apps.nothing", "forms.not_distinct", "forms.no_conversion",
                   "forms.no_such_field", "forms.not_unique", "forms.not_for_kind"}  # fmt: skip
        if refused.code not in reasons and not refused.code.startswith("formula."):
            raise
        met["refused"] += 1
        return None
    acts = {one.act for step in plan.steps for one in step.operations}
    met["converted"] += "convert_field" in acts
    met["several kinds"] += len({step.kind for step in plan.steps}) > 1
    return number


def rolled_back(database: Database, example: Callable[[Tx], None]) -> None:
    try:
        with database.begin(SYSTEM) as tx:
            example(tx)
            raise Undo
    except Undo:
        pass


# --- with writes in between: an oracle of a few lines

NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$", re.I)


def as_text(value: Any, kind: str) -> Any:
    if value is None or kind == "text":
        return value
    if kind == "number":
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return {"date": str(value), "yes_no": "是" if value else "否"}[kind]


def from_text(value: Any, kind: str) -> Any:
    if value is None or kind == "text":
        return value
    if kind == "number":
        return Decimal(value.strip()) if NUMBER.match(value) else None
    if kind == "date":
        return dt.date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else None
    return {"是": True, "否": False, "yes": True, "no": False, "1": True, "0": False}.get(value)


def converted(value: Any, before: str, after: str) -> Any:
    return from_text(as_text(value, before), after)


VALUES: dict[str, list[Any]] = {
    "text": ["12.5", "abc", "2027-02-03", "是", None], "number": [Decimal(7), Decimal("0.25"), None],
    "date": [dt.date(2027, 2, 3), None], "yes_no": [True, False, None],
}  # fmt: skip
PAIRS = [("text", "number"), ("text", "date"), ("text", "yes_no"), ("number", "text"), ("date", "text"),
         ("yes_no", "text")]  # fmt: skip
Write = tuple[str, int, int]  # update, create or delete; which record; which value

writes = st.lists(
    st.tuples(st.sampled_from(["update", "update", "create", "delete", "other"]), st.integers(0, 7), st.integers(0, 4)),
    max_size=6,
)


def test_what_is_written_in_between_is_kept_converted_back_or_listed(database: Database) -> None:
    met.clear()
    written(database)
    print(dict(met))
    assert (
        met["converted back"] >= 3 and met["listed"] >= 1 and met["hidden with data"] >= 1 and met["undone twice"] >= 3
    )


@settings(
    max_examples=EXAMPLES * 2, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    pair=st.sampled_from(PAIRS), first=st.lists(st.integers(0, 4), min_size=1, max_size=5), then=writes, later=writes
)
def written(database: Database, pair: tuple[str, str], first: list[int], then: list[Write], later: list[Write]) -> None:
    """A form `deal` with a field x that is converted, y that is hidden and z that is added, all in one publication."""
    before, after = pair

    def example(tx: Tx) -> None:
        old: Tree = {"form": "thing", "label": "物", "fields": [field("x", before), field("y", "number")]}
        new: Tree = {**old, "fields": [field("x", after), field("z", "text")]}
        apps.publish(tx, apps.propose(tx, [apps.Change("form", "thing", old)]))
        rows: list[Tree] = []  # what the oracle knows: x, y, z, gone
        for place, choice in enumerate(first):
            value = VALUES[before][choice % len(VALUES[before])]
            rows.append({"x": value, "y": Decimal(place), "z": None, "gone": False})
            run(tx, "INSERT INTO data.thing (x, y) VALUES (%(x)s, %(y)s)", {"x": value, "y": place})
        number = apps.publish(tx, apps.propose(tx, [apps.Change("form", "thing", new)]))
        kept, touched = [row["x"] for row in rows], set[int]()
        for row in rows:
            row["x"] = converted(row["x"], before, after)
        write(tx, rows, touched, after, "z", then)

        plan = apps.propose_undo(tx, number)
        lost = [
            at
            for at in sorted(touched)
            if rows[at]["x"] is not None and converted(rows[at]["x"], after, before) is None
        ]
        [turned] = [one for step in plan.steps for one in step.operations if one.act == "convert_field"]
        assert turned.facts["lost"] == len(lost)
        assert [(one.id - offset(tx), one.value) for one in turned.lost] == [
            (at, str(rows[at]["x"])) for at in lost[:5]
        ]
        undone = apps.undo(tx, number)
        between = [row["x"] for row in rows]
        for at_, row in enumerate(rows):
            row["x"] = converted(row["x"], after, before) if at_ in touched else kept[at_]
        met["converted back"] += sum(rows[at_]["x"] is not None for at_ in touched)
        met["listed"] += len(lost)
        met["hidden with data"] += any(row["z"] is not None for row in rows)
        assert stored(tx, "y") == [(row["x"], row["y"], row["gone"]) for row in rows]

        touched = set()
        write(tx, rows, touched, before, "y", later)
        apps.undo(tx, undone)
        for at_, row in enumerate(rows):
            row["x"] = converted(row["x"], before, after) if at_ in touched else between[at_]
        met["undone twice"] += 1
        assert stored(tx, "z") == [(row["x"], row["z"], row["gone"]) for row in rows]

    rolled_back(database, example)


def write(tx: Tx, rows: list[Tree], touched: set[int], kind: str, other: str, writes: list[Write]) -> None:
    """In the database and in the oracle."""
    for what, which, choice in writes:
        at_, value = which % len(rows), VALUES[kind][choice % len(VALUES[kind])]
        params = {"id": offset(tx) + at_, "v": value}
        if what == "update" and rows[at_]["x"] != value:  # the same value again is no write
            run(tx, "UPDATE data.thing SET x = %(v)s WHERE id = %(id)s", params)
            rows[at_]["x"] = value
            touched.add(at_)
        elif what == "create":
            run(tx, "INSERT INTO data.thing (x) VALUES (%(v)s)", params)
            rows.append({"x": value, "y": None, "z": None, "gone": False})
            touched.add(len(rows) - 1)
        elif what == "delete":
            run(tx, "UPDATE data.thing SET deleted_at = %(now)s WHERE id = %(id)s", params)
            rows[at_]["gone"] = True
        elif what == "other":
            new: Any = "w" if other == "z" else Decimal(99)
            run(tx, f"UPDATE data.thing SET {other} = %(v)s WHERE id = %(id)s", {**params, "v": new})
            rows[at_][other] = new


def offset(tx: Tx) -> int:
    return int(tx.value(at(tx, "SELECT min(id) FROM data.thing")))


def stored(tx: Tx, other: str) -> list[tuple[Any, ...]]:
    rows = tx.rows(at(tx, f"SELECT x, {other}, deleted_at IS NOT NULL AS gone FROM data.thing ORDER BY id"))
    return [tuple(row.values()) for row in rows]
